"""``lawshock facts``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sim.command import shared

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from sim.evidence.facts import Fact


@click.command()
@click.argument("words", nargs=-1, metavar="[FILTER]")
def facts(words: tuple[str, ...]) -> None:
    """List the observed facts that hold every word of FILTER in table, period, entity or variable, with their sources.

    Example:  lawshock facts Meta user_data_requests
    """
    list_facts(" ".join(words), shared.console())


def list_facts(pattern: str, console: Console) -> None:
    """Print the facts that match a pattern, table by table, each with its source.

    Args:
        pattern: Words that must all occur in a fact's table, key, unit, publisher or title; empty for the tables alone.
        console: Where to print.

    Raises:
        ScenarioError: when no fact matches.
    """
    from sim.evidence.facts import facts as found_by
    from sim.scenario.errors import ScenarioError
    from sim.scenario.words import counted

    if not pattern.strip():
        console.print(_overview())
        return
    found = found_by(pattern)
    if not found:
        raise ScenarioError.at("evidence", "", "words that occur in a fact", f'"{pattern}"')
    for table in dict.fromkeys(one.table for one in found):
        console.print(_listing(table, [one for one in found if one.table == table]))
    console.print(f"{counted(len(found), 'fact')}. A to C: how far a fact can be relied on; "
                  "* the source has no complete address, and the fact is not calibrated on.")  # fmt: skip


def _overview() -> Table:
    from sim.evidence.facts import facts as found_by
    from sim.evidence.facts import tables

    rows = []
    for name in tables():
        mine = [one for one in found_by() if one.table == name]
        days = sorted(day for one in mine for day in (one.start, one.end) if day)
        rows.append((name, len(mine), len({one.entity for one in mine}), days[0], days[-1]))
    title, columns = "Tables of facts: lawshock facts WORDS lists them", ("table", "facts", "entities", "first", "last")
    return shared.terminal_table(title, columns, rows, numeric=columns[1:3])


def _listing(table: str, found: list[Fact]) -> Table:
    from rich.text import Text

    rows = []
    for one in found:
        what = Text(one.variable).append(f" ({one.remark})" if one.remark else "", style="dim")
        told = ", ".join(part for part in (one.source_title, one.publisher, one.source_date) if part)
        source = Text(told).append("\n" + one.url, style=f"dim link {one.url}")
        confidence = one.confidence + ("" if one.complete else "*")
        when, who, value, unit, sure = map(Text, (one.date_or_period, one.entity, one.text, one.unit, confidence))
        rows.append((when, who, what, value, unit, sure, source))
    columns = ("when", "who", "what", "value", "unit", "", "source")
    return shared.terminal_table(table, columns, rows, numeric=("value",))
