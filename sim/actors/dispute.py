"""Disputes: what a demand under pressure costs a company and the state by the day, and when either has had enough.

Losses add up from what really happens to each side, and what is announced is foreseen. Either side has a private
resolve, drawn once for the demand, and gives in once what it has lost and is about to lose exceeds it (ODD 7.4.1).
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Protocol

from sim import chance
from sim.actors.isp import Orders
from sim.actors.world import World
from sim.chance import Stream
from sim.scenario.acts import Escalate
from sim.scenario.institutions import FIRST_TECHNICAL_RUNG, Bargaining, DemandKind
from sim.scenario.institutions import Company as Spec

THROTTLED, BLOCKED, REMOVED = 4, 5, 6
"""Rungs. The sanction of a block is what a company loses by a day without any use of its platforms, in a market of
worth 1; what that of a removal from stores is above it, by a day out of the stores."""
NORMAL = NormalDist()


class Party(Protocol):
    """What a dispute reads of the company that is in it; see ``sim.actors.company``."""

    name: str
    model: World
    orders: Orders
    spec: Spec
    bargaining: Bargaining
    platform_numbers: tuple[int, ...]
    rung: int
    local_staff: bool
    assets_held: float

    @property
    def under_pressure(self) -> bool:
        """Whether a sanction that hurts, or an order against a platform of it, is in force."""

    def sanction(self, rung: int) -> float:
        """Phi(r): cost per day of a rung."""

    def worth_of_refusing(self, kind: DemandKind) -> float:
        """W_f (eq. 22)."""

    def worth_of_success(self, kind: DemandKind) -> float:
        """W_g (eq. 22)."""

    def private(self, kind: DemandKind, side: str) -> float:
        """Place of a side's resolve over a demand, in (0, 1)."""

    def owned(self) -> list[tuple[str, int]]:
        """Its platforms, with their numbers."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step that is announced and still to come."""

    day: int
    rung: int = 0
    """Rung to which the company is going to be taken; 0 for an order, which the book of orders knows."""


def drawn(company: Party, kind: DemandKind, side: str, number: int) -> float:
    """Place of a side's resolve over a demand among those of its kind, uniform in (0, 1): drawn once, and kept."""
    return company.model.draw(Stream.STAKES, chance.entity(company.name, kind, side), number)


