"""What moves a decision, term by term: its weight in log odds, its clause, and the acts behind it."""

import math

import pytest

from sim.actors.chronicle import (
    Reason,
    because_clause,
    clauses,
    figures,
    for_answering,
    for_refusing,
    names_or_number,
)
from sim.actors.reasons import sanctioning, terms
from tests.actors.draws import fated
from tests.actors.firms import COMMITTEE, DECISION, FIRM, NO_LAW, PRIOR, cutoff, firm, log_odds
from tests.actors.worlds import CALM, act, asked, live, on, world

WEIGHTS = {"court_weight": 2.5, "rules_weight": 0.9, "society_weight": 0.2, "peer_weight": 0.6, "users_weight": 10.0}


def test_every_term_has_its_weight_and_together_they_are_the_distance_of_resolve_from_the_cutoff():
    """Less the court order, which counts from a world that needs one: reluctance - logit p* = sum - omega_court."""
    companies = {"Firm": FIRM | {"listens_to": {"western": 0.5}}, "Peer": {"requests": asked(), "listens_to": {}}}
    acts = [
        act("announce", 0, 0),
        act("enact", 0, 1),
        act("gazette-rules", 0, 2),
        act("court-ruling", 0, 3, outcome="demand-unlawful", company="Firm"),
        act("force-stance", 0, 4, company="Peer", stance="refuse"),
        act("advise-stance", 0, 5, company="Firm", stance="pause", weight=0.3),
    ]
    law = {"in_force": False, "court_order_required": False, "vagueness": 0.5, "suspicion": 0.4}
    model = fated(world(companies, acts, decision=DECISION | WEIGHTS, law=law, regulators=COMMITTEE))
    model.step()
    model.holders_at_law, model.today.holders[0] = (40,), 38
    company = model.companies["Firm"]
    company.stance, company.announced, company.rung = "refuse", True, 4
    company.spec = company.spec.model_copy(update={"ambiguity_aversion": 0.1})
    company.weigh()
    found = {term.name: term.weight for term in terms(company)}
    certain = 1.0 / (1.0 + math.exp(-company.log_odds()))
    assert found == pytest.approx(
        {
            "law": 2.5,
            "record": 0.4,
            "ruling": 2.5,
            "rules": 0.9,
            "vagueness": log_odds(min(certain + 0.1 * 0.5, 0.999)) - company.log_odds(),
            "peers": 0.5 * 0.6,
            "civil society": 0.2 * model.society.pressure,
            "advice": 0.3,
            "fear": log_odds(PRIOR) - log_odds(0.4),
            "users lost": 10.0 * 0.05,
            "sanction": log_odds(0.4) - log_odds(cutoff(0.8)),
        }
    )
    distance = company.reluctance - log_odds(cutoff(0.8))
    assert sum(found.values()) - 2.5 == pytest.approx(distance)
    acts = model.chronicle.acts
    assert {term.name: [acts[number].verb for number in term.acts] for term in terms(company) if term.acts} == {
        "law": ["enact a law"],
        "ruling": ["rule"],
        "rules": ["gazette rules"],
        "peers": ["take a stance"],
        "civil society": ["announce a law", "enact a law"],
        "advice": ["advise"],
    }


def test_what_is_demanded_beside_data_names_the_regime_and_not_that_the_law_is_in_force():
    """The same where data is demanded before there is a law."""
    said = "data could be had without a court order"
    for kind, law in (("takedown", None), ("takedown", NO_LAW), ("data", NO_LAW)):
        tables = {"decision": DECISION | WEIGHTS} | ({"law": law} if law else {})
        model, company = firm([act("demand", 0, of=kind, companies=["Firm"])], tables)
        live(model, 1)
        found = [(term.name, term.weight, term.words, term.always) for term in terms(company, kind)][:2]
        demanded = [("demand", 0.0, "it had been asked for user data", True)] if kind == "data" else []
        assert found[: len(demanded) + 1] == [*demanded, ("law", 2.5, said, False)]
        about = "answering" if kind == "data" else "meeting it"
        assert f"it feared little harm from {about}" in [term.words for term in terms(company, kind)]
    model, company = firm([act("demand", 0, companies=["Firm"])], {"decision": DECISION | WEIGHTS})
    live(model, 1)
    assert [term.name for term in terms(company)][:2] == ["law", "record"]


def words_of(company, *how, **more):
    """Words of each term by its name."""
    return {term.name: term.words for term in terms(company, *how, **more)}


