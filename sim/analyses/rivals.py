"""Rival structures of the model, and the runs in which the checks of a case are read.

A rival leaves out one mechanism or puts another in its place. A pattern that every rival passes tells nothing about
that mechanism; one that a rival misses speaks for it.
"""

import functools
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from sim import bounded
from sim.evidence.cases import CHECKS, Case, load_case, measure
from sim.evidence.checks import World
from sim.results.posterior import Posterior
from sim.runs.store import Tables
from sim.scenario.files import vary, with_values
from sim.scenario.schema import Scenario

USERS = 10_000
"""People per run unless a check's own world says otherwise: enough for shares to a few tenths of a point."""
REFERENCE = "reference"
RIVALS: dict[str, tuple[str, ...]] = {
    REFERENCE: (),
    "H0 no contagion": ("population.contagion=none",),
    "H2 thresholds": ("population.contagion=threshold",),
    "H3 groups move": ("population.contagion=group",),
    "no peers": ("decision.peer_weight=0.0",),
    "no press": ("press.enquiry_after_rules=0.0", "press.enquiry_per_announcement=0.0"),
    "no announcement stage": ("press.disclosure_rate=5.0",),
    "no demand floor": ("police.floor_paused=0.0", "police.floor_final=0.0"),
}
"""Structures by name, as overrides; ``police`` stands for the scenario's own name of the police."""

READINGS = "readings"
"""Name of the table that a run leaves."""


class Job(NamedTuple):
    """A world of a case under a structure, to be run once with a seed; what its draw changes comes with it."""

    rival: str
    folder: Path
    world: World
    seed: int
    drawn: tuple[tuple[str, float], ...] = ()


def jobs_of(
    cases: Sequence[Case], rivals: Sequence[str], seeds: Sequence[int], posterior: Posterior | None
) -> Iterator[Job]:
    """Each world of each case once per structure and seed; what a check or a rival sets is not drawn."""
    for rival in rivals:
        for case in cases:
            for world in dict.fromkeys(check.world for check in case.checks):
                scenario = case.worlds[world]
                fixed = [change.partition("=")[0] for change in (*world.overrides, *changes_of(scenario, rival))]
                draws = posterior.values(scenario, seeds, fixed) if posterior else ({} for _ in seeds)
                for seed, drawn in zip(seeds, draws, strict=True):
                    yield Job(rival, place_of(case), world, seed, tuple(drawn.items()))


def place_of(case: Case) -> Path:
    """Where a case is, by which processes find it again."""
    return case.folder.resolve()


_case = functools.cache(load_case)


@functools.cache
def text_of(folder: Path, world: World) -> str:
    """What the readings of a world depend on beside its name: its text, and how it is read."""
    said = bounded.read(folder / CHECKS)
    return f"{_case(folder).worlds[world].digest()} {hashlib.sha256(said).hexdigest()}"


def read_world(job: Job, users: int) -> Tables:
    """Run a world once and take the readings of the checks that it is for, as the one row of a table."""
    checks = [check for check in _case(job.folder).checks if check.world == job.world]
    scenario = with_values(world_of(_case(job.folder), job.world, job.rival, users), dict(job.drawn), "its draw")
    return {READINGS: pd.DataFrame([measure(checks, scenario, job.seed)], dtype=float)}


def world_of(case: Case, world: World, rival: str, users: int) -> Scenario:
    """A world of a case under a structure, with so many people unless its checks say how many."""
    plain = case.worlds[world]
    own_size = any(key.startswith("population.users=") for key in world.overrides)
    return vary(plain, [*([] if own_size else [f"population.users={users}"]), *changes_of(plain, rival)])


def changes_of(scenario: Scenario, rival: str) -> list[str]:
    """What a rival changes in a scenario: nothing of police that it does not have."""
    police = f"regulators.{scenario.police[0]}." if scenario.police else None
    return [
        change.replace("police.", police or "", 1) if change.startswith("police.") else change
        for change in RIVALS[rival]
        if police or not change.startswith("police.")
    ]
