"""The summary of an ensemble: headline measures with bands, observed values beside them, and what they rest on."""

import numpy as np
import pandas as pd

from sim.measures import COARSE, Measure, advice, headline_measures
from sim.results.bands import percentiles
from sim.results.ensemble import Ensemble
from sim.scenario.schema import Scenario
from sim.scenario.words import tally

COLUMNS = (
    "measure", "name", "unit", "median", "low", "high", "chance_low", "chance_high", "counts", "observed", "source",
    "meaning",
)  # fmt: skip


def summarise(ensemble: Ensemble) -> pd.DataFrame:
    """One row per headline measure, with ``COLUMNS``.

    ``low`` and ``high`` are the 5th and 95th percentile over plausible worlds, chance and parameters together;
    ``chance_low`` and ``chance_high`` those over runs of the best world, which differ in luck alone. An ensemble of one
    world has only these, and both bands are the same. Replicates that lack a measure are left out of its band.
    ``counts`` says of what comes in a few whole numbers how many replicates have which: "9 in 17, 10 in 3".
    ``observed`` is not-a-number where the scenario names no observation.
    """
    scenario = ensemble.scenario
    rows = []
    for measure in headline_measures(scenario):
        if not measure.is_headline:
            continue
        low, median, high = _band(measure, ensemble)
        luck_low, _, luck_high = _band(measure, ensemble.best) if ensemble.best else (low, median, high)
        seen = scenario.observed.get(measure.id)
        source = (seen.row or seen.note) if seen else ""
        value = seen.value if seen else np.nan
        rows.append(
            (measure.id, measure.name, measure.unit, median, low, high, luck_low, luck_high,
             _counts(measure, ensemble), value, source, measure.meaning)
        )  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _counts(measure: Measure, ensemble: Ensemble) -> str:
    """How many replicates have which value of a measure that comes in a few whole numbers."""
    if measure.unit not in COARSE:
        return ""
    return tally([measure.of(run) for run in ensemble.runs], COARSE[measure.unit])


def _band(measure: Measure, ensemble: Ensemble) -> tuple[float, float, float]:
    """Percentiles of a measure over the replicates that have it."""
    values = np.array([measure.of(run) for run in ensemble.runs])
    known = values[~np.isnan(values)]
    low, middle, high = percentiles(known)
    return float(low), float(middle), float(high)


def unknown_observations(scenario: Scenario) -> list[str]:
    """A line for each key under ``[observed]`` that is the id of no headline measure of the scenario."""
    measures = headline_measures(scenario)
    unknown = [id for id in scenario.observed if id not in {one.id for one in measures}]
    lines = [(f"observed.{id!r} is no headline measure of this scenario", advice(id, measures)) for id in unknown]
    return ["; ".join(filter(None, line)) for line in lines]
