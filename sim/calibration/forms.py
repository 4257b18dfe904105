"""Forms of the model compete on one bank of cases, each scored by what it says of the case that it did not see."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.calibration.bank import Bank, Progress, Quantity, Table
from sim.calibration.emulator import LEVEL, Emulator, Mixture, emulate
from sim.calibration.posterior import DRAWS, Emulate, Fitted, Likelihood, Posterior, fit, systematic
from sim.calibration.priors import Form, Forms, Vector
from sim.chance import Stream, entity, u
from sim.runs.executors import Call, results

MIXED = 400
"""Draws of a posterior whose predictions are mixed."""
RULED_OUT = 3.0
"""Implausibility above which a place is ruled out by a quantity (Vernon, Goldstein & Bower 2010)."""
IDENTIFIED = 0.5
"""A constant is identified if the width of its 90 % interval is at most this part of the prior's."""
MOST_FAILED = 0.5
"""A case of which more runs of some form fail is set aside: nothing can be learnt of it."""
LOW, MIDDLE, HIGH = (1 - LEVEL) / 2, 0.5, (1 + LEVEL) / 2

COLUMNS = {
    "form": "form of the model, as in scenarios/calibration/forms.toml",
    "points": "points of the prior at which the form was run, and from which its emulators learn",
    "case": "case that was predicted by the form fitted on all other cases",
    "check": "quantity of the case",
    "observed": "what was observed, in its unit",
    "as_is": "what one run at the model's own values gave (with the changes that the form makes)",
    "p05": "5 % quantile of the prediction or posterior",
    "p50": "median of the prediction or posterior",
    "p95": "95 % quantile of the prediction or posterior",
    "inside": "whether the observed value lies between p05 and p95; of a case, how many do",
    "crps": "continuous ranked probability score in spreads, lower is better; of a case, the sum over its quantities",
    "log_score": "negative logarithm of the predictive density in spreads, lower is better; cut off at 50",
    "interval_score": "width of the 90 % band in spreads, plus 20 times the distance of what lies outside",
    "z05": "5 % quantile as distance from the observed value in spreads",
    "z50": "the median likewise",
    "z95": "95 % quantile likewise",
    "spread": "stated standard error of observation and model; in logarithms where the scale is log",
    "scale": "whether errors are those of a factor (log) or of a difference (linear)",
    "fitted": "whether constants may be fitted on it when another case is predicted",
    "emulator_error": "standard error, in spreads, of the emulator and the chance of a run together",
    "explained": "share of the quantity's variance over the bank that cross-validation of the emulator predicts",
    "effective_draws": "draws that the posterior without the case is worth",
    "power": "power of the likelihood: 1, or less where it was tempered for want of effective draws",
    "not_ruled_out": "share of the prior in which no quantity of the case has an implausibility above 3",
    "per_quantity": "crps by the number of quantities",
    "behind": "crps more than that of the best form",
    "behind_error": "standard error of that, from its differences between cases",
    "best_in": "number of cases in which the form does best",
    "covered": "share of the quantities whose observed value lies in the 90 % band",
    "covered_open": "the same for quantities that may be fitted",
    "failed_runs": "runs that failed, of which nothing is used",
    "constant": "behavioural constant that all cases share",
    "width": "width of the 90 % interval as a share of that of the prior; 1 if the cases say nothing",
    "identified": "whether the width is at most 0.5",
    "most_by_case": "case without which the median would move most",
    "shift_without_case": "that move, as a share of the prior's range",
    "most_by_check": "quantity without which the median would move most",
    "shift_without_check": "that move, as a share of the prior's range",
    "point": "median: of each constant by itself; best: the draw that does best by the emulators",
    "value": "value of the constant there",
    "log_likelihood": "logarithm of the likelihood of all cases there, by the emulators",
}

type Row = dict[str, Any]
type Learn = Callable[[Vector, Vector, Sequence[int]], Emulator]


# One form


@dataclass(frozen=True)
class Analysis:
    """What became of a form.

    Attributes:
        form: The form.
        count: Points of the prior from which it was learnt.
        quantities: A row for each quantity: how it was predicted from the other cases.
        cases: A row for each case: scores, effective draws, share of the prior that it does not rule out.
        constants: A row for each constant that was fitted, on all cases.
        points: Places, (constants,), of the fit on all cases: ``median`` and ``best``, with the logarithm of the
            likelihood that the emulators give them.
    """

    form: Form
    count: int
    quantities: list[Row]
    cases: list[Row]
    constants: list[Row]
    points: dict[str, tuple[Vector, float]]


