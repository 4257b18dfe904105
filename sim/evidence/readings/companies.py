"""Readings of what companies did: pauses, announcements, answers to demands, turns and yielding."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.evidence.readings.arguments import Companies, Company, Day, Span, Stance, Whole
from sim.evidence.readings.naming import COMPANIES, DAYS, SHARE, reading
from sim.evidence.readings.rows import Reading, acts, days_to_first, over, ratio
from sim.evidence.readings.rows import company as _rows

if TYPE_CHECKING:
    from sim.runs.once import Run

REMOVAL = "removal"
"""Name of the channel of content removal in the table of requests."""
ANSWERS = ("process", "comply")
"""Stances under which a company answers demands for data."""
SETTLING = ("meet a demand", "resume", "obey")
"""Acts by which a company gives in."""
RETREAT = "give way"
"""Act by which a state does."""
EVER = 10**6


@reading(COMPANIES)
def largest_cluster(companies: Companies, since: Day, window: Whole, within: Whole = EVER) -> Reading:
    """Most companies that went public in ``window`` days of one another, up to ``within`` days after a date."""

    def read(run: Run) -> float:
        days = [day for name in companies if (day := _days_to_announcement(run, name, since)) <= within]
        return float(max((sum(first <= day < first + window for day in days) for first in days), default=0))

    return read


@reading(COMPANIES)
def silent_companies(companies: Companies, since: Day) -> Reading:
    """Companies that had stopped for a day or more before they said so."""

    def read(run: Run) -> float:
        gaps = [_days_to_announcement(run, name, since) - _days_to_stop(run, name, since) for name in companies]
        return float(sum(np.isfinite(gap) and gap > 0 for gap in gaps))

    return read


@reading({"requests": 1.0})
def received(company: Company, period: Span) -> Reading:
    """Demands for data that a company received in a period."""
    return lambda run: float(_requests(run, company, period)["received"].sum(min_count=1))


@reading(SHARE)
def produced_share(company: Company, period: Span) -> Reading:
    """Demands answered with data in a period, over demands received in it."""

    def read(run: Run) -> float:
        table = _requests(run, company, period)
        return ratio(table["produced"].sum(), table["received"].sum())

    return read


@reading({"changes": 1.0})
def stance_changes(company: Company) -> Reading:
    """How often a company changed its stance."""

    def read(run: Run) -> float:
        stances = _stances(run, company)
        return float((stances != stances.shift()).sum() - 1) if len(stances) else np.nan

    return read


@reading({"1/year": 1.0})
def resumptions_per_year(companies: Companies) -> Reading:
    """Returns from a stop to answering, per company and year of stopping."""

    def read(run: Run) -> float:
        returns = days = 0
        for name in companies:
            answers = _stances(run, name).isin(ANSWERS).to_numpy()
            returns += int((answers[1:] & ~answers[:-1]).sum())
            days += int((~answers).sum())
        return ratio(returns, days / 365.25)

    return read


@reading(DAYS)
def days_to_stance(companies: Companies, stance: Stance, since: Day) -> Reading:
    """Days from a date to the first day on which one of the companies holds a stance; infinity if none does."""

    def read(run: Run) -> float:
        table = run.tables["companies"]
        held = table["company"].isin(list(companies)) & (table["stance"].astype(str) == stance)
        return days_to_first(table.loc[held & (table["date"] >= pd.Timestamp(since)), "date"], since)

    return read


@reading(DAYS)
def days_between_turns(company: Company, turn: Whole, since: Day) -> Reading:
    """Days from one turn of a company between answering and not answering to the next; the first counts from a date.

    Infinity if the company makes fewer turns.
    """

    def read(run: Run) -> float:
        answers = _stances(run, company).isin(ANSWERS)
        turned = answers != answers.shift(fill_value=answers.iloc[0])
        turns = [pd.Timestamp(since), *_rows(run, company).loc[turned, "date"]]
        return float((turns[turn] - turns[turn - 1]).days) if len(turns) > turn else np.inf

    return read


@reading(SHARE)
def yielded_share(companies: Companies, day: Day) -> Reading:
    """Share of companies that had met a demand by the end of a day."""

    def read(run: Run) -> float:
        met = acts(run, "meet a demand")
        return len(set(met.loc[met["date"] <= pd.Timestamp(day), "actor"]) & set(companies)) / len(companies)

    return read


@reading(COMPANIES)
def holding_out(companies: Companies, day: Day) -> Reading:
    """Companies that had not met a demand by the end of a day."""
    yielded = yielded_share(companies, day)
    return lambda run: len(companies) * (1.0 - yielded(run))


@reading(DAYS)
def days_to_yield(company: Company, since: Day) -> Reading:
    """Days from a date to the day on which a company met a demand; infinity if it never did."""

    def read(run: Run) -> float:
        met = acts(run, "meet a demand")
        return days_to_first(met.loc[met["actor"] == company, "date"], since)

    return read


@reading(DAYS)
def days_to_settle(company: Company, since: Day) -> Reading:
    """Days from a date to the end of a dispute: the company gives in, or the state does; infinity within the run."""

    def read(run: Run) -> float:
        return days_to_first(_settled(run, company)["date"], since)

    return read


@reading(SHARE)
def settled_by_company(company: Company) -> Reading:
    """Whether it was the company that gave in (1) or the state (0); not-a-number where neither did."""

    def read(run: Run) -> float:
        ends = _settled(run, company)
        return float(ends["verb"].iloc[0] != RETREAT) if len(ends) else np.nan

    return read


@reading(DAYS)
def days_to_instalment(company: Company, since: Day) -> Reading:
    """Days from a date to the first part of a demand that a company met, or to all of it; infinity if it met none."""

    def read(run: Run) -> float:
        table = run.tables["acts"]
        paid = (table["actor"] == company) & table["verb"].isin(["meet a part", *SETTLING])
        return days_to_first(table.loc[paid, "date"], since)

    return read


def _settled(run: Run, company: str) -> pd.DataFrame:
    """Acts that ended a dispute of a company, in their order."""
    table = run.tables["acts"]
    gave_in = (table["actor"] == company) & table["verb"].isin(SETTLING)
    return table[gave_in | ((table["target"] == company) & (table["verb"] == RETREAT))]


def _stances(run: Run, name: str) -> pd.Series:
    return _rows(run, name)["stance"].astype(str)


def _requests(run: Run, name: str, period: tuple[dt.date, dt.date]) -> pd.DataFrame:
    table = run.tables["requests"]
    return over(table[(table["company"] == name) & (table["type"] != REMOVAL)], *period)


def _days_to_announcement(run: Run, name: str, since: dt.date) -> float:
    table = _rows(run, name)
    return days_to_first(table.loc[table["announced"] > 0, "date"], since)


def _days_to_stop(run: Run, name: str, since: dt.date) -> float:
    table = _rows(run, name)
    return days_to_first(table.loc[~table["stance"].astype(str).isin(ANSWERS), "date"], since)
