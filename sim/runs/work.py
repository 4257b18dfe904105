"""What a worker does: from the digest of a scenario and a seed to the bytes that a study keeps."""

from __future__ import annotations

import functools
import gzip
import hashlib
import io
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.runs.code import build

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from sim.runs.once import Run
    from sim.scenario.schema import Scenario

KEY_DIGITS = 32


@dataclass(frozen=True, slots=True)
class Job:
    """One run to be made: a scenario by its digest, a seed, and the tables to keep beside the headline measures."""

    scenario: str
    seed: int
    tables: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Digest of (scenario, seed, code of the model): the name under which the run is kept."""
        return hashlib.sha256(f"{self.scenario} {self.seed} {build()}".encode()).hexdigest()[:KEY_DIGITS]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a job, as Parquet files: equal jobs give equal bytes, wherever they ran."""

    job: Job
    row: bytes
    tables: tuple[tuple[str, bytes], ...] = ()
    error: str = ""


def pack(scenario: Scenario) -> bytes:
    """The text of a scenario, compressed, with tables in its own order, which is that of the rows of its results."""
    return gzip.compress(scenario.model_dump_json().encode(), mtime=0)


@functools.lru_cache(maxsize=64)
def unpack(digest: str, packed: bytes) -> Scenario:
    """The scenario in a packed text.

    Raises:
        ValueError: The text is not that of ``digest``.
    """
    from sim.scenario.schema import Scenario

    try:
        scenario = Scenario.model_validate_json(gzip.decompress(packed))
    except (OSError, EOFError, ValueError) as error:
        raise ValueError(f"damaged text of scenario {digest}: {error}") from error
    if scenario.digest() != digest:
        raise ValueError(f"damaged text of scenario {digest}: it has another digest")
    return scenario


@dataclass(frozen=True, slots=True)
class JobTask:
    """A job with the packed text of its scenario: a few kilobytes, so that workers need no disk in common."""

    job: Job
    packed: bytes

    def make(self) -> Outcome:
        """Make the run and write down what it gave."""
        return do(self.job, self.packed)

    def lost(self, error: str) -> Outcome:
        """The row of a run at which workers died."""
        return failure(self.job, error)


def do(job: Job, packed: bytes) -> Outcome:
    """Make one run and write down what it gave."""
    from sim.measures import measured
    from sim.runs import once

    try:
        made: Run = once.run_once(unpack(job.scenario, packed), job.seed)
        columns = {name: [float(value)] for name, value in measured(made).items()}
        tables = tuple((name, to_parquet(_arrow(made.tables[name]))) for name in job.tables)
        return Outcome(job, to_parquet(identity(job) | columns), tables)
    except Exception as error:  # whatever went wrong belongs to this run alone
        return failure(job, f"{type(error).__name__}: {error}", traceback.format_exc())


def failure(job: Job, error: str, trace: str = "") -> Outcome:
    """The row of a run that failed."""
    return Outcome(job, to_parquet(identity(job) | {"error": [error], "traceback": [trace]}), error=error)


def identity(job: Job) -> dict[str, list[Any]]:
    """The columns by which a row says which run it is of."""
    return {"key": [job.key], "scenario": [job.scenario], "seed": [job.seed], "model_version": [build()]}


def _arrow(frame: pd.DataFrame) -> pa.Table:
    import pyarrow as pa

    return pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata()


def to_parquet(table: pa.Table | Mapping[str, list[Any]]) -> bytes:
    """A table as the bytes of a small Parquet file, without what a file of few rows does not need."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    whole = table if isinstance(table, pa.Table) else pa.table(dict(table))
    small = not isinstance(table, pa.Table)
    buffer = io.BytesIO()
    plain = {"compression": "none", "use_dictionary": False, "write_statistics": False, "store_schema": False}
    pq.write_table(whole, buffer, **(plain if small else {"compression": "zstd"}))
    return buffer.getvalue()
