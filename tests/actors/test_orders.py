"""Orders from issue to end: lag, lapse and lift, before the start, announced, for some ISPs, in part, against VPNs."""

import math

import pytest

from sim.actors.orders import Order
from sim.model import Model
from tests.actors.worlds import CALM, act, asked, live, on, world

NOW = {"compliance": 1.0, "lag_days": 0.01}
"""An ISP that acts within the quarter of an hour, whatever its luck."""
NET = {"Net": {"share": 1.0, **NOW}}
TWO = {"Big": {"share": 0.7, **NOW}, "Other": {"share": 0.3, **NOW}}
DAY = 3


def run(*acts, isps=NET, days=DAY + 1, rng=1, **tables):
    """A model after ``days`` days; by default on the evening of ``DAY``."""
    model = Model(world({}, acts, isps=isps, press=CALM, **tables), rng=rng)
    live(model, days)
    return model


def access(model, platform=0):
    return [float(isp.access[platform]) for isp in model.isps.values()]


def told(model, verb):
    return [logged.sentence for logged in model.chronicle.acts if logged.verb == verb]


# Lag


def test_a_carrier_with_hours_of_lag_acts_on_the_day_of_the_order():
    acts = act("order-block", DAY, platform="Chat")
    assert access(run(acts, days=DAY)) == [1.0]
    model = run(acts)
    assert access(model) == [0.0]
    assert told(model, "execute an order") == ["Net blocked Chat by DNS, hours after the order."]


def test_a_lag_of_days_counts_whole_days_from_the_day_of_the_order():
    """The day of effect is that of the order plus floor(Exp(D)), for sixty orders of one mean lag, exactly."""
    lag, sites = 2.5, 60
    acts = [act("order-site-block", 0, i, site=f"site {i}") for i in range(sites)]
    model = Model(world({}, acts, isps={"Net": {"share": 1.0, "compliance": 1.0, "lag_days": lag}}), rng=5)
    drawn = []
    delay = model.isps["Net"]._delay
    model.isps["Net"]._delay = lambda entity, mean: drawn.append(delay(entity, mean)) or drawn[-1]
    live(model, 40)
    acted = [logged.day for logged in model.chronicle.acts if logged.verb == "execute an order"]
    assert sorted(acted) == sorted(math.floor(days) for days in drawn)
    assert acted.count(0) > 0.2 * sites


def test_a_block_ordered_for_one_day_is_seen_on_that_day_and_gone_on_the_next():
    acts = act("order-block", DAY, platform="Chat", until=on(DAY + 1))
    model = Model(world({}, [acts], isps=NET, press=CALM), rng=1)
    seen, used = [], []
    for _ in range(DAY + 3):
        model.step()
        seen.append(float(model.conditions.access[0, 0]))
        used.append(float(model.today.usage_share[0]))
    assert seen == [1.0] * DAY + [0.0, 1.0, 1.0]
    assert used[DAY] < 0.5 * used[DAY - 1]
    assert used[DAY + 1] > 0.8 * used[DAY - 1]


def test_a_block_of_one_day_is_seen_in_use_and_in_what_people_install_on_that_day():
    """Beside the same world without it: equal until then, and on that day fewer use the app and more take its rival."""
    apps = {"Chat": {"share": 0.8}, "Talk": {"share": 0.2, "awareness": 0.9}}
    population = {"users": 4000, "represents": 4000, "degree": 14}
    days = {}
    for name, acts in {"quiet": (), "blocked": (act("order-block", DAY, platform="Chat", until=on(DAY + 1)),)}.items():
        model = Model(world({}, acts, isps=NET, press=CALM, platforms=apps, population=population), rng=1)
        days[name] = []
        for _ in range(DAY + 2):
            model.step()
            days[name].append(model.today)
    quiet, blocked = days["quiet"], days["blocked"]
    for before in range(DAY):
        assert quiet[before].installs.tolist() == blocked[before].installs.tolist()
    assert blocked[DAY].daily_users[0] < 0.3 * quiet[DAY].daily_users[0]
    assert blocked[DAY].installs[1] > 3 * quiet[DAY].installs[1]
    assert blocked[DAY + 1].daily_users[0] > 0.95 * quiet[DAY + 1].daily_users[0]


