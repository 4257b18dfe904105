"""What a worker process does: live one replicate of a scenario, and stop when no one wants it any longer."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import MutableSequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.measures import measured
from sim.runs.once import Run, run_once
from sim.view.dashboard.watch import Watched, watch

if TYPE_CHECKING:
    import pandas as pd

    from sim.scenario.schema import Scenario

_dropped: MutableSequence[int] = []


class Dropped(Exception):
    """The replicate was given up because no session waits for it."""


@dataclass(frozen=True)
class Job:
    """One replicate that a session wants.

    ``person`` asks for a watched replicate: besides the tables, a sample of people day by day, and that person.
    """

    scenario: Scenario
    digest: str
    seed: int
    person: int | None = None

    @property
    def key(self) -> tuple[str, int, int | None]:
        """What the result depends on, and so where it is kept."""
        return self.digest, self.seed, self.person


@dataclass(frozen=True)
class Answer:
    """Result of a job: the run, its headline measures, and the watched people if the job asked for them."""

    run: Run
    measures: pd.Series
    watched: Watched | None


def start(dropped: MutableSequence[int]) -> None:
    """Prepare a worker process: ``dropped`` is shared memory, one flag per place, set when a job is to stop."""
    global _dropped
    _dropped = dropped
    threading.Thread(target=_end_with_the_server, daemon=True).start()


def _end_with_the_server() -> None:
    """Leave with the server, however it ends: a worker whose server was killed would wait for work for ever."""
    server = multiprocessing.parent_process()
    assert server is not None
    server.join()
    os._exit(0)


def warm(scenario: Scenario) -> None:
    """Live one replicate, so that imports and compiled code are ready before someone waits."""
    run_once(scenario, 0)


def live(job: Job, place: int) -> Answer:
    """Live the replicate of ``job``.

    Raises:
        Dropped: The flag of ``place`` was set.
    """

    def on_day(_: int) -> None:
        if _dropped[place]:
            raise Dropped

    if job.person is None:
        run, watched = run_once(job.scenario, job.seed, on_day=on_day), None
    else:
        run, watched = watch(job.scenario, job.seed, job.person, on_day)
    return Answer(run, measured(run), watched)
