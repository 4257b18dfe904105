"""Evaluations of a calibration: points of the prior, run once each, kept one by one as they finish.

::

    of.json                           what the folder is of: digest of the targets, seed, code of the model
    evaluations/<key>.<hash>.json     an evaluation: its number, place and readings

An evaluation is a function of its number and its place alone, and the place of a point is a function of its number: the
number gives the seed of the run, and the points are a scrambled Sobol' sequence (Owen 1998, J. Complexity 14) after the
values of the scenario itself. So a bank does not depend on who made which part of it, when, or how often it was killed.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sim.calibration.prior import Vector
from sim.calibration.targets import Targets, TargetsError
from sim.evidence.cases import load_case
from sim.runs.code import build
from sim.runs.executors import cores, make_executor
from sim.runs.files import HASH_DIGITS, read_sealed, seal, sweep_drafts, unwritable, write_whole
from sim.runs.measured import pack, unpack
from sim.runs.once import run_once
from sim.runs.processes import worker_died
from sim.runs.store import LOCK, hold
from sim.scenario.files import vary

FIRST_SEED = 1_000_000
"""Seed of evaluation 0: away from those of ordinary runs."""
OF = "of.json"


@dataclass(frozen=True)
class Bank:
    """Finished evaluations in the order of their numbers; the first has the values of the scenario.

    Attributes:
        numbers: (n,) numbers of the evaluations.
        places: (n, d) places in the prior, 0 to 1; the axis, if any, is the last column.
        readings: (n, m) what the runs gave, each on the scale of its target.
    """

    numbers: tuple[int, ...]
    places: Vector
    readings: Vector


@dataclass(frozen=True)
class Point:
    """A run to be made: its number, which gives the seed, and the places of its parameters in the prior."""

    number: int
    place: tuple[float, ...]


class Ledger:
    """The evaluations of one file of targets in a folder, for one process at a time.

    Raises:
        TargetsError: The folder holds evaluations of other targets, another scenario or another model, or another
            process is at work there.
        StudyError: The folder cannot be written.
    """

    def __init__(self, folder: Path, targets: Targets, seed: int) -> None:
        self.targets, self.seed = targets, seed
        self._mine = f"{targets.digest()} {seed} {build()}"
        self._folder = folder / "evaluations"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            is_mine = hold(folder / LOCK, self)
        except OSError as error:
            raise unwritable(self._folder, error) from error
        if not is_mine:
            raise TargetsError(f"{folder}: another calibration is at work there; let it end or choose another --runs")
        self._know(folder / OF)
        sweep_drafts(folder)
        self._checks = [(target, target.found().observed) for target in targets.targets]
        self._kept = dict(self._read())

    def _know(self, file: Path) -> None:
        """See that the folder is of these targets, or make it so."""
        try:
            of = json.loads(file.read_bytes())["of"]
        except FileNotFoundError:
            of = None
        except (OSError, ValueError, KeyError, TypeError):
            of = "damaged" if any(self._folder.iterdir()) else None
        if of not in (None, self._mine):
            raise TargetsError(f"{file.parent}: has evaluations of other targets, seed or model; choose another --runs")
        write_whole(file, (json.dumps({"of": self._mine}) + "\n").encode())

    def _read(self) -> Iterator[tuple[str, list[float]]]:
        """Readings of what is whole, by key; what is damaged is set aside and made again."""
        for path in sorted(self._folder.iterdir()):
            if path.suffix == ".json" and not path.name.startswith(".") and (data := read_sealed(path)) is not None:
                yield path.name.split(".")[0], json.loads(data)["readings"]

    def make(self, points: int, *, workers: int | None, on_progress: Callable[[int], None] | None = None) -> None:
        """Finish the first ``points`` evaluations; those that are there are not made again."""
        wanted = self._points(points)
        missing = [point for point in wanted if self._key(point) not in self._kept]
        if len(missing) == points:  # alone, so that what it compiles is there for the others
            self._keep(missing[:1], 1, None)
        done = points - len(missing)
        self._keep(missing, workers or cores(), lambda count: on_progress(done + count) if on_progress else None)

    def evaluate_at(self, places: Vector, *, points: int, workers: int | None) -> Vector:
        """Readings at other places of the prior, (n, m), in the order of the places.

        Their numbers follow those of a bank of ``points``. Places that are equal are run once, under the last number.
        """
        rows = [tuple(map(float, row)) for row in places]
        last = {row: Point(points + number, row) for number, row in enumerate(rows)}
        self._keep([point for point in last.values() if self._key(point) not in self._kept], workers or cores(), None)
        return np.array([self._on_scale(self._kept[self._key(last[row])]) for row in rows])

    def bank(self, points: int | None = None) -> Bank:
        """The first ``points`` evaluations, or as many as there are without a gap."""
        found = list[Point]()
        for point in self._points(len(self._kept) if points is None else points):
            if self._key(point) not in self._kept:
                break
            found.append(point)
        return Bank(
            tuple(point.number for point in found),
            np.array([point.place for point in found]),
            np.array([self._on_scale(self._kept[self._key(point)]) for point in found]),
        )

    def _points(self, count: int) -> list[Point]:
        """The points of a bank: the scenario's own values, or the nearest that the prior allows, then the sequence."""
        from scipy.stats import qmc

        if count == 0:
            return []
        ranges = self.targets.ranges()
        sequence = qmc.Sobol(len(ranges), scramble=True, seed=self.seed).random_base2(max(count - 1, 1).bit_length())
        return [Point(0, self._own(ranges)), *(
            Point(number, tuple(map(float, row))) for number, row in enumerate(sequence[: count - 1], start=1)
        )]  # fmt: skip

    def _own(self, ranges: Mapping[str, Any]) -> tuple[float, ...]:
        from sim.scenario.fields import leaves

        values = {leaf.key: leaf.value for leaf in leaves(self.targets.base())}
        return tuple(float(np.clip(wide.place(np.array(values[key])), 0, 1)) for key, wide in ranges.items())

    def _key(self, point: Point) -> str:
        told = f"{self._mine} {point.number} {point.place!r}"
        return hashlib.sha256(told.encode()).hexdigest()[:HASH_DIGITS]

    def _keep(self, points: Sequence[Point], workers: int, on_progress: Callable[[int], None] | None) -> None:
        """Run what is not there yet, and keep each as it comes."""
        missing = [point for point in points if self._key(point) not in self._kept]
        ready = len(points) - len(missing)
        if not missing:
            return
        with make_executor(workers=min(workers, len(missing))) as executor:
            for count, (task, readings) in enumerate(executor.run(self._tasks(missing)), start=1):
                point = task.point
                told = {"number": point.number, "place": point.place, "readings": readings}
                data = (json.dumps(told) + "\n").encode()
                key = self._key(point)
                write_whole(self._folder / f"{key}.{seal(data)}.json", data)
                self._kept[key] = readings
                if on_progress:
                    on_progress(ready + count)

    def _on_scale(self, readings: Sequence[float]) -> Vector:
        known = zip(readings, self._checks, strict=True)
        return np.array([target.scale(value, observed) for value, (target, observed) in known])

    def _tasks(self, points: Iterable[Point]) -> Iterator[Evaluation]:
        base = self.targets.base()
        packed, digest = pack(base), base.digest()
        names = tuple((target.case, target.check) for target in self.targets.targets)
        for point in points:
            yield Evaluation(point, digest, packed, self._overrides(point.place), names)

    def _overrides(self, place: Sequence[float]) -> tuple[str, ...]:
        ranges = self.targets.ranges()
        return tuple(
            f"{key}={float(wide.at(np.array(value)))!r}"
            for (key, wide), value in zip(ranges.items(), place, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A run of a scenario at one point, from which the readings of checks are taken."""

    point: Point
    digest: str
    packed: bytes
    overrides: tuple[str, ...]
    names: tuple[tuple[str, str], ...]

    def make(self) -> list[float]:
        """Run it; give the readings of the checks."""
        run = run_once(vary(unpack(self.digest, self.packed), self.overrides), FIRST_SEED + self.point.number)
        return [_case(case).check(check).measure(run) for case, check in self.names]

    def lost(self, error: str) -> list[float]:
        """A bank with holes is none."""
        raise worker_died(error)


_case = functools.cache(load_case)
