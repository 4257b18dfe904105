"""The map of the rooms in docs/code.md, drawn from the code; ``python -m tests.docs.rooms`` draws it again."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.test_house import ROOMS, ROOT, SOURCES, parse, room, rooms_used

DOCUMENT = ROOT / "docs" / "code.md"
BEGIN, END = "```text\n", "```\n"


def purpose(name: str) -> str:
    """The first sentence of a room's docstring."""
    place = ROOT / "sim" / name
    text = ast.get_docstring(parse(place / "__init__.py" if place.is_dir() else place.with_suffix(".py"))) or ""
    return " ".join(text.split("\n\n")[0].split()).removesuffix(".")


def picture() -> str:
    """A line per room: a dot under the number of each room from which it imports, and what the room is."""
    used: dict[str, set[str]] = {name: set() for name in ROOMS}
    for path in SOURCES:
        if path != ROOT / "sim" / "__init__.py":
            used[room(path)] |= rooms_used(parse(path))
    lines = ["                " + " ".join(f"{i:2}" for i in range(1, len(ROOMS) + 1))]
    for i, name in enumerate(ROOMS):
        cells = " ".join(" ■" if other == name else " ●" if other in used[name] else " ·" for other in ROOMS[: i + 1])
        lines.append(f"{i + 1:2} {name:<12} {cells}")
    return "\n".join(lines) + "\n"


def table() -> str:
    """What each room is for, by the docstring that it opens with."""
    return "".join(f"| `{name}` | {purpose(name)} |\n" for name in ROOMS)


def drawn(text: str) -> str:
    """The document with the map as the code has it now."""
    head, rest = text.split(BEGIN, 1)
    _, rest = rest.split(END, 1)
    top, rest = rest.split("|---|---|\n", 1)
    _, rest = rest.split("\n\n", 1)
    return f"{head}{BEGIN}{picture()}{END}{top}|---|---|\n{table()}\n{rest}"


def main(document: Path = DOCUMENT) -> None:
    document.write_text(drawn(document.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
