"""Worlds side by side: what differs between them, and what that changes, pair by pair and person by person.

Worlds share their seeds, so that a difference is taken between twins: the same companies with the same luck, the same
people with the same contacts. What is left of chance in a difference is that of its consequences.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.analyses.compare.outcomes import COLUMNS as OUTCOME_COLUMNS
from sim.analyses.compare.outcomes import END, Course, courses, parting, read_off
from sim.analyses.compare.people import OUTCOMES, RunWithHoldings, bearers, fates_of_app, moves, record
from sim.measures import SETTLED_DAYS, focus, headline_measures, quantities
from sim.results.bands import CHANCE, SPREAD, pairs_by_chance, spread, with_chance
from sim.results.ensemble import Ensemble
from sim.results.folder import write_report
from sim.runs.executors import Call
from sim.runs.store import Store, tables_of
from sim.scenario.differences import differences
from sim.scenario.files import load, name_of
from sim.scenario.schema import Scenario
from sim.tables import NO_APP, Run, by_week, keys, measures

OVER_TIME = ("usage", "requests", "society", "measures")
"""Tables whose differences are followed from week to week."""


class ComparisonError(ValueError):
    """Worlds that cannot be paired; the message is one line for the reader of a terminal."""

    for_users = True


def _beside_luck(make: Callable[[Comparison], pd.DataFrame]) -> functools.cached_property[pd.DataFrame]:
    """A table of spreads over pairs with the band of luck alone beside them, in columns named as in ``CHANCE``."""

    @functools.wraps(make)
    def whole(self: Comparison) -> pd.DataFrame:
        return with_chance(make(self), make(self.best) if self.best else None)

    return functools.cached_property(whole)


@dataclass(frozen=True)
class Comparison:
    """Worlds with the same seeds; the first is the base that the others are compared with."""

    names: tuple[str, ...]
    lives: tuple[tuple[RunWithHoldings, ...], ...]
    dates: tuple[pd.Timestamp, ...]
    """Days at whose end people are looked at; the last is that of the run."""
    worlds: tuple[Scenario, ...] = ()
    """The world of each name, where replicates lived it with parameters of their own."""
    best: Comparison | None = None
    """The same worlds with their own parameters, where pairs have plausible ones: these differ in luck alone."""
    draws: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of the files from which the parameters were drawn, by their names."""

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """The world of each name."""
        return self.worlds or tuple(world[0].run.scenario for world in self.lives)

    @property
    def others(self) -> tuple[str, ...]:
        """Names of the worlds that are compared with the base."""
        return self.names[1:]

    @property
    def seeds(self) -> tuple[int, ...]:
        """Root seeds of the replicates, the same in every world."""
        return tuple(life.run.seed for life in self.lives[0])

    def world(self, name: str) -> Scenario:
        """The world of one name."""
        return self.scenarios[self.names.index(name)]

    def ensemble(self, name: str) -> Ensemble:
        """The replicates of one world, for its own bands and pictures."""
        number = self.names.index(name)
        best = self.best.ensemble(name) if self.best else None
        return Ensemble(self.scenarios[number], tuple(life.run for life in self.lives[number]), best, self.draws)

    @functools.cached_property
    def changes(self) -> pd.DataFrame:
        """What makes each world another than the base: world, what, key, before, after, sentence."""
        rows = [
            (name, change.what, change.key, change.before, change.after, change.sentence)
            for name, scenario in zip(self.others, self.scenarios[1:], strict=True)
            for change in differences(self.scenarios[0], scenario)
        ]
        return pd.DataFrame(rows, columns=["world", "what", "key", "before", "after", "sentence"])

    def first(self, name: str) -> int:
        """Number of the day on which a world parts from the base."""
        return parting(self.scenarios[0], self.world(name), list(zip(*self.runs(name), strict=True)))

    def courses(self, name: str) -> dict[str, Course]:
        """Every quantity that a question is answered by, in the base and in a world, day by day."""
        return courses(*self.runs(name), quantities(self.scenarios[0]), self.first(name))

    def lucky_courses(self, name: str) -> dict[str, Course]:
        """The same over pairs that differ in luck alone, counted from the same day."""
        return courses(*(self.best or self).runs(name), quantities(self.scenarios[0]), self.first(name))

    def runs(self, name: str) -> tuple[list[Run], list[Run]]:
        """Runs of the base and of a world; those with equal places are twins."""
        one, two = ([life.run for life in world] for world in (self.lives[0], self.lives[self.names.index(name)]))
        return one, two

    @functools.cached_property
    def outcomes(self) -> pd.DataFrame:
        """What changes from the first act that differs on: world, and the columns of ``outcomes.COLUMNS``."""
        found = [
            (name, read_off(self.courses(name), self.scenarios[0], self.lucky_courses(name))) for name in self.others
        ]
        return pd.concat([rows.assign(world=name) for name, rows in found])[["world", *OUTCOME_COLUMNS]]

    @_beside_luck
    def headlines(self) -> pd.DataFrame:
        """Headline measures: world, measure, name, unit, base and other (means), n, and the spread of the difference.

        ``n`` counts the replicates in which both worlds have the measure.
        """
        base = {measure.id: measure for measure in headline_measures(self.scenarios[0])}
        parts = []
        for name, scenario, world in zip(self.others, self.scenarios[1:], self.lives[1:], strict=True):
            for measure in headline_measures(scenario):
                if measure.id not in base:
                    continue
                pairs = np.array([
                    (base[measure.id].of(one.run), measure.of(two.run))
                    for one, two in zip(self.lives[0], world, strict=True)
                ])  # fmt: skip
                pairs = pairs[~np.isnan(pairs).any(axis=1)]
                means = pairs.mean(axis=0) if len(pairs) else (np.nan, np.nan)
                told = {"world": name, "measure": measure.id, "name": measure.name, "unit": measure.unit}
                levels = {"base": means[0], "other": means[1], "n": len(pairs)}
                parts.append(told | levels | spread(pairs[:, 1] - pairs[:, 0]))
        return pd.DataFrame(parts)

    @_beside_luck
    def over_time(self) -> pd.DataFrame:
        """Differences by the week: world, table, week, key (names, joined by a slash), measure, and their spread."""
        parts = []
        for table in OVER_TIME:
            (labels, base), *rest = (_by_week(world, table) for world in self.lives)
            for name, (others, values) in zip(self.others, rest, strict=True):
                common = labels.intersection(others, sort=False)
                if common.empty:  # of companies, where one of the worlds has none
                    continue
                gaps = values[:, others.get_indexer(common)] - base[:, labels.get_indexer(common)]
                where = common.to_frame().assign(world=name, table=table)
                parts += [
                    where.assign(measure=measure, **spread(gaps[:, :, i])) for i, measure in enumerate(measures(table))
                ]
        return pd.concat(parts, ignore_index=True)[["world", "table", "week", "key", "measure", *SPREAD]]

    @_beside_luck
    def people(self) -> pd.DataFrame:
        """What became of each person in both worlds: world, date, platform, outcome, and the spread of the persons.

        Counts are scaled to the population. The eight outcomes of a platform add up to all people.
        """
        parts = []
        for name, world in zip(self.others, self.lives[1:], strict=True):
            for (day, date), (k, platform) in itertools.product(
                enumerate(self.dates, start=1), enumerate(self.scenarios[0].platforms)
            ):
                counts = np.array([
                    fates_of_app(one.holdings[0], one.holdings[day], two.holdings[day], k)
                    for one, two in zip(self.lives[0], world, strict=True)
                ])  # fmt: skip
                told = {"world": name, "date": date, "platform": platform, "outcome": list(OUTCOMES.values())}
                parts.append(pd.DataFrame(told | spread(counts * self._persons)))
        return pd.concat(parts, ignore_index=True)

    @_beside_luck
    def moves(self) -> pd.DataFrame:
        """Who holds another app only because of the change: world, date, origin, destination, spread of the persons.

        ``origin`` is an app held in the base alone, ``destination`` one held in the other world alone; "none" where
        there is no such app, so that none to none counts the people whose apps are the same in both worlds. Whoever
        gave up one app for two counts in two rows.
        """
        apps = [*self.scenarios[0].platforms, NO_APP]
        parts = []
        for name, world in zip(self.others, self.lives[1:], strict=True):
            for day, date in enumerate(self.dates, start=1):
                counts = np.array([
                    moves(one.holdings[day], two.holdings[day], len(apps) - 1)
                    for one, two in zip(self.lives[0], world, strict=True)
                ])  # fmt: skip
                told: dict[str, Any] = {"world": name, "date": date, "origin": np.repeat(apps, len(apps))}
                told |= {"destination": apps * len(apps)}
                parts.append(pd.DataFrame(told | spread(counts * self._persons)))
        return pd.concat(parts, ignore_index=True)

    @_beside_luck
    def bearers(self) -> pd.DataFrame:
        """What the change does to people of one kind: world, date, by, group, fate, size, spread of the percent.

        Empty where people are not told apart, as in the laboratory, which keeps no person.
        """
        isps = tuple(self.scenarios[0].isps)
        parts = [
            bearers(self.lives[0], world, day, isps).assign(world=name, date=date)
            for name, world in zip(self.others, self.lives[1:], strict=True)
            for day, date in enumerate(self.dates, start=1)
        ]
        columns = ["world", "date", "by", "group", "fate", "size", *SPREAD]
        return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)

    @property
    def _persons(self) -> float:
        """People for whom a simulated person stands."""
        population = self.scenarios[0].population
        return population.represents / population.users


