"""Sweeps: a scenario at many combinations of values, each compared with the scenario unchanged."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.scenario.files import load, vary
from sim.study.design import Design, lay_out, parse_axis
from sim.study.executors import Executor, make_executor
from sim.study.plan import Cell, Plan
from sim.study.precision import parse_target, replicates_needed

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario
    from sim.study.study import Study

POINTS = 64
AT_MOST = 500


def sweep(
    study: Study,
    scenario: Scenario | Path | str,
    over: Sequence[str],
    *,
    design: Design = "factorial",
    points: int = POINTS,
    replicates: int = 20,
    seed: int = 1,
    to_precision: Sequence[str] = (),
    at_most: int = AT_MOST,
    executor: Executor | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    retry: bool = False,
    command: str = "",
    on_progress: Callable[[int, int], None] | None = None,
) -> None:
    """Make the runs of a sweep, those that the study does not have.

    Cell 0 is the scenario unchanged; every cell uses the same seeds, so that differences from it are paired.

    Args:
        study: Where the runs are kept.
        scenario: A scenario, a file, or the name of a shipped scenario.
        over: Axes: ``key=low:high:levels``, ``key=low:high`` (not for ``factorial``) or ``key=value,value,...``.
        design: How the axes are combined; see ``sim.study.design.lay_out``.
        points: Cells of an ``lhs`` or ``sobol`` design.
        replicates: Runs of each cell, and with ``to_precision`` the number to begin with.
        seed: Root seed of the first replicate.
        to_precision: ``measure:width`` texts: add replicates until the 90 % interval of the mean paired difference of
            every cell from cell 0 is at most that wide.
        at_most: Replicates at which to stop adding.
        executor: Who makes the runs; else ``workers`` and ``scheduler`` say.
        workers: Local processes, all cores when absent.
        scheduler: Address of a Dask scheduler.
        retry: Make failed runs again.
        command: What would make the study again, to be kept with it.
        on_progress: Called with the number of runs that are there, and that of all.

    Raises:
        DesignError, ScenarioError: What was asked makes no sense; nothing is run.
        StudyError: The disk is full or the workers are lost; what finished is kept.
    """
    base = load(scenario) if isinstance(scenario, Path | str) else scenario
    targets = [parse_target(text, base) for text in to_precision]
    cells = make_cells(study, base, over, design=design, points=points, replicates=replicates, seed=seed)
    plan = Plan(cells, seed, command=command)
    if executor is None:
        with make_executor(workers=workers, scheduler=scheduler) as own:
            _make(study, plan, targets, at_most, own, retry, on_progress)
    else:
        _make(study, plan, targets, at_most, executor, retry, on_progress)


def make_cells(
    study: Study, base: Scenario, over: Sequence[str], *, design: Design, points: int, replicates: int, seed: int
) -> tuple[Cell, ...]:
    """The scenario unchanged, and the scenario at each point of the design; all are checked before any is kept."""
    axes = [parse_axis(text, base) for text in over]
    settings = lay_out(axes, design, points, seed)
    worlds = [vary(base, [f"{key}={value}" for key, value in one.items()], "--over") for one in settings]
    values = [{axis.key: _value_of(base, axis.key) for axis in axes}]
    values += [{key: _parsed(value) for key, value in one.items()} for one in settings]
    return tuple(study.cell(world, one, replicates) for world, one in zip([base, *worlds], values, strict=True))


def _make(
    study: Study,
    plan: Plan,
    targets: Sequence[Any],
    at_most: int,
    executor: Executor,
    retry: bool,
    on_progress: Callable[[int, int], None] | None,
) -> None:
    study.make(plan, executor=executor, retry=retry, on_progress=on_progress)
    while targets:
        now = [cell.replicates for cell in study.plan.cells]
        wanted = replicates_needed(study, targets, at_most)
        if wanted == now:
            return
        cells = [replace(cell, replicates=count) for cell, count in zip(study.plan.cells, wanted, strict=True)]
        study.make(replace(plan, cells=tuple(cells)), executor=executor, on_progress=on_progress)


def _value_of(scenario: Scenario, key: str) -> Any:
    """A value of a scenario by its dotted key; acts go by their id."""
    value: Any = scenario
    for step in key.split("."):
        if isinstance(value, tuple):
            value = next(item for item in value if item.id == step)
        else:
            value = value[step] if isinstance(value, dict) else getattr(value, step)
    return value


def _parsed(text: str) -> Any:
    """What an override means: a TOML value, or the text itself."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
