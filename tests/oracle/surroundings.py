"""What everyone meets in a step: how far each app works, for how long it has not, who could know it and who returns.

The readable twin's state per platform and provider, written from the equations and not from the kernel.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from sim.population import Conditions
from sim.scenario.institutions import Isp
from sim.scenario.population import Platform
from sim.scenario.population import Population as Spec

YEAR = 365.0
"""Days after which a platform that opened again is like any other."""

Table = list[list[float]]
"""[platform][ISP]"""


class Surroundings:
    """Usability, expectation, heat, experience, awareness and reopening, step by step."""

    def __init__(
        self,
        spec: Spec,
        platforms: Mapping[str, Platform],
        isps: Mapping[str, Isp],
        awareness: Sequence[float],
        dt: float,
        standing: np.ndarray | None = None,
    ) -> None:
        self.spec, self.dt = spec, dt
        self.platforms, self.isps = list(platforms.values()), range(len(isps))
        whole = sum(isp.share for isp in isps.values())
        self.isp_share = [isp.share / whole for isp in isps.values()]
        before = [[1.0 if standing is None else float(standing[k, j]) for j in self.isps] for k in self.each()]
        self.expected: Table = [list(row) for row in before]
        self.felt_before: Table = [list(row) for row in before]
        self.steps_since_fall: list[list[float]] = [[math.inf for _ in self.isps] for _ in self.each()]
        self.experience = [float(any(before[k][j] < 1.0 for k in self.each())) for j in self.isps]
        self.awareness = [float(a) for a in awareness]
        self.shut = [self.is_shut(before[k]) for k in self.each()]
        self.days_open: list[float | None] = [None for _ in self.each()]

    def each(self) -> range:
        return range(len(self.platforms))

    def is_shut(self, usability: Sequence[float]) -> bool:
        return sum(w * x for w, x in zip(self.isp_share, usability, strict=True)) < 0.5

    def begin(self, conditions: Conditions, part: int, holders: Sequence[int]) -> None:
        """Sub-step ``part`` of the day, with this many holders of each app at its start."""
        self.conditions = conditions
        self.named = [0.0 if conditions.named is None else float(conditions.named[k]) for k in self.each()]
        self.usability = [self.usability_of(k, part) for k in self.each()]
        self.usability_by_vpn = [self.by_vpn(k, part) for k in self.each()]
        shade = [1.0 - self.spec.anticipation * self.announced(k) for k in self.each()]
        self.felt = [[x * shade[k] for x in self.usability[k]] for k in self.each()]
        self.felt_by_vpn = [[x * shade[k] for x in self.usability_by_vpn[k]] for k in self.each()]
        for k in self.each():
            for j in self.isps:
                self.expect(k, j)
                self.notice_fall(k, j)
        self.remember_blocks()
        self.heat = [[self.heat_of(k, j) for j in self.isps] for k in self.each()]
        self.spread_awareness(holders)
        self.notice_reopening()
        self.focal_weight = [max(holders[k], 1) / self.spec.users * math.exp(self.named[k]) for k in self.each()]

    def end(self) -> None:
        """Patience runs out where an app works less than was expected."""
        tau = self.spec.patience_days
        for k in self.each():
            for j in self.isps:
                gap = self.usability[k][j] - self.expected[k][j]
                if gap < 0.0:
                    self.expected[k][j] += gap * (1.0 if tau == 0.0 else 1.0 - math.exp(-self.dt / tau))
                self.felt_before[k][j] = self.felt[k][j]

    # how far an app works

    def works(self, k: int, part: int) -> float:
        """Part of the step in which the platform is up."""
        steps = round(1.0 / self.dt)
        since, until = self.conditions.down.get(k, (0.0, 0.0))
        return 1.0 - max(0.0, min(until * steps, part + 1) - max(since * steps, part))

    def usability_of(self, k: int, part: int) -> list[float]:
        """X_kj, without a VPN."""
        return [float(self.conditions.access[k, j]) * self.works(k, part) for j in self.isps]

    def by_vpn(self, k: int, part: int) -> list[float]:
        """W_kj, with a VPN."""
        reached = self.works(k, part) if self.platforms[k].vpn else 0.0
        left = [1.0 if self.conditions.vpn is None else float(self.conditions.vpn[j]) for j in self.isps]
        return [max(self.usability[k][j], self.spec.vpn_usability * left[j] * reached) for j in self.isps]

    def announced(self, k: int) -> float:
        return 0.0 if self.conditions.announced is None else float(self.conditions.announced[k])

    # what people make of it

    def expect(self, k: int, j: int) -> None:
        """x^_kj: what works well is expected at once; without patience, so is what works badly."""
        works = self.usability[k][j]
        if works >= self.expected[k][j] or self.spec.patience_days == 0.0:
            self.expected[k][j] = works

    def notice_fall(self, k: int, j: int) -> None:
        fell = self.felt[k][j] < self.felt_before[k][j]
        self.steps_since_fall[k][j] = 0.0 if fell else self.steps_since_fall[k][j] + 1.0

    def heat_of(self, k: int, j: int) -> float:
        """h_kj: how much those who lost the app still search."""
        if self.felt[k][j] >= 1.0:
            return 0.0
        days, remnant = self.steps_since_fall[k][j] * self.dt, self.spec.loss_remnant
        return remnant + (1.0 - remnant) * math.exp(-days / self.spec.loss_days)

    def remember_blocks(self) -> None:
        """e_j: a provider's customers have met a block, and forget it."""
        for j in self.isps:
            meets = any(self.usability[k][j] < 1.0 for k in self.each())
            self.experience[j] = 1.0 if meets else self.experience[j] * math.exp(-self.dt / self.spec.vpn_memory_days)

    def spread_awareness(self, holders: Sequence[int]) -> None:
        """A_k: attention that names the app, and acquaintances who hold it."""
        for k in self.each():
            told = 1.0 - (1.0 - self.awareness[k]) * math.exp(-self.spec.awareness_rate * self.named[k] * self.dt)
            met = 1.0 - (1.0 - holders[k] / self.spec.users) ** self.spec.acquaintances
            self.awareness[k] = max(told, met)

    def notice_reopening(self) -> None:
        for k in self.each():
            was_shut, self.shut[k] = self.shut[k], self.is_shut(self.usability[k])
            if self.shut[k]:
                self.days_open[k] = None
            elif was_shut:
                self.days_open[k] = 0.0
            elif self.days_open[k] is not None:
                self.days_open[k] += self.dt
                if self.days_open[k] > YEAR:
                    self.days_open[k] = None

    def retry_rate(self, k: int) -> float:
        """How often someone who left the app while it was shut tries it again."""
        days = self.days_open[k]
        return 0.0 if days is None else self.spec.trial_rate * math.exp(-days / self.spec.trial_days)
