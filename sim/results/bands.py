"""Bands over replicates, intervals of their mean, and differences between pairs of runs with the same luck."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

QUANTILES = {"p05": 0.05, "p50": 0.50, "p95": 0.95}
"""A band is the 5th to the 95th percentile of the replicates; the middle is the median."""
CHANCE = {name: f"chance_{name}" for name in QUANTILES}
"""The same percentiles of luck alone, by the names of their columns."""
COVERAGE = 0.90
"""The interval of a mean covers it in this share of studies (Student's t over replicates)."""
SPREAD = (*QUANTILES, "mean", "low", "high")
"""Columns of every difference: the band of replicates' differences, their mean, and the interval of the mean."""
FEWEST = 20
"""Runs from which on a twentieth of them can lie outside at either end."""


def held(runs: int, what: str = "") -> str:
    """What a band from the 5th to the 95th percentile holds of so many runs, in words: '90 % of pairs'."""
    if runs < FEWEST:
        return f"nearly all {what}".rstrip()
    return f"90 % of {what}" if what else "90 %"


def percentiles(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The band of values over replicates, which are the first axis: low end, median, high end; missing without one."""
    if not len(values):
        return np.full((len(QUANTILES), *values.shape[1:]), np.nan)
    return np.asarray(np.quantile(values, list(QUANTILES.values()), axis=0))


def spread(values: NDArray[np.float64]) -> dict[str, Any]:
    """The columns ``SPREAD`` of values over replicates, which are the first axis; missing without a replicate.

    The interval of the mean is Student's, at ``COVERAGE``; it is missing for a single replicate.
    """
    n = len(values)
    if n == 0:
        return dict.fromkeys(SPREAD, np.nan)
    band = percentiles(values)
    mean = values.mean(axis=0)
    half = _reach(n - 1) * values.std(axis=0, ddof=1) / np.sqrt(n) if n > 1 else np.nan
    return dict(zip(SPREAD, (*band, mean, mean - half, mean + half), strict=True))


def interval_of_mean(table: pd.DataFrame, by: list[str], value: str) -> pd.DataFrame:
    """Mean of the column ``value`` of replicates, a row each, in the groups that columns ``by`` name.

    Returns:
        ``by``, ``n``, ``mean``, ``low``, ``high``, missing values left out; the bounds need two that are known.
    """
    groups = table.groupby(by, observed=True, sort=False)[value]
    n, mean = groups.count(), groups.mean()
    half = _reach(np.maximum(n - 1, 1)) * groups.std() / np.sqrt(n)
    return pd.DataFrame({"n": n, "mean": mean, "low": mean - half, "high": mean + half}).reset_index()


def _reach(freedom: Any) -> Any:
    """How many standard errors an interval reaches to either side, by the degrees of freedom."""
    from scipy.stats import t as student  # here, since it is slow to import and an ensemble needs none

    return student.ppf((1 + COVERAGE) / 2, freedom)


NAMES = ("world", "table", "week", "date", "key", "measure", "platform", "outcome", "origin", "destination",
         "by", "group", "fate")  # fmt: skip
"""Columns that name the rows of tables of a comparison."""


def pairs_by_chance(replicates: int) -> int:
    """Pairs that run with the scenarios' own parameters beside so many in plausible worlds: half, for time is short."""
    return (replicates + 1) // 2


def with_chance(table: pd.DataFrame, chance: pd.DataFrame | None) -> pd.DataFrame:
    """A table with names of rows and ``SPREAD``, beside it the band of luck alone in columns named as in ``CHANCE``.

    ``chance`` is the same table of pairs that differ in luck alone; where there is none, those of ``table`` do.
    """
    if chance is None:
        return table.assign(**{column: table[quantile] for quantile, column in CHANCE.items()})
    named_by = [name for name in NAMES if name in table]
    beside = chance[[*named_by, *CHANCE]].rename(columns=CHANCE)
    return table.merge(beside, on=named_by, how="left", validate="one_to_one")


def against_first(runs: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Differences of a column from cell 0, seed by seed, of runs with ``cell`` and ``seed``.

    Returns:
        ``cell``, ``seed``, ``difference``; seeds that cell 0 lacks are left out.
    """
    first = runs.loc[runs["cell"] == 0, ["seed", measure]].rename(columns={measure: "first"})
    both = runs[["cell", "seed", measure]].merge(first, on="seed")
    return both.assign(difference=both[measure] - both["first"])[["cell", "seed", "difference"]]
