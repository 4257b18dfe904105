"""The shape of a scenario file, read from the JSON schema of the code: which keys a table has, what a value must be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Path = tuple[str, ...]
"""Steps from the top of a scenario; an act goes by its id."""

WORDS = {
    "integer": "a whole number",
    "number": "a number",
    "string": "text",
    "boolean": "true or false",
    "array": "a list",
    "object": "a table",
}


@dataclass(frozen=True, slots=True)
class Node:
    """One place in the JSON schema."""

    body: Mapping[str, Any]
    definitions: Mapping[str, Any]

    def resolved(self) -> Node:
        """Follow references and leave out the alternative "nothing"."""
        body: Mapping[str, Any] = self.body
        if "$ref" in body:
            target = self.definitions[body["$ref"].rsplit("/", 1)[-1]]
            return Node({**target, **{k: v for k, v in body.items() if k != "$ref"}}, self.definitions).resolved()
        real = [option for option in body.get("anyOf", ()) if option.get("type") != "null"]
        if len(real) == 1:
            return Node({**body, "anyOf": (), **real[0]}, self.definitions).resolved()
        return self

    def child(self, step: str) -> Node | None:
        """The node under one key, or ``None`` where the schema knows no such key."""
        body = self.resolved().body
        if step in body.get("properties", {}):
            return Node(body["properties"][step], self.definitions).resolved()
        named = (*body.get("patternProperties", {}).values(), body.get("additionalProperties"), body.get("items"))
        return next((Node(item, self.definitions).resolved() for item in named if isinstance(item, Mapping)), None)

    def chosen(self, table: Any) -> Node:
        """Among alternatives, the one that the table selects; otherwise the node itself."""
        tag = table.get(self.tag_name()) if isinstance(table, Mapping) else None
        reference = self.body.get("discriminator", {}).get("mapping", {}).get(tag) if isinstance(tag, str) else None
        return Node({"$ref": reference}, self.definitions).resolved() if reference else self

    def names(self) -> tuple[str, ...]:
        """Keys that the table may have, where the schema fixes them."""
        fixed = Node(self.body.get("propertyNames", {}), self.definitions).resolved()
        return tuple(self.body.get("properties", {})) or fixed.choices()

    def tags(self) -> tuple[str, ...]:
        """Values that select an alternative."""
        return tuple(self.body.get("discriminator", {}).get("mapping", {}))

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
    node = root.resolved()
    for step in path:
        node = node.chosen(table).child(step) or Node({}, root.definitions)
        table = table.get(step) if isinstance(table, Mapping) else None
    return node


def tidy(root: Node, location: tuple[int | str, ...], table: Mapping[str, Any]) -> Path:
    """Turn pydantic's location into a path: acts by id, and without the marks of alternatives."""
    steps = list(location)
    if len(steps) > 1 and steps[0] == "acts" and isinstance(steps[1], int):
        steps[1] = list(table["acts"])[steps[1]]
    path: Path = ()
    for step in steps:
        if str(step) not in at(root, path, table).tags():
            path = (*path, str(step))
    return path


def dotted(path: Path) -> str:
    """A path as one key; the keys of ``[sources]`` hold dots themselves and are quoted."""
    return ".".join(f'"{step}"' if "." in step else step for step in path)
