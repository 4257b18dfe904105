"""How every picture looks: one page, one type, colours that never change their meaning, files that never change a byte.

Apps have colours of Okabe and Ito (2008), which people with any common colour blindness tell apart. An app, a stance
and what else has a colour keep it in every picture, and none has that of another. Text is set in the DejaVu Sans that
matplotlib ships and measured before it is placed, so that a page can make room for it.
"""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any, Literal

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Rectangle
from matplotlib.textpath import text_to_path

from sim.scenario.stances import STANCES as ANSWERS
from sim.scenario.words import number, signed_number

INK = "#22262B"
"""Text, axes and marks of the law."""
QUIET = "#5A626B"
"""Text that explains: subtitle, footer, ticks. Contrast 6:1 on white."""
FAINT = "#D5D9DE"
"""Grid lines and empty tracks."""
OBSERVED = "#9AA1A9"
"""What was measured in the world, beside what was simulated."""
PAPERS: Mapping[str, Mapping[str, str]] = {
    "light": {"paper": "#ffffff", "ink": INK, "quiet": QUIET, "faint": FAINT},
    "dark": {"paper": "#14171a", "ink": "#e8eaed", "quiet": "#a9b1ba", "faint": "#3a4047"},
}

ORANGE, SKY, GREEN, YELLOW = "#E69F00", "#56B4E9", "#009E73", "#F0E442"
BLUE, VERMILION, PURPLE, BLACK = "#0072B2", "#D55E00", "#CC79A7", "#000000"

MODEL, APART = "#443689", "#A02455"
"""What was simulated where no app or stance is meant, and what stands apart from it."""
HANDED_OVER = VERMILION
"""Data that reaches the authorities: the colour of the stance that gives it."""

STANCES: Mapping[str, tuple[str, str]] = {name: (answer.colour, answer.words) for name, answer in ANSWERS.items()}
"""Colour and plain words of each stance, in the order of the scenario's schema; none is that of an app."""

RUNG_COLOURS = ("#EEF0F2", "#F5DF9B", "#EDBB6A", "#DE9147", "#BD6233", "#86382F", "#431C2A")
"""Rungs 0 to 6, from pale to dark: the order is legible without hue."""

_NAMED_PLATFORMS = {"WhatsApp": GREEN, "Telegram": SKY, "WeChat": ORANGE, "Signal": BLUE}
_FURTHER_PLATFORMS = ("#D17EB1", "#6B5B2A", BLACK, YELLOW, "#FFC2A6", SKY, GREEN, ORANGE, BLUE)
_MARKS = (*_FURTHER_PLATFORMS, INK, MODEL, APART, HANDED_OVER, *(colour for colour, _ in STANCES.values()))
"""Colours that have tints."""
ON_DARK = {MODEL: "#8566FF", APART: "#FF1A47", "#4A5058": "#D8DDE2", STANCES["cannot"][0]: STANCES["cannot"][0]}
"""What ink for dark paper would make too like another colour; a ribbon of *cannot* bears its words in white."""

WIDTH = 10.0
"""Width of a page in inches; 10 inches shown at 1000 pixels make 9-point type 12.5 pixels high."""
DPI = 144
MARGIN = 0.3
TITLE, BODY, SMALL = 13.0, 9.0, 8.0

_RC: Mapping[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": BODY,
    "text.color": INK,
    "text.parse_math": False,  # a name may hold a dollar sign
    "axes.edgecolor": QUIET,
    "axes.labelcolor": QUIET,
    "axes.labelsize": SMALL,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "lines.solid_capstyle": "butt",
    "svg.fonttype": "path",  # glyphs as outlines: the same on every machine
    "svg.hashsalt": "lawshock",
}


