"""The picture of an answer for a memo or a slide: question, answer, verdict, and both worlds of what leads it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal

from matplotlib.figure import Figure

from sim.analyses.claims import FlipTest
from sim.analyses.compare.analysis import Comparison
from sim.analyses.compare.figure import draw_people
from sim.analyses.compare.outcomes import differing, spell
from sim.drawing import calendar, style
from sim.results.bands import held
from sim.results.folder import made_by
from sim.scenario.files import shipped_files
from sim.view.answer import GREY, answer, draw_panel, events_of, gap_in_words, panels_of, shown_from, verdict_of
from sim.view.links import Chain
from sim.view.words import Told

WIDTH, HEIGHT, DPI = 8.0, 4.5, 200
"""Inches, and dots in each: 1,600 by 900."""
MARGIN, LEFT = 0.3, 0.75
"""Of the sheet, and of the panel from its edge, in inches."""
TITLES, SENTENCE, FOOT = (14.0, 12.0, 10.0), 9.5, 6.0
"""Sizes of letters: of the question, the largest in which it has two lines at most; of the answer; of the source."""
EVENTS = 5


def draw_answers(
    comparison: Comparison, folder: Path, command: str, tested: Mapping[str, FlipTest], chains: Mapping[str, Chain]
) -> None:
    """Write ``answer.html``, ``answer.png`` and ``answer.svg`` of a comparison, and a picture of the people it turns.

    Where there are several worlds, they are called ``answer-<world>``. A command is told where it works when pasted:
    not where the worlds are files of whoever typed it.

    Args:
        comparison: Worlds run in pairs.
        folder: Existing folder.
        command: What made the comparison.
        tested: The flip test of each answer, where it was made.
        chains: The links that carry each answer, where they were tried.

    Raises:
        OSError: The folder cannot be written.
    """
    told = command if {*comparison.names} <= {*shipped_files()} else ""
    draw_people(comparison, folder, command=told)
    for world in comparison.others:
        slug = re.sub(r"[^\w-]+", "-", world).strip("-")
        name = "answer" if len(comparison.others) == 1 else f"answer-{slug}"
        flips = tested.get(world)
        page = answer(comparison, world, command=told, tested=flips, chain=chains.get(world))
        (folder / f"{name}.html").write_text(page, encoding="utf-8")
        draw_memo(comparison, world, folder, name, command=told, tested=flips)


def draw_memo(
    comparison: Comparison, world: str, folder: Path, name: str, *, command: str = "", tested: FlipTest | None = None
) -> list[Path]:
    """Write the picture as PNG and SVG; arguments as of ``paint_memo``, and a folder with a name in it.

    Raises:
        OSError: The folder cannot be written.
    """
    with style.house_style():
        figure = paint_memo(comparison, world, command=command, tested=tested)
        alt = gap_in_words(panels_of(Told(comparison, world))[:1], comparison.scenarios[0])
        return style.save(figure, folder, name, f"{comparison.world(world).title} {alt}", dpi=DPI)


def paint_memo(comparison: Comparison, world: str, *, command: str = "", tested: FlipTest | None = None) -> Figure:
    """The question, its answer and verdict, and both worlds of the quantity that leads, with the act marked first.

    Args:
        comparison: Worlds run in pairs.
        world: The one that was asked for.
        command: What makes it again, for the line of the source.
        tested: The flip test of the answer, where it was made.
    """
    told = Told(comparison, world)
    base, other = told.base, told.other
    panel, room = panels_of(told)[0], WIDTH - 2 * MARGIN
    sheet = style.Sheet(WIDTH, HEIGHT, MARGIN)
    top = 0.0
    question = other.question or other.title
    size = next((one for one in TITLES if len(style.wrap(question, room, one, "bold")) <= 2), TITLES[-1])
    verdict, agreed, _ = verdict_of(told, tested)
    written: list[tuple[str, float, Literal["normal", "bold"], str]] = [
        (question, size, "bold", style.INK),
        (told.sentences[0], SENTENCE, "normal", style.INK),
        (f"{verdict}. {agreed}", style.SMALL, "normal", style.QUIET),
    ]
    for text, points, weight, colour in written:
        for line in style.wrap(text, room, points, weight):
            sheet.write(MARGIN, top, line, size=points, weight=weight, color=colour)
            top += points / 72 * 1.25
        top += 0.06
    feet = [line for text in _source(comparison, world, command) for line in style.wrap(text, room, FOOT)]
    foot = HEIGHT - 2 * MARGIN - 0.11 * len(feet) + 0.12
    for number, line in enumerate(feet):
        sheet.write(MARGIN, foot + 0.11 * number, line, size=FOOT, color=style.QUIET)
    sheet.write(MARGIN, top + 0.04, panel.heading, size=style.SMALL, weight="bold")
    tail = max(style.text_width(text, style.SMALL) for text in panel.ends) + 0.2
    wide = WIDTH - LEFT - MARGIN - tail
    start, last = shown_from(panel.course.first, base), base.days - 1
    asked, others = _events(told)
    events = sorted([*asked, *others], key=lambda mark: mark.day)
    strip = calendar.arrange(events, start, last, wide, 0.5, tail)
    above = top + 0.26 + calendar.strip_height(strip)
    tall = foot - above - 0.45
    axes = sheet.axes(LEFT, above, wide, tall)
    calendar.set_calendar(axes, base, start, last, wide)
    draw_panel(axes, panel, start, last, tall)
    for marks, colour, width in ((asked, style.APART, 1.8), (others, GREY, 0.7)):
        for mark in marks:
            axes.axvline(mark.day, color=colour, linewidth=width, zorder=2.6)
    if while_it_lasts := spell(base, other):
        ends = (base.day(one) for one in (while_it_lasts.first, while_it_lasts.end))
        axes.axvspan(*ends, color=style.tint(style.APART, 0.08), linewidth=0, zorder=0.5)
    calendar.draw_strip(axes, strip)
    return sheet.figure


def _events(told: Told) -> tuple[list[calendar.Mark], list[calendar.Mark]]:
    """What was asked, whether it moves anyone or not, and what else moves what is shown, by the day."""
    base, other = told.base, told.other
    acts = differing(base, other)
    asked = calendar.marks_of(other, [act for act in acts if act in other.acts])
    kept = {act.id for act in other.acts}
    gone = calendar.marks_of(base, [act for act in acts if act.id not in kept])
    asked += [replace(mark, label=f"not here: {mark.label}") for mark in gone]
    asked = sorted(asked, key=lambda mark: (-mark.weight, mark.day))[:EVENTS]
    days = {mark.day for mark in asked}
    others = [mark for mark in events_of(told, EVENTS) if mark.day not in days]
    return asked, others[: EVENTS - len(asked)]


def _source(comparison: Comparison, world: str, command: str) -> Iterable[str]:
    """What made the picture."""
    base, other = comparison.scenarios[0], comparison.world(world)
    band = held(len(comparison.seeds), "plausible worlds" if comparison.best else "pairs")
    yield made_by(
        f"Grey: {comparison.names[0]} ({base.digest()[:12]}), colour: as asked ({other.digest()[:12]})",
        f"means of {len(comparison.seeds)} pairs of runs with their band, {band}",
        f"{base.population.users:,} simulated people",
    )
    if command:
        yield command
