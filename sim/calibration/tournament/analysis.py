"""One form through the tournament: emulators, posterior, and each case predicted from all others."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.calibration.prior import Posterior, Vector
from sim.calibration.tournament.bank import Table
from sim.calibration.tournament.emulator import Emulator, emulate
from sim.calibration.tournament.fit import DRAWS, Fitted, Likelihood, fit
from sim.calibration.tournament.forms import Form, Forms
from sim.calibration.tournament.score import LEVEL, Mixture
from sim.calibration.tournament.subjects import Quantity
from sim.chance import Stream, u

MIXED = 400
"""Draws of a posterior whose predictions are mixed."""
RULED_OUT = 3.0
"""Implausibility above which a place is ruled out by a quantity (Vernon, Goldstein & Bower 2010)."""
TOLD = 0.5
"""A constant is identified if the width of its 90 % interval is at most this part of the prior's."""
LOW, MIDDLE, HIGH = (1 - LEVEL) / 2, 0.5, (1 + LEVEL) / 2

Row = dict[str, Any]
Learn = Callable[[Vector, Vector, Sequence[int]], Emulator]


@dataclass(frozen=True)
class Analysis:
    """What became of a form.

    Attributes:
        form: Its name.
        count: Points of the prior from which it was learnt.
        quantities: A row for each quantity: how it was predicted from the other cases.
        cases: A row for each case: scores, effective draws, share of the prior that it does not rule out.
        constants: A row for each constant that was fitted, on all cases.
        points: Places, (constants,), of the fit on all cases: ``median`` and ``best``, with the logarithm of the
            likelihood that the emulators give them.
    """

    form: str
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
    likelihood, start = fitted.likelihood, forms.design(draws, seed + 1)
    implausible = np.abs(fitted.distances[: fitted.prior]) / np.hypot(1.0, fitted.errors[: fitted.prior])
    told, cases = [], []
    for case in likelihood.cases:
        members = fitted.of_case(case)
        left, drawn = fitted.left_with(case), fitted
        found = fitted.posterior(left)
        if found.power < 1.0:  # the case decides so much that the draws without it must be made for themselves
            drawn = fit(_together(emulators), likelihood.without(left), start, form.fitted, seed)
            found = drawn.posterior()
        chosen = _draws(found.posterior, seed, case)
        rows = [
            _predicted(quantity, drawn, column, chosen, emulators[column], float(table.as_is[column]))
            for column, quantity in enumerate(quantities)
            if members[column]
        ]
        told += [{"form": form.name, "points": len(table.places), **row} for row in rows]
        cases.append({
            "form": form.name, "points": len(table.places), "case": case, "quantities": len(rows),
            **{name: float(sum(row[name] for row in rows)) for name in ("crps", "log_score", "interval_score")},
            "inside": sum(row["inside"] for row in rows), "effective_draws": found.effective, "power": found.power,
            "not_ruled_out": float((implausible[:, members] <= RULED_OUT).all(axis=1).mean()),
        })  # fmt: skip
    everything = fitted.posterior().posterior
    return Analysis(
        form.name, len(table.places), told, cases, _constants(form, forms, fitted, everything, quantities),
        _points(form, fitted, everything, emulators),
    )  # fmt: skip


def learn_form(
    form: Form, forms: Forms, quantities: Sequence[Quantity], table: Table, seed: int, learn: Learn = emulate,
    draws: int = DRAWS,
) -> tuple[list[Emulator], Fitted]:  # fmt: skip
    """The emulator of each quantity, and the draws from which the posterior of all cases is had; see ``analyse``."""
    emulators = [learn(table.places, column, form.fitted) for column in table.distances.T]
    likelihood = Likelihood.of(quantities, freedom=forms.told.freedom, kinship=forms.told.kinship)
    return emulators, fit(_together(emulators), likelihood, forms.design(draws, seed + 1), form.fitted, seed)


def _together(emulators: Sequence[Emulator]) -> Any:
    def at(places: Vector) -> tuple[Vector, Vector]:
        means, errors = zip(*(emulator(places) for emulator in emulators), strict=True)
        return np.column_stack(means), np.column_stack(errors)

    return at


def _draws(posterior: Posterior, seed: int, case: str) -> np.ndarray[Any, np.dtype[np.intp]]:
    """Draws, by their places in the list, with equal weights."""
    from sim.chance import entity

    order = np.cumsum(posterior.weights)
    places = (np.arange(MIXED) + u(seed, int(Stream.POSTERIOR), entity(case), 1)) / MIXED
    return np.minimum(np.searchsorted(order, places), len(order) - 1)


def _predicted(quantity: Quantity, fitted: Fitted, column: int, chosen: Any, emulator: Emulator, as_is: float) -> Row:
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
    cases = list(fitted.likelihood.cases)
    checks = {f"{quantity.case} {quantity.check}": column for column, quantity in enumerate(quantities)
              if fitted.likelihood.weights[column] > 0}  # fmt: skip
    without = [fitted.left_with(case) for case in cases]
    without += [np.arange(len(quantities)) == column for column in checks.values()]
    weights = np.array([posterior.weights, *(fitted.posterior(left).posterior.weights for left in without)])
    rows = []
    for number in form.fitted:
        constant = forms.told.constants[forms.keys[number]]
        order = np.argsort(fitted.places[:, number], kind="stable")
        sums, ordered = np.cumsum(weights[:, order], axis=1), fitted.places[order, number]
        low, high = (ordered[_reached(sums[0], level)] for level in (LOW, HIGH))
        medians = np.array([ordered[_reached(row, MIDDLE)] for row in sums])
        shifts = medians[1:] - medians[0]
        case = int(np.argmax(np.abs(shifts[: len(cases)])))
        check = int(np.argmax(np.abs(shifts[len(cases) :]))) if checks else None
        places = {"p05": low, "p50": medians[0], "p95": high}
        width = float((high - low) / LEVEL)
        rows.append({
            "form": form.name, "constant": forms.keys[number], "prior_low": constant.low, "prior_high": constant.high,
            **{name: float(constant.at(np.array(place))) for name, place in places.items()},
            "width": width, "identified": width <= TOLD,
            "most_by_case": cases[case], "shift_without_case": float(shifts[case]),
            "most_by_check": "" if check is None else list(checks)[check],
            "shift_without_check": 0.0 if check is None else float(shifts[len(cases) + check]),
        })  # fmt: skip
    return rows


def _reached(sums: Vector, level: float) -> int:
    return min(int(np.searchsorted(sums, level)), len(sums) - 1)


def _points(
    form: Form, fitted: Fitted, posterior: Posterior, emulators: Sequence[Emulator]
) -> dict[str, tuple[Vector, float]]:
    """The median of each constant, and the draw that does best by the emulators."""
    median = np.full(fitted.places.shape[1], 0.5)
    median[list(form.fitted)] = posterior.quantile(MIDDLE)[list(form.fitted)]
    there = fitted.likelihood.logs(*_together(emulators)(median[None, :])).sum()
    logs = fitted.logs.sum(axis=1)
    return {"median": (median, float(there)), "best": (fitted.places[int(np.argmax(logs))], float(logs.max()))}
