"""A question, declared: from it follow the command, the folder of results, the manifest and the resumption.

A file of this room answers one question. It ends with a function that takes what was asked, makes the runs and gives
tables, pictures and what the terminal says; ``sim.command.question`` makes the command. Files that the work replaces
are looked at before it, and runs that finished are kept, so that the same command goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import importlib.util
import itertools
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import click

if TYPE_CHECKING:
    import pandas as pd

    from sim.runs.store import Store
    from sim.scenario.schema import Scenario
    from sim.study.study import Cell, Study

    type Drawn = Callable[[Scenario, int], Scenario]

REFERENCE = "hong-kong-2020"
"""The scenario whose unchanged answers are the reference that the repository keeps."""
LOCAL = Path("results", "local")
"""Where the results of anything but the reference go, which git ignores."""
RESULTS = "results"
"""Folder of tables and figures within that of a study."""

SCENARIO = click.argument("scenario")

type Progress = Callable[[str, float], AbstractContextManager[Callable[..., None]]]
"""Shows a label, and how much is done of a total; gives the function that reports it."""
type Option = Callable[[Any], Any]
"""An argument or option, as click declares it."""


@dataclass(frozen=True)
class Listing:
    """A table for the terminal; ``numeric`` columns are aligned to the right."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    numeric: Sequence[str] = ()


@dataclass(frozen=True)
class Answer:
    """What a question comes to."""

    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    """By the names of their files."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """What a column means; columns that are not named here explain themselves."""
    draw: Callable[[Path, str], object] | None = None
    """Puts the pictures into a folder, with a line below each that says what made it."""
    made: Sequence[str] = ()
    """The facts of that line."""
    says: Sequence[str | Listing] = ()
    """What the terminal shows."""
    draws: Mapping[str, str] = field(default_factory=dict)
    """Hashes of the draws that gave plausible worlds their parameters."""
    write: Callable[[], object] | None = None
    """Puts it in place, where that is more than a folder of tables and pictures."""
    where: str = ""
    """What is said last of where it is; by default that tables and figures are in the folder."""


@dataclass(frozen=True)
class Question:
    """A question that a command asks: how it is answered, and its options besides those that every question has."""

    name: str
    answer: Callable[[Asked], Answer]
    """Its docstring is the help of the command."""
    options: tuple[Option, ...] = ()
    """Arguments and options of its own."""
    users: int | Literal["own"] | None = None
    """Simulated people when not told, or those of the scenario; without it there is no such option."""
    replicates: tuple[int, int, str] = (1, 20, "Runs.")
    """The least that makes sense, the default, and what they are replicates of."""
    study: bool = True
    """Whether runs are kept in a study for good; else until the results are in place."""
    reference: bool = True
    """Whether the repository keeps the answer for the reference, in ``results/<name>``."""
    best: bool = False
    """Whether plausible worlds can be left out."""
    argument: Option = SCENARIO
    out: Option | str = ""
    """Where results go, as help has it where it is no folder of the usual name, or the option that says so."""


def question(name: str, *options: Option, **declared: Any) -> Callable[[Callable[[Asked], Answer]], Question]:
    """Declare the question that a function answers: its name, its options, and the other fields of ``Question``."""
    return lambda answer: Question(name, answer, options, **declared)


@dataclass
class Asked:
    """What a command line asks, and the means to answer it."""

    question: Question
    options: Mapping[str, Any]
    """Values of the question's own options, by their names."""
    replicates: int
    seed: int
    workers: int | None
    runs: Path | None
    """Folder that keeps the runs, where one is given."""
    out: Path | None
    replace: bool
    overrides: tuple[str, ...]
    typed: Mapping[str, Sequence[str]]
    """Words of the command line that may move a number, by the names of their options."""
    progress: Progress
    open: ExitStack
    """Closed once the results are in place."""
    scenario: str = ""
    users: int | None = None
    best: bool = False
    command: str = ""
    folder: Path = Path()
    worlds: Mapping[str, Scenario] = field(default_factory=dict)
    _keep: list[Store | None] = field(default_factory=list, init=False)

    @property
    def name(self) -> str:
        """What the scenario is called for short."""
        from sim.scenario.files import name_of

        return name_of(self.scenario)

    @property
    def seeds(self) -> range:
        """Root seeds of the replicates."""
        return range(self.seed, self.seed + self.replicates)

    @property
    def span(self) -> str:
        """The seeds in words."""
        return f"seeds {self.seeds[0]} to {self.seeds[-1]}"

    @property
    def fixed(self) -> list[str]:
        """Keys that the command line sets, and that no draw changes."""
        return [override.partition("=")[0].strip() for override in self.overrides]

    def load(self, file: str | None = None, users: int | None = None) -> Scenario:
        """The scenario, or another file, with what the command line sets."""
        return load_scenario(file or self.scenario, self.overrides, self.users if users is None else users)

    def drawn(self, *worlds: Scenario, fixed: Sequence[str] = ()) -> tuple[Drawn | None, Mapping[str, str]]:
        """What gives a world plausible parameters for the replicate with a seed, and the hashes of what it draws from.

        Those that the command line sets, or that are ``fixed``, and those in which worlds differ, keep their values.
        Nothing is drawn with ``--best``.
        """
        if self.best:
            return None, {}
        from sim.results.posterior import load_posterior

        draws = load_posterior()
        return draws.beside(*worlds, fixed=[*self.fixed, *fixed]), draws.hashes

    def settle(
        self,
        worlds: Mapping[str, Scenario],
        words: Mapping[str, Sequence[str]] = MappingProxyType({}),
        *,
        place: Callable[[str], Path] | None = None,
        command: str = "",
    ) -> None:
        """Decide on the command and the folders, and see that results may go there: before the work, not after it.

        ``worlds`` go by the names of their files; the first is that of the manifest. ``words`` stand in the command in
        place of what was typed, by the names of options, or all of it is given. ``place`` gives the folder where none
        is said, by the digits that tell the settings.

        Raises:
            OutputError: The folder cannot be written, or holds something else.
        """
        self.worlds, kind = worlds, self.question
        said = {**words, **{name: typed for name, typed in self.typed.items() if name not in words}}
        self.command = command or shlex.join(["lawshock", kind.name, self.name, *itertools.chain(*said.values())])
        digits = settings_hash(self.command, *worlds.values())
        default = place(digits) if place else LOCAL / f"{kind.name}-{self.name}-{digits}"
        if kind.study:
            self.runs = self.runs or default
            default = self.runs / RESULTS
        if kind.reference and self.name == REFERENCE and not self.typed:
            default = Path("results", kind.name)
        self.folder = settle(self.out, default, self.command, worlds, replace=self.replace)

    def study(self) -> Study:
        """The study that keeps the runs."""
        from sim.study.study import Study

        assert self.runs, "settle first"
        return Study(self.runs)

    def make(self, study: Study, cells: Sequence[Cell], tables: Sequence[str] = ()) -> None:
        """Make the runs of cells that are not there yet, and show progress; raises as ``making`` and ``Study.make``."""
        from sim.scenario.words import counted
        from sim.study.study import Plan

        plan = Plan(tuple(cells), self.seed, tuple(tables), self.command)
        with making(study, self.progress(f"{self.name}: {counted(len(cells), 'world')}", 1.0)) as report:
            study.make(plan, workers=self.workers, on_progress=report)

    @contextmanager
    def keeping(self, label: str, total: float = 1.0) -> Iterator[dict[str, Any]]:
        """How runs are made that are kept until the results are in place, while progress is shown."""
        if not self._keep:
            self._keep.append(self.open.enter_context(working(self.runs, self.folder)))
        with self.progress(label, total) as report:
            yield {"seed": self.seed, "keep": self._keep[0], "on_progress": report}


