"""One run: a scenario and a seed become tables, or a row of headline measures."""

from __future__ import annotations

import functools
import gzip
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from sim.tables import Run

if TYPE_CHECKING:
    import pandas as pd

    from sim.actors.company import Company
    from sim.model import Model
    from sim.scenario.schema import Scenario

MODEL_VERSION = "4.0.0"
"""Version of the package and of the model's numbers: it changes whenever the same scenario and seed would give other
tables."""
HEADLINES = "headlines"
"""Name of the table with the headline measures of a run, in one row."""


def run_once(
    scenario: Scenario,
    seed: int,
    threads: int = 1,
    *,
    on_day: Callable[[int], None] | None = None,
    watch: Callable[[Model], None] | None = None,
    begun: Model | None = None,
    companies: Mapping[str, type[Company]] = MappingProxyType({}),
) -> Run:
    """Simulate every day of ``scenario`` once.

    Args:
        scenario: The world.
        seed: Root seed; any integer from 0 to 2**63 - 1.
        threads: Kernel threads; the result does not depend on them.
        on_day: Called with the number of days that are over, after each.
        watch: Called with the model at the end of each day; it may look and change nothing.
        begun: A model of which the first days are over and recorded, instead of a new one.
        companies: As of ``Model``.
    """
    from sim.model import Model
    from sim.record import Recorder
    from sim.runs.processes import end_with_parent

    end_with_parent()  # in a worker of whatever pool; elsewhere it does nothing
    model = begun or Model(scenario, rng=seed, threads=threads, companies=companies)
    recorder = model.recorder if isinstance(model.recorder, Recorder) else Recorder(model)
    model.recorder, model.collects = recorder, False
    for day in range(model.day, scenario.days):
        model.step()
        if watch:
            watch(model)
        if on_day:
            on_day(day + 1)
    return Run(scenario, seed, recorder.tables(model))


def measured_run(digest: str, seed: int, tables: Sequence[str], *, packed: bytes) -> dict[str, pd.DataFrame]:
    """Make one run of a study; give its headline measures as a row, and the tables of it that are asked for.

    Args:
        digest: Of the scenario.
        seed: Root seed.
        tables: Names by the codebook.
        packed: The scenario, as ``pack`` gives it: a few kilobytes, so that workers need no disk in common.
    """
    import pandas as pd

    from sim.measures import measured

    run = run_once(unpack(digest, packed), seed)
    row = pd.DataFrame({id: [float(value)] for id, value in measured(run).items()})
    return {HEADLINES: row} | {name: run.tables[name] for name in tables}


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
