"""What matters: indices of sensitivity by SALib, with the noise of replicates taken out and intervals.

Every point of a design is run with the same seeds. What differs between replicates of a point is chance; what differs
between the means of points is the parameters, and what chance is left in the means of so few replicates. Sobol' indices
are freed from that rest, and Morris's effects are put beside the effect that it would pretend.

What variance rests on is asked in groups: every number is varied by as much as its status allows, and numbers of one
status move together (groups of Sobol' indices, Saltelli et al. 2010). A screening: it tells which status carries most,
not the second digit.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.analyses import boxes
from sim.analyses.knockout import up_to_half_a_year
from sim.drawing.style import APART, FAINT, INK, MODEL, grid, house_style, name_panel, points_in_rows, save
from sim.measures import headline_measures
from sim.results.bands import COVERAGE
from sim.runs.files import StudyError
from sim.scenario.fields import leaves
from sim.scenario.schema import Scenario, origins
from sim.study.design import OPTION, Axis, DesignError, latin_hypercube
from sim.study.study import Cell, Study, measures_of

Method = Literal["morris", "sobol", "status"]
POINTS: dict[Method, int] = {"morris": 10, "sobol": 64, "status": 32}
"""Trajectories of a Morris design, base points of the others, when not told."""
LEVELS = 4
"""Levels of a factor in a Morris design."""
RESAMPLES = 1000
"""Bootstrap samples behind an interval."""
COLUMNS = {
    "factor": "parameter, by its dotted key, or the status of the numbers that move together",
    "index": "S1 and ST: share of the variance of a measure's mean that goes away when this factor alone is known, and "
    "that stays when all others are; mu_star: mean size of the change of the measure per whole range of the factor, "
    "mu: the same with its sign, sigma: its spread, noise: mu_star of a factor without effect",
    "low": "lower end of the 90 % interval, by bootstrap over the points",
    "high": "upper end of the 90 % interval",
    "chance": "share of the variance of a single run that is chance, not parameters",
    "left_in_means": "share of the variance of the points' means that is chance; Sobol' indices are freed from it",
    "points": "points of the design",
}


@dataclass(frozen=True)
class Design:
    """Where to look: points of the unit cube, a column for each factor, or each number of a group that is one."""

    method: Method
    factors: tuple[str, ...]
    points: NDArray[np.float64]
    seed: int

    @property
    def problem(self) -> dict[str, Any]:
        """The factors as SALib wants them."""
        bounds = [[0.0, 1.0]] * len(self.factors)
        return {"num_vars": len(self.factors), "names": list(self.factors), "bounds": bounds}


def design(method: Method, factors: Sequence[str], points: int, seed: int) -> Design:
    """Lay out a design; equal arguments give equal points.

    ``morris`` takes points * (d + 1) runs of each seed for d factors, the others points * (d + 2), a power of two of
    points. With ``status``, ``factors`` are the status of each number. ``seed`` is that of SALib's own generator.

    Raises:
        DesignError: There are too few factors or points.
    """
    if len(factors) < 2:
        raise DesignError(f"{OPTION}: expected two factors or more, found {len(factors)}")
    if points < 2 or (method != "morris" and points & (points - 1)):
        wanted = "2 or more" if method == "morris" else "a power of two from 2 on"
        raise DesignError(f"--points: expected {wanted} for {method}, found {points}")
    if method == "status":
        groups = tuple(status for status in RANGE_BY_STATUS if status in factors)
        return Design(method, groups, lay_out_groups(factors, groups, points, seed), seed)
    from SALib.sample import morris, sobol

    empty = Design(method, tuple(factors), np.empty((0, len(factors))), seed)
    if method == "morris":
        laid = morris.sample(empty.problem, points, num_levels=LEVELS, seed=seed)
    else:
        laid = sobol.sample(empty.problem, points, calc_second_order=False, seed=seed)
    return replace(empty, points=np.asarray(laid, dtype=float))


def indices(plan: Design, values: NDArray[np.float64]) -> pd.DataFrame:
    """Indices of every factor: factor, index, value, low, high.

    ``values`` are (points, replicates) of one measure, replicate by replicate with the same seed at every point.
    """
    return (_morris if plan.method == "morris" else _sobol)(plan, values)


def _morris(plan: Design, values: NDArray[np.float64]) -> pd.DataFrame:
    from SALib.analyze import morris

    found = morris.analyze(
        plan.problem, plan.points, values.mean(axis=1), num_levels=LEVELS, conf_level=COVERAGE, num_resamples=RESAMPLES,
        seed=plan.seed,
    )  # fmt: skip
    noise = _pretended_effect(plan, values)
    rows = []
    for number, factor in enumerate(plan.factors):
        star, half = float(found["mu_star"][number]), float(found["mu_star_conf"][number])
        rows.append((factor, "mu_star", star, max(star - half, 0.0), star + half))
        rows += [(factor, name, float(found[name][number]), np.nan, np.nan) for name in ("mu", "sigma")]
        rows.append((factor, "noise", noise[number], np.nan, np.nan))
    return pd.DataFrame(rows, columns=["factor", "index", "value", "low", "high"])


def _pretended_effect(plan: Design, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean size that the elementary effects of each factor would have by chance alone: sqrt(2/pi) times their error.

    The error of an effect is that of the mean over replicates of a difference between two points with the same seeds.
    """
    steps = len(plan.factors) + 1
    moved = np.diff(plan.points.reshape(-1, steps, steps - 1), axis=1)
    which, length = np.abs(moved).argmax(axis=2), np.abs(moved).max(axis=2)
    effects = np.diff(values.reshape(-1, steps, values.shape[1]), axis=1) / length[:, :, None]
    error = variance(effects) / values.shape[1]
    return np.array([np.sqrt(2 / np.pi * error[which == number].mean()) for number in range(steps - 1)])