def analyse(
    form: Form,
    forms: Forms,
    quantities: Sequence[Quantity],
    table: Table,
    seed: int,
    learn: Learn = emulate,
    draws: int = DRAWS,
) -> Analysis:
    """Fit a form on all cases but one and predict the one, for each case in turn.

    Args:
        form: The form.
        forms: Constants and how the fit is made.
        quantities: Columns of ``table.distances``.
        table: What the bank holds of the form.
        seed: Of the draws.
        learn: Makes the emulator of a quantity from places, distances and the constants that can matter.
        draws: Draws of each power of the likelihood.
    """
    emulators, fitted = learn_form(form, forms, quantities, table, seed, learn, draws)
    likelihood, about = fitted.likelihood, {"form": form.name, "points": len(table.places)}
    implausible = np.abs(fitted.distances[: fitted.prior]) / np.hypot(1.0, fitted.errors[: fitted.prior])
    predicted, cases = [], []
    for case in likelihood.cases:
        members, left, drawn = likelihood.of_case(case), likelihood.left_with(case), fitted
        found = fitted.posterior(left)
        if found.power < 1.0:  # the case decides so much that the draws without it must be made for themselves
            start = forms.design(draws, seed + 1)
            drawn = fit(_together(emulators), likelihood.without(left), start, form.fitted, seed)
            found = drawn.posterior()
        chosen = systematic(found.posterior.weights, MIXED, u(seed, int(Stream.POSTERIOR), entity(case), 1))
        rows = [
            _predicted(quantity, drawn, column, chosen, emulators[column], float(table.as_is[column]))
            for column, quantity in enumerate(quantities)
            if members[column]
        ]
        predicted += [about | row for row in rows]
        cases.append({
            **about, "case": case, "quantities": len(rows),
            **{name: float(sum(row[name] for row in rows)) for name in ("crps", "log_score", "interval_score")},
            "inside": sum(row["inside"] for row in rows), "effective_draws": found.effective, "power": found.power,
            "not_ruled_out": float((implausible[:, members] <= RULED_OUT).all(axis=1).mean()),
        })  # fmt: skip
    everything = fitted.posterior().posterior
    constants = _constants(form, forms, fitted, everything, quantities)
    points = _points(form, fitted, everything, _together(emulators))
    return Analysis(form, len(table.places), predicted, cases, constants, points)


def learn_form(
    form: Form, forms: Forms, quantities: Sequence[Quantity], table: Table, seed: int, learn: Learn = emulate,
    draws: int = DRAWS,
) -> tuple[list[Emulator], Fitted]:  # fmt: skip
    """The emulator of each quantity, and the draws from which the posterior of all cases is had; see ``analyse``."""
    emulators = [learn(table.places, column, form.fitted) for column in table.distances.T]
    likelihood = Likelihood.of(quantities, freedom=forms.freedom, kinship=forms.kinship)
    return emulators, fit(_together(emulators), likelihood, forms.design(draws, seed + 1), form.fitted, seed)


def _together(emulators: Sequence[Emulator]) -> Emulate:
    def at(places: Vector) -> tuple[Vector, Vector]:
        means, errors = zip(*(emulator(places) for emulator in emulators), strict=True)
        return np.column_stack(means), np.column_stack(errors)

    return at


def _predicted(
    quantity: Quantity, fitted: Fitted, column: int, chosen: NDArray[np.intp], emulator: Emulator, as_is: float
) -> Row:
    """A quantity predicted by draws that do not know its case: emulator, its error with chance of a run, and spread."""
    errors = np.hypot(1.0, fitted.errors[chosen, column])
    mixture = Mixture(fitted.distances[chosen, column], errors, np.full(len(chosen), 1 / len(chosen)))
    low, middle, high = (mixture.quantile(level) for level in (LOW, MIDDLE, HIGH))
    return {
        "case": quantity.case, "check": quantity.check, "unit": quantity.unit, "observed": quantity.observed,
        "p05": quantity.value(low), "p50": quantity.value(middle), "p95": quantity.value(high),
        "inside": low <= 0.0 <= high,
        "crps": mixture.crps(0.0), "log_score": mixture.log_score(0.0), "interval_score": mixture.interval_score(0.0),
        "z05": low, "z50": middle, "z95": high, "spread": quantity.spread,
        "scale": "log" if quantity.log else "linear", "fitted": quantity.fitted, "as_is": quantity.value(as_is),
        "emulator_error": float(np.sqrt(np.mean(fitted.errors[chosen, column] ** 2))),
        "explained": emulator.explained,
    }  # fmt: skip


