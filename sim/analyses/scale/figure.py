"""The picture of a scale study: noise of each measure against the number of people."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sim.drawing.style import BLUE, MARGIN, ORANGE, QUIET, SMALL, WIDTH, Page, house_style, save
from sim.scenario.words import compact

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from matplotlib.axis import Axis
    from numpy.typing import NDArray

COLUMNS = 4
PANEL_HEIGHT, ROW_HEIGHT, GAP = 1.25, 1.9, 0.62


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
    exponent = f"{slopes.median():.2f}".replace("-", "−")
    title = f"Noise falls as N to the power {exponent}, where chance alone gives −0.5"
    subtitle = (
        "Standard deviation over replicates of the difference from the largest population, seeds in pairs. "
        "Grey line: N^(−1/2) through the first point. Filled: precise enough from here on."
    )
    rows = -(-len(measures) // COLUMNS)
    with house_style():
        page = Page(title, subtitle, rows * ROW_HEIGHT + 0.2, [footer])
        width = (WIDTH - 2 * MARGIN - COLUMNS * GAP) / COLUMNS
        for n, measure in enumerate(measures):
            left = MARGIN + GAP + (n % COLUMNS) * (width + GAP)
            top = 0.35 + (n // COLUMNS) * ROW_HEIGHT
            mine = table[(table["measure"] == measure) & (table["noise"] > 0)]
            page.write(left - GAP + 0.1, top - 0.27, f"{measure}, {units[measure]}", weight="bold")
            axes = page.axes(left, top, width, PANEL_HEIGHT)
            users, noise = mine["users"].to_numpy(), mine["noise"].to_numpy()
            axes.plot(users, noise, color=BLUE, linewidth=1.4)
            for settled, face in ((True, ORANGE), (False, "white")):
                points = mine[mine["settled"] == settled]
                axes.plot(points["users"], points["noise"], "o", color=BLUE, markerfacecolor=face, markersize=5)
            if users.size:
                axes.plot(users, noise[0] * np.sqrt(users[0] / users), color=QUIET, linewidth=0.8, zorder=1)
                axes.loglog()
                _label(axes.xaxis, users)
                _label(axes.yaxis, noise)
            if n // COLUMNS == rows - 1 or n + COLUMNS >= len(measures):
                axes.set_xlabel("people simulated")
        alt = f"{title}. Exponents: " + "; ".join(f"{name} {slope:.2f}" for name, slope in slopes.items()) + "."
        return save(page.figure, folder, "scale", alt)


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
