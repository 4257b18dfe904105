"""What killed commands left beside a folder or a file goes with the next command there, and nothing else does."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path

import pytest

from sim.results.folder import MANIFEST, OutputError, check_writable, replacing
from sim.runs.files import STALE_FOLDER_SECONDS, STALE_SECONDS, check_file, maker, sweep_drafts
from sim.view.laboratory.server import FOLDER, sweep_folders
from tests.faults.ordeal import POLL_SECONDS

HERE = socket.gethostname()


@pytest.fixture
def dead():
    """The number of a process that is no more."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def leave(folder, made_by, what="partial"):
    left = folder / f".out.{what}-{made_by}"
    left.mkdir()
    (left / MANIFEST).write_text("{}")
    return left


def aged(path, seconds):
    then = time.time() - seconds
    os.utime(path, (then, then))


def test_what_a_dead_process_left_goes_and_what_a_living_one_works_on_stays(tmp_path, dead):
    gone = leave(tmp_path, f"{HERE}-{dead}")
    kept = [
        leave(tmp_path, f"{HERE}-{os.getppid()}"),
        leave(tmp_path, f"elsewhere-{dead}"),
        leave(tmp_path, "x"),
        tmp_path / ".other.partial-1",
    ]
    kept[-1].mkdir()
    check_writable(tmp_path / "out")
    assert not gone.exists()
    assert all(one.exists() for one in kept)


def test_what_another_machine_left_goes_after_a_day(tmp_path):
    old, new = leave(tmp_path, "elsewhere-1"), leave(tmp_path, "elsewhere-2")
    aged(old, STALE_FOLDER_SECONDS + 60)
    aged(new, STALE_FOLDER_SECONDS - 60)
    check_writable(tmp_path / "out")
    assert (old.exists(), new.exists()) == (False, True)


def test_results_that_a_kill_caught_between_two_names_come_back(tmp_path, dead):
    leave(tmp_path, f"{HERE}-{dead}", "old")
    check_writable(tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    leave(tmp_path, f"{HERE}-{dead}", "old")  # the new ones are in place
    check_writable(tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_drafts_of_a_file_go_with_the_next_command_that_writes_it(tmp_path, dead):
    left = [tmp_path / f".partial-{HERE}-{dead}-brief.html", tmp_path / f".partial-{HERE}-{dead}-other.html"]
    for draft in left:
        draft.touch()
    check_file(tmp_path / "brief.html")
    assert [draft.exists() for draft in left] == [False, True]


def test_drafts_of_a_study_go_when_it_is_opened(tmp_path, dead):
    names = {f"{HERE}-{dead}": False, f"{maker()}": True, "elsewhere-1": True, "elsewhere-2": False}
    for name in names:
        (tmp_path / f".partial-{name}-key.parquet").touch()
    aged(tmp_path / ".partial-elsewhere-2-key.parquet", STALE_SECONDS + 60)
    sweep_drafts(tmp_path)
    assert {name: (tmp_path / f".partial-{name}-key.parquet").exists() for name in names} == names


def test_a_folder_of_odd_letters_has_its_own_leftovers(tmp_path, dead):
    odd = tmp_path / "a[b]*"
    left = tmp_path / f".a[b]*.partial-{HERE}-{dead}"
    left.mkdir()
    with replacing(odd) as draft:
        (draft / MANIFEST).write_text("{}")
    assert [path.name for path in tmp_path.iterdir()] == ["a[b]*"]


@pytest.mark.slow
def test_a_killed_command_leaves_nothing_once_it_is_given_again(tmp_path):
    words = [sys.executable, "-m", "sim.cli", "run", "hong-kong-2020", "--users", "200", "--replicates", "1",
             "--set", "end=2020-07-12", "--out", str(tmp_path / "out")]  # fmt: skip
    process = subprocess.Popen(words, stderr=subprocess.PIPE)
    while not list(tmp_path.glob(".out.partial-*/figures")):
        assert process.poll() is None, process.communicate()[1]
        time.sleep(POLL_SECONDS)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert list(tmp_path.iterdir())
    subprocess.run(words, check=True, capture_output=True)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("are_results", [True, False], ids=["results", "anything else"])
def test_what_another_puts_there_at_the_last_instant_is_replaced_if_it_is_results(tmp_path, monkeypatch, are_results):
    """Two commands may end at once in one folder; what no command has made is never removed."""
    out, rename, landed = tmp_path / "out", Path.rename, []

    def after_another(self, target):
        if ".partial-" in self.name and not landed:
            landed.append(target)
            out.mkdir()
            (out / "theirs").touch()
            if are_results:
                (out / MANIFEST).touch()
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", after_another)
    with nullcontext() if are_results else pytest.raises(OutputError, match="has other files"), replacing(out) as draft:
        (draft / "ours").touch()
    assert landed == [out]
    assert [path.name for path in out.iterdir()] == ["ours" if are_results else "theirs"]
    assert list(tmp_path.iterdir()) == [out]


def test_a_new_laboratory_sweeps_what_a_killed_one_left(tmp_path, monkeypatch, dead):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    living = tmp_path / f"{FOLDER}{maker()}-a"
    for folder in (living, tmp_path / f"{FOLDER}{HERE}-{dead}-b", tmp_path / "mine"):
        folder.mkdir()
        (folder / "a.run").touch()
    (tmp_path / f"{FOLDER}{HERE}-{dead}-c").symlink_to(tmp_path / "mine")
    sweep_folders()
    assert {path.name[-1] for path in tmp_path.iterdir()} == {"a", "c", "e"}
    assert all((folder / "a.run").exists() for folder in (living, tmp_path / "mine"))
