"""A folder of results: tables, what their columns mean, scenarios, pictures and manifest, at once or not at all."""

import contextlib
import errno
import glob
import hashlib
import json
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from sim import bounded
from sim.results.ensemble import Ensemble
from sim.runs.files import is_left, maker
from sim.runs.once import MODEL_VERSION
from sim.scenario.files import to_toml
from sim.scenario.schema import Scenario
from sim.tables import CODEBOOK

MANIFEST = "manifest.json"
COMMAND_DIGEST = "command_digest"
"""SHA-256 of the command, by which a slip in it is seen as one in a file is."""
REPLACE = "--replace"
OTHER = "choose another --out"
TABLES, CHANCE_TABLES = "tables", "chance"
"""Folders of the runs by the day: those that the results are of, and those that differ in luck alone."""
BASELINE = "baseline.toml"
"""The world that a run was put beside."""
DRAWS = "draws"
"""Part of a manifest that results of plausible worlds have."""
CODE = "code"
"""Part of a manifest that forecasts have: version and digest of the model's source."""
PACKAGES = ("mesa", "numpy", "numba", "pandas", "pyarrow", "pydantic", "matplotlib")
"""Packages whose versions could move a number or a pixel."""


class OutputError(OSError):
    """A folder that cannot be written; the message is one line for the reader of a terminal."""

    for_users = True


_FOUND: dict[Path, Any] = {}
"""What the manifests said of folders when this process first looked, by their paths: what came since is not ours."""


def _manifest(folder: Path) -> dict[str, Any] | None:
    """What the manifest of a folder says; nothing where it cannot be read."""
    with contextlib.suppress(bounded.UnreadableError):
        said = bounded.as_json(folder / MANIFEST)
        return said if isinstance(said, dict) else None
    return None


def check_writable(folder: Path, ours: Collection[str] = ()) -> None:
    """Raise ``OutputError`` unless ``folder`` can be made or replaced: asked before the work, not after it.

    Args:
        folder: Where results are to go.
        ours: Names of files that may be replaced even where no manifest says what they are.
    """
    here = Path.cwd()
    try:
        if folder.resolve() in (here, *here.parents):
            raise OutputError(f"{folder}: expected a folder of its own, found one in which you are; {OTHER}")
        _check_results(folder, ours)
        folder.parent.mkdir(parents=True, exist_ok=True)
        _clear_leftovers(folder)
        probe = _beside(folder, f"partial-{maker()}-")  # no shorter than any name that is needed
        probe.mkdir()
        probe.rmdir()
        _FOUND.setdefault(folder.resolve(), _manifest(folder))
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(f"{str(folder)[:200]}: cannot write there ({error.strerror}); {OTHER}") from error


def _check_results(folder: Path, ours: Collection[str]) -> None:
    """Raise ``OutputError`` where there is something that no command has made."""
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder}: expected a folder for results, found a file; {OTHER}")
    others = folder.is_dir() and any(path.name not in ours for path in folder.iterdir())
    if others and not (folder / MANIFEST).is_file():
        raise OutputError(f"{folder}: expected an empty folder or earlier results, has other files; {OTHER}")


def _beside(folder: Path, what: str) -> Path:
    return folder.parent / f".{folder.name}.{what}"


def _clear_leftovers(folder: Path) -> None:
    """Remove what killed commands left beside a folder; results that one had set aside and not replaced come back."""
    for what in ("old-", "partial-"):
        start = f".{folder.name}.{what}"
        for left in sorted(folder.parent.glob(f"{glob.escape(start)}*")):
            with contextlib.suppress(OSError):  # another process was first, or it is not ours to remove
                if not is_left(left, left.name.removeprefix(start)):
                    continue
                if what == "old-" and not folder.exists():
                    left.rename(folder)
                else:
                    shutil.rmtree(left)


