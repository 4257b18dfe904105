"""How quick a first answer is where nobody else uses the machine. ``python -m tests.laboratory.idle [SECONDS]``.

Cores that others share are slower for seconds at a time, and the system does not say so; a look before and after a
question is blind to what comes between. So a process on each core times the same short loop all the while, by its own
processor time, which takes a hundredth of the core. Idle is a moment at which, over a whole question, that loop took on
every core at most ``SLOWER`` times the least of the series. How quick the answer was does not enter. A machine that is
never idle has its least busy moments called so, and its answers look slower than they are, not quicker.
"""

import contextlib
import multiprocessing
import os
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection

from tests.laboratory.classroom import Stream
from tests.laboratory.served import rest, start, stop

SECONDS = 200.0
SLOWER = 1.15
"""Set after a series of 110 questions was seen, with the loop inside both runs: by it all 61 at idle moments took less
than a second (0.95 at most), as did 104 of all. That series is counted nowhere."""
LOOP = 10_000
"""Steps of the loop: half a millisecond."""
EVERY_SECONDS = 0.05
PAUSE_SECONDS = 1.0
"""Between two questions, so that what the last one began has ended."""


@dataclass(frozen=True)
class Asked:
    """A question: seconds until its first answer, and those of the loop on the slowest core meanwhile, in the mean."""

    waited: float
    loop: float


def idle(series: list[Asked]) -> list[float]:
    """Seconds of the answers at idle moments."""
    least = min(one.loop for one in series)
    return [one.waited for one in series if one.loop <= SLOWER * least]


def told(waits: list[float]) -> str:
    """Some answers in a line."""
    if not waits:
        return "none"
    quick = sum(one < 1.0 for one in waits)
    return (
        f"{len(waits)}, of which {quick} within 1 s: {min(waits):.2f} to {max(waits):.2f}, "
        f"in the middle {statistics.median(waits):.2f} s"
    )


def _time_loops(core: int, pipe: Connection) -> None:
    """Time the loop on a core; at every word from the other end tell the mean since the last one."""
    os.sched_setaffinity(0, {core})
    seconds: list[float] = []
    with contextlib.suppress(EOFError):
        while True:
            begin = time.thread_time()
            for step in range(LOOP):
                _ = step * step % 7
            seconds.append(time.thread_time() - begin)
            if pipe.poll(EVERY_SECONDS):
                pipe.recv()
                pipe.send(statistics.fmean(seconds))
                seconds.clear()


@contextlib.contextmanager
def cores_timed() -> Iterator[list[Connection]]:
    """A process on each core that times the loop, by its pipe."""
    context = multiprocessing.get_context("spawn")
    pipes, processes = [], []
    for core in sorted(os.sched_getaffinity(0)):
        ours, theirs = context.Pipe()
        processes.append(context.Process(target=_time_loops, args=(core, theirs), daemon=True))
        processes[-1].start()
        theirs.close()
        pipes.append(ours)
    try:
        yield pipes
    finally:
        for pipe, process in zip(pipes, processes, strict=True):
            pipe.close()
            process.join()


def since_last(pipes: list[Connection]) -> float:
    """Mean of the loop on the slowest core since this was last asked."""
    for pipe in pipes:
        pipe.send(None)
    return max(pipe.recv() for pipe in pipes)


def measure(seconds: float, *options: str) -> list[Asked]:
    """Ask one new question after the other, as long as there is time; ``options`` are those of ``explore``."""
    series = []
    server = start(*options)
    try:
        rest(server)
        with cores_timed() as pipes:
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                one = Stream(server, f"idle {len(series)}")
                since_last(pipes)
                one.watch(len(series))
                assert one.waited, one.error or "the stream ended without an answer"
                series.append(Asked(one.waited, since_last(pipes)))
                time.sleep(PAUSE_SECONDS)
    finally:
        stop(server)
    return series


def main() -> None:
    """Print the answers at idle moments, and all."""
    series = measure(float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS, *sys.argv[2:])
    print(f"first answers at idle moments: {told(idle(series))}")
    print(f"all first answers: {told([one.waited for one in series])}")


if __name__ == "__main__":
    main()
