"""Pairs of runs on common random numbers: how many, their band of luck, and differences from the first world."""

import pandas as pd

from sim.results.bands import CHANCE

NAMES = ("world", "table", "week", "date", "key", "measure", "platform", "outcome", "origin", "destination",
         "by", "group", "fate")  # fmt: skip
"""Columns that name the rows of tables of a comparison."""


def lucky_pairs(replicates: int) -> int:
    """Pairs that run with the scenarios' own parameters beside so many in plausible worlds: half, for time is short."""
    return (replicates + 1) // 2


def with_luck(table: pd.DataFrame, luck: pd.DataFrame | None) -> pd.DataFrame:
    """A table of spreads with the band of luck alone in columns named as in ``CHANCE``.

    Args:
        table: Names of the rows, and the columns ``SPREAD`` of ``sim.results.bands``.
        luck: The same table of pairs that differ in luck alone; where there is none, those of ``table`` do.
    """
    if luck is None:
        return table.assign(**{column: table[quantile] for quantile, column in CHANCE.items()})
    named_by = [name for name in NAMES if name in table]
    beside = luck[[*named_by, *CHANCE]].rename(columns=CHANCE)
    return table.merge(beside, on=named_by, how="left", validate="one_to_one")


def against_first(runs: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Differences of a measure from cell 0, seed by seed.

    Args:
        runs: ``cell``, ``seed`` and the measure.
        measure: Its column.

    Returns:
        ``cell``, ``seed``, ``difference``; seeds that cell 0 lacks are left out.
    """
    first = runs.loc[runs["cell"] == 0, ["seed", measure]].rename(columns={measure: "first"})
    both = runs[["cell", "seed", measure]].merge(first, on="seed")
    return both.assign(difference=both[measure] - both["first"])[["cell", "seed", "difference"]]
