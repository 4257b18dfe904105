"""The worlds of all questions: the base lives once, each other beside it, and a question is told when it is whole.

A question that is told is kept in a folder at once, so that the same command goes on where it stopped. It is kept under
a key that holds everything on which it depends: worlds, seeds, draws, the model, and the code that tells it.
"""

import functools
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from sim.analyses.compare.analysis import Comparison, around_one_day
from sim.analyses.compare.people import RunWithHoldings
from sim.results.paired import lucky_pairs
from sim.runs.code import build
from sim.runs.executors import Call, cores, make_executor
from sim.runs.files import read_sealed, seal, sweep_drafts, unwritable, write_whole
from sim.runs.once import Run, run_once
from sim.scenario.schema import Scenario
from sim.view.laboratory.answers import told, weeks
from sim.view.laboratory.city import Watcher, city

DIGITS = 32
Life = tuple[Run, Watcher | None]
"""A run, and what was seen of the city in it."""


def live(world: Scenario, seed: int, *, is_watched: bool = False) -> Life:
    """One run; the city is watched in one of them."""
    watcher = Watcher(world.days) if is_watched else None
    return run_once(world, seed, watch=watcher.look if watcher else None), watcher


def side_by_side(
    worlds: Mapping[str, Scenario], runs: Sequence[Sequence[Run]], pairs: int, draws: Mapping[str, str]
) -> Comparison:
    """Two worlds from their runs.

    Args:
        worlds: Both by their names, the base first.
        runs: Of each, plausible ones and then those that differ in luck alone; there may be none of these.
        pairs: How many are plausible.
        draws: SHA-256 of the files from which they are drawn, by name.
    """
    nobody = np.zeros((1, 0), np.uint8)  # who holds what is asked for of no day
    lives = [[RunWithHoldings(run, nobody) for run in of_world] for of_world in runs]
    plausible, lucky = (tuple(tuple(one[part]) for one in lives) for part in (slice(pairs), slice(pairs, None)))
    names = tuple(worlds)
    luck = Comparison(names, lucky, ()) if lucky[0] else None
    return Comparison(names, plausible, (), tuple(worlds.values()), luck, draws)


@dataclass(frozen=True)
class Asked:
    """What the laboratory is asked, and how its worlds are drawn.

    Attributes:
        base: Name and world of the base.
        questions: Worlds by the names of their questions.
        replicates: Pairs of plausible worlds; half as many beside them differ in luck alone.
        seed: Of the first pair.
        drawn: Gives a world the parameters of the pair with a seed.
        draws: SHA-256 of the files from which they are drawn, by name.
        overrides: What was set for every world, and is therefore not drawn.
    """

    base: tuple[str, Scenario]
    questions: Mapping[str, Scenario]
    replicates: int
    seed: int
    drawn: Callable[[Scenario, int], Scenario]
    draws: Mapping[str, str] = field(default_factory=dict)
    overrides: tuple[str, ...] = ()

    @functools.cached_property
    def worlds(self) -> dict[str, Scenario]:
        """Every world by its name, the base first, as they are compared."""
        worlds = around_one_day([self.base[1], *self.questions.values()])
        return dict(zip([self.base[0], *self.questions], worlds, strict=True))

    @property
    def runs(self) -> int:
        """Runs of each world."""
        return self.replicates + lucky_pairs(self.replicates)

    def key(self, name: str) -> str:
        """Digest of everything on which what is told of a question depends."""
        parts = [name, build(), _telling(), self.replicates, self.seed, self.overrides, sorted(self.draws.items())]
        parts += self._digests  # all of them: what differs between any two is drawn in none
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:DIGITS]

    @functools.cached_property
    def _digests(self) -> list[str]:
        return [world.digest() for world in self.worlds.values()]

    def tasks(self, name: str) -> Iterator[Call[Life]]:
        """The runs of a world: plausible ones, then those with the scenario's own parameters."""
        world = self.worlds[name]
        for seed in range(self.seed, self.seed + self.replicates):
            yield Call(live, (self.drawn(world, seed), seed), {"is_watched": seed == self.seed})
        for seed in range(self.seed, self.seed + lucky_pairs(self.replicates)):
            yield Call(live, (world, seed))

    def told(self, name: str, base: Sequence[Life], other: Sequence[Life]) -> dict[str, Any]:
        """What is told of a question, and its city; lives in the order of ``tasks``."""
        seen = [lives[0][1] for lives in (base, other)]
        assert seen[0] is not None
        assert seen[1] is not None
        world = self.base[1]
        shown = city(seen[0], seen[1], list(world.platforms), weeks(world))
        both = {one: self.worlds[one] for one in (self.base[0], name)}
        runs = [[run for run, _ in lives] for lives in (base, other)]
        return {**told(side_by_side(both, runs, self.replicates, self.draws), name), "city": shown}


def answers(
    asked: Asked, folder: Path, *, workers: int | None = None, on_progress: Callable[[float], None] | None = None
) -> dict[str, dict[str, Any]]:
    """What is told of every question, by its name; what ``folder`` keeps is not made again.

    Args:
        asked: The questions.
        folder: Where finished questions are kept; made when absent.
        workers: Processes; all cores when absent. What is told does not depend on it.
        on_progress: Called with the number of runs done, of ``asked.runs`` for each world.

    Raises:
        StudyError: The folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from error
    sweep_drafts(folder)
    keys = {name: asked.key(name) for name in asked.questions}
    found = {name: kept for name, key in keys.items() if (kept := _kept(folder, key)) is not None}
    done = len(found) * asked.runs
    pending = [name for name in asked.questions if name not in found]
    if pending:

        def report(count: int) -> None:
            if on_progress:
                on_progress(done + count)

        for name, answer in _lived(asked, pending, workers, report):
            data = (json.dumps(answer, ensure_ascii=False) + "\n").encode()
            write_whole(folder / f"{keys[name]}.{seal(data)}.json", data)
            found[name] = json.loads(data)
    elif on_progress:
        on_progress(len(asked.worlds) * asked.runs)
    return {name: found[name] for name in asked.questions}


def _lived(
    asked: Asked, names: Sequence[str], workers: int | None, report: Callable[[int], None]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each question with what is told of it, once all runs are there; then only the base stays in memory."""
    every = (asked.base[0], *names)
    tasks = [(name, number, task) for name in every for number, task in enumerate(asked.tasks(name))]
    places = {id(task): (name, number) for name, number, task in tasks}
    lives: dict[str, dict[int, Life]] = {}
    waiting = list(names)
    with make_executor(workers=min(workers or cores(), len(tasks))) as executor:
        for count, (task, life) in enumerate(executor.run(task for _, _, task in tasks), start=1):
            name, number = places[id(task)]
            lives.setdefault(name, {})[number] = life
            report(count)
            while waiting and all(len(lives.get(one, ())) == asked.runs for one in (asked.base[0], waiting[0])):
                base, other = lives[asked.base[0]], lives.pop(waiting[0])
                ordered = ([world[place] for place in range(asked.runs)] for world in (base, other))
                yield waiting[0], asked.told(waiting[0], *ordered)
                waiting.pop(0)


def _kept(folder: Path, key: str) -> dict[str, Any] | None:
    """What is kept under a key; a damaged file is set aside and the question told again."""
    for path in sorted(folder.glob(f"{key}.*.json")):
        if (data := read_sealed(path)) is not None:
            kept: dict[str, Any] = json.loads(data)
            return kept
    return None


@functools.cache
def _telling() -> str:
    """Digest of the code that tells a question."""
    root = Path(__file__).parents[2]
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
