"""``lawshock sensitivity`` and ``lawshock discover``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.command import shared

if TYPE_CHECKING:
    import pandas as pd

    from sim.scenario.schema import Scenario
    from sim.study.study import Study

MOST_FACTORS = 8
"""Parameters that the terminal shows of each measure; the tables have all."""

over_option = click.option(
    "--over", multiple=True, metavar="KEY[=LOW:HIGH]",
    help="A parameter, over the schema's bounds or your own; all of behaviour when absent.",
)  # fmt: skip


@click.command()
@click.argument("scenario")
@click.option("--method", type=click.Choice(["morris", "sobol"]), default="morris", show_default=True)
@over_option
@click.option(
    "--points",
    type=click.IntRange(1, shared.MOST_POINTS),
    help="Trajectories [morris: 10], or base points [sobol: 64].",
)
@shared.few_users(5_000)
@shared.replicates_of(2, 4, "Runs of each point.")
@shared.kept_runs("within the folder of the runs")
def sensitivity(
    scenario: str,
    method: str,
    over: tuple[str, ...],
    points: int | None,
    users: int,
    replicates: int,
    how: shared.Making,
) -> None:
    """Vary many parameters of SCENARIO at once, and say which of them move the headline measures.

    Morris screens many parameters with few runs, Sobol' divides the variance among a few. At least two replicates tell
    chance from parameters. Runs end half a year after the law, and are kept: the same command goes on where it stopped.

    Example:  lawshock sensitivity hong-kong-2020 --over population.gamma=0:6 --over decision.prior --points 2
    """
    shared.needs("SALib")
    from sim.analyses.sensitivity import analysis as study_of
    from sim.analyses.sensitivity.factors import chosen_factors

    world = shared.load_scenario(scenario, how.overrides, users)
    factors = chosen_factors(world, over)
    chosen: study_of.Method = "sobol" if method == "sobol" else "morris"
    study_of.design(chosen, [factor.key for factor in factors], points or study_of.POINTS[chosen], how.seed)
    settings = shared.typed_settings("method", "over", "points", "users", "replicates", "seed", "overrides")
    study, folder, command = _open("sensitivity", shared.scenario_name(scenario), settings, world, how)

    from sim.command.study import making

    with making(study, f"{shared.scenario_name(scenario)}: {len(factors)} parameters") as report:
        table = study_of.measure_sensitivity(
            study, world, factors, method=chosen, points=points, replicates=replicates, seed=how.seed,
            workers=how.workers, command=command, on_progress=report,
        )  # fmt: skip

    from sim.analyses.sensitivity.figure import draw_sensitivity
    from sim.results.report import write_report

    seeds = how.seeds(replicates)
    footer = _footer(world, f"{table['points'].iloc[0]:,} points", seeds, command)
    shown = _shown(table)
    write_report(
        folder, {"sensitivity": table}, study_of.COLUMNS, scenarios={"scenario": world}, seeds=seeds, command=command,
        draw=lambda there: draw_sensitivity(table, shown, there, footer),
    )  # fmt: skip
    _print(table, shown)
    click.echo(f"Tables and figures: {folder}")


@click.command()
@click.argument("scenario")
@click.option(
    "--event", "text", required=True, metavar="MEASURE<LEVEL",
    help="What is to happen, such as 'WhatsApp change < -5' or 'blocked platform-days > 0'.",
)  # fmt: skip
@over_option
@click.option(
    "--points",
    type=click.IntRange(20, shared.MOST_POINTS),
    default=256,
    show_default=True,
    help="Points of the design.",
)
@shared.few_users(5_000)
@shared.replicates_of(1, 3, "Runs of each point.")
@shared.kept_runs("within the folder of the runs")
def discover(
    scenario: str,
    text: str,
    over: tuple[str, ...],
    points: int,
    users: int,
    replicates: int,
    how: shared.Making,
) -> None:
    """Vary many parameters of SCENARIO at once, and find the ranges in which an event happens in most runs (PRIM).

    Example:  lawshock discover hong-kong-2020 --event "furthest sanction > 2" --over regulators.Beijing.autonomy
    --points 40
    """
    shared.needs("ema_workbench")
    from sim.analyses.sensitivity import discover as study_of
    from sim.analyses.sensitivity.factors import chosen_factors

    world = shared.load_scenario(scenario, how.overrides, users)
    factors = chosen_factors(world, over)
    event = study_of.parse_event(text, world)
    settings = shared.typed_settings("text", "over", "points", "users", "replicates", "seed", "overrides")
    study, folder, command = _open("discover", shared.scenario_name(scenario), settings, world, how)

    from sim.command.study import making

    with making(study, f"{shared.scenario_name(scenario)}: {len(factors)} parameters") as report:
        scattered = study_of.scatter(
            study, world, factors, event, points=points, replicates=replicates, seed=how.seed, workers=how.workers,
            command=command, on_progress=report,
        )  # fmt: skip
    limits, found = study_of.boxes(scattered, factors)

    from sim.analyses.sensitivity.figure import draw_boxes
    from sim.results.report import write_report

    seeds = how.seeds(replicates)
    footer = _footer(world, f"{len(scattered):,} points", seeds, command)
    write_report(
        folder, {"boxes": found, "limits": limits, "points": scattered}, study_of.COLUMNS,
        scenarios={"scenario": world}, seeds=seeds, command=command,
        draw=lambda there: draw_boxes(limits, found, event, there, footer) if len(found) else None,
    )  # fmt: skip
    share = float((scattered["share"] > 0.5).mean())
    click.echo(f"'{event}' happens at {share:.0%} of {len(scattered):,} points.")
    for number in found["box"]:
        click.echo(study_of.box_sentence(number, limits, found, event))
    click.echo(
        "A question mark: the limit may be chance." if len(found) else "No box holds it better than all points do."
    )
    click.echo(f"Tables and figures: {folder}")


def _open(what: str, name: str, settings: list[str], world: Scenario, how: shared.Making) -> tuple[Study, Path, str]:
    """The study, the folder of results, and the command that makes it again."""
    import hashlib

    from sim.command.study import RESULTS
    from sim.study.study import Study

    command = shared.as_typed(["lawshock", what, name, *settings])
    kept = how.runs or shared.LOCAL / f"{what}-{name}-{hashlib.sha256(command.encode()).hexdigest()[:8]}"
    return Study(kept), how.settle(kept / RESULTS, command, {"scenario": world}), command


def _footer(world: Scenario, points: str, seeds: range, command: str) -> str:
    from sim.results.report import made_by

    lived = f"{points}, seeds {seeds[0]} to {seeds[-1]} at each"
    return made_by(world.title, lived, f"{world.population.users:,} simulated people", command=command)


def _shown(table: pd.DataFrame) -> list[str]:
    """Measures for the picture and the terminal: those of the people's shares and of the companies together."""
    from sim.analyses.knockout.analysis import shown_measures

    return shown_measures(table) or list(dict.fromkeys(table["measure"]))[:9]


def _print(table: pd.DataFrame, shown: list[str]) -> None:
    """The leading parameters of each measure shown."""
    main = "mu_star" if (table["index"] == "mu_star").any() else "ST"
    rows = []
    for measure in shown:
        mine = table[(table["measure"] == measure) & (table["index"] == main)].nlargest(MOST_FACTORS, "value")
        rows += [
            (measure if first else "", row.factor, f"{row.value:.3g}", f"{row.low:.3g} to {row.high:.3g}",
             f"{row.chance:.0%}" if first else "")
            for first, row in zip([True, *[False] * len(mine)], mine.itertuples(), strict=False)
        ]  # fmt: skip
    columns = ("measure", "parameter", main, "90 % interval", "chance in a run")
    shared.console().print(shared.terminal_table("What matters", columns, rows, numeric=columns[2:]))
