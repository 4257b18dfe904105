"""``lawshock run``."""

from __future__ import annotations

from pathlib import Path

import click

from sim.command import shared

REFERENCE = "hong-kong-2020"
"""The scenario whose unchanged run is the reference that the repository keeps."""


@click.command(short_help="Run a scenario and write tables, summary and figures.")
@click.argument("scenario")
@shared.users_option
@shared.replicates_option
@shared.seed_option
@shared.workers_option
@shared.runs_option
@click.option("--threads", type=click.IntRange(1, 256), default=None, help="Kernel threads per process.")
@shared.out_option("results/hong-kong-2020 for the reference, else results/local/NAME, by its settings")
@shared.replace_option
@shared.best_option
@shared.set_option
def run(
    scenario: str,
    users: int | None,
    replicates: int,
    seed: int,
    workers: int | None,
    runs: Path | None,
    threads: int | None,
    out: Path | None,
    replace: bool,
    best: bool,
    overrides: tuple[str, ...],
) -> None:
    """Run SCENARIO (a file, or the name of one that comes with lawshock) and write tables, summary and figures.

    Each run lives a plausible world: it takes its own draw of all that is not measured; --set goes first.
    The same seeds run once more in the scenario's own world, the best one, which shows what luck alone does.

    Example:  lawshock run hong-kong-2020 --users 10000 --replicates 2 --set companies.Meta.cutoff=0.98
    """
    world = shared.load_scenario(scenario, overrides, users)
    name = shared.scenario_name(scenario)
    settings = shared.typed_settings("users", "replicates", "seed", "overrides")
    settings += ["--best"] if best else []
    command = shared.as_typed(["lawshock", "run", name, *settings])
    changed = bool(settings) or not _is_shipped(scenario, name)
    default = _default_folder(name, shared.settings_hash(command, world), changed=changed)
    folder = shared.settle(out, default, command, {"scenario": world}, replace=replace)

    from sim.command.summary import print_summary
    from sim.results.ensemble import run as run_ensemble
    from sim.results.folder import write_results
    from sim.results.summary import summarise
    from sim.view.figures import draw

    plausible, draws = (None, {}) if best else shared.drawn(overrides)
    label = f"{name}: {world.population.users:,} people, {world.days} days"
    with shared.working(runs, folder) as keep:
        with shared.progress(label, replicates if best else 2 * replicates) as report:
            ensemble = run_ensemble(
                world,
                replicates=replicates,
                seed=seed,
                workers=workers,
                threads=threads,
                world_of=(lambda number: plausible(world, number)) if plausible else None,
                draws=draws,
                keep=keep,
                on_progress=report,
            )
        summary = summarise(ensemble)
        write_results(
            ensemble, folder, command=command, summary=summary,
            draw=lambda place: draw(ensemble, place, command=command),
        )  # fmt: skip
    print_summary(ensemble, summary, shared.console())
    click.echo(f"\nTables, bands and figures: {folder}")


def _is_shipped(scenario: str, name: str) -> bool:
    """Whether the file comes with lawshock, so that its name alone says what it is."""
    from sim.scenario.names import locate, shipped_files

    return name in shipped_files() and locate(scenario).resolve() == shipped_files()[name].resolve()


def _default_folder(name: str, settings: str, *, changed: bool) -> Path:
    """The reference goes to the folder that is kept; everything else to one that git ignores."""
    if name == REFERENCE and not changed:
        return Path("results", REFERENCE)
    return shared.LOCAL / (f"{name}-{settings}" if changed else name)
