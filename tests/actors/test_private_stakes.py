"""What a demand made by name is worth to either side, whoever makes it and whatever its kind (eq. 11, 23)."""

import math

import pytest

from sim.model import Model
from tests.actors.disputes import FEARS, HARM, PRIOR, RULES, by_parts, demand, rung, table
from tests.actors.firms import forced, log_odds, logistic
from tests.actors.worlds import CALM, act, alike, live, world

PRINCIPLE = {"bargaining": RULES | {"principle": 0.5}}
SPREAD = {"bargaining": RULES | {"principle": 0.5, "stakes_spread": 2.0}}
ONE_ABOVE, ONE_BELOW = 0.8413447460685429, 0.15865525393145705
"""Uniform draws that are one standard deviation above and below the median of a normal one."""
TRUSTED = {"prior": 1e-6, "noise": 0.5, "meeting_rate": 0.0}
"""A government that nobody suspects."""


@pytest.mark.parametrize("kind", ["registration", "takedown", "data"])
@pytest.mark.parametrize("prior", [PRIOR, 1e-6])
def test_refusing_is_worth_something_whoever_asks(kind, prior):
    """b d beside p (m g + d h) - m (g + c), in the market of a twentieth."""
    decision = {"prior": prior, "noise": 0.5, "meeting_rate": 0.0}
    model, company = table(demand(kind), rung(5), spec={"market": 0.05}, tables=PRINCIPLE | {"decision": decision})
    live(model, 1)
    net = prior * (0.05 + FEARS[kind] * HARM) - 0.05 * 1.1 + 0.5 * FEARS[kind]
    assert company.net_of_refusing(kind) == pytest.approx(net)
    assert company.company_worth(kind) == pytest.approx(300.0 * net)


def test_the_cut_off_falls_by_what_refusing_is_worth():
    model, company = table(demand(), rung(3, 1), tables=PRINCIPLE)
    live(model, 1)
    assert company.giving_cutoff("takedown", 0) == company.cutoff_at("takedown", 0), "nobody has pressed it yet"
    live(model, 1)
    assert company.giving_cutoff("takedown", 0) == pytest.approx((1.1 - 0.2) / (1.0 + 0.4 * HARM))
    assert company.cutoff_at("takedown", 0) == pytest.approx(1.1 / (1.0 + 0.4 * HARM)), "pausing breaks no promise"
    odds = (log_odds(0.9 / (1.0 + 0.4 * HARM)) - log_odds(PRIOR)) / 0.5
    assert company.yielding("takedown", 0) == pytest.approx(logistic(odds))


def test_a_promise_worth_more_than_the_market_is_kept_until_it_is_bargained_over():
    rules = {"bargaining": RULES | {"principle": 1e3}, "decision": TRUSTED}
    model, company = table(demand(), rung(3, 2), tables=rules)
    live(model, 3)
    assert company.giving_cutoff("takedown", 0) == 0.0
    assert company.unforced_rate("takedown") == 0.0
    assert company.giving_rate("takedown") == pytest.approx(0.3 / (80.0 * 0.4))


def test_what_was_given_before_and_what_the_law_asks_of_all_break_no_promise():
    model, company = table(forced("refuse"), tables=PRINCIPLE | {"law": {"in_force": True}})
    live(model, 1)
    assert company.principle("data") == 0.0
    model, company = table(demand("data"), rung(3), tables=PRINCIPLE)
    live(model, 1)
    assert company.principle("data") == 0.5
    company.given.add("data")
    assert company.principle("data") == 0.0
    assert company.state_worth("data") == pytest.approx(80.0)


@pytest.mark.parametrize(("luck", "factor"), [(0.5, 1.0), (ONE_ABOVE, math.exp(2.0)), (ONE_BELOW, math.exp(-2.0))])
def test_a_demand_is_worth_more_to_one_side_than_to_another(luck, factor):
    """One standard deviation of logs, 2, either way; drawn when the demand is made, and kept."""
    model, company = table(by_parts("an office", "posts"), rung(5), tables=SPREAD, STAKES=luck)
    live(model, 1)
    model.fate["STAKES"] = 0.999
    live(model, 5)
    assert company.principle("takedown") == pytest.approx(0.2 * factor)
    assert company.state_worth("takedown") == pytest.approx(80.0 * 0.4 * factor / 2)


def test_each_side_goes_by_its_own_factor():
    model, company = table(demand(), rung(5), tables=SPREAD)
    live(model, 1)
    company.demands["takedown"].private = (3.0, 0.5)
    assert company.principle("takedown") == pytest.approx(0.2 * 3.0)
    assert company.state_worth("takedown") == pytest.approx(80.0 * 0.4 * 0.5)


def test_the_law_that_asks_all_has_nothing_private_to_gain():
    law = {"in_force": True, "court_order_required": False, "vagueness": 0.0}
    model, company = table(forced("refuse"), rung(5, 1), tables=SPREAD | {"law": law}, STAKES=ONE_ABOVE)
    live(model, 2)
    assert company.dispute.kind == "data"
    assert company.state_worth("data") == pytest.approx(80.0)


def test_sides_draw_apart_and_so_do_companies_and_kinds():
    names = alike(400, review_days=3650.0)
    asked = [act("demand", 0, number, of=kind, companies=list(names)) for number, kind in enumerate(FEARS)]
    rules = {"stakes_spread": 1.5}
    model = Model(world(names, asked, bargaining=rules, press=CALM, law={"in_force": False}), rng=5)
    live(model, 1)
    logs = [
        [math.log(factor) / 1.5 for factor in company.demands[kind].private]
        for company in model.companies.values()
        for kind in FEARS
    ]
    flat = [one for pair in logs for one in pair]
    assert sum(flat) / len(flat) == pytest.approx(0.0, abs=4.0 / math.sqrt(len(flat)))
    assert sum(one**2 for one in flat) / len(flat) == pytest.approx(1.0, abs=4.0 * math.sqrt(2.0 / len(flat)))
    assert abs(sum(one * other for one, other in logs)) / len(logs) < 4.0 / math.sqrt(len(logs))
    assert len({tuple(pair) for pair in logs}) == len(logs)


def test_where_days_count_for_ever_nothing_ends():
    """So are people asked of a block that lasts."""
    rules = RULES | {"company_days": 1e9, "state_days": 1e9}
    model, company = table(demand(), rung(5), tables={"bargaining": rules})
    live(model, 1)
    assert 0.0 < company.company_rate("takedown") < 1e-9
    assert 0.0 < company.state_rate() < 1e-9
