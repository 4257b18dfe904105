"""A study: many runs that answer a question, resumed where they stopped, read as tables."""

from __future__ import annotations

import contextlib
import json
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pandas as pd

from sim.runs.executors import make_executor
from sim.runs.files import StudyError, write_whole
from sim.runs.store import FOLDERS, IDENTITY, LOCK, Store
from sim.runs.tasks import Executor
from sim.runs.work import Job, JobTask
from sim.study.plan import PLAN, Cell, Plan, read_plan, write_plan

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

PACE = "pace.json"
LOOK_SECONDS = 1.0
"""How often to look for runs that other processes have finished."""
KEEP_CLAIM_SECONDS = 3.0
"""How long to keep the claim on a finished run: longer than others take to look."""
PACE_SECONDS = 10.0
"""How often to write down how fast the work goes."""


@dataclass(frozen=True, slots=True)
class Status:
    """How far a study is."""

    done: int
    failed: int
    missing: int
    seconds_left: float | None
    """At the pace of the latest session; nothing when there was none."""


class Study:
    """A folder of runs.

    Args:
        folder: Made when absent.

    Raises:
        StudyError: The folder holds something else, or cannot be written.
    """

    def __init__(self, folder: Path | str) -> None:
        path = Path(folder)
        if path.exists() and not (path.is_dir() and ((path / PLAN).exists() or _new(path))):
            raise StudyError(f"{path}: expected a new folder or that of a study, found something else")
        self.store = Store(path)
        self._plan: Plan | None = None

    @classmethod
    def open(cls, folder: Path | str) -> Study:
        """A study that is there already.

        Raises:
            StudyError: The folder holds no study.
        """
        read_plan(Path(folder))
        return cls(folder)

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return self.store.folder

    @property
    def plan(self) -> Plan:
        """What it is to hold, by the latest command."""
        if self._plan is None:
            self._plan = read_plan(self.folder)
        return self._plan

    @plan.setter
    def plan(self, plan: Plan) -> None:
        write_plan(self.folder, plan)
        self._plan = plan

    def cell(self, scenario: Scenario, settings: dict[str, Any], replicates: int, seed: int | None = None) -> Cell:
        """Keep a scenario and name it as a cell of a plan, with a seed of its own where it has one."""
        return Cell(self.store.add(scenario), settings, replicates, seed)

    # Work

    def sweep(
        self,
        scenario: Scenario | Path | str,
        over: Sequence[str],
        *,
        workers: int | None = None,
        scheduler: str | None = None,
        **options: Any,
    ) -> Study:
        """Vary a scenario over values of parameters, and add what is missing to the study.

        ``options`` are those of ``sim.study.sweep.lay_out_sweep``: ``design``, ``points``, ``replicates``, ``seed``,
        ``to_precision``, ``at_most``.
        """
        from sim.study.sweep import lay_out_sweep, make_sweep

        laid_out = lay_out_sweep(scenario, over, **options)
        with make_executor(workers=workers, scheduler=scheduler) as executor:
            make_sweep(self, laid_out, executor=executor)
        return self

    def make(
        self,
        plan: Plan,
        *,
        executor: Executor | None = None,
        workers: int | None = None,
        scheduler: str | None = None,
        retry: bool = False,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Make every run of a plan that is not there yet.

        Args:
            plan: What the study is to hold; it replaces the plan before, and runs that are there stay.
            executor: Who makes the runs; else one is made from ``workers`` and ``scheduler``, and ended afterwards.
            workers: Local processes, all cores when absent.
            scheduler: Address of a Dask scheduler.
            retry: Make failed runs again.
            on_progress: Called with the number of runs of the plan that are there or have failed, and that of all.

        Raises:
            StudyError: The disk is full or the workers are lost; what finished is kept.
        """
        self.plan = plan
        if executor is not None:
            self._finish(executor, plan.jobs(), retry, on_progress)
            return
        with make_executor(workers=workers, scheduler=scheduler) as own:
            self._finish(own, plan.jobs(), retry, on_progress)

    def work(
        self,
        executor: Executor,
        *,
        shard: tuple[int, int] = (0, 1),
        on_progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Make the runs that are missing of one part of the plan, as it is laid out in the folder.

        Args:
            executor: Who makes them.
            shard: Number of the part, from 0, and number of parts; every job belongs to one.
            on_progress: As in ``make``, of the part.

        Raises:
            StudyError: The disk is full or the workers are lost; what finished is kept.
        """
        number, parts = shard
        self._finish(executor, self.plan.jobs()[number::parts], False, on_progress)

    def _finish(
        self, executor: Executor, jobs: Sequence[Job], retry: bool, on_progress: Callable[[int, int], None] | None
    ) -> None:
        self.store.refresh()
        again = {job for job in jobs if retry and self.store.failed(job)}
        with _Session(self.store) as session:
            while True:
                pending = [
                    job for job in jobs if job not in self.store and (job in again or not self.store.failed(job))
                ]
                if on_progress:
                    on_progress(len(jobs) - len(pending), len(jobs))
                if not pending:
                    return
                tasks = (JobTask(job, self.store.packed(job.scenario)) for job in session.claimed(pending))
                for count, (task, outcome) in enumerate(executor.run(tasks), start=1):
                    self.store.land(outcome)
                    session.landed(task.job)
                    again.discard(task.job)
                    if on_progress:
                        on_progress(len(jobs) - len(pending) + count, len(jobs))
                if any(job not in self.store and not self.store.failed(job) for job in pending):
                    time.sleep(LOOK_SECONDS)  # another process is at them
                    self.store.refresh()

    # Tables

    def status(self) -> Status:
        """How far the plan is."""
        self.store.refresh()
        jobs = self.plan.jobs()
        done = sum(job in self.store for job in jobs)
        failed = sum(self.store.failed(job) for job in jobs)
        missing = len(jobs) - done - failed
        pace = _pace(self.folder)
        return Status(done, failed, missing, None if pace is None else pace * missing)

    def check_whole(self) -> None:
        """See that no run of the plan failed.

        Raises:
            StudyError: One did; the line has its error.
        """
        failed = self.store.errors(self.plan.jobs())
        if failed.num_rows:
            raise StudyError(
                f"{self.folder}: every run is needed, but {failed.num_rows} failed, the first with: "
                f"{failed['error'][0].as_py()}; the same command tries again"
            )

    def table(self, name: str) -> pd.DataFrame:
        """A table of the study: ``cells``, ``runs``, ``failures``, ``summary`` or ``codebook``.

        The tables depend on the plan and the runs alone, not on who made them, when, or in which order.
        """
        from sim.study.tables import TABLES

        if name not in TABLES:
            raise KeyError(f"no table {name!r}; a study has {', '.join(TABLES)}")
        return TABLES[name](self)

    def runs(self, measures: Sequence[str] | None = None) -> pd.DataFrame:
        """The runs that finished: ``cell`` (number), ``seed``, and the headline measures, or those named."""
        jobs = {self.plan.job(cell, seed) for cell in self.plan.cells for seed in self.plan.seeds(cell)}
        found = self.store.rows(jobs, measures).to_pandas().drop(columns=["key", "model_version"])
        numbered = pd.DataFrame(
            [
                (number, cell.scenario, self.plan.seeds(cell).start, self.plan.seeds(cell).stop)
                for number, cell in enumerate(self.plan.cells)
            ],
            columns=["cell", "scenario", "first", "stop"],
        )
        merged = numbered.merge(found, on="scenario")
        merged = merged[(merged["seed"] >= merged["first"]) & (merged["seed"] < merged["stop"])]
        columns = ["cell", "seed", *(name for name in found if name not in IDENTITY)]
        return merged[columns].sort_values(["cell", "seed"], ignore_index=True)

    def scenario(self, cell: Cell) -> Scenario:
        """The scenario of a cell."""
        return self.store.scenario(cell.scenario)


class _Session:
    """One process at work on a study: what it has claimed, and how fast it goes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._start = self._looked = self._paced = time.monotonic()
        self._count = 0
        self._at: set[str] = set()
        self._held: deque[tuple[float, str]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of every claim."""
        for key in [*self._at, *(key for _, key in self._held)]:
            self._store.claims.release(key)
        if self._count:
            self._write_pace()

    def claimed(self, jobs: Sequence[Job]) -> Iterator[Job]:
        """The jobs that this process is to make: those that no other is at or has finished."""
        for job in jobs:
            if time.monotonic() - self._looked > LOOK_SECONDS:
                self._store.refresh()
                self._looked = time.monotonic()
            if job not in self._store and self._store.claims.take(job.key):
                self._at.add(job.key)
                yield job

    def landed(self, job: Job) -> None:
        """Count a run, and let go of claims that others no longer need to see."""
        now = time.monotonic()
        self._count += 1
        self._at.discard(job.key)
        self._held.append((now, job.key))
        while self._held and now - self._held[0][0] > KEEP_CLAIM_SECONDS:
            self._store.claims.release(self._held.popleft()[1])
        if now - self._paced > PACE_SECONDS:
            self._write_pace()

    def _write_pace(self) -> None:
        self._paced = time.monotonic()
        pace = {"runs": self._count, "seconds": round(self._paced - self._start, 3)}
        with contextlib.suppress(StudyError):  # a full disk must not hide what went wrong before
            write_whole(self._store.folder / PACE, (json.dumps(pace) + "\n").encode())


def _pace(folder: Path) -> float | None:
    """Seconds per run of the latest session."""
    try:
        pace = json.loads((folder / PACE).read_bytes())
        return float(pace["seconds"]) / int(pace["runs"])
    except (OSError, ValueError, KeyError):
        return None


def _new(folder: Path) -> bool:
    """Whether a folder is empty, or that of a study whose plan was not yet written, was set aside or was lost."""
    names = {path.name for path in folder.iterdir()}
    own = {*FOLDERS, LOCK}
    return own <= names or all(name in own or name.startswith(".partial-") for name in names)
