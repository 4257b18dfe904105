"""Days on which an app is worth less and yet nobody is cut off from it: announced orders, and mild throttling."""

import pytest

from sim.runs.once import run_once
from sim.scenario.files import load

ANNOUNCED = 'kind = "order-block"\ndate = 2020-08-20\nannounced = 2020-07-05'
THROTTLED = 'kind = "order-throttle"\ndate = 2020-07-05\naccess = 0.8'


@pytest.mark.parametrize("order", [ANNOUNCED, THROTTLED], ids=["announced", "throttled"])
def test_use_stays_use_where_nobody_is_cut_off(order, tmp_path):
    """Counts of contacts who are cut off are kept only where somebody is; elsewhere none must be read."""
    file = tmp_path / "world.toml"
    file.write_text(f'extends = "hong-kong-2020"\n[[acts]]\nid = "order"\nplatform = "WhatsApp"\n{order}\n')
    scenario = load(file, ["population.users=3000", "end=2020-07-20"])
    usage = run_once(scenario, 1).tables["usage"]
    assert usage["usage_share"].between(0.0, 1.0).all()
    panel_and_all = 0.03 * scenario.population.represents
    assert (usage["monthly_users"] <= usage["holders"] + panel_and_all).all()
