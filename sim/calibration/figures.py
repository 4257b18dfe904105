"""The pictures of fits: known parameters found again and targets met; countries predicted from the others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from sim.calibration.calibrate import Calibration
from sim.drawing import style
from sim.drawing.style import MARGIN, QUIET, SMALL, WIDTH, Page, house_style, name_panel, rows_down, save, text_width

BINS, TARGET, PANEL, GAP, ACROSS = 10, 0.24, 0.85, 0.3, 4
TICKS = (-100, -30, -10, -4, -2, 0, 2, 4, 10, 30, 100)
BAND = 0.17
LABEL = 4.3
"""Most room for the names of quantities, in inches."""
REACH = 8.0
"""Distances farther than this many spreads are drawn at the edge."""


def draw_calibration(found: Calibration, folder: Path, footer: str) -> list[Path]:
    """Write ``calibration.png`` and ``calibration.svg``.

    Args:
        found: A calibration.
        folder: Existing folder.
        footer: What made it.
    """
    keys, runs = list(found.recovery["parameter"]), len(found.ranks)
    sound, covered = int(found.recovery["uniform"].sum()), 100 * found.recovery["covered_90"].mean()
    title = f"Intervals of 90 % hold {covered:.0f} % of known values"
    subtitle = (
        f"Top: ranks of the true values of {runs} runs among the draws inferred from each: flat if sound; grey: where "
        f"95 % of bars lie then. Below: targets, in standard errors from the observed value."
    )
    lines = -(-len(keys) // ACROSS)
    below = lines * (PANEL + 0.5) + 0.45
    with house_style():
        page = Page(title, subtitle, below + TARGET * len(found.fit) + 0.45, [footer])
        width = (WIDTH - 2 * MARGIN - (ACROSS - 1) * GAP) / ACROSS
        expected = runs / BINS
        slack = 1.96 * np.sqrt(expected * (1 - 1 / BINS))
        for place, key in enumerate(keys):
            top = 0.3 + (place // ACROSS) * (PANEL + 0.5)
            axes = page.axes(MARGIN + (place % ACROSS) * (width + GAP), top, width, PANEL)
            axes.axhspan(expected - slack, expected + slack, color=style.FAINT, linewidth=0)
            axes.hist(found.ranks[:, place], bins=BINS, range=(0, 1), color=style.MODEL, rwidth=0.9)
            axes.set_xticks([0, 0.5, 1])
            axes.set_yticks([])
            axes.set_title(key.split(".")[-1].replace("_", " "), fontsize=SMALL, loc="left")
        _paint_fit(page, found, below)
        words = (
            f"{title}. Ranks pass as uniform for {sound} of {len(keys)} parameters. Targets, observed and posterior: "
            + "; ".join(f"{r.check} {r.observed:.3g}, {r.posterior_median:.3g}" for r in found.fit.itertuples())
            + "."
        )
        return save(page.figure, folder, "calibration", words)


def _paint_fit(page: Page, found: Calibration, top: float) -> None:
    names = [f"{row.case} {row.check}" for row in found.fit.itertuples()]
    label = max(text_width(name, SMALL) for name in names) + 0.15
    axes = page.axes(MARGIN + label, top, WIDTH - 2 * MARGIN - label, TARGET * len(names))
    rows_down(axes, len(names))
    axes.set_xscale("symlog", linthresh=4.0)
    axes.set_xticks(TICKS, [str(tick) for tick in TICKS])
    axes.minorticks_off()
    axes.axvline(0, color=style.OBSERVED, linewidth=1.2)
    name_panel(
        axes, "distance from the observed value (grey: prior, violet: posterior, crimson: now)", "standard errors"
    )
    for row, target in enumerate(found.fit.itertuples()):
        page.write(MARGIN, top + TARGET * (row + 0.5), names[row], size=SMALL, va="center", color=QUIET)
        span = [(value - target.observed) / target.spread for value in
                (target.prior_low, target.prior_high, target.posterior_low, target.posterior_high,
                 target.posterior_median, target.run_now)]  # fmt: skip
        axes.plot(span[:2], [row, row], color=style.FAINT, linewidth=7, solid_capstyle="butt")
        axes.plot(span[2:4], [row, row], color=style.MODEL, linewidth=2)
        axes.plot(span[4], row, "o", color=style.MODEL, markersize=5)
        axes.plot(span[5], row, "D", color=style.APART, markersize=4)


def draw_countries(rows: pd.DataFrame, folder: Path, footer: str) -> list[Path]:
    """Write ``countries.png`` and ``countries.svg``: each quantity as predicted from all other countries.

    Args:
        rows: As ``sim.calibration.proof.left_out`` gives them.
        folder: Existing folder.
        footer: What made it.
    """
    inside = int(rows["inside_90"].sum())
    title = f"{inside} of {len(rows)} observed values lie in the 90 % band of a new country, their own left out"
    subtitle = (
        "Each line is a quantity: distance of the prediction from the observed value, in stated spreads. Thin: 5th to "
        f"95th percentile; thick: 25th to 75th; dot: median. What is farther than {REACH:g} is at the edge."
    )
    names = [f"{row.case}  {row.check}" for row in rows.itertuples()]
    with house_style():
        label = min(LABEL, max(text_width(name, SMALL) for name in names) + 0.2)
        page = Page(title, subtitle, BAND * len(rows) + 0.75, [footer])
        axes = page.axes(MARGIN + label, 0.3, WIDTH - 2 * MARGIN - label, BAND * len(rows))
        axes.set_xlim(-REACH, REACH)
        rows_down(axes, len(rows))
        style.grid_lines(axes, "x")
        axes.axvline(0, color=style.OBSERVED, linewidth=1.4)
        name_panel(axes, "prediction less observed value", "spreads")
        for place, row in enumerate(rows.itertuples()):
            colour = style.MODEL if row.inside_90 else style.APART
            bounds = np.clip([row.p05, row.p25, row.p50, row.p75, row.p95], -REACH, REACH)
            axes.plot(bounds[[0, 4]], [place, place], color=colour, linewidth=1)
            axes.plot(bounds[[1, 3]], [place, place], color=colour, linewidth=3)
            axes.plot(bounds[2], place, "o" if row.inside_90 else "X", color=colour, markersize=4)
            page.write(MARGIN, 0.3 + BAND * (place + 0.5), style.shorten(names[place], label - 0.1, SMALL), size=SMALL,
                       va="center", color=QUIET if row.inside_90 else style.APART)  # fmt: skip
        missed = "; ".join(name for name, inside in zip(names, rows["inside_90"], strict=True) if not inside)
        return save(page.figure, folder, "countries", f"{title}. Outside: {missed or 'none'}.")
