"""A study: cells of runs that answer a question, resumed where they stopped, read as tables.

::

    plan.json                       the cells and their seeds
    scenarios/<digest>.json.gz      what is run
    runs/, failures/                finished runs, as in ``sim.runs.store``
    results/                        tables of the latest command
"""

from __future__ import annotations

import errno
import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim import bounded
from sim.measures import headline_measures
from sim.results.bands import QUANTILES, against_first, interval_of_mean
from sim.results.folder import replacing, sign, write_csv
from sim.runs.executors import Call, Executor, make_executor
from sim.runs.files import FULL, StudyError, set_aside, unwritable, write_whole
from sim.runs.once import HEADLINES, measured_run, pack, unpack
from sim.runs.store import FAILURE, Store, Tables
from sim.scenario.fields import leaves
from sim.study.design import Sweep, Target, lay_out_sweep

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

PLAN, SCENARIOS = "plan.json", "scenarios"
MANY, BREAK_SECONDS = 100, 600.0
"""Runs by which the pace is judged, and the time without any after which another session began."""
LEAST_GROWTH, LARGEST_GROWTH = 1.1, 2.0
"""By how much replicates grow at a time, at least and at most."""


# What a study is to hold


@dataclass(frozen=True)
class Cell:
    """One scenario of a study, by its digest, and how many replicates of it are wanted.

    ``settings`` tell the cell from the others: dotted key and value in a sweep, or whatever the study varies.
    ``seed`` is that of its first replicate, where it is not the plan's.
    """

    scenario: str
    settings: Mapping[str, Any]
    replicates: int
    seed: int | None = None


@dataclass(frozen=True)
class Plan:
    """The cells of a study; the first is the one that the others are compared with.

    ``seed`` is the root seed of the first replicate; the others follow. ``tables`` of each run are kept beside its
    headline measures. ``command`` would make the study again.
    """

    cells: tuple[Cell, ...]
    seed: int = 1
    tables: tuple[str, ...] = ()
    command: str = ""

    def seeds(self, cell: Cell) -> range:
        """Seeds of a cell."""
        first = self.seed if cell.seed is None else cell.seed
        return range(first, first + cell.replicates)

    def numbered(self) -> list[tuple[int, int, tuple[str, int]]]:
        """Number of a cell, seed, and the run that it names, for each replicate of each cell."""
        return [(n, seed, (cell.scenario, seed)) for n, cell in enumerate(self.cells) for seed in self.seeds(cell)]

    def runs(self) -> list[tuple[str, int]]:
        """Scenario and seed of every run once, first seeds first, so that a part of the study covers all of it."""
        order = sorted(self.numbered(), key=lambda one: one[1] - self.seeds(self.cells[one[0]]).start)
        return list(dict.fromkeys(run for _, _, run in order))

    def varied(self) -> list[str]:
        """Names of the settings, in the order in which cells first have them."""
        return list(dict.fromkeys(name for cell in self.cells for name in cell.settings))


def write_plan(folder: Path, plan: Plan) -> None:
    """Write down what the study is to hold, with a hash of it."""
    table = json.dumps(asdict(plan), indent=1, default=str)
    sealed = {"sha256": hashlib.sha256(table.encode()).hexdigest(), **json.loads(table)}
    write_whole(folder / PLAN, (json.dumps(sealed, indent=1) + "\n").encode())


def read_plan(folder: Path) -> Plan:
    """What the study is to hold; nothing is written.

    Raises:
        StudyError: The folder is no study, or its plan is damaged.
    """
    path, found = folder / PLAN, ""
    try:
        table = bounded.as_json(path)
        if table.pop("sha256") == hashlib.sha256(json.dumps(table, indent=1).encode()).hexdigest():
            cells = tuple(Cell(**cell) for cell in table.pop("cells"))
            return Plan(cells, **table | {"tables": tuple(table["tables"])})
    except bounded.UnreadableError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            raise StudyError(f"{folder}: expected the folder of a study, found no {PLAN}") from None
        if error.errno is not None:
            raise StudyError(f"{path}: cannot be read ({error.found})") from error
        found = f" ({error.found})"
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    raise StudyError(f"{path}: the file is damaged{found}; give the command that made the study again")


