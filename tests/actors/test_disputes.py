"""Disputes, rule by rule: what both sides lose and foresee, and the day on which either has had enough (eq. 21 to 25).

Sixty people hold one app or not; what a provider leaves of it is set by hand, so that every loss can be worked out on
paper. Both sides bear the same in all disputes, but where a test says otherwise.
"""

import math

import pytest

from sim.actors.stakes import below, over, spread_out
from tests.actors.disputes import BUSINESS, FEARS, HARM, IN_FORCE, PRIOR, by_parts, cut_off, demand, rung, table
from tests.actors.draws import HAIR, UNLIKELY, told
from tests.actors.firms import ALIKE, COMMITTEE, SANCTIONS, forced, within_day
from tests.actors.worlds import act, live, on

DEAF = {"isps": {"Net": {"share": 1.0, "compliance": 0.0}}}
"""A provider that carries no order out."""
HEAVY = [5.0 * cost for cost in SANCTIONS]
HORIZON = ALIKE["foresight_days"]


def worth(kind="takedown", precedent=0.0, belief=PRIOR):
    """W_f: d (1 + p (h + k))."""
    return FEARS[kind] * (1.0 + belief * (HARM + precedent))


def day_of_enough(by_day, resolve, kind="takedown"):
    """First day, from 0 on, on which by_day (n + 1) + H by_day reaches resolve W_f."""
    return max(math.ceil(resolve * worth(kind) / by_day - HORIZON - 1.0 - 1e-9), 0)


def gives_in_on(*acts, most=400, **how):
    """Day on which a firm that acts at once gives in, or infinity."""
    tables = {"bargaining": ALIKE | {"decision_days": 1e-3}, **how.pop("tables", {})}
    model, _ = table(*acts, tables=tables, **how)
    live(model, most)
    return next((day for day, verb in told(model, "Firm") if verb in ("meet a demand", "resume", "obey")), math.inf)


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
        ([demand(), act("escalate", 9, companies=["Firm"], rung=3, announced=on(0))], "takedown"),
        ([demand(), act("escalate", 9, companies=["Firm"], rung=3)], None),
        ([act("order-block", 0, platform="Chat")], None),
        ([demand("data"), act("order-block", 0, platform="Chat")], "data"),
    ],
)
def test_a_dispute_is_an_unmet_demand_under_pressure(acts, kind):
    """Judging each demand for data does not meet the last of these by itself; under the first rung nothing hurts."""
    model, company = table(*acts)
    live(model, 1)
    assert (company.dispute.kind if company.dispute else None) == kind


@pytest.mark.parametrize(("number", "kind"), [(3, None), (4, "data")])
def test_the_laws_standing_demand_is_fought_over_once_platforms_are_taken_from_people(number, kind):
    model, company = table(forced("refuse"), rung(number, 1), tables={"law": IN_FORCE})
    live(model, 2)
    assert company.rung == number
    assert (company.dispute.kind if company.dispute else None) == kind


def test_a_dispute_begins_with_the_pressure_and_ends_with_the_demand():
    model, company = table(demand(), rung(3, 3))
    live(model, 3)
    assert company.dispute is None
    live(model, 1)
    assert company.dispute.since == 3
    company._meet(company.demands["takedown"])
    live(model, 1)
    assert company.dispute is None


def test_a_company_that_has_left_is_in_none():
    model, company = table(demand(), rung(5), forced("exit", 2))
    live(model, 2)
    assert company.dispute is not None
    live(model, 1)
    assert company.dispute is None


# What a day costs


@pytest.mark.parametrize("market", [1.0, 0.05])
@pytest.mark.parametrize(("number", "legal"), [(2, 0.05), (3, 0.2), (4, 0.2), (5, 0.2)])
def test_a_day_costs_the_company_its_sanction_and_its_lost_use(market, number, legal):
    """Rungs from 4 on add nothing of their own: what they take is counted from use."""
    model, company = table(demand(), rung(number), spec={"market": market})
    live(model, 1)
    assert company.dispute.losses(0)[0] == pytest.approx(market * legal)
    cut_off(model, 0.5)
    live(model, 1)
    assert company.dispute.mean(company.dispute.shares) == pytest.approx(0.5)
    assert company.dispute.losses(0)[0] == pytest.approx(market * (legal + SANCTIONS[5] * 0.5))
    assert company.dispute.lost[0] == pytest.approx(market * (2 * legal + SANCTIONS[5] * 0.5))


