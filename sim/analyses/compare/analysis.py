"""Worlds side by side: what differs between them, and what that changes, pair by pair and person by person.

Worlds share their seeds, so that a difference is taken between twins: the same companies with the same luck, the same
people with the same contacts. What is left of chance in a difference is that of its consequences.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.analyses.compare.outcomes import COLUMNS as OUTCOME_COLUMNS
from sim.analyses.compare.outcomes import END, Course, courses, parting, read_off
from sim.analyses.compare.people import OUTCOMES, Holdings, bearers, fates_of_app, moves, record
from sim.measures import SETTLED_DAYS, Quantity, focus, headline_measures, quantities
from sim.results.bands import CHANCE, SPREAD, pairs_by_chance, spread, with_chance
from sim.results.ensemble import Ensemble, run
from sim.results.folder import write_report
from sim.runs.executors import enough, make_executor
from sim.runs.store import Store
from sim.scenario.differences import differences
from sim.scenario.files import load, name_of
from sim.scenario.schema import Scenario
from sim.tables import NO_APP, Run, by_week, keys, measures

OVER_TIME = ("usage", "requests", "society", "measures")
"""Tables whose differences are followed from week to week."""


class ComparisonError(ValueError):
    """Worlds that cannot be paired; the message is one line for the reader of a terminal."""

    for_users = True


def _beside_chance(make: Callable[[Comparison], pd.DataFrame]) -> functools.cached_property[pd.DataFrame]:
    """A table of spreads over pairs with the band of luck alone beside them, in columns named as in ``CHANCE``."""

    @functools.wraps(make)
    def whole(self: Comparison) -> pd.DataFrame:
        return with_chance(make(self), make(self.best) if self.best else None)

    return functools.cached_property(whole)


@dataclass(frozen=True)
class Comparison:
    """Worlds with the same seeds; the first is the base that the others are compared with."""

    names: tuple[str, ...]
    ensembles: tuple[Ensemble, ...]
    """The replicates of each; runs with equal places are twins."""
    dates: tuple[pd.Timestamp, ...] = ()
    """Days at whose end people are looked at; the last is that of the run. Where there are none, the tables of a run
    need not say who holds what."""

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """The world of each name."""
        return tuple(one.scenario for one in self.ensembles)

    @property
    def others(self) -> tuple[str, ...]:
        """Names of the worlds that are compared with the base."""
        return self.names[1:]

    @property
    def seeds(self) -> tuple[int, ...]:
        """Root seeds of the replicates, the same in every world."""
        return self.ensembles[0].seeds

    @functools.cached_property
    def best(self) -> Comparison | None:
        """The same worlds with their own parameters, where pairs have plausible ones: these differ in luck alone."""
        best = [one.best for one in self.ensembles if one.best]
        if len(best) < len(self.ensembles):
            return None
        twins = zip(*zip(*(one.runs for one in best), strict=False), strict=True)  # a baseline may have fewer
        some = tuple(Ensemble(one.scenario, runs) for one, runs in zip(best, twins, strict=True))
        return Comparison(self.names, some, self.dates)

    @property
    def is_drawn(self) -> bool:
        """Whether pairs live plausible worlds."""
        return bool(self.ensembles[0].draws) or self.best is not None

    def ensemble(self, name: str) -> Ensemble:
        """The replicates of one world, for its own bands and pictures."""
        return self.ensembles[self.names.index(name)]

    def world(self, name: str) -> Scenario:
        """The world of one name."""
        return self.ensemble(name).scenario

    @functools.cached_property
    def _holdings(self) -> tuple[tuple[Holdings, ...], ...]:
        """Who held what, in the runs of each world."""
        return tuple(tuple(map(Holdings.of, one.runs)) for one in self.ensembles)

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
        return courses(*self.runs(name), self._followed(name), self.first(name))

    def _followed(self, name: str) -> Iterator[Quantity]:
        return quantities(self.scenarios[0], self.world(name))

    def chance_courses(self, name: str) -> dict[str, Course]:
        """The same over pairs that differ in luck alone, counted from the same day."""
        return courses(*(self.best or self).runs(name), self._followed(name), self.first(name))

    def runs(self, name: str) -> tuple[list[Run], list[Run]]:
        """Runs of the base and of a world; those with equal places are twins."""
        return list(self.ensembles[0].runs), list(self.ensemble(name).runs)

    @functools.cached_property
    def outcomes(self) -> pd.DataFrame:
        """What changes from the first act that differs on: world, and the columns of ``outcomes.COLUMNS``."""
        found = [
            (name, read_off(self.courses(name), self.scenarios[0], self.world(name), self.chance_courses(name)))
            for name in self.others
        ]
        return pd.concat([rows.assign(world=name) for name, rows in found])[["world", *OUTCOME_COLUMNS]]

    @_beside_chance
    def headlines(self) -> pd.DataFrame:
        """Headline measures: world, measure, name, unit, base and other (means), n, and the spread of the difference.

        ``n`` counts the replicates in which both worlds have the measure.
        """
        base = {measure.id: measure for measure in headline_measures(self.scenarios[0])}
        parts = []
        for name, scenario in zip(self.others, self.scenarios[1:], strict=True):
            twins = list(zip(*self.runs(name), strict=True))
            for measure in (one for one in headline_measures(scenario) if one.id in base):
                pairs = np.array([(base[measure.id].of(one), measure.of(two)) for one, two in twins])
                pairs = pairs[~np.isnan(pairs).any(axis=1)]
                means = pairs.mean(axis=0) if len(pairs) else (np.nan, np.nan)
                row = {"world": name, "measure": measure.id, "name": measure.name, "unit": measure.unit}
                levels = {"base": means[0], "other": means[1], "n": len(pairs)}
                parts.append(row | levels | spread(pairs[:, 1] - pairs[:, 0]))
        return pd.DataFrame(parts)

    @_beside_chance
    def over_time(self) -> pd.DataFrame:
        """Differences by the week: world, table, week, key (names, joined by a slash), measure, and their spread."""
        parts = []
        for table in OVER_TIME:
            (labels, base), *rest = (_by_week(world.runs, table) for world in self.ensembles)
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

    @_beside_chance
    def people(self) -> pd.DataFrame:
        """What became of each person in both worlds: world, date, platform, outcome, and the spread of the persons.

        Counts are scaled to the population. The eight outcomes of a platform add up to all people.
        """
        apps = self.scenarios[0].platforms
        named = {"platform": np.repeat([*apps], len(OUTCOMES)), "outcome": [*OUTCOMES.values()] * len(apps)}
        return self._persons(named, lambda one, two, day: np.concatenate([
            fates_of_app(one.held[0], one.held[day], two.held[day], k) for k in range(len(apps))
        ]))  # fmt: skip

    @_beside_chance
    def moves(self) -> pd.DataFrame:
        """Who holds another app only because of the change: world, date, origin, destination, spread of the persons.

        ``origin`` is an app held in the base alone, ``destination`` one held in the other world alone; "none" where
        there is no such app, so that none to none counts the people whose apps are the same in both worlds. Whoever
        gave up one app for two counts in two rows.
        """
        apps = [*self.scenarios[0].platforms, NO_APP]
        named = {"origin": np.repeat(apps, len(apps)), "destination": apps * len(apps)}
        return self._persons(named, lambda one, two, day: moves(one.held[day], two.held[day], len(apps) - 1))

    @_beside_chance
    def bearers(self) -> pd.DataFrame:
        """What the change does to people of one kind: world, date, by, group, fate, size, spread of the percent.

        Empty where people are not told apart, as in the laboratory, which keeps no person.
        """
        isps, columns = tuple(self.scenarios[0].isps), ["world", "date", "by", "group", "fate", "size", *SPREAD]
        parts = [bearers(*both, day, isps).assign(world=name, date=date) for name, both, day, date in self._looks()]
        return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)

    def _looks(self) -> Iterator[tuple[str, tuple[Sequence[Holdings], Sequence[Holdings]], int, pd.Timestamp]]:
        """Each world but the base on each of the dates: its name, who held what in both, and row of that, and date."""
        for number, name in enumerate(self.others, start=1):
            for day, date in enumerate(self.dates, start=1):
                yield name, (self._holdings[0], self._holdings[number]), day, date

    def _persons(
        self, named: Mapping[str, Any], count: Callable[[Holdings, Holdings, int], NDArray[np.float64]]
    ) -> pd.DataFrame:
        """Spread of the persons, scaled to the population, that ``count`` finds in a pair of runs on each of the days.

        ``named`` are the columns that name what is counted, a row each.
        """
        population = self.scenarios[0].population
        scale, parts = population.represents / population.users, []
        for name, both, day, date in self._looks():
            counts = np.array([count(one, two, day) for one, two in zip(*both, strict=True)])
            parts.append(pd.DataFrame({"world": name, "date": date, **named} | spread(counts * scale)))
        return pd.concat(parts, ignore_index=True)


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
    """Run worlds with the same seeds and put them side by side, measured around the focus of the base.

    Worlds are scenarios, files, or names of shipped scenarios, and go by ``names`` where these are given. ``drawn``
    gives a world the parameters of the replicate with a seed, the same in every world of a pair; half as many pairs
    then run with the scenarios' own parameters, for the band of luck alone: ``Comparison.best``. All else is as of
    ``sim.results.ensemble.run``.

    Raises:
        ComparisonError: The worlds have other people, platforms or days, so that nothing can be paired.
        ScenarioError: One of them cannot be read.
    """
    worlds = [load(one) if isinstance(one, Path | str) else one for one in (base, *others)]
    called = tuple(names) or tuple(_name(one) for one in (base, *others))
    check_pairs(worlds, called)
    worlds = around_one_day(worlds)
    last = worlds[0].days - 1
    days = sorted({last, *(min(parting(worlds[0], world) + SETTLED_DAYS, last) for world in worlds[1:])})
    by_chance, ensembles = pairs_by_chance(replicates), list[Ensemble]()
    each = replicates + (by_chance if drawn else 0)
    with make_executor(workers=enough(workers, each * len(worlds))) as executor:
        for number, world in enumerate(worlds):
            ensembles.append(run(
                world, replicates=replicates, seed=seed, world_of=functools.partial(drawn, world) if drawn else None,
                chance_runs=by_chance, draws=draws, make=record, also=(tuple(days),), keep=keep, executor=executor,
                on_progress=functools.partial(_further, on_progress, number * each) if on_progress else None,
            ))  # fmt: skip
    return Comparison(called, tuple(ensembles), tuple(pd.Timestamp(worlds[0].date(day)) for day in days))


def _further(on_progress: Callable[[float], None], before: int, done: float) -> None:
    on_progress(before + done)


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
    of = attrgetter(*(paired := ("population.users", "population.represents", "platforms", "start", "end")))
    for name, world in zip(names[1:], worlds[1:], strict=True):
        for what, mine, theirs in zip(paired, of(worlds[0]), of(world), strict=True):
            one, other = (", ".join(value) if what == "platforms" else value for value in (mine, theirs))
            if one != other:
                raise ComparisonError(f"{name}: {what}: expected {one} as in {names[0]}, found {other}")


def _by_week(runs: Sequence[Run], table: str) -> tuple[pd.MultiIndex, NDArray[np.float64]]:
    """Week and key of each row, and the values of shape (replicates, rows, measures)."""
    weeks = [by_week(table, run.tables[table]) for run in runs]
    names = [weeks[0][name].astype(str) for name in keys(table)[1:]]
    joined = ["/".join(row) for row in zip(*names, strict=True)] if names else [""] * len(weeks[0])
    labels = pd.MultiIndex.from_arrays([weeks[0]["week"], joined], names=["week", "key"])
    return labels, np.stack([frame[measures(table)].to_numpy(dtype=float) for frame in weeks])


TABLES = ("changes", "outcomes", "headlines", "over-time", "people", "moves", "bearers")
"""Tables of a comparison, by the names of their files."""
COLUMNS = {
    "world": "the world that is compared with the base",
    "what": "value: a parameter has another value; act: an act does; only here or only there: one world lacks it",
    "before": "in the base",
    "after": "in the other world",
    "when": "end: the last day; peak: where the mean difference is largest; 180 days: so long after the worlds part; "
    "back: of the daily use of an app that is out of use for a while, when a tenth of the peak is left at most",
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
    """Write every table of a comparison, its worlds, and the pictures that ``draw`` puts there."""
    tables = {name: getattr(comparison, name.replace("-", "_")) for name in TABLES}
    worlds = dict(zip(comparison.names, comparison.scenarios, strict=True))
    write_report(folder, tables, COLUMNS, scenarios=worlds, seeds=comparison.seeds, command=command, draw=draw,
                 draws=comparison.ensembles[0].draws)  # fmt: skip


# A run beside its baseline

DIFFERENCES, PAIRS = "differences", "pairs"
"""Tables: differences with their bands, and the levels of every pair on the last day."""
PAIR_COLUMNS = ("measure", "name", "unit", "date", "seed", "base", "other")


def tables_beside(baseline: Ensemble, other: Ensemble) -> Mapping[str, pd.DataFrame]:
    """What a folder keeps of two ensembles whose runs with equal places are twins, by the names of its files.

    ``DIFFERENCES`` has one row per quantity and time of reading, with ``COLUMNS`` of ``outcomes``; ``PAIRS`` the levels
    of each pair at the end of the run, with ``PAIR_COLUMNS``. Of runs that differ in luck alone the baseline may have
    fewer.
    """
    name = "other"
    both = Comparison(("base", name), (baseline, other))
    date = pd.Timestamp(baseline.scenario.end)
    levels = [
        (id, course.quantity.name, course.quantity.unit, date, *pair)
        for id, course in both.courses(name).items()
        for pair in zip(other.seeds, course.base[:, course.day(END)], course.other[:, course.day(END)], strict=True)
    ]
    pairs = pd.DataFrame(levels, columns=list(PAIR_COLUMNS))
    return {DIFFERENCES: both.outcomes.drop(columns="world"), PAIRS: pairs}
