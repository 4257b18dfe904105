"""The tables of a run: the codebook of their columns; arrays, from which all is computed; frames, which are written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario


Kind = Literal["key", "measure", "text"]
"""``key`` columns name a row, ``measure`` columns have bands over replicates, ``text`` columns are to be read."""

NO_APP = "none"
WEEK = 7


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    unit: str
    meaning: str
    kind: Kind = "measure"
    counted: bool = False
    """Whether it counts what happened on the day, so that a week's is the sum; else it is a state, a mean or a rate."""
    panel: str = ""
    """Heading of its panel in the picture of ``society`` or ``measures``; without one it has none."""


def _key(unit: str, meaning: str) -> Column:
    return Column(unit, meaning, "key")


def _text(meaning: str) -> Column:
    return Column("text", meaning, "text")


def _count(unit: str, meaning: str, panel: str = "") -> Column:
    return Column(unit, meaning, counted=True, panel=panel)


_DATE = _key("date", "calendar day")
_PLATFORM = _key("name", "platform")
_COMPANY = _key("name", "company")

CODEBOOK: dict[str, dict[str, Column]] = {
    "usage": {
        "date": _DATE,
        "platform": _PLATFORM,
        "holders": Column("persons", "people who hold the app at the end of the day, scaled to the population"),
        "share": Column("share", "holders over all people"),
        "daily_users": Column("persons", "people expected to use the app on a day like this, scaled (eq. 7)"),
        "weekly_users": Column("persons", "people expected to use it within a week of such days, scaled (eq. 7)"),
        "monthly_users": Column("persons", "people expected to use it within thirty such days, scaled (eq. 7)"),
        "usage_share": Column("share", "mean share of the app in a person's use of apps of its type (eq. 7)"),
        "installs": _count("persons/day", "people who took the app that day, scaled"),
        "first_installs": _count("persons/day", "of these, people who had never held it, scaled"),
        "removals": _count("persons/day", "people who dropped the app that day, scaled"),
        "trials": Column("persons", "holders who are still trying the app, scaled"),
    },
    "flows": {
        "week": _key("date", "first day of the week"),
        "origin": _key("name", "app used most before, or none"),
        "destination": _key("name", "app used most after, or none"),
        "users": Column("persons/week", "people whose app used most moved, scaled from a sample"),
    },
    "companies": {
        "date": _DATE,
        "company": _COMPANY,
        "stance": _text("process, pause, mlat, refuse, cannot, comply, withdraw or exit"),
        "announced": Column("flag", "1 once a stance other than processing is public"),
        "on_review": Column("flag", "1 while the company reviews its answer (human-rights due diligence, eq. 15)"),
        "belief": Column("probability", "belief that the law is used politically (eq. 12)"),
        "cutoff": Column("probability", "belief above which pausing pays, at the present rung (eq. 11)"),
        "rung": Column("rung", "rung of the ladder that the company stands on, 0 to 6"),
    },
    "requests": {
        "date": _DATE,
        "company": _COMPANY,
        "type": _key("name", "type of request; 'removal' is the channel of content removal"),
        "received": _count("requests/day", "requests received"),
        "produced": _count("requests/day", "requests answered with data (removals: obeyed)"),
        "refused": _count("requests/day", "requests refused"),
        "granted": _count("requests/day", "requests that came back from mutual legal assistance with data"),
        "pending": Column("requests", "requests waiting at the end of the day"),
        "mlat": Column("requests", "requests under way through mutual legal assistance"),
        "accounts": _count("accounts/day", "accounts whose data was produced"),
    },
    "regulators": {
        "date": _DATE,
        "company": _COMPANY,
        "request_rate": Column("requests/day", "rate at which the police ask this company (eq. 17)"),
        "rung": Column("rung", "rung of the ladder against this company (eq. 18)"),
    },
    "isps": {
        "date": _DATE,
        "isp": _key("name", "internet service provider"),
        "platform": _PLATFORM,
        "access": Column("share", "usability of the platform on this ISP, 1 is free (eq. 20)"),
        "over_blocked": Column("share", "co-hosted sites hit by this ISP's blocks"),
    },
    "society": {
        "date": _DATE,
        "salience": Column(
            "salience", "attention to surveillance, 1 is the WhatsApp wave of January 2021 (eq. 1)",
            panel="Salience: attention to surveillance, whatever draws it",
        ),
        "access_attention": Column("salience", "attention to blocks, throttles and outages (eq. 1)"),
        "pressure": Column("pressure", "pressure of civil society on companies"),
        "arrests": Column("persons/day", "arrests under the law, mean of 30 days"),
        "vagueness": Column("share", "how far the law in force leaves open what is forbidden"),
        "vpn": Column("share", "people with a VPN (eq. 9)", panel="People with a VPN, %"),
        "vpn_installs": _count("persons/day", "people who took a VPN that day, scaled (eq. 9)"),
        "speaking": Column(
            "share", "people who speak publicly about politics (eq. 10)",
            panel="People who speak publicly about politics, % (assumed: no data constrain it)",
        ),
        "deletions": _count(
            "persons/day", "people who delete posts, scaled (eq. 10)", "People who delete posts, persons per day"
        ),
        "multi_homing": Column("share", "people who hold two or more apps"),
    },
    "measures": {
        "date": _DATE,
        "disclosed_accounts": Column(
            "accounts", "accounts whose data was produced, since the start",
            panel="Accounts whose data was handed over, since the start of the calendar",
        ),
        "safe_reach": Column(
            "share", "ties whose ends share an app that works and whose owner hands nothing over",
            panel="Ties with an app that works and whose owner hands nothing over, %",
        ),
    },
    "acts": {
        "id": _key("number", "number of the act in this run"),
        "date": _DATE,
        "actor": _text("who acted"),
        "verb": _text("what was done"),
        "target": _text("to whom"),
        "because": _text("ids of the earlier acts that caused it"),
        "quantities": _text("quantities that decided it"),
        "sentence": _text("the act as a sentence"),
    },
}  # fmt: skip
"""Table, column, meaning: every column that a run writes."""
SETTLING = ("meet a demand", "resume", "obey")
"""Verbs of the table of acts by which a company gives in."""
RETREAT = "give way"
"""That by which a state does."""


