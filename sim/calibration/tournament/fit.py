"""The posterior of a form through its emulators, with any case left out, from one set of draws.

Draws move from the prior to the posterior of all cases by a sequence of powers of the likelihood (sequential Monte
Carlo: Del Moral, Doucet & Jasra 2006, JRSS B 68:411). The draws of every power are kept, and weighted as draws from
the mixture of all of them (Veach & Guibas 1995; Shirts & Chodera 2008, J Chem Phys 129:124105). The mixture reaches
from the prior to the posterior, so that the weights stay bounded for each posterior that lacks a case.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.calibration.prior import Posterior, Vector, effective_draws
from sim.calibration.tournament.subjects import Quantity
from sim.chance import Stream, key, mix

DRAWS = 2048
"""Draws of each power of the likelihood."""
MOVES = 4
"""Steps of the random walk (Metropolis) after each change of the power."""
KEPT = 0.5
"""The power rises as far as leaves this share of effective draws."""
FEWEST = 200.0
"""Effective draws that a posterior needs; its likelihood is taken to a lower power until it has them."""
ENOUGH, ROUNDS, HALVINGS = 1e-6, 200, 40
GOLDEN = np.uint64(0x9E3779B97F4A7C15)

Emulate = Callable[[Vector], tuple[Vector, Vector]]
"""From places (k, constants) to expected distances and their standard errors, each (k, quantities), in spreads."""


@dataclass(frozen=True)
class Likelihood:
    """How well a place does on each quantity.

    The error of a quantity is Student's t, in units of its spread and of the error of its emulator, so that a quantity
    that no constants can meet does not drag all others along. The quantities of a case come from the same sources and
    the same weeks: with an intra-class correlation ``kinship`` their errors count as n / (1 + (n - 1) kinship) that are
    independent (the design effect of Kish 1965).

    Attributes:
        cases: Names of the cases, in order.
        members: (quantities,) place of each quantity's case in ``cases``.
        weights: (quantities,) weight of each quantity; 0 where constants may not be fitted on it.
        freedom: Degrees of freedom; infinite for normal errors.
        facts: Facts that each quantity rests on.
    """

    cases: tuple[str, ...]
    members: NDArray[np.intp]
    weights: Vector
    freedom: float
    facts: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, quantities: Sequence[Quantity], *, freedom: float, kinship: float) -> Likelihood:
        """The likelihood of quantities."""
        cases = tuple(dict.fromkeys(quantity.case for quantity in quantities))
        members = np.array([cases.index(quantity.case) for quantity in quantities])
        fitted = np.array([quantity.fitted for quantity in quantities], dtype=float)
        size = np.bincount(members, fitted, len(cases))[members]
        return cls(
            cases,
            members,
            fitted / (1 + np.maximum(size - 1, 0) * kinship),
            freedom,
            tuple(q.facts for q in quantities),
        )

    def without(self, left: NDArray[np.bool_]) -> Likelihood:
        """The likelihood without the factors of some quantities, (quantities,)."""
        return replace(self, weights=np.where(left, 0.0, self.weights))

    def logs(self, distances: Vector, errors: Vector) -> Vector:
        """Logarithm of the factor of each quantity, (k, quantities), at expected distances with their errors."""
        scales = np.hypot(1.0, errors)
        square = (distances / scales) ** 2
        normal, freedom = np.isinf(self.freedom), self.freedom
        logs = -square / 2 if normal else -(freedom + 1) / 2 * np.log1p(square / freedom)
        return np.asarray(self.weights * (logs - np.log(scales)))


@dataclass(frozen=True)
class Fitted:
    """Draws from which the posterior of all cases, or of all but one, is had by weighting.

    Attributes:
        places: (k, constants) places in the prior.
        distances: (k, quantities) what the emulators expect there.
        errors: (k, quantities) standard errors of that.
        logs: (k, quantities) logarithms of the factors of the quantities.
        reference: (k,) logarithm of the density that the draws have together, relative to the prior.
        likelihood: The likelihood.
        prior: Number of draws, the first ones, that fill the prior evenly.
    """

    places: Vector
    distances: Vector
    errors: Vector
    logs: Vector
    reference: Vector
    likelihood: Likelihood
    prior: int

    def posterior(self, left: NDArray[np.bool_] | None = None, fewest: float = FEWEST) -> Fit:
        """The posterior, without the factors of some quantities.

        Args:
            left: (quantities,) which are left out; none when absent.
            fewest: Effective draws to be had.
        """
        log = self.logs.sum(axis=1) if left is None else self.logs[:, ~left].sum(axis=1)
        power = 1.0
        if effective(log - self.reference) < fewest:
            low = 0.0
            for _ in range(HALVINGS):
                middle = (low + power) / 2
                low, power = (low, middle) if effective(middle * log - self.reference) < fewest else (middle, power)
            power = low
        logs = power * log - self.reference
        return Fit(Posterior(self.places, normalised(logs)), effective(logs), power)

    def of_case(self, case: str) -> NDArray[np.bool_]:
        """Which quantities, (quantities,), belong to a case."""
        return np.asarray(self.likelihood.members == self.likelihood.cases.index(case))

    def left_with(self, case: str) -> NDArray[np.bool_]:
        """Which quantities, (quantities,), are left out with a case: its own, and those that rest on the same facts."""
        mine, facts = self.of_case(case), self.likelihood.facts
        seen = {fact for member, keys in zip(mine, facts, strict=True) if member for fact in keys}
        return np.asarray(mine | np.array([not seen.isdisjoint(keys) for keys in facts]))


@dataclass(frozen=True)
class Fit:
    """A posterior, how many draws it is worth, and the power to which the likelihood was taken.

    The power is 1, or less where the effective draws would have been too few.
    """

    posterior: Posterior
    effective: float
    power: float


def effective(logs: Vector) -> float:
    """What draws with these logarithms of weights are worth."""
    return effective_draws(np.exp(logs - logs.max()))


def normalised(logs: Vector) -> Vector:
    """Weights that sum to 1, from their logarithms."""
    weights = np.exp(logs - logs.max())
    return np.asarray(weights / weights.sum())


def fit(
    emulate: Emulate, likelihood: Likelihood, start: Vector, free: Sequence[int], seed: int, moves: int = MOVES
) -> Fitted:
    """Draw from the prior, and on to the posterior of all cases.

    Args:
        emulate: The emulators.
        likelihood: What the cases say.
        start: (draws, constants) places that fill the prior evenly.
        free: Constants that are fitted; the others keep the place 1/2.
        seed: Of the walk.
        moves: Steps of the walk after each change of the power.
    """
    places = np.full_like(start, 0.5)
    places[:, free] = start[:, free]
    levels = [_Level(0.0, places, *_at(emulate, likelihood, places))]
    walk = _Walk(emulate, likelihood, free, seed)
    while levels[-1].power < 1.0:
        last = levels[-1]
        step = _step(last.total, 1.0 - last.power)
        chosen = _resample(normalised(step * last.total), _uniforms(seed, len(levels), 1)[0])
        level = _Level(last.power + step, *(part[chosen] for part in last.parts))
        for _ in range(moves):
            level = walk.move(level)
        levels.append(level)
    everywhere, distances, errors, logs = map(np.vstack, zip(*(level.parts for level in levels), strict=True))
    reference = _reference(np.array([level.power for level in levels]), logs.sum(axis=1))
    return Fitted(everywhere, distances, errors, logs, reference, likelihood, len(start))


@dataclass(frozen=True)
class _Level:
    """Draws from the prior times a power of the likelihood."""

    power: float
    places: Vector
    distances: Vector
    errors: Vector
    logs: Vector

    @property
    def parts(self) -> tuple[Vector, Vector, Vector, Vector]:
        return self.places, self.distances, self.errors, self.logs

    @property
    def total(self) -> Vector:
        return np.asarray(self.logs.sum(axis=1))


def _at(emulate: Emulate, likelihood: Likelihood, places: Vector) -> tuple[Vector, Vector, Vector]:
    distances, errors = emulate(places)
    return distances, errors, likelihood.logs(distances, errors)


class _Walk:
    """A random walk within the prior, as wide as the draws are, that adapts to how often it is refused."""

    def __init__(self, emulate: Emulate, likelihood: Likelihood, free: Sequence[int], seed: int) -> None:
        self._emulate, self._likelihood, self._free, self._seed = emulate, likelihood, list(free), seed
        self._taken, self._size = 0, 2.38 / np.sqrt(max(len(free), 1))

    def move(self, level: _Level) -> _Level:
        from scipy.special import ndtri

        self._taken += 1
        count, width = len(level.places), len(self._free)
        uniform = _uniforms(self._seed, 1000 + self._taken, count * (width + 1)).reshape(count, width + 1)
        here = level.places[:, self._free]
        root = np.linalg.cholesky(np.cov(here.T).reshape(width, width) + 1e-9 * np.eye(width))
        moved = here + self._size * ndtri(np.clip(uniform[:, :width], 1e-12, 1 - 1e-12)) @ root.T
        places = level.places.copy()
        places[:, self._free] = 1.0 - np.abs(np.mod(moved, 2.0) - 1.0)  # reflected at the ends of the prior
        new = _Level(level.power, places, *_at(self._emulate, self._likelihood, places))
        taken = np.log(np.maximum(uniform[:, width], 1e-300)) < level.power * (new.total - level.total)
        self._size *= float(np.exp(taken.mean() - 0.25))
        parts = zip(new.parts, level.parts, strict=True)
        return _Level(level.power, *(np.where(taken[:, None], theirs, ours) for theirs, ours in parts))


def _step(log: Vector, left: float) -> float:
    """How far the power may rise."""
    if effective(left * log) >= KEPT * len(log):
        return left
    low, high = 0.0, left
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if effective(middle * log) >= KEPT * len(log) else (low, middle)
    return max(low, 1e-6)


def _resample(weights: Vector, uniform: float) -> NDArray[np.intp]:
    """Systematic resampling (Kitagawa 1996)."""
    places = (np.arange(len(weights)) + uniform) / len(weights)
    return np.minimum(np.searchsorted(np.cumsum(weights), places), len(weights) - 1)


def _reference(powers: Vector, log: Vector) -> Vector:
    """Logarithm of the density of all draws together, relative to the prior, each power having as many draws.

    The normalising constants of the powers are those that agree with the draws (multistate Bennett acceptance ratio).
    """
    raised = log[:, None] * powers
    constants = np.zeros(len(powers))
    for _ in range(ROUNDS):
        mixture = np.logaddexp.reduce(raised - constants, axis=1)
        new = np.logaddexp.reduce(raised - mixture[:, None], axis=0)
        new -= new[0]
        if np.abs(new - constants).max() < ENOUGH:
            break
        constants = new
    return np.asarray(np.logaddexp.reduce(raised - constants, axis=1))


def _uniforms(seed: int, day: int, count: int) -> Vector:
    """``count`` uniform numbers in [0, 1): those that ``sim.chance.u`` gives for entities 0, 1, 2, …."""
    words: Any = key(seed, int(Stream.POSTERIOR), day) + np.arange(count, dtype=np.uint64) * GOLDEN
    return np.asarray((mix(words) >> np.uint64(11)) * 2.0**-53)
