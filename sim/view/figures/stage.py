"""One question of an exported laboratory as a picture: the stage on three days, from the numbers of the page."""

import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from sim import bounded
from sim.drawing import style
from sim.drawing.style import BODY, MARGIN, QUIET, SMALL, WIDTH, Page
from sim.results.folder import made_by
from sim.runs.once import MODEL_VERSION
from sim.scenario.words import counted, day_in_words
from sim.view.stage import HEIGHT, LINE, Columns, Scene, cut_in_words, draw_scene, in_words, lines_of, scene
from sim.view.went import LEAST_TOLD

BETWEEN = 0.2
"""Inches between panels."""
BROAD = (WIDTH - 2 * MARGIN - 2 * BETWEEN) / 3


def read(page: Path, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What all questions of an exported page share, and the one with a name.

    Raises:
        ValueError: It is no such page, or has no such question.
        UnreadableError: It cannot be read.
    """
    found = re.search(r'<script type="application/json" id="worlds">(.*?)</script>', bounded.text(page), re.DOTALL)
    worlds = json.loads(found[1]) if found else {}
    if worlds.get("version") != MODEL_VERSION:
        raise ValueError(f"expected a page that lawshock explore --export makes with model {MODEL_VERSION}")
    questions = {question["name"]: question for question in worlds.pop("questions")}
    if name not in questions:
        raise ValueError(f"expected a question of the page ({', '.join(questions)}), found {name!r}")
    return worlds, questions[name]


def _weeks(worlds: dict[str, Any], question: dict[str, Any]) -> tuple[int, ...]:
    """The last drawn day before both worlds part, that before the last named event after it, and the end."""
    days = worlds["weeks"]
    late = max((day for day, _ in question["events"]), default=0)
    eves = [max((week for week, day in enumerate(days) if day < of), default=0) for of in (question["first"], late)]
    return *eves, len(days) - 1


def scenes(worlds: dict[str, Any], question: dict[str, Any]) -> list[Scene]:
    """What is shown on each of the three days."""
    start, days = date.fromisoformat(worlds["start"]), worlds["weeks"]
    return [scene(question, start, days, week) for week in _weeks(worlds, question)]


def _since(worlds: dict[str, Any], question: dict[str, Any], week: int) -> str:
    """The last act before the end of a week."""
    before = [(day, what) for day, what in question["events"] if day <= worlds["weeks"][week]]
    if not before:
        return "before the first act"
    day, what = before[-1]
    return f"since {day_in_words(date.fromisoformat(worlds['start']) + timedelta(days=day))}: {what}"


def title(worlds: dict[str, Any], question: dict[str, Any], last: Scene) -> str:
    """The question, its answer with the band, and where most people went because of it."""
    sentences = re.split(r"(?<=\.) (?=[A-Z])", question["sentence"])
    of_apps = [one for one in sentences if one.startswith(tuple(worlds["apps"]))]
    told = f"By {worlds['endWords']} {of_apps[0]}" if of_apps else sentences[0]
    one, two, by = last.flows[0] if last.flows else ("", "", 0.0)
    if by < LEAST_TOLD or not one or not two:
        return f"{question['asks']} {told}"
    leave = sum(percent for source, _, percent in last.flows if source == one)
    most = "Most" if by > leave / 2 else "The largest group of those"
    owner = worlds["owners"][two]
    does = worlds["stances"][last.firms[owner][1]] if owner in last.firms else ""
    does = does and f", {'which' if owner == two else 'whose owner'} {does}"
    return f"{question['asks']} {told} {most} who turn away from {one} turn to {two}{does}."


def draw(page: Path, name: str, folder: Path) -> list[Path]:
    """Write ``name.png`` and ``name.svg``: one question of an exported page on three days.

    Raises:
        ValueError: As of ``read``.
        OSError: The folder cannot be written.
    """
    worlds, question = read(page, name)
    shown = scenes(worlds, question)
    with style.house_style():
        alt = f"{title(worlds, question, shown[-1])} {' '.join(map(in_words, shown))}"
        return style.save(_paint(worlds, question, shown), folder, name, alt)


def _paint(worlds: dict[str, Any], question: dict[str, Any], shown: list[Scene]) -> Figure:
    pairs, people = len(question["lead"]["gaps"]), len(shown[0].people)
    hollow = "; hollow: still has it and is cut off from it" if any(map(cut_in_words, shown)) else ""
    subtitle = (
        f"{worlds['place']} in the model, lived twice: as it was, above the names of apps, and with this one "
        f"difference, below. A dot is one of {people} simulated people of one pair, an example, under the app used "
        f"most; a dark rim: another app in the other world{hollow}. Arrows: the mean over {pairs} pairs of plausible "
        "worlds, of 100 people. Companies: what most pairs have. In brackets: 90 % of pairs."
    )
    facts = made_by(f"{counted(pairs, 'pair')} of {worlds['users']:,} people", command=worlds["command"])
    body = 0.7 + HEIGHT + LINE * max(len(lines_of(one, BROAD)) for one in shown)
    sheet = Page(title(worlds, question, shown[-1]), subtitle, body, [facts])
    colours = {app: ink[0] for app, ink in worlds["apps"].items()} | {"": worlds["grey"][0]}
    columns = Columns.of(shown, BROAD, colours)
    for number, (one, week) in enumerate(zip(shown, _weeks(worlds, question), strict=True)):
        start = MARGIN + number * (BROAD + BETWEEN)
        sheet.write(start, 0.06, one.day, weight="bold", size=BODY + 1)
        sheet.write(start, 0.24, _since(worlds, question, week), size=SMALL, color=QUIET)
        draw_scene(sheet, start, 0.42, one, columns)
    return sheet.figure
