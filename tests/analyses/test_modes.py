"""Two outcomes are told where there are two, and whole numbers are no outcomes by themselves."""

import numpy as np
import pytest

from sim.analyses.modes import dip, two_modes


def test_two_groups_are_told_with_their_medians_and_shares():
    values = np.array([0.0] * 24 + [6, 7, 7, 8, 8, 8, 9, 9, 9, 10, 6, 7, 8, 9, 10, 8])
    found = two_modes(np.random.default_rng(1).permutation(values), 1.0)
    assert found == (0.0, 0.6, 8.0, 0.4)


@pytest.mark.parametrize("draw", ["normal", "exponential", "random", "lognormal"])
def test_one_mode_is_seldom_taken_for_two(draw):
    chance = np.random.default_rng(2)
    assert np.mean([two_modes(getattr(chance, draw)(size=40)) is not None for _ in range(60)]) <= 0.12


def test_neighbouring_whole_numbers_a_far_value_and_too_few_are_no_outcomes():
    assert two_modes(np.array([-9.0] * 20 + [-10.0] * 20), 1.0) is None
    assert two_modes(np.append(np.random.default_rng(3).normal(size=39), 50.0)) is None
    assert two_modes(np.array([0.0, 9.0] * 4)) is None
    assert two_modes(np.full(40, 3.0)) is None


def test_the_dip_is_half_the_depth_of_the_valley():
    """Two points far apart, half of all values in each: the nearest single mode misses a quarter of them."""
    spread = np.linspace(0.0, 0.01, 50)
    assert dip(np.sort(np.concatenate([spread, spread + 10]))) == pytest.approx(0.25, abs=0.02)
    assert dip(np.linspace(0.0, 1.0, 100)) == pytest.approx(1 / 200, abs=0.001)
