"""Kills and a full disk, small: the full size is ``python -m tests.faults.ordeal``."""

import os
import signal
import time

import psutil
import pytest

from tests.faults.ordeal import POLL_SECONDS, Sweep, landed, ordeal, same_bytes, small_disk

SMALL = Sweep(
    (
        "hong-kong-2020", "--over", "population.gamma=0:6:12", "--users", "2000", "--replicates", "5",
        "--set", "end=2021-04-30", "--workers", "2",
    ),
    runs=13 * 5,
)  # fmt: skip


@pytest.mark.slow
def test_three_kills_and_a_full_disk_leave_the_bytes_alone(tmp_path):
    try:
        with small_disk(1 << 20):
            pass
    except OSError as error:
        pytest.skip(str(error))
    ordeal(SMALL, tmp_path, seed=1, disk_bytes=16 << 20)


@pytest.mark.slow
def test_two_commands_on_one_study_share_the_work(tmp_path):
    alone = [*SMALL.arguments[:-2], "--workers", "1"]
    sweep = Sweep(tuple(alone), SMALL.runs)
    sweep.finish(tmp_path / "one")
    processes = [sweep.start(tmp_path / "two") for _ in range(2)]
    for process in processes:
        _, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
    same_bytes(tmp_path / "one" / "results", tmp_path / "two" / "results")
    assert landed(tmp_path / "two") == SMALL.runs


@pytest.mark.slow
def test_an_interrupt_keeps_what_finished_and_leaves_no_process(tmp_path):
    process = SMALL.start(tmp_path / "study")
    while landed(tmp_path / "study") < 5:
        assert process.poll() is None, process.communicate()[1]
        time.sleep(POLL_SECONDS)
    group = [child.pid for child in psutil.Process(process.pid).children(recursive=True)]
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    kept = landed(tmp_path / "study")
    assert f"{kept} of {SMALL.runs} runs are kept" in err
    assert err.rstrip().endswith("lawshock: interrupted")
    assert not any(psutil.pid_exists(pid) for pid in group)
