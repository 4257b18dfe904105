"""``lawshock decide``: the question of ``sim.analyses.decide``, with its page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.analyses.question import Answer, Asked, Listing, needs, question

if TYPE_CHECKING:
    from sim.analyses.decide import Decision


@question(
    "decide", click.argument("levers", nargs=-1, metavar="[LEVER ...]"),
    click.option(
        "--threshold", "thresholds", multiple=True, metavar="'OUTCOME <= LEVEL'",
        help="A level that is good enough, such as 'accounts <= 1000'; several must all hold.",
    ),
    users=10_000, replicates=(2, 32, "Plausible worlds, the same for every lever."),
)  # fmt: skip
def decide(asked: Asked) -> Answer:
    """Weigh LEVERs in SCENARIO: what each does to people in plausible worlds, which is good enough how often, and where
    it fails.

    A lever is a scenario that differs from SCENARIO in acts or values that protect rights; any other is refused.
    Without one, those that come with SCENARIO are weighed. Runs are kept: the same command goes on where it stopped.

    Example:  lawshock decide hong-kong-2020 court-order-kept early-pause --users 1000 --replicates 12
    """
    needs("ema_workbench")
    from sim.analyses import decide as study_of
    from sim.analyses.compare.analysis import around_one_day
    from sim.results.posterior import load_posterior
    from sim.scenario.files import name_of

    base, choice = asked.load(), study_of.shipped_choice(asked.name)
    files, levels = asked.options["levers"] or choice.levers, asked.options["thresholds"] or choice.thresholds
    if not files:
        raise click.UsageError(f"expected a lever: {asked.name} comes with none")
    worlds = {name_of(file): asked.load(file) for file in files}
    if len(worlds) < len(files) or asked.name in worlds:
        raise click.UsageError(f"expected a name of its own for each lever, found {', '.join(files)}")
    for lever, world in worlds.items():
        study_of.check_lever(base, lever, world)
    events = [study_of.parse_threshold(text) for text in levels]
    there = dict(zip((asked.name, *worlds), around_one_day([base, *worlds.values()]), strict=True))
    thresholds = [word for event in events for word in ("--threshold", str(event))]
    asked.settle(there, {"levers": [*worlds], "thresholds": thresholds})
    posterior, study = load_posterior(), asked.study()
    laid = study_of.lay_out(study, base, worlds, posterior, asked.seeds, asked.fixed)
    asked.make(study, laid.cells, study_of.TABLES)
    return _answer(study_of.read(study, laid, events, posterior.hashes), asked)


def _answer(decision: Decision, asked: Asked) -> Answer:
    from sim.analyses.decide import COLUMNS, values_table
    from sim.results.folder import made_by
    from sim.view.decide import changes_table, decision_page, draw_decision, moved, sentence

    made = (decision.scenarios[0].title, f"{asked.replicates} plausible worlds, {asked.span}",
            f"{asked.users:,} simulated people")  # fmt: skip
    factors, found, limits = decision.failures
    tables = {
        "outcomes": decision.table, "regret": decision.regret, "robustness": decision.robustness,
        "values": values_table(decision), "draws": decision.draws.reset_index(), "fails": factors, "boxes": found,
        "limits": limits,
    }  # fmt: skip

    def draw(there: Path, _: str) -> None:
        draw_decision(decision, there, (made_by(*made), asked.command))
        text = decision_page(decision, name=asked.name, command=asked.command)
        (there / "decide.html").write_text(text, encoding="utf-8")

    moving = moved(decision)
    rows = [*changes_table(decision, moving).itertuples(index=False)]
    columns = ("lever", *(f"{outcome.name}, {outcome.unit}" for outcome in moving))
    title = f"Against doing nothing: mean over {asked.replicates} plausible worlds, with the 5th to 95th percentile"
    says = (sentence(decision), Listing(title, columns, rows, columns[1:]))
    return Answer(tables, COLUMNS, draw, made, says, decision.hashes, where=f"Page: {asked.folder / 'decide.html'}")
