"""Intervals of pass rules against their definitions, and scores of replicates."""

import math

import numpy as np
import pytest
from scipy.stats import binom, poisson

from sim.evidence import checks as rules
from sim.evidence.scores import judge
from tests.evidence.checks import one_check

TAIL = 0.025


@pytest.mark.parametrize("count", [3, 7, 43, 202])
def test_poisson_interval_leaves_a_tail_on_each_side(count):
    rule = rules.poisson(count)
    assert poisson.sf(count - 1, rule.low) == pytest.approx(TAIL)
    assert poisson.cdf(count, rule.high) == pytest.approx(TAIL)


def test_poisson_interval_of_nothing_starts_at_zero():
    rule = rules.poisson(0)
    assert (rule.low, rule.high) == (0.0, pytest.approx(-math.log(TAIL)))


@pytest.mark.parametrize(("successes", "trials"), [(3, 43), (1, 20), (19, 20)])
def test_binomial_interval_leaves_a_tail_on_each_side(successes, trials):
    rule = rules.binomial(successes, trials)
    assert binom.sf(successes - 1, trials, rule.low) == pytest.approx(TAIL)
    assert binom.cdf(successes, trials, rule.high) == pytest.approx(TAIL)


def test_binomial_interval_at_the_ends():
    assert rules.binomial(0, 202).low == 0.0
    assert rules.binomial(0, 202).high == pytest.approx(1.0 - TAIL ** (1 / 202))
    assert rules.binomial(5, 5).high == 1.0


@pytest.mark.parametrize(
    ("low", "high", "passing", "failing"),
    [
        (1.0, 2.0, [1.0, 2.0], [0.99, 2.01]),
        (6.0, math.inf, [6.0, math.inf], [5.0]),
        (-math.inf, 8.0, [8.0, -1.0], [8.1, math.inf]),
    ],
)
def test_a_value_passes_within_its_bounds(low, high, passing, failing):
    check = one_check(low=low, high=high)
    assert all(check.passes(value) for value in passing)
    assert not any(check.passes(value) for value in failing)
    assert not check.passes(math.nan)


def test_bounds_around_what_was_observed():
    near, factor = rules.near(93.0, 2.0), rules.factor(30.0, 3.0)
    assert (near.low, near.high) == (91.0, 95.0)
    assert (factor.low, factor.high) == (10.0, 90.0)


def test_a_score_is_of_the_median():
    result = judge(one_check(low=6.0), np.arange(11.0))
    assert (result.p05, result.p50, result.p95) == (0.0, 5.0, 10.0)
    assert result.passing == pytest.approx(5 / 11)
    assert not result.passed


def test_a_missing_reading_fails_and_an_infinite_one_is_late():
    assert not judge(one_check(low=0.0), np.array([1.0, 2.0, np.nan])).passed
    late = judge(one_check(high=9.0), np.array([1.0, 2.0, math.inf]))
    assert late.passed
    assert late.p95 == math.inf
