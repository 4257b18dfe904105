"""The kit of every page: one file of HTML that asks nothing of a network, with pictures, their words and tables.

A page extends ``templates/page.html`` and holds no clock and no path: the same content gives the same text.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.path import Path

from sim.drawing.calendar import TOTAL
from sim.drawing.style import INK, SMALL, grid_lines, in_the_dark, rows_down, shorten, tint
from sim.results.bands import held
from sim.runs.once import MODEL_VERSION
from sim.scenario.calendar import dated, waiting
from sim.scenario.differences import act_sentence, spread_evenly
from sim.scenario.schema import claims
from sim.scenario.words import compact, day_in_words, number
from sim.view.words import Band, signed

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

SVG, LINK = "http://www.w3.org/2000/svg", "{http://www.w3.org/1999/xlink}href"
COLOUR = re.compile("#([0-9a-f]{6})")
LONG_NUMBER = re.compile(r"(-?\d+\.\d)\d+")
"""A tenth of a point is less than any screen or printer shows."""
LINES, POINT = re.compile(r"M[^MCQ]*L[^MCQ]*"), re.compile(r"[ML] (\S+) (\S+)")


def environment() -> Environment:
    """Templates of the pages, which share their frame, style, tables and limits."""
    made = Environment(
        loader=ChoiceLoader([PackageLoader("sim.view"), PackageLoader("sim.view.laboratory")]),
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    made.filters |= {"number": number, "cell": cell, "day": day_in_words, "signed": signed, "held": held}
    return made


def render(name: str, content: dict[str, Any]) -> str:
    """A page as text."""
    return environment().get_template(f"{name}.html").render(content | {"version": MODEL_VERSION})


def cell(value: Any) -> str:
    """A cell of a table: numbers to three digits, days as dates, a dash for what is missing."""
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    if value is None or value is pd.NaT:
        return "–"
    return number(value) if isinstance(value, float) else str(value)


# Pictures


class Pictures:
    """The pictures of a page: SVG whose letters are drawn once and shared, so that many fit in one small file.

    Args:
        thins: Whether points of a line are left out where it is straight to a third of a point.
    """

    def __init__(self, *, thins: bool = False) -> None:
        self._thins = thins
        self._letters: dict[str, ElementTree.Element] = {}
        self._dark: dict[str, str] = {}

    @property
    def letters(self) -> Markup:
        """The letters of all of them, and their colours on dark paper, to stand before the first."""
        root = ElementTree.Element(f"{{{SVG}}}svg", {"width": "0", "height": "0", "aria-hidden": "true"})
        definitions = ElementTree.SubElement(root, f"{{{SVG}}}defs")
        definitions.extend(self._letters[key] for key in sorted(self._letters))
        colours = "".join(f"--{name}:{self._dark[name]};" for name in sorted(self._dark))
        style = ElementTree.SubElement(definitions, f"{{{SVG}}}style")
        style.text = f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {colours} }} }}"
        return _text(root)

    def inline(self, figure: Figure, name: str) -> Markup:
        """The figure as an ``svg`` element with ids of its own, which the ids of its heading and words match."""
        file = io.BytesIO()
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
        root = ElementTree.fromstring(file.getvalue())
        for parent in list(root.iter()):
            for child in list(parent):
                if child.tag.endswith("}metadata"):
                    parent.remove(child)
                elif child.tag == f"{{{SVG}}}path" and child.get("id", "").startswith("DejaVu"):
                    self._letters[child.get("id", "")] = child
                    parent.remove(child)
        of_texts = {id(part) for text in root.iter() if text.get("id", "").startswith("text_") for part in text.iter()}
        for element in root.iter():
            if "style" in element.attrib:
                element.set(
                    "style", COLOUR.sub(partial(self._on_both, id(element) in of_texts), element.attrib["style"])
                )
            if self._thins and LINES.fullmatch(element.get("d", "")):
                element.set("d", _thinned(element.attrib["d"]))
            _rename(element, name)
        for size in ("width", "height", "version"):
            root.attrib.pop(size, None)
        root.attrib |= {"role": "img", "aria-labelledby": f"title-{name}", "aria-describedby": f"alt-{name}"}
        return _text(root)

    def _on_both(self, is_text: bool, found: re.Match[str]) -> str:
        """A colour as a property, which the page sets on dark paper."""
        name = f"{'t' if is_text else 'm'}{found[1]}"
        self._dark[name] = in_the_dark(found[0], is_text=is_text)
        return f"var(--{name},{found[0]})"

    def in_two_widths(self, name: str, alt: str, wide: Figure, narrow: Figure) -> dict[str, Any]:
        """A picture for screens and one for telephones, with the words of both."""
        return {
            "name": name, "alt": alt, "wide": self.inline(wide, f"{name}-wide"),
            "narrow": self.inline(narrow, f"{name}-narrow"),
        }  # fmt: skip


def _thinned(line: str) -> str:
    """A line or area of many points without those that no one would miss."""
    points = np.array([[float(x), float(y)] for x, y in POINT.findall(line)])
    path = Path(points)
    path.simplify_threshold = 1 / 3
    kept = np.asarray(path.cleaned(simplify=True).vertices, dtype=float)[:-1]  # the last is a stop
    return "M " + "L ".join(f"{x:.1f} {y:.1f} " for x, y in kept) + ("z" if "z" in line else "")


def _rename(element: ElementTree.Element, name: str) -> None:
    """Give ids the name of the picture, for one page holds many; shorten coordinates."""
    link = element.attrib.pop(LINK, None)
    if link:
        element.set("href", link if link.startswith("#DejaVu") else f"#{name}-{link[1:]}")
    if "id" in element.attrib:
        element.set("id", f"{name}-{element.get('id')}")
    for key, value in element.attrib.items():
        if "url(#" in value:
            value = value.replace("url(#", f"url(#{name}-")
        if key in ("d", "x", "y", "points"):
            value = LONG_NUMBER.sub(r"\1", value)
        element.set(key, value)


def _text(root: ElementTree.Element) -> Markup:
    """An element as HTML holds it: without namespaces."""
    text = ElementTree.tostring(root, encoding="unicode")
    text = re.sub(r" xmlns(:\w+)?=\"[^\"]+\"|(?<=<)ns\d+:|(?<=</)ns\d+:", "", text)
    return Markup(re.sub(r"\s*\n\s*", "\n", text))


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a panel: what it is of, what is told of it, and its band."""

    name: str
    text: str
    ends: tuple[float, float] = (0.0, 0.0)
    mean: float = 0.0
    colour: str = INK
    name_colour: str = INK
    is_bold: bool = False


