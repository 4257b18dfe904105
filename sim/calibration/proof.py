"""Whether an inference can be believed: known constants are found again, and countries left out are predicted.

Simulation-based calibration (Talts et al. 2018, arXiv:1804.06788; Modrák et al. 2023): constants are drawn from the
prior, what would be observed of them is inferred from, and the ranks of the truth among the draws must be uniform.
Countries left out are lived by the simulator itself, as new countries of a posterior that saw only the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from sim.calibration.bank import Bank, Design, Progress, Quantity
from sim.calibration.emulator import FARTHEST
from sim.calibration.hierarchy import (
    Data,
    Samples,
    forget_compiled,
    imagine,
    left_with,
    new_country,
    normals,
    places,
    sample,
    together,
    uniforms,
)
from sim.calibration.people import Inferred, whole
from sim.calibration.priors import Vector
from sim.results.posterior import FREEDOM

import jax  # isort: skip

REPLICATES, CONTROLS = 100, 30
"""Data sets whose constants are known; and those on which what is known to be wrong is tried."""
STEPS, DRAWN, EVERY = 120, 120, 3
"""Steps in which the sampler adapts, its draws, and every how many of them a rank goes by."""
FRESH = 40
"""Data sets after which compiled code is dropped: each leaves some, and a process may map only so many pieces."""
FALSE_ALARM = 0.05
"""Chance that a sound inference is called unsound, over all its numbers together (Holm 1979)."""
UNIFORM = 4000
"""Samples of uniform ranks by which a sample is judged."""
LIVED, ERRORS = 96, 4
"""Runs of each country that is left out, each a new country of the posterior without it; errors drawn of each run."""
LEVELS = (0.5, 0.9)
FITS = {
    "as it is": "the inference as it is shipped",
    "countries alike": "an inference that takes all countries for alike; it must fail",
    "no emulator error": "an inference that takes emulators for the model itself; it must fail",
}

RECOVERY = {
    "fit": "; ".join(f"{name}: {text}" for name, text in FITS.items()),
    "number": "constant (mu: what countries share, by its key), spread, discrepancy, prediction of a new country, or "
    "logarithm of the likelihood, whose true value was to be found",
    "replicates": "data sets drawn from the prior and inferred from",
    "p_value": "of the test that ranks are uniform: least chance, over the distribution of ranks, of lying so far off",
    "sound": "whether it passes, with all other numbers of the fit at once; sound ones fail together once in 20",
    "covered_50": "share of true values in the central 50 % of the draws",
    "covered_90": "the same for 90 %",
}
COUNTRIES = {
    "case": "case that was left out, with all that rests on the same facts",
    "check": "quantity of the case",
    "kind": "kind of quantity",
    "fitted": "whether it speaks of the constants when another case is left out",
    **{f"p{level:02d}": f"{level} % quantile of the prediction as distance from what was observed, in spreads"
       for level in (5, 25, 50, 75, 95)},
    "no_reading": "share of the runs without a reading, which count as far too small",
    "inside_50": "whether what was observed lies between p25 and p75",
    "inside_90": "whether it lies between p05 and p95",
    "worlds_only": "whether it lies in the 90 % band of the runs by themselves, without discrepancy and observation",
    "pit": "share of the prediction below what was observed",
    "crps": "continuous ranked probability score in spreads, lower is better",
    "wis": "weighted interval score of the median and the bands of 50 and 90 %, lower is better",
    **{f"{score}_{name}": f"the same of a baseline: {text}" for score in ("crps", "wis") for name, text in (
        ("same", "the same reading in other countries, as far as two have it"),
        ("kind", "mean and spread of all readings of its kind and unit in other countries"))},
    "conformal": "half width around the median of a band that holds 90 % if countries are exchangeable",
    "inside_conformal": "whether what was observed lies in it",
}  # fmt: skip
GATE = {
    "what": "what has to hold before the model is said to predict a country",
    "value": "what was found",
    "low": "least that passes; of a score less that of a baseline, the lower end of its 95 % interval over countries",
    "high": "most that passes; of a score less that of a baseline, the upper end of its 95 % interval over countries",
    "passed": "whether it holds: a share within low and high, a score below that of the baseline",
}
FORECASTS = ("model", "same", "kind")
FACTOR, GAINS = 2.0, 0.7
"""A median is near what was observed within this factor; and share of the quantities of gain that is asked to be so."""
SHARES = {"inside_90": (0.81, 0.96), "inside_50": (0.38, 0.62)}


# Known constants


def recover(
    data: Data,
    keys: Sequence[str],
    *,
    replicates: int = REPLICATES,
    controls: int = CONTROLS,
    fits: Sequence[str] = tuple(FITS),
    on_progress: Callable[[float, float], None] | None = None,
) -> pd.DataFrame:
    """Infer from data sets whose constants are known, as shipped and in two ways that are known to be wrong.

    Args:
        data: Emulators, which stand for the model, and what is inferred from.
        keys: Names of the constants.
        replicates: Data sets of the inference as it is.
        controls: Those of each wrong one.
        fits: Which of ``FITS``.
        on_progress: Called with how many are done, and of how many.

    Returns:
        A row for each fit and number, columns as ``RECOVERY`` has them.
    """
    blind = replace(data, emulators=data.emulators.with_error(np.zeros(len(data.keep))))
    known = {"as it is": (data, True, replicates), "countries alike": (data, False, controls),
             "no emulator error": (blind, True, controls)}  # fmt: skip
    predicted = np.flatnonzero(data.keep)
    predicted = predicted[np.linspace(0, len(predicted) - 1, 5).round().astype(int)]
    tables, done, total = [], 0, sum(known[name][2] for name in fits)
    for name in fits:
        mine, vary, count = known[name]
        ranks: list[list[float]] = []
        for replicate in range(count):
            if replicate % FRESH == 0:
                forget_compiled()
            truth = imagine(data, replicate)
            drawn = together(sample(mine, replicate, observed=truth["y"], vary=vary, warm=STEPS, count=DRAWN))
            found = {key: value[EVERY - 1 :: EVERY] for key, value in drawn.items()}
            ranks.append(_ranks(data, mine, truth, found, predicted, replicate))
            done += 1
            if on_progress is not None:
                on_progress(done, total)
        tables.append(_judged(name, np.array(ranks), [*(f"mu.{key}" for key in keys), *_numbers(data, predicted)]))
    return pd.concat(tables, ignore_index=True)


def _numbers(data: Data, predicted: Vector) -> list[str]:
    new = [f"new country {number}" for number in range(1, len(predicted) + 1)]
    return ["t0", "kappa", *(f"sd.{kind}" for kind in data.names), "log_likelihood", *new]


def _ranks(data: Data, mine: Data, truth: Samples, found: Samples, predicted: Vector, seed: int) -> list[float]:
    """Rank in (0, 1) of each true number among its draws."""
    import jax.numpy as jnp

    true = {name: value[None] for name, value in truth.items()}
    by_draw = [*found["mu"].T, found["t0"], found["kappa"], *found["sd"].T, found["log_likelihood"]]
    at = _log_likelihood(mine, truth)
    by_truth = [*truth["mu"], truth["t0"], truth["kappa"], *truth["sd"], at]
    emulate: Callable[[Vector], Any] = jax.vmap(
        lambda probits: data.emulators.mean(jnp.tile(probits, (len(data.countries), 1)))
    )
    theirs = _predicted(data, found, np.asarray(emulate(new_country(found, seed)))[:, predicted], predicted, 2 * seed)
    real = _predicted(data, true, np.asarray(emulate(new_country(true, 10**6 + seed)))[:, predicted], predicted,
                      2 * seed + 1)  # fmt: skip
    by_draw += [*theirs.T]
    by_truth += [*real[0]]
    count = len(found["t0"])
    jitter = uniforms(seed, "ties", (len(by_draw),))
    pairs = zip(by_draw, by_truth, jitter, strict=True)
    return [(float((draws < value).sum()) + float(move)) / (count + 1) for draws, value, move in pairs]


def _log_likelihood(data: Data, truth: Samples) -> float:
    """Logarithm of the likelihood of what was observed at the true constants, as a fit sees it."""
    from scipy.stats import t

    expected = np.asarray(data.emulators.mean(truth["mu"] + truth["tau"] * truth["z"]))
    expected = expected + truth["kappa"] * truth["shift"][np.asarray(data.emulators.case)]
    scale = np.sqrt(1.0 + np.asarray(data.emulators.error) ** 2 + truth["sd"][data.kinds] ** 2) * _unit()
    return float(t.logpdf((truth["y"] - expected) / scale, FREEDOM)[data.keep].sum() - np.log(scale[data.keep]).sum())


def _unit() -> float:
    """Scale of Student's t with a standard deviation of 1."""
    return float(((FREEDOM - 2.0) / FREEDOM) ** 0.5)


