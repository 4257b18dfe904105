"""What commands share: options, progress, and tables on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import click
from click.core import ParameterSource

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
MOST_REPLICATES, MOST_POINTS = 100_000, 1_000_000
LARGEST_SEED = 2**62
"""Half of what the model takes, so that the seeds of further replicates fit."""
replicates_option = click.option(
    "--replicates", type=click.IntRange(1, MOST_REPLICATES), default=20, show_default=True, help="Runs."
)
seed_option = click.option(
    "--seed", type=click.IntRange(0, LARGEST_SEED), default=1, show_default=True, help="Seed of the first run."
)
workers_option = click.option(
    "--workers", type=click.IntRange(1, 512), default=None, help="Processes; all cores when absent."
)
study_option = click.option(
    "--study", "place", type=click.Path(path_type=Path), default=None, help="Folder that keeps the runs."
)
out_option = click.option(
    "--out", type=click.Path(path_type=Path), default=None, help="Folder for tables and figures."
)  # fmt: skip
users_option = click.option("--users", type=int, default=None, help="Simulated people; as in the scenario when absent.")


class Report(Protocol):
    """Reports how much is done, and of how much where that has changed."""

    def __call__(self, done: float, whole: float = ..., /) -> None:
        """Show it."""


def load_scenario(path: str, overrides: Sequence[str], users: int | None = None) -> Scenario:
    """Load a scenario with the overrides of the command line; ``--users`` is one of them."""
    from sim.scenario.files import load

    extra = [] if users is None else [f"population.users={users}"]
    return load(path, [*overrides, *extra])


def scenario_name(path: str) -> str:
    """What a scenario is called for short, in folders and titles."""
    from sim.scenario.names import name_of

    return name_of(path)


def needs(package: str) -> None:
    """Find out before the work, not after it, that a package of an extra is missing.

    Raises:
        ModuleNotFoundError: It is; the command line says which extra brings it.
    """
    import importlib.util

    if importlib.util.find_spec(package) is None:
        raise ModuleNotFoundError(f"{package} is missing", name=package)


def typed_settings(*names: str) -> list[str]:
    """Those of the named options of the running command that were given, as they would be typed."""
    context = click.get_current_context()
    typed: list[str] = []
    for option in context.command.params:
        if option.name in names and context.get_parameter_source(option.name) is ParameterSource.COMMANDLINE:
            value = context.params[option.name]
            for one in value if isinstance(value, tuple) else [value]:
                typed += [option.opts[-1], str(one)]
    return typed


def as_typed(words: Sequence[str]) -> str:
    """A command in a line that a shell takes."""
    import shlex

    return shlex.join(words)


@contextmanager
def progress(label: str, total: float) -> Iterator[Report]:
    """Show progress and time left on standard error; give the function that reports how much of ``total`` is done."""
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
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(label, total=total)

        def report(done: float, whole: float = total) -> None:
            bar.update(task, completed=done, total=whole)

        yield report


def console() -> Console:
    """The terminal; wide enough for tables when the output goes to a file."""
    from rich.console import Console

    stdout = Console(highlight=False)
    return stdout if stdout.is_terminal else Console(highlight=False, width=140)


def terminal_table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], numeric: Sequence[str] = ()
) -> Table:
    """A table for the terminal; ``numeric`` columns are aligned to the right."""
    from rich.box import SIMPLE
    from rich.table import Table

    table = Table(title=title, box=SIMPLE, title_justify="left", pad_edge=False)
    for column in columns:
        table.add_column(column, justify="right" if column in numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(str, row))
    return table
