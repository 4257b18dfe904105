"""One question of an exported laboratory as a picture: the stage on three days, from the numbers of the page."""

import json
import re
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim import bounded
from sim.drawing import style
from sim.drawing.style import APART, BODY, FAINT, INK, MARGIN, QUIET, SMALL, STANCES, WIDTH, Page, text_width
from sim.results.folder import made_by
from sim.runs.once import MODEL_VERSION
from sim.scenario.words import counted, day_in_words, listed
from sim.view.laboratory.answers import NOBODY
from sim.view.went import LEAST_TOLD, of_hundred

MOST_ARROWS = 2
"""Movements that are drawn of a day; as on the page."""
PEOPLE, ROWS = 1.08, range(14, 40)
"""Inches of the dots of a world, and in how many rows they may stand."""
SIDE, NAMES, ARROWS, LINE, GAP, BETWEEN = 0.16, 0.19, 0.24, 0.15, 0.06, 0.2
"""Inches: name of a world, names of apps to either side, an arrow, a line about companies, columns and panels apart."""
MIDDLE = SIDE + PEOPLE + NAMES
BROAD = (WIDTH - 2 * MARGIN - 2 * BETWEEN) / 3


@dataclass(frozen=True)
class Scene:
    """What one day shows.

    Attributes:
        day: In words.
        since: The last act before it.
        apps: Of each app, and of no app under an empty name, how many of the people use it most, in both worlds.
        people: The app that each of them uses most, in both worlds.
        flows: From, to, and percent of people: the largest movements that are due to the question.
        firms: Of each company its stance in both worlds.
    """

    day: str
    since: str
    apps: dict[str, tuple[int, int]]
    people: list[tuple[str, str]]
    flows: list[tuple[str, str, float]]
    firms: dict[str, tuple[str, str]]


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


def scenes(worlds: dict[str, Any], question: dict[str, Any]) -> list[Scene]:
    """The last drawn day before both worlds part, that before the last named event after it, and the end."""
    days = worlds["weeks"]
    late = max((day for day, _ in question["events"]), default=0)
    eves = [max((week for week, day in enumerate(days) if day < of), default=0) for of in (question["first"], late)]
    return [_scene(worlds, question, week) for week in (*eves, len(days) - 1)]


def _scene(worlds: dict[str, Any], question: dict[str, Any], week: int) -> Scene:
    day, city = worlds["weeks"][week], question["city"]
    apps = {**{chr(ord("a") + number): app for number, app in enumerate(city["apps"])}, NOBODY: ""}
    both = [[apps[_letter(life, week).lower()] for life in city[world].split(" ")] for world in ("base", "now")]
    was, now = map(Counter, both)
    flows = [(one["from"], one["to"], one["by"][week]) for one in question["flows"]]
    flows = [(one, two, by) if by > 0 else (two, one, -by) for one, two, by in flows]
    firms = {
        name: (_stance(of["base"], week), _stance(of["now"], week)) for name, of in question["stances"].items()
    }  # fmt: skip
    before = [(on, what) for on, what in question["events"] if on <= day]
    since = f"since {_day(worlds, before[-1][0])}: {before[-1][1]}" if before else "before the first act"
    return Scene(
        _day(worlds, day), since, {app: (was[app], now[app]) for app in apps.values()}, [*zip(*both, strict=True)],
        sorted(flows, key=lambda flow: -flow[2]), firms,
    )  # fmt: skip


def _letter(life: str, week: int) -> str:
    changes = re.findall(r"(\d*)([a-zA-Z.])", life)
    return str([letter for since, letter in changes if int(since or 0) <= week][-1])


def _stance(spans: list[list[Any]], week: int) -> str:
    return str([stance for first, stance, _ in spans if first <= week][-1])


def _day(worlds: dict[str, Any], day: int) -> str:
    return day_in_words(date.fromisoformat(worlds["start"]) + timedelta(days=day))


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


