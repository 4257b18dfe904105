"""Marks above a calendar: the law labelled in place, other acts numbered and listed, and no text upon another."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import Affine2DBase, ScaledTranslation, Transform

from sim.drawing.calendar import Mark
from sim.drawing.style import INK, MARGIN, QUIET, SMALL, WIDTH, Page, shorten, spread, text_width
from sim.scenario.schema import Scenario
from sim.scenario.words import short_day

LINE = 0.16
"""Height of a line of labels above a panel, in inches."""
NUMBER_GAP = 0.17
"""Least distance between two numbers above a panel, in inches."""
NUMBERS = 0.3
"""Height of the row of numbers, with the leaders that slant down to their days."""
ACROSS = 2
"""Columns of the list of acts."""


@dataclass(frozen=True, slots=True)
class Label:
    """A law's words above a panel, in inches from its left edge."""

    mark: Mark
    foot: float
    place: float
    line: int
    rightward: bool


@dataclass(frozen=True, slots=True)
class Strip:
    """What stands above a panel: labels of the law, and numbers as (day's place, number's place, number)."""

    labels: tuple[Label, ...]
    numbers: tuple[tuple[float, float, int], ...]

    @property
    def height(self) -> float:
        """Room that it needs above the panel, in inches."""
        lines = 1 + max((label.line for label in self.labels), default=-1)
        return LINE * lines + (NUMBERS if self.numbers else 0.0) + 0.05


def arrange(
    laws: Sequence[Mark], others: Sequence[Mark], first: int, last: int, room: float, widest: float = 0.45
) -> Strip:
    """Place the marks of days ``first`` to ``last`` above a panel of ``room`` inches.

    No label is wider than a part ``widest`` of the panel.

    Marks that stand too close for their numbers are spread, and leaders slant. Where there are more than the panel can
    hold, those that moved attention least stay without a number.
    """
    laws = [mark for mark in laws if first <= mark.day <= last]
    others = [mark for mark in others if first <= mark.day <= last and mark.number]
    most = max(int(room / NUMBER_GAP) - len(laws), 0)
    others = sorted(sorted(others, key=lambda mark: -mark.weight)[:most], key=lambda mark: mark.day)
    marks = [*laws, *others]
    feet = [(mark.day - first) * room / (last + 1 - first) for mark in marks]
    places = spread(feet, NUMBER_GAP, 0.0, room) if others else feet
    n = len(laws)
    return Strip(
        _labels(laws, feet[:n], places[:n], room, widest * room),
        tuple((feet[i], places[i], marks[i].number) for i in range(n, len(marks))),
    )


def _labels(
    laws: Sequence[Mark], feet: Sequence[float], places: Sequence[float], room: float, longest: float
) -> tuple[Label, ...]:
    """Give each law a line, such that no text meets another text or another mark's leader.

    A leader falls from its text to the panel, so a text that reaches over the place of another mark has to stand above
    that mark's text: a staircase. Text lies to the right of its leader, or to the left where it would leave the panel.
    A mark whose text would reach a later mark's place, and that mark's text its own, turns to the left as well, for it
    cannot stand above and below its neighbour at once.
    """
    laws = [replace(mark, label=shorten(mark.label, longest, SMALL)) for mark in laws]
    extents = _extents(places, [text_width(mark.label, SMALL) + 0.1 for mark in laws], room)
    over = [[j for j, x in enumerate(places) if j != i and low < x < high] for i, (low, high) in enumerate(extents)]
    lines: dict[int, int] = {}
    while len(lines) < len(laws):
        i = next(i for i in reversed(range(len(laws))) if i not in lines and all(j in lines for j in over[i]))
        line = 1 + max((lines[j] for j in over[i]), default=-1)
        while any(lines[j] == line and _meet(extents[i], extents[j]) for j in lines):
            line += 1
        lines[i] = line
    return tuple(
        Label(mark, feet[i], places[i], lines[i], rightward=extents[i][1] > places[i]) for i, mark in enumerate(laws)
    )


def _extents(places: Sequence[float], widths: Sequence[float], room: float) -> list[tuple[float, float]]:
    """Where the text of each mark begins and ends, in inches along the axis."""
    extents: list[tuple[float, float]] = []
    for place, width in zip(reversed(places), reversed(widths), strict=True):
        later = zip(extents, reversed(places), strict=False)
        clash = any(low < place and other < place + width for (low, _), other in later)
        rightward = place + width <= room + 0.1 and not clash
        extents.append((place, place + width) if rightward else (place - width, place))
    return extents[::-1]


def _meet(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def draw_strip(axes: Axes, strip: Strip) -> None:
    """Write a strip above its panel."""
    here = _inches_above(axes)
    turn = NUMBERS - 0.16 if strip.numbers else 0.0
    base = NUMBERS if strip.numbers else 0.0
    for foot, place, number in strip.numbers:
        _leader(axes, here, [(foot, 0.0), (place, turn)], QUIET)
        axes.text(place, turn + 0.07, str(number), transform=here, size=SMALL, color=QUIET, ha="center", va="center")
    for label in strip.labels:
        middle = base + LINE * (label.line + 0.5)
        _leader(axes, here, [(label.foot, 0.0), (label.place, turn), (label.place, middle + 0.07)], INK)
        shift, side = (0.05, "left") if label.rightward else (-0.05, "right")
        axes.text(
            label.place + shift, middle, label.mark.label, transform=here, size=SMALL, color=INK, ha=side, va="center"
        )


def _inches_above(axes: Axes) -> Transform:
    """Coordinates in inches to the right of, and above, the panel's upper left corner."""
    figure, box = cast(Figure, axes.get_figure(root=True)), axes.get_position()
    return figure.dpi_scale_trans + ScaledTranslation(box.x0, box.y1, cast(Affine2DBase, figure.transFigure))


def _leader(axes: Axes, here: Transform, points: Sequence[tuple[float, float]], colour: str) -> None:
    xs, ys = zip(*points, strict=True)
    axes.add_line(Line2D(xs, ys, transform=here, color=colour, linewidth=0.7, clip_on=False))


def list_height(others: Sequence[Mark]) -> float:
    """Room that the list of numbered acts needs, in inches."""
    rows = -(-sum(mark.number > 0 for mark in others) // ACROSS)
    return (0.15 * rows + 0.3) if rows else 0.0


def write_list(page: Page, top: float, others: Sequence[Mark], scenario: Scenario) -> None:
    """List the numbered acts with their days, in columns, ``top`` inches below the page's head."""
    listed = [mark for mark in others if mark.number]
    if not listed:
        return
    left_out = len(others) - len(listed)
    more = f"; {left_out} further acts are dotted lines without a number" if left_out else ""
    page.write(MARGIN, top, f"Acts of the calendar{more}", weight="bold", size=SMALL)
    rows, width = -(-len(listed) // ACROSS), (WIDTH - 2 * MARGIN) / ACROSS
    for i, mark in enumerate(listed):
        left, line = MARGIN + (i // rows) * width, top + 0.18 + 0.15 * (i % rows)
        page.write(left + 0.16, line, str(mark.number), size=SMALL, ha="right")
        page.write(left + 0.24, line, short_day(scenario.date(mark.day)), size=SMALL, color=QUIET)
        page.write(left + 1.14, line, shorten(mark.label, width - 1.24, SMALL), size=SMALL)
