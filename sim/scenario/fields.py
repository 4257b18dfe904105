"""How a parameter declares itself: meaning, unit, bounds, default and where the default comes from."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, partial
from itertools import chain
from typing import Any, Literal, NamedTuple, cast, get_args

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

Status = Literal["measured", "borrowed", "calibrated", "assumed", "setting"]
"""Origin of a number. ``setting`` marks choices of the experimenter (size, dates), which claim nothing of the world."""


class Plausible(NamedTuple):
    """How far a number of a scenario may be off, as an expert would put it who had no more to go on; see ``around``."""

    how: Literal["times", "odds", "plus", "within"]
    low: float
    high: float
    why: str

    def around(self, value: float, quantile: float) -> float:
        """A value at a quantile of the range around the scenario's own.

        *times* multiplies by a factor, even in its logarithm; *odds* and *plus* add to its log odds, or to itself;
        *within* is even between two ends, whatever the scenario has. A share of 0 or 1, and a factor of 0, stay.
        """
        at = self.low + (self.high - self.low) * quantile
        if self.how == "times":
            return value * math.exp(at)
        if self.how == "odds":
            return value if value in (0.0, 1.0) else 1.0 / (1.0 + (1.0 - value) / value * math.exp(-at))
        return value + at if self.how == "plus" else at


def times(factor: float, why: str) -> Plausible:
    """Right up to a factor either way."""
    return Plausible("times", -math.log(factor), math.log(factor), why)


def odds(logits: float, why: str) -> Plausible:
    """Right up to so many log odds either way: 0.7 doubles or halves the odds."""
    return Plausible("odds", -logits, logits, why)


def plus(width: float, why: str) -> Plausible:
    """Right up to so much either way."""
    return Plausible("plus", -width, width, why)


def within(low: float, high: float, why: str) -> Plausible:
    """Anywhere between two ends."""
    return Plausible("within", low, high, why)


class Fault(NamedTuple):
    """What is wrong at one key of a table."""

    key: str
    expected: str
    found: Any
    choices: tuple[str, ...] = ()

    def within(self, table: str) -> Fault:
        """The same as the table around it sees it."""
        return self._replace(key=f"{table}.{self.key}")


def dotted(path: Sequence[str]) -> str:
    """A path as one key; the keys of ``[sources]`` hold dots themselves and are quoted."""
    return ".".join(f'"{step}"' if "." in step else step for step in path)


def unknown(key: str, names: Iterable[str], choices: Iterable[str], kind: str) -> Iterator[Fault]:
    """Names of what is not there."""
    known = tuple(choices)
    for name in names:
        if name not in known:
            yield Fault(key, f"{kind}: {', '.join(known) or 'none is declared'}", name, known)


class Table(BaseModel):
    """A table of a scenario file: frozen, closed to unknown keys, and strict, so that ``users = "100"`` is an error."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)

    def faults(self) -> Iterator[Fault]:
        """What is wrong in it that the declaration of no single field can say."""
        yield from ()


def faults_of(table: Table) -> Iterator[Fault]:
    """What is wrong in the tables within a table, acts by their id, and then in itself."""
    for name in type(table).model_fields:
        value = getattr(table, name)
        if isinstance(value, Table):
            yield from (fault.within(name) for fault in faults_of(value))
        elif isinstance(value, dict | tuple):
            items = value.items() if isinstance(value, dict) else ((getattr(item, "id", ""), item) for item in value)
            for key, item in items:
                if isinstance(item, Table):
                    yield from (fault.within(f"{name}.{key}") for fault in faults_of(item))
    yield from table.faults()


def parameter(
    default: Any,
    meaning: str,
    *,
    unit: str = "1",
    measured: str | None = None,
    borrowed: str | None = None,
    calibrated: str | None = None,
    assumed: str = "",
    symbol: str = "",
    plausible: Plausible | None = None,
    **bounds: Any,
) -> Any:
    """Declare a number of the world; check, schema, forms, samplers, priors and documents go by it.

    Args:
        default: Value when the scenario file is silent; ``...`` when the file must say.
        meaning: One sentence in the words of the field.
        unit: Unit, ``1`` for a pure number.
        measured: The source that gives the default, where it is this very quantity.
        borrowed: The source that gives the default, where it is of another place or a like quantity.
        calibrated: The committed fit that gives the default.
        assumed: What bears on the default where none of these gives it.
        symbol: The symbol of the equations in docs/odd.md.
        plausible: How far a value that is not measured may be off, with the reason; None where nothing is drawn.
        bounds: ``ge``, ``gt``, ``le``, ``lt``, ``min_length``, ``max_length`` as in pydantic.
    """
    given: dict[Status, str | None] = {"measured": measured, "borrowed": borrowed, "calibrated": calibrated}
    status, source = next(((name, text) for name, text in given.items() if text is not None), ("assumed", assumed))
    doubt = plausible._asdict() if plausible else {}
    said: dict[str, Any] = {"unit": unit, "status": status, "source": source, "symbol": symbol, "plausible": doubt}
    return Field(default, description=meaning, json_schema_extra={k: v for k, v in said.items() if v}, **bounds)


