"""A directive for the pages that are made from the code: ``{lawshock} commands``, ``parameters``, ``codebook``."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList
from pydantic_core import PydanticUndefined


def commands() -> Iterator[str]:
    """Help of every command, with its options."""
    import click

    from sim.cli import COMMANDS, cli

    for name, (_, line) in COMMANDS.items():
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        context = click.Context(command, info_name=f"lawshock {name}", terminal_width=96, max_content_width=96)
        yield from ["", f"## {name}", "", line, "", "```text", command.get_help(context), "```"]


def parameters() -> Iterator[str]:
    """Kinds of acts with links to their fields, then a table per table of a scenario, from the schema."""
    from sim.scenario.acts import KINDS
    from sim.scenario.schema import Scenario

    schema = Scenario.model_json_schema()
    yield from ["", "## Kinds of acts", ""]
    kinds = [(f"[{kind}](#fields-{act.__name__})", (act.__doc__ or "").splitlines()[0]) for kind, act in KINDS.items()]
    yield from _table(("kind", "what happens"), kinds)
    for name, part in [("Scenario", schema), *schema["$defs"].items()]:
        rows = list(_rows(part))
        if rows:
            yield from [
                "",
                f"(fields-{name})=",
                f"## {name}",
                "",
                part.get("description", "").split("\n\n")[0].replace("\n", " "),
                "",
            ]
            yield from _table(("key", "default", "bounds", "plausible", "unit", "symbol", "origin", "meaning"), rows)


def _rows(part: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for key, field in part.get("properties", {}).items():
        origin = ": ".join(filter(None, (field.get("status", ""), field.get("source", ""))))
        default = "" if field.get("default", PydanticUndefined) is PydanticUndefined else _plain(field["default"])
        unit = field.get("unit", "")
        symbol, meaning = field.get("symbol", ""), field.get("description", "")
        yield f"`{key}`", default, _bounds(field), _plausible(field), unit, symbol, origin, meaning


def _plausible(field: dict[str, Any]) -> str:
    """The range from which a value that is not measured is drawn, around the scenario's own, with its reason."""
    said = field.get("plausible")
    if not said:
        return ""
    width = said["high"]
    words = {
        "times": f"within a factor of {math.exp(width):.3g}",
        "odds": f"± {width:g} in log odds",
        "plus": f"± {width:g}",
        "within": f"{said['low']:g} to {width:g}",
    }
    return f"{words[said['how']]}: {said['why']}"


def _plain(value: Any) -> str:
    return "a table of defaults" if isinstance(value, dict) and value else f"`{value}`"


def _bounds(field: dict[str, Any]) -> str:
    words = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    found = [f"{sign} {field[key]}" for key, sign in words.items() if key in field]
    chosen = [field["const"]] if "const" in field else field.get("enum", ())  # a single word says the kind of an act
    return ", ".join(found) or " \\| ".join(map(str, chosen))


def codebook() -> Iterator[str]:
    """Columns of every table, then what replicates add to them."""
    from sim.results.folder import AROUND, COLUMNS
    from sim.tables import CODEBOOK

    for table, columns in CODEBOOK.items():
        yield from ["", f"## {table}", ""]
        rows = [(f"`{name}`", column.unit, column.kind, column.meaning) for name, column in columns.items()]
        yield from _table(("column", "unit", "kind", "meaning"), rows)
    yield from ["", "## What replicates add", ""]
    yield from _table(("file", *COLUMNS[1:]), [(table, f"`{name}`", *rest) for table, name, *rest in AROUND])


def measures() -> Iterator[str]:
    """Headline measures of the reference, one of each kind."""
    from sim.measures import headline_measures, kind_of
    from sim.scenario.files import load

    kinds = {}
    for one in headline_measures(load("hong-kong-2020")):
        kinds.setdefault(kind_of(one.id), (f"`{one.id}`", one.name, one.unit, one.meaning, one.formula))
    yield from _table(("id", "name", "unit", "meaning", "formula"), [*kinds.values()])


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield "|" + "---|" * len(heads)
    for row in rows:
        yield f"| {' | '.join(re.sub(r'(?<!\\)[|]', r'\\|', str(cell)).replace(chr(10), ' ') for cell in row)} |"


PAGES = {"commands": commands, "parameters": parameters, "codebook": codebook, "measures": measures}


class Made(Directive):
    """Puts what a function of ``PAGES`` writes in Markdown in the place of the directive."""

    required_arguments: ClassVar[int] = 1

    def run(self) -> list[nodes.Node]:
        """Parse the text as if it stood in the page."""
        lines = "\n".join(PAGES[self.arguments[0]]()).splitlines()
        place = nodes.Element()
        self.state.nested_parse(StringList(lines, source=f"lawshock {self.arguments[0]}"), 0, place, match_titles=1)
        return place.children


def setup(app: Any) -> dict[str, bool]:
    """Tell Sphinx of the directive."""
    app.add_directive("lawshock", Made)
    return {"parallel_read_safe": True}
