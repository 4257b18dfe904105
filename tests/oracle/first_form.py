"""The first form of the people, as plain Mesa agents: what the second form must still be when its new constants are 0.

The rules are those of the first form, unchanged but that lambda_0 is a rate per app, and that the days since an app
opened again are told to the twin, since conditions no longer carry them. In the first form contacts who are cut off
count (ghosts), loss is no occasion to look, everyone knows every app, a VPN brings back all of it, and whoever ever
held an app returns to it.
"""

import math
from collections import Counter
from collections.abc import Mapping

import mesa
import numpy as np

from sim.chance import Stream, u
from sim.population import Conditions, Population
from sim.scenario.population import Platform
from sim.scenario.population import Population as Spec


def sigma(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x))


def quiet_day(apps: int, isps: int) -> Conditions:
    """Conditions before anything has happened."""
    free, none = np.ones((apps, isps)), np.zeros(apps, bool)
    return Conditions(0, 0.0, np.zeros(apps), free, ~none, 0.0, 0.0, none)


class Person(mesa.Agent):
    """Someone with apps, a VPN, a voice and contacts."""

    def __init__(self, model: "Twin", number: int, row: np.void) -> None:
        super().__init__(model)
        self.number = number
        self.concern = float(row["concern"])
        self.isp = int(row["isp"])
        self.apps = {k for k in model.platforms if row["hold"] >> k & 1}
        self.trials = {k for k in model.platforms if row["trial"] >> k & 1}
        self.ever = set(self.apps)
        self.readiness = u(model.seed, Stream.VPN_READY, number, 0)
        self.vpn = bool(row["vpn"])
        self.speaks = bool(row["speak"])
        self.exposure = float(row["exposure"])
        self.exposed_at = 0
        self.contacts: list[Person] = []
        self.group: list[Person] = []
        self.primary: int | None = None

    def luck(self, stream: Stream) -> float:
        return u(self.model.seed, stream, self.number, self.model.now)

    def happens(self, rate: float, stream: Stream) -> bool:
        return self.luck(stream) < -math.expm1(-rate * self.model.dt)

    # what the person sees

    def share_of_contacts(self, k: int) -> float:
        share = sum(k in other.apps for other in self.contacts) / max(1, len(self.contacts))
        return share + self.model.today.interoperability * (1.0 - share)

    def peer_exposure(self, now: int) -> float:
        age = now - self.exposed_at
        memory = self.model.spec.peer_memory_days
        forgotten = math.ceil(9.0 * math.log(10.0) * memory / self.model.dt)
        return self.exposure * math.exp(-age * self.model.dt / memory) if age <= forgotten else 0.0

    def value(self, k: int) -> float:
        """Eq. (4)."""
        spec, today = self.model.spec, self.model.today
        others = len(self.apps - {k})
        return (
            self.model.intercept[k]
            + spec.gamma * self.share_of_contacts(k)
            - spec.substitution * others
            + self.concern * (today.salience * (1.0 - float(today.risk[k])))
            - spec.block_cost * ((1.0 - float(today.access[k, self.isp])) * (1 - self.vpn))
        )

    # what the person decides, from the state at the start of the step

    def decide(self) -> None:
        spec, today = self.model.spec, self.model.today
        self.adopts = self.drops = None
        self.trials_end = bool(self.trials) and self.happens(1.0 / spec.trial_days, Stream.TRIAL_END)
        move = self.model.move_of_group(self.group)
        if move is not None and move not in self.apps:
            self.adopts = move
        else:
            self.revise_an_app()
        attention = 1.0 + spec.attention_salience * today.salience
        self.next_vpn, self.next_speaks = self.vpn, self.speaks
        if self.happens(spec.vpn_rate * attention, Stream.VPN_REVISE):
            self.next_vpn = self.readiness < self.probability_of_vpn()
        if self.happens(spec.speak_rate, Stream.SPEAK_REVISE):
            self.next_speaks = self.luck(Stream.SPEAK_CHOOSE) < self.probability_of_speaking()

    def retries(self) -> dict[int, float]:
        """Apps that the person left and that are open again, and how often it tries each."""
        reopened, spec = self.model.reopened, self.model.spec
        left = sorted(k for k in self.ever - self.apps if k in reopened)
        return {k: spec.trial_rate * math.exp(-reopened[k] * (1.0 / spec.trial_days)) for k in left}

    def app_retried(self, place: float) -> int:
        for k, often in self.retries().items():
            if place < often:
                return k
            place -= often
        return max(self.retries())

    def revise_an_app(self) -> None:
        """Eqs. (3) to (5)."""
        spec = self.model.spec
        peers = spec.attention_peers if spec.contagion == "simple" else 0.0
        attention = (
            1.0 + spec.attention_salience * self.model.today.salience + peers * self.peer_exposure(self.model.now)
        )
        trials = spec.trial_rate * len(self.trials)
        retests = trials + sum(self.retries().values())
        every_app = spec.revision_rate * len(self.model.platforms)
        rate = every_app * attention + trials + sum(self.retries().values())
        if not self.happens(rate, Stream.REVISE):
            return
        place = self.luck(Stream.PICK) * rate
        if trials <= place < retests:
            k = self.app_retried(place - trials)
        elif place < trials:
            on_trial = sorted(self.trials)
            k = on_trial[min(len(on_trial) - 1, int(place / spec.trial_rate))]
        else:
            apps = len(self.model.platforms)
            k = min(apps - 1, int((place - retests) / (rate - retests) * apps))
        if k not in self.apps and not self.may_adopt(k):
            return
        inertia = 0.0 if k in self.trials or k in self.retries() else spec.inertia * (1 if k in self.apps else -1)
        holds = self.luck(Stream.CHOOSE) < sigma(self.value(k) + inertia)
        if holds and k not in self.apps:
            self.adopts = k
        if not holds and k in self.apps:
            self.drops = k

    def may_adopt(self, k: int) -> bool:
        spec = self.model.spec
        if spec.contagion == "threshold":
            drawn = u(self.model.seed, Stream.THRESHOLD, self.number, 0)
            if self.share_of_contacts(k) < spec.threshold_low + (spec.threshold_high - spec.threshold_low) * drawn:
                return False
        return bool(self.model.today.installable[k])

    def probability_of_vpn(self) -> float:
        """Eq. (9)."""
        today, spec = self.model.today, self.model.spec
        blocked = 0.0
        for k in sorted(self.apps):
            blocked += 1.0 - float(today.access[k, self.isp])
        with_vpn = sum(other.vpn for other in self.contacts) / max(1, len(self.contacts))
        return sigma(
            self.model.vpn_intercept
            + self.model.vpn_response * blocked
            + spec.vpn_peers * with_vpn
            + self.concern * today.salience * spec.vpn_protection
        )

    def probability_of_speaking(self) -> float:
        """Eq. (10)."""
        today, spec = self.model.today, self.model.spec
        speaking = sum(other.speaks for other in self.contacts) / max(1, len(self.contacts))
        fear = spec.self_censorship * (today.fear + spec.arrest_weight * today.arrests)
        return sigma(self.model.speak_intercept - fear + spec.speak_peers * speaking)

    # what the person does

    def act(self) -> None:
        self.vpn, self.speaks = self.next_vpn, self.next_speaks
        if self.trials_end:
            self.trials.clear()
        if self.adopts is not None:
            self.model.count("installs", self.adopts)
            if self.adopts not in self.ever:
                self.model.count("first_installs", self.adopts)
            self.apps.add(self.adopts)
            self.trials.add(self.adopts)
            self.ever.add(self.adopts)
        if self.drops is not None:
            self.model.count("removals", self.drops)
            self.apps.discard(self.drops)
            self.trials.discard(self.drops)

    def tell_contacts(self) -> None:
        if self.adopts is not None:
            for other in self.contacts:
                other.hear_of_adoption()

    def hear_of_adoption(self) -> None:
        """E_i, eq. (3), kept in single precision as the population keeps it."""
        self.exposure = float(np.float32(self.peer_exposure(self.model.now + 1) + 1.0))
        self.exposed_at = self.model.now + 1

    # what is observed

    def usage(self) -> dict[int, float]:
        """Eq. (7), for the apps within reach."""
        access = self.model.today.access
        weight = {
            k: self.share_of_contacts(k) * max(float(access[k, self.isp]), float(self.vpn)) * self.model.weight[k]
            for k in sorted(self.apps)
        }
        whole = sum(weight.values())
        return {k: w / whole for k, w in weight.items()} if whole > 0 else {}

    def usable(self, k: int) -> bool:
        return k in self.apps and (self.vpn or self.model.today.access[k, self.isp] >= 0.5)


