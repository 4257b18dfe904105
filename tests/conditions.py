"""Random conditions for acts that wait, drawn from the schema: all kinds and fields that it has, no list beside it."""

import datetime as dt
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le
from hypothesis import strategies as st
from pydantic.fields import FieldInfo

from sim.scenario.calendar import AnyCondition, Condition

CONDITIONS: tuple[type[Condition], ...] = get_args(get_args(AnyCondition)[0])
NOT_OF_A_WAIT = ("date", "until", "announced", "deadline")
"""Dates of an act that go with its own."""
MOST = 50.0
"""Largest number drawn where the schema has no bound."""


def conditions(
    kind: type[Condition], start: dt.date, days: int, **names: list[str]
) -> st.SearchStrategy[dict[str, Any]]:
    """Conditions of a kind, as tables.

    Args:
        kind: Model of the kind.
        start: First day of the scenario.
        days: Its length.
        names: What exists to be named, by field: ``platform``, ``companies``, ``act``.
    """
    fields = {name: _values(name, field, start, days, names) for name, field in kind.model_fields.items()}
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


def _values(
    name: str, field: FieldInfo, start: dt.date, days: int, names: dict[str, list[str]]
) -> st.SearchStrategy[Any]:
    """What a field may be, by its name where it names something, and by its type otherwise."""
    if name == "companies":
        return st.lists(st.sampled_from(names[name]), unique=True)
    if name in names:
        return st.sampled_from(names[name])
    options = get_args(field.annotation) or (field.annotation,)
    if get_origin(field.annotation) is Literal:
        return st.sampled_from(options)
    low = next((m.ge if isinstance(m, Ge) else m.gt for m in field.metadata if isinstance(m, Ge | Gt)), 0)
    high = next((m.le for m in field.metadata if isinstance(m, Le)), MOST)
    by_type: dict[Any, st.SearchStrategy[Any]] = {
        bool: st.booleans(),
        int: st.integers(low, min(high, days)),
        float: st.floats(low, high, exclude_min=any(isinstance(m, Gt) for m in field.metadata)),
        dt.date: st.integers(0, days - 1).map(lambda day: start + dt.timedelta(day)),
        type(None): st.none(),
    }
    return st.one_of(*(by_type[option] for option in options))


def _ordered(table: dict[str, Any]) -> dict[str, Any]:
    """The table with no more companies to count than it names, and with its last evening last."""
    if "count" in table:
        table["count"] = min(table["count"], len(table["companies"]) or 1)
    evenings = [table[name] for name in ("earliest", "latest", "since") if table.get(name) is not None]
    return table | ({"latest": max(evenings)} if table.get("latest") is not None else {})
