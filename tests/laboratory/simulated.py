"""Workers without processes or clocks: jobs take as long as they say, and time goes on when it is told to."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sim.view.laboratory.crew import Foreman
from sim.view.laboratory.scheduler import Client, Scheduler
from sim.view.laboratory.worker import Told


@dataclass(frozen=True)
class Job:
    """Something that takes so many seconds of a worker."""

    name: object
    seconds: float = 1.0
    after: tuple[Job, ...] = ()
    gives_way: bool = True
    fails: bool = False

    @property
    def key(self) -> tuple[object, ...]:
        return "job", self.name

    @property
    def needs(self) -> tuple[tuple[object, ...], ...]:
        return tuple(job.key for job in self.after)

    def make(self, check: Callable[[int], None]) -> object:
        del check
        raise AssertionError("nobody makes it")


@dataclass
class Task:
    """A job that was begun, and what is left of it."""

    number: int
    job: Job
    left: float
    is_dropped: bool = False


@dataclass
class Workers:
    """Simulated workers: each is at the last that it was given, as ``worker.Worker`` is."""

    size: int
    now: float = 0.0
    begun: list[Job] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.stacks: list[list[Task]] = [[] for _ in range(self.size)]

    def clock(self) -> float:
        return self.now

    def begin(self, foreman: Foreman) -> None:
        self.foreman = foreman
        for place in range(self.size):
            foreman.ready(place)

    def send(self, place: int, number: int, job: Any) -> None:
        stack = self.stacks[place]
        if job is None:
            next(task for task in stack if task.number == number).is_dropped = True
            return
        assert not stack or stack[-1].job.gives_way, "it would not be heard"
        stack.append(Task(number, job, job.seconds))
        self.begun.append(job)

    def close(self) -> None:
        pass

    def _finish_one(self) -> bool:
        """Tell of one that is made, or dropped, of those that workers are at."""
        for place, stack in enumerate(self.stacks):
            if stack and (task := stack[-1]) and (task.left <= 1e-9 or (task.is_dropped and task.job.gives_way)):
                stack.pop()
                failure = "as told" if task.job.fails else ""
                is_made = task.left <= 1e-9 and not failure
                self.foreman.told(place, Told(task.number, is_made, task.job.name, failure))
                return True
        return False

    def advance(self, until: float) -> None:
        """Let time go on to some moment."""
        while True:
            while self._finish_one():
                pass
            step = min((stack[-1].left for stack in self.stacks if stack), default=until - self.now)
            if self.now + step > until:
                step = until - self.now
            for stack in self.stacks:
                if stack:
                    stack[-1].left -= step
            self.now += step
            if self.now >= until - 1e-9 and not any(stack and stack[-1].left <= 1e-9 for stack in self.stacks):
                return


class Person:
    """Somebody at a page of the laboratory: asks, waits, moves on; keeps when answers and runs were there."""

    numbers = itertools.count()

    def __init__(self, scheduler: Scheduler, workers: Workers, *, is_idle: bool = False) -> None:
        self.scheduler, self.workers, self.is_idle = scheduler, workers, is_idle
        self.name = f"person {next(self.numbers)}"
        self.client: Client | None = None
        self.asked: list[Job] = []

    def ask(self, jobs: list[Job], first: int) -> None:
        """Open a stream for another question, and close the one before."""
        self.leave()
        self.asked, self.first, self.since = jobs, first, self.workers.now
        self.times: list[float] = []
        self.waited: float | None = None
        self.client = self.scheduler.join(self._told, self.name, is_idle=self.is_idle)
        self.scheduler.ask(self.client, jobs, first)

    def leave(self) -> None:
        if self.client:
            self.scheduler.leave(self.client)
            self.client = None

    def count(self) -> int:
        return sum(self.scheduler.result(job.key) is not None for job in self.asked)

    def _told(self) -> None:
        self.times.append(self.workers.now)
        if self.waited is None and all(self.scheduler.result(job.key) for job in self.asked[: self.first]):
            self.waited = self.workers.now - self.since

    @property
    def longest_stop(self) -> float:
        """Longest time without a run, from the first answer to the last run, or until now."""
        ends = self.times if self.count() == len(self.asked) else [*self.times, self.workers.now]
        start = self.since + (self.waited or 0.0)
        moments = [start, *(moment for moment in ends if moment > start)]
        return max((two - one for one, two in itertools.pairwise(moments)), default=0.0)


STAGES = (2, 4, 6, 12, 6)
"""Runs of a world beside one whose base is known, for each of the stages of an answer."""


def question(name: object) -> tuple[list[Job], int]:
    """Jobs of a question whose base is known: runs of a second each and what is told of them; two runs come first."""
    jobs: list[Job] = []
    for stage, count in enumerate(STAGES):
        jobs += [Job((name, stage, run)) for run in range(count)]
        runs = tuple(job for job in jobs if job.gives_way)
        jobs.append(Job((name, stage, "told"), 0.3, runs, gives_way=False))
    return jobs, STAGES[0] + 1
