"""Who makes the runs: this process, a pool of local processes, or a Dask cluster. All give the same bytes."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from types import TracebackType
from typing import Any, Self

from sim.runs.tasks import Executor, Task


class InProcess(Executor):
    """Makes tasks here, one after the other."""

    def run[T: Task[Any]](self, tasks: Iterable[T]) -> Iterator[tuple[T, Any]]:
        """Make each task in turn."""
        for task in tasks:
            yield task, task.make()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is left to end."""


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def enough(workers: int | None, tasks: int) -> int:
    """Processes for a number of tasks: those that are asked for, or all cores, but no more than tasks."""
    return max(1, min(workers or cores(), tasks))


def make_executor(*, workers: int | None = None, scheduler: str | None = None) -> Executor:
    """The executor that a command line asks for.

    Args:
        workers: Local processes, all cores when absent; with 1 the runs are made in this process.
        scheduler: Address of a Dask scheduler, such as ``tcp://host:8786``, which then makes the runs.

    Raises:
        StudyError: The scheduler does not answer.
    """
    if scheduler:
        from sim.runs.cluster import Cluster

        return Cluster(scheduler)
    workers = workers or cores()
    if workers == 1:
        return InProcess()
    from sim.runs.pool import Pool

    return Pool(workers)


def results[Result](
    tasks: Sequence[Task[Result]],
    *,
    executor: Executor | None = None,
    workers: int | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> list[Result]:
    """Make every task; give the results in the order of the tasks.

    Args:
        tasks: In any order, each an object of its own.
        executor: Who makes them; else one is made from ``workers``, and ended afterwards.
        workers: Local processes, all cores when absent; no more than there are tasks.
        on_progress: Called with the number of tasks done.

    Raises:
        WorkersError: The system ended the workers.
    """
    made: dict[int, Result] = {}
    numbers = {id(task): number for number, task in enumerate(tasks)}
    with nullcontext(executor) if executor else make_executor(workers=enough(workers, len(tasks))) as maker:
        for task, result in maker.run(tasks):
            made[numbers[id(task)]] = result
            if on_progress:
                on_progress(len(made))
    return [made[number] for number in range(len(tasks))]
