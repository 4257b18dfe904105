"""What the columns of a folder of results mean: those that a run records, and those that replicates add."""

from __future__ import annotations

import pandas as pd

from sim.record import CODEBOOK

AROUND = (
    ("tables", "seed", "number", "key", "root seed of the replicate, first column of every file there"),
    ("bands", "week", "date", "key", "first day of the week, in the place of the day"),
    ("bands", "measure", "name", "key", "column of the table of the same name"),
    ("bands", "p05", "of measure", "measure", "5th percentile over replicates"),
    ("bands", "p50", "of measure", "measure", "median over replicates"),
    ("bands", "p95", "of measure", "measure", "95th percentile over replicates"),
    ("summary", "measure", "name", "key", "headline measure"),
    ("summary", "unit", "name", "text", "unit of the measure"),
    ("summary", "p05", "of measure", "measure", "5th percentile over replicates that have the measure"),
    ("summary", "p50", "of measure", "measure", "median over replicates that have the measure"),
    ("summary", "p95", "of measure", "measure", "95th percentile over replicates that have the measure"),
    ("summary", "observed", "of measure", "number", "what was observed of it; empty where nothing is known"),
    ("summary", "source", "text", "text", "where the observed value comes from"),
    ("summary", "meaning", "text", "text", "what the measure is"),
)
"""File or folder, column, unit, kind and meaning of what stands around the tables of a run."""
COLUMNS = ("table", "column", "unit", "kind", "meaning")


def codebook() -> pd.DataFrame:
    """The codebook as a table: table, column, unit, kind, meaning."""
    rows = [
        (table, name, column.unit, column.kind, column.meaning)
        for table, columns in CODEBOOK.items()
        for name, column in columns.items()
    ]
    return pd.DataFrame([*rows, *AROUND], columns=list(COLUMNS))
