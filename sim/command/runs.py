"""``lawshock runs``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.analyses.question import RESULTS, Listing, settle
from sim.command import shared

if TYPE_CHECKING:
    from sim.study.study import Study

SOME_RUNS_FAILED = 1


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path("results"))
@shared.path_option("--out", help="Folder for the tables of the runs that are there.  [default: none are written]")
@shared.replace_option
def runs(folder: Path, out: Path | None, replace: bool) -> None:
    """List every study below FOLDER: where it lies, how many runs are kept and missing, and the command that made it.

    Of a folder that is a study itself, say how far it is and how long the rest takes; --out writes its tables.

    Example:  lawshock runs results/local/my-sweep --out tables
    """
    from sim.study.study import PLAN, Study, write_results

    if not folder.is_dir():
        raise click.UsageError(f"{folder}: expected a folder to look into, found none")
    if out is None and not (folder / PLAN).exists():
        _list(folder)
        return
    study = Study.open(folder)
    if out is None:
        _tell(study)
        return
    place = settle(out, folder / RESULTS, study.plan.command, {}, replace=replace)
    write_results(study, place)
    click.echo(f"Tables: {place}")


def _list(folder: Path) -> None:
    from sim.runs.files import StudyError
    from sim.study.study import PLAN, Study

    rows = []
    for plan in sorted(folder.rglob(PLAN)):
        try:
            study = Study.open(plan.parent)
        except StudyError as error:
            click.echo(str(error), err=True)
            continue
        now = study.status()
        size = sum(path.stat().st_size for path in plan.parent.rglob("*") if path.is_file())
        counts = (f"{now.done:,}", f"{now.failed:,}", f"{now.missing:,}", f"{size / 1e6:,.1f}")
        rows.append((plan.parent, *counts, study.plan.command))
    columns = ("folder", "kept", "failed", "missing", "MB", "command")
    shared.say([Listing(f"Studies in {folder}", columns, rows, columns[1:5])])


def _tell(study: Study) -> None:
    now = study.status()
    click.echo(f"kept     {now.done:>9,}\nfailed   {now.failed:>9,}\nmissing  {now.missing:>9,}")
    if now.missing:
        left = "unknown: no run was made yet" if now.seconds_left is None else _duration(now.seconds_left)
        click.echo(f"time left at the latest pace: {left}")
    click.echo(f"made by  {study.plan.command}")


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"
