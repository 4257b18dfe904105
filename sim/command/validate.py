"""``lawshock validate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.command import shared

if TYPE_CHECKING:
    from sim.evidence.patterns import Pattern


@click.command(short_help="Score the patterns that a run must reproduce, and its rivals.")
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO …]")
@click.option(
    "--replicates",
    type=click.IntRange(1, shared.MOST_REPLICATES),
    default=24,
    show_default=True,
    help="Runs per world and structure.",
)
@click.option("--users", type=click.IntRange(100), default=10_000, show_default=True, help="Simulated people.")
@click.option("--rivals/--no-rivals", default=True, show_default=True, help="Score rival structures, too.")
@shared.seed_option
@shared.workers_option
@shared.out_option
def validate(
    scenarios: tuple[str, ...],
    replicates: int,
    users: int,
    rivals: bool,
    seed: int,
    workers: int | None,
    out: Path | None,
) -> None:
    """Score the patterns of each SCENARIO (all when none is named) against what was observed: pass or miss.

    Example:  lawshock validate indonesia-2022 --users 1000 --replicates 1 --no-rivals --out validation
    """
    from sim.command.summary import number
    from sim.evidence.patterns import patterns, worlds
    from sim.scenario.files import load
    from sim.study.report import write_report
    from sim.study.results import check_writable
    from sim.study.validate import COLUMNS, REFERENCE, RIVALS, by_pattern, runs_needed
    from sim.study.validate import validate as score_all
    from sim.view.figures.validation import draw_validation

    chosen = _of(scenarios, patterns())
    structures = tuple(RIVALS) if rivals else (REFERENCE,)
    settings = [*shared.typed_settings("replicates", "users", "seed"), *([] if rivals else ["--no-rivals"])]
    folder = out or Path("results", "local" if settings or scenarios else ".", "validation")
    check_writable(folder)
    needed = runs_needed(chosen, structures, replicates)
    with shared.progress(f"{len(chosen)} patterns, {len(structures)} structures", needed) as report:
        table = score_all(
            chosen, rivals=structures, replicates=replicates, users=users, seed=seed, workers=workers,
            on_progress=report,
        )  # fmt: skip
    verdicts = by_pattern(table)
    reference = table[table["rival"] == REFERENCE]
    command = shared.as_typed(["lawshock", "validate", *scenarios, *settings])
    write_report(
        folder, {"checks": table, "patterns": verdicts}, COLUMNS,
        scenarios={name: load(name) for name in sorted({world.scenario for world in worlds(chosen)})},
        seeds=range(seed, seed + replicates), command=command,
        draw=lambda there: draw_validation(reference, there, command),
    )  # fmt: skip
    console = shared.console()
    rows = [
        (row.pattern, row.role, row.check, number(row.observed), number(row.p50),
         f"{number(row.p05)} to {number(row.p95)}", f"{number(row.low)} to {number(row.high)}",
         "pass" if row.passed else "MISS")
        for row in reference.itertuples()
    ]  # fmt: skip
    columns = ("pattern", "role", "check", "observed", "median", "90 % band", "must lie in", "verdict")
    console.print(shared.terminal_table("Checks", columns, rows, numeric=columns[3:7]))
    verdict_rows = [
        (row.pattern, row.name, row.role, "pass" if row.passed else "MISS", row.rivals) for row in verdicts.itertuples()
    ]
    console.print(
        shared.terminal_table("Patterns", ("pattern", "what", "role", "verdict", "rivals that pass too"), verdict_rows)
    )
    click.echo(f"{int(verdicts['passed'].sum())} of {len(verdicts)} patterns pass. Tables and figure: {folder}")


def _of(scenarios: tuple[str, ...], known: tuple[Pattern, ...]) -> tuple[Pattern, ...]:
    """The patterns with a check in one of the scenarios; all when none is named."""
    if not scenarios:
        return known
    names = sorted({check.world.scenario for pattern in known for check in pattern.checks})
    for scenario in scenarios:
        if scenario not in names:
            raise click.BadParameter(f"expected one of {', '.join(names)}, found {scenario!r}", param_hint="SCENARIO")
    return tuple(pattern for pattern in known if any(check.world.scenario in scenarios for check in pattern.checks))
