"""A real Dask scheduler and three real workers, as processes on this machine; one worker and the scheduler are lost."""

import contextlib
import socket
import subprocess
import sys
import time

import pytest

from tests.faults.ordeal import POLL_SECONDS, Sweep, done, same_bytes

pytest.importorskip("distributed")

SMALL = Sweep(
    ("hong-kong-2020", "--over", "population.gamma=0:6:12", "--users", "200", "--replicates", "8",
     "--set", "end=2020-08-31"),
    runs=13 * 8,
)  # fmt: skip
PATIENCE = 120


class Cluster:
    """A scheduler and its workers."""

    def __init__(self, folder):
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.processes = []

    @property
    def address(self):
        return f"tcp://127.0.0.1:{self.port}"

    def start(self):
        dask = [sys.executable, "-m", "dask"]
        host = ["--host", "127.0.0.1", "--no-dashboard"]
        self.scheduler = self._process([*dask, "scheduler", *host, "--port", str(self.port)])
        worker = [*dask, "worker", self.address, *host, "--nthreads", "1", "--no-nanny", "--death-timeout", "60"]
        self.workers = [self._process([*worker, "--local-directory", str(self.folder)]) for _ in range(3)]

    def _process(self, arguments):
        process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.processes.append(process)
        return process

    def close(self):
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.wait()


@pytest.fixture
def cluster(tmp_path):
    with contextlib.closing(Cluster(tmp_path)) as one:
        one.start()
        yield one


def wait_for(process, folder, runs):
    start = time.monotonic()
    while done(folder) < runs:
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() - start < PATIENCE
        time.sleep(POLL_SECONDS)


@pytest.mark.slow
def test_a_lost_worker_and_a_lost_scheduler_leave_the_bytes_alone(cluster, tmp_path):
    there = ("--scheduler", cluster.address)
    process = SMALL.start(tmp_path / "cluster", *there)
    wait_for(process, tmp_path / "cluster", 20)
    cluster.workers[0].kill()
    wait_for(process, tmp_path / "cluster", 40)
    cluster.scheduler.kill()
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2, err
    assert "the scheduler is lost; what finished is kept" in err
    kept = done(tmp_path / "cluster")
    assert 40 <= kept < SMALL.runs
    cluster.close()
    cluster.start()
    SMALL.finish(tmp_path / "cluster", *there)
    SMALL.finish(tmp_path / "here", "--workers", "2")
    same_bytes(tmp_path / "here" / "results", tmp_path / "cluster" / "results")