def name_rows(axes: Axes, rows: Sequence[Row], room: float, ticks: int) -> None:
    """Names at the left of a panel, ``room`` inches wide, and what is told at its right; the first row at the top."""
    for at, row in enumerate(rows):
        for words, x, side in ((shorten(row.name, room, SMALL), 0, "right"), (row.text, 1, "left")):
            axes.annotate(
                words, (x, at), xycoords=("axes fraction", "data"), xytext=(12 * x - 6, 0), size=SMALL, ha=side,
                textcoords="offset points", va="center", annotation_clip=False, color=row.name_colour,
                weight="bold" if row.is_bold else "normal",
            )  # fmt: skip
    rows_down(axes, len(rows))
    axes.spines["left"].set_visible(False)
    axes.locator_params(axis="x", nbins=ticks)
    axes.xaxis.set_major_formatter(lambda value, _: compact(value))
    grid_lines(axes, "x")


def draw_dots(axes: Axes, rows: Sequence[Row], pale: float, size: float) -> None:
    """A dot for each row, on its band, around zero.

    Args:
        axes: The panel.
        rows: From top to bottom.
        pale: Strength of the colour of the band.
        size: Of a dot, in points.
    """
    reach = [0.0]
    for at, row in enumerate(rows):
        axes.plot(row.ends, [at, at], color=tint(row.colour, pale), linewidth=4.0, zorder=2, label=TOTAL)
        axes.plot([row.mean], [at], marker="o", markersize=size, color=row.colour, zorder=3)
        reach += [*row.ends, row.mean]
    low, high = min(reach), max(*reach, 1e-9)
    axes.set_xlim(low - 0.06 * (high - low), high + 0.06 * (high - low))
    axes.axvline(0, color=INK, linewidth=0.8)


# What every page says of its world


def about(scenario: Scenario) -> dict[str, Any]:
    """A world, its calendar, and its numbers that rest on assumption: how many, of how many, and which."""
    found = claims(scenario)
    assumed = [item for item in found if item.status == "assumed"]
    said = {"world": scenario, "calendar": calendar_in_words(scenario), "digest": scenario.digest()}
    return said | {"assumed": len(assumed), "claims": len(found), "assumptions": assumed}


def calendar_in_words(scenario: Scenario) -> list[str]:
    """The acts that are given, in the order of their dates; those that wait for a condition last.

    What was spread over a period is no dated fact, and is marked.
    """
    acts = [act for _, act in (*dated(scenario.acts), *waiting(scenario.acts))]
    return [act_sentence(act) + spread_evenly(scenario, act) for act in acts]


def seeds_in_words(seeds: Sequence[int]) -> str:
    """Seeds of replicates: '1 to 20'."""
    together = list(seeds) == list(range(seeds[0], seeds[0] + len(seeds)))
    return f"{seeds[0]} to {seeds[-1]}" if together and len(seeds) > 1 else ", ".join(map(str, seeds))


@dataclass(frozen=True, slots=True)
class Observed:
    """A headline measure, by its name, beside its observed value."""

    measure: str
    unit: str
    band: Band
    observed: float
    source: str

    @property
    def lies(self) -> str:
        """Where the observed value lies, and nothing about why."""
        if not self.band.is_known:
            return "no simulated value"
        if self.observed < self.band.low:
            return f"below the band by {number(self.band.low - self.observed)}"
        if self.observed > self.band.high:
            return f"above the band by {number(self.observed - self.band.high)}"
        return "in the band"


def observed(summary: pd.DataFrame) -> list[Observed]:
    """The measures of a summary that have an observed value."""
    return [
        Observed(row.name, row.unit, Band(row.low, row.median, row.high), row.observed, row.source)
        for row in summary[summary["observed"].notna()].itertuples()
    ]
