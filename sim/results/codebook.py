"""What the columns of a folder of results mean: those that a run records, and those that replicates add."""

import pandas as pd

from sim.codebook import CODEBOOK

TOTAL, LUCK = "plausible worlds, chance and parameters together", "runs of the best world, which differ in luck alone"
APART = "of this world and of its baseline"
AROUND = (
    ("tables", "seed", "number", "key", f"root seed of the replicate, first column of every file there; {TOTAL}"),
    ("chance", "seed", "number", "key", f"root seed of the replicate, first column of every file there; {LUCK}"),
    ("bands", "week", "date", "key", "first day of the week, in the place of the day"),
    ("bands", "measure", "name", "key", "column of the table of the same name"),
    ("bands", "p05", "of measure", "measure", f"5th percentile over {TOTAL}"),
    ("bands", "p50", "of measure", "measure", f"median over {TOTAL}"),
    ("bands", "p95", "of measure", "measure", f"95th percentile over {TOTAL}"),
    ("bands", "chance_p05", "of measure", "measure", f"5th percentile over {LUCK}"),
    ("bands", "chance_p50", "of measure", "measure", f"median over {LUCK}"),
    ("bands", "chance_p95", "of measure", "measure", f"95th percentile over {LUCK}"),
    ("summary", "measure", "id", "key", "headline measure, by its id"),
    ("summary", "name", "text", "text", "what the measure is called"),
    ("summary", "unit", "name", "text", "unit of the measure"),
    ("summary", "median", "of measure", "measure", f"median over {TOTAL}; runs without the measure are left out"),
    ("summary", "low", "of measure", "measure", f"5th percentile over {TOTAL}"),
    ("summary", "high", "of measure", "measure", f"95th percentile over {TOTAL}"),
    ("summary", "chance_low", "of measure", "measure", f"5th percentile over {LUCK}"),
    ("summary", "chance_high", "of measure", "measure", f"95th percentile over {LUCK}"),
    ("summary", "counts", "text", "text", "of companies and sanctions: how many plausible worlds have which value"),
    ("summary", "observed", "of measure", "number", "what was observed of it; empty where nothing is known"),
    ("summary", "source", "text", "text", "where the observed value comes from"),
    ("summary", "meaning", "text", "text", "what the measure is"),
    ("differences", "measure", "id", "key", f"quantity that is followed from the first act that differs, {APART}"),
    ("differences", "name", "text", "text", "what the quantity is called"),
    (
        "differences",
        "when",
        "name",
        "key",
        "end: the last day; peak: where the mean difference is largest; or so long after",
    ),
    ("differences", "date", "date", "key", "day on which it is read"),
    ("differences", "base", "of measure", "measure", "mean over replicates in the baseline"),
    ("differences", "other", "of measure", "measure", "mean over the same replicates in this world"),
    ("differences", "p05", "of unit", "measure", f"5th percentile of the difference over {TOTAL}"),
    ("differences", "p50", "of unit", "measure", f"median of the difference over {TOTAL}"),
    ("differences", "p95", "of unit", "measure", f"95th percentile of the difference over {TOTAL}"),
    ("differences", "mean", "of unit", "measure", "mean of the difference"),
    ("differences", "low", "of unit", "measure", "lower end of the 90 % interval of the mean"),
    ("differences", "high", "of unit", "measure", "upper end of the 90 % interval of the mean"),
    ("differences", "chance_p05", "of unit", "measure", f"5th percentile of the difference over {LUCK}"),
    ("differences", "chance_p50", "of unit", "measure", f"median of the difference over {LUCK}"),
    ("differences", "chance_p95", "of unit", "measure", f"95th percentile of the difference over {LUCK}"),
    ("pairs", "measure", "id", "key", f"quantity, {APART}"),
    ("pairs", "name", "text", "text", "what the quantity is called"),
    ("pairs", "date", "date", "key", "last day, on which it is read"),
    ("pairs", "seed", "number", "key", f"root seed of both runs of the pair; {TOTAL}"),
    ("pairs", "base", "of measure", "measure", "level in the baseline"),
    ("pairs", "other", "of measure", "measure", "level in this world"),
)
"""File or folder, column, unit, kind and meaning of what stands around the tables of a run.

With ``--best`` all runs are of the best world, so that both bands are the same."""
COLUMNS = ("table", "column", "unit", "kind", "meaning")


def codebook() -> pd.DataFrame:
    """The codebook as a table: table, column, unit, kind, meaning."""
    rows = [
        (table, name, column.unit, column.kind, column.meaning)
        for table, columns in CODEBOOK.items()
        for name, column in columns.items()
    ]
    return pd.DataFrame([*rows, *AROUND], columns=list(COLUMNS))
