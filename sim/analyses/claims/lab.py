"""Runs that claims ask for, each made once: a world, the numbers that are moved in it, and a seed."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.analyses.claims.text import Claim, World
from sim.analyses.compare.outcomes import quantities
from sim.measures import headline_measures
from sim.runs.checkpoint import Checkpoint, tables_of
from sim.runs.once import run_once
from sim.runs.tasks import Call, Executor
from sim.scenario.fields import leaves
from sim.scenario.files import vary
from sim.scenario.schema import Scenario

LEVELS = "levels"
"""Name of the table that a run leaves."""
Settings = tuple[tuple[str, str], ...]
"""Dotted keys and values, as they would be typed, that a run changes in its world."""


@dataclass(frozen=True)
class Wanted:
    """A run: which world, what is changed in it, and the seed."""

    world: tuple[str, dt.date]
    settings: Settings
    seed: int


@dataclass
class Lab:
    """Makes runs and keeps what the claims read off them."""

    claims: Sequence[Claim]
    executor: Executor
    on_progress: Callable[[float, float], None] | None = None
    keep: Checkpoint | None = None
    _worlds: dict[tuple[str, dt.date], World] = field(default_factory=dict)
    _free: dict[tuple[str, dt.date], frozenset[str]] = field(default_factory=dict)
    _kept: dict[Wanted, dict[str, float]] = field(default_factory=dict)
    _asked: int = 0

    def __post_init__(self) -> None:
        for claim in self.claims:
            for world in (claim.base, claim.other):
                known = self._worlds.setdefault(world.key, world)
                assert known.scenario == world.scenario, f"two worlds are called {world.name}"

    def levels(self, wanted: Sequence[tuple[Claim, Sequence[tuple[Settings, int]]]]) -> list[NDArray[np.float64]]:
        """What claims are about in both worlds, (2, runs), for each claim with the settings and seeds of its runs."""
        runs = [[self._wanted(world, *one) for world in (claim.base, claim.other) for one in told]
                for claim, told in wanted]  # fmt: skip
        self._make(run for needed in runs for run in needed)
        return [
            np.array([self._kept[run][claim.measure] for run in needed]).reshape(2, -1)
            for needed, (claim, _) in zip(runs, wanted, strict=True)
        ]

    def _wanted(self, world: World, settings: Settings, seed: int) -> Wanted:
        """The run of a world; settings that it lacks, or that make it the world that it is, are passed over."""
        if world.key not in self._free:
            self._free[world.key] = frozenset(leaf.key for leaf in leaves(world.scenario)) - {*world.fixed}
        known = tuple((key, value) for key, value in settings if key in self._free[world.key])
        return Wanted(world.key, known, seed)

    def _make(self, wanted: Iterable[Wanted]) -> None:
        new = [run for run in dict.fromkeys(wanted) if run not in self._kept]
        done = self._asked
        self._asked += len(new)
        calls = [
            Call(_read, (self._worlds[run.world].scenario, run.settings, run.seed, self._measures(run.world)))
            for run in new
        ]

        def report(count: int) -> None:
            if self.on_progress:
                self.on_progress(done + count, self._asked)

        found = tables_of(calls, [LEVELS], keep=self.keep, executor=self.executor, on_progress=report)
        self._kept |= {run: tables[LEVELS].iloc[0].to_dict() for run, tables in zip(new, found, strict=True)}

    def _measures(self, world: tuple[str, dt.date]) -> tuple[str, ...]:
        """What any claim reads off a world."""
        return tuple(dict.fromkeys(c.measure for c in self.claims if world in (c.base.key, c.other.key)))


def _read(world: Scenario, settings: Settings, seed: int, measures: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Quantities on the last day, and headline measures, of one run, as the one row of a table."""
    scenario = vary(world, [f"{key}={value}" for key, value in settings], "a flip test")
    run = run_once(scenario, seed)
    told = {measure.name: measure.of for measure in headline_measures(scenario) if measure.name in measures}
    found = {name: float(of(run)) for name, of in told.items()}
    found |= {q.name: float(q.of(run, 0)[-1]) for q in quantities(scenario) if q.name in measures}
    return {LEVELS: pd.DataFrame([found], dtype=float)}
