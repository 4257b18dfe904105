"""The tables of a run: as arrays, from which all is computed, and as frames, which are written and read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.codebook import WEEK, keys, measures

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario


@dataclass(frozen=True, slots=True)
class Grid:
    """A table as arrays: for each measure the values of shape (rows, cells), and the names of the cells of a row."""

    labels: list[tuple[str, ...]]
    columns: dict[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Run:
    """What one replicate of a scenario gave: tidy tables by the codebook, ``sim.codebook``."""

    scenario: Scenario
    seed: int
    tables: Mapping[str, pd.DataFrame]


class Tables(Mapping[str, pd.DataFrame]):
    """The tables of a run. Each is put together when it is first asked for, so that what nobody reads costs nothing.

    Args:
        start: First day, as YYYY-MM-DD.
        grids: What was recorded of each table but ``acts``.
        stances: Of companies, of shape (days, companies).
        make_acts: Makes the table ``acts``.
    """

    def __init__(
        self,
        start: str,
        grids: Mapping[str, Grid],
        stances: NDArray[np.object_],
        make_acts: Callable[[], pd.DataFrame],
    ) -> None:
        self.grids = grids
        self._start, self.stances, self._make_acts = start, stances, make_acts
        self._made: dict[str, pd.DataFrame] = {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._made:
            self._made[name] = self._make_acts() if name == "acts" else _frame(name, self._start, self.grids[name])
            if name == "companies":
                self._made[name].insert(2, "stance", self.stances.ravel())
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter((*self.grids, "acts"))

    def __len__(self) -> int:
        return len((*self.grids, "acts"))

    def __reduce__(self) -> tuple[type[Frames], tuple[dict[str, pd.DataFrame]]]:
        """Another process receives the tables themselves."""
        return Frames, (dict(self),)


class Frames(dict[str, "pd.DataFrame"]):
    """Tables of a run that were read, or come from another process; what is told of them as arrays is made once."""

    @cached_property
    def grids(self) -> Mapping[str, Grid]:
        """As those of ``Tables``, each made when it is first asked for."""
        return _Grids(self)

    @cached_property
    def stances(self) -> NDArray[np.object_]:
        """Of companies, of shape (days, companies)."""
        frame = self["companies"]
        return np.asarray(frame["stance"].astype(object).to_numpy().reshape(frame["date"].nunique(), -1))

    def __reduce__(self) -> tuple[type[Frames], tuple[dict[str, pd.DataFrame]]]:
        """Without the arrays."""
        return Frames, (dict(self),)


class _Grids(dict[str, Grid]):
    def __init__(self, frames: Mapping[str, pd.DataFrame]) -> None:
        super().__init__()
        self._frames = frames

    def __missing__(self, table: str) -> Grid:
        frame = self._frames[table]
        rows = frame[keys(table)[0]]
        first = frame[rows == rows.iloc[0]] if len(frame) else frame
        labels = list(first[keys(table)[1:]].astype(str).itertuples(index=False, name=None))
        shape = rows.nunique(), len(labels)
        grid = Grid(labels, {name: frame[name].to_numpy(float).reshape(shape) for name in measures(table)})
        self[table] = grid
        return grid


def array(tables: Mapping[str, pd.DataFrame], table: str, measure: str) -> NDArray[np.float64]:
    """A measure of a table as an array of shape (rows, cells)."""
    return _arrays(tables).grids[table].columns[measure]


def labels(tables: Mapping[str, pd.DataFrame], table: str) -> list[tuple[str, ...]]:
    """Names of the cells of a row of ``array``: the keys of the table after the date."""
    return _arrays(tables).grids[table].labels


def stances(tables: Mapping[str, pd.DataFrame]) -> NDArray[np.object_]:
    """Stances of the companies, of shape (days, companies)."""
    return _arrays(tables).stances


def _arrays(tables: Mapping[str, pd.DataFrame]) -> Tables | Frames:
    return tables if isinstance(tables, Tables | Frames) else Frames(tables)


def reach(tables: Mapping[str, pd.DataFrame], scenario: Scenario) -> NDArray[np.float64]:
    """Usability of each platform for the mean user, ISPs weighted by their users, of shape (days, platforms)."""
    shares = np.array([isp.share for isp in scenario.isps.values()])
    access = array(tables, "isps", "access").reshape(-1, shares.size, len(scenario.platforms))
    return np.asarray(shares / shares.sum() @ access)


def _frame(table: str, start: str, grid: Grid) -> pd.DataFrame:
    rows, width = next(iter(grid.columns.values())).shape
    dates = pd.date_range(start, periods=rows, freq=f"{WEEK if table == 'flows' else 1}D", unit="s")
    date, *names = keys(table)
    frame: dict[str, Any] = {date: np.repeat(dates.to_numpy(), width)}
    for place, name in enumerate(names):
        values = [label[place] for label in grid.labels]
        frame[name] = pd.Categorical(values * rows, categories=list(dict.fromkeys(values)))
    return pd.DataFrame(frame | {name: values.ravel() for name, values in grid.columns.items()})
