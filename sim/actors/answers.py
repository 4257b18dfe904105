"""Kinds of answer to demands for data, and what it takes to open one again that a company has settled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.actors.stakes import logit
from sim.scenario.acts import KINDS
from sim.scenario.stances import ANSWERING, STANCES

if TYPE_CHECKING:
    from sim.actors.company import Company


@dataclass(frozen=True, slots=True)
class Grounds:
    """What an answer rests on, as far as others set it; pressure that fades and users who leave are not among it."""

    cutoff: float
    """p* at the rung whose sanction the company suffers."""
    doubt: float
    """Log odds of political use that the law, courts, rules, announced peers and advice give."""
    demands: frozenset[int]
    """Acts by which data was demanded of the company."""

    @classmethod
    def of(cls, company: Company) -> Grounds:
        """The grounds of today."""
        demands = (demand.act for demand in company.docket.demands.values() if demand.kind == "data")
        cutoff = company.cutoff_at("data", company.pressure_rung)
        doubt = logit(company.belief_at(company.log_odds(pressure=0.0))) + company.advice
        return cls(cutoff, doubt, frozenset(demands))

    def opens(self, before: Grounds, *, answers: bool) -> bool:
        """Whether they give a new reason to end an answer that was settled on other grounds.

        Any new demand does. A refusal is opened by a heavier sanction or by less doubt, an answer that was given by
        more doubt; that the sanction ends is what it was given for.
        """
        if not self.demands <= before.demands:
            return True
        return self.doubt > before.doubt if answers else self.cutoff > before.cutoff or self.doubt < before.doubt

    def beside(self, before: Grounds, *, answers: bool) -> Grounds:
        """What a settled answer rests on from now on, so that a sanction that ends and comes back is a new one."""
        doubt = min(self.doubt, before.doubt) if answers else max(self.doubt, before.doubt)
        return Grounds(min(self.cutoff, before.cutoff), doubt, before.demands)


class Settled:
    """The answer of a company that it does not open again without a new reason; none at first."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self._grounds: Grounds | None = None

    def settle(self) -> None:
        """Let the present answer rest on the grounds of today."""
        self._grounds = Grounds.of(self._company)

    def forget(self) -> None:
        """The present answer may be changed on any day."""
        self._grounds = None

    def stands(self) -> bool:
        """Whether the answer stands today; a new reason opens it until it is settled again."""
        if self._grounds is None:
            return False
        today, answers = Grounds.of(self._company), self._company.stance in ANSWERING
        if today.opens(self._grounds, answers=answers):
            self._grounds = None
            return False
        self._grounds = today.beside(self._grounds, answers=answers)
        return True


CLEARER = tuple(act.verb for act in KINDS.values() if act.lessens_doubt)
"""Acts that can lessen the doubt of companies."""
ANSWERED_AGAIN = tuple(STANCES[stance].verb for stance in ANSWERING)
"""Acts by which a company is no refusing peer any more."""


def news(company: Company) -> list[int]:
    """Acts that may have opened an answer: a sanction, a demand, a change of the law, advice, a peer that gave in.

    All are of the day but the last, which may have come the day before, when this company had had its turn.
    """
    chronicle, today = company.model.chronicle, company.model.day
    demand = company.docket.demands.get("data")
    orders = (order.act for k in company.platform_numbers for order in company.model.orders.against(k))
    mine = {company.rung_act, *orders, demand.act if demand else None}
    peers = {peer for peer, _ in company.peers}
    lately = [act for act in chronicle.acts if act.day >= today - 1]
    return [
        act.id
        for act in lately
        if (act.actor in peers and act.verb in ANSWERED_AGAIN)
        or (act.day == today and (act.id in mine or act.verb in CLEARER))
    ]
