"""What the workers of the laboratory make: runs, what is told of them, and what is taken away.

Runs are kept as files of a folder of the server's own, so that neither the server nor an idle worker holds them in
memory. They are read back by the same code that wrote them, and by no one else.
"""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import shutil
import tempfile
import zlib
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from sim.analyses.compare.analysis import Comparison
    from sim.model import Model
    from sim.runs.once import Run
    from sim.scenario.schema import Scenario
    from sim.view.laboratory.city import Watcher

Key = tuple[Hashable, ...]

PAIRS = 20
"""Pairs of runs after which an answer is not refined any further."""
STAGES = (2, 4, 8, 16, PAIRS)
"""Pairs after each of which an answer is told."""
SEED = 1
"""Of the first pair."""
MOST_KEPT = 25_000
"""People of a run whose evenings are kept: those of 20,000 over two years take 130 MB."""


def lucky(pairs: int) -> int:
    """Pairs that differ in luck alone, beside so many in plausible worlds; the first answer does not wait for any."""
    from sim.results.paired import lucky_pairs

    return 0 if pairs <= STAGES[0] else lucky_pairs(pairs)


@dataclass(frozen=True)
class Live:
    """One run, to be kept as a file.

    Attributes:
        folder: Where.
        world: The world.
        digest: Its digest.
        seed: Of the run.
        fixed: Numbers that keep their value while all others are drawn; nothing where none is drawn.
        past: Key of the same run of the base, and how many of its days the world may have lived alike.
    """

    folder: Path
    world: Scenario = field(compare=False)
    digest: str
    seed: int
    fixed: tuple[str, ...] | None
    past: tuple[Key, int] | None = field(default=None, compare=False)

    KIND: ClassVar[str] = "run"
    needs: ClassVar[tuple[Key, ...]] = ()
    gives_way: ClassVar[bool] = True

    @property
    def key(self) -> Key:
        """World, seed, and what is drawn."""
        return self.KIND, self.digest, self.seed, self.fixed

    def make(self, check: Callable[[int], None]) -> bool:
        """Live it."""
        from sim.runs import past
        from sim.runs.files import write_whole
        from sim.runs.once import run_once
        from sim.view.laboratory.city import Watcher

        world = self.world if self.fixed is None else draws().world(self.world, self.seed, self.fixed)
        place = file_of(self.folder, self.key)
        shared = past.latest(file_of(self.folder, self.past[0]), self.past[1], world) if self.past else None
        begun, watcher = shared or (None, Watcher(world.days) if self.is_watched else None)

        def watch(model: Model) -> None:
            if watcher:
                watcher.look(model)
            if self.is_kept:
                past.keep(place, model, watcher)

        run = run_once(world, self.seed, on_day=check, watch=watch, begun=begun)
        grids = {name: (grid.labels, grid.columns) for name, grid in run.tables.grids.items()}  # type: ignore[attr-defined]
        kept = (world, grids, run.tables.stances.astype(str), run.tables["acts"], watcher)  # type: ignore[attr-defined]
        write_whole(place, pickle.dumps(kept, pickle.HIGHEST_PROTOCOL))
        return True

    @property
    def is_watched(self) -> bool:
        """Whether the city is shown as this run has it: that of the first pair."""
        return self.seed == SEED and self.fixed is not None

    @property
    def is_kept(self) -> bool:
        """Whether its evenings are kept for first answers of other worlds."""
        is_of_base, is_of_first = self.past is None, self.seed < SEED + STAGES[0] and self.fixed is not None
        return is_of_base and is_of_first and self.world.population.users <= MOST_KEPT


def file_of(folder: Path, key: Key) -> Path:
    """Where a run is kept."""
    return folder / f"{hashlib.sha256(repr(key).encode()).hexdigest()[:32]}.run"


def _read(job: Live) -> tuple[Run, Watcher | None]:
    from sim.runs.once import Run
    from sim.tables import Grid, Tables

    world, grids, stances, acts, watcher = pickle.loads(file_of(job.folder, job.key).read_bytes())
    tables = Tables(str(world.start), {name: Grid(*grid) for name, grid in grids.items()}, stances, lambda: acts)
    return Run(world, job.seed, tables), watcher


@cache
def draws() -> Any:
    """The draws of plausible worlds, read once in a process."""
    from sim.results.posterior import load_posterior

    return load_posterior()