def test_an_order_lapses_on_its_day_however_slowly_the_isp_restores_what_is_lifted():
    """It named its last day, so that nobody has to be told; a lift comes unforeseen and takes a lag."""
    slow = {"Net": {"share": 1.0, "compliance": 1.0, "lag_days": 0.01}}
    lapsing = run(act("order-block", 0, platform="Chat", until=on(DAY)), isps=slow, days=1)
    lifted = run(act("order-block", 0, platform="Chat"), act("lift", DAY, platform="Chat"), isps=slow, days=1)
    for model in (lapsing, lifted):
        model.isps["Net"]._lag_days = 50.0
        live(model, DAY - 1)
        assert access(model) == [0.0]
        live(model, 1)
    assert (access(lapsing), access(lifted)) == ([1.0], [0.0])
    live(lifted, 400)
    assert access(lifted) == [1.0]


def test_an_order_that_lapses_before_an_isp_would_act_never_happens_there():
    acts = act("order-block", 0, platform="Chat", until=on(2))
    model = run(acts, isps={"Net": {"share": 0.5, **NOW}, "Late": {"share": 0.5, "compliance": 1.0, "lag_days": 60.0}},
                days=1, rng=2)  # fmt: skip
    assert access(model) == [0.0, 1.0]
    live(model, 200)
    assert access(model) == [1.0, 1.0]
    assert [logged.actor for logged in model.chronicle.acts if logged.verb == "execute an order"] == ["Net"]
    assert [logged.actor for logged in model.chronicle.acts if logged.verb == "restore access"] == ["Net"]


def test_on_one_day_what_lapses_ends_before_what_is_ordered_begins():
    """A throttle follows a block without a gap, in either order of the file."""
    block = act("order-block", 0, platform="Chat", until=on(DAY))
    throttle = act("order-throttle", DAY, platform="Chat", access=0.4)
    for acts in ((block, throttle), (throttle, block)):
        assert access(run(*acts, days=DAY)) == [0.0]
        assert access(run(*acts)) == [0.4]


def test_who_hears_twice_that_an_order_is_over_restores_access_once():
    """An order is suspended, and lifted before the ISP has carried out the suspension."""
    model = run(act("order-block", 0, platform="Chat"), days=1)
    isp, (order,) = model.isps["Net"], model.orders.book
    isp._lag_days = 5.0
    isp.release(order, order.act)
    first, _ = isp._due[order]
    live(model, 1)
    isp._lag_days = 500.0
    model.orders.lift([order], order.act)
    assert isp._due[order][0] == first > model.day
    live(model, 100)
    assert (access(model), told(model, "restore access")) == (
        [1.0],
        ["Net restored access to Chat, after the block of 1 January."],
    )


def test_an_order_that_is_suspended_and_resumed_within_the_lag_stays():
    model = run(act("order-block", 0, platform="Chat"), days=1)
    isp, (order,) = model.isps["Net"], model.orders.book
    isp._lag_days = 5.0
    isp.release(order, order.act)
    isp.receive(order)
    live(model, 100)
    assert access(model) == [0.0]
    assert isp.executed == [order]
    model.orders.lift([order], order.act)
    live(model, 100)
    assert access(model) == [1.0]


def test_a_lift_within_the_lag_leaves_nothing_behind():
    model = run(act("order-block", 0, platform="Chat"), act("lift", 1, platform="Chat"),
                isps={"Net": {"share": 1.0, "compliance": 1.0, "lag_days": 60.0}}, days=200, rng=2)  # fmt: skip
    assert not told(model, "execute an order")
    assert access(model) == [1.0]


def test_a_kind_of_order_that_stands_on_no_rung_is_no_sanction():
    model = run(days=1)
    model.orders.issue(Order("new kind", "Chat", 0, 0.5, 0, 0))  # type: ignore[arg-type]
    assert model.orders.rung([0]) == 0
    model.orders.issue(Order("block", "Chat", 0, 0.0, 0, 0))
    assert model.orders.rung([0]) == 5


# Before the start, and announced ahead