def _constants(
    form: Form, forms: Forms, fitted: Fitted, posterior: Posterior, quantities: Sequence[Quantity]
) -> list[Row]:
    """Each constant after the fit on all cases, and the case and the quantity without which it would move most."""
    likelihood, cases = fitted.likelihood, list(fitted.likelihood.cases)
    checks = {f"{quantity.case} {quantity.check}": column for column, quantity in enumerate(quantities)
              if likelihood.weights[column] > 0}  # fmt: skip
    without = [likelihood.left_with(case) for case in cases]
    without += [np.arange(len(quantities)) == column for column in checks.values()]
    low, middle, high = (posterior.quantile(level) for level in (LOW, MIDDLE, HIGH))
    shifts = np.array([fitted.posterior(left).posterior.quantile(MIDDLE) - middle for left in without])
    rows = []
    for number in form.fitted:
        by_case, by_check = shifts[: len(cases), number], shifts[len(cases) :, number]
        case = int(np.argmax(np.abs(by_case)))
        check = int(np.argmax(np.abs(by_check))) if checks else None
        constant = forms.constants[forms.keys[number]]
        width = float((high[number] - low[number]) / LEVEL)
        rows.append({
            "form": form.name, "constant": forms.keys[number], "prior_low": constant.low, "prior_high": constant.high,
            "p05": forms.value(number, low[number]), "p50": forms.value(number, middle[number]),
            "p95": forms.value(number, high[number]),
            "width": width, "identified": width <= IDENTIFIED,
            "most_by_case": cases[case], "shift_without_case": float(by_case[case]),
            "most_by_check": "" if check is None else list(checks)[check],
            "shift_without_check": 0.0 if check is None else float(by_check[check]),
        })  # fmt: skip
    return rows


def _points(form: Form, fitted: Fitted, posterior: Posterior, emulated: Emulate) -> dict[str, tuple[Vector, float]]:
    """The median of each constant, and the draw that does best by the emulators."""
    median = np.full(fitted.places.shape[1], 0.5)
    median[list(form.fitted)] = posterior.quantile(MIDDLE)[list(form.fitted)]
    there = fitted.likelihood.logs(*emulated(median[None, :])).sum()
    best = int(np.argmax(fitted.total))
    return {"median": (median, float(there)), "best": (fitted.places[best], float(fitted.total[best]))}


# All forms


@dataclass(frozen=True)
class Result:
    """What a tournament found, as tables.

    Attributes:
        totals: A row for each form, the best first, all learnt from equally many points; below them a form with all of
            its points, where it has more.
        forms: Form, points and case: scores, effective draws, power.
        quantities: Form, points and quantity: observed, prediction, score.
        constants: Form and constant: posterior on all cases, identified or not, by what.
        points: Form, point and constant.
        failures: A row for each run that failed.
        overrides: By form and point (``median``, ``best``): its fit on all cases, as it would be typed.
        set_aside: Cases that too many runs failed in, each with an error as an example.
    """

    totals: pd.DataFrame
    forms: pd.DataFrame
    quantities: pd.DataFrame
    constants: pd.DataFrame
    points: pd.DataFrame
    failures: pd.DataFrame
    overrides: dict[tuple[str, str], tuple[str, ...]]
    set_aside: tuple[str, ...]

    @property
    def winner(self) -> str:
        """The form that predicts cases best that it did not see."""
        return str(self.totals["form"].iloc[0])

    @property
    def equal(self) -> int:
        """Points from which each form was learnt that is compared: a form with more would have better emulators."""
        return int(self.totals["points"].min())

    @property
    def predictions(self) -> pd.DataFrame:
        """Rows of ``quantities``: the winner, learnt from all its points."""
        mine = self.quantities[self.quantities["form"] == self.winner]
        return mine[mine["points"] == mine["points"].max()]


def designs(forms: Forms, chosen: Sequence[str], points: int, rival_points: int, seed: int) -> dict[str, Vector]:
    """Places of the runs of each form: ``points`` for the first form of the file that is chosen, fewer for rivals."""
    first = next(name for name in forms.names if name in chosen)
    return {name: forms.design(points if name == first else rival_points, seed) for name in chosen}


