"""Kills and a full disk, small: the full size is ``python -m tests.faults.ordeal``."""

import pytest

from tests.faults.ordeal import Sweep, ordeal, small_disk

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
