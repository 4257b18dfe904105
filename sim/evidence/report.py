"""Facts on a terminal, for ``lawshock facts``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.evidence.facts import Fact, facts, tables
from sim.scenario.errors import ScenarioError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


def list_facts(pattern: str, console: Console) -> None:
    """Print the facts that match a pattern, table by table, each with its source.

    Args:
        pattern: Words that must all occur in a fact's table, key, unit, publisher or title; empty for the tables alone.
        console: Where to print.

    Raises:
        ScenarioError: when no fact matches.
    """
    if not pattern.strip():
        console.print(_overview())
        return
    found = facts(pattern)
    if not found:
        raise ScenarioError.at("evidence", "", "words that occur in a fact", f'"{pattern}"')
    for table in dict.fromkeys(one.table for one in found):
        console.print(_listing(table, [one for one in found if one.table == table]))
    console.print(f"{len(found)} {'fact' if len(found) == 1 else 'facts'}. A to C: how far a fact can be relied on; "
                  "* the source has no complete address, and the fact is not calibrated on.")  # fmt: skip


def as_rows(found: list[Fact]) -> list[dict[str, str]]:
    """Facts as plain rows: table, date_or_period, entity, variable, value, unit, confidence, source, url, remark."""
    return [
        {
            "table": one.table,
            "date_or_period": one.date_or_period,
            "entity": one.entity,
            "variable": one.variable,
            "value": one.text,
            "unit": one.unit,
            "confidence": one.confidence + ("" if one.complete else "*"),
            "source": ", ".join(part for part in (one.source_title, one.publisher, one.source_date) if part),
            "url": one.url,
            "remark": one.remark,
        }
        for one in found
    ]


def _overview() -> Table:
    shown = _empty("Tables of facts: lawshock facts WORDS lists them", "table", "facts", "entities", "first", "last")
    for name in tables():
        rows = [one for one in facts() if one.table == name]
        days = sorted(day for one in rows for day in (one.start, one.end) if day)
        entities = len({one.entity for one in rows})
        shown.add_row(name, str(len(rows)), str(entities), str(days[0]), str(days[-1]))
    return shown


def _listing(table: str, found: list[Fact]) -> Table:
    from rich.text import Text

    shown = _empty(table, "when", "who", "what", "value", "unit", "", "source")
    for row in as_rows(found):
        what = Text(row["variable"]).append(f" ({row['remark']})" if row["remark"] else "", style="dim")
        source = Text(row["source"]).append("\n" + row["url"], style=f"dim link {row['url']}")
        cells = (row["date_or_period"], row["entity"], what, row["value"], row["unit"], row["confidence"], source)
        shown.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in cells))
    return shown


def _empty(title: str, *columns: str) -> Table:
    from rich.box import SIMPLE
    from rich.table import Table

    shown = Table(title=title, box=SIMPLE, title_justify="left", pad_edge=False)
    for name in columns:
        right = name in ("facts", "entities", "value")
        shown.add_column(name, justify="right" if right else "left", overflow="fold")
    return shown
