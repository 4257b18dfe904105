"""Readings: numbers taken from one run, in the words in which evidence is reported.

A check of a case names one of them and gives its arguments; ``READINGS`` has them all. A reading is a function of a
run and of its arguments, and not-a-number where the run does not reach its dates or has no such row: no check passes
on missing ground. Readings of people are functions of what a watcher sees of them by the day.
"""

from __future__ import annotations

import datetime as dt
import inspect
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.measures import settlements
from sim.scenario.errors import ScenarioError, known, show
from sim.scenario.schema import Scenario
from sim.scenario.stances import ANSWERING, STANCES
from sim.tables import CODEBOOK, RETREAT, SETTLING, Run, measures

if TYPE_CHECKING:
    from sim.model import Model
    from sim.population.ties import Ties

type Reading = Callable[[Run], float]
type Units = Mapping[str, float]
"""Units in which a reading can be given, and what it is multiplied by in each."""
type Kind = Callable[[Any, Asked], Any]
"""Turns what a file says into an argument, or raises the line that says what is wrong with it."""

DAYS: Units = {"days": 1.0}
SHARE: Units = {"share": 1.0, "percent": 100.0}
RATIO: Units = {"times": 1.0, "ratio": 1.0, "share": 1.0, "percent": 100.0}
POINTS: Units = {"points": 100.0, "share": 1.0}
COMPANIES: Units = {"companies": 1.0}

PLURALS = {"platform": "platforms", "company": "companies", "isp": "isps"}
"""Words for one, where a reading takes several."""
FEW_NAMES = 12
"""So many names are listed where one of them is expected."""


def columns(table: str) -> dict[str, str]:
    """Columns of a table that can be read, with their units."""
    return {name: CODEBOOK[table][name].unit for name in measures(table)}


def level_units(table: str) -> Callable[..., Units]:
    """Units of a column ``of`` a table, as the codebook names them."""

    def units(of: str, **_: Any) -> Units:
        unit = columns(table)[of]
        many = {"share": SHARE, "persons": {"persons": 1.0, "million persons": 1e-6}}
        return many.get(unit, {unit: 1.0})

    return units


def change_units(table: str) -> Callable[..., Units]:
    """Units of a difference of a column's values."""
    return lambda of, **_: POINTS if columns(table)[of] == "share" else level_units(table)(of)


# Arguments, held against the scenario of a case


@dataclass(frozen=True, slots=True)
class Asked:
    """Where an argument stands: the scenario that it is about, its file, and its dotted key."""

    scenario: Scenario
    place: str
    key: str

    def wrong(self, expected: str, value: Any) -> ScenarioError:
        """The line about a value that is none of what was expected."""
        return ScenarioError.at(self.place, self.key, expected, show(value))


def _one(what: str, names: Callable[[Scenario], Iterable[str]]) -> Kind:
    """A name among those that exist."""

    def read(value: Any, asked: Asked) -> str:
        there = tuple(names(asked.scenario))
        expected = f"{what} ({', '.join(there)})" if len(there) <= FEW_NAMES else what
        known(asked.place, asked.key, value, there, expected)
        return str(value)

    return read


def _several(what: str, names: Callable[[Scenario], Iterable[str]]) -> Kind:
    """One name or a list of them, each once."""
    one = _one(what, names)

    def read(value: Any, asked: Asked) -> tuple[str, ...]:
        given = [value] if isinstance(value, str) else value
        if not isinstance(given, list | tuple) or not given:
            raise asked.wrong(f"{what}, or a list of such", value)
        found = tuple(one(item, asked) for item in given)
        if len(set(found)) < len(found):
            raise asked.wrong("each name once", value)
        return found

    return read


def whole(value: Any, asked: Asked) -> int:
    """A whole number, at least 1."""
    if type(value) is not int or value < 1:
        raise asked.wrong("a whole number, at least 1", value)
    return value


def lags(value: Any, asked: Asked) -> tuple[int, int]:
    """Two numbers of days, the smaller first."""
    whole_numbers = isinstance(value, list | tuple) and len(value) == 2 and all(type(item) is int for item in value)
    if not whole_numbers or not 0 < value[0] <= value[1]:
        raise asked.wrong("first and last number of days since, such as [1, 2]", value)
    return value[0], value[1]


