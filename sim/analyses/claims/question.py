"""The flip test of an answer, on the pairs of runs that the answer comes from."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sim.analyses.claims.analysis import TRIES, Examined, places_of, run_tests
from sim.analyses.claims.emulator import fit
from sim.analyses.claims.lab import Lab
from sim.analyses.claims.text import Claim, World
from sim.analyses.compare.analysis import Comparison
from sim.analyses.compare.outcomes import END
from sim.results.posterior import Posterior, Range
from sim.runs.checkpoint import Checkpoint
from sim.runs.executors import cores, make_executor
from sim.scenario.differences import of_values
from sim.scenario.files import vary

MOST_PEOPLE = 10_000
"""Simulated people of the runs of a flip test, at most: differences of shares depend little on how many there are."""


@dataclass(frozen=True)
class FlipTest:
    """What an answer hangs on, and the ranges of the numbers that were moved."""

    examined: Examined
    ranges: tuple[Range, ...]


def try_answer(
    comparison: Comparison,
    world: str,
    measure: str,
    posterior: Posterior,
    *,
    workers: int | None = None,
    keep: Checkpoint | None = None,
    on_progress: Callable[[float, float], None] | None = None,
) -> FlipTest:
    """Look for what would turn the sign of an answer.

    The numbers on which it hangs most are those of an emulator over the pairs of the comparison itself; they are then
    moved in runs of at most ``MOST_PEOPLE`` people, all else as in the scenario.

    Args:
        comparison: In plausible worlds.
        world: The one that was asked for.
        measure: The quantity whose difference at the end is the answer.
        posterior: What the plausible worlds were drawn from.
        workers: Processes; all cores when absent.
        keep: Where to keep finished runs until all are there.
        on_progress: Called with the number of runs done and that of runs known to be needed.
    """
    course = comparison.courses(world)[measure]
    day = course.day(END)
    base = comparison.scenarios[0]
    fixed = tuple(change.key for change in of_values(base, comparison.world(world)))
    people = [f"population.users={min(base.population.users, MOST_PEOPLE)}"]
    smaller = [vary(scenario, people) for scenario in (base, comparison.world(world))]
    gaps = course.gaps[:, day]
    claim = Claim(
        world, "", World(comparison.names[0], smaller[0], fixed), World(world, smaller[1], fixed), measure,
        course.quantity.unit, 1 if gaps.mean() > 0 else -1,
    )  # fmt: skip
    ranges = tuple(posterior.ranges(base, fixed))
    emulator = fit(places_of(ranges, [life.run.scenario for life in comparison.lives[0]]), gaps)
    tries = comparison.seeds[:1] if len(comparison.seeds) < TRIES else comparison.seeds[:TRIES]
    with make_executor(workers=workers or cores()) as executor:
        lab = Lab([claim], executor, on_progress, keep)
        (luck,) = lab.levels([(claim, [((), seed) for seed in tries])])
        own = float(claim.sign * (luck[1] - luck[0]).mean())
        (flips,) = run_tests(lab, [claim], [emulator], ranges, tries, [own])
    levels = np.stack([course.base[:, day], course.other[:, day]])
    return FlipTest(Examined(claim, levels, luck, emulator, flips, ()), ranges)
