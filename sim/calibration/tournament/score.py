"""Proper scores of a prediction that is a mixture of normal distributions; exact, so that scores hold no chance.

A score is proper if no prediction does better on average than the distribution that the outcome is really drawn from
(Gneiting & Raftery 2007, JASA 102:359). Lower is better for all three.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
LEVEL = 0.9
"""Level of the central interval that is scored."""
LARGEST_LOG = 50.0
"""A logarithmic score is cut off here: the density of a normal mixture underflows far from all its parts."""
HALVINGS = 60


@dataclass(frozen=True)
class Mixture:
    """A weighted mixture of normal distributions.

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
