"""Every parameter of a scenario by its dotted key, with what its declaration says about it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple, cast, get_args

from pydantic.fields import FieldInfo

from sim.scenario.fields import Plausible, Status, Table

HAIR = 1e-6
"""How far inside an open end a value has to be."""


class Leaf(NamedTuple):
    """One parameter as it stands in a scenario."""

    key: str
    value: Any
    default: Any  # pydantic's "undefined" when the file must say
    meaning: str
    unit: str
    status: Status  # of the default
    source: str  # of the default
    symbol: str
    plausible: Plausible | None
    bounds: tuple[float, float]
    """Least and greatest value that the declaration allows; open ends a hair inside."""


def leaves(table: Table, prefix: str = "") -> list[Leaf]:
    """The parameters of a table depth first, in declared order; acts go by their id.

    Args:
        table: A scenario or any table in it.
        prefix: Dotted key of the table, empty for the scenario itself.
    """
    found: list[Leaf] = []
    _add_table(table, prefix, found)
    return found


def _add_table(table: Table, prefix: str, found: list[Leaf]) -> None:
    for name, said in _declared(type(table)).items():
        _add(f"{prefix}{name}", getattr(table, name), said.default, said, found)


def _add(key: str, value: Any, default: Any, said: _Said, found: list[Leaf]) -> None:
    if isinstance(value, Table):
        _add_table(value, f"{key}.", found)
    elif isinstance(value, dict):
        known = default if isinstance(default, dict) else {}
        for name, item in value.items():
            _add(f"{key}.{name}", item, known.get(name), said, found)
    elif isinstance(value, tuple) and value and isinstance(value[0], Table):
        for item in value:
            _add_table(item, f"{key}.{getattr(item, 'id', '')}.", found)
    elif value is not None or not said.is_table:
        found.append(Leaf(key, value, default, *said.rest))


class _Said(NamedTuple):
    """What the declaration of a field says."""

    default: Any
    is_table: bool
    rest: tuple[str, str, Status, str, str, Plausible | None, tuple[float, float]]
    """Of a leaf, from its meaning on."""


@cache
def _declared(kind: type[Table]) -> dict[str, _Said]:
    """Of each field, in order; read once, for it is asked for thousands of times in an answer."""
    return {name: _said(field) for name, field in kind.model_fields.items() if name != "sources"}


def _is_table(field: FieldInfo) -> bool:
    """Whether a parameter that may be absent is a table, which has no value of its own where it is."""
    options = get_args(field.annotation)
    return any(isinstance(option, type) and issubclass(option, Table) for option in _flat(options))


def _flat(options: Iterable[Any]) -> Iterator[Any]:
    """The alternatives among nested ones."""
    for option in options:
        inner = get_args(option)
        yield from _flat(inner) if inner else (option,)


def _said(field: FieldInfo) -> _Said:
    extra = field.json_schema_extra
    said = extra if isinstance(extra, dict) else {}
    rest = (
        field.description or "",
        str(said.get("unit", "1")),
        cast(Status, said.get("status", "setting")),
        str(said.get("source", "")),
        str(said.get("symbol", "")),
        Plausible(**cast(dict[str, Any], said["plausible"])) if "plausible" in said else None,
        _bounds(field),
    )
    return _Said(field.get_default(), _is_table(field), rest)


def _bounds(field: FieldInfo) -> tuple[float, float]:
    ends = {"ge": -math.inf, "gt": -math.inf, "le": math.inf, "lt": math.inf}
    ends |= {name: getattr(rule, name) for rule in field.metadata for name in ends if hasattr(rule, name)}
    return max(ends["ge"], ends["gt"] + HAIR), min(ends["le"], ends["lt"] - HAIR)


def patterns(key: str) -> Iterator[str]:
    """Keys of ``[sources]`` that speak for a parameter: its own, then prefixes of it with ``.*``, longer ones first."""
    yield key
    while "." in key:
        key = key.rpartition(".")[0]
        yield f"{key}.*"
