"""Every command that makes runs, whatever befalls it: it goes on where it stopped, and ends with the same bytes."""

import functools
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time

import psutil
import pytest
from click.testing import CliRunner

from sim.cli import cli
from sim.runs import store
from sim.runs.executors import InProcess
from sim.runs.files import write_whole
from tests.faults.long import LONG, results, start, told, with_workers, words
from tests.faults.ordeal import POLL_SECONDS, hear_interrupts, small_disk

KILLS = 3
EARLIEST = 0.4
"""Share of a command's time from which on it is killed: before, it imports what it needs."""
WAYS = ("run", "ask", "calibrate", "sweep", "decide", "register")
"""One of each way to keep runs and to put results in place; the others differ from these in their question alone."""


def test_every_command_with_workers_is_tried():
    assert with_workers() == {words[0] for words in LONG.values()}, "put the new command into LONG of faults/long.py"


@pytest.fixture(scope="module")
def in_peace(tmp_path_factory):
    """What a command of the list gives when nothing befalls it, what it prints, and the seconds that it takes."""

    @functools.cache
    def give(name):
        place, before = tmp_path_factory.mktemp(name), time.monotonic()
        result = start(*words(name, ".", place), cwd=place)
        assert result.returncode == 0, result.stderr
        (place / "c.toml").unlink()
        return results(name, place), result.stdout, time.monotonic() - before

    return give


def same_as(peace, name, place, stdout):
    (place / "c.toml").unlink()
    assert results(name, place) == peace[0]
    assert stdout == peace[1]


def begin(name, place):
    return subprocess.Popen(
        [sys.executable, "-m", "sim.cli", *words(name, ".", place)], cwd=place, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, preexec_fn=hear_interrupts,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", LONG)
def test_three_kills_leave_the_bytes_alone(tmp_path, name, in_peace):
    peace, rng = in_peace(name), random.Random(name)
    for _ in range(KILLS):
        process = begin(name, tmp_path)
        try:
            process.wait(rng.uniform(EARLIEST, 1.0) * peace[2])
        except subprocess.TimeoutExpired:
            children = psutil.Process(process.pid).children(recursive=True)
            process.kill()
            assert psutil.wait_procs(children, timeout=60)[1] == [], "workers live on"
        process.communicate()
        if name == "register":  # it replaces nothing, not even what it made just before it was killed
            shutil.rmtree(tmp_path / "out", ignore_errors=True)
    result = start(*words(name, ".", tmp_path), cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    same_as(peace, name, tmp_path, result.stdout)


@pytest.mark.slow
@pytest.mark.parametrize("name", WAYS)
def test_two_at_once_end_alike_or_one_is_refused(tmp_path, name, in_peace):
    both = [begin(name, tmp_path) for _ in range(2)]
    ends = [(process, *process.communicate(timeout=600)) for process in both]
    codes = sorted(process.returncode for process, _, _ in ends)
    assert codes in ([0, 0], [0, 2]), ends
    for process, out, err in ends:
        if process.returncode:
            assert "at work there" in err, err
            assert "Traceback" not in err
        else:
            kept = out
    same_as(in_peace(name), name, tmp_path, kept)


@pytest.mark.slow
@pytest.mark.parametrize("name", WAYS)
def test_a_full_disk(tmp_path, name):
    try:
        with small_disk(96 << 10) as disk:
            result = start(*words(name, disk, tmp_path), cwd=tmp_path)
            assert "disk is full" in told(result, 1)
            assert not list(disk.rglob("*partial*")), "left half-written"
            assert results(name, disk) == {}
    except OSError as error:
        pytest.skip(str(error))


@pytest.mark.slow
@pytest.mark.parametrize("name", WAYS)
def test_workers_that_the_system_ends(tmp_path, name):
    """What the system does when memory runs out: it kills the workers; nothing stands in the way once there is room."""
    deadly = (
        "import os, signal, sys\nif 'spawn_main' in ' '.join(sys.orig_argv): os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    (tmp_path / "sitecustomize.py").write_text(deadly)
    there = tmp_path / "there"
    result = start(*words(name, there, tmp_path), cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)})
    line = told(result, 1)
    assert "--users" in line or "killed" in line.lower(), line
    assert results(name, there) == {}
    anew = ("--retry-failed",) if name == "sweep" else ()  # which keeps a failed run as failed unless asked
    assert start(*words(name, there, tmp_path), *anew, cwd=tmp_path).returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", WAYS)
def test_no_run_is_made_twice(tmp_path, monkeypatch, name):
    """In this process: whoever goes on makes just what is missing, and gives the bytes of one left in peace."""

    def give(place, most=None):
        place.mkdir(exist_ok=True)
        made = []

        def run(self, tasks):
            for task in tasks:
                if len(made) == most:
                    raise KeyboardInterrupt
                made.append(task)
                yield task, task.make()

        with monkeypatch.context() as patch:
            patch.chdir(place)
            patch.setattr(InProcess, "run", run)
            result = CliRunner().invoke(cli, [*words(name, ".", place), "--workers", "1"])
        (place / "c.toml").unlink()
        return result, len(made)

    peace, whole = give(tmp_path / "peace")
    assert peace.exit_code == 0, peace.output
    stopped, first = give(tmp_path / "stopped", 1)
    assert stopped.exit_code == 1, stopped.output  # click calls an interrupt so
    again, second = give(tmp_path / "stopped")
    assert again.exit_code == 0, again.output
    assert (first, second) == (1, whole - 1)
    assert results(name, tmp_path / "stopped") == results(name, tmp_path / "peace")
    assert not list(tmp_path.glob("*/out.runs"))


@pytest.mark.parametrize("name", ["run", "compare", "sweep"])
def test_an_interrupt_right_after_a_run_was_written_counts_it(tmp_path, monkeypatch, name):
    def write(path, data):
        write_whole(path, data)
        if len(list(tmp_path.glob("out*/runs/*.zip"))) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(store, "write_whole", write)
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, [*words(name, ".", tmp_path), "--workers", "1"])
    assert result.exit_code == 1, result.output  # click calls an interrupt so
    assert re.search("^2 (of [0-9,]+ )?runs are kept in", result.output, re.MULTILINE), result.output


@pytest.mark.slow
@pytest.mark.parametrize("name", ["run", "sweep"])
def test_an_interrupt_says_what_is_kept_and_leaves_no_process(tmp_path, name):
    process = subprocess.Popen(
        [sys.executable, "-m", "sim.cli", *words(name, ".", tmp_path), "--replicates", "400"], cwd=tmp_path,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True, preexec_fn=hear_interrupts,
    )  # fmt: skip
    while len(list(tmp_path.glob("out*/runs/*.zip"))) < 5:
        assert process.poll() is None, process.communicate()[1]
        time.sleep(POLL_SECONDS)
    group = psutil.Process(process.pid).children(recursive=True)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    kept = len(list(tmp_path.glob("out*/runs/*.zip")))
    assert re.search(f"^{kept} (of [0-9,]+ )?runs are kept in", err, re.MULTILINE), err
    assert err.rstrip().endswith("lawshock: interrupted")
    assert psutil.wait_procs(group, timeout=60)[1] == []
