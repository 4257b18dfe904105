"""From which population size on does a claim hold? The same worlds at sizes that grow tenfold.

The seeds are the same at every size, so that institutions meet the same luck; what is left between a size and the
largest one is the noise and the bias of having few people. Noise should fall as N^(-1/2).
"""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from sim.measures import OUT_OF_REACH, headline_measures, measured
from sim.runs.checkpoint import Checkpoint, tables_of
from sim.runs.executors import cores, enough
from sim.runs.once import run_once
from sim.runs.tasks import Call
from sim.scenario.schema import Scenario

SIZES = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
"""Population sizes, in persons."""
PRECISION = {"percent": 0.5, "points": 0.5}
"""Noise below which a measure counts as settled, by its unit; other units: ``RELATIVE_PRECISION`` of the value."""
RELATIVE_PRECISION = 0.05
TWO_SIDED_95 = 1.96
HEADLINES = "headlines"
"""Name of the table that a run leaves."""
COLUMNS = {
    "unit": "unit of mean, noise and bias",
    "users": "simulated people",
    "mean": "mean of the measure over seeds",
    "noise": "standard deviation over seeds of the difference from the largest size",
    "bias": "mean of the difference from the largest size",
    "bias_error": "half-width of the 95 % interval of the bias",
    "slope": "of the logarithm of noise on that of users; -0.5 is expected",
    "settled": "whether the noise of this and every larger size is within half a point, or 5 percent of the mean",
}


def scale(
    scenario: Scenario,
    *,
    sizes: Sequence[int] = SIZES,
    replicates: int = 10,
    seed: int = 1,
    workers: int | None = None,
    keep: Checkpoint | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> pd.DataFrame:
    """Headline measures of the people at each size, against the largest.

    Args:
        scenario: The world.
        sizes: Population sizes, at least two.
        replicates: Runs per size, at least two, with the same seeds at each.
        seed: First seed.
        workers: Processes, as in ``sim.run``.
        keep: Where to keep finished runs until all are there.
        on_progress: Called with the number of runs done.

    Returns:
        One row per measure and size: measure and ``COLUMNS``. Noise, bias and slope are missing at the largest size.
    """
    measures = [measure for measure in headline_measures(scenario) if _about_people(measure.name, scenario)]
    workers = enough(workers, replicates)
    how = {"threads": cores() if workers == 1 else 1}
    seeds = range(seed, seed + replicates)
    calls = [Call(_headlines, (_of_size(scenario, users), one), how) for users in sizes for one in seeds]
    found = tables_of(calls, [HEADLINES], keep=keep, workers=workers, on_progress=on_progress)
    names = [measure.name for measure in measures]
    values = np.array([table[HEADLINES][names].to_numpy()[0] for table in found])
    values = values.reshape(len(sizes), replicates, len(measures))
    return pd.concat([
        _convergence(values[:, :, m], sizes).assign(measure=measure.name, unit=measure.unit)
        for m, measure in enumerate(measures)
    ], ignore_index=True).pipe(_settled)  # fmt: skip


def _headlines(scenario: Scenario, seed: int, threads: int) -> dict[str, pd.DataFrame]:
    """The headline measures of one run, as the one row of a table."""
    return {HEADLINES: pd.DataFrame([measured(run_once(scenario, seed, threads))])}


def _about_people(name: str, scenario: Scenario) -> bool:
    """Whether a measure counts people: those of institutions do not depend on how many are simulated."""
    of_society = ("speech change", "deletion ratio", "VPN change", OUT_OF_REACH, "multi-homing change")
    kinds = ("change", "installs", "install jump")
    return name in of_society or name in {f"{platform} {kind}" for platform in scenario.platforms for kind in kinds}


def _of_size(scenario: Scenario, users: int) -> Scenario:
    return scenario.model_copy(update={"population": scenario.population.model_copy(update={"users": users})})


def _convergence(values: np.ndarray, sizes: Sequence[int]) -> pd.DataFrame:
    """One measure, an array of sizes by replicates."""
    differences = values[:-1] - values[-1]
    noise = differences.std(axis=1, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        pooled = 1 / (1 / np.array(sizes[:-1]) + 1 / sizes[-1])  # a difference carries the noise of both its ends
        slope = np.polyfit(np.log(pooled), np.log(noise), 1)[0] if (noise > 0).all() else np.nan
    return pd.DataFrame(
        {
            "users": sizes,
            "mean": values.mean(axis=1),
            "noise": [*noise, np.nan],
            "bias": [*differences.mean(axis=1), np.nan],
            "bias_error": [*(TWO_SIDED_95 * noise / np.sqrt(values.shape[1])), np.nan],
            "slope": slope,
        }
    )


def _settled(table: pd.DataFrame) -> pd.DataFrame:
    """Add whether noise is small enough at a size and at all larger ones."""
    precise = (table["noise"].isna() | (table["noise"] <= allowed(table))).astype(int)
    settled = precise[::-1].groupby(table["measure"][::-1]).cummin()[::-1].astype(bool)
    return table.assign(settled=settled)[
        ["measure", "unit", "users", "mean", "noise", "bias", "bias_error", "slope", "settled"]
    ]


def allowed(table: pd.DataFrame) -> pd.Series:
    """Noise up to which each row counts as precise, in the unit of its measure."""
    return table["unit"].map(PRECISION).fillna(RELATIVE_PRECISION * table["mean"].abs())


def smallest_settled(table: pd.DataFrame) -> pd.Series:
    """Smallest population size from which on each measure is settled, by measure."""
    return table[table["settled"] & table["noise"].notna()].groupby("measure", sort=False)["users"].min()
