"""Visitors share the workers fairly, work that nobody waits for stops, and a dead worker is replaced."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sim.view.laboratory.scheduler import KEPT, Client, Scheduler

PATIENCE = 90.0


@dataclass(frozen=True)
class Job:
    """Something that takes as many steps of ten milliseconds as it is told."""

    name: object
    steps: int = 1
    after: tuple["Job", ...] = ()
    dies_once: Path | None = None
    fails: bool = False

    @property
    def key(self):
        return "job", self.name

    @property
    def needs(self):
        return tuple(job.key for job in self.after)

    def make(self, check: Callable[[int], None]) -> object:
        for step in range(self.steps):
            check(step)
            time.sleep(0.01)
        if self.fails:
            raise ValueError("as told")
        if self.dies_once and not self.dies_once.exists():
            self.dies_once.touch()
            os._exit(1)
        return self.name


@pytest.fixture(scope="module")
def scheduler() -> Iterator[Scheduler]:
    shared = Scheduler(1)
    yield shared
    shared.close()


class Visitor:
    """A visitor who waits for what was asked for, and can count what is there."""

    def __init__(self, scheduler: Scheduler, *, is_idle: bool = False) -> None:
        self.scheduler = scheduler
        self.told = threading.Condition()
        self.client: Client = scheduler.join(self._tell, is_idle=is_idle)

    def _tell(self) -> None:
        with self.told:
            self.told.notify_all()

    def ask(self, jobs: list[Job], first: int = 0) -> None:
        self.scheduler.ask(self.client, jobs, first)

    def wait(self, jobs: list[Job], count: int | None = None) -> None:
        with self.told:
            assert self.told.wait_for(lambda: self.count(jobs) >= (count or len(jobs)), PATIENCE)

    def count(self, jobs: list[Job]) -> int:
        return sum(self.scheduler.result(job.key) is not None for job in jobs)

    def leave(self) -> None:
        self.scheduler.leave(self.client)


@pytest.fixture
def visitor(scheduler: Scheduler) -> Iterator[Callable[..., Visitor]]:
    there: list[Visitor] = []

    def come(**how: bool) -> Visitor:
        there.append(Visitor(scheduler, **how))
        return there[-1]

    yield come
    for one in there:
        one.leave()


def jobs(what: str, count: int, steps: int = 1) -> list[Job]:
    return [Job((what, i), steps) for i in range(count)]


def test_equal_jobs_of_several_visitors_are_done_once(scheduler: Scheduler, visitor) -> None:
    one, other, wanted = visitor(), visitor(), jobs("equal", 3)
    done = scheduler.done
    one.ask(wanted)
    other.ask(wanted)
    one.wait(wanted)
    other.wait(wanted)
    assert scheduler.done - done == 3
    assert [scheduler.result(job.key) for job in wanted] == [("equal", i) for i in range(3)]


def test_a_job_waits_for_those_that_it_needs(scheduler: Scheduler, visitor) -> None:
    one, parts = visitor(), jobs("part", 3, 3)
    whole = Job("whole", after=tuple(parts))
    one.ask([whole, *parts])
    while scheduler.result(whole.key) is None:
        assert scheduler.result(whole.key) is None or one.count(parts) == 3
    assert one.count(parts) == 3


def test_a_new_question_drops_the_old_one(scheduler: Scheduler, visitor) -> None:
    one, old, new = visitor(), jobs("old", 3, 10_000), jobs("new", 1)
    one.ask(old)
    assert scheduler.busy == 1
    one.ask(new)
    one.wait(new)
    assert one.count(old) == 0


def test_who_leaves_stops_the_work(scheduler: Scheduler, visitor) -> None:
    one, wanted = visitor(), jobs("left", 2, 10_000)
    one.ask(wanted)
    assert scheduler.busy == 1
    one.leave()
    other, quick = visitor(), jobs("quick", 1)
    other.ask(quick)
    other.wait(quick)
    assert one.count(wanted) == 0
    assert scheduler.busy == 0


def test_a_first_answer_goes_before_the_refinement_of_others(scheduler: Scheduler, visitor) -> None:
    patient, urgent = visitor(), visitor()
    refined = [*jobs("begun", 2), *jobs("refined", 1, 10_000)]
    patient.ask(refined, 2)
    patient.wait(refined, 2)
    wanted = jobs("urgent", 2)
    urgent.ask(wanted, 2)
    urgent.wait(wanted)
    assert patient.count(refined) == 2


def test_idle_work_gives_way_to_all_other(scheduler: Scheduler, visitor) -> None:
    idle, other = visitor(is_idle=True), visitor()
    idle.ask(jobs("idle", 3, 10_000))
    assert scheduler.busy == 1
    wanted = jobs("awake", 3)
    other.ask(wanted, 1)
    other.wait(wanted)
    assert scheduler.busy == 1  # it goes on when nobody waits


def test_visitors_are_served_in_turn(scheduler: Scheduler, visitor) -> None:
    blocker = visitor()
    blocker.ask(jobs("blocker", 1, 10_000))
    visitors, wanted = [visitor() for _ in range(3)], [jobs(f"turn {i}", 4, 2) for i in range(3)]
    for one, mine in zip(visitors, wanted, strict=True):
        one.ask(mine)
    blocker.leave()
    while (counts := sorted(one.count(mine) for one, mine in zip(visitors, wanted, strict=True))) != [4, 4, 4]:
        assert counts[2] - counts[0] <= 2


def test_a_restless_visitor_stops_nobody(scheduler: Scheduler, visitor) -> None:
    """Nine refine their answers while one asks anew all the time, faster than anything is answered."""
    nine, wanted = [visitor() for _ in range(9)], [jobs(f"nine {i}", 3, 2) for i in range(9)]
    for one, mine in zip(nine, wanted, strict=True):
        one.ask(mine, 1)
    restless, moves, limit = visitor(), 0, time.monotonic() + PATIENCE
    while any(one.count(mine) < 3 for one, mine in zip(nine, wanted, strict=True)):
        assert time.monotonic() < limit, "the others wait for ever"
        restless.ask(jobs(f"move {moves}", 4, 5), 4)
        moves += 1
        time.sleep(0.02)
    assert moves > 5


def test_a_job_that_fails_says_why_and_others_go_on(scheduler: Scheduler, visitor) -> None:
    one, bad, good = visitor(), Job("bad", fails=True), jobs("good", 1)
    one.ask([bad, *good])
    one.wait(good)
    assert "as told" in str(scheduler.failure([bad]))
    one.ask([bad])  # who asks again has it tried again
    assert scheduler.failure([bad]) is None


@pytest.mark.slow
def test_a_dead_worker_is_replaced_and_its_job_done_again(tmp_path) -> None:
    scheduler = Scheduler(1)
    try:
        one = Visitor(scheduler)
        deadly = [Job("deadly", dies_once=tmp_path / "died")]
        one.ask(deadly)
        one.wait(deadly)
        idle = jobs("idle", 1)
        one.ask(idle)
        one.wait(idle)
        one.leave()
        for pid in [*scheduler._pool._processes]:  # nobody is there when it dies
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.3)
        other, later = Visitor(scheduler), jobs("later", 1)
        other.ask(later)
        other.wait(later)
    finally:
        scheduler.close()


@pytest.mark.slow
def test_results_that_nobody_looks_at_are_forgotten(monkeypatch) -> None:
    forgotten = []
    scheduler = Scheduler(1, forgotten.append)
    try:
        monkeypatch.setattr("sim.view.laboratory.scheduler.KEPT", 2)
        one = Visitor(scheduler)
        for i in range(6):
            one.ask([Job(i)])
            one.wait([Job(i)])
        assert forgotten == [("job", 0), ("job", 1), ("job", 2)]
        assert KEPT > 2
    finally:
        scheduler.close()
