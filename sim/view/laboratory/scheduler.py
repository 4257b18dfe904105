"""Who is served next: one pool of processes for all visitors, a job at a time, the least answered first."""

from __future__ import annotations

import itertools
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from sim.view.laboratory import worker

KEPT = 400
"""Results of a kind kept at most, beside those that visitors wait for or look at."""


class Job(Protocol):
    """Something that a worker makes. It goes to other processes, so it must pickle."""

    @property
    def key(self) -> tuple[Hashable, ...]:
        """What the result depends on, and so where it is kept; its first part is the kind of job."""
        ...

    @property
    def needs(self) -> tuple[tuple[Hashable, ...], ...]:
        """Keys of the jobs that must be done before."""
        ...

    def make(self, check: Callable[[int], None]) -> Any:
        """Make it; ``check`` is called often and raises where nobody waits for it any longer."""
        ...


@dataclass(eq=False)
class Client:
    """A visitor's place in the queue: the jobs waited for, in order, and how one is told of results."""

    tell: Callable[[], None]
    is_idle: bool = False
    """Whether it is served only when nobody else waits."""
    jobs: tuple[Job, ...] = ()
    first: int = 0
    """How many of the jobs make the first answer."""
    asked: int = 0
    served: int = 0


@dataclass(frozen=True)
class _Running:
    """A job in a worker process, and the place of its flag."""

    job: Job
    place: int


