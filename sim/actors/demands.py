"""Demands addressed to one company, with deadlines: when it thinks about them, and whether it meets them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sim import chance
from sim.actors import ladder
from sim.actors.odds import Wait
from sim.actors.stakes import hazard
from sim.chance import Stream
from sim.scenario.institutions import DEMANDED

if TYPE_CHECKING:
    from sim.actors.company import Company
    from sim.scenario.institutions import DemandKind


@dataclass(slots=True)
class Outstanding:
    """A demand addressed to a company."""

    kind: DemandKind
    act: int
    by: str
    since: int
    deadline: int | None
    parts: tuple[str, ...] = ()
    """Parts in which it can be met, in words; all at once when empty."""
    parts_met: int = 0
    private: tuple[float, float] = (1.0, 1.0)
    """What it is worth to the company, and to the state, over the median of its kind: drawn when it is made."""
    met: bool = False
    let_off: int = 0
    """Rung of the sanctions that ended when it was met."""
    wait: Wait = field(default_factory=Wait)
    """How likely it has been so far that it is met."""

    @property
    def left(self) -> int:
        """Parts that are not met; one where there are none, the whole."""
        return max(len(self.parts), 1) - self.parts_met


def _early(demand: Outstanding | None, today: int, days: float) -> bool:
    return demand is not None and demand.deadline is not None and today < demand.deadline - days


class Docket:
    """The demands addressed to a company, at most one of a kind; a new one of the same kind replaces the old."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self.demands: dict[DemandKind, Outstanding] = {}

    def add(self, demand: Outstanding) -> None:
        """Take a demand in; a company that obeys every demand for data meets that one by what it does already."""
        self.demands[demand.kind] = demand
        demand.private = (self._drawn(demand.kind, "company"), self._drawn(demand.kind, "state"))
        demand.met = demand.kind == "data" and self._company.stance == "comply"

    def _drawn(self, kind: DemandKind, side: str) -> float:
        """exp(sigma_b epsilon), with epsilon standard normal: a factor of 1 in the median (eq. 23)."""
        company, spread = self._company, self._company.model.scenario.bargaining.stakes_spread
        luck = company.model.draw(Stream.STAKES, chance.entity(company.name, kind, side))
        return math.exp(spread * chance.normal(luck))

    def principle(self, kind: DemandKind) -> float:
        """What refusing is worth whoever asks, in a dispute over a demand made by name; else 0 (eq. 11, 23).

        Who meets a demand before it is pressed gives in to nobody, and what was given once is no news.
        """
        demand, company = self.demands.get(kind), self._company
        dispute = company.bargaining.dispute
        if demand is None or dispute is None or dispute.kind != kind or kind in company.given:
            return 0.0
        return company.model.scenario.bargaining.principle * company.fear(kind) * demand.private[0]

    def unmet(self) -> DemandKind | None:
        """Kind of the oldest demand that is not met; None if all are."""
        for kind, demand in self.demands.items():
            if not demand.met:
                return kind
        return None

    def occasions(self, kind: DemandKind) -> float:
        """Rate at which the company thinks about a demand, per day.

        It does so in its reviews, at rate 1/review_days, and more often around a deadline (or, without one, after the
        demand is made) and after a new sanction, when meetings come at rate nu and fade over ``occasion_days``. Without
        staff on the spot, a deadline passes unheeded: sanctions alone bring it to the table. As long as there is no
        dispute, it waits for the last ``occasion_days`` before a deadline: until then, waiting costs nothing.
        """
        company = self._company
        decision, today = company.decision, company.model.day
        demand = self.demands.get(kind)
        days = [today - company.pressed_on] if company.pressed_on is not None else []
        if company.bargaining.dispute is None and company.local_staff and _early(demand, today, decision.occasion_days):
            return 0.0
        if demand is not None and company.local_staff:
            days.append(abs(today - (demand.since if demand.deadline is None else demand.deadline)))
        urgency = math.exp(-min(days) / decision.occasion_days) if days else 0.0
        return 1.0 / company.spec.review_days + decision.meeting_rate * urgency

    def rate(self, kind: DemandKind) -> float:
        """Rate at which the company gives in to a demand, per day (eq. 15).

        At its occasions it gives in by the logit. In a dispute that logit leaves the sanction out, as what the sanction
        costs is bargained over: the rate of giving way comes on top (eq. 21).
        """
        company = self._company
        if not company.can_give(kind):
            return 0.0
        if company.bargaining.dispute is None:
            return self.occasions(kind) * company.yielding(kind, company.pressure_rung)
        return self.unforced(kind) + company.bargaining.company_rate(kind)

    def unforced(self, kind: DemandKind) -> float:
        """Rate at which the company would give in without a sanction, per day."""
        return self.occasions(kind) * self._company.yielding(kind, 0)

    def pay_by_instalment(self, kind: DemandKind, draw: float) -> bool:
        """Whether giving way today meets a part only: one that is bargained for, where another is left after it.

        What it would do without a sanction it does as a whole.
        """
        demand = self.demands.get(kind)
        unforced = self._company.bargaining.dispute is None or draw < hazard(self.unforced(kind))
        if demand is None or demand.left == 1 or unforced:
            return False
        self._meet_part(demand)
        return True

    def consider(self) -> None:
        """Meet each demand with the hazard of its rate (eq. 15).

        A company that does not answer demands for data meets one by a change of stance instead, see
        ``Company.consider_yielding``; one that judges each judges that one as well.
        """
        company = self._company
        for kind, demand in self.demands.items():
            if demand.met:
                continue
            draw, likely = company.model.draw(Stream.YIELD, chance.entity(company.name, kind)), hazard(self.rate(kind))
            demand.wait.face(company.model.day, likely)
            if (kind != "data" or company.stance == "process") and draw < likely:
                if not self.pay_by_instalment(kind, draw):
                    self._meet(demand)
                continue
            if company.model.day == demand.deadline:
                what = DEMANDED[kind]
                company.model.chronicle.add(company.model.day, company.name, "miss a deadline", "", (), what=what)

    def answered(self, act: int) -> bool:
        """Count a demand for data as met, since the company answers such demands again, and tell whether one was."""
        demand = self.demands.get("data")
        self._company.given.add("data")
        if demand is None or demand.met:
            return False
        demand.met = True
        self._clear(demand, act)
        return True

    def broken(self, act: int) -> None:
        """Count a demand for data that was met as defied: the company has stopped answering.

        Sanctions that were lifted because it answered come back, up to the rung on which they stood.
        """
        demand = self.demands.get("data")
        if demand is None or not demand.met:
            return
        demand.met, let_off = False, demand.let_off
        if let_off > self._company.rung:
            ladder.step_up(self._company.model, demand.by, self._company, let_off, (act,))

    def dismiss(self, act: int) -> None:
        """Drop all demands, and the pressure behind them: a court frees the company, or it has left."""
        self.demands.clear()
        ladder.clear(self._company.model, "government", self._company, (act,))

    def drop(self, kind: DemandKind, act: int) -> None:
        """Drop a demand that the state gives up, and the pressure behind it unless another is unmet."""
        self.demands.pop(kind, None)
        if self.unmet() is None:
            ladder.clear(self._company.model, "government", self._company, (act,))

    def _meet(self, demand: Outstanding) -> None:
        company = self._company
        said = {"what": DEMANDED[demand.kind]} | demand.wait.end()
        act = company.tell("meet a demand", (demand.act,), kind=demand.kind, answer=True, pressed=True, **said)
        demand.met = True
        company.given.add(demand.kind)
        self._clear(demand, act)

    def _meet_part(self, demand: Outstanding) -> None:
        """Meet the next part; pressure eases by a rung, as long as the rung below hurts, too."""
        company, part = self._company, demand.parts[demand.parts_met]
        demand.parts_met += 1
        demand.wait.end()
        act = company.model.chronicle.add(
            company.model.day, company.name, "meet a part", "", [demand.act], what=DEMANDED[demand.kind], part=part
        )
        below = company.rung - 1
        if company.rung_for == demand.kind and below > 0 and company.sanction(below) > 0.0:
            ladder.step_down(company.model, demand.by, company, below, (act,))

    def _clear(self, demand: Outstanding, act: int) -> None:
        """Meeting a demand ends the pressure behind it, unless another is unmet or the rung was reached for another."""
        reached_for = self._company.rung_for if self._company.rung > 0 else demand.kind
        if self.unmet() is None and reached_for == demand.kind:
            company = self._company
            demand.let_off = max(company.rung, company.model.orders.rung(company.platform_numbers))
            ladder.clear(self._company.model, demand.by, self._company, (act,))
