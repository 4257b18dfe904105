"""``lawshock explore``: the laboratory, served or as a file."""

from __future__ import annotations

import shlex
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click

from sim.analyses.question import load_scenario, needs, working
from sim.command import shared

PEOPLE, PAIRS = 10_000, 40
"""Of a page."""
SERVED_PEOPLE = 20_000
"""Of a run of a server, at most: enough for shares within 0.3 points, few enough to answer at once."""
FILE = "laboratory.html"
MADE_BY = "The laboratory"
"""The heading under which a page holds the command that made it."""
SERVING, RUNNING, WRITING = ("host", "port", "browser"), ("users", "replicates", "seed", "runs"), ("only", "replace")
"""Options that mean something to the server alone, to runs of a page, and to files."""


@click.command()
@click.argument("scenario", default="hong-kong-2020")
@shared.set_option
@shared.path_option(
    "--export", "file", help=f"Answer every question and write the laboratory as one page, such as {FILE}."
)
@shared.path_option(
    "--picture",
    "page",
    help="Draw a question (--only) of an exported page, such as laboratory.html, on three days: PNG and SVG beside it.",
)
@click.option(
    "--host", default="127.0.0.1", show_default=True,
    help="Address to serve on; one that others can reach asks them for a token.",
)  # fmt: skip
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="Port; 0 takes a free one."
)
@click.option("--browser/--no-browser", default=True, help="Open a browser.")
@shared.workers_option
@click.option("--only", metavar="NAME,NAME,…", help="Questions of --export (all when absent) or --picture.")
@shared.users_of(PEOPLE)
@shared.replicates_of(1, PAIRS, "With --export: pairs of runs for each question.")
@shared.seed_option
@shared.runs_option
@shared.replace_option
def explore(scenario: str, file: Path | None, page: Path | None, **options: Any) -> None:
    """Open the laboratory: questions about SCENARIO with their answers, and worlds of one's own beside it.

    SCENARIO is a file, or the name of one that comes with lawshock; a card of the reference is opened there.
    With --export, every question on Hong Kong is answered in pairs of runs with the same luck and the same plausible
    parameters, and the page needs no server. Finished runs are kept: the same command goes on where it stopped.

    Example:  lawshock explore hong-kong-2020
    """
    asked = SimpleNamespace(scenario=scenario, **options)
    if page:
        shared.refuse((*SERVING, *RUNNING, "scenario", "overrides", "workers", "file"), "no such option with --picture")
        _draw(page, asked)
        return
    shared.refuse(SERVING if file else (*RUNNING, *WRITING), f"{'without' if file else 'with'} --export")
    if file:
        _export(file, asked)
    else:
        _serve(asked)


def _serve(asked: SimpleNamespace) -> None:
    for package in ("starlette", "uvicorn"):
        needs(package)
    from sim.scenario.files import locate

    scenario, overrides = asked.scenario, asked.overrides
    own = load_scenario(scenario, overrides).population.users

    click.echo("Starting …")
    from sim.view.laboratory.questions import BASE, CARDS, Home
    from sim.view.laboratory.questions import PEOPLE as PEOPLE_KEY
    from sim.view.laboratory.server import launch

    if locate(scenario).samefile(locate(BASE)):
        scenario = BASE
    card = next((f"#q={card.name}" for card in CARDS if card.name == scenario and not card.acts), "")
    is_sized = any(override.replace(" ", "").startswith(PEOPLE_KEY) for override in overrides)
    settings = overrides if is_sized else (*overrides, f"{PEOPLE_KEY}{min(own, SERVED_PEOPLE)}")

    def ready(address: str) -> None:
        address += card
        click.echo(f"The laboratory is at {address}\nStop it with Ctrl+C.")
        if asked.browser:
            click.launch(address)

    command = shlex.join(["lawshock", "explore", scenario, *shared.typed_settings("overrides")])
    home = Home(BASE if card else scenario, settings)
    try:
        launch(
            home, host=asked.host, port=asked.port, workers=asked.workers, say=click.echo, ready=ready, command=command
        )
    except OSError as error:
        if getattr(error, "for_users", False):
            raise
        raise click.ClickException(
            f"cannot serve on {asked.host}, port {asked.port}: {error.strerror or error}"
        ) from None


def _export(file: Path, asked: SimpleNamespace) -> None:
    if file.suffix.lower() not in shared.PAGES:
        raise click.UsageError(f"{str(file)[:200] or '--export'}: expected a page, such as {FILE}")

    from sim.view.laboratory.questions import BASE, CARDS, Home, chosen

    if asked.scenario != BASE:
        raise click.UsageError(f"--export: expected {BASE}, the world of the questions, found {asked.scenario}")
    cards = CARDS if asked.only is None else chosen([name.strip() for name in asked.only.split(",") if name.strip()])
    if not cards:
        raise click.UsageError("--only: expected a question or more, such as no-law")
    home = Home(BASE, (*asked.overrides, f"population.users={asked.users}"))
    base = home.base()
    typed = shared.typed_settings("only", "users", "replicates", "seed", "overrides")
    command = shlex.join(["lawshock", "explore", "--export", FILE, *typed])

    from sim.runs.files import check_file, write_whole

    check_file(file, replaceable=None if asked.replace else lambda page: shared.is_page_of(page, MADE_BY, command))

    from sim.view.laboratory.page import answered, laboratory, on_cards, runs_of
    from sim.view.laboratory.questions import schema

    questions = on_cards(home, cards, seed=asked.seed)
    label = f"{len(cards)} questions: {asked.users:,} people, {base.days} days"
    with working(asked.runs, file) as keep:
        with shared.progress(label, runs_of(questions, asked.replicates)) as report:
            answers = answered(questions, asked.replicates, keep=keep, workers=asked.workers, on_progress=report)
        forms = schema(base, BASE, live=False)
        text = laboratory(questions, answers, pairs=asked.replicates, command=command, schema=forms).encode()
        write_whole(file, text)
    for card in cards:
        click.echo(f"{card.words}: {answers[card.name]['sentence']}")
    click.echo(f"\nPage: {file} ({len(text) / 1e6:.1f} MB)")


def _draw(page: Path, asked: SimpleNamespace) -> None:
    if asked.only is None:
        raise click.UsageError("--picture: expected a question with --only, such as whatsapp-complies")
    import tempfile

    from sim import bounded
    from sim.runs.files import check_file, placing
    from sim.view.figures.stage import draw

    with tempfile.TemporaryDirectory() as folder:
        try:
            drawn = {page.with_name(file.name): bounded.read(file) for file in draw(page, asked.only, Path(folder))}
        except ValueError as error:
            raise click.UsageError(f"--picture {page}: {error}") from error
    for file, data in drawn.items():
        check_file(file, replaceable=None if asked.replace else data.__eq__)
    with placing(drawn):
        pass
    click.echo("\n".join(map(str, drawn)))