def check_settings(folder: Path, command: str, worlds: Mapping[str, Scenario]) -> None:
    """Raise ``OutputError`` where a folder holds results of other settings, which only ``--replace`` replaces.

    Args:
        folder: Where results are to go.
        command: What will make them.
        worlds: The scenarios, by the names of their files without the ending; without any, the command tells all.
    """
    if not (folder / MANIFEST).is_file():
        return
    earlier = (_manifest(folder) or {}).get("command", "a command that its manifest does not tell")
    advice = f"{OTHER}, or allow it with {REPLACE}"
    if earlier != command:
        raise OutputError(f"{folder}: expected the results of '{command}', found those of '{earlier}'; {advice}")
    beside = BASELINE if (folder / BASELINE).is_file() else None
    for name, scenario in worlds.items():
        file = folder / f"{name}.toml"
        if file.is_file() and bounded.read(file) != to_toml(scenario, beside).encode():
            raise OutputError(
                f"{folder}: expected the results of this scenario, found those of another {file.name}; {advice}"
            )


@contextmanager
def replacing(folder: Path, ours: Collection[str] = ()) -> Iterator[Path]:
    """Give a fresh folder that takes the place of ``folder`` when the block ends well, and vanishes otherwise."""
    check_writable(folder, ours)
    draft = _beside(folder, f"partial-{maker()}")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    try:
        yield draft
        old = _beside(folder, f"old-{maker()}")
        while True:
            _check_results(folder, ours)
            _check_unchanged(folder, draft)
            with contextlib.suppress(FileNotFoundError):
                folder.rename(old)
            try:
                draft.rename(folder)
                break
            except OSError as error:
                if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                    raise
                shutil.rmtree(old, ignore_errors=True)  # another command put its results there since
        shutil.rmtree(old, ignore_errors=True)
    finally:
        _FOUND.pop(folder.resolve(), None)
        shutil.rmtree(draft, ignore_errors=True)


def _check_unchanged(folder: Path, draft: Path) -> None:
    """Raise ``OutputError`` where another command put other results there since this one first looked."""
    now, before, ours = _manifest(folder), _FOUND.get(folder.resolve()), _manifest(draft)
    settings = [[said.get(key) for key in ("command", "scenario_digest")] for said in (now, ours) if said]
    if now in (None, before) or settings[0] == settings[-1]:
        return
    raise OutputError(
        f"{folder}: expected what was there when this command began, found results that '{now.get('command')}' has put "
        f"there since; {OTHER}"
    )


def write_results(
    ensemble: Ensemble,
    folder: Path,
    *,
    command: str,
    summary: pd.DataFrame,
    draw: Callable[[Path], object],
    baseline: Scenario | None = None,
    beside: Mapping[str, pd.DataFrame] = MappingProxyType({}),
) -> None:
    """Write an ensemble to ``folder``; ``draw`` puts the pictures into the folder that it is given.

    ``tables/*.parquet`` hold every replicate by the day, ``chance/*.parquet`` those of the best world where replicates
    live plausible worlds; ``bands/*.csv`` the percentiles over either by the week, ``acts.csv`` the log of the first
    replicate. ``beside`` are tables of differences from ``baseline``, by name. Nothing in the folder depends on the
    clock, the machine or the number of workers.

    Raises:
        OutputError: when the folder cannot be written.
    """
    with replacing(folder) as draft, ThreadPoolExecutor(1) as meanwhile:  # to compress the runs takes half of the time
        for name in ("bands", "figures"):
            (draft / name).mkdir()
        runs_of = {TABLES: ensemble} | ({CHANCE_TABLES: ensemble.best} if ensemble.best else {})
        written = [meanwhile.submit(_write_runs, runs, draft / name) for name, runs in runs_of.items()]
        for table in CODEBOOK:
            if table != "acts":
                write_csv(ensemble.weekly(table), draft / "bands" / f"{table}.csv")
        write_csv(ensemble.runs[0].tables["acts"], draft / "acts.csv")
        write_csv(codebook(), draft / "codebook.csv")
        for name, table in {"summary": summary, **beside}.items():
            write_csv(table, draft / f"{name}.csv")
        if baseline:
            (draft / BASELINE).write_text(to_toml(baseline), encoding="utf-8")
        own = to_toml(ensemble.scenario, BASELINE if baseline else None)
        (draft / "scenario.toml").write_text(own, encoding="utf-8")
        draw(draft / "figures")
        for runs in written:
            runs.result()
        sign(draft, ensemble.scenario, ensemble.seeds, command, ensemble.draws)


