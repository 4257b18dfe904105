"""Who is served next: one crew of workers for all visitors, a job at a time, first answers before refinements."""

from __future__ import annotations

import itertools
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from sim.view.laboratory.crew import Foreman
    from sim.view.laboratory.worker import Told

KEPT = 400
"""Results of a kind kept at most, beside those that visitors wait for or look at."""
RESTLESS_SECONDS = 2.0
"""Of workers' time lately for first answers, beyond which a visitor's next one waits in turn with refinements.

That is what one first answer takes with 20,000 people. More, and whoever asks without rest fills the workers until all
refinements are overdue at once, behind which the first answers of others then wait.
"""
HALF_LIFE_SECONDS = 20.0
"""Time in which half of what a visitor has used is forgotten."""
OVERDUE_SECONDS = 8.0
"""Time without any run after which a visitor's refinement goes before first answers."""
DEEPEST = 4
"""Jobs that a worker has begun at most."""

Key = tuple[Hashable, ...]
OVERDUE, FIRST, IN_TURN, IDLE = range(4)
"""Classes of jobs: the lower, the sooner."""


class Job(Protocol):
    """Something that a worker makes. It goes to other processes, so it must pickle."""

    @property
    def key(self) -> Key:
        """What the result depends on, and so where it is kept; its first part is the kind of job."""
        ...

    @property
    def needs(self) -> tuple[Key, ...]:
        """Keys of the jobs that must be done before."""
        ...

    @property
    def gives_way(self) -> bool:
        """Whether it calls ``check`` often, and so lets more urgent jobs go first."""
        ...

    def make(self, check: Callable[[int], None]) -> Any:
        """Make it; ``check`` raises where nobody waits for it any longer, and makes what is more urgent."""
        ...


class Workers(Protocol):
    """Who makes the jobs: a ``Crew``, or a simulated one."""

    @property
    def size(self) -> int:
        """How many there are."""
        ...

    def begin(self, foreman: Foreman) -> None:
        """Begin, and tell the foreman of all that comes."""
        ...

    def send(self, place: int, number: int, job: Job | None) -> None:
        """Give a worker a job, or nothing to drop the job of that number."""
        ...

    def close(self) -> None:
        """End."""
        ...


@dataclass(eq=False)
class Visitor:
    """What one person has had lately, over all that is open in one browser."""

    spent: float = 0.0
    """Seconds of workers for first answers, those of long ago forgotten."""
    served: int = 0
    progressed: float = 0.0
    """When a run was done last, or one was begun because none had been done for long."""


@dataclass(eq=False)
class Client:
    """A stream's place in the queue: the jobs waited for, in order, and how one is told of results."""

    tell: Callable[[], None]
    visitor: Visitor
    is_idle: bool = False
    """Whether it is served only when nobody else waits."""
    jobs: tuple[Job, ...] = ()
    first: int = 0
    """How many of the jobs make the first answer."""
    asked: int = 0
    since: float = 0.0
    spent: float = 0.0
    """What the visitor had used when it asked: whoever is served goes on being served."""


@dataclass(eq=False)
class _Begun:
    """A job that a worker has begun."""

    job: Job
    number: int
    place: int
    payer: Visitor | None
    """Whose time it takes; nobody's where it is no first answer."""
    was_overdue: bool = False
    is_dropped: bool = False


@dataclass
class _Place:
    """A worker: whether it lives, and what it has begun; it is at the last and goes on with the others afterwards."""

    is_ready: bool = False
    begun: list[_Begun] = field(default_factory=list)


