"""What a worker process of the laboratory does: one job after another, and stop when nobody wants it any longer."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, MutableSequence
from functools import cache
from multiprocessing.context import BaseContext
from typing import TYPE_CHECKING, Any

from sim.runs.processes import as_worker, interrupts_wait

if TYPE_CHECKING:
    from sim.view.laboratory.scheduler import Job

_dropped: MutableSequence[int] = []


FORKSERVER = "forkserver"
PRELOADED = ["sim.model", "sim.view.laboratory.answers", "sim.view.laboratory.asking"]


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


def start(dropped: MutableSequence[int], prepare: Callable[[], None] | None) -> None:
    """Prepare a worker process.

    Args:
        dropped: Shared memory, one flag per place, set when a job is to stop.
        prepare: What else to do.
    """
    global _dropped
    _dropped = dropped
    as_worker()
    if prepare is not None:
        prepare()


def work(job: Job, place: int) -> Any:
    """Make a job.

    Raises:
        Dropped: The flag of ``place`` was set.
    """

    def check(_: int) -> None:
        if _dropped[place]:
            raise Dropped

    return job.make(check)
