"""The flip test: which assumed numbers, one at a time and together, turn the sign of a difference, and at which value.

A linear emulator over plausible worlds that were run anyway names the numbers that a difference hangs on most. Real
runs then move these to the ends of their plausible range, all else as the scenario has it, in pairs with the same luck;
where the sign turns, the value at which it does is found by halving. Together they are moved along the emulator's
slope, so that the least move that turns the sign is looked for where it is expected.
"""

import datetime as dt
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.analyses.claims.text import Claim, World
from sim.measures import headline_measures, quantities
from sim.results.posterior import Range
from sim.runs.executors import Call, Executor
from sim.runs.once import run_once
from sim.runs.store import Store, tables_of
from sim.scenario.fields import leaves
from sim.scenario.files import vary
from sim.scenario.schema import Scenario

# On which numbers a difference hangs

Vector = NDArray[np.float64]
PENALTIES = tuple(10.0**power for power in np.arange(-2.0, 4.5, 0.5))
"""Among which the one is taken that predicts left-out worlds best."""


@dataclass(frozen=True)
class Emulator:
    """What a difference is expected to be at given places of the numbers in their plausible ranges."""

    middle: Vector
    """Mean places, (numbers,)."""
    level: float
    """Mean difference."""
    slopes: Vector
    """Change of the difference from the least to the greatest plausible value of each number, (numbers,)."""
    explained: float
    """Part of the variance between worlds that is predicted for worlds that were left out, at most 1; 0 for none."""

    def at(self, places: Vector) -> float:
        """The expected difference at places, (numbers,)."""
        return self.level + float((places - self.middle) @ self.slopes)

    @property
    def order(self) -> list[int]:
        """Numbers by how much they move the difference, the most first."""
        return [int(number) for number in np.argsort(-np.abs(self.slopes), kind="stable")]


def fit(places: Vector, differences: Vector) -> Emulator:
    """Fit by ridge regression, which can tell many numbers from few worlds as far as these can be told.

    Args:
        places: Of each number in its plausible range in each world, (worlds, numbers), in [0, 1].
        differences: Between the worlds of each pair, (worlds,); those without one are left out.
    """
    known = ~np.isnan(differences)
    places, differences = places[known], differences[known]
    if not known.any():
        return Emulator(np.full(places.shape[1], 0.5), np.nan, np.zeros(places.shape[1]), 0.0)
    middle, level = places.mean(axis=0), float(differences.mean())
    x, y = places - middle, differences - level
    whole = float(y @ y)
    none = Emulator(middle, level, np.zeros(places.shape[1]), 0.0)
    if len(y) < 3 or whole == 0.0:
        return none
    values, vectors = np.linalg.eigh(x @ x.T)
    turned = vectors.T @ y
    errors = []
    for penalty in PENALTIES:
        keep = np.maximum(values, 0.0) / (np.maximum(values, 0.0) + penalty)
        leverage = (vectors**2) @ keep + 1.0 / len(y)
        left = (y - vectors @ (keep * turned)) / np.maximum(1.0 - leverage, 1e-9)
        errors.append(float(left @ left))
    best = int(np.argmin(errors))
    slopes = x.T @ (vectors @ (turned / (np.maximum(values, 0.0) + PENALTIES[best])))
    return Emulator(middle, level, slopes, max(1.0 - errors[best] / whole, 0.0))


# At which values its sign turns

ALONE, TOGETHER = 3, 6
"""Numbers that are moved one at a time, and that are moved together: those on which a difference hangs most."""
HALVINGS = 4
"""Steps that narrow down the value at which a sign turns: to a sixteenth of the way."""
LEAST = 0.05
"""Part of the steepest slope below which a number is not moved: the difference does not hang on it."""
PATH = 1024
"""Steps of the way along which several numbers move."""

Move = Mapping[int, float]
"""Places in [0, 1] of some numbers in their ranges, by their place in the list of ranges; the others stay."""
Search = Generator[Sequence[Move], Sequence[float], "Turn"]
"""Asks for the mean difference after moves; positive as long as the claim holds."""


@dataclass(frozen=True)
class Turn:
    """What it takes to turn a sign with some numbers."""

    numbers: tuple[int, ...]
    move: Move | None
    """The least move found at which the claim no longer holds; nothing where none does."""
    length: float = np.nan
    """Of that move, in units of the plausible range."""


@dataclass(frozen=True)
class Flips:
    """The flip test of one difference."""

    own: float
    """Mean difference with the scenario's own numbers, positive where the claim holds."""
    alone: tuple[Turn, ...]
    """Numbers one at a time, that on which most hangs first."""
    together: Turn
    points: tuple[tuple[Move, float], ...]
    """Every move that was made, and the mean difference after it."""


def alone(number: int, own: float, falling: float) -> Search:
    """Look for the value of one number at which the claim no longer holds.

    Args:
        number: Its place in the list of ranges.
        own: Where in its range the scenario has it.
        falling: The end, 0 or 1, towards which the claim is expected to weaken.
    """
    ends = (falling, 1.0 - falling)
    found = yield [{number: end} for end in ends]
    for end, difference in zip(ends, found, strict=True):
        if difference <= 0.0:
            near, far = own, end
            for _ in range(HALVINGS):
                middle = (near + far) / 2
                (at_middle,) = yield [{number: middle}]
                near, far = (near, middle) if at_middle <= 0.0 else (middle, far)
            return Turn((number,), {number: far}, abs(far - own))
    return Turn((number,), None)


