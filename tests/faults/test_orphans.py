"""No worker outlives its command, however that ends; each ends with it although it is in the middle of a run."""

import contextlib
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from sim.results.ensemble import run, summarise
from sim.results.folder import write_results
from tests.conftest import small_world
from tests.faults.ordeal import POLL_SECONDS, hear_interrupts

LONG = ("--users", "200000", "--workers", "2")
"""Runs of many seconds, or many of them: a worker that ends only when it has nothing left to do is caught."""
PATIENCE = 60
COMMANDS = {
    "run": ("run", "hong-kong-2020", "--replicates", "4", *LONG, "--out", "{0}/out"),
    "reproduce": ("reproduce", "{0}/kept"),
    "sweep": ("sweep", "hong-kong-2020", "--over", "population.gamma=0,3", *LONG, "--out", "{0}/out"),
}
CASES = [("run", signal.SIGTERM), ("run", signal.SIGHUP), ("run", signal.SIGKILL), ("reproduce", signal.SIGTERM),
         ("reproduce", signal.SIGKILL), ("sweep", signal.SIGTERM)]  # fmt: skip
"""One of each way to start workers; that a kill of any long command ends them is seen in test_long_commands.py."""


def workers(process: psutil.Process) -> list[psutil.Process]:
    """Children that have begun to work: they have used the processor for more than their start."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return [child for child in process.children(recursive=True) if sum(child.cpu_times()[:2]) > 2.5]
    return []


def gone(processes: list[psutil.Process]) -> bool:
    return psutil.wait_procs(processes, timeout=PATIENCE)[1] == []


@pytest.mark.slow
@pytest.mark.parametrize(("name", "number"), CASES, ids=lambda value: getattr(value, "name", value))
def test_workers_end_with_their_command(tmp_path, name, number):
    if name == "reproduce":  # of a command that runs for long
        ensemble = run(small_world(users=200, end="2020-07-10"), replicates=1, workers=1)
        command = f"lawshock run city --replicates 20 {' '.join(LONG[:2])}"
        write_results(ensemble, tmp_path / "kept", command=command, summary=summarise(ensemble), draw=lambda _: None)
    words = [word.format(tmp_path) for word in COMMANDS[name]]
    process = subprocess.Popen(
        [sys.executable, "-m", "sim.cli", *words], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True, start_new_session=True, preexec_fn=hear_interrupts,
    )  # fmt: skip
    mine = psutil.Process(process.pid)
    while len(workers(mine)) < 2:
        assert process.poll() is None, process.communicate()[1]
        time.sleep(POLL_SECONDS)
    children = mine.children(recursive=True)
    os.kill(process.pid, number)
    _, err = process.communicate(timeout=PATIENCE)
    assert gone(children), f"{[child.pid for child in children if child.is_running()]} live on"
    assert process.returncode == (-number if number == signal.SIGKILL else 128 + number)
    assert "Traceback" not in err
    if number != signal.SIGKILL:
        assert not list(tmp_path.rglob(".*partial*")), "a draft is left"
