"""Kills and a full disk, small: the full size is ``python -m tests.faults.ordeal``."""

import pytest

from tests.faults.ordeal import Sweep, landed, ordeal, same_bytes, small_disk

SMALL = Sweep(
    (
        "hong-kong-2020", "--over", "population.gamma=0:6:12", "--users", "200", "--replicates", "5",
        "--set", "end=2020-08-31", "--workers", "2",
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
