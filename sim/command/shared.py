"""What commands share: options, progress, and tables on a terminal."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import click
from click.core import ParameterSource

from sim.analyses.question import Listing

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

PAGES = (".html", ".htm")
MOST_REPLICATES, MOST_POINTS = 100_000, 1_000_000
LARGEST_SEED = 2**62
"""Half of what the model takes, so that the seeds of further replicates fit."""


type Option = Callable[[Any], Any]


def with_options(*options: Option) -> Option:
    """Give a command several options, which help lists in this order."""
    return lambda command: functools.reduce(lambda done, option: option(done), reversed(options), command)


def path_option(*names: str, help: str) -> Option:
    """An option that takes a file or a folder, and is nothing when absent; ``help`` says what it is for."""
    return click.option(*names, type=click.Path(path_type=Path), default=None, help=help)


def out_option(default: str) -> Option:
    """``--out`` of a command whose tables and figures go to ``default`` when it is absent."""
    return path_option("--out", help=f"Folder for tables and figures.  [default: {default}]")


def users_of(default: int | Literal["own"]) -> Option:
    """``--users``: many commands make so many runs that few people have to do."""
    if default == "own":
        return click.option("--users", type=int, help="Simulated people; as in the scenario when absent.")
    return click.option("--users", type=int, default=default, show_default=True, help="Simulated people.")


def replicates_of(least: int, default: int, what: str) -> Option:
    """``--replicates`` of a command whose replicates are runs of ``what``."""
    bounds = click.IntRange(least, MOST_REPLICATES)
    return click.option("--replicates", type=bounds, default=default, show_default=True, help=what)


seed_option = click.option(
    "--seed", type=click.IntRange(0, LARGEST_SEED), default=1, show_default=True, help="Seed of the first run."
)
workers_option = click.option("--workers", type=click.IntRange(1, 512), help="Processes; all cores when absent.")
study_option = path_option("--study", "runs", help="Folder that keeps the runs.")
runs_option = path_option(
    "--runs", help="Folder that keeps finished runs for good.  [default: beside the results, until these are in place]"
)
replace_option = click.option("--replace", is_flag=True, help="Replace what is there of other settings.")
best_option = click.option(
    "--best", is_flag=True, help="Keep the scenario's own parameters in every run: bands then hold luck alone."
)
set_option = click.option(
    "--set", "overrides", multiple=True, metavar="KEY=VALUE",
    help="Change one value, by its dotted key: --set companies.Meta.cutoff=0.98.",
)  # fmt: skip
SURE_SECONDS = 10.0
"""Work after which its pace says how long the rest takes: processes that start together finish together at first."""


class Report(Protocol):
    """Reports how much is done, and of how much where that has changed."""

    def __call__(self, done: float, whole: float = ..., /) -> None:
        """Show it."""


def is_page_of(page: bytes, heading: str, command: str) -> bool:
    """Whether a file is a page of ours that holds one command, and no other, under a heading of its last part."""
    import html
    import re

    text = page.decode(errors="replace")
    found = re.search(f"<dt>{heading}</dt><dd><code>(.*?)</code></dd>", text, re.DOTALL)
    ours = '<meta name="generator" content="lawshock' in text
    return ours and found is not None and html.unescape(found[1]) == command


def typed_settings(*names: str) -> list[str]:
    """Those of the named options and arguments of the running command that were given, as they would be typed."""
    context = click.get_current_context()
    typed: list[str] = []
    for option in context.command.params:
        if option.name in names and context.get_parameter_source(option.name) is ParameterSource.COMMANDLINE:
            value = context.params[option.name]
            name = [option.opts[-1]] if isinstance(option, click.Option) else []
            for one in value if isinstance(value, tuple) else [value]:
                typed += [*name, *([] if one is True else [str(one)])]
    return typed


def refuse(options: Sequence[str], why: str) -> None:
    """Refuse those of the named options that were typed: they say nothing to what was asked for."""
    if typed := typed_settings(*options):
        raise click.UsageError(f"{typed[0]}: expected {why}")


@contextmanager
def progress(label: str, total: float) -> Iterator[Report]:
    """Show progress and time left on standard error; give the function that reports how much of ``total`` is done.

    Where that is no terminal but the log of a cluster, say, it is a line a minute.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f} of {task.total:.0f}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(label, total=total)
        line = _line_a_minute(label)

        def report(done: float, whole: float = total) -> None:
            bar.update(task, completed=done, total=whole)
            if not console.is_terminal:
                line(done, whole)

        yield report


def _line_a_minute(label: str) -> Callable[[float, float], None]:
    """What writes how much is done, and how long the rest takes at the pace since something was first finished.

    Before that processes start and rules are compiled, which takes as long as many short runs.
    """
    written = time.monotonic()
    first: float | None = None
    going: tuple[float, float] | None = None

    def line(done: float, whole: float) -> None:
        nonlocal first, going, written
        now = time.monotonic()
        first = done if first is None else first
        if going is None and done > first:
            going = now, done
        if going is not None and now - written >= 60:
            written = now
            seconds, more = now - going[0], done - going[1]
            known = more > 0 and seconds >= SURE_SECONDS
            left = f", about {seconds * (whole - done) / more / 60:.0f} min left" if known else ""
            click.echo(f"{label}: {done:.0f} of {whole:.0f}{left}", err=True)

    return line


def console() -> Console:
    """The terminal; wide enough for tables when the output goes to a file."""
    from rich.console import Console

    stdout = Console(highlight=False)
    return stdout if stdout.is_terminal else Console(highlight=False, width=140)


def say(what: Iterable[str | Listing], *, plain: bool = False) -> None:
    """Print lines and tables, with the minus that every terminal has.

    Args:
        what: From the first to the last.
        plain: Print each row of a table as a line with tabs between its cells, for whoever searches.
    """
    for one in what:
        if not isinstance(one, Listing):
            click.echo(one)
        elif plain:
            lines = [[one.title], one.columns, *one.rows]
            click.echo("\n".join("\t".join(" ".join(str(cell).split()) for cell in line) for line in lines) + "\n")
        else:
            console().print(terminal_table(one))


def terminal_table(listing: Listing) -> Table:
    """A table for the terminal; a ``Text`` keeps its style."""
    from rich.box import SIMPLE
    from rich.table import Table
    from rich.text import Text

    table = Table(title=listing.title, box=SIMPLE, title_justify="left", pad_edge=False)
    for column in listing.columns:
        table.add_column(column, justify="right" if column in listing.numeric else "left", overflow="fold")
    for row in listing.rows:
        table.add_row(*(cell if isinstance(cell, Text) else str(cell).replace("−", "-") for cell in row))
    return table
