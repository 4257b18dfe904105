"""The war of attrition between a company under pressure and the state, rule by rule (eq. 21 and 22).

Sixty people hold one app or not; who is cut off is set by hand, so that every cost can be worked out on paper.
"""

import pytest

from sim.actors.company import pace
from tests.actors.disputes import BUSINESS, FEARS, HARM, IN_FORCE, PRIOR, by_parts, cut_off, demand, rung, table
from tests.actors.draws import HAIR, UNLIKELY, told
from tests.actors.firms import COMMITTEE, SANCTIONS, cutoff, forced, log_odds, logistic, within_day
from tests.actors.worlds import act, live, on

# What a dispute is


@pytest.mark.parametrize(
    ("acts", "kind"),
    [
        ([demand()], None),
        ([demand(), rung(1)], None),
        ([demand(), rung(2)], "takedown"),
        ([demand("registration"), rung(5)], "registration"),
        ([demand(), act("order-block", 0, platform="Chat")], "takedown"),
        ([demand(), act("order-throttle", 0, platform="Chat")], "takedown"),
        ([demand(), act("order-block", 9, platform="Chat", announced=on(0))], "takedown"),
        ([act("order-block", 0, platform="Chat")], None),
        ([demand("data"), act("order-block", 0, platform="Chat")], "data"),
    ],
)
def test_a_dispute_is_an_unmet_demand_under_pressure_that_hurts(acts, kind):
    """Judging each demand for data does not meet the last of these by itself; under the first rung nothing hurts."""
    model, company = table(*acts)
    live(model, 1)
    assert (company.dispute.kind if company.dispute else None) == kind


@pytest.mark.parametrize(("number", "kind"), [(3, None), (4, "data")])
def test_the_laws_standing_demand_is_bargained_over_once_platforms_are_taken_from_people(number, kind):
    model, company = table(forced("refuse"), rung(number, 1), tables={"law": IN_FORCE})
    live(model, 2)
    assert company.rung == number
    assert (company.dispute.kind if company.dispute else None) == kind


def test_a_dispute_begins_with_the_pressure_and_ends_with_the_demand():
    model, company = table(demand(), rung(2, 3))
    live(model, 3)
    assert company.dispute is None
    live(model, 4)
    assert company.dispute.since == 3
    model.fate["YIELD"] = 0.0
    live(model, 1)
    assert told(model, "Firm") == [(7, "meet a demand")]
    model.fate["YIELD"] = UNLIKELY
    live(model, 1)
    assert company.dispute is None


def test_a_company_that_has_left_bargains_no_more():
    model, company = table(demand(), rung(5), forced("exit", 2))
    live(model, 2)
    assert company.dispute is not None
    live(model, 1)
    assert company.dispute is None


# Costs


def test_lost_use_is_counted_from_the_holders_of_the_eve():
    model, company = table(demand(), rung(5))
    had = cut_off(model, 0.0)
    live(model, 1)
    assert company.use_lost() == 0.0
    cut_off(model, 0.5)
    assert company.use_lost() == pytest.approx(round(0.5 * had) / had)
    gone = (model.population.people["hold"] & 1).nonzero()[0][-3:]
    model.population.people["hold"][gone] &= 254
    assert company.use_lost() == pytest.approx((round(0.5 * had) + 3) / had)


def test_who_was_cut_off_on_the_eve_had_the_app_and_counts_as_lost():
    model, company = table(demand(), rung(5))
    had = cut_off(model, 0.5)
    live(model, 1)
    assert company.use_lost() == pytest.approx(round(0.5 * had) / had)


def test_an_order_ahead_counts_as_far_as_people_feel_it():
    model, company = table(demand(), act("order-block", 9, platform="Chat", announced=on(0)))
    live(model, 1)
    assert company.use_lost() == pytest.approx(0.22)


