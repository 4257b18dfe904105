"""Simulated beside observed: where an observed value lies, and nothing about why."""

from dataclasses import dataclass

import pandas as pd

from sim.scenario.words import number
from sim.view.brief.sentences import Band


@dataclass(frozen=True, slots=True)
class Seen:
    """A headline measure with an observed value."""

    measure: str
    """Its name."""
    unit: str
    band: Band
    observed: float
    source: str

    @property
    def lies(self) -> str:
        """Where the observed value lies."""
        if not self.band.is_known:
            return "no simulated value"
        if self.observed < self.band.low:
            return f"below the band by {number(self.band.low - self.observed)}"
        if self.observed > self.band.high:
            return f"above the band by {number(self.observed - self.band.high)}"
        return "in the band"


def rows(summary: pd.DataFrame) -> list[Seen]:
    """The measures that have an observed value."""
    known = summary[summary["observed"].notna()]
    return [
        Seen(row.name, row.unit, Band(row.low, row.median, row.high), row.observed, row.source)
        for row in known.itertuples()
    ]


def in_words(summary: pd.DataFrame) -> str:
    """How many observed values lie in their bands."""
    found = rows(summary)
    if not found:
        return "The scenario names no observed value of a headline measure, so nothing is compared here."
    inside = sum(one.lies == "in the band" for one in found)
    return (
        f"Of {len(found)} headline measures with an observed value, {inside} {'has' if inside == 1 else 'have'} it in "
        "the band. Some parameters were set with such values in view: agreement is no proof, and disagreement is shown "
        "as it is."
    )
