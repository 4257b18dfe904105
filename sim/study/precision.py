"""How many replicates: as many as make the interval of a paired difference as narrow as was asked."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.measures import headline_measures
from sim.results.bands import interval_of_mean
from sim.results.paired import against_first
from sim.scenario.words import did_you_mean
from sim.study.design import DesignError

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario
    from sim.study.study import Study

OPTION = "--to-precision"
POINTS = ("percent", "points")
"""Units of measures whose differences are percentage points, written ``pp``."""
LEAST_GROWTH, LARGEST_GROWTH = 1.1, 2.0
"""By how much replicates grow at a time, at least and at most."""


@dataclass(frozen=True, slots=True)
class Target:
    """The interval of the mean difference of a measure from cell 0 is to be at most so wide, from end to end."""

    measure: str
    width: float


def parse_target(text: str, scenario: Scenario) -> Target:
    """Read ``MEASURE:WIDTH``, such as ``WhatsApp share:0.1pp``; a unit may follow the number.

    Raises:
        DesignError: The scenario has no such measure, or the width is not a positive number in its unit.
    """
    name, colon, width = (part.strip() for part in text.rpartition(":"))
    if not colon:
        raise DesignError(f"{OPTION}: expected 'measure:width', such as 'WhatsApp share:0.1pp', found {text!r}")
    known = unit_of(name, scenario, OPTION)
    unit = "pp" if known in POINTS else known
    number = re.fullmatch(r"([0-9.]+(?:e-?\d+)?)\s*(\D*)", width)
    if number is None or number[2] not in ("", unit) or not _positive(number[1]):
        raise DesignError(f"{OPTION} {name}: expected a width above 0 in {unit}, found {width!r}")
    return Target(name, float(number[1]))


def unit_of(measure: str, scenario: Scenario, option: str) -> str:
    """Unit of a headline measure.

    Raises:
        DesignError: The scenario has no such measure; ``option`` is what named it.
    """
    known = {one.name: one.unit for one in headline_measures(scenario)}
    if measure not in known:
        hint = did_you_mean(measure, known, alike=0.3) or f"there is, for one, {next(iter(known))!r}"
        raise DesignError(f"{option}: no headline measure {measure!r}; {hint}")
    return known[measure]


def _positive(text: str) -> bool:
    try:
        return 0 < float(text) < math.inf
    except ValueError:
        return False


def widths(study: Study, target: Target) -> dict[int, float]:
    """Width of the interval in each cell but the first, by number; not-a-number below two replicates."""
    gaps = against_first(study.runs([target.measure]), target.measure)
    intervals = interval_of_mean(gaps[gaps["cell"] > 0], ["cell"], "difference")
    return dict(zip(intervals["cell"].tolist(), (intervals["high"] - intervals["low"]).tolist(), strict=True))


def replicates_needed(study: Study, targets: Sequence[Target], at_most: int) -> list[int]:
    """Replicates that each cell should have next.

    The width falls with the square root of the number of replicates, which says how many are missing. At most as many
    again are added at a time, as the spread of few replicates is not well known. Cell 0 has as many as the largest.
    Looking after each addition makes the interval cover the mean a little less often than it says.
    """
    wanted = [cell.replicates for cell in study.plan.cells]
    for target in targets:
        for cell, width in widths(study, target).items():
            now = study.plan.cells[cell].replicates
            if not width <= target.width and now < at_most:  # a missing width, too
                growth = LARGEST_GROWTH if math.isnan(width) else (width / target.width) ** 2
                more = math.ceil(now * min(max(growth, LEAST_GROWTH), LARGEST_GROWTH))
                wanted[cell] = max(wanted[cell], min(more, at_most))
    wanted[0] = max(wanted)
    return wanted
