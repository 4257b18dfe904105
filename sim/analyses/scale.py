"""From which population size on does a claim hold? The same worlds at sizes that grow tenfold.

The seeds are the same at every size, so that institutions meet the same luck; what is left between a size and the
largest one is the noise and the bias of having few people. Noise should fall as N^(-1/2).
"""

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from numpy.typing import NDArray

from sim.drawing.style import APART, MARGIN, MODEL, QUIET, SMALL, WIDTH, Page, house_style, save, say_nothing, wrap
from sim.measures import headline_measures, measured
from sim.runs.executors import Call, cores, enough
from sim.runs.once import run_once
from sim.runs.store import Store, tables_of
from sim.scenario.files import with_values
from sim.scenario.schema import Scenario
from sim.scenario.words import compact

SIZES = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
"""Population sizes, in persons."""
PRECISION = {"percent": 0.5, "points": 0.5}
"""Noise below which a measure counts as settled, by its unit; other units: ``RELATIVE_PRECISION`` of the value."""
RELATIVE_PRECISION = 0.05
TWO_SIDED_95 = 1.96
HEADLINES = "headlines"
"""Name of the table that a run leaves."""
COLUMNS = {
    "measure": "id of the measure",
    "name": "what it is called",
    "unit": "unit of mean, noise and bias",
    "users": "simulated people",
    "mean": "mean of the measure over seeds",
    "noise": "standard deviation over seeds of the difference from the largest size",
    "bias": "mean of the difference from the largest size",
    "bias_error": "half-width of the 95 % interval of the bias",
    "slope": "of the logarithm of noise on that of users; -0.5 is expected",
    "settled": "whether the noise of this and every larger size is within half a point, or 5 percent of the mean",
}


