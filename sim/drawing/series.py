"""Lines with bands over the calendar, labelled at their end: the scaffold that most pictures share."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.drawing import calendar, event_labels
from sim.drawing.reduce import LUCK, has_luck
from sim.drawing.style import (
    INK,
    MARGIN,
    SMALL,
    WIDTH,
    Page,
    grid_lines,
    ink_of,
    shorten,
    spread,
    text_width,
    tint,
)
from sim.scenario.schema import Scenario

LEFT = 0.85
"""From the edge of the page to the frame of a panel, in inches: room for tick labels and the unit."""
LINE_GAP = 0.16
"""Least distance between two labels at the end of lines, in inches."""
LONGEST_LABEL = 2.0
PALE, DARK = 0.2, 0.3
"""Strength of the colour of both bands; the dark one lets what lies under it show."""
TOTAL, CHANCE_ALONE = "plausible worlds", "luck alone"
"""What the bands are called, on their artists and in keys."""


class Stack:
    """Panels below one another over one calendar, with room at the right for labels and above for marks of the law.

    Args:
        scenario: The world, for its calendar.
        page_head: Title, subtitle and footer of the page.
        heights: Height of each panel in inches.
        labels: Every label that stands at the end of a line, for the room that it needs.
    """

    def __init__(
        self,
        scenario: Scenario,
        page_head: tuple[str, str, Sequence[str]],
        heights: Sequence[float],
        labels: Sequence[str],
        *,
        left: float = LEFT,
    ) -> None:
        self.scenario, self.left = scenario, left
        self.tail = min(max((text_width(label, SMALL) for label in labels), default=0.0), LONGEST_LABEL) + 0.2
        self.width = WIDTH - left - MARGIN - self.tail
        laws = calendar.named_marks(scenario)
        strip = event_labels.arrange(laws, [], 0, scenario.days - 1, self.width)
        gap = 0.5
        title, subtitle, footer = page_head
        self.raised = strip.height
        body = strip.height + sum(heights) + gap * len(heights) + 0.25
        self.page = Page(title, subtitle, body, footer)
        self.panels: list[Axes] = []
        top = strip.height + 0.3
        for height in heights:
            self.panels.append(self.page.axes(left, top, self.width, height))
            top += height + gap
        self.heights = list(heights)
        for axes in self.panels:
            is_last = axes is self.panels[-1]
            calendar.set_calendar(axes, scenario, 0, scenario.days - 1, self.width, labels=is_last)
            calendar.draw_lines(axes, laws)
            grid_lines(axes, "y")
        event_labels.draw_strip(self.panels[0], strip)

    @property
    def figure(self) -> Figure:
        """The page's figure."""
        return self.page.figure

    def name(self, panel: int, text: str) -> None:
        """Say above the panel's left corner what it shows, with its unit."""
        axes, offset = self.panels[panel], 9 + 72 * self.raised * (panel == 0)
        axes.annotate(
            text, (0, 1), xycoords="axes fraction", xytext=(-72 * (self.left - MARGIN), offset), weight="bold",
            textcoords="offset points", size=SMALL, ha="left", va="bottom", color=INK, annotation_clip=False,
        )  # fmt: skip

    def label_ends(self, panel: int, labels: Mapping[str, tuple[float, str, str]]) -> None:
        """Write labels at the right ends of lines, moved apart where lines end close together.

        Args:
            panel: Number of the panel.
            labels: Name of the line to the value it ends at, the words, and the colour.
        """
        axes, height = self.panels[panel], self.heights[panel]
        ends = [axes.transAxes.inverted().transform(axes.transData.transform((0, v)))[1] for v, _, _ in labels.values()]
        inches = [min(max(end, 0.0), 1.0) * height for end in ends]
        places = spread(inches, LINE_GAP, 0.0, height)
        for (_, words, colour), end, place in zip(labels.values(), inches, places, strict=True):
            style: dict[str, Any] = {
                "xycoords": "axes fraction",
                "textcoords": "axes fraction",
                "annotation_clip": False,
            }
            text = shorten(words, LONGEST_LABEL, SMALL)
            x = 1 + 0.13 / self.width
            axes.annotate(
                "", (1, end / height), xytext=(x, place / height),
                arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.8, "shrinkA": 0, "shrinkB": 0}, **style,
            )  # fmt: skip
            axes.annotate(
                text, (x, place / height), xytext=(1 + 0.17 / self.width, place / height),
                size=SMALL, ha="left", va="center", color=ink_of(colour), **style,
            )  # fmt: skip


def draw_band(axes: Axes, days: pd.Series, band: pd.DataFrame, colour: str) -> None:
    """A median line on its band, and between them the band of luck alone where there is one.

    ``band`` has columns p05, p50, p95, and may have ``LUCK``.
    """
    low, middle, high = (band[name].to_numpy(dtype=float) for name in ("p05", "p50", "p95"))
    if has_luck(band):
        axes.fill_between(days, low, high, color=tint(colour, PALE), linewidth=0, zorder=1.4, label=TOTAL)
        least, most = (band[name].to_numpy(dtype=float) for name in LUCK)
        axes.fill_between(days, least, most, color=colour, alpha=DARK, linewidth=0, zorder=1.6, label=CHANCE_ALONE)
        for edge in (least, most):  # which tell the bands of several lines apart where they lie on one another
            axes.plot(days, edge, color=colour, linewidth=0.5, zorder=1.7)
    else:
        axes.fill_between(days, low, high, color=tint(colour, 0.3), linewidth=0, zorder=1.5)
    axes.plot(days, middle, color=colour, linewidth=1.6, zorder=3, marker="o" if len(days) == 1 else "")
