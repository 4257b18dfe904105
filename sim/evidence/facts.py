"""Facts: what was observed, one row of a table each, with its source.

Tables that several cases use lie in ``evidence/<folder>/<table>.csv``, those of one case in ``cases/<name>/facts.csv``.
A fact is named by its table and its key:
``fact("hong-kong-2020/transparency", "2020H1 | Facebook/Meta | user_data_requests")``.
"""

from __future__ import annotations

import calendar
import csv
import datetime as dt
import functools
import io
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from sim import bounded
from sim.scenario.errors import ScenarioError, known, show
from sim.scenario.files import folder

if TYPE_CHECKING:
    import pandas as pd

Confidence = Literal["A", "B", "C"]
"""A: primary, or two independent sources agree. B: one reputable secondary source. C: inferred, derived or weak."""

COLUMNS = (
    "date_or_period", "entity", "variable", "value", "unit", "source_title", "publisher", "source_date", "url",
    "confidence", "source_complete", "remark",
)  # fmt: skip
WORDS_OF = {"confidence": ("A", "B", "C"), "source_complete": ("yes", "no")}
UNITS = (
    "BRL", "HKD", "TRY", "UGX", "accounts", "applications", "apps", "cards", "cases", "companies", "conditions",
    "convictions", "days", "devices", "domains", "event", "fraction", "hours", "identifiers", "installs", "items",
    "licensees", "links", "measurements", "members", "months", "multiple", "notices", "operators", "percent",
    "percentage_points", "persons", "platforms", "prosecutions", "rank", "requests", "requests_per_year", "rows",
    "services", "sites", "subscriptions", "tips", "tweets", "users", "videos", "views", "votes", "weeks", "years",
)  # fmt: skip
"""Units of numbers. ``event`` says that something happened; ``multiple`` is the ratio of a value to the one before."""
WORDS = ("category", "local_time", "magnitude", "names")
"""Units of values that are words: a category, an hour, an order of magnitude, names parted by semicolons."""
OWN = "facts.csv"
"""Name of the table of a case."""
ACROSS = "crosscase_"
"""Tables of this prefix are derived from the tables of several episodes and have columns of their own."""
PAIR, OPEN = " -> ", ".."

_NUMBER = r"[+-]?\d+(?:\.\d+)?"
_SINGLE = re.compile(rf"(?P<sign>>=|<=|>|<|~)?(?P<number>{_NUMBER})")
_RANGE = re.compile(r"(?P<low>\d+(?:\.\d+)?)-(?P<high>\d+(?:\.\d+)?)")
_PAIR = re.compile(rf"(?P<first>{_NUMBER}){PAIR}(?P<second>{_NUMBER})")
_WORD = re.compile(r"[A-Za-z0-9_:; .-]+")
_PART = re.compile(r"(?P<year>\d{4})(?:H(?P<half>[12])|Q(?P<quarter>[1-4])|-(?P<month>\d\d)(?:-(?P<day>\d\d))?)?")


# Values and periods, as the tables write them


class Amount(NamedTuple):
    """A value with what is known of its size.

    ``value`` is the stated number, or the middle of a range; ``value_to`` the second number of a comparison. The truth
    lies in ``[low, high]``; both equal ``value`` where the source states a number as such.
    """

    value: float | None = None
    value_to: float | None = None
    low: float | None = None
    high: float | None = None


class Period(NamedTuple):
    """Days from ``start`` to ``end``, both included; ``None`` where the period is open."""

    start: dt.date | None
    end: dt.date | None


def parse_amount(text: str, unit: str) -> Amount:
    """Read ``262``, ``+200``, ``>400``, ``<=3``, ``~4000``, ``65-70`` or ``1.38 -> 2.62``; or words, by the unit.

    Raises:
        ValueError: for an unknown unit, or a value that does not fit its unit.
    """
    if unit in WORDS:
        if not _WORD.fullmatch(text):
            raise ValueError(f"expected a word or names, found {text!r}")
        return Amount()
    if unit not in UNITS:
        raise ValueError(f"expected one of {', '.join((*UNITS, *WORDS))}, found unit {unit!r}")
    if found := _PAIR.fullmatch(text):
        first = float(found["first"])
        return Amount(first, float(found["second"]), first, first)
    if found := _RANGE.fullmatch(text):
        low, high = float(found["low"]), float(found["high"])
        if low >= high:
            raise ValueError(f"expected a range from low to high, found {text!r}")
        return Amount((low + high) / 2, None, low, high)
    if found := _SINGLE.fullmatch(text):
        number, sign = float(found["number"]), (found["sign"] or " ")[0]
        return Amount(number, None, -math.inf if sign == "<" else number, math.inf if sign == ">" else number)
    raise ValueError(f"expected a number, a bound, a range or a comparison, found {text!r}")


