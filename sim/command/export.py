"""``lawshock export``."""

from __future__ import annotations

from pathlib import Path

import click

from sim.command.shared import path_option, replace_option


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
@path_option("--out", told="Folder of the export.  [default: RESULTS-export]")
@replace_option
def export(results: Path, out: Path | None, *, replace: bool) -> None:
    """Write the CSV tables of RESULTS with datapackage.json (Frictionless), tables.xlsx with a codebook sheet, and
    read.R, which reads them and draws one figure.

    Tables that changed since they were written are refused. Tables of every run by the day stay Parquet, in RESULTS.

    Example:  lawshock export results/hong-kong-2020 --out for-excel-and-r
    """
    from sim.results.export import export as write

    place = out or results.with_name(f"{results.resolve().name}-export")
    names = write(results, place, replace=replace)
    click.echo(f"{len(names)} tables: {place}")
