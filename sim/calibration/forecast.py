"""Forecasts of cases whose outcome is still awaited: said beforehand, and scored when it is known.

Plausible worlds of an open case are run; of these count those that agree with what is known already.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim import bounded
from sim.calibration.bank import READINGS
from sim.calibration.priors import Vector
from sim.evidence.cases import CHECKS, Case, load_case, measure_all
from sim.evidence.checks import Awaited, Check
from sim.evidence.scores import crps, distance
from sim.results.folder import MANIFEST
from sim.results.posterior import load_posterior
from sim.results.reading import ResultsError, damaged, read_manifest
from sim.runs.executors import Call
from sim.runs.store import Store, Tables, tables_of
from sim.scenario.errors import ScenarioError, show
from sim.scenario.files import vary
from sim.scenario.schema import Scenario
from sim.scenario.words import day_in_words, number

REPLICATES, USERS = 200, 1_000
"""Plausible worlds and people in each: about two minutes of one core for a case of three years, measured."""
LEAST = 2
"""Worlds that must agree with what is known, for a score."""
FEW = 20
"""Of fewer worlds that agree with what is known a reader is told that they say little."""
NOTICE = "A test of the model, written down before the outcome was known, and no advice: nobody should act on it."
ANSWERS = {"yes": True, "no": False}
FORECAST, DRAWS, AGREES = "forecast", "draws", "agrees"
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

type Outcome = bool | float


# What is said


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
    """Forecast what a case awaits, in so many plausible worlds of so many people; what has its outcome is known.

    Args:
        case: It awaits something.
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
    checks = hashlib.sha256(bounded.read(case.folder / CHECKS)).hexdigest()
    depends_on = f"{world_of(case).digest()} {checks} {sorted(load_posterior().hashes.items())}"
    calls = [Call(_read, (case.folder.resolve(), users, one), of=depends_on) for one in range(seed, seed + replicates)]
    found = tables_of(calls, keep=keep, workers=workers, on_progress=on_progress)
    return summed_up(case, pd.concat([tables[READINGS] for tables in found], ignore_index=True))


def _read(folder: Path, users: int, seed: int) -> Tables:
    """Run a plausible world once, and take the readings of all checks, as the one row of a table."""
    case, people = load_case(folder, awaited=True), f"population.users={users}"
    fixed = [change.partition("=")[0] for change in case.checks[0].world.overrides]
    (drawn,) = load_posterior().values(vary(world_of(case), [people]), [seed], fixed)
    readings = measure_all(case, seed, [people, *(f"{key}={value!r}" for key, value in drawn.items())])
    return {READINGS: pd.DataFrame([{"seed": seed, **readings}])}