def _sobol(plan: Design, values: NDArray[np.float64]) -> pd.DataFrame:
    """First-order and total indices (Saltelli et al. 2010), freed from the chance that is left in the means.

    SALib's estimators average products of means over replicates. The mean of such a product exceeds the product of the
    expectations by the covariance of the two over replicates, divided by their number, which is subtracted here.
    """
    from SALib.analyze import sobol

    found = sobol.analyze(
        plan.problem, values.mean(axis=1), calc_second_order=False, conf_level=COVERAGE, num_resamples=RESAMPLES,
        seed=plan.seed + 1,  # SALib takes 0 for no seed
    )  # fmt: skip
    d, replicates = len(plan.factors), values.shape[1]
    blocks = values.reshape(-1, d + 2, replicates)
    a, ab, b = blocks[:, 0], blocks[:, 1:-1], blocks[:, -1]
    ends = np.concatenate([a, b])
    total = ends.mean(axis=1).var()
    true = total - variance(ends - ends.mean(axis=0)).mean() / replicates
    if true <= 0.0:
        true = np.nan  # all of the variance is chance, so no index is defined
    rows = []
    for number, factor in enumerate(plan.factors):
        step = ab[:, number] - a
        excess = {"S1": covariance(b, step).mean() / replicates, "ST": 0.5 * variance(step).mean() / replicates}
        for name in ("S1", "ST"):
            value = (float(found[name][number]) * total - excess[name]) / true
            half = float(found[f"{name}_conf"][number]) * total / true
            rows.append((factor, name, value, value - half, value + half))
    return pd.DataFrame(rows, columns=["factor", "index", "value", "low", "high"])


