"""``lawshock compare`` and ``lawshock ask``: worlds in pairs of runs with the same luck, and a page that answers."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.analyses.question import LOCAL, Answer, Asked, foretell, load_scenario, question
from sim.command import shared

if TYPE_CHECKING:
    from sim.analyses.claims import FlipTest
    from sim.analyses.compare.analysis import Comparison
    from sim.scenario.schema import Scenario
    from sim.view.links import Chain

PEOPLE, PAIRS = 30_000, 40
"""Simulated people and pairs of runs: about two minutes of one core, measured, so about one of two cores."""
ASKED = "asked"
"""What the world that is asked for is called in tables."""
PAGE_TELLS = "The question"
"""The heading under which a page holds the question as it was typed."""
EXAMPLE = "--act 'force-stance company=Meta stance=comply date=2020-10-01'"


@question(
    "compare", argument=click.argument("scenarios", nargs=-1, metavar="SCENARIO SCENARIO ..."), users="own",
    study=False, reference=False, best=True, out="results/local/compare-NAMES, by the settings",
)  # fmt: skip
def compare(asked: Asked) -> Answer:
    """Compare each SCENARIO with the first: what differs, what that changes, and for whom.

    Every world gets the same seeds, and --set and --users change them all. Each pair of runs lives a plausible world:
    both take the same draw of all that is not measured. Half as many pairs run with the scenarios' own
    parameters, which shows what luck alone does.

    Example:  lawshock compare hong-kong-2020 companies-comply --users 10000 --replicates 4 --set end=2020-12-31
    """
    from sim.scenario.files import name_of

    files = asked.options["scenarios"]
    if len(files) < 2:
        raise click.UsageError(f"expected two scenarios or more, found {len(files)}")
    names, worlds = [name_of(file) for file in files], [asked.load(file) for file in files]
    command = shlex.join(["lawshock", "compare", *names, *(word for key, words in asked.typed.items()
                                                           if key != "scenarios" for word in words)])  # fmt: skip
    asked.settle(
        _as_compared(names, worlds), command=command, place=lambda digits: LOCAL / f"compare-{'-'.join(names)}-{digits}"
    )
    comparison, tested, chains = _compared(asked, worlds, names)
    says: list[str] = []
    for name in comparison.others:
        changes = comparison.changes.loc[comparison.changes["world"] == name, "sentence"]
        says += [f"\n{name} against {comparison.names[0]}", *(f"- {sentence}" for sentence in changes)]
        says += answer_told(comparison, name, tested.get(name))
    where = f"\nTables, page and figures: {asked.folder}"
    return Answer(write=lambda: _write(asked, comparison, tested, chains), says=says, where=where)


@question(
    "ask",
    click.option(
        "--act", "acts", multiple=True, metavar="'KIND KEY=VALUE ...'",
        help="An act that is added; one with the id of an act that is there changes it.",
    ),
    click.option("--without", multiple=True, metavar="KEY", help="What is left out, such as acts.rules."),
    users=PEOPLE, replicates=(1, PAIRS, "Pairs of runs."), study=False, reference=False, best=True,
    out=click.option("-o", "--out", type=click.Path(path_type=Path), default=Path("answer.html"), show_default=True,
                     help="The page."),
)  # fmt: skip
def ask(asked: Asked) -> Answer:
    """Ask what would change in SCENARIO with other acts, and write the answer as a page.

    Beside the page stand the question as a scenario file and a folder of tables; those of another question are replaced
    only with --replace. Each pair of runs has its own draw of
    the calibrated parameters, so that the bands hold chance and these. There are no more simulated people than in
    SCENARIO, unless --users says so.

    Example:  lawshock ask hong-kong-2020 --act "force-stance company=Meta stance=comply date=2020-10-01" -o answer.html
    """
    scenario, acts, without, page = asked.scenario, asked.options["acts"], asked.options["without"], asked.out
    if not acts and not without:
        raise click.UsageError(f"expected --act or --without, such as {EXAMPLE}")
    assert page is not None
    assert asked.users is not None
    own = load_scenario(scenario, asked.overrides).population.users
    asked.users = asked.users if "users" in asked.typed else min(asked.users, own)
    settings = [*asked.overrides, f"population.users={asked.users}"]

    from sim.analyses.ask import ask as ask_world
    from sim.analyses.ask import to_file
    from sim.runs.files import check_file, placing

    saved, asked.out = _beside(page, scenario)
    worlds = [asked.load(), ask_world(scenario, acts, without, settings)]
    names = (asked.name, ASKED if asked.name != ASKED else f"{ASKED} again")
    again = ["--users", asked.users, "--replicates", asked.replicates, "--seed", asked.seed]
    again += [word for override in asked.overrides for word in ("--set", override)] + ["--best"] * asked.best
    command = shlex.join(["lawshock", "compare", *names, *map(str, again)])
    own_file = scenario if not Path(scenario).is_absolute() else asked.name  # a page names no place of a machine
    typed = shlex.join(["lawshock", "ask", own_file, *(word for words in asked.typed.values() for word in words)])
    text = to_file(scenario, worlds[1], acts, without, saved).encode()
    check_file(page, replaceable=None if asked.replace else lambda old: shared.is_page_of(old, PAGE_TELLS, typed))
    check_file(saved, replaceable=None if asked.replace else text.__eq__)
    pictures = [page.with_suffix(suffix) for suffix in (".png", ".svg")]
    for picture in pictures:  # those of a page go with it
        check_file(picture, replaceable=None if asked.replace or page.is_file() else lambda _: False)
    asked.settle(_as_compared(names, worlds), command=command)

    from sim.view.answer import answer
    from sim.view.memo import draw_memo

    comparison, tested, chains = _compared(asked, worlds, names)
    flips, chain = tested.get(names[1]), chains.get(names[1])

    def write() -> None:
        html = answer(comparison, names[1], asked=typed, scenario_file=saved.name, tested=flips, chain=chain)
        with tempfile.TemporaryDirectory(prefix="lawshock-") as place:
            drawn = draw_memo(comparison, names[1], Path(place), page.stem, command=typed, tested=flips)
            made = dict(zip(pictures, (one.read_bytes() for one in drawn), strict=True))
        with placing({page: html.encode(), saved: text, **made}):
            _write(asked, comparison, tested, chains)

    where = f"\nPage: {page}\nPicture: {pictures[0]}\nScenario: {saved}\nTables: {asked.folder}"
    return Answer(write=write, says=[*answer_told(comparison, names[1], flips)], where=where)


def _as_compared(names: Sequence[str], worlds: Sequence[Scenario]) -> Mapping[str, Scenario]:
    """The worlds as they are compared, and written, by their names."""
    from sim.analyses.compare.analysis import around_one_day

    return dict(zip(names, around_one_day(worlds), strict=True))


def _compared(
    asked: Asked, worlds: Sequence[Scenario], names: Sequence[str]
) -> tuple[Comparison, Mapping[str, FlipTest], Mapping[str, Chain]]:
    """The comparison, what would flip its answers, and the links that carry them."""
    from sim.analyses.compare.analysis import compare as compare_worlds
    from sim.results.bands import pairs_by_chance
    from sim.view.answer import try_answers
    from sim.view.links import try_links

    drawn, draws = asked.drawn(*worlds)
    pairs = asked.replicates + (pairs_by_chance(asked.replicates) if drawn else 0)
    foretell([(world, pairs) for world in worlds], asked.workers)
    label = f"{' and '.join(names)}: {worlds[0].population.users:,} people, {worlds[0].days} days"
    with asked.keeping(label, len(worlds) * pairs) as how:
        comparison = compare_worlds(
            *worlds, names=names, replicates=asked.replicates, workers=asked.workers, drawn=drawn, draws=draws, **how
        )
    with asked.keeping("what would flip it", 1) as how:
        tested = try_answers(comparison, workers=asked.workers, keep=how["keep"], on_progress=how["on_progress"])
    with asked.keeping("why", 1) as how:
        chains = try_links(comparison, workers=asked.workers, keep=how["keep"], on_progress=how["on_progress"])
    return comparison, tested, chains


def _write(asked: Asked, comparison: Comparison, tested: Mapping[str, FlipTest], chains: Mapping[str, Chain]) -> None:
    from sim.analyses.compare.analysis import write_comparison
    from sim.view.memo import draw_answers

    write_comparison(
        comparison, asked.folder, command=asked.command,
        draw=lambda place: draw_answers(comparison, place, asked.command, tested, chains),
    )  # fmt: skip


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


def answer_told(comparison: Comparison, world: str, tested: FlipTest | None) -> Iterator[str]:
    """The answer, its verdict, and how sure it is."""
    from sim.view.answer import verdict_of
    from sim.view.words import Told

    told = Told(comparison, world)
    verdict, agreed, hangs = verdict_of(told, tested)
    yield "\n" + " ".join(told.sentences)
    yield f"{verdict}. {agreed} {hangs}".rstrip()
    yield " ".join(told.sure)