@pytest.mark.parametrize("market", [1.0, 0.05])
@pytest.mark.parametrize(("number", "legal"), [(2, 0.05), (3, 0.2), (4, 0.2), (5, 0.2), (6, 0.2)])
def test_a_day_costs_the_company_its_sanction_and_its_lost_use(market, number, legal):
    """Rungs from 4 on add nothing of their own: what they take is counted from use."""
    model, company = table(demand(), rung(number), spec={"market": market})
    live(model, 1)
    assert company.company_cost() == pytest.approx(market * legal)
    had = cut_off(model, 0.5)
    lost = round(0.5 * had) / had
    assert company.company_cost() == pytest.approx(market * (legal + SANCTIONS[5] * lost))


def test_staff_liability_costs_nothing_where_there_is_no_staff():
    model, company = table(demand(), rung(3), spec={"local_staff": False})
    live(model, 1)
    assert company.company_cost() == pytest.approx(SANCTIONS[2])


def test_a_day_costs_the_state_standing_while_the_app_is_used_and_trade_while_it_is_not():
    model, company = table(demand(), rung(5))
    had = cut_off(model, 0.0)
    live(model, 1)
    assert company.state_cost() == pytest.approx(0.3)
    cut_off(model, 0.5)
    lost = round(0.5 * had) / had
    assert company.state_cost() == pytest.approx(0.3 * (1 - lost) + lost * (BUSINESS + had / 60))


def test_a_centre_counts_the_citys_trade_the_less_the_less_autonomy_there_is():
    centre = {"regulators": COMMITTEE | {"Centre": {"role": "centre", "autonomy": 0.25}}}
    model, company = table(demand(), rung(5), tables=centre)
    had = cut_off(model, 0.0)
    live(model, 1)
    cut_off(model, 1.0)
    assert company.state_cost() == pytest.approx(0.25 * (BUSINESS + had / 60) + 0.75 * 0.3)


# Worths


@pytest.mark.parametrize("market", [1.0, 0.05])
@pytest.mark.parametrize("kind", ["registration", "takedown", "data"])
def test_what_winning_is_worth_goes_by_the_kind_of_demand(kind, market):
    model, company = table(demand(kind), rung(5), spec={"market": market, "stance": "refuse"})
    live(model, 1)
    net = PRIOR * (market + FEARS[kind] * HARM) - market * 1.1
    assert company.company_worth(kind) == pytest.approx(max(300.0 * net, 0.0))
    assert company.state_worth(kind) == pytest.approx(80.0 * FEARS[kind])


def test_the_gain_of_the_committee_scales_what_the_state_wins():
    board = {"regulators": {"Board": COMMITTEE["Board"] | {"gain": 3.0}}}
    model, company = table(demand(), rung(5), tables=board)
    live(model, 1)
    assert company.state_worth("takedown") == pytest.approx(3.0 * 80.0 * 0.4)


def test_a_side_that_wins_nothing_is_not_given_way_to():
    assert pace(0.3, 0.0) == 0.0
    assert pace(0.3, -1.0) == 0.0
    assert pace(0.3, 2.0) == pytest.approx(0.15)
    board = {"regulators": {"Board": COMMITTEE["Board"] | {"gain": 0.0}}}
    model, company = table(demand(), rung(5), tables=board)
    live(model, 1)
    assert company.company_rate("takedown") == 0.0
    model, company = table(demand(), rung(5), tables={"decision": {"prior": 0.1, "meeting_rate": 0.0}})
    live(model, 1)
    assert company.state_rate() == 0.0


# Giving way


def test_the_company_gives_way_at_the_edge_of_its_rate():
    """lambda_f = c_g / v_g beside a review in ten years, whose logit leaves the sanction out."""
    idle = logistic((log_odds(cutoff(fear=0.4)) - log_odds(PRIOR)) / 0.5) / 3650.0
    edge = within_day(0.3 / (80.0 * 0.4) + idle)
    for draw, verbs in ((edge - HAIR, ["meet a demand"]), (edge + HAIR, [])):
        model, _ = table(demand(), rung(3), YIELD=draw)
        live(model, 1)
        assert [verb for _, verb in told(model, "Firm")] == verbs


