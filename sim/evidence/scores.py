"""How a check comes out: verdict, band and proper scores; and which checks are about the same observation.

A reading is a number, infinity where what is awaited never comes within the run, or not-a-number where the run has no
such thing. All three are outcomes and all three are scored: none is dropped, so that no score rises because a run had
nothing to say, and none depends on the number of replicates beyond chance.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sim.evidence.checks import Check

type Floats = NDArray[np.float64]

COVERAGES = (0.5, 0.9)
"""Of the central bands that the interval score weighs; the last is the band that is told."""
FEWEST = 19
"""Replicates below which no two of them hold the next one with 90 %: there is no band to be held to."""
MISSING = 0.1
"""Share of replicates without a reading above which no band of numbers holds 90 %."""
FARTHEST = 12.0
"""Readings farther than this many spreads from what was observed count as this far: zero has no logarithm, and how
far a hopeless reading misses says nothing. A replicate that has no reading counts as this far, too."""


@dataclass(frozen=True, slots=True)
class Score:
    """How replicates do on a check.

    Attributes:
        p50: Median of the replicates that have a reading, in the check's unit.
        p05, p95: Band of what would be observed in these worlds; the narrowest pair between which the next one lies
            with 90 % or more, or the least and the largest where there are too few for that.
        missing: Share of the replicates without a reading.
        never: Share of the replicates in which it does not come within the run.
        passing: Share of all replicates that pass by themselves.
        passed: Whether the median lies in the interval, whatever the missing readings would have been; of a question
            that is answered by yes or no, whether more than half of all replicates give the right answer.
        in_band: Whether what was observed lies from p05 to p95; None where no number was observed, where the question
            is one of yes or no, or where there are fewer than ``FEWEST`` replicates.
        in_half: The same of the band of 50 %.
        in_runs: The same of the 90 % band of the readings themselves.
        crps: Continuous ranked probability score of what would be observed, in spreads, lower is better; a replicate
            without a reading counts as ``FARTHEST``. Not-a-number where the check states no observed value or spread.
        wis: Weighted interval score of median and bands of 50 and 90 %, likewise.
        brier, log_score: Of the probability given to what happened, where the question is one of yes or no: squared
            distance from 1, fair for any number of replicates, and the negative logarithm; lower is better.
    """

    p05: float
    p50: float
    p95: float
    missing: float
    never: float
    passing: float
    passed: bool
    in_band: bool | None
    in_half: bool | None
    in_runs: bool | None
    crps: float
    wis: float
    brier: float
    log_score: float


def judge(check: Check, values: Floats, errors: Floats | None = None) -> Score:
    """Hold the readings of replicates against the rule of a check, and what would be observed against what was.

    Args:
        check: It says what was observed, and the spread.
        values: (n,) readings.
        errors: (n,) how far what would be observed lies from the reading, in spreads; nothing when absent, or where
            the check states no spread.
    """
    values = np.asarray(values, dtype=float)
    right = np.array([check.passes(value) for value in values])
    told = np.sort(values[~np.isnan(values)])
    missing = 1.0 - len(told) / len(values)
    seen = values
    if errors is not None and not math.isnan(check.spread):
        seen = moved(values, errors * check.spread, log=check.scale == "log")
    would = np.sort(seen[~np.isnan(seen)])
    middle = median(told)
    low, high = band(would)
    low, high = min(low, middle), max(high, middle)  # a handful of errors may all lie on one side
    # the median with the missing readings below all others, and above all others
    extremes = (np.nan_to_num(values, nan=fill, posinf=np.inf, neginf=-np.inf) for fill in (-np.inf, np.inf))
    passed = len(told) > 0 and all(check.passes(median(np.sort(one))) for one in extremes)
    is_told = not math.isnan(check.observed) and not check.is_answer and len(values) >= FEWEST

    def holds(ends: tuple[float, float]) -> bool | None:
        return missing <= MISSING and ends[0] <= check.observed <= ends[1] if is_told else None

    distances = np.array([distance(value, check.observed, check.spread, log=check.scale == "log") for value in seen])
    scored = not (check.is_answer or math.isnan(check.observed) or math.isnan(check.spread))
    hits = int(right.sum())
    return Score(
        low, middle, high, missing, float(np.isinf(values).mean()), hits / len(values),
        2 * hits > len(values) if check.is_answer else passed,
        holds((low, high)), holds(band(would, COVERAGES[0])), holds(band(told, COVERAGES[1])),
        with_missing(crps, distances) if scored else math.nan, with_missing(wis, distances) if scored else math.nan,
        brier(hits, len(values)) if check.is_answer else math.nan,
        log_score(hits, len(values)) if check.is_answer else math.nan,
    )  # fmt: skip


def moved(values: Floats, by: Floats, *, log: bool) -> Floats:
    """Values that lie so much farther on their scale; zero has no logarithm and stays."""
    return values * np.exp(by) if log else values + by


def median(ordered: Floats) -> float:
    """The middle of ordered readings, one of them: some may be infinite, which no interpolation can bear."""
    return float(ordered[(len(ordered) - 1) // 2]) if len(ordered) else math.nan


def band(ordered: Floats, coverage: float = COVERAGES[-1]) -> tuple[float, float]:
    """Two of the ordered readings between which one more of the same chance lies with this probability, or more.

    The k-th of n from either end do so with 1 - 2k / (n + 1). Where n is too small for any, the outermost;
    not-a-number where there are none.
    """
    if len(ordered) == 0:
        return math.nan, math.nan
    within = max(math.floor((1.0 - coverage) / 2.0 * (len(ordered) + 1) + 1e-9), 1)
    return float(ordered[within - 1]), float(ordered[-within])


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


def wis(distances: Floats) -> float:
    """Weighted interval score (Bracher et al. 2021) of the median and the bands of ``COVERAGES``."""
    ordered = np.sort(distances)
    total = 0.5 * abs(median(ordered))
    for coverage in COVERAGES:
        low, high = band(ordered, coverage)
        total += (1.0 - coverage) / 2.0 * (high - low) + max(low, 0.0) + max(-high, 0.0)
    return total / (len(COVERAGES) + 0.5)


def with_missing(score: Callable[[Floats], float], distances: Floats) -> float:
    """A score whose part of missing readings is as bad as a reading can be.

    The two parts are averaged, not pooled: pooled, a score would take the gap between them for honest doubt.
    """
    known = distances[~np.isnan(distances)]
    share = len(known) / len(distances)
    return (share * score(known) if len(known) else 0.0) + (1.0 - share) * FARTHEST


def brier(hits: int, of: int) -> float:
    """Squared distance of a probability from 1, with what chance adds to it in so few replicates taken off."""
    p = hits / of
    return (1.0 - p) ** 2 - (p * (1.0 - p) / (of - 1) if of > 1 else 0.0)


def log_score(hits: int, of: int) -> float:
    """Negative logarithm of a probability; half a replicate is added to either side, so that none is infinite."""
    return -math.log((hits + 0.5) / (of + 1.0))


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
