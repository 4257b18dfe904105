"""``lawshock run``."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.analyses.question import LOCAL, REFERENCE, Answer, Asked, load_scenario, question

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario


@question(
    "run", click.option("--threads", type=click.IntRange(1, 256), help="Kernel threads per process."),
    users="own", study=False, reference=False, best=True,
    out="results/hong-kong-2020 for the reference, else results/local/NAME, by its settings",
)  # fmt: skip
def run(asked: Asked) -> Answer:
    """Run SCENARIO (a file, or the name of one that comes with lawshock) and write tables, summary and figures.

    Each run lives a plausible world: it takes its own draw of all that is not measured; --set goes first.
    The same seeds run once more in the scenario's own world, the best one, which shows what luck alone does.
    Where the scenario names a baseline, that is run with the same luck and draws, and the difference is told, too.

    Example:  lawshock run hong-kong-2020 --users 10000 --replicates 2 --set companies.Meta.cutoff=0.98
    """
    world = asked.load()
    asked.settle({"scenario": world}, place=lambda digits: _default_folder(asked, digits))

    from sim.analyses.compare.analysis import tables_beside
    from sim.command.summary import difference_told, summary_told
    from sim.results.bands import pairs_by_chance
    from sim.results.ensemble import run as run_ensemble
    from sim.results.ensemble import summarise
    from sim.results.folder import write_results
    from sim.runs.executors import enough, make_executor
    from sim.view.brief import apart
    from sim.view.figures import draw

    worlds, replicates = [world, *_baseline(asked, world)], asked.replicates
    drawn, draws = asked.drawn(*worlds)
    ensembles = []
    with make_executor(workers=enough(asked.workers, replicates * (2 if drawn else 1))) as executor:
        for one, by_chance in zip(worlds, (replicates, pairs_by_chance(replicates)), strict=False):
            what = asked.name if one is world else f"{asked.name}, its baseline"
            label = f"{what}: {one.population.users:,} people, {one.days} days"
            with asked.keeping(label, replicates + (by_chance if drawn else 0)) as how:
                found = run_ensemble(
                    one, replicates=replicates, threads=asked.options["threads"], chance_runs=by_chance, draws=draws,
                    world_of=partial(drawn, one) if drawn else None, executor=executor, **how,
                )  # fmt: skip
            ensembles.append(found)
    ensemble, *others = ensembles
    baseline = others[0] if others else None
    summary, apart_from = summarise(ensemble), tables_beside(baseline, ensemble) if baseline else {}

    def write() -> None:
        write_results(
            ensemble, asked.folder, command=asked.command, summary=summary, beside=apart_from,
            draw=lambda place: draw(ensemble, place, command=asked.command),
            baseline=baseline.scenario if baseline else None,
        )  # fmt: skip

    says = [*summary_told(ensemble, summary)]
    if baseline:
        says += difference_told(apart(baseline.scenario, world, apart_from, drawn=drawn is not None))
    return Answer(write=write, says=says, where=f"\nTables, bands and figures: {asked.folder}")


def _baseline(asked: Asked, world: Scenario) -> Iterator[Scenario]:
    """The world that a scenario names as its baseline, with the same settings, but for acts that it lacks.

    Raises:
        ComparisonError: It has other people, platforms or days, so that nothing can be paired.
        ScenarioError: There is none of that name, or it cannot be read.
    """
    if not world.baseline:
        return
    from sim.analyses.compare.analysis import check_pairs
    from sim.scenario.files import load, locate, named

    file = named(locate(asked.scenario), world.baseline, "baseline")
    acts = {act.id for act in load(file).acts}
    in_both = [one for one in asked.overrides if not one.startswith("acts.") or one.split(".")[1] in acts]
    base = load_scenario(str(file), in_both, asked.users)
    check_pairs([world, base], [asked.name, f"baseline {world.baseline}"])
    yield base.model_copy(update={"baseline": None})


def _default_folder(asked: Asked, digits: str) -> Path:
    """The reference goes to the folder that is kept; everything else to one that git ignores.

    A scenario that comes with lawshock, as it is, is known by its name alone.
    """
    from sim.scenario.files import locate, shipped_files

    name = asked.name
    ships = name in shipped_files() and locate(asked.scenario).resolve() == shipped_files()[name].resolve()
    if asked.typed or not ships:
        return LOCAL / f"{name}-{digits}"
    return Path("results", REFERENCE) if name == REFERENCE else LOCAL / name
