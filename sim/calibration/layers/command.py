"""``lawshock calibrate people``, ``disputes`` and ``isps``: layers that are no file of targets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.calibration.layers import REPORTED
from sim.command import shared

if TYPE_CHECKING:
    import pandas as pd

Inferred = tuple["pd.DataFrame", dict[str, Any]]
"""Draws, and what else is to be said of them."""


def infer_layer(
    name: str, kept: Path, seed: int, *, runs: Path | None, workers: int | None, out: Path | None, replace: bool
) -> None:
    """Infer a layer, store its draws in the folder ``kept``, and print their bands.

    That of disputes also predicts each case, in a folder of tables of its own: ``out``.
    """
    from sim.results.posterior import check_draws, write_posterior
    from sim.runs.files import check_file
    from sim.runs.once import MODEL_VERSION

    title, infer = LAYERS[name]
    command = shared.as_typed(["lawshock", "calibrate", name, *shared.typed_settings("seed")])
    manifest = {"title": title, "command": command, "model_version": MODEL_VERSION}
    check_file(kept / f"{name}.csv")
    if not replace:
        check_draws(kept, name, manifest)
    place = None
    if name == REPORTED:
        default = Path("results", name) if not shared.typed_settings("seed") else shared.LOCAL / name
        place = shared.settle(out, default, command, {}, replace=replace)
    draws, more = infer(seed, runs, workers)
    write_posterior(kept, name, draws, manifest | more)
    bands = draws.quantile([0.05, 0.5, 0.95]).T
    rows = [(key, *(f"{value:.3g}" for value in row)) for key, row in zip(bands.index, bands.to_numpy(), strict=True)]
    columns = ("parameter", "5 %", "median", "95 %")
    shared.console().print(shared.terminal_table(title, columns, rows, numeric=columns[1:]))
    click.echo("\n".join(f"{key}: {value}" for key, value in more.items()))
    click.echo(f"Draws: {kept / name}.csv")
    if place:
        _predict(place, command)


def _isps(seed: int, _runs: Path | None, _workers: int | None) -> Inferred:
    from sim.calibration.layers.isps import TABLE, isp_posterior, read_cases
    from sim.results.posterior import DRAWS

    return isp_posterior(read_cases(), DRAWS, seed), {"facts": [TABLE]}


def _disputes(seed: int, _runs: Path | None, _workers: int | None) -> Inferred:
    from sim.calibration.layers.disputes import CASES, dispute_posterior, trace
    from sim.results.posterior import DRAWS

    with shared.progress("disputes", len(CASES)) as report:
        traces = []
        for name in CASES:
            traces.append(trace(name))
            report(len(traces))
    draws, effective = dispute_posterior(traces, DRAWS, seed)
    return draws, {"cases": list(CASES), "effective_draws": round(effective)}


def _people(seed: int, runs: Path | None, workers: int | None) -> Inferred:
    from sim.calibration.layers.people import default_form, people_posterior
    from sim.calibration.tournament.bank import Bank
    from sim.calibration.tournament.cases import subjects
    from sim.calibration.tournament.compete import designs
    from sim.calibration.tournament.forms import load_forms
    from sim.evidence.cases import cases, load_case
    from sim.results.posterior import DRAWS

    forms = load_forms()
    chosen = subjects([load_case(name) for name in cases() if name not in SEEN], forms)
    bank = Bank(runs or Path("results", "local", "tournament"), chosen, forms, seed)
    name = default_form(forms)
    places = designs(forms, [name], POINTS, POINTS, seed)
    bank.begin([forms.form(name)], workers=workers)
    with shared.progress("people", bank.missing(places)) as report:
        bank.make(places, workers=workers, on_progress=report)
    found = people_posterior(bank, name, places[name], DRAWS, seed)
    return found.draws, {
        "form": name, "cases": [subject.name for subject in chosen], "quantities": found.quantities, "points": POINTS,
        "effective_draws": round(found.effective), "power": round(found.power, 3),
    }  # fmt: skip


def _predict(place: Path, command: str) -> None:
    """Write and print how each dispute is predicted from the others."""
    from sim.calibration.layers.disputes import CASES, UNSEEN, report, trace

    with shared.progress("disputes predicted", len(CASES + UNSEEN)) as show:
        traces = []
        for number, name in enumerate(CASES + UNSEEN, start=1):
            traces.append(trace(name))
            show(number)
    click.echo(report(traces[: len(CASES)], traces[len(CASES) :], place, command))
    click.echo(f"Tables: {place}")


SEEN = ("hong-kong-2020",)
"""Cases that are not fitted: what they observed is what is to be shown."""
POINTS = 96
"""Runs of each case from which the emulators learn."""
LAYERS: dict[str, tuple[str, Callable[[int, Path | None, int | None], Inferred]]] = {
    "people": ("People: constants of behaviour, on all open cases together", _people),
    "disputes": ("Disputes: what holding out is worth, on eighteen delays", _disputes),
    "isps": ("ISPs: lag and compliance, in closed form", _isps),
}
