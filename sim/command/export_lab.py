"""``lawshock export-lab``."""

from __future__ import annotations

from pathlib import Path

import click

from sim.command import shared

PEOPLE, PAIRS = 10_000, 40
PAGE_TELLS = "The laboratory"
"""The heading under which a page holds the command that made it."""


@click.command()
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), default=Path("laboratory.html"), show_default=True, help="The page."
)
@click.option("--only", default=None, metavar="NAME,NAME,…", help="Questions, as their scenarios; all when absent.")
@shared.few_users(PEOPLE)
@shared.replicates_of(1, PAIRS, "Pairs of runs for each question.")
@shared.seed_option
@shared.workers_option
@shared.path_option(
    "--study",
    "kept",
    told="Folder that keeps finished questions.  [default: results/local/laboratory-…, by the settings]",
)
@shared.replace_option
@shared.set_option
def export_lab(
    out: Path,
    only: str | None,
    users: int,
    replicates: int,
    seed: int,
    workers: int | None,
    kept: Path | None,
    replace: bool,
    overrides: tuple[str, ...],
) -> None:
    """Answer every question of the laboratory on Hong Kong, and write it as one page that needs no server.

    Each question is a card: what if Meta complies, WhatsApp is blocked, the law never comes. Its world is lived beside
    the world as it was, in pairs with the same luck and the same plausible parameters. Finished questions are kept: the
    same command goes on where it stopped.

    Example:  lawshock export-lab -o laboratory.html
    """
    if out.suffix.lower() not in (".html", ".htm"):
        raise click.UsageError(f"{str(out)[:200] or '--out'}: expected a page, such as laboratory.html")

    from sim.view.laboratory.cards import BASE, CARDS, chosen

    cards = CARDS if only is None else chosen([name.strip() for name in only.split(",") if name.strip()])
    if not cards:
        raise click.UsageError("--only: expected a question or more, such as no-law")
    settings = [*overrides, f"population.users={users}"]
    base = shared.load_scenario(BASE, settings)
    worlds = {card.name: card.world(settings) for card in cards}
    typed = shared.typed_settings("only", "users", "replicates", "seed", "overrides")
    command = shared.as_typed(["lawshock", "export-lab", *typed])
    kept = kept or shared.LOCAL / f"laboratory-{shared.settings_hash(command, base, *worlds.values())}"

    from sim.runs.files import check_file, write_whole

    check_file(out, replaceable=None if replace else lambda page: shared.is_page_of(page, PAGE_TELLS, command))

    from sim.view.laboratory.forms import schema
    from sim.view.laboratory.page import laboratory
    from sim.view.laboratory.worlds import Asked, answers

    drawn, draws = shared.drawn(overrides, base, *worlds.values())
    asked = Asked((BASE, base), worlds, replicates, seed, drawn, draws, overrides)
    label = f"{len(cards)} questions: {users:,} people, {base.days} days"
    with shared.progress(label, len(asked.worlds) * asked.runs) as report:
        told = answers(asked, kept, workers=workers, on_progress=report)
    text = laboratory(asked, cards, told, place=out, command=command, schema=schema(base, BASE, live=False)).encode()
    write_whole(out, text)
    for card in cards:
        click.echo(f"{card.words}: {told[card.name]['sentence']}")
    click.echo(f"\nPage: {out} ({len(text) / 1e6:.1f} MB)\nKept: {kept}")
