"""Scores of replicates: every outcome counts, in the same way for any number of replicates."""

import math
from math import inf, nan

import numpy as np
import pytest

from sim.evidence.scores import FARTHEST, FEWEST, band, brier, judge, log_score, wis
from tests.evidence.checks import one_check

ANSWER = {"quantity": "settled_by_company", "observed": 1.0, "low": 0.5}


def test_a_score_is_of_the_median_and_its_band_one_of_readings():
    result = judge(one_check(low=6.0), np.arange(11.0))
    assert (result.p05, result.p50, result.p95) == (0.0, 5.0, 10.0)
    assert result.passing == pytest.approx(5 / 11)
    assert not result.passed
    late = judge(one_check(high=9.0), np.array([1.0, 2.0, inf]))
    assert (late.passed, late.p95, late.never) == (True, inf, pytest.approx(1 / 3))


def test_a_check_passes_only_where_missing_readings_could_not_turn_its_median():
    for values, passed in (
        ([1.0, 2.0, nan], True), ([1.0, nan, nan], False), ([-1.0, 1.0, nan], False), ([nan], False),
        ([-1.0, -1.0, 1.0, 1.0, 1.0, 1.0, 1.0, nan], True), ([-1.0, -1.0, -1.0, 1.0, 1.0, 1.0, nan, nan], False),
    ):  # fmt: skip
        assert judge(one_check(low=0.0), np.array(values)).passed is passed, values


def test_one_replicate_more_without_a_reading_moves_a_score_by_its_share_and_no_further():
    check = one_check(observed=1.0, spread=1.0)
    whole = judge(check, np.full(39, 1.0))
    holed = judge(check, np.append(np.full(39, 1.0), nan))
    assert (whole.crps, whole.missing, holed.missing) == (0.0, 0.0, pytest.approx(1 / 40))
    assert holed.crps == pytest.approx(FARTHEST / 40)
    assert judge(check, np.full(3, nan)).crps == FARTHEST, "no reading at all is as bad as a reading can be"
    assert judge(check, np.array([1.0, 13.0] * 9)).crps < judge(check, np.array([1.0, nan] * 9)).crps
    assert (whole.in_band, holed.in_band) == (True, True)
    assert judge(check, np.append(np.full(20, 1.0), [nan] * 3)).in_band is False


def test_the_score_of_a_check_is_the_fair_crps_in_its_spreads():
    """Three members at 1, 2 and 4 spreads: mean distance 7/3, less half the mean distance of two that differ, 2."""
    check = one_check(observed=1.0, spread=2.0)
    assert judge(check, np.array([3.0, 5.0, 9.0])).crps == pytest.approx(7 / 3 - 1)
    assert judge(check, np.array([3.0])).crps == 1.0
    assert judge(check, np.array([1.0, inf])).crps == pytest.approx(6.0 - 6.0)
    log = one_check(observed=2.0, spread=math.log(2.0), scale="log")
    assert judge(log, np.array([4.0, 8.0])).crps == pytest.approx(1.5 - 0.5)
    assert judge(log, np.array([0.0, 0.0])).crps == FARTHEST
    for none in (one_check(spread=1.0, observed=nan), one_check(observed=1.0)):
        assert math.isnan(judge(none, np.array([1.0])).crps)


def test_the_interval_score_is_that_of_its_definition():
    """Median 0; 50 % band -1 to 1 and 90 % band -4 to 4 around the outcome, or both beside it."""
    members = np.array(
        [-4.0, -1.0, -1.0, -1.0, -1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 4.0]
    )
    low, high = band(members, 0.5)
    assert (band(members), (low, high)) == ((-4.0, 4.0), (-1.0, 1.0))
    assert wis(members) == pytest.approx((0.25 * 2 + 0.05 * 8) / 2.5)
    assert wis(members + 5) == pytest.approx((0.5 * 5 + 0.25 * 2 + 4 + 0.05 * 8 + 1) / 2.5)


@pytest.mark.parametrize("n", [FEWEST, 24, 48, 100])
def test_the_band_holds_one_more_draw_of_its_own_chance_as_often_as_it_says(n):
    draws = np.random.default_rng(1).normal(size=(4000, n + 1))
    held = np.mean([low <= one[-1] <= high for one in draws for low, high in [band(np.sort(one[:-1]))]])
    assert 0.885 <= held <= 0.965


def test_too_few_replicates_have_no_band_to_be_held_to():
    values = np.arange(100.0)
    assert [judge(one_check(observed=x), values).in_band for x in (3.0, 4.0, 95.0, 96.0)] == [False, True, True, False]
    assert judge(one_check(observed=nan), values).in_band is None
    assert judge(one_check(observed=3.0), values[: FEWEST - 1]).in_band is None


def test_who_gave_in_is_a_probability_and_nobody_is_an_outcome():
    found = judge(one_check(**ANSWER), np.array([1.0, 1.0, 1.0, 0.0, nan, nan]))
    assert (found.passing, found.passed, found.in_band) == (0.5, False, None)
    assert found.brier == pytest.approx(0.25 - 0.25 / 5)
    assert found.log_score == pytest.approx(math.log(2))
    assert judge(one_check(**ANSWER), np.array([1.0, 1.0, 1.0, nan])).passed, "no end in one run is no miss of all"
    assert math.isnan(found.crps)


@pytest.mark.parametrize("n", [7, 24, 48])
def test_the_score_of_a_probability_does_not_depend_on_the_number_of_replicates(n):
    hits = np.random.default_rng(2).binomial(n, 0.7, 4000)
    assert np.mean([brier(int(h), n) for h in hits]) == pytest.approx(0.09, abs=0.006)
    assert math.isfinite(log_score(0, n))
