"""``lawshock reproduce``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.analyses.question import Listing
from sim.command import shared

if TYPE_CHECKING:
    from sim.analyses.reproduce import Rerun


@click.command()
@click.argument("results", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Run what is needed without asking.")
def reproduce(results: tuple[Path, ...], yes: bool) -> None:
    """Make each of RESULTS again from its manifest in a clean process; compare every table, value and pixel.

    RESULTS may come from someone else: what will be run is shown first, it is the model alone, it writes nothing but
    a private folder that is removed afterwards, and a terminal is asked whether to go on. The exit code is 0 where all
    is the same and 1 where anything differs.

    Example:  lawshock reproduce results/hong-kong-2020
    """
    from sim.analyses.reproduce import in_words, make_again, prepare
    from sim.results.reading import ResultsError
    from sim.runs.files import printable

    rows = []
    for number, place in enumerate(results, start=1):
        prefix = f"[{number} of {len(results)}] " if len(results) > 1 else ""
        try:
            rerun = prepare(place.resolve())
            _allow(rerun, prefix, yes)
            lines = list(in_words(result := make_again(rerun)))
            same = result.is_exact
        except ResultsError as error:
            if len(results) == 1:
                raise
            lines, same = [str(error)], False
        click.echo("\n".join(f"{prefix}{printable(line)}" for line in lines))
        rows.append((place, "same" if same else "differs", "" if same else printable(lines[0])))
    if len(results) > 1:
        shared.say([Listing("Made again", ("folder", "", "why"), rows)])
    if any(outcome != "same" for _, outcome, _ in rows):
        raise click.exceptions.Exit(1)


def _allow(rerun: Rerun, prefix: str, yes: bool) -> None:
    """Say what will be run, and ask where someone is there to answer."""
    from sim.runs.files import printable

    click.echo(f"{prefix}To be run: {printable(rerun.sentence)}", err=True)
    if not yes and sys.stdin is not None and sys.stdin.isatty():
        click.confirm("Run it?", abort=True, err=True)
    elif not yes and not rerun.is_small:
        raise click.UsageError("this is much work, and no one is there to be asked; allow it with --yes")