def day(value: Any, asked: Asked) -> dt.date:
    """A day of the run."""
    try:
        found = value if type(value) is dt.date else dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        raise asked.wrong("a date (YYYY-MM-DD)", value) from None
    first, last = asked.scenario.start, asked.scenario.end
    if not first <= found <= last:
        raise asked.wrong(f"a day of the run, {first} to {last}", value)
    return found


def span(value: Any, asked: Asked) -> tuple[dt.date, dt.date]:
    """A day of the run, or first and last of several."""
    if not isinstance(value, list | tuple):
        one = day(value, asked)
        return one, one
    if len(value) != 2:
        raise asked.wrong("a day, or [first, last]", value)
    first, last = day(value[0], asked), day(value[1], asked)
    if last < first:
        raise asked.wrong("a last day that is not before the first", f"{first} to {last}")
    return first, last


Platform = Annotated[str, _one("a platform of the scenario", lambda scenario: scenario.platforms)]
Platforms = Annotated[Sequence[str], _several("a platform of the scenario", lambda scenario: scenario.platforms)]
Company = Annotated[str, _one("a company of the scenario", lambda scenario: scenario.companies)]
Companies = Annotated[Sequence[str], _several("a company of the scenario", lambda scenario: scenario.companies)]
Isps = Annotated[Sequence[str], _several("an ISP of the scenario", lambda scenario: scenario.isps)]
UsageColumn = Annotated[str, _one("a column of usage", lambda _: columns("usage"))]
SocietyColumn = Annotated[str, _one("a column of society", lambda _: columns("society"))]
Stance = Annotated[str, _one("a stance", lambda _: STANCES)]
Whole = Annotated[int, whole]
Lags = Annotated[tuple[int, int], lags]
Day = Annotated[dt.date, day]
Span = Annotated[tuple[dt.date, dt.date], span]


# The register


@dataclass(frozen=True, slots=True)
class PersonReading:
    """A reading of a run's people, whom a watcher sees day by day; equal watchers are shared."""

    watcher: partial[Any]
    read: Callable[[Any], float]
    """What the watcher has seen, as a number."""

    @property
    def key(self) -> tuple[Any, ...]:
        """Tells watchers apart."""
        return self.watcher.func, *self.watcher.args


@dataclass(frozen=True)
class Named:
    """A reading that a check can name: a function of a run and arguments, or of arguments alone for people."""

    name: str
    function: Callable[..., Any]
    kinds: Mapping[str, Kind]
    required: tuple[str, ...]
    units: Callable[..., Units]
    days: Callable[..., Iterable[dt.date]]

    def bound(
        self, written: Mapping[str, Any], scenario: Scenario, place: str, key: str, others: Iterable[str] = ()
    ) -> tuple[Reading | PersonReading, Units]:
        """The reading with checked arguments, and its units.

        Args:
            written: Arguments by name, as a file has them.
            scenario: What they are about.
            place: The file.
            key: Dotted key of the check.
            others: Keys that any check may have, for the nearest word to a misspelt one.

        Raises:
            ScenarioError: one line about an argument that is missing, unknown or impossible.
        """
        found: dict[str, Any] = {}
        for word, value in written.items():
            name = PLURALS.get(word, word) if word not in self.kinds else word
            if name not in self.kinds:
                words = f"an argument of {self.name} ({', '.join(self.kinds)}) or a key of a check"
                raise ScenarioError.at(place, key, words, f'"{word}"', (*self.kinds, *others), word)
            if name in found:
                raise ScenarioError.at(place, f"{key}.{word}", f"it or {name}", "both")
            found[name] = self.kinds[name](value, Asked(scenario, place, f"{key}.{word}"))
        for name in self.required:
            if name not in found:
                raise ScenarioError.at(place, f"{key}.{name}", f"what {self.name} reads", "nothing")
        for one in self.days(**found):
            if not scenario.start <= one <= scenario.end:
                run = f"days of the run, {scenario.start} to {scenario.end}"
                raise ScenarioError.at(place, key, run, f"{one}, which {self.name} needs")
        of_run = RUN in inspect.signature(self.function).parameters
        made = partial(self.function, **found) if of_run else self.function(**found)
        return made, self.units(**found)


RUN = "run"
READINGS: dict[str, Named] = {}
"""Every reading by its name."""


