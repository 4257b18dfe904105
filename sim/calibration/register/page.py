"""The page of a registered forecast: what was said, on which day, and what it is not."""

import datetime as dt
import math
from typing import Any

import pandas as pd

from sim.calibration.register.analysis import AGREES, QUANTILES
from sim.evidence.cases import Case
from sim.scenario.words import day_in_words, number

FEW = 20
"""Of fewer worlds that agree with what is known a reader is told that they say little."""
NOTICE = "A test of the model, written down before the outcome was known, and no advice: nobody should act on it."


def as_page(case: Case, table: pd.DataFrame, draws: pd.DataFrame, date: dt.date) -> str:
    """The page in Markdown, for the folder of the forecast."""
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
        "number):\n`lawshock register --score FOLDER --observed FILE` scores it. The day above is what its author "
        "says; a commit, or an archive with a date of its own, bears witness to it.",
    ]
    return "\n\n".join(parts) + "\n"


def how_many(draws: pd.DataFrame) -> str:
    """How many draws make the forecast, and whether these are few."""
    agree = int(draws[AGREES].sum())
    few = ": too few for more than a rough word" if agree < FEW else ""
    return f"{agree} of {len(draws)} plausible worlds agree with what is known already, and make the forecast{few}."


def in_words(row: dict[str, Any]) -> str:
    """The forecast of a row: a probability, or the median with the middle half and the middle nine tenths."""
    if not math.isnan(row["probability"]):
        return f"yes with probability {row['probability']:.2f}"
    p05, p25, p50, p75, p95 = (number(row[name]) for name in QUANTILES)
    end = f" ({p95}: that or more)" if row["p95"] == row["most"] else ""
    return f"{p50} {row['unit']}; half from {p25} to {p75}, nine tenths from {p05} to {p95}{end}"
