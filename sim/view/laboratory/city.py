"""A city of dots: some people of one pair of runs, week by week, each in its place.

Places are the same in every world: people of one ISP stand together, as if in a district. Nothing is drawn at random.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.codebook import WEEK

if TYPE_CHECKING:
    from sim.model import Model

MOST_PEOPLE = 240
COLUMNS = 25
NOBODY = "."
"""Stands for a person who uses no app."""


class Watcher:
    """Writes down, at the end of each week and of the run, which app each person of the sample uses most.

    A letter is an app in the order of the scenario, from *a* on. It is a capital as long as the person still has the
    app that was used most and is cut off from it.
    """

    def __init__(self, days: int) -> None:
        self.days = days
        self.isps: list[int] = []
        self.weeks: list[str] = []
        self._sample = np.zeros(0, np.int64)
        self._last: NDArray[np.uint8] | None = None

    def look(self, model: Model) -> None:
        """Write the week down, if one is over."""
        if model.days_lived % WEEK and model.days_lived < self.days:
            return
        population = model.population
        primary = population._panel._primary  # the only place where the app used most is known, person by person
        if self._last is None:
            self._sample = sample_of(primary.size)
            self.isps = population.people["isp"][self._sample].tolist()
            self._last = primary[self._sample]
        is_cut = population.people["cut"][self._sample] >> self._last & 1 == 1
        self._last = np.where(is_cut, self._last, primary[self._sample])
        letters = np.where(is_cut, ord("A"), ord("a")) + self._last
        letters[self._last >= population.rules.apps] = ord(NOBODY)
        self.weeks.append(letters.astype(np.uint8).tobytes().decode("ascii"))


def sample_of(users: int) -> NDArray[np.int64]:
    """Numbers of the people who are shown: evenly among all, for those beside one another know each other."""
    return np.unique(np.linspace(0, users - 1, min(users, MOST_PEOPLE)).round().astype(np.int64))


def city(base: Watcher, now: Watcher, apps: list[str], days: list[int]) -> dict[str, Any]:
    """Both worlds side by side, for JSON; people to whom something happens in one world alone come first.

    Args:
        base: What was seen in the base.
        now: What was seen of the same people in the other world.
        apps: Names of the apps in the order of the scenario.
        days: Days on which people were looked at.
    """
    places = _places(base.isps)
    differs = [
        sum(a != b for a, b in zip(*lives, strict=True)) for lives in zip(_lives(base), _lives(now), strict=True)
    ]
    order = sorted(range(len(places)), key=lambda person: -differs[person])
    told = {"people": [places[person] for person in order], "apps": apps, "weeks": days}
    told |= {"touched": sum(count > 0 for count in differs)}
    for name, watcher in (("base", base), ("now", now)):
        told[name] = ["".join(week[person] for person in order) for week in watcher.weeks]
    return told


def _lives(watcher: Watcher) -> list[tuple[str, ...]]:
    """The weeks of each person."""
    return list(zip(*watcher.weeks, strict=True))


def _places(isps: list[int]) -> list[list[float]]:
    """Where people stand in a square of side 1: by ISP, column by column."""
    rows = -(-len(isps) // COLUMNS)
    order = sorted(range(len(isps)), key=lambda person: isps[person])
    places = [[0.0, 0.0] for _ in isps]
    for place, person in enumerate(order):
        column, row = divmod(place, rows)
        places[person] = [round((column + 0.5) / COLUMNS, 3), round((row + 0.5) / rows, 3)]
    return places