def test_an_order_of_before_the_start_is_in_force_on_the_first_day_and_no_news():
    slow = {"Net": {"share": 0.9, "lag_days": 60.0}, "Untold": {"share": 0.1, "compliance": 0.0}}
    acts = act("order-block", -100, platform="Chat", access=0.1, until=on(DAY), store_ban=True, salience=1.0)
    model = Model(world({}, [acts], isps=slow), rng=1)
    assert model.standing_access.tolist() == [[0.1, 1.0]]
    model.step()
    assert model.conditions.access.tolist() == [[0.1, 1.0]]
    assert not model.conditions.installable[0]
    assert model.press.salience == model.press.access_attention == 0.0
    assert [logged.sentence for logged in model.chronicle.acts] == [
        "The government had ordered, on 23 September 2019, ISPs to block Chat until 4 January 2020."
    ]
    model.run_for(DAY)
    assert model.conditions.access.tolist() == [[1.0, 1.0]]
    assert model.conditions.installable[0]


def test_an_order_that_lapsed_before_the_start_is_gone():
    model = Model(world({}, [act("order-block", -9, platform="Chat", until=on(0))], isps=NET), rng=1)
    assert model.standing_access.tolist() == [[1.0]]
    assert not model.chronicle.acts


def test_orders_that_stand_at_the_start_are_lifted_as_others_are():
    acts = act("order-throttle", -9, platform="Chat", access=0.2), act("lift", DAY, platform="Chat")
    assert access(run(*acts, days=DAY)) == [0.2]
    assert access(run(*acts)) == [1.0]


def announced(day=5, *, ahead=1, **fields):
    return act("order-block", day, platform="Chat", announced=on(ahead), **fields)


def test_an_order_announced_ahead_is_known_until_it_is_in_effect():
    isps = {"Big": {"share": 0.6, **NOW}, "Other": {"share": 0.3, **NOW}, "Untold": {"share": 0.1, "compliance": 0.0}}
    model = Model(world({}, [announced(access=0.25, isps=["Big", "Untold"])], isps=isps), rng=1)
    losses, attention = [], []
    for _ in range(7):
        model.step()
        losses.append(float(model.conditions.announced[0]))
        attention.append(model.press.access_attention)
    assert losses == pytest.approx([0.0, *[0.6 * 0.75] * 4, 0.0, 0.0])
    assert model.conditions.access[0].tolist() == [0.25, 1.0, 1.0]
    assert attention[0] == 0.0
    assert attention[1] == model.scenario.press.salience_per_block
    assert attention[5] > attention[1] > attention[4]
    assert told(model, "announce an order") == [
        "The government announced that Big and Untold would have to block Chat from 6 January 2020."
    ]


def test_an_announced_order_counts_while_it_is_under_way_and_less_what_is_taken_already():
    isps = {"Net": {"share": 0.5, **NOW}, "Late": {"share": 0.5, "compliance": 1.0, "lag_days": 60.0}}
    throttle = act("order-throttle", 0, platform="Chat", access=0.4, isps=["Net"])
    model = run(throttle, announced(), isps=isps, days=3, rng=2)
    assert model.orders.announced_loss()[0] == pytest.approx(0.5 * 0.4 + 0.5)
    live(model, 4)
    assert access(model) == [0.0, 1.0]
    assert model.orders.announced_loss()[0] == pytest.approx(0.5)


def test_a_lift_before_the_day_withdraws_an_announced_order():
    model = run(announced(salience=1.0), act("lift", 2, platform="Chat"), days=10)
    assert access(model) == [1.0]
    assert model.orders.announced_loss()[0] == 0.0
    assert model.press.access_attention == model.press.salience == 0.0
    assert told(model, "withdraw an order") == ["The government withdrew the order announced against Chat."]
    assert not told(model, "order a block")


def test_an_order_announced_before_the_start_is_known_from_the_first_day_and_no_news():
    model = Model(world({}, [announced(ahead=-20)], isps=NET), rng=1)
    model.step()
    assert model.conditions.announced.tolist() == [1.0]
    assert model.press.access_attention == 0.0
    live(model, 5)
    assert access(model) == [0.0]


