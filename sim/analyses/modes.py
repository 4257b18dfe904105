"""Whether a difference has two outcomes rather than one, and which.

The declared test is that of the dip (Hartigan & Hartigan 1985): how far the values lie from the nearest distribution
with a single mode, against as many values of the uniform one, which of all with one mode comes nearest to having two.
"""

import functools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.chance import Stream, u

Vector = NDArray[np.float64]

LEVEL = 0.05
"""Probability that a distribution with one mode is called one with two, at most."""
SAMPLES = 199
"""Uniform samples against which a dip is held."""
MOST = 100
"""Values that are looked at; of more, as many quantiles."""
LEAST_SHARE = 0.1
"""Part of the values below which a group of them is no outcome of its own."""


class Modes(NamedTuple):
    """Two outcomes: their medians and the part of the values in each, the lower first."""

    low: float
    low_share: float
    high: float
    high_share: float


def two_modes(values: Vector, step: float = 0.0) -> Modes | None:
    """The two outcomes of some values; nothing where one mode fits them.

    Args:
        values: Any number; missing ones are left out.
        step: Distance of neighbouring values where only whole ones are possible: values are spread over it, so that
            whole numbers are no modes by themselves.
    """
    values = np.sort(values[np.isfinite(values)])
    if len(values) < 10 or np.ptp(values) == 0.0:
        return None
    spread_out = values.copy()
    if step:
        for value in np.unique(values):
            same = values == value
            spread_out[same] += step * ((np.arange(same.sum()) + 0.5) / same.sum() - 0.5)
    if len(values) > MOST:
        spread_out = np.quantile(spread_out, (np.arange(MOST) + 0.5) / MOST)
    if dip(spread_out) <= _limit(len(spread_out)):
        return None
    cut = _split(values)
    if min(cut, len(values) - cut) < LEAST_SHARE * len(values):
        return None
    share = cut / len(values)
    return Modes(float(np.median(values[:cut])), share, float(np.median(values[cut:])), 1.0 - share)


def dip(values: Vector) -> float:
    """Distance of sorted values from the nearest distribution with one mode, by the best place of that mode."""
    left = np.array([_misfit(values[:n]) for n in range(1, len(values) + 1)])
    right = np.array([_misfit(-values[::-1][:n]) for n in range(1, len(values) + 1)])[::-1]
    return float(np.maximum(left, right).min()) / (2 * len(values))


def _misfit(values: Vector) -> float:
    """How far the counts of sorted values rise above the largest convex line below them, in values."""
    hull: list[int] = []
    for n, value in enumerate(values):
        while len(hull) > 1:
            a, b = hull[-2], hull[-1]
            if (b - a) * (value - values[a]) < (n - a) * (values[b] - values[a]):
                break
            hull.pop()
        hull.append(n)
    line = np.interp(values, values[hull], np.array(hull, dtype=float))
    return float((np.arange(len(values)) + 1.0 - line).max())


@functools.cache
def _limit(n: int) -> float:
    """Dip that as many uniform values exceed with a probability of ``LEVEL``."""
    dips = [dip(np.sort([u(1, int(Stream.DESIGN), sample, k) for k in range(n)])) for sample in range(SAMPLES)]
    return float(np.quantile(dips, 1.0 - LEVEL, method="inverted_cdf"))


def _split(values: Vector) -> int:
    """How many of the sorted values belong to the lower group: the cut that leaves least variance within groups."""
    n = np.arange(1, len(values))
    total = np.cumsum(values)
    gap = total[:-1] / n - (total[-1] - total[:-1]) / (len(values) - n)
    return int((n * (len(values) - n) * gap**2).argmax()) + 1
