"""Who is served next: one queue for all visitors of one machine, and the processes that make what is in it."""

from __future__ import annotations

import itertools
import threading
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from sim.runs.executors import Pool

Key = tuple[Hashable, ...]

MOST_RESULTS = 500
"""Results kept at most, beside those that visitors wait for or look at."""
MOST_VISITORS = 1_000
"""Visitors whose last turn is remembered."""
REFINEMENT_EVERY = 4
"""One job of so many is a refinement where any waits, so that first answers without end hold up none for ever."""
LONGEST_LINE = 600


class Job(ABC):
    """Something that a process makes. It goes to other processes, so it must pickle."""

    deadly = ""
    """Why it fails where every process that tries it dies; what the system says when empty."""

    @property
    @abstractmethod
    def key(self) -> Key:
        """What the result depends on, and so what it is kept under."""

    @property
    def needs(self) -> Sequence[Key]:
        """Keys of the jobs that must be done before."""
        return ()

    @abstractmethod
    def make(self) -> Any:
        """Make it."""


@dataclass(frozen=True)
class Failed:
    """The result of a job that failed: why, in a line."""

    line: str


@dataclass(frozen=True)
class _Guarded:
    """A job as a task of a pool: whatever goes wrong is its result, and others are served."""

    job: Job

    def make(self) -> Any:
        """Make it."""
        try:
            return self.job.make()
        except Exception as error:
            name = "" if getattr(error, "for_users", False) else f"{type(error).__name__}: "
            return Failed(" ".join(f"{name}{error}".split())[:LONGEST_LINE])

    def lost(self, error: str) -> Failed:
        """Say why the processes died of it."""
        return Failed(self.job.deadly or error)


@dataclass(eq=False)
class Waiting:
    """The jobs that a visitor waits for, in order, and how one is told that one of them is done.

    Attributes:
        visitor: Who, over all that is open in one browser; nobody where it is served only when nobody else waits.
        jobs: Those on which others depend come before them.
        first: How many of them make the first answer.
        tell: Called, from another thread, after each of them.
        number: The higher, the newer.
    """

    visitor: Hashable
    jobs: tuple[Job, ...]
    first: int
    tell: Callable[[], None]
    number: int

    @property
    def keys(self) -> set[Key]:
        """Keys of the jobs."""
        return {job.key for job in self.jobs}


class Queue:
    """What visitors wait for, most urgent first.

    First answers come before refinements, but for one job in ``REFINEMENT_EVERY``. Among equals the visitor is next who
    was served longest ago, and of one visitor's questions the newest. Equal jobs of several visitors are made once. A
    job that nobody waits for any longer is not begun.

    Args:
        forget: Called with the key of a result that is dropped.
        most: Results kept at most, beside those that somebody waits for.
    """

    def __init__(self, forget: Callable[[Key], None] = lambda _: None, most: int = MOST_RESULTS) -> None:
        self._forget, self._most = forget, most
        self._changed = threading.Condition()
        self._waiting: list[Waiting] = []
        self._served: OrderedDict[Hashable, int] = OrderedDict()
        self._begun: set[Key] = set()
        self._results: OrderedDict[Key, Any] = OrderedDict()
        self._turns, self._taken = itertools.count(), 0
        self._pools: list[Pool] = []
        self._is_closed = False

    # What visitors do

    def ask(
        self, jobs: Sequence[Job], visitor: Hashable = None, *, first: int = 0, tell: Callable[[], None] = lambda: None
    ) -> Waiting:
        """Wait for jobs, each of which is made unless it was; what failed before is tried again: see ``Waiting``."""
        with self._changed:
            waiting = Waiting(visitor, tuple(jobs), first, tell, next(self._turns))
            self._served.setdefault(visitor, waiting.number)
            while len(self._served) > MOST_VISITORS:
                self._served.popitem(last=False)
            for key in waiting.keys & self._results.keys():
                self._results.move_to_end(key)
                if isinstance(self._results[key], Failed):
                    del self._results[key]
            self._waiting.append(waiting)
            self._changed.notify_all()
        return waiting

    def leave(self, waiting: Waiting) -> None:
        """Wait no longer."""
        with self._changed:
            self._waiting.remove(waiting)

    def result(self, key: Key) -> Any:
        """The result of a job; nothing while there is none, or where it failed."""
        with self._changed:
            found = self._results.get(key)
        return None if isinstance(found, Failed) else found

    def failure(self, jobs: Sequence[Job]) -> str:
        """Why a job of these failed; empty where none did."""
        with self._changed:
            found = [self._results.get(job.key) for job in jobs]
        return next((one.line for one in found if isinstance(one, Failed)), "")

    # What processes do

    def take(self, *, wait: bool = True) -> Job | None:
        """The most urgent job, which is then begun; nothing once the queue is closed, or where there is none to do."""
        with self._changed:
            while not self._is_closed:
                if (job := self._next()) is not None or not wait:
                    return job
                self._changed.wait()
        return None

    def done(self, job: Job, result: Any) -> None:
        """Keep what came of a job, and tell who waits for it."""
        with self._changed:
            self._begun.discard(job.key)
            self._results[job.key] = result
            needed = {key for one in self._waiting for key in one.keys}
            idle = [key for key in self._results if key not in needed]
            for key in idle[: max(len(idle) - self._most, 0)]:
                del self._results[key]
                self._forget(key)
            told = [one for one in self._waiting if job.key in one.keys]
            self._changed.notify_all()
        for waiting in told:
            waiting.tell()

    def _next(self) -> Job | None:
        ranked = []
        is_for_refinements = (self._taken + 1) % REFINEMENT_EVERY == 0
        for waiting in self._waiting:
            if (number := self._ready(waiting)) is None:
                continue
            is_later = (number >= waiting.first) != is_for_refinements
            served = self._served.get(waiting.visitor, 0)
            ranked.append(((waiting.visitor is None, is_later, served, -waiting.number), waiting, waiting.jobs[number]))
        if not ranked:
            return None
        _, waiting, job = min(ranked, key=lambda one: one[0])
        self._taken += 1
        self._served[waiting.visitor] = next(self._turns)
        self._served.move_to_end(waiting.visitor)
        self._begun.add(job.key)
        return job

    def _ready(self, waiting: Waiting) -> int | None:
        """Number of the first job that is neither done nor begun and can be made now."""
        for number, job in enumerate(waiting.jobs):
            if job.key in self._results or job.key in self._begun:
                continue
            if all(not isinstance(self._results.get(key, Failed("")), Failed) for key in job.needs):
                return number
        return None

    # The processes

    def start(self, processes: int) -> None:
        """Start so many, which make what is asked for until the queue is closed."""
        for _ in range(processes):
            self._pools.append(Pool(1))
            threading.Thread(target=self._serve, args=(self._pools[-1],), daemon=True).start()

    def _serve(self, pool: Pool) -> None:
        while (job := self.take()) is not None:
            try:
                ((_, result),) = pool.run([_Guarded(job)])
            except Exception as error:  # no process lives
                result = Failed(str(error))
            self.done(job, result)

    def close(self) -> None:
        """End the processes, whatever they are at, and tell all visitors."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        for pool in self._pools:
            pool.close()
        for waiting in [*self._waiting]:
            waiting.tell()
