"""``lawshock study``."""

from __future__ import annotations

from pathlib import Path

import click

from sim.analyses.question import RESULTS
from sim.command import shared

SOME_RUNS_FAILED = 1


@click.group(invoke_without_command=True)
@click.pass_context
def study(ctx: click.Context) -> None:
    """Look at a study, a folder of runs made by lawshock sweep and its kin.

    Example:  lawshock study status results/local/my-sweep
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@study.command()
@click.argument("folder", type=click.Path(path_type=Path))
def status(folder: Path) -> None:
    """Say how many runs of the study in FOLDER are done, failed and missing, and the time left.

    Example:  lawshock study status results/local/my-sweep
    """
    from sim.study.study import Study

    there = Study.open(folder)
    now = there.status()
    left = "unknown: no run was made yet" if now.seconds_left is None else _duration(now.seconds_left)
    click.echo(f"done     {now.done:>9,}\nfailed   {now.failed:>9,}\nmissing  {now.missing:>9,}")
    if now.missing:
        click.echo(f"time left at the latest pace: {left}\nTo go on:  {there.plan.command}")


@study.command()
@click.argument("folder", type=click.Path(path_type=Path))
@shared.path_option("--out", told="Folder for the tables.  [default: within the study]")
@shared.replace_option
def export(folder: Path, out: Path | None, replace: bool) -> None:
    """Write the tables of the study in FOLDER as CSV and Parquet, of the runs that are there.

    Example:  lawshock study export results/local/my-sweep --out tables
    """
    from sim.study.study import Study
    from sim.study.tables import write_results

    there = Study.open(folder)
    # Its own tables are those of its plan, whatever that was before.
    place = shared.settle(out, there.folder / RESULTS, there.plan.command, {}, replace=replace or out is None)
    write_results(there, place)
    click.echo(f"Tables: {place}")


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"
