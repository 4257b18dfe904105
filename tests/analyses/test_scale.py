"""A scale study on numbers whose convergence is known."""

import numpy as np
import pandas as pd
import pytest

from sim.analyses.scale import against_largest, convergence, settled, smallest_settled
from tests.conftest import small_world


def test_noise_of_independent_people_falls_as_the_square_root():
    """Normal scores stand in for luck: noise of size N is exactly 1 / sqrt(N) times the same scores at every size."""
    sizes = (100, 1_000, 10_000, 100_000)
    from scipy.stats import norm

    scores = np.array([np.roll(norm.ppf((np.arange(40) + 0.5) / 40), 11 * i) for i in range(len(sizes))])
    table = against_largest(50.0 + scores / np.sqrt(sizes)[:, None], sizes)
    assert table["slope"].iloc[0] == pytest.approx(-0.5, abs=0.03)
    assert (table["bias"].dropna().abs() < table["bias_error"].dropna()).all()


def test_a_size_is_settled_only_if_all_larger_ones_are():
    table = pd.DataFrame(
        {
            "measure": "x", "name": "x", "unit": "points", "users": [10, 20, 30, 40], "mean": 1.0,
            "noise": [0.1, 0.9, 0.3, np.nan],
            "bias": 0.0, "bias_error": 0.0, "slope": -0.5,
        }
    )  # fmt: skip
    told = settled(table)
    assert told["settled"].tolist() == [False, False, True, True]
    assert smallest_settled(told).to_dict() == {"x": 30}


def test_a_study_of_a_small_world_has_every_measure_of_people():
    table = convergence(small_world(end="2020-07-10"), sizes=(500, 1000, 2000), replicates=2, workers=1)
    assert set(table["users"]) == {500, 1000, 2000}
    assert {"WhatsApp.change", "Signal.installs", "speech_change"} <= set(table["measure"])
    assert not table["measure"].str.contains("announced|rung|produced").any()
