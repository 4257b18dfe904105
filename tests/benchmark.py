"""Speed and memory beside the version before: ``make bench``, or with sizes of populations as arguments.

Each run has a process of its own, so that peak memory is its own. Versions take turns, each day is a fresh one, and the
least of ``ROUNDS`` runs counts, as what disturbs a measurement only ever adds: in time of the processor where one
thread runs, by the clock where more do. ``--write`` puts what is found into docs/performance.md.
"""

import importlib.metadata
import io
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "performance.md"
BEFORE = "fd2b48b"
"""The version before: the last one in which everyone who might look was weighed and each turn to speech was told."""
SIZES = (10_000, 100_000, 1_000_000, 7_410_000)
DAYS, ROUNDS = 791, 5
QUIET, SHOCK = range(1, 15), range(61, 75)
"""Days of the first fortnights of May and of July 2020; a time of a day is that of the median one."""
COMMANDS = {
    "run hong-kong-2020 --set baseline= --best --replicates 1 --users 7410000 --threads 2": "30 s, 1.5 GiB",
    "compare no-law hong-kong-2020 --users 20000 --replicates 200 --workers 2": "60 s for its 400 plausible runs",
}
"""Commands measured whole, and what is asked of each."""


def measure(users: int, threads: int, days: int) -> dict[str, float]:
    """Live the days in this process, recorded, and time building, people and institutions."""
    from sim.model import Model
    from sim.record import Recorder
    from sim.scenario.files import load

    clock = time.process_time if threads == 1 else time.perf_counter
    Model(load("hong-kong-2020", ["population.users=1000"]), threads=2).step()  # compiles, or loads what was compiled
    scenario = load("hong-kong-2020", [f"population.users={users}"])
    start = clock()
    model = Model(scenario, rng=1, threads=threads)
    built = clock() - start
    model.collects, model.recorder = False, Recorder(model)
    population, spent, whole = model.population, [], []
    live = population.step

    def timed(conditions: Any) -> Any:
        begun = clock()
        today = live(conditions)
        spent.append(clock() - begun)
        return today

    population.step = timed
    for _ in range(days):
        start = clock()
        model.step()
        whole.append(clock() - start)
    quiet, shock = (statistics.median(spent[day] for day in days) for days in (QUIET, SHOCK))
    others = statistics.median(all_ - people for all_, people in zip(whole, spent, strict=True))
    held = population.people.nbytes + population.ties.indptr.nbytes + population.ties.indices.nbytes
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "users": users, "threads": threads, "build": built, "run": built + sum(whole), "quiet": quiet, "shock": shock,
        "institutions": others, "bytes": held / users, "peak": peak,
    }  # fmt: skip


def bound(users: int, threads: int) -> float:
    """Seconds in which memory moves what a quiet day of so many people must touch."""
    from sim.model import Model
    from sim.scenario.files import load
    from tests.yardsticks import Traffic, bandwidth

    model = Model(load("hong-kong-2020", [f"population.users={users}"]), rng=1, threads=threads)
    traffic = Traffic(model.population)
    for _ in range(QUIET.stop):
        model.step()
    return traffic.bytes / QUIET.stop / bandwidth(threads)


def apart(tree: Path, what: str, *given: int) -> Any:
    """What a function of this file gives in a process of its own, on the code of a tree."""
    call = "import json, sim; from runpy import run_path; "
    call += f"assert sim.__path__ == [{str(tree / 'sim')!r}], sim.__path__; "
    call += f"print(json.dumps(run_path({__file__!r})[{what!r}](*{given})))"
    environment = os.environ | {"PYTHONPATH": str(tree)}
    done = subprocess.run(
        [sys.executable, "-P", "-c", call], check=True, stdout=subprocess.PIPE, text=True, env=environment, cwd=tree
    )
    return json.loads(done.stdout)


def unpack(version: str, folder: Path) -> Path:
    """Put the code of a version of this repository into a folder."""
    packed = subprocess.run(
        ["git", "archive", version, "sim", "scenarios"], check=True, stdout=subprocess.PIPE, cwd=ROOT
    )
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def row(users: int, days: int, rounds: int, before: Path) -> dict[str, float]:
    """The least of each figure of a size, in this version and, by names that begin with "before", in the other."""
    threads = len(os.sched_getaffinity(0)) if users >= 1_000_000 else 1
    found: dict[Path, list[dict[str, float]]] = {ROOT: [], before: []}
    for turn in range(rounds):
        for tree in (ROOT, before)[:: 1 if turn % 2 else -1]:
            found[tree].append(apart(tree, "measure", users, threads, days))
    now, old = ({name: min(one[name] for one in runs) for name in runs[0]} for runs in (found[ROOT], found[before]))
    times = now["quiet"] / apart(ROOT, "bound", users, threads)
    return now | {"bound": times} | {f"before {name}": value for name, value in old.items()}