def summed_up(case: Case, readings: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The two tables of ``forecast``, from the readings of all checks, a row a draw."""
    known = [check for check in case.checks if not check.awaited]
    agrees = np.array([all(check.passes(row[check.id]) for check in known) for _, row in readings.iterrows()])
    draws = readings.assign(**{AGREES: agrees})
    if agrees.sum() < LEAST:
        raise ScenarioError.at(case.name, "", f"{LEAST} draws or more that agree with what is known (--replicates)",
                               f"{agrees.sum()} of {len(readings)}")  # fmt: skip
    rows = [_row(case, one, one.awaited, draws.loc[agrees, one.id].to_numpy()) for one in case.checks if one.awaited]
    return pd.DataFrame(rows), draws


def check_open(case: Case, date: dt.date, users: int) -> None:
    """See before the work that a case can be forecast on a date.

    Raises:
        ScenarioError: It awaits nothing, or nothing after ``date``, or lives in several worlds, or ``users`` are out of
            bounds.
    """
    place, awaited = str(case.folder / CHECKS), {one.id: one.awaited.day for one in case.checks if one.awaited}
    if not awaited:
        raise ScenarioError.at(place, "checks", "a check with awaited", "outcomes alone; lawshock validate scores them")
    for name, day in awaited.items():
        if day <= date:
            raise ScenarioError.at(place, f"checks.{name}.awaited.day", f"a day after that of the forecast, {date}",
                                   str(day))  # fmt: skip
    if len({check.world for check in case.checks}) > 1:
        raise ScenarioError.at(place, "checks", "one world, in which all that is known holds", "several")
    vary(world_of(case), [f"population.users={users}"])


def world_of(case: Case) -> Scenario:
    """The world of a forecast."""
    return case.worlds[case.checks[0].world]


def _row(case: Case, check: Check, awaited: Awaited, values: Vector) -> dict[str, object]:
    low, high = (value if np.isfinite(value) else np.nan for value in (check.low, check.high))
    is_number = np.isnan(low) and np.isnan(high)
    values = _at_most(values, awaited.most)
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
        "most": np.nan if awaited.most is None else awaited.most,
        "scale": check.scale,
        "spread": check.spread if is_number else np.nan,
        "known": awaited.day,
        "source": awaited.source,
    }


def _at_most(values: Vector, most: float | None) -> Vector:
    """Values, of which those that are larger than ``most`` count as it: a score stays proper under this."""
    return values if most is None or np.isnan(most) else np.minimum(values, most)


def as_page(case: Case, table: pd.DataFrame, draws: pd.DataFrame, date: dt.date) -> str:
    """The page of a forecast in Markdown, for its folder: what was said, on which day, and what it is not."""
    rows = ["| check | question | forecast | known on | what will tell |", "|---|---|---|---|---|"]
    for row in table.to_dict("records"):
        cells = (row["check"], row["question"], in_words(row), row["known"], row["source"])
        rows.append(f"| {' | '.join(map(str, cells))} |")
    parts = [
        f"# Forecast of {day_in_words(date)}: {case.scenario.title}",
        f"**{NOTICE}**",
        how_many(draws),
        "\n".join(rows),
        *([f"Not known to those who wrote it: {case.unknown}"] if case.unknown else []),
        "When an outcome is known, write it into a CSV file with the columns `check` and `observed` (yes, no, or a "
        "number):\n`lawshock validate --score FOLDER --observed FILE` scores it. The day above is what its author "
        "says; a commit, or an archive with a date of its own, bears witness to it.",
    ]
    return "\n\n".join(parts) + "\n"


def how_many(draws: pd.DataFrame) -> str:
    """How many draws make the forecast, and whether these are few."""
    agree = int(draws[AGREES].sum())
    few = ": too few for more than a rough word" if agree < FEW else ""
    return f"{agree} of {len(draws)} plausible worlds agree with what is known already, and make the forecast{few}."


def in_words(row: dict[Any, Any]) -> str:
    """The forecast of a row: a probability, or the median with the middle half and the middle nine tenths."""
    if not math.isnan(row["probability"]):
        return f"yes with probability {row['probability']:.2f}"
    p05, p25, p50, p75, p95 = (number(row[name]) for name in QUANTILES)
    end = f" ({p95}: that or more)" if row["p95"] == row["most"] else ""
    return f"{p50} {row['unit']}; half from {p25} to {p75}, nine tenths from {p05} to {p95}{end}"


# How it came out


def registered(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The forecast and the draws of a folder, as they were registered.

    Raises:
        ResultsError: It is no such folder, or a file is not what the manifest says.
    """
    manifest = read_manifest(folder)
    tables = [f"{name}.csv" for name in (FORECAST, DRAWS)]
    if not manifest["files"].keys() >= set(tables):
        raise ResultsError(f"{folder}: expected a forecast that lawshock validate --register wrote, found others")
    for name in damaged(folder, manifest):
        found = f"other bytes than {MANIFEST} says; a forecast that was altered is not scored"
        raise ResultsError(f"{folder / name}: expected the file that was registered, found {found}")
    table, draws = (bounded.csv(folder / name) for name in tables)
    return table, draws


def seal(folder: Path) -> str:
    """SHA-256 of a folder's manifest, which has those of all other files: who publishes it can change nothing."""
    return hashlib.sha256(bounded.read(folder / MANIFEST)).hexdigest()


def read_outcomes(file: Path, table: pd.DataFrame) -> dict[str, Outcome]:
    """What was observed: from a CSV file with check and observed, or a case whose checks have values by now.

    Raises:
        ScenarioError: One line about the first thing that is not as expected.
    """
    bounds = {row.check: (row.low, row.high) for row in table.itertuples()}
    if file.suffix == ".toml" or file.is_dir():
        checks = load_case(file, awaited=True).checks
        known = {one.id: one.observed for one in checks if one.id in bounds and not math.isnan(one.observed)}
        outcomes = {name: _answer(value, *bounds[name]) for name, value in known.items()}
    else:
        outcomes = dict(_outcomes(file, bounds))
    if not outcomes:
        raise ScenarioError.at(str(file), "", f"the outcome of one or more of {', '.join(bounds)}", "none")
    return outcomes


def _outcomes(file: Path, bounds: Mapping[str, tuple[float, float]]) -> Iterator[tuple[str, Outcome]]:
    rows = csv.DictReader(bounded.text(file).splitlines())
    if not {"check", "observed"} <= set(rows.fieldnames or ()):
        raise ScenarioError.at(str(file), "", "the columns check and observed", show(",".join(rows.fieldnames or ())))
    seen: set[str] = set()
    for row in rows:
        name, said = ((row[key] or "").strip() for key in ("check", "observed"))
        where = f"line {rows.line_num}"
        if name not in bounds or name in seen:
            found = f"{show(name)} again" if name in seen else show(name)
            raise ScenarioError.at(str(file), where, f"one of {', '.join(bounds)}", found, bounds, name)
        seen.add(name)
        asks = not np.isnan(bounds[name]).all()
        try:
            yield name, ANSWERS[said] if asks and said in ANSWERS else _answer(float(said), *bounds[name])
        except ValueError:
            raise ScenarioError.at(str(file), f"{where}: {name}", "yes, no or a number" if asks else "a number",
                                   show(said), ANSWERS if asks else (), said) from None  # fmt: skip


def _answer(value: float, low: float, high: float) -> Outcome:
    """A number as it is; where bounds ask for yes or no, whether it lies within."""
    if math.isnan(value):
        raise ValueError("not a number")
    if math.isnan(low) and math.isnan(high):
        return value
    return not (value < low or value > high)


def score(table: pd.DataFrame, draws: pd.DataFrame, outcomes: Mapping[str, Outcome]) -> pd.DataFrame:
    """Score each question that has its outcome.

    Returns:
        For a number the CRPS in spreads, and whether the middle half and nine tenths held it; for yes or no the Brier
        score, the square of what the probability was off: 0 is best, and who always says one half gets 0.25.
    """
    agreeing = draws[draws[AGREES]]
    rows = []
    for row in table[table["check"].isin(list(outcomes))].itertuples():
        outcome, name = outcomes[str(row.check)], str(row.check)
        found: dict[str, object] = {"check": name, "question": row.question, "unit": row.unit}
        if isinstance(outcome, bool):
            found |= {"observed": "yes" if outcome else "no", "probability": row.probability,
                      "brier": (row.probability - outcome) ** 2}  # fmt: skip
        else:
            (seen,), values = (_at_most(np.asarray(some), row.most) for some in ([outcome], agreeing[name]))
            apart = np.array([distance(one, seen, row.spread, log=row.scale == "log") for one in values])
            found |= {"observed": seen, "median": row.p50, "crps": crps(apart), "in_half": row.p25 <= seen <= row.p75,
                      "in_band": row.p05 <= seen <= row.p95}  # fmt: skip
        rows.append(found)
    columns = ["check", "question", "unit", "observed", "median", "probability", "crps", "brier", "in_half", "in_band"]
    return pd.DataFrame(rows, columns=columns)
