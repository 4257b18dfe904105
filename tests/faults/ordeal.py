"""What tests of kills and full disks share: a sweep as a process, a small disk, and whether two folders are equal."""

import contextlib
import dataclasses
import filecmp
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

POLL_SECONDS = 0.005


@dataclasses.dataclass(frozen=True)
class Sweep:
    """The command under test, and how many runs it makes."""

    arguments: tuple[str, ...]
    runs: int

    def start(self, folder: Path, *more: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "sim.cli", "sweep", *self.arguments, "--out", str(folder), *more],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=hear_interrupts,
        )

    def finish(self, folder: Path, *more: str) -> str:
        """Run to the end; give what was printed."""
        process = self.start(folder, *more)
        out, err = process.communicate(timeout=3600)
        assert process.returncode == 0, err
        return out


def hear_interrupts() -> None:
    """Undo what a shell and nohup do to commands in the background, whose children would else ignore signals."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def done(folder: Path) -> int:
    """Runs that a study has, by the names of its files alone."""
    runs = folder / "runs"
    return sum(name.endswith(".zip") for name in os.listdir(runs)) if runs.is_dir() else 0


@contextlib.contextmanager
def small_disk(size: int) -> Iterator[Path]:
    """A file system of ``size`` bytes of its own.

    Raises:
        OSError: This system does not let us mount one.
    """
    folder = Path(tempfile.mkdtemp())
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True, text=True, check=False
    )
    try:
        if mounted.returncode:
            raise OSError(f"no small disk: {mounted.stderr.strip()}")
        yield folder
    finally:
        if not mounted.returncode:
            subprocess.run(["umount", "-l", folder], check=True)
        shutil.rmtree(folder, ignore_errors=True)


def same_bytes(one: Path, other: Path) -> None:
    """Assert that two folders hold the same files with the same bytes."""
    names = [sorted(p.relative_to(f).as_posix() for p in f.rglob("*") if p.is_file()) for f in (one, other)]
    assert names[0] == names[1]
    assert names[0]
    _, different, unread = filecmp.cmpfiles(one, other, names[0], shallow=False)
    assert different == []
    assert unread == []
