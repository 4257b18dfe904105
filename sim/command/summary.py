"""The summary of an ensemble on a terminal."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from sim.command.shared import terminal_table

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

    from sim.study.ensemble import Ensemble


def print_summary(
    ensemble: Ensemble, summary: pd.DataFrame, console: Console, labels: Mapping[str, str] = MappingProxyType({})
) -> None:
    """Print the summary for a reader of policy: each row with its band and, where there is one, the observed value.

    ``labels`` say of a measure whether it depends on the weight of contacts, which no data identify.
    """
    from sim.scenario.sources import count_assumed

    scenario, replicates = ensemble.scenario, len(ensemble.runs)
    console.print(f"\n[bold]{scenario.title}[/bold]")
    if scenario.question:
        console.print(scenario.question)
    rows = [
        (
            row.measure,
            number(row.p50),
            f"{number(row.p05)} to {number(row.p95)}",
            number(row.observed),
            row.unit,
            *([labels.get(row.measure, "")] if labels else []),
        )
        for row in summary.itertuples()
    ]
    columns = ("measure", "median", "90 % band", "observed", "unit", *(["weight of contacts"] if labels else []))
    title = f"{replicates} runs of {scenario.population.users:,} people, {scenario.start} to {scenario.end}"
    console.print(terminal_table(title, columns, rows, numeric=columns[1:4]))
    assumed, claims = count_assumed(scenario)
    console.print(
        f"{assumed} of the {claims} numbers behind this rest on assumption (lawshock describe lists them). "
        "A laboratory for 'what if', not a forecast; see docs/limits.md."
    )


def number(value: float) -> str:
    """Three significant digits, thousands separated; a dash for a missing number."""
    if math.isnan(value):
        return "–"
    if value != 0 and abs(value) < 1000:
        return f"{value:.3g}"
    return f"{value:,.0f}"
