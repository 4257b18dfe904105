"""How long runs will take, by one that is timed here and now: machines and worlds differ too much for a constant."""

import time
from collections.abc import Sequence

from sim.model import Model
from sim.runs.executors import enough
from sim.runs.once import run_once
from sim.scenario.schema import Scenario

WORTH = 40
"""Runs from which on one more is worth an estimate."""


def foreseen(wanted: Sequence[tuple[Scenario, int]], workers: int | None = None) -> float | None:
    """Seconds that runs will take, about; None where they are too few to make another for it.

    A run of middling size is made in this process, after a day that loads, or compiles, the rules, as each worker will
    have to. Runs are taken to cost as many people and days as they have.

    Args:
        wanted: Worlds, and how many runs of each.
        workers: Processes that will make them; all cores when absent.
    """
    runs = sum(count for _, count in wanted)
    if runs < WORTH:
        return None
    worlds = sorted((world for world, _ in wanted), key=_size)
    middling = worlds[len(worlds) // 2]
    begun = time.perf_counter()
    Model(middling, rng=1).run_for(1)
    loaded = time.perf_counter()
    run_once(middling, 1)
    each = (time.perf_counter() - loaded) / _size(middling)
    return loaded - begun + each * sum(_size(world) * count for world, count in wanted) / enough(workers, runs)


def _size(world: Scenario) -> int:
    return world.days * world.population.users
