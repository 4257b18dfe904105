"""Worlds that several tests share."""

import pytest

from sim.scenario.files import load
from sim.scenario.schema import Scenario


def small_world(*overrides: str, name: str = "hong-kong-2020", users: int = 2000, end: str = "2020-08-15") -> Scenario:
    """A shipped scenario with few people and a short calendar."""
    return load(name, [f"population.users={users}", f"end={end}", *overrides])


@pytest.fixture(scope="session")
def hong_kong() -> Scenario:
    """The first weeks after the law, with two thousand people."""
    return small_world()
