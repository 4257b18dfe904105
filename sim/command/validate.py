"""``lawshock validate``: cases scored, and forecasts that are registered and scored."""

from __future__ import annotations

import datetime as dt
import json
import math
import shlex
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import click

from sim import bounded
from sim.analyses.question import LOCAL, Listing, foretell, settings_hash, settle, working
from sim.command import shared

if TYPE_CHECKING:
    import pandas as pd


REGISTERED = Path("results", "registered")
USERS, REPLICATES = 10_000, 24
ONLY = {
    "--register": ("date",),
    "--score": ("observed",),
}
"""Options that say something with one of these alone."""
NOT_WITH = {
    "--register": ("rivals", "form", "replace", "best"),
    "--score": ("names", "users", "replicates", "rivals", "form", "best", "runs", "seed", "workers", "out", "replace"),
}
"""Options that say nothing with them."""


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME|FOLDER …]")
@click.option(
    "--replicates", type=click.IntRange(1, shared.MOST_REPLICATES), default=None,
    help=f"Runs per world and structure.  [default: {REPLICATES}; 200 plausible worlds with --register]",
)  # fmt: skip
@click.option(
    "--users", type=click.IntRange(100), default=None,
    help=f"Simulated people.  [default: {USERS}; 1000 with --register]",
)  # fmt: skip
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
@click.option("--best", is_flag=True, help="The scenario's own numbers, chance alone, in place of plausible worlds.")
@click.option("--register", is_flag=True, help="Write down a forecast of a case whose outcome is awaited.")
@click.option("--date", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Day of the forecast.  [default: today]")
@shared.path_option("--score", "scored", help="Folder of a forecast to score.")
@shared.path_option("--observed", help="With --score: outcomes, as CSV (check,observed), or the case's checks.toml.")
@shared.runs_option
@shared.seed_option
@shared.workers_option
@shared.out_option(
    "results/validation for all cases as they are, else results/local/validation, by the settings; "
    "results/registered/CASE with --register, which replaces nothing"
)
@shared.replace_option
def validate(names: tuple[str, ...], **options: Any) -> None:
    """Score the checks of each case (all when none is named) against what was observed: pass or miss.

    A case comes with lawshock, or is a FOLDER with scenario.toml, facts.csv and checks.toml: see docs/new-case.md.

    With --register the one case that is named awaits its outcome, and is forecast: a test of the model and no advice,
    kept with the digests of code and draws. When the outcome is known, --score FOLDER --observed FILE says how the
    forecast did; a folder that was altered is not scored.

    Example:  lawshock validate indonesia-2022 --users 1000 --replicates 1 --no-rivals --out validation
    """
    asked = SimpleNamespace(names=names, **options)
    given = {"--register": asked.register, "--score": asked.scored is not None}
    modes = [mode for mode, chosen in given.items() if chosen]
    if len(modes) > 1:
        raise click.UsageError(f"expected one of {', '.join(given)}, found {' and '.join(modes)}")
    for mode in given:
        if mode in modes:
            shared.refuse(NOT_WITH[mode], f"without {mode}")
        else:
            shared.refuse(ONLY[mode], f"only with {mode}")
    if asked.scored:
        if asked.observed is None:
            raise click.UsageError("expected --score and --observed together")
        _score(asked.scored, asked.observed)
    elif asked.register:
        if len(names) != 1:
            raise click.UsageError(f"--register: expected one case, found {len(names)}")
        _register(names[0], asked)
    else:
        _validate(asked)


# Cases, scored


def _validate(asked: SimpleNamespace) -> None:
    import sim.chance  # noqa: F401 - it finds a place for what is kept before matplotlib looks for one of its own
    from sim.analyses.rivals import REFERENCE, RIVALS
    from sim.analyses.validate import (
        COLUMNS,
        by_pattern,
        by_role,
        check_worlds,
        draw_validation,
        places,
        runs_needed,
        told_by_role,
    )
    from sim.analyses.validate import validate as score
    from sim.evidence.cases import cases, load_case
    from sim.results.folder import write_report
    from sim.results.posterior import load_posterior
    from sim.scenario.words import counted

    names, form, seed = asked.names, asked.form, asked.seed
    replicates, users = asked.replicates or REPLICATES, asked.users or USERS
    chosen = [load_case(name) for name in dict.fromkeys(names or cases())]
    with_rivals = form != "json" if asked.rivals is None else asked.rivals
    structures = tuple(RIVALS) if with_rivals else (REFERENCE,)
    worlds = check_worlds(chosen, users)
    settings = shared.typed_settings("replicates", "users", "seed", "best")
    settings += [] if with_rivals else ["--no-rivals"]
    posterior = None if asked.best else load_posterior()
    command = shlex.join(["lawshock", "validate", *names, *settings])
    scenarios = {name: world for case in chosen for name, world in case.scenarios().items()}
    folder = None
    if asked.out or form != "json":
        default = Path("results", "validation")
        if settings or names:
            default = LOCAL / f"validation-{settings_hash(command, *(case.scenario for case in chosen))}"
        folder = settle(asked.out, default, command, scenarios, replace=asked.replace)
    label = f"{counted(len(chosen), 'case')}, {len(structures)} structures"
    foretell([(world, len(structures) * replicates) for world in worlds], asked.workers)
    with working(asked.runs, folder) as keep:
        with shared.progress(label, runs_needed(chosen, structures, replicates)) as report:
            found = score(
                chosen, rivals=structures, replicates=replicates, users=users, seed=seed, posterior=posterior,
                workers=asked.workers, keep=keep, on_progress=report,
            )  # fmt: skip
        table = found.checks
        verdicts, roles, kinds = by_pattern(table), by_role(table), by_role(table, "about")
        reference = table[table["rival"] == REFERENCE]
        if folder:
            write_report(
                folder, {"checks": table, "patterns": verdicts, "roles": roles, "kinds": kinds,
                         "readings": found.readings}, COLUMNS,
                scenarios=dict(sorted(scenarios.items())), seeds=range(seed, seed + replicates), command=command,
                draws=posterior.hashes if posterior else {},
                draw=lambda there: draw_validation(reference, roles, places(chosen), there, command),
            )  # fmt: skip
    if form == "json":
        click.echo(json.dumps([_as_object(row) for row in reference.itertuples()], indent=1, allow_nan=False))
        return
    passing = f"{int(verdicts['passed'].sum())} of {len(verdicts)} patterns pass"
    shared.say(_verdicts(reference, verdicts, roles, kinds))
    click.echo(f"{passing}; of what was observed, {told_by_role(roles)}. Tables and figure: {folder}")


def _as_object(row: Any) -> dict[str, Any]:
    """A check for scripts; what is not a finite number is null."""
    from sim.evidence.checks import finite

    return {
        **{name: getattr(row, name) for name in ("case", "check", "what", "unit", "about", "role")},
        "input": bool(row.input),
        "observation": row.observation,
        "observed": finite(row.observed),
        "low": finite(row.p05),
        "median": finite(row.p50),
        "high": finite(row.p95),
        "rule": f"[{row.low:g}, {row.high:g}]",
        "pass": bool(row.passed),
        "in_band": None if row.in_band is None else bool(row.in_band),
        "missing": row.missing,
        **{name: finite(getattr(row, name)) for name in ("crps", "wis", "brier", "log_score", "wide_low", "wide_high")},
    }


def cells(row: Any) -> tuple[str, ...]:
    """A check as a line of the table; three digits, and not those of its band, as the verdict hangs on them."""
    from sim.command.summary import number

    score = row.crps if math.isnan(row.brier) else row.brier
    crps = "" if math.isnan(score) else number(score)
    pairs = (row.observed, row.p50), (row.p05, row.p95), (row.low, row.high)
    (observed, median), *ranges = ([number(value) for value in pair] for pair in pairs)
    band, rule = (" to ".join(ends) for ends in ranges)
    return row.case, row.check, row.role, row.what, observed, median, band, rule, crps, "pass" if row.passed else "MISS"


HEADS = (
    "of", "by", "observations", "inputs, not counted", "met", "in the 90 % band", "in that of the runs alone",
    "in the 50 % band", "CRPS (of)", "Brier (of)", "CRPS of the model less that of the baseline, by country", "gate",
)  # fmt: skip
"""Above ``tallies``."""


def _verdicts(
    reference: pd.DataFrame, verdicts: pd.DataFrame, roles: pd.DataFrame, kinds: pd.DataFrame
) -> list[Listing]:
    rows = [cells(row) for row in reference.itertuples()]
    columns = ("case", "check", "role", "what", "observed", "median", "90 % band", "must lie in", "score", "verdict")
    verdict_rows = [
        (row.pattern, row.name, row.role, "pass" if row.passed else "MISS",
         f"{row.rivals_passing} of {row.rivals_run}" if row.rivals_run else "not run", row.rivals)
        for row in verdicts.itertuples()
    ]  # fmt: skip
    return [
        Listing("Checks", columns, rows, columns[4:9]),
        Listing("Patterns", ("pattern", "what", "role", "verdict", "rivals pass", "which"), verdict_rows),
        Listing("By what was known, beside what needs no model", HEADS, tallies(roles, "role"), HEADS[2:11]),
        Listing("By what it is about", HEADS, tallies(kinds, "about"), HEADS[2:11]),
    ]


def tallies(table: pd.DataFrame, of: str) -> list[tuple[str, ...]]:
    """Rows of ``by_role`` for people."""
    from sim.analyses.rivals import REFERENCE

    def scored(score: float, count: int) -> str:
        return "" if math.isnan(score) else f"{score:.2f} ({count})"

    def apart(row: Any) -> str:
        if not row.countries > 0:
            return ""
        band = "" if math.isnan(row.behind_low) else f" ({row.behind_low:+.2f} to {row.behind_high:+.2f})"
        return f"{row.behind:+.2f}{band}"

    return [
        (getattr(row, of), "model" if row.by == REFERENCE else row.by, str(row.observations), str(row.inputs),
         f"{row.hits} of {row.counted}" + ("" if row.by == REFERENCE else f" (model {row.model_hits})"),
         *(f"{held} of {row.told}" if row.told else "" for held in (row.in_band, row.in_runs, row.in_half)),
         scored(row.crps, row.scored), scored(row.brier, row.answers), apart(row),
         row.gate if isinstance(row.gate, str) else "")
        for row in table.itertuples() if row.counted
    ]  # fmt: skip


# Forecasts


def _register(name: str, asked: SimpleNamespace) -> None:
    from sim.calibration import forecast as forecasts
    from sim.evidence.cases import CHECKS, load_case
    from sim.results.folder import write_report
    from sim.results.posterior import load_posterior
    from sim.runs.code import build
    from sim.scenario.files import vary

    date = asked.date.date() if asked.date else dt.date.today()
    users, replicates, seed = asked.users or forecasts.USERS, asked.replicates or forecasts.REPLICATES, asked.seed
    if replicates < forecasts.LEAST:
        raise click.UsageError(f"--replicates: expected {forecasts.LEAST} or more with --register, found {replicates}")
    case = load_case(name, awaited=True)
    forecasts.check_open(case, date, users)
    folder = settle(asked.out, REGISTERED / case.name, "", {}, replace=True)
    _check_new(folder)
    settings = shared.typed_settings("users", "replicates", "seed")
    command = shlex.join(["lawshock", "validate", "--register", case.name, "--date", str(date), *settings])
    checks = bounded.read(case.folder / CHECKS)
    with working(asked.runs, folder) as keep:
        with shared.progress(f"{case.name}: {replicates} plausible worlds", replicates) as report:
            table, draws = forecasts.forecast(
                case,
                replicates=replicates,
                users=users,
                seed=seed,
                workers=asked.workers,
                keep=keep,
                on_progress=report,
            )
        _check_new(folder)
        page = forecasts.as_page(case, table, draws, date).encode()
        write_report(
            folder, {forecasts.FORECAST: table, forecasts.DRAWS: draws},
            forecasts.COLUMNS | {check.id: check.what for check in case.checks},
            scenarios={"scenario": vary(forecasts.world_of(case), [f"population.users={users}"])},
            seeds=range(seed, seed + replicates), command=command, draws=load_posterior().hashes, code=build(),
            draw=lambda there: [(there / file).write_bytes(data) for file, data in
                                ((CHECKS, checks), ("README.md", page))],
        )  # fmt: skip
    rows = [(row["question"], forecasts.in_words(row), str(row["known"])) for row in table.to_dict("records")]
    shared.say([Listing("Forecast", ("question", "forecast", "known on"), rows),
         f"{forecasts.how_many(draws)} {forecasts.NOTICE}\nRegistered: {folder}\n"
         f"Digest of its manifest, to be published: {forecasts.seal(folder)}"])  # fmt: skip


def _check_new(folder: Path) -> None:
    """Refuse to touch what is registered.

    Raises:
        OutputError: There is something.
    """
    from sim.results.folder import OutputError

    if folder.is_dir() and any(folder.iterdir()):
        raise OutputError(
            f"{folder}: expected a new folder, found a forecast, which is never replaced; choose another --out"
        )


def _score(folder: Path, observed: Path) -> None:
    from sim.calibration.forecast import read_outcomes, registered, score, seal
    from sim.scenario.words import counted, number

    table, draws = registered(folder)
    found = score(table, draws, read_outcomes(observed, table))
    rows = [
        (row.question, row.observed if isinstance(row.observed, str) else f"{number(row.observed)} {row.unit}",
         number(row.median) if row.median == row.median else f"yes with {row.probability:.2f}",
         f"CRPS {row.crps:.2f}" if row.crps == row.crps else f"Brier {row.brier:.3f}",
         "" if row.in_band != row.in_band else "yes" if row.in_band else "no")
        for row in found.itertuples()
    ]  # fmt: skip
    said: list[str | Listing] = [Listing("Scored", ("question", "observed", "said", "score", "in the 90 % band"), rows)]
    numbers, answers = found[found["crps"].notna()], found[found["brier"].notna()]
    if len(numbers):
        said.append(
            f"Of {counted(len(numbers), 'number')} {int(numbers['in_half'].sum())} in the middle half and "
            f"{int(numbers['in_band'].sum())} in the 90 % band; mean CRPS {numbers['crps'].mean():.2f} spreads."
        )
    if len(answers):
        said.append(
            f"Of {counted(len(answers), 'answer')} the mean Brier score is {answers['brier'].mean():.3f}; always one "
            "half gets 0.250."
        )
    shared.say(
        [*said, f"{len(found)} of {len(table)} questions have their outcome. Digest of the manifest: {seal(folder)}"]
    )
