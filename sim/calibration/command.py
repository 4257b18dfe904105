"""``lawshock calibrate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.calibration.layers import REPORTED
from sim.calibration.layers.command import LAYERS, infer_layer
from sim.command import shared

if TYPE_CHECKING:
    from sim.calibration.analysis import Calibration

SHIPPED = ("institutions", *LAYERS)
"""Layers of which plausible worlds are made; draws of anything else go elsewhere."""


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
@shared.path_option("--runs", told="Folder that keeps finished runs.")
@shared.path_option(
    "--draws",
    told="Folder for the draws of the posterior.  [default: scenarios/posterior for a layer that ships, as it is, else "
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

    Example:  lawshock calibrate users --points 60 --draws draws --runs runs
    """
    from sim.scenario.files import folder

    unchanged = points is None and seed == 1
    at_home = unchanged and targets in SHIPPED
    kept = draws or (folder() / "posterior" if at_home else Path("results", "local", "posterior"))
    if targets in LAYERS:
        if strange := shared.typed_settings("points", *([] if targets == REPORTED else ["out"])):
            raise click.UsageError(f"{strange[0]}: expected for a file of targets, found with {targets}")
        infer_layer(targets, kept, seed, runs=runs, workers=workers, out=out, replace=replace)
        return

    from sim.calibration.analysis import COLUMNS
    from sim.calibration.analysis import calibrate as infer
    from sim.calibration.figure import draw_calibration
    from sim.calibration.targets import load_targets
    from sim.results.posterior import check_draws, write_posterior
    from sim.results.report import made_by, write_report
    from sim.runs.files import check_file
    from sim.runs.once import MODEL_VERSION

    named = load_targets(targets)
    told = named.targets if points is None else named.targets.model_copy(update={"points": points})
    place = out or Path("results", "calibration" if unchanged and not draws else "local/calibration", named.name)
    command = shared.as_typed(["lawshock", "calibrate", named.name, *shared.typed_settings("points", "seed")])
    shared.settle(place, place, command, {"scenario": told.base()} if out else {}, replace=replace)
    manifest = {"title": told.title, "command": command, "scenario": told.scenario, "targets_digest": told.digest(),
                "settings_digest": told.settings(), "model_version": MODEL_VERSION, "points": told.points,
                "facts": _facts(told)}  # fmt: skip
    check_file(kept / f"{named.name}.csv")
    if not replace:
        check_draws(kept, named.name, manifest)
    with shared.progress(named.name, told.points) as report:
        found = infer(
            told, runs or Path("results", "local", f"calibrate-{named.name}-{told.digest()[:8]}"), seed=seed,
            workers=workers, on_progress=report,
        )  # fmt: skip
    footer = made_by(told.title, f"{told.points:,} runs of {told.users:,} people", command=command)
    tables = {"parameters": found.parameters, "recovery": found.recovery, "fit": found.fit}
    write_report(
        place, tables, COLUMNS, scenarios={"scenario": told.base()}, seeds=[seed], command=command,
        draw=lambda there: draw_calibration(found, there, footer),
    )  # fmt: skip
    write_posterior(kept, named.name, found.draws, manifest | {"effective_draws": round(found.effective)})
    _print(found)
    click.echo(f"Effective draws: {found.effective:.0f}, of {found.draws.drop_duplicates().shape[0]} that are distinct")
    click.echo(f"Tables and figure: {place}\nDraws: {kept / named.name}.csv")


def _facts(told: object) -> list[str]:
    from sim.calibration.targets import Targets

    assert isinstance(told, Targets)
    return sorted({fact.name for target in told.targets for fact in target.found().facts})


def _print(found: Calibration) -> None:
    """Parameters with what recovery says of each, and targets."""
    from sim.command.summary import number, told

    merged = found.parameters.merge(found.recovery, on="parameter")
    rows = [
        (str(row.parameter), number(row.now), *told(row.low, row.median, row.high),
         f"{100 * row.covered_90:.0f} %", "yes" if row.uniform else "no", f"{row.correlation:.2f}")
        for row in merged.itertuples()
    ]  # fmt: skip
    columns = ("parameter", "now", "median", "90 % interval", "covered by 90 %", "ranks uniform", "correlation")
    shared.console().print(shared.terminal_table("Posterior, and recovery of known values", columns, rows, columns[1:]))
    fits = [
        (row.case, row.check, number(row.observed), number(row.run_now),
         "{} ({})".format(*told(row.posterior_low, row.posterior_median, row.posterior_high)), row.scale)
        for row in found.fit.itertuples()
    ]  # fmt: skip
    names = ("case", "target", "observed", "now", "posterior", "scale")
    shared.console().print(shared.terminal_table("Targets", names, fits, numeric=names[2:5]))
