"""What the laboratory makes of one question: runs, the words of its answer, courses by the week, and files.

Means, bands and words are those of the outcomes of a comparison and of the answer page; the page computes nothing.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import pickle
import shutil
import tempfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, partial
from multiprocessing.util import Finalize
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.analyses.compare.analysis import Comparison, around_one_day
from sim.analyses.compare.city import CITY, Watcher, city
from sim.analyses.compare.outcomes import Course, courses
from sim.analyses.knockout import WHOLE, find, knock_out
from sim.measures import ACCOUNTS, ANSWERS, COMPANIES, POINTS, Quantity, quantities
from sim.results.bands import pairs_by_chance, percentiles
from sim.results.ensemble import Ensemble
from sim.results.export import write_workbook
from sim.results.posterior import Posterior, load_posterior
from sim.runs import past
from sim.runs.files import write_whole
from sim.runs.once import run_once
from sim.runs.processes import before_leaving
from sim.scenario.differences import of_values
from sim.scenario.files import name_of
from sim.scenario.schema import Scenario, count_assumed
from sim.scenario.words import by_count, day_in_words
from sim.tables import Grid, Run, Tables, reach
from sim.view import answer as page
from sim.view import words
from sim.view.answer import answer as answer_page
from sim.view.answer import panels
from sim.view.laboratory.questions import Asked, Card, Home, request_of
from sim.view.laboratory.queue import Job, Key
from sim.view.stage import stances_by_week, weeks
from sim.view.went import flows

if TYPE_CHECKING:
    from sim.model import Model

Fixed = tuple[str, ...] | None
Lived = tuple[Run, pd.DataFrame]
"""A run, and what was seen of some of its people."""

PAIRS = 20
"""Pairs of runs after which an answer is not refined any further."""
STAGES = (2, 4, 8, 16, PAIRS)
"""Pairs after each of which there is an answer."""
SEED = 1
"""Of the first pair."""
MOST_SHARED = 25_000
"""People of a run whose days other runs go on from: the snapshots of 20,000 over two years take 130 MB."""
REMOVALS = 100
"""Times that a folder is removed again into which something was written meanwhile."""
TABLES = ("changes", "outcomes", "headlines", "over-time")
"""Tables of a comparison that can be taken away; who holds what, person by person, is not kept."""
OWN = "Your own world"
DIGITS = 20
HOLDERS, ACCESS = ".holders", ".access"
"""What follows the name of an app in the ids of its quantities."""
MOST_ROWS, MOST_WHY = (6, 3), 4
"""Rows of what changed most, in points and counts, and acts that are named for one."""
MOST_EVENTS = 8
FIGURES = 4
"""Significant digits of what is drawn: finer than a screen."""


def followed(scenario: Scenario) -> Iterator[Quantity]:
    """What is drawn by the week: of each app its holders and access; accounts handed over, companies that answer."""
    known = {quantity.id: quantity for quantity in quantities(scenario)}
    for number, app in enumerate(scenario.platforms):
        yield known[app + HOLDERS]
        meaning = f"how far the mean user can use {app}, where 100 % is without hindrance"
        yield Quantity(
            id=app + ACCESS, name=f"{app} access", unit=POINTS, meaning=meaning, platform=app,
            of=partial(_access, number),
        )  # fmt: skip
    yield from (known[id] for id in (ACCOUNTS, ANSWERS) if id in known)


def _access(number: int, run: Run, first: int) -> NDArray[np.float64]:
    del first
    return np.asarray(100.0 * reach(run.tables, run.scenario)[:, number])


def answer(comparison: Comparison, world: str) -> dict[str, Any]:
    """One question as plain numbers and words, for JSON.

    Args:
        comparison: Both worlds, run in pairs; without pairs that differ in chance alone there are no bands of chance.
        world: The one that was asked for.
    """
    told = words.Told(comparison, world)
    base, other, leading, day = told.base, told.other, told.lead, told.day
    rows, rest = words.rows_of(told.changes, MOST_ROWS)
    done = list(page.deeds(comparison, world))
    common = [deed for deed in done if deed.is_common]
    assumed, claims = count_assumed(other)
    first = comparison.first(world)
    drawn = courses(*comparison.runs(world), followed(base), first)
    shown = {id: course for id, course in drawn.items() if not id.endswith(ACCESS) or course.gaps.any()}
    shown |= {leading.id: told.leading}
    days = weeks(base)
    return {
        "first": first,
        "sentence": " ".join(told.sentences),
        "sure": [*told.sure, *_luck(told)],
        "lead": _lead(told)
        | {"day": day, "when": f"{'by' if day == base.days - 1 else 'on'} {day_in_words(base.date(day))}"},
        "horizon": f"{day_in_words(base.date(first))} to {day_in_words(base.end)}",
        "changes": list(comparison.changes.loc[comparison.changes["world"] == world, "sentence"]),
        "silent": page.silent(base, other),
        "assumed": [assumed, claims],
        "app": panels(told.courses, base, told.named)[0].course.quantity.platform,
        "events": [[mark.day, mark.label] for mark in page.events_of(told, MOST_EVENTS)],
        "deeds": [
            {"day": base.day(deed.date), "date": deed.day, "text": deed.text, "pairs": deed.pairs,
             "because": list(deed.because)}
            for deed in common
        ],
        "seldom": len(done) - len(common),
        "rows": [_row(one, common, base) for one in rows],
        "rest": [[one.name, words.signed(one)] for one in rest],
        "courses": {id: _course(course, days) for id, course in shown.items()},
        "stances": stances_by_week(*comparison.runs(world), days),
        "flows": flows(*comparison.runs(world)),
        "digest": other.digest(),
    }  # fmt: skip


def _lead(told: words.Told) -> dict[str, Any]:
    """The number of the answer in words, with the difference in every pair; and what is clear beside it, in short."""
    one, found = told.lead, told.changes
    beside = [*words.headlines(found, told.named)[:1], *(other for other in found if other.id == ACCOUNTS)]
    also = [f"{other.platform or words.capital(other.name)}: {words.signed(other)}" for other in beside
            if other.id != one.id and other.is_clear]  # fmt: skip
    text, _, band = words.signed(one).partition(" (")
    if one.unit == COMPANIES:  # outcomes that are apart are told apart, and not as a mean
        ends = sorted({gap for gap, _ in by_count(one.gaps)})
        text = " to ".join(f"{gap:+d}".replace("-", "−") for gap in dict.fromkeys([*ends[:1], *ends[-1:]]) if gap)
        text = " or ".join([*["0"] * (0 in ends), *[text] * bool(text)]) + " companies"
        band = words.distribution(one)
    before, after = words.levels(one)
    return {
        "id": one.id, "app": one.platform, "name": one.name, "unit": one.unit, "text": text, "band": band.rstrip(")"),
        "before": before, "after": after, "gaps": [_short(gap) for gap in one.gaps], "alike": one.alike,
        "clear": one.is_clear, "also": also,
    }  # fmt: skip


def _luck(told: words.Told) -> list[str]:
    """What luck alone does to the number of the answer, where pairs were run that differ in nothing else."""
    if not told.chance:
        return []
    alone = words.change(told.chance[told.lead.id], told.day)
    return [f"Luck alone, with the same parameters in all of {len(alone.gaps)} pairs, gives {words.signed(alone)}."]


def _row(one: words.Change, done: Sequence[page.Deed], base: Scenario) -> dict[str, Any]:
    before, after = words.levels(one)
    return {
        "id": one.id, "name": one.name, "app": one.platform, "unit": one.unit, "text": words.signed(one),
        "before": before, "after": after, "mean": _short(one.mean), "low": _short(one.low), "high": _short(one.high),
        "why": _why(one.platform, done, base),
    }  # fmt: skip


def _why(app: str, done: Sequence[page.Deed], base: Scenario) -> list[int]:
    """Numbers of the acts of one world alone that touch what a row measures: of its app, its owner, or of companies."""
    owners = [name for name, company in base.companies.items() if app in company.platforms]
    subjects = {app, *owners} if app else {*base.companies}
    touching = [i for i, deed in enumerate(done) if subjects & {*deed.about}]
    return touching[:MOST_WHY]


def _course(course: Course, days: Sequence[int]) -> dict[str, Any]:
    """Mean and ends of the band in both worlds, and of the difference, on some days; the page makes the words."""
    lines = {"base": course.base, "now": course.other, "gap": course.gaps}
    of = {"unit": course.quantity.unit, "meaning": course.quantity.meaning}
    return of | {name: _band(values[:, days]) for name, values in lines.items()}


def _band(values: NDArray[np.float64]) -> list[list[float]]:
    """Lists: the mean, and the ends of the band."""
    low, _, high = percentiles(values)
    return [[_short(float(value)) for value in line] for line in (values.mean(axis=0), low, high)]


def _short(value: float) -> float:
    short = float(f"{value:.{FIGURES}g}")
    return int(short) if short.is_integer() else short


# Questions, and what is made for them


def chance_pairs(pairs: int) -> int:
    """Pairs that differ in chance alone, beside so many in plausible worlds; the first answer does not wait for any."""
    return 0 if pairs <= STAGES[0] else pairs_by_chance(pairs)


@cache
def draws() -> Posterior:
    """The draws of plausible worlds, read once in a process."""
    return load_posterior()


def drawn(world: Scenario, seed: int, fixed: Fixed, out: str = WHOLE) -> Scenario:
    """A world with the parameters of the pair with a seed, without the rule or channel that is knocked out."""
    whole = world if fixed is None else draws().world(world, seed, fixed)
    return whole if out == WHOLE else knock_out(whole, find([out]))


def tables_of_run(world: Scenario, seed: int, fixed: Fixed, out: str = WHOLE) -> Mapping[str, pd.DataFrame]:
    """The tables of one run, and under ``CITY`` that of the people who are shown."""
    watcher = Watcher(world.days)
    run = run_once(drawn(world, seed, fixed, out), seed, watch=watcher.look)
    return {**run.tables, CITY: watcher.table}


@dataclass(frozen=True)
class Question:
    """A world beside the base, with the runs in which they are compared.

    Attributes:
        name: What the world is called.
        base: Name and world of the base.
        world: The world; outcomes of both are measured around one day.
        fixed: Numbers in which they differ, which are drawn in neither.
        words: What the page is told of it beside its answer: name, card, asks, file, …
        command: What answers it on the command line.
        folder: Where the server keeps runs.
        seed: Of the first pair.
    """

    name: str
    base: tuple[str, Scenario]
    world: Scenario
    fixed: tuple[str, ...]
    words: Mapping[str, Any] = field(default_factory=dict)
    command: str = ""
    folder: Path = Path()
    seed: int = 1

    def pairs(self, plausible: int, chance: int) -> list[tuple[int, Fixed]]:
        """Seed of each pair and what is not drawn in it; in the last, which differ in chance alone, nothing is."""
        ranges = ((range(plausible), self.fixed), (range(chance), None))
        return [(self.seed + number, fixed) for numbers, fixed in ranges for number in numbers]

    def comparison(self, kept: Sequence[Sequence[Lived]], plausible: int) -> Comparison:
        """Both worlds side by side, from the runs of each in the order of ``pairs``."""
        both = [tuple(run for run, _ in world) for world in kept]
        ensembles = [
            Ensemble(
                world, own[:plausible], Ensemble(world, own[plausible:]) if own[plausible:] else None, draws().hashes
            )
            for world, own in zip((self.base[1], self.world), both, strict=True)
        ]
        return Comparison((self.base[0], self.name), tuple(ensembles))

    def told(self, kept: Sequence[Sequence[Lived]], plausible: int) -> dict[str, Any]:
        """The answer with its city, from the same."""
        here, there = ([people for _, people in world[:plausible]] for world in kept)
        found = answer(self.comparison(kept, plausible), self.name)
        return {**self.words, **found, "city": city(here, there, list(self.base[1].platforms))}

    @cached_property
    def bare(self) -> list[tuple[Scenario, str]]:
        """Both worlds as they are run, and their digests; without their words, so that equal worlds share runs."""
        nameless = {"title": "a world", "question": "", "observed": {}}
        worlds = [world.model_copy(update=nameless) for world in (self.base[1], self.world)]
        return [(world, world.digest()) for world in worlds]

    @cached_property
    def _alike_days(self) -> int:
        return past.alike_days(*(world for world, _ in self.bare))

    def runs(self, plan: Sequence[tuple[int, Fixed]], which: int, out: str = WHOLE) -> list[Simulate]:
        """Runs of the base (0) or of the other world (1) for some of its pairs, without what is out."""
        world, digest = self.bare[which]
        mine = [Simulate(self.folder, world, digest, *pair, out) for pair in plan]
        if not which or out != WHOLE:
            return mine
        base = self.runs(plan, 0)
        return [replace(run, past=(one.path, self._alike_days)) for run, one in zip(mine, base, strict=True)]

    def stage(self, pairs: int) -> list[list[Simulate]]:
        """Runs of each world for a server's answer from so many pairs."""
        plan = self.pairs(pairs, chance_pairs(pairs))
        return [self.runs(plan, which) for which in (0, 1)]

    def both(self, pairs: int) -> list[Simulate]:
        """The same, pair by pair."""
        return [run for pair in zip(*self.stage(pairs), strict=True) for run in pair]

    def kept(self, pairs: int) -> list[list[Lived]]:
        """The same, as the server keeps them."""
        return [[run.read() for run in world] for world in self.stage(pairs)]