def compare(
    base: Scenario | Path | str,
    *others: Scenario | Path | str,
    names: Sequence[str] = (),
    replicates: int = 20,
    seed: int = 1,
    workers: int | None = None,
    drawn: Callable[[Scenario, int], Scenario] | None = None,
    draws: Mapping[str, str] = MappingProxyType({}),
    keep: Store | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> Comparison:
    """Run worlds with the same seeds and put them side by side.

    Outcomes of every world are measured around the focus of the base.

    Args:
        base: A scenario, a file, or the name of a shipped scenario.
        others: What to compare with it.
        names: What to call the worlds, the base first; file names, or titles, when absent.
        replicates: Runs of each world.
        seed: Root seed of the first replicate.
        workers: Processes; all cores when absent. The tables do not depend on it.
        drawn: Gives a world the parameters of the replicate with a seed, the same in every world of a pair. Half as
            many pairs then run with the scenarios' own parameters, for the band of luck alone: ``Comparison.best``.
        draws: What ``drawn`` takes them from: hashes of files by their names, for the record.
        keep: Where to keep finished runs until all are there.
        on_progress: Called with the number of runs done.

    Returns:
        The worlds, with tables of the paired differences, each in the unit of its measure.

    Raises:
        ComparisonError: The worlds have other people, platforms or days, so that nothing can be paired.
        ScenarioError: One of them cannot be read.
    """
    worlds = [load(one) if isinstance(one, Path | str) else one for one in (base, *others)]
    called = tuple(names) or tuple(_name(one) for one in (base, *others))
    check_pairs(worlds, called)
    worlds = around_one_day(worlds)
    last = pd.Timestamp(worlds[0].end)
    starts = [pd.Timestamp(worlds[0].date(parting(worlds[0], world))) for world in worlds[1:]]
    later = [min(start + pd.Timedelta(days=SETTLED_DAYS), last) for start in starts]
    dates = tuple(sorted({*later, last}))
    days = tuple(worlds[0].day(date.date()) for date in dates)
    told = [
        (drawn(world, number) if drawn else world, number)
        for world in worlds
        for number in range(seed, seed + replicates)
    ]
    lucky = pairs_by_chance(replicates) if drawn else 0
    told += [(world, number) for world in worlds for number in range(seed, seed + lucky)]
    calls = [Call(record, (*one, days)) for one in told]
    found = tables_of(calls, keep=keep, workers=workers, on_progress=on_progress)
    lived = (RunWithHoldings.read(*one, tables) for one, tables in zip(told, found, strict=True))
    lives, luck = (tuple(tuple(itertools.islice(lived, n)) for _ in worlds) for n in (replicates, lucky))
    if not drawn:
        return Comparison(called, lives, dates)
    return Comparison(called, lives, dates, tuple(worlds), Comparison(called, luck, dates), dict(draws))


def around_one_day(worlds: Sequence[Scenario]) -> list[Scenario]:
    """The worlds as they are compared, and written: outcomes of each are measured around the focus of the first."""
    day = focus(worlds[0]).date()
    return [world.model_copy(update={"focus": day}) for world in worlds]


def _name(one: Scenario | Path | str) -> str:
    return name_of(one) if isinstance(one, Path | str) else one.title


def check_pairs(worlds: Sequence[Scenario], names: Sequence[str]) -> None:
    """Refuse worlds that cannot be paired person by person and day by day: raises ``ComparisonError``."""
    if len(worlds) < 2:
        raise ComparisonError("expected two scenarios or more, found one")
    if len(names) != len(worlds) or len(dict.fromkeys(names)) < len(names):
        raise ComparisonError(f"expected a name of its own for each of {len(worlds)} worlds, found {', '.join(names)}")
    base = worlds[0]
    for name, world in zip(names[1:], worlds[1:], strict=True):
        for what, mine, theirs in (
            ("population.users", base.population.users, world.population.users),
            ("population.represents", base.population.represents, world.population.represents),
            ("platforms", ", ".join(base.platforms), ", ".join(world.platforms)),
            ("start", base.start, world.start),
            ("end", base.end, world.end),
        ):
            if mine != theirs:
                raise ComparisonError(f"{name}: {what}: expected {mine} as in {names[0]}, found {theirs}")


def _by_week(world: Sequence[RunWithHoldings], table: str) -> tuple[pd.MultiIndex, NDArray[np.float64]]:
    """Week and key of each row, and the values of shape (replicates, rows, measures)."""
    weeks = [by_week(table, life.run.tables[table]) for life in world]
    names = [weeks[0][name].astype(str) for name in keys(table)[1:]]
    joined = ["/".join(row) for row in zip(*names, strict=True)] if names else [""] * len(weeks[0])
    labels = pd.MultiIndex.from_arrays([weeks[0]["week"], joined], names=["week", "key"])
    return labels, np.stack([frame[measures(table)].to_numpy(dtype=float) for frame in weeks])


COLUMNS = {
    "world": "the world that is compared with the base",
    "what": "value: a parameter has another value; act: an act does; only here or only there: one world lacks it",
    "before": "in the base",
    "after": "in the other world",
    "when": "end: the last day; peak: where the mean difference is largest; 180 days: so long after the worlds part",
    "base": "mean over replicates in the base",
    "other": "mean over replicates in the other world",
    "n": "pairs of runs that have the measure",
    "p05": "5th percentile over pairs of runs, in plausible worlds: chance and parameters together",
    "p50": "median over the same pairs",
    "p95": "95th percentile over the same pairs",
    "mean": "mean over the same pairs",
    "low": "lower end of the 90 % interval of the mean",
    "high": "upper end of the 90 % interval of the mean",
    **{
        name: f"{name.removeprefix('chance_p')}th percentile over pairs in the best world: luck alone"
        for name in CHANCE.values()
    },
    "key": "names of the row in its table; in the table of changes, the dotted key",
    "outcome": "what became of persons and an app, from the start of the base to the date",
    "origin": "app that they hold in the base alone",
    "destination": "app that they hold in the other world alone",
    "by": "what people are put into groups by",
    "group": "the group, by what is so in the base on the first day",
    "fate": "what the change does to a person, by the date; the spread is in percent of the group",
    "size": "percent of all people that are in the group",
}


def write_comparison(comparison: Comparison, folder: Path, *, command: str, draw: Callable[[Path], object]) -> None:
    """Write every table of a comparison, its worlds, and the pictures that ``draw`` puts there.

    Raises:
        OutputError: The folder cannot be written.
    """
    tables = {
        "changes": comparison.changes,
        "outcomes": comparison.outcomes,
        "headlines": comparison.headlines,
        "over-time": comparison.over_time,
        "people": comparison.people,
        "moves": comparison.moves,
        "bearers": comparison.bearers,
    }
    worlds = dict(zip(comparison.names, comparison.scenarios, strict=True))
    write_report(folder, tables, COLUMNS, scenarios=worlds, seeds=comparison.seeds, command=command, draw=draw,
                 draws=comparison.draws)  # fmt: skip


# A run beside its baseline: two ensembles whose runs with equal places are twins

DIFFERENCES, PAIRS = "differences", "pairs"
"""Tables: differences with their bands, and the levels of every pair on the last day."""
PAIR_COLUMNS = ("measure", "name", "unit", "date", "seed", "base", "other")


@dataclass(frozen=True)
class Beside:
    """Two ensembles whose runs with equal places are twins."""

    baseline: Ensemble
    other: Ensemble

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """What a folder keeps, by the names of its files."""
        return {DIFFERENCES: self.differences, PAIRS: self.pairs}

    @functools.cached_property
    def differences(self) -> pd.DataFrame:
        """One row per quantity and time of reading, as in a comparison: ``COLUMNS`` of ``outcomes``."""
        return read_off(self._courses, self.baseline.scenario, self._between(self.baseline.chance, self.other.chance))

    @functools.cached_property
    def pairs(self) -> pd.DataFrame:
        """Levels of each pair at the end of the run: ``PAIR_COLUMNS``."""
        date = pd.Timestamp(self.baseline.scenario.end)
        rows = [
            (id, course.quantity.name, course.quantity.unit, date, seed, base, other)
            for id, course in self._courses.items()
            for day in [course.day(END)]
            for seed, base, other in zip(self.other.seeds, course.base[:, day], course.other[:, day], strict=True)
        ]
        return pd.DataFrame(rows, columns=list(PAIR_COLUMNS))

    @functools.cached_property
    def _courses(self) -> Mapping[str, Course]:
        return self._between(self.baseline, self.other)

    def _between(self, base: Ensemble, other: Ensemble) -> Mapping[str, Course]:
        """Every quantity in both; of the runs that differ in luck alone the baseline may have fewer."""
        runs = list(zip(base.runs, other.runs, strict=False))
        first = parting(self.baseline.scenario, self.other.scenario, runs)
        one, two = zip(*runs, strict=True)
        return courses(one, two, quantities(base.scenario), first)
