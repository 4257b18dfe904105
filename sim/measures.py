"""Headline measures: the numbers by which runs are summarised, compared, swept and analysed.

Each is a function of one run's tables. Windows are counted from the *focus*: the day that the law comes into force, or
the day that the scenario names, so that a world without the law is measured at the same time as the world with it.
Every *change* is counted from the first day, on which two worlds of a pair are alike, so that the difference of their
changes is that of their levels; what *jumps* is compared with the quiet period before the first act. docs/measures.md
has the formula of each, and the test that holds it.
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

from sim.scenario.calendar import dated
from sim.scenario.institutions import RUNGS
from sim.scenario.stances import ANSWERING
from sim.scenario.words import day_in_words
from sim.tables import array, labels, reach, stances

if TYPE_CHECKING:
    from sim.runs.once import Run
    from sim.scenario.schema import Scenario

SETTLED_DAYS = 180
"""Days after the focus at which lasting effects are read."""
WAVE_DAYS = 60
"""Days after the focus within which a wave of installs or of self-censorship peaks."""
ANNOUNCEMENT_DAYS = 10
"""Days after the focus within which announcements count as the first response (pattern P1)."""
CLUSTER_DAYS = 3
"""Length of the window in which announcements cluster (pattern P1)."""
HALF_YEAR = 184
"""Days of the half-year from July to December, by which companies report; it starts on the day after the focus."""
WEEK = 7
DELETION_DAYS = 30
"""Days from the focus over which deletions are counted."""
MOST = 0.5
"""A platform is blocked on a day when the mean user can use less than this of it."""
FEWEST_REQUESTS = 5
"""Requests expected per half-year below which a company's shares would be noise and are not measured."""
FURTHEST_SANCTION, SANCTIONS = "furthest sanction", "rungs"
"""The measure that is a step of the ladder, and its unit: what is told of it is the name of the step."""
OUT_OF_REACH = "contacts out of reach of demands, change"
QUIET_DAYS = 14
"""Least length of the quiet period before the first act, against which waves are compared."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A headline measure of one run."""

    name: str
    unit: str
    meaning: str
    of: Callable[[Run], float]
    is_headline: bool = True
    """Whether a summary leads with it; what no data constrain is for studies and pictures that say so."""


def focus(scenario: Scenario) -> pd.Timestamp:
    """The day around which outcomes are measured: the scenario's own, else the enactment, else a third of the way."""
    return pd.Timestamp(scenario.date(focus_day(scenario)))


