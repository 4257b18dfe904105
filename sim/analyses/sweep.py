"""The picture of a sweep: how far each measure moves away from the scenario unchanged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from sim.drawing import style
from sim.scenario.words import listed

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from matplotlib.axes import Axes

    from sim.measures import Measure

SIGNED = LinearSegmentedColormap.from_list("signed", [style.APART, "#FFFFFF", style.MODEL])
"""Below the scenario unchanged, equal to it, above it."""
MAPS_IN_A_ROW, PANELS_IN_A_ROW = 2, 3
MAP_HEIGHT, PANEL_HEIGHT, BETWEEN = 2.9, 1.5, 0.95
MOST_NUMBERS = 60
"""Cells of a map above which their numbers are left to the table."""


def draw_sweep(
    summary: pd.DataFrame, keys: Sequence[str], shown: Sequence[Measure], folder: Path, footer: str
) -> list[Path]:
    """Write ``sweep.png`` and ``sweep.svg``: maps over two parameters, or a panel per measure and parameter.

    Args:
        summary: The table ``summary`` of the study.
        keys: The parameters that vary.
        shown: Measures to show, in their order.
        folder: Existing folder.
        footer: What made it.
    """
    cells = summary[summary["cell"] > 0]
    grid = len(keys) == 2 and _is_grid(cells, keys)
    title = f"How {listed(list(keys))} {'move' if len(keys) > 1 else 'moves'} {listed([one.name for one in shown])}"
    subtitle = "Mean difference from the scenario unchanged, seed by seed. "
    subtitle += "Violet is more, crimson is less." if grid else "Bars: 90 % interval of the mean; line: no difference."
    with style.house_style():
        panels = [(one, key) for one in shown for key in (("",) if grid else keys)]
        in_a_row = MAPS_IN_A_ROW if grid else min(PANELS_IN_A_ROW, max(len(keys), 1 if len(shown) == 1 else 2))
        height = MAP_HEIGHT if grid else PANEL_HEIGHT
        rows = -(-len(panels) // in_a_row)
        page = style.Page(title, subtitle, rows * (height + BETWEEN), [footer])
        width = (style.WIDTH - 2 * style.MARGIN) / in_a_row
        for number, (measure, key) in enumerate(panels):
            left, top = style.MARGIN + (number % in_a_row) * width, (number // in_a_row) * (height + BETWEEN)
            page.write(left, top, style.shorten(f"{measure.name}, {measure.unit}", width - 0.1), weight="bold")
            axes = page.axes(left + 0.75, top + 0.28, width - 1.15, height)
            mine = cells[cells["measure"] == measure.id].dropna(subset=["difference"])
            if mine.empty:
                style.say_nothing(axes, "no run has this measure")
            elif grid:
                _map(axes, mine, keys)
            else:
                _panel(axes, mine, key, joined=len(keys) == 1)
        return style.save(page.figure, folder, "sweep", f"{title}. {_words(cells, shown)}")


def _map(axes: Axes, table: pd.DataFrame, keys: Sequence[str]) -> None:
    """Differences as colours over two parameters, and as numbers where there is room."""
    across, up = (list(dict.fromkeys(table[key])) for key in keys)
    values = np.full((len(up), len(across)), np.nan)
    for x, y, value in zip(table[keys[0]], table[keys[1]], table["difference"], strict=True):
        values[up.index(y), across.index(x)] = value
    most = float(np.nanmax(np.abs(values))) or 1.0
    axes.imshow(values, origin="lower", aspect="auto", cmap=SIGNED, vmin=-most, vmax=most)
    if values.size <= MOST_NUMBERS:
        for (row, column), value in np.ndenumerate(values):
            if not np.isnan(value):
                red, green, blue, _ = SIGNED((value / most + 1) / 2)
                ink = style.ink_on(f"#{round(255 * red):02x}{round(255 * green):02x}{round(255 * blue):02x}")
                axes.text(column, row, f"{value:.3g}", ha="center", va="center", size=style.SMALL, color=ink)
    _ticks(axes.xaxis, across)
    _ticks(axes.yaxis, up)
    axes.set_xlabel(keys[0])
    axes.set_ylabel(keys[1])


def _ticks(axis: Any, values: Sequence[Any]) -> None:
    """Values at the cells of a map, thinned out to what fits."""
    step = -(-len(values) // 8)
    places = range(0, len(values), step)
    axis.set_ticks(list(places), [_short(values[place]) for place in places])


def _panel(axes: Axes, table: pd.DataFrame, key: str, *, joined: bool) -> None:
    """Differences against one parameter, joined by a line where it is the only one that varies."""
    values = list(table[key])
    numeric = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    names = list(dict.fromkeys(map(str, values)))
    places = np.array(values, float) if numeric else np.array([names.index(str(value)) for value in values], float)
    order = np.argsort(places, kind="stable")
    places, middle = places[order], table["difference"].to_numpy()[order]
    ends = np.abs(table[["low", "high"]].to_numpy()[order].T - middle)
    axes.axhline(0.0, color=style.QUIET, linewidth=0.7)
    axes.errorbar(places, middle, yerr=np.nan_to_num(ends), fmt="o-" if joined and numeric else "o", color=style.MODEL,
                  ecolor=style.tint(style.MODEL, 0.5), markersize=3, linewidth=1.0, elinewidth=0.8)  # fmt: skip
    if not numeric:
        axes.set_xticks(range(len(names)), names)
    axes.set_xlabel(key)


def _is_grid(cells: pd.DataFrame, keys: Sequence[str]) -> bool:
    """Whether every combination of the values of the keys has a cell."""
    levels = [cells[key].nunique() for key in keys]
    return bool(len(cells[list(keys)].drop_duplicates()) == np.prod(levels))


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _words(cells: pd.DataFrame, shown: Sequence[Measure]) -> str:
    """The range of each measure, for those who do not see the picture."""
    ranges = cells.groupby("measure")["difference"].agg(["min", "max"])
    return " ".join(
        f"{one.name}: from {ranges.loc[one.id, 'min']:.3g} to {ranges.loc[one.id, 'max']:.3g} {one.unit}."
        for one in shown
        if one.id in ranges.index
    )
