"""The pages of docs/ that list what the code declares: commands, parameters, acts, columns and headline measures.

A block of a page stands between ``<!-- made: NAME -->`` and ``<!-- end of NAME -->``; NAME is a function of ``MADE``.
``python -m tests.docs.reference`` writes the blocks again.
"""

import copy
import math
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import click
from pydantic_core import PydanticUndefined

from sim.cli import COMMANDS, cli
from sim.measures import headline_measures, kind_of
from sim.results.folder import AROUND
from sim.results.folder import COLUMNS as OF_A_COLUMN
from sim.scenario.acts import KINDS
from sim.scenario.calendar import AnyCondition
from sim.scenario.files import load
from sim.scenario.schema import Scenario
from sim.scenario.stances import STANCES
from sim.tables import CODEBOOK

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"(<!-- made: (\w+) -->\n).*?(<!-- end of \2 -->)", re.DOTALL)
WIDTH = 96
"""Of the help of a command, in characters."""


def commands() -> Iterator[str]:
    """Help of every command, with its options."""
    for name, (_, line) in COMMANDS.items():
        found = cli.get_command(click.Context(cli), name)
        assert found is not None
        command = copy.copy(found)
        command._help_option = None  # made once, with the names of whichever context asked first
        context = click.Context(command, info_name=f"lawshock {name}", terminal_width=WIDTH, max_content_width=WIDTH,
                                help_option_names=cli.context_settings["help_option_names"])  # fmt: skip
        yield from ["", f"## {name}", "", line, "", "```text", command.get_help(context), "```"]


def kinds() -> Iterator[str]:
    """Kinds of acts and of conditions, with links to their keys, then the stances of a company."""
    yield from ["", "## Kinds of acts", ""]
    yield from table(("kind", "what happens"), [linked(kind, act) for kind, act in KINDS.items()])
    conditions = {get_args(one.model_fields["kind"].annotation)[0]: one for one in get_args(get_args(AnyCondition)[0])}
    yield from ["", "## Conditions that an act can wait for", ""]
    yield from table(("kind", "when it is met"), [linked(kind, one) for kind, one in conditions.items()])
    yield from ["", "## Stances of a company", ""]
    rows = [(f"`{name}`", f"a company that {one.does()}", one.requests) for name, one in STANCES.items()]
    yield from table(("stance", "who has it", "requests for data are"), rows)


def linked(kind: str, one: type) -> tuple[str, str]:
    """A kind with a link to its keys, and the first line of what it says of itself."""
    return f"[{kind}](#{one.__name__.lower()})", (one.__doc__ or "").splitlines()[0]


def parameters() -> Iterator[str]:
    """A table of keys per table of a scenario, from the schema."""
    schema = Scenario.model_json_schema()
    for name, part in [("Scenario", schema), *schema["$defs"].items()]:
        rows = list(keys(part))
        if rows:
            yield from ["", f"## {name}", "", part.get("description", "").split("\n\n")[0].replace("\n", " "), ""]
            yield from table(("key", "default", "bounds", "plausible", "unit", "symbol", "origin", "meaning"), rows)


def keys(part: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """A row per key of a table of a scenario."""
    for key, field in part.get("properties", {}).items():
        origin = ": ".join(filter(None, (field.get("status", ""), field.get("source", ""))))
        default = plain(field.get("default", PydanticUndefined))
        told = field.get("unit", ""), field.get("symbol", ""), origin, field.get("description", "")
        yield f"`{key}`", default, bounds(field), plausible(field), *told


def plausible(field: Mapping[str, Any]) -> str:
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


def plain(value: Any) -> str:
    """A default as a cell; empty where it is nothing."""
    if value is PydanticUndefined:
        return "needed"
    if value is None or value in ("", [], {}):
        return ""
    return "a table of defaults" if isinstance(value, dict) else f"`{value}`"


def bounds(field: Mapping[str, Any]) -> str:
    """What a value may be."""
    words = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    found = [f"{sign} {field[key]}" for key, sign in words.items() if key in field]
    chosen = [field["const"]] if "const" in field else field.get("enum", ())  # a single word says the kind of an act
    return ", ".join(found) or " | ".join(map(str, chosen))


def codebook() -> Iterator[str]:
    """Columns of every table, then what replicates add to them."""
    for name, columns in CODEBOOK.items():
        yield from ["", f"## {name}", ""]
        rows = [(f"`{key}`", column.unit, column.kind, column.meaning) for key, column in columns.items()]
        yield from table(("column", "unit", "kind", "meaning"), rows)
    yield from ["", "## What replicates add", ""]
    yield from table(("file", *OF_A_COLUMN[1:]), [(file, f"`{name}`", *rest) for file, name, *rest in AROUND])


def measures() -> Iterator[str]:
    """Headline measures of the reference, one of each kind."""
    found = {}
    for one in headline_measures(load("hong-kong-2020")):
        found.setdefault(kind_of(one.id), (f"`{one.id}`", one.name, one.unit, one.meaning, one.formula))
    yield from table(("id", "name", "unit", "meaning", "formula"), [*found.values()])


def table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> Iterator[str]:
    """A table in Markdown, a row per line."""
    yield f"| {' | '.join(heads)} |"
    yield "|" + "---|" * len(heads)
    for row in rows:
        yield f"| {' | '.join(str(cell).replace('|', r'\|').replace(chr(10), ' ') for cell in row)} |"


MADE: Mapping[str, Callable[[], Iterator[str]]] = {
    made.__name__: made for made in (commands, kinds, parameters, codebook, measures)
}


def pages() -> list[Path]:
    """Pages with a block."""
    return [page for page in sorted(DOCS.glob("*.md")) if BLOCK.search(page.read_text(encoding="utf-8"))]


def renew(text: str) -> str:
    """A page with its blocks as the code has them now."""
    return BLOCK.sub(lambda found: "\n".join([f"{found[1].rstrip()}", *MADE[found[2]](), "", found[3]]), text)


if __name__ == "__main__":
    for document in pages():
        document.write_text(renew(document.read_text(encoding="utf-8")), encoding="utf-8")
