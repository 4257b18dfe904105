"""The bank of a tournament: each form at the same points of the prior, on every case, kept as the runs finish.

Point n of every form and case has the same constants, and seed n of the case. Seeds differ between points so
that chance shows as scatter about an emulator; one seed for all points would hide it.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.calibration.prior import Vector
from sim.calibration.tournament.forms import Form, Forms
from sim.calibration.tournament.subjects import Quantity, Subject
from sim.chance import entity
from sim.evidence.scores import FARTHEST
from sim.runs.executors import Call, make_executor, results
from sim.runs.store import FAILURE, Store, Tables

READINGS = "readings"
"""Name of the table that a run leaves."""
AS_IS = 0
"""Number of the evaluation at the model's own values; those of the design follow from 1."""
SEEDS = 2**31
MOST_UNDEFINED = 0.5

Progress = Callable[[float], None]


def readings(digest: str, overrides: tuple[str, ...], seed: int, *, subject: Subject) -> dict[str, pd.DataFrame]:
    """Run a case once, with what is changed in it; give its readings as a row."""
    del digest  # of the case, which is part of the name of the run
    return {READINGS: pd.DataFrame({name: [float(value)] for name, value in subject.read(seed, overrides).items()})}


def seconds_of(call: Call[Tables]) -> float:
    """The seconds that a run takes, whatever becomes of it."""
    start = time.perf_counter()
    with contextlib.suppress(Exception):
        call.make()
    return time.perf_counter() - start


@dataclass(frozen=True)
class Table:
    """What the bank holds of a form.

    Attributes:
        places: (n, constants) places in the prior.
        distances: (n, quantities) distances from what was observed, in spreads; not-a-number where there is none.
        as_is: (quantities,) the same at the model's own values.
        failed: (quantities,) share of the runs that failed.
    """

    places: Vector
    distances: Vector
    as_is: Vector
    failed: Vector

    def part(self, points: int, keep: NDArray[np.bool_]) -> Table:
        """The first points, and those of the quantities, (quantities,), that are to be kept."""
        return Table(self.places[:points], self.distances[:points, keep], self.as_is[keep], self.failed[keep])


class Bank:
    """Runs of forms on cases, in a folder of runs.

    Args:
        folder: Made when absent.
        subjects: The cases.
        forms: The forms and constants.
        seed: Moves the seeds of the runs.

    Raises:
        StudyError: The folder cannot be written.
    """

    def __init__(self, folder: Path, subjects: Sequence[Subject], forms: Forms, seed: int) -> None:
        self.folder, self.subjects, self.forms, self.seed = folder, tuple(subjects), forms, seed
        self._digests = {subject.name: subject.digest() for subject in subjects}
        self._store = Store(folder)
        self.seconds: dict[str, float] = {}

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """Quantities of all cases, in the order of the cases: the columns of ``Table.distances``."""
        return tuple(quantity for subject in self.subjects for quantity in subject.quantities())

    def begin(self, chosen: Sequence[Form], *, workers: int | None = None) -> float:
        """Run every form at the model's own values, then the first form again for the time.

        Returns:
            The seconds that a point takes, which is one run of each case.
        """
        calls = [self._call(subject, form, AS_IS, None) for form in chosen for subject in self.subjects]
        with make_executor(workers=workers) as executor:
            self._store.finish(calls, executor=executor, holes=True)
            timed = results([Call(seconds_of, (call,)) for call in calls[: len(self.subjects)]], executor=executor)
        self.seconds = {subject.name: seconds for subject, seconds in zip(self.subjects, timed, strict=True)}
        return sum(timed)

    def missing(self, designs: Mapping[str, Vector]) -> int:
        """Runs that ``make`` would make: those that failed are made again."""
        return sum(call not in self._store for call in self._calls(designs))

    def make(
        self, designs: Mapping[str, Vector], *, workers: int | None = None, on_progress: Progress | None = None
    ) -> None:
        """Finish the runs of each form at the places of its design; those that are there are not made again."""
        calls = list(self._calls(designs))
        before = len(calls) - self.missing(designs)
        self._store.forget_failures()
        self._store.finish(
            calls, workers=workers, holes=True, on_progress=lambda done: on_progress and on_progress(done - before)
        )

    def table(self, form: Form, places: Vector) -> Table:
        """What is there of a form at the places of its design."""
        columns, failed = [], []
        for subject in self.subjects:
            calls = [self._call(subject, form, number, place) for number, place in enumerate([None, *places])]
            rows = [self._store.tables(call)[READINGS].iloc[0] if call in self._store else None for call in calls]
            for quantity in subject.quantities():
                mine = [_distance(quantity, None if row is None else row.get(quantity.check)) for row in rows]
                columns.append(_without_undefined(np.array(mine), [row is not None for row in rows]))
                failed.append(1 - sum(row is not None for row in rows[1:]) / len(places))
        distances = np.array(columns).T
        return Table(places, distances[1:], distances[0], np.array(failed))

    def errors(self, form: Form, places: Vector) -> list[dict[str, str | int]]:
        """A row for each run of a form that failed: form, case, point (0: the model as it is) and error."""
        rows: list[dict[str, str | int]] = []
        for subject in self.subjects:
            for number, place in enumerate([None, *places]):
                call = self._call(subject, form, number, place)
                if self._store.failed(call):
                    error = self._store.tables(call)[FAILURE]["error"].iloc[0]
                    rows.append({"form": form.name, "case": subject.name, "point": number, "error": error})
        return rows

    def _calls(self, designs: Mapping[str, Vector]) -> Iterator[Call[Tables]]:
        """Points in turn, each for all forms, so that what a kill leaves is balanced."""
        most = max((len(places) for places in designs.values()), default=0)
        for number in range(1, most + 1):
            for name, places in designs.items():
                if number <= len(places):
                    for subject in self.subjects:
                        yield self._call(subject, self.forms.form(name), number, places[number - 1])

    def _call(self, subject: Subject, form: Form, number: int, place: Vector | None) -> Call[Tables]:
        overrides = form.overrides if place is None else self.forms.overrides(form, place)
        seed = entity(subject.name, str(self.seed)) % SEEDS + number
        return Call(readings, (self._digests[subject.name], overrides, seed), {"subject": subject})


def _distance(quantity: Quantity, value: float | None) -> float:
    return quantity.distance(np.nan if value is None else float(value))


def _without_undefined(distances: Vector, made: list[bool]) -> Vector:
    """Readings that do not exist in runs that were made, as a ratio to nothing: they are passed over like failed runs.

    A form under which most do not exist cannot tell the quantity: there they count as far too small.
    """
    undefined = np.isnan(distances) & made
    if undefined.sum() <= MOST_UNDEFINED * sum(made):
        return distances
    return np.asarray(np.where(undefined, -FARTHEST, distances))
