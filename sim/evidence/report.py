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
    from rich.table import Table

    shown = Table(
        "table", "facts", "entities", "first", "last", title="Tables of facts: lawshock facts WORDS lists them"
    )
    for name in tables():
        rows = [one for one in facts() if one.table == name]
        days = sorted(day for one in rows for day in (one.start, one.end) if day)
        entities = len({one.entity for one in rows})
        shown.add_row(name, str(len(rows)), str(entities), str(days[0]), str(days[-1]))
    return shown


def _listing(table: str, found: list[Fact]) -> Table:
    from rich.table import Table
    from rich.text import Text

    shown = Table("when", "who", "what", "value", "unit", "", "source", title=table, show_lines=False)
    shown.columns[3].justify = "right"
    for row in as_rows(found):
        value = Text(f"{row['value']}  ({row['remark']})" if row["remark"] else row["value"])
        source = Text(row["source"] + "\n").append(row["url"], style=f"dim link {row['url']}")
        shown.add_row(*(Text(row[name]) for name in ("date_or_period", "entity", "variable")), value, row["unit"],
                      row["confidence"], source)  # fmt: skip
    return shown
