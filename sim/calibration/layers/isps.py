"""How fast and how surely ISPs carry out orders: a posterior in closed form, from the cross-case table.

The lag of an ISP is exponential, and a case says between which days it acted: the likelihood of a mean lag D is the
product of exp(-low/D) - exp(-high/D), over a prior that is flat in log D up to the schema's bound. Obeying is binomial
with a flat prior, so that the posterior of its probability is a Beta.
"""

import numpy as np
import pandas as pd

from sim.calibration.prior import Vector
from sim.chance import Stream, u
from sim.scenario.errors import at
from sim.scenario.files import folder, shape

TABLE = "evidence/cases/crosscase_isp_compliance.csv"
GRID = 4000
SMALLEST_DAYS = 0.01
"""Lags below a quarter of an hour are not told apart."""


def isp_posterior(cases: pd.DataFrame, count: int, seed: int) -> pd.DataFrame:
    """Draws of ``isps.*.lag_days`` and ``isps.*.compliance``.

    Args:
        cases: The cross-case table: ``delay_days_low``, ``delay_days_high``, ``complied`` (1, 0 or nothing).
        count: Draws.
        seed: Of the draws.
    """
    from scipy.stats import beta

    known = cases.dropna(subset=["delay_days_low", "delay_days_high"])
    grid, weight = lag_density(known["delay_days_low"].to_numpy(float), known["delay_days_high"].to_numpy(float))
    obeyed = cases["complied"].dropna()
    lags = np.interp(_uniform(count, seed, 0), np.cumsum(weight), grid)
    shares = beta.ppf(_uniform(count, seed, 1), 1 + obeyed.sum(), 1 + (1 - obeyed).sum())
    return pd.DataFrame({"isps.*.lag_days": lags, "isps.*.compliance": shares})


def lag_density(low: Vector, high: Vector) -> tuple[Vector, Vector]:
    """Mean lags in days, evenly spaced in the logarithm, and the posterior weight of each."""
    longest = float(at(shape(), ("network", "lag_days"), {}).body["maximum"])
    grid = np.geomspace(SMALLEST_DAYS, longest, GRID)
    likelihood = np.exp(-low[:, None] / grid) - np.exp(-high[:, None] / grid)
    log = np.log(np.maximum(likelihood, 1e-300)).sum(axis=0)
    weight = np.exp(log - log.max())
    return grid, weight / weight.sum()


def read_cases() -> pd.DataFrame:
    """The cross-case table of ISPs."""
    return pd.read_csv(folder() / TABLE)


def _uniform(count: int, seed: int, stream: int) -> Vector:
    return np.array([u(seed, int(Stream.POSTERIOR), draw, stream) for draw in range(count)])
