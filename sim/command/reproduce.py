"""``lawshock reproduce``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(short_help="Make results again in a clean process, and say where they differ.")
@click.argument("results", type=click.Path(path_type=Path))
def reproduce(results: Path) -> None:
    """Make RESULTS again from its manifest in a clean process; compare every table, value and pixel.

    The exit code is 0 where all is the same and 1 where anything differs.

    Example:  lawshock reproduce results/hong-kong-2020
    """
    from sim.study.reproduce import in_words
    from sim.study.reproduce import reproduce as make_again

    result = make_again(results.resolve())
    for line in in_words(result):
        click.echo(line)
    if not result.is_exact:
        raise click.exceptions.Exit(1)
