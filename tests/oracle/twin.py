"""The readable twin of sim/population: the same rules as plain Mesa agents, written to be read, not to be fast.

It shares the hash that draws (sim/chance.py) and starts from the people whom the population has set up and from the
intercepts of its rules; every rule of a person's day is written again, from the equations, in person.py and
surroundings.py.
"""

import math
from collections import Counter
from collections.abc import Mapping

import mesa
import numpy as np
from numpy.typing import NDArray

from sim.chance import Stream, u
from sim.population import Conditions, Population
from sim.scenario.institutions import Isp
from sim.scenario.population import Platform
from sim.scenario.population import Population as Spec
from tests.oracle.person import Person
from tests.oracle.surroundings import Surroundings


def quiet_day(apps: int, isps: int, access: np.ndarray | None = None, interoperability: float = 0.0) -> Conditions:
    """Conditions before anything has happened."""
    return Conditions(
        day=0,
        salience=0.0,
        risk=np.ones(apps),
        access=np.ones((apps, isps)) if access is None else access,
        installable=np.ones(apps, bool),
        interoperability=interoperability,
        arrests=0.0,
        disclosing=np.zeros(apps, bool),
    )


class Twin(mesa.Model):
    """A population of persons who live one day after the other."""

    def __init__(
        self,
        spec: Spec,
        platforms: Mapping[str, Platform],
        isps: Mapping[str, Isp],
        population: Population,
        seed: int,
        steps: int = 1,
        standing: np.ndarray | None = None,
    ) -> None:
        super().__init__(rng=0)
        self.spec, self.seed, self.steps_per_day = spec, seed, steps
        self.dt = 1.0 / steps
        self.now = 0
        self.names, self.platforms = list(platforms), range(len(platforms))
        self.type_of = [platform.type for platform in platforms.values()]
        self.types = sorted(set(self.type_of))
        self.outside = [self.outside_of(platform) for platform in platforms.values()]
        self.weight = [float(np.exp(platform.pull)) for platform in platforms.values()]
        rules = population.rules
        self.intercept = [float(a) for a in rules.intercept]
        most = spec.vpn_rate * (1.0 - spec.vpn_share) / spec.vpn_share
        self.vpn_loss_rate = min(spec.vpn_loss_rate, most)  # on a quiet day, all that can be made up for
        self.vpn_intercept, self.vpn_response = float(rules.vpn_intercept), float(rules.vpn_response)
        self.speak_intercept = float(rules.speak_intercept)
        settled = spec, platforms, isps, list(population.awareness), self.dt, standing
        self.around = Surroundings(*settled)
        self.people = [Person(self, i, row) for i, row in enumerate(population.people)]
        for person in self.people:
            person.contacts = [self.people[j] for j in population.ties.of(person.number)]
            first = person.number // spec.group_size * spec.group_size
            person.group = self.people[first : first + spec.group_size]
        self.used_earlier = np.zeros(len(platforms))
        self.counts: Counter[tuple[str, int]] = Counter()
        self.happened: Counter[str] = Counter()
        self.meet(quiet_day(len(platforms), len(isps), standing, spec.interoperability), 0)
        self.observe()  # notes everyone's primary app
        seen, self.around = self.around, Surroundings(*settled)  # the first step comes to everyone as news
        self.around.usability, self.around.usability_by_vpn = seen.usability, seen.usability_by_vpn

    def outside_of(self, platform: Platform) -> float:
        """w_k: value from outside the country."""
        if platform.outside is not None:
            return platform.outside
        return 0.0 if platform.type == "messenger" else self.spec.outside_value

    def holders(self) -> list[int]:
        return [sum(k in person.apps for person in self.people) for k in self.platforms]

    def meet(self, conditions: Conditions, part: int) -> None:
        """What a step brings, and what people see of it and of one another."""
        self.today = conditions
        self.around.begin(conditions, part, self.holders())
        self.agents.do("perceive")

    def live(self, conditions: Conditions) -> None:
        """One day: everyone decides from the state at the start of the step, then everyone acts."""
        self.counts.clear()
        self.used_earlier = np.zeros(len(self.platforms))
        for person in self.people:
            person.day.clear()
        for part in range(self.steps_per_day):
            self.now = conditions.day * self.steps_per_day + part
            self.moves: dict[int, int | None] = {}
            self.meet(conditions, part)
            self.agents.do("decide")
            self.agents.do("act")
            self.agents.do("tell_contacts")
            self.agents.do("use")
            if part + 1 < self.steps_per_day:
                self.used_earlier += self.usage()
            self.around.end()

    def move_of_group(self, group: list[Person]) -> int | None:
        """H3: the app that a group takes up together in this step, if any."""
        if self.spec.contagion != "group":
            return None
        number = group[0].number // self.spec.group_size
        if number not in self.moves:
            self.moves[number] = self.propose(number, group)
        return self.moves[number]

    def propose(self, number: int, group: list[Person]) -> int | None:
        if u(self.seed, Stream.GROUP_MOVE, number, self.now) >= -math.expm1(-self.spec.group_move_rate * self.dt):
            return None
        k = int(u(self.seed, Stream.GROUP_PICK, number, self.now) * len(self.platforms))
        in_favour = sum(member.value(k) > 0.0 for member in group)
        agreed = in_favour >= self.spec.group_quorum * len(group)
        return k if agreed and self.today.installable[k] else None

    def count(self, what: str, k: int) -> None:
        self.counts[what, k] += 1

    def note(self, what: str) -> None:
        """Count that a rule took effect, so that a test can tell that it did."""
        self.happened[what] += 1

    def usage(self) -> NDArray[np.float64]:
        """Usage shares, added up over people."""
        total = np.zeros(len(self.platforms))
        for person in self.people:
            for k, share in person.usage().items():
                total[k] += share
        return total

    def observe(self) -> dict[str, object]:
        """The day as the population reports it, from a look at every person."""
        apps, people = len(self.platforms), self.people
        flows = np.zeros((apps + 1, apps + 1), np.int64)
        users = {days: np.zeros(apps) for days in (1, 7, 30)}
        for person in people:
            primary = person.primary_app()
            if person.primary is not None and person.primary != primary:
                flows[person.primary, primary] += 1
            person.primary = primary
            for k in self.platforms:
                for days, expected in users.items():
                    expected[k] += person.chance_of_use(k, days)
        per_app = {w: [self.counts[w, k] for k in self.platforms] for w in ("installs", "first_installs", "removals")}
        return per_app | {
            "holders": self.holders(),
            "trials": [sum(k in person.trials for person in people) for k in self.platforms],
            "multi_homing": sum(len(person.apps) >= 2 for person in people),
            "vpn_installs": self.counts["vpn_installs", 0],
            "vpn": sum(person.vpn for person in people),
            "speaking": sum(person.speaks for person in people),
            "flows": flows,
            "usage_share": (self.usage() + self.used_earlier) / (len(people) * self.steps_per_day),
            "daily_users": users[1],
            "weekly_users": users[7],
            "monthly_users": users[30],
        }

    def safe_reach(self) -> float:
        """Share of ties whose ends share an app that works for both and whose owner hands over nothing."""
        ties = [(person, other) for person in self.people for other in person.contacts]
        safe = [k for k in self.platforms if not self.today.disclosing[k]]

        def connected(one: Person, other: Person) -> bool:
            both = one.apps & other.apps
            return any(k in both and not one.is_cut_from(k) and not other.is_cut_from(k) for k in safe)

        return sum(connected(one, other) for one, other in ties) / len(ties)