def fraction(default: Any, meaning: str, **kwargs: Any) -> Any:
    """A parameter that is a share or a probability."""
    return parameter(default, meaning, ge=0.0, le=1.0, **kwargs)


days, per_day, logits, stakes, persons = (
    partial(parameter, unit=unit) for unit in ("days", "1/day", "logits", "stakes", "persons")
)
"""Parameters in units that many have."""


def setting(default: Any, meaning: str, *, unit: str = "1", symbol: str = "", **bounds: Any) -> Any:
    """Declare a choice of the experimenter, which claims nothing of the world; what is told of one counts as such."""
    said = {"unit": unit, "status": "setting", "symbol": symbol}
    return Field(default, description=meaning, json_schema_extra={k: v for k, v in said.items() if v}, **bounds)


def several(default: Any, meaning: str, **kwargs: Any) -> Any:
    """A setting that is a list, which TOML and Python alike may write as one; its items stay strict."""
    return setting(default, meaning, strict=False, **kwargs)


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
    for name, (said, is_table) in _declared(type(table)).items():
        _add(f"{prefix}{name}", getattr(table, name), said, is_table, found)


def _add(key: str, value: Any, said: Leaf, is_table: bool, found: list[Leaf]) -> None:
    if isinstance(value, Table):
        _add_table(value, f"{key}.", found)
    elif isinstance(value, dict):
        known = said.default if isinstance(said.default, dict) else {}
        for name, item in value.items():
            _add(f"{key}.{name}", item, said._replace(default=known.get(name)), is_table, found)
    elif isinstance(value, tuple) and value and isinstance(value[0], Table):
        for item in value:
            _add_table(item, f"{key}.{getattr(item, 'id', '')}.", found)
    elif value is not None or not is_table:
        found.append(Leaf(key, value, *said[2:]))


@cache
def _declared(kind: type[Table]) -> dict[str, tuple[Leaf, bool]]:
    """Of each field, in order, what it says of a leaf, and whether it is a table; read once, for answers ask often."""
    return {name: (_said(field), _is_table(field)) for name, field in kind.model_fields.items() if name != "sources"}


def _is_table(field: FieldInfo) -> bool:
    """Whether a parameter that may be absent is a table, which has no value of its own where it is."""
    options = get_args(field.annotation)
    return any(isinstance(option, type) and issubclass(option, Table) for option in _flat(options))


def _flat(options: Iterable[Any]) -> Iterator[Any]:
    """The alternatives among nested ones."""
    for option in options:
        inner = get_args(option)
        yield from _flat(inner) if inner else (option,)


def _said(field: FieldInfo) -> Leaf:
    extra = field.json_schema_extra
    said = extra if isinstance(extra, dict) else {}
    return Leaf(
        "",
        None,
        field.get_default(),
        field.description or "",
        str(said.get("unit", "1")),
        cast(Status, said.get("status", "setting")),
        str(said.get("source", "")),
        str(said.get("symbol", "")),
        Plausible(**cast(dict[str, Any], said["plausible"])) if "plausible" in said else None,
        _bounds(field),
    )


def _bounds(field: FieldInfo) -> tuple[float, float]:
    ends = {"ge": -math.inf, "gt": -math.inf, "le": math.inf, "lt": math.inf}
    of_values = (said.metadata for kind in get_args(field.annotation) for said in getattr(kind, "__metadata__", ()))
    rules = (*field.metadata, *chain.from_iterable(of_values))
    ends |= {name: getattr(rule, name) for rule in rules for name in ends if hasattr(rule, name)}
    return max(ends["ge"], ends["gt"] + HAIR), min(ends["le"], ends["lt"] - HAIR)


def patterns(key: str) -> Iterator[str]:
    """Keys of ``[sources]`` that speak for a parameter: its own, then prefixes of it with ``.*``, longer ones first."""
    yield key
    while "." in key:
        key = key.rpartition(".")[0]
        yield f"{key}.*"
