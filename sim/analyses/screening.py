"""Which numbers an answer hangs on: a screen whose power is shown on the very runs that it is used on.

Hundreds of numbers are screened by a few hundred runs. A *foldover* design has each number at one of two places far out
in its plausible range, at random, and each point a second time with all numbers mirrored, with the same chance. Half
the difference of such a pair is free of everything that acts evenly, two-way interactions above all. It is regressed on
the numbers one after another, the one that explains most first, as long as its part is more than chance would give to
the best of all of them (Bonferroni). What acts only evenly or only together is not seen.

Beside the numbers stand *dummies*, which nothing reads. Ten times the effect of one of them is planted in the outputs
that were run, and the screen looks for it: how often it finds it is its power there, and how many of twenty others that
have no effect it names are its false alarms.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.study.design import latin_hypercube

Vector = NDArray[np.float64]

PAIRS = 100
"""Pairs of mirrored runs of a screen."""
FAR = 0.45
"""How far from the middle of its plausible range, in parts of it, each number lies."""
LEVEL = 0.05
"""Probability that a screen without anything to find names a number."""
FEWEST = 4
"""Pairs, or worlds, below which nothing can be found."""
MOST = 30
"""Numbers that are named at most."""
PLANTED, NULL = 10, 20
"""Dummies that get an effect, one at a time, and those that get none."""
HALF = 0.5
"""A planted effect: at its end a dummy moves the output by this part of the output's standard deviation."""
ENOUGH, FALSE = 9, 1
"""Planted effects that must be found, and null inputs that may be named, for power to be shown."""


@dataclass(frozen=True)
class Design:
    """Where the numbers lie in the first run of each pair, and in the second with the other sign."""

    signs: Vector
    """(pairs, numbers), -1 or 1."""
    dummies: Vector
    """(pairs, PLANTED + NULL), likewise; nothing in a run depends on them."""

    def places(self) -> Vector:
        """Places in [0, 1] of each number in each run, (2 pairs, numbers): all first runs, then all second ones."""
        return 0.5 + FAR * np.vstack([self.signs, -self.signs])


def foldover(numbers: int, pairs: int = PAIRS, seed: int = 1) -> Design:
    """A design; equal arguments give equal designs. Each number is as often low as high where pairs are even."""
    laid = latin_hypercube(pairs, numbers + PLANTED + NULL, seed)
    signs = np.where(laid < 0.5, -1.0, 1.0)
    return Design(signs[:, :numbers], signs[:, numbers:])


@dataclass(frozen=True)
class Screen:
    """What a screen says of one output.

    Attributes:
        found: Numbers that move it, by their place, the one that moves it most first.
        slopes: Change of the output from the least to the greatest plausible value of each of these.
        explained: Part of the variance of the output that they explain, adjusted for their number.
        power: Planted effects that were found, of ``PLANTED``; not-a-number where the output never varies, so that
            nothing moves it.
        false: Null dummies that were named, of ``NULL``.
    """

    found: tuple[int, ...]
    slopes: tuple[float, ...]
    explained: float
    power: float
    false: int

    @property
    def is_shown(self) -> bool:
        """Whether it would have found what moves the output by half a spread; nothing moves what never varies."""
        return bool(np.isnan(self.power)) or (self.power >= ENOUGH and self.false <= FALSE)


NOTHING = Screen((), (), 0.0, np.nan, 0)
"""Of what never varies, or was not screened."""


def screen(design: Design, outputs: Vector) -> Screen:
    """Screen one output.

    Args:
        design: As ``foldover`` gives it.
        outputs: Of its runs in the order of ``places``, (2 pairs,); pairs with a missing one are left out.
    """
    first, second = np.split(np.asarray(outputs, dtype=float), 2)
    known = np.isfinite(first) & np.isfinite(second)
    whole = np.concatenate([first[known], second[known]])
    return _screen(design.signs[known], design.dummies[known], (first - second)[known] / 2, whole, 2 * FAR)


def screen_draws(places: Vector, outputs: Vector, seed: int = 1) -> Screen:
    """The same of worlds that were drawn at random, which take more runs for as much power.

    Args:
        places: Of each number in its plausible range in each world, (worlds, numbers), in [0, 1].
        outputs: Of each world, (worlds,); those without one are left out.
        seed: Of the dummies.
    """
    known = np.isfinite(outputs)
    dummies = foldover(0, len(outputs), seed).dummies[known]
    x, y = np.asarray(places, dtype=float)[known], np.asarray(outputs, dtype=float)[known]
    return _screen((x - 0.5) / FAR, dummies, y, y, 2 * FAR)


def _screen(x: Vector, dummies: Vector, y: Vector, whole: Vector, reach: float) -> Screen:
    """A screen of ``y``, odd in ``x``, and its power; ``reach`` is the part of a range from -1 to 1 of ``x``."""
    spread = float(whole.std()) if len(whole) else 0.0
    if len(y) < FEWEST:
        return replace(NOTHING, power=0.0)
    if spread == 0.0:
        return NOTHING
    found, slopes = forward(x, y)
    fitted = np.zeros(len(y)) if not found else (x[:, found] - x[:, found].mean(axis=0)) @ slopes
    k, m = len(found), len(y)
    odd = float(((y - y.mean()) ** 2).mean())
    left = float(((y - y.mean() - fitted) ** 2).mean()) * (m - 1) / max(m - 1 - k, 1)
    explained = max(odd - left, 0.0) / spread**2 if found else 0.0
    every, first = np.hstack([x, dummies]), x.shape[1]
    power, false = 0, set[int]()
    for n in range(PLANTED):
        named = set(forward(every, y + HALF * spread * (-1.0) ** n * dummies[:, n])[0])
        power += first + n in named
        false |= {number for number in named if number >= first + PLANTED}
    return Screen(tuple(found), tuple(float(s) * 2.0 / reach for s in slopes), min(explained, 1.0), power, len(false))


def forward(x: Vector, y: Vector) -> tuple[list[int], Vector]:
    """Columns that explain ``y``, chosen one after another, and their coefficients.

    Each step takes the column whose correlation with what is left has the largest size, and stops where the best of as
    many columns would reach it by chance with a probability of ``LEVEL``.
    """
    from scipy.stats import t as student

    x = x - x.mean(axis=0)
    size = np.sqrt((x**2).sum(axis=0))
    size[size == 0.0] = np.inf
    y = y - y.mean()
    found: list[int] = []
    slopes, rest = np.empty(0), y
    while len(found) < min(MOST, len(y) - 3) and float(rest @ rest) > 1e-12 * float(y @ y):
        parts = np.abs(x.T @ rest) / size / np.sqrt(float(rest @ rest))
        parts[found] = 0.0
        best, free = int(parts.argmax()), len(y) - len(found) - 2
        part = min(float(parts[best]), 1.0 - 1e-12)
        if float(student.sf(part * np.sqrt(free / (1.0 - part**2)), free)) > LEVEL / (2 * x.shape[1]):
            break
        found.append(best)
        slopes = np.linalg.lstsq(x[:, found], y, rcond=None)[0]
        rest = y - x[:, found] @ slopes
    return found, slopes
