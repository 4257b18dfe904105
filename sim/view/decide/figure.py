"""The picture of a decision: how often thresholds hold under each lever, and what it changes in each outcome."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.analyses.decide import NOTHING, Decision, Outcome
from sim.drawing.calendar import CHANCE_ALONE, TOTAL
from sim.drawing.style import (
    INK,
    MARGIN,
    QUIET,
    SMALL,
    WIDTH,
    Page,
    Sheet,
    grid_lines,
    house_style,
    rows_down,
    save,
    shorten,
    text_width,
    tint,
)
from sim.results.bands import CHANCE
from sim.scenario.words import compact
from sim.view.decide.words import bests, change, interval, moved, plain, sentence, spoken

COLUMN, GAP = 4.0, 0.35
"""Width of a column of panels, as wide as a telephone shows, and the room between two."""
ROW, HEADING, BELOW = 0.23, 0.22, 0.42
HOW_TO_READ = (
    "Dot: mean difference from doing nothing in the same world. Pale line: 90 % of plausible worlds; dark line: luck "
    "alone, in the best world."
)


def draw_decision(decision: Decision, folder: Path, footer: Sequence[str]) -> list[Path]:
    """Write ``decide``, PNG and SVG."""
    with house_style():
        body = _height(decision, 2)
        page = Page(sentence(decision), HOW_TO_READ, body, footer)
        _lay_out(page, decision, 2, MARGIN, (WIDTH - 2 * MARGIN - GAP) / 2)
        return save(page.figure, folder, "decide", in_words(decision))


def paint(decision: Decision, columns: int) -> Figure:
    """The picture for a page, in one column or two."""
    width = columns * COLUMN + (columns - 1) * GAP
    sheet = Sheet(width, _height(decision, columns))
    _lay_out(sheet, decision, columns, 0.0, COLUMN)
    return sheet.figure


def in_words(decision: Decision) -> str:
    """The picture in words, with its numbers."""
    met = decision.together
    parts = [f"All thresholds hold: {'; '.join(f'{spoken(one)} {interval(met.loc[one])}' for one in decision.levers)}"]
    for outcome in moved(decision):
        told = "; ".join(f"{spoken(one)} {plain(change(decision, one, outcome))}" for one in decision.levers[1:])
        parts.append(f"{outcome.name}, {outcome.unit}, against doing nothing: {told}")
    return ". ".join(parts) + "."


def _panels(decision: Decision) -> list[Outcome | None]:
    """What each panel shows; nothing for that of the thresholds."""
    return [*([None] if decision.thresholds else []), *moved(decision)]


def _size(decision: Decision, panel: Outcome | None) -> float:
    rows = len(decision.levers) - (panel is not None)
    return HEADING * (2 if panel else 1) + ROW * rows + BELOW


def _height(decision: Decision, columns: int) -> float:
    return max(sum(_size(decision, panel) for panel in some) for some in _divided(decision, columns)) + 0.02


def _divided(decision: Decision, columns: int) -> list[list[Outcome | None]]:
    found = _panels(decision)
    most = -(-len(found) // columns)
    return [found[i * most : (i + 1) * most] for i in range(columns)]


def _lay_out(sheet: Sheet, decision: Decision, columns: int, left: float, width: float) -> None:
    for i, some in enumerate(_divided(decision, columns)):
        top = 0.0
        for panel in some:
            (_draw_outcome if panel else _draw_thresholds)(sheet, decision, panel, left + i * (width + GAP), top, width)
            top += _size(decision, panel)


def _draw_thresholds(
    sheet: Sheet, decision: Decision, panel: Outcome | None, left: float, top: float, width: float
) -> None:
    del panel
    met = decision.together
    sheet.write(left, top, f"All {len(decision.thresholds)} thresholds hold, % of worlds", weight="bold")
    texts = [interval(met.loc[lever]) for lever in decision.levers]
    axes = _rows(sheet, decision.levers, texts, left, top + HEADING, width)
    for row, lever in enumerate(decision.levers):
        told = 100 * met.loc[lever, ["holds", "low", "high"]].astype(float)
        axes.barh(row, told["holds"], height=0.62, color=tint(INK, 0.3), linewidth=0)
        axes.plot([told["low"], told["high"]], [row, row], color=INK, linewidth=1.2)
    axes.set_xlim(0, 100)


def _draw_outcome(
    sheet: Sheet, decision: Decision, panel: Outcome | None, left: float, top: float, width: float
) -> None:
    assert panel is not None
    best = next(found for found in bests(decision) if found.outcome is panel)
    sheet.write(left, top, shorten(panel.name.capitalize(), width), weight="bold")
    side = f"{panel.unit}, {panel.better} is better; bold: best in most worlds"
    sheet.write(left, top + HEADING - 0.03, side, size=SMALL, color=QUIET)
    levers = decision.levers[1:]
    found = [change(decision, lever, panel) for lever in levers]
    luck = decision.table[decision.table["outcome"] == panel.id].set_index("lever")
    axes = _rows(sheet, levers, [plain(one) for one in found], left, top + 2 * HEADING, width, best.levers)
    reach = [0.0]
    for row, (lever, told) in enumerate(zip(levers, found, strict=True)):
        dark = [float(luck.loc[lever, CHANCE[end]]) for end in ("p05", "p95")]
        axes.plot([told.low, told.high], [row, row], color=tint(INK, 0.3), linewidth=4.0, zorder=2, label=TOTAL)
        axes.plot(dark, [row, row], color=INK, linewidth=1.4, zorder=2.5, label=CHANCE_ALONE)
        axes.plot([told.mean], [row], marker="o", markersize=5.0, color=INK, zorder=3)
        reach += [told.low, told.high, told.mean, *dark]
    low, high = min(reach), max(reach)
    axes.set_xlim(low - 0.06 * (high - low), high + 0.06 * (high - low))
    axes.axvline(0, color=INK, linewidth=0.8)


def _rows(
    sheet: Sheet,
    levers: Sequence[str],
    texts: Sequence[str],
    left: float,
    top: float,
    width: float,
    bold: Sequence[str] = (),
) -> Axes:
    """A panel with a row for each lever: its name at the left, a text at the right."""
    names = min(max(text_width(spoken(lever), SMALL, "bold") for lever in levers) + 0.12, 0.44 * width)
    tail = max(text_width(text, SMALL, "bold") for text in texts) + 0.12
    axes = sheet.axes(left + names, top, max(width - names - tail, 0.5), ROW * len(levers))
    for row, (lever, text) in enumerate(zip(levers, texts, strict=True)):
        weight = "bold" if lever in bold else "normal"
        colour = QUIET if lever == NOTHING else INK
        for words, x, side in ((shorten(spoken(lever), names - 0.1, SMALL), 0, "right"), (text, 1, "left")):
            axes.annotate(
                words, (x, row), xycoords=("axes fraction", "data"), xytext=(12 * x - 6, 0), size=SMALL, ha=side,
                textcoords="offset points", va="center", annotation_clip=False, weight=weight, color=colour,
            )  # fmt: skip
    rows_down(axes, len(levers))
    axes.spines["left"].set_visible(False)
    axes.locator_params(axis="x", nbins=2)
    axes.xaxis.set_major_formatter(lambda value, _: compact(value))
    grid_lines(axes, "x")
    return axes