def test_vagueness_weighs_the_log_odds_that_it_adds_and_nothing_beyond_the_surest():
    vague = {"law": {"in_force": True, "court_order_required": False, "vagueness": 0.5}}
    for aversion, prior, weight in (
        (0.2, PRIOR, log_odds(0.4) - log_odds(0.3)),
        (0.2, 0.9995, 0.0),
        (0.0, PRIOR, None),
    ):
        decision = {"decision": DECISION | {"prior": prior}}
        model, company = firm(tables=vague | decision, spec={"ambiguity_aversion": aversion})
        live(model, 1)
        found = {term.name: term.weight for term in terms(company)}
        assert found.get("vagueness") == (None if weight is None else pytest.approx(weight))
    model, company = firm(tables=vague, spec={"ambiguity_aversion": 0.5})
    for public, words in ((True, "the law left open what it forbids"), (False, "the text of the law was unpublished")):
        model.law.text_public = public
        live(model, 1)
        assert words_of(company)["vagueness"] == words


def test_terms_whose_words_turn_on_a_sign_or_on_what_is_asked():
    """A record and fear speak for either side; who has no data says so of data alone; who is asked nothing, that."""
    law = {"in_force": True, "court_order_required": False, "vagueness": 0.0, "suspicion": -0.7}
    model, company = firm(tables={"law": law, "decision": DECISION | {"prior": 0.6}}, spec={"stance": "cannot"})
    live(model, 1)
    weights = {term.name: term.weight for term in terms(company)}
    assert (weights["record"], weights["fear"]) == (-0.7, pytest.approx(log_odds(0.6) - log_odds(0.4)))
    assert words_of(company)["record"] == "the government's record gave no cause for fear"
    assert words_of(company)["fear"] == "it feared harm from answering"
    assert ("no data" in weights, "no data" in words_of(company, "takedown")) == (True, False)
    model.law.suspicion, company.stance = 0.7, "refuse"
    assert words_of(company)["record"] == "the government's record gave cause for fear"
    assert "no data" not in words_of(company)
    _, company = firm(tables={"law": NO_LAW}, spec={"stance": "pause"})
    assert [(term.weight, term.words) for term in terms(company)] == [(-math.inf, "nothing was asked of it any more")]
    assert figures(terms(company)) == {}


@pytest.mark.parametrize(("weights", "words", "by"), [
    ((0.5, -0.2), "the ombudsman had advised it to stop answering", ["ombudsman"]),
    ((0.2, 0.3), "the ombudsman and Bar had advised it to stop answering", ["ombudsman", "Bar"]),
    ((0.2, -0.9), "Bar had advised it to go on answering", ["Bar"]),
])  # fmt: skip
def test_advice_is_that_of_the_side_which_prevails(weights, words, by):
    """Advice to another company is not its own."""
    sides = [{"stance": "pause" if weight > 0 else "process", "weight": abs(weight)} for weight in weights]
    acts = [
        act("advise-stance", 0, i, by=who, company="Firm", **side)
        for i, (who, side) in enumerate(zip(("ombudsman", "Bar"), sides, strict=True))
    ]
    acts.append(act("advise-stance", 0, 9, by="Stranger", company="Peer", stance="pause", weight=0.4))
    companies = {"Firm": FIRM, "Peer": {"requests": asked(), "listens_to": {}}}
    model = fated(world(companies, acts, decision=DECISION, regulators=COMMITTEE, press=CALM))
    live(model, 1)
    company = model.companies["Firm"]
    (advice,) = [term for term in terms(company) if term.name == "advice"]
    assert (advice.weight, advice.words) == (pytest.approx(sum(weights)), words)
    assert [model.chronicle.acts[number].actor for number in advice.acts] == by


@pytest.mark.parametrize("in_force", [True, False])
def test_a_court_order_that_is_needed_speaks_for_answering(in_force):
    law = {"in_force": in_force, "court_order_required": True, "vagueness": 0.0}
    acts = [act("demand", 0, of="data", companies=["Firm"])]
    model, company = firm(acts, {"law": law, "decision": DECISION | WEIGHTS})
    live(model, 1)
    found = terms(company)
    assert [(term.weight, term.words) for term in found if term.name == "court order"] == [
        (-2.5, "data could be had by court order only")
    ]
    said = "the law was in force" if in_force else "it had been asked for user data"
    assert because_clause(for_refusing(found)) == said


def under_pressure(company, kind="registration"):
    """Words, weight and verbs behind each term of the pressure."""
    acts = company.model.chronicle.acts
    found = [term for term in terms(company, kind, pressed=True) if term.name in ("losses", "step ahead")]
    return [(term.words, term.weight, [acts[number].verb for number in term.acts]) for term in found]


def test_orders_of_the_calendar_are_the_sanction_where_they_stand_higher_than_the_ladder():
    acts = [act("demand", 0, of="registration", companies=["Firm"]), act("order-throttle", 0, platform="Chat"),
            act("order-block", 0, 1, platform="Chat")]  # fmt: skip
    model, company = firm(acts)
    model.isps["Net"].access[0] = 0.0
    for day, words in ((0, ""), (1, ", one day into the dispute"), (13, ", 13 days into the dispute")):
        live(model, day + 1 - model.day)
        model.day -= 1
        found = under_pressure(company)
        assert found == [("an order to block its service stood" + words, -math.inf, ["order a block"])], day
        model.day += 1


