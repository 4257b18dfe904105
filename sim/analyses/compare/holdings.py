"""One run of a comparison: its tables, and who holds and reaches which apps on some days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.runs.once import Run
from sim.tables import Frames

if TYPE_CHECKING:
    from sim.model import Model
    from sim.scenario.schema import Scenario


HOLDINGS = "holdings"
"""Table of who held what and what was cut off: two columns per day, then ``TRAITS``; a row per person."""
CUT = "cut "
"""Begins the name of a column of what was cut off."""
TRAITS = ("concern", "degree", "isp")
"""What a person is from the first day on: concern (logits per unit of risk and salience), contacts, and which ISP."""


@dataclass(frozen=True)
class RunWithHoldings:
    """A run, and who held what: (dates, N) bit masks of apps, the first row before the first day.

    ``cut`` has the same shape, for apps that are held and cannot be used; ``traits`` is (``TRAITS``, N).
    """

    run: Run
    holdings: NDArray[np.uint8]
    cut: NDArray[np.uint8] = field(default_factory=lambda: np.zeros((0, 0), np.uint8))
    traits: NDArray[np.float64] = field(default_factory=lambda: np.zeros((len(TRAITS), 0)))

    @classmethod
    def read(cls, scenario: Scenario, seed: int, tables: Mapping[str, pd.DataFrame]) -> RunWithHoldings:
        """From the tables of ``record``."""
        found = tables[HOLDINGS]
        days = [name for name in found if name.isdecimal()]
        held, cut = (np.ascontiguousarray(found[names].to_numpy().T) for names in (days, [CUT + day for day in days]))
        run = Run(scenario, seed, Frames({name: table for name, table in tables.items() if name != HOLDINGS}))
        return cls(run, held, cut, found[list(TRAITS)].to_numpy(dtype=float).T)


class HoldingsObserver:
    """Records a run as any, and who holds what at the end of some days."""

    def __init__(self, model: Model, days: Sequence[int]) -> None:
        from sim.record import Recorder

        self.recorder = Recorder(model)
        self.days = days
        self.holdings = [model.population.people["hold"].copy()]
        self.cut = [model.population.people["cut"].copy()]
        self.traits = {name: model.population.people[name].copy() for name in TRAITS}

    def observe(self, model: Model) -> None:
        """Write the day down."""
        self.recorder.observe(model)
        if model.day in self.days:
            self.holdings.append(model.population.people["hold"].copy())
            self.cut.append(model.population.people["cut"].copy())


def record(scenario: Scenario, seed: int, days: Sequence[int]) -> Mapping[str, pd.DataFrame]:
    """The tables of one run, with the holdings at its start and after each of ``days``: ``RunWithHoldings.read``."""
    from sim.model import Model

    model = Model(scenario, rng=seed)
    observer = HoldingsObserver(model, days)
    model.recorder, model.collects = observer, False
    model.run_for(scenario.days)
    held = dict(zip(map(str, (0, *days)), observer.holdings, strict=True))
    cut = dict(zip((f"{CUT}{day}" for day in held), observer.cut, strict=True))
    return {**observer.recorder.tables(model), HOLDINGS: pd.DataFrame(held | cut | observer.traits)}