def reading[F: Callable[..., Any]](
    units: Units | Callable[..., Units], *, days: Callable[..., Iterable[dt.date]] = lambda **_: ()
) -> Callable[[F], F]:
    """Enter a function into the register under its own name.

    Args:
        units: Units of the reading, or a function of its arguments that gives them.
        days: Further days, of the arguments given, that must lie in the run.
    """

    def enter(function: F) -> F:
        name, hints = function.__name__, get_type_hints(function, include_extras=True)
        arguments = [one for one in inspect.signature(function).parameters.values() if one.name != RUN]
        READINGS[name] = Named(
            name, function, {one.name: hints[one.name].__metadata__[0] for one in arguments},
            tuple(one.name for one in arguments if one.default is inspect.Parameter.empty),
            units if callable(units) else lambda **_: units, days,
        )  # fmt: skip
        return function

    return enter


type Days = tuple[dt.date, dt.date]
"""First and last day of a period, both included."""
Flags = NDArray[np.bool_]

FLOWS = ("installs", "first_installs", "removals")
"""Columns of usage that count what happened on a day, so that days add up."""
REMOVAL = "removal"
"""Name of the channel of content removal in the table of requests."""
YES_OR_NO = ("settled_by_company",)
"""Readings that are 1 or 0 of a run, and not-a-number where it has neither: the third outcome."""
EVER = 10**6
HAMPERED = 0.5
"""Usability below which a platform is said to be cut off, or hampered."""
REACHABLE = 0.5
"""Usability from which a person is said to reach an app without a VPN."""
RECENT, LATER = (1, 2), (8, 14)
"""Days since a contact adopted that count as just now, and at which its pull should have faded."""
ONE_DAY = dt.timedelta(days=1)


# Rows of a run's tables


def over(table: pd.DataFrame, first: dt.date, last: dt.date) -> pd.DataFrame:
    """Rows of a period; none where the run does not cover all of it."""
    dates = table["date"]
    covered = len(table) and dates.iloc[0] <= pd.Timestamp(first) and pd.Timestamp(last) <= dates.iloc[-1]
    return table[(dates >= pd.Timestamp(first)) & (dates <= pd.Timestamp(last))] if covered else table.iloc[:0]


def over_days(table: pd.DataFrame, first: dt.date, last: dt.date) -> pd.DataFrame:
    """Rows of a log between two days, both included, whatever days it has."""
    return table[(table["date"] >= pd.Timestamp(first)) & (table["date"] <= pd.Timestamp(last))]


def mean(table: pd.DataFrame, column: str, days: Days) -> float:
    """Mean of a column over a period; not-a-number where the run does not cover it."""
    rows = over(table, *days)[column]
    return float(rows.mean()) if len(rows) else np.nan


def over_positive(above: float, below: float) -> float:
    """One number over another; not-a-number unless the other is positive."""
    return float(above) / float(below) if below > 0 else np.nan


def days_to_first(dates: pd.Series, start: dt.date) -> float:
    """Days from a date to the first of some; infinity where there is none."""
    return float((dates.iloc[0] - pd.Timestamp(start)).days) if len(dates) else np.inf


# Usage: who holds and uses which app. Several platforms are summed


def _usage(run: Run, platforms: Iterable[str], column: str) -> pd.DataFrame:
    """Date and one column of usage, summed over platforms; nothing where a platform has no rows."""
    table = run.tables["usage"]
    known("usage", column, column, list(table), "a column that this run has")
    rows = table[table["platform"].isin(list(platforms))]
    if set(rows["platform"].astype(str)) != set(platforms):
        return pd.DataFrame({"date": pd.to_datetime([]), column: []})
    return rows.groupby("date", sort=True, observed=True)[column].sum().reset_index()


@reading(level_units("usage"))
def level(run: Run, of: UsageColumn, platforms: Platforms, at: Span) -> float:
    """A column on a day, or its mean over several."""
    return mean(_usage(run, platforms, of), of, at)


@reading(change_units("usage"))
def change(run: Run, of: UsageColumn, platforms: Platforms, before: Span, after: Span) -> float:
    """A column after minus before."""
    rows = _usage(run, platforms, of)
    return mean(rows, of, after) - mean(rows, of, before)


@reading(RATIO)
def ratio(run: Run, of: UsageColumn, platforms: Platforms, before: Span, after: Span) -> float:
    """A column after over before."""
    rows = _usage(run, platforms, of)
    return over_positive(mean(rows, of, after), mean(rows, of, before))


@reading(SHARE)
def loss(run: Run, of: UsageColumn, platforms: Platforms, before: Span, after: Span) -> float:
    """What is gone of a column, as a part of what there was before; negative where it grew."""
    return 1.0 - ratio(run, of, platforms, before, after)


