"""``lawshock decide``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.command import shared
from sim.command.run import REFERENCE

if TYPE_CHECKING:
    from sim.analyses.decide.analysis import Decision


@click.command()
@click.argument("scenario")
@click.argument("levers", nargs=-1, metavar="[LEVER ...]")
@click.option(
    "--threshold", "thresholds", multiple=True, metavar="'OUTCOME <= LEVEL'",
    help="A level that is good enough, such as 'accounts handed over <= 1000'; several must all hold.",
)  # fmt: skip
@shared.few_users(10_000)
@shared.replicates_of(2, 32, "Plausible worlds, the same for every lever.")
@shared.kept_runs("results/decide for the reference, else within the folder of the runs")
def decide(
    scenario: str,
    levers: tuple[str, ...],
    thresholds: tuple[str, ...],
    users: int,
    replicates: int,
    how: shared.Making,
) -> None:
    """Weigh LEVERs in SCENARIO: what each does to people in plausible worlds, which is good enough how often, and where
    it fails.

    A lever is a scenario that differs from SCENARIO in acts or values that protect rights; any other is refused.
    Without one, those that come with SCENARIO are weighed. Runs are kept: the same command goes on where it stopped.

    Example:  lawshock decide hong-kong-2020 court-order-kept early-pause --users 1000 --replicates 12
    """
    shared.needs("ema_workbench")
    from sim.analyses.decide.levers import check_lever, shipped_choice
    from sim.analyses.decide.outcomes import parse_threshold

    base = shared.load_scenario(scenario, how.overrides, users)
    name, choice = shared.scenario_name(scenario), shipped_choice(shared.scenario_name(scenario))
    files, levels = levers or choice.levers, thresholds or choice.thresholds
    if not files:
        raise click.UsageError(f"expected a lever: {name} comes with none")
    worlds = {shared.scenario_name(file): shared.load_scenario(file, how.overrides, users) for file in files}
    if len(worlds) < len(files) or name in worlds:
        raise click.UsageError(f"expected a name of its own for each lever, found {', '.join(files)}")
    for lever, world in worlds.items():
        check_lever(base, lever, world)
    events = [parse_threshold(text) for text in levels]
    settings = [word for event in events for word in ("--threshold", str(event))]
    settings += shared.typed_settings("users", "replicates", "seed", "overrides")
    command = shared.as_typed(["lawshock", "decide", name, *worlds, *settings])

    from sim.analyses.compare.analysis import around_one_day
    from sim.results.posterior import load_posterior
    from sim.study.study import Study

    there = dict(zip((name, *worlds), around_one_day([base, *worlds.values()]), strict=True))
    kept = how.runs or shared.LOCAL / f"decide-{name}-{shared.settings_hash(command, base, *worlds.values())}"
    is_reference = name == REFERENCE and not (levers or thresholds) and len(settings) == 2 * len(events)
    folder = how.settle(Path("results", "decide") if is_reference else kept / "results", command, there)

    from sim.analyses.decide import analysis as study_of
    from sim.command.study import making

    posterior, study = load_posterior(), Study(kept)
    fixed = [override.partition("=")[0].strip() for override in how.overrides]
    with making(study, f"{name}: {len(worlds)} levers in {replicates} worlds") as report:
        decision = study_of.decide(
            study, base, worlds, events, posterior=posterior, fixed=fixed, worlds=replicates, seed=how.seed,
            workers=how.workers, command=command, on_progress=report,
        )  # fmt: skip
    _write(decision, folder, name, command)
    _print(decision)
    click.echo(f"Page: {folder / 'decide.html'}")


def _write(decision: Decision, folder: Path, name: str, command: str) -> None:
    from sim.analyses.decide.analysis import COLUMNS, values_table
    from sim.results.report import made_by, write_report
    from sim.view.decide.figure import draw_decision
    from sim.view.decide.page import page

    factors, found, limits = decision.failures
    tables = {
        "outcomes": decision.table, "regret": decision.regret, "robustness": decision.robustness,
        "values": values_table(decision), "draws": decision.draws.reset_index(), "fails": factors, "boxes": found,
        "limits": limits,
    }  # fmt: skip
    base = decision.scenarios[0]
    lived = f"{len(decision.seeds)} plausible worlds, seeds {decision.seeds[0]} to {decision.seeds[-1]}"
    footer = made_by(base.title, lived, f"{base.population.users:,} simulated people"), command

    def draw(there: Path) -> None:
        draw_decision(decision, there, footer)
        (there / "decide.html").write_text(page(decision, name=name, command=command), encoding="utf-8")

    scenarios = dict(zip((name, *decision.levers[1:]), decision.scenarios, strict=True))
    write_report(folder, tables, COLUMNS, scenarios=scenarios, seeds=decision.seeds, command=command, draw=draw,
                 draws=decision.hashes)  # fmt: skip


def _print(decision: Decision) -> None:
    """The answer, and what each lever changes in each outcome that moves."""
    from sim.view.decide import words

    click.echo(words.sentence(decision))
    moving = words.moved(decision)
    rows = [
        (words.spoken(lever), *(words.plain(words.change(decision, lever, outcome)) for outcome in moving))
        for lever in decision.levers[1:]
    ]
    columns = ("lever", *(f"{outcome.name}, {outcome.unit}" for outcome in moving))
    title = f"Against doing nothing: mean over {len(decision.seeds)} plausible worlds, with the 5th to 95th percentile"
    shared.console().print(shared.terminal_table(title, columns, rows, numeric=columns[1:]))
