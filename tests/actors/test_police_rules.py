"""Police: what they ask, what they learn, and how demand follows (eq. 17), worked out by hand."""

import math

import pytest

from sim.actors.requests import REMOVAL
from sim.chance import poisson
from tests.actors.draws import fated
from tests.actors.firms import within_day
from tests.actors.worlds import CALM, act, asked, live, world

POLICE = {"role": "police", "capacity": 10_000.0, "floor_paused": 0.5, "floor_final": 0.1,
          "adaptation_days_paused": 100.0, "adaptation_days_final": 20.0}  # fmt: skip
MEDIAN = 0.5


def station(spec=None, police=None, acts=(), companies=None, law=None, **draws):
    """Police and one company, which is asked 4 times a day, answers half at once and listens to no one."""
    firm = {"requests": asked(4.0, 0.5), "listens_to": {}, "processing_days": 10.0} | (spec or {})
    tables = {"regulators": {"Police": POLICE | (police or {})}, "press": CALM}
    if law:
        tables["law"] = {"in_force": True, "court_order_required": False} | law
    model = fated(world(companies or {"Firm": firm}, acts, **tables), DEMAND=MEDIAN, **draws)
    return model, next(iter(model.companies.values()))


@pytest.mark.parametrize(
    ("stance", "floor", "days"),
    [("pause", 0.5, 100.0), *((stance, 0.1, 20.0) for stance in ("mlat", "refuse", "cannot", "withdraw"))],
)
def test_demand_falls_to_the_floor_of_the_announced_answer_at_its_pace(stance, floor, days):
    """The police learn at once what a company has announced, so that y = 0 from the first day."""
    model, company = station()
    company.stance, company.announced, company.held = stance, True, True
    for day in range(1, 40):
        live(model, 1)
        expected = 4.0 * (floor + (1.0 - floor) * math.exp(-day / days))
        assert model.police.demand["Firm", "ordinary"] == pytest.approx(expected)
        assert company.request_rate == pytest.approx(expected)


@pytest.mark.parametrize("stance", ["pause", "refuse"])
def test_a_silent_refusal_is_learnt_as_answers_fail_to_come(stance):
    """Unannounced: y loses a tenth of itself a day, at ten days' processing, and the floor is that of 'not now'."""
    model, company = station()
    company.stance, company.held = stance, True
    y, rate, pace = 1.0, 4.0, within_day(1 / 100)
    for _ in range(30):
        live(model, 1)
        y -= y / 10
        rate += (4.0 * (0.5 + 0.5 * y) - rate) * pace
        assert model.police.demand["Firm", "ordinary"] == pytest.approx(rate)


@pytest.mark.parametrize(("processing", "pace"), [(0.5, 1.0), (1.0, 1.0), (2.0, 0.5)])
def test_the_pace_of_learning_is_that_of_processing_and_at_most_a_day(processing, pace):
    model, company = station({"processing_days": processing})
    company.stance = "refuse"
    model.police.step()
    aim = 4.0 * (0.5 + 0.5 * (1.0 - pace))
    assert model.police.demand["Firm", "ordinary"] == pytest.approx(4.0 + (aim - 4.0) * within_day(1 / 100))


def test_what_a_pause_still_answers_keeps_demand_up():
    """y = kappa_e / kappa_f = 0.2 / 0.5."""
    model, company = station({"requests": asked(4.0, 0.5, produced_when_paused=0.2)})
    company.stance, company.announced = "pause", True
    model.police.step()
    aim = 4.0 * (0.5 + 0.5 * 0.4)
    assert model.police.demand["Firm", "ordinary"] == pytest.approx(4.0 + (aim - 4.0) * within_day(1 / 100))


@pytest.mark.parametrize(("stance", "produced"), [("comply", 0.5), ("pause", 0.0), ("refuse", 0.0)])
def test_demand_stays_where_requests_bring_as_much_as_before_or_more(stance, produced):
    """Who obeys everything yields twice as much, and y stays at 1; where nothing came before, nothing changes."""
    model, company = station({"requests": asked(4.0, produced)})
    company.stance, company.announced, company.held = stance, stance != "comply", True
    for _ in range(30):
        model.police.step()
    assert model.police.demand["Firm", "ordinary"] == 4.0


@pytest.mark.parametrize(("stance", "rate"), [("exit", 4.0), ("process", 0.0)])
def test_who_has_left_or_is_asked_for_nothing_is_not_asked(stance, rate):
    model, company = station({"requests": asked(rate), "removals": {"rate": 2.0 if rate else 0.0}})
    company.stance = stance
    model.police.step()
    assert model.police.demand["Firm", "ordinary"] == 0.0
    assert company.inbox == {"ordinary": 0, REMOVAL: 0}


def test_demand_comes_back_when_a_company_answers_again():
    model, company = station()
    company.stance, company.announced, company.held = "refuse", True, True
    for _ in range(20):
        model.police.step()
    low = model.police.demand["Firm", "ordinary"]
    company.stance, company.announced = "process", False
    model.police.step()
    y = 1 / 10  # of what was lost, learnt within ten days of processing
    expected = low + (4.0 * (0.5 + 0.5 * y) - low) * within_day(1 / 100)
    assert model.police.demand["Firm", "ordinary"] == pytest.approx(expected)


def test_capacity_is_shared_in_proportion():
    """12 wanted, removals included, 6 in reach: everyone is asked half as often."""
    companies = {"Firm": {"requests": asked(4.0), "listens_to": {}, "removals": {"rate": 2.0}},
                 "Other": {"requests": asked(6.0), "listens_to": {}}}  # fmt: skip
    model, firm = station(companies=companies, police={"capacity": 6.0})
    model.police.step()
    other = model.companies["Other"]
    assert (firm.request_rate, other.request_rate) == (2.0, 3.0)
    assert firm.inbox == {"ordinary": poisson(MEDIAN, 2.0), REMOVAL: poisson(MEDIAN, 1.0)}
    assert other.inbox == {"ordinary": poisson(MEDIAN, 3.0), REMOVAL: 0}


@pytest.mark.parametrize(
    ("in_force", "court", "since_law", "rate"),
    [(True, False, True, 4.0), (True, True, True, 0.0), (False, False, True, 0.0), (False, True, False, 4.0)],
)
def test_some_types_exist_only_under_the_law_and_without_a_court(in_force, court, since_law, rate):
    model, company = station({"requests": asked(4.0, since_law=since_law)},
                             law={"in_force": in_force, "court_order_required": court})  # fmt: skip
    model.police.step()
    assert company.request_rate == rate


def test_a_type_that_the_law_brings_starts_at_its_full_rate():
    model, company = station({"requests": asked(4.0, since_law=True)}, acts=[act("enact", 3)], law={"in_force": False})
    rates = []
    for _ in range(5):
        live(model, 1)
        rates.append(company.request_rate)
    assert rates == [0.0, 0.0, 0.0, 4.0, 4.0]


def test_types_of_request_have_their_own_luck():
    model, _ = station(
        {"requests": {"legal": {"rate": 9.0, "produced": 0.5}, "urgent": {"rate": 9.0, "produced": 0.5}}}
    )
    seen = []
    model.draw = lambda _, who: seen.append(who) or MEDIAN
    model.police.step()
    assert len(dict.fromkeys(seen)) == len(seen) == 3, "two types of data, and removals"
