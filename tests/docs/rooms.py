"""The table of the rooms in docs/code.md, drawn from the code; ``python -m tests.docs.rooms`` draws it again."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.test_house import ROOMS, ROOT, SOURCES, parse, room, rooms_used

DOCUMENT = ROOT / "docs" / "code.md"
HEAD = "| room | what it is | imports from |\n|---|---|---|\n"


def purpose(name: str) -> str:
    """The first sentence of a room's docstring."""
    place = ROOT / "sim" / name
    text = ast.get_docstring(parse(place / "__init__.py" if place.is_dir() else place.with_suffix(".py"))) or ""
    return " ".join(text.split("\n\n")[0].split()).removesuffix(".")


def table() -> str:
    """A row per room: what it is for, by the docstring that it opens with, and from which rooms it imports."""
    used: dict[str, set[str]] = {name: set() for name in ROOMS}
    for path in SOURCES:
        if path != ROOT / "sim" / "__init__.py":
            used[room(path)] |= rooms_used(parse(path)) - {room(path)}
    rows = ((name, purpose(name), ", ".join(one for one in ROOMS if one in used[name]) or "–") for name in ROOMS)
    return "".join(f"| `{name}` | {told} | {others} |\n" for name, told, others in rows)


def drawn(text: str) -> str:
    """The document with the table as the code has it now."""
    head, rest = text.split(HEAD, 1)
    _, rest = rest.split("\n\n", 1)
    return f"{head}{HEAD}{table()}\n{rest}"


def main(document: Path = DOCUMENT) -> None:
    document.write_text(drawn(document.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
