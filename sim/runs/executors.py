"""Who makes the runs: this process, a pool of local processes, or a Dask cluster. All give the same bytes."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import re
import signal
import sys
import threading
import traceback
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import CancelledError
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Any, Protocol, Self

from sim.runs.code import source
from sim.runs.files import StudyError
from sim.runs.processes import as_worker, interrupts_wait, worker_died

AHEAD = 2
"""Tasks that a worker has at hand: the one that it is at, and the next, so that it never waits."""
ATTEMPTS = 3
"""Workers that may die at a task before it counts as lost."""
DEATHS = 10
"""Deaths in a row after which no worker can be expected to live."""
ANSWER_SECONDS = 15
"""How long a scheduler may take to answer."""


class Task[Result](Protocol):
    """Something that a worker can make by itself. It goes to other processes, so it must pickle."""

    def make(self) -> Result:
        """Make it."""
        ...

    def lost(self, error: str) -> Result:
        """What to give where every worker that tried it died; it may raise instead."""
        ...


@dataclass(frozen=True, slots=True)
class Call[Result]:
    """A task that is a function and its arguments, and without whose result there is none of the whole.

    Attributes:
        function: What is called; a name of a module.
        arguments: On which the result depends.
        how: Further arguments, on which it does not.
        of: What else it depends on, as text: the content of a file that ``arguments`` name.
    """

    function: Callable[..., Result]
    arguments: tuple[Any, ...]
    how: Mapping[str, Any] = field(default_factory=dict)
    of: str = ""

    def make(self) -> Result:
        """Call it."""
        return self.function(*self.arguments, **self.how)

    def lost(self, error: str) -> Result:
        """Give up all of it."""
        raise worker_died(error)


class Executor(AbstractContextManager["Executor"]):
    """Makes tasks. Use it as a context: leaving it ends its workers."""

    def run[T: Task[Any]](self, tasks: Iterable[T]) -> Iterator[tuple[T, Any]]:
        """Make each task; give each with its result as they come, in any order.

        Tasks are taken from the iterable only when a worker is about to be free.

        Raises:
            StudyError: The workers are lost. What a task raises comes out as it is.
        """
        raise NotImplementedError

    def close(self) -> None:
        """End the workers, whatever they are at."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


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
        return Cluster(scheduler)
    workers = workers or cores()
    return InProcess() if workers == 1 else Pool(workers)


def chosen(executor: Executor | None, workers: int | None, tasks: int) -> AbstractContextManager[Executor]:
    """An executor as it is, or else one of ``workers``, no more than there are tasks, which ends with the block."""
    return nullcontext(executor) if executor else make_executor(workers=enough(workers, tasks))


class InProcess(Executor):
    """Makes tasks here, one after the other: a pool of nobody else."""

    def run[T: Task[Any]](self, tasks: Iterable[T]) -> Iterator[tuple[T, Any]]:
        """Make each task in turn."""
        for task in tasks:
            yield task, task.make()


# Local processes


@contextmanager
def _main_unseen() -> Iterator[None]:
    """Start processes that do not run the user's script again: it would start processes of its own without end.

    What a script defines itself, such as a company, is then unknown there: it must come from a module.
    """
    main = sys.modules["__main__"]
    before = {name: vars(main).get(name) for name in ("__file__", "__spec__")}
    try:
        vars(main).update(dict.fromkeys(before))
        yield
    finally:
        vars(main).update(before)


class Worker:
    """A process, the pipe to it, and the tasks that it has at hand, each under a number.

    Each worker has a pipe of its own: one that dies is known at once, and so is the task that it was at.
    """

    def __init__(self) -> None:
        # a fresh process inherits neither threads nor locks
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs,), daemon=True)
        with interrupts_wait(), _main_unseen():
            self.process.start()
        theirs.close()
        self.hand: dict[int, Task[Any]] = {}

    def give(self, number: int, task: Task[Any]) -> None:
        """Hand out a task; one that is sent to a dead process is found with it."""
        self.hand[number] = task
        with contextlib.suppress(OSError):  # a broken pipe is seen when it is read
            self.pipe.send((number, task, source()))

    def end(self) -> int | None:
        """End the process; give its exit code."""
        self.pipe.close()
        self.process.terminate()
        self.process.join()
        return self.process.exitcode


