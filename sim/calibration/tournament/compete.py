"""The tournament: every form on the same bank of cases, scored by what it says of the case that it did not see."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.calibration.prior import Vector
from sim.calibration.tournament.analysis import Analysis, analyse
from sim.calibration.tournament.bank import Bank, Progress, Table
from sim.calibration.tournament.forms import Form, Forms
from sim.calibration.tournament.subjects import Quantity
from sim.runs.executors import Call, results

MOST_FAILED = 0.5
"""A case of which more runs of some form fail is set aside: nothing can be learnt of it."""

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
    chosen = [bank.forms.form(name) for name in places]
    tables = {form.name: bank.table(form, places[form.name]) for form in chosen}
    errors = [row for form in chosen for row in bank.errors(form, places[form.name])]
    failures = pd.DataFrame(errors, columns=["form", "case", "point", "error"])
    keep, set_aside = _usable(bank, tables, failures)
    quantities = [quantity for quantity, kept in zip(bank.quantities, keep, strict=True) if kept]
    equal = min(map(len, places.values()))
    sizes = [(form, len(places[form.name])) for form in chosen if len(places[form.name]) > equal]
    sizes += [(form, equal) for form in chosen]  # the largest first, so that no process waits for it at the end
    jobs = [(form, bank.forms, quantities, tables[form.name].part(size, keep), seed) for form, size in sizes]
    made = results([Call(one, job) for job in jobs], workers=workers, on_progress=on_progress)
    found = {(analysis.form, analysis.count): analysis for analysis in made}
    compared = [found[form.name, equal] for form in chosen]
    return _as_tables(bank.forms, compared, [one for key, one in found.items() if key[1] > equal], failures, set_aside)


def _usable(bank: Bank, tables: dict[str, Table], failures: pd.DataFrame) -> tuple[NDArray[np.bool_], tuple[str, ...]]:
    """Which quantities, (quantities,), can be used, and a line for each case that cannot."""
    failed = np.max([table.failed for table in tables.values()], axis=0)
    keep = np.asarray(failed <= MOST_FAILED)
    told = []
    for case in dict.fromkeys(q.case for q, kept in zip(bank.quantities, keep, strict=True) if not kept):
        errors = failures[failures["case"] == case]["error"]
        told.append(f"{case}: most runs failed; {errors.iloc[0] if len(errors) else 'they are not there'}")
    return keep, tuple(told)


def one(form: Form, forms: Forms, quantities: list[Quantity], table: Table, seed: int) -> Analysis:
    """Analyse one form; linear algebra in one thread, so that its bytes do not depend on how many there are."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        return analyse(form, forms, quantities, table, seed)


def _as_tables(
    forms: Forms, compared: Sequence[Analysis], more: Sequence[Analysis], failures: pd.DataFrame, aside: tuple[str, ...]
) -> Result:
    """Tables of forms that are compared, and of those that were fitted on more points as well."""
    every = [*compared, *more]
    by_case = pd.DataFrame([row for one in every for row in one.cases])
    quantities = pd.DataFrame([row for one in every for row in one.quantities])
    final = {one.form: one for one in every}  # the later one has more points
    points = [
        {"form": one.form, "point": name, "constant": forms.keys[n],
         "value": float(forms.told.constants[forms.keys[n]].at(place[n])), "log_likelihood": log}
        for one in final.values() for name, (place, log) in one.points.items() for n in forms.form(one.form).fitted
    ]  # fmt: skip
    overrides = {
        (name, point): forms.overrides(forms.form(name), place)
        for name, one in final.items() for point, (place, _) in one.points.items()
    }  # fmt: skip
    constants = pd.DataFrame([row for one in final.values() for row in one.constants])
    return Result(totals(by_case, quantities, failures), by_case, quantities, constants, pd.DataFrame(points), failures,
                  overrides, aside)  # fmt: skip


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
