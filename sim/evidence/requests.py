"""What companies reported of data requests from Hong Kong, by half-year."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.evidence.facts import Fact, facts

if TYPE_CHECKING:
    import pandas as pd

TABLE = "hong-kong-2020/transparency"


@dataclass(frozen=True, slots=True)
class Channel:
    """How one company's report names a channel of requests.

    The share that brought data is in percent in ``share``, or the sum of ``produced`` over ``received``.
    """

    company: str
    entity: str
    type: str
    received: str
    share: str = ""
    produced: tuple[str, ...] = ()


CHANNELS = (
    Channel("Meta", "Facebook/Meta", "all", "user_data_requests", share="pct_some_data_produced"),
    Channel("Google", "Google", "legal", "user_data_requests", share="pct_some_data_produced"),
    Channel("Google", "Google", "emergency", "emergency_disclosure_requests", share="emergency_pct_some_data"),
    Channel("Twitter", "Twitter", "all", "user_data_requests", produced=("requests_with_some_data_count",)),
    Channel("Apple", "Apple", "device", "device_requests", produced=("device_requests_data_provided",)),
    Channel("Apple", "Apple", "financial", "financial_requests", produced=("financial_requests_data_provided",)),
    Channel(
        "Apple", "Apple", "account", "account_requests",
        produced=("account_requests_content_provided", "account_requests_noncontent_only_provided"),
    ),
)  # fmt: skip
"""Channels in the words of the tables of a run; ``all`` where a report does not tell types apart."""


def observed_requests(*, pooled: bool = False) -> pd.DataFrame:
    """Requests received and the share of them that brought data, per company, type and period.

    Args:
        pooled: Add up Apple's and Google's types; the share is then over all types.

    Returns:
        Columns period, start, end, company, type, variable (``received`` or ``produced_share``), value (requests, or a
        share from 0 to 1), source (key of the fact that holds the requests received, or of the first of them).
    """
    import pandas as pd

    rows = [row for channel in CHANNELS for row in _rows(channel)]
    columns = ["period", "start", "end", "company", "type", "received", "produced", "source"]
    frame = pd.DataFrame(rows, columns=columns)
    if pooled:
        by = ["company", "period", "start", "end"]
        sums = {"received": ("received", "sum"), "produced": ("produced", _sum_if_known), "source": ("source", "first")}
        frame = frame.groupby(by, as_index=False, sort=False).agg(**sums).assign(type="all")
    frame["produced_share"] = frame["produced"] / frame["received"].where(frame["received"] > 0)
    long = frame.melt(
        ["period", "start", "end", "company", "type", "source"], ["received", "produced_share"], value_name="value"
    )
    long = long.dropna(subset="value").sort_values(["company", "type", "variable", "start"], ignore_index=True)
    return long[["period", "start", "end", "company", "type", "variable", "value", "source"]]


def _sum_if_known(values: pd.Series) -> float:
    return float(values.sum(skipna=False))


def _rows(channel: Channel) -> Iterator[tuple[object, ...]]:
    """Period, start, end, company, type, received, produced (a count, or nothing where it is not reported) and key."""
    known = {one.key: one for one in facts() if one.table == TABLE and one.entity == channel.entity}
    for one in known.values():
        if one.variable == channel.received:
            yield (
                one.date_or_period, one.start, one.end, channel.company, channel.type, one.number(),
                _produced(channel, one, known), one.key,
            )  # fmt: skip


def _produced(channel: Channel, one: Fact, known: dict[str, Fact]) -> float | None:
    """Requests that brought data; unknown where the report gives a bound only."""
    if channel.share:
        share = known.get(f"{one.date_or_period} | {one.entity} | {channel.share}")
        exact = share is not None and share.low == share.high
        return one.number() * share.number() / 100 if share is not None and exact else None
    counts = [known.get(f"{one.date_or_period} | {one.entity} | {variable}") for variable in channel.produced]
    return sum(count.number() for count in counts if count) if all(counts) else None