def test_who_meets_the_demand_is_spared_the_announced_order():
    firm = {"Firm": {"platforms": ["Chat"], "requests": asked(), "listens_to": {}}}
    acts = [
        act("demand", 0, of="registration", companies=["Firm"]),
        act("order-block", 60, platform="Chat", announced=on(1)),
    ]
    model = Model(world(firm, acts, isps=NET, decision={"prior": 0.01}), rng=1)
    live(model, 70)
    assert told(model, "meet a demand")
    assert access(model) == [1.0]
    assert not told(model, "order a block")


# Partial, and against VPNs


def test_an_order_goes_to_the_isps_that_it_names():
    model = run(act("order-block", DAY, platform="Chat", isps=["Other"]), isps=TWO)
    assert access(model) == [1.0, 0.0]
    assert told(model, "order a block") == ["The government ordered Other to block Chat."]
    assert [logged.actor for logged in model.chronicle.acts if logged.verb == "execute an order"] == ["Other"]


def test_an_order_against_a_part_of_an_app_leaves_the_rest():
    model = run(act("order-block", DAY, platform="Chat", part="uploads", access=0.7, isps=["Big"]), isps=TWO)
    assert access(model) == [0.7, 1.0]
    assert told(model, "order a block") == ["The government ordered Big to block uploads on Chat."]
    assert told(model, "execute an order") == ["Big blocked uploads on Chat by DNS, hours after the order."]


def test_isps_block_vpns_until_that_lapses_or_is_lifted():
    leaky = {"Big": {"share": 0.7, **NOW, "leak": 0.5, "technique": "ip"}, "Other": {"share": 0.3, **NOW}}
    acts = [
        act("order-vpn-block", DAY, access=0.2, until=on(DAY + 2)),
        act("order-vpn-block", DAY + 3, 1, isps=["Other"]),
        act("lift-vpn-block", DAY + 5),
    ]
    model = Model(world({}, acts, isps=leaky), rng=1)
    seen = []
    for _ in range(DAY + 7):
        model.step()
        seen.append(tuple(model.conditions.vpn))
        assert model.conditions.access.tolist() == [[1.0, 1.0]]
        assert model.isps["Big"].over_blocked == 0.0
    free, first, second = (1.0, 1.0), (0.2 + 0.5 * 0.8, 0.2), (1.0, 0.0)
    assert seen == [free, free, free, first, first, free, second, second, free, free]
    assert told(model, "order a vpn block")[0] == "The government ordered ISPs to block VPNs until 6 January 2020."
    assert told(model, "execute an order")[0] == "Big blocked VPNs by protocol, hours after the order."
    assert told(model, "lift orders") == ["The government lifted the orders against VPNs."]


def test_a_vpn_block_may_stand_at_the_start():
    model = Model(world({}, [act("order-vpn-block", -1, isps=["Big"])], isps=TWO), rng=1)
    assert model.standing_vpn.tolist() == [0.0, 1.0]
    model.step()
    assert model.conditions.vpn.tolist() == [0.0, 1.0]


# Who obeys


def obeying(share, compliance, seeds=60, *, days=400):
    """Share of models in which an ISP of that size has carried an order out, and the day of each."""
    isps = {"It": {"share": share, "compliance": compliance, "lag_days": 0.01}, "Rest": {"share": 1.0 - share}}
    models = [
        run(act("order-block", 0, platform="Chat"), isps=isps, days=days, rng=seed, network={"late_days": 5.0})
        for seed in range(seeds)
    ]
    verbs = [[(logged.verb, logged.day) for logged in m.chronicle.acts if logged.actor == "It"] for m in models]
    return verbs


def test_a_carrier_of_national_size_is_late_rather_than_never():
    """With c = 1/2, about half of sixty act on the day and all others later; a small one ignores the order for good.

    Fixed seeds; 15 to 45 of 60 is four standard deviations, a false-alarm rate of 1e-4 for each count.
    """
    large, small = obeying(0.05, 0.5), obeying(0.049, 0.5)
    assert all(len(did) == 1 and did[0][0] == "execute an order" for did in large)
    assert 15 <= sum(did[0][1] == 0 for did in large) <= 45
    assert max(did[0][1] for did in large) > 5
    assert all(len(did) == 1 for did in small)
    assert 15 <= sum(did[0] == ("ignore an order", 0) for did in small) <= 45
    assert {did[0] for did in small} == {("ignore an order", 0), ("execute an order", 0)}


