"""The command of a question: its own options, those that every question has, and what is done with the answer."""

from __future__ import annotations

import inspect
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from sim.analyses.question import Answer, Asked, Listing, Question
from sim.command import shared

HOW = ("workers", "runs", "out", "replace")
"""Options that move no number."""


def command_of(question: Question) -> click.Command:
    """The command that asks a question."""
    name = question.name
    where = "within the folder of the runs" if question.study else f"results/local/{name}-NAME, by the settings"
    if question.reference:
        where = f"results/{name} for the reference, else {where}"
    options = [
        click.argument("scenario"), *question.options,
        *([] if question.users is None else [shared.few_users(question.users)]),
        shared.replicates_of(*question.replicates), shared.seed_option, shared.workers_option,
        shared.study_option if question.study else shared.runs_option,
        shared.out_option(where), shared.replace_option, shared.set_option,
    ]  # fmt: skip

    def call(
        scenario: str, replicates: int, seed: int, workers: int | None, runs: Path | None, out: Path | None,
        replace: bool, overrides: tuple[str, ...], users: int | None = None, **own: Any,
    ) -> None:  # fmt: skip
        params = [one for one in click.get_current_context().command.params if one.name not in HOW]
        typed = {str(one.name): shared.typed_settings(str(one.name)) for one in params if one.name != "scenario"}
        with ExitStack() as stack:
            asked = Asked(
                question, scenario, own, users, replicates, seed, workers, runs, out, replace, overrides,
                {name: words for name, words in typed.items() if words},
                shared.progress, stack,
            )  # fmt: skip
            answer = question.answer(asked)
            write(asked, answer)
        say(answer.says)
        click.echo(f"Page: {asked.folder / answer.page}" if answer.page else f"Tables and figures: {asked.folder}")

    for option in reversed(options):
        call = option(call)
    return click.command(name, help=inspect.getdoc(question.answer))(call)


def write(asked: Asked, answer: Answer) -> None:
    """Put an answer into its folder."""
    from sim.results.folder import made_by, write_report

    footer = made_by(*answer.made, command=asked.command)
    write_report(
        asked.folder, answer.tables, answer.columns, scenarios=asked.worlds, seeds=asked.seeds, command=asked.command,
        draw=lambda there: answer.draw(there, footer), draws=answer.draws,
    )  # fmt: skip


def say(what: Any) -> None:
    """Print lines and tables, with the minus that every terminal has."""
    for one in what:
        if isinstance(one, Listing):
            rows = [[str(cell).replace("−", "-") for cell in row] for row in one.rows]
            shared.console().print(shared.terminal_table(one.title, one.columns, rows, numeric=one.numeric))
        else:
            click.echo(one)
