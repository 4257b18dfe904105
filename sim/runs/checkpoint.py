"""Results that outlive a kill: a command that is given again goes on where it stopped.

Each result is a set of tables, kept in a store under the digest of all that it depends on: the function and the text of
its module, its arguments, and the code of the model.
"""

from __future__ import annotations

import hashlib
import inspect
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.runs.claims import RESULTS
from sim.runs.executors import enough, make_executor, results
from sim.runs.files import DRAFT, StudyError
from sim.runs.processes import worker_died
from sim.runs.store import FOLDERS, LOCK, Store
from sim.runs.tasks import Call, Executor
from sim.runs.work import Job, Outcome, identity, to_parquet

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

type Tables = Mapping[str, pd.DataFrame]


class Checkpoint:
    """A working folder, for one process at a time; it is made when the first results are asked for.

    Args:
        folder: Where.
        lasting: Whether it stays when all is done.
    """

    def __init__(self, folder: Path, *, lasting: bool = False) -> None:
        self.folder, self.lasting = folder, lasting
        self._store: Store | None = None

    def __len__(self) -> int:
        """Results that lie in the folder: an interrupt may come after a file and before the store's note of it."""
        if self._store is None:
            return 0
        with suppress(OSError):  # a folder that cannot be looked at
            self._store.refresh()
        return len(self._store)

    def results(
        self,
        calls: Sequence[Call[Tables]],
        names: Sequence[str],
        *,
        executor: Executor | None = None,
        workers: int | None = None,
        on_progress: Callable[[int], None] | None = None,
    ) -> list[Tables]:
        """As ``tables_of``; what is kept is not made again."""
        store = self._store = self._store or _claimed(self.folder)
        arguments = {id(one): one for call in calls for one in call.arguments}
        texts = {place: _text(one) for place, one in arguments.items()}
        jobs = [_job(call, names, texts) for call in calls]
        missing = [_Kept(job, call) for job, call in dict(zip(jobs, calls, strict=True)).items() if job not in store]
        done = len(jobs) - len(missing)
        if on_progress:
            on_progress(done)
        with nullcontext(executor) if executor else make_executor(workers=enough(workers, len(missing))) as maker:
            for count, (_, outcome) in enumerate(maker.run(missing), start=done + 1):
                store.land(outcome)
                if on_progress:
                    on_progress(count)
        return [{name: _frame(store.table(name, job)) for name in names} for job in jobs]

    def clear(self) -> None:
        """Remove the folder, now that what came of it is in place; one that was asked for stays."""
        if self._store and not self.lasting:
            shutil.rmtree(self.folder, ignore_errors=True)


def tables_of(
    calls: Sequence[Call[Tables]],
    names: Sequence[str],
    *,
    keep: Checkpoint | None = None,
    executor: Executor | None = None,
    workers: int | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> list[Tables]:
    """What each call gives, in their order.

    Args:
        calls: Each gives tables by name, without an index.
        names: Names of the tables that each gives.
        keep: Where to keep what finishes until all has; nowhere when absent.
        executor: Who makes them; else one is made from ``workers``, and ended afterwards.
        workers: Local processes, all cores when absent.
        on_progress: Called with the number of calls that are done.

    Raises:
        StudyError: The folder holds something else, another command is at work there, the disk is full, or the
            workers are lost; what finished is kept.
    """
    if keep is None:
        return results(calls, executor=executor, workers=workers, on_progress=on_progress)
    return keep.results(calls, names, executor=executor, workers=workers, on_progress=on_progress)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A call whose tables are written down where it is made."""

    job: Job
    call: Call[Tables]

    def make(self) -> Outcome:
        """Call it, and write down what it gives."""
        import pyarrow as pa

        tables = ((name, pa.Table.from_pandas(table, preserve_index=False)) for name, table in self.call.make().items())
        return Outcome(
            self.job, to_parquet(identity(self.job)), tuple((name, to_parquet(table)) for name, table in tables)
        )

    def lost(self, error: str) -> Outcome:
        """Give up all of it."""
        raise worker_died(error)


def _frame(table: pa.Table) -> pd.DataFrame:
    """A table as it was: Parquet knows no dates by the second, and gives them back by the millisecond."""
    kinds = {column["name"]: column["numpy_type"] for column in table.schema.pandas_metadata["columns"]}
    return table.to_pandas().astype({name: kind for name, kind in kinds.items() if kind.startswith("datetime64")})


def _claimed(folder: Path) -> Store:
    """The store in a folder, which is ours from now on until this process ends."""
    if folder.exists():
        known = (*FOLDERS, LOCK)
        try:
            strange = [path.name for path in folder.iterdir() if path.name not in known]
        except OSError:
            strange = [folder.name]
        if any(not name.startswith(DRAFT) for name in strange):
            raise StudyError(f"{folder}: expected a new folder for finished runs, found something else; move it away")
    store = Store(folder)
    if not store.claims.take(RESULTS):
        raise StudyError(f"{folder}: another command is at work there; let it end, or choose another --out")
    return store


def _job(call: Call[Any], names: Sequence[str], texts: Mapping[int, str]) -> Job:
    """The name under which a store keeps what a call gives."""
    function = call.function
    source = Path(inspect.getfile(function)).read_bytes()
    told = [f"{function.__module__}.{function.__qualname__}".encode(), source, call.of.encode()]
    told += [texts[id(argument)].encode() for argument in call.arguments]
    return Job(hashlib.sha256(b"\0".join(told)).hexdigest(), 0, tuple(names))


def _text(argument: Any) -> str:
    """An argument with all that is in it."""
    dump = getattr(argument, "model_dump_json", None)
    return str(dump()) if dump else repr(argument)
