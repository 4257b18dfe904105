"""What regulators and ISPs are told as, and what their sentences say of chance: eq. (17), (18) and (20)."""

import math

import pytest

from sim.actors.chronicle import for_refusing
from sim.actors.reasons import compliance
from sim.model import Model
from tests.actors.draws import UNLIKELY, fated, sentences
from tests.actors.firms import firm, forced, within_day
from tests.actors.test_committee_rules import BOARD, COSTS, EPSILON, GAIN, TAU_R, board, yields
from tests.actors.test_police_rules import station
from tests.actors.worlds import CALM, act, asked, live, world

# The committee (eq. 18)


def test_terms_of_a_step_up_are_gain_cost_and_what_the_centre_takes_off():
    """Each over the noise; together they are the logit of (18)."""
    model, company = board(centre={"autonomy": 0.5})
    terms = {term.name: term.weight for term in model.committee.reasons_to_step_up(company)}
    gain, cost = GAIN * (yields(1) - yields(0)), COSTS[1]
    assert terms == pytest.approx({"gain": gain / TAU_R, "centre": 0.5 * cost / TAU_R, "cost": -cost / TAU_R})
    expected = within_day(EPSILON / (1.0 + math.exp(-sum(terms.values()))))
    assert model.committee.step_hazard(company) == pytest.approx(expected)


def test_a_step_up_names_what_moved_the_committee_and_how_likely_it_was():
    model, company = board(centre={"autonomy": 0.5}, LADDER=0.0)
    chance = model.committee.step_hazard(company)
    model.committee.step()
    terms = model.committee.reasons_to_step_up(board(centre={"autonomy": 0.5})[1])
    assert [term.name for term in for_refusing(terms)] == ["gain", "centre"]
    told = model.chronicle.acts[-1]
    assert told.sentence.startswith(
        "Board ordered Firm to comply, after the refusal of 1 January: the step made it likelier to give in, and the "
        "centre had a say and bore less of the cost (early: the chance that it came by then was one in "
    )
    assert told.quantities["chance"] == pytest.approx(chance)


def test_the_wait_for_a_rung_begins_anew_with_each_rung():
    model, company = board()
    chances = []
    for luck in (UNLIKELY, UNLIKELY, 0.0, 0.0):
        model.fate["LADDER"] = luck
        chances.append(model.committee.step_hazard(company))
        model.committee.step()
        model.day += 1
    first, second = (logged for logged in model.chronicle.acts if logged.verb in ("step up", "put on notice"))
    assert first.quantities["chance_by_then"] == pytest.approx(1 - math.prod(1 - chance for chance in chances[:3]))
    assert second.quantities["chance_by_then"] == pytest.approx(chances[3])
    assert second.sentence.startswith("Board put Firm on notice of an offence, after the refusal of 1 January: ")


def test_what_ended_defiance_is_the_companys_own_last_act_or_the_stance_that_it_was_given():
    """Not the stance of another, nor what another does, though it comes later; not the company's further acts."""
    own = {"requests": asked(), "listens_to": {}}
    stances = [
        act("force-stance", day, company=name, stance="process")
        for day, name in ((1, "Firm"), (2, "Aaron"), (3, "Zoe"))
    ]
    model = fated(world({"Firm": own | {"stance": "refuse"}, "Aaron": own, "Zoe": own}, stances, press=CALM))
    company = model.companies["Firm"]
    assert compliance(company) == ()
    live(model, 5)
    model.chronicle.add(5, "Zoe", "leave")
    model.chronicle.add(5, "Firm", "refuse", when="", ground="it does", odds="")
    (taken,) = compliance(company)
    assert (model.chronicle.acts[taken].verb, model.chronicle.acts[taken].target) == ("take a stance", "Firm")
    left = model.chronicle.add(6, "Firm", "leave")
    assert compliance(company) == (left,)


def test_a_step_down_says_for_how_long_no_defiance_was_known():
    acts = [forced("refuse"), act("escalate", 1, companies=["Firm"], rung=2), forced("process", 3)]
    model, company = firm(acts, {"regulators": {"Board": BOARD | {"step_down_days": 5.0, "ladder_rate": 0.0}}})
    live(model, 13)
    assert sentences(model, "step down", "Board") == [
        "Board eased its pressure on Firm, from a notice of an offence to an order, after its stance of 4 January: no "
        "defiance of it was known for 5 days.",
        "Board ended its pressure on Firm, after its stance of 4 January: no defiance of it was known for 5 days.",
    ]
    assert company.rung == 0


