"""Many replicates of one scenario, the bands over them, and their summary by headline measures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.measures import COARSE, Measure, advice, headline_measures
from sim.results.bands import CHANCE, percentiles
from sim.runs.code import meaning_of
from sim.runs.executors import Call, Executor, InProcess, cores, enough
from sim.runs.once import run_once
from sim.runs.store import Store, tables_of
from sim.scenario.schema import Scenario
from sim.scenario.words import tally
from sim.tables import CODEBOOK, Frames, Run, by_week, keys, measures

if TYPE_CHECKING:
    from sim.actors.company import Company

_MEASURES = {name for table in CODEBOOK for name in measures(table)}


@dataclass(frozen=True)
class Ensemble:
    """Replicates of one scenario, in the order of their seeds."""

    scenario: Scenario
    runs: tuple[Run, ...]
    best: Ensemble | None = None
    """Replicates of the scenario's own world, where ``runs`` live plausible worlds, each one of its own."""
    draws: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of the files from which the plausible worlds were drawn, by their names."""
    measures: tuple[Measure, ...] = ()
    """Measures of one's own, which the summary has after the headline measures."""
    _bands: dict[str, pd.DataFrame] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def seeds(self) -> tuple[int, ...]:
        """Root seeds of the replicates."""
        return tuple(run.seed for run in self.runs)

    @property
    def chance(self) -> Ensemble:
        """Replicates that differ in luck alone: those of the best world, or all where there is no other."""
        return self.best or self

    def table(self, name: str) -> pd.DataFrame:
        """All replicates of one table below one another, with the seed as the first column."""
        return pd.concat([run.tables[name].assign(seed=run.seed) for run in self.runs], ignore_index=True)[
            ["seed", *CODEBOOK[name]]
        ]

    def bands(self, name: str) -> pd.DataFrame:
        """Bands of one table: its keys, ``measure``, and the percentiles ``p05``, ``p50``, ``p95`` over replicates."""
        if name not in self._bands:
            self._bands[name] = _bands([run.tables[name] for run in self.runs], keys(name))
        return self._bands[name]

    def weekly_bands(self, name: str) -> pd.DataFrame:
        """Bands by the week (``sim.tables.by_week``); flows are so already."""
        if keys(name)[0] == "week":
            return self.bands(name)
        weeks = [by_week(name, run.tables[name]) for run in self.runs]
        return _bands(weeks, ["week", *keys(name)[1:]])

    def weekly(self, name: str) -> pd.DataFrame:
        """Bands by the week, with the percentiles of luck alone in columns beside them, named as in ``CHANCE``."""
        bands = self.weekly_bands(name)
        chance = self.chance.weekly_bands(name)
        return bands.assign(**{column: chance[quantile] for quantile, column in CHANCE.items()})

    def stances(self) -> pd.DataFrame:
        """Share of replicates in which a company holds a stance: date, company, stance, share."""
        table = self.table("companies")
        counts = table.groupby(["date", "company", "stance"], observed=True, sort=False).size()
        return (counts / len(self.runs)).rename("share").reset_index()


def _bands(tables: Sequence[pd.DataFrame], named_by: list[str]) -> pd.DataFrame:
    """Replicates share their rows, so that a band is a percentile across arrays."""
    labels = tables[0][named_by]
    columns = [name for name in tables[0].columns if name in _MEASURES]
    stacked = np.stack([table[columns].to_numpy() for table in tables])
    low, middle, high = percentiles(stacked)
    frames = [
        labels.assign(measure=column, p05=low[:, i], p50=middle[:, i], p95=high[:, i])
        for i, column in enumerate(columns)
    ]
    return pd.concat(frames, ignore_index=True)