def test_who_is_asked_for_data_gives_way_by_a_change_of_stance():
    idle = logistic((log_odds(cutoff()) - log_odds(PRIOR)) / 0.5) / 3650.0
    edge = within_day(0.3 / 80.0 + idle)
    for draw, stance in ((edge - HAIR, "process"), (edge + HAIR, "refuse")):
        model, company = table(demand("data"), rung(3), spec={"stance": "refuse"}, YIELD=draw)
        live(model, 1)
        assert company.stance == stance


def test_of_two_demands_the_older_is_bargained_over():
    model, company = table(demand("takedown"), demand("registration", 0, 1), rung(3))
    live(model, 1)
    assert company.company_rate("takedown") > 0.0
    assert company.company_rate("registration") == 0.0
    company.demands["takedown"].met = True
    live(model, 1)
    assert company.dispute.kind == "registration"
    assert company.dispute.since == 0


def test_the_state_gives_way_at_the_edge_of_its_rate():
    """lambda_g = c_f / v_f: rung 3 costs 0.2 a day."""
    edge = within_day(0.2 / (300.0 * (PRIOR * (1.0 + 0.4 * HARM) - 1.1)))
    for draw, retreats in ((edge - HAIR, 1), (edge + HAIR, 0)):
        model, company = table(demand(), rung(3), RETREAT=draw)
        live(model, 1)
        assert len([verb for _, verb in told(model, "Ministry") if verb == "give way"]) == retreats
        assert (company.rung == 0) is bool(retreats)


def test_a_state_that_gives_way_drops_the_demand_and_the_pressure_unmet():
    model, company = table(demand(), rung(5), act("order-throttle", 0, 1, platform="Chat"))
    had = cut_off(model, 0.0)
    live(model, 2)
    cut_off(model, 0.5)
    model.fate["RETREAT"] = 0.0
    live(model, 1)
    assert company.demands == {}
    assert (company.rung, model.orders.against(0), company.dispute) == (0, [], None)
    log = model.chronicle.acts
    retreat = next(logged for logged in log if logged.verb == "give way")
    assert (retreat.day, retreat.actor, retreat.target) == (2, "Ministry", "Firm")
    assert [log[cause].verb for cause in retreat.because] == ["demand"]
    assert retreat.quantities["days"] == 2
    assert retreat.quantities["use_lost"] == pytest.approx(round(0.5 * had) / had)
    assert retreat.sentence == (
        f"The Ministry gave way to Firm after 2 days, and dropped the demand for the takedown of content: "
        f"{round(0.5 * had) / had:.0%} of use was lost."
    )
    assert not [verb for _, verb in told(model, "Firm") if verb == "meet a demand"]
    ended = [logged for logged in log if logged.verb in ("step down", "lift orders")]
    assert ended
    assert all(logged.because == (retreat.id,) for logged in ended)


def test_the_days_of_a_dispute_count_from_the_pressure_and_not_from_the_first_day():
    model, _ = table(demand(), rung(5, 3))
    live(model, 8)
    model.fate["RETREAT"] = 0.0
    live(model, 1)
    assert [logged.quantities["days"] for logged in model.chronicle.acts if logged.verb == "give way"] == [8 - 3]


def test_a_state_that_drops_one_of_two_demands_goes_on_pressing_for_the_other():
    model, company = table(demand("takedown"), demand("registration", 0, 1), rung(5))
    live(model, 1)
    model.fate["RETREAT"] = 0.0
    live(model, 1)
    model.fate["RETREAT"] = UNLIKELY
    assert list(company.demands) == ["registration"]
    assert company.rung == 5
    live(model, 1)
    assert company.dispute.kind == "registration"