def table(rows: Sequence[dict[str, float]], days: int) -> str:
    """A Markdown table with a row per size."""
    heads = (
        "people", "build, s", f"{days} days, s", "before, s", "ms/day, quiet", "before", "ms/day, shock", "before",
        "institutions, ms/day", "before", "bytes/person", "peak, MiB", "before", "times the memory bound",
    )  # fmt: skip
    lines = ["| " + " | ".join(heads) + " |", "|" + "---:|" * len(heads)]
    for one in rows:
        day = (
            f"{1000 * one[f'{when}{name}']:.2f}"
            for name in ("quiet", "shock", "institutions")
            for when in ("", "before ")
        )
        cells = (
            f"{one['users']:,}", f"{one['build']:.2f}", f"{one['run']:.2f}", f"{one['before run']:.2f}", *day,
            f"{one['bytes']:.0f}", f"{one['peak']:.0f}", f"{one['before peak']:.0f}", f"{one['bound']:.1f}",
        )  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def yardsticks(people: int, days: int = 5) -> str:
    """What a day costs beside Mesa with nothing to do, Starsim, and the readable twin, as sentences."""
    from tests import yardsticks

    few = people // 10
    slow, fast = yardsticks.twin_against_kernel(few, days)
    idle, cores = yardsticks.mesa_with_nothing_to_do(people), len(os.sched_getaffinity(0))
    one, all_ = yardsticks.bandwidth(1) / 1e9, yardsticks.bandwidth(cores) / 1e9
    infected = yardsticks.starsim_day(people, days)
    starsim = (
        "is not installed" if infected is None else f"{1000 * infected:.1f} ms for a day of an infection among them"
    )
    return f"""\
- Mesa needs {1000 * idle:.1f} ms to shuffle {people:,} agents whose step is empty; Starsim {starsim}.
- The readable twin (tests/oracle) needs {1000 * slow:.0f} ms for a quiet day of {few:,} people, the compiled population
  {1000 * fast:.3f} ms: {slow / fast:,.0f} times less.
- Memory moves {one:.0f} GB/s with one thread and {all_:.0f} GB/s with {cores}."""


def command(line: str) -> str:
    """What a command of lawshock takes, as cells: by the clock, of processors, and of memory in its largest process."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        words = [sys.executable, "-m", "sim.cli", *line.split()]
        child = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)
        _, status, used = os.wait4(child.pid, 0)
        spent = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if status:
        raise SystemExit(f"lawshock {line} ended with {child.returncode}")
    return f"{spent:.1f} | {used.ru_utime + used.ru_stime:.1f} | {used.ru_maxrss / 1024:,.0f}"


def commands(asked: dict[str, str]) -> str:
    """A Markdown table with a row per command."""
    rows = (f"| `lawshock {line}` | {command(line)} | {goal} |" for line, goal in asked.items())
    return "\n".join(("| command | s | s of processors | peak, MiB | asked |", "|---|---:|---:|---:|---|", *rows))


def machine() -> str:
    """Machine, versions and how busy it was, in a sentence."""
    about = Path("/proc/cpuinfo").read_text().splitlines()
    model = next(line.split(":")[1].strip() for line in about if line.startswith("model name"))
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("numba", "numpy", "mesa"))
    return (
        f"{len(os.sched_getaffinity(0))} cores of {model}, Python {platform.python_version()}, {versions}; "
        f"load before the run {os.getloadavg()[0]:.1f}."
    )


TEXT = """# Performance

Written by `python -m tests.benchmark --write`. {machine}

Hong Kong 2020, recorded: below a million people with one thread, in time of the processor; from there on with a thread
per core, by the clock. "Before" is version {version}, run in turn with this one; each figure is the least of {rounds}.
Times of a day are those of the median day of a fortnight. "Times the memory bound" is the time of a quiet day over that
in which memory, at the bandwidth measured in the same run, moves what the day must touch: a byte and a bit of everyone,
the line of cache of whoever may decide on apps or a VPN, two lines of ties of whoever asks contacts before speaking,
and for each change the lines of the person, its ties and every contact. Below a million people all this lies in caches.

{table}

Commands, from start to end on a filled cache of compiled code:

{commands}

{yardsticks}
"""


def report(sizes: Sequence[int], days: int, rounds: int, asked: dict[str, str], people: int = 100_000) -> str:
    """All that is measured, as a page."""
    about = machine()
    with tempfile.TemporaryDirectory() as folder:
        before = unpack(BEFORE, Path(folder))
        rows = [row(users, days, rounds, before) for users in sizes]
    return TEXT.format(
        machine=about, version=BEFORE, rounds=rounds, table=table(rows, days), commands=commands(asked),
        yardsticks=yardsticks(people),
    )  # fmt: skip


if __name__ == "__main__":
    page = report(tuple(int(size) for size in sys.argv[1:] if size != "--write") or SIZES, DAYS, ROUNDS, COMMANDS)
    if "--write" in sys.argv:
        DOCUMENT.write_text(page, encoding="utf-8")
    print(page)