class Scheduler:
    """Shares worker processes among visitors.

    Those without a first answer are served first, in the order in which they asked; they interrupt a refinement of
    another, but no refinement twice, and after so many first answers as two for each worker a refinement has its turn:
    who asks without rest delays others and does not stop them. Then a free worker takes the next job of whoever has the
    fewest results, and among equals of whoever was served longest ago. Jobs that nobody waits for are dropped within a
    simulated day. Equal jobs of several visitors are done once.

    Args:
        workers: Processes.
        forget: Called with the key of a result that is dropped.
        prepare: Called in each new process.
    """

    def __init__(
        self,
        workers: int,
        forget: Callable[[tuple[Hashable, ...]], None] = lambda _: None,
        prepare: Callable[[], None] | None = None,
    ) -> None:
        self.workers = workers
        self._forget, self._prepare = forget, prepare
        self._lock = threading.RLock()
        self._clients: list[Client] = []
        self._running: dict[tuple[Hashable, ...], _Running] = {}
        self._results: OrderedDict[tuple[Hashable, ...], Any] = OrderedDict()
        self._failures: OrderedDict[tuple[Hashable, ...], BaseException] = OrderedDict()
        self._interrupted: set[tuple[Hashable, ...]] = set()
        self._turns = itertools.count(1)
        self._firsts = 0  # first answers served in a row while a refinement waited
        self._deaths: set[tuple[Hashable, ...]] = set()
        self._is_broken = self._is_closed = False
        self.done = 0
        self._start()

    def _start(self) -> None:
        context = worker.context()
        self._flags = context.Array("b", self.workers, lock=False)
        self._pool = ProcessPoolExecutor(self.workers, context, worker.start, (self._flags, self._prepare))
        self._free = list(range(self.workers))
        self._is_broken = False

    def join(self, tell: Callable[[], None], *, is_idle: bool = False) -> Client:
        """Take a visitor in; ``tell`` is called, from another thread, after each of the jobs waited for."""
        client = Client(tell, is_idle)
        with self._lock:
            self._clients.append(client)
        return client

    def leave(self, client: Client) -> None:
        """Let a visitor go; what nobody else waits for is dropped."""
        with self._lock:
            if client in self._clients:
                self._clients.remove(client)
            client.jobs = ()
            self._drop_unwanted()
            self._serve()

    def ask(self, client: Client, jobs: Sequence[Job], first: int = 0) -> None:
        """Replace what a visitor waits for; what was asked before and nobody else wants is dropped.

        Args:
            client: The visitor.
            jobs: In the order in which they are wanted; those on which others depend come before them.
            first: How many of them make the first answer.
        """
        with self._lock:
            client.jobs, client.first, client.asked = tuple(jobs), first, next(self._turns)
            for job in client.jobs:
                self._failures.pop(job.key, None)
                if job.key in self._results:
                    self._results.move_to_end(job.key)
            self._drop_unwanted()
            self._serve()

    def result(self, key: tuple[Hashable, ...]) -> Any:
        """The result of a job, or nothing."""
        with self._lock:
            return self._results.get(key)

    def failure(self, jobs: Sequence[Job]) -> BaseException | None:
        """Why a job of these failed, if one did."""
        with self._lock:
            return next((self._failures[job.key] for job in jobs if job.key in self._failures), None)

    def tell_all(self) -> None:
        """Tell every visitor, as after a job."""
        with self._lock:
            told = [*self._clients]
        for client in told:
            client.tell()

    @property
    def busy(self) -> int:
        """Jobs in worker processes now."""
        with self._lock:
            return len(self._running)

    @property
    def visitors(self) -> int:
        """Visitors that are in."""
        with self._lock:
            return len(self._clients)

    def close(self) -> None:
        """Stop the workers; jobs under way are dropped."""
        with self._lock:
            self._is_closed = True
            self._clients.clear()
            self._drop_unwanted()
        self._pool.shutdown(wait=False, cancel_futures=True)

    # Choosing, with the lock held

    def _waiting(self, client: Client) -> Job | None:
        """The first job of a visitor that is neither done nor under way, and can be done now."""
        settled = (self._results, self._failures, self._running)
        for job in client.jobs:
            if not any(job.key in there for there in settled) and all(key in self._results for key in job.needs):
                return job
        return None

    def _has_first(self, client: Client) -> bool:
        """Whether the first answer is there or wholly under way."""
        return all(job.key in self._results or job.key in self._running for job in client.jobs[: client.first])

    def _progress(self, client: Client) -> int:
        return sum(job.key in self._results or job.key in self._running for job in client.jobs)

    def _serve(self) -> None:
        while not self._is_closed:
            if self._is_broken:
                if self._running:
                    return
                self._start()
            waiting = [client for client in self._clients if self._waiting(client)]
            if not waiting:
                return
            refining = [client for client in waiting if self._has_first(client) and not client.is_idle]
            turn = refining if refining and self._firsts >= 2 * self.workers else waiting
            client = min(turn, key=self._rank)
            if not self._free:
                self._interrupt_for(client)
                return
            self._firsts = self._firsts + 1 if refining and client not in refining else 0
            job = self._waiting(client)
            assert job is not None
            client.served = next(self._turns)
            self._submit(job)

    def _rank(self, client: Client) -> tuple[int, int, int]:
        """The lower, the sooner: first answers in the order of asking, then the fewest results and the longest wait."""
        if client.is_idle:
            return 2, 0, 0
        return (1, self._progress(client), client.served) if self._has_first(client) else (0, client.asked, 0)

    def _interrupt_for(self, client: Client) -> None:
        """Drop one refinement, so that its worker serves a visitor who still waits for a first answer."""
        if client.is_idle or self._has_first(client) or any(self._flags):
            return
        for key, running in self._running.items():
            wanted_by = [other for other in self._clients if running.job in other.jobs]
            is_refinement = all(other.is_idle or running.job not in other.jobs[: other.first] for other in wanted_by)
            if is_refinement and key not in self._interrupted:
                self._interrupted.add(key)
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
        try:
            future = self._pool.submit(worker.work, job, place)
        except BrokenProcessPool:  # a worker died while nothing was under way, so that no job has told
            self._free.append(place)
            self._is_broken = True
            return
        self._running[job.key] = _Running(job, place)
        future.add_done_callback(partial(self._finished, job, place))

    def _finished(self, job: Job, place: int, future: Future[Any]) -> None:
        """Keep the result, tell who waits for it, and serve on. Runs in the pool's thread."""
        error = None if future.cancelled() else future.exception()
        with self._lock:
            self._running.pop(job.key, None)
            self._free.append(place)
            if isinstance(error, BrokenProcessPool):
                self._survive(job, error)
            elif error is None and not future.cancelled():
                self._keep(job, future.result())
            elif error is not None and not isinstance(error, worker.Dropped):
                self._fail(job, error)
            told = [client for client in self._clients if any(job.key == other.key for other in client.jobs)]
            self._serve()
        for client in told:
            client.tell()

    def _keep(self, job: Job, result: Any) -> None:
        self.done += 1
        self._interrupted.discard(job.key)
        self._results[job.key] = result
        waited = {other.key for client in self._clients for other in client.jobs}
        waited |= {need for client in self._clients for other in client.jobs for need in other.needs}
        alike = [key for key in self._results if key[0] == job.key[0] and key not in waited]
        for key in alike[:-KEPT]:
            del self._results[key]
            self._forget(key)

    def _fail(self, job: Job, error: BaseException) -> None:
        self._failures[job.key] = error
        while len(self._failures) > KEPT:
            self._failures.popitem(last=False)

    def _survive(self, job: Job, error: BaseException) -> None:
        """A worker died, and with it the pool: a new one starts, and a job that saw two pools die is to blame."""
        self._is_broken = True
        if job.key in self._deaths:
            self._fail(job, error)
        self._deaths ^= {job.key}
