"""Small pictures as SVG text: quick to make while one watches, readable at the width of a telephone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.drawing.calendar import law_marks
from sim.drawing.style import FAINT, INK, QUIET, ink_of
from sim.results.bands import percentiles
from sim.scenario.schema import Scenario
from sim.scenario.words import MONTHS, compact, short_day
from sim.view.dashboard.series import Panel

WIDTH, HEIGHT = 360, 190
"""Size of a chart in its own units, which are pixels where the chart is shown at its natural width."""
LEFT, RIGHT, TOP, BOTTOM = 44, 8, 8, 20
POINTS = 180
"""Days drawn at most: two pixels each."""
TABLE_ROWS = 12
BAR = 22


@dataclass(frozen=True)
class Picture:
    """A picture with what it says in words and in numbers."""

    title: str
    unit: str
    svg: str
    alt: str
    key: tuple[tuple[str, str], ...]
    """Label and colour of each line."""
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """The numbers of the picture as a table."""

    def on_page(self) -> dict[str, Any]:
        """What the page is told."""
        return {name: getattr(self, name) for name in ("title", "unit", "svg", "alt", "key", "head", "rows")}


def limits(panels: Sequence[Panel]) -> tuple[float, float]:
    """Common ends of the vertical axis: natural ones, else from zero, or from the lowest value where it is negative."""
    if panels[0].ends is not None:
        return panels[0].ends
    bands = [line.band() for panel in panels for line in panel.lines]
    low = min((float(band.min()) for band in bands), default=0.0)
    high = max((float(band.max()) for band in bands), default=1.0)
    low = min(low, 0.0)
    return (low, high) if high - low > 1e-9 else (low, low + 1.0)


def chart(panel: Panel, scenario: Scenario, ends: tuple[float, float], *, signed: bool = False) -> Picture:
    """Lines on their bands over the calendar, with the days of the law marked.

    Args:
        panel: What to draw.
        scenario: Its calendar.
        ends: Ends of the vertical axis, shared by charts that are compared.
        signed: Whether values are differences, written with their sign.
    """
    days = panel.lines[0].values.shape[1] if panel.lines else scenario.days
    bands = (_band(line.band(), line.colour, days, ends) for line in panel.lines)
    parts = [*_frame(scenario, days, ends, signed=signed), *bands]
    return Picture(
        panel.title, panel.unit, _svg(HEIGHT, parts), _words(panel, scenario, signed=signed),
        tuple((line.label, line.colour) for line in panel.lines), *_table(panel, scenario, days, signed=signed),
    )  # fmt: skip


def bars(
    title: str,
    unit: str,
    moves: Sequence[tuple[str, str, NDArray[np.float64]]],
    colours: dict[str, str],
    *,
    signed: bool,
) -> Picture:
    """Horizontal bars with bands, one per move from app to app."""
    bands = [percentiles(values) for _, _, values in moves]
    low = min([0.0, *(float(band[0]) for band in bands)])
    high = max([low + 1.0, *(float(band[2]) for band in bands)])
    parts = []
    for row, ((origin, destination, _), band) in enumerate(zip(moves, bands, strict=True)):
        parts.append(_bar(row, f"{origin} → {destination}", band, (low, high), colours.get(destination, QUIET), signed))
    rows = tuple((a, b, *(said(v, signed) for v in band)) for (a, b, _), band in zip(moves, bands, strict=True))
    top = "; ".join(f"{a} to {b} {said(band[1], signed)}" for (a, b, _), band in zip(moves[:3], bands, strict=False))
    alt = f"{title}, {unit}. Largest: {top or 'none'}."
    return Picture(title, unit, _svg(BAR * max(len(moves), 1) * 2 + 4, parts), alt, (), ("from", "to", *_HEAD), rows)


_HEAD = ("5 %", "median", "95 %")


def _svg(height: float, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" role="presentation" '
        f'font-family="DejaVu Sans, Verdana, sans-serif" font-size="11">{"".join(parts)}</svg>'
    )


def _x(day: float, days: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * day / max(days - 1, 1)


def _y(value: float, ends: tuple[float, float]) -> float:
    low, high = ends
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - (value - low) / (high - low))


def _frame(scenario: Scenario, days: int, ends: tuple[float, float], *, signed: bool) -> Iterator[str]:
    """Grid, labels of both axes, and marks of the law."""
    for value in _ticks(*ends):
        y = _y(value, ends)
        colour = QUIET if value == 0 else FAINT
        yield f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{colour}" stroke-width="0.7"/>'
        yield f'<text x="{LEFT - 5}" y="{y + 4:.1f}" text-anchor="end" fill="{QUIET}">{_tick(value, signed)}</text>'
    for mark in law_marks(scenario):
        if mark.day < days:
            x = _x(mark.day, days)
            yield (
                f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}" stroke="{INK}" stroke-width="0.8" '
                f'stroke-dasharray="2 2"><title>{escape(mark.label)}</title></line>'
            )
    for day, label in _dates(scenario, days):
        if (x := _x(day, days)) < WIDTH - 22:
            yield f'<text x="{x:.1f}" y="{HEIGHT - 5}" text-anchor="middle" fill="{QUIET}">{label}</text>'


def _ticks(low: float, high: float) -> list[float]:
    """Three to five round values between the ends."""
    raw = (high - low) / 4
    power = 10.0 ** np.floor(np.log10(raw))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= raw)
    return [float(step * i) for i in range(int(np.ceil(low / step)), int(np.floor(high / step)) + 1)]


def _tick(value: float, signed: bool) -> str:
    return (
        said(value, signed)
        if abs(value) >= 1000 or not value
        else f"{value:{'+' if signed else ''}g}".replace("-", "−")
    )


def _dates(scenario: Scenario, days: int) -> list[tuple[int, str]]:
    """Four to six labels along the calendar: months, or days on a short one."""
    count = 5
    if days < 60:
        return [(day, short_day(scenario.date(day))[:-5]) for day in range(0, days, max(days // count, 1))]
    firsts = [day for day in range(days) if scenario.date(day).day == 1]
    shown = firsts[:: max(1, round(len(firsts) / count))]
    return [(day, f"{MONTHS[scenario.date(day).month - 1][:3]} {scenario.date(day).year % 100:02}") for day in shown]


def _band(band: NDArray[np.float64], colour: str, days: int, ends: tuple[float, float]) -> str:
    at = np.unique(np.linspace(0, days - 1, min(days, POINTS)).round().astype(int))
    low, middle, high = ([(_x(day, days), _y(row[day], ends)) for day in at] for row in band)
    area = _path([*high, *reversed(low)])
    return (
        f'<path d="{area}Z" fill="{colour}" fill-opacity="0.28"/>'
        f'<path d="{_path(middle)}" fill="none" stroke="{colour}" stroke-width="1.8" stroke-linejoin="round"/>'
    )


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _bar(row: int, label: str, band: NDArray[np.float64], ends: tuple[float, float], colour: str, signed: bool) -> str:
    low, high = ends
    left, width = 4, WIDTH - 70
    top = 2 * BAR * row
    zero, start, middle, end = (left + width * (value - low) / (high - low) for value in (0.0, *band))
    edge, extent = min(zero, middle), abs(middle - zero)
    words = said(band[1], signed)
    return (
        f'<text x="{left}" y="{top + 15}" fill="{INK}">{escape(label)}</text>'
        f'<rect x="{edge:.1f}" y="{top + 20}" width="{extent:.1f}" height="14" fill="{colour}"/>'
        f'<line x1="{start:.1f}" x2="{end:.1f}" y1="{top + 27}" y2="{top + 27}" stroke="{INK}" stroke-width="1.5"/>'
        f'<text x="{max(end, middle, zero) + 5:.1f}" y="{top + 31}" fill="{ink_of(colour)}">{words}</text>'
    )


def _words(panel: Panel, scenario: Scenario, *, signed: bool) -> str:
    """The picture in words: where each line begins and ends, and its highest median."""
    parts = []
    for line in panel.lines:
        _, middle, _ = band = line.band()
        peak = int(middle.argmax())
        parts.append(
            f"{line.label}: {said(middle[0], signed)} at first, {said(middle[-1], signed)} at the end "
            f"({said(band[0, -1], signed)} to {said(band[2, -1], signed)}), "
            f"highest {said(middle[peak], signed)} on {short_day(scenario.date(peak))}"
        )
    return f"{panel.title}, {panel.unit}. " + "; ".join(parts) + "."


def _table(
    panel: Panel, scenario: Scenario, days: int, *, signed: bool
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    at = np.unique(np.linspace(0, days - 1, min(days, TABLE_ROWS)).round().astype(int))
    bands = [line.band() for line in panel.lines]
    head = ("date", *(f"{line.label}, median (5–95 %)" for line in panel.lines))
    rows = [
        (
            scenario.date(int(day)).isoformat(),
            *(f"{said(b[1, day], signed)} ({said(b[0, day], signed)}–{said(b[2, day], signed)})" for b in bands),
        )
        for day in at
    ]
    return head, tuple(rows)


def said(value: float, signed: bool) -> str:
    """A number in three digits or so; differences keep their sign."""
    size = abs(value)
    if size < 5e-4:
        return "0"
    if size >= 999.5 or size == round(size):
        text = compact(size)
    else:
        text = (
            f"{size:.0f}"
            if size >= 100
            else f"{size:.1f}"
            if size >= 10
            else f"{size:.2g}"
            if size < 0.1
            else f"{size:.2f}"
        )
    return ("−" if value < 0 else "+" if signed else "") + text
