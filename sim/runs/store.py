"""The folder of runs: each finished result once, under the digest of all that it depends on, whatever happens to it.

::

    runs/<key>.<seal>.zip       a result: its tables, each as Parquet
    failures/<key>.<seal>.zip   why there is none, where a client can do without
    lawshock.lock               held by the command that is at work

The key is the digest of a function, what its module means, its arguments, and the model's code. The seal is that of the
key and the content together: a file under another's name is as damaged as one with another content.
"""

from __future__ import annotations

import contextlib
import hashlib
import inspect
import io
import os
import shutil
import traceback
import weakref
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from sim import bounded
from sim.runs.code import build, meaning
from sim.runs.executors import Call, Executor, chosen
from sim.runs.files import DRAFT, HASH_DIGITS, StudyError, seal, set_aside, sweep_drafts, unwritable, write_whole
from sim.runs.processes import worker_died

if TYPE_CHECKING:
    import pandas as pd

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # Windows, where two commands may then make the same runs, with the same bytes
    fcntl = None

type Tables = Mapping[str, pd.DataFrame]

RUNS, FAILURES, LOCK = "runs", "failures", "lawshock.lock"
MARKS = (LOCK, "plan.json")
"""Files by which a folder is known as one of ours."""
FAILURE = "failure"
"""Name of the table that says why a result is not there: ``error`` and ``traceback``."""


