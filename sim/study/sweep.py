"""Sweeps: a scenario at many combinations of values, each compared with the scenario unchanged."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.runs.tasks import Executor
from sim.scenario.files import load, vary
from sim.study.design import OPTION, Design, DesignError, lay_out, parse_axis
from sim.study.plan import Plan
from sim.study.precision import Target, parse_target, replicates_needed

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario
    from sim.study.study import Study

POINTS = 64
AT_MOST = 500


@dataclass(frozen=True)
class Sweep:
    """A sweep that has been checked: its worlds, the scenario unchanged first, each with what tells it apart."""

    worlds: tuple[tuple[dict[str, Any], Scenario], ...]
    targets: tuple[Target, ...]
    replicates: int
    at_most: int
    seed: int
    command: str


def lay_out_sweep(
    scenario: Scenario | Path | str,
    over: Sequence[str],
    *,
    design: Design = "factorial",
    points: int = POINTS,
    replicates: int = 20,
    seed: int = 1,
    to_precision: Sequence[str] = (),
    at_most: int = AT_MOST,
    command: str = "",
) -> Sweep:
    """Check a sweep before anything is made.

    Args:
        scenario: A scenario, a file, or the name of a shipped scenario.
        over: Axes: ``key=low:high:levels``, ``key=low:high`` (not for ``factorial``) or ``key=value,value,...``.
        design: How the axes are combined; see ``sim.study.design.lay_out``.
        points: Cells of an ``lhs`` or ``sobol`` design.
        replicates: Runs of each cell, and with ``to_precision`` the number to begin with.
        seed: Root seed of the first replicate.
        to_precision: ``measure:width`` texts: add replicates until the 90 % interval of the mean paired difference of
            every cell from the scenario unchanged is at most that wide.
        at_most: Replicates at which to stop adding.
        command: What would make the study again, to be kept with it.

    Raises:
        DesignError: An axis, a target or a number of points makes no sense.
        ScenarioError: The scenario has no such key, or a value is out of bounds.
    """
    base = load(scenario) if isinstance(scenario, Path | str) else scenario
    if replicates < 1:
        raise DesignError(f"replicates: expected at least 1, found {replicates}")
    axes = [parse_axis(text, base) for text in over]
    targets = tuple(parse_target(text, base) for text in to_precision)
    worlds = [({axis.key: _value_of(base, axis.key) for axis in axes}, base)]
    for settings in lay_out(axes, design, points, seed):
        world = vary(base, [f"{key}={value}" for key, value in settings.items()], OPTION)
        worlds.append(({key: _parsed(value) for key, value in settings.items()}, world))
    return Sweep(tuple(worlds), targets, replicates, max(at_most, replicates), seed, command)


def plan_of(study: Study, sweep: Sweep) -> Plan:
    """What a study is to hold of a sweep; its scenarios are kept there."""
    cells = tuple(study.cell(world, settings, sweep.replicates) for settings, world in sweep.worlds)
    return Plan(cells, sweep.seed, command=sweep.command)


def make_sweep(
    study: Study,
    sweep: Sweep,
    *,
    executor: Executor,
    retry: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
) -> None:
    """Make the runs of a sweep that the study does not have, and add replicates until its targets are met.

    Every cell uses the same seeds, so that differences from cell 0, the scenario unchanged, are paired.

    Raises:
        StudyError: The disk is full or the workers are lost; what finished is kept.
    """
    study.make(plan_of(study, sweep), executor=executor, retry=retry, on_progress=on_progress)
    while sweep.targets:
        plan = study.plan
        wanted = replicates_needed(study, sweep.targets, sweep.at_most)
        cells = tuple(replace(cell, replicates=count) for cell, count in zip(plan.cells, wanted, strict=True))
        if cells == plan.cells:
            return
        study.make(replace(plan, cells=cells), executor=executor, on_progress=on_progress)


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