def test_a_committee_that_gives_way_without_a_demand_speaks_in_its_own_name():
    model, company = table(forced("refuse"), rung(4, 1), tables={"law": IN_FORCE})
    live(model, 2)
    model.fate["RETREAT"] = 0.0
    live(model, 1)
    assert (2, "give way") in told(model, "Board")
    assert (company.rung, company.stance) == (0, "refuse")


def test_a_stance_that_is_held_does_not_hold_the_state():
    model, company = table(demand("data"), rung(5, 1), forced("refuse", 0, lasting=True), RETREAT=UNLIKELY, YIELD=0.0)
    live(model, 3)
    assert company.stance == "refuse"
    model.fate["RETREAT"] = 0.0
    live(model, 1)
    assert company.rung == 0


# Instalments


def test_what_is_at_stake_next_is_a_part():
    model, company = table(by_parts("one", "two", "three"), rung(3))
    live(model, 1)
    assert company.state_worth("takedown") == pytest.approx(80.0 * 0.4 / 3)
    assert company.company_worth("takedown") == pytest.approx(300.0 * (PRIOR * (1.0 + 0.4 * HARM) - 1.1) / 3)


def test_parts_are_met_one_after_another_and_the_last_settles():
    model, company = table(by_parts("an office", "a fine", "posts"), rung(5))
    live(model, 1)
    unforced = logistic((log_odds(cutoff(fear=0.4)) - log_odds(PRIOR)) / 0.5) / 3650.0
    model.fate["YIELD"] = within_day(unforced) + HAIR
    live(model, 5)
    assert told(model, "Firm") == [(1, "meet a part"), (2, "meet a part"), (3, "meet a demand")]
    parts = [logged for logged in model.chronicle.acts if logged.verb == "meet a part"]
    assert [logged.quantities["part"] for logged in parts] == ["an office", "a fine"]
    assert parts[0].sentence.startswith("Firm met a part of the demand for the takedown of content: an office")
    assert [model.chronicle.acts[cause].verb for cause in parts[0].because] == ["demand"]
    assert company.unmet() is None


def test_what_a_company_would_do_unforced_it_does_as_a_whole():
    model, company = table(by_parts("an office", "posts"), rung(5), YIELD=0.0)
    live(model, 1)
    assert told(model, "Firm") == [(0, "meet a demand")]
    model, company = table(by_parts("an office", "posts"), YIELD=0.0)
    live(model, 1)
    assert company.unmet() is None


@pytest.mark.parametrize(("number", "after"), [(5, 4), (4, 3), (3, 2), (2, 2)])
def test_each_part_takes_a_rung_back_as_long_as_the_one_below_hurts(number, after):
    model, company = table(by_parts("an office", "posts"), rung(number))
    live(model, 1)
    company._meet_part(company.demands["takedown"])
    assert company.rung == after
    assert [order.kind for order in model.orders.against(0)] == ["throttle"] * (after == 4)
    eased = [logged for logged in model.chronicle.acts if logged.verb == "step down"]
    assert [logged.actor for logged in eased] == ["Ministry"] * (after < number)
    assert all([model.chronicle.acts[cause].verb for cause in logged.because] == ["meet a part"] for logged in eased)


def test_a_rung_reached_for_another_demand_is_not_eased():
    model, company = table(demand("registration"), rung(3), by_parts("an office", "posts", day=1))
    live(model, 2)
    company._meet_part(company.demands["takedown"])
    assert company.rung == 3


def test_a_demand_for_data_can_be_met_by_parts_under_a_refusal():
    unforced = logistic((log_odds(cutoff()) - log_odds(PRIOR)) / 0.5) / 3650.0
    model, company = table(by_parts("servers", "keys", of="data"), rung(3), spec={"stance": "refuse"})
    live(model, 1)
    model.fate["YIELD"] = within_day(unforced) + HAIR
    live(model, 1)
    assert (company.stance, (1, "meet a part") in told(model, "Firm")) == ("refuse", True)
    live(model, 1)
    assert company.stance == "process"
