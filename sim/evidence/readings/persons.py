"""Readings that need to know who did what: watchers see people at the end of each day.

They watch the run while it is lived, or a second life of it. A run is a function of its scenario and seed, so that the
second life is the first one; all readings of a run share it, and watching changes nothing.
"""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.evidence.readings.arguments import Day, Platform, Platforms
from sim.evidence.readings.naming import SHARE, reading

if TYPE_CHECKING:
    from sim.model import Model
    from sim.runs.once import Run

Flags = NDArray[np.bool_]

REACHABLE = 0.5
"""Usability from which a person is said to reach an app without a VPN."""


def holding(model: Model, platform: str) -> Flags:
    """(N,) who holds an app."""
    return np.asarray(model.population.people["hold"] >> model.platform_index(platform) & 1, np.bool_)


class Watcher(ABC):
    """Sees the end of each day up to the last that it needs."""

    def __init__(self, last: dt.date) -> None:
        self.last = last
        self.seen_last = False

    def look(self, model: Model) -> None:
        """See the end of a day, unless all has been seen."""
        date = model.scenario.date(model.day - 1)
        if date <= self.last:
            self.see(model, date)
            self.seen_last = date == self.last

    @abstractmethod
    def see(self, model: Model, date: dt.date) -> None:
        """See the end of a day."""


@dataclass(frozen=True)
class PersonReading:
    """A reading of a run's people. Readings of one key share their watcher."""

    key: Hashable
    watcher: Callable[[], Watcher]
    told: Callable[[Any], float]
    """What the watcher has seen, as a number."""

    def __call__(self, run: Run) -> float:
        """Live the run again and read."""
        return Watch([self]).live(run).read(self)


class Watch:
    """Watchers of several readings, each once: call it at the end of each day, then ask for the numbers."""

    def __init__(self, readings: Sequence[PersonReading]) -> None:
        makers = {one.key: one.watcher for one in readings}
        self._watchers = {key: make() for key, make in makers.items()}

    def __call__(self, model: Model) -> None:
        """See the end of a day."""
        for watcher in self._watchers.values():
            watcher.look(model)

    def live(self, run: Run) -> Watch:
        """Live a run again, as far as it is needed."""
        from sim.model import Model

        last = max((watcher.last for watcher in self._watchers.values()), default=None)
        if last is not None:
            model = Model(run.scenario, rng=run.seed)
            for _ in range(min(run.scenario.day(last) + 1, run.scenario.days)):
                model.step()
                self(model)
        return self

    def read(self, one: PersonReading) -> float:
        """The number of a reading; not-a-number where the run ended before its last day."""
        watcher = self._watchers[one.key]
        return one.told(watcher) if watcher.seen_last else np.nan


class _TwoDays(Watcher):
    """Who holds what on two days."""

    def __init__(self, before: dt.date, after: dt.date) -> None:
        super().__init__(after)
        self._before = before
        self.then = self.now = _Snapshot(None)

    def see(self, model: Model, date: dt.date) -> None:
        if date == self._before:
            self.then = _Snapshot(model)
        if date == self.last:
            self.now = _Snapshot(model)


class _Snapshot:
    """Copies of what people hold, by platform."""

    def __init__(self, model: Model | None) -> None:
        self._held = {name: holding(model, name) for name in model.scenario.platforms} if model else {}

    def __getitem__(self, platform: str) -> Flags:
        return self._held[platform]


def _part(who: Flags, among: Flags) -> float:
    return float(who[among].mean()) if among.any() else np.nan


@reading(SHARE)
def newcomers_with_both(origin: Platform, destination: Platform, before: Day, after: Day) -> PersonReading:
    """Part of those who came to hold one app between two dates and who then hold the other as well."""

    def told(seen: _TwoDays) -> float:
        return _part(seen.now[origin], seen.now[destination] & ~seen.then[destination])

    return PersonReading(("two days", before, after), lambda: _TwoDays(before, after), told)


@reading(SHARE)
def former_holding_any(origin: Platform, platforms: Platforms, eve: Day, day: Day) -> PersonReading:
    """Part of the people who held an app on the eve and who hold any of some others on a day."""

    def told(seen: _TwoDays) -> float:
        return _part(np.logical_or.reduce([seen.now[name] for name in platforms]), seen.then[origin])

    return PersonReading(("two days", eve, day), lambda: _TwoDays(eve, day), told)


class _Reach(Watcher):
    """Holders on the eve; on a day, holders who reach the app, and those of them who need their VPN."""

    def __init__(self, platform: str, eve: dt.date, day: dt.date) -> None:
        super().__init__(day)
        self._platform, self._eve = platform, eve
        self.before = self.reaching = self.by_vpn = 0

    def see(self, model: Model, date: dt.date) -> None:
        if date == self._eve:
            self.before = int(holding(model, self._platform).sum())
        if date == self.last:
            assert model.conditions is not None
            number, people = model.platform_index(self._platform), model.population.people
            cut_off = np.asarray(people["cut"] >> number & 1, np.bool_)
            reaching = holding(model, self._platform) & ~cut_off
            open_way = model.conditions.access[number][people["isp"]] >= REACHABLE
            self.reaching, self.by_vpn = int(reaching.sum()), int((reaching & ~open_way).sum())


def _reach(platform: str, eve: dt.date, day: dt.date, told: Callable[[_Reach], float]) -> PersonReading:
    return PersonReading(("reach", platform, eve, day), lambda: _Reach(platform, eve, day), told)


@reading(SHARE)
def still_reaching(platform: Platform, eve: Day, day: Day) -> PersonReading:
    """Holders who reach an app on a day, by VPN or because their ISP lets it through, over holders on the eve."""
    return _reach(platform, eve, day, lambda seen: seen.reaching / seen.before if seen.before else np.nan)


@reading(SHARE)
def reaching_by_vpn(platform: Platform, eve: Day, day: Day) -> PersonReading:
    """Part of those who reach an app on a day and could not without their VPN."""
    return _reach(platform, eve, day, lambda seen: seen.by_vpn / seen.reaching if seen.reaching else np.nan)
