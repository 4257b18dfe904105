"""What outcomes rest on: shares of groups on a sum whose shares are known, and the command."""

import numpy as np
import pytest

from sim.analyses.sensitivity.analysis import Design, indices
from sim.analyses.sources.analysis import RANGE_BY_STATUS, lay_out_groups, varied_numbers
from sim.scenario.schema import origins
from sim.study.study import Study
from tests.conftest import small_world
from tests.terminal import lawshock


def test_shares_of_groups_of_a_sum_are_those_of_its_variances():
    """y = 3 a1 + a2 + b with uniform numbers: group a has (9 + 1) / 11 of the variance, group b 1 / 11."""
    places = lay_out_groups(["a", "a", "b"], ["a", "b"], 1024, seed=1)
    assert places.shape == (1024 * 4, 3)
    values = places @ np.array([3.0, 1.0, 1.0])
    found = indices(Design("sobol", ("a", "b"), np.empty((0, 2)), 1), values[:, None])
    total = found[found["index"] == "ST"].set_index("factor")["value"]
    assert total["a"] == pytest.approx(10 / 11, abs=0.05)
    assert total["b"] == pytest.approx(1 / 11, abs=0.02)


def test_every_varied_number_stays_within_its_range_and_its_bounds():
    world = small_world()
    values = {origin.key: origin for origin in origins(world)}
    numbers = varied_numbers(world)
    assert {number.status for number in numbers} == set(RANGE_BY_STATUS)
    assert "population.gamma" not in {number.key for number in numbers}
    for number in numbers:
        origin = values[number.key]
        assert number.status == origin.status
        assert number.low <= origin.value <= number.high
        assert abs(number.high - origin.value) <= RANGE_BY_STATUS[number.status] * abs(origin.value) + 1e-9


@pytest.mark.slow
def test_sources_lists_numbers_and_shares(tmp_path):
    result = lawshock("sources", "hong-kong-2020", "--points", 2, "--users", 200, "--study", tmp_path / "runs",
                      "--set", "end=2020-07-15", "--workers", 1)  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert "population.inertia" in result.stdout
    assert "rest on assumption" in result.stdout
    assert "assumed ± 50 %" in result.stdout
    told = Study.open(tmp_path / "runs").plan.command  # by which lawshock study and lawshock runs say how to go on
    assert told == "lawshock sources hong-kong-2020 --points 2 --users 200 --set end=2020-07-15"
