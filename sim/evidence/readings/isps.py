"""Readings of what ISPs did: how fast and how far blocks reach their users."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from sim.evidence.readings.arguments import Day, Isps, Platform
from sim.evidence.readings.naming import DAYS, SHARE, reading
from sim.evidence.readings.rows import Reading, acts, ratio

if TYPE_CHECKING:
    from sim.runs.once import Run

HAMPERED = 0.5
"""Usability below which a platform is said to be cut off, or hampered."""


@reading(DAYS)
def site_block_lag(isps: Isps) -> Reading:
    """Days that the slowest of some ISPs took for the first order against a website; infinity if one never acted."""

    def read(run: Run) -> float:
        lags = _lags_of_first_order(run)
        return max((lags.get(isp, math.inf) for isp in isps), default=math.nan) if lags else math.nan

    return read


@reading(SHARE)
def site_block_coverage() -> Reading:
    """Share of users behind ISPs that carried out the first order against a website."""

    def read(run: Run) -> float:
        lags = _lags_of_first_order(run)
        return sum(isp.share for name, isp in run.scenario.isps.items() if name in lags) if lags else math.nan

    return read


@reading(SHARE)
def over_blocking() -> Reading:
    """Largest share of co-hosted sites that an ISP's blocks hit on any day."""
    return lambda run: float(run.tables["isps"]["over_blocked"].max())


@reading({"1/platform-year": 1.0})
def blocks_per_platform_year() -> Reading:
    """Beginnings of blocks, most users cut off, per platform and year."""

    def read(run: Run) -> float:
        cut = _reachable(run) < HAMPERED
        begun = cut & ~cut.shift(fill_value=False)
        return ratio(begun.to_numpy().sum(), cut.size / 365.25)

    return read


@reading(SHARE)
def cut_off_share(platform: Platform, day: Day) -> Reading:
    """Share of users for whom an app is hampered on a day, by more than half."""

    def read(run: Run) -> float:
        table = run.tables["isps"]
        rows = table[(table["date"] == pd.Timestamp(day)) & (table["platform"] == platform)]
        hampered = rows.loc[rows["access"] < HAMPERED, "isp"].astype(str)
        return sum(run.scenario.isps[name].share for name in hampered) if len(rows) else math.nan

    return read


@reading(SHARE)
def hampering_isps(platform: Platform, isps: Isps, day: Day) -> Reading:
    """Share of some ISPs, each counted once, that hamper an app on a day by more than half."""

    def read(run: Run) -> float:
        table = run.tables["isps"]
        mine = table["isp"].isin(list(isps))
        rows = table[(table["date"] == pd.Timestamp(day)) & (table["platform"] == platform) & mine]
        return float((rows["access"] < HAMPERED).sum()) / len(isps) if len(rows) else math.nan

    return read


def _lags_of_first_order(run: Run) -> dict[str, float]:
    """Days that each ISP took to carry out the first order against a website."""
    orders = acts(run, "order a site block")
    if not len(orders):
        return {}
    first, done = orders.iloc[0], acts(run, "execute an order")
    done = done[done["because"].str.split().map(lambda ids: str(first["id"]) in ids)]
    return {str(row.actor): float((row.date - first["date"]).days) for row in done.itertuples()}


def _reachable(run: Run) -> pd.DataFrame:
    """Share of users who can use a platform: one row per day, one column per platform."""
    table = run.tables["isps"]
    weights = table["isp"].astype(str).map({name: isp.share for name, isp in run.scenario.isps.items()})
    reach = (table["access"] * weights.astype(float)).groupby([table["date"], table["platform"]], observed=True).sum()
    return reach.unstack()