@reading(RATIO)
def excess_left(run: Run, of: UsageColumn, platforms: Platforms, before: Span, peak: Span, after: Span) -> float:
    """What is left of a rise: (after - before) / (peak - before); not-a-number where nothing rose."""
    rows = _usage(run, platforms, of)
    quiet = mean(rows, of, before)
    return over_positive(mean(rows, of, after) - quiet, mean(rows, of, peak) - quiet)


@reading(POINTS)
def excess_lasts_longer(
    run: Run, of: UsageColumn, platform: Platform, than: Platform, before: Span, peak: Span, after: Span
) -> float:
    """What is left of one platform's rise minus what is left of another's."""
    mine, other = (excess_left(run, of, (name,), before, peak, after) for name in (platform, than))
    return mine - other


def _around(first: dt.date, days: int, **_: Any) -> Days:
    return first - ONE_DAY, first + dt.timedelta(days=days - 1)


@reading(SHARE, days=_around)
def gain_of_base(
    run: Run,
    platforms: Platforms,
    base: Platforms,
    first: Day,
    days: Whole,
    of: UsageColumn = "installs",
    base_of: UsageColumn = "holders",
) -> float:
    """What platforms gain in some days, over what others had on the day before.

    Installs and the like add up over the days; of other columns the gain is the change from the day before the first.
    """
    before, last = _around(first, days)
    rows = _usage(run, platforms, of)
    if of in FLOWS:
        gained = float(over(rows, first, last)[of].sum(min_count=1))
    else:
        gained = _on(rows, last, of) - _on(rows, before, of)
    return over_positive(gained, _on(_usage(run, base, base_of), before, base_of))


def _on(table: pd.DataFrame, day: dt.date, column: str) -> float:
    return mean(table, column, (day, day))


@reading(SHARE)
def newcomers_keeping(run: Run, origin: Platform, destination: Platform, before: Day, after: Day) -> float:
    """Part of the people a platform gained whom the other did not lose, as panels report it."""
    gained, grown = (change(run, "share", (name,), (before, before), (after, after)) for name in (destination, origin))
    return 1.0 - max(0.0, -grown) / gained if gained > 0 else np.nan


# Society: circumvention, speech, and how many apps people hold


def _society(run: Run, column: str, days: Days) -> float:
    table = run.tables["society"]
    known("society", column, column, list(table), "a column that this run has")
    return mean(table, column, days)


@reading(level_units("society"))
def society_level(run: Run, of: SocietyColumn, at: Span) -> float:
    """A column on a day, or its mean over several."""
    return _society(run, of, at)


@reading(change_units("society"))
def society_change(run: Run, of: SocietyColumn, before: Span, after: Span) -> float:
    """A column after minus before."""
    return _society(run, of, after) - _society(run, of, before)


@reading(RATIO)
def society_ratio(run: Run, of: SocietyColumn, before: Span, after: Span) -> float:
    """A column after over before."""
    return over_positive(_society(run, of, after), _society(run, of, before))


# Companies: pauses, announcements, answers to demands, turns and yielding


def _company(run: Run, name: str) -> pd.DataFrame:
    """Rows of a company, day by day."""
    table = run.tables["companies"]
    return table[table["company"] == name].reset_index(drop=True)


def _stances(run: Run, name: str) -> pd.Series:
    return _company(run, name)["stance"].astype(str)


def _acts(run: Run, *verbs: str) -> pd.DataFrame:
    """Acts of some kinds, in their order."""
    table = run.tables["acts"]
    return table[table["verb"].isin(verbs)]


def _requests(run: Run, name: str, period: Days) -> pd.DataFrame:
    table = run.tables["requests"]
    return over(table[(table["company"] == name) & (table["type"] != REMOVAL)], *period)


def _days_to_announcement(run: Run, name: str, since: dt.date) -> float:
    table = _company(run, name)
    return days_to_first(table.loc[table["announced"] > 0, "date"], since)


@reading(COMPANIES)
def largest_cluster(run: Run, companies: Companies, since: Day, window: Whole, within: Whole = EVER) -> float:
    """Most companies that went public in ``window`` days of one another, up to ``within`` days after a date."""
    days = [day for name in companies if (day := _days_to_announcement(run, name, since)) <= within]
    return max((sum(first <= day < first + window for day in days) for first in days), default=0)


