"""The pictures of the answer: both worlds and the gap between them, and what changed most, in two widths."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sim.analyses.compare.outcomes import END, Course
from sim.drawing import calendar
from sim.drawing.calendar import CHANCE_ALONE, DARK, TOTAL
from sim.drawing.style import (
    HANDED_OVER,
    INK,
    SMALL,
    Sheet,
    grid_lines,
    ink_of,
    platform_colours,
    rows_down,
    shorten,
    spread,
    text_width,
    tint,
)
from sim.measures import ACCOUNTS, POINTS
from sim.results.bands import percentiles
from sim.scenario.schema import Scenario
from sim.scenario.words import compact
from sim.view.answer.words import Change, change, levels, signed

WIDE, NARROW = 8.6, 4.0
"""Inches: at 390 pixels the narrow one shows its smallest letters at 7 points."""
GREY = "#70777F"
"""The baseline."""
PANEL, HEADING, BELOW = 1.4, 0.22, 0.32
"""Heights of a panel, of the words above it, and of the room below it."""
MOST_APPS = 3
LEAST = 0.5
"""Points at the end by which an app must differ to have a panel beside the one that differs most."""
BEFORE = 0.12
"""Part of the horizon that is shown before the worlds part."""


@dataclass(frozen=True, slots=True)
class Panel:
    """A quantity of both worlds, its heading and colour."""

    course: Course
    heading: str
    colour: str
    lucky: Course | None = None
    """The same over pairs that differ in luck alone, where the others live plausible worlds."""


def panels(
    courses: Mapping[str, Course],
    scenario: Scenario,
    named: Collection[str] = (),
    lucky: Mapping[str, Course] = MappingProxyType({}),
) -> list[Panel]:
    """The app that the question names or that differs most, others that differ clearly, and accounts where they do."""
    colours = platform_colours(list(scenario.platforms))
    users = {one.quantity.platform: one for one in courses.values() if one.quantity.role == "users"}
    apps = {name: change(course, course.day(END)) for name, course in users.items()}
    order = sorted(apps, key=lambda name: (not apps[name].is_clear, name not in named, -abs(apps[name].mean)))
    chosen = order[:1] + [n for n in order[1:MOST_APPS] if apps[n].is_clear and abs(apps[n].mean) >= LEAST]
    found = [
        Panel(users[name], f"{name}, % of people who have it", colours[name], lucky.get(users[name].quantity.id))
        for name in chosen
    ]
    if ACCOUNTS in courses and change(courses[ACCOUNTS], courses[ACCOUNTS].day(END)).is_clear:
        heading = "Accounts handed over since the worlds part"
        found.append(Panel(courses[ACCOUNTS], heading, HANDED_OVER, lucky.get(ACCOUNTS)))
    return found


def paint_gap(
    found: Sequence[Panel], events: Sequence[calendar.Mark], scenario: Scenario, names: tuple[str, str], width: float
) -> Figure:
    """Both worlds over the horizon: the baseline grey, the other in colour, the gap shaded, events by name.

    Args:
        found: Panels from top to bottom.
        events: What is marked above the first panel.
        scenario: The base, for the calendar.
        names: What the base and the other world are called at the ends of their lines.
        width: Of the picture in inches.
    """
    first = found[0].course.first
    start = max(first - max(round(BEFORE * (scenario.days - first)), 7), 0)
    last = scenario.days - 1
    texts = [_ends(panel, names) for panel in found]
    left = 0.5
    tail = max(text_width(text, SMALL) for pair in texts for text in pair) + 0.25
    room = width - left - tail
    strip = calendar.arrange(events, [], start, last, room, 0.45 if width >= WIDE else 0.75)
    heading = HEADING if width >= WIDE else 2 * HEADING - 0.06
    step = PANEL + heading + BELOW
    height = strip.height + len(found) * step + BELOW
    sheet = Sheet(width, height)
    top = heading + strip.height
    for i, (panel, labels) in enumerate(zip(found, texts, strict=True)):
        axes = sheet.figure.add_axes((left / width, 1 - (top + PANEL) / height, room / width, PANEL / height))
        calendar.set_calendar(axes, scenario, start, last, room, labels=panel is found[-1])
        calendar.draw_lines(axes, events)
        _draw(axes, panel, start, last)
        _label(axes, panel, labels)
        place = top - heading - (strip.height if i == 0 else 0.0)
        told = change(panel.course, panel.course.day(END))
        sheet.write(0.0, place, panel.heading, weight="bold")
        where, side = ((width, place), "right") if width >= WIDE else ((0.0, place + 0.17), "left")
        sheet.write(*where, signed(told), ha=side, weight="bold", color=ink_of(panel.colour))
        if i == 0:
            calendar.draw_strip(axes, strip)
        top += step
    return sheet.figure


def _ends(panel: Panel, names: tuple[str, str]) -> tuple[str, str]:
    before, after = levels(change(panel.course, panel.course.day(END)))
    percent = " %" if panel.course.quantity.unit == POINTS else ""
    return f"{names[0]} {before}{percent}", f"{names[1]} {after}{percent}"


def _draw(axes: Axes, panel: Panel, start: int, last: int) -> None:
    days = np.arange(start, last + 1) + 0.5
    base, other = (values[:, start : last + 1] for values in (panel.course.base, panel.course.other))
    one, two = base.mean(axis=0), other.mean(axis=0)
    for values, colour in ((base, GREY), (other, panel.colour)):
        low, high = _band(values)
        axes.fill_between(days, low, high, color=tint(colour, 0.18), linewidth=0, zorder=1.2, label=TOTAL)
    if panel.lucky:
        for world, colour in ((panel.lucky.base, GREY), (panel.lucky.other, panel.colour)):
            low, high = _band(world[:, start : last + 1])
            axes.fill_between(days, low, high, color=colour, alpha=DARK, linewidth=0, zorder=1.7, label=CHANCE_ALONE)
    axes.fill_between(days, one, two, color=tint(panel.colour, 0.35), linewidth=0, zorder=1.6)
    axes.plot(days, one, color=GREY, linewidth=1.6, zorder=3)
    axes.plot(days, two, color=panel.colour, linewidth=2.0, zorder=3.2)
    grid_lines(axes, "y")
    axes.locator_params(axis="y", nbins=4)
    axes.margins(y=0.12)
    axes.autoscale_view(scalex=False)
    in_points = panel.course.quantity.unit == POINTS
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}" if in_points else compact(value))


def _band(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    low, _, high = percentiles(values)
    return low, high


def _label(axes: Axes, panel: Panel, texts: tuple[str, str]) -> None:
    """Words at the ends of both lines, moved apart where they would meet."""
    values = [float(worlds[:, -1].mean()) for worlds in (panel.course.base, panel.course.other)]
    low, high = axes.get_ylim()
    places = spread([(value - low) / (high - low) * PANEL for value in values], 0.17, 0.0, PANEL)
    for text, place, colour, weight in zip(texts, places, (GREY, panel.colour), ("normal", "bold"), strict=True):
        axes.annotate(
            text, (1, place / PANEL), xycoords="axes fraction", xytext=(6, 0), textcoords="offset points", size=SMALL,
            va="center", color=ink_of(colour), weight=weight, annotation_clip=False,
        )  # fmt: skip


def paint_changes(
    rows: Sequence[Change], scenario: Scenario, width: float, lucky: Mapping[str, tuple[float, float]]
) -> Figure:
    """A dot for each difference at the end with its band, sorted by size; one scale for each unit.

    Args:
        rows: The differences.
        scenario: The base, for the colours of its apps.
        width: Of the picture in inches.
        lucky: Ends of the band of luck alone by the id of the quantity, where there is one.
    """
    units = list(dict.fromkeys(one.unit for one in rows))
    groups = [[one for one in rows if one.unit == unit] for unit in units]
    step, gap = 0.24, 0.5
    height = sum(step * len(group) for group in groups) + gap * len(groups)
    left = min(max(text_width(one.name, SMALL) for one in rows) + 0.15, 0.42 * width)
    tail = max(text_width(signed(one), SMALL) for one in rows) + 0.15
    room = max(width - left - tail, 0.6)
    colours = platform_colours(list(scenario.platforms))
    sheet = Sheet(width, height)
    top = 0.05
    for group in groups:
        size = step * len(group)
        axes = sheet.figure.add_axes((left / width, 1 - (top + size) / height, room / width, size / height))
        axes.axvline(0, color=INK, linewidth=0.8)
        for row, one in enumerate(group):
            colour = colours.get(one.platform, INK)
            axes.plot([one.low, one.high], [row, row], color=tint(colour, 0.35), linewidth=4.0, zorder=2, label=TOTAL)
            if one.id in lucky:
                axes.plot(lucky[one.id], [row, row], color=colour, linewidth=1.6, zorder=2.5, label=CHANCE_ALONE)
            axes.plot([one.mean], [row], marker="o", markersize=5.5, color=colour, zorder=3)
            for text, x, side in ((shorten(one.name, left - 0.1, SMALL), 0, "right"), (signed(one), 1, "left")):
                axes.annotate(
                    text, (x, row), xycoords=("axes fraction", "data"), xytext=(12 * x - 6, 0), size=SMALL, ha=side,
                    textcoords="offset points", va="center", annotation_clip=False,
                )  # fmt: skip
        rows_down(axes, len(group))
        axes.spines["left"].set_visible(False)
        reach = [x for one in group for x in (one.low, one.high, *lucky.get(one.id, ()))]
        low, high = min(0.0, *reach), max(0.0, *reach)
        axes.set_xlim(low - 0.06 * (high - low), high + 0.06 * (high - low))
        axes.locator_params(axis="x", nbins=4 if width >= WIDE else 2)
        axes.xaxis.set_major_formatter(lambda value, _: compact(value))
        grid_lines(axes, "x")
        top += size + gap
    return sheet.figure


def gap_in_words(found: Sequence[Panel], names: tuple[str, str], day: str) -> str:
    """The picture in words, with its numbers."""
    parts = []
    for panel in found:
        told = change(panel.course, panel.course.day(END))
        before, after = levels(told)
        parts.append(f"{panel.heading}: {after} {names[1]}, {before} {names[0]}, a difference of {signed(told)}")
    return f"On {day}. " + ". ".join(parts) + "."


def changes_in_words(rows: Sequence[Change]) -> str:
    """The dots in words."""
    return "; ".join(f"{one.name}: {signed(one)}" for one in rows) + "."
