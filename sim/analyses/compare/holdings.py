"""One run of a comparison: its tables, and who holds which apps on some days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.record import Recorder
from sim.runs.once import Run

if TYPE_CHECKING:
    from sim.model import Model
    from sim.scenario.schema import Scenario


HOLDINGS = "holdings"
"""Table of who held what: a column per day, a row per person."""


@dataclass(frozen=True)
class RunWithHoldings:
    """A run, and who held what: (dates, N) bit masks of apps, the first row before the first day."""

    run: Run
    holdings: NDArray[np.uint8]

    @classmethod
    def read(cls, scenario: Scenario, seed: int, tables: Mapping[str, pd.DataFrame]) -> RunWithHoldings:
        """From the tables of ``record``."""
        held = np.ascontiguousarray(tables[HOLDINGS].to_numpy().T)
        return cls(Run(scenario, seed, {name: table for name, table in tables.items() if name != HOLDINGS}), held)


class HoldingsObserver:
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


def run_with_holdings(scenario: Scenario, seed: int, days: Sequence[int]) -> RunWithHoldings:
    """One run, and the holdings at its start and after each of ``days``."""
    return RunWithHoldings.read(scenario, seed, record(scenario, seed, days))


def record(scenario: Scenario, seed: int, days: Sequence[int]) -> Mapping[str, pd.DataFrame]:
    """The same as tables, from which ``RunWithHoldings.read`` has it."""
    from sim.model import Model

    model = Model(scenario, rng=seed)
    observer = HoldingsObserver(model, days)
    model.recorder = observer
    model.run_for(scenario.days)
    held = dict(zip(map(str, (0, *days)), observer.holdings, strict=True))
    return {**observer.recorder.tables(model), HOLDINGS: pd.DataFrame(held)}
