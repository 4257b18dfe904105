"""How a check comes out: verdict, band and proper score; and which checks are about the same observation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sim.evidence.checks import Check

type Floats = NDArray[np.float64]

BAND = (0.05, 0.50, 0.95)
FARTHEST = 12.0
"""Readings farther than this many spreads from what was observed count as this far: zero has no logarithm, and how
far a hopeless reading misses says nothing."""


@dataclass(frozen=True, slots=True)
class Score:
    """How replicates do on a check.

    Attributes:
        p05, p50, p95: Percentiles over replicates, in the check's unit.
        passing: Share of the replicates that pass by themselves.
        passed: Whether the median lies in the interval.
        in_band: Whether what was observed lies from p05 to p95; None where no number was observed.
        crps: Continuous ranked probability score, in spreads, lower is better; not-a-number where the check states no
            observed value or no spread, or where a replicate has no reading.
    """

    p05: float
    p50: float
    p95: float
    passing: float
    passed: bool
    in_band: bool | None
    crps: float


def judge(check: Check, values: Floats) -> Score:
    """Hold the readings of replicates against the rule of a check, and against what was observed."""
    passing = float(np.mean([check.passes(value) for value in values]))
    # An order statistic, not an interpolation: readings may be infinite, and not-a-number must fail.
    low, middle, high = (
        [np.nan] * 3 if np.isnan(values).any() else np.quantile(values, BAND, method="inverted_cdf").tolist()
    )
    is_number = not math.isnan(check.observed)
    distances = [distance(value, check.observed, check.spread, log=check.scale == "log") for value in values]
    return Score(
        low, middle, high, passing, check.passes(middle), low <= check.observed <= high if is_number else None,
        crps(np.array(distances)),
    )  # fmt: skip


def distance(value: float, observed: float, spread: float, *, log: bool) -> float:
    """Distance of a reading from what was observed, in spreads, at most ``FARTHEST``; not-a-number without either."""
    if math.isnan(value) or math.isnan(observed) or math.isnan(spread):
        return math.nan
    if log and value <= 0:
        return -FARTHEST
    gap = math.log(value / observed) if log else value - observed
    return float(np.clip(gap / spread, -FARTHEST, FARTHEST))


def crps(distances: Floats) -> float:
    """Score of an ensemble whose members lie so far from the outcome, fair for any number of members (Ferro 2014)."""
    pairs = np.abs(distances[:, None] - distances).sum() / max(2 * len(distances) * (len(distances) - 1), 1)
    return float(np.abs(distances).mean() - pairs)


def observations(checks: Sequence[Check]) -> list[int]:
    """Index of the check that stands for each: itself, or the first of those that overlap.

    Two overlap that are about the same (people, companies or ISPs), where all facts of one are among those of the
    other, and both are waiting times or the same number was observed.
    """
    found: list[int] = []
    for place, one in enumerate(checks):
        found.append(next((found[n] for n in range(place) if _overlap(one, checks[n])), place))
    return found


def _overlap(one: Check, other: Check) -> bool:
    ours, theirs = ({fact.name for fact in check.facts} for check in (one, other))
    alike = one.observed == other.observed or one.unit == other.unit == "days"
    return one.about == other.about and alike and bool(ours and theirs) and (ours <= theirs or theirs <= ours)
