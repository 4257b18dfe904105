"""Readings of the table of society: circumvention, speech, and how many apps people hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.evidence.readings import rows
from sim.evidence.readings.arguments import SocietyColumn, Span, columns
from sim.evidence.readings.naming import RATIO, Units, change_units, level_units, reading
from sim.evidence.readings.rows import Reading, mean

if TYPE_CHECKING:
    from sim.runs.once import Run


def _level_units(of: str, **_: Any) -> Units:
    return level_units(columns("society")[of])


def _change_units(of: str, **_: Any) -> Units:
    return change_units(columns("society")[of])


@reading(_level_units)
def society_level(of: SocietyColumn, at: Span) -> Reading:
    """A column on a day, or its mean over several."""
    return lambda run: mean(rows.society(run, of), of, at)


@reading(_change_units)
def society_change(of: SocietyColumn, before: Span, after: Span) -> Reading:
    """A column after minus before."""

    def read(run: Run) -> float:
        table = rows.society(run, of)
        return mean(table, of, after) - mean(table, of, before)

    return read


@reading(RATIO)
def society_ratio(of: SocietyColumn, before: Span, after: Span) -> Reading:
    """A column after over before."""

    def read(run: Run) -> float:
        table = rows.society(run, of)
        return rows.ratio(mean(table, of, after), mean(table, of, before))

    return read