@contextmanager
def house_style() -> Iterator[None]:
    """Matplotlib's own defaults and the house style, whatever a user's matplotlibrc says; undone on leaving."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_RC)
        yield


def platform_colours(platforms: Sequence[str]) -> dict[str, str]:
    """A colour per platform: the four of the reference scenario keep theirs, others take the next one that is free."""
    colours = {name: _NAMED_PLATFORMS[name] for name in platforms if name in _NAMED_PLATFORMS}
    free = [colour for colour in _FURTHER_PLATFORMS if colour not in colours.values()]
    for name in platforms:
        if name not in colours:
            colours[name] = free.pop(0)
    return {name: colours[name] for name in platforms}


def tint(colour: str, strength: float, paper: str = "#ffffff") -> str:
    """The colour on paper at an opacity of ``strength`` (0 to 1), as an opaque colour."""
    red, green, blue = (below + strength * (c - below) for c, below in zip(to_rgb(colour), to_rgb(paper), strict=True))
    return to_hex((red, green, blue))


def luminance(colour: str) -> float:
    """Relative luminance, 0 black to 1 white (WCAG 2.2)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2); text needs 4.5."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@cache
def ink_of(colour: str, paper: str = "#ffffff", least: float = 4.5) -> str:
    """The colour, moved to black, or white on dark paper, in steps of 5 % until text in it can be read (4.5:1)."""
    end = 0.0 if luminance(paper) > 0.18 else 1.0
    red, green, blue = to_rgb(colour)
    steps = ((1 - step / 20, step / 20 * end) for step in range(21))
    shades = (to_hex((share * red + more, share * green + more, share * blue + more)) for share, more in steps)
    return next(shade for shade in shades if contrast(shade, paper) >= least)


@cache
def in_the_dark(colour: str, *, is_text: bool) -> str:
    """A colour of a light page as it is on dark paper: neutrals turn round, bands stay pale, and marks keep their hue.

    Text reaches 4.5:1, marks 3:1; the black or white text that stands on a mark stays as it is, like the mark.
    """
    light, dark = PAPERS.values()
    paper, known = dark["paper"], ON_DARK | {light[name]: dark[name] for name in light}
    if is_text and colour in (BLACK, "#ffffff"):
        return colour
    for one, other in known.items():
        if colour == one.lower() and not (is_text and contrast(other, paper) < 4.5):
            return other.lower()
    if is_text:
        return ink_of(colour, paper)
    base, strength = min(map(partial(_tinted, to_rgb(colour)), _MARKS), key=lambda found: found[0])[1:]
    if strength < 0.5:
        return tint(in_the_dark(base.lower(), is_text=False), strength, paper)
    return ink_of(colour, paper, 3.0)


def _tinted(colour: tuple[float, float, float], base: str) -> tuple[float, str, float]:
    """How far a colour lies from the nearest tint of a base on white paper, that base, and the strength of the tint."""
    less, whole = 1 - np.array(colour), 1 - np.array(to_rgb(base))
    strength = float(less @ whole / (whole @ whole))
    return float(np.abs(less - strength * whole).max()), base, strength


def ink_on(background: str) -> str:
    """Black or white text, whichever stands out more on a background: at least 4.5:1 on any."""
    return max((BLACK, "#ffffff"), key=lambda ink: contrast(ink, background))


@cache
def text_width(text: str, size: float = BODY, weight: Literal["normal", "bold"] = "normal") -> float:
    """Width of a line of text in inches."""
    font = FontProperties(family="DejaVu Sans", size=size, weight=weight)
    width, _, _ = text_to_path.get_text_width_height_descent(text, font, False)
    return float(width) / 72


def shorten(text: str, width: float, size: float = BODY) -> str:
    """The text, or as much of its beginning as fits in ``width`` inches, ended by an ellipsis."""
    if text_width(text, size) <= width:
        return text
    while text and text_width(text.rstrip() + "…", size) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def wrap(text: str, width: float, size: float, weight: Literal["normal", "bold"] = "normal") -> list[str]:
    """Lines of at most ``width`` inches, broken at spaces."""
    characters = len(text)
    lines = textwrap.wrap(text, max(characters, 1))
    while characters > 20 and max((text_width(line, size, weight) for line in lines), default=0) > width:
        characters -= 1
        lines = textwrap.wrap(text, characters)
    return lines