@reading(COMPANIES)
def silent_companies(run: Run, companies: Companies, since: Day) -> float:
    """Companies that had stopped for a day or more before they said so."""

    def gap(name: str) -> float:
        stopped = days_to_first(_company(run, name).loc[~_stances(run, name).isin(ANSWERING), "date"], since)
        return _days_to_announcement(run, name, since) - stopped

    return sum(0 < gap(name) < math.inf for name in companies)


@reading({"requests": 1.0})
def received(run: Run, company: Company, period: Span) -> float:
    """Demands for data that a company received in a period."""
    return float(_requests(run, company, period)["received"].sum(min_count=1))


@reading(SHARE)
def produced_share(run: Run, company: Company, period: Span) -> float:
    """Demands answered with data in a period, over demands received in it."""
    table = _requests(run, company, period)
    return over_positive(table["produced"].sum(), table["received"].sum())


@reading({"changes": 1.0})
def stance_changes(run: Run, company: Company) -> float:
    """How often a company changed its stance."""
    stances = _stances(run, company)
    return (stances != stances.shift()).sum() - 1 if len(stances) else np.nan


@reading({"1/year": 1.0})
def resumptions_per_year(run: Run, companies: Companies) -> float:
    """Returns from a stop to answering, per company and year of stopping."""
    answers = [_stances(run, name).isin(ANSWERING).to_numpy() for name in companies]
    returns = sum(int((one[1:] & ~one[:-1]).sum()) for one in answers)
    return over_positive(returns, sum(int((~one).sum()) for one in answers) / 365.25)


@reading(DAYS)
def days_to_stance(run: Run, companies: Companies, stance: Stance, since: Day) -> float:
    """Days from a date to the first day on which one of the companies holds a stance; infinity if none does."""
    table = run.tables["companies"]
    held = table["company"].isin(list(companies)) & (table["stance"].astype(str) == stance)
    return days_to_first(table.loc[held & (table["date"] >= pd.Timestamp(since)), "date"], since)


@reading(DAYS)
def days_between_turns(run: Run, company: Company, turn: Whole, since: Day) -> float:
    """Days from one turn of a company between answering and not answering to the next; the first counts from a date.

    Infinity if the company makes fewer turns.
    """
    answers = _stances(run, company).isin(ANSWERING)
    turned = answers != answers.shift(fill_value=answers.iloc[0])
    turns = [pd.Timestamp(since), *_company(run, company).loc[turned, "date"]]
    return float((turns[turn] - turns[turn - 1]).days) if len(turns) > turn else np.inf


@reading(SHARE)
def yielded_share(run: Run, companies: Companies, day: Day) -> float:
    """Share of companies that had met a demand by the end of a day."""
    met = _acts(run, "meet a demand")
    return len(set(met.loc[met["date"] <= pd.Timestamp(day), "actor"]) & set(companies)) / len(companies)


@reading(SHARE)
def yielded_within(run: Run, companies: Companies, period: Span) -> float:
    """Of the companies that met a demand at all, the share that did so in a period; not-a-number where none did."""
    met = _acts(run, "meet a demand")
    mine = met[met["actor"].isin(list(companies))]
    return over_positive(over_days(mine, *period)["actor"].nunique(), mine["actor"].nunique())


@reading(COMPANIES)
def holding_out(run: Run, companies: Companies, day: Day) -> float:
    """Companies that had not met a demand by the end of a day."""
    return len(companies) * (1.0 - yielded_share(run, companies, day))


@reading(DAYS)
def days_to_yield(run: Run, company: Company, since: Day) -> float:
    """Days from a date to the day on which a company met a demand; infinity if it never did."""
    met = _acts(run, "meet a demand")
    return days_to_first(met.loc[met["actor"] == company, "date"], since)


@reading(DAYS)
def days_to_settle(run: Run, company: Company, since: Day) -> float:
    """Days from a date to the end of a dispute: the company gives in, or the state does; infinity within the run."""
    return days_to_first(settlements(run, company)["date"], since)


@reading(SHARE)
def settled_by_company(run: Run, company: Company) -> float:
    """Whether it was the company that gave in (1) or the state (0); not-a-number where neither did."""
    ends = settlements(run, company)
    return float(ends["verb"].iloc[0] != RETREAT) if len(ends) else np.nan


