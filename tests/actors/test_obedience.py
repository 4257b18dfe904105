"""Which ISPs carry an order out, and when: small ones by luck, carriers of national size late, all asked again."""

import pytest

from tests.actors.isps import DAY, access, run, told
from tests.actors.worlds import act, live, on


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
