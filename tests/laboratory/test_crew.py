"""Worker processes: the more urgent is made inside the less urgent, what is dropped stops, the dead are replaced."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil
import pytest

from sim.analyses.compare.analysis import around_one_day
from sim.runs.processes import before_leaving
from sim.scenario.files import load
from sim.view.laboratory import lab, worker
from sim.view.laboratory.cards import BASE, chosen
from sim.view.laboratory.crew import Crew
from sim.view.laboratory.jobs import Live, file_of
from sim.view.laboratory.worker import Told

PATIENCE = 90.0


@dataclass(frozen=True)
class Job:
    """Something that takes as many steps of ten milliseconds as it is told."""

    name: str
    steps: int = 1
    end: str = ""

    gives_way = True
    needs = ()

    @property
    def key(self):
        return "job", self.name

    def make(self, check: Callable[[int], None]) -> str:
        for step in range(self.steps):
            check(step)
            time.sleep(0.01)
        if self.end == "fails":
            raise ValueError("as\ntold")
        if self.end == "dies":
            os._exit(1)
        return self.name


class Boss:
    """Keeps what the crew tells."""

    def __init__(self) -> None:
        self.news: list[tuple[object, ...]] = []
        self._told = threading.Condition()

    def _note(self, *news: object) -> None:
        with self._told:
            self.news.append(news)
            self._told.notify_all()

    def ready(self, place: int) -> None:
        self._note("ready", place)

    def told(self, place: int, told: Told) -> None:
        del place
        self._note(told.number, told.is_made, told.result or told.error)

    def died(self, place: int) -> None:
        self._note("died", place)

    def wait(self, count: int) -> list[tuple[object, ...]]:
        """So many pieces of news, which are forgotten."""
        with self._told:
            assert self._told.wait_for(lambda: len(self.news) >= count, PATIENCE), self.news
            news, self.news = self.news[:count], self.news[count:]
        return news


@pytest.fixture(scope="module")
def crew() -> Iterator[tuple[Crew, Boss]]:
    made, boss = Crew(1), Boss()
    made.begin(boss)
    assert boss.wait(1) == [("ready", 0)]
    yield made, boss
    made.close()


def test_the_more_urgent_is_made_first_and_the_other_goes_on(crew) -> None:
    made, boss = crew
    made.send(0, 1, Job("long", 30))
    made.send(0, 2, Job("urgent", 10))
    made.send(0, 3, Job("more urgent"))
    assert boss.wait(3) == [(3, True, "more urgent"), (2, True, "urgent"), (1, True, "long")]


def test_what_is_dropped_stops_and_what_lies_below_goes_on(crew) -> None:
    made, boss = crew
    made.send(0, 4, Job("below", 20))
    made.send(0, 5, Job("dropped", 1_000_000))
    made.send(0, 5, None)
    made.send(0, 6, Job("buried", 1_000_000))
    made.send(0, 7, Job("above", 20))
    made.send(0, 6, None)
    assert boss.wait(4) == [(5, False, ""), (7, True, "above"), (6, False, ""), (4, True, "below")]
    made.send(0, 7, None)  # it was made long ago
    made.send(0, 7, Job("again"))
    assert boss.wait(1) == [(7, True, "again")]


def test_a_failure_is_told_in_a_line(crew) -> None:
    made, boss = crew
    made.send(0, 8, Job("bad", end="fails"))
    assert boss.wait(1) == [(8, False, "ValueError: as told")]


def test_a_dead_worker_is_replaced(crew) -> None:
    made, boss = crew
    made.send(0, 9, Job("deadly", end="dies"))
    assert boss.wait(2) == [("died", 0), ("ready", 0)]
    os.kill(made.pids[0], signal.SIGKILL)  # while it has nothing to do
    assert boss.wait(2) == [("died", 0), ("ready", 0)]
    made.send(0, 10, Job("later"))
    assert boss.wait(1) == [(10, True, "later")]


def test_a_run_inside_another_changes_neither(tmp_path: Path) -> None:
    little = ("population.users=400", "end=2020-08-15")
    base, world = around_one_day([load(BASE, little), chosen(["whatsapp-blocked-90-days"])[0].world(little)])
    places = [tmp_path / name for name in ("apart", "inside")]
    runs = []
    for place in places:
        place.mkdir()
        runs.append([Live(place, one, one.digest(), 1, ()) for one in (base, world)])
    for run in runs[0]:
        run.make(lambda _: None)
    outer, inner = runs[1]
    days: list[int] = []

    def check(day: int) -> None:
        days.append(day)
        if day == 40:
            inner.make(lambda _: None)

    outer.make(check)
    assert max(days) > 80
    for one, other in zip(*runs, strict=True):
        assert file_of(places[0], one.key).read_bytes() == file_of(places[1], other.key).read_bytes()


LIVED: list[int] = []


class Days:
    """A run that notes the days that it lives."""

    def make(self, check: Callable[[int], None]) -> None:
        for day in range(1, 100):
            LIVED.append(day)
            check(day)


def test_a_run_hears_within_a_few_days_that_nobody_waits_for_it():
    ours, theirs = worker.context().Pipe()
    ours.send((1, Days()))
    ours.send((1, None))
    serving = threading.Thread(target=worker.Worker(theirs).serve)
    serving.start()
    assert ours.recv() == worker.Told(1, False)
    assert list(range(1, worker.HEARING_DAYS + 1)) == LIVED
    assert worker.HEARING_DAYS < 10
    ours.close()
    serving.join(PATIENCE)


SERVES = """
import sys
from functools import partial
from pathlib import Path
from sim.view.laboratory.crew import Crew
from tests.laboratory.test_crew import Boss, Job, will_note
if __name__ == "__main__":
    boss, crew = Boss(), Crew(1, partial(will_note, Path(sys.argv[1])))
    crew.begin(boss)
    boss.wait(1)
    crew.send(0, 1, Job("first"))
    boss.wait(1)
    print("ready", flush=True)
    sys.stdin.read()
"""


def will_note(place: Path) -> None:
    """In a worker: write something down when the server has gone, and take some time over it."""
    before_leaving(partial(_note_slowly, place))


def _note_slowly(place: Path) -> None:
    time.sleep(1.0)
    place.touch()


def test_a_worker_does_what_is_to_be_done_when_the_server_has_gone(tmp_path: Path) -> None:
    """It hears of that twice, by its pipe and by a thread that waits for it, and may not end by the first alone."""
    (tmp_path / "serves.py").write_text(SERVES)
    server = subprocess.Popen(
        [sys.executable, str(tmp_path / "serves.py"), str(tmp_path / "note")], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    with server:
        assert server.stdout is not None
        assert server.stdout.readline() == "ready\n"
        family = psutil.Process(server.pid).children(recursive=True)
        server.kill()
    assert psutil.wait_procs(family, timeout=PATIENCE)[1] == []
    assert (tmp_path / "note").exists()


def test_a_folder_is_removed_although_a_run_is_written_meanwhile(tmp_path: Path, monkeypatch) -> None:
    folder, rmdir = tmp_path / "runs", os.rmdir
    folder.mkdir()
    late = [folder / "late.run", folder / "later.run"]

    def rmdir_too_late(*where, **options) -> None:
        if late:
            late.pop().touch()
        rmdir(*where, **options)

    monkeypatch.setattr(os, "rmdir", rmdir_too_late)
    lab._remove(folder)
    assert not folder.exists()
