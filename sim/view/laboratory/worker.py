"""What a worker process of the laboratory does: jobs as they come, the more urgent inside the less urgent."""

import contextlib
import multiprocessing
from collections.abc import Callable
from functools import cache, partial
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from typing import Any, NamedTuple

from sim.runs.processes import as_worker, end_with_parent, interrupts_wait

FORKSERVER = "forkserver"
PRELOADED = ["sim.model", "sim.view.laboratory.answers", "sim.view.laboratory.asking"]
LONGEST_LINE = 300
HEARING_DAYS = 4
"""Simulated days after which a run is interrupted to hear what has come: some milliseconds."""
LEAVING_SECONDS = 30.0
"""For what is to be done when the server has gone."""


@cache
def context() -> BaseContext:
    """How processes of the laboratory are started.

    A plain fork would inherit the server's threads and sockets. Where there is a fork server, it imports what all need
    once, so that a process that is replaced is there again at once.
    """
    if FORKSERVER not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    from multiprocessing import forkserver

    found = multiprocessing.get_context(FORKSERVER)
    found.set_forkserver_preload(PRELOADED)
    with interrupts_wait():
        forkserver.ensure_running()
    return found


class Dropped(Exception):
    """The job was given up because nobody waits for it."""


class Told(NamedTuple):
    """What a worker says of a job.

    Attributes:
        number: Of the job.
        is_made: Whether it was made; otherwise it was dropped, or failed.
        result: What was made.
        error: Why it failed, in a line; empty where it did not.
    """

    number: int
    is_made: bool
    result: Any = None
    error: str = ""


class Worker:
    """Makes the jobs that come through a pipe, and says what came of them.

    Messages are a number and a job, or a number alone for a job that is dropped. They are heard every few days of
    a run, too: a job that comes then is made at once, and the run goes on afterwards where it was. So nothing that was
    begun is lost to what is more urgent.
    """

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._dropped: set[int] = set()

    def serve(self) -> None:
        """Make jobs until the other end is closed."""
        with contextlib.suppress(EOFError, OSError):
            while True:
                self._hear()
                self._dropped.clear()  # nothing is being made

    def _hear(self) -> None:
        number, job = self._pipe.recv()
        if job is None:
            self._dropped.add(number)
            return
        try:
            told = Told(number, True, job.make(partial(self._check, number)))
        except Dropped:
            told = Told(number, False)
        except (EOFError, BrokenPipeError):
            raise
        except Exception as error:  # whatever it is, the visitor is told, and others are served
            line = " ".join(f"{type(error).__name__}: {error}".split())
            told = Told(number, False, error=line[:LONGEST_LINE])
        self._pipe.send(told)

    def _check(self, number: int, day: int) -> None:
        if day % HEARING_DAYS:
            return
        while number not in self._dropped and self._pipe.poll():
            self._hear()
        if number in self._dropped:
            raise Dropped


def live(pipe: Connection, prepare: Callable[[], None] | None) -> None:
    """The life of a worker process.

    Args:
        pipe: Its end.
        prepare: What is done first.
    """
    as_worker()
    if prepare is not None:
        prepare()
    Worker(pipe).serve()
    if leaver := end_with_parent():
        leaver.join(LEAVING_SECONDS)
