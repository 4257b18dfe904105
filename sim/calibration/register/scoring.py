"""How a forecast came out: what was registered, held against what was observed, by the scores of ``validate``."""

import csv
import hashlib
import math
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from sim.calibration.register.analysis import AGREES, FORECAST, READINGS, at_most
from sim.evidence.cases import load_case
from sim.evidence.scores import crps, distance
from sim.results.folder import MANIFEST
from sim.results.reading import ResultsError, damaged, read_manifest
from sim.scenario.errors import ScenarioError, show

LARGEST = 1_000_000
"""Bytes of a file of outcomes that are read."""
ANSWERS = {"yes": True, "no": False}
type Outcome = bool | float


def registered(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The forecast and the draws of a folder, as they were registered.

    Raises:
        ResultsError: It is no such folder, or a file is not what the manifest says.
    """
    manifest = read_manifest(folder)
    tables = [f"{name}.csv" for name in (FORECAST, READINGS)]
    if not manifest["files"].keys() >= set(tables):
        raise ResultsError(f"{folder}: expected a forecast that lawshock register wrote, found other results")
    for name in damaged(folder, manifest):
        raise ResultsError(
            f"{folder / name}: expected the file that was registered, found other bytes than {MANIFEST} says; "
            "a forecast that was altered is not scored"
        )
    table, draws = (pd.read_csv(folder / name) for name in tables)
    return table, draws


def seal(folder: Path) -> str:
    """SHA-256 of a folder's manifest, which has those of all other files: who publishes it can change nothing."""
    return hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()


def read_outcomes(file: Path, table: pd.DataFrame) -> dict[str, Outcome]:
    """What was observed: from a CSV file, or from a case's file of checks that has values by now.

    Args:
        file: ``check,observed`` and any other columns; or a folder with ``checks.toml``, or that file.
        table: The forecast.

    Raises:
        ScenarioError: One line about the first thing that is not as expected.
    """
    bounds = {row.check: (row.low, row.high) for row in table.itertuples()}
    if file.suffix == ".toml" or file.is_dir():
        checks = load_case(file, awaited=True).checks
        found = {one.id: one.observed for one in checks if one.id in bounds and not math.isnan(one.observed)}
        outcomes = {name: _answer(value, *bounds[name]) for name, value in found.items()}
    else:
        outcomes = dict(_rows(file, bounds))
    if not outcomes:
        raise ScenarioError.at(str(file), "", f"the outcome of one or more of {', '.join(bounds)}", "none")
    return outcomes


def _rows(file: Path, bounds: Mapping[str, tuple[float, float]]) -> Iterator[tuple[str, Outcome]]:
    with file.open("rb") as opened:
        text = opened.read(LARGEST).decode("utf-8-sig", errors="replace")
    rows = csv.DictReader(text.splitlines())
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
        low, high = bounds[name]
        asks = not (math.isnan(low) and math.isnan(high))
        try:
            yield name, ANSWERS[said] if asks and said in ANSWERS else _answer(float(said), low, high)
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
        ``check``, ``question``, ``observed``; for a number ``crps`` in spreads and whether the middle half and the
        middle nine tenths held it; for yes or no the ``brier`` score, the square of what the probability was off: 0 is
        best, and who always says one half gets 0.25.
    """
    told = draws[draws[AGREES]]
    rows = []
    for row in table[table["check"].isin(list(outcomes))].itertuples():
        outcome, name = outcomes[str(row.check)], str(row.check)
        found: dict[str, object] = {"check": name, "question": row.question, "unit": row.unit}
        if isinstance(outcome, bool):
            found |= {"observed": "yes" if outcome else "no", "probability": row.probability,
                      "brier": (row.probability - outcome) ** 2}  # fmt: skip
        else:
            (seen,), values = at_most(np.array([outcome]), row.most), at_most(told[name].to_numpy(), row.most)
            apart = np.array([distance(one, seen, row.spread, log=row.scale == "log") for one in values])
            found |= {"observed": seen, "median": row.p50, "crps": crps(apart), "in_half": row.p25 <= seen <= row.p75,
                      "in_band": row.p05 <= seen <= row.p95}  # fmt: skip
        rows.append(found)
    columns = ["check", "question", "unit", "observed", "median", "probability", "crps", "brier", "in_half", "in_band"]
    return pd.DataFrame(rows, columns=columns)
