"""Many replicates of one scenario, and the bands over them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.record import CODEBOOK, by_week, keys, measures
from sim.runs.executors import cores, results
from sim.runs.once import Run, run_once
from sim.runs.tasks import Call

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

QUANTILES = {"p05": 0.05, "p50": 0.50, "p95": 0.95}
"""A band is the 5th to the 95th percentile of the replicates; the middle is the median."""

_MEASURES = {name for table in CODEBOOK for name in measures(table)}


@dataclass(frozen=True)
class Ensemble:
    """Replicates of one scenario, in the order of their seeds."""

    scenario: Scenario
    runs: tuple[Run, ...]
    _bands: dict[str, pd.DataFrame] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def seeds(self) -> tuple[int, ...]:
        """Root seeds of the replicates."""
        return tuple(run.seed for run in self.runs)

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
        """Bands by the week (``sim.record.by_week``); flows are so already."""
        if keys(name)[0] == "week":
            return self.bands(name)
        weeks = [by_week(name, run.tables[name]) for run in self.runs]
        return _bands(weeks, ["week", *keys(name)[1:]])

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
    low, middle, high = np.quantile(stacked, list(QUANTILES.values()), axis=0)
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
    on_progress: Callable[[float], None] | None = None,
) -> Ensemble:
    """Run replicates of a scenario with the seeds ``seed``, ``seed + 1``, and so on.

    Args:
        scenario: The world.
        replicates: Number of runs, at least 1.
        seed: Root seed of the first.
        workers: Processes; all cores when absent. The tables do not depend on it.
        threads: Kernel threads per process; all cores for a single process, else one.
        world_of: The world of the replicate with a seed, where replicates differ in more than luck.
        on_progress: Called with the number of replicates done, in fractions when there is one process.
    """
    if replicates < 1:
        raise ValueError(f"replicates must be at least 1, got {replicates}")
    if not 0 <= seed <= 2**63 - replicates:
        raise ValueError(f"seeds of {replicates} replicates must lie between 0 and 2**63 - 1, got {seed} for the first")
    workers = min(workers or cores(), replicates)
    threads = threads or (cores() if workers == 1 else 1)
    seeds = range(seed, seed + replicates)
    worlds = [world_of(seed) if world_of else scenario for seed in seeds]
    if workers == 1:
        runs = _run_here(worlds, seeds, threads, on_progress)
    else:
        tasks = [Call(run_once, (world, seed, threads)) for world, seed in zip(worlds, seeds, strict=True)]
        runs = results(tasks, workers=workers, on_progress=on_progress)
    return Ensemble(scenario, tuple(runs))


def _run_here(
    worlds: Sequence[Scenario], seeds: Sequence[int], threads: int, on_progress: Callable[[float], None] | None
) -> list[Run]:
    """Replicates one after the other, whose progress is seen by the day."""
    runs: list[Run] = []
    for world, seed in zip(worlds, seeds, strict=True):

        def on_day(days: int, whole: int = world.days) -> None:
            if on_progress:
                on_progress(len(runs) + days / whole)

        runs.append(run_once(world, seed, threads, on_day=on_day))
    return runs
