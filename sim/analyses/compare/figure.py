"""Worlds side by side: how a difference grows over the calendar, and what becomes of people in both worlds."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.analyses.compare.analysis import Comparison
from sim.drawing import style
from sim.drawing.calendar import CHANCE_ALONE, TOTAL, Stack, draw_band
from sim.drawing.picture import CHANCE_ENDS, day_numbers
from sim.results.folder import made_by
from sim.scenario.words import compact, signed, signed_number

ONLY = {
    "stays only because of the change": ("stays", 1.0),
    "comes only because of the change": ("comes", 0.55),
    "leaves only because of the change": ("leaves", -1.0),
    "stays away only because of the change": ("stays away", -0.55),
}
"""Outcomes that differ between the worlds: the word beside the bar, and its side and strength of colour."""
ROW = 0.42
LEFT, WORDS = 1.5, 1.3


def draw_comparison(comparison: Comparison, folder: Path, *, command: str = "") -> list[Path]:
    """Write ``difference-<world>`` and ``people-<world>``, PNG and SVG, for every world but the base.

    Args:
        comparison: What ``sim.compare`` gives.
        folder: Existing folder.
        command: The command that makes them, for the footer.
    """
    files = []
    with style.house_style():
        for world in comparison.others:
            slug = re.sub(r"[^\w-]+", "-", world).strip("-")
            figure, alt = _paint_difference(comparison, world, command)
            files += style.save(figure, folder, f"difference-{slug}", alt)
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


def _paint_difference(comparison: Comparison, world: str, command: str) -> tuple[Figure, str]:
    """Holders, installs and disclosed accounts, as differences from the base over the calendar."""
    base = comparison.scenarios[0]
    colours = style.platform_colours(list(base.platforms))
    table = comparison.over_time
    table = table if comparison.best else table.drop(columns=CHANCE_ENDS)  # one band is drawn once
    mine = table[table["world"] == world]
    holders = {p: 100 * _series(mine, "usage", "share", p) for p in colours}
    installs = {p: _series(mine, "usage", "installs", p) for p in colours}
    accounts = _series(mine, "measures", "disclosed_accounts", "")
    days = day_numbers(_weeks(mine), base) + 6.5
    days = days.clip(upper=base.days - 0.5)
    last = {p: float(band["p50"].iloc[-1]) for p, band in holders.items()}
    words = {p: f"{p} {signed(value, 2)}" for p, value in last.items()}
    total = float(accounts["p50"].iloc[-1])
    most = max(last, key=lambda p: abs(last[p]))
    title = f"{world} against {comparison.names[0]}: {most} ends {signed(last[most], 2)} points apart"
    pairs = len(comparison.seeds)
    subtitle = "Each world less the base with the same seed, week by week. " + (
        f"Line: mean of {pairs} pairs in plausible worlds. Pale band: 90 % of them; dark band: luck alone, "
        f"{len(comparison.best.seeds)} pairs in the best world."
        if comparison.best
        else f"Line: mean of {pairs} pairs; band: their 5th to 95th percentile, luck alone."
    )
    labels = [*words.values(), f"all {signed_number(total)}"]
    stack = Stack(base, (title, subtitle, _footer(comparison, world, command)), (2.2, 1.7, 1.4), labels)
    stack.name(0, "Holders, percentage points of people")
    stack.name(1, "Installs a week, persons")
    stack.name(2, "Accounts disclosed so far")
    for panel in stack.panels:
        panel.axhline(0, color=style.INK, linewidth=0.6)
    for p, colour in colours.items():
        draw_band(stack.panels[0], days, holders[p], colour)
        draw_band(stack.panels[1], days, installs[p], colour)
    draw_band(stack.panels[2], days, accounts, style.QUIET)
    for panel in stack.panels:
        panel.autoscale_view()  # labels stand where the lines end on the final scale
        panel.yaxis.set_major_formatter(lambda value, _: compact(value))
    stack.panels[0].yaxis.set_major_formatter(lambda value, _: signed(value))
    stack.label_ends(0, {p: (last[p], words[p], colours[p]) for p in colours})
    stack.label_ends(2, {"all": (total, f"all {signed_number(total)}", style.QUIET)})
    ends = "; ".join(f"{p} {signed(value, 2)} points" for p, value in last.items())
    return stack.figure, f"{title}. At the end of the calendar: {ends}; disclosed accounts {signed_number(total)}."


def _series(table: pd.DataFrame, name: str, measure: str, key: str) -> pd.DataFrame:
    """Band of one measure by the week; its middle is the mean, as in the table of outcomes."""
    rows = (table["table"] == name) & (table["measure"] == measure) & (table["key"] == key)
    band = [name for name in ("p05", "mean", "p95", *CHANCE_ENDS) if name in table]
    return table.loc[rows, band].rename(columns={"mean": "p50"}).reset_index(drop=True)


def _weeks(table: pd.DataFrame) -> pd.Series:
    rows = (table["table"] == "measures") & (table["measure"] == "disclosed_accounts")
    return table.loc[rows, "week"].reset_index(drop=True)


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
    subtitle += " over plausible worlds; thick line: luck alone, in the best world." if comparison.best else "."
    body = 0.5 + ROW * len(ONLY) * len(colours)
    page = style.Page(title, subtitle, body, _footer(comparison, world, command))
    axes = page.axes(LEFT + WORDS, 0.05, style.WIDTH - LEFT - WORDS - style.MARGIN - 0.4, body - 0.45)
    parts = []
    for place_of_app, (platform, colour) in enumerate(colours.items()):
        for row, (outcome, (word, side)) in enumerate(ONLY.items()):
            place = place_of_app * len(ONLY) + row
            spread = mine.loc[(platform, outcome)]
            _bar(axes, place, spread, np.sign(side), style.tint(colour, abs(side)), chance=comparison.best is not None)
            page.write(LEFT, 0.05 + ROW * (place + 0.3), word, size=style.SMALL, color=style.QUIET)
            parts.append(f"{platform} {word}: {signed_number(float(spread['mean'])).lstrip('+')}")
        page.write(style.MARGIN, 0.05 + ROW * (place_of_app * len(ONLY) + 0.3), platform, weight="bold")
    style.rows_down(axes, len(ONLY) * len(colours))
    axes.axvline(0, color=style.INK, linewidth=0.8)
    style.grid_lines(axes, "x")
    axes.xaxis.set_major_formatter(lambda value, _: signed_number(value))
    axes.set_xlabel("people, scaled to the population; to the right: holders whom the app has only in this world")
    return page.figure, f"{title}. People turned by the change alone, by app: {'; '.join(parts)}."


def _bar(axes: Axes, place: int, spread: pd.Series, side: float, colour: str, *, chance: bool) -> None:
    axes.barh(place, side * spread["mean"], height=0.7, color=colour, linewidth=0)
    axes.plot([side * spread["p05"], side * spread["p95"]], [place, place], color=style.INK, linewidth=1.0, label=TOTAL)
    if chance:
        ends = [side * spread[end] for end in CHANCE_ENDS]
        axes.plot(ends, [place, place], color=style.INK, linewidth=2.6, label=CHANCE_ALONE)
