"""The pictures of fits: known parameters found again and targets met; forms by cases, and cases predicted unseen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.patches import Rectangle

from sim.calibration.calibrate import Calibration
from sim.calibration.forms import Result
from sim.drawing import style
from sim.drawing.style import MARGIN, QUIET, SMALL, WIDTH, Page, house_style, name_panel, rows_down, save, text_width

BINS, TARGET, PANEL, GAP, ACROSS = 10, 0.24, 0.85, 0.3, 4
TICKS = (-100, -30, -10, -4, -2, 0, 2, 4, 10, 30, 100)
ROW, BAND = 0.26, 0.17
LABEL = 4.3
"""Most room for the names of quantities, in inches."""
REACH = 8.0
"""Distances farther than this many spreads are drawn at the edge."""
MISS = LinearSegmentedColormap.from_list("miss", ["#FFFFFF", "#F5DF9B", "#DE9147", "#86382F"])
"""From no miss to a large one."""
WORST = 5.0
"""Score per quantity from which on a cell is as dark as can be."""
SUM = "all cases"


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


def draw_tournament(result: Result, folder: Path, footer: str) -> list[Path]:
    """Write ``forms`` and ``predictions``, each as PNG and SVG.

    Args:
        result: A tournament.
        folder: Existing folder.
        footer: What made it.
    """
    with house_style():
        return [*_draw_forms(result, folder, footer), *_draw_predictions(result, folder, footer)]


def _draw_forms(result: Result, folder: Path, footer: str) -> list[Path]:
    ranked = result.totals[result.totals["points"] == result.equal]
    forms = list(ranked["form"])
    table = result.forms[result.forms["points"] == result.equal].assign(
        score=result.forms["crps"] / result.forms["quantities"]
    )
    scores = table.pivot(index="form", columns="case", values="score").loc[forms]
    scores = scores[list(dict.fromkeys(table["case"]))]
    scores.insert(0, SUM, ranked.set_index("form")["per_quantity"])
    title = f"The form that predicts cases best that it did not see: {result.winner}"
    subtitle = (
        "Mean score of a quantity (continuous ranked probability score, in stated spreads; lower is better) when its "
        "case is predicted by the form fitted on all other cases. Forms in the order of their sums; a frame marks the "
        "best of each case."
    )
    names = list(scores.columns)
    head = max(text_width(name, SMALL) for name in names) + 0.1
    page = Page(title, subtitle, head + ROW * len(forms) + 0.15, [footer])
    label = max(text_width(form, SMALL) for form in forms) + 0.15
    axes = page.axes(MARGIN + label, head, WIDTH - 2 * MARGIN - label, ROW * len(forms))
    _heat(axes, scores)
    for row, form in enumerate(forms):
        page.write(MARGIN, head + ROW * (row + 0.5), form, size=SMALL, va="center")
    words = "; ".join(
        f"{row.form} {row.crps:.3g}" + (f" ({row.behind:.2g} ± {row.behind_error:.2g} behind)" if row.behind else "")
        for row in ranked.itertuples()
    )
    return save(page.figure, folder, "forms", f"{title}. Sums of scores: {words}.")


def _heat(axes: Axes, scores: pd.DataFrame) -> None:
    values = scores.to_numpy()
    axes.imshow(values, aspect="auto", cmap=MISS, vmin=0.0, vmax=WORST)
    size = min(SMALL, 0.55 * 72 * axes.bbox.width / axes.figure.dpi / values.shape[1] / 2)
    for (row, column), value in np.ndenumerate(values):
        ink = style.ink_on(to_hex(MISS(min(value / WORST, 1.0))))
        axes.text(column, row, f"{value:.2f}", ha="center", va="center", size=size, color=ink)
    for column, row in enumerate(values.argmin(axis=0)):
        axes.add_patch(_frame(column, int(row)))
    axes.set_yticks([])
    axes.set_xticks(range(values.shape[1]), list(scores.columns), rotation=90)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.axvline(0.5, color="white", linewidth=3)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _frame(column: int, row: int) -> Rectangle:
    return Rectangle((column - 0.46, row - 0.44), 0.92, 0.88, fill=False, edgecolor=style.INK, linewidth=1.0)


def _draw_predictions(result: Result, folder: Path, footer: str) -> list[Path]:
    table = result.predictions
    rows = list(table.itertuples())
    inside = int(table["inside"].sum())
    title = f"{inside} of {len(rows)} observed values lie in the 90 % band of a fit that did not see their case"
    subtitle = (
        f"Form: {result.winner}. Each line is a quantity: distance of the prediction from the observed value, in "
        f"stated spreads. Bar: 5th to 95th percentile; dot: median; what is farther than {REACH:g} is at the edge."
    )
    names = [f"{row.case}  {row.check}" for row in rows]
    label = min(LABEL, max(text_width(name, SMALL) for name in names) + 0.2)
    page = Page(title, subtitle, BAND * len(rows) + 0.75, [footer])
    axes = page.axes(MARGIN + label, 0.3, WIDTH - 2 * MARGIN - label, BAND * len(rows))
    axes.set_xlim(-REACH, REACH)
    rows_down(axes, len(rows))
    style.grid_lines(axes, "x")
    axes.axvline(0, color=style.OBSERVED, linewidth=1.4)
    name_panel(axes, "prediction less observed value", "spreads")
    for place, row in enumerate(rows):
        colour = style.MODEL if row.inside else style.APART
        low, middle, high = np.clip([row.z05, row.z50, row.z95], -REACH, REACH)
        axes.plot([low, high], [place, place], color=colour, linewidth=2)
        axes.plot(middle, place, "o" if row.inside else "X", color=colour, markersize=4)
        page.write(MARGIN, 0.3 + BAND * (place + 0.5), style.shorten(names[place], label - 0.1, SMALL), size=SMALL,
                   va="center", color=QUIET if row.inside else style.APART)  # fmt: skip
    missed = "; ".join(name for name, row in zip(names, rows, strict=True) if not row.inside)
    return save(page.figure, folder, "predictions", f"{title}. Outside: {missed or 'none'}.")
