"""Decisions of a company, each at its edge: a draw a hair below a probability decides, a draw a hair above does not.

Probabilities are worked out from the equations of docs/odd.md, not with the company's own functions.
"""

import math

import pytest

from sim.scenario.stances import FINAL, REVIEWED, STANCES
from tests.actors import firms
from tests.actors.draws import HAIR, UNLIKELY, told
from tests.actors.firms import COMMITTEE, DECISION, PRIOR, SOON, cutoff, firm, forced, log_odds, logistic, within_day
from tests.actors.worlds import CALM, act, live, on

# Pausing (eq. 13)


@pytest.mark.parametrize(("rung", "sanction", "spec"), [(0, 0.0, {}), (4, 0.8, {}), (0, 0.0, {"precedent": 5.0})])
def test_pause_at_the_edge_of_its_hazard(rung, sanction, spec):
    """The sanction in force enters; the precedent that giving in would set does not."""
    edge = within_day(0.25 * logistic((log_odds(PRIOR) - log_odds(cutoff(sanction))) / 0.5))
    for draw, stance in ((edge - HAIR, "pause"), (edge + HAIR, "process")):
        model, company = firm(spec=spec, MEETING=draw)
        company.rung = rung
        live(model, 1)
        assert (company.stance, company.on_review, company.announced) == (stance, stance == "pause", False)


@pytest.mark.parametrize("law", [firms.NO_LAW, None])
def test_no_pause_without_stakes(law):
    """Neither where no data is at stake, nor where no belief makes refusing worth its cost."""
    heavy = {"Board": COMMITTEE["Board"] | {"rung_sanctions": [2.0] * 7}}
    tables, news = ({"law": law}, "announce") if law else ({"regulators": heavy}, "enact")
    model, company = firm([act(news, 0)], tables, MEETING=0.0)
    live(model, 3)
    assert company.stance == "process"
    assert len(model.chronicle.acts) == 1  # counsel does not even meet over the news


def test_a_cutoff_of_exactly_one_leaves_nothing_to_consider():
    exact = {"Board": COMMITTEE["Board"] | {"rung_sanctions": [1.0] * 7}}
    model, company = firm(tables={"regulators": exact}, spec={"friction": 0.0, "cutoff": 0.5}, MEETING=0.0)
    assert company.cutoff_at("data", 0) == 1.0
    live(model, 1)
    assert company.stance == "process"
    assert company.yielding("data") == 1.0


# Reviews (eq. 15)


def test_a_review_ends_at_the_edge_of_its_hazard():
    edge = within_day(1.0 / 20.0)
    for draw, ended in ((edge - HAIR, True), (edge + HAIR, False)):
        model, _ = firm(spec={"stance": "pause", "review_days": 20.0}, REVIEW_END=draw, REVIEW_OUTCOME=0.0)
        live(model, 1)
        assert told(model, "Firm") == ([(0, "keep the pause")] if ended else [])


LEANINGS = {"mlat_leaning": 0.5, "refuse_leaning": -0.5, "exit_leaning": -1.0, "withdraw_leaning": -1.5}
FURTHER = REVIEWED[5:]
"""Answers that a review may end in beside the four above and resuming, all equally likely here."""
LEANINGS |= {f"{stance}_leaning": -2.0 for stance in FURTHER}


def test_odds_of_a_review():
    model, company = firm(spec={"stance": "pause", **LEANINGS})
    live(model, 1)
    resume = (log_odds(0.4) - log_odds(PRIOR)) / 0.5
    expected = {"keep": 1.0, "mlat": math.exp(0.5), "refuse": math.exp(-0.5), "exit": math.exp(-1.0)}
    expected |= {"resume": math.exp(resume), "withdraw": math.exp(-1.5)} | dict.fromkeys(FURTHER, math.exp(-2.0))
    assert company.review_odds() == pytest.approx(expected)
    company.rung = 4
    assert company.review_odds()["resume"] == pytest.approx(math.exp((log_odds(cutoff(0.8)) - log_odds(PRIOR)) / 0.5))
    company.reluctance = -math.inf
    assert company.review_odds()["resume"] == pytest.approx(math.exp(50.0))


