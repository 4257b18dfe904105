"""Reads what visitors send in processes of their own, with a limit of time and memory: others are served meanwhile."""

from __future__ import annotations

import contextlib
import queue
import signal
import threading
from typing import TYPE_CHECKING, Any

from sim.view.laboratory.worker import context

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from sim.view.laboratory.asking import Home, Put

LIMIT_SECONDS = 1.5
"""Time of a processor that reading may take; a scenario takes a tenth of it, and what is hostile less than half."""
LONGEST_SECONDS = 20.0
"""Time after which nobody waits any longer, however busy the machine is."""
START_SECONDS = 60.0
MOST_MEMORY = 2_000_000_000
READERS = 2
ASK, IMPORT = "ask", "import"


class RefusedError(ValueError):
    """What was sent is refused; the message is one line for the page."""


class _Reader:
    """One process, and the pipe to it."""

    def __init__(self, home: Home) -> None:
        self.pipe, theirs = context().Pipe()
        self.process = context().Process(target=_serve, args=(theirs, home), daemon=True)  # type: ignore[attr-defined]
        self.process.start()
        theirs.close()
        self._is_ready = False

    def read(self, kind: str, content: bytes) -> Put:
        """What was sent, as a world.

        Raises:
            RefusedError: It is none.
            TimeoutError, EOFError, OSError: The process is of no more use.
        """
        if not self._is_ready:
            if not self.pipe.poll(START_SECONDS):
                raise TimeoutError
            self.pipe.recv()
            self._is_ready = True
        self.pipe.send((kind, content))
        if not self.pipe.poll(LONGEST_SECONDS):
            raise TimeoutError
        found = self.pipe.recv()
        if isinstance(found, str):
            raise RefusedError(found)
        put: Put = found
        return put

    def end(self) -> None:
        """End the process, whatever it is at."""
        self.process.kill()
        self.process.join(5)
        self.pipe.close()


class Readers:
    """A few processes that read, each for one visitor at a time; one that takes too long is ended and replaced.

    Args:
        home: Beside which world all are put.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._free: queue.Queue[_Reader] = queue.Queue()
        self._all: list[_Reader] = []
        self._lock, self._is_closed = threading.Lock(), False
        threading.Thread(target=self._begin, daemon=True).start()  # the server need not wait for them

    def _begin(self) -> None:
        for _ in range(READERS):
            self._free.put(self._start())

    def _start(self) -> _Reader:
        reader = _Reader(self._home)
        with self._lock:
            self._all.append(reader)
            if self._is_closed:
                reader.end()
        return reader

    def read(self, kind: str, content: bytes) -> Put:
        """The world that was sent; it may wait for those that came before.

        Args:
            kind: ``ASK`` or ``IMPORT``.
            content: What was sent.

        Raises:
            RefusedError: It is no world, or takes too long to read.
        """
        reader = self._free.get()
        try:
            return reader.read(kind, content)
        except (TimeoutError, EOFError, OSError):
            with self._lock:
                self._all.remove(reader)
            reader.end()
            reader = self._start()
            raise RefusedError(f"expected something that is read within {LIMIT_SECONDS:g} seconds") from None
        finally:
            self._free.put(reader)

    def close(self) -> None:
        """End all of them."""
        with self._lock:
            self._is_closed = True
            ended = [*self._all]
        for reader in ended:
            with contextlib.suppress(OSError):
                reader.end()


def _serve(pipe: Connection, home: Home) -> None:
    """The life of a reader: texts come, worlds or words of refusal go."""
    from sim.runs.processes import as_worker
    from sim.scenario.errors import ScenarioError
    from sim.view.laboratory import asking

    as_worker()
    _limit_memory()
    asking.put(home, b'{"acts": [{"kind": "report", "date": "%s", "salience": 1.0}]}' % str(home.base().start).encode())
    pipe.send("ready")
    read: dict[str, Any] = {ASK: asking.put, IMPORT: asking.take_in}
    while True:
        try:
            kind, content = pipe.recv()
        except EOFError:
            return
        limit(LIMIT_SECONDS)
        try:
            pipe.send(read[kind](home, content))
        except (ScenarioError, RecursionError, MemoryError, ValueError) as error:
            plain = isinstance(error, ScenarioError) or getattr(error, "for_users", False)
            pipe.send(str(error) if plain else "expected a world, found what cannot be read")
        finally:
            limit(0.0)


def limit(seconds: float) -> None:
    """Let the system end this process once it has used so much time of a processor; 0 lifts the limit."""
    if hasattr(signal, "setitimer"):  # the usual end by SIGPROF, which no library holds up as it would a handler
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _limit_memory() -> None:
    """Die of a text that wants all memory, and not the machine."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
