"""Runs per second of studies at the steady state, on one worker and on one per core: a part of ``make bench``.

A run is the reference scenario with 10,000 people over 365 days, made by the pool of local processes and landed in a
store; starting the workers and loading compiled code are left out. The ratio of the two rates says how much a second
process brings.
"""

import os
import sys
import tempfile
import time
from itertools import islice

from sim.runs.executors import Call, Pool
from sim.runs.once import measured_run, pack
from sim.runs.store import Store, _Kept, key_of
from sim.scenario.files import load

USERS, LAST_DAY = 10_000, "2021-04-30"
RUNS_PER_WORKER = 30


def runs_per_second(workers: int, runs: int) -> float:
    """Land ``runs`` runs with so many workers, after each has made two."""
    scenario = load("hong-kong-2020", [f"population.users={USERS}", f"end={LAST_DAY}"])
    with tempfile.TemporaryDirectory() as folder, Pool(workers) as pool:
        store, how, digest = Store(folder), {"packed": pack(scenario)}, scenario.digest()
        store.claim()
        calls = (Call(measured_run, (digest, seed, ()), how) for seed in range(1, sys.maxsize))
        outcomes = pool.run(_Kept(key_of(call), call, holes=False) for call in calls)
        for task, made in islice(outcomes, 2 * workers):
            store._land(task.key, *made)
        start = time.perf_counter()
        for task, made in islice(outcomes, runs):
            store._land(task.key, *made)
        return runs / (time.perf_counter() - start)


def main(runs: int = RUNS_PER_WORKER) -> None:
    """Print the rates and their ratio."""
    cores = len(os.sched_getaffinity(0))
    rates = {workers: runs_per_second(workers, runs * workers) for workers in (1, 2, cores)[: 2 + (cores > 2)]}
    print(f"\n{USERS:,} people, 365 days; load of the machine before: {os.getloadavg()[0]:.1f} of {cores} cores")
    print("| workers | runs/s | times one |\n|---:|---:|---:|")
    for workers, rate in rates.items():
        print(f"| {workers} | {rate:.1f} | {rate / rates[1]:.2f} |")


if __name__ == "__main__":
    main()