@pytest.mark.parametrize("share", [0.9, 0.01])
def test_who_is_never_told_never_acts(share):
    assert all([verb for verb, _ in did] == ["ignore an order"] for did in obeying(share, 0.0, 5))


@pytest.mark.parametrize("asked_again", ["order", "escalation", "store ban"])
def test_who_ignored_an_order_is_asked_again_by_every_new_one(asked_again):
    """A small ISP that obeys one time in five: of 40, most have ignored the first order; ten more letters leave few."""
    isps = {"Small": {"share": 0.04, "compliance": 0.2, "lag_days": 0.01}, "Rest": {"share": 0.96}}
    firm = {"Firm": {"platforms": ["Chat"], "requests": asked(), "stance": "refuse", "listens_to": {}, "cutoff": 0.05,
                     "review_days": 3000.0}}  # fmt: skip
    again = {
        "order": [act("order-throttle", 2 + i, i, platform="Chat", access=0.9) for i in range(10)],
        "escalation": [act("escalate", 2 + i, companies=["Firm"], rung=(3, 4)[i % 2]) for i in range(20)],
        "store ban": [act("escalate", 2 + i, companies=["Firm"], rung=(5, 6)[i % 2]) for i in range(20)],
    }[asked_again]
    demand = act("demand", 0, companies=["Firm"])
    blocked = {"once": 0, "again": 0}
    for seed in range(40):
        for name, more in (("once", []), ("again", again)):
            acts = [demand, act("order-block", 0, platform="Chat"), *more]
            model = Model(world(firm, acts, isps=isps, press=CALM, decision={"prior": 0.99}), rng=seed)
            live(model, 30)
            (block,) = (order for order in model.orders.book if order.kind == "block" and not order.from_ladder)
            blocked[name] += block in model.isps["Small"].executed
    assert blocked["once"] < 20
    assert blocked["again"] > 30


def test_an_order_that_is_over_is_not_carried_out_after_all_when_another_comes():
    isps = {"Small": {"share": 0.04, "compliance": 0.2, "lag_days": 0.01}, "Rest": {"share": 0.96}}
    later = [act("order-throttle", 3 + i, i, platform="Chat", access=0.9) for i in range(10)]
    for seed in range(20):
        model = run(act("order-block", 0, platform="Chat", until=on(2)), *later, isps=isps, days=2, rng=seed)
        live(model, 1)
        assert access(model)[0] == 1.0
        live(model, 12)
        assert access(model)[0] >= 0.9


def test_what_isps_have_in_common_stands_in_one_table():
    network = {"lag_days": 0.02, "technique": "sni", "leak": 0.3}
    isps = {"Plain": {"share": 0.6}, "Own": {"share": 0.4, "lag_days": 0.01, "technique": "ip", "leak": 0.0}}
    model = run(act("order-block", DAY, platform="Chat"), isps=isps, network=network)
    assert access(model) == pytest.approx([0.3, 0.0])
    assert told(model, "execute an order") == [
        "Plain blocked Chat by SNI, hours after the order.",
        "Own blocked Chat by IP, hours after the order.",
    ]
    assert (model.isps["Plain"].spec.lag_days, model.isps["Own"].spec.lag_days) == (0.02, 0.01)


# The rung of the owner when orders are lifted

STUBBORN = {"requests": asked(), "listens_to": {}, "stance": "refuse", "cutoff": 0.05, "review_days": 3000.0}


def defying(*acts, platforms=("Chat", "Talk")):
    firm = {"Firm": {"platforms": list(platforms), **STUBBORN}}
    demand = act("demand", 0, of="takedown", companies=["Firm"])
    scenario = world(firm, [demand, *acts], isps=NET, press=CALM, decision={"prior": 0.99, "noise": 0.05})
    model = Model(scenario, rng=1)
    live(model, 12)
    return model


