"""Readings that need to know who did what: the run is lived again, which costs time and changes nothing.

A run is a function of its scenario and seed, so that the second life is the first one; a watcher sees people daily.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.evidence.readings import Reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.model import Model
    from sim.population.ties import Ties
    from sim.study.run import Run

Flags = NDArray[np.bool_]

RECENT = (1, 2)
"""Days since a contact adopted that count as just now."""
LATER = (8, 14)
"""Days since a contact adopted at which its pull should have faded."""
REACHABLE = 0.5
"""Usability from which a person is said to reach an app without a VPN."""


def days_lived(run: Run, last: dt.date) -> Iterator[Model]:
    """The model at the end of each day of a run, up to a date."""
    from sim.model import Model

    model = Model(run.scenario, rng=run.seed)
    for _ in range(run.scenario.day(last) + 1):
        model.step()
        yield model


def holding(model: Model, platform: str) -> Flags:
    """(N,) who holds an app."""
    return np.asarray(model.population.people["hold"] >> model.platform_index(platform) & 1, np.bool_)


def newcomers_with_both(origin: str, destination: str, before: dt.date, after: dt.date) -> Reading:
    """Percent of those who came to hold one app between two dates and who then hold the other as well."""

    def read(run: Run) -> float:
        for model in days_lived(run, after):
            if run.scenario.date(model.day - 1) == before:
                had = holding(model, destination)
        came = holding(model, destination) & ~had
        return 100.0 * float(holding(model, origin)[came].mean()) if came.any() else np.nan

    return read


def still_reaching(platform: str, eve: dt.date, day: dt.date) -> Reading:
    """Holders who reach an app on a day, by VPN or because their ISP lets it through, in percent of holders before."""

    def read(run: Run) -> float:
        before, reaching, _ = _reach(run, platform, eve, day)
        return 100.0 * reaching / before if before else np.nan

    return read


def reaching_by_vpn(platform: str, eve: dt.date, day: dt.date) -> Reading:
    """Percent of those who reach an app on a day and could not without their VPN."""

    def read(run: Run) -> float:
        _, reaching, by_vpn = _reach(run, platform, eve, day)
        return 100.0 * by_vpn / reaching if reaching else np.nan

    return read


def _reach(run: Run, platform: str, eve: dt.date, day: dt.date) -> tuple[int, int, int]:
    """Holders before; of those who hold it on the day, how many reach it, and how many of these need their VPN."""
    before = 0
    for model in days_lived(run, day):
        if run.scenario.date(model.day - 1) == eve:
            before = int(holding(model, platform).sum())
    assert model.conditions is not None
    people, holders = model.population.people, holding(model, platform)
    open_way = model.conditions.access[model.platform_index(platform)][people["isp"]] >= REACHABLE
    by_vpn = holders & ~open_way & (people["vpn"] == 1)
    return before, int((holders & open_way).sum() + by_vpn.sum()), int(by_vpn.sum())


class Contagion:
    """Who takes an app up after whom: adoptions by the days since a contact last adopted, day by day."""

    def __init__(self, platform: str) -> None:
        self._platform = platform
        self._had: Flags | None = None
        self._ties: Ties | None = None
        self._last = np.empty(0, np.int64)
        self.adopters = np.empty(0, np.bool_)
        self.strata: dict[tuple[int, int], list[tuple[int, int, int, int]]] = {RECENT: [], LATER: []}
        """By days since: adopters and others among the exposed, then adopters and others among the unexposed."""

    def watch(self, model: Model) -> None:
        """See the end of a day."""
        has = holding(model, self._platform)
        if self._had is None:
            self._had, self.adopters = has, np.zeros(has.size, np.bool_)
            self._last = np.full(has.size, -(10**6))
            self._ties = model.population.ties
            return
        assert self._ties is not None
        at_risk, came = ~self._had, has & ~self._had
        age = model.day - self._last
        unexposed = at_risk & (age > LATER[1])
        for first, last in self.strata:
            exposed = at_risk & (age >= first) & (age <= last)
            hits, base = int((came & exposed).sum()), int((came & unexposed).sum())
            counts = hits, int(exposed.sum()) - hits, base, int(unexposed.sum()) - base
            self.strata[first, last].append(counts)
        self._last[_contacts(self._ties, np.flatnonzero(came))] = model.day
        self.adopters |= came
        self._had = has

    def hazard_ratio(self, days: tuple[int, int]) -> float:
        """Hazard of adoption so many days after a contact's, over that without one in two weeks.

        Days are strata (Mantel and Haenszel 1959), so that what moves everyone on a day does not count.
        """
        a, b, c, d = np.array(self.strata[days], np.float64).T
        total = np.maximum(a + b + c + d, 1.0)
        over, under = (a * (c + d) / total).sum(), (c * (a + b) / total).sum()
        return float(over / under) if under > 0 else np.nan

    def assortativity(self) -> float:
        """Share of adopters among adopters' contacts, over the share of adopters among all."""
        who = np.flatnonzero(self.adopters)
        if not who.size or self._ties is None:
            return np.nan
        return float(self.adopters[_contacts(self._ties, who)].mean() / self.adopters.mean())


def _contacts(ties: Ties, who: NDArray[np.int64]) -> NDArray[np.int64]:
    """Contacts of some people, one after another."""
    parts = [ties.indices[ties.indptr[i] : ties.indptr[i + 1]] for i in who]
    return np.concatenate(parts).astype(np.int64) if parts else np.empty(0, np.int64)


def adoption_after_a_contact(platform: str, first: dt.date, last: dt.date, days: tuple[int, int]) -> Reading:
    """Hazard ratio of taking an app up so many days after a contact did, over a period."""
    return lambda run: _contagion(run, platform, first, last).hazard_ratio(days)


def excess_left(platform: str, first: dt.date, last: dt.date) -> Reading:
    """What is left of the excess hazard in the second week after a contact adopted, as a share of the first days'."""

    def read(run: Run) -> float:
        seen = _contagion(run, platform, first, last)
        soon = seen.hazard_ratio(RECENT) - 1.0
        return (seen.hazard_ratio(LATER) - 1.0) / soon if soon > 0 else np.nan

    return read


def adopters_together(platform: str, first: dt.date, last: dt.date) -> Reading:
    """How far adopters of a period are one another's contacts: 1 by chance."""
    return lambda run: _contagion(run, platform, first, last).assortativity()


def _contagion(run: Run, platform: str, first: dt.date, last: dt.date) -> Contagion:
    seen = Contagion(platform)
    for model in days_lived(run, last):
        if run.scenario.date(model.day - 1) >= first:
            seen.watch(model)
    return seen
