"""What a study keeps: every finished run, found by what was run, and never computed twice.

::

    scenarios/<digest>.json.gz         what was run
    runs/<key>.<hash>.parquet          a run: one row of headline measures
    runs/shard.<hash>.parquet          many runs: one row each
    failures/<key>.<hash>.parquet      a run that failed: its error and traceback
    tables/<name>/<key>.<hash>.parquet a table of a run, where one was asked for

The key is the digest of scenario, seed and the model's code; the hash is that of the content.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.runs.claims import COMPACTION, Claims
from sim.runs.files import StudyError, read_sealed, set_aside, sweep_drafts, unwritable, write_sealed, write_whole
from sim.runs.work import Job, Outcome, pack, to_parquet, unpack

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.dataset as ds

    from sim.scenario.schema import Scenario

FOLDERS, LOCK = ("runs", "failures", "scenarios", "tables"), "claims.lock"
"""What lies in the folder of a store."""
SHARD = "shard"
LOOSE = 1000
"""Runs in files of their own above which they are put into a shard: 100,000 runs are a hundred files."""
IDENTITY = ("key", "scenario", "seed", "model_version")


class Store:
    """The folder of a study. What is there is known when the store is opened and after ``refresh``.

    Args:
        folder: Made when absent.

    Raises:
        StudyError: The folder cannot be written.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)
        self._runs, self._failures, self._scenarios, self._tables = (self.folder / name for name in FOLDERS)
        try:
            for made in (self._runs, self._failures, self._scenarios, self._tables):
                made.mkdir(parents=True, exist_ok=True)
            self.claims = Claims(self.folder / LOCK)
        except OSError as error:
            raise unwritable(self._runs, error) from error
        sweep_drafts(self.folder)
        self._shards: dict[Path, list[str]] = {}
        self._loose: dict[str, Path] = {}
        self._done: dict[str, Path] = {}
        self._failed: dict[str, Path] = {}
        self._kept: dict[tuple[str, str], Path] = {}
        self.refresh()

    # Scenarios

    def add(self, scenario: Scenario) -> str:
        """Keep a scenario; give its digest."""
        digest, packed = scenario.digest(), pack(scenario)
        path = self._scenarios / f"{digest}.json.gz"
        if not path.exists() or path.read_bytes() != packed:
            write_whole(path, packed)
        return digest

    def packed(self, digest: str) -> bytes:
        """The packed text of a scenario, as workers receive it.

        Raises:
            StudyError: The study does not have it, or has it damaged (then the file is set aside).
        """
        path = self._scenarios / f"{digest}.json.gz"
        try:
            packed = path.read_bytes()
            unpack(digest, packed)
        except FileNotFoundError:
            raise StudyError(f"{self.folder}: the study has no scenario {digest[:12]}") from None
        except ValueError:
            set_aside(path)
            raise StudyError(
                f"{path}: the file is damaged and was set aside; give the command that made the study again"
            ) from None
        return packed

    def scenario(self, digest: str) -> Scenario:
        """A scenario of the study, by its digest."""
        return unpack(digest, self.packed(digest))

    # What is there

    def __contains__(self, job: Job) -> bool:
        """Whether the run has finished and the tables that the job asks for are there."""
        return job.key in self._done and all((name, job.key) in self._kept for name in job.tables)

    def __len__(self) -> int:
        """Runs that finished."""
        return len(self._done)

    def failed(self, job: Job) -> bool:
        """Whether the run failed, and has not finished since."""
        return job.key in self._failed and job not in self

    def forget_failures(self) -> None:
        """Let every failed run be made again."""
        for path in self._failed.values():
            path.unlink(missing_ok=True)
        self._failed.clear()

    def refresh(self) -> None:
        """Look again at what is there, as other processes may have added to it; set damaged files aside."""
        while not self._looked():
            pass  # files moved into a shard while being looked at

    def _looked(self) -> bool:
        names = _sealed(self._runs)
        try:
            for path in (path for stem, path in names if stem == SHARD and path not in self._shards):
                if (keys := _keys(path)) is not None:
                    self._shards[path] = keys
            self._loose = {stem: path for stem, path in names if stem != SHARD and self._sound(stem, path)}
            self._failed = {stem: path for stem, path in _sealed(self._failures) if self._sound(stem, path)}
            for table in sorted(self._tables.iterdir()):
                for stem, path in _sealed(table):
                    if self._kept.get((table.name, stem)) == path or read_sealed(path) is not None:
                        self._kept[table.name, stem] = path
        except FileNotFoundError:
            return False
        there = {path for _, path in names}
        self._shards = {path: keys for path, keys in self._shards.items() if path in there}
        self._done = {key: path for path, keys in self._shards.items() for key in keys}
        self._done |= {key: path for key, path in self._loose.items() if key not in self._done}
        return True

    def _sound(self, key: str, path: Path) -> bool:
        """Whether a file of one run is whole; those that were looked at before are not read again."""
        return path in (self._loose.get(key), self._failed.get(key)) or read_sealed(path) is not None

    # Landing

    def land(self, outcome: Outcome) -> None:
        """Keep what became of a job. A finished run takes the place of an earlier failure.

        Raises:
            StudyError: The disk is full, or the folder cannot be written.
        """
        key = outcome.job.key
        if outcome.error:
            self._failed[key] = write_sealed(self._failures, key, outcome.row)
            return
        for name, data in outcome.tables:
            (self._tables / name).mkdir(exist_ok=True)
            self._kept[name, key] = write_sealed(self._tables / name, key, data)
        if key not in self._done:
            self._loose[key] = self._done[key] = write_sealed(self._runs, key, outcome.row)
        if failed := self._failed.pop(key, None):
            failed.unlink(missing_ok=True)
        if len(self._loose) >= LOOSE:
            self.compact()

    def compact(self) -> None:
        """Put the runs that have files of their own into one shard; a kill at any point loses nothing."""
        if not self.claims.take(COMPACTION):
            return  # another process is at it
        try:
            self.refresh()
            new = {key: path for key, path in self._loose.items() if self._done[key] == path}
            if new:
                rows = _concat(_table(read_sealed(path)) for _, path in sorted(new.items()))
                write_sealed(self._runs, SHARD, to_parquet(rows), durable=True)
            for path in self._loose.values():
                path.unlink(missing_ok=True)
            self.refresh()
        finally:
            self.claims.release(COMPACTION)

    # Reading

    def dataset(self) -> ds.Dataset:
        """Every finished run as one pyarrow dataset: ``.to_table(columns=…, filter=…)`` reads only what it needs."""
        import pyarrow as pa
        import pyarrow.dataset as ds
        import pyarrow.parquet as pq

        self.refresh()
        alone = [_table(read_sealed(path)) for key, path in sorted(self._loose.items()) if self._done[key] == path]
        loose = _concat(alone)
        schema = pa.unify_schemas([loose.schema, *map(pq.read_schema, sorted(self._shards))])
        missing = [name for name in schema.names if name not in loose.schema.names]
        for name in missing:
            loose = loose.append_column(schema.field(name), pa.nulls(loose.num_rows, schema.field(name).type))
        files = ds.dataset([str(path) for path in sorted(self._shards)], schema=schema, format="parquet")
        return ds.dataset([files, ds.dataset(loose.select(schema.names))]) if self._shards else ds.dataset(loose)

    def rows(self, jobs: Iterable[Job], columns: Sequence[str] | None = None) -> pa.Table:
        """The rows of jobs that finished, sorted by scenario and seed; ``columns`` beside those that name the run."""
        import pyarrow as pa
        import pyarrow.compute as pc

        wanted = pa.array(sorted({job.key for job in jobs}), pa.string())
        names = None if columns is None else [*IDENTITY, *columns]
        found = self.dataset().to_table(columns=names, filter=pc.field("key").isin(wanted))
        first = found.group_by("key", use_threads=False).aggregate([]).num_rows
        if first != found.num_rows:  # two processes without locks may have put a run into two shards
            found = pa.Table.from_pandas(found.to_pandas().drop_duplicates("key"), schema=found.schema)
        return found.sort_by([("scenario", "ascending"), ("seed", "ascending")])

    def errors(self, jobs: Iterable[Job]) -> pa.Table:
        """Failed runs, sorted by scenario and seed: what names the run, ``error`` and ``traceback``."""
        failed = [_table(read_sealed(self._failed[job.key])) for job in jobs if self.failed(job)]
        return _concat(failed, ("error", "traceback")).sort_by([("scenario", "ascending"), ("seed", "ascending")])

    def table(self, name: str, job: Job) -> pa.Table:
        """A table of one run that was kept.

        Raises:
            StudyError: It is not there.
        """
        path = self._kept.get((name, job.key))
        data = read_sealed(path) if path else None
        if data is None:
            raise StudyError(f"{self.folder}: no table {name!r} of scenario {job.scenario[:12]}, seed {job.seed}")
        return _table(data)


def _sealed(folder: Path) -> list[tuple[str, Path]]:
    """Stem and path of the sealed files of a folder, in the order of their names."""
    parts = ((path.name.split("."), path) for path in sorted(folder.iterdir()))
    return [(name[0], path) for name, path in parts if len(name) == 3 and name[2] == "parquet" and name[0]]


def _keys(shard: Path) -> list[str] | None:
    import pyarrow.parquet as pq

    data = read_sealed(shard)
    return None if data is None else pq.read_table(io.BytesIO(data), columns=["key"])["key"].to_pylist()


def _table(data: bytes | None) -> pa.Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    if data is None:
        raise StudyError("a file was damaged while it was read, and set aside; give the command again")
    return pq.ParquetFile(pa.BufferReader(data)).read(use_threads=False)  # a third of the time of read_table


def _concat(tables: Iterator[pa.Table] | Sequence[pa.Table], more: Sequence[str] = ()) -> pa.Table:
    """Tables below one another, with nulls where one lacks a column; without tables, the columns that name a run."""
    import pyarrow as pa

    kinds = [(name, pa.int64() if name == "seed" else pa.string()) for name in (*IDENTITY, *more)]
    return pa.concat_tables([pa.schema(kinds).empty_table(), *tables], promote_options="default")
