"""``lawshock sweep``."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.analyses.question import RESULTS, load_scenario, making
from sim.command import shared
from sim.command.runs import SOME_RUNS_FAILED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.measures import Measure
    from sim.scenario.schema import Scenario
    from sim.study.design import Design
    from sim.study.study import Study

MOVING = ("over", "design", "points", "to_precision", "at_most", "users", "replicates", "seed", "overrides")
"""Options that change what the study holds."""


@click.command()
@click.argument("scenario")
@click.option(
    "--over", multiple=True, required=True, metavar="KEY=LOW:HIGH:LEVELS", help="An axis; or KEY=VALUE,VALUE,…"
)
@click.option(
    "--design", type=click.Choice(["factorial", "lhs", "sobol"]), default="factorial", show_default=True,
    help="All combinations, a Latin hypercube, or a Sobol' sequence.",
)  # fmt: skip
@click.option(
    "--points", type=click.IntRange(2, shared.MOST_POINTS), default=64, show_default=True, help="Cells of lhs, sobol."
)
@click.option(
    "--to-precision", multiple=True, metavar="MEASURE:WIDTH",
    help="Add replicates until the 90 % interval of the paired difference is this wide: 'WhatsApp.share:0.1pp'.",
)  # fmt: skip
@click.option(
    "--at-most", type=click.IntRange(2, shared.MOST_REPLICATES), default=500, show_default=True,
    help="Replicates to stop at.",
)  # fmt: skip
@click.option("--show", multiple=True, metavar="MEASURE", help="Measures in the figure; the platforms' when absent.")
@shared.with_options(
    shared.users_of("own"), shared.replicates_of(1, 20, "Runs."), shared.seed_option, shared.workers_option
)
@click.option("--scheduler", metavar="ADDRESS", help="Dask scheduler that makes the runs: tcp://host:8786.")
@click.option("--retry-failed", is_flag=True, help="Make failed runs again.")
@shared.path_option(
    "--out",
    help="Folder of the study; it keeps every run, its tables are those of the latest command.  "
    "[default: results/local/sweep-NAME, by the world]",
)
@shared.set_option
@click.pass_context
def sweep(
    ctx: click.Context, scenario: str, over: tuple[str, ...], design: Design, points: int,
    to_precision: tuple[str, ...], at_most: int, show: tuple[str, ...], users: int | None, replicates: int, seed: int,
    workers: int | None, scheduler: str | None, retry_failed: bool, out: Path | None, overrides: tuple[str, ...],
) -> None:  # fmt: skip
    """Run SCENARIO at many combinations of values, each with the same seeds, and compare with SCENARIO unchanged.

    What finished is kept: the same command, given again, goes on where it stopped.

    Example:  lawshock sweep hong-kong-2020 --over population.gamma=0,3,6 --users 1000 --replicates 3
    """
    from sim.runs.executors import make_executor
    from sim.scenario.files import name_of
    from sim.study.design import find_measure, lay_out_sweep
    from sim.study.study import Study, make_sweep

    name, world = name_of(scenario), load_scenario(scenario, overrides, users)
    command = shlex.join(["lawshock", "sweep", name, *shared.typed_settings(*MOVING)])
    laid_out = lay_out_sweep(
        world, over, design=design, points=points, replicates=replicates, seed=seed, to_precision=to_precision,
        at_most=at_most, command=command,
    )  # fmt: skip
    measures = [*show, *(target.measure for target in laid_out.targets)] or _of_platforms(world)
    shown = [find_measure(measure, world, "--show") for measure in dict.fromkeys(measures)]
    place = out or Path("results", "local", f"sweep-{name}-{world.digest()[:8]}")
    with make_executor(workers=workers, scheduler=scheduler) as executor:
        study = Study(place)
        with making(study, shared.progress(f"{name}: {len(laid_out.worlds) - 1} cells", 1.0), holes=True) as report:
            make_sweep(study, laid_out, executor=executor, retry=retry_failed, on_progress=report)
    _write(study, study.folder / RESULTS, shown)
    ctx.exit(_tell(study, study.folder / RESULTS))


def _write(study: Study, folder: Path, shown: Sequence[Measure]) -> None:
    from sim.analyses.sweep import draw_sweep
    from sim.results.folder import made_by
    from sim.study.study import write_results

    plan = study.plan
    most = max(cell.replicates for cell in plan.cells)
    span = f"{len(plan.cells) - 1} cells, seeds {plan.seed} to {plan.seed + most - 1}"
    footer = made_by(study.scenario(plan.cells[0]).title, span, command=plan.command)
    summary = study.table("summary")
    write_results(study, folder, lambda figures: draw_sweep(summary, plan.varied(), shown, figures, footer))


def _tell(study: Study, folder: Path) -> int:
    """Say what came of it; give the exit code."""
    now = study.status()
    counts = [cell.replicates for cell in study.plan.cells]
    spread = str(min(counts)) if min(counts) == max(counts) else f"{min(counts)} to {max(counts)}"
    click.echo(f"{now.done:,} runs of {len(counts):,} cells ({spread} replicates). Tables and figures: {folder}")
    if not now.failed:
        return 0
    click.echo(f"{now.failed:,} runs failed; see {folder / 'failures.csv'}", err=True)
    return SOME_RUNS_FAILED


def _of_platforms(world: Scenario) -> list[str]:
    """The measures of which a reader thinks first."""
    return [f"{platform}.change" for platform in list(world.platforms)[:4]]