def together(numbers: Sequence[int], own: Sequence[float], slopes: Sequence[float]) -> Search:
    """Look for the least move of several numbers, along the slope, at which the claim no longer holds.

    Args:
        numbers: Their places in the list of ranges.
        own: Where in its range the scenario has each.
        slopes: How much the difference grows, positive where the claim holds, from end to end of each range.
    """
    start, direction = np.array(own), -np.array(slopes)
    if not direction.any():
        return Turn(tuple(numbers), None)
    far_enough = np.where(direction > 0, 1.0 - start, start) / np.maximum(np.abs(direction), 1e-12)
    path = np.clip(start + np.linspace(0.0, far_enough.max(), PATH)[:, None] * direction, 0.0, 1.0)
    lengths = np.linalg.norm(path - start, axis=1)

    def moved(part: float) -> dict[int, float]:
        step = int(np.searchsorted(lengths, part * lengths[-1]))
        return dict(zip(numbers, map(float, path[step]), strict=True))

    (at_end,) = yield [moved(1.0)]
    if at_end > 0.0:
        return Turn(tuple(numbers), None)
    near, far = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (near + far) / 2
        (at_middle,) = yield [moved(middle)]
        near, far = (near, middle) if at_middle <= 0.0 else (middle, far)
    least = moved(far)
    length = float(np.linalg.norm(np.array(list(least.values())) - start))
    return Turn(tuple(numbers), least, length)


def searches(emulator: Emulator, ranges: Sequence[Range], sign: int) -> list[Search]:
    """The searches of one claim: each of the first numbers alone, then the first ones together.

    Args:
        emulator: Of the difference.
        ranges: Of the numbers, in the order of the emulator.
        sign: 1 where the claim says that the difference is positive, else -1.
    """
    own = [one.place(one.own) for one in ranges]
    slopes = [sign * float(slope) for slope in emulator.slopes]
    least = LEAST * max(map(abs, slopes))
    chosen = [number for number in emulator.order if abs(slopes[number]) > least]
    found = [alone(number, own[number], 0.0 if slopes[number] > 0 else 1.0) for number in chosen[:ALONE]]
    both = chosen[:TOGETHER]
    return [*found, together(both, [own[n] for n in both], [slopes[n] for n in both])]


def drive(
    tasks: Sequence[Sequence[Search]], ask: Callable[[Sequence[tuple[int, Move]]], Sequence[float]]
) -> tuple[list[list[Turn]], list[list[tuple[Move, float]]]]:
    """Carry on all searches of all claims side by side, so that their runs are made together.

    Args:
        tasks: Searches of each claim.
        ask: Mean differences of claims, by their number, after moves; positive where the claim holds.

    Returns:
        What each search found, and every move of each claim with its difference.
    """
    turns: dict[tuple[int, int], Turn] = {}
    points: list[list[tuple[Move, float]]] = [[] for _ in tasks]
    open_ = {(claim, n): search for claim, found in enumerate(tasks) for n, search in enumerate(found)}
    wanted = {key: _go_on(search, None, turns, key) for key, search in open_.items()}
    while any(moves is not None for moves in wanted.values()):
        asked = [(key, move) for key, moves in wanted.items() if moves is not None for move in moves]
        answers = iter(ask([(claim, move) for (claim, _), move in asked]))
        following = {}
        for key, moves in wanted.items():
            if moves is not None:
                differences = [next(answers) for _ in moves]
                points[key[0]] += zip(moves, differences, strict=True)
                following[key] = _go_on(open_[key], differences, turns, key)
        wanted = following
    return [[turns[claim, n] for n in range(len(found))] for claim, found in enumerate(tasks)], points


def _go_on(
    search: Search, answers: Sequence[float] | None, turns: dict[tuple[int, int], Turn], key: tuple[int, int]
) -> Sequence[Move] | None:
    """The next moves that a search asks for; nothing once it has ended, and its result is among ``turns``."""
    try:
        return next(search) if answers is None else search.send(answers)
    except StopIteration as end:
        turns[key] = end.value
        return None


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
    _kept: dict[Wanted, dict[str, float]] = field(default_factory=dict)
    _asked: int = 0

    def __post_init__(self) -> None:
        for claim in self.claims:
            for world in (claim.base, claim.other):
                known = self._worlds.setdefault(world.key, world)
                assert known.scenario == world.scenario, f"two worlds are called {world.name}"

    def levels(self, wanted: Sequence[tuple[Claim, Sequence[tuple[Settings, int]]]]) -> list[Vector]:
        """What claims are about in both worlds, (2, runs), for each claim with the settings and seeds of its runs."""
        runs = [[self._wanted(world, *one) for world in (claim.base, claim.other) for one in settings]
                for claim, settings in wanted]  # fmt: skip
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

        found = tables_of(calls, keep=self.keep, executor=self.executor, on_progress=report)
        self._kept |= {run: tables[LEVELS].iloc[0].to_dict() for run, tables in zip(new, found, strict=True)}

    def _measures(self, world: tuple[str, dt.date]) -> tuple[str, ...]:
        """What any claim reads off a world."""
        return tuple(dict.fromkeys(c.measure for c in self.claims if world in (c.base.key, c.other.key)))


def _read(world: Scenario, settings: Settings, seed: int, measures: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Quantities on the last day, and headline measures, of one run, as the one row of a table."""
    scenario = vary(world, [f"{key}={value}" for key, value in settings], "a flip test")
    run = run_once(scenario, seed)
    found = {one.id: float(one.of(run)) for one in headline_measures(scenario) if one.id in measures}
    found |= {one.id: float(one.of(run, 0)[-1]) for one in quantities(scenario) if one.id in measures}
    return {LEVELS: pd.DataFrame([found], dtype=float)}