def in_words(scene: Scene) -> str:
    """A day with its numbers."""
    people = ", ".join(f"{app or 'no app'} {was} and {now}" for app, (was, now) in scene.apps.items())
    moves = [f"{of_hundred(by)} from {one or 'no app'} to {two or 'no app'}" for one, two, by in _drawn(scene)]
    firms = [text for _, text, is_apart in _firms(scene) if is_apart]
    moved = f"moved because of it: {listed(moves)}" if moves else "no movement of 1 of 100 people or more"
    told = f"; {listed(firms)}" if firms else ""
    return f"{scene.day}: people by the app used most, as it was and with this difference: {people}; {moved}{told}."


def _drawn(scene: Scene) -> list[tuple[str, str, float]]:
    return [flow for flow in scene.flows if flow[2] >= LEAST_TOLD][:MOST_ARROWS]


def _firms(scene: Scene) -> list[tuple[str, str, bool]]:
    """Companies that do the same: their stance, the words, and whether it is due to the question; such come first."""
    found = []
    for was, now in dict.fromkeys(sorted(scene.firms.values(), key=lambda both: both[0] == both[1])):
        names = ", ".join(name for name, both in scene.firms.items() if both == (was, now))
        does = STANCES[now][1]
        told = f"{does}: {names}" if was == now else f"{names}: {does} (as it was: {STANCES[was][1]})"
        found.append((now, told, was != now))
    return found


def draw(page: Path, name: str, folder: Path) -> list[Path]:
    """Write ``name.png`` and ``name.svg``: one question of an exported page on three days.

    Raises:
        ValueError: As of ``read``.
        OSError: The folder cannot be written.
    """
    worlds, question = read(page, name)
    shown = scenes(worlds, question)
    with style.house_style():
        alt = f"{title(worlds, question, shown[-1])} {' '.join(in_words(scene) for scene in shown)}"
        return style.save(_paint(worlds, question, shown), folder, name, alt)


def _paint(worlds: dict[str, Any], question: dict[str, Any], shown: list[Scene]) -> Figure:
    pairs, people = len(question["lead"]["gaps"]), len(shown[0].people)
    subtitle = (
        f"{worlds['place']} in the model, lived twice: as it was, above the names of apps, and with this one "
        f"difference, below. A dot is one of {people} simulated people of one pair, an example, under the app used "
        f"most; a dark rim: another app in the other world. Arrows: the mean over {pairs} pairs of plausible worlds, "
        "of 100 people. Companies: what most pairs have. In brackets: 90 % of pairs."
    )
    firms = [_lines(scene) for scene in shown]
    stage = 2 * MIDDLE + 0.1 + ARROWS * MOST_ARROWS
    facts = made_by(f"{counted(pairs, 'pair')} of {worlds['users']:,} people", command=worlds["command"])
    body = 0.7 + stage + LINE * max(map(len, firms))
    sheet = Page(title(worlds, question, shown[-1]), subtitle, body, [facts])
    columns, step = _columns({app: max(max(scene.apps[app]) for scene in shown) for app in shown[0].apps})
    colours = {app: ink[0] for app, ink in worlds["apps"].items()} | {"": worlds["grey"][0]}
    for number, (scene, lines) in enumerate(zip(shown, firms, strict=True)):
        start = MARGIN + number * (BROAD + BETWEEN)
        sheet.write(start, 0.06, scene.day, weight="bold", size=BODY + 1)
        sheet.write(start, 0.24, scene.since, size=SMALL, color=QUIET)
        axes = sheet.axes(start, 0.42, BROAD, stage)
        axes.set(xlim=(0, BROAD), ylim=(stage, 0))
        axes.set_axis_off()
        _people(axes, scene, columns, step, colours)
        _arrows(axes, scene, {app: at for app, (at, _) in columns.items()})
        top = 0.55 + stage
        for row, (colour, text, is_apart) in enumerate(lines):
            if colour:
                sheet.key(top + LINE * row, [(colour, "")], start)
            sheet.write(start + 0.28, top + LINE * row, text, size=SMALL, weight="bold" if is_apart else "normal",
                        color=APART if is_apart else INK)  # fmt: skip
    return sheet.figure


