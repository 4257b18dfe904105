"""``lawshock reproduce``."""

from __future__ import annotations

import sys
from pathlib import Path

import click


@click.command(short_help="Make results again in a clean process, and say where they differ.")
@click.argument("results", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Run what is needed without asking.")
def reproduce(results: Path, yes: bool) -> None:
    """Make RESULTS again from its manifest in a clean process; compare every table, value and pixel.

    RESULTS may come from someone else: what will be run is shown first, it is the model alone, it writes nothing but
    a private folder that is removed afterwards, and a terminal is asked whether to go on. The exit code is 0 where all
    is the same and 1 where anything differs.

    Example:  lawshock reproduce results/hong-kong-2020
    """
    from sim.analyses.reproduce.analysis import in_words, make_again, prepare
    from sim.runs.files import printable

    rerun = prepare(results.resolve())
    click.echo(f"To be run: {printable(rerun.sentence)}", err=True)
    if not yes and sys.stdin is not None and sys.stdin.isatty():
        click.confirm("Run it?", abort=True, err=True)
    elif not yes and not rerun.is_small:
        raise click.UsageError("this is much work, and no one is there to be asked; allow it with --yes")
    result = make_again(rerun)
    for line in in_words(result):
        click.echo(printable(line))
    if not result.is_exact:
        raise click.exceptions.Exit(1)
