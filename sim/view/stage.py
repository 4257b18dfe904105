"""The stage: people under the app that they use most in both worlds, where they went, and what companies do."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sim.analyses.compare.city import CITY, NOBODY, city
from sim.drawing import style
from sim.drawing.style import APART, FAINT, INK, QUIET, SMALL, STANCES, text_width
from sim.scenario.schema import Scenario
from sim.scenario.words import day_in_words, listed
from sim.tables import WEEK, Run, labels, stances
from sim.view.went import LEAST_TOLD, flows, of_hundred
from sim.view.words import Told

MOST_ARROWS = 2
"""Movements that are drawn of a day; as on the page."""
PEOPLE, ROWS = 1.08, range(14, 40)
"""Inches of the dots of a world, and in how many rows they may stand."""
SIDE, NAMES, ARROWS, LINE, GAP = 0.16, 0.19, 0.24, 0.15, 0.06
"""Inches: name of a world, names of apps to either side, an arrow, a line about companies, columns apart."""
MIDDLE = SIDE + PEOPLE + NAMES
HEIGHT = 2 * MIDDLE + 0.1 + ARROWS * MOST_ARROWS
"""Inches of people and arrows."""


@dataclass(frozen=True)
class Scene:
    """What one day shows.

    Attributes:
        day: In words.
        apps: Of each app, and of no app under an empty name, how many of the people use it most, in both worlds.
        people: The app that each of them uses most, in both worlds.
        cut: Whether each still has that app and is cut off from it, in both worlds.
        flows: From, to, and percent of people: the largest movements that are due to the question.
        firms: Of each company its stance in both worlds.
    """

    day: str
    apps: dict[str, tuple[int, int]]
    people: list[tuple[str, str]]
    cut: list[tuple[bool, bool]]
    flows: list[tuple[str, str, float]]
    firms: dict[str, tuple[str, str]]


def scene(question: Mapping[str, Any], start: date, days: Sequence[int], week: int) -> Scene:
    """What is shown at the end of a week.

    Args:
        question: Its city, flows and stances, as a page of the laboratory has them.
        start: Of the run.
        days: The last of each week.
        week: Index of the week.
    """
    of = question["city"]
    apps = {**{chr(ord("a") + number): app for number, app in enumerate(of["apps"])}, NOBODY: ""}
    letters = [[_letter(life, week) for life in of[world].split(" ")] for world in ("base", "now")]
    both = [[apps[letter.lower()] for letter in world] for world in letters]
    cut = [[letter.isupper() for letter in world] for world in letters]
    was, now = map(Counter, both)
    moved = [(one["from"], one["to"], one["by"][week]) for one in question["flows"]]
    moved = [(one, two, by) if by > 0 else (two, one, -by) for one, two, by in moved]
    firms = {
        name: (_stance(worlds["base"], week), _stance(worlds["now"], week))
        for name, worlds in question["stances"].items()
    }  # fmt: skip
    return Scene(
        day_in_words(start + timedelta(days=days[week])), {app: (was[app], now[app]) for app in apps.values()},
        [*zip(*both, strict=True)], [*zip(*cut, strict=True)], sorted(moved, key=lambda flow: -flow[2]), firms,
    )  # fmt: skip


def scene_of(told: Told) -> Scene | None:
    """The week of the day that leads an answer; none where no people were watched, as in the laboratory's own runs."""
    runs, days = told.comparison.runs(told.world), weeks(told.base)
    if any(CITY not in run.tables for world in runs for run in world):
        return None
    here, there = ([run.tables[CITY] for run in world] for world in runs)
    shown = {
        "city": city(here, there, [*told.base.platforms]), "flows": flows(*runs),
        "stances": stances_by_week(*runs, days),
    }  # fmt: skip
    return scene(shown, told.base.start, days, told.day // WEEK)


def weeks(scenario: Scenario) -> list[int]:
    """Days that are drawn: the last of each week of the run, and the last of all."""
    return [*range(WEEK - 1, scenario.days - 1, WEEK), scenario.days - 1]


def stances_by_week(base: Sequence[Run], other: Sequence[Run], days: Sequence[int]) -> dict[str, Any]:
    """For each company in either world the stance that most runs have on a day, and in how many percent of them."""
    found: dict[str, dict[str, list[list[Any]]]] = {}
    if not len(labels(base[0].tables, "companies")):
        return found
    for name, runs in (("base", base), ("now", other)):
        lived = np.stack([stances(run.tables)[days] for run in runs]).astype(str)
        for number, (company,) in enumerate(labels(runs[0].tables, "companies")):
            found.setdefault(company, {})[name] = _modes(lived[:, :, number])
    return found


def _modes(lived: NDArray[np.str_]) -> list[list[Any]]:
    """Spans of days with the same stance of most runs: index of the first day, stance, percent of the runs by day."""
    names, codes = np.unique(lived, return_inverse=True)  # in the order of their names, of which the first wins a tie
    counts = (codes.reshape(lived.shape)[None] == np.arange(len(names))[:, None, None]).sum(axis=1)
    shares = [round(100 * int(count) / len(lived)) for count in counts.max(axis=0)]
    spans: list[list[Any]] = []
    for day, (most, share) in enumerate(zip(counts.argmax(axis=0), shares, strict=True)):
        stance = str(names[most])
        if spans and spans[-1][1] == stance:
            spans[-1][2].append(share)
        else:
            spans.append([day, stance, [share]])
    return spans


def _letter(life: str, week: int) -> str:
    changes = re.findall(r"(\d*)([a-zA-Z.])", life)
    return str([letter for since, letter in changes if int(since or 0) <= week][-1])


def _stance(spans: list[list[Any]], week: int) -> str:
    return str([stance for first, stance, _ in spans if first <= week][-1])


def in_words(scene: Scene) -> str:
    """A day with its numbers."""
    people = ", ".join(f"{app or 'no app'} {was} and {now}" for app, (was, now) in scene.apps.items())
    moves = [f"{of_hundred(by)} from {one or 'no app'} to {two or 'no app'}" for one, two, by in _drawn(scene)]
    firms = [text for _, text, is_apart in _firms(scene) if is_apart]
    moved = f"moved because of it: {listed(moves)}" if moves else "no movement of 1 of 100 people or more"
    told = f"; {listed(firms)}" if firms else ""
    off = cut_in_words(scene)
    return (
        f"{scene.day}: people by the app used most, as it was and with this difference: {people}{off and '; '}{off}; "
        f"{moved}{told}."
    )


def cut_in_words(scene: Scene) -> str:
    """How many are cut off from the app that they used most and still have, in either world; nothing where none is."""
    was, now = (sum(both[side] for both in scene.cut) for side in (0, 1))
    return f"cut off from it, and still have it: {was} and {now}" if was or now else ""


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


# Painted


@dataclass(frozen=True)
class Columns:
    """Where apps stand on a stage of a ``width`` in inches.

    Attributes:
        width: Of the stage.
        step: How far dots are apart, in inches.
        at: Of each app, the largest first, its centre in inches and how many dots stand in a row.
        colours: Of each app; that of no app under an empty name.
    """

    width: float
    step: float
    at: Mapping[str, tuple[float, int]]
    colours: Mapping[str, str]

    @classmethod
    def of(cls, scenes: Sequence[Scene], width: float, colours: Mapping[str, str]) -> "Columns":
        """Columns that hold the people of all scenes."""
        most = {app: max(max(scene.apps[app]) for scene in scenes) for app in scenes[0].apps}
        ends = {app for scene in scenes for flow in _drawn(scene) for app in flow[:2]}
        order = sorted((app for app in most if most[app] or app in ends), key=lambda app: (not app, -most[app]))
        for rows in ROWS:
            step, across = PEOPLE / rows, {app: max(-(-most[app] // rows), 1) for app in order}
            wide = [max(across[app] * step, text_width(app or "no app", SMALL, "bold")) for app in order]
            spare = (width - sum(wide)) / len(order)
            if spare >= GAP:
                break
        right = np.cumsum(wide) + spare * (np.arange(len(order)) + 0.5)
        at = {app: (end - broad / 2, across[app]) for app, end, broad in zip(order, right, wide, strict=True)}
        return cls(width, step, at, colours)


def lines_of(scene: Scene, width: float) -> list[tuple[str, str, bool]]:
    """Lines about companies: colour of a stance where one begins, words, and whether it is due to the question."""
    return [
        (STANCES[stance][0] if not row else "", text, is_apart)
        for stance, words, is_apart in _firms(scene)
        for row, text in enumerate(style.wrap(words, width - 0.28, SMALL, "bold" if is_apart else "normal"))
    ]  # fmt: skip


def draw_scene(sheet: style.Sheet, left: float, top: float, scene: Scene, columns: Columns) -> None:
    """Draw people, arrows and, below, the lines about companies; ``left`` and ``top`` in inches."""
    axes = sheet.axes(left, top, columns.width, HEIGHT)
    axes.set(xlim=(0, columns.width), ylim=(HEIGHT, 0))
    axes.set_axis_off()
    _people(axes, scene, columns)
    _arrows(axes, scene, columns)
    for row, (colour, text, is_apart) in enumerate(lines_of(scene, columns.width)):
        at = top + HEIGHT + 0.13 + LINE * row
        if colour:
            sheet.key(at, [(colour, "")], left)
        sheet.write(left + 0.28, at, text, size=SMALL, weight="bold" if is_apart else "normal",
                    color=APART if is_apart else INK)  # fmt: skip


def paint_scene(scene: Scene, colours: Mapping[str, str], width: float) -> Figure:
    """A scene as a picture of its own, ``width`` inches broad."""
    sheet = style.Sheet(width, HEIGHT + 0.25 + LINE * len(lines_of(scene, width)))
    draw_scene(sheet, 0.0, 0.0, scene, Columns.of([scene], width, colours))
    return sheet.figure


def _people(axes: Axes, scene: Scene, columns: Columns) -> None:
    """Dots of both worlds on either side of the names of apps."""
    step = columns.step
    for side, world in ((-1, "▲ as it was"), (1, "▼ with this difference")):
        axes.plot([0, columns.width], [MIDDLE + side * NAMES] * 2, color=FAINT, linewidth=0.7)
        axes.text(columns.width, MIDDLE + side * (MIDDLE - 0.08), world, size=SMALL, color=QUIET, ha="right",
                  va="center")  # fmt: skip
        rims: dict[str, list[str]] = {app: [] for app in columns.at}
        inside: dict[str, list[str]] = {app: [] for app in columns.at}
        for both, cut in zip(scene.people, scene.cut, strict=True):
            app = both[side > 0]
            inside[app].append("white" if cut[side > 0] else columns.colours[app])
            rims[app].append(INK if both[0] != both[1] else columns.colours[app] if cut[side > 0] else "none")
        for app, (centre, across) in columns.at.items():
            numbers = np.arange(len(rims[app]))
            x = centre + (numbers % across - (across - 1) / 2) * step
            y = MIDDLE + side * (NAMES + (numbers // across + 0.7) * step)
            axes.scatter(x, y, s=(50 * step) ** 2, marker="o" if app else "s", facecolors=inside[app] or "none",
                         edgecolors=rims[app] or "none", linewidths=0.9, clip_on=False)  # fmt: skip
    for app, (centre, _) in columns.at.items():
        was, now = scene.apps[app]
        for below, text, weight in ((-0.08, app or "no app", "bold"), (0.09, f"{was} → {now}", "normal")):
            axes.text(centre, MIDDLE + below, text, size=SMALL, weight=weight, ha="center", va="center")


def _arrows(axes: Axes, scene: Scene, columns: Columns) -> None:
    """Movements below the dots, from the app that was left to that which gained."""
    top = 2 * MIDDLE
    middle: dict[str, Any] = {"ha": "center", "va": "center", "size": SMALL}
    if not _drawn(scene):
        axes.text(columns.width / 2, top + ARROWS, "no movement of 1 of 100 people or more", color=QUIET, **middle)
    for number, (one, two, by) in enumerate(_drawn(scene)):
        begin, end = (columns.at[app][0] + 0.06 * number * (app == one) for app in (one, two))
        low = top + ARROWS * (number + 0.8)
        path = [(begin, top), (begin, low), (end, low), (end, top + 0.05)]
        for (x, y), (to_x, to_y) in pairwise(path):
            axes.plot([x, to_x], [y, to_y], color=APART, linewidth=min(1 + by / 4, 4), solid_capstyle="projecting")
        axes.plot(end, top + 0.04, "^", color=APART, markersize=5)
        half = text_width(of_hundred(by), SMALL, "bold") / 2
        at = (begin + end) / 2
        if abs(end - begin) <= 2.2 * half:  # beside it, where there is room
            right = max(begin, end) + half + 0.1
            at = right if right + half <= columns.width else min(begin, end) - half - 0.1
        axes.plot([at - half, at + half], [low, low], color="white", linewidth=11)  # no box, which dark paper keeps
        axes.text(at, low, of_hundred(by), weight="bold", **middle)
