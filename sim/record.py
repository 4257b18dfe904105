"""What is observed of a run, day by day."""

from __future__ import annotations

import json
import math
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.tables import CODEBOOK, NO_APP, WEEK, Grid, Tables, measures

if TYPE_CHECKING:
    from sim.actors.chronicle import Logged
    from sim.actors.city import City
    from sim.population.conditions import Day
    from sim.scenario.schema import Scenario

_of_users = attrgetter(*("holders" if name == "share" else name for name in measures("usage")))
_SHARE = measures("usage").index("share")
_SHARES = ("share", "usage_share")
_OF_SOCIETY = measures("society")
_of_company = attrgetter(*measures("companies"))
_of_regulator = attrgetter(*measures("regulators"))
_of_requests = attrgetter(*measures("requests"))


class Recorder:
    """Keeps plain numbers of each day. It only reads the model, so that observing never changes a run."""

    def __init__(self, model: City) -> None:
        self.scenario = scenario = model.scenario
        self.platforms = list(scenario.platforms)
        self.companies = list(model.companies.values())
        self.isps = list(model.isps.values())
        self.streams = [(company, kind) for company in self.companies for kind in company.tally]
        self.scale = scenario.population.represents / scenario.population.users
        self._usage_scale = np.array([1.0 if name in _SHARES else self.scale for name in measures("usage")])
        days, n = scenario.days, len(self.platforms)
        self._shapes: dict[str, tuple[int, ...]] = {
            "usage": (days, n), "flows": (-(-days // WEEK), n + 1, n + 1), "companies": (days, len(self.companies)),
            "requests": (days, len(self.streams)), "regulators": (days, len(self.companies)),
            "isps": (days, len(self.isps), n), "society": (days,), "measures": (days,),
        }  # fmt: skip
        self._make_room({})
        self._stances = np.empty((days, len(self.companies)), dtype=object)
        self._disclosed = 0.0
        self._days = 0

    def _make_room(self, written: dict[str, NDArray[np.float64]]) -> None:
        """Blocks for all days of the run, of which some are written, and views of their columns."""
        self._blocks = {table: np.zeros((*shape, len(measures(table)))) for table, shape in self._shapes.items()}
        for table, rows in written.items():
            self._blocks[table][: len(rows)] = rows
        self._columns = {
            table: {name: block[..., i] for i, name in enumerate(measures(table))}
            for table, block in self._blocks.items()
        }

    def __getstate__(self) -> dict[str, Any]:
        """What is pickled: of the blocks the days lived; and no views, which would be columns of their own."""
        written = {table: block[: self._rows(table, self._days)] for table, block in self._blocks.items()}
        return {name: value for name, value in vars(self).items() if name != "_columns"} | {"_blocks": written}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._make_room(state["_blocks"])

    def observe(self, model: City) -> None:
        """Write down the day that ``model`` has just lived through."""
        assert model.today is not None
        self._days = model.day + 1
        self._observe_users(model.day, model.today)
        self._observe_companies(model.day)
        self._observe_isps(model.day)
        self._observe_society(model.day, model.today, model)

    def _observe_users(self, day: int, today: Day) -> None:
        usage = np.array(_of_users(today)).T * self._usage_scale
        usage[:, _SHARE] /= self.scenario.population.users
        self._blocks["usage"][day] = usage
        per_person = self.scenario.population.represents / today.panel
        self._columns["flows"]["users"][day // WEEK] += today.flows * per_person

    def _observe_companies(self, day: int) -> None:
        if not self.companies:
            return
        self._stances[day] = [company.stance for company in self.companies]
        self._blocks["companies"][day] = [_of_company(company) for company in self.companies]
        self._blocks["regulators"][day] = [_of_regulator(company) for company in self.companies]
        if self.streams:
            tallies = [company.tally[kind] for company, kind in self.streams]
            self._blocks["requests"][day] = [_of_requests(tally) for tally in tallies]
            self._disclosed += sum(tally.accounts for tally in tallies)
        self._columns["measures"]["disclosed_accounts"][day] = self._disclosed

    def _observe_isps(self, day: int) -> None:
        table = self._columns["isps"]
        table["access"][day] = [isp.access for isp in self.isps]
        table["over_blocked"][day] = np.array([isp.over_blocked for isp in self.isps])[:, None]

    def _observe_society(self, day: int, today: Day, model: City) -> None:
        users = self.scenario.population.users
        values = {
            "salience": model.press.salience,
            "access_attention": model.press.access_attention,
            "pressure": model.society.pressure,
            "arrests": model.press.arrests,
            "vagueness": model.law.vagueness,
            "vpn": today.vpn / users,
            "vpn_installs": today.vpn_installs * self.scale,
            "speaking": today.speaking / users,
            "deletions": today.deletions * self.scale,
            "multi_homing": today.multi_homing / users,
        }
        self._blocks["society"][day] = [values[name] for name in _OF_SOCIETY]
        self._columns["measures"]["safe_reach"][day] = today.safe_reach

    def tables(self, model: City) -> Tables:
        """The tables of the days lived so far, one row per key, in the order of the codebook."""
        days = model.days_lived
        grids = {}
        for table in self._shapes:
            rows = self._rows(table, days)
            shape = (rows, math.prod(self._shapes[table][1:]))
            columns = {name: values[:rows].reshape(shape).copy() for name, values in self._columns[table].items()}
            grids[table] = Grid(list(zip(*self._labels(table), strict=True)), columns)
        acts = partial(_acts, self.scenario, tuple(model.chronicle.acts))
        return Tables(str(self.scenario.start), grids, self._stances[:days].copy(), acts)

    @staticmethod
    def _rows(table: str, days: int) -> int:
        """Rows of a block that the first days fill."""
        return -(-days // WEEK) if table == "flows" else days

    def _labels(self, table: str) -> list[list[str]]:
        """The key columns after the date, one label per cell of a day."""
        companies = [company.name for company in self.companies]
        apps = [*self.platforms, NO_APP]
        return {
            "usage": [self.platforms],
            "flows": [[a for a in apps for _ in apps], apps * len(apps)],
            "companies": [companies],
            "regulators": [companies],
            "requests": [[company.name for company, _ in self.streams], [kind for _, kind in self.streams]],
            "isps": [[isp.name for isp in self.isps for _ in self.platforms], self.platforms * len(self.isps)],
        }.get(table, [])


def _acts(scenario: Scenario, acts: tuple[Logged, ...]) -> pd.DataFrame:
    rows = [
        (act.id, pd.Timestamp(scenario.date(act.day)), act.actor, act.verb, act.target,
         " ".join(map(str, act.because)), json.dumps(act.quantities), act.sentence)
        for act in acts
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(CODEBOOK["acts"])).astype({"date": "datetime64[s]"})
