"""Why a company decides: the terms of eq. (12) and (11), each as a clause that a newspaper would print."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.actors.chronicle import subject
from sim.actors.odds import in_words
from sim.actors.orders import RUNG_OF
from sim.actors.stakes import logit
from sim.scenario.words import listed

if TYPE_CHECKING:
    from sim.actors.company import Company
    from sim.scenario.institutions import DemandKind

SMALLEST = 0.05
"""Log odds below which a term has moved nothing worth a word."""
MOST = 3
"""Reasons named in a sentence."""
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


@dataclass(frozen=True, slots=True)
class Reason:
    """A term of a decision."""

    name: str
    weight: float
    """Log odds that it adds to refusing; below 0 it speaks for answering."""
    words: str
    """The clause that says what held."""
    acts: tuple[int, ...] = ()
    """Acts that brought it about."""
    always: bool = False
    """Whether there would have been no decision without it, however little it weighs."""


def reasons(company: Company, kind: DemandKind = "data", *, giving: bool = True, pressed: bool = False) -> list[Reason]:
    """Every term that moves a company between refusing and answering a kind of demand today.

    Args:
        company: The company, which has weighed the law today.
        kind: Kind of the demand.
        giving: Whether giving in is what it decides about, which may set a precedent; not so where it may pause.
        pressed: Whether it decides under pressure between its reviews (eq. 15, 21), not by the logit alone.

    Weights are relative to a world without the thing: with a court order needed, no rules, no peer that has stopped.
    They add up to the distance of its resolve from the cut-off, less what a court order would have weighed.
    """
    if not company.docket.demands and not company.asked_for_data:
        return [Reason("nothing asked", -math.inf, "nothing was asked of it any more")]
    itself = _of_itself(company, kind, giving=giving, pressed=pressed)
    of_pressure = _of_pressure(company, kind) if pressed else ()
    return [*_of_the_law(company, kind), *_of_others(company), *itself, *of_pressure]


def _of_the_law(company: Company, kind: DemandKind) -> Iterator[Reason]:
    law, decision = company.model.law, company.decision
    court = -decision.court_weight if law.court_order_required else decision.court_weight
    enacted = tuple(law.sources[step] for step in ("enacted",) if step in law.sources)
    if law.in_force and kind == "data":
        words = "the law had come into force" if enacted else "the law was in force"
        if not law.court_order_required:
            yield Reason("law", court, f"{words} without need of a court order", enacted, always=True)
        else:
            yield Reason("law", 0.0, words, enacted, always=True)
    elif kind == "data" and kind in company.docket.demands:
        yield Reason("demand", 0.0, "it had been asked for user data", (company.docket.demands[kind].act,), always=True)
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
        rules = tuple(law.sources[step] for step in ("gazetted",) if step in law.sources)
        yield Reason("rules", decision.rules_weight, "the rules of the law had been gazetted", rules)
    if company.spec.ambiguity_aversion * law.vagueness > 0.0:
        vague = "the law left open what it forbids" if law.text_public else "the text of the law was unpublished"
        yield Reason("vagueness", max(0.0, logit(company.belief) - company.log_odds()), vague)


def _of_others(company: Company) -> Iterator[Reason]:
    model, decision = company.model, company.decision
    known = model.press.known
    heard = {peer: weight for peer, weight in company.peers if peer in known}
    if heard:
        who = told_who(list(heard), "companies that it listens to")
        acts = tuple(known[peer] for peer in heard)
        yield Reason("peers", decision.peer_weight * sum(heard.values()), f"{who} had stopped answering", acts)
    protested = tuple(model.law.sources[step] for step in ("announced", "enacted") if step in model.law.sources)
    pressure = decision.society_weight * model.society.pressure
    yield Reason("civil society", pressure, "civil society protested", protested)
    given = [act for act in model.chronicle.acts if act.verb == "advise" and act.target == company.name]
    side = [act for act in given if (act.quantities["stance"] == "pause") == (company.advice > 0.0)]
    if side:
        advisers = listed(dict.fromkeys(subject(act.actor) for act in side))
        words = f"{advisers} had advised it to {'stop answering' if company.advice > 0.0 else 'go on answering'}"
        yield Reason("advice", company.advice, words, tuple(act.id for act in side))


def _of_itself(company: Company, kind: DemandKind, *, giving: bool, pressed: bool) -> Iterator[Reason]:
    decision, lost = company.decision, company.users_lost()
    base, rung = logit(company.cutoff_at(kind, 0)), company.pressure_rung
    fear, doing = logit(decision.prior) - base, "answering" if kind == "data" else "meeting it"
    if company.stance == "cannot" and kind == "data":
        yield Reason("no data", math.inf, "it had no data to give")
    yield Reason("fear", fear, f"it feared {'harm' if fear > 0.0 else 'little harm'} from {doing}")
    yield Reason("users lost", decision.users_weight * lost, f"{lost:.1%} of its users had gone since the law")
    cutoff = company.giving_cutoff if giving else company.cutoff_at
    without = logit(cutoff(kind, 0))
    if giving and company.docket.principle(kind) > 0.0 and math.isfinite(base):
        yield Reason("principle", base - without, "it would have broken with what it promises everywhere")
    elif giving and company.precedent(kind) > 0.0 and math.isfinite(base):
        yield Reason("precedent", base - without, "others would have asked for the same")
    if rung > 0 and math.isfinite(without) and not pressed:
        sanction = without - logit(cutoff(kind, rung))
        yield Reason("sanction", sanction, SANCTIONS[rung], sanctioning(company, rung))


def _of_pressure(company: Company, kind: DemandKind) -> Iterator[Reason]:
    """What makes a company give in sooner than its reviews would: a sanction, a dispute, or a deadline (eq. 15, 21).

    Weights are logs of the factors by which each raises the rate, as log odds against refusing.
    """
    docket, today, rung = company.docket, company.model.day, company.pressure_rung
    demand, pressed_on, dispute = docket.demands.get(kind), company.pressed_on, company.bargaining.dispute
    hurry = -math.log(docket.occasions(kind) * company.spec.review_days)
    due = None if demand is None or not company.local_staff else demand.deadline
    by_deadline = due is not None and (pressed_on is None or abs(today - due) < today - pressed_on)
    if due is not None and by_deadline:
        yield Reason("deadline", hurry, _told_of_deadline(today - due))
    alone = docket.unforced(kind)
    raised = docket.rate(kind) / alone if alone > 0.0 else math.inf
    sanction = -math.log(raised) + (0.0 if by_deadline or pressed_on is None else hurry)
    words = SANCTIONS[rung] or ("" if dispute is None else "an order against its service was coming")
    if words and dispute is not None and today > dispute.since:
        days = today - dispute.since
        words += f", {in_words(days)} day{'s' if days > 1 else ''} into the dispute"
    if words:
        yield Reason("pressure", sanction, words, sanctioning(company, rung))


def _told_of_deadline(days: int) -> str:
    """The deadline, so many days ago, or ahead where that is negative."""
    if days == 0:
        return "the deadline was that day"
    told = f"{in_words(abs(days))} day{'s' if abs(days) > 1 else ''}"
    return f"the deadline had passed {told} before" if days > 0 else f"the deadline was {told} away"


def sanctioning(company: Company, rung: int) -> tuple[int, ...]:
    """The act that took a company to the rung it suffers, or the orders that stand there."""
    if rung == company.rung:
        return () if company.rung_act is None else (company.rung_act,)
    orders = company.model.orders
    against = (order for k in company.platform_numbers for order in orders.against(k))
    return tuple(order.act for order in against if RUNG_OF.get(order.kind) == rung)


def for_refusing(terms: Iterable[Reason]) -> list[Reason]:
    """What speaks for refusing, the largest first, at most three; what is always named is among them."""
    return _foremost([term for term in terms if term.always or term.weight > SMALLEST], 1.0)


def for_answering(terms: Iterable[Reason]) -> list[Reason]:
    """What speaks for answering, the largest first, at most three."""
    return _foremost([term for term in terms if term.weight < -SMALLEST], -1.0)


def _foremost(terms: list[Reason], sign: float) -> list[Reason]:
    ranked = sorted(terms, key=lambda term: -sign * term.weight)
    named = [term for term in ranked if term.always]
    others = [term for term in ranked if not term.always][: MOST - len(named)]
    return [term for term in ranked if term in named or term in others]


def grounds(
    company: Company,
    *,
    kind: DemandKind = "data",
    answer: bool = False,
    giving: bool = True,
    pressed: bool = False,
    **said: Any,
) -> tuple[list[int], dict[str, Any]]:
    """What moved a company: the acts behind the reasons that its sentence names, and the quantities of its decision.

    Args:
        company: The company, as it was when it decided.
        kind: Kind of the demand that it decided about.
        answer: Whether it decided to answer, or to meet the demand.
        giving: As ``reasons`` has it.
        pressed: As ``reasons`` has it.
        said: Further words of the sentence.
    """
    terms = reasons(company, kind, giving=giving, pressed=pressed)
    refusing, answering = for_refusing(terms), for_answering(terms)
    named, although = (answering, refusing) if answer else (refusing, answering)
    cutoff = company.giving_cutoff if giving else company.cutoff_at
    told = {"when": "", "ground": told_because(named, although), "odds": ""} | said
    told |= {"belief": company.belief, "cutoff": min(cutoff(kind, company.pressure_rung), 1.0)}
    told |= {"users_lost": company.users_lost()} | figures(terms)
    return [act for term in named for act in term.acts], told


def told_because(named: Sequence[Reason], although: Sequence[Reason] = ()) -> str:
    """Reasons as the clauses of a sentence; without one, what spoke against, for then chance alone has decided."""
    if named:
        return clauses([term.words for term in named])
    if although:
        return f"although {clauses([term.words for term in although])}"
    return "nothing weighed much on either side"


def figures(terms: Iterable[Reason]) -> dict[str, Any]:
    """Log odds of each term that is not nothing, by its name; what is beyond any number is left out."""
    return {f"logits of {term.name}": term.weight for term in terms if term.weight and math.isfinite(term.weight)}


def clauses(words: Sequence[str]) -> str:
    """Clauses joined so that an 'and' within one is not taken for the next: 'a', 'a, and b', 'a, b, and c'."""
    *head, last = words
    return f"{', '.join(head)}, and {last}" if head else last


def told_who(names: Sequence[str], what: str) -> str:
    """One or two names, or how many there are: 'Meta and Google', 'three companies that it listens to'."""
    return listed([subject(name) for name in names]) if len(names) <= 2 else f"{in_words(len(names))} {what}"