def _predicted(data: Data, drawn: Samples, expected: Vector, which: Vector, seed: int) -> Vector:
    """What would be observed (n, quantities) of new countries, by what emulators expect of them."""
    error = np.asarray(data.emulators.error)[which]
    return expected + _errors(drawn["sd"][:, data.kinds[which]], drawn["kappa"], error, seed)


def _errors(sd: Vector, kappa: Vector, error: Vector | float, seed: int) -> Vector:
    """Shift of a country, discrepancy and observation (n, quantities), in spreads, for discrepancies of that shape."""
    from scipy.stats import t

    shift = kappa * normals(seed, "shift", kappa.shape)
    scale = np.sqrt(1.0 + np.asarray(error) ** 2 + sd**2) * _unit()
    return np.asarray(shift[:, None] + scale * t.ppf(uniforms(seed, "error", sd.shape), FREEDOM))


def _judged(fit: str, ranks: Vector, names: Sequence[str]) -> pd.DataFrame:
    """A row for each number, of ranks (replicates, numbers)."""
    found = [p_uniform(column) for column in ranks.T]
    order, sound = np.argsort(found), np.ones(len(found), dtype=bool)
    for place, number in enumerate(order):  # Holm: once one is not refused, none after it is
        if found[number] > FALSE_ALARM / (len(found) - place):
            break
        sound[number] = False
    covered = {f"covered_{100 * level:.0f}": (np.abs(ranks - 0.5) <= level / 2).mean(axis=0) for level in LEVELS}
    return pd.DataFrame({"fit": fit, "number": names, "replicates": len(ranks), "p_value": found, "sound": sound,
                         **covered})  # fmt: skip


