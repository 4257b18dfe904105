"""The worker processes of the laboratory and the pipes to them; one that dies is replaced."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any, Protocol

from sim.view.laboratory import worker

if TYPE_CHECKING:
    from sim.view.laboratory.scheduler import Job
    from sim.view.laboratory.worker import Told


class Foreman(Protocol):
    """Who is told what the workers do; places count from 0."""

    def ready(self, place: int) -> None:
        """There is a worker with nothing to do."""
        ...

    def told(self, place: int, told: Told) -> None:
        """A worker is done with a job."""
        ...

    def died(self, place: int) -> None:
        """A worker died, with all that it was at; another will be ready."""
        ...


class Crew:
    """Worker processes.

    Args:
        size: How many.
        prepare: Called in each new process.
    """

    def __init__(self, size: int, prepare: Callable[[], None] | None = None) -> None:
        self.size = size
        self._prepare = prepare
        self._workers: dict[int, tuple[Any, Connection]] = {}
        self._bell, self._ringer = worker.context().Pipe(duplex=False)
        self._is_closed = False
        self._lock = threading.Lock()

    def begin(self, foreman: Foreman) -> None:
        """Start the processes, without waiting for them; a thread tells the foreman of all that comes."""
        threading.Thread(target=self._listen, args=(foreman,), daemon=True).start()

    @property
    def pids(self) -> list[int]:
        """Of the processes."""
        return [process.pid for process, _ in self._workers.values()]

    def send(self, place: int, number: int, job: Job | None) -> None:
        """Give a worker a job, which it makes before what it is at; or nothing, to drop the job of that number."""
        with contextlib.suppress(OSError):  # it died, of which the foreman is told
            self._workers[place][1].send((number, job))

    def close(self) -> None:
        """End the processes, whatever they are at."""
        with self._lock:
            self._is_closed = True
            self._ringer.close()
            for process, _ in self._workers.values():
                process.kill()

    def _listen(self, foreman: Foreman) -> None:
        for place in range(self.size):
            if self._start(place):
                foreman.ready(place)
        while not self._is_closed:
            places = {pipe: place for place, (_, pipe) in self._workers.items()}
            ready = wait([*places, self._bell])
            if self._bell in ready:
                return
            for pipe, place in places.items():
                if pipe not in ready:
                    continue
                try:
                    told = pipe.recv()
                except (EOFError, OSError):
                    foreman.died(place)
                    if self._start(place):
                        foreman.ready(place)
                else:
                    foreman.told(place, told)

    def _start(self, place: int) -> bool:
        """Start a process; whether it did, and nobody has closed the crew."""
        ours, theirs = worker.context().Pipe()
        with self._lock:
            if self._is_closed:
                return False
            if place in self._workers:
                before, pipe = self._workers[place]
                before.join(5)
                pipe.close()
            process = worker.context().Process(target=worker.live, args=(theirs, self._prepare), daemon=True)  # type: ignore[attr-defined]
            process.start()
            self._workers[place] = process, ours
        theirs.close()
        return True
