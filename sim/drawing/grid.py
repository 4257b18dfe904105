"""Panels side by side that share their rows: a measure per panel, a named row per channel or parameter."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from sim.drawing.style import INK, MARGIN, QUIET, SMALL, WIDTH, Page, grid_lines, rows_down, text_width
from sim.scenario.words import number, signed_number

ACROSS = 3
ROW, HEAD, FOOT, GAP = 0.19, 0.32, 0.42, 0.32
"""Height of a row, of what stands above and below a panel, and the space between panels, in inches."""


def grid(title: str, subtitle: str, rows: Sequence[str], panels: int, footer: str) -> tuple[Page, list[Axes]]:
    """A page of panels, three in a line, with the names of the rows at the left of each line.

    Row i stands at height i of each panel's axis, which runs downwards.
    """
    height = ROW * len(rows)
    lines = -(-panels // ACROSS)
    page = Page(title, subtitle, lines * (HEAD + height + FOOT), [footer])
    label = max(text_width(row, SMALL) for row in rows) + 0.15
    width = (WIDTH - 2 * MARGIN - label - ACROSS * GAP) / ACROSS
    made = []
    for place in range(panels):
        top = HEAD + (place // ACROSS) * (HEAD + height + FOOT)
        axes = page.axes(MARGIN + label + GAP + (place % ACROSS) * (width + GAP), top, width, height)
        rows_down(axes, len(rows))
        grid_lines(axes, "x")
        axes.locator_params(axis="x", nbins=4)
        axes.xaxis.set_major_formatter(lambda value, _: _tick(value))
        if place % ACROSS == 0:
            for row, name in enumerate(rows):
                page.write(MARGIN, top + ROW * (row + 0.5), name, size=SMALL, va="center", color=QUIET)
        made.append(axes)
    return page, made


def _tick(value: float) -> str:
    """A number at the axis, with its sign; one below ten with the digits that it has."""
    if abs(value) >= 10:
        return signed_number(value)
    text = number(value)
    return f"+{text}" if value > 0 else text


def name_panel(axes: Axes, measure: str, unit: str) -> None:
    """Say above a panel what it shows."""
    axes.set_title(f"{measure}, {unit}", fontsize=SMALL, fontweight="bold", loc="left", color=INK)