def test_who_has_dropped_the_app_since_then_is_lost_as_long_as_it_is_hampered():
    model, company = table(demand(), act("order-block", 0, platform="Chat"))
    had = cut_off(model, 0.1)
    live(model, 1)
    gone = (model.population.people["hold"] & 1).nonzero()[0][-3:]
    model.population.people["hold"][gone] &= 254
    live(model, 1)
    assert company.dispute.mean(company.dispute.shares) == pytest.approx(1.0 - 0.9 * (had - 3) / had)
    cut_off(model, 0.0)
    live(model, 1)
    assert company.dispute.mean(company.dispute.shares) == 0.0


def test_who_evades_a_block_is_lost_in_part_only():
    model, company = table(demand(), act("order-block", 0, platform="Chat"))
    cut_off(model, 1.0)
    model.population.people["vpn"] = 1
    live(model, 1)
    assert company.dispute.mean(company.dispute.shares) == pytest.approx(1.0 - model.scenario.population.vpn_usability)


def test_removal_from_the_stores_costs_what_its_rung_is_above_a_block():
    model, company = table(demand(), rung(6))
    live(model, 1)
    assert company.dispute.losses(0)[0] == pytest.approx(0.2 + SANCTIONS[6] - SANCTIONS[5])


def test_seized_assets_cost_the_same_in_every_market_until_the_pressure_ends():
    model, company = table(demand(), act("escalate", 0, companies=["Firm"], rung=2, assets=0.3), spec={"market": 0.1})
    live(model, 1)
    assert company.dispute.losses(0)[0] == pytest.approx(0.1 * 0.05 + 0.3)
    company.end_pressure("Ministry", ())
    assert company.assets_held == 0.0


def test_staff_liability_costs_nothing_where_there_is_no_staff():
    model, company = table(demand(), rung(3), spec={"local_staff": False})
    live(model, 1)
    assert company.dispute.losses(0)[0] == pytest.approx(SANCTIONS[2])


@pytest.mark.parametrize("autonomy", [1.0, 0.25])
def test_a_day_costs_the_state_business_and_users_that_are_cut_off_by_its_autonomy(autonomy):
    centre = {"regulators": COMMITTEE | {"Centre": {"role": "centre", "autonomy": autonomy}}}
    model, company = table(demand(), rung(5), tables=centre)
    live(model, 1)
    assert company.dispute.losses(0)[1] == 0.0
    had = cut_off(model, 0.5)
    live(model, 1)
    assert company.dispute.losses(0)[1] == pytest.approx(autonomy * 0.5 * (BUSINESS + had / 60))


# What is foreseen


def test_what_hurts_today_is_foreseen_for_the_days_ahead():
    model, company = table(demand(), rung(3))
    live(model, 4)
    dispute = company.dispute
    assert dispute.foreseen()[0] == pytest.approx(10 * 0.2)
    assert dispute.most[0] == pytest.approx((4 * 0.2 + 10 * 0.2) / worth())


def test_a_step_with_a_date_is_foreseen_from_its_day_on():
    """Rung 2 costs 0.05; rung 3, announced for day 13, costs 0.2: the more of the ten days ahead, the nearer it is."""
    model, company = table(demand(), rung(2), act("escalate", 13, companies=["Firm"], rung=3, announced=on(0)))
    for day in range(13):
        live(model, 1)
        model.day -= 1
        hit = max(day + 10 - 12, 0)
        assert company.dispute.foreseen()[0] == pytest.approx((10 - hit) * 0.05 + hit * 0.2)
        model.day += 1


def test_an_order_ahead_is_foreseen_and_one_that_names_its_end_until_then():
    block = act("order-block", 4, platform="Chat", announced=on(0), until=on(9))
    model, company = table(demand(), block)
    live(model, 1)
    model.day = 0
    assert company.dispute.foreseen()[0] == pytest.approx(5 * SANCTIONS[5])