@reading(DAYS)
def days_to_instalment(run: Run, company: Company, since: Day) -> float:
    """Days from a date to the first part of a demand that a company met, or to all of it; infinity if it met none."""
    paid = _acts(run, "meet a part", *SETTLING)
    return days_to_first(paid.loc[paid["actor"] == company, "date"], since)


# ISPs: how fast and how far blocks reach their users


def _lags_of_first_order(run: Run) -> dict[str, float]:
    """Days that each ISP took to carry out the first order against a website."""
    orders = _acts(run, "order a site block")
    if not len(orders):
        return {}
    first, done = orders.iloc[0], _acts(run, "execute an order")
    done = done[done["because"].str.split().map(lambda ids: str(first["id"]) in ids)]
    return {str(row.actor): float((row.date - first["date"]).days) for row in done.itertuples()}


def _access(run: Run, platform: str, day: dt.date) -> pd.DataFrame:
    """Rows of a platform on a day: one for each ISP."""
    table = run.tables["isps"]
    return table[(table["date"] == pd.Timestamp(day)) & (table["platform"] == platform)]


@reading(DAYS)
def site_block_lag(run: Run, isps: Isps) -> float:
    """Days that the slowest of some ISPs took for the first order against a website; infinity if one never acted."""
    found = _lags_of_first_order(run)
    return max((found.get(isp, math.inf) for isp in isps), default=math.nan) if found else math.nan


@reading(SHARE)
def site_block_coverage(run: Run) -> float:
    """Share of users behind ISPs that carried out the first order against a website."""
    found = _lags_of_first_order(run)
    return sum(isp.share for name, isp in run.scenario.isps.items() if name in found) if found else math.nan


@reading(SHARE)
def over_blocking(run: Run) -> float:
    """Largest share of co-hosted sites that an ISP's blocks hit on any day."""
    return float(run.tables["isps"]["over_blocked"].max())


@reading({"1/platform-year": 1.0})
def blocks_per_platform_year(run: Run) -> float:
    """Beginnings of blocks, most users cut off, per platform and year."""
    table = run.tables["isps"]
    weights = table["isp"].astype(str).map({name: isp.share for name, isp in run.scenario.isps.items()})
    reach = (table["access"] * weights.astype(float)).groupby([table["date"], table["platform"]], observed=True).sum()
    cut = reach.unstack() < HAMPERED
    begun = cut & ~cut.shift(fill_value=False)
    return over_positive(begun.to_numpy().sum(), cut.size / 365.25)


@reading(SHARE)
def cut_off_share(run: Run, platform: Platform, day: Day) -> float:
    """Share of users for whom an app is hampered on a day, by more than half."""
    rows = _access(run, platform, day)
    hampered = rows.loc[rows["access"] < HAMPERED, "isp"].astype(str)
    return sum(run.scenario.isps[name].share for name in hampered) if len(rows) else math.nan


@reading(SHARE)
def hampering_isps(run: Run, platform: Platform, isps: Isps, day: Day) -> float:
    """Share of some ISPs, each counted once, that hamper an app on a day by more than half."""
    rows = _access(run, platform, day)
    rows = rows[rows["isp"].isin(list(isps))]
    return float((rows["access"] < HAMPERED).sum()) / len(isps) if len(rows) else math.nan


# People: watchers see them at the end of each day, while a run is simulated or in a second simulation of it, which is
# the first one again, since a run is a function of its scenario and seed. Watching changes nothing


def holding(model: Model, platform: str) -> Flags:
    """(N,) who holds an app."""
    return np.asarray(model.population.people["hold"] >> model.platform_index(platform) & 1, np.bool_)


class Watcher(ABC):
    """Sees the end of each day up to the last that it needs."""

    def __init__(self, last: dt.date) -> None:
        self.last = last
        self.seen_last = False

    def look(self, model: Model) -> None:
        """See the end of a day, unless all has been seen."""
        date = model.scenario.date(model.day - 1)
        if date <= self.last:
            self.see(model, date)
            self.seen_last = date == self.last

    @abstractmethod
    def see(self, model: Model, date: dt.date) -> None:
        """See the end of a day."""