def parse_period(text: str) -> Period:
    """Read ``2020``, ``2020H1``, ``2020Q3``, ``2020-07``, ``2020-07-01``, or two of them with a slash, ``..`` for open.

    Raises:
        ValueError: for anything else, and for a period that ends before it starts.
    """
    first, slash, last = text.partition("/")
    if not slash:
        return _part(text)
    if first == last == OPEN:
        raise ValueError(f"expected a period with a start or an end, found {text!r}")
    start = None if first == OPEN else _part(first).start
    end = None if last == OPEN else _part(last).end
    if start and end and end < start:
        raise ValueError(f"expected a period that ends after it starts, found {text!r}")
    return Period(start, end)


def parse_periods(text: str) -> tuple[Period, ...]:
    """Read one period, or two that are compared: ``2019-12 -> 2021-08``."""
    return tuple(parse_period(part) for part in text.split(PAIR, maxsplit=1))


def _part(text: str) -> Period:
    found = _PART.fullmatch(text)
    if not found:
        raise ValueError(f"expected a year, half-year, quarter, month or day, found {text!r}")
    year, month = int(found["year"]), int(found["month"] or 1)
    if found["day"]:
        day = dt.date(year, month, int(found["day"]))
        return Period(day, day)
    months = 6 if found["half"] else 3 if found["quarter"] else 1 if found["month"] else 12
    if months in (3, 6):
        month = months * (int(found["half"] or found["quarter"]) - 1) + 1
    last = month + months - 1
    return Period(dt.date(year, month, 1), dt.date(year, last, calendar.monthrange(year, last)[1]))


# Facts


@dataclass(frozen=True, slots=True)
class Fact:
    """One observation.

    ``text`` is the value as written, its numbers are as in ``Amount``, ``start`` and ``end`` those of its first
    period. No number is fitted on a fact whose source has no complete address: ``complete`` is false.
    """

    table: str
    date_or_period: str
    entity: str
    variable: str
    text: str
    unit: str
    value: float | None
    value_to: float | None
    low: float | None
    high: float | None
    start: dt.date | None
    end: dt.date | None
    confidence: Confidence
    source_title: str
    publisher: str
    source_date: str
    url: str
    complete: bool
    remark: str

    @property
    def key(self) -> str:
        """The fact's name in its table."""
        return f"{self.date_or_period} | {self.entity} | {self.variable}"

    @property
    def name(self) -> str:
        """The fact's name among all facts."""
        return f"{self.table}: {self.key}"

    def number(self) -> float:
        """The value of a fact that is a number.

        Raises:
            ScenarioError: where the value is a word.
        """
        if self.value is None:
            raise ScenarioError.at(self.table, self.key, "a number", self.text)
        return self.value


def evidence_folder() -> Path:
    """The folder of evidence tables, beside the shipped scenarios."""
    return folder() / "evidence"


@functools.cache
def tables() -> tuple[str, ...]:
    """Names of all tables of facts, such as ``hong-kong-2020/transparency``, in alphabetical order."""
    shared = {path.relative_to(evidence_folder()) for path in evidence_folder().glob("*/*.csv")}
    own = {path.relative_to(folder()) for path in folder().glob(f"cases/*/{OWN}")}
    return tuple(sorted(path.with_suffix("").as_posix() for path in shared | own if not path.stem.startswith(ACROSS)))


def facts(pattern: str = "") -> list[Fact]:
    """Facts whose name, unit, publisher or title hold every word of ``pattern``; all facts when it is empty."""
    words = pattern.casefold().split()
    return [one for table in tables() for one in _table(table).values() if all(map(_searched(one).__contains__, words))]


def fact(table: str, key: str) -> Fact:
    """The fact of a key, ``date_or_period | entity | variable``.

    The name of the table may have ``evidence/`` before and ``.csv`` behind.

    Raises:
        ScenarioError: one line that names the nearest table or key.
    """
    name = table.removeprefix("evidence/").removesuffix(".csv")
    known("evidence", "", name, tables(), "a table of facts")
    return _keyed(_table(name), key, name)


def fact_in(file: Path, key: str) -> Fact:
    """The fact of a key in a file, which need not come with the code.

    Raises:
        ScenarioError: one line that names the nearest key, or says what is wrong with the file.
    """
    return _keyed(read_table(file), key, _named(file))


def read_table(file: Path) -> dict[str, Fact]:
    """Facts of a file by their keys.

    Raises:
        ScenarioError: one line about a file, column, value or unit that is none.
    """
    try:
        written = file.stat().st_mtime_ns
    except OSError as error:
        raise ScenarioError.at(_named(file), "", "a table of facts", error.strerror or "none") from None
    return _read(file, _named(file), written)


def table_faults(file: Path) -> list[str]:
    """Every row of a file that is no fact, one line each."""
    return [str(one) for one in _rows(file, _named(file)) if isinstance(one, ScenarioError)]


def _named(file: Path) -> str:
    """What a file is called: by its place among the shipped tables, or its path as given."""
    root, place = folder(), file.resolve()
    return place.relative_to(root).with_suffix("").as_posix() if place.is_relative_to(root) else str(file)


def _keyed(rows: dict[str, Fact], key: str, place: str) -> Fact:
    key = " | ".join(part.strip() for part in key.split("|"))
    known(place, "", key, rows, "the key of a fact")
    return rows[key]


