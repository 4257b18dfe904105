"""What each decision of a company is told as: its verb, what moved it, and how likely it was."""

import math

import pytest

from sim.actors.reasons import terms
from tests.actors.draws import UNLIKELY, fated, sentences, verbs_behind
from tests.actors.firms import (
    COMMITTEE,
    DECISION,
    FIRM,
    NO_LAW,
    PRIOR,
    SOON,
    cutoff,
    firm,
    forced,
    log_odds,
    within_day,
)
from tests.actors.worlds import CALM, act, asked, live, world

WEIGHTS = {"court_weight": 2.5, "rules_weight": 0.9, "society_weight": 0.2, "peer_weight": 0.6, "users_weight": 10.0}
LAW = "the law had come into force without need of a court order"


def shocked(*acts, spec=None, decision=None, **draws):
    """A firm that hears a peer, which refuses from day 1 on, and a law that comes into force on day 1."""
    companies = {"Firm": FIRM | {"listens_to": {"western": 1.0}} | (spec or {}), "Peer": {"requests": asked()}}
    happened = [act("enact", 1, 0), act("force-stance", 1, 1, company="Peer", stance="refuse"), *acts]
    tables = {"law": NO_LAW, "regulators": COMMITTEE, "press": CALM}
    model = fated(world(companies, happened, decision=DECISION | WEIGHTS | (decision or {}), **tables), **draws)
    return model


def test_a_pause():
    """Its chance on the first day is 1 - exp(-nu sigma(...)), which the sentence tells as one in so many."""
    model = shocked(MEETING=0.0)
    live(model, 2)
    pull = (log_odds(PRIOR) + 0.6 + 0.2 - log_odds(0.4)) / 0.5
    chance = within_day(0.25 / (1.0 + math.exp(-pull)))
    assert round(1 / chance) == 6
    assert sentences(model, "pause") == [
        f"Firm paused the processing of data demands after a legal review: {LAW}, Peer had stopped answering, "
        "and civil society protested (early: the chance that it came by then was one in six)."
    ]
    assert verbs_behind(model, "pause") == ["review the law", "enact a law", "take a stance"]
    told = model.chronicle.acts[-1].quantities
    assert (told["chance"], told["chance_by_then"]) == (pytest.approx(chance), pytest.approx(chance))
    assert told["belief"] == model.companies["Firm"].belief
    assert (told["cutoff"], told["logits of law"], told["logits of peers"]) == (pytest.approx(0.4), 2.5, 0.6)


def test_no_cause_that_contributed_nothing_is_named():
    nothing = dict.fromkeys(("peer_weight", "rules_weight", "society_weight"), 0.0)
    model = shocked(act("gazette-rules", 1, 2), decision=nothing, MEETING=0.0)
    live(model, 2)
    assert sentences(model, "pause")[0].startswith(
        f"Firm paused the processing of data demands after a legal review: {LAW} ("
    )
    assert verbs_behind(model, "pause") == ["review the law", "enact a law"]


@pytest.mark.parametrize(("leaning", "verb", "words"), [
    (None, "keep the pause", "kept the pause at the end of a review"),
    ("withdraw_leaning", "withdraw",
     "closed its office at the end of a review and handed nothing over, its platforms still open"),
    ("mlat_leaning", "turn to mutual legal assistance",
     "sent the police to mutual legal assistance at the end of a review"),
    ("refuse_leaning", "refuse", "refused data demands for good at the end of a review"),
    ("exit_leaning", "announce an exit", "announced at the end of a review that it would leave"),
])  # fmt: skip
def test_an_outcome_of_a_review(leaning, verb, words):
    leanings = ("mlat_leaning", "refuse_leaning", "exit_leaning", "withdraw_leaning")
    spec = dict.fromkeys(leanings, -8.0) | {"cutoff": 0.05}
    model = shocked(spec=spec | ({leaning: 8.0} if leaning else {}), MEETING=0.0)
    live(model, 2)
    model.fate |= {"REVIEW_END": 0.0, "REVIEW_OUTCOME": 0.5}
    live(model, 1)
    assert sentences(model, verb) == [
        f"Firm {words}: {LAW}, it feared harm from answering, and Peer had stopped answering."
    ]
    assert verbs_behind(model, verb) == ["pause", "enact a law", "take a stance"]


def test_to_resume_names_what_speaks_for_answering():
    acts = [act("court-ruling", 2, outcome="court-order-restored")]
    model = shocked(*acts, MEETING=0.0)
    live(model, 2)
    model.fate |= {"REVIEW_END": 0.0, "REVIEW_OUTCOME": 0.9, "MEETING": UNLIKELY}
    live(model, 1)
    assert sentences(model, "resume") == [
        "Firm resumed the processing of data demands at the end of a review: data could be had by court order only, "
        "and it feared little harm from answering."
    ]


def test_to_yield_names_the_sanction():
    acts = [forced("refuse"), act("demand", 0, companies=["Firm"]), act("escalate", 1, companies=["Firm"], rung=3)]
    model, _ = firm(acts, SOON)
    live(model, 3)
    model.fate["YIELD"] = 0.0
    live(model, 1)
    told = sentences(model, "resume")[0]
    assert told.startswith(
        "Firm resumed the processing of data demands: its staff had been made liable, two days into the dispute, and "
        "it feared little harm from answering"
    )
    assert verbs_behind(model, "resume") == ["step up"]


def test_to_meet_a_demand_names_the_dispute_and_the_chance_by_then():
    acts = [act("demand", 0, 0, of="takedown", companies=["Firm"]), act("escalate", 0, 1, companies=["Firm"], rung=3)]
    model, company = firm(acts, SOON)
    chances = []
    for _ in range(3):
        live(model, 1)
        chances.append(company.narrator._waits[company.demands["takedown"].act].chance)
    model.fate["YIELD"] = 0.0
    live(model, 1)
    met = next(logged for logged in model.chronicle.acts if logged.verb == "meet a demand")
    still = math.prod(1.0 - chance for chance in (*chances, met.quantities["chance"]))
    assert chances == pytest.approx([within_day(0.2)] * 3)
    assert met.quantities["chance_by_then"] == pytest.approx(1.0 - still)
    assert met.sentence == (
        "Firm met the demand for the takedown of content: its staff had been made liable, three days into the dispute, "
        "and it feared little harm from meeting it."
    )
    assert [model.chronicle.acts[cause].verb for cause in met.because] == ["demand", "step up"]
    assert met.quantities["cutoff"] == pytest.approx(min(cutoff(0.2, fear=0.4), 1.0))


def test_who_has_no_data_says_so_and_a_precedent_speaks_for_refusing():
    """k = 0.5 beside h = 1.75: p* of giving in is 1.1 / 2.75 without a precedent and 1.1 / 3.25 with it."""
    model, company = firm([forced("cannot"), act("demand", 1, companies=["Firm"], of="data")],
                          spec={"precedent": 0.5}, REVIEW_END=0.0, REVIEW_OUTCOME=0.5)  # fmt: skip
    live(model, 3)
    assert sentences(model, "stand by an answer")[0] == (
        "Firm stood by its answer at the end of a review: it had no data to give, the law was in force without need of "
        "a court order, and others would have asked for the same."
    )
    weights = {term.name: term.weight for term in terms(company)}
    assert weights["precedent"] == pytest.approx(log_odds(0.4) - log_odds(1.1 / 3.25))
    assert "precedent" not in {term.name for term in terms(company, giving=False)}
