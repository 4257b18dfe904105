"""Acts and conditions of any kind, drawn from the schema: whatever is added to it is drawn as well."""

from __future__ import annotations

import datetime as dt
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MinLen
from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from sim.scenario.acts import KINDS
from sim.scenario.calendar import AnyCondition, Condition
from sim.scenario.schema import Scenario

MOST = 50.0
"""Largest number drawn where the schema has no bound."""
NAMED = {"names": "platform", "companies": "company", "isps": "isp"}
"""Fields that hold several names, and what of."""
ELSEWHERE = ("id", "kind", "when")
"""Fields that are not drawn with an act: some wait, by ``let_some_wait``."""
CONDITIONS: tuple[type[Condition], ...] = get_args(get_args(AnyCondition)[0])
NOT_OF_A_WAIT = ("date", "until", "announced", "told", "deadline")
"""Dates of an act that go with its own."""

Names = Mapping[str, Sequence[str]]
"""What exists to be named: platforms, companies and ISPs, under the name of the field that holds one of them."""


def act_of(kind: str, names: Names, start: dt.date, days: int) -> st.SearchStrategy[dict[str, Any]]:
    """An act of a kind without its id; fields with a default may be absent. Not every one suits every scenario."""
    fields = {name: field for name, field in KINDS[kind].model_fields.items() if name not in ELSEWHERE}
    return tables(fields, names, start, days).map(lambda table: {"kind": kind, **table})


def least(kind: str, **names: str) -> dict[str, Any]:
    """The act of a kind that says no more than it must, without its id and date; ``names`` are of what there is."""
    needed = {name: field for name, field in KINDS[kind].model_fields.items() if field.is_required()}
    return {"kind": kind} | {
        name: _least(name, field, names) for name, field in needed.items() if name not in ELSEWHERE
    }


def _least(name: str, field: FieldInfo, names: Mapping[str, str]) -> Any:
    """The first choice, the lower bound, or the name of what there is."""
    named = names.get(NAMED.get(name, name), "some words")
    if get_origin(field.annotation) is Literal:
        return get_args(field.annotation)[0]
    if get_origin(field.annotation) is tuple:
        return [named]
    low = next((m.ge if isinstance(m, Ge) else m.gt + 1 for m in field.metadata if isinstance(m, Ge | Gt)), 0)
    return named if field.annotation is str else field.annotation(low)


def tables(
    fields: Mapping[str, FieldInfo], names: Names, start: dt.date, days: int
) -> st.SearchStrategy[dict[str, Any]]:
    """Tables of some fields: those that must be there, and any of the others. An act always has its date."""
    drawn = {
        name: _values(name, field.annotation, field.metadata, names, _day(start, days))
        for name, field in fields.items()
    }
    needed = {name: drawn[name] for name, field in fields.items() if field.is_required() or name == "date"}
    if "date" in needed:
        needed["date"] = _day(start, days)
    return st.fixed_dictionaries(needed, optional={name: drawn[name] for name in drawn if name not in needed})


@st.composite
def acts(
    draw: st.DrawFn, names: Names, start: dt.date, days: int, suits: Callable[[dict[str, Any]], bool], most: int = 12
) -> list[dict[str, Any]]:
    """Acts of any kind for a scenario, each of which suits it by itself."""
    found = []
    for number, kind in enumerate(draw(st.lists(st.sampled_from(sorted(_possible(names))), max_size=most))):
        act = {"id": f"{kind}-{number}", **draw(act_of(kind, names, start, days))}
        if suits(act):
            found.append(act)
    return found


def suits(table: dict[str, Any]) -> Callable[[dict[str, Any]], bool]:
    """Whether a scenario is valid with an act as its only one."""

    def check(act: dict[str, Any]) -> bool:
        try:
            Scenario.model_validate(table | {"acts": [act]})
        except ValidationError:
            return False
        return True

    return check


def _possible(names: Names) -> list[str]:
    """Kinds whose acts need no name of a sort of which there is none."""
    return [
        kind
        for kind, act in KINDS.items()
        if all(names.get(NAMED.get(name, name), "x") for name, field in act.model_fields.items() if field.is_required())
    ]