class Watch:
    """Watchers of several readings, each once: call it at the end of each day, then ask for the numbers."""

    def __init__(self, readings: Sequence[PersonReading]) -> None:
        makers = {one.key: one for one in readings}
        self._watchers: dict[Any, Watcher] = {key: one.watcher() for key, one in makers.items()}

    def __call__(self, model: Model) -> None:
        """See the end of a day."""
        for watcher in self._watchers.values():
            watcher.look(model)

    def again(self, run: Run) -> Watch:
        """Simulate a run again, as far as it is needed."""
        from sim.model import Model

        last = max((watcher.last for watcher in self._watchers.values()), default=None)
        if last is not None:
            model = Model(run.scenario, rng=run.seed)
            for _ in range(min(run.scenario.day(last) + 1, run.scenario.days)):
                model.step()
                self(model)
        return self

    def read(self, one: PersonReading) -> float:
        """The number of a reading; not-a-number where the run ended before its last day."""
        watcher = self._watchers[one.key]
        return float(one.read(watcher)) if watcher.seen_last else np.nan


class TwoDays(Watcher):
    """Who holds what on two days, by platform."""

    def __init__(self, before: dt.date, after: dt.date) -> None:
        super().__init__(after)
        self._before = before
        self.then: dict[str, Flags] = {}
        self.now: dict[str, Flags] = {}

    def see(self, model: Model, date: dt.date) -> None:
        """Copy what people hold."""
        if date in (self._before, self.last):
            held = {name: holding(model, name) for name in model.scenario.platforms}
            self.then = held if date == self._before else self.then
            self.now = held if date == self.last else self.now


def _part(who: Flags, among: Flags) -> float:
    return float(who[among].mean()) if among.any() else np.nan


@reading(SHARE)
def newcomers_with_both(origin: Platform, destination: Platform, before: Day, after: Day) -> PersonReading:
    """Part of those who came to hold one app between two dates and who then hold the other as well."""

    def read(seen: TwoDays) -> float:
        return _part(seen.now[origin], seen.now[destination] & ~seen.then[destination])

    return PersonReading(partial(TwoDays, before, after), read)


@reading(SHARE)
def former_holding_any(origin: Platform, platforms: Platforms, eve: Day, day: Day) -> PersonReading:
    """Part of the people who held an app on the day before and who hold any of some others on a day."""

    def read(seen: TwoDays) -> float:
        return _part(np.logical_or.reduce([seen.now[name] for name in platforms]), seen.then[origin])

    return PersonReading(partial(TwoDays, eve, day), read)


class Reach(Watcher):
    """Holders on the day before; on a day, holders who reach the app, and those of them who need their VPN."""

    def __init__(self, platform: str, before: dt.date, day: dt.date) -> None:
        super().__init__(day)
        self._platform, self._before = platform, before
        self.holders = self.reaching = self.by_vpn = 0

    def see(self, model: Model, date: dt.date) -> None:
        """Count."""
        if date == self._before:
            self.holders = int(holding(model, self._platform).sum())
        if date == self.last:
            assert model.conditions is not None
            number, people = model.platform_index(self._platform), model.population.people
            cut_off = np.asarray(people["cut"] >> number & 1, np.bool_)
            reaching = holding(model, self._platform) & ~cut_off
            open_way = model.conditions.access[number][people["isp"]] >= REACHABLE
            self.reaching, self.by_vpn = int(reaching.sum()), int((reaching & ~open_way).sum())


@reading(SHARE)
def still_reaching(platform: Platform, eve: Day, day: Day) -> PersonReading:
    """Holders who reach an app on a day, by VPN or because their ISP lets it through, over holders the day before."""
    return PersonReading(partial(Reach, platform, eve, day), lambda seen: over_positive(seen.reaching, seen.holders))


@reading(SHARE)
def reaching_by_vpn(platform: Platform, eve: Day, day: Day) -> PersonReading:
    """Part of those who reach an app on a day and could not without their VPN."""
    return PersonReading(partial(Reach, platform, eve, day), lambda seen: over_positive(seen.by_vpn, seen.reaching))


class TakenUp(Watcher):
    """How many people came to have a VPN on each day from a date on."""

    def __init__(self, first: dt.date, last: dt.date) -> None:
        super().__init__(last)
        self._eve = first - ONE_DAY
        self._had: Flags | None = None
        self._days: dict[dt.date, int] = {}

    def see(self, model: Model, date: dt.date) -> None:
        """Count."""
        if date >= self._eve:
            has = model.population.people["vpn"].astype(np.bool_)
            if self._had is not None:
                self._days[date] = int((has & ~self._had).sum())
            self._had = has

    def per_day(self, period: Days) -> float:
        """Mean over a period."""
        return float(np.mean([count for date, count in self._days.items() if period[0] <= date <= period[1]]))


