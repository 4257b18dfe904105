"""``lawshock compare``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.command import shared

if TYPE_CHECKING:
    from sim.analyses.compare.analysis import Comparison

MOST_MEASURES = 24
"""Headline measures that the terminal shows; the tables have all."""


@click.command()
@click.argument("scenarios", nargs=-1, metavar="SCENARIO SCENARIO ...")
@shared.users_option
@shared.replicates_option
@shared.seed_option
@shared.workers_option
@shared.runs_option
@shared.out_option("results/local/compare-NAMES, by the settings")
@shared.replace_option
@shared.best_option
@shared.set_option
def compare(
    scenarios: tuple[str, ...],
    users: int | None,
    replicates: int,
    seed: int,
    workers: int | None,
    runs: Path | None,
    out: Path | None,
    replace: bool,
    best: bool,
    overrides: tuple[str, ...],
) -> None:
    """Compare each SCENARIO with the first: what differs, what that changes, and for whom.

    Every world gets the same seeds, and --set and --users change them all. Each pair of runs lives a plausible world:
    both take the same draw of all that is not measured. Half as many pairs run with the scenarios' own
    parameters, which shows what luck alone does.

    Example:  lawshock compare hong-kong-2020 companies-comply --users 10000 --replicates 4 --set end=2020-12-31
    """
    if len(scenarios) < 2:
        raise click.UsageError(f"expected two scenarios or more, found {len(scenarios)}")
    worlds = [shared.load_scenario(path, overrides, users) for path in scenarios]
    names = [shared.scenario_name(path) for path in scenarios]
    typed = shared.typed_settings("users", "replicates", "seed", "overrides")
    typed += ["--best"] if best else []
    command = shared.as_typed(["lawshock", "compare", *names, *typed])
    default = shared.LOCAL / f"compare-{'-'.join(names)}-{shared.settings_hash(command, *worlds)}"

    from sim.analyses.compare.analysis import around_one_day
    from sim.analyses.compare.analysis import compare as compare_worlds
    from sim.results.paired import lucky_pairs

    there = dict(zip(names, around_one_day(worlds), strict=True))
    folder = shared.settle(out, default, command, there, replace=replace)

    drawn, draws = (None, {}) if best else shared.drawn(overrides, *worlds)
    made = len(worlds) * (replicates + (0 if best else lucky_pairs(replicates)))
    label = f"{' and '.join(names)}: {worlds[0].population.users:,} people, {worlds[0].days} days"
    with shared.working(runs, folder) as keep:
        with shared.progress(label, made) as report:
            comparison = compare_worlds(
                *worlds, names=names, replicates=replicates, seed=seed, workers=workers,
                drawn=drawn, draws=draws, keep=keep, on_progress=report,
            )  # fmt: skip

        from sim.analyses.compare.analysis import write_comparison
        from sim.view.answer.folder import draw_answers, try_answers

        with shared.progress("what would flip it", 1) as report:
            tested = try_answers(comparison, workers=workers, keep=keep, on_progress=report)
        write_comparison(
            comparison, folder, command=command, draw=lambda place: draw_answers(comparison, place, command, tested)
        )
    for name in comparison.others:
        _print_world(comparison, name)
    click.echo(f"\nTables and figures: {folder}")


def _print_world(comparison: Comparison, name: str) -> None:
    """What makes a world another, the measures that move most against chance, and the people whom that turns."""
    from sim.analyses.compare.outcomes import END
    from sim.command.summary import number, told
    from sim.scenario.words import day_in_words

    console = shared.console()
    console.print(f"\n[bold]{name} against {comparison.names[0]}[/bold]")
    changes = comparison.changes
    for sentence in changes.loc[changes["world"] == name, "sentence"]:
        console.print(f"- {sentence}", highlight=False)
    end = day_in_words(comparison.dates[-1].date())
    first = day_in_words(comparison.scenarios[0].date(comparison.first(name)))
    outcomes = comparison.outcomes
    mine = outcomes[(outcomes["world"] == name) & (outcomes["when"] == END)]
    moved = mine[(mine["low"] > 0) | (mine["high"] < 0)]
    clear = moved.assign(clear=(moved["mean"] / (moved["high"] - moved["low"])).abs())
    chosen = clear.nlargest(MOST_MEASURES, "clear").sort_index()
    rows = [
        (row.measure, number(row.base), number(row.other), *told(row.p05, row.mean, row.p95),
         told(row.low, row.mean, row.high)[1], row.unit)
        for row in chosen.itertuples()
    ]  # fmt: skip
    columns = ("measure", comparison.names[0], name, "difference", "band of pairs", "90 % interval of its mean", "unit")
    title = (
        f"On {end}, of worlds that part on {first}: what differs, with the interval of its mean clear of zero, "
        f"{len(comparison.seeds)} pairs of runs"
    )
    console.print(shared.terminal_table(title, columns, rows, numeric=columns[1:6]))
    people = comparison.people
    day = comparison.dates[-1]
    here = people[(people["world"] == name) & (people["date"] == day)]
    turned = here[here["outcome"].str.contains("only")]
    table = turned.pivot(index="platform", columns="outcome", values="mean").loc[
        list(dict.fromkeys(turned["platform"]))
    ]
    heads = ("app", *(outcome.removesuffix(" only because of the change") for outcome in table.columns))
    lines = [
        (app, *(f"{persons:,.0f}" for persons in row)) for app, row in zip(table.index, table.to_numpy(), strict=True)
    ]
    title = (
        f"People, of {comparison.scenarios[0].population.represents:,}, whom the change alone turned by {day:%Y-%m-%d}"
    )
    console.print(shared.terminal_table(title, heads, lines, numeric=heads[1:]))
