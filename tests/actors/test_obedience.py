"""Which ISPs carry an order out, and when: small ones by luck, carriers of national size late, all asked again."""

import pytest

from sim.model import Model
from tests.actors.isps import DAY, access, run, told
from tests.actors.worlds import CALM, act, asked, live, on, world


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


@pytest.mark.slow
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
