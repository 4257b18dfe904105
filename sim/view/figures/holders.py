"""Figure 3: who holds which messenger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from sim.view.figures.reduce import (
    band_over_seeds,
    day_numbers,
    focus_day,
    footer,
    percent,
    replicates_words,
    signed,
    turning_point,
)
from sim.view.figures.series import Stack, draw_band
from sim.view.style import platform_colours

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sim.study.ensemble import Ensemble


def data(ensemble: Ensemble) -> pd.DataFrame:
    """Columns: measure, date, platform, p05, p50, p95.

    ``share`` is the percentage of people who hold the platform; ``change`` its difference in points from the eve of the
    law, taken within each replicate.
    """
    table = ensemble.table("usage")
    share = 100 * table.set_index(["date", "platform", "seed"])["share"]
    eve = pd.Timestamp(ensemble.scenario.date(max(focus_day(ensemble.scenario) - 1, 0)))
    change = share - share.loc[eve].reindex(share.index.droplevel("date")).to_numpy()
    bands = {"share": band_over_seeds(share), "change": band_over_seeds(change)}
    return pd.concat([band.assign(measure=name) for name, band in bands.items()], ignore_index=True)[
        ["measure", "date", "platform", "p05", "p50", "p95"]
    ]


def _ends(bands: pd.DataFrame, measure: str) -> pd.DataFrame:
    """The last day's band of each platform."""
    last = bands[(bands["measure"] == measure) & (bands["date"] == bands["date"].max())]
    return last.set_index("platform")


def title(bands: pd.DataFrame, ensemble: Ensemble) -> str:
    """The platforms that gained and lost most."""
    change = _ends(bands, "change")["p50"]
    gained, lost = change.idxmax(), change.idxmin()
    since = f"since {turning_point(ensemble.scenario)}"
    moves = [f"{gained} {signed(change[gained])}"] + ([f"{lost} {signed(change[lost])}"] if lost != gained else [])
    return (
        f"Shares of holders moved by a few points {since}: {', '.join(moves)}"
        if change.abs().max() < 10
        else (f"Shares of holders {since}: {', '.join(moves)} points")
    )


def paint(bands: pd.DataFrame, ensemble: Ensemble, command: str) -> Figure:
    """Shares on the whole scale, and below it their change on its own."""
    scenario = ensemble.scenario
    colours = platform_colours(list(scenario.platforms))
    share, change = _ends(bands, "share"), _ends(bands, "change")
    words = {
        "share": {p: f"{p} {percent(share.loc[p, 'p50'])}" for p in colours},
        "change": {p: f"{p} {signed(change.loc[p, 'p50'])}" for p in colours},
    }
    subtitle = f"Shares add up to more than 100 %, for people hold several apps. {replicates_words(ensemble)}"
    head = (title(bands, ensemble), subtitle, footer(ensemble, command))
    stack = Stack(scenario, head, (2.6, 2.6), [label for labels in words.values() for label in labels.values()])
    stack.name(0, "Holders, % of people")
    stack.name(1, f"Change since the eve of {turning_point(scenario)}, percentage points")
    for panel, (measure, ends) in enumerate({"share": share, "change": change}.items()):
        axes = stack.panels[panel]
        for platform, colour in colours.items():
            mine = bands[(bands["measure"] == measure) & (bands["platform"] == platform)]
            draw_band(axes, (day_numbers(mine["date"], scenario) + 0.5).tolist(), mine, colour)
        if measure == "share":
            axes.set_ylim(0, 100)
        else:
            axes.axhline(0, color="black", linewidth=0.6)
        stack.label_ends(panel, {p: (ends.loc[p, "p50"], words[measure][p], colours[p]) for p in colours})
    return stack.figure


def alt(bands: pd.DataFrame, ensemble: Ensemble) -> str:
    """The picture in words: each platform's share at the end, and its change, with bands."""
    share, change = _ends(bands, "share"), _ends(bands, "change")
    parts = [
        f"{p} ends at {percent(share.loc[p, 'p50'])} of people ({share.loc[p, 'p05']:.1f} to {share.loc[p, 'p95']:.1f}), "
        f"a change of {signed(change.loc[p, 'p50'])} points ({signed(change.loc[p, 'p05'])} to {signed(change.loc[p, 'p95'])})"
        for p in ensemble.scenario.platforms
    ]
    return ". ".join([title(bands, ensemble), *parts]) + "."
