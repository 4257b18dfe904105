"""Worlds side by side: what becomes of people in both."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.analyses.compare.analysis import Comparison
from sim.drawing import style
from sim.drawing.calendar import TOTAL
from sim.results.folder import made_by
from sim.scenario.words import signed_number

ONLY = {
    "stays only because of the change": ("stays", 1.0),
    "comes only because of the change": ("comes", 0.55),
    "leaves only because of the change": ("leaves", -1.0),
    "stays away only because of the change": ("stays away", -0.55),
}
"""Outcomes that differ between the worlds: the word beside the bar, and its side and strength of colour."""
ROW = 0.42
LEFT, WORDS = 1.5, 1.3


def draw_people(comparison: Comparison, folder: Path, *, command: str = "") -> list[Path]:
    """Write ``people-<world>``, PNG and SVG, for every world but the base.

    Args:
        comparison: What ``sim.compare`` gives.
        folder: Existing folder.
        command: The command that makes them, for the footer.
    """
    files = []
    with style.house_style():
        for world in comparison.others:
            slug = re.sub(r"[^\w-]+", "-", world).strip("-")
            figure, alt = _paint_people(comparison, world, command)
            files += style.save(figure, folder, f"people-{slug}", alt)
    return files


def _footer(comparison: Comparison, world: str, command: str) -> tuple[str, ...]:
    base, other = comparison.scenarios[0], comparison.world(world)
    facts = made_by(
        f"{comparison.names[0]} ({base.digest()[:12]}) and {world} ({other.digest()[:12]})",
        f"{len(comparison.seeds)} pairs of runs, seeds {comparison.seeds[0]} to {comparison.seeds[-1]}",
        f"{base.population.users:,} simulated people",
    )
    return (facts, command) if command else (facts,)


def _paint_people(comparison: Comparison, world: str, command: str) -> tuple[Figure, str]:
    """People whom the change alone turned, by app: gained holders to the right, lost ones to the left."""
    date = comparison.dates[-1]
    people = comparison.people
    mine = people[(people["world"] == world) & (people["date"] == date)].set_index(["platform", "outcome"])
    colours = style.platform_colours(list(comparison.scenarios[0].platforms))
    moves = comparison.moves
    same = moves[(moves["world"] == world) & (moves["date"] == date)].set_index(["origin", "destination"])
    turned = comparison.scenarios[0].population.represents - float(same.loc[("none", "none"), "mean"])
    title = f"{signed_number(turned).lstrip('+')} people hold other apps only because of the change"
    subtitle = (
        f"Each person in {comparison.names[0]} and in {world}, with the same luck, on {date:%Y-%m-%d}. "
        "Bar: mean over pairs of runs; line: their 5th to 95th percentile"
    )
    subtitle += " over plausible worlds." if comparison.best else "."
    body = 0.5 + ROW * len(ONLY) * len(colours)
    page = style.Page(title, subtitle, body, _footer(comparison, world, command))
    axes = page.axes(LEFT + WORDS, 0.05, style.WIDTH - LEFT - WORDS - style.MARGIN - 0.4, body - 0.45)
    parts = []
    for place_of_app, (platform, colour) in enumerate(colours.items()):
        for row, (outcome, (word, side)) in enumerate(ONLY.items()):
            place = place_of_app * len(ONLY) + row
            spread = mine.loc[(platform, outcome)]
            _bar(axes, place, spread, np.sign(side), style.tint(colour, abs(side)))
            page.write(LEFT, 0.05 + ROW * (place + 0.3), word, size=style.SMALL, color=style.QUIET)
            parts.append(f"{platform} {word}: {signed_number(float(spread['mean'])).lstrip('+')}")
        page.write(style.MARGIN, 0.05 + ROW * (place_of_app * len(ONLY) + 0.3), platform, weight="bold")
    style.rows_down(axes, len(ONLY) * len(colours))
    axes.axvline(0, color=style.INK, linewidth=0.8)
    style.grid_lines(axes, "x")
    axes.xaxis.set_major_formatter(lambda value, _: signed_number(value))
    axes.set_xlabel("people, scaled to the population; to the right: holders whom the app has only in this world")
    return page.figure, f"{title}. People turned by the change alone, by app: {'; '.join(parts)}."


def _bar(axes: Axes, place: int, spread: pd.Series, side: float, colour: str) -> None:
    axes.barh(place, side * spread["mean"], height=0.7, color=colour, linewidth=0)
    axes.plot([side * spread["p05"], side * spread["p95"]], [place, place], color=style.INK, linewidth=1.0, label=TOTAL)