def _day(start: dt.date, days: int) -> st.SearchStrategy[dt.date]:
    """A day of the run, or now and then one shortly before it, for what may stand at the start."""
    return st.one_of(st.integers(0, days), st.integers(0, days), st.integers(-5, days)).map(
        lambda day: start + dt.timedelta(day)
    )


def _values(
    name: str, kind: Any, metadata: Sequence[Any], names: Names, dates: st.SearchStrategy[dt.date]
) -> st.SearchStrategy[Any]:
    """What a field may be: by its name where it names something, and by its type otherwise."""
    if get_origin(kind) is Annotated:
        kind, *more = get_args(kind)
        more = [one for bound in more for one in (bound.metadata if isinstance(bound, FieldInfo) else [bound])]
        return _values(name, kind, [*metadata, *more], names, dates)
    if get_origin(kind) in (Union, types.UnionType):
        return st.one_of(*(_values(name, one, metadata, names, dates) for one in get_args(kind)))
    if get_origin(kind) is tuple:
        least = next((m.min_length for m in metadata if isinstance(m, MinLen)), 0)
        items = _values(NAMED.get(name, name), get_args(kind)[0], [], names, dates)
        return st.lists(items, min_size=least, max_size=3, unique=True)
    if get_origin(kind) is Literal:
        return st.sampled_from(get_args(kind))
    by_type: dict[Any, st.SearchStrategy[Any]] = {
        bool: st.booleans(),
        int: _numbers(metadata).map(round),
        float: _numbers(metadata),
        str: st.sampled_from(names[name] or [""]) if name in names else st.sampled_from(["some words", "Court"]),
        dt.date: dates,
        type(None): st.none(),
    }
    return by_type[kind]


def _numbers(metadata: Sequence[Any]) -> st.SearchStrategy[float]:
    """Numbers within the bounds of a field."""
    low = next((m.ge if isinstance(m, Ge) else m.gt for m in metadata if isinstance(m, Ge | Gt)), 0.0)
    high = next((m.le if isinstance(m, Le) else m.lt for m in metadata if isinstance(m, Le | Lt)), MOST)
    above, below = any(isinstance(m, Gt) for m in metadata), any(isinstance(m, Lt) for m in metadata)
    return st.floats(float(low), min(float(high), MOST), exclude_min=above, exclude_max=below and float(high) <= MOST)


def conditions(
    kind: type[Condition], start: dt.date, days: int, *, platform: list[str], companies: list[str], act: list[str]
) -> st.SearchStrategy[dict[str, Any]]:
    """Conditions of a kind, as tables; all of their fields, from what exists to be named."""
    names = {"platform": platform, "company": companies, "act": act}
    dates = st.integers(0, days - 1).map(lambda day: start + dt.timedelta(day))
    fields = {
        name: _values(name, field.annotation, field.metadata, names, dates) for name, field in kind.model_fields.items()
    }
    return st.fixed_dictionaries(fields).map(_ordered)


@st.composite
def let_some_wait(
    draw: st.DrawFn, acts: list[dict[str, Any]], start: dt.date, days: int, platforms: list[str], companies: list[str]
) -> list[dict[str, Any]]:
    """Give some of the acts a condition in the place of their dates."""
    found = []
    for act in acts:
        names = {"platform": platforms, "companies": companies, "act": [a["id"] for a in acts if a is not act]}
        kinds = [kind for kind in CONDITIONS if all(names[name] for name in names if name in kind.model_fields)]
        when = draw(st.none() | st.sampled_from(kinds).flatmap(lambda kind: conditions(kind, start, days, **names)))  # noqa: B023
        kept = act if when is None else {key: act[key] for key in act if key not in NOT_OF_A_WAIT} | {"when": when}
        found.append(kept)
    return found


def _ordered(table: dict[str, Any]) -> dict[str, Any]:
    """The table with no more companies to count than it names, and with its last evening last."""
    if "count" in table:
        table["count"] = min(table["count"], len(table["companies"]) or 1)
    evenings = [table[name] for name in ("earliest", "latest", "since") if table.get(name) is not None]
    return table | ({"latest": max(evenings)} if table.get("latest") is not None else {})
