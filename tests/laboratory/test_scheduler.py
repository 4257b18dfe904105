"""Sessions share the workers fairly, and work that no one waits for stops."""

import threading
from collections.abc import Iterator

import pytest

from sim.view.dashboard.lab import Lab
from sim.view.dashboard.scheduler import FIRST, Client, Scheduler
from sim.view.dashboard.state import Library, State, World
from sim.view.dashboard.worker import Job
from tests.conftest import small_world

PATIENCE = 60.0


@pytest.fixture(scope="module")
def scheduler() -> Iterator[Scheduler]:
    shared = Scheduler(1)
    yield shared
    shared.close()


class Listener:
    """A session that counts how often it is told, and waits for what it wants."""

    def __init__(self, scheduler: Scheduler) -> None:
        self.scheduler = scheduler
        self.told = threading.Condition()
        self.client: Client = scheduler.join(self._tell)

    def _tell(self) -> None:
        with self.told:
            self.told.notify_all()

    def wait(self, jobs: list[Job], count: int) -> None:
        with self.told:
            assert self.told.wait_for(lambda: len(self.scheduler.answers(jobs)) >= count, PATIENCE)


def jobs(count: int, *overrides: str, first: int = 1, users: int = 500, end: str = "2020-08-15") -> list[Job]:
    world = small_world(*overrides, users=users, end=end)
    return [Job(world, world.digest(), first + i) for i in range(count)]


def long_jobs(count: int, first: int) -> list[Job]:
    """Replicates of several seconds each: who waits behind one notices."""
    return jobs(count, users=100_000, end="2022-06-30", first=first)


@pytest.mark.slow
def test_answers_come_back_and_equal_jobs_are_done_once(scheduler: Scheduler) -> None:
    one, other, wanted = Listener(scheduler), Listener(scheduler), jobs(3)
    lived = scheduler.lived
    scheduler.ask(one.client, wanted)
    scheduler.ask(other.client, wanted)
    one.wait(wanted, 3)
    other.wait(wanted, 3)
    assert scheduler.lived - lived == 3
    assert [answer.run.seed for answer in scheduler.answers(wanted)] == [1, 2, 3]
    for listener in (one, other):
        scheduler.leave(listener.client)


def test_a_move_drops_what_was_asked_before(scheduler: Scheduler) -> None:
    listener = Listener(scheduler)
    old, new = long_jobs(4, first=100), jobs(1, first=200)
    scheduler.ask(listener.client, old)
    assert scheduler.busy == 1
    scheduler.ask(listener.client, new)
    listener.wait(new, 1)
    assert not scheduler.answers(old)
    scheduler.leave(listener.client)


def test_a_first_answer_goes_before_the_refinement_of_others(scheduler: Scheduler) -> None:
    refining, asking = Listener(scheduler), Listener(scheduler)
    patient = [*jobs(FIRST, first=300), *long_jobs(2, first=310)]
    scheduler.ask(refining.client, patient)
    refining.wait(patient, FIRST)
    urgent = jobs(FIRST, first=320)
    scheduler.ask(asking.client, urgent)
    asking.wait(urgent, FIRST)
    assert len(scheduler.answers(patient)) == FIRST
    scheduler.leave(asking.client)
    assert scheduler.busy == 1  # the refinement goes on once no one waits for a first answer
    scheduler.leave(refining.client)


def test_sessions_are_served_in_turn(scheduler: Scheduler) -> None:
    blocker = Listener(scheduler)
    scheduler.ask(blocker.client, long_jobs(1, first=400))
    listeners = [Listener(scheduler) for _ in range(3)]
    wanted = [jobs(4, first=410 + 10 * i) for i in range(3)]
    for listener, mine in zip(listeners, wanted, strict=True):
        scheduler.ask(listener.client, mine)
    scheduler.leave(blocker.client)
    while (counts := sorted(len(scheduler.answers(mine)) for mine in wanted)) != [4, 4, 4]:
        assert counts[2] - counts[0] <= FIRST
    for listener in listeners:
        scheduler.leave(listener.client)


def test_leaving_stops_the_work(scheduler: Scheduler) -> None:
    listener, wanted = Listener(scheduler), long_jobs(3, first=500)
    scheduler.ask(listener.client, wanted)
    assert scheduler.busy == 1
    scheduler.leave(listener.client)
    after = Listener(scheduler)
    quick = jobs(1, first=510)
    scheduler.ask(after.client, quick)
    after.wait(quick, 1)
    assert scheduler.busy == 0
    assert not scheduler.answers(wanted)
    scheduler.leave(after.client)


def test_a_job_that_fails_says_why_and_others_go_on(scheduler: Scheduler) -> None:
    listener = Listener(scheduler)
    good = jobs(1, first=600)
    bad = [Job(good[0].scenario, good[0].digest, -1)]
    scheduler.ask(listener.client, [*bad, *good])
    listener.wait(good, 1)
    assert scheduler.failure(bad) is not None
    scheduler.leave(listener.client)


def test_worlds_that_are_compared_go_in_pairs() -> None:
    library = Library()
    world = library.fresh("hong-kong-2020")
    state = State(world.change("population.gamma", "5.0"), seed=7, pinned=world)
    lab = Lab(library, None)  # type: ignore[arg-type]
    wanted = lab.jobs(state)
    assert [job.seed for job in wanted[:4]] == [7, 7, 8, 8]
    assert len({job.digest for job in wanted[:2]}) == 2
    assert lab.jobs(State(World(world.name, world.changes), view="network"))[0].person == 0
