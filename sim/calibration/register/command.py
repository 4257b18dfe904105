"""``lawshock register``."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.calibration.register import REPLICATES, USERS
from sim.command import shared

if TYPE_CHECKING:
    import pandas as pd

REGISTERED = Path("results", "registered")


@click.command()
@click.argument("case", required=False)
@click.option("--users", type=click.IntRange(100), default=USERS, show_default=True, help="Simulated people.")
@shared.replicates_of(2, REPLICATES, "Plausible worlds.")
@click.option("--date", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Day of the forecast.  [default: today]")
@shared.path_option("--score", "scored", told="Folder of a forecast to score.")
@shared.path_option("--observed", told="With --score: outcomes, as CSV (check,observed), or the case's checks.toml.")
@shared.runs_option
@shared.seed_option
@shared.workers_option
@shared.path_option(
    "--out", told="Folder of the forecast, which is never replaced.  [default: results/registered/CASE]"
)
def register(
    case: str | None,
    users: int,
    replicates: int,
    date: dt.datetime | None,
    scored: Path | None,
    observed: Path | None,
    runs: Path | None,
    seed: int,
    workers: int | None,
    out: Path | None,
) -> None:
    """Forecast CASE, of which checks await their outcome, and keep the forecast with the digests of code and draws.

    It is a test of the model and no advice. When the outcome is known, --score FOLDER --observed FILE says how the
    forecast did; a folder that was altered is not scored.

    Example:  lawshock register turkey-roblox-2026 --out forecast
    """
    if (case is None) == (scored is None):
        raise click.UsageError("expected a CASE to forecast, or --score with the folder of a forecast")
    if (scored is None) != (observed is None):
        raise click.UsageError("expected --score and --observed together")
    if case is None:
        if typed := shared.typed_settings("users", "replicates", "date", "runs", "seed", "workers", "out"):
            raise click.UsageError(f"{typed[0]}: expected without --score")
        assert scored
        assert observed
        _score(scored, observed)
        return
    _forecast(case, users, replicates, date.date() if date else dt.date.today(), runs, seed, workers, out)


def _forecast(
    name: str, users: int, replicates: int, date: dt.date, runs: Path | None, seed: int, workers: int | None,
    out: Path | None,
) -> None:  # fmt: skip
    from sim.calibration.register.analysis import (
        COLUMNS,
        FORECAST,
        READINGS,
        check_open,
        forecast,
        scenario_of,
    )
    from sim.calibration.register.page import NOTICE, as_page, how_many, in_words
    from sim.calibration.register.scoring import seal
    from sim.evidence.cases import CHECKS, load_case
    from sim.results.posterior import load_posterior
    from sim.results.report import write_report
    from sim.runs.code import build
    from sim.scenario.files import vary

    case = load_case(name, awaited=True)
    check_open(case, date, users)
    folder = shared.settle(out, REGISTERED / case.name, "", {}, replace=True)
    _check_new(folder)
    settings = shared.typed_settings("users", "replicates", "seed")
    command = shared.as_typed(["lawshock", "register", case.name, "--date", str(date), *settings])
    said = (case.folder / CHECKS).read_bytes()
    with shared.working(runs, folder) as keep:
        with shared.progress(f"{case.name}: {replicates} plausible worlds", replicates) as report:
            table, draws = forecast(
                case, replicates=replicates, users=users, seed=seed, workers=workers, keep=keep, on_progress=report
            )
        _check_new(folder)
        columns = COLUMNS | {check.id: check.what for check in case.checks}
        write_report(
            folder, {FORECAST: table, READINGS: draws}, columns,
            scenarios={"scenario": vary(scenario_of(case), [f"population.users={users}"])},
            seeds=range(seed, seed + replicates), command=command, draws=load_posterior().hashes, code=build(),
            draw=lambda there: _put(there, {CHECKS: said, "README.md": as_page(case, table, draws, date).encode()}),
        )  # fmt: skip
    rows = [(row["question"], in_words(row), str(row["known"])) for row in table.to_dict("records")]
    shared.console().print(shared.terminal_table("Forecast", ("question", "forecast", "known on"), rows))
    click.echo(
        f"{how_many(draws)} {NOTICE}\nRegistered: {folder}\nDigest of its manifest, to be published: {seal(folder)}"
    )


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


def _put(there: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        (there / name).write_bytes(data)


def _score(folder: Path, observed: Path) -> None:
    from sim.calibration.register.scoring import read_outcomes, registered, score, seal
    from sim.scenario.words import counted

    table, draws = registered(folder)
    found = score(table, draws, read_outcomes(observed, table))
    _print(found)
    numbers, answers = found[found["crps"].notna()], found[found["brier"].notna()]
    if len(numbers):
        click.echo(
            f"Of {counted(len(numbers), 'number')} {int(numbers['in_half'].sum())} in the middle half and "
            f"{int(numbers['in_band'].sum())} in the 90 % band; mean CRPS {numbers['crps'].mean():.2f} spreads."
        )
    if len(answers):
        click.echo(
            f"Of {counted(len(answers), 'answer')} the mean Brier score is {answers['brier'].mean():.3f}; always one "
            "half gets 0.250."
        )
    click.echo(f"{len(found)} of {len(table)} questions have their outcome. Digest of the manifest: {seal(folder)}")


def _print(found: pd.DataFrame) -> None:
    from sim.scenario.words import number

    rows = [
        (row.question, row.observed if isinstance(row.observed, str) else f"{number(row.observed)} {row.unit}",
         number(row.median) if row.median == row.median else f"yes with {row.probability:.2f}",
         f"CRPS {row.crps:.2f}" if row.crps == row.crps else f"Brier {row.brier:.3f}",
         "" if row.in_band != row.in_band else "yes" if row.in_band else "no")
        for row in found.itertuples()
    ]  # fmt: skip
    columns = ("question", "observed", "said", "score", "in the 90 % band")
    shared.console().print(shared.terminal_table("Scored", columns, rows))
