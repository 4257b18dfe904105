"""The bank of a tournament: each form at the same points of the prior, on every case, kept as the runs finish.

Point n of every form and case has the same constants, and seed n of the case. Seeds differ between points so
that chance shows as scatter about an emulator; one seed for all points would hide it.
"""

from __future__ import annotations

import hashlib
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.calibration.prior import Vector
from sim.calibration.tournament.forms import Form, Forms
from sim.calibration.tournament.subjects import Quantity, Subject
from sim.chance import entity
from sim.evidence.scores import FARTHEST
from sim.runs.executors import make_executor
from sim.runs.store import Store
from sim.runs.work import Job, Outcome, failure, identity, to_parquet

AS_IS = 0
"""Number of the evaluation at the model's own values; those of the design follow from 1."""
SEEDS = 2**31
MOST_UNDEFINED = 0.5

Progress = Callable[[float], None]


@dataclass(frozen=True)
class Task:
    """One run: a case, what is changed in it, and the seed."""

    subject: Subject
    overrides: tuple[str, ...]
    job: Job

    def make(self) -> tuple[Outcome, float]:
        """Run the case once; give its readings as a row, or the error, and the seconds that it took."""
        start, job = time.perf_counter(), self.job
        try:
            readings = {name: [float(value)] for name, value in self.subject.read(job.seed, self.overrides).items()}
        except Exception as error:  # whatever went wrong belongs to this run alone
            found = failure(job, f"{type(error).__name__}: {error}", traceback.format_exc())
        else:
            found = Outcome(job, to_parquet(identity(job) | readings))
        return found, time.perf_counter() - start

    def lost(self, error: str) -> tuple[Outcome, float]:
        """A run at which workers died is like one that failed."""
        return failure(self.job, error), 0.0


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
    """Runs of forms on cases, in a folder with a store for each case.

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
        self._stores = {subject.name: Store(folder / subject.name) for subject in subjects}
        self.seconds: dict[str, float] = {}

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """Quantities of all cases, in the order of the cases: the columns of ``Table.distances``."""
        return tuple(quantity for subject in self.subjects for quantity in subject.quantities())

    def begin(self, chosen: Sequence[Form], *, workers: int | None = None) -> float:
        """Run every form at the model's own values and take the time; give the seconds that a point takes.

        A point is one run of each case. What is there already is timed again on the first form.
        """
        tasks = [self._task(subject, form, AS_IS, None) for form in chosen for subject in self.subjects]
        again = [task for task in tasks[: len(self.subjects)] if task.job in self._stores[task.subject.name]]
        missing = [task for task in tasks if not self._there(task)]
        with make_executor(workers=workers) as executor:
            for task, (outcome, seconds) in executor.run([*again, *missing]):
                self._land(task, outcome)
                name = task.subject.name
                self.seconds[name] = min(seconds, self.seconds.get(name, seconds))  # the first one compiles the rules
        return sum(self.seconds.values())

    def missing(self, designs: Mapping[str, Vector]) -> int:
        """Runs that ``make`` would make."""
        return sum(1 for task in self._tasks(designs) if not self._there(task))

    def make(
        self, designs: Mapping[str, Vector], *, workers: int | None = None, on_progress: Progress | None = None
    ) -> None:
        """Finish the runs of each form at the places of its design; those that are there are not made again."""
        todo = [task for task in self._tasks(designs) if not self._there(task)]
        with make_executor(workers=workers) as executor:
            for done, (task, (outcome, _)) in enumerate(executor.run(todo), start=1):
                self._land(task, outcome)
                if on_progress:
                    on_progress(done)

    def table(self, form: Form, places: Vector) -> Table:
        """What is there of a form at the places of its design."""
        columns, failed = [], []
        for subject in self.subjects:
            store = self._stores[subject.name]
            tasks = [self._task(subject, form, AS_IS, None)]
            tasks += [self._task(subject, form, number, place) for number, place in enumerate(places, start=1)]
            jobs = [task.job for task in tasks]
            checks = [quantity.check for quantity in subject.quantities()]
            there = [job for job in jobs if job in store]
            rows = {row["key"]: row for row in store.rows(there, checks).to_pylist()} if there else {}
            for quantity in subject.quantities():
                mine = [_distance(quantity, rows[job.key][quantity.check] if job.key in rows else None) for job in jobs]
                columns.append(_without_undefined(np.array(mine), [job.key in rows for job in jobs]))
                failed.append(1 - sum(job.key in rows for job in jobs[1:]) / len(places))
        distances = np.array(columns).T
        return Table(places, distances[1:], distances[0], np.array(failed))

    def errors(self, form: Form, places: Vector) -> list[dict[str, str | int]]:
        """A row for each run of a form that failed: form, case, point (0: the model as it is) and error."""
        told: list[dict[str, str | int]] = []
        for subject in self.subjects:
            jobs = [self._task(subject, form, number, place).job for number, place in enumerate([None, *places])]
            numbers = {(job.scenario, job.seed): number for number, job in enumerate(jobs)}
            failed = self._stores[subject.name].errors(jobs).to_pylist()
            told += [
                {"form": form.name, "case": subject.name, "point": numbers[row["scenario"], row["seed"]],
                 "error": row["error"]}
                for row in sorted(failed, key=lambda row: numbers[row["scenario"], row["seed"]])
            ]  # fmt: skip
        return told

    def _tasks(self, designs: Mapping[str, Vector]) -> Iterator[Task]:
        """Points in turn, each for all forms, so that what a kill leaves is balanced."""
        most = max((len(places) for places in designs.values()), default=0)
        for number in range(1, most + 1):
            for name, places in designs.items():
                if number <= len(places):
                    for subject in self.subjects:
                        yield self._task(subject, self.forms.form(name), number, places[number - 1])

    def _task(self, subject: Subject, form: Form, number: int, place: Vector | None) -> Task:
        overrides = form.overrides if place is None else self.forms.overrides(form, place)
        digest = hashlib.sha256(repr((self._digests[subject.name], overrides)).encode()).hexdigest()
        return Task(subject, overrides, Job(digest, entity(subject.name, str(self.seed)) % SEEDS + number))

    def _there(self, task: Task) -> bool:
        return task.job in self._stores[task.subject.name]

    def _land(self, task: Task, outcome: Outcome) -> None:
        self._stores[task.subject.name].land(outcome)


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
