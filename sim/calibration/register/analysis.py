"""A forecast: plausible worlds of an open case, of which those count that agree with what is known already."""

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from sim.evidence.cases import CHECKS, Case, load_case, measure_all
from sim.evidence.checks import Check, World
from sim.results.posterior import Posterior, load_posterior
from sim.runs.executors import Call
from sim.runs.store import Store, tables_of
from sim.scenario.errors import ScenarioError
from sim.scenario.files import vary
from sim.scenario.schema import Scenario

LEAST = 2
"""Worlds that must agree with what is known, for a score."""
FORECAST, READINGS, AGREES = "forecast", "draws", "agrees"
QUANTILES = {"p05": 0.05, "p25": 0.25, "p50": 0.50, "p75": 0.75, "p95": 0.95}
COLUMNS = {
    "check": "short id of the question in checks.toml; a file of outcomes names it",
    "question": "what is asked, in words",
    "unit": "unit of the quantiles and of what will be observed; that of low and high where the answer is yes or no",
    **{name: f"{share:.0%} quantile over the draws that agree; empty where the answer is yes or no"
       for name, share in QUANTILES.items()},
    "probability": "share of the agreeing draws in which the answer is yes; empty where it is a number",
    "low": "least value that is a yes; empty where there is none",
    "high": "largest value that is a yes; empty where there is none",
    "most": "what is larger, or never comes within the run, counts as this; empty where nothing does",
    "scale": "log: distances from what will be observed are in natural logarithms; linear: in the unit",
    "spread": "one standard error of observation and model, on the scale, in which the score is counted",
    "known": "day on which the outcome will be known",
    "source": "what will tell it",
    "seed": "of the draw: it gives the parameters, and the luck of the run",
    AGREES: "whether the draw agrees with all that is known already; the others are in no forecast",
}  # fmt: skip


def forecast(
    case: Case,
    *,
    replicates: int,
    users: int,
    seed: int = 1,
    workers: int | None = None,
    keep: Store | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Forecast what a case awaits.

    Args:
        case: It awaits something; checks that have their outcome say what is known.
        replicates: Plausible worlds.
        users: People in each.
        seed: Of the first.
        workers: Processes; all cores when absent. The tables do not depend on it.
        keep: Where to keep finished runs until all are there.
        on_progress: Called with the number of runs done.

    Returns:
        The forecast, a row a question, and the readings, a row a draw; ``COLUMNS`` explains both.

    Raises:
        ScenarioError: Too few draws agree with what is known, or one that does has no reading.
    """
    calls = [
        Call(_read, (case.folder.resolve(), users, one), of=text_of(case)) for one in range(seed, seed + replicates)
    ]
    found = tables_of(calls, keep=keep, workers=workers, on_progress=on_progress)
    return told(case, pd.concat([tables[READINGS] for tables in found], ignore_index=True))


def told(case: Case, readings: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The two tables of ``forecast``, from the readings of all checks, a row a draw."""
    known = [check for check in case.checks if not check.awaited]
    agrees = np.array([all(check.passes(row[check.id]) for check in known) for _, row in readings.iterrows()])
    draws = readings.assign(**{AGREES: agrees})
    if agrees.sum() < LEAST:
        raise ScenarioError.at(case.name, "", f"{LEAST} draws or more that agree with what is known (--replicates)",
                               f"{agrees.sum()} of {len(readings)}")  # fmt: skip
    count = draws[agrees]
    return pd.DataFrame([_row(case, check, count[check.id].to_numpy()) for check in awaited(case)]), draws


def awaited(case: Case) -> list[Check]:
    """The checks of which no outcome is known."""
    return [check for check in case.checks if check.awaited]


def check_open(case: Case, date: dt.date, users: int) -> None:
    """See before the work that a case can be forecast.

    Args:
        case: Read with what it awaits.
        date: Of the forecast.
        users: People per run.

    Raises:
        ScenarioError: It awaits nothing, or nothing after ``date``, or lives in several worlds, or ``users`` are out of
            bounds.
    """
    place = str(case.folder / CHECKS)
    if not awaited(case):
        raise ScenarioError.at(place, "checks", "a check with awaited", "outcomes alone; lawshock validate scores them")
    for check in awaited(case):
        if check.awaited and check.awaited.day <= date:
            raise ScenarioError.at(place, f"checks.{check.id}.awaited.day", f"a day after that of the forecast, {date}",
                                   str(check.awaited.day))  # fmt: skip
    if len({check.world for check in case.checks}) > 1:
        raise ScenarioError.at(place, "checks", "one world, in which all that is known holds", "several")
    vary(scenario_of(case), [f"population.users={users}"])


def scenario_of(case: Case) -> Scenario:
    """The world of a forecast."""
    return case.worlds[_world(case)]


def _world(case: Case) -> World:
    return case.checks[0].world


def text_of(case: Case) -> str:
    """What the readings depend on beside the case's name: its world, how it is read, and the draws."""
    said = hashlib.sha256((case.folder / CHECKS).read_bytes()).hexdigest()
    return f"{scenario_of(case).digest()} {said} {sorted(load_posterior().hashes.items())}"


def _row(case: Case, check: Check, values: np.ndarray) -> dict[str, object]:
    open_until = check.awaited
    assert open_until
    low, high = (value if np.isfinite(value) else np.nan for value in (check.low, check.high))
    is_number = np.isnan(low) and np.isnan(high)
    values = at_most(values, open_until.most)
    if is_number and np.isnan(values).any():
        raise ScenarioError.at(f"{case.name}: {check.id}", "", "a reading in every draw that agrees with what is known",
                               f"none in {int(np.isnan(values).sum())} of {len(values)}")  # fmt: skip
    # Order statistics, as in a score: readings may be infinite.
    quantiles = np.quantile(values, list(QUANTILES.values()), method="inverted_cdf") if is_number else [np.nan] * 5
    return {
        "check": check.id,
        "question": check.what,
        "unit": check.unit,
        **dict(zip(QUANTILES, quantiles, strict=True)),
        "probability": np.nan if is_number else float(np.mean([check.passes(value) for value in values])),
        "low": low,
        "high": high,
        "most": np.nan if open_until.most is None else open_until.most,
        "scale": check.scale,
        "spread": check.spread if is_number else np.nan,
        "known": open_until.day,
        "source": open_until.source,
    }


def at_most(values: np.ndarray, most: float | None) -> np.ndarray:
    """Values, of which those that are larger than ``most`` count as it: a score stays proper under this."""
    return values if most is None or np.isnan(most) else np.minimum(values, most)


def _read(folder: Path, users: int, seed: int) -> Mapping[str, pd.DataFrame]:
    """Live a plausible world once, and take the readings of all checks, as the one row of a table."""
    case, draws = load_case(folder, awaited=True), load_posterior()
    (changes,) = _changes(draws, case, users, seed)
    readings = measure_all(case, seed, [f"population.users={users}", *changes])
    return {READINGS: pd.DataFrame([{"seed": seed, **readings}])}


def _changes(draws: Posterior, case: Case, users: int, seed: int) -> list[list[str]]:
    world = _world(case)
    fixed = [change.partition("=")[0] for change in world.overrides]
    scenario = vary(case.worlds[world], [f"population.users={users}"])
    return [[f"{key}={value!r}" for key, value in drawn.items()] for drawn in draws.values(scenario, [seed], fixed)]
