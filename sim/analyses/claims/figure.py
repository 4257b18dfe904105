"""The picture of claims: the band of each with its label, and how it goes with the numbers on which it hangs most."""

from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes

from sim.analyses.claims.analysis import DEPENDS, FIRM
from sim.drawing.style import (
    APART,
    INK,
    MARGIN,
    MODEL,
    QUIET,
    SMALL,
    WIDTH,
    Page,
    house_style,
    save,
    shorten,
    tint,
    wrap,
)
from sim.scenario.words import compact

CURVES = 2
"""Numbers per claim whose curve is drawn."""
HEIGHT, ROW, BETWEEN = 0.7, 1.42, 0.3
SENTENCE, BAND = 3.1, 1.8
"""Inches across: what is claimed, and its band."""
COLOURS = {FIRM: MODEL, DEPENDS: APART}


def draw_claims(table: pd.DataFrame, curves: pd.DataFrame, folder: Path, footer: str) -> list[Path]:
    """Write ``claims.png`` and ``claims.svg``: a row per claim.

    Args:
        table: As ``sim.analyses.claims.analysis.table`` gives it.
        curves: As ``sim.analyses.claims.analysis.curves`` gives it.
        folder: Existing folder.
        footer: What made it.
    """
    title = in_short(table)
    subtitle = (
        "Left: the difference that is claimed, 90 % of plausible worlds pale, luck alone dark. Right: the same with "
        "one assumed number moved through its plausible range, all else as in the scenario; the tick is the scenario’s "
        "own value. Where a line crosses zero, the claim falls."
    )
    with house_style():
        page = Page(title, subtitle, len(table) * ROW, [footer])
        room = (WIDTH - 2 * MARGIN - SENTENCE - BAND - CURVES * BETWEEN) / CURVES
        for row, (_, one) in enumerate(table.iterrows()):
            top = row * ROW
            colour = colour_of(one["label"])
            for line, text in enumerate(wrap(one["sentence"], SENTENCE - 0.2, SMALL)):
                page.write(MARGIN, top + 0.14 * line, text, size=SMALL)
            told = wrap(f"{one['label']}; holds in {one['share']:.0%} of worlds", SENTENCE - 0.2, SMALL, "bold")
            for line, text in enumerate(told):
                page.write(MARGIN, top + 0.72 + 0.14 * line, text, size=SMALL, weight="bold", color=INK)
            page.write(MARGIN + SENTENCE, top, shorten(f"{one['measure']}, {one['unit']}", BAND, SMALL), size=SMALL)
            _band(page.axes(MARGIN + SENTENCE, top + 0.22, BAND - 0.1, HEIGHT), one, colour)
            mine = curves[curves["claim"] == one["claim"]]
            for place, key in enumerate(list(dict.fromkeys(mine["key"]))[:CURVES]):
                left = MARGIN + SENTENCE + BAND + place * (room + BETWEEN) + BETWEEN
                page.write(left, top, shorten(key, room, SMALL), size=SMALL)
                _curve(page.axes(left, top + 0.22, room, HEIGHT), mine[mine["key"] == key], one, colour)
        return save(page.figure, folder, "claims", in_words(table))


def colour_of(label: str) -> str:
    """Violet where firm, crimson where it depends on a number, grey where open."""
    return next((colour for start, colour in COLOURS.items() if label.startswith(start)), QUIET)


def _band(axes: Axes, one: pd.Series, colour: str) -> None:
    axes.plot([one["low"], one["high"]], [0, 0], color=tint(colour, 0.35), linewidth=6, zorder=2)
    axes.plot([one["chance_low"], one["chance_high"]], [0, 0], color=colour, linewidth=2, zorder=3)
    axes.plot([one["median"]], [0], "o", color=colour, markersize=5, zorder=4)
    axes.axvline(0, color=INK, linewidth=0.8, zorder=1)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.margins(x=0.08)
    axes.locator_params(axis="x", nbins=3)
    axes.xaxis.set_major_formatter(lambda value, _: compact(value))


def _curve(axes: Axes, points: pd.DataFrame, one: pd.Series, colour: str) -> None:
    axes.axhline(0, color=INK, linewidth=0.8, zorder=1)
    axes.plot(points["value"], points["difference"], "o-", color=colour, markersize=2.5, linewidth=1.0, zorder=2)
    own = points[points["own"]]
    axes.plot(own["value"], own["difference"], "|", color=INK, markersize=9, zorder=3)
    if one["hangs_on"] == points["key"].iloc[0] and one["flip"] == one["flip"]:
        axes.axvline(one["flip"], color=colour, linewidth=0.8, linestyle=":", zorder=1)
    axes.margins(y=0.15)
    axes.locator_params(nbins=3)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: compact(value))


def in_short(table: pd.DataFrame) -> str:
    """How many claims are firm, depend on a number, or are open."""
    firm = int((table["label"] == FIRM).sum())
    hang = int(table["label"].str.startswith(DEPENDS).sum())
    parts = [f"{firm} of {len(table)} claims {'is' if firm == 1 else 'are'} firm"]
    parts += [f"{hang} {'depends' if hang == 1 else 'depend'} on one assumed number"] if hang else []
    rest = len(table) - firm - hang
    parts += [f"{rest} {'is' if rest == 1 else 'are'} open"] if rest else []
    return ", ".join(parts)


def in_words(table: pd.DataFrame) -> str:
    """The picture in words."""
    told = (
        f"{one.sentence} {compact(one.mean)} {one.unit} ({compact(one.low)} to {compact(one.high)}), {one.label}."
        for one in table.itertuples()
    )
    return f"{in_short(table)}. {' '.join(told)}"
