"""Why a company decides, and how the log tells it: the terms of eq. (11), (12), (15) and (22), each as a clause.

Nothing here changes a company; all that is remembered is how likely a decision has been so far, and what
counsel has reviewed.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from sim.actors.chronicle import (
    TOLD,
    Reason,
    Wait,
    because_clause,
    figures,
    for_answering,
    for_refusing,
    in_words,
    names_or_number,
    subject,
)
from sim.actors.company import Company, Narrator
from sim.actors.isp import RUNG_OF
from sim.actors.stakes import logit
from sim.scenario.acts import KINDS
from sim.scenario.institutions import DEMANDED, THREATS, DemandKind
from sim.scenario.stances import ANSWERING, STANCES
from sim.scenario.words import day_in_words, listed

SANCTIONS = (
    "",
    "it had been ordered to comply",
    "it had been put on notice of an offence",
    "its staff had been made liable",
    "an order to slow its service stood",
    "an order to block its service stood",
    "an order to remove its service from stores stood",
)
"""What a company that stands on a rung of the ladder tells its shareholders."""
CLEARER = tuple(act.verb for act in KINDS.values() if act.lessens_doubt)
"""Acts that can lessen the doubt of companies."""
NEWS = {verb: TOLD[verb][1] for verb in CLEARER if TOLD[verb][1]} | {
    "enact a law": "its coming into force on {date}",
    "gazette rules": "its rules of {date}",
    "rule": "the ruling of {date}",
    "demand": "the demand of {date}",
    "advise": "the advice of {date}",
    "publish the text": "its publication on {date}",
    "resume": "the return of {actor} to answering",
    "obey": "the return of {actor} to answering",
}
"""Verb of an act -> how a review refers to it; announcements are named by who made them, what else lessens doubt by
its own words, and all else is a sanction."""
NO_NEWS = ("civil society",)
"""Reasons whose acts others bring before the lawyers."""
ANSWERED_AGAIN = tuple(STANCES[stance].verb for stance in ANSWERING)
"""Acts by which a company is no refusing peer any more."""
COMPLIED = (*ANSWERED_AGAIN, "meet a demand", "leave")
"""Acts by which a company ends its defiance."""


def terms(company: Company, kind: DemandKind = "data", *, giving: bool = True, pressed: bool = False) -> list[Reason]:
    """Every term that moves a company between refusing and answering a kind of demand today.

    Args:
        company: The company, which has weighed the law today.
        kind: Kind of the demand.
        giving: Whether giving in is what it decides about, which may set a precedent; not so where it may pause.
        pressed: Whether it gives in under pressure or at a deadline (eq. 15, 24), not by the logit of a review.

    Weights are relative to a world without the thing: with a court order needed, no rules, no peer that has stopped.
    They add up to the distance of its reluctance from the cut-off, less what a court order would have weighed.
    """
    if not company.demands and not company.asked_for_data:
        return [Reason("nothing asked", -math.inf, "nothing was asked of it any more")]
    itself = _of_itself(company, kind, giving=giving, pressed=pressed)
    of_pressure = _of_pressure(company, kind) if pressed else ()
    return [*_of_the_law(company, kind), *_of_others(company), *itself, *of_pressure]


def _of_the_law(company: Company, kind: DemandKind) -> Iterator[Reason]:
    law, decision = company.model.law, company.decision
    court = -decision.court_weight if law.court_order_required else decision.court_weight
    enacted = law.acts("enacted")
    if law.in_force and kind == "data":
        words = "the law had come into force" if enacted else "the law was in force"
        if not law.court_order_required:
            yield Reason("law", court, f"{words} without need of a court order", enacted, always=True)
        else:
            yield Reason("law", 0.0, words, enacted, always=True)
    elif kind == "data" and kind in company.demands:
        yield Reason("demand", 0.0, "it had been asked for user data", (company.demands[kind].act,), always=True)
    if law.court_order_required:
        yield Reason("court order", court, "data could be had by court order only")
    elif not law.in_force or kind != "data":
        yield Reason("law", court, "data could be had without a court order", enacted)
    cause = "cause" if law.suspicion > 0.0 else "no cause"
    yield Reason("record", law.suspicion, f"the government's record gave {cause} for fear")
    if company.name in law.unlawful_for:
        ruling = (law.unlawful_for[company.name],)
        yield Reason("ruling", decision.court_weight, "a court had held the demands unlawful", ruling)
    if law.rules_gazetted:
        yield Reason("rules", decision.rules_weight, "the rules of the law had been gazetted", law.acts("gazetted"))
    if company.spec.ambiguity_aversion * law.vagueness > 0.0:
        vague = "the law left open what it forbids" if law.text_public else "the text of the law was unpublished"
        yield Reason("vagueness", max(0.0, logit(company.belief) - company.log_odds()), vague)


def _of_others(company: Company) -> Iterator[Reason]:
    decision, known = company.decision, company.press.known
    heard = {peer: weight for peer, weight in company.peers if peer in known}
    if heard:
        who = names_or_number(list(heard), "companies that it listens to")
        acts = tuple(known[peer] for peer in heard)
        yield Reason("peers", decision.peer_weight * sum(heard.values()), f"{who} had stopped answering", acts)
    pressure = decision.society_weight * company.society.pressure
    yield Reason("civil society", pressure, "civil society protested", company.model.law.acts("announced", "enacted"))
    prevailing = tuple(act for weight, act in company.advised if weight * company.advice > 0.0)
    if prevailing:
        advisers = listed(dict.fromkeys(subject(company.model.chronicle.acts[act].actor) for act in prevailing))
        words = f"{advisers} had advised it to {'stop answering' if company.advice > 0.0 else 'go on answering'}"
        yield Reason("advice", company.advice, words, prevailing)


def _of_itself(company: Company, kind: DemandKind, *, giving: bool, pressed: bool) -> Iterator[Reason]:
    decision, lost = company.decision, company.users_lost()
    base, rung = logit(company.cutoff_at(kind, 0)), company.pressure_rung
    fear, doing = logit(decision.prior) - base, "answering" if kind == "data" else "meeting it"
    if company.stance == "cannot" and kind == "data":
        yield Reason("no data", math.inf, "it had no data to give")
    yield Reason("fear", fear, f"it feared {'harm' if fear > 0.0 else 'little harm'} from {doing}")
    yield Reason("users lost", decision.users_weight * lost, f"{lost:.1%} of its users had gone since the law")
    without = logit(company.cutoff_at(kind, 0, giving=giving))
    if giving and company.precedent(kind) > 0.0 and math.isfinite(base):
        yield Reason("precedent", base - without, "others would have asked for the same")
    if rung > 0 and math.isfinite(without) and not pressed:
        sanction = without - logit(company.cutoff_at(kind, rung, giving=giving))
        yield Reason("sanction", sanction, SANCTIONS[rung], sanctioning(company, rung))


def _of_pressure(company: Company, kind: DemandKind) -> Iterator[Reason]:
    """What makes a company give in beside its reviews: a dispute that costs it too much, or a deadline (eq. 15, 22).

    Weights of a dispute are logs of the factors by which each part raises what is before the company, as log odds
    against refusing; that of a deadline is of the factor by which it hastens a meeting.
    """
    dispute, demand, today = company.dispute, company.demands.get(kind), company.model.day
    if dispute is None or dispute.kind != kind:
        if demand is not None and demand.deadline is not None and company.occasions(kind) > 0.0:
            hurry = -math.log1p(company.occasions(kind) * company.spec.review_days)
            yield Reason("deadline", hurry, _deadline(today - demand.deadline))
        return
    rung, days, ahead = company.pressure_rung, today - dispute.since, dispute.foreseen()[0]
    into = f", {in_words(days)} day{'s' if days > 1 else ''} into the dispute" if days else ""
    total, now = dispute.lost[0] + ahead, dispute.losses(0)[0]
    coming = max(ahead - now * round(company.bargaining.foresight_days), 0.0)
    parts = [("losses", total - coming, (SANCTIONS[rung] or "its losses added up") + into, sanctioning(company, rung))]
    if coming > 0.0:
        step = min(dispute.steps, key=lambda step: step.day, default=None)
        what = THREATS[step.rung] if step and step.rung else "an order against its service"
        when = _on(company, step.day) if step else "that day"
        parts.append(("step ahead", coming, f"{what} was to come on {when}", ()))
    for name, part, words, acts in parts:
        weight = math.log1p(-part / total) if 0.0 < part < total else -math.inf
        if part > 0.0:
            yield Reason(name, weight, words, acts)


def _on(company: Company, day: int) -> str:
    scenario = company.model.scenario
    return day_in_words(scenario.date(day), scenario.date(company.model.day))


def _deadline(days: int) -> str:
    """The deadline, so many days ago, or ahead where that is negative."""
    if days == 0:
        return "the deadline was that day"
    away = f"{in_words(abs(days))} day{'s' if abs(days) > 1 else ''}"
    return f"the deadline had passed {away} before" if days > 0 else f"the deadline was {away} away"


def sanctioning(company: Company, rung: int) -> tuple[int, ...]:
    """The act that took a company to the rung it suffers, or the orders that stand there."""
    if rung == company.rung:
        return () if company.rung_act is None else (company.rung_act,)
    against = (order for k in company.platform_numbers for order in company.orders.against(k))
    return tuple(order.act for order in against if RUNG_OF.get(order.kind) == rung)


# What the log tells


class Reasons(Narrator):
    """Writes down what a company decides with its reasons and odds, and the meetings of its lawyers.

    Lawyers meet at rate nu (eq. 13); what they have reviewed once is no news to them.
    """

    def __init__(self, company: Company) -> None:
        self._company = company
        self._waits: defaultdict[str | int, Wait] = defaultdict(Wait)
        """How likely each kind of decision has been so far, by its name or the demand that it is about."""
        self._reviewed: set[int] = set()
        self._has_met = False

    def face(self, decision: str | int, chance: float) -> None:
        """Note the chance that the rule gives a decision today."""
        self._waits[decision].face(self._company.model.day, chance)

    def end(self, decision: str | int) -> dict[str, Any]:
        """The decision falls today: its chances, and words for one that is early or late."""
        return self._waits[decision].end()

    def decide(
        self,
        verb: str,
        because: Iterable[int | None] = (),
        *,
        kind: DemandKind = "data",
        answer: bool = False,
        giving: bool = True,
        pressed: bool = False,
        **words: Any,
    ) -> int:
        """Log a decision: caused by the acts behind the reasons that its sentence names, with its quantities.

        Args:
            verb: What was decided.
            because: Further acts behind it.
            kind: Kind of the demand that was decided about.
            answer: Whether it was decided to answer, or to meet the demand.
            giving: As ``terms`` has it.
            pressed: As ``terms`` has it.
            words: Further words of the sentence.
        """
        company = self._company
        weighed = terms(company, kind, giving=giving, pressed=pressed)
        refusing, answering = for_refusing(weighed), for_answering(weighed)
        named, although = (answering, refusing) if answer else (refusing, answering)
        cutoff = company.cutoff_at(kind, company.pressure_rung, giving=giving)
        words = {"when": "", "ground": because_clause(named, although), "odds": ""} | words
        words |= {"belief": company.belief, "cutoff": min(cutoff, 1.0)}
        words |= {"users_lost": company.users_lost()} | figures(weighed)
        return company.log(verb, "", [*because, *(act for term in named for act in term.acts)], **words)

    def review(self, *, decides: bool = False) -> int | None:
        """Counsel meets: logged as a review of the law where something new was before it, or it decides.

        Returns:
            The act, or None where nothing was new and nothing came of it.
        """
        new = [act for act in self.agenda() if act not in self._reviewed]
        again, self._has_met = self._has_met, True
        if not new and not decides:
            return None
        self._reviewed.update(new)
        news = self._after(new) or (" again, with nothing new" if again else "")
        outcome = "" if decides else "; the company went on answering"
        return self._company.log("review the law", "", new, news=news, outcome=outcome)

    def agenda(self) -> list[int]:
        """Acts that weigh on its decision today: the law and its rules, rulings, demands, announcements, sanctions."""
        weighed = terms(self._company, giving=False)
        named = (term for term in weighed if (term.weight and term.name not in NO_NEWS) or term.always)
        return list(dict.fromkeys(act for term in named for act in term.acts))

    def reopen(self) -> int:
        """An answer that held is under review, for what is new: a sanction, a demand, law, advice, a peer that gave in.

        All are of the day but the last, which may have come the day before, when this company had had its turn.
        """
        company, today = self._company, self._company.model.day
        demand = company.demands.get("data")
        orders = (order.act for k in company.platform_numbers for order in company.orders.against(k))
        mine, peers = {company.rung_act, *orders, demand.act if demand else None}, {peer for peer, _ in company.peers}
        new = [
            act.id
            for act in company.model.chronicle.acts
            if (act.day >= today - 1 and act.actor in peers and act.verb in ANSWERED_AGAIN)
            or (act.day == today and (act.id in mine or act.verb in CLEARER))
        ]
        return company.log("reconsider", "", new, news=self._after(new))

    def give_way(self) -> int:
        """The state gives way in the dispute: what it has cost, and for how long."""
        company, dispute = self._company, self._company.dispute
        assert dispute is not None
        lost, (mine, states) = dispute.mean(dispute.shares), dispute.lost
        demand, committee = company.demands.get(dispute.kind), company.model.scenario.committee
        by = demand.by if demand else committee[0] if committee else "government"
        return company.model.log(
            by,
            "give way",
            company.name,
            [demand.act] if demand else [],
            what=DEMANDED[dispute.kind],
            days=company.model.day - dispute.since,
            ground=f"{lost:.0%} of use was lost" if lost >= 0.005 else "the sanction had not moved it",
            use_lost=lost,
            state_losses=states,
            company_losses=mine,
        )

    def _after(self, new: list[int]) -> str:
        """News in a clause: ' after the ruling of 5 May and the announcement of Meta'; empty without any."""
        model, acts = self._company.model, self._company.model.chronicle.acts
        today = model.scenario.date(model.day)
        peers = {act: peer for peer, act in self._company.press.known.items()}
        named = [
            NEWS.get(act.verb, "the sanction of {date}").format(
                date=day_in_words(model.scenario.date(act.day), today), actor=subject(act.actor), target=act.target
            )
            for act in (acts[number] for number in new if number not in peers)
        ]
        heard = [peers[number] for number in new if number in peers]
        if heard:
            named.append(f"the announcement{'s' if len(heard) > 1 else ''} of {names_or_number(heard, 'companies')}")
        return f" after {listed(dict.fromkeys(named))}" if named else ""


# What regulators tell of a company


def why_asked_less(company: Company) -> str:
    """Why the police ask a company for less, as its sentence has it."""
    if not company.announced:
        return "its answers brought less data"
    return f"it had said that it would not answer{' for now' if company.stance == 'pause' else ''}"


def defiance(company: Company) -> tuple[int, ...]:
    """The act that a company defies, a demand, or by which it has made its defiance of the law public."""
    kind, known = company.unmet(), company.press.known
    if kind is not None:
        return (company.demands[kind].act,)
    return (known[company.name],) if company.name in known else ()


def compliance(company: Company) -> tuple[int, ...]:
    """The last act by which a company ended its defiance, if there is one."""
    for act in reversed(company.model.chronicle.acts):
        by_itself = act.actor == company.name and act.verb in COMPLIED
        if by_itself or (act.verb == "take a stance" and act.target == company.name):
            return (act.id,)
    return ()
