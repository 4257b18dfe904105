"""Speed and memory of the reference scenario by population size: ``make bench``, or with sizes as arguments.

Each size runs in a process of its own, so that peak memory is its own, and lives the days from May to mid-July 2020.
Quiet days are those of the first fortnight of May, days of the shock those of the first fortnight of July; a rate is
that of the median day. ``--write`` puts the tables into docs/performance.md and the baseline into tests/benchmark.json.

The baseline is normalised: the time of a day divided by the time in which this machine's memory, at the bandwidth
measured in the same run, moves the bytes that the day must touch. A slowdown shows as a ratio on any machine.
"""

import importlib.metadata
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

SIZES = (10_000, 100_000, 1_000_000, 7_410_000)
QUIET, SHOCK = range(1, 15), range(61, 75)
HEADS = (
    "people", "build, s", "ms/day, quiet", "ms/day, shock", "user-days/s, quiet", "user-days/s, shock",
    "institutions, ms/day", "institutions, share of a day", "bytes/person", "peak, MiB", "times the memory bound",
    "against the baseline",
)  # fmt: skip
ROOT = Path(__file__).parents[1]
BASELINE, DOCUMENT = ROOT / "tests" / "benchmark.json", ROOT / "docs" / "performance.md"


def measure(users: int) -> dict[str, float]:
    """Live the days in this process, with a thread per core, and time building, people and institutions."""
    from sim.model import Model
    from sim.scenario.files import load
    from tests.yardsticks import Traffic, bandwidth

    threads = len(os.sched_getaffinity(0)) if users >= 1_000_000 else 1
    scenario = load("hong-kong-2020", ["population.users=1000"])
    Model(scenario, threads=2).step()  # compiles, or loads what was compiled
    scenario = load("hong-kong-2020", [f"population.users={users}"])
    start = time.perf_counter()
    model = Model(scenario, rng=1, threads=threads)
    built = time.perf_counter() - start

    population, spent, whole = model.population, [], []
    traffic, live = Traffic(population), population.step

    def timed(conditions):
        begun = time.perf_counter()
        today = live(conditions)
        spent.append(time.perf_counter() - begun)
        return today

    population.step = timed
    for day in range(SHOCK.stop):
        start = time.perf_counter()
        model.step()
        whole.append(time.perf_counter() - start)
        if day == QUIET.stop - 1:
            bytes_per_day = traffic.bytes / QUIET.stop
    quiet, shock = (statistics.median(spent[day] for day in days) for days in (QUIET, SHOCK))
    others = statistics.median(all_ - people for all_, people in zip(whole, spent, strict=True))
    held = population.people.nbytes + population.ties.indptr.nbytes + population.ties.indices.nbytes
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "people": users, "threads": threads, "build": built, "quiet": quiet, "shock": shock, "institutions": others,
        "bytes": held / users, "peak": peak, "bound": quiet * bandwidth(threads) / bytes_per_day,
    }  # fmt: skip


def table(rows: list[dict[str, float]], baseline: dict[str, float]) -> str:
    """A Markdown table with a row per size."""
    lines = ["| " + " | ".join(HEADS) + " |", "|" + "---:|" * len(HEADS)]
    for row in rows:
        users, quiet, shock, others = row["people"], row["quiet"], row["shock"], row["institutions"]
        before = baseline.get(str(users))
        cells = (
            f"{users:,}", f"{row['build']:.2f}", f"{1000 * quiet:.2f}", f"{1000 * shock:.2f}",
            f"{users / quiet / 1e6:.0f} M", f"{users / shock / 1e6:.0f} M", f"{1000 * others:.2f}",
            f"{others / (others + quiet):.0%}", f"{row['bytes']:.0f}", f"{row['peak']:.0f}", f"{row['bound']:.1f}",
            f"{row['bound'] / before:.2f}" if before else "",
        )  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def yardsticks() -> str:
    """What a user-day costs against the readable twin and against Mesa with nothing to do, as sentences."""
    from tests.yardsticks import bandwidth, mesa_with_nothing_to_do, twin_against_kernel

    slow, fast = twin_against_kernel()
    idle, cores = mesa_with_nothing_to_do(), len(os.sched_getaffinity(0))
    one, all_ = bandwidth(1) / 1e9, bandwidth(cores) / 1e9
    return f"""\
- The readable twin (tests/oracle) needs {1000 * slow:.0f} ms for a quiet day of 10,000 people, the compiled population
  {1000 * fast:.3f} ms: {slow / fast:,.0f} times less.
- Mesa needs {1000 * idle:.0f} ms to shuffle 100,000 agents whose step is empty.
- Memory moves {one:.0f} GB/s with one thread and {all_:.0f} GB/s with {cores}."""


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

Populations below a million use one thread, larger ones a thread per core. Times are those of the median day.
"Times the memory bound" is the time of a quiet day over the time in which memory, at the bandwidth measured in the same
run, moves the bytes that the day must touch: one byte of everyone, the cache line of everyone who may decide, and for
each change the lines of the person's ties and of every contact. Below a million people all this lies in caches.

{table}

{yardsticks}
"""


def main(sizes: tuple[int, ...], write: bool) -> None:
    """Print, or write, a row per size and the yardsticks."""
    about, rows = machine(), []
    for users in sizes:
        command = [sys.executable, "-m", "tests.benchmark", "--one", str(users)]
        rows.append(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout))
    baseline = json.loads(BASELINE.read_text()) if BASELINE.exists() else {}
    if write:
        baseline = {str(row["people"]): round(row["bound"], 3) for row in rows}
        BASELINE.write_text(json.dumps(baseline, indent=2) + "\n", encoding="utf-8")
    text = TEXT.format(machine=about, table=table(rows, baseline), yardsticks=yardsticks())
    if write:
        DOCUMENT.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(int(sys.argv[2]))))
    else:
        main(tuple(int(size) for size in sys.argv[1:] if size != "--write") or SIZES, "--write" in sys.argv)
