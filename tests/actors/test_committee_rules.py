"""Committee and centre: costs, gains and the block test (eq. 18 and 19), each with an answer worked out by hand."""

import math
from statistics import NormalDist

import pytest

from sim.actors.requests import Outstanding
from tests.actors.draws import HAIR, fated
from tests.actors.firms import ALIKE, logistic, within_day
from tests.actors.worlds import CALM, act, asked, live, world

COSTS = [0.0, 0.1, 0.4, 0.9, 2.0, 4.0, 5.0]
SANCTIONS = [0.0, 0.3, 0.6, 0.9, 1.2, 1.5, 1.6]
EPSILON, TAU_R, GAIN, PRIOR, NOISE = 0.2, 0.5, 3.0, 0.7, 0.5
BOARD = {"role": "committee", "ladder_rate": EPSILON, "ladder_noise": TAU_R, "gain": GAIN, "rung_costs": COSTS,
         "rung_sanctions": SANCTIONS, "staff_rung": 0, "step_down_days": 5.0, "objection_value": 1.0,
         "traffic_value": 0.25}  # fmt: skip
CHAT = {"Chat": {"share": 0.5, "objectionable_share": 0.3, "business_use": 0.4}}
ISPS = {"Net": {"share": 0.6, "technique": "ip", "over_blocking": 0.1},
        "Web": {"share": 0.4, "technique": "dns", "over_blocking": 0.3}}  # fmt: skip


RULES = ALIKE | {"company_days": 4.0, "stakes_spread": 1.5, "unyielding": 0.2}


def yields(rung: int, fear: float = 1.0) -> float:
    """Chance that ten days of a rung are enough: h = 1.75 for a declared cut-off of 0.4, log-normal about four days."""
    use = {4: 0.7, 5: 1.0, 6: 1.0}.get(rung, 0.0)
    by_day = SANCTIONS[min(rung, 3)] + SANCTIONS[5] * use + (SANCTIONS[6] - SANCTIONS[5]) * (rung == 6)
    before = 10.0 * by_day / (fear * (1.0 + PRIOR * 1.75))
    return 0.8 * NormalDist().cdf(math.log(before / 4.0) / 1.5) if before > 0.0 else 0.0


def board(acts=(), spec=None, committee=None, centre=None, platforms=CHAT, **draws):
    """A committee and one company that has announced that it refuses a demand for data made by name."""
    firm = {"requests": asked(), "listens_to": {}, "platforms": ["Chat"], "stance": "refuse"} | (spec or {})
    regulators = {"Board": BOARD | (committee or {})}
    if centre is not None:
        regulators["Centre"] = {"role": "centre", **centre}
    tables = {"decision": {"prior": PRIOR, "noise": NOISE, "meeting_rate": 0.0}, "press": CALM, "isps": ISPS,
              "bargaining": RULES}  # fmt: skip
    model = fated(world({"Firm": firm}, acts, regulators=regulators, platforms=platforms, **tables), **draws)
    company = model.companies["Firm"]
    if company.stance == "refuse":
        company.announced = True
        model.press.known["Firm"] = model.chronicle.add(0, "Firm", "refuse", when="", ground="it does", odds="")
        company.receive_demand(Outstanding("data", model.press.known["Firm"], "government", 0, None))
    company.weigh()
    return model, company


@pytest.mark.parametrize("rung", range(3))
def test_hazard_of_a_step_is_what_yielding_gains_over_the_present_rung_less_the_cost(rung):
    model, company = board()
    company.rung = rung
    gain = GAIN * (yields(rung + 1) - yields(rung))
    assert gain > 0.0
    expected = within_day(EPSILON * logistic((gain - COSTS[rung + 1]) / TAU_R))
    assert model.committee.step_hazard(company) == pytest.approx(expected)


def test_the_step_is_taken_at_the_edge_of_its_hazard():
    edge = within_day(EPSILON * logistic((GAIN * (yields(1) - yields(0)) - COSTS[1]) / TAU_R))
    for draw, rung in ((edge - HAIR, 1), (edge + HAIR, 0)):
        model, company = board(LADDER=draw)
        model.committee.step()
        assert company.rung == rung
    model, company = board(LADDER=0.0)
    model.committee.step()
    step = model.chronicle.acts[-1]
    assert (step.actor, step.verb, step.because, step.quantities["before"], step.quantities["rung"]) == (
        "Board", "step up", (0,), 0, 1)  # fmt: skip


def test_what_is_weighed_is_the_demand_that_is_defied():
    model, company = board([act("demand", 0, of="takedown", companies=["Firm"])], {"requests": {}, "stance": "process"})
    model._calendar()
    company.weigh()
    gain = GAIN * (yields(1, 0.4) - yields(0, 0.4))
    expected = within_day(EPSILON * logistic((gain - COSTS[1]) / TAU_R))
    assert model.committee.step_hazard(company) == pytest.approx(expected)


@pytest.mark.parametrize(("stance", "announced", "steps"), [
    ("refuse", True, True), ("refuse", False, False), ("process", False, False), ("exit", True, False),
])  # fmt: skip
def test_only_who_is_known_to_defy_is_pressed(stance, announced, steps):
    model, company = board(LADDER=0.0)
    company.stance, company.announced = stance, announced
    company.demands.clear()
    model.committee.step()
    assert (company.rung > 0) is steps


