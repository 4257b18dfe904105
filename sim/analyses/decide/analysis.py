"""Levers in plausible worlds: outcomes, regret, how often thresholds hold, and the worlds in which they do not.

Each lever, and doing nothing, lives the same worlds with the same luck: world number k has the draw and the seed of
number k under every lever. *Regret* is what a lever misses in a world against whatever does best there (Savage 1951);
a lever is *robust* by the share of worlds in which every threshold holds (satisficing, Starr 1963; Lempert 2003). No
lever is called optimal: which is best depends on the outcome.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import mannwhitneyu

from sim.analyses.compare.analysis import around_one_day
from sim.analyses.decide.outcomes import JUDGED, TABLES, Lived, Outcome, outcomes
from sim.analyses.sensitivity.discover import FEWEST_CASES, Event, boxes
from sim.results.bands import CHANCE, spread
from sim.results.posterior import Posterior
from sim.runs.tasks import Executor
from sim.scenario.differences import differences
from sim.scenario.fields import leaves
from sim.scenario.schema import Scenario
from sim.study.design import Axis
from sim.study.plan import Plan
from sim.study.study import Study

NOTHING = "nothing is done"
"""What the base is called among the levers."""
ALL = "all thresholds"
DIGITS = 6
"""Decimals to which outcomes are read, so that equal worlds are equal."""
WORLDS_PER_LUCK = 4
"""Plausible worlds for each run in the best world: its band of luck alone stands inside the other, and is no answer."""
SURE = 0.05
"""Holm's level of a screening of all numbers that were drawn."""
COVERAGE_Z = 1.6448536269514722
"""Of a 90 % interval."""
COLUMNS = {
    "lever": "what is done; 'nothing is done' is the scenario as it is",
    "world": "number of the plausible world, which is the seed of its run and of its draw",
    "outcome": "what is looked at",
    "better": "side of the outcome that is better for people; empty where that is for nobody to say",
    "level": "mean over worlds; of points in percent",
    "p05": "5th percentile over plausible worlds, chance and parameters together, of a difference or a regret",
    "p50": "median over the same worlds",
    "p95": "95th percentile over the same worlds",
    "mean": "mean over the same worlds",
    "low": "lower end of the 90 % interval of the mean, or of the share (Wilson)",
    "high": "upper end of the same",
    **{
        name: f"{name.removeprefix('chance_p')}th percentile over pairs in the best world: luck alone"
        for name in CHANCE.values()
    },
    "most": "largest regret in any world",
    "best": "share of worlds in which nothing else does better",
    "worst": "share of worlds in which nothing else does worse",
    "threshold": "level that is good enough",
    "holds": "share of worlds in which it holds",
    "worlds": "number of worlds",
    "fails": "worlds in which not all thresholds hold",
    "factor": "number that was drawn and that tells failing worlds from others (Mann-Whitney, Holm's level over all)",
    "tried": "numbers that were drawn and tried",
    "p": "probability of such a difference by luck, after Holm's correction",
    "box": "number of the box (PRIM), the best first",
    "from": "lowest value drawn",
    "to": "highest value drawn",
    "quasi_p_low": "probability that the lower limit would do as well by luck",
    "quasi_p_high": "the same of the upper limit",
    "coverage": "share of the failing worlds that lie in the box",
    "density": "share of the worlds in the box that fail",
    "mass": "share of all worlds that lie in the box",
    "points": "worlds in the box",
}


