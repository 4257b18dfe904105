"""Readings of the table of usage: who holds and uses which app. Several platforms are summed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.evidence.readings.arguments import Day, Platform, Platforms, Span, UsageColumn, Whole, columns
from sim.evidence.readings.naming import POINTS, RATIO, SHARE, Units, change_units, level_units, reading
from sim.evidence.readings.rows import Reading, mean, on, over, usage_of
from sim.evidence.readings.rows import ratio as over_positive

if TYPE_CHECKING:
    from sim.runs.once import Run

FLOWS = ("installs", "first_installs", "removals")
"""Columns that count what happened on a day, so that days add up."""
ONE_DAY = dt.timedelta(days=1)


def _level_units(of: str, **_: Any) -> Units:
    return level_units(columns("usage")[of])


def _change_units(of: str, **_: Any) -> Units:
    return change_units(columns("usage")[of])


@reading(_level_units)
def level(of: UsageColumn, platforms: Platforms, at: Span) -> Reading:
    """A column on a day, or its mean over several."""
    return lambda run: mean(usage_of(run, platforms, of), of, at)


@reading(_change_units)
def change(of: UsageColumn, platforms: Platforms, before: Span, after: Span) -> Reading:
    """A column after minus before."""

    def read(run: Run) -> float:
        rows = usage_of(run, platforms, of)
        return mean(rows, of, after) - mean(rows, of, before)

    return read


@reading(RATIO)
def ratio(of: UsageColumn, platforms: Platforms, before: Span, after: Span) -> Reading:
    """A column after over before."""

    def read(run: Run) -> float:
        rows = usage_of(run, platforms, of)
        return over_positive(mean(rows, of, after), mean(rows, of, before))

    return read


@reading(SHARE)
def loss(of: UsageColumn, platforms: Platforms, before: Span, after: Span) -> Reading:
    """What is gone of a column, as a part of what there was before; negative where it grew."""
    kept = ratio(of, platforms, before, after)
    return lambda run: 1.0 - kept(run)


@reading(RATIO)
def excess_left(of: UsageColumn, platforms: Platforms, before: Span, peak: Span, after: Span) -> Reading:
    """What is left of a rise: (after - before) / (peak - before); not-a-number where nothing rose."""

    def read(run: Run) -> float:
        rows = usage_of(run, platforms, of)
        quiet = mean(rows, of, before)
        return over_positive(mean(rows, of, after) - quiet, mean(rows, of, peak) - quiet)

    return read


@reading(POINTS)
def excess_lasts_longer(
    of: UsageColumn, platform: Platform, than: Platform, before: Span, peak: Span, after: Span
) -> Reading:
    """What is left of one platform's rise minus what is left of another's."""
    mine = excess_left(of, (platform,), before, peak, after)
    other = excess_left(of, (than,), before, peak, after)
    return lambda run: mine(run) - other(run)


def _around(first: dt.date, days: int, **_: Any) -> Iterable[dt.date]:
    return first - ONE_DAY, first + dt.timedelta(days=days - 1)


@reading(SHARE, days=_around)
def gain_of_base(
    platforms: Platforms,
    base: Platforms,
    first: Day,
    days: Whole,
    of: UsageColumn = "installs",
    base_of: UsageColumn = "holders",
) -> Reading:
    """What platforms gain in some days, over what others had on the day before.

    Installs and the like add up over the days; of other columns the gain is the change from the day before the first.
    """
    eve, last = _around(first, days)

    def read(run: Run) -> float:
        rows = usage_of(run, platforms, of)
        if of in FLOWS:
            found = over(rows, first, last)[of]
            gained = float(found.sum()) if len(found) else np.nan
        else:
            gained = on(rows, last, of) - on(rows, eve, of)
        return over_positive(gained, on(usage_of(run, base, base_of), eve, base_of))

    return read


@reading(SHARE)
def newcomers_keeping(origin: Platform, destination: Platform, before: Day, after: Day) -> Reading:
    """Part of the people a platform gained whom the other did not lose, as panels report it."""

    def read(run: Run) -> float:
        gained = change("share", (destination,), (before, before), (after, after))(run)
        lost = max(0.0, -change("share", (origin,), (before, before), (after, after))(run))
        return 1.0 - lost / gained if gained > 0 else np.nan

    return read