class Sheet:
    """A bare sheet, on which panels and words are placed in inches from its upper left corner, below its ``head``."""

    def __init__(self, width: float, height: float, head: float = 0.0) -> None:
        self.width, self.height, self.head = width, height, head
        self.figure = Figure(figsize=(width, height), dpi=DPI, facecolor="white")
        FigureCanvasAgg(self.figure)

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """A panel whose frame lies ``left`` of the sheet's edge and ``top`` below the head, in inches."""
        bottom = self.height - self.head - top - height
        place = (left / self.width, bottom / self.height, width / self.width, height / self.height)
        return self.figure.add_axes(place, zorder=1)

    def write(self, left: float, top: float, text: str, **style: Any) -> None:
        """Text whose upper left corner lies ``left`` of the sheet's edge and ``top`` below the head, in inches."""
        style = {"ha": "left", "va": "top", "size": BODY, **style}
        self.figure.text(left / self.width, 1 - (self.head + top) / self.height, text, **style)

    def key(self, top: float, entries: Sequence[tuple[str, str]], left: float = MARGIN) -> None:
        """A line of swatches (colour, meaning), where a direct label has no room."""
        widths = [0.28 + text_width(meaning, SMALL) for _, meaning in entries]
        gap = min(0.25, (self.width - MARGIN - left - sum(widths)) / max(len(widths) - 1, 1))
        for (colour, meaning), width in zip(entries, widths, strict=True):
            corner = (left / self.width, 1 - (self.head + (top - 0.01) + 0.13) / self.height)
            swatch = Rectangle(
                corner, 0.22 / self.width, 0.13 / self.height, facecolor=colour, edgecolor=QUIET, linewidth=0.4
            )
            self.figure.add_artist(swatch)
            self.write(left + 0.28, top, meaning, size=SMALL)
            left += width + gap


class Page(Sheet):
    """A sheet ten inches wide: a title that says what is seen, panels placed in inches from the top, a footer.

    Args:
        title: What the reader sees, in a sentence.
        subtitle: How to read it; wrapped to the page.
        body: Height of the space for panels, in inches, below the head and above the footer.
        footer: Lines that say what made the picture.
    """

    def __init__(self, title: str, subtitle: str, body: float, footer: Sequence[str]) -> None:
        room = WIDTH - 2 * MARGIN
        heads = wrap(title, room, TITLE, "bold")
        explanations = wrap(subtitle, room, BODY)
        feet = [line for text in footer for line in wrap(text, room, SMALL)]
        head = MARGIN + 0.25 * len(heads) + 0.17 * len(explanations) + 0.1
        super().__init__(WIDTH, head + body + 0.14 * len(feet) + 0.3, head)
        for line, text in enumerate(heads):
            self.write(MARGIN, MARGIN - self.head + 0.25 * line, text, size=TITLE, weight="bold")
        for line, text in enumerate(explanations):
            self.write(MARGIN, MARGIN - self.head + 0.25 * len(heads) + 0.03 + 0.17 * line, text, color=QUIET)
        for line, text in enumerate(feet):
            self.write(MARGIN, body + 0.12 + 0.14 * line, text, size=SMALL, color=QUIET)


def grid_lines(axes: Axes, axis: Literal["x", "y"]) -> None:
    """Faint lines at the ticks of an axis, behind what is drawn."""
    axes.grid(axis=axis, color=FAINT, linewidth=0.6)
    axes.set_axisbelow(True)


def rows_down(axes: Axes, count: int) -> None:
    """Make the vertical axis one of rows, the first at the top: row i stands at height i."""
    axes.set_ylim(count - 0.5, -0.5)
    axes.set_yticks([])


