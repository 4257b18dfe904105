"""A sweep that is killed three times, finds its disk full, and still ends with the bytes of one left in peace.

``python -m tests.faults.ordeal`` does it at full size, 400 cells of 5 replicates of 10,000 people, and prints figures;
the tests do it small. The points of the kills are drawn from a seed.
"""

import argparse
import contextlib
import dataclasses
import filecmp
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

PAGE = 4096
RUN_BYTES = 2 * PAGE
"""Room that the file of a run takes on the disk."""
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


def kill_after(sweep: Sweep, folder: Path, runs: int, *more: str) -> int:
    """Start the sweep and kill it once so many runs are there; give how many there are when it is dead."""
    process = sweep.start(folder, *more)
    while done(folder) < runs:
        assert process.poll() is None, f"the sweep ended before it could be killed: {process.communicate()[1]}"
        time.sleep(POLL_SECONDS)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return done(folder)


def kill_points(runs: int, kills: int, seed: int) -> list[int]:
    """Numbers of runs at which to kill, in order, none of them at the very end."""
    return sorted(random.Random(seed).sample(range(1, max(int(0.8 * runs), kills + 1)), kills))


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


@contextlib.contextmanager
def crowded(disk: Path, left: int) -> Iterator[None]:
    """Fill a disk with something else until ``left`` bytes remain."""
    filler = disk / "filler"
    free = shutil.disk_usage(disk).free - left
    with filler.open("wb") as file:
        file.write(bytes(free // PAGE * PAGE))
    try:
        yield
    finally:
        filler.unlink()


def fill_up(sweep: Sweep, disk: Path, folder: Path, left: int, *more: str) -> str:
    """Run the sweep on a disk with little room; give the one line in which it says why it stopped."""
    killed = set(folder.rglob("*partial*"))  # what a kill in the middle of a write left; it goes once it is stale
    with crowded(disk, left):
        process = sweep.start(folder, *more)
        _, err = process.communicate(timeout=3600)
    assert process.returncode == 1, err
    assert "Traceback" not in err, err
    halves = set(folder.rglob("*partial*")) - killed
    assert not halves, f"left half-written: {halves}"
    return err.strip().splitlines()[-1]


def same_bytes(one: Path, other: Path) -> None:
    """Assert that two folders hold the same files with the same bytes."""
    names = [sorted(p.relative_to(f).as_posix() for p in f.rglob("*") if p.is_file()) for f in (one, other)]
    assert names[0] == names[1]
    assert names[0]
    _, different, unread = filecmp.cmpfiles(one, other, names[0], shallow=False)
    assert different == []
    assert unread == []


def ordeal(sweep: Sweep, home: Path, *, seed: int, disk_bytes: int, kills: int = 3) -> dict[str, object]:
    """Put a sweep through everything, compare it with one left in peace, and give figures."""
    start = time.monotonic()
    sweep.finish(home / "peace")
    peace = time.monotonic() - start
    points = kill_points(sweep.runs, kills, seed)
    with small_disk(disk_bytes) as disk:
        folder = disk / "study"
        seen = [kill_after(sweep, folder, point) for point in points]
        before = done(folder)
        line = fill_up(sweep, disk, folder, (sweep.runs - before) // 2 * RUN_BYTES)
        assert "the disk is full" in line, line
        full_at = done(folder)
        assert before <= full_at < sweep.runs
        sweep.finish(folder)
        same_bytes(home / "peace" / "results", folder / "results")
    return {
        "runs": sweep.runs,
        "seconds in peace": round(peace, 1),
        "runs per second in peace, start-up and tables included": round(sweep.runs / peace, 1),
        "killed at": seen,
        "disk full at": full_at,
        "what it said": line,
        "tables": "byte-identical",
    }


def full_size(users: int, replicates: int) -> Sweep:
    """400 cells of 365 days."""
    over = ("--over", "population.gamma=0:6:20", "--over", "population.inertia=2:4:20")
    span = ("--set", "end=2021-04-30", "--users", str(users), "--replicates", str(replicates))
    return Sweep(("hong-kong-2020", *over, *span), runs=401 * replicates)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=10_000)
    parser.add_argument("--replicates", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        sweep = full_size(given.users, given.replicates)
        figures = ordeal(sweep, Path(home), seed=given.seed, disk_bytes=256 << 20)
    for name, value in figures.items():
        print(f"{name}: {value}")


if __name__ == "__main__":
    main()