def tables_of(
    calls: Sequence[Call[Tables]],
    *,
    keep: Store | None = None,
    executor: Executor | None = None,
    workers: int | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> list[Tables]:
    """What each call gives, in their order.

    Args:
        calls: Each gives tables by name, without an index.
        keep: Where to keep what finishes; nowhere when absent.
        executor: Who makes them; else one is made from ``workers``, and ended afterwards.
        workers: Local processes, all cores when absent.
        on_progress: Called with the number of calls that are done.

    Raises:
        StudyError: The folder holds something else, another command is at work there, the disk is full, or the
            workers are lost; what finished is kept.
    """
    if keep is not None:
        keep.finish(calls, executor=executor, workers=workers, on_progress=on_progress)
        return [keep.tables(call) for call in calls]
    made: dict[int, Tables] = {}
    with chosen(executor, workers, len(calls)) as maker:
        for call, tables in maker.run(calls):
            made[id(call)] = tables
            if on_progress:
                on_progress(len(made))
    return [made[id(call)] for call in calls]


class Store:
    """A folder of results. Nothing is written until results are asked for; from then on it is this process's alone.

    Args:
        folder: Where; made with the first results.
        lasting: Whether it stays when all is done.

    Raises:
        StudyError: The folder holds something else.
    """

    def __init__(self, folder: Path | str, *, lasting: bool = True) -> None:
        self.folder, self.lasting = Path(folder), lasting
        self._is_mine = False
        self._paths: dict[str, dict[str, Path]] = {}
        self._whole: dict[Path, bool] = {}
        if self.folder.exists() and not _is_ours(self.folder):
            raise StudyError(
                f"{folder}: expected a new folder or one of finished runs, found something else; move it away"
            )
        self.look()

    # What is there

    def __len__(self) -> int:
        """Results in the folder: an interrupt may come after a file and before it is noted here."""
        self.look()
        return len(self._paths[RUNS])

    def __contains__(self, call: Call[Any]) -> bool:
        """Whether the result of a call is there, and whole."""
        return self._has(RUNS, key_of(call))

    def failed(self, call: Call[Any]) -> bool:
        """Whether a call failed, and has not been made since."""
        key = key_of(call)
        return self._has(FAILURES, key) and not self._has(RUNS, key)

    def times(self) -> list[float]:
        """When each result was written, by the clock of the system, from the first to the last."""
        times = []
        for path in self._paths[RUNS].values():
            with contextlib.suppress(OSError):  # it went meanwhile
                times.append(path.stat().st_mtime)
        return sorted(times)

    def tables(self, call: Call[Tables], names: Sequence[str] | None = None) -> Tables:
        """The tables of a result, or those named; of a call that failed, ``FAILURE`` alone.

        Raises:
            StudyError: It is not there, or damaged.
        """
        key = key_of(call)
        path = self._paths[RUNS].get(key) or self._paths[FAILURES].get(key)
        data = bounded.read(path, bounded.LARGEST_TABLE) if path else b""
        if path is None or not _is_whole(path, data):
            raise StudyError(f"{self.folder}: a result is missing or damaged; give the command again")
        return _read(data, names if path.parent.name == RUNS else None)

    def look(self) -> None:
        """See what is there: another process may have added to it."""
        for kind in (RUNS, FAILURES):
            try:
                names = sorted(os.listdir(self.folder / kind))
            except OSError:  # not there, or not to be looked at
                names = []
            parts = [(name.split("."), name) for name in names]
            found = {words[0]: name for words, name in parts if len(words) == 3 and words[0] and words[2] == "zip"}
            self._paths[kind] = {key: self.folder / kind / name for key, name in found.items()}

    def _has(self, kind: str, key: str) -> bool:
        path = self._paths[kind].get(key)
        if path is not None and path not in self._whole:
            self._whole[path] = False
            with contextlib.suppress(OSError):  # it went meanwhile, or cannot be read
                self._whole[path] = _is_whole(path, bounded.read(path, bounded.LARGEST_TABLE))
        return path is not None and self._whole[path]

    # Making

    def finish(
        self,
        calls: Sequence[Call[Tables]],
        *,
        executor: Executor | None = None,
        workers: int | None = None,
        holes: bool = False,
        on_progress: Callable[[int], None] | None = None,
    ) -> None:
        """Make what is not there yet, and keep each result as it comes; arguments and errors as of ``tables_of``.

        With ``holes`` the client can do without calls that fail: why they do is kept in their place, and they are not
        made again until their failures are forgotten. Else the first failure ends it.
        """
        self.claim()
        wanted = {key_of(call): call for call in calls}
        missing = [
            _Kept(key, call, holes)
            for key, call in wanted.items()
            if not (self._has(RUNS, key) or (holes and self._has(FAILURES, key)))
        ]
        done = len(calls) - len(missing)
        if on_progress:
            on_progress(done)
        with chosen(executor, workers, len(missing)) as maker:
            for count, (task, (data, failed)) in enumerate(maker.run(missing), start=done + 1):
                self._land(task.key, data, failed)
                if on_progress:
                    on_progress(count)

    def claim(self) -> None:
        """Make the folder this process's until that ends, and set aside what is damaged.

        Raises:
            StudyError: Another command is at work there, or the folder cannot be written.
        """
        if not self._is_mine:
            try:
                for kind in (RUNS, FAILURES):
                    (self.folder / kind).mkdir(parents=True, exist_ok=True)
                self._is_mine = _hold(self.folder / LOCK, self)
            except OSError as error:
                raise unwritable(self.folder / RUNS, error) from error
            if not self._is_mine:
                raise StudyError(
                    f"{self.folder}: another command is at work there; let it end, or choose another --out"
                )
            sweep_drafts(self.folder)
        self.look()
        for kind, paths in self._paths.items():
            for key in [key for key in paths if not self._has(kind, key)]:
                set_aside(paths.pop(key))

    def forget_failures(self) -> None:
        """Let every call that failed be made again."""
        for path in self._paths[FAILURES].values():
            path.unlink(missing_ok=True)
        self._paths[FAILURES].clear()

    def clear(self) -> None:
        """Remove the folder, now that what came of it is in place; one that was asked for stays."""
        if self._is_mine and not self.lasting:
            for kind in (RUNS, FAILURES):
                shutil.rmtree(self.folder / kind, ignore_errors=True)
            with contextlib.suppress(OSError):  # what else lies there stays
                (self.folder / LOCK).unlink()
                self.folder.rmdir()

    def _land(self, key: str, data: bytes, failed: bool) -> None:
        """Keep what became of a call. A result takes the place of an earlier failure."""
        kind = FAILURES if failed else RUNS
        path = self.folder / kind / f"{key}.{seal(key.encode() + data)}.zip"
        write_whole(path, data)
        self._paths[kind][key], self._whole[path] = path, True
        if not failed and (before := self._paths[FAILURES].pop(key, None)):
            before.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A call whose tables are written down where it is made; with its key, and whether it failed."""

    key: str
    call: Call[Tables]
    holes: bool

    def make(self) -> tuple[bytes, bool]:
        """Call it, and write down what it gives, or why it gives nothing."""
        try:
            return _written(self.call.make()), False
        except Exception as error:  # whatever went wrong belongs to this call alone
            if not self.holes:
                raise
            return _failure(f"{type(error).__name__}: {error}", traceback.format_exc()), True

    def lost(self, error: str) -> tuple[bytes, bool]:
        """A call at which workers died is like one that failed."""
        if not self.holes:
            raise worker_died(error)
        return _failure(error, ""), True


def key_of(call: Call[Any]) -> str:
    """The name of what a call gives: digest of its function, what that module means, its arguments, and the model."""
    function = call.function
    parts = [f"{function.__module__}.{function.__qualname__}".encode(), meaning(Path(inspect.getfile(function)))]
    parts += [text.encode() for text in (build(), call.of, *map(_text, call.arguments))]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:HASH_DIGITS]


def _text(argument: Any) -> str:
    """An argument with all that is in it."""
    dump = getattr(argument, "model_dump_json", None)
    return str(dump()) if dump else repr(argument)


def _is_ours(folder: Path) -> bool:
    """Whether a folder is empty, or one that a store or a study has begun."""
    try:
        names = {path.name for path in folder.iterdir()}
    except OSError:
        return False
    return not names.isdisjoint(MARKS) or all(name in (RUNS, FAILURES) or name.startswith(DRAFT) for name in names)


def _hold(path: Path, owner: object) -> bool:
    """Lock a file for as long as its owner lives; whether no other process has it. Without locks it succeeds."""
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    weakref.finalize(owner, os.close, file)  # which lets go of it, as the end of the process does
    try:
        if fcntl is not None:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # which of the two says that it is taken depends on the system
        return False
    except OSError:  # a file system without locks
        return True
    return True


# Results as files


def _is_whole(path: Path, data: bytes) -> bool:
    key, found, _ = path.name.split(".")
    return seal(key.encode() + data) == found


def _written(tables: Tables) -> bytes:
    """Tables as one file; equal tables give equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as whole:
        for name, table in tables.items():
            part = io.BytesIO()
            table.to_parquet(part, index=False, compression="zstd")
            whole.writestr(zipfile.ZipInfo(name), part.getvalue())  # with no date but the first that there is
    return buffer.getvalue()


def _failure(error: str, trace: str) -> bytes:
    import pandas as pd

    return _written({FAILURE: pd.DataFrame({"error": [error], "traceback": [trace]})})


def _read(data: bytes, names: Sequence[str] | None) -> dict[str, pd.DataFrame]:
    """Tables as they were: Parquet knows no dates by the second, and gives them back by the millisecond."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    found = {}
    with zipfile.ZipFile(io.BytesIO(data)) as whole:
        for name in whole.namelist() if names is None else names:
            table = pq.ParquetFile(pa.BufferReader(whole.read(name))).read(use_threads=False)
            kinds = {column["name"]: column["numpy_type"] for column in table.schema.pandas_metadata["columns"]}
            dates = {name: kind for name, kind in kinds.items() if kind.startswith("datetime64")}
            found[name] = table.to_pandas().astype(dates)
    return found
