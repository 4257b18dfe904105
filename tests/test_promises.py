"""What lawshock promises about time. These tests run alone, so that only the machine's own speed counts."""

import subprocess
import sys
import time

import pytest

pytestmark = pytest.mark.alone


def fastest(*command: str, tries: int = 7) -> float:
    """Shortest wall time of a command in seconds: the one with the least disturbance from outside."""
    times = []
    for _ in range(tries):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    return min(times)


def test_help_answers_at_once():
    bare = fastest(sys.executable, "-c", "pass")
    assert fastest(sys.executable, "-m", "sim.cli", "--help") < bare + 0.3
