"""``lawshock ask``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.command import shared

if TYPE_CHECKING:
    from sim.analyses.claims.analysis import FlipTest
    from sim.analyses.compare.analysis import Comparison

PEOPLE, PAIRS = 30_000, 40
"""Simulated people and pairs of runs: about two minutes of one core, measured, so about one of two cores."""
ASKED = "asked"
"""What the world that is asked for is called in tables."""
PAGES = (".html", ".htm")
PAGE_TELLS = "The question"
"""The heading under which a page holds the question as it was typed."""


@click.command()
@click.argument("scenario")
@click.option(
    "--act",
    "acts",
    multiple=True,
    metavar="'KIND KEY=VALUE ...'",
    help="An act that is added; one with the id of an act that is there changes it.",
)
@click.option("--without", multiple=True, metavar="KEY", help="What is left out, such as acts.rules.")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), default=Path("answer.html"), show_default=True, help="The page."
)
@click.option(
    "--users", type=int, default=PEOPLE, show_default=True, help="Simulated people, at most those of the scenario."
)
@shared.replicates_of(1, PAIRS, "Pairs of runs.")
@shared.seed_option
@shared.workers_option
@shared.runs_option
@shared.best_option
@shared.replace_option
@shared.set_option
def ask(
    scenario: str,
    acts: tuple[str, ...],
    without: tuple[str, ...],
    out: Path,
    users: int,
    replicates: int,
    seed: int,
    workers: int | None,
    runs: Path | None,
    best: bool,
    replace: bool,
    overrides: tuple[str, ...],
) -> None:
    """Ask what would change in SCENARIO with other acts, and write the answer as a page.

    Beside the page stand the question as a scenario file and a folder of tables; those of another question are replaced
    only with --replace. Each pair of runs has its own draw of
    the calibrated parameters, so that the bands hold chance and these.

    Example:  lawshock ask hong-kong-2020 --act "force-stance company=Meta stance=comply date=2020-10-01" -o answer.html
    """
    if not acts and not without:
        raise click.UsageError(f"expected --act or --without, such as {EXAMPLE}")
    settings = _settings(scenario, users, overrides)

    from sim.analyses.ask import ask as ask_world
    from sim.analyses.ask import to_file

    saved, folder = _beside(out, scenario)
    base, world = shared.load_scenario(scenario, settings), ask_world(scenario, acts, without, settings)
    name = shared.scenario_name(scenario)
    names = (name, ASKED if name != ASKED else f"{ASKED} again")
    again = ["--users", base.population.users, "--replicates", replicates, "--seed", seed]
    again += [word for override in overrides for word in ("--set", override)] + ["--best"] * best
    command = shared.as_typed(["lawshock", "compare", *names, *map(str, again)])
    typed = ["lawshock", "ask", name, *shared.typed_settings("acts", "without", "users", "replicates", "seed", "best")]
    asked = shared.as_typed([*typed, *shared.typed_settings("overrides")])
    question = to_file(scenario, world, acts, without, saved).encode()

    from sim.runs.files import check_file, placing

    check_file(out, replaceable=None if replace else lambda page: shared.is_page_of(page, PAGE_TELLS, asked))
    check_file(saved, replaceable=None if replace else question.__eq__)

    from sim.analyses.compare.analysis import around_one_day, compare, write_comparison

    there = dict(zip(names, around_one_day((base, world)), strict=True))
    shared.settle(folder, folder, command, there, replace=replace)

    from sim.results.paired import lucky_pairs
    from sim.view.answer import answer
    from sim.view.answer.folder import draw_answers, try_answers

    drawn, draws = (None, {}) if best else shared.drawn(settings, base, world)
    pairs = replicates + (0 if best else lucky_pairs(replicates))
    label = f"{pairs} pairs of runs: {base.population.users:,} people, {base.days} days"
    with shared.working(runs, folder) as keep:
        with shared.progress(label, 2 * pairs) as report:
            comparison = compare(
                base, world, names=names, replicates=replicates, seed=seed, workers=workers,
                drawn=drawn, draws=draws, keep=keep, on_progress=report,
            )  # fmt: skip
        with shared.progress("what would flip it", 1) as report:
            tested = try_answers(comparison, workers=workers, keep=keep, on_progress=report)
        flips = tested.get(names[1])
        page = answer(comparison, names[1], command=command, asked=asked, scenario_file=saved.name, tested=flips)
        with placing({out: page.encode(), saved: question}):
            write_comparison(
                comparison, folder, command=command, draw=lambda here: draw_answers(comparison, here, command, tested)
            )
    _print(comparison, names[1], flips)
    click.echo(f"\nPage: {out}\nScenario: {saved}\nTables: {folder}")


def _beside(out: Path, scenario: str) -> tuple[Path, Path]:
    """File of the question and folder of the tables beside a page.

    Raises:
        click.UsageError: The page is no page by its name, or the file would take the place of the scenario asked about.
    """
    from sim.scenario.files import locate

    if out.suffix.lower() not in PAGES:
        raise click.UsageError(f"{str(out)[:200] or '--out'}: expected a page, such as answer.html")
    saved = out.with_suffix(".toml")
    if saved.exists() and saved.samefile(locate(scenario)):
        raise click.UsageError(f"{saved}: the question would take the place of its scenario; choose another --out")
    return saved, out.with_suffix("")


EXAMPLE = "--act 'force-stance company=Meta stance=comply date=2020-10-01'"


def _settings(scenario: str, users: int, overrides: tuple[str, ...]) -> list[str]:
    """The overrides of both worlds; a scenario with fewer people than are asked for keeps its own."""
    own = shared.load_scenario(scenario, overrides).population.users
    given = click.get_current_context().get_parameter_source("users") is click.core.ParameterSource.COMMANDLINE
    return [*overrides, f"population.users={users if given else min(users, own)}"]


def _print(comparison: Comparison, world: str, tested: FlipTest | None) -> None:
    from sim.view.answer import words
    from sim.view.answer.page import apps_named
    from sim.view.answer.turning import turning

    found, named = words.changes(comparison.courses(world)), apps_named(comparison, world)
    click.echo("\n" + " ".join(words.answer(found, comparison.scenarios[0].end, named)).rstrip())
    if tested:
        told = turning(tested)
        click.echo(f"{told.label[0].upper()}{told.label[1:]}. {told.why}")
    click.echo(" ".join(words.how_sure(found, named, drawn=bool(comparison.worlds))))
