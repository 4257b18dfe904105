"""Rows of a run's tables: of one platform or company, on a day or over a period that the run covers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.scenario.errors import ScenarioError

if TYPE_CHECKING:
    from sim.runs.once import Run

type Reading = Callable[[Run], float]


def usage_of(run: Run, platforms: Iterable[str], column: str) -> pd.DataFrame:
    """Date and one column of usage, summed over platforms; nothing where a platform has no rows."""
    table = run.tables["usage"]
    _known(table, "usage", column)
    names = list(platforms)
    rows = table[table["platform"].isin(names)]
    if set(rows["platform"].astype(str)) != set(names):
        return pd.DataFrame({"date": pd.to_datetime([]), column: []})
    return rows.groupby("date", sort=True, observed=True)[column].sum().reset_index()


def society(run: Run, column: str) -> pd.DataFrame:
    """Date and one column of society."""
    table = run.tables["society"]
    _known(table, "society", column)
    return table[["date", column]]


def _known(table: pd.DataFrame, name: str, column: str) -> None:
    if column not in table:
        raise ScenarioError.at(name, column, "a column that this run has", "none of that name", table.columns, column)


def company(run: Run, name: str) -> pd.DataFrame:
    """Rows of a company, day by day."""
    table = run.tables["companies"]
    return table[table["company"] == name].reset_index(drop=True)


def acts(run: Run, verb: str) -> pd.DataFrame:
    """Acts of a kind, in their order."""
    table = run.tables["acts"]
    return table[table["verb"] == verb]


def over(table: pd.DataFrame, first: dt.date, last: dt.date) -> pd.DataFrame:
    """Rows of a period; none where the run does not cover all of it."""
    dates = table["date"]
    covered = len(table) and dates.iloc[0] <= pd.Timestamp(first) and pd.Timestamp(last) <= dates.iloc[-1]
    return table[(dates >= pd.Timestamp(first)) & (dates <= pd.Timestamp(last))] if covered else table.iloc[:0]


def mean(table: pd.DataFrame, column: str, days: tuple[dt.date, dt.date]) -> float:
    """Mean of a column over a period; not-a-number where the run does not cover it."""
    rows = over(table, *days)[column]
    return float(rows.mean()) if len(rows) else np.nan


def on(table: pd.DataFrame, day: dt.date, column: str) -> float:
    """Value of a column on a day."""
    rows = table.loc[table["date"] == pd.Timestamp(day), column]
    return float(rows.iloc[0]) if len(rows) else np.nan


def ratio(above: float, below: float) -> float:
    """One number over another; not-a-number unless the other is positive."""
    return float(above) / float(below) if below > 0 else np.nan


def days_to_first(dates: pd.Series, start: dt.date) -> float:
    """Days from a date to the first of some; infinity where there is none."""
    return float((dates.iloc[0] - pd.Timestamp(start)).days) if len(dates) else np.inf
