"""Outages and exits: down for everyone during a part of the day, whatever ISPs leave."""

from sim.model import Model
from tests.actors.isps import NET, told
from tests.actors.worlds import act, asked, world


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


def test_an_app_whose_owner_has_left_is_down_for_good():
    firm = {"Firm": {"platforms": ["Chat"], "requests": asked()}}
    acts = [act("force-stance", 1, company="Firm", stance="exit")]
    model = Model(world(firm, acts, isps=NET), rng=1)
    assert down(model, 3) == [{}, {0: (0.0, 1.0)}, {0: (0.0, 1.0)}]
    assert model.isps["Net"].access.tolist() == [1.0]


def test_an_outage_within_a_day_and_one_that_ends_at_midnight():
    acts = act("outage", 0, platform="Chat", hours=6.0, from_hour=15.0), act("outage", 1, hours=12.0, from_hour=12.0,
                                                                            platform="Chat")  # fmt: skip
    model = Model(world({}, acts, isps=NET), rng=1)
    assert down(model, 3) == [{0: (15 / 24, 21 / 24)}, {0: (0.5, 1.0)}, {}]
