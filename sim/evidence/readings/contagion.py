"""Readings of who takes an app up after whom, from the people of a run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.evidence.readings.arguments import Lags, Platform, Span
from sim.evidence.readings.naming import RATIO, reading
from sim.evidence.readings.persons import Flags, PersonReading, Watcher, holding

if TYPE_CHECKING:
    from sim.model import Model
    from sim.population.ties import Ties

type Days = tuple[int, int]
RECENT = (1, 2)
"""Days since a contact adopted that count as just now."""
LATER = (8, 14)
"""Days since a contact adopted at which its pull should have faded."""


class Contagion(Watcher):
    """Adoptions of an app by the days since a contact last adopted, day by day over a period."""

    def __init__(self, platform: str, first: dt.date, last: dt.date, strata: tuple[Days, ...]) -> None:
        super().__init__(last)
        self._platform, self._first = platform, first
        self._had: Flags | None = None
        self._ties: Ties | None = None
        self._last_contact = np.empty(0, np.int64)
        self._longest = max(days[1] for days in strata)
        self.adopters = np.empty(0, np.bool_)
        self.strata: dict[Days, list[tuple[int, int, int, int]]] = {days: [] for days in strata}
        """By days since: adopters and others among the exposed, then adopters and others among the unexposed."""

    def see(self, model: Model, date: dt.date) -> None:
        """See who took the app up on a day, and when their contacts last did."""
        if date < self._first:
            return
        has = holding(model, self._platform)
        if self._had is None:
            self._had, self.adopters = has, np.zeros(has.size, np.bool_)
            self._last_contact = np.full(has.size, -(10**6))
            self._ties = model.population.ties
            return
        assert self._ties is not None
        at_risk, came = ~self._had, has & ~self._had
        age = model.day - self._last_contact
        unexposed = at_risk & (age > self._longest)
        for first, last in self.strata:
            exposed = at_risk & (age >= first) & (age <= last)
            hits, base = int((came & exposed).sum()), int((came & unexposed).sum())
            counts = hits, int(exposed.sum()) - hits, base, int(unexposed.sum()) - base
            self.strata[first, last].append(counts)
        self._last_contact[_contacts(self._ties, np.flatnonzero(came))] = model.day
        self.adopters |= came
        self._had = has

    def hazard_ratio(self, days: Days) -> float:
        """Hazard of adoption so many days after a contact's, over that without one for longer.

        Days are strata (Mantel and Haenszel 1959), so that what moves everyone on a day does not count.
        """
        a, b, c, d = np.array(self.strata[days], np.float64).reshape(-1, 4).T
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


def _watching(
    platform: str, period: tuple[dt.date, dt.date], recent: Days, later: Days, told: Callable[[Contagion], float]
) -> PersonReading:
    strata = tuple(dict.fromkeys((recent, later)))
    key = ("contagion", platform, period, strata)
    return PersonReading(key, lambda: Contagion(platform, *period, strata), told)


@reading(RATIO)
def adoption_after_a_contact(
    platform: Platform, period: Span, recent: Lags = RECENT, later: Lags = LATER
) -> PersonReading:
    """Hazard of taking an app up just after a contact did, over that of people without such a contact for long."""
    return _watching(platform, period, recent, later, lambda seen: seen.hazard_ratio(recent))


@reading(RATIO)
def contagion_left(platform: Platform, period: Span, recent: Lags = RECENT, later: Lags = LATER) -> PersonReading:
    """What is left of the excess hazard later on, as a share of that just after a contact adopted."""

    def told(seen: Contagion) -> float:
        soon = seen.hazard_ratio(recent) - 1.0
        return (seen.hazard_ratio(later) - 1.0) / soon if soon > 0 else np.nan

    return _watching(platform, period, recent, later, told)


@reading(RATIO)
def adopters_together(platform: Platform, period: Span) -> PersonReading:
    """How far adopters of a period are one another's contacts: 1 by chance."""
    return _watching(platform, period, RECENT, LATER, lambda seen: seen.assortativity())
