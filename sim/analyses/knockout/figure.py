"""Where an effect comes from: the effect with each channel knocked out, and its parts by Shapley values."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.analyses.knockout.analysis import REST, SHOWN, WHOLE, shown_measures
from sim.drawing.grid import grid, name_panel
from sim.drawing.style import INK, MODEL, OBSERVED, QUIET, house_style, save, tint
from sim.scenario.words import listed, number


class Leader(NamedTuple):
    """The channel of which the loss takes most of an effect."""

    measure: str
    unit: str
    channel: str
    effect: float
    """Effect of the shock in the whole model."""
    left: float
    """The same without the channel."""
    share: float
    """Part of the effect that is lost, at most 1: it is gone or reversed."""
    alike: list[str]
    """Further channels without which the same is left, at the digits that are told."""


def leaders(table: pd.DataFrame) -> list[Leader]:
    """For each measure shown that the shock clearly moves, the channel that carries most of it, if one clearly does.

    Clear is what has a 90 % interval without zero. Largest part first; of equal parts the order of ``SHOWN``, then the
    order of the table.
    """
    found = []
    for name in _by_interest(shown_measures(table)):
        mine = table[table["measure"] == name].set_index("knocked out")
        whole, others = mine.loc[WHOLE], mine.drop(WHOLE)
        others = others[(others["lost_low"] > 0) | (others["lost_high"] < 0)]
        if others.empty or not (whole["low"] > 0 or whole["high"] < 0):
            continue
        share = (others["lost"].abs() / abs(whole["effect"])).clip(upper=1.0)
        channel = str(share.idxmax())
        led = others.loc[channel]
        told = _signed(led["effect"])
        alike = [str(out) for out, left in others["effect"].items() if out != channel and _signed(left) == told]
        found.append(Leader(name, whole["unit"], channel, whole["effect"], led["effect"], float(share[channel]), alike))
    return sorted(found, key=lambda one: -one.share)


def _by_interest(measures: list[str]) -> list[str]:
    return sorted(measures, key=lambda name: SHOWN.index(name) if name in SHOWN else len(SHOWN))


def finding(table: pd.DataFrame) -> str:
    """What the knock-outs of this run show, in a sentence."""
    found = leaders(table)
    if not found:
        return (
            "No rule or channel clearly changes what the shock does, on any measure shown, when it alone is taken out"
        )
    return _told(found[0], table)


def _told(one: Leader, table: pd.DataFrame) -> str:
    """What is left of the effect, in the words of what the world is like without the channel."""
    meaning = table.drop_duplicates("knocked out").set_index("knocked out")["meaning"]
    other, *more = [*one.alike, ""]
    where = f"Where {meaning[one.channel]}" + (f", or where {meaning[other]}" if other else "")
    where += f" (or without {len(one.alike) - 1} more)" if len(more) > 1 else ""
    unit = "" if one.unit in one.measure else f" {one.unit}"
    return f"{where}, the shock’s effect on {one.measure} is {_signed(one.left)}{unit} instead of {_signed(one.effect)}"


def largest_part(parts: pd.DataFrame) -> str:
    """Which channel has most of the effect on the first measure that the shock clearly moves, in a sentence."""
    clear = parts[parts["share"].notna()]
    for measure in _by_interest(shown_measures(clear)):
        mine = clear[clear["measure"] == measure].set_index("channel")
        channel = str(mine["share"].idxmax())
        led = mine.loc[channel]
        unit = "" if led["unit"] in measure else f" {led['unit']}"
        whose = "none of these channels" if channel == REST else channel
        effect, part = _signed(led["part"] / led["share"]), _signed(led["part"])
        return f"Of the shock’s effect on {measure}, {effect}{unit}, the largest part is due to {whose}: {part}"
    return "The shock clearly moves no measure shown, so that there is nothing to divide among channels"


def _signed(value: float) -> str:
    text = number(value)
    return f"+{text}" if value > 0 else text


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
        files = save(_paint_effects(table, shown, footer), folder, "knockouts", _effects_in_words(table))
        if len(parts):
            files += save(_paint_parts(parts, shown, footer), folder, "shapley", _parts_in_words(parts, shown))
    return files


def _paint_effects(table: pd.DataFrame, shown: list[str], footer: str) -> Figure:
    """A panel per measure, a row per knock-out that clearly changes one; the others are named below the title."""
    clear = (table["lost_low"] > 0) | (table["lost_high"] < 0)
    telling = set(table.loc[clear & table["measure"].isin(shown), "knocked out"])
    every = list(dict.fromkeys(table["knocked out"]))
    rows = [name for name in every if name == WHOLE or name in telling or not telling]
    idle = [name for name in every if name not in rows]
    subtitle = (
        "Effect of the shock on each measure, with one rule or channel taken out of the world with the law and out of "
        "that without it. Point: mean over pairs of runs; line: its 90 % interval. Grey line: the whole model. Filled: "
        "the interval of what the effect loses excludes zero; of many, one in ten does so by chance."
    )
    subtitle += f" Not drawn, as no measure shown clearly changes without them: {listed(idle)}." if idle else ""
    names = [f"{name} taken out" if name == WHOLE else name for name in rows]
    page, panels = grid(finding(table), subtitle, names, len(shown), footer)
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
    page, panels = grid(largest_part(parts), subtitle, rows, len(shown), footer)
    for axes, measure in zip(panels, shown, strict=True):
        mine = parts[parts["measure"] == measure].set_index("channel").reindex(rows)
        axes.axvline(0, color=INK, linewidth=0.6)
        axes.barh(np.arange(len(rows)), mine["part"], height=0.6, color=tint(MODEL, 0.6), linewidth=0)
        axes.hlines(np.arange(len(rows)), mine["low"], mine["high"], color=INK, linewidth=1.0)
        name_panel(axes, measure, mine["unit"].iloc[0])
    return page.figure


def _points(axes: Axes, middle: Any, low: Any, high: Any, clear: Any) -> None:
    places = np.arange(len(middle))
    axes.hlines(places, low, high, color=QUIET, linewidth=1.0)
    for marked, face in ((False, "white"), (True, MODEL)):
        chosen = clear.to_numpy() == marked
        axes.plot(middle.to_numpy()[chosen], places[chosen], "o", color=MODEL, markerfacecolor=face, markersize=4.5)


def _effects_in_words(table: pd.DataFrame) -> str:
    """The picture in words: for each measure the channel that carries most of it."""
    told = [_told(one, table) for one in leaders(table)]
    return f"{'. '.join(told) or finding(table)}."


def _parts_in_words(parts: pd.DataFrame, shown: list[str]) -> str:
    told = []
    for measure in shown:
        mine = parts[parts["measure"] == measure]
        words = ", ".join(f"{c} {p:+.3g}" for c, p in zip(mine["channel"], mine["part"], strict=True))
        told.append(f"{measure}: {words}")
    return "Shapley values. " + "; ".join(told) + "."
