"""Facts: what was observed, one row of a table each, with its source.

Tables that several cases use lie beside the scenarios, in ``evidence/<folder>/<table>.csv``; those of one case in its
own folder, ``cases/<name>/facts.csv``. A fact is named by its table and its key, written
``date_or_period | entity | variable``, for example
``fact("hong-kong-2020/transparency", "2020H1 | Facebook/Meta | user_data_requests")``.
"""

import csv
import datetime as dt
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from sim.evidence.amount import Amount, parse_amount
from sim.evidence.period import Period, parse_periods
from sim.scenario.errors import ScenarioError
from sim.scenario.files import folder

Confidence = Literal["A", "B", "C"]
"""A: primary, or two independent sources agree. B: one reputable secondary source. C: inferred, derived or weak."""

COLUMNS = (
    "date_or_period", "entity", "variable", "value", "unit", "source_title", "publisher", "source_date", "url",
    "confidence", "source_complete", "remark",
)  # fmt: skip
WORDS_OF = {"confidence": ("A", "B", "C"), "source_complete": ("yes", "no")}
OWN = "facts.csv"
"""Name of the table of a case."""
ACROSS = "crosscase_"
"""Tables of this prefix are derived from the tables of several episodes and have columns of their own."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One observation.

    ``text`` is the value as written; ``amount`` its numbers. A comparison of two periods (``A -> B``) has ``period_to``
    and ``value_to``. Facts whose source has no complete address are not for calibration: ``complete`` is false.
    """

    table: str
    date_or_period: str
    entity: str
    variable: str
    text: str
    unit: str
    amount: Amount
    period: Period
    period_to: Period | None
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

    @property
    def value(self) -> float | None:
        """The stated number, the middle of a range, or nothing where the value is a word."""
        return self.amount.value

    @property
    def value_to(self) -> float | None:
        """The second number of a comparison."""
        return self.amount.value_to

    @property
    def low(self) -> float | None:
        """Least number that the source allows; minus infinity under ``<``."""
        return self.amount.low

    @property
    def high(self) -> float | None:
        """Largest number that the source allows; infinity above ``>``."""
        return self.amount.high

    @property
    def start(self) -> dt.date | None:
        """First day of the (first) period; nothing where it is open."""
        return self.period.start

    @property
    def end(self) -> dt.date | None:
        """Last day of the (first) period; nothing where it is open."""
        return self.period.end

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
    return tuple(name for name in _names() if not _last(name).startswith(ACROSS))


def facts(pattern: str = "") -> list[Fact]:
    """Facts whose name, unit, publisher or title hold every word of ``pattern``; all facts when it is empty."""
    words = pattern.casefold().split()
    return [
        one for table in tables() for one in _table(table).values() if all(word in _searched(one) for word in words)
    ]


def fact(table: str, key: str) -> Fact:
    """The fact of a key.

    Args:
        table: Name of the table, with or without ``evidence/`` before and ``.csv`` behind.
        key: ``date_or_period | entity | variable``.

    Raises:
        ScenarioError: one line that names the nearest table or key.
    """
    name = _known(table)
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
    name = _named(file)
    try:
        with file.open(encoding="utf-8", newline="") as content:
            rows = _rows(csv.DictReader(content, strict=True), name)
            return [str(one) for one in rows if isinstance(one, ScenarioError)]
    except (csv.Error, UnicodeDecodeError) as error:
        return [str(ScenarioError.at(name, "", "a table of comma-separated values in UTF-8", str(error)))]


def _named(file: Path) -> str:
    """What a file is called: by its place among the shipped tables, or its path as given."""
    root, place = folder(), file.resolve()
    return place.relative_to(root).with_suffix("").as_posix() if place.is_relative_to(root) else str(file)


def _known(table: str) -> str:
    name = table.removeprefix("evidence/").removesuffix(".csv")
    if name not in tables():
        raise ScenarioError.at("evidence", "", "a table of facts", f'"{table}"', tables(), name)
    return name


def _keyed(rows: dict[str, Fact], key: str, place: str) -> Fact:
    key = " | ".join(part.strip() for part in key.split("|"))
    if key not in rows:
        raise ScenarioError.at(place, "", "the key of a fact", f'"{key}"', rows, key)
    return rows[key]


@functools.cache
def _names() -> tuple[str, ...]:
    shared = {path.relative_to(evidence_folder()) for path in evidence_folder().glob("*/*.csv")}
    own = {path.relative_to(folder()) for path in folder().glob(f"cases/*/{OWN}")}
    return tuple(sorted(path.with_suffix("").as_posix() for path in shared | own))


def _last(name: str) -> str:
    return name.rpartition("/")[2]


@functools.cache
def _table(name: str) -> dict[str, Fact]:
    """Facts of a table that comes with the code, by their keys."""
    own = folder() / f"{name}.csv"
    return _read(own if own.is_file() else evidence_folder() / f"{name}.csv", name, 0)


@functools.cache
def _read(file: Path, name: str, _written: int) -> dict[str, Fact]:
    try:
        with file.open(encoding="utf-8", newline="") as content:
            return _facts(csv.DictReader(content, strict=True), name)
    except (csv.Error, UnicodeDecodeError) as error:
        raise ScenarioError.at(name, "", "a table of comma-separated values in UTF-8", str(error)) from None


def _facts(reader: csv.DictReader[str], name: str) -> dict[str, Fact]:
    found: dict[str, Fact] = {}
    for one in _rows(reader, name):
        if isinstance(one, ScenarioError):
            raise one
        found[one.key] = one
    return found


def _rows(reader: csv.DictReader[str], name: str) -> Iterator[Fact | ScenarioError]:
    """Each row as a fact, or what is wrong with it."""
    if tuple(reader.fieldnames or ()) != COLUMNS:
        columns = ", ".join(reader.fieldnames or ())
        yield ScenarioError.at(name, "", f"the columns {', '.join(COLUMNS)}", columns or "none")
        return
    keys: set[str] = set()
    for row in reader:
        if None in row or None in row.values():
            yield ScenarioError.at(name, f"line {reader.line_num}", f"{len(COLUMNS)} values", "more or fewer")
            continue
        try:
            one = _fact(name, row)
        except ScenarioError as error:
            yield error
            continue
        yield ScenarioError.at(name, "", "keys that are unique", f'"{one.key}" twice') if one.key in keys else one
        keys.add(one.key)


def _fact(table: str, row: dict[str, str]) -> Fact:
    try:
        first, *second = parse_periods(row["date_or_period"])
        amount = parse_amount(row["value"], row["unit"])
        for column, words in WORDS_OF.items():
            if row[column] not in words:
                raise ValueError(f"{column}: expected one of {', '.join(words)}, found {row[column]!r}")
    except ValueError as error:
        key = " | ".join(row[column] for column in COLUMNS[:3])
        raise ScenarioError(f"{table}: {key}: {error}") from error
    return Fact(
        table=table,
        date_or_period=row["date_or_period"],
        entity=row["entity"],
        variable=row["variable"],
        text=row["value"],
        unit=row["unit"],
        amount=amount,
        period=first,
        period_to=second[0] if second else None,
        confidence=cast(Confidence, row["confidence"]),
        source_title=row["source_title"],
        publisher=row["publisher"],
        source_date=row["source_date"],
        url=row["url"],
        complete=row["source_complete"] == "yes",
        remark=row["remark"],
    )


def _searched(one: Fact) -> str:
    return f"{one.name} {one.unit} {one.publisher} {one.source_title}".casefold()
