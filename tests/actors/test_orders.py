"""Orders from issue to end: lag, lapse and lift, before the start, announced, for some ISPs, in part, against VPNs."""

import pytest

from sim.model import Model
from tests.actors.firms import ALIKE
from tests.actors.isps import DAY, NET, NOW, access, run, told
from tests.actors.worlds import act, asked, live, on, world

TWO = {"Big": {"share": 0.7, **NOW}, "Other": {"share": 0.3, **NOW}}


# Lag


def test_on_one_day_what_lapses_ends_before_what_is_ordered_begins():
    """A throttle follows a block without a gap, in either order of the file."""
    block = act("order-block", 0, platform="Chat", until=on(DAY))
    throttle = act("order-throttle", DAY, platform="Chat", access=0.4)
    for acts in ((block, throttle), (throttle, block)):
        assert access(run(*acts, days=DAY)) == [0.0]
        assert access(run(*acts)) == [0.4]


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


def test_a_lift_prolongs_no_order_beyond_the_day_on_which_it_would_have_lapsed():
    acts = act("order-block", 0, platform="Chat", until=on(DAY + 4)), act("lift", DAY + 2, platform="Chat")
    model = run(*acts, days=DAY + 1)
    model.isps["Net"]._lag_days = 1e6
    live(model, 3)
    assert access(model) == [0.0]
    live(model, 1)
    assert access(model) == [1.0]


@pytest.mark.parametrize("lift", [
    {"kind": "lift", "platform": "Chat"}, {"kind": "court-ruling", "outcome": "block-lifted", "platform": "Chat"},
])  # fmt: skip
def test_a_lift_on_the_day_of_a_block_cuts_it_short_and_cancels_nothing(lift):
    """Who acts within the day has blocked it for that day; who is later never does, and stores offer it again."""
    slow = {"Net": {"share": 0.9, **NOW}, "Late": {"share": 0.1, "compliance": 1.0, "lag_days": 60.0}}
    acts = act("order-block", DAY, platform="Chat", store_ban=True), act(day=DAY, number=1, **lift)
    model = run(*acts, isps=slow, days=DAY + 1, rng=2)
    assert access(model) == [0.0, 1.0]
    assert model.orders.banned(0)
    live(model, 1)
    assert access(model) == [1.0, 1.0]
    assert not model.orders.banned(0)
    live(model, 100)
    assert access(model) == [1.0, 1.0]


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


# Partial, and against VPNs


def test_an_order_goes_to_the_isps_that_it_names():
    model = run(act("order-block", DAY, platform="Chat", isps=["Other"]), isps=TWO)
    assert access(model) == [1.0, 0.0]
    assert told(model, "order a block") == ["The government ordered Other to block Chat."]
    assert [logged.actor for logged in model.chronicle.acts if logged.verb == "execute an order"] == ["Other"]


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
    model = Model(world(firm, acts, isps=NET, decision={"prior": 0.01}, bargaining=ALIKE), rng=1)
    live(model, 70)
    assert told(model, "meet a demand")
    assert access(model) == [1.0]
    assert not told(model, "order a block")
