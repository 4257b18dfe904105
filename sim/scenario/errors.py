"""What is wrong with a scenario, in one line: file, key, what was expected, what was found, and the nearest choice."""

import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from sim.scenario.shape import Node, Path, at, dotted, tidy
from sim.scenario.words import did_you_mean

UNKNOWN = ("extra_forbidden", "union_tag_invalid")
MAX_LISTED = 8
LONGEST_KEY = 200


class ScenarioError(ValueError):
    """A scenario that cannot be used; ``str`` is one line for the person who wrote it."""

    for_users = True

    @classmethod
    def at(
        cls,
        place: str,
        key: str,
        expected: str,
        found: str,
        choices: Iterable[str] = (),
        typed: str = "",
        more: int = 0,
    ) -> "ScenarioError":
        """Compose the line.

        Args:
            place: File, or the override, that holds the key.
            key: Dotted key; empty for the file as a whole.
            expected: What would be right there.
            found: What is there.
            choices: Valid names, among which the nearest to ``typed`` is suggested.
            typed: The name as typed.
            more: How many further errors there are.
        """
        key = key if len(key) <= LONGEST_KEY else f"{key[:LONGEST_KEY]}..."
        line = ": ".join(part for part in (place, key) if part) + f": expected {expected}, found {found}"
        if hint := did_you_mean(typed, choices):
            line += f"; {hint}"
        if more:
            line += f" (and {more} more {'error' if more == 1 else 'errors'})"
        return cls(" ".join(line.splitlines()))


def translate(
    error: ValidationError, root: Node, table: Mapping[str, Any], place: Callable[[Path], str]
) -> ScenarioError:
    """Turn pydantic's report into one line about its first error; unknown names go first, as they explain the rest.

    Args:
        error: The report.
        root: JSON schema of the table that was checked.
        table: That table, with acts by id.
        place: The file or override that holds a path.
    """
    found = sorted(error.errors(include_url=False), key=lambda item: item["type"] not in UNKNOWN)
    first, more = found[0], len(found) - 1
    if first["type"] == "disagreement":
        said = first["ctx"]
        typed = said["found"] if isinstance(said["found"], str) else ""
        path = _disagreeing(said["key"])
        return ScenarioError.at(
            place(path), said["key"], said["expected"], show(said["found"]), said["choices"], typed, said["more"]
        )
    path, expected, shown, choices, typed = _explain(first, root, table)
    return ScenarioError.at(place(path), dotted(path), expected, shown, choices, typed, more)


def _disagreeing(key: str) -> Path:
    return ("sources", key.split('"')[1]) if key.startswith('sources."') else tuple(key.split("."))


def _explain(first: Any, root: Node, table: Mapping[str, Any]) -> tuple[Path, str, str, tuple[str, ...], str]:
    kind, value, path = first["type"], first["input"], tidy(root, first["loc"], table)
    if kind == "extra_forbidden":
        names = at(root, path[:-1], table).chosen(_under(table, path[:-1])).names()
        expected = f"a known key ({', '.join(names)})" if len(names) <= MAX_LISTED else "a known key"
        return path, expected, show(path[-1]), names, path[-1]
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        node = at(root, path, table)
        tag = value.get(node.tag_name()) if isinstance(value, Mapping) else None
        typed = tag if isinstance(tag, str) else ""
        return (*path, node.tag_name()), f"one of {', '.join(node.tags())}", show(tag), node.tags(), typed
    if path[-1:] == ("[key]",):
        path = path[:-1]
        names = at(root, path[:-1], table).names()
        expected = f"one of {', '.join(names)}" if names else "a name of 1 to 40 characters without dots"
        return path, expected, show(path[-1]), names, path[-1]
    node = at(root, path, table)
    if kind == "missing":
        return path, node.expectation(), "nothing", (), ""
    return path, node.expectation(), show(value), node.choices(), value if isinstance(value, str) else ""


def _under(table: Any, path: Path) -> Any:
    for step in path:
        table = table.get(step) if isinstance(table, Mapping) else None
    return table


def show(value: Any) -> str:
    """A value as a scenario file would write it, shortened."""
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, str | bool | int | float) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
