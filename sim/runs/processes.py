"""Processes that this one starts: each ends with it, however it ends, and one that dies is told in a line."""

import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from multiprocessing import resource_tracker
from pathlib import Path

from sim.runs.files import StudyError


class WorkersError(StudyError):
    """Worker processes that do not live, which is a fault of the machine; the message is one line for a terminal."""

    exit_code = 1


def worker_died(what: str = "a worker process died") -> WorkersError:
    """What to tell when the system has ended a worker."""
    return WorkersError(f"{what}, perhaps out of memory; give the command again with fewer --users or --workers")


@contextmanager
def interrupts_wait() -> Iterator[None]:
    """Hold interrupts back; a process that is started meanwhile never hears any, from its first instruction on.

    An interrupt that reached it while it still imports would be told as a traceback.
    """
    if not hasattr(signal, "pthread_sigmask"):  # where a terminal's interrupt reaches processes in another way
        yield
        return
    resource_tracker.ensure_running()  # it would let interrupts through again while it starts
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def as_worker() -> None:
    """Begin the life of a worker: its parent decides what an interrupt means, and it does not outlive its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()


@cache
def end_with_parent() -> threading.Thread | None:
    """From now on leave when the parent has gone; a process that no other of ours has started goes on.

    Without it, a worker whose parent was killed finishes what it is at, which may take hours, or waits for ever.

    Returns:
        The thread that leaves: who ends because the parent has gone waits for it, or cuts off what it does before.
    """
    parent = multiprocessing.parent_process()
    return None if parent is None else _leave_after(parent.join)


def end_with_input() -> None:
    """From now on leave when the standard input is closed, as it is once who holds its other end is gone."""
    _leave_after(lambda: os.read(0, 1))


_last: list[Callable[[], object]] = []


def before_leaving(do: Callable[[], object]) -> None:
    """Have something done when the parent has gone, such as removing what it can no longer remove itself."""
    _last.append(do)


def _leave_after(wait: Callable[[], object]) -> threading.Thread:
    def leave() -> None:
        wait()
        for do in _last:
            with contextlib.suppress(Exception):
                do()
        os._exit(1)  # not sys.exit: no other thread may hold it up

    thread = threading.Thread(target=leave, daemon=True)
    thread.start()
    return thread


def run_tied(words: Sequence[str], place: Path) -> int:
    """Run ``lawshock`` with other words in a clean process that ends with this one; give its exit code.

    ``-I`` keeps out PYTHON* variables, the working directory and the user's own packages. Its progress stays visible,
    its output does not.
    """
    ask = "from sim.runs.processes import end_with_input; end_with_input(); from sim.cli import main; main()"
    command = [sys.executable, "-I", "-c", ask, *words]
    with subprocess.Popen(command, cwd=place, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        return process.wait()