def focus_day(scenario: Scenario) -> int:
    """Number of the day around which outcomes are measured."""
    enactments = [date for date, act in dated(scenario.acts) if act.kind == "enact"]
    date = scenario.focus or (min(enactments) if enactments else scenario.start + dt.timedelta(scenario.days // 3))
    return scenario.day(date)


def headline_measures(scenario: Scenario) -> tuple[Measure, ...]:
    """Every measure that a run of ``scenario`` has."""
    day = day_in_words(focus(scenario).date())
    kinds = (_of_platforms, _of_companies, _of_enforcement, _of_society)
    return tuple(measure for kind in kinds for measure in kind(scenario, day))


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
    """Length of the period before the first dated act that moves attention, at least ``QUIET_DAYS``."""
    loud = [scenario.day(date) for date, act in dated(scenario.acts) if act.salience > 0]
    return max(QUIET_DAYS, min(loud, default=scenario.days // 3))


def _of_platforms(scenario: Scenario, day: str) -> Iterator[Measure]:
    for name in scenario.platforms:
        yield Measure(
            f"{name} share",
            "percent",
            f"people who hold {name}, {SETTLED_DAYS} days after {day}",
            partial(_settled_share, name),
        )
        yield Measure(
            f"{name} change",
            "points",
            f"change of the share of holders of {name} from the first day to {SETTLED_DAYS} days after {day}",
            partial(_share_change, name),
        )
        yield Measure(
            f"{name} installs",
            "persons",
            f"installs of {name} in {WAVE_DAYS} days from {day}",
            partial(_installs, name),
        )
        yield Measure(
            f"{name} install jump",
            "times",
            f"busiest week of installs within {WAVE_DAYS} days of {day}, over the mean week before the first act",
            partial(_install_jump, name),
        )
    yield Measure(
        "multi-homing change",
        "points",
        f"change of the share of people with 2 apps or more from the first day to {SETTLED_DAYS} days after {day}",
        partial(_percent_change, "society", "multi_homing"),
    )


def _usage(platform: str, name: str, run: Run) -> NDArray[np.float64]:
    return column(run, "usage", name)[:, list(run.scenario.platforms).index(platform)]


def _settled_share(platform: str, run: Run) -> float:
    return 100 * float(settled(run, _usage(platform, "share", run)))


def _share_change(platform: str, run: Run) -> float:
    share = _usage(platform, "share", run)
    return 100 * float(settled(run, share) - share[0])


def _installs(platform: str, run: Run) -> float:
    return float(between(_usage(platform, "installs", run), focus_day(run.scenario), WAVE_DAYS).sum())


def _install_jump(platform: str, run: Run) -> float:
    installs = _usage(platform, "installs", run)
    before = float(installs[: quiet_days(run.scenario)].mean())
    wave = weekly_means(between(installs, focus_day(run.scenario), WAVE_DAYS))
    return float(wave.max()) / before if before > 0 and wave.size else np.nan


def weekly_means(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean of every seven days in a row; of all days where there are fewer."""
    days = min(WEEK, values.size)
    total = np.concatenate([[0.0], np.cumsum(values)])
    return np.asarray((total[days:] - total[:-days]) / days) if days else values


def _percent_change(table: str, name: str, run: Run) -> float:
    values = column(run, table, name)[:, 0]
    return 100 * float(settled(run, values) - values[0])


def _of_companies(scenario: Scenario, day: str) -> Iterator[Measure]:
    if not scenario.companies:
        return
    yield Measure(
        "companies announced",
        "companies",
        f"companies that have made a stop public {SETTLED_DAYS} days after {day}",
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
                f"requests to {company} that brought data, of those not still in hand, from the first day to {day}",
                partial(_produced, company, after=False),
            )
            yield Measure(
                f"{company} produced after",
                "percent",
                f"requests to {company}, new or waiting, that brought data, of those not still in hand at the end, "
                f"in {HALF_YEAR} days after {day}",
                partial(_produced, company, after=True),
            )
            yield Measure(
                f"{company} requests after",
                "requests",
                f"requests to {company} in {HALF_YEAR} days after {day}",
                partial(_received_after, company),
            )
    yield Measure(
        "disclosed accounts",
        "accounts",
        f"accounts whose data companies handed over, from the day after {day} to the last day",
        _disclosed,
    )
    yield Measure(
        OUT_OF_REACH,
        "points",
        "change of the share of ties that have an app which works and whose owner hands nothing over, from the first "
        f"day to {SETTLED_DAYS} days after {day}; read it beside what each company produced, and whether a court "
        "order was needed",
        partial(_percent_change, "measures", "safe_reach"),
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


def _window(run: Run, *, after: bool) -> tuple[int, int]:
    """First day and length: the half-year from the day after the focus, or all days up to the focus."""
    start = focus_day(run.scenario) + 1
    return (start, HALF_YEAR) if after else (0, start)


def _received_after(company: str, run: Run) -> float:
    return float(between(_data_requests(company, "received", run), *_window(run, after=True)).sum())


def _produced(company: str, run: Run, *, after: bool) -> float:
    """Requests that brought data in a window, over those that were open in it; the same ratio before and after.

    Open are the requests received and those that waited when the window began, without those in hand when it ends: what
    waits at a company that answers is on its way, what waits at one that has stopped is unanswered. A stop on the
    window's last day is too young to tell, so that the day before decides.
    """
    first, days = _window(run, after=after)
    produced, received, pending = (_data_requests(company, name, run) for name in ("produced", "received", "pending"))
    waiting = float(row(pending, first - 1)) if after else 0.0
    asked = float(between(received, first, days).sum()) + waiting - _in_hand(company, pending, first + days - 1, run)
    return 100 * float(between(produced, first, days).sum()) / asked if asked > 0 else np.nan


def _in_hand(company: str, pending: NDArray[np.float64], last: int, run: Run) -> float:
    """Requests that wait at the end of a day at a company that answered on the day before."""
    last = min(last, len(pending) - 1)
    column_of = [name for (name,) in labels(run.tables, "companies")].index(company)
    stance = stances(run.tables)[max(last - 1, 0), column_of]
    return float(pending[last]) if stance in ANSWERING else 0.0


def _disclosed(run: Run) -> float:
    accounts = column(run, "measures", "disclosed_accounts")[:, 0]
    return float(accounts[-1] - row(accounts, focus_day(run.scenario)))


def _of_enforcement(scenario: Scenario, day: str) -> Iterator[Measure]:
    del day
    if scenario.companies:
        yield Measure(
            FURTHEST_SANCTION,
            SANCTIONS,
            f"furthest sanction against any company: {', '.join(f'{step} {name}' for step, name in enumerate(RUNGS))}",
            _furthest_sanction,
        )
    yield Measure(
        "blocked platform-days",
        "days",
        "days on which the mean user could use less than half of a platform through the ISPs, added up over platforms",
        _blocked_days,
    )


def _furthest_sanction(run: Run) -> float:
    return float(column(run, "companies", "rung").max())


def _blocked_days(run: Run) -> float:
    return float((reach(run.tables, run.scenario) < MOST).sum())


def _of_society(scenario: Scenario, day: str) -> Iterator[Measure]:
    del scenario
    yield Measure(
        "speech change",
        "percent",
        f"lowest share of people who speak within {WAVE_DAYS} days of {day}, against the first day; assumed",
        _speech_change,
        is_headline=False,
    )
    yield Measure(
        "deletion ratio",
        "times",
        f"deletions per day in {DELETION_DAYS} days from {day}, over the mean day before the first act",
        _deletion_ratio,
    )
    yield Measure(
        "VPN change",
        "points",
        f"change of the share of people with a VPN from the first day to {SETTLED_DAYS} days after {day}",
        partial(_percent_change, "society", "vpn"),
    )


def _speech_change(run: Run) -> float:
    speaking = column(run, "society", "speaking")[:, 0]
    wave, before = between(speaking, focus_day(run.scenario), WAVE_DAYS), float(speaking[0])
    return 100 * (float(wave.min()) / before - 1) if wave.size and before > 0 else np.nan


def _deletion_ratio(run: Run) -> float:
    deletions = column(run, "society", "deletions")[:, 0]
    before = float(deletions[: quiet_days(run.scenario)].mean())
    after = between(deletions, focus_day(run.scenario), DELETION_DAYS)
    return float(after.mean()) / before if before > 0 and after.size else np.nan
