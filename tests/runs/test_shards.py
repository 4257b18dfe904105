"""Parts of a study made apart, as jobs of a cluster, end in the bytes of the study made in one go."""

import subprocess
import sys

import pytest

from sim.runs.executors import InProcess
from sim.study.study import Study
from tests.faults.ordeal import same_bytes
from tests.terminal import lawshock, refused

SWEEP = ("sweep", "hong-kong-2020", "--over", "population.gamma=0,3", "--users", "100", "--replicates", "3",
         "--set", "end=2020-07-05", "--workers", "1")  # fmt: skip


@pytest.mark.slow
def test_parts_made_apart_are_the_study_made_in_one_go(tmp_path):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    lawshock(*SWEEP, "--out", whole)
    assert "9 runs are laid out" in lawshock(*SWEEP, "--out", parts, "--lay-out").stdout
    assert len(Study.open(parts).store) == 0
    for number, there in ((2, 3), (0, 6), (1, 9)):
        told = lawshock("work", parts, "--shard", f"{number}/3", "--workers", "1").stdout
        assert f"{there} runs of the study are done, 0 failed, {9 - there} are missing" in told
    assert "For its tables:  lawshock sweep hong-kong-2020 --over population.gamma=0,3" in told
    lawshock(*SWEEP, "--out", parts)
    same_bytes(whole / "results", parts / "results")


def test_every_job_belongs_to_one_part(tmp_path):
    lawshock(*SWEEP, "--out", tmp_path, "--lay-out")
    study, made = Study.open(tmp_path), []

    class Counting(InProcess):
        def run(self, tasks):
            for task in tasks:
                made.append(task.job)
                yield task, task.lost("not made")

    for number in range(4):
        study.work(Counting(), shard=(number, 4))
    assert len(made) == 9
    assert set(made) == set(study.plan.jobs())


@pytest.mark.slow
def test_two_hosts_at_one_part_make_no_run_twice(tmp_path):
    """Two processes that know nothing of each other work on one part at once; claims keep them apart."""
    lawshock(*SWEEP, "--replicates", "12", "--out", tmp_path, "--lay-out")
    command = [sys.executable, "-m", "sim.cli", "work", str(tmp_path), "--workers", "1"]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    told = [process.communicate(timeout=300) for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    assert len(Study.open(tmp_path).store) == 36
    runs = [path.name.split(".")[0] for path in (tmp_path / "runs").glob("*.parquet")]
    assert len(runs) == len(set(runs)) == 36


@pytest.mark.parametrize("shard", ["3/3", "4/3", "-1/3", "a/b", "1", "1/0", "1/2/3"])
def test_a_part_that_does_not_exist_is_refused(tmp_path, shard):
    assert "expected a part from 0/N to N-1/N" in refused("work", tmp_path, f"--shard={shard}")


@pytest.mark.slow
def test_what_is_kept_is_listed_with_the_command_that_made_it(tmp_path):
    lawshock(*SWEEP, "--out", tmp_path / "one")
    lawshock(*SWEEP, "--out", tmp_path / "deep" / "two", "--lay-out")
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "plan.json").write_text("{")
    told = lawshock("runs", tmp_path)
    one, two = sorted(
        (line for line in told.stdout.splitlines() if "lawshock sweep" in line), key=lambda li: "one" in li
    )
    assert two.split()[1:4] == ["9", "0", "0"]
    assert one.split()[1:4] == ["0", "0", "9"]
    assert "damaged" in told.stderr
    assert "expected a folder" in refused("runs", tmp_path / "nowhere")