def _table(name: str) -> dict[str, Fact]:
    """Facts of a table that comes with the code, by their keys."""
    own = folder() / f"{name}.csv"
    return _read(own if own.is_file() else evidence_folder() / f"{name}.csv", name, 0)


@functools.cache
def _read(file: Path, name: str, _written: int) -> dict[str, Fact]:
    found = {}
    for one in _rows(file, name):
        if isinstance(one, ScenarioError):
            raise one
        found[one.key] = one
    return found


def _rows(file: Path, name: str) -> Iterator[Fact | ScenarioError]:
    """Each row as a fact, or what is wrong with it."""
    keys: set[str] = set()
    try:
        with io.StringIO(bounded.text(file), newline="") as content:
            reader = csv.DictReader(content, strict=True)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                found = show(", ".join(reader.fieldnames)) if reader.fieldnames else "none"
                yield ScenarioError.at(name, "", f"the columns {', '.join(COLUMNS)}", found)
                return
            for row in reader:
                try:
                    if None in row or None in row.values():
                        where = f"line {reader.line_num}"
                        raise ScenarioError.at(name, where, f"{len(COLUMNS)} values", "more or fewer")
                    one = _fact(name, row)
                    if one.key in keys:
                        raise ScenarioError.at(name, "", "keys that are unique", f'"{one.key}" twice')
                except ScenarioError as error:
                    yield error
                    continue
                keys.add(one.key)
                yield one
    except (csv.Error, bounded.UnreadableError) as error:
        found = error.found if isinstance(error, bounded.UnreadableError) else str(error)
        yield ScenarioError.at(name, "", "a table of comma-separated values in UTF-8", found)


def _fact(table: str, row: Mapping[str, str]) -> Fact:
    try:
        period = parse_periods(row["date_or_period"])[0]
        amount = parse_amount(row["value"], row["unit"])
        for column, words in WORDS_OF.items():
            if row[column] not in words:
                raise ValueError(f"{column}: expected one of {', '.join(words)}, found {row[column]!r}")
    except ValueError as error:
        key = " | ".join(row[column] for column in COLUMNS[:3])
        raise ScenarioError(f"{table}: {key}: {error}") from error
    as_it_is: dict[str, Any] = {name: text for name, text in row.items() if name not in ("value", "source_complete")}
    return Fact(
        table=table, text=row["value"], complete=row["source_complete"] == "yes", **amount._asdict(),
        **period._asdict(), **as_it_is,
    )  # fmt: skip


def _searched(one: Fact) -> str:
    return f"{one.name} {one.unit} {one.publisher} {one.source_title}".casefold()


# What companies reported of data requests from Hong Kong, by half-year

REPORTS = "hong-kong-2020/transparency"


class Channel(NamedTuple):
    """How a company's report names requests; what brought data is a percentage, ``share``, or the sum ``produced``."""

    company: str
    entity: str
    received: str
    share: str = ""
    produced: tuple[str, ...] = ()


CHANNELS = (
    Channel("Meta", "Facebook/Meta", "user_data_requests", "pct_some_data_produced"),
    Channel("Google", "Google", "user_data_requests", "pct_some_data_produced"),
    Channel("Google", "Google", "emergency_disclosure_requests", "emergency_pct_some_data"),
    Channel("Twitter", "Twitter", "user_data_requests", produced=("requests_with_some_data_count",)),
    Channel("Apple", "Apple", "device_requests", produced=("device_requests_data_provided",)),
    Channel("Apple", "Apple", "financial_requests", produced=("financial_requests_data_provided",)),
    Channel("Apple", "Apple", "account_requests",
            produced=("account_requests_content_provided", "account_requests_noncontent_only_provided")),
)  # fmt: skip


def observed_requests() -> pd.DataFrame:
    """Requests received and those that brought data, per company and period, all types together.

    Returns:
        company, period, start, received, produced (unknown where a report gives a bound only, or there were no
        requests), source (key of the first fact with requests received).
    """
    import pandas as pd

    rows = [row for channel in CHANNELS for row in _reported(channel)]
    frame = pd.DataFrame(rows, columns=["company", "period", "start", "received", "produced", "source"])
    whole = {"received": "sum", "produced": lambda values: values.sum(skipna=False), "source": "first"}
    found = frame.groupby(["company", "period", "start"], as_index=False, sort=False).agg(whole)
    found["produced"] = found["produced"].astype(float).where(found["received"] > 0)
    return found.sort_values(["company", "start"], ignore_index=True)


def _reported(channel: Channel) -> Iterator[tuple[object, ...]]:
    """A row of each period."""
    found = {one.key: one for one in _table(REPORTS).values() if one.entity == channel.entity}
    for one in found.values():
        if one.variable != channel.received:
            continue
        beside = [found.get(f"{one.date_or_period} | {one.entity} | {name}")
                  for name in (channel.share, *channel.produced) if name]  # fmt: skip
        numbers = [other.number() for other in beside if other and other.low == other.high]
        produced = None
        if len(numbers) == len(beside):
            produced = one.number() * numbers[0] / 100 if channel.share else sum(numbers)
        yield channel.company, one.date_or_period, one.start, one.number(), produced, one.key