class Twin(mesa.Model):
    """A population of persons who live one day after the other."""

    def __init__(
        self, spec: Spec, platforms: dict[str, Platform], population: Population, seed: int, steps: int
    ) -> None:
        super().__init__(rng=0)
        self.spec, self.seed, self.steps_per_day = spec, seed, steps
        self.dt = 1.0 / steps
        self.platforms = range(len(platforms))
        self.weight = [float(np.exp(platform.pull)) for platform in platforms.values()]
        rules = population.rules
        self.intercept = [float(a) for a in rules.intercept]
        self.vpn_intercept, self.vpn_response = float(rules.vpn_intercept), float(rules.vpn_response)
        self.speak_intercept = float(rules.speak_intercept)
        self.people = [Person(self, i, row) for i, row in enumerate(population.people)]
        for person in self.people:
            person.contacts = [self.people[j] for j in population.ties.of(person.number)]
            first = person.number // spec.group_size * spec.group_size
            person.group = self.people[first : first + spec.group_size]
        self.counts: Counter[tuple[str, int]] = Counter()
        self.today = quiet_day(len(platforms), 1 + max(person.isp for person in self.people))
        self.observe()  # notes everyone's primary app

    def live(self, conditions: Conditions, reopened: Mapping[int, int]) -> None:
        """One day: everyone decides from the state at the start of the step, then everyone acts.

        ``reopened`` holds the platforms that were shut and are open again, with the days since.
        """
        self.today, self.reopened = conditions, reopened
        self.counts.clear()
        for sub_step in range(self.steps_per_day):
            self.now = conditions.day * self.steps_per_day + sub_step
            self.moves: dict[int, int | None] = {}
            self.agents.do("decide")
            self.agents.do("act")
            self.agents.do("tell_contacts")

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

    def observe(self) -> dict[str, object]:
        """The day as the population reports it, from a look at every person."""
        apps = len(self.platforms)
        people = self.people
        flows = np.zeros((apps + 1, apps + 1), np.int64)
        total = np.zeros(apps)
        for person in people:
            usage = person.usage()
            primary = max(usage, key=lambda k: (usage[k], -k), default=apps)
            if person.primary is not None and person.primary != primary:
                flows[person.primary, primary] += 1
            person.primary = primary
            for k, share in usage.items():
                total[k] += share
        per_app = {w: [self.counts[w, k] for k in self.platforms] for w in ("installs", "first_installs", "removals")}
        return per_app | {
            "holders": [sum(k in person.apps for person in people) for k in self.platforms],
            "trials": [sum(k in person.trials for person in people) for k in self.platforms],
            "multi_homing": sum(len(person.apps) >= 2 for person in people),
            "vpn": sum(person.vpn for person in people),
            "speaking": sum(person.speaks for person in people),
            "flows": flows,
            "usage_share": total / len(people),
        }

    def safe_reach(self) -> float:
        ties = [(person, other) for person in self.people for other in person.contacts]
        safe = [k for k in self.platforms if not self.today.disclosing[k]]
        return sum(any(one.usable(k) and other.usable(k) for k in safe) for one, other in ties) / len(ties)
