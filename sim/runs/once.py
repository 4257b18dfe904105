"""One run: a scenario and a seed become tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sim.tables import Run

if TYPE_CHECKING:
    from sim.model import Model
    from sim.scenario.schema import Scenario

MODEL_VERSION = "3.0.0"
"""Version of the package and of the model's numbers: it changes whenever the same scenario and seed would give other
tables."""


def run_once(
    scenario: Scenario,
    seed: int,
    threads: int = 1,
    *,
    on_day: Callable[[int], None] | None = None,
    watch: Callable[[Model], None] | None = None,
    begun: Model | None = None,
) -> Run:
    """Simulate every day of ``scenario`` once.

    Args:
        scenario: The world.
        seed: Root seed; any integer from 0 to 2**63 - 1.
        threads: Kernel threads; the result does not depend on them.
        on_day: Called with the number of days lived, after each.
        watch: Called with the model at the end of each day; it may look and change nothing.
        begun: A model that has lived the first days and recorded them, in the place of a new one.
    """
    from sim.model import Model
    from sim.record import Recorder
    from sim.runs.processes import end_with_parent

    end_with_parent()  # in a worker of whatever pool; elsewhere it does nothing
    model = begun or Model(scenario, rng=seed, threads=threads)
    recorder = model.recorder if isinstance(model.recorder, Recorder) else Recorder(model)
    model.recorder, model.collects = recorder, False
    for day in range(model.day, scenario.days):
        model.step()
        if watch:
            watch(model)
        if on_day:
            on_day(day + 1)
    return Run(scenario, seed, recorder.tables(model))
