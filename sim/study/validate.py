"""Validation: the patterns scored on the reference structure and on its rivals.

A rival leaves out one mechanism or puts another in its place. A pattern that every rival passes tells nothing about
that mechanism; one that a rival misses speaks for it.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from sim.evidence.patterns import Pattern, World, as_row, judge, patterns, worlds
from sim.scenario.files import load
from sim.study.executors import cores
from sim.study.run import run_once

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

USERS = 10_000
"""People per run unless a pattern's own world says otherwise: enough for shares to a few tenths of a point."""
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

COLUMNS = {
    "rival": "structure of the model that was run; 'reference' is the model as it is",
    "pattern": "identifier of the pattern, as in docs/validation.md",
    "role": "fit: numbers rest on it; shown: numbers of its case were set with the outcome known; holdout: neither",
    "world": "scenario that was run, and values changed in it",
    "check": "quantity that the pattern is about",
    "unit": "unit of observed, low, high, p05, p50 and p95",
    "observed": "what was observed; missing where the model is held to a bound alone",
    "low": "least median that passes",
    "high": "largest median that passes",
    "p05": "5 % quantile over replicates",
    "p50": "median over replicates, which is judged",
    "p95": "95 % quantile over replicates",
    "passing": "share of the replicates that would pass by themselves",
    "passed": "whether the median lies from low to high; of a pattern, whether all its checks pass",
    "why": "where the bounds come from",
    "facts": "rows of the tables of evidence that the check rests on",
    "checks": "number of checks of the pattern",
    "rivals": "structures that pass all checks of the pattern, too",
}


class _Job(NamedTuple):
    rival: str
    world: World
    seed: int


def validate(
    chosen: Sequence[Pattern] | None = None,
    *,
    rivals: Sequence[str] = tuple(RIVALS),
    replicates: int = 24,
    users: int = USERS,
    seed: int = 1,
    workers: int | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> pd.DataFrame:
    """Score patterns.

    Args:
        chosen: Patterns; all when absent.
        rivals: Names of ``RIVALS`` to run.
        replicates: Runs per world and structure.
        users: People per run.
        seed: First seed.
        workers: Processes; all cores when absent. The table does not depend on it.
        on_progress: Called with the number of runs done.

    Returns:
        One row per structure and check: ``rival`` and the columns of ``sim.evidence.patterns.as_row``.
    """
    chosen = patterns() if chosen is None else tuple(chosen)
    jobs = [_Job(rival, world, seed + i) for rival in rivals for world in worlds(chosen) for i in range(replicates)]
    readings: dict[tuple[str, World, int], dict[str, float]] = {}
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers or cores(), mp_context=context) as pool:
        waiting = {pool.submit(_read, job, tuple(chosen_ids(chosen)), users): job for job in jobs}
        for done, future in enumerate(as_completed(waiting), start=1):
            readings[waiting[future]] = future.result()
            if on_progress:
                on_progress(done)
    rows = []
    for rival in rivals:
        for pattern in chosen:
            for check in pattern.checks:
                values = [readings[_Job(rival, check.world, seed + i)][f"{pattern.id} {check.name}"]
                          for i in range(replicates)]  # fmt: skip
                rows.append({"rival": rival, **as_row(pattern, check, judge(check, np.array(values)))})
    return pd.DataFrame(rows)


def chosen_ids(chosen: Sequence[Pattern]) -> list[str]:
    """Identifiers of patterns: what a worker needs to know of them."""
    return [pattern.id for pattern in chosen]


def runs_needed(chosen: Sequence[Pattern], rivals: Sequence[str], replicates: int) -> int:
    """Number of runs that ``validate`` makes."""
    return len(worlds(chosen)) * len(rivals) * replicates


def by_pattern(table: pd.DataFrame) -> pd.DataFrame:
    """One row per pattern: whether the reference passes all its checks, and the rivals that pass them all too."""
    passed = table.groupby(["rival", "pattern"], sort=False)["passed"].all().unstack("rival")
    head = table[table["rival"] == REFERENCE].groupby("pattern", sort=False)[["name", "role"]].first()
    others = [name for name in passed.columns if name != REFERENCE]
    return head.assign(
        checks=table[table["rival"] == REFERENCE].groupby("pattern", sort=False).size(),
        passed=passed[REFERENCE],
        rivals=[", ".join(name for name in others if passed.loc[pattern, name]) for pattern in head.index],
    ).reset_index()


def _read(job: _Job, ids: tuple[str, ...], users: int) -> dict[str, float]:
    """Run a world once and take the readings of the checks that it is for."""
    run = run_once(_scenario(job, users), job.seed)
    return {
        f"{pattern.id} {check.name}": float(check.measure(run))
        for pattern in patterns()
        if pattern.id in ids
        for check in pattern.checks
        if check.world == job.world
    }


def _scenario(job: _Job, users: int) -> Scenario:
    size = (
        [] if any(key.startswith("population.users=") for key in job.world.overrides) else [f"population.users={users}"]
    )
    plain = load(job.world.scenario, [*size, *job.world.overrides])
    police = f"regulators.{plain.police[0]}." if plain.police else None
    changes = [
        change.replace("police.", police or "", 1) if change.startswith("police.") else change
        for change in RIVALS[job.rival]
        if police or not change.startswith("police.")
    ]
    return load(job.world.scenario, [*size, *job.world.overrides, *changes]) if changes else plain
