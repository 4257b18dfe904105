"""``lawshock validate --leave-one-out``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.command import shared

if TYPE_CHECKING:
    from sim.calibration.prior import Vector
    from sim.calibration.tournament.bank import Bank
    from sim.calibration.tournament.compete import Result
    from sim.calibration.tournament.forms import Forms
    from sim.evidence.cases import Case

OPTIONS = ("forms", "form_file", "points", "rival_points")
"""Names of the options that only a tournament has."""
POINTS = {"median": "posterior median", "best": "best point"}


def leave_one_out(
    names: Sequence[str],
    cases: Sequence[Case],
    *,
    forms: Sequence[str],
    form_file: Path | None,
    points: int | None,
    rival_points: int | None,
    users: int | None,
    seed: int,
    workers: int | None,
    runs: Path | None,
    out: Path | None,
    replace: bool,
) -> None:
    """Let forms predict cases that they did not see, write the tables and figures, and print the gist.

    Args:
        names: Cases as they were named on the command line.
        cases: The cases.
        forms: Forms that take part; all of the file when empty.
        form_file: File of forms; the shipped one when absent.
        points: Points of the first form; as in the file when absent.
        rival_points: Points of each other form; as in the file when absent.
        users: People per run; as in the file when absent.
        seed: Of the design, the runs and the draws.
        workers: Processes.
        runs: Folder that keeps finished runs.
        out: Folder for tables and figures.
        replace: Whether results of other settings may be replaced.
    """
    for package in ("sklearn", "threadpoolctl"):
        shared.needs(package)
    from sim.calibration.tournament.bank import Bank
    from sim.calibration.tournament.cases import subjects
    from sim.calibration.tournament.compete import COLUMNS, compete, designs
    from sim.calibration.tournament.figure import draw_tournament
    from sim.calibration.tournament.forms import FormsError, load_forms
    from sim.results.report import write_report

    told = load_forms(form_file)
    chosen = tuple(dict.fromkeys(forms)) or told.names
    taking_part = subjects(cases, told, users)
    if len(taking_part) < 2:
        raise FormsError("--leave-one-out: expected two cases or more with people's checks that have an observed value "
                         f"and a spread, found {len(taking_part)}")  # fmt: skip
    told.check(cases[0].scenario, str(form_file or "forms.toml"))
    for name in chosen:
        told.form(name)
    settings = shared.typed_settings("form_file", "forms", "points", "rival_points", "users", "seed")
    command = shared.as_typed(["lawshock", "validate", "--leave-one-out", *names, *settings])
    default = default_folder("forms", command, cases, changed=bool(settings or names))
    folder = shared.settle(out, default, command, {}, replace=replace)
    bank = Bank(runs or Path("results", "local", "tournament"), taking_part, told, seed)
    places = designs(told, chosen, points or told.told.points, rival_points or told.told.rival_points, seed)
    _fill(bank, told, places, workers)
    fits = len(places) + sum(len(mine) > min(map(len, places.values())) for mine in places.values())
    with shared.progress("fitting and predicting", fits) as report:
        result = compete(bank, places, seed, workers=workers, on_progress=report)
    tables = {"totals": result.totals, "forms": result.forms, "forms-quantities": result.quantities,
              "constants": result.constants, "points": result.points, "failures": result.failures}  # fmt: skip
    write_report(
        folder, tables, COLUMNS, scenarios={case.scenario_name: case.scenario for case in cases}, seeds=[seed],
        command=command, draw=lambda there: draw_tournament(result, there, command),
    )  # fmt: skip
    _print(result)
    click.echo(f"Tables and figures: {folder}")


def default_folder(name: str, command: str, cases: Sequence[Case], *, changed: bool) -> Path:
    """Where the scores of all cases as they are go, or of some, or under other settings."""
    if not changed:
        return Path("results", name)
    return shared.LOCAL / f"{name}-{shared.settings_hash(command, *(case.scenario for case in cases))}"


def _fill(bank: Bank, forms: Forms, places: dict[str, Vector], workers: int | None) -> None:
    """Make the runs that are missing, after saying how long that will take."""
    from sim.runs.executors import cores

    click.echo("Running every form once, to take the time …", err=True)
    seconds = bank.begin([forms.form(name) for name in places], workers=workers)
    missing, busy = bank.missing(places), workers or cores()
    slowest = max(bank.seconds, key=lambda name: bank.seconds[name])
    minutes = missing * seconds / len(bank.subjects) / busy / 60
    click.echo(
        f"A point takes {seconds:.1f} s: {len(bank.subjects)} cases, the longest {slowest} with "
        f"{bank.seconds[slowest]:.1f} s. {missing:,} runs are to be made: about {minutes:.0f} minutes on {busy} cores.",
        err=True,
    )
    if missing:
        with shared.progress(f"{len(places)} forms", missing) as report:
            bank.make(places, workers=workers, on_progress=report)


def _print(result: Result) -> None:
    """The gist of a tournament: forms, what the best one predicted, its constants, and what to distrust."""
    _print_forms(result)
    _print_predictions(result)
    _print_constants(result)
    low = result.forms.loc[result.forms["effective_draws"].idxmin()]
    click.echo(f"Fewest effective draws: {low['effective_draws']:.0f} ({low['form']}, without {low['case']}).")
    tempered = result.forms[result.forms["power"] < 1]
    if len(tempered):
        click.echo(f"{len(tempered)} fits were tempered, the most to a power of {tempered['power'].min():.2f}.")
    for line in result.set_aside:
        click.echo(f"Set aside: {line}")
    for point in ("median", "best"):
        log = result.points.query("form == @result.winner and point == @point")["log_likelihood"].iloc[0]
        click.echo(f"{result.winner} at its {POINTS[point]} on all cases (log likelihood {log:.1f} by the emulators):")
        click.echo("  " + " ".join(f"--set {change}" for change in result.overrides[result.winner, point]))


def _print_forms(result: Result) -> None:
    rows = [
        (row.form, row.points, f"{row.crps:.1f}", f"{row.per_quantity:.2f}",
         f"{row.behind:.1f}" + (f" ± {row.behind_error:.1f}" if row.points == result.equal else ""),
         f"{row.log_score:.1f}", f"{row.interval_score:.0f}", row.best_in, f"{100 * row.covered:.0f} %",
         row.failed_runs)
        for row in result.totals.itertuples()
    ]  # fmt: skip
    columns = (
        "form",
        "points",
        "score",
        "a quantity",
        "behind",
        "log score",
        "interval score",
        "best in",
        "covered",
        "failed",
    )
    title = "Forms, the best first (lower is better)"
    shared.console().print(shared.terminal_table(title, columns, rows, numeric=columns[1:]))


def _print_predictions(result: Result) -> None:
    from sim.command.summary import number

    rows = [  # three digits, and not those of the band: whether it is outside hangs on them
        (row.case, row.check, number(row.observed), number(row.p50), f"{number(row.p05)} to {number(row.p95)}",
         f"{row.crps:.2f}", f"{row.emulator_error:.2f}", "" if row.inside else "OUT")
        for row in result.predictions.itertuples()
    ]  # fmt: skip
    columns = ("case", "check", "observed", "predicted", "90 % band", "score", "error of emulator", "")
    title = f"{result.winner}: each case predicted from all others"
    shared.console().print(shared.terminal_table(title, columns, rows, numeric=columns[2:7]))


def _print_constants(result: Result) -> None:
    from sim.command.summary import number, told

    rows = [
        (row.constant, *told(row.p05, row.p50, row.p95),
         f"{number(row.prior_low)} to {number(row.prior_high)}", f"{row.width:.2f}", "yes" if row.identified else "no",
         f"{row.most_by_check} ({row.shift_without_check:+.2f})")
        for row in result.constants[result.constants["form"] == result.winner].itertuples()
    ]  # fmt: skip
    columns = ("constant", "median", "90 % interval", "prior", "width", "identified", "moved most by")
    title = f"{result.winner}: constants on all cases"
    shared.console().print(shared.terminal_table(title, columns, rows, numeric=columns[1:5]))
