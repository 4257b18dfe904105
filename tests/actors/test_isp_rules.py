"""What an ISP does with an order, and what it leaves of access, rule by rule (eq. 20).

The draws of each ISP are chosen, so that it obeys or not and takes so many days as the test says.
"""

import math

import pytest

from sim.actors.isp import VPNS, Order
from tests.actors.draws import HAIR, UNLIKELY, fated, sentences
from tests.actors.isps import access
from tests.actors.worlds import CALM, act, live, on, world

LAG, LATE = 4.0, 10.0


def taking(days: float, mean: float = LAG) -> float:
    """The draw at which an exponential delay of that mean is so many days, and a hair more."""
    return 1.0 - math.exp(-days / mean - HAIR)


def provider(*acts, share=0.04, compliance=0.5, spec=None, **draws):
    """A small ISP, or a carrier of national size, that obeys half its orders; without luck it obeys none."""
    isp = {"share": share, "compliance": compliance, "lag_days": LAG} | (spec or {})
    isps = {"Net": isp, "Rest": {"share": 1.0 - share}}
    model = fated(world({}, acts, isps=isps, press=CALM, network={"late_days": LATE}), **draws)
    return model, model.isps["Net"]


def block(day=0, number=0, **fields):
    return act("order-block", day, number, platform="Chat", **fields)


def order(kind="block", target="Chat", platform=0, remains=0.0, issued=0, **fields) -> Order:
    return Order(kind, target, platform, remains, issued, 0, **fields)


def days_of(model, verb, actor="Net"):
    return [logged.day for logged in model.chronicle.acts if (logged.actor, logged.verb) == (actor, verb)]


# Whether, and when


@pytest.mark.parametrize(("share", "did"), [(0.0499, "ignore an order"), (0.05, "execute an order")])
def test_it_obeys_below_its_compliance_and_a_carrier_from_a_twentieth_of_users_on_is_late(share, did):
    """A draw of exactly the compliance is not below it."""
    model, _ = provider(block(), share=share, ISP_OBEYS=0.5, ISP_LAG=0.0)
    live(model, 1)
    assert days_of(model, did) == [0]
    model, _ = provider(block(), share=share, ISP_OBEYS=0.5 - HAIR, ISP_LAG=0.0)
    live(model, 1)
    assert days_of(model, "execute an order") == [0]


@pytest.mark.parametrize(("days", "day"), [(0.0, 0), (0.99, 0), (1.0, 1), (2.7, 2)])
def test_it_acts_on_the_day_in_which_its_lag_ends(days, day):
    model, isp = provider(block(3), ISP_OBEYS=0.0, ISP_LAG=taking(days))
    seen = []
    for _ in range(8):
        live(model, 1)
        seen.append(float(isp.access[0]))
    assert seen == [1.0] * (3 + day) + [0.0] * (5 - day)
    assert days_of(model, "execute an order") == [3 + day]
    words = {0: "hours", 1: "a day", 2: "2 days"}[day]
    assert sentences(model, "execute an order", "Net")[0].startswith(
        f"Net blocked Chat by DNS, {words} after the order"
    )


@pytest.mark.parametrize(("days", "day"), [(0.5, 0), (2.9, 0), (4.2, 2)])
def test_who_is_told_ahead_acts_at_the_hour_unless_its_lag_is_longer(days, day):
    """Two days ahead: the lag runs from then, and nothing is blocked before the order's own day."""
    model, _ = provider(block(5, told=on(3)), ISP_OBEYS=0.0, ISP_LAG=taking(days))
    live(model, 12)
    assert days_of(model, "execute an order") == [5 + day]
    assert "(early" not in sentences(model, "execute an order", "Net")[0]


def test_a_carrier_that_is_late_takes_a_second_delay():
    """One draw for both: u = 1 - exp(-1/2) makes 2 days of a mean of 4 and 5 of a mean of 10, seven in all."""
    model, _ = provider(block(), share=0.5, ISP_OBEYS=0.9, ISP_LAG=taking(2.0))
    live(model, 12)
    assert days_of(model, "execute an order") == [7]


