"""``lawshock claims``: the question of ``sim.analyses.claims``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sim.analyses.question import Answer, Asked, Listing, question

if TYPE_CHECKING:
    import pandas as pd


@question(
    "claims", click.option("--only", metavar="ID,ID,…", help="Claims to examine; all when absent."),
    users=10_000, replicates=(3, 40, "Plausible worlds."), study=False,
)  # fmt: skip
def claims(asked: Asked) -> Answer:
    """Say of each claim that is made of SCENARIO how sure it is, and what would turn it.

    A claim puts one world beside another: scenarios/claims has them. Each is run in plausible worlds; then the assumed
    numbers on which it hangs most are moved through their plausible range, one at a time and together, until its sign
    turns. A claim is firm, depends on a number, or is open.

    Example:  lawshock claims hong-kong-2020 --only law-telegram --users 1000 --replicates 10
    """
    from sim.analyses.claims.analysis import COLUMNS, curves, draw_claims, examine, table
    from sim.analyses.claims.text import read_claims
    from sim.results.posterior import load_posterior
    from sim.runs.executors import cores, make_executor

    wanted = [one.strip() for one in (asked.options["only"] or "").split(",") if one.strip()]
    found = read_claims(asked.scenario, [*asked.overrides, f"population.users={asked.users}"], wanted)
    asked.settle({"scenario": found.scenario})
    posterior = load_posterior()
    with asked.keeping(f"{len(found.claims)} claims") as how, make_executor(workers=asked.workers or cores()) as maker:
        examined = examine(found, posterior, replicates=asked.replicates, executor=maker, fixed=asked.fixed, **how)
    ranges = posterior.ranges(found.scenario, asked.fixed)
    rows, moved = table(examined, ranges), curves(examined, ranges, found.scenario)
    return Answer(
        {"claims": rows, "curves": moved}, COLUMNS, lambda there, footer: draw_claims(rows, moved, there, footer),
        (f"{asked.replicates} plausible worlds, {asked.span}", f"{asked.users:,} simulated people"),
        [_in_short(rows)], posterior.hashes,
    )  # fmt: skip


def _in_short(rows: pd.DataFrame) -> Listing:
    """Each claim with its difference, its band and its label."""
    from sim.scenario.words import banded, number

    lines = []
    for row in rows.itertuples():
        low, mean, high = banded(row.low, row.mean, row.high)
        cells = (f"{mean} {row.unit}", f"{low} to {high}", f"{row.share:.0%}", row.label, number(row.flip))
        lines.append((row.sentence, *cells))
    columns = ("claim", "difference", "band", "worlds with its sign", "label", "turns at")
    return Listing("How sure each claim is", columns, lines, columns[1:4])
