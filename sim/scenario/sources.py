"""Where the numbers of a scenario come from: measured, borrowed, calibrated or assumed; settings claim nothing."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sim.scenario.fields import Status
from sim.scenario.leaves import Leaf, leaves, patterns
from sim.scenario.schema import Scenario, Source


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
    return [_origin(leaf, _entry(leaf.key, scenario.sources)) for leaf in known or leaves(scenario)]


def count_assumed(scenario: Scenario) -> tuple[int, int]:
    """How many numbers rest on assumption, and how many there are.

    A default that many tables share, such as the time that each company takes to answer, counts once.
    """
    status = {(item.meaning if item.is_default else item.key): item.status for item in _claims(scenario)}
    return sum(value == "assumed" for value in status.values()), len(status)


def _claims(scenario: Scenario) -> Iterator[Origin]:
    return (item for item in origins(scenario) if item.is_claim)


def _entry(key: str, sources: dict[str, Source]) -> Source | None:
    """The entry of a key itself, or that of its longest prefix."""
    for pattern in patterns(key):
        if pattern in sources:
            return sources[pattern]
    return None


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
