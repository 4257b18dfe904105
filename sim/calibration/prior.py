"""Priors of parameters, and weighted places in them: what fits of every kind have in common."""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from sim.scenario.fields import Table

Vector = NDArray[np.float64]


def effective_draws(weights: Vector) -> float:
    """As many equal draws as weighted ones are worth (Kish 1965); weights need no sum of 1."""
    return float(weights.sum() ** 2 / (weights**2).sum())


class Range(Table):
    """A prior: uniform from ``low`` to ``high``, or uniform in the logarithm."""

    low: float
    high: float
    log: bool = False

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low < self.high or (self.log and self.low <= 0):
            raise ValueError("expected low < high, and 0 < low where log = true")
        return self

    def at(self, unit: Vector) -> Vector:
        """Values at places in [0, 1] of the prior."""
        if self.log:
            return np.asarray(self.low * (self.high / self.low) ** unit)
        return np.asarray(self.low + (self.high - self.low) * unit)

    def place(self, value: Vector) -> Vector:
        """Places in [0, 1] of values."""
        if self.log:
            return np.asarray(np.log(value / self.low) / math.log(self.high / self.low))
        return np.asarray((value - self.low) / (self.high - self.low))


@dataclass(frozen=True)
class Posterior:
    """Weighted places in the prior: ``places`` (k, d), ``weights`` (k,) that sum to 1."""

    places: Vector
    weights: Vector

    def quantile(self, level: float) -> Vector:
        """Quantile of each parameter."""
        return np.array([self._quantile(column, level) for column in self.places.T])

    def rank(self, truth: Vector) -> Vector:
        """Weight of the draws below a true value, for each parameter: uniform in [0, 1] if the inference is sound."""
        return np.asarray(self.weights @ (self.places < truth))

    @property
    def effective(self) -> float:
        """What these places are worth in equal draws."""
        return effective_draws(self.weights)

    def draws(self, count: int, uniform: float) -> Vector:
        """Equally weighted draws by systematic resampling (Kitagawa 1996), started by one uniform number."""
        order = np.cumsum(self.weights)
        return self.places[np.minimum(np.searchsorted(order, (np.arange(count) + uniform) / count), len(order) - 1)]

    def _quantile(self, column: Vector, level: float) -> float:
        order = np.argsort(column, kind="stable")
        reached = int(np.searchsorted(np.cumsum(self.weights[order]), level))
        return float(column[order][min(reached, len(order) - 1)])
