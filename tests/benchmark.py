"""Speed and memory of the reference scenario by population size: ``make bench``, or with sizes as arguments.

Each size runs in a process of its own, so that peak memory is its own, and lives the days from May to mid-July 2020.
Quiet days are those of the first fortnight of May, days of the shock those of the first fortnight of July.
"""

import json
import resource
import subprocess
import sys
import time

SIZES = (10_000, 100_000, 1_000_000, 7_410_000)
QUIET, SHOCK = range(1, 15), range(61, 75)
HEADS = (
    "people", "build, s", "user-days/s, quiet", "user-days/s, shock", "institutions, ms/day", "bytes/person",
    "peak, MiB",
)  # fmt: skip


def measure(users: int) -> dict[str, float]:
    """Live the days in this process, with a thread per core, and time building, people and institutions."""
    import os

    from sim.model import Model
    from sim.scenario.files import load

    scenario = load("hong-kong-2020", ["population.users=1000"])
    Model(scenario, threads=2).step()  # compiles, or loads what was compiled
    scenario = load("hong-kong-2020", [f"population.users={users}"])
    start = time.perf_counter()
    model = Model(scenario, rng=1, threads=os.cpu_count() or 1)
    built = time.perf_counter() - start

    live, spent = model.population.step, []

    def timed(conditions):
        begun = time.perf_counter()
        today = live(conditions)
        spent.append(time.perf_counter() - begun)
        return today

    model.population.step = timed
    start = time.perf_counter()
    for _ in range(SHOCK.stop):
        model.step()
    whole = time.perf_counter() - start
    population = model.population
    held = population.people.nbytes + population.ties.indptr.nbytes + population.ties.indices.nbytes
    return {
        "people": users,
        "build": built,
        "quiet": users * len(QUIET) / sum(spent[day] for day in QUIET),
        "shock": users * len(SHOCK) / sum(spent[day] for day in SHOCK),
        "institutions": 1000.0 * (whole - sum(spent)) / SHOCK.stop,
        "bytes": held / users,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main(sizes: tuple[int, ...]) -> None:
    """Print a table with a row per size."""
    print("| " + " | ".join(HEADS) + " |\n|" + "---:|" * len(HEADS))
    for users in sizes:
        command = [sys.executable, "-m", "tests.benchmark", "--one", str(users)]
        row = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
        print(
            f"| {users:,} | {row['build']:.2f} | {row['quiet'] / 1e6:.0f} M | {row['shock'] / 1e6:.0f} M "
            f"| {row['institutions']:.2f} | {row['bytes']:.0f} | {row['peak']:.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(int(sys.argv[2]))))
    else:
        main(tuple(map(int, sys.argv[1:])) or SIZES)
