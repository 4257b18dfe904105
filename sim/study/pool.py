"""A pool of local processes that live as long as the study: the model is compiled once in each.

Each worker has a pipe of its own. A worker that dies is known at once, and so is the run that it was at.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Any, Self, cast

from sim.study.executors import Executor, Texts
from sim.study.processes import as_worker, worker_died
from sim.study.work import Chunk, Job, Outcome, failure, perform

AHEAD = 2
"""Jobs that a worker has at hand: the one that it is at, and the next, so that it never waits for the parent."""
ATTEMPTS = 3
"""Workers that may die at a run before it counts as failed."""
DEATHS = 10
"""Deaths in a row after which no worker can be expected to live."""


class Worker:
    """A process, the pipe to it, and the jobs that it has at hand."""

    def __init__(self) -> None:
        # a fresh process inherits neither threads nor locks
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()
        self.jobs: deque[Job] = deque()

    def give(self, job: Job, texts: Texts) -> None:
        """Hand out a job; one that is sent to a dead process is found with it."""
        self.jobs.append(job)
        with contextlib.suppress(OSError):  # a broken pipe is seen when it is read
            self.pipe.send(Chunk((job,), {job.scenario: texts(job.scenario)}))

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
        self._deaths: Counter[Job] = Counter()
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

    def run(self, jobs: Iterable[Job], texts: Texts) -> Iterator[Outcome]:
        """Make each job on the next free worker; start the workers, and replace those that die.

        Raises:
            WorkersError: Workers die one after the other without finishing anything.
        """
        waiting, back = iter(jobs), deque[Job]()
        while len(self._workers) < self._size:
            self._workers.append(Worker())
        while True:
            self._feed(waiting, back, texts)
            busy = [worker for worker in self._workers if worker.jobs]
            if not busy:
                return
            ready = wait([worker.pipe for worker in busy])
            for worker in (worker for worker in busy if worker.pipe in ready):
                if outcome := self._receive(worker, back):
                    yield outcome

    def _feed(self, waiting: Iterator[Job], back: deque[Job], texts: Texts) -> None:
        """Fill every worker's hand, the emptiest first; jobs of dead workers go before new ones."""
        for depth in range(AHEAD):
            for worker in self._workers:
                if len(worker.jobs) <= depth:
                    job = back.popleft() if back else next(waiting, None)
                    if job is None:
                        return
                    worker.give(job, texts)

    def _receive(self, worker: Worker, back: deque[Job]) -> Outcome | None:
        try:
            outcome = cast(Outcome, worker.pipe.recv())
        except (EOFError, OSError):
            return self._replace(worker, back)
        worker.jobs.remove(outcome.job)
        self._in_a_row = 0
        return outcome

    def _replace(self, worker: Worker, back: deque[Job]) -> Outcome | None:
        """Put a new process in the place of a dead one; give up the job that it was at after too many deaths."""
        code = worker.end()
        at, *others = worker.jobs
        self._workers[self._workers.index(worker)] = Worker()
        self._deaths[at] += 1
        self._in_a_row += 1
        if self._in_a_row >= DEATHS:
            raise worker_died(f"{DEATHS} worker processes died in a row ({_cause(code)})")
        back.extend(others)
        if self._deaths[at] >= ATTEMPTS:
            return failure(at, f"{ATTEMPTS} processes died while making this run ({_cause(code)})")
        back.appendleft(at)
        return None


def _cause(code: int | None) -> str:
    return signal.strsignal(-code) or f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"


def _serve(pipe: Connection[Any, Any]) -> None:
    """The life of a worker: do what comes through the pipe until the other end closes it."""
    as_worker()
    try:
        while True:
            for outcome in perform(pipe.recv()):
                pipe.send(outcome)
    except (EOFError, OSError):
        return
