"""``lawshock compare`` and ``lawshock ask``: worlds in pairs of runs with the same luck, and a page that answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.command import shared

if TYPE_CHECKING:
    from sim.analyses.claims.analysis import FlipTest
    from sim.analyses.compare.analysis import Comparison
    from sim.scenario.schema import Scenario

MOST_MEASURES = 24
"""Headline measures that the terminal shows; the tables have all."""
PEOPLE, PAIRS = 30_000, 40
"""Simulated people and pairs of runs: about two minutes of one core, measured, so about one of two cores."""
ASKED = "asked"
"""What the world that is asked for is called in tables."""
PAGE_TELLS = "The question"
"""The heading under which a page holds the question as it was typed."""
EXAMPLE = "--act 'force-stance company=Meta stance=comply date=2020-10-01'"


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
    scenarios: tuple[str, ...], users: int | None, out: Path | None, replace: bool, overrides: tuple[str, ...],
    **how: Any,
) -> None:  # fmt: skip
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
    typed = shared.typed_settings("users", "replicates", "seed", "overrides") + ["--best"] * how["best"]
    command = shared.as_typed(["lawshock", "compare", *names, *typed])
    default = shared.LOCAL / f"compare-{'-'.join(names)}-{shared.settings_hash(command, *worlds)}"
    folder = _settle(out, default, command, names, worlds, replace=replace)

    with _compared(worlds, names, folder, overrides, **how) as (comparison, tested):
        _write(comparison, tested, folder, command)
    for name in comparison.others:
        _print_world(comparison, name)
    click.echo(f"\nTables and figures: {folder}")


@click.command()
@click.argument("scenario")
@click.option(
    "--act", "acts", multiple=True, metavar="'KIND KEY=VALUE ...'",
    help="An act that is added; one with the id of an act that is there changes it.",
)  # fmt: skip
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
    scenario: str, acts: tuple[str, ...], without: tuple[str, ...], out: Path, users: int, replace: bool,
    overrides: tuple[str, ...], **how: Any,
) -> None:  # fmt: skip
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
    worlds = [shared.load_scenario(scenario, settings), ask_world(scenario, acts, without, settings)]
    name = shared.scenario_name(scenario)
    names = (name, ASKED if name != ASKED else f"{ASKED} again")
    again = ["--users", worlds[0].population.users, "--replicates", how["replicates"], "--seed", how["seed"]]
    again += [word for override in overrides for word in ("--set", override)] + ["--best"] * how["best"]
    command = shared.as_typed(["lawshock", "compare", *names, *map(str, again)])
    typed = shared.typed_settings("acts", "without", "users", "replicates", "seed", "best")
    asked = shared.as_typed(["lawshock", "ask", name, *typed, *shared.typed_settings("overrides")])
    question = to_file(scenario, worlds[1], acts, without, saved).encode()

    from sim.runs.files import check_file, placing

    check_file(out, replaceable=None if replace else lambda page: shared.is_page_of(page, PAGE_TELLS, asked))
    check_file(saved, replaceable=None if replace else question.__eq__)
    _settle(folder, folder, command, names, worlds, replace=replace)

    from sim.view.answer import answer

    with _compared(worlds, names, folder, settings, **how) as (comparison, tested):
        flips = tested.get(names[1])
        page = answer(comparison, names[1], command=command, asked=asked, scenario_file=saved.name, tested=flips)
        with placing({out: page.encode(), saved: question}):
            _write(comparison, tested, folder, command)
    _print_answer(comparison, names[1], flips)
    click.echo(f"\nPage: {out}\nScenario: {saved}\nTables: {folder}")


def _settle(
    out: Path | None, default: Path, command: str, names: Sequence[str], worlds: Sequence[Scenario], *, replace: bool
) -> Path:
    """The folder of a comparison, whose files hold the worlds as they are compared."""
    from sim.analyses.compare.analysis import around_one_day

    there = dict(zip(names, around_one_day(worlds), strict=True))
    return shared.settle(out, default, command, there, replace=replace)


@contextmanager
def _compared(
    worlds: Sequence[Scenario], names: Sequence[str], folder: Path, fixed: Sequence[str], *, replicates: int, seed: int,
    workers: int | None, runs: Path | None, best: bool,
) -> Iterator[tuple[Comparison, dict[str, FlipTest]]]:  # fmt: skip
    """The comparison, and what would flip its answers; the runs are kept until the block ends well."""
    from sim.analyses.compare.analysis import compare as compare_worlds
    from sim.results.bands import pairs_by_chance
    from sim.view.answer import try_answers

    drawn, draws = (None, {}) if best else shared.drawn(fixed, *worlds)
    pairs = replicates + (0 if best else pairs_by_chance(replicates))
    label = f"{' and '.join(names)}: {worlds[0].population.users:,} people, {worlds[0].days} days"
    with shared.working(runs, folder) as keep:
        with shared.progress(label, len(worlds) * pairs) as report:
            comparison = compare_worlds(
                *worlds, names=names, replicates=replicates, seed=seed, workers=workers, drawn=drawn, draws=draws,
                keep=keep, on_progress=report,
            )  # fmt: skip
        with shared.progress("what would flip it", 1) as report:
            tested = try_answers(comparison, workers=workers, keep=keep, on_progress=report)
        yield comparison, dict(tested)


def _write(comparison: Comparison, tested: dict[str, FlipTest], folder: Path, command: str) -> None:
    from sim.analyses.compare.analysis import write_comparison
    from sim.view.answer import draw_answers

    write_comparison(
        comparison, folder, command=command, draw=lambda place: draw_answers(comparison, place, command, tested)
    )


def _beside(out: Path, scenario: str) -> tuple[Path, Path]:
    """File of the question and folder of the tables beside a page.

    Raises:
        click.UsageError: The page is no page by its name, or the file would take the place of the scenario asked about.
    """
    from sim.scenario.files import locate

    if out.suffix.lower() not in shared.PAGES:
        raise click.UsageError(f"{str(out)[:200] or '--out'}: expected a page, such as answer.html")
    saved = out.with_suffix(".toml")
    if saved.exists() and saved.samefile(locate(scenario)):
        raise click.UsageError(f"{saved}: the question would take the place of its scenario; choose another --out")
    return saved, out.with_suffix("")


def _settings(scenario: str, users: int, overrides: tuple[str, ...]) -> list[str]:
    """The overrides of both worlds; a scenario with fewer people than are asked for keeps its own."""
    own = shared.load_scenario(scenario, overrides).population.users
    given = click.get_current_context().get_parameter_source("users") is click.core.ParameterSource.COMMANDLINE
    return [*overrides, f"population.users={users if given else min(users, own)}"]


def _print_answer(comparison: Comparison, world: str, tested: FlipTest | None) -> None:
    from sim.view import words
    from sim.view.answer import turning

    found = words.changes(comparison.courses(world))
    named = words.apps_named(comparison.scenarios[0], comparison.world(world))
    click.echo("\n" + " ".join(words.answer(found, comparison.scenarios[0].end, named)).rstrip())
    if tested:
        told = turning(tested)
        click.echo(f"{words.capital(told.label)}. {told.agreed} {told.hangs}".rstrip())
    click.echo(" ".join(words.how_sure(found, named, drawn=bool(comparison.worlds))))


def _print_world(comparison: Comparison, name: str) -> None:
    """What makes a world another, the measures that move most against chance, and the people whom that turns."""
    from sim.analyses.compare.outcomes import END
    from sim.command.summary import number, rounded
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
        (row.name, number(row.base), number(row.other), *rounded(row.p05, row.mean, row.p95),
         rounded(row.low, row.mean, row.high)[1], row.unit)
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
