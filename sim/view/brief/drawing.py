"""Pictures inside a page: SVG whose letters are drawn once and shared, so that many pictures fit in one small file."""

import io
import re
from dataclasses import dataclass
from xml.etree import ElementTree

import pandas as pd
from matplotlib.figure import Figure

from sim.drawing.style import house_style
from sim.results.ensemble import Ensemble
from sim.view.figures import FIGURES

SVG, LINK = "http://www.w3.org/2000/svg", "{http://www.w3.org/1999/xlink}href"
MOST_ROWS = 300
"""Longer tables are shown by the month; the folder of results has them whole."""
LONG_NUMBER = re.compile(r"(-?\d+\.\d)\d+")
"""A tenth of a point is less than any screen or printer shows."""


@dataclass(frozen=True)
class Drawn:
    """A picture with its words and its table."""

    name: str
    svg: str
    alt: str
    table: pd.DataFrame
    by_month: bool


@dataclass(frozen=True)
class Gallery:
    """Pictures of a page, and the letters that all of them use."""

    letters: str
    pictures: tuple[Drawn, ...]


def draw_all(ensemble: Ensemble, command: str) -> Gallery:
    """Draw every picture of an ensemble for one page."""
    letters: dict[str, ElementTree.Element] = {}
    pictures = []
    with house_style():
        for name, picture in FIGURES.items():
            data = picture.data(ensemble)
            svg = inline(picture.paint(data, ensemble, command), name, letters)
            table = _thinned(data)
            pictures.append(Drawn(name, svg, picture.alt(data, ensemble), table, len(table) < len(data)))
    return Gallery(sprite(letters), tuple(pictures))


def sprite(letters: dict[str, ElementTree.Element]) -> str:
    """The letters of all pictures of a page, to stand before them."""
    root = ElementTree.Element(f"{{{SVG}}}svg", {"width": "0", "height": "0", "aria-hidden": "true"})
    definitions = ElementTree.SubElement(root, f"{{{SVG}}}defs")
    definitions.extend(letters[key] for key in sorted(letters))
    return _text(root)


def inline(figure: Figure, name: str, letters: dict[str, ElementTree.Element]) -> str:
    """The figure as an ``svg`` element with ids of its own; its letters move to ``letters``."""
    file = io.BytesIO()
    figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    root = ElementTree.fromstring(file.getvalue())
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag.endswith("}metadata"):
                parent.remove(child)
            elif child.tag == f"{{{SVG}}}path" and child.get("id", "").startswith("DejaVu"):
                letters[child.get("id", "")] = child
                parent.remove(child)
    for element in root.iter():
        _rename(element, name)
    for size in ("width", "height", "version"):
        root.attrib.pop(size, None)
    root.attrib |= {"role": "img", "aria-labelledby": f"title-{name}", "aria-describedby": f"alt-{name}"}
    return _text(root)


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


def _text(root: ElementTree.Element) -> str:
    """An element as HTML holds it: without namespaces."""
    text = ElementTree.tostring(root, encoding="unicode")
    return re.sub(r"\s*\n\s*", "\n", re.sub(r" xmlns(:\w+)?=\"[^\"]+\"|(?<=<)ns\d+:|(?<=</)ns\d+:", "", text))


def _thinned(table: pd.DataFrame) -> pd.DataFrame:
    """The first day of each month where the table is long."""
    dates = next((name for name in ("date", "week") if name in table), None)
    if dates is None or len(table) <= MOST_ROWS:
        return table
    days = pd.Series(table[dates].unique())
    first = days.groupby(days.dt.to_period("M")).min()
    return table[table[dates].isin(first)]
