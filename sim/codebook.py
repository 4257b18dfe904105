"""The codebook: what every column of every table of a run means."""

from dataclasses import dataclass
from typing import Literal

import pandas as pd

Kind = Literal["key", "measure", "text"]
"""``key`` columns name a row, ``measure`` columns have bands over replicates, ``text`` columns are to be read."""

NO_APP = "none"
WEEK = 7


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    unit: str
    meaning: str
    kind: Kind = "measure"
    counted: bool = False
    """Whether it counts what happened on the day, so that a week's is the sum; else it is a state, a mean or a rate."""


def _key(unit: str, meaning: str) -> Column:
    return Column(unit, meaning, "key")


def _text(meaning: str) -> Column:
    return Column("text", meaning, "text")


def _count(unit: str, meaning: str) -> Column:
    return Column(unit, meaning, counted=True)


_DATE = _key("date", "calendar day")
_PLATFORM = _key("name", "platform")
_COMPANY = _key("name", "company")

CODEBOOK: dict[str, dict[str, Column]] = {
    "usage": {
        "date": _DATE,
        "platform": _PLATFORM,
        "holders": Column("persons", "people who hold the app at the end of the day, scaled to the population"),
        "share": Column("share", "holders over all people"),
        "daily_users": Column("persons", "people expected to use the app on a day like this, scaled (eq. 7)"),
        "weekly_users": Column("persons", "people expected to use it within a week of such days, scaled (eq. 7)"),
        "monthly_users": Column("persons", "people expected to use it within thirty such days, scaled (eq. 7)"),
        "usage_share": Column("share", "mean share of the app in a person's use of apps of its type (eq. 7)"),
        "installs": _count("persons/day", "people who took the app that day, scaled"),
        "first_installs": _count("persons/day", "of these, people who had never held it, scaled"),
        "removals": _count("persons/day", "people who dropped the app that day, scaled"),
        "trials": Column("persons", "holders who are still trying the app, scaled"),
    },
    "flows": {
        "week": _key("date", "first day of the week"),
        "origin": _key("name", "app used most before, or none"),
        "destination": _key("name", "app used most after, or none"),
        "users": Column("persons/week", "people whose app used most moved, scaled from a sample"),
    },
    "companies": {
        "date": _DATE,
        "company": _COMPANY,
        "stance": _text("process, pause, mlat, refuse, cannot, comply, withdraw or exit"),
        "announced": Column("flag", "1 once a stance other than processing is public"),
        "on_review": Column("flag", "1 while the company reviews its answer (human-rights due diligence, eq. 15)"),
        "belief": Column("probability", "belief that the law is used politically (eq. 12)"),
        "cutoff": Column("probability", "belief above which pausing pays, at the present rung (eq. 11)"),
        "rung": Column("rung", "rung of the ladder that the company stands on, 0 to 6"),
    },
    "requests": {
        "date": _DATE,
        "company": _COMPANY,
        "type": _key("name", "type of request; 'removal' is the channel of content removal"),
        "received": _count("requests/day", "requests received"),
        "produced": _count("requests/day", "requests answered with data (removals: obeyed)"),
        "refused": _count("requests/day", "requests refused"),
        "granted": _count("requests/day", "requests that came back from mutual legal assistance with data"),
        "pending": Column("requests", "requests waiting at the end of the day"),
        "mlat": Column("requests", "requests under way through mutual legal assistance"),
        "accounts": _count("accounts/day", "accounts whose data was produced"),
    },
    "regulators": {
        "date": _DATE,
        "company": _COMPANY,
        "request_rate": Column("requests/day", "rate at which the police ask this company (eq. 17)"),
        "rung": Column("rung", "rung of the ladder against this company (eq. 18)"),
    },
    "isps": {
        "date": _DATE,
        "isp": _key("name", "internet service provider"),
        "platform": _PLATFORM,
        "access": Column("share", "usability of the platform on this ISP, 1 is free (eq. 20)"),
        "over_blocked": Column("share", "co-hosted sites hit by this ISP's blocks"),
    },
    "society": {
        "date": _DATE,
        "salience": Column("salience", "attention to surveillance, 1 is the WhatsApp wave of January 2021 (eq. 1)"),
        "access_attention": Column("salience", "attention to blocks, throttles and outages (eq. 1)"),
        "pressure": Column("pressure", "pressure of civil society on companies"),
        "arrests": Column("persons/day", "arrests under the law, mean of 30 days"),
        "vagueness": Column("share", "how far the law in force leaves open what is forbidden"),
        "vpn": Column("share", "people with a VPN (eq. 9)"),
        "speaking": Column("share", "people who speak publicly about politics (eq. 10)"),
        "deletions": _count("persons/day", "people who delete posts, scaled (eq. 10)"),
        "multi_homing": Column("share", "people who hold two or more apps"),
    },
    "measures": {
        "date": _DATE,
        "disclosed_accounts": Column("accounts", "accounts whose data was produced, since the start"),
        "safe_reach": Column("share", "ties whose ends share an app that works and whose owner hands nothing over"),
    },
    "acts": {
        "id": _key("number", "number of the act in this run"),
        "date": _DATE,
        "actor": _text("who acted"),
        "verb": _text("what was done"),
        "target": _text("to whom"),
        "because": _text("ids of the earlier acts that caused it"),
        "quantities": _text("quantities that decided it"),
        "sentence": _text("the act as a sentence"),
    },
}
"""Table, column, meaning: every column that a run writes."""


def keys(table: str) -> list[str]:
    """Names of the columns that name a row of ``table``."""
    return [name for name, column in CODEBOOK[table].items() if column.kind == "key"]


def measures(table: str) -> list[str]:
    """Names of the columns of ``table`` that have bands over replicates."""
    return [name for name, column in CODEBOOK[table].items() if column.kind == "measure"]


def by_week(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """A daily table by the week: counts of a day are summed; states, means and rates are as at the week's end.

    Args:
        table: Name of the table, with ``date`` as its first key.
        frame: Its rows, in the order that a run gives them.
    """
    first = frame["date"].min()  # of a table without rows, as of companies where there are none, it is no date
    days = (frame["date"] - first).dt.days
    weeks = first + pd.to_timedelta(days // WEEK * WEEK, unit="D")
    rules = {name: "sum" if CODEBOOK[table][name].counted else "last" for name in measures(table)}
    labels = [weeks.rename("week"), *(frame[name] for name in keys(table)[1:])]
    return frame.groupby(labels, observed=True, sort=False).agg(rules).reset_index()
