"""``lawshock claims``."""

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
@click.option("--only", default=None, metavar="ID,ID,…", help="Claims to examine; all when absent.")
@shared.few_users(10_000)
@shared.replicates_of(3, 40, "Plausible worlds.")
@shared.kept_runs("results/claims for the reference, else results/local/claims-NAME, by the settings", study=False)
def claims(
    scenario: str,
    only: str | None,
    users: int,
    replicates: int,
    how: shared.Making,
) -> None:
    """Say of each claim that is made of SCENARIO how sure it is, and what would turn it.

    A claim puts one world beside another: scenarios/claims has them. Each is run in plausible worlds; then the assumed
    numbers on which it hangs most are moved through their plausible range, one at a time and together, until its sign
    turns. A claim is firm, depends on a number, or is open.

    Example:  lawshock claims hong-kong-2020 --only law-telegram --users 1000 --replicates 10
    """
    from sim.analyses.claims.text import read_claims

    wanted = [one.strip() for one in (only or "").split(",") if one.strip()]
    found = read_claims(scenario, [*how.overrides, f"population.users={users}"], wanted)
    name = shared.scenario_name(scenario)
    settings = shared.typed_settings("only", "users", "replicates", "seed", "overrides")
    command = shared.as_typed(["lawshock", "claims", name, *settings])
    kept = shared.LOCAL / f"claims-{name}-{shared.settings_hash(command, found.scenario)}"
    default = Path("results", "claims") if name == REFERENCE and not settings else kept
    folder = how.settle(default, command, {"scenario": found.scenario})

    from sim.analyses.claims import analysis
    from sim.analyses.claims.figure import draw_claims
    from sim.results.posterior import load_posterior
    from sim.results.report import made_by, write_report
    from sim.runs.executors import cores, make_executor

    posterior, fixed = load_posterior(), [override.partition("=")[0].strip() for override in how.overrides]
    label = f"{len(found.claims)} claims of {name}: {users:,} people"
    with shared.working(how.runs, folder) as keep:
        with shared.progress(label, 1) as report, make_executor(workers=how.workers or cores()) as executor:
            examined = analysis.examine(
                found, posterior, replicates=replicates, seed=how.seed, executor=executor, fixed=fixed, keep=keep,
                on_progress=report,
            )  # fmt: skip
        ranges = posterior.ranges(found.scenario, fixed)
        table = analysis.table(examined, ranges)
        curves = analysis.curves(examined, ranges, found.scenario)
        seeds = how.seeds(replicates)
        lived = f"{replicates} plausible worlds, seeds {seeds[0]} to {seeds[-1]}"
        footer = made_by(lived, f"{users:,} simulated people", command=command)
        write_report(
            folder, {"claims": table, "curves": curves}, analysis.COLUMNS, scenarios={"scenario": found.scenario},
            seeds=seeds, command=command, draw=lambda there: draw_claims(table, curves, there, footer),
            draws=posterior.hashes,
        )  # fmt: skip
    _print(table)
    click.echo(f"Tables and figures: {folder}")


def _print(table: pd.DataFrame) -> None:
    """Each claim with its difference, its band and its label."""
    from sim.command.summary import number, told

    rows = []
    for row in table.itertuples():
        mean, band = told(row.low, row.mean, row.high)
        rows.append((row.sentence, f"{mean} {row.unit}", band, f"{row.share:.0%}", row.label, number(row.flip)))
    columns = ("claim", "difference", "band", "worlds with its sign", "label", "turns at")
    shared.console().print(shared.terminal_table("How sure each claim is", columns, rows, numeric=columns[1:4]))