def _columns(most: dict[str, int]) -> tuple[dict[str, tuple[float, int]], float]:
    """Of each app, the largest first, its centre and how many dots stand in a row; and how far these are apart."""
    order = sorted(most, key=lambda app: (not app, -most[app]))
    for rows in ROWS:
        step, across = PEOPLE / rows, {app: max(-(-most[app] // rows), 1) for app in order}
        wide = [max(across[app] * step, text_width(app or "no app", SMALL, "bold")) for app in order]
        spare = (BROAD - sum(wide)) / len(order)
        if spare >= GAP:
            break
    ends = np.cumsum(wide) + spare * (np.arange(len(order)) + 0.5)
    return {app: (end - broad / 2, across[app]) for app, end, broad in zip(order, ends, wide, strict=True)}, step


def _lines(scene: Scene) -> list[tuple[str, str, bool]]:
    """Lines about companies: colour of a stance where one begins, words, and whether it is due to the question."""
    return [
        (STANCES[stance][0] if not row else "", text, is_apart)
        for stance, words, is_apart in _firms(scene)
        for row, text in enumerate(style.wrap(words, BROAD - 0.28, SMALL, "bold" if is_apart else "normal"))
    ]  # fmt: skip


def _people(
    axes: Axes, scene: Scene, columns: dict[str, tuple[float, int]], step: float, colours: dict[str, str]
) -> None:
    """Dots of both worlds on either side of the names of apps."""
    for side, world in ((-1, "▲ as it was"), (1, "▼ with this difference")):
        axes.plot([0, BROAD], [MIDDLE + side * NAMES] * 2, color=FAINT, linewidth=0.7)
        axes.text(BROAD, MIDDLE + side * (MIDDLE - 0.08), world, size=SMALL, color=QUIET, ha="right", va="center")
        rims: dict[str, list[str]] = {app: [] for app in columns}
        for both in scene.people:
            rims[both[side > 0]].append(INK if both[0] != both[1] else "none")
        for app, (centre, across) in columns.items():
            numbers = np.arange(len(rims[app]))
            x = centre + (numbers % across - (across - 1) / 2) * step
            y = MIDDLE + side * (NAMES + (numbers // across + 0.7) * step)
            axes.scatter(x, y, s=(50 * step) ** 2, marker="o" if app else "s", color=colours[app],
                         edgecolors=rims[app] or "none", linewidths=0.9)  # fmt: skip
    for app, (centre, _) in columns.items():
        was, now = scene.apps[app]
        for below, text, weight in ((-0.08, app or "no app", "bold"), (0.09, f"{was} → {now}", "normal")):
            axes.text(centre, MIDDLE + below, text, size=SMALL, weight=weight, ha="center", va="center")


def _arrows(axes: Axes, scene: Scene, centres: dict[str, float]) -> None:
    """Movements below the dots, from the app that was left to that which gained."""
    top = 2 * MIDDLE
    middle: dict[str, Any] = {"ha": "center", "va": "center", "size": SMALL}
    if not _drawn(scene):
        axes.text(BROAD / 2, top + ARROWS, "no movement of 1 of 100 people or more", color=QUIET, **middle)
    for number, (one, two, by) in enumerate(_drawn(scene)):
        begin, end, low = centres[one] + 0.06 * number, centres[two], top + ARROWS * (number + 0.8)
        path = [(begin, top), (begin, low), (end, low), (end, top + 0.05)]
        for (x, y), (to_x, to_y) in pairwise(path):
            axes.plot([x, to_x], [y, to_y], color=APART, linewidth=min(1 + by / 4, 4), solid_capstyle="projecting")
        axes.plot(end, top + 0.04, "^", color=APART, markersize=5)
        half = text_width(of_hundred(by), SMALL, "bold") / 2
        at = (begin + end) / 2 if abs(end - begin) > 2.2 * half else max(begin, end) + half + 0.1
        axes.text(at, low, of_hundred(by), weight="bold", bbox={"fc": "white", "ec": "none", "pad": 0.8}, **middle)
