"""The axis of days: ticks, acts named above it in their place, none upon another, and lines with bands over it."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import Affine2DBase, ScaledTranslation

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
from sim.scenario.calendar import Act, dated
from sim.scenario.differences import spread_evenly
from sim.scenario.schema import Scenario
from sim.scenario.words import MONTHS

MOST_NAMED = 9
"""Acts that are named above lines over the calendar, at most, where the law has fewer."""
LINE = 0.16
"""Height of a line of labels above a panel, in inches."""
LEFT = 0.85
"""From the edge of the page to the frame of a panel, in inches: room for tick labels and the unit."""
LINE_GAP = 0.16
"""Least distance between two labels at the end of lines, in inches."""
LONGEST_LABEL = 2.0
TOTAL = "plausible worlds"
"""What bands are called, on their artists."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What happened on a day, in a few words; ``weight`` is the salience that it added."""

    day: int
    label: str
    weight: float


def law_marks(scenario: Scenario) -> list[Mark]:
    """The days on which the law itself moved: announced, in force, text published, rules gazetted."""
    return marks_of(scenario, [act for act in scenario.acts if act.moves_law])


def moving_marks(scenario: Scenario) -> list[Mark]:
    """The days of acts that can move people or companies, the law's among them."""
    return marks_of(scenario, list(filter(moves, scenario.acts)))


def named_marks(scenario: Scenario) -> list[Mark]:
    """Marks that stand above lines over the calendar: the law's, and acts that move people, the weightiest by name."""
    laws = {mark.day for mark in law_marks(scenario)}
    marks = moving_marks(scenario)
    others = sorted((mark for mark in marks if mark.day not in laws), key=lambda mark: (-mark.weight, mark.day))
    chosen = {mark.day for mark in others[: max(MOST_NAMED - len(laws), 1)]} | laws
    return [mark for mark in marks if mark.day in chosen]


def moves(act: Act) -> bool:
    """Whether an act can move people or companies: it draws attention, or does something to apps, companies or law.

    A report, arrests and the block of a website move nobody unless they add attention.
    """
    return act.salience > 0 or not act.only_news


def marks_of(scenario: Scenario, chosen: Sequence[Act]) -> list[Mark]:
    """Acts by day, those of one day joined into one mark."""
    days: dict[int, list[Act]] = {}
    for date, act in dated(chosen):
        if scenario.start <= date <= scenario.end:
            days.setdefault(scenario.day(date), []).append(act)
    return [
        Mark(
            day,
            ", ".join(dict.fromkeys(_in_short(scenario, act) for act in together)),
            max(act.salience for act in together),
        )
        for day, together in days.items()
    ]


def _in_short(scenario: Scenario, act: Act) -> str:
    return act.in_short() + (" (spread evenly)" if spread_evenly(scenario, act) else "")


