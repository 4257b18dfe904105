"""Intervals of pass rules against their definitions."""

import math

import pytest
from scipy.stats import binom, poisson

from sim.evidence import checks as rules
from tests.evidence.checks import one_check

TAIL = 0.025


def test_intervals_of_counts_and_shares_leave_a_tail_on_each_side():
    for count in (3, 7, 43, 202):
        rule = rules.poisson(count)
        assert poisson.sf(count - 1, rule.low) == pytest.approx(TAIL)
        assert poisson.cdf(count, rule.high) == pytest.approx(TAIL)
    for successes, trials in ((3, 43), (1, 20), (19, 20)):
        rule = rules.binomial(successes, trials)
        assert binom.sf(successes - 1, trials, rule.low) == pytest.approx(TAIL)
        assert binom.cdf(successes, trials, rule.high) == pytest.approx(TAIL)
    assert rules.poisson(0)[:2] == (0.0, pytest.approx(-math.log(TAIL)))
    assert rules.binomial(0, 202)[:2] == (0.0, pytest.approx(1.0 - TAIL ** (1 / 202)))
    assert rules.binomial(5, 5).high == 1.0


def test_a_value_passes_within_its_bounds():
    for low, high, passing, failing in (
        (1.0, 2.0, [1.0, 2.0], [0.99, 2.01]),
        (6.0, math.inf, [6.0, math.inf], [5.0]),
        (-math.inf, 8.0, [8.0, -1.0], [8.1, math.inf]),
    ):
        check = one_check(low=low, high=high)
        assert all(check.passes(value) for value in passing)
        assert not any(check.passes(value) for value in (*failing, math.nan))


def test_bounds_around_what_was_observed():
    near, factor = rules.near(93.0, 2.0), rules.factor(30.0, 3.0)
    assert (near.low, near.high) == (91.0, 95.0)
    assert (factor.low, factor.high) == (10.0, 90.0)
