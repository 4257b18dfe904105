"""What validation says does not depend on how many replicates it was given, but for chance.

The runs are those that are kept in results/validation: their readings are scored again in parts.
"""

import functools

import numpy as np
import pandas as pd
import pytest

from sim.analyses.rivals import REFERENCE
from sim.evidence.cases import cases, load_case
from sim.evidence.scores import judge, observations
from sim.scenario.files import folder

SIZES = (7, 24, 48)
PARTS = 30
LIMIT = 2.0
"""Standard deviations of the hits of parts of a size, beyond which they are said to depend on it."""


@functools.cache
def kept():
    """The checks, which of them stand for one observation, and their readings, (checks, replicates)."""
    table = pd.read_csv(folder().parent / "results" / "validation" / "readings.csv", na_values=[""])
    wide = table[table["rival"] == REFERENCE].pivot(index=["case", "check"], columns="seed", values="reading")
    every = [(name, check) for name in cases() for check in load_case(name).checks if (name, check.id) in wide.index]
    assert len(every) == len(wide) > 100  # a check that was added since has no readings yet
    first = np.array(observations([check for _, check in every]))
    counts = [not (check.input or check.role == "proxy") for _, check in every]
    return [check for _, check in every], first, np.array(counts), wide.loc[[(n, c.id) for n, c in every]].to_numpy()


def by_rule(check, values):
    return judge(check, values).passed


def as_before(check, values):
    """The median over all replicates, one of which without a reading made it none, and the check a miss."""
    return not np.isnan(values).any() and check.passes(float(np.quantile(values, 0.5, method="inverted_cdf")))


def hits(readings, rule=by_rule, answers=False):
    """Observations of which all checks pass; with ``answers`` those alone that are about who gave in."""
    checks, first, counts, _ = kept()
    counts = counts & np.array([check.is_answer or not answers for check in checks])
    passed = np.array([rule(check, row) for check, row in zip(checks, readings, strict=True)])
    return sum(passed[counts & (first == n)].all() for n in np.unique(first[counts]))


def apart(readings, size, rule=by_rule, answers=False):
    """How far the mean hits of parts of a size lie from those of all, in standard deviations of the parts' hits."""
    chance, n = np.random.default_rng(1), readings.shape[1]
    parts = [hits(readings[:, chance.permutation(n)[:size]], rule, answers) for _ in range(PARTS)]
    return abs(float(np.mean(parts)) - hits(readings, rule, answers)) / max(float(np.std(parts, ddof=1)), 0.5)


@pytest.mark.parametrize("answers", [False, True])
def test_hits_are_the_same_within_noise_at_any_number_of_replicates(answers):
    readings = kept()[3]
    sizes = [size for size in SIZES if size < readings.shape[1]]
    assert sizes
    for size in sizes:
        assert apart(readings, size, answers=answers) <= LIMIT, size


@pytest.mark.slow
def test_that_test_sees_a_rule_that_depends_on_them_and_seldom_cries_without_need():
    """By the rule of before one run without an end lost an answer: seldom in one run, always in all. Few cry again."""
    readings, chance = kept()[3], np.random.default_rng(1)
    assert apart(readings, 1, as_before, answers=True) > LIMIT
    assert apart(readings, 1, answers=True) <= LIMIT
    n = readings.shape[1]
    again = [readings[:, chance.integers(0, n, n)] for _ in range(30)]
    assert np.mean([apart(one, 7) > LIMIT for one in again]) <= 0.1
