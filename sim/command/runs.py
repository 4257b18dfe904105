"""``lawshock work`` and ``lawshock runs``."""

from __future__ import annotations

import re
from pathlib import Path

import click

from sim.command import shared


def _part(ctx: click.Context, param: click.Parameter, value: str) -> tuple[int, int]:
    """Number of a part, and number of parts: ``0/8`` to ``7/8``."""
    found = re.fullmatch(r"(\d{1,6})/(\d{1,6})", value)
    if found is None or not int(found[1]) < int(found[2]):
        raise click.BadParameter(f"expected a part from 0/N to N-1/N, such as 0/8, found {value!r}", ctx, param)
    return int(found[1]), int(found[2])


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--shard", callback=_part, default="0/1", show_default=True, metavar="I/N", help="Which part of how many."
)
@shared.workers_option
@click.pass_context
def work(ctx: click.Context, folder: Path, shard: tuple[int, int], workers: int | None) -> None:
    """Make the runs of one part of the study in FOLDER, which lawshock sweep --lay-out has laid out.

    Each part is a job of its own, on any machine that sees the folder: a task of a Slurm array, an indexed job of
    Kubernetes, a rule of Snakemake. Once all have ended, the command that laid the study out writes its tables.

    Example:  lawshock work results/local/my-sweep --shard 3/8
    """
    from sim.command.study import SOME_RUNS_FAILED
    from sim.runs.executors import make_executor
    from sim.study.study import Study

    study = Study.open(folder)
    number, parts = shard
    with (
        make_executor(workers=workers) as executor,
        shared.progress(f"part {number} of {parts}", 1.0) as report,
    ):
        study.work(executor, shard=shard, on_progress=report)
    now = study.status()
    click.echo(f"{now.done:,} runs of the study are done, {now.failed:,} failed, {now.missing:,} are missing.")
    if not now.missing:
        click.echo(f"For its tables:  {study.plan.command}")
    ctx.exit(SOME_RUNS_FAILED if now.failed else 0)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path("results"))
def runs(folder: Path) -> None:
    """List every study below FOLDER: where it lies, how many runs are kept and missing, how much room they take.

    Example:  lawshock runs results
    """
    from sim.runs.files import StudyError
    from sim.study.plan import PLAN
    from sim.study.study import Study

    if not folder.is_dir():
        raise click.UsageError(f"{folder}: expected a folder to look into, found none")
    rows = []
    for plan in sorted(folder.rglob(PLAN)):
        try:
            study = Study.open(plan.parent)
            now = study.status()
        except StudyError as error:
            click.echo(str(error), err=True)
            continue
        size = sum(path.stat().st_size for path in plan.parent.rglob("*") if path.is_file())
        rows.append(
            (plan.parent, f"{now.done:,}", f"{now.failed:,}", f"{now.missing:,}", f"{size / 1e6:,.1f}",
             study.plan.command)
        )  # fmt: skip
    columns = ("folder", "kept", "failed", "missing", "MB", "command")
    shared.console().print(shared.terminal_table(f"Studies in {folder}", columns, rows, numeric=columns[1:5]))