def convergence(
    scenario: Scenario,
    *,
    sizes: Sequence[int] = SIZES,
    replicates: int = 10,
    seed: int = 1,
    workers: int | None = None,
    keep: Store | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> pd.DataFrame:
    """Headline measures of the people at each of at least two sizes, with the same seeds, against the largest.

    Returns:
        One row per measure and size: ``COLUMNS``. Noise, bias and slope are missing at the largest size.
    """
    measures = [measure for measure in headline_measures(scenario) if measure.is_noisy]
    workers = enough(workers, replicates)
    how = {"threads": cores() if workers == 1 else 1}
    seeds = range(seed, seed + replicates)
    worlds = [with_values(scenario, {"population.users": users}) for users in sizes]
    calls = [Call(_headlines, (world, one), how) for world in worlds for one in seeds]
    found = tables_of(calls, keep=keep, workers=workers, on_progress=on_progress)
    values = np.array([table[HEADLINES][[measure.id for measure in measures]] for table in found])
    values = values.reshape(len(sizes), replicates, len(measures))
    return pd.concat([
        against_largest(values[:, :, m], sizes).assign(measure=measure.id, name=measure.name, unit=measure.unit)
        for m, measure in enumerate(measures)
    ], ignore_index=True).pipe(settled)  # fmt: skip


def _headlines(scenario: Scenario, seed: int, threads: int) -> dict[str, pd.DataFrame]:
    """The headline measures of one run, as the one row of a table."""
    return {HEADLINES: pd.DataFrame([measured(run_once(scenario, seed, threads))])}


def against_largest(values: np.ndarray, sizes: Sequence[int]) -> pd.DataFrame:
    """One measure, an array of sizes by replicates."""
    differences = values[:-1] - values[-1]
    noise = differences.std(axis=1, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        pooled = 1 / (1 / np.array(sizes[:-1]) + 1 / sizes[-1])  # a difference carries the noise of both its ends
        slope = np.polyfit(np.log(pooled), np.log(noise), 1)[0] if (noise > 0).all() else np.nan
    found = pd.DataFrame({"users": sizes, "mean": values.mean(axis=1)})
    error = TWO_SIDED_95 * noise / np.sqrt(values.shape[1])
    of_smaller = pd.DataFrame({"noise": noise, "bias": differences.mean(axis=1), "bias_error": error})
    return found.join(of_smaller).assign(slope=slope)


def settled(table: pd.DataFrame) -> pd.DataFrame:
    """Add whether noise is small enough at a size and at all larger ones."""
    precise = (table["noise"].isna() | (table["noise"] <= allowed(table))).astype(int)
    held = precise[::-1].groupby(table["measure"][::-1]).cummin()[::-1].astype(bool)
    return table.assign(settled=held)[[*COLUMNS]]


def allowed(table: pd.DataFrame) -> pd.Series:
    """Noise up to which each row counts as precise, in the unit of its measure."""
    return table["unit"].map(PRECISION).fillna(RELATIVE_PRECISION * table["mean"].abs())


def smallest_settled(table: pd.DataFrame) -> pd.Series:
    """Smallest population size from which on each measure is settled, by measure."""
    return table[table["settled"] & table["noise"].notna()].groupby("measure", sort=False)["users"].min()


# Pictures

ACROSS = 4
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
    """Write ``scale.png`` and ``scale.svg``: a panel per measure, noise on a log scale beside the line N^(-1/2)."""
    first = table.groupby("measure", sort=False).first()
    measures, units, slopes, title = first["name"].to_dict(), first["unit"], first["slope"], finding(table)
    exponent = f"{slopes.median():.2f}".replace("-", "−")
    subtitle = (
        "Standard deviation over replicates of the difference from the largest population, seeds in pairs. "
        f"Crimson line: the threshold, {_thresholds(set(units))}; "
        "filled: below it here and at all larger sizes. Grey line: N^(−1/2) through the first point, as chance alone "
        f"has it; the median of the exponents found is {exponent}."
    )
    rows = -(-len(measures) // ACROSS)
    with house_style():
        page = Page(title, subtitle, rows * ROW_HEIGHT + 0.2, [footer])
        width = (WIDTH - 2 * MARGIN - ACROSS * GAP) / ACROSS
        for n, (measure, name) in enumerate(measures.items()):
            left = MARGIN + GAP + (n % ACROSS) * (width + GAP)
            top = 0.35 + (n // ACROSS) * ROW_HEIGHT
            mine = table[(table["measure"] == measure) & (table["noise"] > 0)]
            heads = wrap(f"{name}, {units[measure]}", width + GAP - 0.2, SMALL, "bold")
            for line, head in enumerate(reversed(heads)):
                page.write(left - GAP + 0.1, top - 0.27 - 0.14 * line, head, size=SMALL, weight="bold")
            axes = page.axes(left, top, width, PANEL_HEIGHT)
            if mine.empty:
                say_nothing(axes, "no noise at any size")
                continue
            _panel(axes, mine)
            if n // ACROSS == rows - 1 or n + ACROSS >= len(measures):
                axes.set_xlabel("people simulated")
        alt = f"{title}. Exponents: " + "; ".join(f"{measures[id]} {slope:.2f}" for id, slope in slopes.items()) + "."
        return save(page.figure, folder, "scale", alt)


def _panel(axes: Axes, mine: pd.DataFrame) -> None:
    """Noise of one measure against size, what chance alone would have, and the threshold."""
    users, noise, most = mine["users"].to_numpy(), mine["noise"].to_numpy(), allowed(mine).to_numpy()
    is_threshold = most > 0  # a part of a value that is zero is none
    axes.plot(users, noise, color=MODEL, linewidth=1.4)
    for settled, face in ((True, MODEL), (False, "white")):
        points = mine[mine["settled"] == settled]
        axes.plot(points["users"], points["noise"], "o", color=MODEL, markerfacecolor=face, markersize=5)
    axes.plot(users, noise[0] * np.sqrt(users[0] / users), color=QUIET, linewidth=0.8, zorder=1)
    axes.loglog()
    if is_threshold.any():
        there, most = users[is_threshold], most[is_threshold]
        axes.plot(there, most, color=APART, linewidth=1.0, zorder=1)
        low, high = np.log(axes.get_ylim())
        free = -1 if np.log(most[-1]) > (2 * low + high) / 3 else 0  # where the curve, which falls, leaves room
        axes.annotate("threshold", (there[free], most[free]), xytext=(0, 2), textcoords="offset points", va="bottom",
                      ha="left" if free == 0 else "right", color=APART, fontsize=SMALL)  # fmt: skip
        noise = np.concatenate([noise, most])
    _label(axes.xaxis, users)
    _label(axes.yaxis, noise)


def _thresholds(units: set[str]) -> str:
    """The thresholds that these units have, in words."""
    found = [f"{most:g} {unit}" for unit, most in PRECISION.items() if unit in units]
    found += [f"{100 * RELATIVE_PRECISION:g} percent of the value"] if units - PRECISION.keys() else []
    return " or ".join(found)


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