def test_no_rung_above_the_highest():
    model, company = board(committee={"highest_rung": 2}, LADDER=0.0)
    hazards = []
    for rung in range(4):
        company.rung = rung
        hazards.append(model.committee.step_hazard(company) > 0.0)
    assert hazards == [True, True, False, False]


def test_a_technical_rung_costs_the_business_the_users_and_the_sites_hit():
    """0.4 depends on Chat and 0.2 on Talk, 30 and 15 of 60 people hold them; blocks by address at 60 % hit a tenth."""
    platforms = {"Chat": CHAT["Chat"], "Talk": {"share": 0.5, "business_use": 0.2, "objectionable_share": 0.3}}
    for names, business, holders in ((["Chat"], 0.4, 0.5), (["Chat", "Talk"], 0.6, 0.75)):
        model, company = board(spec={"platforms": names}, platforms=platforms)
        assert [model.committee.cost(company, rung) for rung in range(4)] == COSTS[:4]
        before = business + 0.6 * 0.1
        costs = [model.committee.cost(company, rung) for rung in (4, 5, 6)]
        assert costs == pytest.approx([cost + before for cost in COSTS[4:]])
        model.step()
        model.today.holders[:] = 30, 15
        assert model.committee.city_loss(company) == pytest.approx(before + holders)
        assert model.committee.cost(company, 5) == pytest.approx(COSTS[5] + before + holders)


def test_the_centre_weighs_the_citys_cost_by_its_autonomy():
    model, company = board(centre={"autonomy": 0.3, "escalation_cost": 2.0})
    loss = 0.4 + 0.06
    assert model.committee.cost(company, 3) == pytest.approx(0.3 * COSTS[3])
    assert model.committee.cost(company, 4) == pytest.approx(0.3 * (COSTS[4] + loss) + 0.7 * 2.0)


# The block test (eq. 19)


@pytest.mark.parametrize(("autonomy", "threshold"), [(None, 0.2), (1.0, 0.2), (0.5, 1 / 9), (0.0, 0.0)])
def test_threshold_of_the_block_test(autonomy, threshold):
    model, _ = board(centre=None if autonomy is None else {"autonomy": autonomy})
    assert model.committee.block_threshold() == pytest.approx(threshold)
    model, _ = board(committee={"objection_value": 3.0, "traffic_value": 1.0})
    assert model.committee.block_threshold() == pytest.approx(1 / 4)


@pytest.mark.parametrize(("share", "worth"), [(0.19, False), (0.2, False), (0.21, True)])
def test_technical_rungs_need_traffic_worth_stopping(share, worth):
    platforms = {"Talk": {"share": 0.5}, "Chat": {"share": 0.5, "objectionable_share": share}}
    model, company = board(spec={"platforms": ["Talk", "Chat"]}, platforms=platforms)
    hazards = []
    for rung in range(6):
        company.rung = rung
        hazards.append(model.committee.step_hazard(company) > 0.0)
    assert hazards == [True] * 3 + [worth] * 3
    assert model.committee.worth_blocking(company) is worth


def test_objectionable_traffic_moves_with_how_many_speak():
    model, _ = board()
    assert model.committee.objectionable_share("Chat") == pytest.approx(0.3)
    model.speech_index = 0.5
    assert model.committee.objectionable_share("Chat") == pytest.approx(0.15)


def test_the_speech_index_is_todays_speakers_over_the_first_days():
    model, _ = board()
    assert model.speech_index == 1.0
    model.step()
    first = model.today.speaking
    assert (first > 1, model.speech_index) == (True, 1.0)
    for _ in range(5):
        model.step()
        assert model.speech_index == pytest.approx(model.today.speaking / first)


# Stepping down


def test_a_rung_is_taken_back_after_exactly_the_days_of_compliance():
    """Compliance from day 3 on; five days of it are days 3 to 7, so that rung 3 becomes 2 on day 7, and so on down.

    A day of defiance, the 14th, starts the count anew.
    """
    model, company = board()
    company.rung = 3
    rungs = []
    for day in range(24):
        if day == 3:
            company.resume()
        if day in (14, 15):
            company.stance, company.announced = ("refuse", True) if day == 14 else ("process", False)
            company.demands.clear()
        live(model, 1)
        rungs.append(company.rung)
    assert rungs == [3] * 7 + [2] * 5 + [1] * 7 + [0] * 5
    downs = [logged for logged in model.chronicle.acts if logged.verb == "step down"]
    told = [(logged.day, logged.actor, logged.quantities["rung"]) for logged in downs]
    assert told == [(7, "Board", 2), (12, "Board", 1), (19, "Board", 0)]


@pytest.mark.parametrize(("days", "length"), [(1.0, 1), (2.5, 3)])
@pytest.mark.parametrize("stance", ["process", "exit"])
def test_a_part_of_a_day_of_compliance_is_a_day_and_who_left_complies(stance, days, length):
    model, company = board(committee={"step_down_days": days}, spec={"stance": stance})
    company.rung = 1
    live(model, length - 1)
    assert company.rung == 1
    live(model, 1)
    assert company.rung == 0
