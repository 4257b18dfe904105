"""A pool of local processes that live as long as the study: the model is compiled once in each.

Each worker has a pipe of its own. A worker that dies is known at once, and so is the run that it was at.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import traceback
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Any, Self

from sim.runs.code import build
from sim.runs.files import StudyError
from sim.runs.processes import as_worker, interrupts_wait, worker_died
from sim.runs.tasks import Executor, Task

AHEAD = 2
"""Tasks that a worker has at hand: the one that it is at, and the next, so that it never waits for the parent."""
ATTEMPTS = 3
"""Workers that may die at a task before it counts as lost."""
DEATHS = 10
"""Deaths in a row after which no worker can be expected to live."""


class Worker:
    """A process, the pipe to it, and the tasks that it has at hand, each under a number."""

    def __init__(self) -> None:
        # a fresh process inherits neither threads nor locks
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs,), daemon=True)
        with interrupts_wait():
            self.process.start()
        theirs.close()
        self.hand: dict[int, Task[Any]] = {}

    def give(self, number: int, task: Task[Any]) -> None:
        """Hand out a task; one that is sent to a dead process is found with it."""
        self.hand[number] = task
        with contextlib.suppress(OSError):  # a broken pipe is seen when it is read
            self.pipe.send((number, task, build()))

    def end(self) -> int | None:
        """End the process; give its exit code."""
        self.pipe.close()
        self.process.terminate()
        self.process.join()
        return self.process.exitcode


class Pool(Executor):
    """Local processes.

    Args:
        workers: Number of processes.
    """

    def __init__(self, workers: int) -> None:
        self._size = workers
        self._workers: list[Worker] = []
        self._deaths: Counter[int] = Counter()
        self._in_a_row = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the workers."""
        for worker in self._workers:
            worker.end()
        self._workers.clear()

    def run[T: Task[Any]](self, tasks: Iterable[T]) -> Iterator[tuple[T, Any]]:
        """Make each task on the next free worker; start the workers, and replace those that die.

        Raises:
            WorkersError: Workers die one after the other without finishing anything.
        """
        waiting, back = enumerate(tasks), deque[tuple[int, T]]()
        self._deaths.clear()
        while len(self._workers) < self._size:
            self._workers.append(Worker())
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
        (number, task), *others = worker.hand.items()
        self._workers[self._workers.index(worker)] = Worker()
        self._deaths[number] += 1
        self._in_a_row += 1
        if self._in_a_row >= DEATHS:
            raise worker_died(f"{DEATHS} worker processes died in a row ({_cause(code)})")
        back.extend(others)
        if self._deaths[number] >= ATTEMPTS:
            yield task, task.lost(f"{ATTEMPTS} processes died while making this run ({_cause(code)})")
        else:
            back.appendleft((number, task))


def _cause(code: int | None) -> str:
    return signal.strsignal(-code) or f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"


def _serve(pipe: Connection[Any, Any]) -> None:
    """The life of a worker: do what comes through the pipe until the other end closes it."""
    as_worker()
    try:
        while True:
            number, task, asked = pipe.recv()
            answer: tuple[int, Any, Exception | None]
            try:
                if asked != build():  # what it gives would be kept under the name of other code
                    raise StudyError("the code of the model was changed during the work; give the command again")
                answer = number, task.make(), None
            except Exception as error:  # whatever went wrong is told where the task came from
                error.add_note(f"In a worker:\n{traceback.format_exc()}")
                answer = number, None, error
            pipe.send(answer)
    except (EOFError, OSError):
        return