class Pool(Executor):
    """Local processes that live as long as the pool: the model is compiled once in each.

    Args:
        workers: Number of processes.
    """

    def __init__(self, workers: int) -> None:
        self._size = workers
        self._workers: list[Worker] = []
        self._deaths: Counter[int] = Counter()
        self._in_a_row = 0
        self._is_closed = False
        self._lock = threading.Lock()

    def close(self) -> None:
        """End the workers, whatever they are at; another thread may be making tasks meanwhile, and starts none anew."""
        with self._lock:
            self._is_closed = True
            ended, self._workers = self._workers, []
        for worker in ended:
            worker.end()

    def _start(self) -> None:
        with self._lock:
            if self._is_closed:
                raise worker_died("the pool was closed")
            self._workers.append(Worker())

    def run[T: Task[Any]](self, tasks: Iterable[T]) -> Iterator[tuple[T, Any]]:
        """Make each task on the next free worker; start the workers, and replace those that die.

        Raises:
            WorkersError: Workers die one after the other without finishing anything.
        """
        waiting, back = enumerate(tasks), deque[tuple[int, T]]()
        self._deaths.clear()
        while len(self._workers) < self._size:
            self._start()
        while True:
            self._feed(waiting, back)
            busy = [worker for worker in self._workers if worker.hand]
            if not busy:
                return
            ready = wait([worker.pipe for worker in busy])
            for worker in (worker for worker in busy if worker.pipe in ready):
                yield from self._receive(worker, back)

    def _feed(self, waiting: Iterator[tuple[int, Any]], back: deque[tuple[int, Any]]) -> None:
        """Fill every worker's hand, the emptiest first; tasks of dead workers go before new ones."""
        for depth in range(AHEAD):
            for worker in self._workers:
                if len(worker.hand) <= depth:
                    following = back.popleft() if back else next(waiting, None)
                    if following is None:
                        return
                    worker.give(*following)

    def _receive(self, worker: Worker, back: deque[tuple[int, Any]]) -> Iterator[tuple[Any, Any]]:
        try:
            number, result, error = worker.pipe.recv()
        except (EOFError, OSError):
            yield from self._replace(worker, back)
            return
        if error is not None:
            raise error
        self._in_a_row = 0
        yield worker.hand.pop(number), result

    def _replace(self, worker: Worker, back: deque[tuple[int, Any]]) -> Iterator[tuple[Any, Any]]:
        """Put a new process in the place of a dead one; give up the task that it was at after too many deaths."""
        code = worker.end()
        cause = signal.strsignal(-code) or f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
        (number, task), *others = worker.hand.items()
        with contextlib.suppress(ValueError):  # the pool was closed meanwhile
            self._workers.remove(worker)
        self._start()
        self._deaths[number] += 1
        self._in_a_row += 1
        if self._in_a_row >= DEATHS:
            raise worker_died(f"{DEATHS} worker processes died in a row ({cause})")
        back.extend(others)
        if self._deaths[number] >= ATTEMPTS:
            yield task, task.lost(f"{ATTEMPTS} processes died while making this run ({cause})")
        else:
            back.appendleft((number, task))


def _serve(pipe: Connection[Any, Any]) -> None:
    """What a worker process does: make what comes through the pipe until the other end closes it."""
    as_worker()
    try:
        while True:
            number, task, asked = pipe.recv()
            answer: tuple[int, Any, Exception | None]
            try:
                if asked != source():  # what it gives would be kept under the name of other code
                    raise StudyError("the code of the model was changed during the work; give the command again")
                answer = number, task.make(), None
            except Exception as error:  # whatever went wrong is told where the task came from
                error.add_note(f"In a worker:\n{traceback.format_exc()}")
                answer = number, None, error
            pipe.send(answer)
    except (EOFError, OSError):
        return


# A Dask cluster


class Cluster(Executor):
    """Workers behind a Dask scheduler, which puts up with workers that come and go.

    Args:
        address: Of the scheduler, such as ``tcp://host:8786``.

    Raises:
        StudyError: Dask is not installed, or nobody answers there.
    """

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client
        except ImportError:
            raise StudyError("--scheduler needs Dask: pip install 'lawshock[study]'") from None
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # its news come as StudyError
        self._address = address
        if not re.fullmatch(r"(tcp://)?[^/\s]+:\d{1,5}/?", address):  # other protocols take keys that no option gives
            raise StudyError(
                f"--scheduler: expected the address of a Dask scheduler, tcp://host:8786, found {address!r}"
            )
        try:
            self._client: Any = Client(address, timeout=ANSWER_SECONDS, set_as_default=False)
        except (OSError, ValueError) as error:
            raise StudyError(f"{address}: expected a Dask scheduler, found none that answers") from error

    def close(self) -> None:
        """Take back what was not begun, and leave the cluster."""
        self._client.close(timeout=ANSWER_SECONDS)

    def run[T: Task[Any]](self, tasks: Iterable[T]) -> Iterator[tuple[T, Any]]:
        """Make each task on the cluster.

        Raises:
            StudyError: The scheduler is lost, or the workers have another version of the model.
        """
        from distributed import KilledWorker, as_completed

        waiting, at = iter(tasks), dict[Any, T]()
        done: Any = as_completed(loop=self._client.loop)
        while True:
            while len(at) < self._room() and (task := next(waiting, None)) is not None:
                with self._reached():
                    future = self._client.submit(make_there, task, source(), pure=False)
                at[future] = task
                done.add(future)
            if not at:
                return
            with self._reached():
                future = next(done)
                result = future.result() if future.status == "finished" else None
            task = at.pop(future)
            if future.status == "finished":
                yield task, result
            elif future.status != "error":
                raise self._lost()
            elif isinstance(error := future.exception(), KilledWorker):
                yield task, task.lost(f"every worker that tried this run died ({error.last_worker.address})")
            else:
                raise StudyError(f"{self._address}: a worker could not start: {error}")

    def _room(self) -> int:
        """Tasks that the cluster should have at hand: its threads may come and go."""
        with self._reached():
            return AHEAD * max(1, int(sum(self._client.nthreads().values())))

    @contextmanager
    def _reached(self) -> Iterator[None]:
        """Say in a line that the scheduler is lost where it no longer answers."""
        try:
            yield
        except (OSError, RuntimeError, CancelledError) as error:
            raise self._lost() from error

    def _lost(self) -> StudyError:
        return StudyError(
            f"{self._address}: the scheduler is lost; what finished is kept: give the command again once it is back"
        )


def make_there(task: Task[Any], asked: str) -> Any:
    """What a task gives on a worker of a cluster.

    Raises:
        ValueError: The task comes from another version of the model, which is named in ``asked``.
    """
    if asked != source():
        raise ValueError(f"this worker has model {source()}, but was asked for model {asked}")
    return task.make()
