"""Readings: numbers taken from the tables of one run, in the words in which evidence is reported.

Each function returns a measure, a function of a run. Dates are calendar dates; a reading is not-a-number where the run
does not reach them or has no such row, so that a pattern cannot pass on missing ground.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from sim.study.run import Run

type Reading = Callable[[Run], float]

REMOVAL = "removal"
"""Name of the channel of content removal in the table of requests."""
ANSWERS = ("process", "comply")
"""Stances under which a company answers demands for data."""


# Users


def share(platform: str, day: dt.date) -> Reading:
    """Percent of people who hold an app on a day."""
    return lambda run: 100.0 * _on(_usage(run, platform), day, "share")


def share_change(platform: str, before: dt.date, after: dt.date) -> Reading:
    """Change of the share of holders from one day to another, in points."""
    return lambda run: share(platform, after)(run) - share(platform, before)(run)


def holders_ratio(platform: str, before: tuple[dt.date, dt.date], after: tuple[dt.date, dt.date]) -> Reading:
    """Mean holders in one period over mean holders in another."""

    def read(run: Run) -> float:
        usage = _usage(run, platform)
        return _ratio(_over(usage, *after)["holders"].mean(), _over(usage, *before)["holders"].mean())

    return read


def installs_ratio(platform: str, before: tuple[dt.date, dt.date], after: tuple[dt.date, dt.date]) -> Reading:
    """Installs per day in one period over installs per day in another."""

    def read(run: Run) -> float:
        usage = _usage(run, platform)
        return _ratio(_over(usage, *after)["installs"].mean(), _over(usage, *before)["installs"].mean())

    return read


def newcomers_keeping(origin: str, destination: str, day: dt.date, before: dt.date) -> Reading:
    """Percent of the people a platform gained whom the other did not lose, as panels report it."""

    def read(run: Run) -> float:
        gained = share_change(destination, before, day)(run)
        lost = max(0.0, -share_change(origin, before, day)(run))
        return 100.0 * (1.0 - lost / gained) if gained > 0 else np.nan

    return read


def first_installs_over(origin: str, destination: str, first: dt.date, days: int) -> Reading:
    """First installs of one app in some days, in percent of the holders of another on the first of them."""

    def read(run: Run) -> float:
        new = _over(_usage(run, destination), first, first + dt.timedelta(days=days - 1))["first_installs"]
        return 100.0 * _ratio(new.sum() if len(new) == days else np.nan, _on(_usage(run, origin), first, "holders"))

    return read


def society_change(column: str, before: dt.date, after: dt.date) -> Reading:
    """Change of a share in the table of society, in points."""
    return lambda run: 100.0 * (_on(run.tables["society"], after, column) - _on(run.tables["society"], before, column))


def society_ratio(column: str, before: tuple[dt.date, dt.date], after: tuple[dt.date, dt.date]) -> Reading:
    """Mean of a column of the table of society in one period over its mean in another."""

    def read(run: Run) -> float:
        society = run.tables["society"]
        return _ratio(_over(society, *after)[column].mean(), _over(society, *before)[column].mean())

    return read


# Companies


def largest_cluster(companies: Iterable[str], law: dt.date, *, window: int, until: int) -> Reading:
    """Most companies that went public within ``window`` days of one another, up to day ``until`` after the law."""

    def read(run: Run) -> float:
        days = [day for company in companies if (day := _days_to_announcement(run, company, law)) <= until]
        return float(max((sum(first <= day < first + window for day in days) for first in days), default=0))

    return read


def silent_companies(companies: Iterable[str], law: dt.date) -> Reading:
    """Companies that had stopped for a day or more before they said so."""

    def read(run: Run) -> float:
        gaps = [_days_to_announcement(run, company, law) - _days_to_stop(run, company, law) for company in companies]
        return float(sum(np.isfinite(gap) and gap > 0 for gap in gaps))

    return read


def received(company: str, first: dt.date, last: dt.date) -> Reading:
    """Demands for data that a company received in a period."""
    return lambda run: float(_requests(run, company, first, last)["received"].sum(min_count=1))


def produced_share(company: str, first: dt.date, last: dt.date) -> Reading:
    """Demands answered with data in a period, over demands received in it."""

    def read(run: Run) -> float:
        table = _requests(run, company, first, last)
        return _ratio(table["produced"].sum(), table["received"].sum())

    return read


def stance_changes(company: str) -> Reading:
    """How often a company changed its stance."""

    def read(run: Run) -> float:
        stances = _company(run, company)["stance"].astype(str)
        return float((stances != stances.shift()).sum() - 1) if len(stances) else np.nan

    return read


def resumptions_per_year(companies: Iterable[str]) -> Reading:
    """Returns from a stop to answering, per company and year of stopping."""

    def read(run: Run) -> float:
        returns = days = 0
        for company in companies:
            answers = _company(run, company)["stance"].astype(str).isin(ANSWERS).to_numpy()
            returns += int((answers[1:] & ~answers[:-1]).sum())
            days += int((~answers).sum())
        return _ratio(returns, days / 365.25)

    return read


def days_to_stance(companies: Iterable[str], stance: str, start: dt.date) -> Reading:
    """Days from a date to the first day on which one of the companies holds a stance; infinity if none does."""

    def read(run: Run) -> float:
        table = run.tables["companies"]
        held = table["company"].isin(list(companies)) & (table["stance"].astype(str) == stance)
        return _days_to_first(table.loc[held & (table["date"] >= pd.Timestamp(start)), "date"], start)

    return read


def days_between_turns(company: str, turn: int, start: dt.date) -> Reading:
    """Days from one turn of a company between answering and not answering to the next; the first counts from a date.

    Infinity if the company makes fewer turns.
    """

    def read(run: Run) -> float:
        table = _company(run, company)
        answers = table["stance"].astype(str).isin(ANSWERS)
        turned = answers != answers.shift(fill_value=answers.iloc[0])
        turns = [pd.Timestamp(start), *table.loc[turned, "date"]]
        return float((turns[turn] - turns[turn - 1]).days) if len(turns) > turn else np.inf

    return read


def yielded_share(companies: Iterable[str], day: dt.date) -> Reading:
    """Share of companies that had met a demand by the end of a day."""
    names = list(companies)

    def read(run: Run) -> float:
        met = _acts(run, "meet a demand")
        return len(set(met.loc[met["date"] <= pd.Timestamp(day), "actor"]) & set(names)) / len(names)

    return read


def days_to_yield(company: str, start: dt.date) -> Reading:
    """Days from a date to the day on which a company met a demand; infinity if it never did."""

    def read(run: Run) -> float:
        met = _acts(run, "meet a demand")
        return _days_to_first(met.loc[met["actor"] == company, "date"], start)

    return read


# ISPs


def site_block_lag(isps: Iterable[str]) -> Reading:
    """Days that the slowest of some ISPs took for the first order against a website; infinity if one never acted."""

    def read(run: Run) -> float:
        lags = _lags_of_first_order(run)
        return max((lags.get(isp, math.inf) for isp in isps), default=math.nan) if lags else math.nan

    return read


def site_block_coverage() -> Reading:
    """Share of users behind ISPs that carried out the first order against a website."""

    def read(run: Run) -> float:
        lags = _lags_of_first_order(run)
        return sum(isp.share for name, isp in run.scenario.isps.items() if name in lags) if lags else math.nan

    return read


def over_blocking() -> Reading:
    """Largest share of co-hosted sites that an ISP's blocks hit on any day."""
    return lambda run: float(run.tables["isps"]["over_blocked"].max())