class Scheduler:
    """Shares workers among visitors, a job at a time.

    - A first answer goes before all refinements. It does not wait for the run that a worker is at: that run stands
      still meanwhile, and nothing of it is lost. Among first answers that of the visitor goes first who has used the
      least lately.
    - A visitor who has used much lately for first answers, because of asking again and again, waits in turn with the
      refinements: of those, the visitor is next who was served longest ago.
    - A refinement of which no run was done for some seconds goes before first answers.
    - Jobs that nobody waits for are dropped within a few simulated days. Equal jobs of several visitors are done once.

    Args:
        workers: Who makes the jobs.
        forget: Called with the key of a result that is dropped.
        clock: Seconds from some moment.
    """

    def __init__(
        self,
        workers: Workers,
        forget: Callable[[Key], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.workers = workers.size
        self._crew, self._forget, self._clock = workers, forget, clock
        self._lock = threading.RLock()
        self._clients: list[Client] = []
        self._visitors: dict[Hashable, Visitor] = {}
        self._places = [_Place() for _ in range(workers.size)]
        self._begun: dict[Key, _Begun] = {}
        self._results: OrderedDict[Key, Any] = OrderedDict()
        self._failures: OrderedDict[Key, str] = OrderedDict()
        self._turns, self._numbers = itertools.count(1), itertools.count(1)
        self._deaths: set[Key] = set()
        self._is_closed = False
        self._now = clock()
        self.done = 0
        workers.begin(self)

    def join(self, tell: Callable[[], None], visitor: Hashable = None, *, is_idle: bool = False) -> Client:
        """Take a stream in; ``tell`` is called, from another thread, after each of the jobs waited for.

        Args:
            tell: What is called.
            visitor: Whose stream it is; nothing for somebody who is not known.
            is_idle: Whether it is served only when nobody else waits.
        """
        with self._lock:
            self._tick()
            there = {client.visitor for client in self._clients}
            self._visitors = {n: v for n, v in self._visitors.items() if v in there or v.spent > 0.1}
            known = Visitor() if visitor is None else self._visitors.setdefault(visitor, Visitor())
            client = Client(tell, known, is_idle)
            self._clients.append(client)
        return client

    def leave(self, client: Client) -> None:
        """Let a stream go; what nobody else waits for is dropped."""
        with self._lock:
            if client in self._clients:
                self._clients.remove(client)
            client.jobs = ()
            self._tick()
            self._drop_unwanted()
            self._serve()

    def ask(self, client: Client, jobs: Sequence[Job], first: int = 0) -> None:
        """Replace what a stream waits for; what was asked before and nobody else wants is dropped.

        Args:
            client: The stream.
            jobs: In the order in which they are wanted; those on which others depend come before them.
            first: How many of them make the first answer.
        """
        with self._lock:
            self._tick()
            client.jobs, client.first, client.asked = tuple(jobs), first, next(self._turns)
            client.since, client.spent = self._now, client.visitor.spent
            for job in client.jobs:
                self._failures.pop(job.key, None)
                if job.key in self._results:
                    self._results.move_to_end(job.key)
            self._drop_unwanted()
            self._serve()

    def result(self, key: Key) -> Any:
        """The result of a job, or nothing."""
        with self._lock:
            return self._results.get(key)

    def failure(self, jobs: Sequence[Job]) -> str:
        """Why a job of these failed, in a line; empty where none did."""
        with self._lock:
            return next((self._failures[job.key] for job in jobs if job.key in self._failures), "")

    def tell_all(self) -> None:
        """Tell every visitor, as after a job."""
        with self._lock:
            told = [*self._clients]
        for client in told:
            client.tell()

    @property
    def busy(self) -> int:
        """Jobs that workers have begun."""
        with self._lock:
            return len(self._begun)

    def close(self) -> None:
        """Stop the workers; jobs under way are dropped."""
        with self._lock:
            self._is_closed = True
        self._crew.close()

    # What the crew tells

    def ready(self, place: int) -> None:
        """A worker can be given a job."""
        with self._lock:
            self._tick()
            self._places[place].is_ready = True
            self._serve()

    def told(self, place: int, told: Told) -> None:
        """Keep a result, tell who waits for it, and serve on."""
        with self._lock:
            self._tick()
            begun = next(one for one in self._places[place].begun if one.number == told.number)
            self._places[place].begun.remove(begun)
            del self._begun[begun.job.key]
            waiting = [client for client in self._clients if any(begun.job.key == other.key for other in client.jobs)]
            if told.is_made:
                self._keep(begun.job, told.result)
                for client in waiting:
                    client.visitor.progressed = self._now
            elif told.error:
                self._fail(begun.job, told.error)
            self._serve()
        for client in waiting:
            client.tell()

    def died(self, place: int) -> None:
        """A worker died: what it had begun is made again, and a job at which two workers died is to blame."""
        with self._lock:
            self._tick()
            at, lost = self._places[place], self._places[place].begun
            at.is_ready, at.begun = False, []
            for begun in lost:
                del self._begun[begun.job.key]
            for begun in lost[-1:]:
                if begun.job.key in self._deaths:
                    self._fail(begun.job, "a worker died twice of it, perhaps out of memory")
                self._deaths ^= {begun.job.key}
            self._serve()
            told = [*self._clients]
        for client in told:
            client.tell()

    # Choosing, with the lock held

    def _tick(self) -> None:
        """Let time pass: workers' time is charged, and what was long ago is forgotten."""
        before, self._now = self._now, self._clock()
        for visitor in dict.fromkeys([*self._visitors.values(), *(client.visitor for client in self._clients)]):
            visitor.spent *= 0.5 ** ((self._now - before) / HALF_LIFE_SECONDS)
        for place in self._places:
            if place.begun and (payer := place.begun[-1].payer):
                payer.spent += self._now - before

    def _waiting(self, client: Client) -> tuple[Job, bool] | None:
        """The first job that is neither done nor begun and can be made now, and whether it is of the first answer."""
        settled = (self._results, self._failures, self._begun)
        for number, job in enumerate(client.jobs):
            if not any(job.key in there for there in settled) and all(key in self._results for key in job.needs):
                return job, number < client.first
        return None

    def _class(self, client: Client, is_first: bool) -> int:
        if client.is_idle:
            return IDLE
        if is_first:
            return FIRST if client.spent <= RESTLESS_SECONDS else IN_TURN
        since = max(client.since, client.visitor.progressed)
        return OVERDUE if self._now - since > OVERDUE_SECONDS else IN_TURN

    def _serve(self) -> None:
        while not self._is_closed:
            ranked = []
            for client in self._clients:
                if found := self._waiting(client):
                    job, is_first = found
                    kind = self._class(client, is_first)
                    within = {OVERDUE: client.visitor.progressed, FIRST: client.spent}
                    rank = (kind, within.get(kind, client.visitor.served), not is_first, client.asked)
                    ranked.append((rank, job, client))
            if not ranked:
                return
            (kind, _, is_later, _), job, client = min(ranked, key=lambda one: one[0])
            place = self._place_for(kind)
            if place is None:
                return
            client.visitor.served = next(self._turns)
            payer = None if is_later or client.is_idle else client.visitor
            begun = _Begun(job, next(self._numbers), place, payer, kind == OVERDUE)
            if begun.was_overdue:
                client.visitor.progressed = self._now
            self._places[place].begun.append(begun)
            self._begun[job.key] = begun
            self._crew.send(place, begun.number, job)

    def _place_for(self, kind: int) -> int | None:
        """A worker with nothing to do, or at something of a later class that gives way."""
        best = None
        for place, there in enumerate(self._places):
            if not there.is_ready:
                continue
            if not there.begun:
                return place
            last = there.begun[-1]
            if last.is_dropped:  # it ends at once
                continue
            if len(there.begun) < DEEPEST and last.job.gives_way:
                found = self._class_begun(last), -len(there.begun), place
                if found[0] > kind and (best is None or found > best):
                    best = found
        return best[2] if best else None

    def _class_begun(self, begun: _Begun) -> int:
        """The class of a job that is begun: that of whoever wants it most."""
        if begun.was_overdue:
            return OVERDUE
        kinds = [
            self._class(client, number < client.first)
            for client in self._clients
            for number, job in enumerate(client.jobs)
            if job.key == begun.job.key
        ]
        return min(kinds, default=IDLE)

    def _drop_unwanted(self) -> None:
        wanted = {job.key for client in self._clients for job in client.jobs}
        for key, begun in self._begun.items():
            if key not in wanted and not begun.is_dropped:
                begun.is_dropped = True
                self._crew.send(begun.place, begun.number, None)

    def _keep(self, job: Job, result: Any) -> None:
        self.done += 1
        self._deaths.discard(job.key)
        self._results[job.key] = result
        waited = {other.key for client in self._clients for other in client.jobs}
        waited |= {need for client in self._clients for other in client.jobs for need in other.needs}
        alike = [key for key in self._results if key[0] == job.key[0] and key not in waited]
        for key in alike[:-KEPT]:
            del self._results[key]
            self._forget(key)

    def _fail(self, job: Job, error: str) -> None:
        self._failures[job.key] = error
        while len(self._failures) > KEPT:
            self._failures.popitem(last=False)
