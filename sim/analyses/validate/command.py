"""``lawshock validate``."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.calibration.tournament import command as tournament
from sim.command import shared

if TYPE_CHECKING:
    import pandas as pd


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME|FOLDER …]")
@shared.replicates_of(1, 24, "Runs per world and structure.")
@click.option("--users", type=click.IntRange(100), default=10_000, show_default=True, help="Simulated people.")
@click.option(
    "--rivals/--no-rivals", default=None, help="Score rival structures, too.  [default: rivals, but not with json]"
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="Tables for a reader, or a list of checks for scripts, written to no folder but --out.",
)
@click.option("--leave-one-out", is_flag=True, help="Let forms of the model predict each case from all others.")
@click.option("--form", "forms", multiple=True, metavar="NAME", help="Form that takes part; all when none is named.")
@shared.path_option("--form-file", told="File of forms and constants.")
@click.option("--points", type=click.IntRange(16), default=None, help="Runs of a case under the first form.")
@click.option("--rival-points", type=click.IntRange(16), default=None, help="The same for each other form.")
@shared.runs_option
@shared.seed_option
@shared.workers_option
@shared.out_option("results/validation for all cases as they are, else results/local/validation, by the settings")
@shared.replace_option
def validate(
    names: tuple[str, ...],
    replicates: int,
    users: int,
    rivals: bool | None,
    form: str,
    leave_one_out: bool,
    forms: tuple[str, ...],
    form_file: Path | None,
    points: int | None,
    rival_points: int | None,
    runs: Path | None,
    seed: int,
    workers: int | None,
    out: Path | None,
    replace: bool,
) -> None:
    """Score the checks of each case (all when none is named) against what was observed: pass or miss.

    A case comes with lawshock, or is a FOLDER with scenario.toml, facts.csv and checks.toml: see docs/new-case.md.

    With --leave-one-out forms of the model compete instead: each is fitted on all cases but one and predicts the one.

    Example:  lawshock validate indonesia-2022 --users 1000 --replicates 1 --no-rivals --out validation
    """
    from sim.analyses.validate.analysis import (
        COLUMNS,
        REFERENCE,
        RIVALS,
        by_pattern,
        by_role,
        check_worlds,
        runs_needed,
    )
    from sim.analyses.validate.analysis import validate as score
    from sim.caches import make_ready
    from sim.evidence.cases import cases, load_case
    from sim.results.report import write_report

    make_ready()  # before matplotlib looks for a place of its own
    from sim.analyses.validate.figure import draw_validation, told_by_role

    chosen = [load_case(name) for name in dict.fromkeys(names or cases())]
    _check_options(leave_one_out)
    if leave_one_out:
        tournament.leave_one_out(
            names, chosen, forms=forms, form_file=form_file, points=points, rival_points=rival_points,
            users=users if shared.typed_settings("users") else None, seed=seed, workers=workers, runs=runs, out=out,
            replace=replace,
        )  # fmt: skip
        return
    with_rivals = form != "json" if rivals is None else rivals
    structures = tuple(RIVALS) if with_rivals else (REFERENCE,)
    check_worlds(chosen, users)
    settings = [*shared.typed_settings("replicates", "users", "seed"), *([] if with_rivals else ["--no-rivals"])]
    command = shared.as_typed(["lawshock", "validate", *names, *settings])
    scenarios = {name: world for case in chosen for name, world in case.scenarios().items()}
    folder = None
    if out or form != "json":
        default = tournament.default_folder("validation", command, chosen, changed=bool(settings or names))
        folder = shared.settle(out, default, command, scenarios, replace=replace)
    needed = runs_needed(chosen, structures, replicates)
    told = f"{len(chosen)} {'case' if len(chosen) == 1 else 'cases'}, {len(structures)} structures"
    with shared.working(runs, folder) as keep:
        with shared.progress(told, needed) as report:
            table = score(
                chosen, rivals=structures, replicates=replicates, users=users, seed=seed, workers=workers, keep=keep,
                on_progress=report,
            )  # fmt: skip
        verdicts, roles = by_pattern(table), by_role(table)
        reference = table[table["rival"] == REFERENCE]
        if folder:
            write_report(
                folder, {"checks": table, "patterns": verdicts, "roles": roles}, COLUMNS,
                scenarios=dict(sorted(scenarios.items())), seeds=range(seed, seed + replicates), command=command,
                draw=lambda there: draw_validation(reference, roles, there, command),
            )  # fmt: skip
    if form == "json":
        click.echo(json.dumps([_as_object(row) for row in reference.itertuples()], indent=1, allow_nan=False))
    else:
        _print(reference, verdicts, roles)
        passing = f"{int(verdicts['passed'].sum())} of {len(verdicts)} patterns pass"
        click.echo(f"{passing}; of what was observed, {told_by_role(roles)}. Tables and figure: {folder}")


def _check_options(leave_one_out: bool) -> None:
    """Refuse options that say nothing to what was asked for."""
    strange = ("replicates", "rivals", "form") if leave_one_out else tournament.OPTIONS
    if typed := shared.typed_settings(*strange):
        where = "without" if leave_one_out else "only with"
        raise click.UsageError(f"{typed[0]}: expected {where} --leave-one-out")


def _as_object(row: Any) -> dict[str, Any]:
    """A check for scripts; what is not a finite number is null."""
    from sim.evidence.checks import finite

    return {
        "case": row.case,
        "check": row.check,
        "what": row.what,
        "unit": row.unit,
        "about": row.about,
        "role": row.role,
        "input": bool(row.input),
        "observation": row.observation,
        "observed": finite(row.observed),
        "low": finite(row.p05),
        "median": finite(row.p50),
        "high": finite(row.p95),
        "rule": f"[{row.low:g}, {row.high:g}]",
        "pass": bool(row.passed),
        "in_band": None if row.in_band is None else bool(row.in_band),
        "crps": finite(row.crps),
    }


def cells(row: Any) -> tuple[str, ...]:
    """A check as a line of the table; three digits, and not those of its band, as the verdict hangs on them."""
    from sim.command.summary import number

    crps = "" if math.isnan(row.crps) else number(row.crps)
    told = (row.observed, row.p50), (row.p05, row.p95), (row.low, row.high)
    (observed, median), *ranges = ([number(value) for value in pair] for pair in told)
    band, rule = (" to ".join(ends) for ends in ranges)
    return row.case, row.check, row.role, row.what, observed, median, band, rule, crps, "pass" if row.passed else "MISS"


def _print(reference: pd.DataFrame, verdicts: pd.DataFrame, roles: pd.DataFrame) -> None:
    console = shared.console()
    rows = [cells(row) for row in reference.itertuples()]
    columns = ("case", "check", "role", "what", "observed", "median", "90 % band", "must lie in", "CRPS", "verdict")
    console.print(shared.terminal_table("Checks", columns, rows, numeric=columns[4:9]))
    verdict_rows = [
        (row.pattern, row.name, row.role, "pass" if row.passed else "MISS",
         f"{row.rivals_passing} of {row.rivals_run}" if row.rivals_run else "not run", row.rivals)
        for row in verdicts.itertuples()
    ]  # fmt: skip
    console.print(
        shared.terminal_table("Patterns", ("pattern", "what", "role", "verdict", "rivals pass", "which"), verdict_rows)
    )
    role_rows = [
        (row.role, str(row.observations), str(row.inputs), f"{row.hits} of {row.counted}",
         f"{row.in_band} of {row.told}", "" if math.isnan(row.crps) else f"{row.crps:.2f} ({row.scored})")
        for row in roles.itertuples()
    ]  # fmt: skip
    heads = ("role", "observations", "inputs, not counted", "median where it must lie", "in the 90 % band", "CRPS (of)")
    console.print(shared.terminal_table("By what was known", heads, role_rows, numeric=heads[1:]))