def blocks_per_platform_year() -> Reading:
    """Beginnings of blocks, most users cut off, per platform and year."""

    def read(run: Run) -> float:
        cut = _reachable(run) < 0.5
        begun = cut & ~cut.shift(fill_value=False)
        return _ratio(begun.to_numpy().sum(), cut.size / 365.25)

    return read


def cut_off_share(platform: str, day: dt.date) -> Reading:
    """Share of users for whom an app is hampered on a day, by more than half."""

    def read(run: Run) -> float:
        table = run.tables["isps"]
        rows = table[(table["date"] == pd.Timestamp(day)) & (table["platform"] == platform)]
        hampered = rows.loc[rows["access"] < 0.5, "isp"].astype(str)
        return sum(run.scenario.isps[name].share for name in hampered) if len(rows) else math.nan

    return read


def hampering_isps(platform: str, isps: Iterable[str], day: dt.date) -> Reading:
    """Share of some ISPs, each counted once, that hamper an app on a day by more than half."""
    names = list(isps)

    def read(run: Run) -> float:
        table = run.tables["isps"]
        rows = table[(table["date"] == pd.Timestamp(day)) & (table["platform"] == platform) & table["isp"].isin(names)]
        return float((rows["access"] < 0.5).sum()) / len(names) if len(rows) else math.nan

    return read


