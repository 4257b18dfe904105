"""``lawshock scale``."""

from __future__ import annotations

from pathlib import Path

import click

from sim.command import shared
from sim.command.run import REFERENCE


@click.command()
@click.argument("scenario")
@click.option("--sizes", default=None, metavar="N,N,…", help="Population sizes; 1,000 to 1,000,000 when absent.")
@shared.replicates_of(2, 10, "Runs per size.")
@shared.kept_runs("results/scale for the reference, else results/local/scale-NAME, by its settings", study=False)
def scale(
    scenario: str,
    sizes: str | None,
    replicates: int,
    how: shared.Making,
) -> None:
    """Run SCENARIO with more and more people, and show how each headline measure and its noise converge.

    Example:  lawshock scale hong-kong-2020 --sizes 1000,2000,4000 --replicates 4 --set end=2020-12-31
    """
    from sim.analyses.scale.analysis import COLUMNS, SIZES, smallest_settled
    from sim.analyses.scale.analysis import scale as measure_scale

    chosen = _sizes(sizes) if sizes else SIZES
    worlds = [shared.load_scenario(scenario, how.overrides, users) for users in chosen]
    name = shared.scenario_name(scenario)
    settings = shared.typed_settings("sizes", "replicates", "seed", "overrides")
    command = shared.as_typed(["lawshock", "scale", name, *settings])
    kept = shared.LOCAL / f"scale-{name}-{shared.settings_hash(command, *worlds)}"
    default = Path("results", "scale") if name == REFERENCE and not settings else kept
    folder = how.settle(default, command, {"scenario": worlds[-1]})
    seeds = how.seeds(replicates)

    from sim.analyses.scale.figure import draw_scale
    from sim.results.report import made_by, write_report

    footer = made_by(worlds[0].title, f"seeds {seeds[0]} to {seeds[-1]} at each size", command=command)
    with shared.working(how.runs, folder) as keep:
        label = f"{name}: {len(chosen)} sizes, {replicates} runs each"
        with shared.progress(label, len(chosen) * replicates) as report:
            table = measure_scale(
                worlds[0], sizes=chosen, replicates=replicates, seed=how.seed, workers=how.workers, keep=keep,
                on_progress=report,
            )  # fmt: skip
        write_report(
            folder, {"scale": table}, COLUMNS, scenarios={"scenario": worlds[-1]}, seeds=seeds, command=command,
            draw=lambda there: draw_scale(table, there, footer),
        )  # fmt: skip
    settled = smallest_settled(table)
    rows = [
        (name, f"{slope:.2f}", f"{settled[name]:,}" if name in settled else "larger still")
        for name, slope in table.groupby("measure", sort=False)["slope"].first().items()
    ]
    columns = ("measure", "exponent of noise", "settled from, people")
    shared.console().print(shared.terminal_table("Noise and size", columns, rows, numeric=columns[1:]))
    click.echo(f"Table and figure: {folder}")


def _sizes(text: str) -> tuple[int, ...]:
    try:
        sizes = tuple(sorted({int(size.replace("_", "")) for size in text.split(",")}))
    except ValueError:
        raise click.BadParameter(
            f"expected whole numbers with commas between, found {text!r}", param_hint="--sizes"
        ) from None
    if len(sizes) < 3:
        raise click.BadParameter(f"expected three sizes or more, found {len(sizes)}", param_hint="--sizes")
    return sizes
