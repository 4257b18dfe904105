"""Headline measures: the numbers by which runs are summarised, compared, swept and analysed.

Each is a function of one run's tables. Windows are counted from the *focus*: the day that the law comes into force, or
the day that the scenario names, so that a world without the law is measured at the same time as the world with it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario
    from sim.study.run import Run

SETTLED_DAYS = 180
"""Days after the focus at which lasting effects are read."""
WAVE_DAYS = 60
"""Days after the focus within which a wave of installs or of self-censorship peaks."""
ANNOUNCEMENT_DAYS = 10
"""Days after the focus within which announcements count as the first response (pattern P1)."""
CLUSTER_DAYS = 3
"""Length of the window in which announcements cluster (pattern P1)."""
HALF_YEAR = 184
"""Days of the half-year from July to December, by which companies report."""
QUIET_DAYS = 14
"""Least length of the quiet period before the first act, against which waves are compared."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A headline measure of one run."""

    name: str
    unit: str
    meaning: str
    of: Callable[[Run], float]


def focus(scenario: Scenario) -> pd.Timestamp:
    """The day around which outcomes are measured: the scenario's own, else the enactment, else a third of the way."""
    enactments = [act.date for act in scenario.acts if act.kind == "enact"]
    date = scenario.focus or (min(enactments) if enactments else scenario.start + dt.timedelta(scenario.days // 3))
    return pd.Timestamp(date)


def headline_measures(scenario: Scenario) -> tuple[Measure, ...]:
    """Every measure that a run of ``scenario`` has."""
    return (*_of_platforms(scenario), *_of_companies(scenario), *_of_enforcement(scenario), *_of_society())


def measured(run: Run) -> pd.Series:
    """Value of each headline measure of one run, by name; not-a-number where the run has no such thing."""
    return pd.Series({measure.name: measure.of(run) for measure in headline_measures(run.scenario)}, dtype=float)


def at(table: pd.DataFrame, date: pd.Timestamp) -> pd.DataFrame:
    """Rows of a day; of the first or last day of the table where the day lies outside."""
    return table[table["date"] == min(max(date, table["date"].iloc[0]), table["date"].iloc[-1])]


def between(table: pd.DataFrame, first: pd.Timestamp, days: int) -> pd.DataFrame:
    """Rows of ``days`` days from ``first`` on."""
    return table[(table["date"] >= first) & (table["date"] < first + pd.Timedelta(days=days))]


def quiet_days(scenario: Scenario) -> int:
    """Length of the period before the first act that moves attention, at least ``QUIET_DAYS``."""
    loud = [scenario.day(act.date) for act in scenario.acts if act.salience > 0]
    return max(QUIET_DAYS, min(loud, default=scenario.days // 3))


def _of_platforms(scenario: Scenario) -> Iterator[Measure]:
    for name in scenario.platforms:
        yield Measure(
            f"{name} share",
            "percent",
            f"people who hold {name}, {SETTLED_DAYS} days after the focus",
            partial(_settled_share, name),
        )
        yield Measure(
            f"{name} change",
            "points",
            f"change of the share of holders of {name} from the first day to {SETTLED_DAYS} days after the focus",
            partial(_share_change, name),
        )
        yield Measure(
            f"{name} installs",
            "persons",
            f"installs of {name} in {WAVE_DAYS} days from the focus",
            partial(_installs, name),
        )
        yield Measure(
            f"{name} install jump",
            "times",
            f"busiest week of installs within {WAVE_DAYS} days of the focus, over the mean week before the first act",
            partial(_install_jump, name),
        )
    yield Measure(
        "multi-homing change",
        "points",
        f"change of the share of people with two or more apps from the first day to {SETTLED_DAYS} days after",
        partial(_percent_change, "society", "multi_homing"),
    )


def _usage(platform: str, run: Run) -> pd.DataFrame:
    table = run.tables["usage"]
    return table[table["platform"] == platform]


def _settled_share(platform: str, run: Run) -> float:
    return 100 * float(_settled(_usage(platform, run), run)["share"].iloc[0])


def _share_change(platform: str, run: Run) -> float:
    return _settled_share(platform, run) - 100 * run.scenario.platforms[platform].share


def _installs(platform: str, run: Run) -> float:
    return float(between(_usage(platform, run), focus(run.scenario), WAVE_DAYS)["installs"].sum())


def _install_jump(platform: str, run: Run) -> float:
    usage = _usage(platform, run)
    before = float(usage["installs"].iloc[: quiet_days(run.scenario)].mean())
    wave = between(usage, focus(run.scenario), WAVE_DAYS)["installs"].rolling(7, min_periods=1).mean()
    return float(wave.max()) / before if before > 0 else np.nan


def _settled(table: pd.DataFrame, run: Run) -> pd.DataFrame:
    return at(table, focus(run.scenario) + pd.Timedelta(days=SETTLED_DAYS))


def _percent_change(table: str, column: str, run: Run) -> float:
    frame = run.tables[table]
    return 100 * float(_settled(frame, run)[column].iloc[0] - frame[column].iloc[0])


def _of_companies(scenario: Scenario) -> Iterator[Measure]:
    if not scenario.companies:
        return
    yield Measure(
        "companies announced",
        "companies",
        f"companies that have made a stop public {SETTLED_DAYS} days after the focus",
        _announced,
    )
    yield Measure(
        "announcements in 3 days",
        "companies",
        f"most companies that went public within {CLUSTER_DAYS} days of one another, up to day {ANNOUNCEMENT_DAYS}",
        _largest_cluster,
    )
    for company, spec in scenario.companies.items():
        if spec.requests:
            yield Measure(
                f"{company} produced before",
                "percent",
                f"answered requests to {company} that brought data, from the first day to the focus",
                partial(_produced, company, after=False),
            )
            yield Measure(
                f"{company} produced after",
                "percent",
                f"requests to {company}, new or waiting, that brought data in the half-year from the focus",
                partial(_produced, company, after=True),
            )
            yield Measure(
                f"{company} requests after",
                "requests",
                f"requests to {company} in the half-year from the focus",
                partial(_received_after, company),
            )
    yield Measure(
        "disclosed accounts",
        "accounts",
        "accounts whose data companies handed over, from the focus to the last day",
        _disclosed,
    )


def _announced(run: Run) -> float:
    return float(_settled(run.tables["companies"], run)["announced"].sum())


def announcement_days(run: Run) -> pd.Series:
    """Day of the first public stop of each company, counted from the focus; companies that never stopped are absent."""
    companies = run.tables["companies"]
    stops = companies[companies["announced"] > 0].groupby("company", observed=True)["date"].min()
    return (stops - focus(run.scenario)).dt.days


def _largest_cluster(run: Run) -> float:
    days = announcement_days(run)
    early = days[(days >= 0) & (days <= ANNOUNCEMENT_DAYS)]
    return max((float(((early >= first) & (early < first + CLUSTER_DAYS)).sum()) for first in early), default=0.0)


def _data_requests(company: str, run: Run) -> pd.DataFrame:
    table = run.tables["requests"]
    return table[(table["company"] == company) & (table["type"] != "removal")]


def _requests(company: str, run: Run, *, after: bool) -> pd.DataFrame:
    data, start = _data_requests(company, run), focus(run.scenario)
    return between(data, start + pd.Timedelta(days=1), HALF_YEAR) if after else data[data["date"] <= start]


def _received_after(company: str, run: Run) -> float:
    return float(_requests(company, run, after=True)["received"].sum())


def _produced(company: str, run: Run, *, after: bool) -> float:
    requests = _requests(company, run, after=after)
    produced, refused, received = (float(requests[name].sum()) for name in ("produced", "refused", "received"))
    waiting = float(at(_data_requests(company, run), focus(run.scenario))["pending"].sum())
    asked = received + waiting if after else produced + refused
    return 100 * produced / asked if asked > 0 else np.nan


def _disclosed(run: Run) -> float:
    table = run.tables["measures"]
    return float(table["disclosed_accounts"].iloc[-1] - at(table, focus(run.scenario))["disclosed_accounts"].iloc[0])


def _of_enforcement(scenario: Scenario) -> Iterator[Measure]:
    if scenario.companies:
        yield Measure(
            "highest rung",
            "rung",
            "highest rung of the ladder that any company reached",
            _highest_rung,
        )
    yield Measure(
        "blocked platform-days",
        "days",
        "days on which platforms were unusable for more than half of the users, added up over platforms",
        _blocked_days,
    )


def _highest_rung(run: Run) -> float:
    return float(run.tables["companies"]["rung"].max())


def _blocked_days(run: Run) -> float:
    isps = run.tables["isps"]
    weights = {name: isp.share for name, isp in run.scenario.isps.items()}
    reach = isps["access"] * isps["isp"].astype(str).map(weights)
    return float((reach.groupby([isps["date"], isps["platform"]], observed=True).sum() < 0.5).sum())


def _of_society() -> Iterator[Measure]:
    yield Measure(
        "speech change",
        "percent",
        f"lowest share of people who speak within {WAVE_DAYS} days of the focus, against the first day",
        _speech_change,
    )
    yield Measure(
        "deletion ratio",
        "times",
        "deletions per day in 30 days from the focus, over the mean day before the first act",
        _deletion_ratio,
    )
    yield Measure(
        "VPN change",
        "points",
        f"change of the share of people with a VPN from the first day to {SETTLED_DAYS} days after the focus",
        partial(_percent_change, "society", "vpn"),
    )
    yield Measure(
        "safe reach change",
        "points",
        f"change of the share of ties with a reachable app that does not disclose, to {SETTLED_DAYS} days after",
        partial(_percent_change, "measures", "safe_reach"),
    )


def _speech_change(run: Run) -> float:
    society = run.tables["society"]
    lowest = between(society, focus(run.scenario), WAVE_DAYS)["speaking"].min()
    return float(100 * (lowest / society["speaking"].iloc[0] - 1))


def _deletion_ratio(run: Run) -> float:
    society = run.tables["society"]
    before = float(society["deletions"].iloc[: quiet_days(run.scenario)].mean())
    return float(between(society, focus(run.scenario), 30)["deletions"].mean()) / before if before > 0 else np.nan
