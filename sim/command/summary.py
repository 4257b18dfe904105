"""The summary of an ensemble on a terminal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sim.analyses.question import Listing
from sim.results.bands import held
from sim.scenario import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from sim.results.ensemble import Ensemble
    from sim.view.brief import Apart


PLAUSIBLE = (
    "How to read this. Plausible: {0} lie there, each with its own luck and its own draw of the parameters; "
    "quote this one, and the median, which is that of these worlds. Luck alone: where runs with the scenario's own "
    "parameters lie; it is no measure of how sure a result is."
)
ONE_WORLD = (
    "How to read this. Luck alone: {0} lie there, as if these were known; "
    "it is no measure of how sure a result is. Without --best the bands hold the doubt about parameters, too."
)
"""What the bands are, for readers who see them for the first time."""


def summary_told(ensemble: Ensemble, summary: pd.DataFrame) -> Iterator[str | Listing]:
    """The summary for a reader of policy: each row with its bands and, where there is one, the observed value."""
    from sim.scenario.schema import count_assumed

    scenario, replicates, is_plausible = ensemble.scenario, len(ensemble.runs), ensemble.best is not None
    yield "\n".join(["", scenario.title, *([scenario.question] if scenario.question else [])])
    rows = [
        (row.name, *cells(row, chance=is_plausible), number(row.observed), row.unit) for row in summary.itertuples()
    ]
    bands = (f"plausible ({held(replicates)})", "luck alone") if is_plausible else (f"luck alone ({held(replicates)})",)
    columns = ("measure", "median", *bands, "observed", "unit")
    title = f"{replicates} runs of {scenario.population.users:,} people, {scenario.start} to {scenario.end}"
    yield Listing(title, columns, rows, columns[1 : 3 + len(bands)])
    yield (
        PLAUSIBLE.format(held(replicates, "worlds"))
        if is_plausible
        else ONE_WORLD.format(held(replicates, "runs with the scenario's own parameters"))
    )
    assumed, claims = count_assumed(scenario)
    yield (
        f"{assumed} of the {claims} numbers behind this rest on assumption (lawshock describe lists them). "
        "A laboratory for 'what if', not a forecast; see docs/limits.md."
    )


def difference_told(apart: Apart) -> Iterator[str | Listing]:
    """What a world does that its baseline does not, beside the levels of both."""
    yield f"\nBeside the baseline: {apart.baseline}\n{apart.sentence}".replace("−", "-")
    if len(apart.rows):
        title = f"This world less the baseline on {apart.day}, mean of {apart.pairs} pairs of runs with the same luck"
        yield Listing(title, list(apart.rows), apart.rows.to_numpy().tolist(), list(apart.rows)[1:])
    yield f"{apart.rest} more quantities, open, nearly unchanged or told otherwise: differences.csv, pairs.csv."


def cells(row: Any, *, chance: bool) -> Iterator[str]:
    """Median and bands as fine as the band allows; of what comes in a few whole numbers, how many runs have which."""
    if row.counts:
        yield from ("", row.counts, *([""] if chance else []))
        return
    yield from rounded(row.low, row.median, row.high)
    if chance:
        places = words.decimals(row.low, row.high, row.median)
        yield " to ".join(words.ends(row.chance_low, row.chance_high, places)).replace("−", "-")


def rounded(low: float, middle: float, high: float) -> tuple[str, str]:
    """A number and its band as in a sentence, with the minus that every terminal has; a dash where there is none."""
    if math.isnan(middle):
        return "–", "–"
    first, text, last = (text.replace("−", "-") for text in words.banded(low, middle, high))
    return text, f"{first} to {last}"


def number(value: float) -> str:
    """A number as in a sentence, with the minus that every terminal has."""
    return words.number(value).replace("−", "-")