def keys(table: str) -> list[str]:
    """Names of the columns that name a row of ``table``."""
    return [name for name, column in CODEBOOK[table].items() if column.kind == "key"]


def measures(table: str) -> list[str]:
    """Names of the columns of ``table`` that have bands over replicates."""
    return [name for name, column in CODEBOOK[table].items() if column.kind == "measure"]


def by_week(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """A daily table by the week: counts of a day are summed; states, means and rates are as at the week's end.

    Args:
        table: Name of the table, with ``date`` as its first key.
        frame: Its rows, in the order that a run gives them.
    """
    first = frame["date"].min()  # of a table without rows, as of companies where there are none, it is no date
    days = (frame["date"] - first).dt.days
    weeks = first + pd.to_timedelta(days // WEEK * WEEK, unit="D")
    rules = {name: "sum" if CODEBOOK[table][name].counted else "last" for name in measures(table)}
    labels = [weeks.rename("week"), *(frame[name] for name in keys(table)[1:])]
    return frame.groupby(labels, observed=True, sort=False).agg(rules).reset_index()


@dataclass(frozen=True, slots=True)
class Grid:
    """A table as arrays: for each measure the values of shape (rows, cells), and the names of the cells of a row."""

    labels: list[tuple[str, ...]]
    columns: dict[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Run:
    """What one replicate of a scenario gave: tidy tables by the codebook."""

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
        self, start: str, grids: Mapping[str, Grid], stances: NDArray[np.object_], make_acts: Callable[[], pd.DataFrame]
    ) -> None:
        self.grids, self.grid = grids, grids.__getitem__
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
    def _grids(self) -> dict[str, Grid]:
        return {}

    def grid(self, table: str) -> Grid:
        """As that of ``Tables``, made when it is first asked for."""
        if table not in self._grids:
            frame = self[table]
            rows = frame[keys(table)[0]]
            first = frame[rows == rows.iloc[0]] if len(frame) else frame
            labels = list(first[keys(table)[1:]].astype(str).itertuples(index=False, name=None))
            shape = rows.nunique(), len(labels)
            columns = {name: frame[name].to_numpy(float).reshape(shape) for name in measures(table)}
            self._grids[table] = Grid(labels, columns)
        return self._grids[table]

    @cached_property
    def stances(self) -> NDArray[np.object_]:
        """Of companies, of shape (days, companies)."""
        frame = self["companies"]
        return np.asarray(frame["stance"].astype(object).to_numpy().reshape(frame["date"].nunique(), -1))

    def __reduce__(self) -> tuple[type[Frames], tuple[dict[str, pd.DataFrame]]]:
        """Without the arrays."""
        return Frames, (dict(self),)


def array(tables: Mapping[str, pd.DataFrame], table: str, measure: str) -> NDArray[np.float64]:
    """A measure of a table as an array of shape (rows, cells)."""
    return _arrays(tables).grid(table).columns[measure]


def labels(tables: Mapping[str, pd.DataFrame], table: str) -> list[tuple[str, ...]]:
    """Names of the cells of a row of ``array``: the keys of the table after the date."""
    return _arrays(tables).grid(table).labels


def stances(tables: Mapping[str, pd.DataFrame]) -> NDArray[np.object_]:
    """Stances of the companies, of shape (days, companies)."""
    return _arrays(tables).stances


def _arrays(tables: Mapping[str, pd.DataFrame]) -> Tables | Frames:
    return tables if isinstance(tables, Tables | Frames) else Frames(tables)


def reach(tables: Mapping[str, pd.DataFrame], scenario: Scenario) -> NDArray[np.float64]:
    """Usability of each platform for the mean user, ISPs weighted by their users, of shape (days, platforms)."""
    shares = np.array([[isp.share] for isp in scenario.isps.values()])
    access = array(tables, "isps", "access").reshape(-1, shares.size, len(scenario.platforms))
    return np.asarray((shares / shares.sum() * access).sum(axis=1))


def _frame(table: str, start: str, grid: Grid) -> pd.DataFrame:
    rows, width = next(iter(grid.columns.values())).shape
    dates = pd.date_range(start, periods=rows, freq=f"{WEEK if table == 'flows' else 1}D", unit="s")
    date, *names = keys(table)
    frame: dict[str, Any] = {date: np.repeat(dates.to_numpy(), width)}
    for column, name in enumerate(names):
        values = [label[column] for label in grid.labels]
        frame[name] = pd.Categorical(values * rows, categories=list(dict.fromkeys(values)))
    return pd.DataFrame(frame | {name: values.ravel() for name, values in grid.columns.items()})
