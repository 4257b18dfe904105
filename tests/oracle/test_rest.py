"""Centring, against the twin: on a quiet day before the first, its persons expect no share to move."""

import math

import numpy as np
import pytest

from sim.population import Population
from tests.oracle.person import Person, sigma
from tests.oracle.twin import Twin, quiet_day
from tests.oracle.worlds import ISPS, WORLDS

SLOPE, EXACT = 0.25, 1e-5
"""The steepest slope of a logistic function, and how exactly an intercept is sought."""
CENTRED = [world for world in WORLDS if world.contagion != "group" and world.spec().standing == "drawn"]
"""Under H3, and where people settle, they live for a while after sizes were told or intercepts found."""


def flow(person: Person, k: int) -> tuple[float, float]:
    """How likely the person looks at the app in a step, and how its holders are expected to change by that."""
    rate = person.rate_of_looks()
    looks = -math.expm1(-rate * person.model.dt) * person.rate_of_looks_at(k) / rate if rate > 0.0 else 0.0
    holds = person.probability_of_holding(k)
    if k in person.apps:
        return looks, looks * (holds - 1.0)
    return (looks, looks * holds) if person.may_adopt(k) else (0.0, 0.0)


@pytest.mark.parametrize("world", CENTRED, ids=lambda world: world.name)
def test_no_share_is_expected_to_move(world):
    spec, standing = world.spec(), world.standing_access()
    population = Population(spec, world.platforms, ISPS, 1, steps_per_day=world.steps, standing=standing)
    twin = Twin(spec, world.platforms, ISPS, population, 1, world.steps, standing)
    twin.meet(quiet_day(len(world.platforms), len(ISPS), standing, spec.interoperability), 0)
    for k in twin.platforms:
        if twin.holders()[k] > 0:
            looks, expected = np.sum([flow(person, k) for person in twin.people], axis=0)
            assert looks > 0.1
            assert abs(expected) <= EXACT * SLOPE * looks, f"platform {k}"


@pytest.mark.parametrize("world", CENTRED[:1], ids=lambda world: world.name)
def test_no_habit_is_expected_to_move(world):
    """People who redraw a VPN, or their voice, keep the share of the scenario, by the contacts whom they have."""
    spec = world.spec()
    population = Population(spec, world.platforms, ISPS, 1)
    twin = Twin(spec, world.platforms, ISPS, population, 1)
    with_vpn, speaking = [
        [sum(getattr(other, habit) for other in one.contacts) / max(1, len(one.contacts)) for one in twin.people]
        for habit in ("vpn", "speaks")
    ]
    vpn = [sigma(twin.vpn_intercept + spec.vpn_peers * share) for share in with_vpn]
    speak = [sigma(twin.speak_intercept + spec.speak_peers * share) for share in speaking]
    assert np.mean(vpn) == pytest.approx(spec.vpn_share, abs=EXACT * SLOPE)
    assert np.mean(speak) == pytest.approx(spec.speak_share, abs=EXACT * SLOPE)
