"""``lawshock run``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.command import shared

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario


@click.command()
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
    scenario: str, users: int | None, replicates: int, seed: int, workers: int | None, runs: Path | None,
    threads: int | None, out: Path | None, replace: bool, best: bool, overrides: tuple[str, ...],
) -> None:  # fmt: skip
    """Run SCENARIO (a file, or the name of one that comes with lawshock) and write tables, summary and figures.

    Each run lives a plausible world: it takes its own draw of all that is not measured; --set goes first.
    The same seeds run once more in the scenario's own world, the best one, which shows what luck alone does.
    Where the scenario names a baseline, that is run with the same luck and draws, and the difference is told, too.

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

    from sim.analyses.compare.analysis import Beside
    from sim.command.summary import print_difference, print_summary
    from sim.results.bands import pairs_by_chance
    from sim.results.ensemble import run as run_ensemble
    from sim.results.ensemble import summarise
    from sim.results.folder import write_results
    from sim.runs.executors import enough, make_executor
    from sim.view.figures import draw

    worlds = [world, *_baseline(scenario, name, world, overrides, users)]
    plausible, draws = (None, {}) if best else shared.drawn(overrides, *worlds)
    ensembles = []
    with shared.working(runs, folder) as keep:
        with make_executor(workers=enough(workers, replicates * (1 if best else 2))) as executor:
            for one, by_chance in zip(worlds, (replicates, pairs_by_chance(replicates)), strict=False):
                what = name if one is world else f"{name}, its baseline"
                label = f"{what}: {one.population.users:,} people, {one.days} days"
                with shared.progress(label, replicates + (0 if best else by_chance)) as report:
                    ensembles.append(
                        run_ensemble(
                            one, replicates=replicates, seed=seed, threads=threads, chance_runs=by_chance, draws=draws,
                            world_of=partial(plausible, one) if plausible else None, keep=keep, executor=executor,
                            on_progress=report,
                        )
                    )  # fmt: skip
        ensemble, beside = ensembles[0], Beside(ensembles[1], ensembles[0]) if ensembles[1:] else None
        summary = summarise(ensemble)
        write_results(
            ensemble, folder, command=command, summary=summary,
            draw=lambda place: draw(ensemble, place, command=command),
            baseline=beside.baseline.scenario if beside else None, beside=beside.tables if beside else {},
        )  # fmt: skip
    print_summary(ensemble, summary, shared.console())
    if beside:
        from sim.view.brief import apart

        print_difference(
            apart(beside.baseline.scenario, ensemble.scenario, beside.tables, drawn=not best), shared.console()
        )
    click.echo(f"\nTables, bands and figures: {folder}")


def _baseline(
    scenario: str, name: str, world: Scenario, overrides: Sequence[str], users: int | None
) -> Iterator[Scenario]:
    """The world that a scenario names as its baseline, with the same settings, but for acts that it lacks.

    Raises:
        ComparisonError: It has other people, platforms or days, so that nothing can be paired.
        ScenarioError: There is none of that name, or it cannot be read.
    """
    if not world.baseline:
        return
    from sim.analyses.compare.analysis import check_pairs
    from sim.scenario.files import load, locate, named

    file = named(locate(scenario), world.baseline, "baseline")
    acts = {act.id for act in load(file).acts}
    shared_by_both = [one for one in overrides if not one.startswith("acts.") or one.split(".")[1] in acts]
    base = shared.load_scenario(str(file), shared_by_both, users)
    check_pairs([world, base], [name, f"baseline {world.baseline}"])
    yield base.model_copy(update={"baseline": None})


def _is_shipped(scenario: str, name: str) -> bool:
    """Whether the file comes with lawshock, so that its name alone says what it is."""
    from sim.scenario.files import locate, shipped_files

    return name in shipped_files() and locate(scenario).resolve() == shipped_files()[name].resolve()


def _default_folder(name: str, settings: str, *, changed: bool) -> Path:
    """The reference goes to the folder that is kept; everything else to one that git ignores."""
    if name == shared.REFERENCE and not changed:
        return Path("results", shared.REFERENCE)
    return shared.LOCAL / (f"{name}-{settings}" if changed else name)
