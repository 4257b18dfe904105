"""Which headlines depend on the weight of contacts: gamma is not identified by shares of holders, so it is an axis.

A headline *depends on gamma* if its median, at some gamma of the axis, leaves the 90 % band that is reported at the
scenario's own gamma; otherwise it is *robust to gamma*. Whoever got gamma wrong would report a number that chance alone
would not give. Bands and medians are over the same seeds. Where gamma has no effect at all, the median of 10
replicates leaves the band of 10 others less than once in 1,000.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.measures import headline_measures
from sim.results.bands import QUANTILES, percentiles
from sim.scenario.files import vary
from sim.study.plan import Plan

if TYPE_CHECKING:
    from sim.runs.tasks import Executor
    from sim.scenario.schema import Scenario
    from sim.study.study import Study

KEY = "population.gamma"
AXIS = (0.0, 1.5, 3.0, 4.5, 6.0)
ROBUST, DEPENDS = "robust to γ", "depends on γ"
RESULTS = Path("results", "gamma")
COLUMNS = {
    "gamma": "weight of the share of contacts who hold an app, logits",
    "p05": "5th percentile over replicates",
    "p50": "median over replicates",
    "p95": "95th percentile over replicates",
    "label": "whether the median leaves, at some gamma, the band at the scenario's own",
}


def measure_gamma(
    study: Study,
    scenario: Scenario,
    *,
    replicates: int = 10,
    seed: int = 1,
    executor: Executor | None = None,
    workers: int | None = None,
    command: str = "",
    on_progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Run a scenario along the axis, with the same seeds at each point, and label every headline measure.

    Returns:
        measure, unit, gamma, p05, p50, p95, label: a row for each measure that the runs have, and each gamma.
    """
    own = scenario.population.gamma
    points = tuple(dict.fromkeys((own, *AXIS)))
    cells = tuple(study.cell(vary(scenario, [f"{KEY}={gamma}"]), {KEY: gamma}, replicates) for gamma in points)
    study.make(Plan(cells, seed, command=command), executor=executor, workers=workers, on_progress=on_progress)
    return labelled(study.runs(), points, {measure.name: measure.unit for measure in headline_measures(scenario)})


def labelled(runs: pd.DataFrame, points: Sequence[float], units: dict[str, str]) -> pd.DataFrame:
    """Bands and labels from runs.

    Args:
        runs: ``cell``, ``seed`` and a column for each measure; cell 0 is at the scenario's own gamma.
        points: Gamma of each cell.
        units: Unit of each measure.
    """
    rows = []
    for measure, unit in units.items():
        bands = {
            gamma: percentiles(runs.loc[runs["cell"] == cell, measure].to_numpy()) for cell, gamma in enumerate(points)
        }
        low, middle, high = bands[points[0]]
        if np.isnan(middle):
            continue
        inside = all(low <= band[1] <= high for band in bands.values())
        rows += [(measure, unit, gamma, *bands[gamma], ROBUST if inside else DEPENDS) for gamma in sorted(bands)]
    return pd.DataFrame(rows, columns=["measure", "unit", "gamma", *QUANTILES, "label"])


@cache
def gamma_labels(name: str, folder: Path = RESULTS) -> dict[str, str]:
    """Label of each headline measure of a shipped scenario, by the table that is kept; none where there is no table."""
    file = folder / f"{name}.csv"
    if not file.is_file():
        return {}
    table = pd.read_csv(file)
    return dict(zip(table["measure"], table["label"], strict=True))
