"""What matters: indices of sensitivity by parameter, and boxes of parameters in which something happens."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.analyses.sensitivity.discover import Event, box_sentence
from sim.drawing.grid import grid, name_panel
from sim.drawing.style import APART, FAINT, INK, MARGIN, MODEL, QUIET, SMALL, WIDTH, Page, house_style, save, text_width

MOST_FACTORS = 20
"""Parameters in a picture: those that matter most for some measure shown."""
BOX_ROW = 0.28


def draw_sensitivity(table: pd.DataFrame, shown: Sequence[str], folder: Path, footer: str) -> list[Path]:
    """Write ``sensitivity`` as PNG and SVG: a panel per measure, a row per parameter.

    Args:
        table: As ``sim.analyses.sensitivity.analysis.measure_sensitivity`` gives it.
        shown: Measures to draw.
        folder: Existing folder.
        footer: What made it.
    """
    main = "mu_star" if (table["index"] == "mu_star").any() else "ST"
    rows = _leading_factors(table[table["measure"].isin(shown)], main)
    title, subtitle = {
        "mu_star": (
            "What matters: mean effect of each parameter across its range (Morris)",
            "Mean size of the change of a measure per whole range of one parameter, the others anywhere. Line: 90 % "
            "interval. Grey bar: the size that chance would pretend.",
        ),
        "ST": (
            "What matters: shares of variance by parameter (Sobol')",
            "Filled: first-order index, the parameter alone. Open: total index, with its interactions. Lines: 90 % "
            "intervals. The chance of replicates is taken out.",
        ),
    }[main]
    with house_style():
        page, panels = grid(title, subtitle, rows, len(shown), footer)
        for axes, measure in zip(panels, shown, strict=True):
            mine = table[table["measure"] == measure]
            axes.axvline(0, color=INK, linewidth=0.6)
            if main == "mu_star":
                noise = _of(mine, "noise", rows)["value"]
                axes.barh(np.arange(len(rows)), noise, height=0.8, color=FAINT, linewidth=0)
            else:
                _points(axes, _of(mine, "S1", rows), MODEL, filled=True)
            _points(axes, _of(mine, main, rows), MODEL if main == "mu_star" else APART, filled=main == "mu_star")
            unit = mine["unit"].iloc[0] if main == "mu_star" else f"{mine['chance'].iloc[0]:.0%} chance in a run"
            name_panel(axes, measure, unit)
        return save(page.figure, folder, "sensitivity", _in_words(table, shown, main, title))


def _leading_factors(table: pd.DataFrame, index: str) -> list[str]:
    """The parameters that matter most, by their largest share of any measure's largest index."""
    values = table[table["index"] == index].pivot(index="factor", columns="measure", values="value")
    rank = (values / values.max()).max(axis=1)
    return list(rank.nlargest(MOST_FACTORS).index)


def _of(table: pd.DataFrame, index: str, rows: Sequence[str]) -> pd.DataFrame:
    return table[table["index"] == index].set_index("factor").reindex(rows)


def _points(axes: Axes, table: pd.DataFrame, colour: str, *, filled: bool) -> None:
    places = np.arange(len(table)) + (0.0 if filled else 0.15)
    axes.hlines(places, table["low"], table["high"], color=QUIET, linewidth=1.0)
    face = colour if filled else "white"
    axes.plot(table["value"], places, "o", color=colour, markerfacecolor=face, markersize=4)


def _in_words(table: pd.DataFrame, shown: Sequence[str], index: str, title: str) -> str:
    """The three leading parameters of each measure."""
    told = []
    for measure in shown:
        mine = table[(table["measure"] == measure) & (table["index"] == index)].nlargest(3, "value")
        leaders = ", ".join(f"{f} {v:.3g}" for f, v in zip(mine["factor"], mine["value"], strict=True))
        told.append(f"{measure}: {leaders}")
    return f"{title}. {'; '.join(told)}."


def draw_boxes(limits: pd.DataFrame, found: pd.DataFrame, event: Event, folder: Path, footer: str) -> list[Path]:
    """Write ``boxes`` as PNG and SVG: for each box, the part of each parameter's range that it leaves.

    Args:
        limits: As ``sim.analyses.sensitivity.discover.boxes`` gives them.
        found: The boxes, likewise.
        event: What happens there.
        folder: Existing folder.
        footer: What made it.
    """
    words = [box_sentence(number, limits, found, event) for number in found["box"]]
    with house_style():
        return save(_paint_boxes(limits, found, event, footer), folder, "boxes", " ".join(words))


def _paint_boxes(limits: pd.DataFrame, found: pd.DataFrame, event: Event, footer: str) -> Figure:
    subtitle = (
        "Bar: the part of the range that the box leaves; track: the range searched. Only parameters that a box "
        "restricts are shown. Coverage: share of all cases in the box; density: share of cases among its points."
    )
    body = sum(0.4 + BOX_ROW * int((limits["box"] == number).sum()) for number in found["box"]) + 0.1
    page = Page(f"Where '{event}' happens", subtitle, body, [footer])
    left = MARGIN + max(text_width(key, SMALL) for key in limits["factor"]) + 0.2
    top = 0.05
    for row in found.itertuples():
        mine = limits[limits["box"] == row.box]
        head = f"Box {row.box}: coverage {row.coverage:.0%}, density {row.density:.0%}, {row.mass:.0%} of all points"
        page.write(MARGIN, top, head, weight="bold")
        axes = page.axes(left, top + 0.22, WIDTH - left - MARGIN, BOX_ROW * len(mine))
        axes.set_xlim(0, 1)
        axes.set_ylim(len(mine) - 0.5, -0.5)
        axes.set_axis_off()
        for place, limit in enumerate(mine.to_dict("records")):
            span = limit["to"] - limit["from"]
            low, high = ((limit[end] - limit["from"]) / span for end in ("low", "high"))
            axes.barh(place, 1, height=0.5, color=FAINT, linewidth=0)
            axes.barh(place, high - low, left=low, height=0.5, color=MODEL, linewidth=0)
            axes.text(0, place, f" {limit['low']:.3g} to {limit['high']:.3g}", size=SMALL, va="center",
                      color="white" if low == 0 and high > 0.15 else INK)  # fmt: skip
            page.write(MARGIN, top + 0.22 + BOX_ROW * (place + 0.5), limit["factor"], size=SMALL, va="center",
                       color=QUIET)  # fmt: skip
        top += 0.4 + BOX_ROW * len(mine)
    return page.figure