@pytest.mark.parametrize("place", range(1 + len(REVIEWED)))
@pytest.mark.parametrize("side", ["first", "last"])
def test_the_outcome_of_a_review_is_the_one_in_whose_share_the_draw_falls(place, side):
    verbs = ["keep the pause", "turn to mutual legal assistance", "refuse", "announce an exit", "resume", "withdraw"]
    verbs += [STANCES[stance].verb for stance in FURTHER]
    after = [("pause", True, False), ("mlat", False, True), ("refuse", False, True), ("pause", False, True),
             ("process", False, False), ("withdraw", False, True)]  # fmt: skip
    after += [(stance, False, True) for stance in FURTHER]
    resume = math.exp((log_odds(0.4) - log_odds(PRIOR)) / 0.5)
    odds = [1.0, math.exp(0.5), math.exp(-0.5), math.exp(-1.0), resume, math.exp(-1.5)]
    odds += [math.exp(-2.0)] * len(FURTHER)
    draw = (sum(odds[: place + (side == "last")]) / sum(odds)) + (HAIR if side == "first" else -HAIR)
    spec = {"stance": "pause", "review_days": 20.0, **LEANINGS}
    model, company = firm(spec=spec, REVIEW_END=0.0, REVIEW_OUTCOME=draw)
    live(model, 1)
    assert told(model, "Firm") == [(0, verbs[place])]
    assert (company.stance, company.on_review, company.announced) == after[place]
    assert ("Firm" in model.press.known) is company.announced


@pytest.mark.parametrize("stance", FINAL)
def test_a_final_answer_is_not_reviewed(stance):
    model, company = firm([forced(stance)], REVIEW_END=0.0, REVIEW_OUTCOME=UNLIKELY, MEETING=0.0, YIELD=0.0)
    live(model, 50)
    assert (company.stance, told(model, "Firm")) == (stance, [])


def test_a_draw_on_the_edge_belongs_to_the_next_outcome():
    """Without leanings, leaving and closing the office are as likely as to keep: a third each, [0, 1/3) the first.

    The same holds of the end of the review: of the draws below its chance, none is the chance itself.
    """
    leanings = {"exit_leaning": 0.0, "withdraw_leaning": 0.0}
    for draw, verb in ((1 / 3 - HAIR, "stand by an answer"), (1 / 3, "announce an exit"), (2 / 3, "withdraw")):
        model, company = firm(spec={"stance": "cannot", **leanings}, REVIEW_END=0.0, REVIEW_OUTCOME=draw)
        company.on_review = True
        live(model, 1)
        assert told(model, "Firm") == [(0, verb)]
    model, company = firm(spec={"stance": "pause"}, REVIEW_OUTCOME=0.0)
    model.fate["REVIEW_END"] = company._review_ends
    live(model, 1)
    assert told(model, "Firm") == []


def test_what_has_no_chance_does_not_happen_at_the_luckiest_draw():
    """Neither a pause nor a review by counsel without meetings, nor an announcement without press or disclosure."""
    model, company = firm(tables={"decision": DECISION | {"meeting_rate": 0.0}}, MEETING=0.0)
    live(model, 3)
    assert (company.stance, model.chronicle.acts) == ("process", [])
    silent = {"disclosure_rate": 0.0, "enquiry_after_rules": 0.3}
    model, company = firm(tables={"press": CALM | silent}, spec={"stance": "pause"}, DISCLOSURE=0.0)
    live(model, 3)
    assert not company.announced
    model.law.rules_gazetted = True
    live(model, 1)
    assert [logged.quantities["reason"] for logged in model.chronicle.acts] == [
        ", when the press enquired after the rules of the law,"
    ]


# Yielding (eq. 15)