def tick_days(scenario: Scenario, first: int, last: int, room: float) -> list[tuple[int, str]]:
    """Ticks of the days ``first`` to ``last`` on an axis ``room`` inches wide: (day, label), at least 0.6 inches apart.

    Days step by 1, 2, 7 or 14 on a short axis; months by 1, 2, 3, 6 or 12 on a long one, the year at its first tick.
    """
    most = max(int(room / 0.6), 2)
    for step in (1, 2, 7, 14):
        if (last - first) / step < most:
            dates = [scenario.date(day) for day in range(first, last + 1, step)]
            return [(scenario.day(date), f"{date.day} {MONTHS[date.month - 1][:3]}") for date in dates]
    begin, end = scenario.date(first), scenario.date(last)
    months = [(year, month) for year in range(begin.year, end.year + 1) for month in range(1, 13)]
    months = [m for m in months if begin <= dt.date(*m, 1) <= end]
    step = next(
        (step for step in (1, 2, 3, 6, 12) if len(months) / step <= most), 12 * (len(months) // (12 * most) + 1)
    )
    shown = [(year, month) for year, month in months if (12 * year + month - 1) % step == 0]
    labels, named = [], None
    for year, month in shown:
        name = MONTHS[month - 1][:3] + f"\n{year if year != named else ''}"
        labels.append((scenario.day(dt.date(year, month, 1)), name))
        named = year
    return labels


def set_calendar(axes: Axes, scenario: Scenario, first: int, last: int, room: float, *, labels: bool = True) -> None:
    """Make the horizontal axis one of days ``first`` to ``last``, ``room`` inches wide."""
    ticks = tick_days(scenario, first, last, room)
    axes.set_xlim(first, last + 1)
    axes.set_xticks([day for day, _ in ticks], [label if labels else "" for _, label in ticks])


def draw_lines(axes: Axes, marks: Iterable[Mark]) -> None:
    """A vertical line per mark."""
    for mark in marks:
        axes.axvline(mark.day, zorder=2.5, color=INK, linewidth=0.9)


@dataclass(frozen=True, slots=True)
class Label:
    """A mark's words above a panel, in inches from its left edge."""

    mark: Mark
    place: float
    line: int
    rightward: bool


def strip_height(labels: Sequence[Label]) -> float:
    """Room that labels need above the panel, in inches."""
    return LINE * (1 + max((label.line for label in labels), default=-1)) + 0.05


def arrange(
    marks: Sequence[Mark], first: int, last: int, room: float, widest: float = 0.45, beyond: float = 0.1
) -> tuple[Label, ...]:
    """Place the marks of days ``first`` to ``last`` above a panel of ``room`` inches, such that no text meets another.

    A leader falls from its text to the panel, so a text that reaches over the place of another mark has to stand above
    that mark's text: a staircase. Text lies to the right of its leader, or to the left where it would reach more than
    ``beyond`` inches out of the panel. A mark whose text would reach a later mark's place, and that mark's text its
    own, turns to the left as well, for it cannot stand above and below its neighbour at once. No label is wider than a
    part ``widest`` of the panel.
    """
    marks = [replace(m, label=shorten(m.label, widest * room, SMALL)) for m in marks if first <= m.day <= last]
    places = [(mark.day - first) * room / (last + 1 - first) for mark in marks]
    extents = _extents(places, [text_width(mark.label, SMALL) + 0.1 for mark in marks], room + beyond)
    over = [[j for j, x in enumerate(places) if j != i and low < x < high] for i, (low, high) in enumerate(extents)]
    lines: dict[int, int] = {}
    while len(lines) < len(marks):
        i = next(i for i in reversed(range(len(marks))) if i not in lines and all(j in lines for j in over[i]))
        line = 1 + max((lines[j] for j in over[i]), default=-1)
        while any(lines[j] == line and _meet(extents[i], extents[j]) for j in lines):
            line += 1
        lines[i] = line
    return tuple(Label(mark, places[i], lines[i], extents[i][1] > places[i]) for i, mark in enumerate(marks))


def _extents(places: Sequence[float], widths: Sequence[float], room: float) -> list[tuple[float, float]]:
    """Where the text of each mark begins and ends, in inches along the axis."""
    extents: list[tuple[float, float]] = []
    for place, width in zip(reversed(places), reversed(widths), strict=True):
        later = zip(extents, reversed(places), strict=False)
        clash = any(low < place and other < place + width for (low, _), other in later)
        rightward = place + width <= room and not clash
        extents.append((place, place + width) if rightward else (place - width, place))
    return extents[::-1]


def _meet(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def draw_strip(axes: Axes, labels: Iterable[Label]) -> None:
    """Write labels above their panel, with leaders, in inches to the right of, and above, its upper left corner."""
    figure, box = cast(Figure, axes.get_figure(root=True)), axes.get_position()
    here = figure.dpi_scale_trans + ScaledTranslation(box.x0, box.y1, cast(Affine2DBase, figure.transFigure))
    for label in labels:
        middle = LINE * (label.line + 0.5)
        axes.add_line(
            Line2D([label.place] * 2, [0.0, middle + 0.07], transform=here, color=INK, linewidth=0.7, clip_on=False)
        )
        shift, side = (0.05, "left") if label.rightward else (-0.05, "right")
        axes.text(
            label.place + shift, middle, label.mark.label, transform=here, size=SMALL, color=INK, ha=side, va="center"
        )


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
        marks = named_marks(scenario)
        strip = arrange(marks, 0, scenario.days - 1, self.width)
        gap = 0.5
        title, subtitle, footer = page_head
        self.raised = strip_height(strip)
        body = self.raised + sum(heights) + gap * len(heights) + 0.25
        self.page = Page(title, subtitle, body, footer)
        self.panels: list[Axes] = []
        top = self.raised + 0.3
        for height in heights:
            self.panels.append(self.page.axes(left, top, self.width, height))
            top += height + gap
        self.heights = list(heights)
        for axes in self.panels:
            is_last = axes is self.panels[-1]
            set_calendar(axes, scenario, 0, scenario.days - 1, self.width, labels=is_last)
            draw_lines(axes, marks)
            grid_lines(axes, "y")
        draw_strip(self.panels[0], strip)

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
    """A median line on its band; ``band`` has columns p05, p50, p95."""
    low, middle, high = (band[name].to_numpy(dtype=float) for name in ("p05", "p50", "p95"))
    axes.fill_between(days, low, high, color=tint(colour, 0.3), linewidth=0, zorder=1.5, label=TOTAL)
    axes.plot(days, middle, color=colour, linewidth=1.6, zorder=3, marker="o" if len(days) == 1 else "")
