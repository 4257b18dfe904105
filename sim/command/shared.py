"""What commands share: options, progress, and tables on a terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import click
from click.core import ParameterSource

from sim.analyses.question import LOCAL as LOCAL
from sim.analyses.question import REFERENCE as REFERENCE
from sim.analyses.question import needs as needs
from sim.analyses.question import settings_hash as settings_hash
from sim.analyses.question import settle as settle
from sim.analyses.question import working as working

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from sim.scenario.schema import Scenario

set_option = click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change one value, by its dotted key: --set companies.Meta.cutoff=0.98.",
)
PAGES = (".html", ".htm")
MOST_REPLICATES, MOST_POINTS = 100_000, 1_000_000
LARGEST_SEED = 2**62
"""Half of what the model takes, so that the seeds of further replicates fit."""
seed_option = click.option(
    "--seed", type=click.IntRange(0, LARGEST_SEED), default=1, show_default=True, help="Seed of the first run."
)
workers_option = click.option(
    "--workers", type=click.IntRange(1, 512), default=None, help="Processes; all cores when absent."
)


def path_option(*names: str, told: str) -> Callable[[click.decorators.FC], click.decorators.FC]:
    """An option that takes a file or a folder, and is nothing when absent; ``told`` is its help."""
    return click.option(*names, type=click.Path(path_type=Path), default=None, help=told)


study_option = path_option("--study", "runs", told="Folder that keeps the runs.")
runs_option = path_option(
    "--runs", told="Folder that keeps finished runs for good.  [default: beside the results, until these are in place]"
)


def out_option(default: str) -> Callable[[click.decorators.FC], click.decorators.FC]:
    """``--out`` of a command whose tables and figures go to ``default`` when it is absent."""
    return path_option("--out", told=f"Folder for tables and figures.  [default: {default}]")


def few_users(default: int) -> Callable[[click.decorators.FC], click.decorators.FC]:
    """``--users`` of a command that makes so many runs that few people have to do."""
    return click.option("--users", type=int, default=default, show_default=True, help="Simulated people.")


def replicates_of(least: int, default: int, what: str) -> Callable[[click.decorators.FC], click.decorators.FC]:
    """``--replicates`` of a command whose replicates are runs of ``what``."""
    bounds = click.IntRange(least, MOST_REPLICATES)
    return click.option("--replicates", type=bounds, default=default, show_default=True, help=what)


replicates_option = replicates_of(1, 20, "Runs.")


replace_option = click.option("--replace", is_flag=True, help="Replace what is there of other settings.")
users_option = click.option("--users", type=int, default=None, help="Simulated people; as in the scenario when absent.")


best_option = click.option(
    "--best", is_flag=True, help="Keep the scenario's own parameters in every run: bands then hold luck alone."
)


SURE_SECONDS = 10.0
"""Work after which its pace says how long the rest takes: processes that start together finish together at first."""


class Report(Protocol):
    """Reports how much is done, and of how much where that has changed."""

    def __call__(self, done: float, whole: float = ..., /) -> None:
        """Show it."""


def load_scenario(path: str, overrides: Sequence[str], users: int | None = None) -> Scenario:
    """Load a scenario with the overrides of the command line; ``--users`` is one of them."""
    from sim.scenario.files import load

    extra = [] if users is None else [f"population.users={users}"]
    return load(path, [*overrides, *extra])


def drawn(overrides: Sequence[str], *worlds: Scenario) -> tuple[Callable[[Scenario, int], Scenario], Mapping[str, str]]:
    """What gives a world plausible parameters for the replicate with a seed, and the hashes of what it draws from.

    Those that the command line sets, and those in which ``worlds`` differ, keep their values.
    """
    from sim.results.posterior import load_posterior
    from sim.scenario.differences import differences

    draws, fixed = load_posterior(), [override.partition("=")[0].strip() for override in overrides]
    fixed += [change.key for world in worlds[1:] for change in differences(worlds[0], world)]
    return lambda world, seed: draws.world(world, seed, fixed), draws.hashes


def scenario_name(path: str) -> str:
    """What a scenario is called for short, in folders and titles."""
    from sim.scenario.files import name_of

    return name_of(path)


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
            for one in value if isinstance(value, tuple) else [value]:
                typed += [option.opts[-1], str(one)] if isinstance(option, click.Option) else [str(one)]
    return typed


def as_typed(words: Sequence[str]) -> str:
    """A command in a line that a shell takes."""
    import shlex

    return shlex.join(words)


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


def terminal_table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], numeric: Sequence[str] = ()
) -> Table:
    """A table for the terminal; ``numeric`` columns are aligned to the right; a ``Text`` keeps its style."""
    from rich.box import SIMPLE
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, box=SIMPLE, title_justify="left", pad_edge=False)
    for column in columns:
        table.add_column(column, justify="right" if column in numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else str(cell) for cell in row))
    return table