def p_uniform(ranks: Vector) -> float:
    """Whether numbers in (0, 1) are uniform: chance that a uniform sample leaves its simultaneous band by as much.

    A sample is judged by the point of its distribution function that is least likely (Säilynoja et al. 2022).
    """
    least, known = _least(ranks[None])[0], _least_of_uniform(len(ranks))
    return float(((known <= least).sum() + 1) / (len(known) + 1))


def _least(samples: Vector) -> Vector:
    """Least two-sided binomial chance, over an even grid, of counts below it, for each sample (n, size)."""
    from scipy.stats import binom

    size = samples.shape[1]
    grid = np.arange(1, size) / size
    below = np.array([(samples < point).sum(axis=1) for point in grid]).T
    lower, upper = binom.cdf(below, size, grid), binom.sf(below - 1, size, grid)
    return np.asarray(2 * np.minimum(lower, upper).min(axis=1))


def _least_of_uniform(size: int) -> Vector:
    return _least(uniforms(size, "uniform", (UNIFORM, size)))


# Countries left out


def left_out(
    found: Inferred, bank: Bank, alike: Sequence[str], seed: int, *, lived: int = LIVED, workers: int | None = None,
    on_progress: Progress | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Predict each country from all others, by runs of the simulator itself.

    Args:
        found: Emulators and quantities.
        bank: Keeps the runs; with other seeds than those that the emulators learnt from.
        alike: Name of the reading of each quantity, for the baseline.
        seed: Of the sampler.
        lived: Runs of each country.
        workers: Processes; all cores when absent.
        on_progress: Called with how many runs are done.

    Returns:
        A row for each quantity, columns as ``COUNTRIES`` has them.
    """
    drawn: dict[str, Samples] = {}
    designs: dict[str, Vector] = {}
    for name in found.data.countries:
        every = together(sample(found.data, seed, left=left_with(found.quantities, name), count=lived * EVERY))
        drawn[name] = {key: value[EVERY - 1 :: EVERY] for key, value in every.items()}
        free = places(new_country(drawn[name], seed + 1))
        designs[name] = whole(found.form, free, len(bank.forms.keys))
    design: dict[str, Design] = {found.form.name: designs}
    bank.make(design, workers=workers, on_progress=on_progress)
    read = bank.table(found.form, designs).distances
    runs = np.where(np.isfinite(read), np.clip(read, -FARTHEST, FARTHEST), -FARTHEST)
    told: dict[int, Vector] = {}
    for name in found.data.countries:
        mine = [number for number, one in enumerate(found.quantities) if one.case == name]
        sd = np.repeat(drawn[name]["sd"][:, found.data.kinds[mine]], ERRORS, axis=0)
        error = _errors(sd, np.repeat(drawn[name]["kappa"], ERRORS), 0.0, seed + 2)
        told.update(zip(mine, (np.repeat(runs[:, mine], ERRORS, axis=0) + error).T, strict=True))
    members = np.array([told[number] for number in range(len(found.quantities))])
    return scored(found.quantities, alike, members, runs.T, np.isnan(read).mean(axis=0))


def scored(
    quantities: Sequence[Quantity], alike: Sequence[str], members: Vector, runs: Vector, without: Vector
) -> pd.DataFrame:
    """Hold predictions against what was observed, and against baselines that know no model.

    Args:
        quantities: What was observed; distances are from it, in spreads.
        alike: Name of the reading of each.
        members: (quantities, n) predictions.
        runs: (quantities, n) runs behind them, without discrepancy and observation.
        without: (quantities,) share of runs without a reading.
    """
    levels = (0.05, 0.25, 0.5, 0.75, 0.95)
    bands, own = np.quantile(members, levels, axis=1), np.quantile(runs, (0.05, 0.95), axis=1)
    rows = pd.DataFrame({
        "case": [one.case for one in quantities], "check": [one.check for one in quantities],
        "kind": [one.kind for one in quantities], "fitted": [one.fitted for one in quantities],
        **{f"p{100 * level:02.0f}": band for level, band in zip(levels, bands, strict=True)},
        "no_reading": without,
        "inside_50": (bands[1] <= 0) & (bands[3] >= 0), "inside_90": (bands[0] <= 0) & (bands[4] >= 0),
        "worlds_only": (own[0] <= 0) & (own[1] >= 0), "pit": (members < 0).mean(axis=1),
    })  # fmt: skip
    same, kind = (_baseline(quantities, names) for names in (alike, [""] * len(quantities)))
    for suffix, told in (("", members), ("_same", same), ("_kind", kind)):
        rows[f"crps{suffix}"], rows[f"wis{suffix}"] = _scores(told)
    rows["conformal"] = [_conformal(rows, case) for case in rows["case"]]
    rows["inside_conformal"] = rows["p50"].abs() <= rows["conformal"]
    return rows[list(COUNTRIES)]


def _scores(members: Vector) -> tuple[Vector, Vector]:
    """CRPS and WIS (quantities,) of predictions (quantities, n) of distances, of which 0 was observed."""
    import scoringrules

    zero = np.zeros(len(members))
    low, lower, middle, upper, high = np.quantile(members, (0.05, 0.25, 0.5, 0.75, 0.95), axis=1)
    wis = scoringrules.weighted_interval_score(
        zero, middle, np.column_stack([lower, low]), np.column_stack([upper, high]), np.array([0.5, 0.1])
    )
    return np.asarray(scoringrules.crps_ensemble(zero, members, estimator="fair")), np.asarray(wis)


def _baseline(quantities: Sequence[Quantity], alike: Sequence[str], size: int = 101) -> Vector:
    """Predictions (quantities, size) by what was observed in other countries, with an error of observation.

    By the same reading, named in ``alike``, where two other countries have it in the unit; else by the mean and spread
    of all readings of the kind, or at last of all on the scale.
    """
    from scipy.special import ndtri

    even = ndtri((np.arange(size) + 0.5) / size)
    found = []
    for one, name in zip(quantities, alike, strict=True):
        others = [(other, theirs) for other, theirs in zip(quantities, alike, strict=True)
                  if other.case != one.case and other.log == one.log]  # fmt: skip
        unit = [(other, theirs) for other, theirs in others if other.unit == one.unit]
        twins = [pair for pair in unit if name and pair[1] == name]
        kind = [pair for pair in unit if pair[0].kind == one.kind]
        enough = (group for group in (twins, kind, others) if len({other.case for other, _ in group}) > 1)
        chosen = next(enough, others)
        gaps = [np.clip(one.distance(other.observed), -FARTHEST, FARTHEST) for other, _ in chosen]
        if chosen is twins:
            found.append(np.quantile(np.add.outer(gaps, even), (np.arange(size) + 0.5) / size))
        else:
            found.append(np.mean(gaps) + np.hypot(np.std(gaps, ddof=1), 1.0) * even)
    return np.array(found)


def _conformal(rows: pd.DataFrame, case: str, level: float = LEVELS[-1]) -> float:
    """Half width of a band around the median that holds so much of a country, if it and the others are exchangeable.

    Each other country weighs as much, and so does the one that is not seen, with a miss beyond all (Dunn, Wasserman &
    Ramdas 2022, arXiv:1809.07441).
    """
    others = rows[rows["case"] != case]
    weight = 1.0 / others.groupby("case")["case"].transform("size") / (others["case"].nunique() + 1)
    order = others["p50"].abs().sort_values().index
    reached = weight[order].cumsum().to_numpy()
    place = int(np.searchsorted(reached, level - 1e-9))  # sums of equal weights are not exact
    return float(others["p50"].abs()[order[place]]) if place < len(order) else float("inf")


def gate(rows: pd.DataFrame) -> pd.DataFrame:
    """Whether the model may be said to predict a country: shares in their ranges, scores below both baselines."""
    found: list[tuple[str, float, float, float, bool]] = []
    for name, (low, high) in SHARES.items():
        share = float(rows[name].mean())
        found.append((f"{name}: share of observed values", share, low, high, low <= share <= high))
    for score in ("crps", "wis"):
        for other in ("same", "kind"):
            gaps = rows[score] - rows[f"{score}_{other}"]
            low, high = _interval(gaps.groupby(rows["case"]))
            found.append((f"{score} less that of baseline {other}", float(gaps.mean()), low, high, gaps.mean() < 0))
    return pd.DataFrame(found, columns=list(GATE))


def gained(rows: pd.DataFrame, quantities: Sequence[Quantity], alike: Sequence[str]) -> pd.DataFrame:
    """Of each quantity of gain, the median over what was observed: by the model and by both baselines.

    Args:
        rows: As ``left_out`` gives them.
        quantities: What was observed, in the same order.
        alike: Name of the reading of each.
    """
    same, kind = (np.median(_baseline(quantities, names), axis=1) for names in (alike, [""] * len(quantities)))
    medians = zip(quantities, rows["p50"], same, kind, strict=True)
    found = [(one.case, one.check, *(one.times(median) for median in by)) for one, *by in medians if one.gain]
    return pd.DataFrame(found, columns=["case", "check", *FORECASTS])


def near(found: pd.DataFrame) -> list[tuple[str, str, str, str]]:
    """How many of these medians lie within a factor of what was observed: what, found, asked, and whether it holds."""
    shares = {name: float(found[name].between(1.0 / FACTOR, FACTOR).mean()) for name in FORECASTS}
    asked = (f"at least {100 * GAINS:.0f} %", "holds" if shares["model"] >= GAINS else "FAILS")
    what, size = f"gain, median within a factor of {FACTOR:g}", len(found)
    return [(f"{what}: {name}", f"{share * size:.0f} of {size} ({100 * share:.0f} %)",
             *(asked if name == "model" else ("", ""))) for name, share in shares.items()]  # fmt: skip


def _interval(gaps: Any, size: int = 2000) -> tuple[float, float]:
    """95 % interval of a mean over quantities when countries are drawn again, each with all its quantities."""
    sums, counts = gaps.sum().to_numpy(), gaps.count().to_numpy()
    chosen = (uniforms(1, "countries", (size, len(sums))) * len(sums)).astype(int)
    means = sums[chosen].sum(axis=1) / counts[chosen].sum(axis=1)
    return float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))