def _write_runs(ensemble: Ensemble, folder: Path) -> None:
    """Every replicate by the day, a file per table."""
    folder.mkdir()
    for table in CODEBOOK:
        file = folder / f"{table}.parquet"
        ensemble.table(table).to_parquet(file, index=False, compression="zstd", compression_level=19)


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV: calendar dates as YYYY-MM-DD, numbers to six significant digits."""
    table.to_csv(path, index=False, float_format="%.6g", date_format="%Y-%m-%d", lineterminator="\n")


def sign(
    folder: Path,
    scenario: Scenario,
    seeds: Sequence[int],
    command: str,
    draws: Mapping[str, str] = MappingProxyType({}),
    code: str = "",
) -> None:
    """Write the manifest of a finished folder: what made it, and the SHA-256 of every file.

    Args:
        folder: With all other files.
        scenario: That the results are of.
        seeds: Root seeds of the replicates.
        command: What makes the folder again.
        draws: Hashes of the draws that gave plausible worlds their parameters, by name; results of one world have none.
        code: Digest of the model's source, where results must be held against no other.
    """
    manifest = {
        "title": scenario.title,
        "scenario_digest": scenario.digest(),
        "model_version": MODEL_VERSION,
        "command": command,
        COMMAND_DIGEST: hashlib.sha256(command.encode()).hexdigest(),
        "seeds": list(seeds),
        "users": scenario.population.users,
        **({DRAWS: dict(draws)} if draws else {}),
        **({CODE: code} if code else {}),
        "packages": {name: version(name) for name in PACKAGES},
    }
    write_manifest(folder, manifest)


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write what is told of a folder, with the SHA-256 of every file that it holds now."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != MANIFEST]
    files = {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
    (folder / MANIFEST).write_text(json.dumps({**manifest, "files": files}, indent=1) + "\n", encoding="utf-8")


NAMED = {
    "measure": "id of the measure, by which docs/measures.md, options and files name it",
    "name": "what it is called",
}
"""What the columns mean by which tables name measures."""


def write_report(
    folder: Path,
    tables: Mapping[str, pd.DataFrame],
    columns: Mapping[str, str],
    *,
    scenarios: Mapping[str, Scenario],
    seeds: Sequence[int],
    command: str,
    draw: Callable[[Path], object],
    draws: Mapping[str, str] = MappingProxyType({}),
    code: str = "",
) -> None:
    """Write an analysis at once or not at all; equal analyses give equal bytes.

    Args:
        folder: Where; earlier results there are replaced.
        tables: By the names of their files.
        columns: What a column means; columns that are not named here explain themselves.
        scenarios: Worlds by name; the first is the one that the manifest names.
        seeds: Of the replicates.
        command: What makes the folder again.
        draw: Puts the pictures into the folder that it is given.
        draws: As of ``sign``.
        code: As of ``sign``.

    Raises:
        OutputError: The folder cannot be written.
    """
    with replacing(folder) as draft:
        for name, table in tables.items():
            write_csv(table, draft / f"{name}.csv")
        known = {name: (NAMED if {*NAMED} <= {*table} else {}) | dict(columns) for name, table in tables.items()}
        meanings = [(name, one, known[name][one]) for name in tables for one in tables[name] if one in known[name]]
        write_csv(pd.DataFrame(meanings, columns=["table", "column", "meaning"]), draft / "codebook.csv")
        for name, scenario in scenarios.items():
            (draft / f"{name}.toml").write_text(to_toml(scenario), encoding="utf-8")
        draw(draft)
        sign(draft, next(iter(scenarios.values())), seeds, command, draws, code)


def made_by(*facts: str, command: str = "") -> str:
    """The line below a picture: facts about what made it, the version of the model and, where told, the command."""
    return " · ".join([*facts, f"model {MODEL_VERSION}", *([command] if command else [])])


# The codebook of a folder

IN_ALL = "plausible worlds, chance and parameters together"
BY_CHANCE = "runs of the best world, which differ in luck alone"
APART = "of this world and of its baseline"
END_OR_PEAK = "end: the last day; peak: where the mean difference is largest"
AROUND = (
    ("tables", "seed", "number", "key", f"root seed of the replicate, first column of every file there; {IN_ALL}"),
    ("chance", "seed", "number", "key", f"root seed of the replicate, first column of every file there; {BY_CHANCE}"),
    ("bands", "week", "date", "key", "first day of the week, in the place of the day"),
    ("bands", "measure", "name", "key", "column of the table of the same name"),
    ("bands", "p05", "of measure", "measure", f"5th percentile over {IN_ALL}"),
    ("bands", "p50", "of measure", "measure", f"median over {IN_ALL}"),
    ("bands", "p95", "of measure", "measure", f"95th percentile over {IN_ALL}"),
    ("bands", "chance_p05", "of measure", "measure", f"5th percentile over {BY_CHANCE}"),
    ("bands", "chance_p50", "of measure", "measure", f"median over {BY_CHANCE}"),
    ("bands", "chance_p95", "of measure", "measure", f"95th percentile over {BY_CHANCE}"),
    ("summary", "measure", "id", "key", "headline measure, by its id"),
    ("summary", "name", "text", "text", "what the measure is called"),
    ("summary", "unit", "name", "text", "unit of the measure"),
    ("summary", "median", "of measure", "measure", f"median over {IN_ALL}; runs without the measure are left out"),
    ("summary", "low", "of measure", "measure", f"5th percentile over {IN_ALL}"),
    ("summary", "high", "of measure", "measure", f"95th percentile over {IN_ALL}"),
    ("summary", "chance_low", "of measure", "measure", f"5th percentile over {BY_CHANCE}"),
    ("summary", "chance_high", "of measure", "measure", f"95th percentile over {BY_CHANCE}"),
    ("summary", "counts", "text", "text", "of companies and sanctions: how many plausible worlds have which value"),
    ("summary", "observed", "of measure", "number", "what was observed of it; empty where nothing is known"),
    ("summary", "source", "text", "text", "where the observed value comes from"),
    ("summary", "meaning", "text", "text", "what the measure is"),
    ("differences", "measure", "id", "key", f"quantity that is followed from the first act that differs, {APART}"),
    ("differences", "name", "text", "text", "what the quantity is called"),
    ("differences", "when", "name", "key", f"{END_OR_PEAK}; or so long after"),
    ("differences", "date", "date", "key", "day on which it is read"),
    ("differences", "base", "of measure", "measure", "mean over replicates in the baseline"),
    ("differences", "other", "of measure", "measure", "mean over the same replicates in this world"),
    ("differences", "p05", "of unit", "measure", f"5th percentile of the difference over {IN_ALL}"),
    ("differences", "p50", "of unit", "measure", f"median of the difference over {IN_ALL}"),
    ("differences", "p95", "of unit", "measure", f"95th percentile of the difference over {IN_ALL}"),
    ("differences", "mean", "of unit", "measure", "mean of the difference"),
    ("differences", "low", "of unit", "measure", "lower end of the 90 % interval of the mean"),
    ("differences", "high", "of unit", "measure", "upper end of the 90 % interval of the mean"),
    ("differences", "chance_p05", "of unit", "measure", f"5th percentile of the difference over {BY_CHANCE}"),
    ("differences", "chance_p50", "of unit", "measure", f"median of the difference over {BY_CHANCE}"),
    ("differences", "chance_p95", "of unit", "measure", f"95th percentile of the difference over {BY_CHANCE}"),
    ("pairs", "measure", "id", "key", f"quantity, {APART}"),
    ("pairs", "name", "text", "text", "what the quantity is called"),
    ("pairs", "date", "date", "key", "last day, on which it is read"),
    ("pairs", "seed", "number", "key", f"root seed of both runs of the pair; {IN_ALL}"),
    ("pairs", "base", "of measure", "measure", "level in the baseline"),
    ("pairs", "other", "of measure", "measure", "level in this world"),
)
"""File or folder, column, unit, kind and meaning of what stands around the tables of a run.

With ``--best`` all runs are of the best world, so that both bands are the same."""
COLUMNS = ("table", "column", "unit", "kind", "meaning")


def codebook() -> pd.DataFrame:
    """The codebook as a table with ``COLUMNS``."""
    rows = [(table, name, one.unit, one.kind, one.meaning)
            for table, columns in CODEBOOK.items() for name, one in columns.items()]  # fmt: skip
    return pd.DataFrame([*rows, *AROUND], columns=list(COLUMNS))
