"""On which numbers a difference hangs: a linear emulator over plausible worlds that were run anyway."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
PENALTIES = tuple(10.0**power for power in np.arange(-2.0, 4.5, 0.5))
"""Among which the one is taken that predicts left-out worlds best."""


@dataclass(frozen=True)
class Emulator:
    """What a difference is expected to be at given places of the numbers in their plausible ranges."""

    middle: Vector
    """Mean places, (numbers,)."""
    level: float
    """Mean difference."""
    slopes: Vector
    """Change of the difference from the least to the greatest plausible value of each number, (numbers,)."""
    explained: float
    """Part of the variance between worlds that is predicted for worlds that were left out, at most 1; 0 for none."""

    def at(self, places: Vector) -> float:
        """The expected difference at places, (numbers,)."""
        return self.level + float((places - self.middle) @ self.slopes)

    @property
    def order(self) -> list[int]:
        """Numbers by how much they move the difference, the most first."""
        return [int(number) for number in np.argsort(-np.abs(self.slopes), kind="stable")]


def fit(places: Vector, differences: Vector) -> Emulator:
    """Fit by ridge regression, which can tell many numbers from few worlds as far as these can be told.

    Args:
        places: Of each number in its plausible range in each world, (worlds, numbers), in [0, 1].
        differences: Between the worlds of each pair, (worlds,); those without one are left out.
    """
    known = ~np.isnan(differences)
    places, differences = places[known], differences[known]
    if not known.any():
        return Emulator(np.full(places.shape[1], 0.5), np.nan, np.zeros(places.shape[1]), 0.0)
    middle, level = places.mean(axis=0), float(differences.mean())
    x, y = places - middle, differences - level
    whole = float(y @ y)
    none = Emulator(middle, level, np.zeros(places.shape[1]), 0.0)
    if len(y) < 3 or whole == 0.0:
        return none
    values, vectors = np.linalg.eigh(x @ x.T)
    turned = vectors.T @ y
    errors = []
    for penalty in PENALTIES:
        keep = np.maximum(values, 0.0) / (np.maximum(values, 0.0) + penalty)
        leverage = (vectors**2) @ keep + 1.0 / len(y)
        left = (y - vectors @ (keep * turned)) / np.maximum(1.0 - leverage, 1e-9)
        errors.append(float(left @ left))
    best = int(np.argmin(errors))
    slopes = x.T @ (vectors @ (turned / (np.maximum(values, 0.0) + PENALTIES[best])))
    return Emulator(middle, level, slopes, max(1.0 - errors[best] / whole, 0.0))
