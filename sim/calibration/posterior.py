"""Posteriors: weighted places in a prior, from a bank of runs or from emulators, and the test that they are sound.

``Inference`` is approximate Bayesian computation with regression on one bank of runs. ``fit`` moves draws from the
prior to the posterior of all cases by a sequence of powers of the likelihood (sequential Monte Carlo: Del Moral, Doucet
& Jasra 2006, JRSS B 68:411). The draws of every power are kept, and weighted as draws from the mixture of all of them
(Veach & Guibas 1995; Shirts & Chodera 2008, J Chem Phys 129:124105). The mixture reaches from the prior to the
posterior, so that the weights stay bounded for each posterior that lacks a case.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.chance import Stream, key, mix, u

if TYPE_CHECKING:
    from sim.calibration.bank import Quantity
    from sim.calibration.priors import Vector

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
NEAREST = 0.3
"""Share of the bank that lies nearest to the observed values and is kept. Chosen by runs 401 to 800 of the bank of the
institutions, whose parameters are known, before coverage was read on runs 1 to 400: from 0.1 to 0.3 the mean width of
intervals of 90 % grows by 1 %, their coverage comes from 89.1 to 90.1 %, and three times as many draws are distinct."""
EDGE = 1e-4
"""Places nearer to an end of the prior than this count as this far from it, so that they have log odds."""
FALSE_ALARM = 0.01
"""Chance that the test of ranks calls a sound inference unsound, over all parameters of a bank together."""
LEVELS = (0.5, 0.9)

Emulate = Callable[["Vector"], tuple["Vector", "Vector"]]
"""From places (k, constants) to expected distances and their standard errors, each (k, quantities), in spreads."""


def effective_draws(weights: Vector) -> float:
    """As many equal draws as weighted ones are worth (Kish 1965); weights need no sum of 1."""
    return float(weights.sum() ** 2 / (weights**2).sum())


def systematic(weights: Vector, count: int, uniform: float) -> NDArray[np.intp]:
    """Indices of equally weighted draws by systematic resampling (Kitagawa 1996), started by one uniform number."""
    order = np.cumsum(weights)
    return np.minimum(np.searchsorted(order, (np.arange(count) + uniform) / count), len(order) - 1)


def normalised(logs: Vector) -> Vector:
    """Weights that sum to 1, from their logarithms."""
    weights = np.exp(logs - logs.max())
    return np.asarray(weights / weights.sum())


@dataclass(frozen=True)
class Posterior:
    """Weighted places in the prior: ``places`` (k, d), ``weights`` (k,) that sum to 1."""

    places: Vector
    weights: Vector

    def quantile(self, level: float) -> Vector:
        """Quantile of each parameter."""
        order = np.argsort(self.places, axis=0, kind="stable")
        reached = [int(np.searchsorted(np.cumsum(self.weights[column]), level)) for column in order.T]
        last = len(self.weights) - 1
        return np.array([column[rows[min(n, last)]] for column, rows, n in
                         zip(self.places.T, order.T, reached, strict=True)])  # fmt: skip

    def rank(self, truth: Vector) -> Vector:
        """Weight of the draws below a true value, for each parameter: uniform in [0, 1] if the inference is sound."""
        return np.asarray(self.weights @ (self.places < truth))

    @property
    def effective(self) -> float:
        """What these places are worth in equal draws."""
        return effective_draws(self.weights)

    def draws(self, count: int, uniform: float) -> Vector:
        """Equally weighted draws."""
        return self.places[systematic(self.weights, count, uniform)]


# From a bank of runs


class Inference:
    """A posterior for any observed values, from one bank.

    The distance between two sets of readings is that between the parameters that a regression expects from them, each
    in standard errors of this regression (semi-automatic summaries, Fearnhead & Prangle 2012, JRSS B 74). The nearest
    runs are kept, weighted by Epanechnikov's kernel, and moved along a local linear regression to where they would be
    had they given the observed values (Beaumont, Zhang & Balding 2002, Genetics 162). Parameters are regressed as log
    odds of their place in the prior, so that no draw leaves it.

    One bank over the prior serves every set of observed values, real or made up. So the whole inference can be repeated
    on hundreds of runs whose parameters are known: ``recover``.

    Args:
        places: (n, d) places of the runs in the prior; the axis, if any, is the last column.
        readings: (n, m) what the runs gave, each on the scale of its target.
        spreads: (m,) standard errors of the observed values; each reading of the bank is blurred by such an error, so
            that what is compared with the observation is an observation too (Wilkinson 2013, SAGMB 12).
        seed: Of the blur.
        axis: Whether the last column of the places is an axis, at a value of which the posterior is wanted.
    """

    def __init__(self, places: Vector, readings: Vector, spreads: Vector, seed: int, *, axis: bool = False) -> None:
        self.blurred = readings + spreads * _normal(readings, seed)
        self.places, self.known = (places[:, :-1], places[:, -1:]) if axis else (places, np.empty((len(places), 0)))
        inside = np.clip(self.places, EDGE, 1.0 - EDGE)
        self._odds = np.log(inside / (1.0 - inside))
        given = np.hstack([self.blurred, self.known])
        self._centre, self._width = given.mean(axis=0), np.maximum(given.std(axis=0), 1e-9)
        features = self._features(given)
        self._weights = np.linalg.lstsq(features, self._odds, rcond=None)[0]
        self._expected = features @ self._weights
        self._error = (self._odds - self._expected).std(axis=0)

    def posterior(self, observed: Vector, at: float | None = None, *, leave: int | None = None) -> Posterior:
        """The posterior given observed values on the scales of the targets.

        Args:
            observed: (m,) values.
            at: Place of the axis, 0 to 1.
            leave: A run of the bank to leave out: the one that ``observed`` was taken from.
        """
        given = np.append(observed, [] if at is None else [at])[None, :]
        gap = (self._expected - self._features(given) @ self._weights) / self._error
        along = self.known[:, 0] - at if at is not None else np.zeros(len(gap))
        distance = np.sqrt((gap**2).sum(axis=1) + (along / 0.5) ** 2)
        if leave is not None:
            distance[leave] = np.inf
        kept = np.argsort(distance, kind="stable")[: max(int(NEAREST * len(distance)), 4 * self.places.shape[1])]
        reach = distance[kept[-1]]
        weights = np.maximum(1.0 - (distance[kept] / reach) ** 2, 0.0) if reach > 0 else np.ones(len(kept))
        columns = self.places.shape[1] + self.known.shape[1]
        moved = _moved(self._odds[kept], np.hstack([gap[kept], along[kept, None]])[:, :columns], weights)
        return Posterior(1.0 / (1.0 + np.exp(-moved)), weights / weights.sum())

    def _features(self, given: Vector) -> Vector:
        """Readings and their squares, in standard units; a bank of a thousand runs cannot tell products too."""
        z = (given - self._centre) / self._width
        return np.hstack([np.ones((len(z), 1)), z, z**2])


def _moved(odds: Vector, gap: Vector, weights: Vector) -> Vector:
    """Log odds moved along their weighted linear regression on the gap, to where the gap is zero.

    Residuals are stretched for the degrees of freedom that the regression took.
    """
    root = np.sqrt(weights)[:, None]
    slopes = np.linalg.lstsq(root * np.hstack([np.ones((len(gap), 1)), gap]), root * odds, rcond=None)[0]
    level, moved = slopes[0], odds - gap @ slopes[1:]
    effective = effective_draws(weights)
    return np.asarray(level + (moved - level) * np.sqrt(effective / max(effective - len(slopes), 1.0)))


def _normal(like: Vector, seed: int) -> Vector:
    """Standard normal numbers, one for each run and target."""
    from scipy.special import ndtri

    rows, columns = like.shape
    uniform = [[u(seed, int(Stream.SURVEY_ERROR), column, row) for column in range(columns)] for row in range(rows)]
    return np.asarray(ndtri(np.clip(np.array(uniform), 1e-12, 1.0)))


def recover(inference: Inference, count: int) -> tuple[pd.DataFrame, Vector]:
    """Infer the parameters of runs of the bank, each from its own readings and the other runs.

    The rank of the true value among the draws must be uniform (Talts et al. 2018, arXiv:1804.06788), and an interval of
    90 % must hold it nine times of ten.

    Args:
        inference: Of the bank.
        count: Runs to infer; the first, at the scenario's own values, is no draw from the prior and is passed over.

    Returns:
        A row per parameter: ``p_value`` of the test that its ranks are uniform, ``uniform`` (whether the test lets it
        pass), ``covered_50`` and ``covered_90`` (share of true values in the central interval), ``correlation`` of true
        value and posterior median, ``width`` of the 90 % interval as a share of the prior's. And the ranks (count, d).
    """
    from scipy.stats import kstest

    tested = range(1, min(count + 1, len(inference.places)))
    axis = inference.known.shape[1] > 0
    found = [
        inference.posterior(inference.blurred[n], float(inference.known[n, 0]) if axis else None, leave=n)
        for n in tested
    ]
    truth = inference.places[list(tested)]
    ranks = np.array([one.rank(place) for one, place in zip(found, truth, strict=True)])
    medians = np.array([one.quantile(0.5) for one in found])
    widths = np.mean([(one.quantile(0.95) - one.quantile(0.05)) / 0.9 for one in found], axis=0)
    rows = []
    for column, mine in enumerate(ranks.T):
        covered = [float((abs(mine - 0.5) <= level / 2).mean()) for level in LEVELS]
        p = float(kstest(mine, "uniform").pvalue)
        tied = float(np.corrcoef(truth[:, column], medians[:, column])[0, 1])
        rows.append((p, p >= FALSE_ALARM / ranks.shape[1], *covered, tied, float(widths[column])))
    return pd.DataFrame(rows, columns=["p_value", "uniform", "covered_50", "covered_90", "correlation", "width"]), ranks


# From emulators, with any case left out, from one set of draws


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
        weights = fitted / (1 + np.maximum(size - 1, 0) * kinship)
        return cls(cases, members, weights, freedom, tuple(quantity.facts for quantity in quantities))

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

    def of_case(self, case: str) -> NDArray[np.bool_]:
        """Which quantities, (quantities,), belong to a case."""
        return np.asarray(self.members == self.cases.index(case))

    def left_with(self, case: str) -> NDArray[np.bool_]:
        """Which quantities, (quantities,), are left out with a case: its own, and those that rest on the same facts."""
        mine = self.of_case(case)
        seen = {fact for member, keys in zip(mine, self.facts, strict=True) if member for fact in keys}
        return np.asarray(mine | np.array([not seen.isdisjoint(keys) for keys in self.facts]))


@dataclass(frozen=True)
class Fit:
    """A posterior, how many draws it is worth, and the power to which the likelihood was taken.

    The power is 1, or less where the effective draws would have been too few.
    """

    posterior: Posterior
    effective: float
    power: float


@dataclass(frozen=True)
class Draws:
    """Draws with what the emulators expect there.

    Attributes:
        places: (k, constants) places in the prior.
        distances: (k, quantities) what the emulators expect.
        errors: (k, quantities) standard errors of that.
        logs: (k, quantities) logarithms of the factors of the quantities.
    """

    places: Vector
    distances: Vector
    errors: Vector
    logs: Vector

    @classmethod
    def at(cls, places: Vector, emulate: Emulate, likelihood: Likelihood) -> Draws:
        """Ask the emulators."""
        distances, errors = emulate(places)
        return cls(places, distances, errors, likelihood.logs(distances, errors))

    @property
    def parts(self) -> tuple[Vector, ...]:
        """The four arrays."""
        return self.places, self.distances, self.errors, self.logs

    @property
    def total(self) -> Vector:
        """(k,) logarithm of the likelihood."""
        return np.asarray(self.logs.sum(axis=1))


@dataclass(frozen=True)
class Fitted(Draws):
    """Draws from which the posterior of all cases, or of all but one, is had by weighting.

    Attributes:
        reference: (k,) logarithm of the density that the draws have together, relative to the prior.
        likelihood: The likelihood.
        prior: Number of draws, the first ones, that fill the prior evenly.
    """

    reference: Vector
    likelihood: Likelihood
    prior: int

    def posterior(self, left: NDArray[np.bool_] | None = None, fewest: float = FEWEST) -> Fit:
        """The posterior, without the factors of some quantities.

        Args:
            left: (quantities,) which are left out; none when absent.
            fewest: Effective draws to be had.
        """
        log = self.total if left is None else self.logs[:, ~left].sum(axis=1)
        power = 1.0
        if _effective(log - self.reference) < fewest:
            power = _highest(lambda power: _effective(power * log - self.reference) >= fewest, 1.0)
        logs = power * log - self.reference
        return Fit(Posterior(self.places, normalised(logs)), _effective(logs), power)


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
    powers, levels = [0.0], [Draws.at(places, emulate, likelihood)]
    walk = _Walk(emulate, likelihood, free, seed)
    while powers[-1] < 1.0:
        step = _step(levels[-1].total, 1.0 - powers[-1])
        uniform = float(_uniforms(seed, len(levels), 1)[0])
        chosen = systematic(normalised(step * levels[-1].total), len(start), uniform)
        level = Draws(*(part[chosen] for part in levels[-1].parts))
        powers.append(powers[-1] + step)
        for _ in range(moves):
            level = walk.move(level, powers[-1])
        levels.append(level)
    everywhere, distances, errors, logs = map(np.vstack, zip(*(level.parts for level in levels), strict=True))
    reference = _reference(np.array(powers), logs.sum(axis=1))
    return Fitted(everywhere, distances, errors, logs, reference, likelihood, len(start))


class _Walk:
    """A random walk within the prior, as wide as the draws are, that adapts to how often it is refused."""

    def __init__(self, emulate: Emulate, likelihood: Likelihood, free: Sequence[int], seed: int) -> None:
        self._emulate, self._likelihood, self._free, self._seed = emulate, likelihood, list(free), seed
        self._taken, self._size = 0, 2.38 / np.sqrt(max(len(free), 1))

    def move(self, level: Draws, power: float) -> Draws:
        from scipy.special import ndtri

        self._taken += 1
        count, width = len(level.places), len(self._free)
        uniform = _uniforms(self._seed, 1000 + self._taken, count * (width + 1)).reshape(count, width + 1)
        here = level.places[:, self._free]
        root = np.linalg.cholesky(np.cov(here.T).reshape(width, width) + 1e-9 * np.eye(width))
        moved = here + self._size * ndtri(np.clip(uniform[:, :width], 1e-12, 1 - 1e-12)) @ root.T
        places = level.places.copy()
        places[:, self._free] = 1.0 - np.abs(np.mod(moved, 2.0) - 1.0)  # reflected at the ends of the prior
        new = Draws.at(places, self._emulate, self._likelihood)
        taken = np.log(np.maximum(uniform[:, width], 1e-300)) < power * (new.total - level.total)
        self._size *= float(np.exp(taken.mean() - 0.25))
        parts = zip(new.parts, level.parts, strict=True)
        return Draws(*(np.where(taken[:, None], theirs, ours) for theirs, ours in parts))


def _effective(logs: Vector) -> float:
    """What draws with these logarithms of weights are worth."""
    return effective_draws(np.exp(logs - logs.max()))


def _highest(allows: Callable[[float], bool], high: float) -> float:
    """The highest power that is allowed, where lower ones are and ``high`` is not."""
    low = 0.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if allows(middle) else (low, middle)
    return low


def _step(log: Vector, left: float) -> float:
    """How far the power may rise."""
    enough = KEPT * len(log)
    if _effective(left * log) >= enough:
        return left
    return max(_highest(lambda power: _effective(power * log) >= enough, left), 1e-6)


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
