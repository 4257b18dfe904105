"""What matters: indices of sensitivity by SALib, with the noise of replicates taken out and intervals.

Every point of a design is run with the same seeds. What differs between replicates of a point is chance; what differs
between the means of points is the parameters, and what chance is left in the means of so few replicates. Sobol' indices
are freed from that rest, and Morris's effects are put beside the effect that it would pretend.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.analyses.knockout.analysis import up_to_half_a_year
from sim.analyses.sensitivity.factors import cells_at
from sim.measures import headline_measures
from sim.results.bands import COVERAGE
from sim.runs.files import StudyError
from sim.runs.tasks import Executor
from sim.scenario.schema import Scenario
from sim.study.design import OPTION, Axis, DesignError
from sim.study.plan import Plan
from sim.study.study import Study
from sim.study.tables import measures_of

Method = Literal["morris", "sobol"]
POINTS: dict[Method, int] = {"morris": 10, "sobol": 64}
"""Trajectories of a Morris design, base points of a Sobol' design, when not told."""
LEVELS = 4
"""Levels of a factor in a Morris design."""
RESAMPLES = 1000
"""Bootstrap samples behind an interval."""
COLUMNS = {
    "factor": "parameter, by its dotted key",
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
    """Where to look: points of the unit cube, a column for each factor."""

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

    Args:
        method: ``morris`` takes points * (d + 1) runs of each seed, ``sobol`` points * (d + 2), for d factors.
        factors: Their names.
        points: Trajectories, or base points, for ``sobol`` a power of two.
        seed: Of SALib's own generator, which is made anew from it.

    Raises:
        DesignError: There are too few factors or points.
    """
    if len(factors) < 2:
        raise DesignError(f"{OPTION}: expected two factors or more, found {len(factors)}")
    if points < 2 or (method == "sobol" and points & (points - 1)):
        wanted = "a power of two from 2 on" if method == "sobol" else "2 or more"
        raise DesignError(f"--points: expected {wanted} for {method}, found {points}")
    empty = Design(method, tuple(factors), np.empty((0, len(factors))), seed)
    if method == "morris":
        from SALib.sample import morris

        laid = morris.sample(empty.problem, points, num_levels=LEVELS, seed=seed)
    else:
        from SALib.sample import sobol

        laid = sobol.sample(empty.problem, points, calc_second_order=False, seed=seed)
    return Design(method, tuple(factors), np.asarray(laid, dtype=float), seed)


def indices(plan: Design, values: NDArray[np.float64]) -> pd.DataFrame:
    """Indices of every factor: factor, index, value, low, high.

    Args:
        plan: The design.
        values: (points, replicates) of one measure, replicate by replicate with the same seed at every point.
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
    """Covariance over replicates, the last axis; zero for a single one."""
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


def measure_sensitivity(
    study: Study,
    scenario: Scenario,
    factors: Sequence[Axis],
    *,
    method: Method = "morris",
    points: int | None = None,
    replicates: int = 4,
    seed: int = 1,
    executor: Executor | None = None,
    workers: int | None = None,
    command: str = "",
    on_progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Make the runs of a design, and give the indices of every headline measure.

    Runs end half a year after the focus. Measures that some run lacks, and those that never vary, are left out.

    Returns:
        measure, unit, factor, index, value, low, high, chance, left_in_means, points.

    Raises:
        DesignError: The design makes no sense.
        StudyError: A run failed, which leaves a hole in the design.
    """
    laid = design(method, [factor.key for factor in factors], points or POINTS[method], seed)
    base = up_to_half_a_year(scenario)
    cells = cells_at(laid.points, factors, base, study, replicates)
    study.make(Plan(cells, seed, command=command), executor=executor, workers=workers, on_progress=on_progress)
    study.check_whole()
    finished = study.runs()
    units = {measure.name: measure.unit for measure in headline_measures(base)}
    parts = []
    for measure in measures_of(finished):
        values = finished[measure].to_numpy(dtype=float).reshape(len(cells), replicates)
        if np.isnan(values).any() or np.ptp(values.mean(axis=1)) == 0.0:
            continue
        of_runs, in_means = chance(values)
        told = {"chance": of_runs, "left_in_means": in_means, "points": len(cells)}
        parts.append(indices(laid, values).assign(measure=measure, unit=units[measure], **told))
    if not parts:
        raise StudyError(f"{study.folder}: no measure varies over these factors")
    order = ["measure", "unit", "factor", "index", "value", "low", "high", *told]
    return pd.concat(parts, ignore_index=True)[order]