# The police (eq. 17)


@pytest.mark.parametrize(("stance", "words"), [("pause", "it had said that it would not answer for now"),
                                               ("refuse", "it had said that it would not answer")])  # fmt: skip
def test_the_police_ask_less_from_the_day_on_which_demand_is_below_three_quarters(stance, words):
    """Demand relaxes by 1 - exp(-1/T) a day to the floor: below 3/4 once exp(-n/T) < (3/4 - chi) / (1 - chi)."""
    rules = {"floor_paused": 0.5, "floor_final": 0.1, "adaptation_days_paused": 20.0, "adaptation_days_final": 8.0}
    floor, days = (0.5, 20.0) if stance == "pause" else (0.1, 8.0)
    model, _ = station({"requests": asked(4.0)}, rules, [forced(stance, 3, lasting=True)])
    live(model, 40)
    asked_less = [logged for logged in model.chronicle.acts if logged.verb == "ask less"]
    expected = 3 + math.ceil(days * math.log((1 - floor) / (0.75 - floor))) - 1
    assert [logged.day for logged in asked_less] == [expected]
    assert asked_less[0].sentence.endswith(
        f" cut requests to Firm below three quarters of what they had been: {words}."
    )
    assert [model.chronicle.acts[cause].verb for cause in asked_less[0].because] == ["take a stance"]
    assert asked_less[0].quantities["rate"] < 3.0 == 0.75 * asked_less[0].quantities["before"]


# ISPs (eq. 20)


def provider(share=0.04, **spec):
    return Model(world({}, isps={"Net": {"share": share, **spec}, "Web": {"share": 1.0 - share}}, press=CALM)).isps[
        "Net"
    ]


@pytest.mark.parametrize("days", [0, 1, 4, 20])
def test_how_long_an_order_outlasts_a_small_isp_and_a_carrier(days):
    """exp(-n/D) for whom obeys at once; for a late carrier the sum of two exponential lags, integrated here by hand."""
    assert provider(lag_days=3.0).outlasts(days) == pytest.approx(math.exp(-days / 3.0))
    for lag, late in ((3.0, 7.0), (7.0, 7.0)):
        isp = provider(share=0.5, lag_days=lag, compliance=0.8)
        steps = 20000
        inner = sum(
            math.exp(-(i + 0.5) * days / steps / lag) / lag * math.exp(-(days - (i + 0.5) * days / steps) / late)
            for i in range(steps)
        ) * days / steps  # fmt: skip
        both = math.exp(-days / lag) + inner
        assert isp._late_days == late
        assert isp.outlasts(days) == pytest.approx(0.8 * math.exp(-days / lag) + 0.2 * both, abs=1e-6)


def test_a_technical_rung_names_the_traffic_and_a_costly_one_says_although():
    model, company = board()
    company.rung, named = 3, "enough of its traffic was objectionable"
    assert named in [term.words for term in for_refusing(model.committee.reasons_to_step_up(company))]
    company.rung = 2
    assert named not in [term.words for term in model.committee.reasons_to_step_up(company)]
    model, company = board(committee={"gain": 0.0}, LADDER=0.0)
    model.committee.step()
    assert ": although it cost the city more than it promised" in sentences(model, "step up", "Board")[0]


def test_the_police_ask_again_once_a_company_answers_again():
    rules = {"floor_final": 0.1, "adaptation_days_final": 2.0, "adaptation_days_paused": 2.0}
    model, _ = station({"requests": asked(4.0)}, rules, [forced("refuse", 1), forced("comply", 30)])
    live(model, 60)
    told = [(logged.verb, logged.sentence) for logged in model.chronicle.acts if logged.verb.startswith("ask")]
    assert [verb for verb, _ in told] == ["ask less", "ask again"]
    assert told[1][1] == (
        "The Police raised requests to Firm above three quarters of what they had been, after its stance of 31 January."
    )


def test_a_centre_that_bears_more_of_the_cost_is_told_as_such():
    model, company = board(centre={"autonomy": 0.5, "escalation_cost": 9.0})
    company.rung = 3
    terms = {term.name: term for term in model.committee.reasons_to_step_up(company)}
    assert terms["centre"].weight < 0.0
    assert terms["centre"].words == "the centre had a say and bore more of the cost"
