"""Bargaining over a demand: a war of attrition between a company under pressure and the state behind it (eq. 21 to 23).

From an order, or a sanction that hurts, until one side gives way, both lose by the day. In the mixed equilibrium each
side gives way at the rate at which the *other* is indifferent between holding out for a day longer and giving way now
(Hendricks, Weiss & Wilson 1988, International Economic Review 29(4):663-680). What a demand made by name is worth to
either is their own affair, drawn when it is made, so that disputes that look alike differ by orders of magnitude.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim import chance
from sim.actors import ladder
from sim.actors.stakes import hazard
from sim.chance import Stream
from sim.scenario.institutions import DEMANDED

if TYPE_CHECKING:
    from sim.actors.company import Company
    from sim.scenario.institutions import DemandKind

BLOCKED = 5
"""Rung whose sanction is what a company loses by a day without any use of its platforms, in a market of worth 1."""


@dataclass(frozen=True, slots=True)
class Dispute:
    """A demand that is not met and an order, or a sanction, that hurts."""

    kind: DemandKind
    since: int
    """Day on which the pressure was first felt."""
    holders: dict[int, int]
    """Holders of each of the company's platforms on the eve, by number of the platform."""


def pace(cost: float, worth: float) -> float:
    """Rate at which the *other* side gives way: what a day costs this side, over what winning is worth to it (1/day).

    A side to which winning is worth nothing holds out for nothing, so that there is no day at which it is indifferent:
    the other does not give way to it.
    """
    return cost / worth if worth > 0.0 else 0.0


