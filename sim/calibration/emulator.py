"""Emulators: what a form would give anywhere in the prior, learnt from its runs, with an honest error.

A Gaussian process on the constants that matter to a quantity (Kennedy & O'Hagan 2001, JRSS B 63:425), which a sparse
regression finds. Its error is that of cross-validation, in which each run is predicted by an emulator that did not see
it: the error of the emulator and the chance of a run together. What several emulated draws predict is a mixture of
normal distributions, with exact scores.
"""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.calibration.priors import Vector

FOLDS = 8
MOST = 12
"""Constants that an emulator uses at most."""
LEAST = 1e-3
"""Quantities that differ by less than so many spreads over the whole bank are constant."""
FLOOR = 0.02
"""Least standard error of an emulator, in spreads."""
BAND = 0.3
"""Width, in standard deviations of the predictions, over which the errors of neighbours are averaged."""
GRID = 41
LENGTH = 2.0
"""Length, in a prior that is 2 wide, with which the search for the lengths of a process begins."""
LEVEL = 0.9
"""Level of the central interval that is scored."""
LARGEST_LOG = 50.0
"""A logarithmic score is cut off here: the density of a normal mixture underflows far from all its parts."""
HALVINGS = 60


@dataclass(frozen=True)
class Emulator:
    """Expected distance of one quantity from what was observed, at any place of the prior.

    Attributes:
        columns: Constants that it uses.
        process: The fitted process; nothing where the quantity is constant.
        level: Mean over the bank.
        scale: Standard deviation over the bank.
        grid: (GRID,) predictions at which ``errors`` holds.
        errors: (GRID,) standard errors there.
        explained: Share of the variance over the bank that cross-validation predicts.
    """

    columns: NDArray[np.intp]
    process: Any
    level: float
    scale: float
    grid: Vector
    errors: Vector
    explained: float

    def __call__(self, places: Vector) -> tuple[Vector, Vector]:
        """Mean and standard error, each (k,), at places (k, constants)."""
        if self.process is None:
            return np.full(len(places), self.level), np.full(len(places), self.errors[0])
        mean = self.level + self.scale * self.process.predict(_centred(places[:, self.columns]))
        return mean, np.interp(mean, self.grid, self.errors)


def emulate(places: Vector, values: Vector, fitted: Sequence[int]) -> Emulator:
    """Learn a quantity from runs.

    Args:
        places: (n, constants) places of the runs.
        values: (n,) their distances; runs that failed are not-a-number.
        fitted: Constants that can matter.
    """
    known = np.isfinite(values)
    places, values = places[known], values[known]
    level, scale = float(values.mean()), float(values.std())
    if scale < LEAST:
        return Emulator(np.array([], int), None, level, scale, np.array([level]), np.array([FLOOR]), 0.0)
    columns = _columns(places, values, fitted)
    process = _process(places[:, columns], (values - level) / scale, {})
    lengths = dict(zip(columns.tolist(), _lengths(process), strict=True))
    predicted = np.empty_like(values)
    for fold in range(FOLDS):
        held = np.arange(len(values)) % FOLDS == fold
        mine = _columns(places[~held], values[~held], fitted)
        start = {place: lengths.get(column, LENGTH) for place, column in enumerate(mine.tolist())}
        without = _process(places[~held][:, mine], (values[~held] - level) / scale, start)
        predicted[held] = level + scale * without.predict(_centred(places[held][:, mine]))
    grid = np.linspace(predicted.min(), predicted.max(), GRID)
    near = np.exp(-(((grid[:, None] - predicted) / (BAND * max(float(predicted.std()), LEAST))) ** 2) / 2)
    square = (near @ (values - predicted) ** 2) / near.sum(axis=1)
    explained = 1.0 - float(((values - predicted) ** 2).mean()) / scale**2
    return Emulator(columns, process, level, scale, grid, np.maximum(np.sqrt(square), FLOOR), explained)


def _centred(places: Vector) -> Vector:
    return 2.0 * places - 1.0


