"""What is observed of a run, day by day, and the codebook that says what every column means."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from sim.actors.company import Company
from sim.actors.isp import Isp

if TYPE_CHECKING:
    from sim.model import Model
    from sim.population.conditions import Day
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


def _key(unit: str, meaning: str) -> Column:
    return Column(unit, meaning, "key")


def _text(meaning: str) -> Column:
    return Column("text", meaning, "text")


_DATE = _key("date", "calendar day")
_PLATFORM = _key("name", "platform")
_COMPANY = _key("name", "company")

CODEBOOK: dict[str, dict[str, Column]] = {
    "usage": {
        "date": _DATE,
        "platform": _PLATFORM,
        "holders": Column("persons", "people who hold the app at the end of the day, scaled to the population"),
        "share": Column("share", "holders over all people"),
        "usage_share": Column("share", "mean share of a person's messaging that goes through the app (eq. 7)"),
        "installs": Column("persons/day", "people who took the app that day, scaled"),
        "first_installs": Column("persons/day", "of these, people who had never held it, scaled"),
        "removals": Column("persons/day", "people who dropped the app that day, scaled"),
        "trials": Column("persons", "holders who are still trying the app, scaled"),
    },
    "flows": {
        "week": _key("date", "first day of the week"),
        "origin": _key("name", "primary app before, or none"),
        "destination": _key("name", "primary app after, or none"),
        "users": Column("persons/week", "people whose primary app moved, scaled from the observation panel"),
    },
    "companies": {
        "date": _DATE,
        "company": _COMPANY,
        "stance": _text("process, pause, mlat, refuse, comply or exit"),
        "announced": Column("flag", "1 once a stance other than processing is public"),
        "on_review": Column("flag", "1 while human-rights due diligence goes on"),
        "belief": Column("probability", "belief that the law is used politically (eq. 12)"),
        "cutoff": Column("probability", "belief above which pausing pays, at the present rung (eq. 11)"),
        "rung": Column("rung", "rung of the ladder that the company stands on, 0 to 6"),
    },
    "requests": {
        "date": _DATE,
        "company": _COMPANY,
        "type": _key("name", "type of request; 'removal' is the channel of content removal"),
        "received": Column("requests/day", "requests received"),
        "produced": Column("requests/day", "requests answered with data (removals: obeyed)"),
        "refused": Column("requests/day", "requests refused"),
        "pending": Column("requests", "requests waiting at the end of the day"),
        "mlat": Column("requests", "requests under way through mutual legal assistance"),
        "accounts": Column("accounts/day", "accounts whose data was produced"),
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
        "salience": Column("salience", "public attention to the law, 1 is the WhatsApp wave of January 2021 (eq. 1)"),
        "pressure": Column("pressure", "pressure of civil society on companies"),
        "arrests": Column("persons/day", "arrests under the law, mean of 30 days"),
        "vagueness": Column("share", "how far the law in force leaves open what is forbidden"),
        "vpn": Column("share", "people with a VPN (eq. 9)"),
        "speaking": Column("share", "people who speak publicly about politics (eq. 10)"),
        "deletions": Column("persons/day", "people who delete posts, scaled (eq. 10)"),
        "multi_homing": Column("share", "people who hold two or more apps"),
    },
    "measures": {
        "date": _DATE,
        "disclosed_accounts": Column("accounts", "accounts whose data was produced, since the start"),
        "safe_reach": Column("share", "ties whose ends share an app that is reachable and does not disclose"),
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
}
"""Table, column, meaning: every column that a run writes."""


def keys(table: str) -> list[str]:
    """Names of the columns that name a row of ``table``."""
    return [name for name, column in CODEBOOK[table].items() if column.kind == "key"]


def measures(table: str) -> list[str]:
    """Names of the columns of ``table`` that have bands over replicates."""
    return [name for name, column in CODEBOOK[table].items() if column.kind == "measure"]


def by_week(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """A daily table by the week: counts per day are summed, all else is as at the week's end.

    Args:
        table: Name of the table, with ``date`` as its first key.
        frame: Its rows, in the order that a run gives them.
    """
    days = (frame["date"] - frame["date"].iloc[0]).dt.days
    weeks = frame["date"].iloc[0] + pd.to_timedelta(days // WEEK * WEEK, unit="D")
    rules = {name: "sum" if CODEBOOK[table][name].unit.endswith("/day") else "last" for name in measures(table)}
    labels = [weeks.rename("week"), *(frame[name] for name in keys(table)[1:])]
    return frame.groupby(labels, observed=True, sort=False).agg(rules).reset_index()


def codebook() -> pd.DataFrame:
    """The codebook as a table: table, column, unit, kind, meaning."""
    rows = [
        (table, name, column.unit, column.kind, column.meaning)
        for table, columns in CODEBOOK.items()
        for name, column in columns.items()
    ]
    return pd.DataFrame(rows, columns=["table", "column", "unit", "kind", "meaning"])


class Recorder:
    """Keeps plain numbers of each day. It only reads the model, so that observing never changes a run."""

    def __init__(self, model: Model) -> None:
        scenario = model.scenario
        self.scenario: Scenario = scenario
        self.platforms = list(scenario.platforms)
        self.companies = list(model.agents_by_type[Company]) if scenario.companies else []
        self.isps = list(model.agents_by_type[Isp])
        self.streams = [(company, kind) for company in self.companies for kind in company.tally]
        self.scale = scenario.population.represents / scenario.population.users
        days, n = scenario.days, len(self.platforms)
        self._shapes: dict[str, tuple[int, ...]] = {
            "usage": (days, n),
            "flows": (-(-days // WEEK), n + 1, n + 1),
            "companies": (days, len(self.companies)),
            "requests": (days, len(self.streams)),
            "regulators": (days, len(self.companies)),
            "isps": (days, len(self.isps), n),
            "society": (days,),
            "measures": (days,),
        }
        self._columns = {
            table: {name: np.zeros(shape) for name in measures(table)} for table, shape in self._shapes.items()
        }
        self._stances = np.empty((days, len(self.companies)), dtype=object)
        self._disclosed = 0.0

    def observe(self, model: Model) -> None:
        """Write down the day that ``model`` has just lived through."""
        assert model.today is not None
        self._observe_users(model.day, model.today)
        self._observe_companies(model.day)
        self._observe_isps(model.day)
        self._observe_society(model.day, model.today, model)

    def _observe_users(self, day: int, today: Day) -> None:
        usage, scale = self._columns["usage"], self.scale
        for name in ("holders", "installs", "first_installs", "removals", "trials"):
            usage[name][day] = getattr(today, name) * scale
        usage["share"][day] = today.holders / self.scenario.population.users
        usage["usage_share"][day] = today.usage_share
        per_person = self.scenario.population.represents / today.panel
        self._columns["flows"]["users"][day // WEEK] += today.flows * per_person

    def _observe_companies(self, day: int) -> None:
        table, regulators = self._columns["companies"], self._columns["regulators"]
        for i, company in enumerate(self.companies):
            self._stances[day, i] = company.stance
            for name in ("announced", "on_review", "belief", "cutoff", "rung"):
                table[name][day, i] = getattr(company, name)
            regulators["request_rate"][day, i] = company.request_rate
            regulators["rung"][day, i] = company.rung
        requests = self._columns["requests"]
        for i, (company, kind) in enumerate(self.streams):
            tally = company.tally[kind]
            for name in ("received", "produced", "refused", "pending", "mlat", "accounts"):
                requests[name][day, i] = getattr(tally, name)
            self._disclosed += tally.accounts
        self._columns["measures"]["disclosed_accounts"][day] = self._disclosed

    def _observe_isps(self, day: int) -> None:
        table = self._columns["isps"]
        for i, isp in enumerate(self.isps):
            table["access"][day, i] = isp.access
            table["over_blocked"][day, i] = isp.over_blocked

    def _observe_society(self, day: int, today: Day, model: Model) -> None:
        users = self.scenario.population.users
        values = {
            "salience": model.press.salience,
            "pressure": model.society.pressure,
            "arrests": model.press.arrests,
            "vagueness": model.law.vagueness,
            "vpn": today.vpn / users,
            "speaking": today.speaking / users,
            "deletions": today.deletions * self.scale,
            "multi_homing": today.multi_homing / users,
        }
        for name, value in values.items():
            self._columns["society"][name][day] = value
        self._columns["measures"]["safe_reach"][day] = today.safe_reach

    def tables(self, model: Model) -> dict[str, pd.DataFrame]:
        """The tables of the days lived so far, one row per key, in the order of the codebook."""
        frames = {table: self._frame(table, model.days_lived) for table in self._shapes}
        frames["companies"].insert(2, "stance", self._stances[: model.days_lived].ravel())
        frames["acts"] = self._acts(model)
        return frames

    def _frame(self, table: str, days: int) -> pd.DataFrame:
        rows = -(-days // WEEK) if table == "flows" else days
        labels = self._labels(table)
        step = WEEK if table == "flows" else 1
        dates = pd.date_range(str(self.scenario.start), periods=rows, freq=f"{step}D", unit="s")
        width = len(labels[0]) if labels else 1
        names = keys(table)
        columns: dict[str, Any] = {names[0]: np.repeat(dates.to_numpy(), width)}
        for name, values in zip(names[1:], labels, strict=True):
            categories = list(dict.fromkeys(values))
            columns[name] = pd.Categorical(list(values) * rows, categories=categories)
        for name, array in self._columns[table].items():
            columns[name] = array[:rows].ravel()
        return pd.DataFrame(columns)

    def _labels(self, table: str) -> list[list[str]]:
        """The key columns after the date, one label per cell of a day."""
        companies = [company.name for company in self.companies]
        apps = [*self.platforms, NO_APP]
        return {
            "usage": [self.platforms],
            "flows": [[a for a in apps for _ in apps], apps * len(apps)],
            "companies": [companies],
            "regulators": [companies],
            "requests": [[company.name for company, _ in self.streams], [kind for _, kind in self.streams]],
            "isps": [[isp.name for isp in self.isps for _ in self.platforms], self.platforms * len(self.isps)],
        }.get(table, [])

    def _acts(self, model: Model) -> pd.DataFrame:
        rows = [
            (
                act.id,
                pd.Timestamp(self.scenario.date(act.day)),
                act.actor,
                act.verb,
                act.target,
                " ".join(map(str, act.because)),
                json.dumps(act.quantities),
                act.sentence,
            )
            for act in model.chronicle.acts
        ]
        return pd.DataFrame(rows, columns=list(CODEBOOK["acts"])).astype({"date": "datetime64[s]"})
