"""The summary of an ensemble: headline measures with bands, observed values beside them, and what they rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.study.ensemble import QUANTILES
from sim.study.measures import headline_measures

if TYPE_CHECKING:
    from rich.console import Console

    from sim.scenario.schema import Scenario
    from sim.study.ensemble import Ensemble


def summarise(ensemble: Ensemble) -> pd.DataFrame:
    """One row per headline measure: name, unit, p05, p50, p95, observed, source, meaning.

    ``observed`` is not-a-number where the scenario names no observation.
    """
    scenario = ensemble.scenario
    rows = []
    for measure in headline_measures(scenario):
        values = np.array([measure.of(run) for run in ensemble.runs])
        known = values[~np.isnan(values)]
        band = np.quantile(known, list(QUANTILES.values())) if known.size else [np.nan] * len(QUANTILES)
        seen = scenario.observed.get(measure.name)
        source = (seen.row or seen.note) if seen else ""
        rows.append((measure.name, measure.unit, *band, seen.value if seen else np.nan, source, measure.meaning))
    return pd.DataFrame(rows, columns=["measure", "unit", *QUANTILES, "observed", "source", "meaning"])


def print_summary(ensemble: Ensemble, summary: pd.DataFrame, console: Console) -> None:
    """Print the summary for a reader of policy: each row with its band and, where there is one, the observed value."""
    from sim.command.shared import terminal_table
    from sim.scenario.sources import count_assumed

    scenario, replicates = ensemble.scenario, len(ensemble.runs)
    console.print(f"\n[bold]{scenario.title}[/bold]")
    if scenario.question:
        console.print(scenario.question)
    rows = [
        (row.measure, _number(row.p50), f"{_number(row.p05)} to {_number(row.p95)}", _number(row.observed), row.unit)
        for row in summary.itertuples()
    ]
    columns = ("measure", "median", "90 % band", "observed", "unit")
    title = f"{replicates} runs of {scenario.population.users:,} people, {scenario.start} to {scenario.end}"
    console.print(terminal_table(title, columns, rows, numeric=columns[1:4]))
    assumed, claims = count_assumed(scenario)
    console.print(
        f"{assumed} of the {claims} numbers behind this rest on assumption (lawshock describe lists them). "
        "A laboratory for 'what if', not a forecast; see docs/limits.md."
    )


def _number(value: float) -> str:
    """Three significant digits, thousands separated; a dash for a missing number."""
    if np.isnan(value):
        return "–"
    if value != 0 and abs(value) < 1000:
        return f"{value:.3g}"
    return f"{value:,.0f}"


def unknown_observations(scenario: Scenario) -> list[str]:
    """Names under ``[observed]`` that are no headline measure of the scenario."""
    known = {measure.name for measure in headline_measures(scenario)}
    return [name for name in scenario.observed if name not in known]
