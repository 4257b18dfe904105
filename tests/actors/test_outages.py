"""Outages and exits: down for everyone during a part of the day, whatever ISPs leave."""

import pytest

from sim.model import Model
from tests.actors.isps import NET, told
from tests.actors.worlds import act, asked, world


def down(model, days):
    seen = []
    for _ in range(days):
        model.step()
        seen.append(model.conditions.down)
    return seen


@pytest.mark.parametrize(("acts", "seen", "told_as"), [
    ([{"day": 1, "hours": 30.0, "from_hour": 15.5}], [{}, {0: (15.5 / 24, 1.0)}, {0: (0.0, 21.5 / 24)}, {}],
     "30 hours"),
    ([{"day": 1, "days": 2}], [{}, {0: (0.0, 1.0)}, {0: (0.0, 1.0)}, {}], "2 days"),
    ([{"day": 0, "hours": 6.0, "from_hour": 15.0}, {"day": 1, "hours": 12.0, "from_hour": 12.0}],
     [{0: (15 / 24, 21 / 24)}, {0: (0.5, 1.0)}, {}], "6 hours"),
])  # fmt: skip
def test_an_outage_is_down_for_that_part_of_each_day_and_leaves_access_alone(acts, seen, told_as):
    outages = [act("outage", number=number, platform="Chat", **one) for number, one in enumerate(acts)]
    model = Model(world({}, outages, isps=NET), rng=1)
    assert down(model, len(seen)) == seen
    assert model.isps["Net"].access.tolist() == [1.0]
    assert told(model, "suffer an outage")[0] == f"Chat failed for everyone for {told_as}."


def test_an_app_whose_owner_has_left_is_down_for_good():
    firm = {"Firm": {"platforms": ["Chat"], "requests": asked()}}
    model = Model(world(firm, [act("force-stance", 1, company="Firm", stance="exit")], isps=NET), rng=1)
    assert down(model, 3) == [{}, {0: (0.0, 1.0)}, {0: (0.0, 1.0)}]
