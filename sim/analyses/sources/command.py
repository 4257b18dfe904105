"""``lawshock sources``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.command import shared

if TYPE_CHECKING:
    import pandas as pd

    from sim.scenario.schema import Scenario


@click.command()
@click.argument("scenario")
@click.option("--points", type=click.IntRange(0), default=32, show_default=True,
              help="Base points of the screening, a power of two; 0 lists the numbers only.")  # fmt: skip
@click.option("--users", type=int, default=2000, show_default=True, help="Simulated people in the screening.")
@shared.seed_option
@shared.workers_option
@shared.study_option
@shared.set_option
def sources(
    scenario: str,
    points: int,
    users: int,
    seed: int,
    workers: int | None,
    runs: Path | None,
    overrides: tuple[str, ...],
) -> None:
    """List every number of SCENARIO with its status and source; then say which share of the variance of each outcome
    rests on numbers that were measured, borrowed, calibrated or assumed.

    Example:  lawshock sources hong-kong-2020 --points 2 --users 200 --study runs --set end=2020-08-15
    """
    if points & (points - 1):
        raise click.BadParameter(f"expected a power of two, or 0, found {points}", param_hint="--points")
    _list_numbers(shared.load_scenario(scenario, overrides))
    if points == 0:
        return

    from sim.analyses.sources.analysis import RANGE_BY_STATUS, status_sensitivity
    from sim.command.study import making
    from sim.study.study import Study

    world = shared.load_scenario(scenario, overrides, users)
    name = shared.scenario_name(scenario)
    settings = shared.typed_settings("points", "users", "seed", "overrides")
    command = shared.as_typed(["lawshock", "sources", name, *settings])
    study = Study(runs or shared.LOCAL / f"sources-{name}-{world.digest()[:8]}")
    with making(study, f"{name}: what outcomes rest on") as report:
        table = status_sensitivity(
            study, world, points=points, seed=seed, workers=workers, command=command, on_progress=report
        )
    _print_shares(table)
    ranges = ", ".join(f"{status} ± {100 * width:.0f} %" for status, width in RANGE_BY_STATUS.items())
    click.echo(f"A screening by {len(study.plan.cells)} points, {users:,} people. Each number is varied by: {ranges}.")


def _list_numbers(world: Scenario) -> None:
    from sim.scenario.schema import count_assumed, origins

    claims = [origin for origin in origins(world) if origin.is_claim]
    rows = [(o.key, _shown(o.value), o.unit, o.status, o.source or ("default" if o.is_default else "")) for o in claims]
    columns = ("number", "value", "unit", "status", "source")
    console = shared.console()
    console.print(shared.terminal_table(f"{world.title}: {len(claims)} numbers", columns, rows, numeric=("value",)))
    assumed, all_of_them = count_assumed(world)
    console.print(f"{assumed} of {all_of_them} rest on assumption (a default that many tables share counts once).")


def _shown(value: object) -> str:
    values = value if isinstance(value, tuple) else (value,)
    return ", ".join(f"{one:g}" if isinstance(one, float) else str(one) for one in values)


def _print_shares(table: pd.DataFrame) -> None:
    """Total share of each status in the variance of each outcome, in percent."""
    statuses = list(dict.fromkeys(table["status"]))
    rows = []
    for measure, mine in table.groupby("measure", sort=False):
        by = mine.set_index("status")
        shares = [f"{100 * by.loc[status, 'total']:.0f}" for status in statuses]
        low, high = by.loc["assumed", ["low", "high"]] if "assumed" in by.index else (0.0, 0.0)
        rows.append((measure, *shares, f"{100 * low:.0f} to {100 * high:.0f}", f"{100 * by['chance'].iloc[0]:.0f}"))
    columns = ("outcome", *statuses, "assumed, 90 % interval", "chance in a run")
    title = "Share of the variance that stays while all other numbers are known, %"
    shared.console().print(shared.terminal_table(title, columns, rows, numeric=columns[1:]))
