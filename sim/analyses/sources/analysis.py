"""What the variance of an outcome rests on: numbers that were measured, borrowed, calibrated, or assumed.

Every number of a scenario is varied by as much as its status allows, and numbers of one status move together through
a pick-freeze design of few runs (groups of Sobol' indices, Saltelli et al. 2010). A screening: it tells which status
carries most, not the second digit.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.analyses.knockout.analysis import up_to_half_a_year
from sim.analyses.sensitivity.analysis import Design, chance, indices
from sim.measures import headline_measures
from sim.scenario.errors import at
from sim.scenario.files import shape, vary
from sim.scenario.schema import Origin, Scenario, origins
from sim.study.plan import Cell, Plan
from sim.study.study import Study
from sim.study.tables import measures_of

RANGE_BY_STATUS = {"measured": 0.1, "borrowed": 0.3, "calibrated": 0.3, "assumed": 0.5}
"""How far, as a part of itself, a number may be wrong: a convention, the same for every number of a status."""
MOSTLY_CHANCE = 0.5
"""Share of chance in the variance between points above which what is left is not divided."""
REPLICATES = 2
"""Runs of each point: the fewest that tell chance from numbers."""
SUM_TO_ONE = ("isps.", ".share")
COLUMNS = {
    "status": "origin of the numbers that move together",
    "numbers": "how many of them there are",
    "alone": "share of the variance of the outcome that goes away when these alone are known (first order)",
    "total": "share that stays when all others are known (total)",
    "low": "lower end of the 90 % interval of the total share, by bootstrap",
    "high": "upper end of the same",
    "chance": "share of the variance of a single run that is chance, not numbers",
}


@dataclass(frozen=True)
class VariedNumber:
    """A number of a scenario and how far it may go."""

    key: str
    status: str
    low: float
    high: float


def varied_numbers(scenario: Scenario) -> list[VariedNumber]:
    """Every real number that says something of the world and may vary by itself, with its range.

    The weight of contacts is an axis, shares of ISPs add up to one, and observed values move nothing: these stay.
    """
    table = scenario.model_dump()
    table["acts"] = {act["id"]: act for act in table["acts"]}
    found = []
    for origin in origins(scenario):
        if not origin.is_claim or type(origin.value) is not float or origin.value == 0.0 or _held(origin):
            continue
        body = at(shape(), tuple(origin.key.split(".")), table).body
        ends = sorted(origin.value * (1.0 + side * RANGE_BY_STATUS[origin.status]) for side in (-1, 1))
        low = max(ends[0], float(body.get("minimum", -np.inf)), _beyond(body.get("exclusiveMinimum", -np.inf), 1))
        high = min(ends[1], float(body.get("maximum", np.inf)), _beyond(body.get("exclusiveMaximum", np.inf), -1))
        if low < high:
            found.append(VariedNumber(origin.key, origin.status, low, high))
    return found


def _held(origin: Origin) -> bool:
    start, end = SUM_TO_ONE
    share_of_isp = origin.key.startswith(start) and origin.key.endswith(end)
    return origin.key == "population.gamma" or origin.key.startswith("observed.") or share_of_isp


def _beyond(bound: float, side: int) -> float:
    return float(bound) + side * 1e-3


def status_sensitivity(
    study: Study,
    scenario: Scenario,
    *,
    points: int,
    seed: int,
    workers: int | None,
    command: str,
    on_progress: Callable[[int, int], None],
) -> pd.DataFrame:
    """Run the design, and give the shares of each status in the variance of each headline measure.

    There are points * (number of statuses + 2) points in all; ``points`` is a power of two.

    Returns:
        measure, unit, status, numbers, alone, total, low, high, chance. Measures that some run lacks, that never
        vary, or whose means differ by chance for the most part are left out: there is no variance to divide.

    Raises:
        StudyError: A run failed, which leaves a hole in the design.
    """
    base = up_to_half_a_year(scenario)
    numbers = varied_numbers(base)
    statuses = [status for status in RANGE_BY_STATUS if any(number.status == status for number in numbers)]
    laid = lay_out_groups([number.status for number in numbers], statuses, points, seed)
    cells: list[Cell] = []
    for place in laid:
        values = {n.key: n.low + (n.high - n.low) * float(p) for n, p in zip(numbers, place, strict=True)}
        world = vary(base, [f"{key}={value!r}" for key, value in values.items()], "status")
        cells.append(study.cell(world, {"point": len(cells)}, REPLICATES))
    study.make(Plan(tuple(cells), seed, command=command), workers=workers, on_progress=on_progress)
    study.check_whole()
    finished = study.runs()
    counts = {status: sum(number.status == status for number in numbers) for status in statuses}
    units = {measure.name: measure.unit for measure in headline_measures(base)}
    plan = Design("sobol", tuple(statuses), np.empty((0, len(statuses))), seed)
    parts = []
    for measure in measures_of(finished):
        values_of = finished[measure].to_numpy(dtype=float).reshape(len(cells), REPLICATES)
        if np.isnan(values_of).any() or np.ptp(values_of.mean(axis=1)) == 0.0 or chance(values_of)[1] > MOSTLY_CHANCE:
            continue
        parts.append(_shares(plan, values_of, counts).assign(measure=measure, unit=units[measure]))
    order = ["measure", "unit", *COLUMNS]
    return pd.concat(parts, ignore_index=True)[order]


def lay_out_groups(of: list[str], groups: list[str], points: int, seed: int) -> NDArray[np.float64]:
    """Places in [0, 1] of a pick-freeze design, (points * (groups + 2), numbers), in the order of SALib's blocks.

    Each block has a point A, then A with the numbers of one group from B for each group, then B.
    """
    from sim.study.design import latin_hypercube

    both = latin_hypercube(points, 2 * len(of), seed)
    a, b = both[:, : len(of)], both[:, len(of) :]
    mixed = [np.where([name == group for name in of], b, a) for group in groups]
    return np.stack([a, *mixed, b], axis=1).reshape(-1, len(of))


def _shares(plan: Design, values: NDArray[np.float64], counts: dict[str, int]) -> pd.DataFrame:
    found = indices(plan, values)
    first, total = (found[found["index"] == name].set_index("factor") for name in ("S1", "ST"))
    rows = [
        (status, counts[status], first.loc[status, "value"], *total.loc[status, ["value", "low", "high"]])
        for status in plan.factors
    ]
    table = pd.DataFrame(rows, columns=["status", "numbers", "alone", "total", "low", "high"])
    return table.assign(chance=chance(values)[0])
