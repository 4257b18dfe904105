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

from sim.runs import code
from sim.runs import pool as pooling
from sim.runs.executors import InProcess, make_executor, results
from sim.runs.files import StudyError
from sim.runs.pool import Pool
from sim.runs.store import Store
from sim.runs.tasks import Call
from sim.runs.work import Job, JobTask, pack, unpack
from tests.conftest import small_world


@pytest.fixture(scope="module")
def world():
    return small_world(users=200, end="2020-07-05")


def tasks(world, seeds):
    return [JobTask(Job(world.digest(), seed), pack(world)) for seed in seeds]


def made(executor, todo):
    return {task.job: outcome for task, outcome in executor.run(todo)}


@pytest.mark.slow
def test_processes_give_the_bytes_of_this_one(world):
    here = made(InProcess(), tasks(world, range(6)))
    with Pool(2) as pool:
        there = made(pool, tasks(world, range(6)))
        again = made(pool, tasks(world, range(2)))
    assert here == there
    assert all(here[job] == outcome for job, outcome in again.items())


@pytest.mark.slow
def test_a_dead_worker_is_replaced_and_its_runs_are_made_again(world):
    with Pool(2) as pool:
        done = []
        for _, outcome in pool.run(tasks(world, range(8))):
            done.append(outcome)
            if len(done) in (2, 4):
                os.kill(pool._workers[0].process.pid, signal.SIGKILL)
    assert sorted(outcome.job.seed for outcome in done) == list(range(8))
    assert not any(outcome.error for outcome in done)


def test_a_run_that_kills_its_workers_fails_alone(world, monkeypatch):
    """A text that is no scenario fails in the worker; one that stops the process is given up after three attempts."""
    real = pooling.Worker.give

    def give(self, number, task):
        real(self, number, task)
        if task.job.seed == 3:
            self.process.kill()

    monkeypatch.setattr(pooling.Worker, "give", give)
    with Pool(2) as pool:
        (lost,) = made(pool, tasks(world, [3])).values()
        assert "3 processes died while making this run (Killed)" in lost.error
        monkeypatch.undo()
        rest = made(pool, tasks(world, range(3)))
    assert not any(outcome.error for outcome in rest.values())


def test_workers_that_cannot_live_end_the_study(world, monkeypatch):
    monkeypatch.setattr(
        pooling.Worker, "give", lambda self, n, task: (self.hand.update({n: task}), self.process.kill())
    )
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


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_the_order_of_the_tasks_and_a_fault_is_not_hidden(workers):
    seen = []
    assert results([Half(n) for n in (0, 2, 4, 2)], workers=workers, on_progress=seen.append) == [0, 1, 2, 1]
    assert seen == [1, 2, 3, 4]
    with pytest.raises(ValueError, match="5 is odd") as fault:
        results([Half(2), Half(5)], workers=workers)
    where = "".join(traceback.format_exception(fault.value))
    assert "in make" in where, "the traceback of the worker is lost"


def test_a_worker_with_another_model_says_so():
    cluster = pytest.importorskip("sim.runs.cluster")
    with pytest.raises(ValueError, match=r"this worker has model .*, but was asked for model 0\.0"):
        cluster.make_all((Half(2),), "0.0")


# An edited rule never meets a stored run of before


def test_an_edited_rule_gives_another_build(tmp_path, monkeypatch):
    """A copy of the model gives the same digest; one changed byte in any of its parts gives another."""
    here, rooms = code.build(), Path(code.__file__).parents[1]
    shutil.copytree(rooms, tmp_path / "sim", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(code, "__file__", str(tmp_path / "sim" / "runs" / "code.py"))

    def build():
        code.build.cache_clear()
        return code.build()

    try:
        assert build() == here
        for part in code.MADE_OF:
            place = tmp_path / "sim" / part
            file = max(place.rglob("*.py")) if place.is_dir() else place
            before = file.read_bytes()
            file.write_bytes(before.replace(b"1", b"2", 1) if b"1" in before else before + b"\n")
            assert build() != here, part
            file.write_bytes(before)
    finally:
        monkeypatch.undo()
        assert build() == here


def test_a_stored_run_is_not_found_by_other_code(tmp_path, world, monkeypatch):
    (task,), store = tasks(world, [1]), Store(tmp_path)
    store.land(task.make())
    assert task.job in store
    monkeypatch.setattr("sim.runs.work.build", lambda: "2.0.0+another")
    assert task.job not in Store(tmp_path)


@pytest.mark.slow
def test_every_module_that_makes_a_run_is_part_of_the_digest():
    """What is loaded to make a run, read its measures and the readings of a case, but for what hands out and keeps."""
    ask = """
import sys
from sim.evidence.cases import load_case
from sim.runs.work import Job, do, pack
from sim.scenario.files import load
world = load("hong-kong-2020", ["population.users=100", "end=2020-07-05"])
before = set(sys.modules)
assert not do(Job(world.digest(), 1), pack(world)).error
print(*(name for name in sys.modules if name.startswith("sim.")))
"""
    told = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True).stdout.split()
    keeping = {"sim.runs", "sim.runs.code", "sim.runs.files", "sim.runs.processes", "sim.caches"}
    covered = [f"sim.{part.removesuffix('.py').replace('/', '.')}" for part in code.MADE_OF]
    missing = [name for name in told if name not in keeping and not any(
        name == part or name.startswith(f"{part}.") for part in covered
    )]  # fmt: skip
    assert len(told) > 40
    assert not missing, f"add them to sim/runs/code.py: {missing}"


def test_nobody_answers_at_the_address(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("sim.runs.cluster.ANSWER_SECONDS", 1)
    with pytest.raises(StudyError, match="expected a Dask scheduler, found none"):
        make_executor(scheduler="tcp://127.0.0.1:1")


def test_a_worker_of_other_code_makes_nothing(monkeypatch):
    """One that takes the place of another, after the code was edited, would give runs of the new under the old name."""
    monkeypatch.setattr("sim.runs.pool.build", lambda: "the code of before")
    with Pool(1) as pool, pytest.raises(StudyError, match="was changed during the work"):
        list(pool.run([Call(len, ("abc",))]))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_no_interrupt_reaches_a_worker_not_even_while_it_still_imports():
    """A terminal sends an interrupt to all; a worker that has not yet begun would tell a traceback."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    worker = pooling.Worker()
    try:
        status = Path(f"/proc/{worker.process.pid}/status").read_text(encoding="ascii")
        blocked = int(re.search(r"SigBlk:\s*(\w+)", status)[1], 16)
        assert blocked & 1 << (signal.SIGINT - 1)
    finally:
        worker.end()
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before
