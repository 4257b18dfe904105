"""The picture of a scale study: noise of each measure against the number of people."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from numpy.typing import NDArray

from sim.analyses.scale.analysis import PRECISION, RELATIVE_PRECISION, allowed, smallest_settled
from sim.drawing.style import APART, MARGIN, MODEL, QUIET, SMALL, WIDTH, Page, house_style, save, say_nothing, wrap
from sim.scenario.words import compact

COLUMNS = 4
PANEL_HEIGHT, ROW_HEIGHT, GAP = 1.25, 1.9, 0.62


def finding(table: pd.DataFrame) -> str:
    """From which number of people on the measures are precise enough, in a sentence."""
    every, settled = list(dict.fromkeys(table["measure"])), smallest_settled(table)
    if settled.empty:
        return f"At no size tried is any of {len(every)} measures of people precise enough to be told"
    size = f"{int(settled.max()):,} simulated people"
    if len(settled) == len(every):
        return f"All {len(every)} measures of people are precise enough from {size} on"
    some = f"{len(settled)} of {len(every)} measures of people are"
    return f"{some} precise enough from {size} on, the others at no size tried"


def draw_scale(table: pd.DataFrame, folder: Path, footer: str) -> list[Path]:
    """Write ``scale.png`` and ``scale.svg``: a panel per measure, noise on a log scale beside the line N^(-1/2).

    Args:
        table: As ``sim.analyses.scale.analysis.scale`` gives it.
        folder: Existing folder.
        footer: What made it.
    """
    measures = list(dict.fromkeys(table["measure"]))
    units = table.groupby("measure", sort=False)["unit"].first()
    slopes = table.groupby("measure", sort=False)["slope"].first()
    title = finding(table)
    exponent = f"{slopes.median():.2f}".replace("-", "−")
    subtitle = (
        "Standard deviation over replicates of the difference from the largest population, seeds in pairs. "
        f"Crimson line: the threshold, {' or '.join(f'{most:g} {unit}' for unit, most in _thresholds(units).items())}; "
        "filled: below it here and at all larger sizes. Grey line: N^(−1/2) through the first point, as chance alone "
        f"has it; the median of the exponents found is {exponent}."
    )
    rows = -(-len(measures) // COLUMNS)
    with house_style():
        page = Page(title, subtitle, rows * ROW_HEIGHT + 0.2, [footer])
        width = (WIDTH - 2 * MARGIN - COLUMNS * GAP) / COLUMNS
        for n, measure in enumerate(measures):
            left = MARGIN + GAP + (n % COLUMNS) * (width + GAP)
            top = 0.35 + (n // COLUMNS) * ROW_HEIGHT
            mine = table[(table["measure"] == measure) & (table["noise"] > 0)]
            heads = wrap(f"{measure}, {units[measure]}", width + GAP - 0.2, SMALL, "bold")
            for line, head in enumerate(reversed(heads)):
                page.write(left - GAP + 0.1, top - 0.27 - 0.14 * line, head, size=SMALL, weight="bold")
            axes = page.axes(left, top, width, PANEL_HEIGHT)
            if mine.empty:
                say_nothing(axes, "no noise at any size")
                continue
            _panel(axes, mine)
            if n // COLUMNS == rows - 1 or n + COLUMNS >= len(measures):
                axes.set_xlabel("people simulated")
        alt = f"{title}. Exponents: " + "; ".join(f"{name} {slope:.2f}" for name, slope in slopes.items()) + "."
        return save(page.figure, folder, "scale", alt)


def _panel(axes: Axes, mine: pd.DataFrame) -> None:
    """Noise of one measure against size, the threshold and what chance alone would have."""
    users, noise, most = mine["users"].to_numpy(), mine["noise"].to_numpy(), allowed(mine).to_numpy()
    axes.plot(users, noise, color=MODEL, linewidth=1.4)
    for settled, face in ((True, MODEL), (False, "white")):
        points = mine[mine["settled"] == settled]
        axes.plot(points["users"], points["noise"], "o", color=MODEL, markerfacecolor=face, markersize=5)
    axes.plot(users, noise[0] * np.sqrt(users[0] / users), color=QUIET, linewidth=0.8, zorder=1)
    axes.loglog()
    if (most > 0).any():  # a part of a value that is zero is no threshold
        _threshold(axes, users[most > 0], most[most > 0])
    _label(axes.xaxis, users)
    _label(axes.yaxis, np.concatenate([noise, most[most > 0]]))


def _threshold(axes: Axes, users: NDArray[np.int64], most: NDArray[np.float64]) -> None:
    """The noise below which a measure is precise enough, named where the curve leaves room."""
    axes.plot(users, most, color=APART, linewidth=1.0, zorder=1)
    low, high = np.log(axes.get_ylim())
    free = -1 if np.log(most[-1]) > (2 * low + high) / 3 else 0  # the curve falls: it is high at the left
    axes.annotate("threshold", (users[free], most[free]), xytext=(0, 2), textcoords="offset points", va="bottom",
                  ha="left" if free == 0 else "right", color=APART, fontsize=SMALL)  # fmt: skip


def _thresholds(units: pd.Series) -> dict[str, float]:
    """The thresholds that these units have, by their words."""
    told = {unit: most for unit, most in PRECISION.items() if unit in set(units)}
    return told | ({} if set(units) <= set(PRECISION) else {"percent of the value": 100 * RELATIVE_PRECISION})


def _label(axis: Axis, values: NDArray[np.float64]) -> None:
    """Round numbers at a logarithmic axis: powers of ten, or as many of their multiples as it takes to have two."""
    low, high = float(values.min()), float(values.max())
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for digits in ((1,), (1, 3), (1, 2, 5)):
        ticks = [digit * 10.0**power for power in powers for digit in digits if low <= digit * 10.0**power <= high]
        if len(ticks) >= 2:
            break
    axis.set_ticks(ticks, [compact(tick) if tick >= 1.0 else f"{tick:g}" for tick in ticks], fontsize=SMALL)
    axis.set_ticks([], minor=True)
