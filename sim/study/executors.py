"""Who makes the runs: this process, a pool of local processes, or a Dask cluster. All give the same bytes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Protocol, Self

from sim.study.work import Job, Outcome, do

Texts = Callable[[str], bytes]
"""Gives the packed text of a scenario by its digest."""


class Executor(AbstractContextManager["Executor"], Protocol):
    """Makes runs. Use it as a context: leaving it ends its workers."""

    def run(self, jobs: Iterable[Job], texts: Texts) -> Iterator[Outcome]:
        """Make each job; give outcomes as they come, in any order.

        Jobs are taken from the iterable only when a worker is about to be free.
        """
        ...


class InProcess(Executor):
    """Makes runs here, one after the other."""

    def run(self, jobs: Iterable[Job], texts: Texts) -> Iterator[Outcome]:
        """Make each job in turn."""
        for job in jobs:
            yield do(job, texts(job.scenario))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is left to end."""


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def make_executor(*, workers: int | None = None, scheduler: str | None = None) -> Executor:
    """The executor that a command line asks for.

    Args:
        workers: Local processes, all cores when absent; with 1 the runs are made in this process.
        scheduler: Address of a Dask scheduler, such as ``tcp://host:8786``, which then makes the runs.

    Raises:
        StudyError: The scheduler does not answer.
    """
    if scheduler:
        from sim.study.cluster import Cluster

        return Cluster(scheduler)
    workers = workers or cores()
    if workers == 1:
        return InProcess()
    from sim.study.pool import Pool

    return Pool(workers)
