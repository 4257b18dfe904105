"""Every executor makes the same bytes, and loses nothing when a process dies."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import traceback
from dataclasses import dataclass
from pathlib import Path

import pytest

from sim.runs import code, executors
from sim.runs.executors import Call, InProcess, Pool, Worker, make_executor, make_there
from sim.runs.files import StudyError
from sim.runs.once import measured_run, pack, unpack
from sim.runs.store import _Kept, _read, tables_of
from tests.conftest import small_world


@pytest.fixture(scope="module")
def world():
    return small_world(users=200, end="2020-07-05")


def tasks(world, seeds):
    return [_Kept(str(seed), Call(measured_run, (world.digest(), seed, ()), {"packed": pack(world)}), holes=True)
            for seed in seeds]  # fmt: skip


def made(executor, todo):
    return {task.key: made for task, made in executor.run(todo)}


@pytest.mark.slow
def test_processes_give_the_bytes_of_this_one(world):
    here = made(InProcess(), tasks(world, range(6)))
    with Pool(2) as pool:
        there = made(pool, tasks(world, range(6)))
        again = made(pool, tasks(world, range(2)))
    assert here == there
    assert all(here[key] == one for key, one in again.items())


@pytest.mark.slow
def test_a_dead_worker_is_replaced_and_its_runs_are_made_again(world):
    with Pool(2) as pool:
        done = []
        for task, (_, failed) in pool.run(tasks(world, range(8))):
            done.append((task.key, failed))
            if len(done) in (2, 4):
                os.kill(pool._workers[0].process.pid, signal.SIGKILL)
    assert sorted(done) == [(str(seed), False) for seed in range(8)]


@pytest.mark.slow
def test_a_run_that_kills_its_workers_fails_alone(world, monkeypatch):
    """One that stops the process is given up after three attempts."""
    real = Worker.give

    def give(self, number, task):
        real(self, number, task)
        if task.key == "3":
            self.process.kill()

    monkeypatch.setattr(Worker, "give", give)
    with Pool(2) as pool:
        ((lost, failed),) = made(pool, tasks(world, [3])).values()
        assert failed
        error = _read(lost, None)["failure"]["error"].item()
        assert "3 processes died while making this run (Killed)" in error
        monkeypatch.undo()
        rest = made(pool, tasks(world, range(3)))
    assert not any(failed for _, failed in rest.values())


def test_workers_that_cannot_live_end_the_study(world, monkeypatch):
    monkeypatch.setattr(Worker, "give", lambda self, n, task: (self.hand.update({n: task}), self.process.kill()))
    with Pool(1) as pool, pytest.raises(StudyError, match="10 worker processes died in a row"):
        list(pool.run(tasks(world, range(9))))


def test_a_text_is_checked_against_its_digest(world):
    packed = pack(world)
    assert unpack(world.digest(), packed) == world
    for wrong in (packed[:-20], pack(small_world(users=201, end="2020-07-05")), b"no gzip"):
        with pytest.raises(ValueError, match="damaged text of scenario"):
            unpack(world.digest(), wrong)


@dataclass(frozen=True)
class Half:
    """A task that fails for some, and is slow for others, so that results come in another order."""

    whole: int

    def make(self):
        time.sleep(0.05 * (self.whole == 0))
        if self.whole % 2:
            raise ValueError(f"{self.whole} is odd")
        return self.whole // 2

    def lost(self, error):
        raise AssertionError(error)


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_results_come_in_the_order_of_the_tasks_and_a_fault_is_not_hidden(workers):
    seen = []
    assert tables_of([Half(n) for n in (0, 2, 4, 2)], workers=workers, on_progress=seen.append) == [0, 1, 2, 1]
    assert seen == [1, 2, 3, 4]
    with pytest.raises(ValueError, match="5 is odd") as fault:
        tables_of([Half(2), Half(5)], workers=workers)
    where = "".join(traceback.format_exception(fault.value))
    assert "in make" in where, "the traceback of the worker is lost"


def test_a_worker_with_another_model_says_so():
    with pytest.raises(ValueError, match=r"this worker has model .*, but was asked for model 0\.0"):
        make_there(Half(2), "0.0")


# An edited rule never meets a run of before; an edited comment forgets none


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """A copy of the model, of which ``code`` then speaks."""
    shutil.copytree(Path(code.__file__).parents[1], tmp_path / "sim", ignore=shutil.ignore_patterns("__pycache__"))
    before = code.build(), code.source()
    monkeypatch.setattr(code, "__file__", str(tmp_path / "sim" / "runs" / "code.py"))

    def digests():
        for one in (code.build, code.source, code.meaning):
            one.cache_clear()
        return code.build(), code.source()

    assert digests() == before
    yield tmp_path / "sim", digests
    monkeypatch.undo()
    assert digests() == before


def test_a_change_in_any_part_of_the_model_gives_another_digest(copied):
    home, digests = copied
    before = digests()
    for part in code.MADE_OF:
        place = home / part
        file = max(place.rglob("*.py")) if place.is_dir() else place
        text = file.read_text()
        file.write_text(text + "\nEDITED = 1\n")
        assert all(new != old for new, old in zip(digests(), before, strict=True)), part
        file.write_text(text)


def test_comments_docstrings_and_another_layout_leave_kept_runs_alone(copied):
    home, digests = copied
    build, source = digests()
    for part in code.MADE_OF:
        place = home / part
        for file in place.rglob("*.py") if place.is_dir() else [place]:
            text = re.sub(r'(?m)^( *)"""(?=\w)', r'\1"""Reworded: ', file.read_text())
            file.write_text(f"# Of another mind.\n{text}\n\n")
    other = digests()
    assert other[0] == build
    assert other[1] != source


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("def f(x):\n    'Doc.'\n    return x", "def f(x):  # why\n    return (\n        x\n    )", True),
        ("X = 1\n'What it is.'", "'A module.'\nX = 0x1", True),
        ("f('a', 2)", 'f(\n    "a",\n    2,\n)', True),
        ("X = 1", "X = 1.0", False),
        ("X = a - b", "X = b - a", False),
        ("f(None)", "f()", False),
        ("X = 'a'", "X = 'b'", False),
        ("if a:\n    b()\nc()", "if a:\n    b()\n    c()", False),
        ("X = a.b", "X = a.c", False),
    ],
)
def test_what_a_module_means(tmp_path, one, other, same):
    for name, text in (("one", one), ("other", other)):
        (tmp_path / name).write_text(text)
    assert (code.meaning(tmp_path / "one") == code.meaning(tmp_path / "other")) == same


@pytest.mark.slow
def test_every_module_that_makes_a_run_is_part_of_the_digest():
    """What is loaded to make a run, read its measures and the readings of a case, but for what hands out and keeps."""
    ask = """