@dataclass(eq=False, slots=True)
class Dispute:
    """A demand that is not met, and pressure behind it: the two accounts of losses."""

    company: Party
    kind: DemandKind
    since: int
    """Day on which the pressure was first felt."""
    holders: dict[int, int]
    """Holders of each of the company's platforms on the day before, by number of the platform."""
    lost: tuple[float, float] = (0.0, 0.0)
    """What the company, and the state, has lost so far, in stakes by the day."""
    most: tuple[float, float] = (0.0, 0.0)
    """The most that either has had before it, over what a day of the other's success is worth to it; in days."""
    shares: dict[int, float] = field(default_factory=dict)
    """L_k: share of the use of each platform that is lost today."""
    steps: list[Step] = field(default_factory=list)
    """Steps that are announced and still to come."""

    # What a day costs (eq. 21)

    def live(self) -> None:
        """Book the losses of today, and look ahead (eq. 21, 22)."""
        self.shares, self.steps = {k: self._share_lost(k) for k in self.holders}, steps_ahead(self.company)
        by_day = self.losses(0)
        self.lost = self.lost[0] + by_day[0], self.lost[1] + by_day[1]
        ahead = self.foreseen()
        worth = self.company.worth_of_refusing(self.kind), self.company.worth_of_success(self.kind)
        felt = (over(self.lost[side] + ahead[side], worth[side]) for side in (0, 1))
        self.most = tuple(map(max, self.most, felt))  # type: ignore[assignment]

    def _share_lost(self, k: int) -> float:
        """Share of a platform's use of before that is lost, as long as an ISP hampers it; circumvention keeps it down.

        Whoever has dropped the app since then is lost, too.
        """
        before = self.holders[k]
        if not before or not self.company.orders.hampered(k):
            return 0.0
        return min(max(1.0 - self.company.model.holders_and_use(k)[1] / before, 0.0), 1.0)

    @property
    def use_lost(self) -> float:
        """L: share of the use of all its platforms that is lost today, each by its holders of before."""
        return self._mean(self.shares)

    def _mean(self, of: dict[int, float]) -> float:
        return sum(of.get(k, 0.0) * had for k, had in self.holders.items()) / max(sum(self.holders.values()), 1)

    def losses(self, ahead: int) -> tuple[float, float]:
        """c_f and c_g: what a day so many days ahead costs the company, and the state, as far as is known (eq. 21)."""
        company, day = self.company, self.company.model.day + ahead
        if ahead == 0:
            return self.losses_at(company.rung, self.shares, day)
        steps = [step.rung for step in self.steps if step.day <= day]
        return self.losses_at(max([company.rung, *steps]), {k: self._lost_on(k, day, steps) for k in self.holders}, day)

    def losses_at(self, rung: int, shares: dict[int, float], day: int) -> tuple[float, float]:
        """What a day on a rung costs both, with these shares of use lost."""
        company, ladder = self.company, self.company.model.ladder
        legal = company.sanction(min(rung, FIRST_TECHNICAL_RUNG - 1))
        removed = self._mean({k: float(rung >= REMOVED or company.orders.banned(k, day)) for k in self.holders})
        stores = max(ladder.rung_sanctions[REMOVED] - ladder.rung_sanctions[BLOCKED], 0.0)
        use = ladder.rung_sanctions[BLOCKED] * self._mean(shares)
        mine = company.spec.market * (legal + use + stores * removed) + company.assets_held
        return mine, company.model.law.weigh(self.trade_lost(shares), 0.0) + company.bargaining.standing

    def trade_lost(self, shares: dict[int, float]) -> float:
        """Business and users that are cut off with its platforms, in the stakes of eq. (18)."""
        model = self.company.model
        users, platforms = model.scenario.population.users, model.scenario.platforms
        return sum(
            shares.get(k, 0.0) * (platforms[name].business_use + self.holders.get(k, 0) / users)
            for name, k in self.company.owned()
        )

    # What is foreseen (eq. 22)

    def foreseen(self) -> tuple[float, float]:
        """Losses of both in the next ``foresight_days``: as today's, but for steps with a date."""
        company, past = self.company, round(self.company.bargaining.foresight_days) + 1
        dates = [*(step.day for step in self.steps), *(end for k in self.holders for end in company.orders.ends(k))]
        turns = sorted({1, past, *(day - company.model.day for day in dates)} & set(range(1, past + 1)))
        spells = [(until - since, self.losses(since)) for since, until in itertools.pairwise(turns)]
        return sum(days * mine for days, (mine, _) in spells), sum(days * theirs for days, (_, theirs) in spells)

    def _lost_on(self, k: int, day: int, steps: list[int]) -> float:
        """L_k on a day: today's while an order stands, and what orders and steps up to that day are going to take."""
        orders = self.company.orders
        now = self.shares.get(k, 0.0) if orders.stands_on(k, day) else 0.0
        return max(min(now + orders.loss_by(k, day), 1.0), self.loss_on(max(steps, default=0)))

    def loss_on(self, rung: int) -> float:
        """Share of use that the orders of a rung would take, through the ISPs that obey."""
        if rung < THROTTLED:
            return 0.0
        left = self.company.model.ladder.throttle_access if rung == THROTTLED else 0.0
        return (1.0 - left) * self.company.orders.reach()

    # Who has had enough (eq. 23, 24)

    def company_has_enough(self, part: float = 1.0) -> bool:
        """Whether the company would rather give in, in a part of the demand, by its private resolve."""
        rules = self.company.bargaining
        place = self.company.private(self.kind, "company")
        if place >= 1.0 - rules.unyielding:
            return False
        resolve = spread_out(rules.company_days, rules.stakes_spread, place / (1.0 - rules.unyielding))
        return self.most[0] > 0.0 and self.most[0] >= part * resolve

    def state_has_enough(self) -> bool:
        """Whether the state would rather drop the demand, by its private resolve."""
        rules, place = self.company.bargaining, self.company.private(self.kind, "state")
        return self.most[1] > 0.0 and self.most[1] >= spread_out(rules.state_days, rules.stakes_spread, place)

    def chance_at(self, rung: int) -> float:
        """Chance, to one who does not know its resolve, that the company has enough with a rung before it (eq. 18)."""
        rules, days = self.company.bargaining, round(self.company.bargaining.foresight_days)
        shares = {k: max(self.shares.get(k, 0.0), self.loss_on(rung)) for k in self.holders}
        day = self.company.model.day
        before = self.lost[0] + days * self.losses_at(rung, shares, day)[0]
        felt = over(before, self.company.worth_of_refusing(self.kind))
        return (1.0 - rules.unyielding) * below(felt, rules.company_days, rules.stakes_spread)


def over(loss: float, worth: float) -> float:
    """A loss in days of what is at stake; a side with nothing at stake has enough of any loss."""
    return loss / worth if worth > 0.0 else math.inf if loss > 0.0 else 0.0


def spread_out(median: float, spread: float, place: float) -> float:
    """The value at a place, in (0, 1), of a log-normal distribution."""
    return median * math.exp(spread * NORMAL.inv_cdf(min(max(place, 1e-12), 1.0 - 1e-12)))


def below(value: float, median: float, spread: float) -> float:
    """Chance that a log-normal draw is at most a value: the inverse of ``spread_out``."""
    if value <= 0.0:
        return 0.0
    if spread == 0.0 or math.isinf(value):
        return float(value >= median)
    return NORMAL.cdf(math.log(value / median) / spread)


def steps_ahead(company: Party) -> list[Step]:
    """Steps against a company that are announced, dated and still to come.

    Who is not under pressure yet, and has no staff on the spot, lets them come.
    """
    model, today = company.model, company.model.day
    if not (company.local_staff or company.under_pressure):
        return []
    found = [
        Step(day, act.rung)
        for act in model.scenario.acts
        if isinstance(act, Escalate) and act.announced is not None and act.date is not None
        if company.name in act.companies and model.scenario.day(act.announced) <= today
        if (day := model.scenario.day(act.date)) > today
    ]
    return found + [Step(day) for k in company.platform_numbers for day in company.orders.days_ahead(k)]
