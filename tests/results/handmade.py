"""Runs whose tables a test has written by hand, so that every measure of them is known beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sim.measures import headline_measures
from sim.scenario.schema import Scenario
from sim.tables import Grid, Run, Tables, measures


def run_of(scenario: Scenario, tables: Mapping[str, Mapping[str, Any]], stances: Any = "process") -> Run:
    """A run of these tables: name of the table, column, and its values of shape (days, cells), or what broadcasts so.

    What is not given is zero, and access is one. ``stances`` is one for all, or an array of (days, companies).
    """
    names, companies = list(scenario.platforms), list(scenario.companies)
    labels: dict[str, list[tuple[str, ...]]] = {
        "usage": [(name,) for name in names],
        "companies": [(name,) for name in companies],
        "requests": [
            (name, kind) for name, company in scenario.companies.items() for kind in (*company.requests, "removal")
        ],
        "isps": [(isp, name) for isp in scenario.isps for name in names],
        "society": [],
        "measures": [],
    }
    grids = {}
    for table, cells in labels.items():
        shape = scenario.days, len(cells) if table in ("usage", "companies", "requests", "isps") else 1
        columns = {name: np.zeros(shape) for name in measures(table)}
        if table == "isps":
            columns["access"] += 1.0
        for name, values in tables.get(table, {}).items():
            given = np.asarray(values, float)
            given = given[:, None] if given.ndim == 1 and given.size == scenario.days else given
            columns[name] = np.broadcast_to(given, shape).copy()
        grids[table] = Grid(cells, columns)
    held = np.empty((scenario.days, len(companies)), dtype=object)
    held[:] = stances
    return Run(scenario, 1, Tables(str(scenario.start), grids, held, lambda: None))


def value(run: Run, id: str) -> float:
    """A headline measure of a run."""
    return {measure.id: measure.of for measure in headline_measures(run.scenario)}[id](run)


def spikes(days: int, **counts: float) -> np.ndarray:
    """Zeros but for some days, given as ``day_7=3.0``."""
    values = np.zeros(days)
    for name, count in counts.items():
        values[int(name.removeprefix("day_"))] = count
    return values
