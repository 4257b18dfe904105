"""Emulators: what a case would give anywhere in the prior, learnt from its runs, with the error that new runs show.

A Gaussian process for each quantity on all constants of its case (Kennedy & O'Hagan 2001, JRSS B 63:425): a quadratic
trend, a squared exponential with a length for each constant, and the chance of a run. All of them are asked at once, in
a form that can be differentiated, because the sampler needs the slope of the likelihood.
"""

from __future__ import annotations

import os
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
import jax
import jax.numpy as jnp

from sim.calibration.priors import Vector

jax.config.update("jax_enable_x64", True)

FARTHEST = 8.0
"""Distances are learnt up to so many spreads: a process that follows hopeless readings is no good near the observed."""
UNIT = 3.0**0.5
"""A place in [0, 1], twice it less 1, times this has a variance of 1 over the prior."""
TREND, UNKNOWN = 0.05, 1e6
"""Prior variance of the weights of the trend, and of a run without a reading."""
LEARNT, STEPS = 224, 40
"""Runs, the last ones, and steps by which lengths are found; the processes themselves know all runs."""


class Emulators(NamedTuple):
    """Processes of K quantities on n runs each, as arrays.

    Attributes:
        case: (K,) number of the case of each quantity.
        inverse: (K, d) one over the length of each constant.
        points: (K, n, d) constants of the runs by these lengths.
        squares: (K, n) their squared lengths.
        weights: (K, n) of the runs.
        trend: (K, 1 + 2 d) weights of 1, the constants and their squares.
        error: (K,) standard error in spreads: of the emulator and of the chance of a run together.
    """

    case: Any
    inverse: Any
    points: Any
    squares: Any
    weights: Any
    trend: Any
    error: Any

    def mean(self, probits: Any) -> Any:
        """Expected distances (K,) at the constants (cases, d) of each case, as quantiles of standard normal numbers."""
        x = UNIT * (2.0 * jax.scipy.stats.norm.cdf(probits) - 1.0)[self.case]
        near = x * self.inverse
        square = self.squares + (near**2).sum(-1)[:, None] - 2.0 * jnp.einsum("knd,kd->kn", self.points, near)
        features = jnp.concatenate([jnp.ones((len(x), 1)), x, x**2 - 1.0], axis=1)
        return (jnp.exp(-0.5 * square) * self.weights).sum(-1) + (features * self.trend).sum(-1)

    def at(self, places: Vector) -> Vector:
        """Expected distances (n, K) at places (K, n, d) in [0, 1], those of the case of each quantity."""
        x = UNIT * (2.0 * jnp.asarray(places) - 1.0)
        return np.asarray(jax.vmap(_expected)(x, self.inverse, self.points, self.weights, self.trend)).T

    def with_error(self, error: Vector) -> Emulators:
        """The same with another standard error."""
        return self._replace(error=jnp.asarray(error))


class Learnt(NamedTuple):
    """Emulators, the errors (n, K) of each run predicted from all others, and the lengths to begin with next time."""

    emulators: Emulators
    left_out: Vector
    start: Vector


def learn(places: Vector, distances: Vector, case: NDArray[np.intp], start: Vector | None = None) -> Learnt:
    """Learn the quantities from runs.

    Args:
        places: (K, n, d) places of the runs, those of the case of each quantity.
        distances: (n, K) distances in spreads; not-a-number where a run has no reading.
        case: (K,) number of the case of each quantity.
        start: Lengths to begin with, as an earlier call gave them.
    """
    from scipy.optimize import minimize

    count, _, width = places.shape
    x = UNIT * (2.0 * jnp.asarray(places) - 1.0)
    known = np.isfinite(distances).T
    y = jnp.asarray(np.where(known, np.clip(distances.T, -FARTHEST, FARTHEST), 0.0))
    noise = jnp.asarray(np.where(known, 0.0, UNKNOWN))
    first = np.concatenate([np.full(width, 1.5), [0.0, -1.0]])
    starts = np.tile(first, (count, 1)) if start is None else start
    found = []
    for k in range(count):
        last = slice(-LEARNT, None)

        def evidence(theta: Vector, k: int = k, last: slice = last) -> tuple[float, Vector]:
            value, slope = _evidence(jnp.asarray(theta), x[k, last], y[k, last], noise[k, last])
            return float(value), np.asarray(slope, dtype=float)

        found.append(minimize(evidence, starts[k], jac=True, method="L-BFGS-B", options={"maxiter": STEPS}).x)
    theta = np.array(found)
    parts = [_weights(jnp.asarray(theta[k]), x[k], y[k], noise[k]) for k in range(count)]
    weights, trend, left_out = (jnp.stack([part[n] for part in parts]) for n in range(3))
    inverse = jnp.exp(-jnp.asarray(theta[:, :width]))
    points = x * inverse[:, None]
    errors = np.where(known, np.asarray(left_out), np.nan).T
    some = np.isfinite(errors[-LEARNT:])
    error = np.sqrt((np.where(some, errors[-LEARNT:], 0.0) ** 2).sum(axis=0) / np.maximum(some.sum(axis=0), 1))
    emulators = Emulators(jnp.asarray(case), inverse, points, (points**2).sum(-1), weights, trend, jnp.asarray(error))
    return Learnt(emulators, errors, theta)


def _expected(x: Any, inverse: Any, points: Any, weights: Any, trend: Any) -> Any:
    """Expected distances (n,) of one quantity at constants (n, d)."""
    gaps = (x * inverse)[:, None] - points
    return jnp.exp(-0.5 * (gaps**2).sum(-1)) @ weights + _features(x) @ trend


def _features(x: Any) -> Any:
    return jnp.hstack([jnp.ones((len(x), 1)), x, x**2 - 1.0])


def _covariance(theta: Any, x: Any, noise: Any) -> Any:
    near, features = x * jnp.exp(-theta[:-2]), _features(x)
    square = (near**2).sum(-1)
    gaps = square[:, None] + square - 2.0 * near @ near.T
    smooth = jnp.exp(2.0 * theta[-2]) * jnp.exp(-0.5 * gaps)
    return smooth + TREND * features @ features.T + jnp.diag(jnp.exp(2.0 * theta[-1]) + 1e-6 + noise)


@jax.jit
@jax.value_and_grad
def _evidence(theta: Any, x: Any, y: Any, noise: Any) -> Any:
    """Negative logarithm of the likelihood and of a weak prior of lengths and chance."""
    root = jnp.linalg.cholesky(_covariance(theta, x, noise))
    white = jax.scipy.linalg.solve_triangular(root, y, lower=True)
    prior = ((theta[:-2] - 1.5) ** 2).sum() / 2.0 + (theta[-1] + 1.0) ** 2 / 8.0
    return 0.5 * white @ white + jnp.log(jnp.diag(root)).sum() + prior


@jax.jit
def _weights(theta: Any, x: Any, y: Any, noise: Any) -> tuple[Any, Any, Any]:
    """Weights of the runs, of the trend, and the error of each run predicted from all others."""
    inverse = jnp.linalg.inv(_covariance(theta, x, noise))
    weights = inverse @ y
    return jnp.exp(2.0 * theta[-2]) * weights, TREND * _features(x).T @ weights, weights / jnp.diag(inverse)