# What every command that makes runs shares


def foretell(wanted: Sequence[tuple[Scenario, int]], workers: int | None) -> None:
    """Say before many runs of worlds about how long they take, by one that is timed; kept ones take nothing."""
    from sim.runs.pace import foreseen

    if (seconds := foreseen(wanted, workers)) is not None:
        long = f"about {seconds / 60:.0f} min" if seconds >= 90 else f"about {max(seconds, 1):.0f} s"
        click.echo(f"{sum(count for _, count in wanted):,} runs: {long}, by one that was timed", err=True)


def load_scenario(path: str, overrides: Sequence[str], users: int | None = None) -> Scenario:
    """Load a scenario with the overrides of the command line; ``--users`` is one of them."""
    from sim.scenario.files import load

    return load(path, [*overrides, *([] if users is None else [f"population.users={users}"])])


def needs(package: str) -> None:
    """Find out before the work, not after it, that a package of an extra is missing.

    Raises:
        ModuleNotFoundError: It is; the command line says which extra brings it.
    """
    if importlib.util.find_spec(package) is None:
        raise ModuleNotFoundError(f"{package} is missing", name=package)


def settings_hash(command: str, *worlds: Scenario) -> str:
    """Eight digits for a command and the worlds that its files hold, so that other settings get another folder."""
    return hashlib.sha256("\n".join([command, *(world.digest() for world in worlds)]).encode()).hexdigest()[:8]


def settle(out: Path | None, default: Path, command: str, worlds: Mapping[str, Scenario], *, replace: bool) -> Path:
    """The folder of the results, after a look whether they may go there: asked before the work, not after it.

    Without ``out`` they go to the ``default``, whose name, or the command, tells the settings. ``worlds`` go by the
    names of their files; ``replace`` allows results of other settings to go.

    Raises:
        OutputError: The folder cannot be written, or holds something else.
    """
    from sim.results.folder import check_settings, check_writable

    folder = out or default
    check_writable(folder)
    if not replace:
        check_settings(folder, command, worlds if out else {})
    return folder


@contextmanager
def working(runs: Path | None, results: Path | None) -> Iterator[Store | None]:
    """Keep finished runs while a command works, so that a killed one goes on; on Ctrl-C say what is kept.

    The folder ``runs`` keeps them for good; without it ``NAME.runs`` beside that of the ``results`` does, until the
    block ends well. Without either nothing is kept.
    """
    from sim.runs.store import Store

    if folder := runs or (results and results.with_name(f"{results.name}.runs")):
        with _kept(Store(folder, lasting=runs is not None)) as keep:
            yield keep
    else:
        yield None


@contextmanager
def making(
    study: Study, progress: AbstractContextManager[Callable[..., None]], *, holes: bool = False
) -> Iterator[Callable[..., None]]:
    """Show progress while the runs of a study are made; on Ctrl-C say what is kept.

    With ``holes`` the tables can do without the runs that fail; else these are tried again by each command.

    Raises:
        StudyError: A run failed, and the tables need every one.
    """
    study.store.claim()
    if not holes:
        study.store.forget_failures()
    with _kept(study.store), progress as report:
        yield report
    if not holes:
        study.check_whole()


@contextmanager
def _kept(store: Store) -> Iterator[Store]:
    """Say on Ctrl-C what is kept; a folder that is not to last goes once all is well, or where nothing is in it."""
    try:
        yield store
    except BaseException as error:
        if not len(store):
            store.clear()
        elif isinstance(error, KeyboardInterrupt):
            kept = f"{len(store):,} runs are kept in {store.folder}"
            click.echo(f"{kept}; the same command goes on from there.", err=True)
        raise
    store.clear()
