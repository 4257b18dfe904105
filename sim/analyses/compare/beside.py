"""A world beside its baseline: what differs, in pairs of runs with the same luck, as tables that a folder keeps."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from sim.analyses.compare.outcomes import END, Course, courses, parting, quantities, read_off
from sim.results.ensemble import Ensemble

DIFFERENCES, PAIRS = "differences", "pairs"
"""Tables: differences with their bands, and the levels of every pair on the last day."""
PAIR_COLUMNS = ("measure", "unit", "date", "seed", "base", "other")


@dataclass(frozen=True)
class Beside:
    """Two ensembles whose runs with equal places are twins."""

    baseline: Ensemble
    other: Ensemble

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """What a folder keeps, by the names of its files."""
        return {DIFFERENCES: self.differences, PAIRS: self.pairs}

    @cached_property
    def differences(self) -> pd.DataFrame:
        """One row per quantity and time of reading, as in a comparison: ``COLUMNS`` of ``outcomes``."""
        return read_off(self._courses, self.baseline.scenario, self._between(self.baseline.chance, self.other.chance))

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """Levels of each pair at the end of the run: ``PAIR_COLUMNS``."""
        date = pd.Timestamp(self.baseline.scenario.end)
        rows = [
            (name, course.quantity.unit, date, seed, base, other)
            for name, course in self._courses.items()
            for day in [course.day(END)]
            for seed, base, other in zip(self.other.seeds, course.base[:, day], course.other[:, day], strict=True)
        ]
        return pd.DataFrame(rows, columns=list(PAIR_COLUMNS))

    @cached_property
    def _courses(self) -> Mapping[str, Course]:
        return self._between(self.baseline, self.other)

    def _between(self, base: Ensemble, other: Ensemble) -> Mapping[str, Course]:
        """Every quantity in both; of the runs that differ in luck alone the baseline may have fewer."""
        runs = list(zip(base.runs, other.runs, strict=False))
        first = parting(self.baseline.scenario, self.other.scenario, runs)
        one, two = zip(*runs, strict=True)
        return courses(one, two, quantities(base.scenario), first)