@dataclass(frozen=True)
class Pairing:
    """Two worlds and the runs in which they are compared.

    Attributes:
        folder: Where runs are kept.
        name: What the other world is called.
        base: Name and world of the base.
        world: The other world; outcomes of both are measured around one day.
        fixed: Numbers in which they differ, which are drawn in neither.
    """

    folder: Path
    name: str
    base: tuple[str, Scenario]
    world: Scenario
    fixed: tuple[str, ...]

    @cached_property
    def _worlds(self) -> list[tuple[Scenario, str]]:
        """Both worlds as they are run, without their words, so that equal worlds have equal runs."""
        bare = [
            world.model_copy(update={"title": "a world", "question": "", "observed": {}})
            for world in (self.base[1], self.world)
        ]
        return [(world, world.digest()) for world in bare]

    def runs(self, pairs: int, place: int) -> list[Live]:
        """Runs of the base (place 0) or of the other world (1): plausible ones, then those of luck alone."""
        plausible = [self._run(place, number, self.fixed) for number in range(pairs)]
        return plausible + [self._run(place, number, None) for number in range(lucky(pairs))]

    def _run(self, place: int, number: int, fixed: tuple[str, ...] | None) -> Live:
        world, digest = self._worlds[place]
        past = (self._run(0, number, fixed).key, self._alike_days) if place else None
        return Live(self.folder, world, digest, SEED + number, fixed, past)

    @cached_property
    def _alike_days(self) -> int:
        """Days that both worlds may live alike."""
        from sim.runs.past import alike_days

        return alike_days(*(world for world, _ in self._worlds))

    def both(self, pairs: int) -> list[Live]:
        """Runs of both, pair by pair."""
        return [run for pair in zip(self.runs(pairs, 0), self.runs(pairs, 1), strict=True) for run in pair]

    def comparison(self, pairs: int) -> Comparison:
        """Both worlds side by side, from the runs that are kept."""
        from sim.view.laboratory.worlds import side_by_side

        runs = [[_read(run)[0] for run in self.runs(pairs, place)] for place in (0, 1)]
        worlds = {self.base[0]: self.base[1], self.name: self.world}
        return side_by_side(worlds, runs, pairs, draws().hashes)


@dataclass(frozen=True)
class _OfPairs:
    """Something made from the runs of some pairs."""

    pairing: Pairing
    pairs: int

    gives_way: ClassVar[bool] = False

    @cached_property
    def needs(self) -> tuple[Key, ...]:
        """The runs."""
        return tuple(run.key for run in self.pairing.both(self.pairs))


@dataclass(frozen=True)
class Tell(_OfPairs):
    """What is told of a question from some of its pairs: compressed JSON.

    Attributes:
        words: What the question is called, for the page.
    """

    words: Mapping[str, Any]

    @property
    def key(self) -> Key:
        """Question and number of pairs."""
        return "tell", self.pairing.name, self.pairs

    def make(self, check: Callable[[int], None]) -> bytes:
        """Tell it."""
        from sim.view.laboratory.answers import told

        del check
        of_pairs = {"pairs": self.pairs, "of": PAIRS, "luckyPairs": lucky(self.pairs)}
        whole = {**self.words, **told(self.pairing.comparison(self.pairs), self.pairing.name), **of_pairs}
        return zlib.compress(json.dumps(whole, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode())


@dataclass(frozen=True)
class City(_OfPairs):
    """The city in the first pair: compressed JSON."""

    @property
    def key(self) -> Key:
        """The question."""
        return "city", self.pairing.name

    @cached_property
    def needs(self) -> tuple[Key, ...]:
        """The first pair."""
        return tuple(run.key for run in self.pairing.both(1)[:2])

    def make(self, check: Callable[[int], None]) -> bytes:
        """Put it together."""
        from sim.view.laboratory.answers import weeks
        from sim.view.laboratory.city import city

        del check
        seen = [_read(self.pairing.runs(1, place)[0])[1] for place in (0, 1)]
        base = self.pairing.base[1]
        assert seen[0] is not None
        assert seen[1] is not None
        told = city(seen[0], seen[1], list(base.platforms), weeks(base))
        return zlib.compress(json.dumps(told, separators=(",", ":")).encode())


TABLES = ("changes", "outcomes", "headlines", "over-time")
"""Tables of a comparison that can be taken away; who holds what, person by person, is not kept."""


@dataclass(frozen=True)
class Take(_OfPairs):
    """A file to take away, made from some pairs.

    Attributes:
        file: ``answer.html``, ``tables.xlsx``, or a table with ``.csv``.
        command: What makes the same with the command line.
    """

    file: str
    command: str

    @property
    def key(self) -> Key:
        """Question, pairs and file."""
        return "take", self.pairing.name, self.pairs, self.file

    def make(self, check: Callable[[int], None]) -> bytes:
        """Make it."""
        del check
        comparison = self.pairing.comparison(self.pairs)
        if self.file == "answer.html":
            from sim.view.answer import answer

            page = answer(comparison, self.pairing.name, command=self.command, asked=self.command)
            return zlib.compress(page.encode())
        names = TABLES if self.file == "tables.xlsx" else (Path(self.file).stem,)
        tables = {name: getattr(comparison, name.replace("-", "_")) for name in names}
        if self.file != "tables.xlsx":
            text = io.StringIO()
            tables[names[0]].to_csv(text, index=False, lineterminator="\n")
            return zlib.compress(text.getvalue().encode())
        from sim.results.xlsx import write_xlsx

        place = Path(tempfile.mkdtemp(dir=self.pairing.folder))
        try:
            write_xlsx(tables, place / self.file)
            return zlib.compress((place / self.file).read_bytes())
        finally:
            shutil.rmtree(place, ignore_errors=True)


@dataclass(frozen=True)
class Warm:
    """A run of a few people, so that imports and compiled code are ready before somebody waits."""

    world: Scenario = field(compare=False)
    place: int

    needs: ClassVar[tuple[Key, ...]] = ()
    gives_way: ClassVar[bool] = True

    @property
    def key(self) -> Key:
        """One for each worker."""
        return "warm", self.place

    def make(self, check: Callable[[int], None]) -> bool:
        """Live it, and import what tells of runs."""
        import sim.view.laboratory.answers  # noqa: F401
        from sim.runs.once import run_once

        draws()
        run_once(self.world, 0, on_day=check)
        return True