@dataclass(frozen=True)
class Decision:
    """Outcomes of every lever in every world; the first lever is doing nothing."""

    levers: tuple[str, ...]
    scenarios: tuple[Scenario, ...]
    values: NDArray[np.float64]
    """(levers, worlds, outcomes), in plausible worlds."""
    luck: NDArray[np.float64]
    """The same in the best world, (levers, seeds, outcomes): what luck alone does."""
    draws: pd.DataFrame
    """(worlds, numbers): values of what was drawn, by dotted key; numbers that move together once."""
    thresholds: tuple[Event, ...]
    seeds: tuple[int, ...]
    hashes: Mapping[str, str] = field(default_factory=dict)
    """Of the draws, by the names of their files."""

    @cached_property
    def outcomes(self) -> tuple[Outcome, ...]:
        """In the order of the last axis of ``values``."""
        return outcomes(self.scenarios[0])

    def of(self, outcome: str) -> NDArray[np.float64]:
        """(levers, worlds) of one outcome."""
        return np.asarray(self.values[:, :, [one.name for one in self.outcomes].index(outcome)])

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per lever and outcome: level, and the difference from doing nothing in the same world."""
        rows = [
            {"lever": lever, "outcome": one.name, "unit": one.unit, "better": one.better,
             "level": self.values[i, :, k].mean()}
            | spread(self.values[i, :, k] - self.values[0, :, k])
            | {CHANCE[name]: value for name, value in spread(self.luck[i, :, k] - self.luck[0, :, k]).items()
               if name in CHANCE}
            for i, lever in enumerate(self.levers)
            for k, one in enumerate(self.outcomes)
        ]  # fmt: skip
        return pd.DataFrame(rows)

    @cached_property
    def regret(self) -> pd.DataFrame:
        """One row per lever and judged outcome: lever, outcome, unit, p05, p50, p95, mean, most, best, worst."""
        rows = []
        for one in JUDGED:
            missed = regret(self.of(one.name), one)
            bad = missed.max(axis=0) - missed
            for i, lever in enumerate(self.levers):
                told = {name: value for name, value in spread(missed[i]).items() if name not in ("low", "high")}
                told |= {"most": missed[i].max(), "best": (missed[i] == 0).mean(), "worst": (bad[i] == 0).mean()}
                rows.append({"lever": lever, "outcome": one.name, "unit": one.unit} | told)
        return pd.DataFrame(rows)

    @cached_property
    def holds(self) -> NDArray[np.bool_]:
        """(levers, worlds, thresholds): whether each is met."""
        found = [event.happens(self.of(event.measure)) for event in self.thresholds]
        return np.stack(found, axis=-1) if found else np.ones((*self.values.shape[:2], 0), dtype=bool)

    @property
    def together(self) -> pd.DataFrame:
        """How often all thresholds hold together, by lever."""
        return self.robustness[self.robustness["threshold"] == ALL].set_index("lever")

    @cached_property
    def robustness(self) -> pd.DataFrame:
        """One row per lever and threshold, and one for all of them: lever, threshold, holds, low, high, worlds."""
        names = [*map(str, self.thresholds), ALL]
        met = np.concatenate([self.holds, self.holds.all(axis=-1, keepdims=True)], axis=-1)
        rows = [
            (lever, name, *share(met[i, :, k])) for i, lever in enumerate(self.levers) for k, name in enumerate(names)
        ]
        return pd.DataFrame(rows, columns=["lever", "threshold", "holds", "low", "high", "worlds"])

    @cached_property
    def failures(self) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """Where not all thresholds hold: what tells those worlds from others, boxes of it, and limits of these."""
        factors, found, limits = [], [], []
        for lever, whole in zip(self.levers, self.holds.all(axis=-1), strict=True):
            telling = tell_apart(self.draws, ~whole)
            factors.append(telling.assign(lever=lever, fails=int((~whole).sum()), worlds=len(whole)))
            if telling.empty:
                continue
            axes = [
                Axis(key, low=float(self.draws[key].min()), high=float(self.draws[key].max()))
                for key in telling["factor"]
            ]
            edges, box = boxes(self.draws.assign(share=(~whole).astype(float)), axes)
            found.append(box.assign(lever=lever))
            limits.append(edges.assign(lever=lever))
        return _joined(factors, FACTORS), _joined(found, BOXES), _joined(limits, EDGES)


FACTORS = ("lever", "fails", "worlds", "factor", "p", "tried")
BOXES = ("lever", "box", "coverage", "density", "mass", "points")
EDGES = ("lever", "box", "factor", "low", "high", "from", "to", "quasi_p_low", "quasi_p_high")


def _joined(parts: Sequence[pd.DataFrame], columns: Sequence[str]) -> pd.DataFrame:
    """Tables below one another; one without rows where none has any."""
    some = [part for part in parts if len(part)]
    return pd.concat(some, ignore_index=True)[[*columns]] if some else pd.DataFrame(columns=[*columns])


def regret(values: NDArray[np.float64], outcome: Outcome) -> NDArray[np.float64]:
    """What each lever misses in each world against the best there; ``values`` and result are (levers, worlds)."""
    best = values.min(axis=0) if outcome.better == "fewer" else values.max(axis=0)
    return np.abs(values - best)


def share(met: NDArray[np.bool_]) -> tuple[float, float, float, int]:
    """Share of worlds, its 90 % interval after Wilson (1927), and their number."""
    n, p, z = len(met), float(met.mean()), COVERAGE_Z
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return p, max(middle - half, 0.0), min(middle + half, 1.0), n


def tell_apart(draws: pd.DataFrame, fails: NDArray[np.bool_]) -> pd.DataFrame:
    """Numbers whose values differ between worlds that fail and worlds that do not: factor, p, tried; clearest first.

    Hundreds of numbers are tried on few worlds, so that only what passes Holm's (1979) correction is told; with fewer
    than five worlds of either kind there is nothing to tell.
    """
    if not FEWEST_CASES <= fails.sum() <= len(fails) - FEWEST_CASES:
        return pd.DataFrame(columns=["factor", "p", "tried"])
    found = [(float(mannwhitneyu(draws.loc[fails, key], draws.loc[~fails, key]).pvalue), key) for key in draws]
    rows, least = [], 0.0
    for number, (p, key) in enumerate(sorted(found)):
        least = max(least, min(p * (len(found) - number), 1.0))
        if least > SURE:
            break
        rows.append((key, least, len(found)))
    return pd.DataFrame(rows, columns=["factor", "p", "tried"])


def decide(
    study: Study,
    base: Scenario,
    levers: Mapping[str, Scenario],
    thresholds: Sequence[Event],
    *,
    posterior: Posterior,
    fixed: Sequence[str] = (),
    worlds: int = 32,
    seed: int = 1,
    executor: Executor | None = None,
    workers: int | None = None,
    command: str = "",
    on_progress: Callable[[int, int], None] | None = None,
) -> Decision:
    """Make the runs of every lever in every world, and put them side by side.

    Args:
        study: Keeps the runs; what is there is not made again.
        base: The scenario in which nothing is done.
        levers: Scenarios by their names, which passed ``check_lever``.
        thresholds: What is good enough.
        posterior: Gives world k its numbers.
        fixed: Keys that keep their values in every world.
        worlds: How many.
        seed: Number of the first world.
        executor: Who makes the runs.
        workers: Local processes, where there is no executor.
        command: What would make the study again.
        on_progress: Called with the runs that are there, and all of them.

    Raises:
        StudyError: The disk is full, the workers are lost, or a run failed; what finished is kept.
    """
    names, scenarios = (NOTHING, *levers), around_one_day([base, *levers.values()])
    seeds = tuple(range(seed, seed + worlds))
    own = [[*fixed, *(change.key for change in differences(base, world))] for world in scenarios]
    lived = [[*posterior.worlds(world, seeds, keys)] for world, keys in zip(scenarios, own, strict=True)]
    plausible = [
        [study.cell(world, {"lever": name, "world": k}, 1, k) for k, world in zip(seeds, row, strict=True)]
        for name, row in zip(names, lived, strict=True)
    ]
    lucky = max(worlds // WORLDS_PER_LUCK, 2)
    alone = [
        study.cell(world, {"lever": name, "world": "best"}, lucky) for name, world in zip(names, scenarios, strict=True)
    ]
    cells = [*(cell for every in zip(*plausible, strict=True) for cell in every), *alone]  # world by world
    plan = Plan(tuple(cells), seed, TABLES, command)
    study.make(plan, executor=executor, workers=workers, on_progress=on_progress)
    study.check_whole()
    read = _reader(study, plan)
    values = np.array([[read(cell, 0) for cell in row] for row in plausible])
    luck = np.array([[read(cell, number) for number in range(lucky)] for cell in alone])
    drawn = _draws(lived[0], seeds)
    return Decision(names, tuple(scenarios), values, luck, drawn, tuple(thresholds), seeds, posterior.hashes)


def _reader(study: Study, plan: Plan) -> Callable[[Any, int], list[float]]:
    """Gives the outcomes of a replicate of a cell."""
    rows = study.store.rows(plan.jobs()).to_pandas().set_index(["scenario", "seed"])
    headlines = rows.to_dict("index")

    def read(cell: Any, number: int) -> list[float]:
        seed = plan.seeds(cell)[number]
        job = plan.job(cell, seed)
        measures, acts = (study.store.table(name, job).to_pandas() for name in TABLES)
        lived = Lived(study.scenario(cell), measures, acts, headlines[cell.scenario, seed])
        return [round(outcome.of(lived), DIGITS) for outcome in outcomes(lived.scenario)]

    return read


def _draws(worlds: Sequence[Scenario], seeds: Sequence[int]) -> pd.DataFrame:
    """What differs between worlds, (worlds, numbers); of numbers that move together the first."""
    table = pd.DataFrame(
        [{leaf.key: leaf.value for leaf in leaves(world) if type(leaf.value) is float} for world in worlds],
        index=pd.Index(seeds, name="world"),
    )
    varied = table.loc[:, [key for key in table if table[key].nunique(dropna=False) > 1]]
    return varied.T.drop_duplicates().T if len(varied.columns) else varied


def values_table(decision: Decision) -> pd.DataFrame:
    """Every outcome of every lever in every world: lever, world, and a column for each outcome."""
    names = [outcome.name for outcome in decision.outcomes]
    parts = [
        pd.DataFrame(values, columns=names).assign(lever=lever, world=decision.seeds)
        for lever, values in zip(decision.levers, decision.values, strict=True)
    ]
    return pd.concat(parts, ignore_index=True)[["lever", "world", *names]]