def of_card(card: Card, home: Home, *, folder: Path = Path(), seed: int = SEED) -> Question:
    """The question of a card.

    Raises:
        ScenarioError: What was set on the command line leaves no room for it.
    """
    base, world = around_one_day([home.base(), card.world(home.overrides)])
    words: dict[str, Any] = {
        "name": card.name, "card": card.words, "asks": card.asks, "file": card.text(Path(f"{card.name}.toml")),
        "says": card.says, "group": card.group, "request": request_of(base, world),
    }  # fmt: skip
    other = f"{card.name}.toml" if card.acts else card.name
    return replace(_beside(home, card.name, base, world, words, other), folder=folder, seed=seed)


def of_asked(asked: Asked, home: Home, folder: Path) -> Question:
    """The question of a world that a visitor asks for; its name is the digest of that world."""
    world = asked.world
    name = f"w{world.model_copy(update={'title': '', 'question': ''}).digest()[:DIGITS]}"
    words: dict[str, Any] = {"name": name, "card": OWN, "asks": world.question or world.title, "file": asked.file}
    words |= {"request": asked.request} if asked.request else {}
    return replace(_beside(home, name, asked.base, world, words, "scenario.toml"), folder=folder)


def _beside(home: Home, name: str, base: Scenario, world: Scenario, words: Mapping[str, Any], other: str) -> Question:
    drawn_ = next(iter(draws().values(base, [0])))
    overridden = [text.partition("=")[0].strip() for text in home.overrides]
    fixed = {key for key in (*overridden, *(one.key for one in of_values(base, world))) if key in drawn_}
    settings = [f"--set {setting}" for setting in home.settings]
    size = f"--users {base.population.users} --replicates {PAIRS}"
    command = " ".join(["lawshock compare", home.path, other, *settings, size])
    return Question(name, (name_of(home.path), base), world, tuple(sorted(fixed)), words, command)