ASKED = act("demand", 0, companies=["Firm"])


def test_who_does_not_answer_yields_at_its_pace_once_it_has_had_enough():
    edge = within_day(1 / firms.ALIKE["decision_days"])
    for draw, stance in ((edge - HAIR, "process"), (edge + HAIR, "refuse")):
        model, company = firm([forced("refuse"), ASKED, act("escalate", 1, companies=["Firm"], rung=3)], SOON)
        live(model, 3)
        model.fate["YIELD"] = draw
        live(model, 1)
        assert company.stance == stance


def test_who_does_not_answer_may_meet_what_is_due_while_its_answer_is_open():
    """At the deadline, by the logit; a pause is open, a refusal since the demand is new."""
    due = act("demand", 0, companies=["Firm"], deadline=on(1))
    edge = within_day(0.25 * logistic((log_odds(cutoff()) - log_odds(PRIOR)) / 0.5))
    for given in ("pause", "refuse", "mlat"):
        for draw, stance in ((edge - HAIR, "process"), (edge + HAIR, given)):
            model, company = firm([due], spec={"stance": given})
            live(model, 1)
            model.fate["YIELD"] = draw
            live(model, 1)
            assert company.stance == stance


@pytest.mark.parametrize("rung", [0, 1])
def test_no_yielding_without_a_sanction(rung):
    model, company = firm([forced("refuse"), ASKED], SOON, YIELD=0.0)
    live(model, 1)
    company.stand_on(rung, 0)
    live(model, 3)
    assert company.stance == "refuse"


@pytest.mark.parametrize(("sanction", "stance", "verb"), [(1.64, "process", "resume"), (1.65, "comply", "obey"),
                                                         (3.0, "comply", "obey")])  # fmt: skip
def test_no_belief_outweighs_the_sanction_from_a_cutoff_of_one_on(sanction, stance, verb):
    """h = 1.1 / 0.4 - 1 = 1.75, so that p* = (1.1 + Phi) / 2.75 reaches 1 at Phi = 1.65: the company obeys for good."""
    board = {"Board": COMMITTEE["Board"] | {"rung_sanctions": [0.0, sanction, *[sanction] * 5]}}
    model, company = firm([forced("refuse"), ASKED], SOON | {"regulators": board}, YIELD=0.0)
    live(model, 1)
    company.stand_on(1, 0)
    live(model, 1)
    assert company.stance == stance
    assert told(model, "Firm")[-1] == (1, verb)


def test_who_meets_a_part_only_reviews_on_the_same_day():
    asked_for = act("demand", 0, companies=["Firm"], of="data", parts=["servers", "keys"])
    model, company = firm([asked_for], SOON, {"stance": "pause"})
    company.stand_on(3, 0)
    model.fate |= {"YIELD": 0.0, "REVIEW_END": 0.0, "REVIEW_OUTCOME": 0.0}
    live(model, 1)
    assert told(model, "Firm") == [(0, "meet a part"), (0, "keep the pause")]


def test_an_order_that_is_coming_makes_a_company_yield_before_any_sanction():
    """Rung 0 costs nothing; the order against Chat is announced, so that there is something to lose."""
    ahead = act("order-block", 9, platform="Chat", announced=on(0))
    for acts, stance in (([ahead, ASKED], "process"), ([ahead], "refuse")):
        model, company = firm(acts, SOON, {"stance": "refuse"})
        live(model, 1)
        model.fate["YIELD"] = 0.0
        live(model, 1)
        assert (company.rung, company.stance) == (0, stance)


def test_to_yield_comes_before_the_review():
    luck = {"YIELD": 0.0, "REVIEW_END": 0.0, "REVIEW_OUTCOME": 0.0}
    model, company = firm([ASKED], SOON, {"stance": "pause"}, **luck)
    company.rung = 4
    live(model, 1)
    assert told(model, "Firm") == [(0, "resume")]
    assert company.stance == "process"
