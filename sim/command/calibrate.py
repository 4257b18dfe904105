"""``lawshock calibrate``."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.analyses.question import LOCAL, Listing, needs, settle
from sim.calibration import LAYERS, REPORTED
from sim.command import shared

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from sim.calibration.calibrate import Calibration

SHIPPED = ("institutions", *LAYERS)
"""Layers of which plausible worlds are made; draws of anything else go elsewhere."""
SEEN = ("hong-kong-2020",)
"""Cases that people are not fitted on: what they observed is what is to be shown."""
APART = 1
"""Added to the seed of a bank, makes seeds of runs from which no emulator learnt."""
TITLES = {
    "people": "People: constants of behaviour that countries share, and how far these differ, on all open cases",
    "disputes": "Disputes: how much either side bears, on thirty-four delays",
    "isps": "ISPs: lag and compliance, in closed form",
}
RUNS = Path("results", "local", "people")
"""Where the runs of cases are home."""


@click.command()
@click.argument("targets")
@shared.seed_option
@shared.workers_option
@click.option(
    "--points",
    type=click.IntRange(50, shared.MOST_POINTS),
    default=None,
    help="Runs over the prior; as in the file when absent.",
)
@shared.path_option("--runs", help="Folder that keeps finished runs.")
@shared.path_option(
    "--draws",
    help="Folder for the draws of the posterior.  [default: scenarios/posterior for a layer that ships, as it is, else "
    "results/local/posterior]",
)
@shared.out_option("results/calibration for the file as it is, else results/local/calibration")
@shared.replace_option
def calibrate(
    targets: str,
    seed: int,
    workers: int | None,
    points: int | None,
    runs: Path | None,
    draws: Path | None,
    out: Path | None,
    replace: bool,
) -> None:
    """Infer the parameters that TARGETS names: 'people', 'institutions', 'disputes', 'isps', or a file like those in
    scenarios/calibration.

    First the proof: parameters of runs that are known are inferred from their readings. Then the observed values.
    Finished runs are kept: after a kill, the same command goes on where it stopped.

    Example:  lawshock calibrate institutions --points 60 --draws draws --runs runs
    """
    from sim.scenario.files import folder

    unchanged = points is None and seed == 1
    home = draws or (folder() / "posterior" if unchanged and targets in SHIPPED else LOCAL / "posterior")
    if targets in LAYERS:
        strange = ["points", *([] if targets in REPORTED else ["out"])]
        shared.refuse(strange, f"for a file of targets, found with {targets}")
        _layer(targets, home, seed, runs=runs, workers=workers, out=out, replace=replace)
        return

    from sim.calibration.calibrate import COLUMNS
    from sim.calibration.calibrate import calibrate as infer
    from sim.calibration.figures import draw_calibration
    from sim.calibration.priors import load_targets
    from sim.results.folder import made_by, write_report
    from sim.results.posterior import write_posterior

    name, found = load_targets(targets)
    asked = found if points is None else found.model_copy(update={"points": points})
    place = out or Path("results", "calibration" if unchanged and not draws else "local/calibration", name)
    command = shlex.join(["lawshock", "calibrate", name, *shared.typed_settings("points", "seed")])
    settle(place, place, command, {"scenario": asked.base()} if out else {}, replace=replace)
    facts = sorted({fact.name for check in asked.checks() for fact in check.facts})
    manifest = _manifest(
        home, name, asked.title, command, replace, scenario=asked.scenario, targets_digest=asked.digest(),
        settings_digest=asked.settings(), points=asked.points, facts=facts,
    )  # fmt: skip
    with shared.progress(name, asked.points) as report:
        result = infer(
            asked, runs or LOCAL / f"calibrate-{name}-{asked.digest()[:8]}", seed=seed, workers=workers,
            on_progress=report,
        )  # fmt: skip
    footer = made_by(asked.title, f"{asked.points:,} runs of {asked.users:,} people", command=command)
    tables = {"parameters": result.parameters, "recovery": result.recovery, "fit": result.fit}
    write_report(
        place, tables, COLUMNS, scenarios={"scenario": asked.base()}, seeds=[seed], command=command,
        draw=lambda there: draw_calibration(result, there, footer),
    )  # fmt: skip
    write_posterior(home, name, result.draws, manifest | {"effective_draws": round(result.effective)})
    shared.say(_listings(result))
    click.echo(f"Effective draws: {result.effective:.0f}, of {len(result.draws.drop_duplicates())} that are distinct")
    click.echo(f"Tables and figure: {place}\nDraws: {home / name}.csv")


def _manifest(home: Path, name: str, title: str, command: str, replace: bool, **more: Any) -> dict[str, Any]:
    """What draws will have been inferred from, after a look whether they may go there: before the work."""
    from sim.results.posterior import check_draws
    from sim.runs.files import check_file
    from sim.runs.once import MODEL_VERSION

    order = ("title", "command", "scenario", "targets_digest", "settings_digest", "model_version", "points", "facts")
    said = {"title": title, "command": command, "model_version": MODEL_VERSION, **more}
    manifest = {key: said[key] for key in order if key in said}
    check_file(home / f"{name}.csv")
    if not replace:
        check_draws(home, name, manifest)
    return manifest


def _listings(found: Calibration) -> list[Listing]:
    """Parameters with what recovery says of each, and targets."""
    from sim.command.summary import number, rounded

    parameters = [
        (str(row.parameter), number(row.now), *rounded(row.low, row.median, row.high),
         f"{100 * row.covered_90:.0f} %", "yes" if row.uniform else "no", f"{row.correlation:.2f}")
        for row in found.parameters.merge(found.recovery, on="parameter").itertuples()
    ]  # fmt: skip
    columns = ("parameter", "now", "median", "90 % interval", "covered by 90 %", "ranks uniform", "correlation")
    fits = [
        (row.case, row.check, number(row.observed), number(row.run_now),
         "{} ({})".format(*rounded(row.posterior_low, row.posterior_median, row.posterior_high)), row.scale)
        for row in found.fit.itertuples()
    ]  # fmt: skip
    names = ("case", "target", "observed", "now", "posterior", "scale")
    return [Listing("Posterior, and recovery of known values", columns, parameters, columns[1:]),
            Listing("Targets", names, fits, names[2:5])]  # fmt: skip


# Layers that are no file of targets


def _layer(
    name: str, home: Path, seed: int, *, runs: Path | None, workers: int | None, out: Path | None, replace: bool
) -> None:
    """Infer a layer, store its draws in the folder ``home``, and print their bands.

    Those of people and of disputes also predict each case, in a folder of tables of its own: ``out``.
    """
    from sim.results.posterior import write_posterior

    command = shlex.join(["lawshock", "calibrate", name, *shared.typed_settings("seed")])
    manifest = _manifest(home, name, TITLES[name], command, replace)
    prove: Callable[[], Sequence[str | Listing]] = tuple
    if name in REPORTED:
        default = Path("results", REPORTED[name]) if not shared.typed_settings("seed") else LOCAL / name
        place = settle(out, default, command, {}, replace=replace)
        if name == "people":
            draws, more, prove = _people(seed, runs or RUNS, workers, place, command)
        else:
            draws, more, prove = _disputes(seed, place, command)
    else:
        draws, more = _isps(seed)
    write_posterior(home, name, draws, manifest | more)
    lines = prove()  # it takes long: the draws are in place whatever becomes of it
    bands = draws.drop(columns=["chain", "draw", "diverging"], errors="ignore").quantile([0.05, 0.5, 0.95]).T
    rows = [(key, *(f"{value:.3g}" for value in row)) for key, row in zip(bands.index, bands.to_numpy(), strict=True)]
    columns = ("parameter", "5 %", "median", "95 %")
    facts = [f"{key}: {value}" for key, value in more.items()]
    shared.say([Listing(TITLES[name], columns, rows, columns[1:]), *facts, f"Draws: {home / name}.csv", *lines])


def _isps(seed: int) -> tuple[pd.DataFrame, dict[str, Any]]:
    from sim.calibration.calibrate import TABLE, isp_posterior, read_isps
    from sim.results.posterior import DRAWS

    return isp_posterior(read_isps(), DRAWS, seed), {"facts": [TABLE]}


def _disputes(seed: int, place: Path, command: str) -> tuple[pd.DataFrame, dict[str, Any], Callable[[], Sequence[str]]]:
    """Draws of the constants; and what writes how each dispute is predicted from the others, and tells it."""
    from sim.calibration.disputes import CASES, dispute_posterior, report, trace
    from sim.results.posterior import DRAWS

    with shared.progress("disputes", len(CASES)) as show:
        traces = []
        for number, name in enumerate(CASES, start=1):
            traces.append(trace(name))
            show(number)
    found, text = report(traces, place, command)
    more = {"cases": list(CASES), "effective_draws": round(found.effective)}
    return dispute_posterior(found, DRAWS, seed), more, lambda: (text, f"Tables: {place}")


def _people(
    seed: int, runs: Path, workers: int | None, place: Path, command: str
) -> tuple[pd.DataFrame, dict[str, Any], Callable[[], Sequence[str | Listing]]]:
    """Draws of the constants; and what proves them, by known constants and by each country from the others."""
    for package in ("jax", "numpyro", "arviz_stats", "scoringrules"):
        needs(package)
    from sim.calibration import people, proof
    from sim.calibration.bank import Bank, subjects
    from sim.calibration.figures import draw_countries
    from sim.calibration.priors import load_forms
    from sim.evidence.cases import cases, load_case
    from sim.results.folder import write_report

    forms = load_forms()
    chosen = [load_case(name) for name in cases() if name not in SEEN]
    taking_part = subjects(chosen, forms)
    name = people.default_form(forms)
    with shared.progress("runs from which emulators learn", 1) as show:
        found = people.infer(Bank(runs, taking_part, forms, seed), name, seed, workers=workers, on_progress=show)
    draws = people.posterior_draws(found, forms, seed)

    def prove() -> Sequence[str | Listing]:
        apart = Bank(runs, taking_part, forms, seed + APART)
        alike = people.readings_of(taking_part)
        with shared.progress("countries left out", len(taking_part) * proof.LIVED) as report:
            rows = proof.left_out(found, apart, alike, seed, workers=workers, on_progress=report)
        with shared.progress("known constants", proof.REPLICATES) as show:
            recovery = proof.recover(found.data, [forms.keys[number] for number in found.form.fitted], on_progress=show)
        tables = {"countries": rows, "gate": proof.gate(rows), "recovery": recovery, "emulators": found.emulators,
                  "diagnostics": people.diagnosed(draws)}  # fmt: skip
        columns = proof.COUNTRIES | proof.GATE | proof.RECOVERY | people.EMULATORS | people.DIAGNOSTICS
        worlds = {case.scenario_name: case.scenario for case in chosen if case.name in found.data.countries}
        write_report(
            place, tables, columns, scenarios=worlds, seeds=[seed], command=command,
            draw=lambda there: draw_countries(rows, there, command),
        )  # fmt: skip
        gates = [(row.what, f"{row.value:.2f}", f"{row.low:.2f} to {row.high:.2f}", "holds" if row.passed else "FAILS")
                 for row in tables["gate"].itertuples()]  # fmt: skip
        gates += proof.near(proof.gained(rows, found.quantities, alike))
        listing = Listing("Countries left out, predicted by the simulator", ("what", "found", "range", ""), gates)
        return listing, f"Tables and figure: {place}"

    return draws, people.manifest(found, forms, draws), prove
