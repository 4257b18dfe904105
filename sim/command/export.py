"""``lawshock export``."""

from __future__ import annotations

from pathlib import Path

import click

from sim.analyses.question import needs
from sim.command.shared import path_option, replace_option


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
@path_option("--out", help="Folder of the export.  [default: RESULTS-export]")
@replace_option
def export(results: Path, out: Path | None, *, replace: bool) -> None:
    """Write RESULTS for spreadsheets and archives: its files, tables.xlsx with a sheet for each CSV table, the codebook
    first, and ro-crate-metadata.json, by which the folder is an RO-Crate.

    Files that changed since they were written are refused.

    Example:  lawshock export results/hong-kong-2020 --out for-archive
    """
    for package in ("xlsxwriter", "rocrate"):
        needs(package)
    from sim.results.export import export as write

    place = out or results.with_name(f"{results.resolve().name}-export")
    names = write(results, place, replace=replace)
    click.echo(f"{len(names)} tables: {place}")
