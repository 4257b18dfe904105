"""A person of the readable twin: what it sees, what it decides and what it does, rule by rule from the equations."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import mesa
import numpy as np

from sim.chance import Stream, entity, u

if TYPE_CHECKING:
    from tests.oracle.twin import Twin


def sigma(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x))


def part_of(k: int, weights: dict[int, float]) -> float:
    """The part of k in the sum of weights; nothing where there are none."""
    whole = sum(weights.values())
    return weights.get(k, 0.0) / whole if whole > 0.0 else 0.0


class Person(mesa.Agent):
    """Someone with apps, a VPN, a voice and contacts."""

    def __init__(self, model: "Twin", number: int, row: np.void) -> None:
        super().__init__(model)
        self.number = number
        self.concern = float(row["concern"])
        self.isp = int(row["isp"])
        self.apps = {k for k in model.platforms if row["hold"] >> k & 1}
        self.trials = {k for k in model.platforms if row["trial"] >> k & 1}
        self.ever = {k for k in model.platforms if row["ever"] >> k & 1}
        self.left: set[int] = set()  # dropped while shut
        self.readiness = u(model.seed, Stream.VPN_READY, number, 0)
        self.offline = u(model.seed, Stream.OFFLINE, number, 0) < model.spec.offline_share
        self.curiosity = [u(model.seed, Stream.KNOW, number, entity(name)) for name in model.names]
        self.vpn = bool(row["vpn"])
        self.speaks = bool(row["speak"])
        self.exposure = float(row["exposure"])
        self.exposed_at = 0
        self.contacts: list[Person] = []
        self.group: list[Person] = []
        self.primary: int | None = None
        self.day: list[dict[int, float]] = []  # sessions with each app, step by step

    def luck(self, stream: Stream) -> float:
        return u(self.model.seed, stream, self.number, self.model.now)

    def happens(self, rate: float, stream: Stream) -> bool:
        return self.luck(stream) < -math.expm1(-rate * self.model.dt)

    # how far an app works for the person

    def usability(self, k: int) -> float:
        """x_ik."""
        table = self.model.around.usability_by_vpn if self.vpn else self.model.around.usability
        return table[k][self.isp]

    def felt(self, k: int) -> float:
        """y_ik."""
        return (self.model.around.felt_by_vpn if self.vpn else self.model.around.felt)[k][self.isp]

    def is_cut_from(self, k: int) -> bool:
        return k in self.apps and self.usability(k) < 0.5

    # what the person sees of others, as of the start of the step

    def perceive(self) -> None:
        """Contacts, knowledge and losses: all that the decisions of this step go by."""
        around, model = self.model.around, self.model
        friends = max(1, len(self.contacts))
        self.holding = [sum(k in other.apps for other in self.contacts) / friends for k in model.platforms]
        self.reachable = [
            sum(k in other.apps and not other.is_cut_from(k) for other in self.contacts) / friends
            for k in model.platforms
        ]
        self.seen_with_contacts = self.reachable if model.spec.reach == "usable" else self.holding
        self.n_ghosts = [self.within_reach(k, self.holding[k]) for k in model.platforms]
        self.n = self.n_ghosts
        if model.spec.reach == "usable":
            self.n = [self.within_reach(k, self.reachable[k]) for k in model.platforms]
        self.known = [k for k in model.platforms if self.knows(k)]
        self.lost = {t: self.lost_reach(t, self.felt) for t in model.types}
        self.search = {t: self.lost[t] * self.heat(t) for t in model.types}
        self.lost_without_vpn = max(self.lost_reach(t, lambda k: around.felt[k][self.isp]) for t in model.types)

    def within_reach(self, k: int, share: float) -> float:
        """n_ik for a share of contacts: interoperability and the world outside bring in a part of the others."""
        outside = self.model.outside[k]
        return outside + (1.0 - outside) * (share + self.model.today.interoperability * (1.0 - share))

    def knows(self, k: int) -> bool:
        if self.offline:
            return False
        met = k in self.ever or self.holding[k] > 0.0
        return met or self.curiosity[k] < self.model.around.awareness[k]

    def held_of_type(self, t: str) -> list[int]:
        return [k for k in sorted(self.apps) if self.model.type_of[k] == t]

    def reach(self, apps: list[int], usability: Callable[[int], float]) -> float:
        """R_i: the chance that one of these apps brings a contact."""
        missed = 1.0
        for k in apps:
            missed *= 1.0 - self.n[k] * usability(k)
        return 1.0 - missed

    def reach_if_all_worked(self, apps: list[int]) -> float:
        """R°_i."""
        missed = 1.0
        for k in apps:
            missed *= 1.0 - self.n_ghosts[k]
        return 1.0 - missed

    def lost_reach(self, t: str, usability: Callable[[int], float]) -> float:
        """L_it."""
        apps = self.held_of_type(t)
        whole = self.reach_if_all_worked(apps)
        return max(0.0, (whole - self.reach(apps, usability)) / whole) if whole > 0.0 else 0.0

    def heat(self, t: str) -> float:
        return max((self.model.around.heat[k][self.isp] for k in self.held_of_type(t)), default=0.0)

    def peer_exposure(self, now: int) -> float:
        age = now - self.exposed_at
        memory = self.model.spec.peer_memory_days
        forgotten = math.ceil(9.0 * math.log(10.0) * memory / self.model.dt)
        return self.exposure * math.exp(-age * self.model.dt / memory) if age <= forgotten else 0.0

    # how often the person looks at each app: eq. (3)

    def retries(self, k: int) -> bool:
        return k in self.left and k not in self.apps and self.model.around.days_open[k] is not None

    def without(self, t: str) -> bool:
        """Whether none of the apps of the type that the person has works."""
        return not any(self.usability(k) >= 0.5 for k in self.held_of_type(t))

    def urge(self, t: str) -> float:
        """How often a loss within a type makes the person look for something else."""
        spec = self.model.spec
        return spec.loss_rate * self.search[t] + (spec.dark_rate * self.heat(t) if self.without(t) else 0.0)

    def search_for(self, k: int) -> float:
        """How often a loss makes the person look at k: to put up with it, or to turn to it."""
        spec, t = self.model.spec, self.model.type_of[k]
        if k in self.apps:
            return spec.loss_rate * self.search[t] if self.felt(k) < 1.0 else 0.0
        if spec.search == "view":
            return self.urge(t) * self.focal_share(k)
        return self.urge(t) if k in self.known and self.usability(k) >= 0.5 else 0.0

    def background(self) -> float:
        spec = self.model.spec
        peers = spec.attention_peers if spec.contagion == "simple" else 0.0
        salience = spec.attention_salience * self.model.today.salience
        return spec.revision_rate * (1.0 + salience + peers * self.peer_exposure(self.model.now))

    def retry_rates(self) -> dict[int, float]:
        return {k: self.model.around.retry_rate(k) for k in self.model.platforms if self.retries(k)}

    def search_rates(self) -> dict[int, float]:
        """Occasions that attention to an app brings, and a loss."""
        spec, around = self.model.spec, self.model.around
        rates = dict.fromkeys(self.model.platforms, 0.0)
        for k in self.known:
            rates[k] += spec.revision_rate * spec.attention_salience * around.named[k]
        for k in self.model.platforms:
            rates[k] += self.search_for(k)
        return rates

    def rate_of_looks(self) -> float:
        """Lambda_i."""
        trials = self.model.spec.trial_rate * len(self.trials)
        occasions = trials + sum(self.retry_rates().values()) + sum(self.search_rates().values())
        return occasions + self.background() * len(self.known)

    def rate_of_looks_at(self, k: int) -> float:
        """lambda_ik."""
        rate = self.background() * (k in self.known) + self.model.spec.trial_rate * (k in self.trials)
        return rate + self.retry_rates().get(k, 0.0) + self.search_rates()[k]

    def app_looked_at(self, place: float, whole: float) -> tuple[int, str]:
        """Which app lies at this place on the stretch of all occasions, and which kind of occasion it is."""
        trials = self.model.spec.trial_rate * len(self.trials)
        if place < trials:
            on_trial = sorted(self.trials)
            return on_trial[min(len(on_trial) - 1, int(place / self.model.spec.trial_rate))], "trial"
        used = trials
        for kind, rates in (("return", self.retry_rates()), ("search", self.search_rates())):
            for k, rate in rates.items():
                if place < used + rate:
                    return k, kind
                used += rate
        m = len(self.known)
        return self.known[min(m - 1, int((place - used) / (whole - used) * m))], "background"

    # what an app is worth: eqs. (4) and (5)

    def value(self, k: int) -> float:
        spec, today, around = self.model.spec, self.model.today, self.model.around
        usability, n = self.usability(k), self.n[k]
        if k in self.apps:
            expected = around.expected[k][self.isp]
            usability = max(usability, expected)
            if spec.reach == "usable":
                n = self.within_reach(k, max(self.reachable[k], self.holding[k] * expected))
        social = spec.gamma * n * (usability if spec.reach == "usable" else 1.0)
        return (
            self.model.intercept[k]
            + social * (1.0 - spec.redundancy * self.reach_otherwise(k))
            - spec.substitution * len(self.apps - {k})
            + spec.expected_movement * self.lost[self.model.type_of[k]] * self.focal_share(k)
            + self.concern * (today.salience * (1.0 - float(today.risk[k])))
            - spec.block_cost * (1.0 - usability)
        )

    def reach_otherwise(self, k: int) -> float:
        """R_i(-k)."""
        return self.reach([m for m in self.held_of_type(self.model.type_of[k]) if m != k], self.usability)

    def could_replace(self, k: int) -> bool:
        """Whether others could be expected to move to k, had they heard of it."""
        lost = k in self.apps and self.felt(k) < 1.0
        return self.usability(k) >= 0.5 and not lost

    def focal_share(self, k: int) -> float:
        """q_ik."""
        spec, around = self.model.spec, self.model.around
        same = [m for m in self.model.platforms if self.model.type_of[m] == self.model.type_of[k]]
        rivals = [m for m in same if self.could_replace(m)]
        if k not in rivals:
            return 0.0
        by_size = part_of(k, {m: around.focal_weight[m] for m in rivals if m in self.known})
        if spec.search == "each":
            return by_size
        by_contacts = part_of(k, {m: self.seen_with_contacts[m] for m in rivals})
        mine = spec.view_size * by_size + spec.view_contacts * by_contacts + spec.view_naming * around.named[k]
        named = sum(around.named[m] for m in rivals)
        return mine / (1.0 + spec.view_size + spec.view_contacts + spec.view_naming * named)

    def inertia(self, k: int) -> float:
        if k in self.trials or self.retries(k):
            return 0.0
        spec = self.model.spec
        return spec.inertia if k in self.apps else spec.curiosity * self.model.around.named[k] - spec.inertia

    def probability_of_holding(self, k: int) -> float:
        return sigma(self.value(k) + self.inertia(k))

    def may_adopt(self, k: int) -> bool:
        spec = self.model.spec
        if spec.contagion == "threshold":
            drawn = u(self.model.seed, Stream.THRESHOLD, self.number, 0)
            if self.n[k] < spec.threshold_low + (spec.threshold_high - spec.threshold_low) * drawn:
                return False
        return bool(self.model.today.installable[k])

    # a VPN and a voice: eqs. (9) and (10)

    def need_of_vpn(self) -> float:
        if self.model.spec.reach == "usable":
            return self.lost_without_vpn
        return sum(1.0 - self.model.around.usability[k][self.isp] for k in sorted(self.apps))

    def rate_of_vpn(self) -> float:
        spec, today = self.model.spec, self.model.today
        attention = 1.0 + spec.attention_salience * (today.alarm + today.access_attention)
        return spec.vpn_rate * attention + spec.loss_rate * max(self.search.values())

    def probability_of_vpn(self) -> float:
        today, spec = self.model.today, self.model.spec
        with_vpn = sum(other.vpn for other in self.contacts) / max(1, len(self.contacts))
        return sigma(
            self.model.vpn_intercept
            + self.model.vpn_response * self.need_of_vpn()
            + spec.vpn_peers * with_vpn
            + spec.vpn_inertia * self.model.around.experience[self.isp] * self.vpn
            + self.concern * today.alarm * spec.vpn_protection
        )

    def probability_of_speaking(self) -> float:
        today, spec = self.model.today, self.model.spec
        speaking = sum(other.speaks for other in self.contacts) / max(1, len(self.contacts))
        fear = spec.self_censorship * (today.fear + spec.arrest_weight * today.arrests)
        return sigma(self.model.speak_intercept - fear + spec.speak_peers * speaking)

    # what the person decides, from the state at the start of the step

    def decide(self) -> None:
        spec = self.model.spec
        self.adopts = self.drops = None
        self.trials_end = bool(self.trials) and self.happens(1.0 / spec.trial_days, Stream.TRIAL_END)
        move = self.model.move_of_group(self.group)
        if move is not None and move not in self.apps and not self.offline:
            self.adopts = move
        else:
            self.revise_an_app()
        self.next_vpn, self.next_speaks = self.vpn, self.speaks
        loss = self.model.vpn_loss_rate if self.vpn else 0.0
        rate = self.rate_of_vpn() + loss
        if self.happens(rate, Stream.VPN_REVISE):
            if self.luck(Stream.VPN_LOSS) * rate < loss and self.need_of_vpn() == 0.0:
                self.next_vpn = False
                self.model.note("VPN lost")
            else:
                self.next_vpn = self.readiness < self.probability_of_vpn()
        if self.happens(spec.speak_rate, Stream.SPEAK_REVISE):
            self.next_speaks = self.luck(Stream.SPEAK_CHOOSE) < self.probability_of_speaking()

    def revise_an_app(self) -> None:
        rate = self.rate_of_looks()
        if not self.happens(rate, Stream.REVISE):
            return
        k, kind = self.app_looked_at(self.luck(Stream.PICK) * rate, rate)
        self.model.note(f"look: {kind}")
        if k not in self.known:
            self.model.note("found by a search alone")
        if k not in self.apps and not self.may_adopt(k):
            return
        holds = self.luck(Stream.CHOOSE) < self.probability_of_holding(k)
        if holds and k not in self.apps:
            self.adopts = k
            self.model.note(f"adopts: {kind}")
        if not holds and k in self.apps:
            self.drops = k
            self.model.note(f"drops: {kind}")

    # what the person does

    def act(self) -> None:
        if self.next_vpn and not self.vpn and self.need_of_vpn() > 0.0:
            self.model.note("VPN by need")
        if self.next_vpn and not self.vpn:
            self.model.count("vpn_installs", 0)
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
            self.left.discard(self.adopts)
        if self.drops is not None:
            self.model.count("removals", self.drops)
            self.apps.discard(self.drops)
            self.trials.discard(self.drops)
            if self.model.around.shut[self.drops]:
                self.left.add(self.drops)
                self.model.note("left")

    def tell_contacts(self) -> None:
        if self.adopts is not None:
            for other in self.contacts:
                other.hear_of_adoption()

    def hear_of_adoption(self) -> None:
        """E_i, eq. (3), kept in single precision as the population keeps it."""
        self.exposure = float(np.float32(self.peer_exposure(self.model.now + 1) + 1.0))
        self.exposed_at = self.model.now + 1

    # what is observed

    def use(self) -> None:
        """Note the sessions of a step, by the contacts and apps that the person has at its end."""
        self.perceive()
        self.day.append(self.sessions_of_a_step())

    def usage_weights(self) -> dict[int, float]:
        """Numerators of eq. (7)."""
        return {k: self.n[k] * self.usability(k) * self.model.weight[k] for k in sorted(self.apps)}

    def primary_app(self) -> int:
        """The app that is used most, over all types; behind the last one if none is of use."""
        weight = {k: w for k, w in self.usage_weights().items() if w > 0.0}
        return max(weight, key=lambda k: (weight[k], -k), default=len(self.model.platforms))

    def usage(self) -> dict[int, float]:
        """Eq. (7): how use divides among the apps of each type."""
        weight = self.usage_weights()
        shares = {}
        for k, w in weight.items():
            whole = sum(weight[m] for m in self.held_of_type(self.model.type_of[k]))
            if whole > 0.0:
                shares[k] = w / whole
        return shares

    def sessions_of_a_step(self) -> dict[int, float]:
        """Expected sessions with each app, by whom the apps of its type reach."""
        spec, around = self.model.spec, self.model.around
        rate, met = spec.sessions * self.model.dt, {}
        for t in self.model.types:
            mine = self.held_of_type(t)
            reach = self.reach(mine, self.usability)
            met[t] = reach + spec.moved_use * max(0.0, self.reach_if_all_worked(mine) - reach)
        return {
            k: rate * met[self.model.type_of[k]] * share * (1.0 + spec.attention_use * around.named[k])
            for k, share in self.usage().items()
        }

    def chance_of_use(self, k: int, days: int) -> float:
        """p_ik(D): at least one session within so many days like this one."""
        return 1.0 - math.exp(-days * sum(step.get(k, 0.0) for step in self.day))