def grid(title: str, subtitle: str, rows: Sequence[str], panels: int, footer: str) -> tuple[Page, list[Axes]]:
    """A page of panels, three in a line, which share their rows, whose names stand at the left of each line.

    Row i stands at height i of each panel's axis, which runs downwards.
    """
    across, row, head, foot, gap = 3, 0.19, 0.32, 0.42, 0.32
    height = row * len(rows)
    page = Page(title, subtitle, -(-panels // across) * (head + height + foot), [footer])
    label = max(text_width(name, SMALL) for name in rows) + 0.15
    width = (WIDTH - 2 * MARGIN - label - across * gap) / across
    made = []
    for i in range(panels):
        top = head + (i // across) * (head + height + foot)
        axes = page.axes(MARGIN + label + gap + (i % across) * (width + gap), top, width, height)
        rows_down(axes, len(rows))
        grid_lines(axes, "x")
        axes.locator_params(axis="x", nbins=4)
        axes.xaxis.set_major_formatter(lambda value, _: signed_tick(value))
        if i % across == 0:
            for at, name in enumerate(rows):
                page.write(MARGIN, top + row * (at + 0.5), name, size=SMALL, va="center", color=QUIET)
        made.append(axes)
    return page, made


def signed_tick(value: float) -> str:
    """A number at the axis, with its sign; one below ten with the digits that it has."""
    if abs(value) >= 10:
        return signed_number(value)
    return f"+{number(value)}" if value > 0 else number(value)


def points_in_rows(
    axes: Axes, table: Any, middle: str, *, filled: Any = True, colour: str = MODEL, size: float = 4, below: float = 0.0
) -> None:
    """A point in each row at the column ``middle``, over a line from ``low`` to ``high``; filled or hollow."""
    places = np.arange(len(table)) + below
    axes.hlines(places, table["low"], table["high"], color=QUIET, linewidth=1.0)
    marked = np.broadcast_to(filled, len(table))
    for chosen, face in ((~marked, "white"), (marked, colour)):
        axes.plot(table[middle].to_numpy()[chosen], places[chosen], "o", color=colour, mfc=face, markersize=size)


def name_panel(axes: Axes, measure: str, unit: str) -> None:
    """Say above a panel what it shows."""
    axes.set_title(f"{measure}, {unit}", fontsize=SMALL, fontweight="bold", loc="left", color=INK)


def say_nothing(axes: Axes, message: str) -> None:
    """Fill a panel that has nothing to show with the reason."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, message, transform=axes.transAxes, ha="center", va="center", color=QUIET)


def spread(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places moved as little as possible (least squares), at least ``gap`` apart, within ``low`` and ``high``.

    Neighbours that come too close form a block around their mean: isotonic regression by pooling adjacent violators.
    Where there is no room for all, the gap shrinks to what there is. The order of equal places is kept.
    """
    gap = min(gap, (high - low) / max(len(places) - 1, 1))
    order = sorted(range(len(places)), key=lambda i: places[i])
    blocks: list[tuple[float, int]] = []  # mean of the places less their gaps, and how many
    for rank, i in enumerate(order):
        mean, count = places[i] - rank * gap, 1
        while blocks and blocks[-1][0] > mean:
            other, more = blocks.pop()
            mean, count = (mean * count + other * more) / (count + more), count + more
        blocks.append((mean, count))
    free = [mean for mean, count in blocks for _ in range(count)]
    ceiling = high - gap * (len(places) - 1)
    moved = list(places)
    for rank, i in enumerate(order):
        moved[i] = min(max(free[rank], low), ceiling) + rank * gap
    return moved


def save(figure: Figure, folder: Path, name: str, description: str, *, dpi: int = DPI) -> list[Path]:
    """Write ``name.png`` and ``name.svg``; equal figures give equal bytes, for no date or version is written.

    Raises:
        OSError: The folder cannot be written.
    """
    png, svg = folder / f"{name}.png", folder / f"{name}.svg"
    figure.savefig(png, dpi=dpi, metadata={"Software": None, "Description": description})
    figure.savefig(svg, metadata={"Date": None, "Creator": "lawshock", "Title": name, "Description": description})
    return [png, svg]
