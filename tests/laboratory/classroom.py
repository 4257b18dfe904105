"""A class at one laboratory: how long first answers and refinements wait. ``python -m tests.laboratory.classroom``.

All figures are of one server, so that their ratios hold on a slow machine, too. Others must leave the machine alone.
"""

import contextlib
import itertools
import statistics
import sys
import threading
import time
from dataclasses import dataclass, field

from tests.laboratory.served import PATIENCE, Server, lines, post, rest, start, stop

NINE = 9
APART = 2.5
"""Time from one question to the next, in first answers of one alone: on two workers they are then busy by half."""


@dataclass
class Stream:
    """What one person saw: seconds until the first answer, and the moments at which something was done after it."""

    server: Server
    person: str
    waited: float = 0.0
    moments: list[float] = field(default_factory=list)
    error: str = ""

    def watch(self, number: int, stopped: threading.Event | None = None) -> None:
        """Ask one question and look on: at the first answer alone, or until it has all pairs, or is told to stop."""
        begin = time.monotonic()
        name = post(self.server, "/api/ask", _world(number))[1]["id"]
        with contextlib.closing(lines(self.server, name, self.person)) as stream:
            for line in stream:
                now = time.monotonic()
                if line.startswith("event: answer") and not self.waited:
                    self.waited = now - begin
                    if stopped is None:
                        return
                if self.waited:
                    self.moments.append(now)
                if line.startswith("event: failed"):
                    self.error = line
                if stopped and stopped.is_set():
                    return

    @property
    def longest_stop(self) -> float:
        """Longest time in which nothing was done after the first answer."""
        return max((two - one for one, two in itertools.pairwise(self.moments)), default=0.0)


def _world(number: int) -> dict[str, object]:
    """Another one for each number."""
    return {"acts": [{"kind": "outage", "platform": "Signal", "hours": 1.0 + number, "date": "2020-08-10"}]}


def _restless(server: Server, stopped: threading.Event) -> None:
    """Ask for another world before the last one is answered, and let that go."""
    for number in itertools.count(10_000):
        if stopped.is_set():
            return
        name = post(server, "/api/ask", _world(number))[1]["id"]
        with contextlib.closing(lines(server, name, "restless")) as stream:
            next(stream)
            time.sleep(0.2)


@dataclass(frozen=True)
class Measured:
    """Seconds: a first answer alone, those of nine beside a restless one, their longest stops, those of ten at once."""

    alone: float
    nine: list[float]
    stops: list[float]
    at_once: list[float]

    @property
    def ratio(self) -> float:
        """How many times longer whoever of the nine waited longest did so than one alone."""
        return max(self.nine) / self.alone

    def __str__(self) -> str:
        middle, at_once = statistics.median(self.nine) / self.alone, sorted(self.at_once)
        return (
            f"first answer alone {self.alone:.2f} s; of nine beside a restless one {middle:.2f} times that "
            f"in the middle, {self.ratio:.2f} at most; longest stop of a refinement {max(self.stops):.1f} s; "
            f"ten at once: {at_once[0]:.2f}, {statistics.median(at_once):.2f}, {at_once[-1]:.2f} s"
        )


def measure(server: Server) -> Measured:
    """Ask alone, then as nine beside a restless one, then as ten at the same instant."""
    rest(server)
    single = [Stream(server, f"alone {number}") for number in range(3)]
    for number, one in enumerate(single):
        one.watch(number)
    alone = statistics.median(one.waited for one in single)
    stopped = threading.Event()
    nine = [Stream(server, f"nine {number}") for number in range(NINE)]
    threads = [threading.Thread(target=one.watch, args=(100 + i, stopped)) for i, one in enumerate(nine)]
    mover = threading.Thread(target=_restless, args=(server, stopped))
    mover.start()
    for thread in threads:
        thread.start()
        time.sleep(APART * alone)
    time.sleep(20.0)
    stopped.set()
    for thread in (mover, *threads):
        thread.join(PATIENCE)
    ten = [Stream(server, f"ten {number}") for number in range(10)]
    threads = [threading.Thread(target=one.watch, args=(200 + i,)) for i, one in enumerate(ten)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(one.error for one in nine), [one.error for one in nine]
    assert all(one.waited for one in (*nine, *ten)), "somebody was not answered"
    return Measured(
        alone, [one.waited for one in nine], [one.longest_stop for one in nine], [one.waited for one in ten]
    )


def main() -> None:
    """Print what was measured, with 20,000 people and a worker for each core unless options of ``explore`` say else."""
    server = start(*sys.argv[1:])
    try:
        print(measure(server))
    finally:
        stop(server)


if __name__ == "__main__":
    main()