def compete(
    bank: Bank,
    places: dict[str, Vector],
    seed: int,
    *,
    workers: int | None = None,
    on_progress: Progress | None = None,
) -> Result:
    """Score the forms on what the bank holds, each learnt from as many points as that with the fewest.

    A form with more points is fitted on all of them, too: its constants are those of that fit.

    Args:
        bank: With the runs of ``places``.
        places: Places of the runs of each form, as ``designs`` gives them.
        seed: Of the draws.
        workers: Processes; all cores when absent. The result does not depend on it.
        on_progress: Called with the number of forms done.
    """
    forms, chosen = bank.forms, [bank.forms.form(name) for name in places]
    tables = {form.name: bank.table(form, places[form.name]) for form in chosen}
    errors = [row for form in chosen for row in bank.errors(form, places[form.name])]
    failures = pd.DataFrame(errors, columns=["form", "case", "point", "error"])
    keep = np.asarray(np.max([table.failed for table in tables.values()], axis=0) <= MOST_FAILED)
    quantities = [quantity for quantity, kept in zip(bank.quantities, keep, strict=True) if kept]
    aside = dict.fromkeys(quantity.case for quantity, kept in zip(bank.quantities, keep, strict=True) if not kept)
    equal = min(map(len, places.values()))
    sizes = [(form, len(places[form.name])) for form in chosen if len(places[form.name]) > equal]
    sizes += [(form, equal) for form in chosen]  # the largest first, so that no process waits for it at the end
    jobs = [(form, forms, quantities, tables[form.name].part(size, keep), seed) for form, size in sizes]
    made = results([Call(one, job) for job in jobs], workers=workers, on_progress=on_progress)
    every = [*(one for one in made if one.count == equal), *(one for one in made if one.count > equal)]
    final = {one.form.name: one for one in every}  # the later one has more points
    fits = [(one.form, point, place, log) for one in final.values() for point, (place, log) in one.points.items()]
    by_case, predicted, constants = (
        pd.DataFrame([row for one in some for row in getattr(one, name)])
        for some, name in ((every, "cases"), (every, "quantities"), (final.values(), "constants"))
    )
    points = [
        {"form": form.name, "point": point, "constant": forms.keys[n], "value": forms.value(n, place[n]),
         "log_likelihood": log}
        for form, point, place, log in fits for n in form.fitted
    ]  # fmt: skip
    return Result(
        totals(by_case, predicted, failures), by_case, predicted, constants, pd.DataFrame(points), failures,
        {(form.name, point): forms.overrides(form, place) for form, point, place, _ in fits},
        tuple(_set_aside(aside, failures)),
    )  # fmt: skip


def one(form: Form, forms: Forms, quantities: list[Quantity], table: Table, seed: int) -> Analysis:
    """Analyse one form; linear algebra in one thread, so that its bytes do not depend on how many there are."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        return analyse(form, forms, quantities, table, seed)


def _set_aside(cases: Iterable[str], failures: pd.DataFrame) -> Iterable[str]:
    for case in cases:
        errors = failures[failures["case"] == case]["error"]
        yield f"{case}: most runs failed; {errors.iloc[0] if len(errors) else 'they are not there'}"


def totals(by_case: pd.DataFrame, quantities: pd.DataFrame, failures: pd.DataFrame) -> pd.DataFrame:
    """Sums over cases, the best form first, each with how far it is behind and how sure that is.

    Compared is what was learnt from equally many points. Cases are what is drawn: the standard error of a difference is
    that of a sum of as many independent differences.
    """
    equal = by_case["points"].min()
    scores = by_case[by_case["points"] == equal].pivot(index="form", columns="case", values="crps")
    best = scores.sum(axis=1).idxmin()
    behind = scores - scores.loc[best]
    keys = ["form", "points"]
    table = by_case.groupby(keys, sort=False)[["crps", "log_score", "interval_score", "quantities"]].sum()
    table.insert(1, "per_quantity", table["crps"] / table["quantities"])
    table["behind"] = table["crps"] - scores.loc[best].sum()
    table["covered"] = quantities.groupby(keys, sort=False)["inside"].mean()
    table["covered_open"] = quantities[quantities["fitted"]].groupby(keys, sort=False)["inside"].mean()
    table = table.reset_index()
    compared, form = table["points"] == equal, table["form"]
    table["behind_error"] = form.map(behind.std(axis=1) * np.sqrt(scores.shape[1])).where(compared)
    table["best_in"] = form.map(scores.idxmin().value_counts()).where(compared).fillna(0).astype(int)
    table["failed_runs"] = [
        int(((failures["form"] == row.form) & (failures["point"] <= row.points)).sum()) for row in table.itertuples()
    ]
    return table.sort_values(["points", "crps"], kind="stable").reset_index(drop=True)
