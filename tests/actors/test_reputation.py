"""Sides that might never give way: what is conceded at once, and disputes without an end (eq. 23)."""

import math

import pytest

from sim.actors.bargaining import Reputation
from tests.actors.disputes import HARM, PRIOR, RULES, by_parts, cut_off, demand, rung, table
from tests.actors.firms import cutoff, log_odds, logistic, within_day
from tests.actors.luck import HAIR, told
from tests.actors.worlds import live


def test_a_company_gives_way_at_once_by_what_it_would_be_found_out_later():
    """b = 2 each: the state would be found out in 2/0.5 days, in which the company's hazards reach 0.4 of its 2."""
    reputation = Reputation(2.0, 2.0)
    assert reputation.hazards(0.1, 0.5) == pytest.approx((0.1 + 1.6, 0.5))
    reputation.learn(*reputation.hazards(0.1, 0.5))
    assert (reputation.company, reputation.state) == pytest.approx((0.3, 1.5))
    assert reputation.hazards(0.1, 0.5) == pytest.approx((0.1, 0.5))


def test_pressure_that_grows_is_given_way_to_and_pressure_that_eases_is_not():
    reputation = Reputation(1.0, 1.0)
    assert reputation.hazards(0.1, 0.1) == pytest.approx((0.1, 0.1))
    assert reputation.hazards(0.1, 0.2) == pytest.approx((0.1 + 0.5, 0.2))
    assert reputation.hazards(0.1, 0.05) == pytest.approx((0.1, 0.05))


def test_nobody_gives_way_at_a_hazard_beyond_what_is_left():
    assert Reputation(0.05, 1.0).hazards(0.1, 0.1) == (0.05, 0.1)
    assert Reputation(1.0, 0.05).hazards(0.9, 0.1) == (1.0, 0.05)
    assert Reputation(0.0, 0.0).hazards(0.1, 0.1) == (0.0, 0.0)


def test_a_state_whose_pressure_costs_nothing_finds_nothing_out():
    assert Reputation(1.0, 1.0).hazards(0.1, 0.0) == pytest.approx((0.1, 0.0))


def test_a_company_gives_way_at_once_to_a_state_that_bears_it_longer():
    """Obstinate in 1 of 5: the state's standing costs it nearly nothing, so that the company concedes by -ln 0.2."""
    rules = RULES | {"standing": 1e-6, "obstinate": 0.2}
    idle = logistic((log_odds(cutoff(fear=0.4)) - log_odds(PRIOR)) / 0.5) / 3650.0
    edge = within_day(-math.log(0.2) + idle)
    for draw, verbs in ((edge - 1e-3, ["meet a demand"]), (edge + HAIR, [])):
        model, _ = table(demand(), rung(3), tables={"bargaining": rules}, YIELD=draw)
        live(model, 1)
        assert [verb for _, verb in told(model, "Firm")] == verbs


def test_days_without_an_end_are_held_against_both():
    model, company = table(demand(), rung(3), tables={"bargaining": RULES | {"obstinate": 0.5}})
    live(model, 3)
    pace_of_company, pace_of_state = 0.3 / (80.0 * 0.4), 0.2 / (300.0 * (PRIOR * (1.0 + 0.4 * HARM) - 1.1))
    reputation = company.bargaining.dispute.reputation
    assert reputation.company == pytest.approx(math.log(2.0) - 3 * pace_of_company)
    assert reputation.state == pytest.approx(math.log(2.0) - 3 * pace_of_state)
    reputation.company = reputation.state = 0.0
    assert (company.bargaining.company_rate("takedown"), company.bargaining.state_rate()) == (0.0, 0.0)


def test_who_has_met_a_part_is_known_for_one_that_gives_way():
    model, company = table(by_parts("one", "two"), rung(3))
    live(model, 1)
    company.bargaining.dispute.reputation.company = 0.0
    assert company.bargaining.company_rate("takedown") == 0.0
    company.docket._meet_part(company.docket.demands["takedown"])
    assert company.bargaining.company_rate("takedown") == pytest.approx(2 * 0.3 / (80.0 * 0.4))


def test_another_demand_is_another_dispute_of_which_nothing_is_known():
    model, company = table(demand("takedown"), demand("registration", 0, 1), rung(3))
    live(model, 2)
    company.docket.demands["takedown"].met = True
    before = company.bargaining.dispute.reputation.company
    company.bargaining.watch()
    assert company.bargaining.dispute.reputation.company == pytest.approx(-math.log(1e-6))
    assert before < company.bargaining.dispute.reputation.company


def test_where_neither_would_ever_give_way_nothing_ends():
    """So are people asked of a block that lasts."""
    model, company = table(demand(), rung(5), tables={"bargaining": RULES | {"obstinate": 1.0}})
    live(model, 1)
    cut_off(model, 1.0)
    assert company.bargaining.company_rate("takedown") == 0.0
    assert company.bargaining.state_rate() == 0.0
    assert math.isclose(company.bargaining.company_cost(), 0.2 + 1.5)
