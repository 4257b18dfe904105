"""``lawshock study``, and how commands make the runs of one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.command import shared

if TYPE_CHECKING:
    from sim.study.study import Study

RESULTS = "results"
"""Folder of tables and figures within that of a study."""
SOME_RUNS_FAILED = 1


@contextlib.contextmanager
def making(study: Study, label: str, *, holes: bool = False) -> Iterator[shared.Report]:
    """Show progress while runs are made; on Ctrl-C say what is kept.

    Args:
        study: Where.
        label: What to call it.
        holes: Whether the tables can do without the runs that fail; else these are tried again by each command.

    Raises:
        StudyError: A run failed, and the tables need every one.
    """
    from sim.runs.files import StudyError

    if not holes:
        study.store.forget_failures()
    try:
        with shared.progress(label, 1.0) as report:
            yield report
        if not holes:
            study.check_whole()
    except KeyboardInterrupt:
        with contextlib.suppress(StudyError):  # there is no plan yet, and no run
            status = study.status()
            click.echo(
                f"{status.done:,} of {status.done + status.failed + status.missing:,} runs are kept in {study.folder}; "
                "the same command goes on from there.",
                err=True,
            )
        raise click.Abort from None


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