@dataclass(frozen=True)
class Simulate(Job):
    """One run, kept as a file of the server's own folder, so that neither it nor an idle worker holds it in memory.

    It is read back by the same code that wrote it, and by no one else.

    Attributes:
        folder: Where.
        world: The world.
        digest: Its digest.
        seed: Of the run.
        fixed: Numbers that keep their value while all others are drawn; nothing where none is drawn.
        out: What is knocked out of the world.
        past: File of the same run of the base, and how many of its days the world may have in common with it.
    """

    folder: Path
    world: Scenario = field(compare=False)
    digest: str
    seed: int
    fixed: Fixed
    out: str = WHOLE
    past: tuple[Path, int] | None = field(default=None, compare=False)

    @property
    def key(self) -> Key:
        """World, seed, what is drawn, and what is knocked out."""
        return "run", self.digest, self.seed, self.fixed, self.out

    @property
    def path(self) -> Path:
        """The file."""
        return run_file(self.folder, self.key)

    def make(self) -> Path:
        """Make the run; one of another world goes on from a day that the base has in common with it."""
        _remove_after_server(self.folder)
        world = drawn(self.world, self.seed, self.fixed, self.out)
        shared = past.latest(*self.past, world) if self.past else None
        begun, watcher = shared or (None, Watcher(world.days))

        def watch(model: Model) -> None:
            watcher.look(model)
            if self.is_shared:
                past.keep(self.path, model, watcher)

        tables = run_once(world, self.seed, watch=watch, begun=begun).tables
        grids = {name: (grid.labels, grid.columns) for name, grid in tables.grids.items()}  # type: ignore[attr-defined]
        whole = (world, grids, tables.stances.astype(str), tables["acts"], watcher.table)  # type: ignore[attr-defined]
        write_whole(self.path, pickle.dumps(whole, pickle.HIGHEST_PROTOCOL))
        return self.path

    def read(self) -> Lived:
        """What was kept."""
        world, grids, stances, acts, seen = pickle.loads(self.path.read_bytes())
        tables = Tables(str(world.start), {name: Grid(*grid) for name, grid in grids.items()}, stances, lambda: acts)
        return Run(world, self.seed, tables), seen

    @property
    def is_shared(self) -> bool:
        """Whether it is kept day by day, for first answers of other worlds to go on from."""
        is_of_first = self.seed < SEED + STAGES[0] and self.fixed is not None and self.out == WHOLE
        return self.past is None and is_of_first and self.world.population.users <= MOST_SHARED


