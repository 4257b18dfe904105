"""Worlds that several tests share."""

import datetime as dt

import pytest

from sim.scenario.files import load
from sim.scenario.schema import Scenario


def small_world(*overrides: str, name: str = "hong-kong-2020", users: int = 2000, end: str = "2020-08-15") -> Scenario:
    """A shipped scenario with few people and a short calendar; acts after ``end`` are left out."""
    whole = load(name, overrides)
    acts = tuple(act for act in whole.acts if str(act.date) <= end)
    data = whole.model_dump()
    data |= {"end": dt.date.fromisoformat(end), "acts": [act.model_dump() for act in acts], "sources": {}}
    data["population"]["users"] = users
    return Scenario.model_validate(data)


@pytest.fixture(scope="session")
def hong_kong() -> Scenario:
    """The first weeks after the law, with two thousand people."""
    return small_world()
