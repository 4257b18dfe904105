"""The command of a question: its own options, those that every question has, and what is done with the answer."""

from __future__ import annotations

import inspect
from contextlib import ExitStack
from typing import Any

import click

from sim.analyses.question import Answer, Asked, Question
from sim.command import shared

HOW = ("workers", "threads", "runs", "out", "replace")
"""Options that move no number."""
COMMON = ("scenario", "users", "replicates", "seed", "workers", "runs", "out", "replace", "overrides", "best")
"""What ``Asked`` has a place for; all else is a question's own."""


def command_of(question: Question) -> click.Command:
    """The command that asks a question."""
    name, out = question.name, question.out
    where = "within the folder of the runs" if question.study else f"results/local/{name}-NAME, by the settings"
    where = f"results/{name} for the reference, else {where}" if question.reference else where
    users = [] if question.users is None else [shared.users_of(question.users)]
    options = [
        question.argument, *question.options, *users, shared.replicates_of(*question.replicates), shared.seed_option,
        shared.workers_option, shared.study_option if question.study else shared.runs_option,
        shared.out_option(out or where) if isinstance(out, str) else out, shared.replace_option, shared.set_option,
        *([shared.best_option] if question.best else []),
    ]  # fmt: skip

    def call(**given: Any) -> None:
        params = [one for one in click.get_current_context().command.params if one.name not in HOW]
        typed = {str(one.name): shared.typed_settings(str(one.name)) for one in params if one.name != "scenario"}
        with ExitStack() as stack:
            asked = Asked(
                question, {key: value for key, value in given.items() if key not in COMMON},
                typed={key: words for key, words in typed.items() if words}, progress=shared.progress, open=stack,
                **{key: value for key, value in given.items() if key in COMMON},
            )  # fmt: skip
            answer = question.answer(asked)
            write(asked, answer)
        shared.say(answer.says)
        click.echo(answer.where or f"Tables and figures: {asked.folder}")

    return click.command(name, help=inspect.getdoc(question.answer))(shared.with_options(*options)(call))


def write(asked: Asked, answer: Answer) -> None:
    """Put an answer into its folder."""
    from sim.results.folder import made_by, write_report

    if answer.write:
        answer.write()
        return
    footer = made_by(*answer.made, command=asked.command)
    write_report(
        asked.folder, answer.tables, answer.columns, scenarios=asked.worlds, seeds=asked.seeds, command=asked.command,
        draw=lambda there: answer.draw and answer.draw(there, footer), draws=answer.draws,
    )  # fmt: skip
