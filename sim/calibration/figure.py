"""The picture of a calibration: known parameters found again, and the targets over prior and posterior."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.drawing.style import (
    APART,
    FAINT,
    MARGIN,
    MODEL,
    OBSERVED,
    QUIET,
    SMALL,
    WIDTH,
    Page,
    house_style,
    name_panel,
    rows_down,
    save,
    text_width,
)

if TYPE_CHECKING:
    from pathlib import Path

    from sim.calibration.analysis import Calibration

BINS, ROW, PANEL, GAP, ACROSS = 10, 0.24, 0.85, 0.3, 4
TICKS = (-100, -30, -10, -4, -2, 0, 2, 4, 10, 30, 100)


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
        page = Page(title, subtitle, below + ROW * len(found.fit) + 0.45, [footer])
        width = (WIDTH - 2 * MARGIN - (ACROSS - 1) * GAP) / ACROSS
        expected = runs / BINS
        slack = 1.96 * np.sqrt(expected * (1 - 1 / BINS))
        for place, key in enumerate(keys):
            top = 0.3 + (place // ACROSS) * (PANEL + 0.5)
            axes = page.axes(MARGIN + (place % ACROSS) * (width + GAP), top, width, PANEL)
            axes.axhspan(expected - slack, expected + slack, color=FAINT, linewidth=0)
            axes.hist(found.ranks[:, place], bins=BINS, range=(0, 1), color=MODEL, rwidth=0.9)
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
    axes = page.axes(MARGIN + label, top, WIDTH - 2 * MARGIN - label, ROW * len(names))
    rows_down(axes, len(names))
    axes.set_xscale("symlog", linthresh=4.0)
    axes.set_xticks(TICKS, [str(tick) for tick in TICKS])
    axes.minorticks_off()
    axes.axvline(0, color=OBSERVED, linewidth=1.2)
    name_panel(
        axes, "distance from the observed value (grey: prior, violet: posterior, crimson: now)", "standard errors"
    )
    for row, target in enumerate(found.fit.itertuples()):
        page.write(MARGIN, top + ROW * (row + 0.5), names[row], size=SMALL, va="center", color=QUIET)
        span = [(value - target.observed) / target.spread for value in
                (target.prior_low, target.prior_high, target.posterior_low, target.posterior_high,
                 target.posterior_median, target.run_now)]  # fmt: skip
        axes.plot(span[:2], [row, row], color=FAINT, linewidth=7, solid_capstyle="butt")
        axes.plot(span[2:4], [row, row], color=MODEL, linewidth=2)
        axes.plot(span[4], row, "o", color=MODEL, markersize=5)
        axes.plot(span[5], row, "D", color=APART, markersize=4)
