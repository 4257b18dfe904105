"""What is wrong with a scenario, in one line: file, key, what was expected, what was found, and the nearest choice."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from sim.scenario.fields import dotted
from sim.scenario.words import did_you_mean

Path = tuple[str, ...]
"""Steps from the top of a scenario; an act goes by its id."""

WORDS = {
    "integer": "a whole number", "number": "a number", "string": "text", "boolean": "true or false",
    "array": "a list", "object": "a table",
}  # fmt: skip
DEFINED = "#/$defs/"
"""How a schema refers to a part of itself."""


@dataclass(frozen=True, slots=True)
class Node:
    """One spot in the JSON schema of a table, with what it refers to in line, and without the alternative "nothing"."""

    body: Mapping[str, Any]

    @classmethod
    def of(cls, kind: type[BaseModel]) -> Node:
        """The node of a whole table."""
        schema = kind.model_json_schema()
        return cls(_in_line(schema, schema.get("$defs", {})))

    def child(self, step: str) -> Node | None:
        """The node under one key, or ``None`` where the schema knows no such key."""
        body = self.body
        if step in body.get("properties", {}):
            return Node(body["properties"][step])
        named = (*body.get("patternProperties", {}).values(), body.get("additionalProperties"), body.get("items"))
        return next((Node(item) for item in named if isinstance(item, Mapping)), None)

    def chosen(self, table: Any) -> Node:
        """Among alternatives, the one that the table selects; otherwise the node itself."""
        tag = table.get(self.tag_name()) if isinstance(table, Mapping) else None
        return Node(self._alternatives()[tag]) if isinstance(tag, str) and tag in self._alternatives() else self

    def _alternatives(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.body.get("discriminator", {}).get("mapping", {})
        return found

    def names(self) -> tuple[str, ...]:
        """Keys that the table may have, where the schema fixes them."""
        return tuple(self.body.get("properties", {})) or Node(self.body.get("propertyNames", {})).choices()

    def tags(self) -> tuple[str, ...]:
        """Values that select an alternative."""
        return tuple(self._alternatives())

    def tag_name(self) -> str:
        """Key whose value selects the alternative."""
        return str(self.body.get("discriminator", {}).get("propertyName", ""))

    def choices(self) -> tuple[str, ...]:
        """Words that the value must be one of, if it must."""
        return tuple(self.body.get("enum", ()))

    def expectation(self) -> str:
        """What the value must be: kind, bounds and unit."""
        if self.choices():
            return f"one of {', '.join(self.choices())}"
        body = self.body
        word = "a date (YYYY-MM-DD)" if body.get("format") == "date" else WORDS.get(str(body.get("type")), "a table")
        unit = body.get("unit", "1")
        return " ".join(part for part in (word, self._bounds(), f"(unit: {unit})" if unit != "1" else "") if part)

    def _bounds(self) -> str:
        body = self.body
        if body.get("type") == "array":
            return _items(body.get("minItems"), body.get("maxItems"))
        if "pattern" in body:
            return f"that matches {body['pattern']}"
        if "maxLength" in body:
            return f"of {body.get('minLength', 0)} to {body['maxLength']} characters"
        if body.get("minLength"):
            return "that is not empty"
        ends = {"minimum": "at least", "exclusiveMinimum": "above", "maximum": "at most", "exclusiveMaximum": "below"}
        if "minimum" in body and "maximum" in body:
            return f"from {body['minimum']} to {body['maximum']}"
        return " and ".join(f"{word} {body[end]}" for end, word in ends.items() if end in body)


def _in_line(schema: Any, definitions: Mapping[str, Any]) -> Any:
    if isinstance(schema, str) and schema.startswith(DEFINED):
        return _in_line(definitions[schema.removeprefix(DEFINED)], definitions)
    if isinstance(schema, list):
        return [_in_line(item, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    body = {key: _in_line(item, definitions) for key, item in schema.items() if key != "$defs"}
    body = body.pop("$ref", {}) | body
    real = [option for option in body.get("anyOf", ()) if option.get("type") != "null"]
    return {**real[0], **body, "anyOf": ()} if len(real) == 1 else body


def _items(low: int | None, high: int | None) -> str:
    if low is None:
        return "" if high is None else f"of at most {high} items"
    return f"of {low} items" if low == high else f"of at least {low} item{'' if low == 1 else 's'}"


def at(root: Node, path: Path, table: Any) -> Node:
    """The node that describes a path; empty where the schema knows nothing.

    Args:
        root: Node of the whole scenario.
        path: Where to look.
        table: The scenario's table, acts by id, which says of what kind an act or a regulator is.
    """
    node = root
    for step in path:
        node = node.chosen(table).child(step) or Node({})
        table = table.get(step) if isinstance(table, Mapping) else None
    return node


def tidy(root: Node, location: tuple[int | str, ...], table: Mapping[str, Any], *, unknown: bool = False) -> Path:
    """Turn pydantic's location into a path: acts by id, and without the marks of alternatives, which no schema knows.

    Only the last step of what is ``unknown`` is none that the schema knows.
    """
    steps = list(location)
    if len(steps) > 1 and steps[0] == "acts" and isinstance(steps[1], int):
        steps[1] = list(table["acts"])[steps[1]]
    path: Path = ()
    for number, step in enumerate(map(str, steps), 1):
        if at(root, (*path, step), table).body or step == KEY or (unknown and number == len(steps)):
            path = (*path, step)
    return path


KEY = "[key]"
"""What pydantic calls a name that a table may not have."""
UNKNOWN = ("extra_forbidden", "union_tag_invalid")
MAX_LISTED = 8
LONGEST_KEY = 200


class ScenarioError(ValueError):
    """A scenario that cannot be used; ``str`` is one line for the person who wrote it."""

    for_users = True

    @classmethod
    def at(
        cls,
        where: str,
        key: str,
        expected: str,
        found: str,
        choices: Iterable[str] = (),
        typed: str = "",
        more: int = 0,
    ) -> ScenarioError:
        """Compose the line.

        Args:
            where: File, or the override, that holds the key.
            key: Dotted key; empty for the file as a whole.
            expected: What would be right there.
            found: What is there.
            choices: Valid names, among which the nearest to ``typed`` is suggested.
            typed: The name as typed.
            more: How many further errors there are.
        """
        key = key if len(key) <= LONGEST_KEY else f"{key[:LONGEST_KEY]}..."
        line = ": ".join(part for part in (where, key) if part) + f": expected {expected}, found {found}"
        if hint := did_you_mean(typed, choices):
            line += f"; {hint}"
        if more:
            line += f" (and {more} more {'error' if more == 1 else 'errors'})"
        return cls(" ".join(line.splitlines()))


def known(place: str, key: str, name: Any, choices: Collection[str], expected: str = "") -> None:
    """Refuse a name that is none of some.

    Raises:
        ScenarioError: One line with the nearest of them, which is said to be one of all unless ``expected`` says more.
    """
    if not isinstance(name, str) or name not in choices:
        typed = name if isinstance(name, str) else ""
        raise ScenarioError.at(place, key, expected or f"one of {', '.join(choices)}", show(name), choices, typed)


def translate(
    error: ValidationError, root: Node, table: Mapping[str, Any], where: Callable[[Path], str], around: str = "",
    also: tuple[str, ...] = (),
) -> ScenarioError:  # fmt: skip
    """Turn pydantic's report into one line about its first error; unknown names go first, as they explain the rest.

    Args:
        error: The report.
        root: JSON schema of the table that was checked.
        table: That table, with acts by id.
        where: The file or override that holds a path.
        around: Key of the table in its file; empty where it is all of it.
        also: Further keys that may stand in it, for the nearest word to a misspelt one.
    """
    found = sorted(error.errors(include_url=False), key=lambda item: item["type"] not in UNKNOWN)
    first, more = found[0], len(found) - 1
    if first["type"] == "disagreement":
        said = first["ctx"]
        typed = said["found"] if isinstance(said["found"], str) else ""
        key = said["key"]
        path = ("sources", key.split('"')[1]) if key.startswith('sources."') else tuple(key.split("."))
        return ScenarioError.at(
            where(path), key, said["expected"], show(said["found"]), said["choices"], typed, said["more"]
        )
    path, expected, shown, choices, typed = _explain(first, root, table, also)
    key = ".".join(part for part in (around, dotted(path)) if part)
    return ScenarioError.at(where(path), key, expected, shown, choices, typed, more)


def validated[Kind: BaseModel](
    kind: type[Kind], table: Mapping[str, Any], place: str, around: str = "", also: tuple[str, ...] = ()
) -> Kind:
    """A table of a file as its type.

    Raises:
        ScenarioError: The first mistake; ``place`` is the file, for the rest see ``translate``.
    """
    try:
        return kind.model_validate(table)
    except ValidationError as error:
        raise translate(error, Node.of(kind), table, lambda _: place, around, also) from None


def _explain(
    first: Any, root: Node, table: Mapping[str, Any], also: tuple[str, ...]
) -> tuple[Path, str, str, tuple[str, ...], str]:
    kind, value = first["type"], first["input"]
    path = tidy(root, first["loc"], table, unknown=kind == "extra_forbidden")
    if kind == "extra_forbidden":
        names = (*at(root, path[:-1], table).chosen(_under(table, path[:-1])).names(), *also)
        expected = f"a known key ({', '.join(names)})" if len(names) <= MAX_LISTED else "a known key"
        return path, expected, show(path[-1]), names, path[-1]
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        node = at(root, path, table)
        tag = value.get(node.tag_name()) if isinstance(value, Mapping) else None
        typed = tag if isinstance(tag, str) else ""
        return (*path, node.tag_name()), f"one of {', '.join(node.tags())}", show(tag), node.tags(), typed
    if path[-1:] == (KEY,):
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
