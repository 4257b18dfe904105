"""Parameters that a study of sensitivity varies, over the bounds that the schema gives them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim.scenario.errors import Node, at
from sim.scenario.fields import leaves
from sim.scenario.files import shape, vary
from sim.study.design import OPTION, Axis, DesignError, parse_axis

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sim.scenario.schema import Scenario
    from sim.study.plan import Cell
    from sim.study.study import Study

BEHAVIOUR = ("population", "decision", "bargaining", "press", "society", "regulators")
"""Tables of the scenario that say how people and institutions behave, whoever they are."""
MATTERS_WITH = {
    "population.threshold_low": "threshold",
    "population.threshold_high": "threshold",
    "population.group_move_rate": "group",
    "population.group_quorum": "group",
}
"""Parameters that only one structural switch of contagion reads."""
INSIDE = 1e-3
"""How far within an open bound the range begins, as a share of the range."""


def behavioural_factors(scenario: Scenario) -> list[Axis]:
    """Every parameter of behaviour that is a real number with two bounds and no mere setting, over these bounds."""
    table = scenario.model_dump()
    factors = []
    for leaf in leaves(scenario):
        unread = MATTERS_WITH.get(leaf.key, scenario.population.contagion) != scenario.population.contagion
        if (
            leaf.key.split(".")[0] not in BEHAVIOUR
            or type(leaf.value) is not float
            or leaf.status == "setting"
            or unread
        ):
            continue
        bounds = _bounds(at(shape(), tuple(leaf.key.split(".")), table))
        if bounds is not None:
            factors.append(Axis(leaf.key, low=bounds[0], high=bounds[1]))
    return factors


def _bounds(node: Node) -> tuple[float, float] | None:
    """Ends of the range that the schema allows, moved inside where a bound itself is not allowed."""
    low, high = (node.body.get(name, node.body.get(f"exclusive{name.title()}")) for name in ("minimum", "maximum"))
    if low is None or high is None:
        return None
    margin = INSIDE * (high - low)
    return (
        float(low) + margin * ("exclusiveMinimum" in node.body),
        float(high) - margin * ("exclusiveMaximum" in node.body),
    )


def chosen_factors(scenario: Scenario, over: Sequence[str]) -> list[Axis]:
    """The factors named by ``key`` or ``key=low:high``, or those of behaviour when none is named.

    Raises:
        DesignError: A text is neither, or a parameter has no bounds of its own.
        ScenarioError: The scenario has no such key, or a bound is out of its bounds.
    """
    if not over:
        return behavioural_factors(scenario)
    own = {factor.key: factor for factor in behavioural_factors(scenario)}
    factors = []
    for text in over:
        if text.strip() in own:
            factors.append(own[text.strip()])
            continue
        axis = parse_axis(text, scenario)
        if axis.levels:
            raise DesignError(f"{OPTION} {axis.key}: expected a range, key=low:high, found {text!r}")
        factors.append(axis)
    keys = [factor.key for factor in factors]
    repeated = [key for number, key in enumerate(keys) if key in keys[:number]]
    if repeated:
        raise DesignError(f"{OPTION} {repeated[0]}: expected each key once, found it twice")
    return factors


def cells_at(
    places: NDArray[np.float64], factors: Sequence[Axis], scenario: Scenario, study: Study, replicates: int
) -> tuple[Cell, ...]:
    """A cell of a study for each point of a design, (points, factors), whose places are in [0, 1]."""
    cells = []
    for row in places:
        typed = {factor.key: factor.at(float(place)) for factor, place in zip(factors, row, strict=True)}
        world = vary(scenario, [f"{key}={value}" for key, value in typed.items()], OPTION)
        cells.append(study.cell(world, {key: float(value) for key, value in typed.items()}, replicates))
    return tuple(cells)
