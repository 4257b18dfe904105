"""A scenario: the frozen, complete description of a world, the only thing that a model is built from, and its origins.

Its fields stand in ``calendar.Setup``, but for the kinds of its acts and for what is said of its numbers.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from sim.scenario.acts import AnyAct
from sim.scenario.calendar import Setup
from sim.scenario.fields import (
    Fault,
    Leaf,
    Status,
    Table,
    dotted,
    faults_of,
    leaves,
    parameter,
    patterns,
    setting,
    several,
)

LONGEST_TEXT = 2000
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""What a terminal or a page would obey instead of showing it; among it what turns the direction of writing."""
LINES = re.compile("[\t\n]")
PROSE = ("question", "note")
"""Texts that may have several lines."""
ABOUT = {"title", "question", "focus", "baseline", "observed", "sources"}
"""What is said about a world and shapes nothing in it: two that differ in these alone come to the same."""
UNORDERED = ("companies", "regulators", "sources", "observed")
"""Tables whose order means nothing: what is drawn for them, or said of them, goes by their names."""


class Source(Table):
    """Where a value of this scenario comes from."""

    status: Status = setting(..., "measured, borrowed, calibrated, assumed or setting")
    table: str = setting("", "evidence table, relative to the scenario folder")
    row: str = setting("", "row of that table, as 'date_or_period | entity | variable'")
    note: str = setting("", "derivation, or a source that is not in a table")


class Observed(Table):
    """What was observed of a headline measure, to stand beside the simulated value."""

    value: float = parameter(..., "observed value, in the unit of the measure", measured="")
    table: str = setting("", "evidence table, relative to the scenario folder")
    row: str = setting("", "row of that table, as 'date_or_period | entity | variable'")
    note: str = setting("", "derivation, or a source that is not in a table")


class Scenario(Setup):
    """A world of institutions and people, with a calendar."""

    acts: tuple[AnyAct, ...] = several((), "calendar")
    sources: dict[str, Source] = setting({}, "origin of values, by dotted key")
    observed: dict[str, Observed] = setting({}, "observed values, by headline measure")

    def digest(self) -> str:
        """SHA-256 of the content, as 64 hexadecimal digits; scenarios are equal if and only if their digests are.

        The order of companies, regulators, sources and observed values is no content; that of platforms and ISPs is,
        for it numbers them. Nor is the baseline content: what a world is put beside changes nothing in it.
        """
        return hashlib.sha256(self._content().encode()).hexdigest()

    def _content(self) -> str:
        """The scenario as JSON, with what goes by its name alone in the order of names."""
        by_name = {name: dict(sorted(getattr(self, name).items())) for name in UNORDERED}
        return self.model_copy(update=by_name).model_dump_json(exclude={"baseline"})

    def __eq__(self, other: object) -> bool:
        """Equality of content, as ``digest`` takes it."""
        return isinstance(other, Scenario) and self._content() == other._content()

    def __hash__(self) -> int:
        return hash(self.digest())

    @model_validator(mode="after")
    def _tables_agree(self) -> Self:
        found = list(faults_of(self))
        if found:
            context = found[0]._asdict() | {"more": len(found) - 1}
            raise PydanticCustomError("disagreement", "{key}: expected {expected}, found {found}", context)
        return self

    def faults(self) -> Iterator[Fault]:
        """What does not go together, in texts, tables, calendar and sources."""
        yield from self._faults_of_texts()
        yield from super().faults()
        for name, count in Counter(act.id for act in self.acts).items():
            if count > 1:
                yield Fault(f"acts.{name}.id", "an id that no other act has", name)
        for act in self.acts:
            yield from (fault.within(f"acts.{act.id}") for fault in act.clashes(self))
        yield from self._faults_of_sources()

    def _faults_of_texts(self) -> Iterator[Fault]:
        """Names and texts that would not be read as they are written, or that no page has room for."""
        for path, text in _strings(self.model_dump(), ()):
            shown = LINES.sub(" ", text) if path[-1] in PROSE else text
            if CONTROL.search(shown):
                yield Fault(dotted(path), "text without control characters", text)
            elif len(text) > LONGEST_TEXT:
                yield Fault(dotted(path), f"at most {LONGEST_TEXT:,} characters", len(text))

    def _faults_of_sources(self) -> Iterator[Fault]:
        """Entries that speak for nothing."""
        keys = [leaf.key for leaf in leaves(self)]
        known = {*keys}
        for key in keys:
            while "." in key and (around := f"{key.rpartition('.')[0]}.*") not in known:  # else, so are those
                known.add(around)
                key = around[:-2]
        for pattern in self.sources:
            if pattern not in known:
                expected = "the dotted key of a parameter, or a prefix with .*"
                yield Fault(f'sources."{pattern}"', expected, pattern, tuple(keys))


def _strings(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every text of a scenario, the names of its tables included, and where it stands."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield (*path, name), name
            yield from _strings(item, (*path, name))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _strings(item, (*path, item["id"]) if isinstance(item, dict) else path)


class Origin(NamedTuple):
    """A parameter as it stands in a scenario, and what it rests on."""

    key: str
    meaning: str
    unit: str
    value: Any
    status: Status
    source: str
    symbol: str
    is_default: bool

    @property
    def is_claim(self) -> bool:
        """Whether it is a number (or a list of numbers) that says something about the world."""
        first = self.value[0] if isinstance(self.value, tuple) and self.value else self.value
        return self.status != "setting" and isinstance(first, int | float) and not isinstance(first, bool)


def origins(scenario: Scenario, known: Sequence[Leaf] | None = None) -> list[Origin]:
    """Every parameter with value, unit, status and source, in the order of the schema; ``known`` are its leaves.

    What ``[sources]`` says of a value goes first: its own key before a prefix, a longer prefix before a shorter one.
    Without an entry, a default has the status of its declaration, and any other value is assumed.
    """
    found, sources = known or leaves(scenario), scenario.sources
    entries = (next((sources[name] for name in patterns(leaf.key) if name in sources), None) for leaf in found)
    return [_origin(leaf, entry) for leaf, entry in zip(found, entries, strict=True)]


def claims(scenario: Scenario) -> list[Origin]:
    """Numbers that say something of the world; a default that many tables share, such as the time to answer, once."""
    once: dict[str, Origin] = {}
    for item in origins(scenario):
        if item.is_claim:
            once.setdefault(item.meaning if item.is_default else item.key, item)
    return list(once.values())


def count_assumed(scenario: Scenario) -> tuple[int, int]:
    """How many of the claims rest on assumption, and how many there are."""
    found = claims(scenario)
    return sum(item.status == "assumed" for item in found), len(found)


def _origin(leaf: Leaf, entry: Source | None) -> Origin:
    is_default = leaf.value == leaf.default and entry is None
    status, source = leaf.status, leaf.source
    if entry is not None:
        status, source = entry.status, cite(entry)
    elif not is_default and status != "setting":
        status, source = "assumed", ""
    return Origin(leaf.key, leaf.meaning, leaf.unit, leaf.value, status, source, leaf.symbol, is_default)


def cite(entry: Source) -> str:
    """The source as one line: the row of the evidence table, and how the value follows from it."""
    pointer = ": ".join(part for part in (entry.table, entry.row) if part)
    return "; ".join(part for part in (pointer, entry.note) if part)