@reading(RATIO, days=lambda before, **_: [before[0] - ONE_DAY])
def vpn_taken_up(before: Span, after: Span) -> PersonReading:
    """People who come to have a VPN on a day, over those of a usual day; not-a-number where usually nobody does."""

    def read(seen: TakenUp) -> float:
        return over_positive(seen.per_day(after), seen.per_day(before))

    return PersonReading(partial(TakenUp, before[0], after[1]), read)


class Contagion(Watcher):
    """Adoptions of an app by the days since a contact last adopted, day by day over a period."""

    def __init__(self, platform: str, period: Days, recent: tuple[int, int], later: tuple[int, int]) -> None:
        super().__init__(period[1])
        self._platform, self._first = platform, period[0]
        self._had: Flags | None = None
        self._ties: Ties | None = None
        self._last_contact = np.empty(0, np.int64)
        self._longest = max(recent[1], later[1])
        self.adopters = np.empty(0, np.bool_)
        self.strata: dict[tuple[int, int], list[tuple[int, int, int, int]]] = {recent: [], later: []}
        """By days since: adopters and others among the exposed, then adopters and others among the unexposed."""

    def see(self, model: Model, date: dt.date) -> None:
        """See who took the app up on a day, and when their contacts last did."""
        if date < self._first:
            return
        has = holding(model, self._platform)
        if self._had is None:
            self._had, self.adopters = has, np.zeros(has.size, np.bool_)
            self._last_contact = np.full(has.size, -EVER)
            self._ties = model.population.ties
            return
        assert self._ties is not None
        at_risk, came = ~self._had, has & ~self._had
        age = model.day - self._last_contact
        unexposed = at_risk & (age > self._longest)
        for first, last in self.strata:
            exposed = at_risk & (age >= first) & (age <= last)
            hits, base = int((came & exposed).sum()), int((came & unexposed).sum())
            counts = hits, int(exposed.sum()) - hits, base, int(unexposed.sum()) - base
            self.strata[first, last].append(counts)
        self._last_contact[_contacts(self._ties, np.flatnonzero(came))] = model.day
        self.adopters |= came
        self._had = has

    def hazard_ratio(self, days: tuple[int, int]) -> float:
        """Hazard of adoption so many days after a contact's, over that without one for longer.

        Days are strata (Mantel and Haenszel 1959), so that what moves everyone on a day does not count.
        """
        a, b, c, d = np.array(self.strata[days], np.float64).reshape(-1, 4).T
        total = np.maximum(a + b + c + d, 1.0)
        return over_positive((a * (c + d) / total).sum(), (c * (a + b) / total).sum())

    def assortativity(self) -> float:
        """Share of adopters among adopters' contacts, over the share of adopters among all."""
        who = np.flatnonzero(self.adopters)
        if not who.size or self._ties is None:
            return np.nan
        return float(self.adopters[_contacts(self._ties, who)].mean() / self.adopters.mean())


def _contacts(ties: Ties, who: NDArray[np.int64]) -> NDArray[np.int64]:
    """Contacts of some people, one after another."""
    parts = [ties.indices[ties.indptr[i] : ties.indptr[i + 1]] for i in who]
    return np.concatenate(parts).astype(np.int64) if parts else np.empty(0, np.int64)


@reading(RATIO)
def adoption_after_a_contact(
    platform: Platform, period: Span, recent: Lags = RECENT, later: Lags = LATER
) -> PersonReading:
    """Hazard of taking an app up just after a contact did, over that of people without such a contact for long."""
    return PersonReading(partial(Contagion, platform, period, recent, later), lambda seen: seen.hazard_ratio(recent))


@reading(RATIO)
def contagion_left(platform: Platform, period: Span, recent: Lags = RECENT, later: Lags = LATER) -> PersonReading:
    """What is left of the excess hazard later on, as a share of that just after a contact adopted."""

    def read(seen: Contagion) -> float:
        return over_positive(seen.hazard_ratio(later) - 1.0, seen.hazard_ratio(recent) - 1.0)

    return PersonReading(partial(Contagion, platform, period, recent, later), read)


@reading(RATIO)
def adopters_together(platform: Platform, period: Span) -> PersonReading:
    """How far adopters of a period are one another's contacts: 1 by chance."""
    return PersonReading(partial(Contagion, platform, period, RECENT, LATER), lambda seen: seen.assortativity())