def run_file(folder: Path, key: Key) -> Path:
    """Where the run with a key is kept."""
    return folder / f"{hashlib.sha256(repr(key).encode()).hexdigest()[:32]}.run"


@cache
def _remove_after_server(folder: Path) -> None:
    """In a worker: remove the runs that a killed server leaves behind, whichever way it learns of the server's end."""
    if multiprocessing.parent_process():
        before_leaving(partial(remove, folder))
        Finalize(None, remove, (folder,), exitpriority=0)


def remove(folder: Path) -> None:
    """Remove a folder into which a run may still be written meanwhile."""
    for _ in range(REMOVALS):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return


@dataclass(frozen=True)
class Answer(Job):
    """What is said of a question from some of its pairs: compressed JSON."""

    question: Question
    pairs: int

    @property
    def key(self) -> Key:
        """What is made, the question, and the number of pairs."""
        return "answer", self.question.name, self.pairs

    @cached_property
    def needs(self) -> tuple[Key, ...]:
        """The runs of the pairs."""
        return tuple(run.key for run in self.question.both(self.pairs))

    def make(self) -> bytes:
        """Make it."""
        told = self.question.told(self.question.kept(self.pairs), self.pairs)
        told |= {"pairs": self.pairs, "of": PAIRS, "luckyPairs": chance_pairs(self.pairs)}
        return zlib.compress(json.dumps(told, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode())


@dataclass(frozen=True)
class Download(Answer):
    """A file to take away, made from some pairs: compressed.

    Attributes:
        file: ``answer.html``, ``tables.xlsx``, or a table with ``.csv``.
    """

    file: str

    @property
    def key(self) -> Key:
        """Question, pairs and file."""
        return "download", self.question.name, self.pairs, self.file

    def make(self) -> bytes:
        """Make it."""
        comparison = self.question.comparison(self.question.kept(self.pairs), self.pairs)
        if self.file == "answer.html":
            command = self.question.command
            return zlib.compress(answer_page(comparison, self.question.name, command=command, asked=command).encode())
        names = TABLES if self.file == "tables.xlsx" else (Path(self.file).stem,)
        tables = {name: getattr(comparison, name.replace("-", "_")) for name in names}
        if self.file != "tables.xlsx":
            return zlib.compress(tables[names[0]].to_csv(index=False, lineterminator="\n").encode())
        with tempfile.TemporaryDirectory(dir=self.question.folder) as folder:
            write_workbook(tables, Path(folder) / self.file)
            return zlib.compress((Path(folder) / self.file).read_bytes())
