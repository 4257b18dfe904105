"""``lawshock facts``."""

from __future__ import annotations

import click

from sim.command import shared


@click.command(short_help="List the observed facts with their sources.")
@click.argument("words", nargs=-1, metavar="[FILTER]")
def facts(words: tuple[str, ...]) -> None:
    """List the observed facts that hold every word of FILTER in table, period, entity or variable, with their sources.

    Example:  lawshock facts Meta user_data_requests
    """
    from sim.evidence.report import list_facts

    list_facts(" ".join(words), shared.console())
