"""``lawshock sensitivity``: the questions of ``sim.analyses.sensitivity`` and ``sim.analyses.boxes``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from sim.analyses.question import Answer, Asked, Listing, needs, question

if TYPE_CHECKING:
    import pandas as pd

    from sim.scenario.schema import Scenario
    from sim.study.design import Axis

METHODS = ("morris", "sobol", "status")
"""As the analysis has them, which help does not import."""
IN_PRINT = 8
"""Parameters that the terminal shows of each measure; the tables have all."""


@question(
    "sensitivity",
    click.option("--method", type=click.Choice(METHODS), default="morris", show_default=True,
                 help="Screen, divide the variance, or divide it by what numbers rest on."),
    click.option("--event", metavar="'MEASURE < LEVEL'",
                 help="Find where this happens in most runs, such as 'WhatsApp.change < -5', in place of indices."),
    click.option("--over", multiple=True, metavar="KEY[=LOW:HIGH]",
                 help="A parameter, over the schema's bounds or your own; all of behaviour when absent."),
    click.option("--points", type=click.IntRange(1, 1_000_000),
                 help="Trajectories [morris: 10], base points [sobol: 64, status: 32], or points [--event: 256]."),
    users=5_000, replicates=(2, 4, "Runs of each point."), reference=False,
)  # fmt: skip
def sensitivity(asked: Asked) -> Answer:
    """Vary many parameters of SCENARIO at once, and say which of them move the headline measures.

    Morris screens many parameters with few runs, Sobol' divides the variance among a few, and status says how much of
    it rests on numbers that were measured, borrowed, calibrated or assumed. With --event, PRIM finds the ranges of
    parameters in which something happens in most runs. At least two replicates tell chance from parameters. Runs end
    half a year after the law, and are kept: the same command goes on where it stopped.

    Example:  lawshock sensitivity hong-kong-2020 --over population.gamma=0:6 --over decision.prior --points 2
    """
    needs("ema_workbench" if asked.options["event"] else "SALib")
    from sim.analyses import sensitivity as analysis
    from sim.analyses.boxes import chosen_factors
    from sim.analyses.knockout import shown_measures

    method, points, over = asked.options["method"], asked.options["points"], asked.options["over"]
    if asked.options["event"] and "method" in asked.typed:
        raise click.UsageError("--method: expected without --event")
    if method == "status" and over:
        raise click.UsageError("--over: expected without --method status, which varies every number")
    world = asked.load()
    factors = chosen_factors(world, over)
    if asked.options["event"]:
        return _boxes(asked, world, factors)
    if method != "status":
        analysis.design(method, [factor.key for factor in factors], points or analysis.POINTS[method], asked.seed)
    asked.settle({"scenario": world})
    study = asked.study()
    laid, cells = analysis.lay_out(
        study, world, factors, method=method, points=points, replicates=asked.replicates, seed=asked.seed
    )
    asked.make(study, cells)
    table = analysis.table_of(study, laid)
    shown = shown_measures(table) or list(dict.fromkeys(table["measure"]))[:9]
    ranges = ", ".join(f"{status} ± {width:.0%}" for status, width in analysis.RANGE_BY_STATUS.items())
    return Answer(
        {"sensitivity": table}, analysis.COLUMNS,
        lambda there, footer: analysis.draw_sensitivity(table, shown, there, footer),
        _made(asked, world, table["points"].iloc[0]),
        [_in_short(table, shown), *([f"Each number is varied by: {ranges}."] if method == "status" else [])],
    )  # fmt: skip


def _boxes(asked: Asked, world: Scenario, factors: Sequence[Axis]) -> Answer:
    from sim.analyses import boxes
    from sim.study.design import DesignError

    event = boxes.parse_event(asked.options["event"], world)
    points = asked.options["points"] or 256
    if points < boxes.FEWEST_POINTS:
        raise DesignError(f"--points: expected {boxes.FEWEST_POINTS} or more with --event, found {points}")
    asked.settle({"scenario": world})
    study = asked.study()
    asked.make(study, boxes.lay_out(study, world, factors, points=points, replicates=asked.replicates, seed=asked.seed))
    scattered = boxes.shares(study, event, factors)
    limits, found = boxes.boxes(scattered, factors)
    share = float((scattered["share"] > 0.5).mean())
    return Answer(
        {"boxes": found, "limits": limits, "points": scattered}, boxes.COLUMNS,
        lambda there, footer: boxes.draw_boxes(limits, found, event, there, footer) if len(found) else None,
        _made(asked, world, len(scattered)),
        [f"'{event.said}' happens at {share:.0%} of {len(scattered):,} points.",
         *(boxes.box_sentence(number, limits, found, event) for number in found["box"]),
         "A question mark: the limit may be chance." if len(found) else "No box holds it better than all points do."],
    )  # fmt: skip


def _made(asked: Asked, world: Scenario, points: int) -> tuple[str, ...]:
    return world.title, f"{points:,} points, {asked.span} at each", f"{asked.users:,} simulated people"


def _in_short(table: pd.DataFrame, shown: Sequence[str]) -> Listing:
    """The leading parameters of each measure shown."""
    main = "mu_star" if (table["index"] == "mu_star").any() else "ST"
    rows = []
    for measure in shown:
        mine = table[(table["measure"] == measure) & (table["index"] == main)].nlargest(IN_PRINT, "value")
        rows += [
            (row.name if first else "", row.factor, f"{row.value:.3g}", f"{row.low:.3g} to {row.high:.3g}",
             f"{row.chance:.0%}" if first else "")
            for first, row in zip([True, *[False] * len(mine)], mine.itertuples(), strict=False)
        ]  # fmt: skip
    columns = ("measure", "parameter", main, "90 % interval", "chance in a run")
    return Listing("What matters", columns, rows, columns[2:])