@dataclass(frozen=True, slots=True)
class Status:
    """How far a study is."""

    done: int
    failed: int
    missing: int
    seconds_left: float | None
    """At the pace of the latest session; nothing when there was none."""


class Study:
    """A folder of runs. Looking at it writes nothing.

    Args:
        folder: Made when there is something to keep.

    Raises:
        StudyError: The folder holds something else.
    """

    def __init__(self, folder: Path | str) -> None:
        self.store = Store(folder)
        self.folder = self.store.folder
        self._plan: Plan | None = None
        self._scenarios: dict[str, bytes] = {}
        self._rows: dict[tuple[str, int], dict[str, float]] = {}

    @classmethod
    def open(cls, folder: Path | str) -> Study:
        """A study that is there already.

        Raises:
            StudyError: The folder holds no study.
        """
        read_plan(Path(folder))
        return cls(folder)

    @property
    def plan(self) -> Plan:
        """What it is to hold, by the latest command."""
        if self._plan is None:
            self._plan = read_plan(self.folder)
        return self._plan

    def cell(self, scenario: Scenario, settings: dict[str, Any], replicates: int, seed: int | None = None) -> Cell:
        """A scenario of this study as a cell of a plan, with a seed of its own where it has one."""
        digest = scenario.digest()
        self._scenarios[digest] = pack(scenario)
        return Cell(digest, settings, replicates, seed)

    def scenario(self, cell: Cell) -> Scenario:
        """The scenario of a cell.

        Raises:
            StudyError: The study does not have it, or has it damaged.
        """
        return unpack(cell.scenario, self._packed(cell.scenario))

    def _packed(self, digest: str) -> bytes:
        if digest not in self._scenarios:
            path = self.folder / SCENARIOS / f"{digest}.json.gz"
            try:
                packed = bounded.read(path)
                unpack(digest, packed)
            except (OSError, ValueError):
                raise StudyError(f"{path}: missing or damaged; give the command that made the study again") from None
            self._scenarios[digest] = packed
        return self._scenarios[digest]

    # Work

    def sweep(self, scenario: Scenario | Path | str, over: Sequence[str], **options: Any) -> Study:
        """Vary a scenario over values of parameters, and add what is missing to the study.

        ``options`` are ``workers`` and ``scheduler`` of ``sim.runs.executors.make_executor``, and those of
        ``sim.study.design.lay_out_sweep``: ``design``, ``points``, ``replicates``, ``seed``, ``to_precision``,
        ``at_most``.
        """
        who = {name: options.pop(name, None) for name in ("workers", "scheduler")}
        laid_out = lay_out_sweep(scenario, over, **options)
        with make_executor(**who) as executor:
            make_sweep(self, laid_out, executor=executor)
        return self

    def make(
        self,
        plan: Plan,
        *,
        executor: Executor | None = None,
        workers: int | None = None,
        retry: bool = False,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Make every run of a plan that is not there yet.

        The plan replaces the one before; runs that are there stay, and failed ones are made again with ``retry``.
        ``on_progress`` is called with the number of runs that are there or have failed, and that of all. ``executor``,
        ``workers`` and errors are those of ``sim.runs.store.tables_of``.
        """
        self.store.claim()
        self._write(plan)
        if retry:
            self.store.forget_failures()
        calls = [replace(self._call(*run), how={"packed": self._packed(run[0])}) for run in plan.runs()]

        def report(done: int) -> None:
            if on_progress:
                on_progress(done, len(calls))

        self.store.finish(calls, executor=executor, workers=workers, holes=True, on_progress=report)

    def _write(self, plan: Plan) -> None:
        """Write down the plan, after the scenarios that it names."""
        (self.folder / SCENARIOS).mkdir(exist_ok=True)
        for digest in dict.fromkeys(cell.scenario for cell in plan.cells):
            path, packed = self.folder / SCENARIOS / f"{digest}.json.gz", self._packed(digest)
            if not path.exists() or bounded.read(path) != packed:
                write_whole(path, packed)
        if (self.folder / PLAN).exists():
            try:
                read_plan(self.folder)
            except StudyError:
                set_aside(self.folder / PLAN)
        write_plan(self.folder, plan)
        self._plan = plan

    def _call(self, scenario: str, seed: int) -> Call[Tables]:
        """A run of the plan, by which its result is found; to be made it needs the scenario itself."""
        return Call(measured_run, (scenario, seed, self.plan.tables))

    # Tables

    def status(self) -> Status:
        """How far the plan is."""
        self.store.look()
        calls = [self._call(*run) for run in self.plan.runs()]
        done = sum(call in self.store for call in calls)
        failed = sum(self.store.failed(call) for call in calls)
        missing = len(calls) - done - failed
        pace = _pace(self.store.times())
        return Status(done, failed, missing, None if pace is None else pace * missing)

    def check_whole(self) -> None:
        """Raise ``StudyError`` where a run of the plan failed; the line has the first error."""
        if failed := self.errors():
            error, _ = next(iter(failed.values()))
            raise StudyError(
                f"{self.folder}: every run is needed, but {len(failed)} failed, the first with: "
                f"{error}; the same command tries again"
            )

    def errors(self) -> dict[tuple[str, int], tuple[str, str]]:
        """Error and traceback of each failed run, by scenario and seed, sorted by these."""
        calls = {run: self._call(*run) for run in sorted(self.plan.runs())}
        failed = {run: call for run, call in calls.items() if self.store.failed(call)}
        return {run: tuple(self.store.tables(call)[FAILURE].iloc[0]) for run, call in failed.items()}

    def headlines(self) -> dict[tuple[str, int], dict[str, float]]:
        """Headline measures of each finished run of the plan, by scenario and seed."""
        runs = self.plan.runs()
        for run in runs:
            if run not in self._rows and (call := self._call(*run)) in self.store:
                self._rows[run] = self.store.tables(call, [HEADLINES])[HEADLINES].iloc[0].to_dict()
        return {run: self._rows[run] for run in runs if run in self._rows}

    def tables_of(self, cell: Cell, seed: int) -> Tables:
        """The tables of a run that the plan says to keep."""
        return self.store.tables(self._call(cell.scenario, seed), self.plan.tables)

    def runs(self, measures: Sequence[str] | None = None) -> pd.DataFrame:
        """The runs that finished: ``cell`` (number), ``seed``, and the headline measures, or those named."""
        found, numbered = self.headlines(), self.plan.numbered()
        rows = [{"cell": cell, "seed": seed} | found[run] for cell, seed, run in numbered if run in found]
        table = pd.DataFrame(rows, columns=None if rows else ["cell", "seed"])
        return table if measures is None else table.reindex(columns=["cell", "seed", *measures])

    def table(self, name: str) -> pd.DataFrame:
        """A table of the study: ``cells``, ``runs``, ``failures``, ``summary`` or ``codebook``.

        The tables depend on the plan and the runs alone, not on who made them, when, or in which order.
        """
        if name not in TABLES:
            raise KeyError(f"no table {name!r}; a study has {', '.join(TABLES)}")
        return TABLES[name](self)


def _pace(times: Sequence[float]) -> float | None:
    """Seconds from one run to the next in the latest session, of which start-up is no part; nothing for a first run."""
    latest = times[-MANY:]
    breaks = [number for number, gap in enumerate(np.diff(latest), start=1) if gap > BREAK_SECONDS]
    session = latest[breaks[-1] if breaks else 0 :]
    return (session[-1] - session[0]) / (len(session) - 1) if len(session) > 1 else None


# Sweeps


def make_sweep(
    study: Study,
    sweep: Sweep,
    *,
    executor: Executor,
    retry: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
) -> None:
    """Make the runs of a sweep that the study does not have, and add replicates until its targets are met.

    Every cell uses the same seeds, so that differences from cell 0, the scenario unchanged, are paired.

    Raises:
        StudyError: The disk is full or the workers are lost; what finished is kept.
    """
    cells = tuple(study.cell(world, settings, sweep.replicates) for settings, world in sweep.worlds)
    plan = Plan(cells, sweep.seed, command=sweep.command)
    study.make(plan, executor=executor, retry=retry, on_progress=on_progress)
    while sweep.targets:
        plan = study.plan
        wanted = replicates_needed(study, sweep.targets, sweep.at_most)
        cells = tuple(replace(cell, replicates=count) for cell, count in zip(plan.cells, wanted, strict=True))
        if cells == plan.cells:
            return
        study.make(replace(plan, cells=cells), executor=executor, on_progress=on_progress)


def widths(study: Study, target: Target) -> dict[int, float]:
    """Width of the interval in each cell but the first, by number; not-a-number below two replicates."""
    gaps = against_first(study.runs([target.measure]), target.measure)
    intervals = interval_of_mean(gaps[gaps["cell"] > 0], ["cell"], "difference")
    return dict(zip(intervals["cell"].tolist(), (intervals["high"] - intervals["low"]).tolist(), strict=True))


def replicates_needed(study: Study, targets: Sequence[Target], at_most: int) -> list[int]:
    """Replicates that each cell should have next.

    The width falls with the square root of the number of replicates, which says how many are missing. At most as many
    again are added at a time, as the spread of few replicates is not well known. Cell 0 has as many as the largest.
    Looking after each addition makes the interval cover the mean a little less often than it says.
    """
    wanted = [cell.replicates for cell in study.plan.cells]
    for target in targets:
        for cell, width in widths(study, target).items():
            now = study.plan.cells[cell].replicates
            if not width <= target.width and now < at_most:  # a missing width, too
                growth = LARGEST_GROWTH if math.isnan(width) else (width / target.width) ** 2
                more = math.ceil(now * min(max(growth, LEAST_GROWTH), LARGEST_GROWTH))
                wanted[cell] = max(wanted[cell], min(more, at_most))
    wanted[0] = max(wanted)
    return wanted


# Tables

ROW_COLUMNS = (
    ("cell", "number", "cell of the study; cell 0 is the scenario unchanged"),
    ("seed", "number", "root seed of the replicate"),
    ("scenario", "digest", "SHA-256 of the scenario"),
    ("replicates", "runs", "replicates wanted of the cell"),
    ("error", "text", "what a failed run said; empty where it finished"),
    ("traceback", "text", "where in the code a failed run stopped"),
    ("measure", "name", "id of a headline measure"),
    ("n", "runs", "replicates that have the measure"),
    ("p05", "of measure", "5th percentile over replicates"),
    ("p50", "of measure", "median over replicates"),
    ("p95", "of measure", "95th percentile over replicates"),
    ("difference", "of measure", "mean difference from cell 0, seed by seed"),
    ("low", "of measure", "lower end of the 90 % interval of the mean difference"),
    ("high", "of measure", "upper end of the 90 % interval of the mean difference"),
)


def cells(study: Study) -> pd.DataFrame:
    """One row per cell: number, settings, replicates wanted, digest of the scenario."""
    names, of = study.plan.varied(), enumerate(study.plan.cells)
    rows = [(n, *map(cell.settings.get, names), cell.replicates, cell.scenario) for n, cell in of]
    return pd.DataFrame(rows, columns=["cell", *names, "replicates", "scenario"])


def runs(study: Study) -> pd.DataFrame:
    """One row per run, finished or failed: cell, settings, seed, headline measures, error; by cell and seed."""
    finished = study.runs()
    failed = failures(study)[["cell", "seed", "error"]]
    both = pd.concat([finished, failed]) if len(failed) else finished.assign(error=None)
    settings = cells(study).drop(columns=["replicates", "scenario"])
    merged = settings.merge(both.sort_values(["cell", "seed"]), on="cell")
    return merged.assign(error=merged["error"].fillna(""))


def failures(study: Study) -> pd.DataFrame:
    """One row per failed run: cell, seed, error, traceback, scenario."""
    errors = study.errors()
    rows = [(cell, seed, *errors[run], run[0]) for cell, seed, run in study.plan.numbered() if run in errors]
    return pd.DataFrame(rows, columns=["cell", "seed", "error", "traceback", "scenario"])


def summary(study: Study) -> pd.DataFrame:
    """One row per cell and measure: band over replicates, and the paired difference from cell 0 with its interval."""
    finished, columns = study.runs(), ["measure", "n", "p05", "p50", "p95", "difference", "low", "high"]
    parts = []
    for measure in measures_of(finished):
        values = finished.groupby("cell")[measure]
        band = values.quantile(np.array(list(QUANTILES.values()))).unstack().set_axis(list(QUANTILES), axis=1)
        gap = interval_of_mean(against_first(finished, measure), ["cell"], "difference").set_index("cell")
        gap = gap.rename(columns={"mean": "difference"})[["difference", "low", "high"]]
        count = values.count().rename("n")
        parts.append(pd.concat([count, band, gap], axis=1).reset_index().assign(measure=measure))
    if not parts:
        return pd.DataFrame(columns=["cell", *columns])
    whole = pd.concat(parts).sort_values("cell", kind="stable")  # measures stay in their own order
    settings = cells(study).drop(columns=["replicates", "scenario"])
    return settings.merge(whole, on="cell")[[*settings, *columns]]


def codebook(study: Study) -> pd.DataFrame:
    """What every column and measure means: name, unit, meaning."""
    rows = list(ROW_COLUMNS)
    known = {leaf.key: (leaf.unit, leaf.meaning) for leaf in leaves(study.scenario(study.plan.cells[0]))}
    rows += [(key, *known.get(key, ("", "what tells the cells apart"))) for key in study.plan.varied()]
    missing = set(measures_of(study.runs()))
    for cell in study.plan.cells:
        found = [one for one in headline_measures(study.scenario(cell)) if one.id in missing] if missing else []
        rows += [(one.id, one.unit, f"{one.name}: {one.meaning}") for one in found]
        missing -= {one.id for one in found}
    return pd.DataFrame(rows, columns=["name", "unit", "meaning"])


def measures_of(finished: pd.DataFrame) -> list[str]:
    """Ids of the headline measures among the columns of ``Study.runs``."""
    return [name for name in finished.columns if name not in ("cell", "seed")]


TABLES: dict[str, Callable[[Study], pd.DataFrame]] = {
    table.__name__: table for table in (cells, runs, summary, failures, codebook)
}
OTHERS = ("runs.parquet", "figures")


def write_results(study: Study, folder: Path, draw: Callable[[Path], object] | None = None) -> None:
    """Write every table of a study as CSV, the runs also as Parquet at full precision, and a manifest.

    Equal plans and runs give equal bytes. ``draw`` puts pictures into the folder that it is given.

    Raises:
        OutputError: The folder holds something else or cannot be written.
        StudyError: The disk is full; what was in the folder before is kept.
    """
    plan = study.plan
    try:
        # Within the study's own folder they are its own, though a manifest that would say so is lost.
        ours = {*(f"{name}.csv" for name in TABLES), *OTHERS} if folder.parent == study.folder else ()
        with replacing(folder, ours) as draft:
            for name, make in TABLES.items():
                table = make(study)
                if name == "runs":
                    table.to_parquet(draft / "runs.parquet", index=False, compression="zstd")
                write_csv(table, draft / f"{name}.csv")
            if draw:
                (draft / "figures").mkdir()
                draw(draft / "figures")
            first = plan.cells[0]
            sign(draft, study.scenario(first), plan.seeds(first), plan.command)
    except OSError as error:
        if error.errno in FULL:
            raise unwritable(folder, error) from error
        raise
