"""What gives way where a file that extends another, or an override, names again what is there."""

from collections.abc import Iterator, Mapping
from typing import Any


def replaces(group: str, new: Mapping[str, Any], old: Mapping[str, Any]) -> bool:
    """Whether a table takes the place of the one that it meets: a new source, or an act of another kind."""
    return group in ("sources", "observed") or (group == "acts" and new.get("kind", old.get("kind")) != old.get("kind"))


def displaced(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    """Keys of an act that give way: a date to a condition, a condition to a date or to one of another kind."""
    if "date" in new and "when" not in new:
        return ("when",)
    if "when" not in new:
        return ()
    tables = [table for table in (old.get("when"), new["when"]) if isinstance(table, Mapping) and "kind" in table]
    another = len({str(table["kind"]) for table in tables}) > 1
    return (*(("when",) if another else ()), *(() if "date" in new else ("date",)))


def replaced(before: Any, acts: Mapping[str, Any], place: str) -> Iterator[str]:
    """Say which acts of an extended file get another kind or date, as they do when an id is used again by chance."""
    for name, act in acts.items():
        old = before.get(name) if isinstance(before, Mapping) else None
        if old is None:
            continue
        was, on = old.get("kind"), old.get("date")
        if act.get("kind", was) != was:
            yield f"{place}: acts.{name}: takes the place of '{was}' of {on} in the file that this one extends"
        elif "when" in act and on is not None:
            yield f"{place}: acts.{name}: waits for a condition, not for {on} as in the file that this one extends"
        elif act.get("date", on) != on:
            yield f"{place}: acts.{name}: moves '{was}' of the file that this one extends from {on} to {act['date']}"