def run(
    scenario: Scenario,
    *,
    replicates: int = 20,
    seed: int = 1,
    workers: int | None = None,
    threads: int | None = None,
    world_of: Callable[[int], Scenario] | None = None,
    chance_runs: int | None = None,
    draws: Mapping[str, str] = MappingProxyType({}),
    make: Callable[..., Mapping[str, pd.DataFrame]] | None = None,
    also: tuple[Any, ...] = (),
    companies: Mapping[str, type[Company]] = MappingProxyType({}),
    measures: Sequence[Measure] = (),
    keep: Store | None = None,
    executor: Executor | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> Ensemble:
    """Run replicates of a scenario with the seeds ``seed``, ``seed + 1``, and so on.

    Args:
        scenario: The world.
        replicates: Number of runs, at least 1.
        seed: Root seed of the first.
        workers: Processes; all cores when absent. The tables do not depend on it.
        threads: Kernel threads per process; all cores for a single process, else one.
        world_of: The plausible world of the replicate with a seed. The same seeds then run once more in the scenario's
            own world, for the band of luck alone: ``Ensemble.best``.
        chance_runs: How many of them do; all when absent.
        draws: What ``world_of`` takes its worlds from: hashes of files by their names, for the record.
        make: What makes the tables of one run in place of ``run_once``, from world, seed and ``also``.
        also: Further arguments of it.
        companies: Classes by names of companies, as of ``sim.Model``; for other processes, they come from a module.
        measures: Measures of one's own, for the summary.
        keep: Where to keep finished runs until all are there.
        executor: Who makes the runs; else one is made from ``workers``, and ended afterwards.
        on_progress: Called with the number of runs done, in fractions when there is one process.

    Returns:
        The replicates, in the order of their seeds. Units are those of ``sim.tables.CODEBOOK``.

    Raises:
        ValueError: No replicate is asked for, a seed is out of bounds, the scenario has no such company, or the class
            of one is defined in a script and not in a module.
    """
    if replicates < 1:
        raise ValueError(f"replicates must be at least 1, got {replicates}")
    if not 0 <= seed <= 2**63 - replicates:
        raise ValueError(f"seeds of {replicates} replicates must lie between 0 and 2**63 - 1, got {seed} for the first")
    own = list(range(seed, seed + replicates))
    seeds = [*own, *own[:chance_runs]] if world_of else own
    worlds = [*map(world_of, own), *[scenario] * len(own[:chance_runs])] if world_of else [scenario] * replicates
    workers = enough(workers, len(seeds))
    is_here = isinstance(executor, InProcess) if executor else workers == 1
    count, on_day = _by_the_day(on_progress, scenario.days) if on_progress else (None, None)
    how: dict[str, Any] = {"threads": threads or (cores() if is_here else 1)}
    how |= {"on_day": on_day} if is_here else {}
    of = ""
    if companies:
        how |= {"companies": dict(companies)}
        of = "" if is_here and keep is None else meaning_of(companies.values())
    maker = make or tables_of_one
    calls = [Call(maker, (world, seed, *also), how, of) for world, seed in zip(worlds, seeds, strict=True)]
    found = tables_of(calls, keep=keep, executor=executor, workers=workers, on_progress=count)
    runs = [Run(*one, Frames(tables)) for one, tables in zip(zip(worlds, seeds, strict=True), found, strict=True)]
    best = Ensemble(scenario, tuple(runs[replicates:])) if world_of else None
    return Ensemble(scenario, tuple(runs[:replicates]), best, dict(draws), tuple(measures))


def tables_of_one(scenario: Scenario, seed: int, **how: Any) -> Mapping[str, pd.DataFrame]:
    """The tables of one run."""
    return run_once(scenario, seed, **how).tables


def _by_the_day(on_progress: Callable[[float], None], days: int) -> tuple[Callable[[int], None], Callable[[int], None]]:
    """What to call with the number of runs done, and, within a run, with that of its days."""
    done = 0

    def on_runs(runs: int) -> None:
        nonlocal done
        done = runs
        on_progress(runs)

    return on_runs, lambda day: on_progress(done + day / days)


COLUMNS = (
    "measure", "name", "unit", "median", "low", "high", "chance_low", "chance_high", "counts", "observed", "source",
    "meaning",
)  # fmt: skip


def summarise(ensemble: Ensemble) -> pd.DataFrame:
    """One row per headline measure, then one per measure of one's own; the codebook explains ``COLUMNS``.

    An ensemble of one world has a band of luck alone, and both bands are the same. Replicates that lack a measure are
    left out of its band. ``observed`` is not-a-number where the scenario names no observation.
    """
    scenario = ensemble.scenario
    rows = []
    for measure in (*headline_measures(scenario), *ensemble.measures):
        if not measure.is_headline:
            continue
        low, median, high = _band(measure, ensemble)
        chance_low, _, chance_high = _band(measure, ensemble.best) if ensemble.best else (low, median, high)
        values = [measure.of(run) for run in ensemble.runs]
        counts = tally(values, COARSE[measure.unit]) if measure.unit in COARSE else ""
        seen = scenario.observed.get(measure.id)
        value, source = (seen.value, seen.row or seen.note) if seen else (np.nan, "")
        rows.append(
            (measure.id, measure.name, measure.unit, median, low, high, chance_low, chance_high, counts, value, source,
             measure.meaning)
        )  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _band(measure: Measure, ensemble: Ensemble) -> tuple[float, float, float]:
    """Percentiles of a measure over the replicates that have it."""
    values = np.array([measure.of(run) for run in ensemble.runs])
    low, middle, high = map(float, percentiles(values[~np.isnan(values)]))
    return low, middle, high


def unknown_observations(scenario: Scenario) -> list[str]:
    """A line for each key under ``[observed]`` that is the id of no headline measure of the scenario."""
    measures = headline_measures(scenario)
    lines = {id: f"observed.{id!r} is no headline measure of this scenario" for id in scenario.observed}
    return ["; ".join(filter(None, (line, advice(id, measures)))) for id, line in lines.items()
            if id not in {one.id for one in measures}]  # fmt: skip