def test_a_step_that_is_coming_weighs_by_how_much_it_adds_to_what_is_before_the_company():
    """Two days of 0.05, five more and five of 0.2 to come: 1.35, and without the step 0.6."""
    ban = act("escalate", 7, companies=["Firm"], rung=3, announced=on(0))
    model, company = firm([act("demand", 0, of="registration", companies=["Firm"]),
                           act("escalate", 0, 1, companies=["Firm"], rung=2), ban])  # fmt: skip
    live(model, 2)
    model.day -= 1
    losses, step = under_pressure(company)
    assert losses[0] == "it had been put on notice of an offence, one day into the dispute"
    assert losses[1] == pytest.approx(math.log(0.75 / 1.35))
    assert step == ("the liability of staff was to come on 8 January", pytest.approx(math.log(0.6 / 1.35)), [])
    acts = [act("demand", 0, of="registration", companies=["Firm"]),
            act("order-block", 9, platform="Chat", announced=on(0))]  # fmt: skip
    model, company = firm(acts)
    live(model, 3)
    model.day -= 1
    assert under_pressure(company) == [("an order against its service was to come on 10 January", -math.inf, [])]


@pytest.mark.parametrize(("day", "words"), [
    (4, "the deadline was two days away"),
    (5, "the deadline was one day away"),
    (6, "the deadline was that day"),
    (7, "the deadline had passed one day before"),
    (8, "the deadline had passed two days before"),
])  # fmt: skip
def test_a_deadline_that_makes_a_company_meet_is_a_reason(day, words):
    """By so much as it raises the rate of occasions over that of reviews: 1 + o / delta."""
    model, company = firm([act("demand", 0, of="takedown", companies=["Firm"], deadline=on(6))])
    live(model, day)
    found = {term.name: term for term in terms(company, "takedown", pressed=True)}
    assert found["deadline"].words == words
    assert found["deadline"].weight == pytest.approx(-math.log(1 + 90 * 0.25 * math.exp(-abs(day - 6) / 4)))
    company.local_staff = False
    assert "deadline" not in {term.name for term in terms(company, "takedown", pressed=True)}


def test_the_cutoff_that_is_told_is_that_of_the_decision():
    """Of a pause without the precedent that giving in would set, of an answer with it, and never more than one."""
    model, company = firm(spec={"precedent": 0.5})
    live(model, 1)

    def cutoff_told(giving):
        return model.chronicle.acts[company.narrator.decide("keep the pause", giving=giving)].quantities["cutoff"]

    assert [cutoff_told(True), cutoff_told(False)] == pytest.approx([1.1 / 3.25, 0.4])
    company.rung = 6
    assert cutoff_told(False) == 1.0


def test_only_what_moved_is_named_the_largest_first_and_three_at_most():
    found = [Reason("a", 0.04, "A"), Reason("b", 0.3, "B"), Reason("c", -0.2, "C"), Reason("d", 0.9, "D"),
             Reason("e", 0.5, "E"), Reason("f", 0.4, "F"), Reason("g", -0.9, "G"), Reason("h", -0.05, "H")]  # fmt: skip
    assert [term.name for term in for_refusing(found)] == ["d", "e", "f"]
    assert [term.name for term in for_answering(found)] == ["g", "c"]
    assert for_refusing([Reason("a", 0.05, "A")]) == []
    needed = [*found, Reason("law", 0.0, "L", always=True)]
    assert [term.name for term in for_refusing(needed)] == ["d", "e", "law"]
    assert figures([Reason("a", 0.0, "A"), Reason("b", -math.inf, "B"), Reason("c", 0.3, "C")]) == {"logits of c": 0.3}
    one, two = found[:2]
    assert because_clause([one, two]) == "A, and B"
    assert clauses(["A", "B", "C"]) == "A, B, and C"
    assert because_clause([], [one]) == "although A"
    assert because_clause([]) == "nothing weighed much on either side"
    assert names_or_number(["Meta", "ministry"], "peers") == "Meta and the ministry"
    assert names_or_number(["Meta", "Google", "Zoom"], "peers") == "three peers"


def test_the_act_behind_a_sanction_is_that_of_the_rung_or_of_the_orders_that_stand_there():
    acts = [act("demand", 0, of="takedown", companies=["Firm"]), act("order-throttle", 1, platform="Chat"),
            act("order-block", 2, platform="Chat"), act("escalate", 3, companies=["Firm"], rung=2)]  # fmt: skip
    model, company = firm(acts)
    assert sanctioning(company, 0) == ()
    live(model, 4)
    verbs = [[model.chronicle.acts[one].verb for one in sanctioning(company, rung)] for rung in (2, 4, 5, 6)]
    assert verbs == [["put on notice"], ["order a throttle"], ["order a block"], []]
