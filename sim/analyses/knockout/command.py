"""``lawshock knockout``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.command import shared
from sim.command.run import REFERENCE

if TYPE_CHECKING:
    import pandas as pd


@click.command()
@click.argument("scenario")
@click.option("--only", default=None, metavar="NAME,NAME,…", help="Knock-outs to try; all when absent.")
@click.option(
    "--shapley", default=None, metavar="NAME,NAME,…",
    help="Channels to divide the effect among [default: peers,press,salience,risk]; empty for none.",
)  # fmt: skip
@shared.few_users(10_000)
@shared.replicates_of(2, 10, "Pairs of runs per knock-out.")
@shared.kept_runs("results/knockout for the reference, else within the folder of the runs")
def knockout(
    scenario: str,
    only: str | None,
    shapley: str | None,
    users: int,
    replicates: int,
    how: shared.Making,
) -> None:
    """Remove one rule or channel of SCENARIO at a time, and see what is left of the effect of its shock.

    The shock is the law and what the authorities do under it. Each world is run with it and without it, with the same
    seeds, until half a year after the law. Runs are kept: the same command goes on where it stopped.

    Example:  lawshock knockout hong-kong-2020 --only peers,ladder --shapley "" --users 1000 --replicates 2
    """
    from sim.analyses.knockout import analysis as study_of

    world = shared.load_scenario(scenario, how.overrides, users)
    name = shared.scenario_name(scenario)
    outs = study_of.find(_names(only)) if only is not None else study_of.KNOCKOUTS
    channels = study_of.find(_names(shapley) if shapley is not None else study_of.SHAPLEY)
    settings = shared.typed_settings("only", "shapley", "users", "replicates", "seed", "overrides")
    command = shared.as_typed(["lawshock", "knockout", name, *settings])
    kept = how.runs or shared.LOCAL / f"knockout-{name}-{world.digest()[:8]}"
    default = Path("results", "knockout") if name == REFERENCE and not settings else kept / "results"
    folder = how.settle(default, command, {"scenario": world})

    from sim.command.study import making
    from sim.results.report import made_by, write_report
    from sim.study.study import Study

    study = Study(kept)
    with making(study, f"{name}: {len(outs)} knock-outs") as report:
        study_of.take_apart(
            study, world, knockouts=outs, shapley=channels, replicates=replicates, seed=how.seed, workers=how.workers,
            command=command, on_progress=report,
        )  # fmt: skip
    table = study_of.effects(study)
    parts = study_of.shapley_values(study, channels)

    from sim.analyses.knockout.figure import draw_knockouts

    seeds = how.seeds(replicates)
    lived = f"{replicates} pairs of runs, seeds {seeds[0]} to {seeds[-1]}"
    footer = made_by(world.title, lived, f"{users:,} simulated people", command=command)
    write_report(
        folder, {"knockouts": table, "shapley": parts}, study_of.COLUMNS, scenarios={"scenario": world}, seeds=seeds,
        command=command, draw=lambda there: draw_knockouts(table, parts, there, footer),
    )  # fmt: skip
    _print(table)
    click.echo(f"Tables and figures: {folder}")


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _print(table: pd.DataFrame) -> None:
    """Effect of the shock by knock-out; a star where the loss is clear of zero."""
    from sim.analyses.knockout.analysis import shown_measures
    from sim.command.summary import number

    shown = shown_measures(table)
    clear = (table["lost_low"] > 0) | (table["lost_high"] < 0)
    words = [number(effect) + ("*" if marked else " ") for effect, marked in zip(table["effect"], clear, strict=True)]
    wide = table.assign(words=words).pivot(index="knocked out", columns="measure", values="words")
    rows = [(out, *wide.loc[out, shown]) for out in dict.fromkeys(table["knocked out"])]
    columns = ("without", *shown)
    title = "Effect of the shock with one rule or channel removed (* the loss is clear of zero)"
    shared.console().print(shared.terminal_table(title, columns, rows, numeric=columns[1:]))
