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
from numpy.typing import NDArray

from sim.record import array, labels

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
FEWEST_REQUESTS = 5
"""Requests expected per half-year below which a company's shares would be noise and are not measured."""
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
    return pd.Timestamp(scenario.date(focus_day(scenario)))


def focus_day(scenario: Scenario) -> int:
    """Number of the day around which outcomes are measured."""
    enactments = [act.date for act in scenario.acts if act.kind == "enact"]
    date = scenario.focus or (min(enactments) if enactments else scenario.start + dt.timedelta(scenario.days // 3))
    return scenario.day(date)


def headline_measures(scenario: Scenario) -> tuple[Measure, ...]:
    """Every measure that a run of ``scenario`` has."""
    return (*_of_platforms(scenario), *_of_companies(scenario), *_of_enforcement(scenario), *_of_society())


def measured(run: Run) -> pd.Series:
    """Value of each headline measure of one run, by name; not-a-number where the run has no such thing."""
    return pd.Series({measure.name: measure.of(run) for measure in headline_measures(run.scenario)}, dtype=float)


def column(run: Run, table: str, name: str) -> NDArray[np.float64]:
    """A column of a table with one row per day, and one column per platform, company or whatever the table has."""
    return array(run.tables, table, name)


def settled(run: Run, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The row of the day on which lasting effects are read."""
    return row(values, focus_day(run.scenario) + SETTLED_DAYS)


def row(values: NDArray[np.float64], day: int) -> NDArray[np.float64]:
    """The row of a day; of the first or last day where the day lies outside."""
    return np.asarray(values[min(max(day, 0), len(values) - 1)])


def between(values: NDArray[np.float64], first: int, days: int) -> NDArray[np.float64]:
    """The rows of ``days`` days from ``first`` on."""
    return values[max(first, 0) : max(first + days, 0)]


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


def _usage(platform: str, name: str, run: Run) -> NDArray[np.float64]:
    return column(run, "usage", name)[:, list(run.scenario.platforms).index(platform)]


def _settled_share(platform: str, run: Run) -> float:
    return 100 * float(settled(run, _usage(platform, "share", run)))


def _share_change(platform: str, run: Run) -> float:
    return _settled_share(platform, run) - 100 * run.scenario.platforms[platform].share


def _installs(platform: str, run: Run) -> float:
    return float(between(_usage(platform, "installs", run), focus_day(run.scenario), WAVE_DAYS).sum())


def _install_jump(platform: str, run: Run) -> float:
    installs = _usage(platform, "installs", run)
    before = float(installs[: quiet_days(run.scenario)].mean())
    wave = weekly_means(between(installs, focus_day(run.scenario), WAVE_DAYS))
    return float(wave.max()) / before if before > 0 and wave.size else np.nan


def weekly_means(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean of each day and the six before it, or of as many as there are."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    first = np.maximum(np.arange(values.size) - 6, 0)
    return np.asarray((total[1:] - total[first]) / (np.arange(values.size) + 1 - first))


def _percent_change(table: str, name: str, run: Run) -> float:
    values = column(run, table, name)[:, 0]
    return 100 * float(settled(run, values) - values[0])


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
        if sum(stream.rate for stream in spec.requests.values()) * HALF_YEAR >= FEWEST_REQUESTS:
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
    return float(settled(run, column(run, "companies", "announced")).sum())


def announcement_days(run: Run) -> pd.Series:
    """Day of the first public stop of each company, counted from the focus; companies that never stopped are absent."""
    announced = column(run, "companies", "announced") > 0
    ever = announced.any(axis=0)
    names = [name for (name,), stopped in zip(labels(run.tables, "companies"), ever, strict=True) if stopped]
    return pd.Series(announced.argmax(axis=0)[ever] - focus_day(run.scenario), index=names)


def _largest_cluster(run: Run) -> float:
    days = announcement_days(run).to_numpy()
    early = days[(days >= 0) & (days <= ANNOUNCEMENT_DAYS)]
    return max((float(((early >= first) & (early < first + CLUSTER_DAYS)).sum()) for first in early), default=0.0)


def _data_requests(company: str, name: str, run: Run) -> NDArray[np.float64]:
    """Requests for data to a company, by day; removals are another channel."""
    mine = [who == company and kind != "removal" for who, kind in labels(run.tables, "requests")]
    return np.asarray(column(run, "requests", name)[:, mine].sum(axis=1))


def _requests(company: str, name: str, run: Run, *, after: bool) -> float:
    data, start = _data_requests(company, name, run), focus_day(run.scenario)
    return float((between(data, start + 1, HALF_YEAR) if after else data[: start + 1]).sum())


def _received_after(company: str, run: Run) -> float:
    return _requests(company, "received", run, after=True)


def _produced(company: str, run: Run, *, after: bool) -> float:
    produced, refused, received = (
        _requests(company, name, run, after=after) for name in ("produced", "refused", "received")
    )
    waiting = float(row(_data_requests(company, "pending", run), focus_day(run.scenario)))
    asked = received + waiting if after else produced + refused
    return 100 * produced / asked if asked > 0 else np.nan


def _disclosed(run: Run) -> float:
    accounts = column(run, "measures", "disclosed_accounts")[:, 0]
    return float(accounts[-1] - row(accounts, focus_day(run.scenario)))


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
    return float(column(run, "companies", "rung").max())


def _blocked_days(run: Run) -> float:
    scenario = run.scenario
    access = column(run, "isps", "access").reshape(-1, len(scenario.isps), len(scenario.platforms))
    reach = np.array([isp.share for isp in scenario.isps.values()]) @ access
    return float((reach < 0.5).sum())


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
    speaking = column(run, "society", "speaking")[:, 0]
    lowest = between(speaking, focus_day(run.scenario), WAVE_DAYS)
    return float(100 * (lowest.min() / speaking[0] - 1)) if lowest.size and speaking[0] > 0 else np.nan


def _deletion_ratio(run: Run) -> float:
    deletions = column(run, "society", "deletions")[:, 0]
    before = float(deletions[: quiet_days(run.scenario)].mean())
    after = between(deletions, focus_day(run.scenario), 30)
    return float(after.mean()) / before if before > 0 and after.size else np.nan
