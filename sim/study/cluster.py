"""Runs on a Dask cluster. The scheduler moves chunks of jobs to its workers and puts up with workers that die."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from itertools import islice
from types import TracebackType
from typing import Any, Self

from sim.study.executors import Executor, Texts
from sim.study.files import StudyError
from sim.study.work import Chunk, Job, Outcome, failure, perform

ANSWER_SECONDS = 15
CHUNK_SECONDS = 2.0
"""Work in a chunk: long against the millisecond that a scheduler spends on it, short against what one may lose."""
LARGEST_CHUNK = 64
AHEAD = 2
"""Chunks at hand per worker thread."""


class Cluster(Executor):
    """Workers behind a Dask scheduler.

    Args:
        address: Of the scheduler, such as ``tcp://host:8786``.

    Raises:
        StudyError: Dask is not installed, or nobody answers there.
    """

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client
        except ImportError:
            raise StudyError("--scheduler needs Dask: install lawshock[study]") from None
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # its news come as StudyError
        self._address = address
        self._seconds = CHUNK_SECONDS  # per run, until the first chunk says more
        if not re.fullmatch(r"(tcp://)?[^/\s]+:\d{1,5}/?", address):  # other protocols take keys that no option gives
            raise StudyError(
                f"--scheduler: expected the address of a Dask scheduler, tcp://host:8786, found {address!r}"
            )
        try:
            self._client: Any = Client(address, timeout=ANSWER_SECONDS, set_as_default=False)
        except (OSError, ValueError) as error:
            raise StudyError(f"{address}: expected a Dask scheduler, found none that answers") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take back what was not begun, and leave the cluster."""
        self._client.close(timeout=ANSWER_SECONDS)

    def run(self, jobs: Iterable[Job], texts: Texts) -> Iterator[Outcome]:
        """Make each job on the cluster.

        Raises:
            StudyError: The scheduler is lost, or the workers have another version of the model.
        """
        from distributed import as_completed

        waiting = iter(jobs)
        done: Any = as_completed(loop=self._client.loop)
        chunks: dict[Any, Chunk] = {}

        def submit(taken: tuple[Job, ...]) -> None:
            chunk = Chunk(taken, {job.scenario: texts(job.scenario) for job in taken})
            with self._reached():
                future = self._client.submit(_perform_all, chunk, pure=False)
            chunks[future] = chunk
            done.add(future)

        def fill() -> None:
            while len(chunks) < self._room():
                taken = tuple(islice(waiting, self._chunk_size()))
                if not taken:
                    return
                submit(taken)

        fill()
        while chunks:
            with self._reached():
                future = next(done)
            chunk = chunks.pop(future)
            for outcome in self._outcomes(future, chunk):
                if isinstance(outcome, Job):
                    submit((outcome,))
                else:
                    yield outcome
            fill()

    def _room(self) -> int:
        """Chunks that the cluster should have at hand: its threads may come and go."""
        with self._reached():
            threads = int(sum(self._client.nthreads().values()))
        return AHEAD * max(1, threads)

    def _chunk_size(self) -> int:
        return max(1, min(LARGEST_CHUNK, round(CHUNK_SECONDS / self._seconds)))

    @contextmanager
    def _reached(self) -> Iterator[None]:
        """Say in a line that the scheduler is lost where it no longer answers."""
        try:
            yield
        except (OSError, RuntimeError, CancelledError) as error:
            raise self._lost() from error

    def _lost(self) -> StudyError:
        return StudyError(
            f"{self._address}: the scheduler is lost; what finished is kept: give the command again once it is back"
        )

    def _outcomes(self, future: Any, chunk: Chunk) -> Iterator[Outcome | Job]:
        """What a chunk gave; its jobs again, one by one, where the workers died at it."""
        from distributed import KilledWorker

        if future.status == "finished":
            with self._reached():
                seconds, outcomes = future.result()
            self._seconds = max(1e-3, seconds / len(chunk.jobs))
            yield from outcomes
        elif future.status == "error" and isinstance(error := future.exception(), KilledWorker):
            if len(chunk.jobs) > 1:
                yield from chunk.jobs
            else:
                yield failure(chunk.jobs[0], f"every worker that tried this run died ({error.last_worker.address})")
        elif future.status == "error":
            raise StudyError(f"{self._address}: a worker could not start: {future.exception()}")
        else:
            raise self._lost()


def _perform_all(chunk: Chunk) -> tuple[float, list[Outcome]]:
    """The outcomes of a chunk, and the seconds that it took."""
    start = time.perf_counter()
    outcomes = list(perform(chunk))
    return time.perf_counter() - start, outcomes