@pytest.mark.parametrize(("staff", "pressed", "heeds"), [(True, 0, True), (False, 0, False), (False, 3, True)])
def test_who_has_no_staff_on_the_spot_and_is_not_pressed_heeds_no_threat(staff, pressed, heeds):
    threat = act("escalate", 13, companies=["Firm"], rung=4, announced=on(0))
    model, company = table(demand(), rung(2 if pressed else 1), threat, spec={"local_staff": staff})
    live(model, 1)
    assert bool(company.steps_ahead()) is heeds


# The day on which the company has had enough


@pytest.mark.parametrize("number", [2, 3])
def test_it_gives_in_on_the_day_on_which_losses_and_foresight_reach_its_resolve(number):
    by_day = SANCTIONS[number]
    expected = day_of_enough(by_day, ALIKE["company_days"])
    assert gives_in_on(demand(), rung(number)) == expected == {2: 399, 3: 92}[number]


@pytest.mark.parametrize(
    ("change", "sooner"),
    [
        ({"tables": {"regulators": {"Board": COMMITTEE["Board"] | {"rung_sanctions": HEAVY}}}}, True),
        ({"spec": {"market": 2.0}}, True),
        ({"spec": {"market": 0.5}}, False),
        ({"spec": {"precedent": 1.0}}, False),
        ({"tables": {"bargaining": ALIKE | {"decision_days": 1e-3, "principle": 2.0}}}, False),
        ({"spec": {"human_rights_weight": 2.0}}, False),
        ({"tables": {"decision": {"prior": 0.2, "meeting_rate": 0.0}}}, True),
        ({"tables": {"bargaining": ALIKE | {"decision_days": 1e-3, "company_days": 30.0}}}, False),
    ],
)  # fmt: skip
def test_comparative_statics_one_at_a_time(change, sooner):
    plain, changed = gives_in_on(demand(), rung(3)), gives_in_on(demand(), rung(3), **change)
    assert (changed < plain) if sooner else (changed > plain), (plain, changed)


def test_a_block_that_nobody_carries_out_is_no_pressure():
    """Neither side loses anything, and neither gives in, whatever it bears."""
    model, company = table(
        demand(), act("order-block", 0, platform="Chat"),
        tables=DEAF | {"bargaining": ALIKE | {"company_days": 1e-6, "state_days": 1e-6}}, YIELD=0.0, RETREAT=0.0,
    )  # fmt: skip
    live(model, 300)
    assert company.dispute.most == (0.0, 0.0)
    assert told(model, "Firm") + [act for act in told(model) if act[1] == "give way"] == []


def test_concessions_come_on_the_eve_of_the_step_that_first_costs_more_than_giving_in():
    """By fines alone, 0.05 a day, the 2.5 that it bears would take 39 days; the step of day 20 is foreseen on day 9."""
    rules = {"bargaining": ALIKE | {"company_days": 2.5 / worth(), "decision_days": 365.0}}
    ban = act("escalate", 20, companies=["Firm"], rung=3, announced=on(0))
    model, company = table(demand(), rung(2), ban, tables=rules, YIELD=0.5)
    live(model, 30)
    assert told(model, "Firm") == [(19, "meet a demand")]
    model, company = table(demand(), rung(2), act("escalate", 20, companies=["Firm"], rung=3), tables=rules, YIELD=0.5)
    live(model, 30)
    assert company.unmet() == "takedown"


def test_who_has_had_enough_gives_in_at_its_pace():
    edge = within_day(1.0 / ALIKE["decision_days"])
    for draw, met in ((edge - HAIR, True), (edge + HAIR, False)):
        model, company = table(demand(), rung(3), tables={"bargaining": ALIKE | {"company_days": 1.0}}, YIELD=draw)
        live(model, 1)
        assert (company.unmet() is None) is met


@pytest.mark.parametrize("place", [0.1, 0.5, 0.7])
def test_what_it_bears_is_drawn_once_and_a_share_bears_anything(place):
    """R is T_f exp(sigma z) days, z at the place among those that give in at all; from 1 - pi on there is no R."""
    rules = ALIKE | {"stakes_spread": 1.5, "unyielding": 0.3}
    model, company = table(demand(), rung(3), tables={"bargaining": rules}, STAKES=place)
    live(model, 1)
    bears = math.inf if place >= 0.7 else spread_out(ALIKE["company_days"], 1.5, place / 0.7)
    for most in (0.99 * bears, 1.01 * bears) if place < 0.7 else (1e9,):
        company.dispute.most = (most, 0.0)
        assert company.dispute.company_has_enough() is (most >= bears)
    chance = company.dispute.chance_at(3)
    assert chance == pytest.approx(0.7 * below((0.2 + 10 * 0.2) / worth(), ALIKE["company_days"], 1.5))


