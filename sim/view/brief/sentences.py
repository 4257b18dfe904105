"""Sentences that the numbers carry: the verb follows from where the band lies, and nothing is said beyond it.

A band is the 5th to the 95th percentile over replicates. What *rose* has its whole band above zero, what *fell* below;
what *hardly changed* has it within a bound that the sentence names; of all else the sentence says that it is open.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from sim.scenario.words import banded, number

Verdict = Literal["rose", "fell", "flat", "open", "level", "unknown"]
"""What a sentence claims: a direction, next to no change, no direction, a level alone, or that there is no number."""

NEXT_TO_NOTHING = {"points": 1.0, "percent": 5.0, "times": 0.1}
"""Changes within this bound, in the unit of the measure, are told as hardly any."""
SINGULAR = {"points": "point", "companies": "company", "accounts": "account", "days": "day", "persons": "person"}


@dataclass(frozen=True, slots=True)
class Band:
    """Percentiles over replicates; not-a-number where no replicate has a value."""

    low: float
    middle: float
    high: float

    @property
    def is_known(self) -> bool:
        """Whether any replicate has a value."""
        return not math.isnan(self.middle)

    @property
    def texts(self) -> tuple[str, str, str]:
        """Its three numbers as they are told; dashes where there are none."""
        return banded(self.low, self.middle, self.high) if self.is_known else ("–", "–", "–")

    @property
    def said(self) -> str:
        """The middle."""
        return self.texts[1]

    def less(self, amount: float) -> Band:
        """The band moved down by ``amount``."""
        return Band(self.low - amount, self.middle - amount, self.high - amount)


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence, the measure that it rests on, and what it claims."""

    measure: str
    """Its id."""
    verdict: Verdict
    text: str


def by_name(table: pd.DataFrame) -> pd.DataFrame:
    """A table of measures for people, who read names: without ids."""
    return table.drop(columns="measure").rename(columns={"name": "measure"})


def amount(said: str, unit: str) -> str:
    """A number with its unit, as in a sentence."""
    if unit == "percent":
        return f"{said} %"
    return f"{said} {SINGULAR.get(unit, unit) if said in ('1', '−1') else unit}"


def span(band: Band) -> str:
    """The band in brackets."""
    low, _, high = band.texts
    return f"({low} to {high})"


def verdict(change: Band, unit: str) -> Verdict:
    """What may be said of a change whose band this is."""
    if not change.is_known:
        return "unknown"
    if max(abs(change.low), abs(change.high)) <= NEXT_TO_NOTHING.get(unit, 0.0):
        return "flat"
    if change.low > 0:
        return "rose"
    return "fell" if change.high < 0 else "open"


def tell_change(measure: str, subject: str, change: Band, unit: str, where: str = "") -> Finding:
    """Say how ``subject``, the beginning of a sentence, changed.

    Args:
        measure: Id of the measure.
        subject: What changed.
        change: Band of the change.
        unit: Of the change.
        where: End of the sentence, such as a level that was reached.
    """
    claim = verdict(change, unit)
    middle = amount(change.said, unit)
    if claim == "rose":
        text = f"{subject} rose by {middle} {span(change)}"
    elif claim == "fell":
        less = Band(-change.high, -change.middle, -change.low)
        text = f"{subject} fell by {amount(less.said, unit)} {span(less)}"
    elif claim == "flat":
        bound = amount(number(NEXT_TO_NOTHING.get(unit, 0.0)), unit)
        text = f"{subject} hardly changed, by {bound} at most: {middle} {span(change)}"
    elif claim == "open":
        text = f"Whether {_within(subject)} rose or fell is open: {middle} {span(change)}"
    else:
        text = f"{subject}: no run has a number for this"
    return Finding(measure, claim, f"{text}{where}.")


def tell_ratio(measure: str, subject: str, ratio: Band, against: str, where: str = "") -> Finding:
    """Say how many times as large ``subject`` was as ``against``; ``where`` ends the sentence."""
    claim = verdict(ratio.less(1.0), "times")
    level = f"{ratio.said} times {against} {span(ratio)}{where}"
    texts: dict[Verdict, str] = {
        "rose": f"{subject} rose to {level}.",
        "fell": f"{subject} fell to {level}.",
        "flat": f"{subject} hardly changed: {level}.",
        "open": f"Whether {_within(subject)} rose or fell is open: {level}.",
        "unknown": f"{subject}: no run has a number for this.",
    }
    return Finding(measure, claim, texts[claim])


def tell_level(measure: str, subject: str, level: Band, unit: str) -> Finding:
    """State a level, with no direction."""
    if not level.is_known:
        return Finding(measure, "unknown", f"{subject}: no run has a number for this.")
    return Finding(measure, "level", f"{subject}: {amount(level.said, unit)} {span(level)}.")


def _within(subject: str) -> str:
    """The subject inside a sentence: only an article loses its capital."""
    for article in ("The ", "Weekly ", "Daily "):
        if subject.startswith(article):
            return subject[0].lower() + subject[1:]
    return subject