def variance(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Variance over replicates, the last axis; zero for a single one."""
    return covariance(values, values)


def covariance(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same of two."""
    deviations = (one - one.mean(axis=-1, keepdims=True)) * (other - other.mean(axis=-1, keepdims=True))
    return np.asarray(deviations.sum(axis=-1) / max(one.shape[-1] - 1, 1))


def chance(values: NDArray[np.float64]) -> tuple[float, float]:
    """Share of chance in the variance of a single run, and in that of the means of points; (points, replicates).

    What a seed does to all points alike counts as chance in a run, and not in differences between means.
    """
    means = values.mean(axis=1).var(ddof=1)
    left = variance(values - values.mean(axis=0)).mean() / values.shape[1]
    within, between = float(variance(values).mean()), max(float(means - left), 0.0)
    of_runs = within / (within + between) if within + between > 0 else 0.0
    return of_runs, min(float(left / means), 1.0) if means > 0 else 0.0


def lay_out(
    study: Study,
    scenario: Scenario,
    factors: Sequence[Axis],
    *,
    method: Method = "morris",
    points: int | None = None,
    replicates: int = 4,
    seed: int = 1,
) -> tuple[Design, tuple[Cell, ...]]:
    """A design over the factors, or with ``status`` over every number, and its cells, which end half a year after the
    focus.

    Raises:
        DesignError: The design makes no sense.
    """
    base, names = up_to_half_a_year(scenario), [factor.key for factor in factors]
    if method == "status":
        factors, names = varied_numbers(base)
    laid = design(method, names, points or POINTS[method], seed)
    return laid, boxes.cells_at(laid.points, factors, base, study, replicates)


def table_of(study: Study, laid: Design) -> pd.DataFrame:
    """The indices of every headline measure: measure, name, unit, factor, index, value, low, high, chance,
    left_in_means, points.

    Measures that some run lacks, and those that never vary, are left out; with ``status`` also those whose means differ
    by chance for the most part.

    Raises:
        StudyError: No measure varies.
    """
    first, finished = study.plan.cells[0], study.runs()
    known = {measure.id: measure for measure in headline_measures(study.scenario(first))}
    parts = []
    for measure in measures_of(finished):
        values = finished[measure].to_numpy(dtype=float).reshape(-1, first.replicates)
        if np.isnan(values).any() or np.ptp(values.mean(axis=1)) == 0.0:
            continue
        of_runs, in_means = chance(values)
        if laid.method == "status" and in_means > MOSTLY_CHANCE:
            continue
        noise = {"chance": of_runs, "left_in_means": in_means, "points": len(values)}
        named = {"measure": measure, "name": known[measure].name, "unit": known[measure].unit}
        parts.append(indices(laid, values).assign(**named, **noise))
    if not parts:
        raise StudyError(f"{study.folder}: no measure varies over these factors")
    order = ["measure", "name", "unit", "factor", "index", "value", "low", "high", *noise]
    return pd.concat(parts, ignore_index=True)[order]


# What variance rests on

RANGE_BY_STATUS = {"measured": 0.1, "borrowed": 0.3, "calibrated": 0.3, "assumed": 0.5}
"""How far, as a part of itself, a number may be wrong: a convention, the same for every number of a status."""
MOSTLY_CHANCE = 0.5
"""Share of chance in the variance between points above which what is left is not divided."""


def varied_numbers(scenario: Scenario) -> tuple[list[Axis], list[str]]:
    """Every real number that says something of the world and may vary by itself, over its range, and their status.

    The weight of contacts is an axis, shares of ISPs add up to one, and observed values move nothing: these stay.
    """
    found, status = list[Axis](), list[str]()
    for leaf, origin in zip(known := leaves(scenario), origins(scenario, known), strict=True):
        stays = any(fnmatchcase(leaf.key, pattern) for pattern in ("population.gamma", "observed.*", "isps.*.share"))
        if stays or not origin.is_claim or type(leaf.value) is not float or leaf.value == 0.0:
            continue
        ends = sorted(leaf.value * (1.0 + side * RANGE_BY_STATUS[origin.status]) for side in (-1, 1))
        low, high = max(ends[0], leaf.bounds[0]), min(ends[1], leaf.bounds[1])
        if low < high:
            found.append(Axis(leaf.key, low=low, high=high))
            status.append(origin.status)
    return found, status


def lay_out_groups(of: Sequence[str], groups: Sequence[str], points: int, seed: int) -> NDArray[np.float64]:
    """Places in [0, 1] of a pick-freeze design, (points * (groups + 2), numbers), in the order of SALib's blocks.

    Each block has a point A, then A with the numbers of one group from B for each group, then B.
    """
    both = latin_hypercube(points, 2 * len(of), seed)
    a, b = both[:, : len(of)], both[:, len(of) :]
    mixed = [np.where([name == group for name in of], b, a) for group in groups]
    return np.stack([a, *mixed, b], axis=1).reshape(-1, len(of))


# The picture

MOST_FACTORS = 20
"""Parameters in a picture: those that matter most for some measure shown."""
TITLES = {
    "mu_star": (
        "What matters: mean effect of each parameter across its range (Morris)",
        "Mean size of the change of a measure per whole range of one parameter, the others anywhere. Line: 90 % "
        "interval. Grey bar: the size that chance would pretend.",
    ),
    "ST": (
        "What matters: shares of variance by parameter (Sobol')",
        "Filled: first-order index, the parameter alone. Open: total index, with its interactions. Lines: 90 % "
        "intervals. The chance of replicates is taken out.",
    ),
}


def draw_sensitivity(table: pd.DataFrame, shown: Sequence[str], folder: Path, footer: str) -> list[Path]:
    """Write ``sensitivity`` as PNG and SVG: a panel per measure ``shown``, a row per parameter, by ``table_of``."""
    is_mean = bool((table["index"] == "mu_star").any())
    main = "mu_star" if is_mean else "ST"
    title, subtitle = TITLES[main]
    drawn = table[table["measure"].isin(shown)].set_index("index")
    values = drawn.loc[main].pivot(index="factor", columns="measure", values="value")
    rows = list((values / values.max()).max(axis=1).nlargest(MOST_FACTORS).index)
    with house_style():
        page, panels = grid(title, subtitle, rows, len(shown), footer)
        for axes, measure in zip(panels, shown, strict=True):
            mine = drawn[drawn["measure"] == measure]
            of = {index: mine.loc[index].set_index("factor").reindex(rows) for index in dict.fromkeys(mine.index)}
            axes.axvline(0, color=INK, linewidth=0.6)
            if is_mean:
                axes.barh(np.arange(len(rows)), of["noise"]["value"], height=0.8, color=FAINT, linewidth=0)
                points_in_rows(axes, of[main], "value", filled=True, colour=MODEL, below=0.0)
            else:
                points_in_rows(axes, of["S1"], "value")
                points_in_rows(axes, of[main], "value", filled=False, colour=APART, below=0.15)
            unit = mine["unit"].iloc[0] if is_mean else f"{mine['chance'].iloc[0]:.0%} chance in a run"
            name_panel(axes, mine["name"].iloc[0], unit)
        return save(page.figure, folder, "sensitivity", _in_words(table, shown, main, title))


def _in_words(table: pd.DataFrame, shown: Sequence[str], index: str, title: str) -> str:
    """The three leading parameters of each measure."""
    lines = []
    for measure in shown:
        mine = table[(table["measure"] == measure) & (table["index"] == index)].nlargest(3, "value")
        leaders = ", ".join(f"{f} {v:.3g}" for f, v in zip(mine["factor"], mine["value"], strict=True))
        lines.append(f"{mine['name'].iloc[0]}: {leaders}")
    return f"{title}. {'; '.join(lines)}."
