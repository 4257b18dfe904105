"""Who is served next: first answers, then whoever waited longest; nobody starves, and what is kept is bounded."""

import os
import threading
import time
from dataclasses import dataclass

import pytest

from sim.view.laboratory import queue as lab
from sim.view.laboratory.queue import REFINEMENT_EVERY, Failed, Queue


@dataclass(frozen=True)
class Job(lab.Job):
    name: str
    needs: tuple = ()
    end: str = ""

    @property
    def key(self):
        return "job", self.name

    def make(self):
        if self.end == "fails":
            raise ValueError("as\nmeant")
        if self.end == "dies":
            os._exit(1)
        return self.name


def jobs(what: str, count: int) -> list[Job]:
    return [Job(f"{what} {number}") for number in range(count)]


def made(queue: Queue, count: int) -> list[str]:
    """Names of the next jobs, each of which is done."""
    names = []
    for _ in range(count):
        if (job := queue.take(wait=False)) is None:
            break
        names.append(job.name)
        queue.done(job, job.name)
    return names


def test_first_answers_go_first_and_then_whoever_was_served_longest_ago():
    queue = Queue()
    queue.ask(jobs("old", 9), "old")
    assert made(queue, 1) == ["old 0"]
    queue.ask(jobs("new", 9), "new", first=2)
    queue.ask(jobs("newer", 9), "newer", first=2)
    first = made(queue, 5)
    assert [name for name in first if not name.startswith("old")] == ["new 0", "newer 0", "new 1", "newer 1"]
    assert [name.split()[0] for name in made(queue, 6)].count("old") == 2


def test_first_answers_without_end_hold_up_no_refinement():
    queue = Queue()
    queue.ask(jobs("patient", 5), "patient")
    names = []
    for number in range(5 * REFINEMENT_EVERY):  # somebody who asks again as soon as a job is begun
        waiting = queue.ask([Job(f"restless {number}")], "restless", first=1)
        names += made(queue, 1)
        queue.leave(waiting)
    assert sum(name.startswith("patient") for name in names) == 5


def test_what_nobody_waits_for_is_not_begun_and_nobody_is_served_last():
    queue = Queue()
    queue.ask(jobs("in advance", 2))
    waiting = queue.ask(jobs("left", 3), "one", first=3)
    queue.ask(jobs("other", 1), "other")
    assert queue.take(wait=False).name.startswith(("left", "other"))
    queue.leave(waiting)
    assert made(queue, 9)[-2:] == ["in advance 0", "in advance 1"]


def test_equal_jobs_are_made_once_and_a_job_waits_for_those_that_it_needs():
    queue, told = Queue(), []
    parts = jobs("part", 2)
    whole = Job("whole", tuple(part.key for part in parts))
    for visitor in "ab":
        queue.ask([*parts, whole], visitor, tell=lambda: told.append(queue.result(whole.key)))
    one, two = queue.take(wait=False), queue.take(wait=False)
    assert queue.take(wait=False) is None  # the whole needs both, which are begun
    queue.done(one, 1)
    queue.done(two, 2)
    assert made(queue, 9) == ["whole"]
    assert told[-2:] == ["whole", "whole"]


def test_what_failed_is_told_and_tried_again_for_who_asks_again():
    queue = Queue()
    bad = Job("bad")
    waiting = queue.ask([bad, Job("on it", (bad.key,))], "one")
    queue.done(queue.take(wait=False), Failed("no luck"))
    assert queue.take(wait=False) is None
    assert (queue.failure(waiting.jobs), queue.result(bad.key)) == ("no luck", None)
    queue.leave(waiting)
    queue.ask([bad], "other")
    assert queue.failure([bad]) == ""
    assert made(queue, 9) == ["bad"]


def test_results_are_bounded_but_for_those_that_somebody_waits_for():
    forgotten = []
    queue = Queue(forgotten.append, most=3)
    queue.ask(jobs("mine", 5), "one")
    made(queue, 9)
    for number in range(9):
        waiting = queue.ask([Job(f"other {number}")], number)
        made(queue, 1)
        queue.leave(waiting)
    assert forgotten == [("job", f"other {number}") for number in range(5)]  # the last is left after it was made
    assert all(queue.result(job.key) for job in jobs("mine", 5))


@pytest.mark.slow
def test_processes_make_what_is_asked_survive_what_kills_them_and_end():
    queue, changed = Queue(), threading.Event()
    queue.start(1)
    ends = [Job("good"), Job("bad", end="fails"), Job("deadly", end="dies")]
    queue.ask(ends, "one", tell=changed.set)
    limit = time.monotonic() + 300.0  # of a machine that others use
    while not (queue.failure([ends[1]]) and queue.failure([ends[2]])):
        assert time.monotonic() < limit
        changed.wait(1.0)
    assert queue.result(ends[0].key) == "good"
    assert queue.failure([ends[1]]) == "ValueError: as meant"
    assert "processes died" in queue.failure([ends[2]])
    queue.close()
    assert queue.take() is None


def test_a_newer_question_of_the_same_visitor_goes_before_the_older():
    queue = Queue()
    for question in ("older", "newer"):
        queue.ask(jobs(question, 2), "one")
    assert made(queue, 4) == ["newer 0", "newer 1", "older 0", "older 1"]