@pytest.mark.parametrize("rung", [0, 2])
def test_a_lift_takes_the_owner_back_to_the_rung_from_which_the_orders_had_taken_it(rung):
    climb = [act("escalate", 1, companies=["Firm"], rung=rung)] if rung else []
    steps = [act("escalate", 2, companies=["Firm"], rung=4), act("escalate", 3, companies=["Firm"], rung=5)]
    model = defying(*climb, *steps, act("lift", 5, platform="Chat"), platforms=["Chat"])
    assert model.companies["Firm"].rung == rung
    assert access(model) == [1.0]
    assert not model.orders.against(0)
    assert told(model, "step down")[0].startswith(f"The government took Firm back from rung 5 to rung {rung}, ")


def test_a_lift_against_one_of_two_platforms_leaves_the_owner_on_the_rung_of_the_other():
    steps = act("escalate", 2, companies=["Firm"], rung=5), act("lift", 5, platform="Chat")
    model = defying(*steps)
    assert (access(model, 0), access(model, 1)) == ([1.0], [0.0])
    assert model.companies["Firm"].rung == 5
    model = defying(*steps, act("lift", 6, platform="Talk"))
    assert model.companies["Firm"].rung == 0


def test_a_lift_of_a_dated_order_leaves_a_rung_below_the_technical_ones():
    steps = act("order-block", 1, platform="Chat"), act("escalate", 2, companies=["Firm"], rung=3)
    model = defying(*steps, act("lift", 5, platform="Chat"), platforms=["Chat"])
    assert model.companies["Firm"].rung == 3
    assert not told(model, "step down")


def test_the_ladder_takes_back_its_own_orders_and_not_those_of_the_calendar():
    steps = [act("order-block", 1, platform="Chat"), act("escalate", 2, companies=["Firm"], rung=5),
             act("escalate", 5, companies=["Firm"], rung=4)]  # fmt: skip
    model = defying(*steps, platforms=["Chat"])
    assert [(order.kind, order.from_ladder) for order in model.orders.against(0)] == [
        ("block", False),
        ("throttle", True),
    ]


# Outages


def down(model, days):
    seen = []
    for _ in range(days):
        model.step()
        seen.append(model.conditions.down)
    return seen


def test_an_outage_of_hours_is_down_for_that_part_of_each_day():
    outage = act("outage", 1, platform="Chat", hours=30.0, from_hour=15.5)
    model = Model(world({}, [outage], isps=NET), rng=1)
    assert down(model, 4) == [{}, {0: (15.5 / 24, 1.0)}, {0: (0.0, 21.5 / 24)}, {}]
    assert model.isps["Net"].access.tolist() == [1.0]
    assert told(model, "suffer an outage") == ["Chat failed for everyone for 30 hours."]


def test_an_outage_of_days_is_down_all_day_and_leaves_access_alone():
    model = Model(world({}, [act("outage", 1, platform="Chat", days=2)], isps=NET), rng=1)
    assert down(model, 4) == [{}, {0: (0.0, 1.0)}, {0: (0.0, 1.0)}, {}]
    assert model.isps["Net"].access.tolist() == [1.0]
    assert told(model, "suffer an outage") == ["Chat failed for everyone for 2 days."]


def test_an_outage_within_a_day_and_one_that_ends_at_midnight():
    acts = act("outage", 0, platform="Chat", hours=6.0, from_hour=15.0), act("outage", 1, hours=12.0, from_hour=12.0,
                                                                            platform="Chat")  # fmt: skip
    model = Model(world({}, acts, isps=NET), rng=1)
    assert down(model, 3) == [{0: (15 / 24, 21 / 24)}, {0: (0.5, 1.0)}, {}]


def test_an_app_whose_owner_has_left_is_down_for_good():
    firm = {"Firm": {"platforms": ["Chat"], "requests": asked()}}
    acts = [act("force-stance", 1, company="Firm", stance="exit")]
    model = Model(world(firm, acts, isps=NET), rng=1)
    assert down(model, 3) == [{}, {0: (0.0, 1.0)}, {0: (0.0, 1.0)}]
    assert model.isps["Net"].access.tolist() == [1.0]