import sys
from sim.evidence.cases import load_case
from sim.runs.once import measured_run, pack
from sim.scenario.files import load
world = load("hong-kong-2020", ["population.users=100", "end=2020-07-05"])
before = set(sys.modules)
measured_run(world.digest(), 1, (), packed=pack(world))
print(*(name for name in sys.modules if name.startswith("sim.")))
"""
    told = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True).stdout.split()
    keeping = {"sim.runs", "sim.runs.code", "sim.runs.files", "sim.runs.processes"}
    covered = [f"sim.{part.removesuffix('.py').replace('/', '.')}" for part in code.MADE_OF]
    missing = [name for name in told if name not in keeping and not any(
        name == part or name.startswith(f"{part}.") for part in covered
    )]  # fmt: skip
    assert len(told) > 40
    assert not missing, f"add them to sim/runs/code.py: {missing}"


def test_nobody_answers_at_the_address(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("sim.runs.executors.ANSWER_SECONDS", 1)
    with pytest.raises(StudyError, match="expected a Dask scheduler, found none"):
        make_executor(scheduler="tcp://127.0.0.1:1")


def test_a_worker_of_other_code_makes_nothing(monkeypatch):
    """One that takes the place of another, after the code was edited, would give runs of the new under the old name."""
    monkeypatch.setattr(executors, "source", lambda: "the code of before")
    with Pool(1) as pool, pytest.raises(StudyError, match="was changed during the work"):
        list(pool.run([Call(len, ("abc",))]))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_no_interrupt_reaches_a_worker_not_even_while_it_still_imports():
    """A terminal sends an interrupt to all; a worker that has not yet begun would tell a traceback."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    worker = Worker()
    try:
        status = Path(f"/proc/{worker.process.pid}/status").read_text(encoding="ascii")
        blocked = int(re.search(r"SigBlk:\s*(\w+)", status)[1], 16)
        assert blocked & 1 << (signal.SIGINT - 1)
    finally:
        worker.end()
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before