@pytest.mark.parametrize("share", [0.04, 0.5])
def test_who_is_never_told_does_nothing_and_says_so(share):
    model, isp = provider(block(), share=share, compliance=0.0, ISP_OBEYS=0.0, ISP_LAG=0.0)
    live(model, 3)
    assert isp.executed == []
    assert sentences(model, "ignore an order", "Net") == [
        "Net did not carry out the order against Chat: it was not told of it."
    ]


def test_an_order_that_takes_effect_early_or_late_says_so():
    """At a mean of ten days: 1 - exp(-1/10) by the first day, and exp(-20/10) until the twentieth; none between."""
    told = []
    for days in (0.5, 5.0, 20.0):
        model, _ = provider(block(), spec={"lag_days": 10.0}, ISP_OBEYS=0.0, ISP_LAG=taking(days, 10.0))
        live(model, 25)
        told.append(sentences(model, "execute an order", "Net")[0].split(" after the order")[1])
    assert told == [
        " (early: the chance that it came by then was one in eleven).",
        ".",
        " (late: the chance that it took so long was one in seven).",
    ]


def test_an_order_for_others_is_none_of_its_business():
    model, isp = provider(block(isps=["Rest"]), ISP_OBEYS=0.0, ISP_LAG=0.0)
    live(model, 2)
    assert [logged.actor for logged in model.chronicle.acts if logged.verb != "order a block"] == ["Rest"]
    isp.stand_under(order(isps=("Rest",)))
    assert isp.executed == []
    isp.stand_under(order(isps=("Rest", "Net")))
    assert (len(isp.executed), isp.access.tolist()) == (1, [0.0])


# Asked again


def test_a_new_order_against_the_same_target_is_another_chance_for_the_old_one():
    """Neither an order against something else, nor one that it ignores as well; then one that it obeys after a day."""
    acts = [block(), act("order-site-block", 1, site="news.example"), act("order-throttle", 2, platform="Chat"),
            act("order-throttle", 3, 1, platform="Chat", access=0.4)]  # fmt: skip
    model, isp = provider(*acts)
    for day in range(6):
        if day == 1:
            model.fate |= {"ISP_OBEYS": 0.0, "ISP_LAG": taking(1.0)}
        if day == 2:
            model.fate["ISP_OBEYS"] = UNLIKELY
        if day == 3:
            model.fate["ISP_OBEYS"] = 0.0
        live(model, 1)
    assert days_of(model, "ignore an order") == [0, 2]
    carried_out = [(one.kind, one.issued) for one in isp.executed]
    assert carried_out == [("site block", 1), ("block", 0), ("throttle", 2), ("throttle", 3)]
    assert days_of(model, "execute an order") == [2, 4, 4, 4]
    assert "4 days after the order." in sentences(model, "execute an order", "Net")[1]


def test_who_still_refuses_is_asked_again_later():
    model, isp = provider(block())
    live(model, 1)
    isp.insist("Chat")
    assert (isp._due, len(isp._ignored)) == ({}, 1)
    model.fate |= {"ISP_OBEYS": 0.0, "ISP_LAG": taking(2.0)}
    isp.insist("Chat")
    assert isp._ignored == []
    live(model, 4)
    assert days_of(model, "execute an order") == [3]


# Over


def test_access_returns_after_a_lag_of_the_same_mean():
    model, isp = provider(block(), act("lift", 5, platform="Chat"), ISP_OBEYS=0.0, ISP_LAG=taking(2.5))
    seen = []
    for _ in range(10):
        live(model, 1)
        seen.append(float(isp.access[0]))
    assert seen == [1.0] * 2 + [0.0] * 5 + [1.0] * 3
    assert days_of(model, "restore access") == [7]
    (restored,) = [
        logged for logged in model.chronicle.acts if (logged.actor, logged.verb) == ("Net", "restore access")
    ]
    assert [model.chronicle.acts[cause].verb for cause in restored.because] == ["lift orders"]


def test_what_lapses_on_its_day_is_restored_at_once():
    model, isp = provider(block(until=on(4)), ISP_OBEYS=0.0, ISP_LAG=taking(2.5))
    seen = []
    for _ in range(7):
        live(model, 1)
        seen.append(float(isp.access[0]))
    assert seen == [1.0] * 2 + [0.0] * 2 + [1.0] * 3


