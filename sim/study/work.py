"""What a worker does: from the digest of a scenario and a seed to the bytes that a study keeps."""

from __future__ import annotations

import functools
import gzip
import hashlib
import io
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.study.run import MODEL_VERSION

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from sim.scenario.schema import Scenario
    from sim.study.run import Run

KEY_DIGITS = 32


@dataclass(frozen=True, slots=True)
class Job:
    """One run to be made: a scenario by its digest, a seed, and the tables to keep beside the headline measures."""

    scenario: str
    seed: int
    tables: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Digest of (scenario, seed, model version): the name under which the run is kept."""
        return hashlib.sha256(f"{self.scenario} {self.seed} {MODEL_VERSION}".encode()).hexdigest()[:KEY_DIGITS]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a job, as Parquet files: equal jobs give equal bytes, wherever they ran."""

    job: Job
    row: bytes
    tables: tuple[tuple[str, bytes], ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Jobs that one worker does in a row, with the packed text of each scenario that they name.

    A text is a few kilobytes, so that workers need no disk in common with whoever asks.
    """

    jobs: tuple[Job, ...]
    texts: Mapping[str, bytes]
    model_version: str = MODEL_VERSION


def pack(scenario: Scenario) -> bytes:
    """The text of a scenario, compressed; equal scenarios give equal bytes."""
    return gzip.compress(scenario.model_dump_json().encode(), mtime=0)


@functools.lru_cache(maxsize=64)
def unpack(digest: str, packed: bytes) -> Scenario:
    """The scenario in a packed text.

    Raises:
        ValueError: The text is not that of ``digest``.
    """
    from sim.scenario.schema import Scenario

    try:
        text = gzip.decompress(packed)
    except (OSError, EOFError) as error:
        raise ValueError(f"damaged text of scenario {digest}: {error}") from error
    if hashlib.sha256(text).hexdigest() != digest:
        raise ValueError(f"damaged text of scenario {digest}: it has another digest")
    return Scenario.model_validate_json(text)


def perform(chunk: Chunk) -> Iterator[Outcome]:
    """Do the jobs of a chunk; one that fails becomes an outcome with its error, and the rest goes on.

    Raises:
        ValueError: The chunk comes from another version of the model.
    """
    if chunk.model_version != MODEL_VERSION:
        raise ValueError(f"this worker has model {MODEL_VERSION}, but was asked for model {chunk.model_version}")
    for job in chunk.jobs:
        yield do(job, chunk.texts[job.scenario])


def do(job: Job, packed: bytes) -> Outcome:
    """Make one run and write down what it gave."""
    from sim.study import run
    from sim.study.measures import measured

    try:
        made: Run = run.run_once(unpack(job.scenario, packed), job.seed)
        columns = {name: [float(value)] for name, value in measured(made).items()}
        tables = tuple((name, to_parquet(_arrow(made.tables[name]))) for name in job.tables)
        return Outcome(job, to_parquet(_identity(job) | columns), tables)
    except Exception as error:  # whatever went wrong belongs to this run alone
        return failure(job, f"{type(error).__name__}: {error}", traceback.format_exc())


def failure(job: Job, error: str, trace: str = "") -> Outcome:
    """The row of a run that failed."""
    return Outcome(job, to_parquet(_identity(job) | {"error": [error], "traceback": [trace]}), error=error)


def _identity(job: Job) -> dict[str, list[Any]]:
    return {"key": [job.key], "scenario": [job.scenario], "seed": [job.seed], "model_version": [MODEL_VERSION]}


def _arrow(frame: pd.DataFrame) -> pa.Table:
    import pyarrow as pa

    return pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata()


def to_parquet(table: pa.Table | Mapping[str, list[Any]]) -> bytes:
    """A table as the bytes of a small Parquet file, without what a file of few rows does not need."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    whole = table if isinstance(table, pa.Table) else pa.table(dict(table))
    small = whole.num_rows <= 1
    buffer = io.BytesIO()
    plain = {"compression": "none", "use_dictionary": False, "write_statistics": False, "store_schema": False}
    pq.write_table(whole, buffer, **(plain if small else {"compression": "zstd"}))
    return buffer.getvalue()
