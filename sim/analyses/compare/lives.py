"""One run of a comparison: its tables, and who holds which apps on some days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.record import Recorder
from sim.runs.once import Run

if TYPE_CHECKING:
    from sim.model import Model
    from sim.scenario.schema import Scenario


@dataclass(frozen=True)
class Lived:
    """A run, and who held what: (dates, N) bit masks of apps, the first row before the first day."""

    run: Run
    holdings: NDArray[np.uint8]


class Witness:
    """Records a run as any, and who holds what at the end of some days."""

    def __init__(self, model: Model, days: Sequence[int]) -> None:
        self.recorder = Recorder(model)
        self.days = days
        self.holdings = [model.population.people["hold"].copy()]

    def observe(self, model: Model) -> None:
        """Write the day down."""
        self.recorder.observe(model)
        if model.day in self.days:
            self.holdings.append(model.population.people["hold"].copy())


def live(scenario: Scenario, seed: int, days: Sequence[int]) -> Lived:
    """One run, and the holdings at its start and after each of ``days``."""
    from sim.model import Model

    model = Model(scenario, rng=seed)
    witness = Witness(model, days)
    model.recorder = witness
    model.run_for(scenario.days)
    return Lived(Run(scenario, seed, witness.recorder.tables(model)), np.stack(witness.holdings))