def test_the_first_word_that_an_order_is_over_counts_and_a_sooner_day_replaces_a_later_one():
    model, isp = provider(block(), ISP_OBEYS=0.0, ISP_LAG=0.0)
    live(model, 1)
    (one,) = isp.executed
    model.fate["ISP_LAG"] = taking(3.0)
    isp.release(one, 11)
    isp.release(one, 12)
    assert isp._due[one] == (model.day + 3, 11)
    isp.release(one, 13, at_once=True)
    assert isp._due[one] == (model.day, 13)


def test_an_order_that_is_over_before_it_was_carried_out_is_forgotten():
    for obeys in (0.0, UNLIKELY):
        model, isp = provider(block(), ISP_OBEYS=obeys, ISP_LAG=taking(3.0))
        live(model, 1)
        (one,) = model.orders.book
        isp.release(one, 5)
        assert (isp._due, isp._ignored, isp.executed) == ({}, [], [])


def test_what_is_going_to_be_carried_out():
    """Of an order to come, whatever it may obey; of one of today, what it is about to do; nothing that is done."""
    model, isp = provider(block(1), compliance=0.5, ISP_OBEYS=0.0, ISP_LAG=taking(2.0))
    assert isp.may_execute(order(issued=model.day + 1))
    assert not isp.may_execute(order(issued=model.day))
    assert not isp.may_execute(order(issued=model.day + 1, isps=("Rest",)))
    live(model, 2)
    (one,) = model.orders.book
    assert isp.may_execute(one)
    live(model, 3)
    assert isp.executed == [one]
    isp.release(one, 5)
    assert not isp.may_execute(one)
    _, untold = provider(compliance=0.0)
    assert not untold.may_execute(order(issued=1))


# What is left


def test_the_strictest_order_decides_whatever_comes_first():
    for kinds in (("block", "throttle"), ("throttle", "block")):
        _, isp = provider(ISP_OBEYS=0.0, spec={"leak": 0.25})
        for kind in kinds:
            isp.stand_under(order(kind, remains={"block": 0.0, "throttle": 0.4}[kind]))
        assert isp.access.tolist() == pytest.approx([0.25])
        for access_left in (0.6, 0.2) if kinds[0] == "block" else (0.2, 0.6):
            isp.stand_under(order("vpn block", VPNS, None, access_left))
        assert isp.vpn == pytest.approx(0.2 + 0.25 * 0.8)
        isp.stand_under(order("site block", "news.example", None))
        assert (isp.access.tolist(), isp.vpn) == (pytest.approx([0.25]), pytest.approx(0.4))


def test_a_leak_lets_part_of_what_is_taken_through():
    """0.4 remain of a throttle, and of the 0.6 that it takes a quarter leaks."""
    model, _ = provider(act("order-throttle", 0, platform="Chat", access=0.4), ISP_OBEYS=0.0, ISP_LAG=0.0,
                        spec={"leak": 0.25})  # fmt: skip
    live(model, 1)
    assert access(model)[0] == pytest.approx(0.4 + 0.25 * 0.6)


@pytest.mark.parametrize(("technique", "hit"), [("ip", 1.0 - 0.9**2), ("dns", 0.0), ("sni", 0.0)])
def test_blocks_of_addresses_hit_co_hosted_sites_where_blocks_go_by_address(technique, hit):
    """A block and a site block count, a throttle and a VPN block do not."""
    _, isp = provider(ISP_OBEYS=0.0, spec={"technique": technique, "over_blocking": 0.1})
    for kind, target in (("block", "Chat"), ("site block", "news"), ("throttle", "Chat"), ("vpn block", VPNS)):
        isp.stand_under(order(kind, target, 0 if target == "Chat" else None))
    assert isp.over_blocked == pytest.approx(hit)
    assert isp.hit_by_a_block == (0.1 if technique == "ip" else 0.0)


def test_one_that_it_ignored_before_the_start_can_be_insisted_on():
    model, isp = provider()
    isp.stand_under(order(issued=-5))
    assert (isp.executed, isp.access.tolist()) == ([], [1.0])
    model.fate |= {"ISP_OBEYS": 0.0, "ISP_LAG": 0.0}
    isp.insist("Chat")
    assert (isp._ignored, [day for day, _ in isp._due.values()]) == ([], [0])
