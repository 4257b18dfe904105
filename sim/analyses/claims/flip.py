"""The flip test: at which value a number, moved alone, turns the sign of a difference.

A screen (``sim.analyses.screening``) names the numbers that a difference hangs on. Real runs move each to the ends of
its plausible range, all else as the scenario has it, in pairs with the same chance; where the sign turns, or nothing is
left of the difference, the value at which it does is found by halving.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.analyses.claims.text import Claim, World
from sim.measures import MET, headline_measures, quantities
from sim.runs.executors import Call, Executor
from sim.runs.once import run_once
from sim.runs.store import Store, tables_of
from sim.scenario.fields import leaves
from sim.scenario.files import vary
from sim.scenario.schema import Scenario

Vector = NDArray[np.float64]
HALVINGS = 4
"""Steps that narrow down the value at which a sign turns: to a sixteenth of the way."""


class Doubt(NamedTuple):
    """A number of a claim that is moved alone."""

    claim: int
    """Place of the claim."""
    number: int
    """Place of the number in the list of ranges."""
    own: float
    """Where in its range the scenario has it."""
    falling: float
    """The end, 0 or 1, towards which the claim is expected to weaken."""


class Move(NamedTuple):
    """A number of a claim, and the place in [0, 1] of its range to which it is moved; all others stay."""

    claim: int
    number: int
    place: float


@dataclass(frozen=True)
class Turn:
    """What moving one number alone does to the sign of a difference."""

    number: int
    place: float | None
    """The place nearest to the scenario's own at which the claim no longer holds; nothing where none was found."""
    points: tuple[tuple[float, float], ...] = ()
    """Every place that was tried, and the mean difference there, positive where the claim holds."""


def find_turns(doubts: Sequence[Doubt], ask: Callable[[Sequence[Move]], Sequence[float]]) -> list[Turn]:
    """Look for the value of each number at which its claim no longer holds, all side by side.

    Args:
        doubts: What is moved; of each its own search, in steps that are made together.
        ask: Mean differences after moves, positive where the claim holds; a claim of which nothing is left has fallen.
    """
    points: list[list[tuple[float, float]]] = [[] for _ in doubts]

    def differences(moves: Sequence[tuple[int, float]]) -> list[float]:
        found = list(ask([Move(doubts[n].claim, doubts[n].number, place) for n, place in moves]))
        for (n, place), difference in zip(moves, found, strict=True):
            points[n].append((place, difference))
        return found

    ends = [(n, end) for n, one in enumerate(doubts) for end in (one.falling, 1.0 - one.falling)]
    near, far = {}, dict[int, float]()
    for (n, end), difference in zip(ends, differences(ends), strict=True):
        if difference <= 0.0 and n not in far:
            near[n], far[n] = doubts[n].own, end
    for _ in range(HALVINGS if far else 0):
        middles = [(n, (near[n] + far[n]) / 2) for n in far]
        for (n, middle), difference in zip(middles, differences(middles), strict=True):
            if difference <= 0.0:
                far[n] = middle
            else:
                near[n] = middle
    return [Turn(one.number, far.get(n), tuple(points[n])) for n, one in enumerate(doubts)]


# The runs that this takes

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
    keep: Store | None = None
    _worlds: dict[tuple[str, dt.date], World] = field(default_factory=dict)
    _free: dict[tuple[str, dt.date], frozenset[str]] = field(default_factory=dict)
    _kept: dict[Wanted, dict[str, Vector]] = field(default_factory=dict)
    _asked: int = 0

    def __post_init__(self) -> None:
        for claim in self.claims:
            for world in (claim.base, claim.other, claim.base.whole, claim.other.whole):
                known = self._worlds.setdefault(world.key, world)
                assert known.scenario == world.scenario, f"two worlds are called {world.name}"

    def levels(self, wanted: Sequence[tuple[Claim, Sequence[tuple[Settings, int]]]]) -> list[Vector]:
        """What claims are about in both worlds, (2, runs), for each claim with the settings and seeds of its runs."""
        runs = [[self._wanted(world, *one) for world in (claim.base, claim.other) for one in told]
                for claim, told in wanted]  # fmt: skip
        self._make(run for needed in runs for run in needed)
        return [
            np.array([self._kept[run][claim.measure][-1] for run in needed]).reshape(2, -1)
            for needed, (claim, _) in zip(runs, wanted, strict=True)
        ]

    def courses(self, wanted: Sequence[tuple[Claim, Sequence[tuple[Settings, int]]]]) -> list[Vector]:
        """What claims are about day by day, to the end of their scenarios, (2, runs, days).

        Of a claim whose measure is no daily quantity there is one day, that of the claim.
        """
        runs = [[self._wanted(world.whole, *one) for world in (claim.base, claim.other) for one in told]
                for claim, told in wanted]  # fmt: skip
        self._make(run for needed in runs for run in needed)
        return [
            np.array([self._kept[run][claim.measure] for run in needed]).reshape(2, len(told), -1)
            for needed, (claim, told) in zip(runs, wanted, strict=True)
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

        found = tables_of(calls, keep=self.keep, executor=self.executor, on_progress=report)
        for run, tables in zip(new, found, strict=True):
            self._kept[run] = {name: tables[LEVELS][name].to_numpy() for name in tables[LEVELS]}

    def _measures(self, world: tuple[str, dt.date]) -> tuple[str, ...]:
        """What any claim reads off a world."""
        ends = ((claim.measure, one) for claim in self.claims for one in (claim.base, claim.other))
        return tuple(dict.fromkeys(measure for measure, one in ends if world in (one.key, one.whole.key)))


def _read(world: Scenario, settings: Settings, seed: int, measures: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Daily quantities of one run, or headline measures, which are the same on each of its days."""
    scenario = vary(world, [f"{key}={value}" for key, value in settings], "a flip test")
    run = run_once(scenario, seed)
    found = {one.id: np.full(scenario.days, float(one.of(run))) for one in headline_measures(scenario)
             if one.id in measures}  # fmt: skip
    found |= {one.id: one.of(run, 0) for one in quantities(scenario) if one.id in measures}
    found |= {id: np.zeros(scenario.days) for id in measures if id.endswith(MET) and id not in found}  # nobody asks
    return {LEVELS: pd.DataFrame(found, dtype=float)}
