"""``lawshock gamma``."""

from __future__ import annotations

from pathlib import Path

import click

from sim.command import shared


@click.command(short_help="Say which headlines depend on the weight of contacts, which no data identify.")
@click.argument("scenario")
@shared.few_users(10_000)
@shared.replicates_of(2, 10, "Runs at each gamma.")
@shared.seed_option
@shared.workers_option
@shared.study_option
@click.option(
    "--out", type=click.Path(path_type=Path), default=None,
    help="File for the table (CSV).  [default: results/gamma/NAME.csv, or by the settings in results/local]",
)  # fmt: skip
@shared.replace_option
@shared.set_option
def gamma(
    scenario: str,
    users: int,
    replicates: int,
    seed: int,
    workers: int | None,
    place: Path | None,
    out: Path | None,
    replace: bool,
    overrides: tuple[str, ...],
) -> None:
    """Run SCENARIO at gamma 0, 1.5, 3, 4.5 and 6, and label each headline 'robust to γ' or 'depends on γ'.

    Example:  lawshock gamma hong-kong-2020 --users 1000 --replicates 2 --study runs --out gamma.csv
    """
    from sim.analyses.gamma.analysis import DEPENDS, RESULTS, measure_gamma
    from sim.command.study import making
    from sim.command.summary import number
    from sim.results.folder import csv_bytes
    from sim.runs.files import check_file, write_whole
    from sim.study.study import Study

    world = shared.load_scenario(scenario, overrides, users)
    name = shared.scenario_name(scenario)
    settings = shared.typed_settings("users", "replicates", "seed", "overrides")
    command = shared.as_typed(["lawshock", "gamma", name, *settings])
    kept = shared.LOCAL / f"gamma-{name}-{shared.settings_hash(command, world)}.csv"
    file = out or (kept if settings else RESULTS / f"{name}.csv")
    check_file(file, replaceable=None if replace or not out else lambda _: False)
    study = Study(place or Path("results", "local", f"gamma-{name}-{world.digest()[:8]}"))
    with making(study, f"{name}: weights of contacts") as report:
        table = measure_gamma(
            study, world, replicates=replicates, seed=seed, workers=workers,
            command=command, on_progress=report,
        )  # fmt: skip
    write_whole(file, csv_bytes(table))
    wide = table.pivot(index="measure", columns="gamma", values="p50")
    label = table.groupby("measure", sort=False)["label"].first()
    rows = [(measure, *map(number, wide.loc[measure]), label[measure]) for measure in label.index]
    columns = ("measure", *(f"{value:g}" for value in wide.columns), "label")
    title = f"Medians along γ: {int((label == DEPENDS).sum())} of {len(label)} headlines depend on it"
    shared.console().print(shared.terminal_table(title, columns, rows, numeric=columns[1:-1]))
    click.echo(f"Table: {file}")
