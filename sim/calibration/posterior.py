"""Approximate Bayesian computation with regression on one bank of runs, and the test that it is sound."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.calibration.priors import Vector
from sim.chance import Stream, u

NEAREST = 0.3
"""Share of the bank that lies nearest to the observed values and is kept. Chosen by runs 401 to 800 of the bank of the
institutions, whose parameters are known, before coverage was read on runs 1 to 400: from 0.1 to 0.3 the mean width of
intervals of 90 % grows by 1 %, their coverage comes from 89.1 to 90.1 %, and three times as many draws are distinct."""
EDGE = 1e-4
"""Places nearer to an end of the prior than this count as this far from it, so that they have log odds."""
FALSE_ALARM = 0.01
"""Chance that the test of ranks calls a sound inference unsound, over all parameters of a bank together."""
LEVELS = (0.5, 0.9)


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
        places: (n, d) places of the runs in the prior.
        readings: (n, m) what the runs gave, each on the scale of its target.
        spreads: (m,) standard errors of the observed values; each reading of the bank is blurred by such an error, so
            that what is compared with the observation is an observation too (Wilkinson 2013, SAGMB 12).
        seed: Of the blur.
    """

    def __init__(self, places: Vector, readings: Vector, spreads: Vector, seed: int) -> None:
        self.blurred = readings + spreads * _normal(readings, seed)
        self.places = places
        inside = np.clip(places, EDGE, 1.0 - EDGE)
        self._odds = np.log(inside / (1.0 - inside))
        self._centre, self._width = self.blurred.mean(axis=0), np.maximum(self.blurred.std(axis=0), 1e-9)
        features = self._features(self.blurred)
        self._weights = np.linalg.lstsq(features, self._odds, rcond=None)[0]
        self._expected = features @ self._weights
        self._error = (self._odds - self._expected).std(axis=0)

    def posterior(self, observed: Vector, *, leave: int | None = None) -> Posterior:
        """The posterior given observed values on the scales of the targets.

        Args:
            observed: (m,) values.
            leave: A run of the bank to leave out: the one that ``observed`` was taken from.
        """
        gap = (self._expected - self._features(observed[None, :]) @ self._weights) / self._error
        distance = np.sqrt((gap**2).sum(axis=1))
        if leave is not None:
            distance[leave] = np.inf
        kept = np.argsort(distance, kind="stable")[: max(int(NEAREST * len(distance)), 4 * self.places.shape[1])]
        reach = distance[kept[-1]]
        weights = np.maximum(1.0 - (distance[kept] / reach) ** 2, 0.0) if reach > 0 else np.ones(len(kept))
        moved = _moved(self._odds[kept], gap[kept], weights)
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
    found = [inference.posterior(inference.blurred[n], leave=n) for n in tested]
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