def test_places_and_chances_are_inverse_and_losses_count_by_what_is_at_stake():
    assert below(spread_out(7.0, 2.0, 0.3), 7.0, 2.0) == pytest.approx(0.3)
    assert spread_out(7.0, 2.0, 0.5) == pytest.approx(7.0)
    assert (below(0.0, 7.0, 2.0), below(7.0, 7.0, 0.0), below(6.9, 7.0, 0.0)) == (0.0, 1.0, 0.0)
    assert (over(3.0, 2.0), over(3.0, 0.0), over(0.0, 0.0)) == (1.5, math.inf, 0.0)


def test_before_there_is_pressure_nobody_gives_in():
    rules = {"bargaining": ALIKE | {"company_days": 1e-6, "decision_days": 1e-3}}
    model, _ = table(demand(), demand("data", 0, 1), rung(3, 30), tables=rules, YIELD=0.0)
    live(model, 30)
    assert told(model, "Firm") == []
    live(model, 1)
    assert (30, "meet a demand") in told(model, "Firm")


@pytest.mark.parametrize("kind", ["data", "takedown"])
def test_who_cannot_hands_nothing_over_whatever_it_loses(kind):
    rules = {"bargaining": ALIKE | {"company_days": 1e-6, "state_days": 1e9, "decision_days": 1e-3}}
    model, company = table(demand(kind), rung(5), tables=rules, spec={"stance": "cannot"}, YIELD=0.0)
    live(model, 50)
    assert (company.unmet() is None) is (kind == "takedown")
    assert company.stance == "cannot"


def test_of_two_demands_the_older_is_fought_over():
    rules = {"bargaining": ALIKE | {"company_days": 0.1}}
    model, company = table(demand("takedown"), demand("registration", 0, 1), rung(3), tables=rules)
    live(model, 1)
    assert company.chance_of_giving("takedown") > 0.0
    assert company.chance_of_giving("registration") == 0.0
    company.demands["takedown"].met = True
    live(model, 1)
    assert (company.dispute.kind, company.dispute.since) == ("registration", 0)


def test_who_is_asked_for_data_gives_in_by_a_change_of_stance_though_its_refusal_is_settled():
    rules = {"bargaining": ALIKE | {"company_days": 0.1, "decision_days": 1e-3}}
    model, company = table(demand("data"), rung(3), tables=rules, spec={"stance": "refuse"}, YIELD=0.5)
    live(model, 1)
    assert (company.stance, company.rung) == ("process", 0)


# The state


def test_the_state_gives_way_once_it_has_lost_enough_sooner_with_more_business():
    days = []
    for business in (0.1, 1.0):
        platforms = {"Chat": {"share": 0.5, "business_use": business}}
        tables = DEAF | {"platforms": platforms}
        model, _ = table(demand(), act("order-block", 0, platform="Chat"), tables=tables, RETREAT=0.0)
        had = cut_off(model, 1.0)
        live(model, 60)
        ended = [day for day, verb in told(model, "Ministry") if verb == "give way"]
        by_day = business + had / 60
        assert ended == [max(math.ceil(10.0 * 0.4 / by_day - HORIZON - 1.0 - 1e-9), 0)]
        days += ended
    assert days[1] <= days[0]


def test_the_state_gives_way_at_its_pace_and_bears_by_its_gain():
    edge = within_day(1.0 / ALIKE["decision_days"])
    for gain, draw, gives in ((1.0, edge - HAIR, True), (1.0, edge + HAIR, False), (9.0, 0.0, False)):
        board = {"Board": COMMITTEE["Board"] | {"gain": gain}}
        tables = DEAF | {"regulators": board}
        model, _ = table(demand(), act("order-block", 0, platform="Chat"), tables=tables, RETREAT=draw)
        cut_off(model, 1.0)
        live(model, 1)
        assert ("give way" in [verb for _, verb in told(model, "Ministry")]) is gives


