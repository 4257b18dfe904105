"""Runs on a Dask cluster. The scheduler moves chunks of tasks to its workers and puts up with workers that die."""

import logging
import re
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from itertools import islice
from types import TracebackType
from typing import Any, Self

from sim.runs.code import build
from sim.runs.files import StudyError
from sim.runs.tasks import Executor, Task

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
            raise StudyError("--scheduler needs Dask: pip install 'lawshock[study]'") from None
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

    def run[T: Task[Any]](self, tasks: Iterable[T]) -> Iterator[tuple[T, Any]]:
        """Make each task on the cluster.

        Raises:
            StudyError: The scheduler is lost, or the workers have another version of the model.
        """
        from distributed import as_completed

        waiting = iter(tasks)
        done: Any = as_completed(loop=self._client.loop)
        chunks: dict[Any, tuple[T, ...]] = {}

        def submit(chunk: tuple[T, ...]) -> None:
            with self._reached():
                future = self._client.submit(make_all, chunk, build(), pure=False)
            chunks[future] = chunk
            done.add(future)

        def fill() -> None:
            while len(chunks) < self._room():
                chunk = tuple(islice(waiting, self._chunk_size()))
                if not chunk:
                    return
                submit(chunk)

        fill()
        while chunks:
            with self._reached():
                future = next(done)
            chunk = chunks.pop(future)
            for alone in self._again(future, chunk):
                submit((alone,))
            yield from self._results(future, chunk)
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

    def _again[T: Task[Any]](self, future: Any, chunk: tuple[T, ...]) -> tuple[T, ...]:
        """Tasks of a chunk at which workers died, to be tried one by one."""
        return chunk if len(chunk) > 1 and self._killed(future) else ()

    def _results[T: Task[Any]](self, future: Any, chunk: tuple[T, ...]) -> Iterator[tuple[T, Any]]:
        """What a chunk gave."""
        if future.status == "finished":
            with self._reached():
                seconds, results = future.result()
            self._seconds = max(1e-3, seconds / len(chunk))
            yield from zip(chunk, results, strict=True)
        elif future.status != "error":
            raise self._lost()
        elif not self._killed(future):
            raise StudyError(f"{self._address}: a worker could not start: {future.exception()}")
        elif len(chunk) == 1:
            at = future.exception().last_worker.address
            yield chunk[0], chunk[0].lost(f"every worker that tried this run died ({at})")

    @staticmethod
    def _killed(future: Any) -> bool:
        from distributed import KilledWorker

        return future.status == "error" and isinstance(future.exception(), KilledWorker)


def make_all(chunk: tuple[Task[Any], ...], asked: str) -> tuple[float, list[Any]]:
    """The results of a chunk, and the seconds that it took.

    Raises:
        ValueError: The chunk comes from another version of the model, which is named in ``asked``.
    """
    if asked != build():
        raise ValueError(f"this worker has model {build()}, but was asked for model {asked}")
    start = time.perf_counter()
    results = [task.make() for task in chunk]
    return time.perf_counter() - start, results