class Bargaining:
    """A company's side of the table, and the state's opposite to it. All costs and gains are in stakes."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self._rules = company.model.scenario.bargaining
        self._entity = chance.entity(company.name, "bargaining")
        self.dispute: Dispute | None = None

    def watch(self) -> None:
        """Open a dispute when pressure is first felt, and close it once nothing is left to bargain over."""
        kind = self._contested()
        if kind is None:
            self.dispute = None
        elif self.dispute is None or self.dispute.kind != kind:
            since, holders = self._eve()
            self.dispute = Dispute(kind, since, holders)

    def _eve(self) -> tuple[int, dict[int, int]]:
        """Since when there has been pressure, and who held its platforms then: of the dispute that there is, or now."""
        if self.dispute is not None:
            return self.dispute.since, self.dispute.holders
        model = self._company.model
        return model.day, {k: model.holders_and_reaching(k)[0] for k in self._company.platform_numbers}

    def _contested(self) -> DemandKind | None:
        """Kind of the demand that pressure stands behind; None without pressure.

        A demand addressed to the company is pressed by a sanction and by orders, in force or announced; the law's
        standing demand for data only by rungs that take its platforms from people.
        """
        company = self._company
        if company.stance == "exit":
            return None
        kind = company.docket.unmet()
        if kind is None:
            return company.defied() if company.rung >= ladder.FIRST_TECHNICAL_RUNG else None
        model = company.model
        coming = any(model.orders.ahead(platform) for platform in company.platforms)
        return kind if coming or company.sanction(company.pressure_rung) > 0.0 else None

    def give_up(self, k: int) -> int | None:
        """Bargain over a platform no more, and tell its holders on the eve; None without a dispute."""
        return None if self.dispute is None else self.dispute.holders.pop(k, None)

    def take_over(self, k: int, eve: int | None) -> None:
        """Bargain over another platform as well, if there is a dispute; its eve is now where it was part of none."""
        if self.dispute is not None:
            now = self._company.model.holders_and_reaching(k)[0]
            self.dispute.holders[k] = now if eve is None else eve

    # What is lost by the day

    def lost(self, k: int) -> float:
        """Share of a platform's holders of the eve who cannot use it, or the part of that which an order ahead brings.

        Circumvention keeps it down; whoever has dropped the app since the eve is lost, too.
        """
        if self.dispute is None or not self.dispute.holders[k]:
            return 0.0
        model = self._company.model
        gone = 1.0 - model.holders_and_reaching(k)[1] / self.dispute.holders[k]
        ahead = model.scenario.population.anticipation * float(model.orders.announced_loss()[k])
        return min(max(gone, ahead, 0.0), 1.0)

    def use_lost(self) -> float:
        """Share of the use of all its platforms that is lost, each by its holders of the eve."""
        if self.dispute is None:
            return 0.0
        before = self.dispute.holders
        return sum(self.lost(k) * had for k, had in before.items()) / max(sum(before.values()), 1)

    def company_cost(self) -> float:
        """c_f: what a day costs the company: sanctions of law, and what the market is worth as use is lost (eq. 22)."""
        company = self._company
        legal = company.sanction(min(company.rung, ladder.FIRST_TECHNICAL_RUNG - 1))
        return company.spec.market * (legal + company.sanction(BLOCKED) * self.use_lost())

    def state_cost(self) -> float:
        """c_g: what a day costs the state: standing while it is defied, business and users cut off else (eq. 22)."""
        city = self._rules.standing * (1.0 - self.use_lost()) + self.trade_lost()
        centre = self._company.model.centre
        return centre.weigh(city, self._rules.standing) if centre else city

    def trade_lost(self) -> float:
        """Business and users that are cut off with its platforms, in the stakes of eq. (18)."""
        if self.dispute is None:
            return 0.0
        company, scenario = self._company, self._company.model.scenario
        return sum(
            self.lost(k) * (scenario.platforms[name].business_use + self.dispute.holders[k] / scenario.population.users)
            for name, k in zip(company.platforms, company.platform_numbers, strict=True)
        )

    # What winning is worth: a part of it where the demand is met by parts

    def company_worth(self, kind: DemandKind) -> float:
        """v_f: days that giving in is felt for, times what refusing is worth by the day without a sanction (eq. 11)."""
        net = max(self._company.net_of_refusing(kind), 0.0)
        return self._rules.company_days * net / self._parts(kind)

    def state_worth(self, kind: DemandKind) -> float:
        """v_g: days that a success is felt for, times the gain of eq. (18), by what this demand brings (eq. 23)."""
        model, demand = self._company.model, self._company.docket.demands.get(kind)
        gain = model.ladder.gain * self._company.fear(kind) * (demand.private[1] if demand else 1.0)
        return self._rules.state_days * gain / self._parts(kind)

    def _parts(self, kind: DemandKind) -> int:
        demand = self._company.docket.demands.get(kind)
        return max(len(demand.parts), 1) if demand else 1

    # Who gives way

    def company_rate(self, kind: DemandKind) -> float:
        """lambda_f: rate of today at which the company gives way over this demand; 0 over another (eq. 21)."""
        if self.dispute is None or self.dispute.kind != kind:
            return 0.0
        return pace(self.state_cost(), self.state_worth(kind))

    def state_rate(self) -> float:
        """lambda_g: rate of today at which the state gives way; 0 without a dispute (eq. 21)."""
        return 0.0 if self.dispute is None else pace(self.company_cost(), self.company_worth(self.dispute.kind))

    def waver(self) -> None:
        """The state gives way, perhaps: it drops the demand, and ends the pressure without having been met."""
        self.watch()
        if self.dispute is None:
            return
        company, dispute = self._company, self.dispute
        if company.model.draw(Stream.RETREAT, self._entity) >= hazard(self.state_rate()):
            return
        act = self._tell_of_retreat(dispute)
        company.docket.drop(dispute.kind, act)
        self.watch()

    def _tell_of_retreat(self, dispute: Dispute) -> int:
        company, lost = self._company, self.use_lost()
        demand, committee = company.docket.demands.get(dispute.kind), company.model.scenario.committee
        return company.model.chronicle.add(
            company.model.day,
            demand.by if demand else committee[0] if committee else "government",
            "give way",
            company.name,
            [demand.act] if demand else [],
            what=DEMANDED[dispute.kind],
            days=company.model.day - dispute.since,
            ground=f"{lost:.0%} of use was lost" if lost >= 0.005 else "the sanction had not moved it",
            use_lost=lost,
            state_cost=self.state_cost(),
            company_cost=self.company_cost(),
        )
