"""Who is served next: one pool of processes for all sessions, a replicate at a time, the least answered first."""

from __future__ import annotations

import itertools
import multiprocessing
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.view.dashboard import worker
from sim.view.dashboard.worker import Answer, Job

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

FIRST = 2
"""Replicates of a first answer: the fewest that have a band. Until a session has them it goes before refinements."""
KEPT = 200
"""Answers kept at most beside those that sessions look at: about 3 MB each."""

Key = tuple[str, int, int | None]


@dataclass(eq=False)
class Client:
    """A session's place in the queue: the jobs it waits for, in order, and how it is told of answers."""

    tell: Callable[[], None]
    jobs: tuple[Job, ...] = ()
    asked: int = 0
    served: int = 0


@dataclass(frozen=True)
class _Running:
    """A job in a worker process, and the place of its flag."""

    job: Job
    place: int


class Scheduler:
    """Shares worker processes among sessions.

    Sessions without a first answer are served first, in the order in which they asked; they interrupt a refinement of
    another. Then a free worker lives the next replicate of the session with the fewest answers, and among equals of the
    one served longest ago. Jobs that no session waits for are dropped within a simulated day. Equal jobs of several
    sessions are done once.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._lock = threading.RLock()
        self._clients: list[Client] = []
        self._running: dict[Key, _Running] = {}
        self._answers: OrderedDict[Key, Answer] = OrderedDict()
        self._failures: OrderedDict[Key, BaseException] = OrderedDict()
        self._turns = itertools.count(1)
        self._stopped = False  # while there is no pool: a worker died, or the server ends
        self.lived = 0
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")  # a fork would inherit the server's threads and sockets
        self._flags = context.Array("b", self.workers, lock=False)
        self._pool = ProcessPoolExecutor(self.workers, context, worker.start, (self._flags,))
        self._free = list(range(self.workers))

    def warm(self, scenario: Scenario) -> None:
        """Make every worker ready, by a replicate of ``scenario`` each."""
        for ready in [self._pool.submit(worker.warm, scenario) for _ in range(self.workers)]:
            ready.result()

    def join(self, tell: Callable[[], None]) -> Client:
        """Take a session in; ``tell`` is called, from another thread, after each of its answers."""
        client = Client(tell)
        with self._lock:
            self._clients.append(client)
        return client

    def leave(self, client: Client) -> None:
        """Let a session go; what only it waited for is dropped."""
        with self._lock:
            if client in self._clients:
                self._clients.remove(client)
            client.jobs = ()
            self._drop_unwanted()
            self._serve()

    def ask(self, client: Client, jobs: Sequence[Job]) -> None:
        """Replace what a session waits for; what it asked before and no one else wants is dropped."""
        with self._lock:
            client.jobs, client.asked = tuple(jobs), next(self._turns)
            for job in client.jobs:
                self._failures.pop(job.key, None)
            self._drop_unwanted()
            self._serve()

    def answers(self, jobs: Sequence[Job]) -> list[Answer]:
        """Answers that are there, in the order of the jobs."""
        with self._lock:
            return [self._answers[job.key] for job in jobs if job.key in self._answers]

    def failure(self, jobs: Sequence[Job]) -> BaseException | None:
        """Why a job of these failed, if one did."""
        with self._lock:
            return next((self._failures[job.key] for job in jobs if job.key in self._failures), None)

    @property
    def busy(self) -> int:
        """Jobs in worker processes now."""
        with self._lock:
            return len(self._running)

    @property
    def sessions(self) -> int:
        """Sessions that are in."""
        with self._lock:
            return len(self._clients)

    def close(self) -> None:
        """Stop the workers; jobs under way are dropped."""
        with self._lock:
            self._stopped = True
            self._clients.clear()
            self._drop_unwanted()
        self._pool.shutdown(wait=False, cancel_futures=True)

    # Choosing, with the lock held

    def _waiting(self, client: Client) -> Job | None:
        """The first job of a session that is neither done nor under way."""
        done = (self._answers, self._failures, self._running)
        return next((job for job in client.jobs if not any(job.key in there for there in done)), None)

    def _answered(self, client: Client) -> int:
        return sum(job.key in self._answers for job in client.jobs)

    def _serve(self) -> None:
        while not self._stopped:
            waiting = [client for client in self._clients if self._waiting(client)]
            if not waiting:
                return
            client = min(waiting, key=self._rank)
            if not self._free:
                self._interrupt_for(client)
                return
            job = self._waiting(client)
            assert job is not None
            client.served = next(self._turns)
            self._submit(job)

    def _rank(self, client: Client) -> tuple[int, int]:
        """The lower, the sooner: first answers in the order of asking, then the fewest answers and the longest wait."""
        count = self._answered(client) + self._under_way(client)
        return (0, client.asked) if count < FIRST else (count, client.served)

    def _under_way(self, client: Client) -> int:
        return sum(job.key in self._running for job in client.jobs)

    def _interrupt_for(self, client: Client) -> None:
        """Drop one refinement, so that its worker serves a session that still waits for its first answer."""
        if self._answered(client) + self._under_way(client) >= FIRST or any(self._flags):
            return
        for running in self._running.values():
            if all(self._answered(other) >= FIRST for other in self._clients if running.job in other.jobs):
                self._flags[running.place] = 1
                return

    def _drop_unwanted(self) -> None:
        wanted = {job.key for client in self._clients for job in client.jobs}
        for key, running in self._running.items():
            if key not in wanted:
                self._flags[running.place] = 1

    def _submit(self, job: Job) -> None:
        place = self._free.pop()
        self._flags[place] = 0
        self._running[job.key] = _Running(job, place)
        future = self._pool.submit(worker.live, job, place)
        future.add_done_callback(lambda done: self._finished(job, place, done))

    def _finished(self, job: Job, place: int, future: Future[Answer]) -> None:
        """Keep the answer, tell who waits for it, and serve on. Runs in the pool's thread."""
        error = None if future.cancelled() else future.exception()
        with self._lock:
            self._running.pop(job.key, None)
            self._free.append(place)
            if isinstance(error, BrokenProcessPool):
                self._revive(job, error)
            elif error is None and not future.cancelled():
                self._keep(job, future.result())
            elif error is not None and not isinstance(error, worker.Dropped):
                self._fail(job, error)
            told = [client for client in self._clients if any(job.key == other.key for other in client.jobs)]
            self._serve()
        for client in told:
            client.tell()

    def _keep(self, job: Job, answer: Answer) -> None:
        self.lived += 1
        self._answers[job.key] = answer
        looked_at = {other.key for client in self._clients for other in client.jobs}
        for key in [key for key in self._answers if key not in looked_at][:-KEPT]:
            del self._answers[key]

    def _fail(self, job: Job, error: BaseException) -> None:
        self._failures[job.key] = error
        while len(self._failures) > KEPT:
            self._failures.popitem(last=False)

    def _revive(self, job: Job, error: BaseException) -> None:
        """A worker died, and with it the pool: blame the job that was first to notice, and start anew."""
        self._fail(job, error)
        self._stopped = True
        if not self._running and self._clients:
            self._start()
            self._stopped = False
