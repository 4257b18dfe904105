"""``lawshock knockout``: the question of ``sim.analyses.knockout``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sim.analyses.question import Answer, Asked, Listing, question

if TYPE_CHECKING:
    import pandas as pd


@question(
    "knockout",
    click.option("--only", metavar="NAME,NAME,…", help="Knock-outs to try; all when absent."),
    click.option(
        "--shapley", metavar="NAME,NAME,…",
        help="Channels to divide the effect among; five of companies and people when absent, empty for none.",
    ),
    users=10_000, replicates=(2, 10, "Pairs of runs per knock-out."),
)  # fmt: skip
def knockout(asked: Asked) -> Answer:
    """Remove one rule or channel of SCENARIO at a time, and see what is left of the effect of its shock.

    The shock is the law and what the authorities do under it. Each world is run with it and without it, with the same
    seeds, until half a year after the law. Runs are kept: the same command goes on where it stopped.

    Example:  lawshock knockout hong-kong-2020 --only peers,ladder --shapley "" --users 1000 --replicates 2
    """
    from sim.analyses import knockout as analysis

    world = asked.load()
    outs = analysis.find(analysis.names_of(asked.options["only"], [one.name for one in analysis.KNOCKOUTS]))
    channels = analysis.find(analysis.names_of(asked.options["shapley"], analysis.SHAPLEY))
    asked.settle({"scenario": world})
    study = asked.study()
    asked.make(study, analysis.lay_out(study, world, knockouts=outs, shapley=channels, replicates=asked.replicates))
    table, parts = analysis.effects(study), analysis.shapley_values(study, channels)
    return Answer(
        {"knockouts": table, "shapley": parts}, analysis.COLUMNS,
        lambda there, footer: analysis.draw_knockouts(table, parts, there, footer),
        (world.title, f"{asked.replicates} pairs of runs, {asked.span}", f"{asked.users:,} simulated people"),
        [_in_short(table)],
    )  # fmt: skip


def _in_short(table: pd.DataFrame) -> Listing:
    """Effect of the shock by knock-out; a star where the loss is clear of zero."""
    from sim.analyses.knockout import is_clear, shown_measures
    from sim.scenario.words import number

    shown, clear = shown_measures(table), is_clear(table, "lost_")
    words = [number(effect) + ("*" if marked else " ") for effect, marked in zip(table["effect"], clear, strict=True)]
    wide = table.assign(words=words).pivot(index="knocked out", columns="measure", values="words")
    rows = [(out, *wide.loc[out, shown]) for out in dict.fromkeys(table["knocked out"])]
    title = "Effect of the shock with one rule or channel removed (* the loss is clear of zero)"
    names = dict(zip(table["measure"], table["name"], strict=True))
    heads = [names[id] for id in shown]
    return Listing(title, ("without", *heads), rows, heads)