# Rows of a run


def _usage(run: Run, platform: str) -> pd.DataFrame:
    table = run.tables["usage"]
    return table[table["platform"] == platform]


def _company(run: Run, company: str) -> pd.DataFrame:
    table = run.tables["companies"]
    return table[table["company"] == company].reset_index(drop=True)


def _acts(run: Run, verb: str) -> pd.DataFrame:
    table = run.tables["acts"]
    return table[table["verb"] == verb]


def _requests(run: Run, company: str, first: dt.date, last: dt.date) -> pd.DataFrame:
    table = run.tables["requests"]
    return _over(table[(table["company"] == company) & (table["type"] != REMOVAL)], first, last)


def _over(table: pd.DataFrame, first: dt.date, last: dt.date) -> pd.DataFrame:
    """Rows of a period; none where the run does not cover all of it."""
    dates = table["date"]
    covered = len(table) and dates.iloc[0] <= pd.Timestamp(first) and pd.Timestamp(last) <= dates.iloc[-1]
    return table[(dates >= pd.Timestamp(first)) & (dates <= pd.Timestamp(last))] if covered else table.iloc[:0]


def _on(table: pd.DataFrame, day: dt.date, column: str) -> float:
    rows = table.loc[table["date"] == pd.Timestamp(day), column]
    return float(rows.iloc[0]) if len(rows) else np.nan


def _ratio(over: float, under: float) -> float:
    return float(over) / float(under) if under > 0 else np.nan


def _days_to_announcement(run: Run, company: str, law: dt.date) -> float:
    table = _company(run, company)
    return _days_to_first(table.loc[table["announced"] > 0, "date"], law)


def _days_to_stop(run: Run, company: str, law: dt.date) -> float:
    table = _company(run, company)
    return _days_to_first(table.loc[~table["stance"].astype(str).isin(ANSWERS), "date"], law)


def _days_to_first(dates: pd.Series, start: dt.date) -> float:
    return float((dates.iloc[0] - pd.Timestamp(start)).days) if len(dates) else np.inf


def _lags_of_first_order(run: Run) -> dict[str, float]:
    """Days that each ISP took to carry out the first order against a website."""
    orders = _acts(run, "order a site block")
    if not len(orders):
        return {}
    first, done = orders.iloc[0], _acts(run, "execute an order")
    done = done[done["because"].str.split().map(lambda ids: str(first["id"]) in ids)]
    return {str(row.actor): float((row.date - first["date"]).days) for row in done.itertuples()}


def _reachable(run: Run) -> pd.DataFrame:
    """Share of users who can use a platform: one row per day, one column per platform."""
    table = run.tables["isps"]
    weights = table["isp"].astype(str).map({name: isp.share for name, isp in run.scenario.isps.items()})
    reach = (table["access"] * weights.astype(float)).groupby([table["date"], table["platform"]], observed=True).sum()
    return reach.unstack()
