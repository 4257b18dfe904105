"""``lawshock claims``: the question of ``sim.analyses.claims``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sim.analyses.question import Answer, Asked, Listing, foretell, question

if TYPE_CHECKING:
    import pandas as pd


@question(
    "claims", click.option("--only", metavar="ID,ID,…", help="Claims to examine; all when absent."),
    click.option("--pairs", type=click.IntRange(4, 1000), default=100, show_default=True,
                 help="Mirrored pairs of runs by which each world's numbers are screened."),
    users=10_000, replicates=(3, 40, "Plausible worlds."), study=False,
)  # fmt: skip
def claims(asked: Asked) -> Answer:
    """Say of each claim that is made of SCENARIO how sure it is, and what would turn it.

    A claim puts one world beside another: scenarios/claims has them. Each is run in plausible worlds and in rival forms
    of people and companies. A screen names the numbers on which it hangs, and says what it would have found; these are
    moved through their plausible range until its sign turns. A claim is firm, depends on a number, has two outcomes, or
    is open; what holds by definition or says what another says is not counted.

    Example:  lawshock claims hong-kong-2020 --only law-telegram --users 1000 --replicates 10 --pairs 20
    """
    from sim.analyses.claims import COLUMNS, PAIRS_BY_CHANCE, curves, draw_claims, examine, read_claims, table
    from sim.results.posterior import load_posterior
    from sim.runs.executors import cores, make_executor

    wanted = [one.strip() for one in (asked.options["only"] or "").split(",") if one.strip()]
    found = read_claims(asked.scenario, [*asked.overrides, f"population.users={asked.users}"], wanted)
    asked.settle({"scenario": found.scenario})
    posterior = load_posterior()
    worlds = {one.key: one.scenario for claim in found.claims for one in (claim.base, claim.other)}
    each = asked.replicates + PAIRS_BY_CHANCE + 2 * asked.options["pairs"]  # what turns signs comes on top
    foretell([(world, each) for world in worlds.values()], asked.workers)
    with asked.keeping(f"{len(found.claims)} claims") as how, make_executor(workers=asked.workers or cores()) as maker:
        examined = examine(found, posterior, replicates=asked.replicates, executor=maker, pairs=asked.options["pairs"],
                           fixed=asked.fixed, **how)  # fmt: skip
    ranges = posterior.ranges(found.scenario, asked.fixed)
    rows, moved = table(examined, ranges), curves(examined, ranges, found.scenario)
    return Answer(
        {"claims": rows, "curves": moved}, COLUMNS,
        lambda there, footer: draw_claims(rows, found.scenario, there, footer),
        (f"{asked.replicates} plausible worlds, {asked.span}", f"{asked.users:,} simulated people"),
        [_in_short(rows)], posterior.hashes,
    )  # fmt: skip


def _in_short(rows: pd.DataFrame) -> Listing:
    """Each claim with its difference, its band and its label."""
    from sim.scenario.words import banded, number

    lines = []
    for row in rows.itertuples():
        low, median, high = banded(row.low, row.median, row.high)
        power = "" if row.power != row.power else f"{row.power:.0f} of 10"
        cells = (f"{median} {row.unit}", f"{low} to {high}", f"{row.share:.0%}", row.label, number(row.flip),
                 f"{row.explained:.0%}", power)  # fmt: skip
        lines.append((row.sentence, *cells))
    columns = ("claim", "difference", "band", "worlds with its sign", "label", "turns at", "explained", "power")
    return Listing("How sure each claim is", columns, lines, columns[1:4])