def test_open_defiance_may_cost_a_state_its_standing():
    model, company = table(demand(), rung(3), tables={"bargaining": ALIKE | {"standing": 0.3}})
    live(model, 2)
    assert company.dispute.losses(0)[1] == pytest.approx(0.3)
    assert company.dispute.most[1] == pytest.approx(12 * 0.3 / 0.4)


def test_a_state_that_gives_way_drops_the_demand_and_the_pressure_unmet():
    model, company = table(demand(), rung(5), act("order-throttle", 0, 1, platform="Chat"),
                           tables={"bargaining": ALIKE | {"company_days": 1e9, "state_days": 1.0}})  # fmt: skip
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
    assert retreat.sentence == (
        "The Ministry gave way to Firm after 2 days, and dropped the demand for the takedown of content: "
        "50% of use was lost."
    )
    assert not [verb for _, verb in told(model, "Firm") if verb == "meet a demand"]
    ended = [logged for logged in log if logged.verb in ("step down", "lift orders")]
    assert ended
    assert all(logged.because == (retreat.id,) for logged in ended)


def test_a_state_that_drops_one_of_two_demands_goes_on_pressing_for_the_other():
    model, company = table(demand("takedown"), demand("registration", 0, 1), rung(5),
                           tables={"bargaining": ALIKE | {"company_days": 1e9, "state_days": 0.1}})  # fmt: skip
    live(model, 1)
    cut_off(model, 1.0)
    model.fate["RETREAT"] = 0.0
    live(model, 1)
    model.fate["RETREAT"] = UNLIKELY
    assert list(company.demands) == ["registration"]
    assert company.rung == 5
    live(model, 1)
    assert company.dispute.kind == "registration"


# Instalments


def test_parts_are_met_at_their_part_of_what_it_bears_and_the_last_settles():
    """0.2 a day and ten days ahead: 2.2 on day 0. A third of 20 W_f is reached on day 24, two on 58, all on 92."""
    assert gives_in_on(demand(), rung(3)) == 92
    rules = {"bargaining": ALIKE | {"decision_days": 1e-3}}
    model, company = table(by_parts("an office", "a fine", "posts"), rung(3), tables=rules)
    live(model, 120)
    days = [max(math.ceil(part / 3 * ALIKE["company_days"] * worth() / 0.2 - 11.0 - 1e-9), 0) for part in (1, 2, 3)]
    assert told(model, "Firm") == [(days[0], "meet a part"), (days[1], "meet a part"), (days[2], "meet a demand")]
    parts = [logged for logged in model.chronicle.acts if logged.verb == "meet a part"]
    assert [logged.quantities["part"] for logged in parts] == ["an office", "a fine"]
    assert parts[0].sentence.startswith("Firm met a part of the demand for the takedown of content: an office")
    assert [model.chronicle.acts[cause].verb for cause in parts[0].because] == ["demand"]
    assert company.unmet() is None


# What was before the start


def before(days_ago=30, **fields):
    return demand(day=-days_ago, **fields)


@pytest.mark.parametrize("kind", ["data", "takedown"])
@pytest.mark.parametrize("stance", ["refuse", "process", "mlat"])
def test_what_was_refused_before_the_start_stands_in_every_quiet_year(kind, stance):
    """At the luckiest of draws, and though it bears next to nothing; a sanction is new."""
    rules = {"bargaining": ALIKE | {"company_days": 1e-6, "decision_days": 1e-3}}
    old = [before(of=kind), act("order-block", -20, platform="Chat")]
    model, company = table(*old, rung(3, 370), tables=rules, spec={"stance": stance}, YIELD=0.0)
    live(model, 370)
    assert (company.unmet(), company.stance, company.dispute) == (kind, stance, None)
    assert model.chronicle.acts[0].sentence.startswith("The Ministry had demanded")
    live(model, 1)
    assert company.unmet() is None


# Withdrawal


def test_who_withdraws_its_staff_is_spared_the_liability_of_staff():
    model, company = table(demand(), rung(3))
    live(model, 1)
    assert company.dispute.losses(0)[0] == pytest.approx(SANCTIONS[3])
    company.take_stance("withdraw", False, 0)
    assert company.dispute.losses(0)[0] == pytest.approx(SANCTIONS[2])
