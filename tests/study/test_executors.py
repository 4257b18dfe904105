"""Every executor makes the same bytes, and loses nothing when a process dies."""

import os
import signal

import pytest

from sim.study import pool as pooling
from sim.study.executors import InProcess, make_executor
from sim.study.files import StudyError
from sim.study.pool import Pool
from sim.study.work import Chunk, Job, pack, perform, unpack
from tests.conftest import small_world


@pytest.fixture(scope="module")
def world():
    return small_world(users=200, end="2020-07-05")


def jobs(world, seeds):
    return [Job(world.digest(), seed) for seed in seeds]


def test_processes_give_the_bytes_of_this_one(world):
    texts = {world.digest(): pack(world)}
    here = {outcome.job: outcome for outcome in InProcess().run(jobs(world, range(6)), texts.__getitem__)}
    with Pool(2) as pool:
        there = {outcome.job: outcome for outcome in pool.run(jobs(world, range(6)), texts.__getitem__)}
        again = {outcome.job: outcome for outcome in pool.run(jobs(world, range(2)), texts.__getitem__)}
    assert here == there
    assert all(here[job] == outcome for job, outcome in again.items())


def test_a_dead_worker_is_replaced_and_its_runs_are_made_again(world):
    texts = {world.digest(): pack(world)}
    with Pool(2) as pool:
        done = []
        for outcome in pool.run(jobs(world, range(8)), texts.__getitem__):
            done.append(outcome)
            if len(done) in (2, 4):
                os.kill(pool._workers[0].process.pid, signal.SIGKILL)
    assert sorted(outcome.job.seed for outcome in done) == list(range(8))
    assert not any(outcome.error for outcome in done)


def test_a_run_that_kills_its_workers_fails_alone(world, monkeypatch):
    """A text that is no scenario fails in the worker; one that stops the process is given up after three attempts."""
    texts = {world.digest(): pack(world)}
    deadly = jobs(world, [3])[0]
    real = pooling.Worker.give

    def give(self, job, texts):
        real(self, job, texts)
        if job == deadly:
            self.process.kill()

    monkeypatch.setattr(pooling.Worker, "give", give)
    with Pool(2) as pool:
        done = {outcome.job.seed: outcome for outcome in pool.run(jobs(world, [3]), texts.__getitem__)}
        assert "3 processes died while making this run (Killed)" in done[3].error
        monkeypatch.undo()
        rest = list(pool.run(jobs(world, range(3)), texts.__getitem__))
    assert not any(outcome.error for outcome in rest)


def test_workers_that_cannot_live_end_the_study(world, monkeypatch):
    texts = {world.digest(): pack(world)}
    monkeypatch.setattr(pooling.Worker, "give", lambda self, job, _: (self.jobs.append(job), self.process.kill()))
    with Pool(1) as pool, pytest.raises(StudyError, match="10 worker processes died in a row"):
        list(pool.run(jobs(world, range(9)), texts.__getitem__))


def test_a_text_is_checked_against_its_digest(world):
    packed = pack(world)
    assert unpack(world.digest(), packed) == world
    for wrong in (packed[:-20], pack(small_world(users=201, end="2020-07-05")), b"no gzip"):
        with pytest.raises(ValueError, match="damaged text of scenario"):
            unpack(world.digest(), wrong)


def test_a_worker_with_another_model_says_so(world):
    with pytest.raises(ValueError, match=r"this worker has model .*, but was asked for model 0\.0"):
        list(perform(Chunk((), {}, model_version="0.0")))


def test_nobody_answers_at_the_address(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("sim.study.cluster.ANSWER_SECONDS", 1)
    with pytest.raises(StudyError, match="expected a Dask scheduler, found none"):
        make_executor(scheduler="tcp://127.0.0.1:1")