def _columns(places: Vector, values: Vector, fitted: Sequence[int]) -> NDArray[np.intp]:
    """The constants that matter most, by a lasso on their values and squares (BIC: Zou, Hastie & Tibshirani 2007)."""
    from sklearn.linear_model import LassoLarsIC

    all_of_them = np.array(fitted, dtype=int)
    x = _centred(places[:, all_of_them])
    features = np.hstack([x, x**2 - 1.0 / 3.0])
    if len(values) <= features.shape[1] + 1:
        features = x
    if len(values) <= features.shape[1] + 1:
        return all_of_them[:MOST]
    features = features / np.maximum(features.std(axis=0), 1e-9)
    with warnings.catch_warnings():  # of steps that are too small to matter
        warnings.simplefilter("ignore")
        found = LassoLarsIC(criterion="bic").fit(features, (values - values.mean()) / max(float(values.std()), 1e-9))
    size = np.abs(found.coef_).reshape(-1, len(all_of_them)).max(axis=0)
    chosen = [place for place in np.argsort(-size, kind="stable")[:MOST] if size[place] > 0]
    return all_of_them[sorted(chosen or [int(np.argmax(size))])]


def _process(places: Vector, values: Vector, start: Mapping[int, float]) -> Any:
    """A process fitted by its likelihood; ``start`` gives lengths to begin with, by the place of the column."""
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

    lengths = [start.get(place, LENGTH) for place in range(places.shape[1])]
    smooth = ConstantKernel(1.0, (1e-3, 1e3)) * RBF(lengths, (0.2, 100.0))
    with warnings.catch_warnings():  # of lengths at their bounds: a constant that hardly matters
        warnings.simplefilter("ignore")
        process = GaussianProcessRegressor(smooth + WhiteKernel(0.3, (1e-6, 2.0)), alpha=1e-8)
        return process.fit(_centred(places), values)


def _lengths(process: Any) -> list[float]:
    return [float(length) for length in np.atleast_1d(process.kernel_.k1.k2.length_scale)]


# Scores


@dataclass(frozen=True)
class Mixture:
    """A weighted mixture of normal distributions as a prediction, with its proper scores, which hold no chance.

    A score is proper if no prediction does better on average than the distribution that the outcome is really drawn
    from (Gneiting & Raftery 2007, JASA 102:359). Lower is better for all three.

    Attributes:
        means: (k,) means.
        sds: (k,) standard deviations, above 0.
        weights: (k,) weights that sum to 1.
    """

    means: Vector
    sds: Vector
    weights: Vector

    def below(self, value: float) -> float:
        """Probability of a value at most this large."""
        from scipy.special import ndtr

        return float(self.weights @ ndtr((value - self.means) / self.sds))

    def quantile(self, level: float) -> float:
        """The value below which the outcome lies with this probability, by bisection."""
        low, high = float((self.means - 9 * self.sds).min()), float((self.means + 9 * self.sds).max())
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            low, high = (middle, high) if self.below(middle) < level else (low, middle)
        return (low + high) / 2

    def crps(self, outcome: float) -> float:
        """Continuous ranked probability score, in the unit of the outcome (Grimit et al. 2006, QJRMS 132:2925)."""
        to_outcome = self.weights @ _spread(outcome - self.means, self.sds)
        pairs = _spread(self.means[:, None] - self.means, np.hypot(self.sds[:, None], self.sds))
        return float(to_outcome - self.weights @ pairs @ self.weights / 2)

    def log_score(self, outcome: float) -> float:
        """Negative logarithm of the density at the outcome, at most ``LARGEST_LOG``."""
        z = (outcome - self.means) / self.sds
        density = float(self.weights @ (np.exp(-(z**2) / 2) / (self.sds * np.sqrt(2 * np.pi))))
        return float(min(-np.log(max(density, 1e-300)), LARGEST_LOG))

    def interval_score(self, outcome: float, level: float = LEVEL) -> float:
        """Width of the central interval, and for an outcome outside of it 2 / (1 - level) times the distance."""
        low, high = self.quantile((1 - level) / 2), self.quantile((1 + level) / 2)
        return high - low + 2 / (1 - level) * (max(low - outcome, 0.0) + max(outcome - high, 0.0))


def _spread(mean: Vector, sd: Vector) -> Vector:
    """Mean absolute value of a normal number."""
    from scipy.special import ndtr

    z = mean / sd
    return np.asarray(mean * (2 * ndtr(z) - 1) + 2 * sd * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi))
