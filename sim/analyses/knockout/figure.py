"""Where an effect comes from: the effect with each channel knocked out, and its parts by Shapley values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.analyses.knockout.analysis import WHOLE, shown_measures
from sim.drawing.grid import grid, name_panel
from sim.drawing.style import (
    BLUE,
    INK,
    OBSERVED,
    ORANGE,
    QUIET,
    house_style,
    save,
)

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def draw_knockouts(table: pd.DataFrame, parts: pd.DataFrame, folder: Path, footer: str) -> list[Path]:
    """Write ``knockouts`` and, where the effect was divided, ``shapley``, as PNG and SVG.

    Args:
        table: As ``sim.analyses.knockout.analysis.effects`` gives it.
        parts: As ``sim.analyses.knockout.analysis.shapley_values`` gives it; may have no rows.
        folder: Existing folder.
        footer: What made it.
    """
    shown = shown_measures(table)
    with house_style():
        files = save(_paint_effects(table, shown, footer), folder, "knockouts", _effects_in_words(table, shown))
        if len(parts):
            files += save(_paint_parts(parts, shown, footer), folder, "shapley", _parts_in_words(parts, shown))
    return files


def _paint_effects(table: pd.DataFrame, shown: list[str], footer: str) -> Figure:
    """A panel per measure, a row per knock-out; what differs clearly from the whole model is filled."""
    rows = list(dict.fromkeys(table["knocked out"]))
    subtitle = (
        "Effect of the shock on each measure, with one rule or channel taken out of the world with the law and out of "
        "that without it. Point: mean over pairs of runs; line: its 90 % interval. Grey line: the whole model. Orange: "
        "the interval of the loss excludes zero."
    )
    page, panels = grid("Which rule carries the effect: the shock with one removed at a time", subtitle, rows,
                           len(shown), footer)  # fmt: skip
    for axes, measure in zip(panels, shown, strict=True):
        mine = table[table["measure"] == measure].set_index("knocked out").reindex(rows)
        axes.axvline(0, color=INK, linewidth=0.6)
        axes.axvline(mine.loc[WHOLE, "effect"], color=OBSERVED, linewidth=1.2)
        clear = (mine["lost_low"] > 0) | (mine["lost_high"] < 0)
        _points(axes, mine["effect"], mine["low"], mine["high"], clear)
        name_panel(axes, measure, mine["unit"].iloc[0])
    return page.figure


def _paint_parts(parts: pd.DataFrame, shown: list[str], footer: str) -> Figure:
    """A panel per measure, a bar per channel: its Shapley value."""
    rows = list(dict.fromkeys(parts["channel"]))
    subtitle = (
        "Shapley value of each channel: its contribution to the effect of the shock, averaged over all orders in which "
        "the channels can be added. Bars of a panel add up to the effect of the whole model. Line: 90 % interval."
    )
    page, panels = grid("How the effect divides among channels", subtitle, rows, len(shown), footer)
    for axes, measure in zip(panels, shown, strict=True):
        mine = parts[parts["measure"] == measure].set_index("channel").reindex(rows)
        axes.axvline(0, color=INK, linewidth=0.6)
        axes.barh(np.arange(len(rows)), mine["part"], height=0.6, color=BLUE, linewidth=0)
        axes.hlines(np.arange(len(rows)), mine["low"], mine["high"], color=INK, linewidth=1.0)
        name_panel(axes, measure, mine["unit"].iloc[0])
    return page.figure


def _points(axes: Axes, middle: Any, low: Any, high: Any, clear: Any) -> None:
    places = np.arange(len(middle))
    axes.hlines(places, low, high, color=QUIET, linewidth=1.0)
    for marked, colour in ((False, QUIET), (True, ORANGE)):
        chosen = clear.to_numpy() == marked
        axes.plot(middle.to_numpy()[chosen], places[chosen], "o", color=colour, markersize=4)


def _effects_in_words(table: pd.DataFrame, shown: list[str]) -> str:
    """For each measure the effect of the shock, and the knock-out that takes most of it away."""
    told = []
    for measure in shown:
        mine = table[table["measure"] == measure].set_index("knocked out")
        most = mine["lost"].abs().idxmax()
        unit = mine["unit"].iloc[0]
        told.append(
            f"{measure}: {mine.loc[WHOLE, 'effect']:+.3g} {unit}, and {mine.loc[most, 'effect']:+.3g} without {most}"
        )
    return "Effect of the shock, and with the most telling knock-out. " + "; ".join(told) + "."


def _parts_in_words(parts: pd.DataFrame, shown: list[str]) -> str:
    told = []
    for measure in shown:
        mine = parts[parts["measure"] == measure]
        words = ", ".join(f"{c} {p:+.3g}" for c, p in zip(mine["channel"], mine["part"], strict=True))
        told.append(f"{measure}: {words}")
    return "Shapley values. " + "; ".join(told) + "."
