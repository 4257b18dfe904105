"""The summary of an ensemble: headline measures with bands, observed values beside them, and what they rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.measures import headline_measures
from sim.study.ensemble import QUANTILES

if TYPE_CHECKING:
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


def unknown_observations(scenario: Scenario) -> list[str]:
    """Names under ``[observed]`` that are no headline measure of the scenario."""
    known = {measure.name for measure in headline_measures(scenario)}
    return [name for name in scenario.observed if name not in known]
