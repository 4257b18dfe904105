"""Some people of a run, week by week: the app that each uses most, and those of two worlds side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.tables import WEEK

if TYPE_CHECKING:
    from sim.model import Model

CITY = "city"
"""Table of what a ``Watcher`` saw."""
MOST_PEOPLE = 240
NOBODY = "."
"""Stands for a person who uses no app."""


class Watcher:
    """Writes down, at the end of each week and of the run, which app each person of a sample uses most.

    A letter is an app in the order of the scenario, from *a* on. It is a capital as long as the person still has the
    app that was used most and is cut off from it.

    Args:
        days: Of the run.
    """

    def __init__(self, days: int) -> None:
        self.days = days
        self._weeks: list[bytes] = []
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
            self._last = primary[self._sample]
        is_cut = population.people["cut"][self._sample] >> self._last & 1 == 1
        self._last = np.where(is_cut, self._last, primary[self._sample])
        letters = np.where(is_cut, ord("A"), ord("a")) + self._last
        letters[self._last >= population.rules.apps] = ord(NOBODY)
        self._weeks.append(letters.astype(np.uint8).tobytes())

    @property
    def table(self) -> pd.DataFrame:
        """A row for each person: the ``letters`` of the weeks."""
        people = [bytes(letters).decode() for letters in zip(*self._weeks, strict=True)]
        return pd.DataFrame({"letters": people})


def sample_of(users: int) -> NDArray[np.int64]:
    """Numbers of the people who are shown: evenly among all, for those beside one another know each other."""
    return np.unique(np.linspace(0, users - 1, min(users, MOST_PEOPLE)).round().astype(np.int64))


def city(base: Sequence[pd.DataFrame], now: Sequence[pd.DataFrame], apps: Sequence[str]) -> dict[str, Any]:
    """Some people of one pair of runs in both worlds, for JSON: of that whose gains and losses are nearest to the mean.

    The life of a person is written as ``a17b``: app *a* until the end of week 17, counted from 0, at which *b* is
    used most. Those come first who live otherwise in the other world.

    Args:
        base: What a ``Watcher`` saw in the base, pair by pair.
        now: What it saw of the same people in the other world.
        apps: Names of the apps in the order of the scenario.
    """
    pair = _nearest(base, now, len(apps))
    pairs = [*zip(base[pair]["letters"], now[pair]["letters"], strict=True)]
    differs = [sum(one != two for one, two in zip(*both, strict=True)) for both in pairs]
    order = sorted(range(len(pairs)), key=lambda person: -differs[person])
    lives = {name: " ".join(_life(pairs[n][which]) for n in order) for which, name in enumerate(("base", "now"))}
    return {"apps": [*apps], "pair": pair + 1, **lives}


def _nearest(base: Sequence[pd.DataFrame], now: Sequence[pd.DataFrame], apps: int) -> int:
    """The pair whose gains and losses of apps, week by week, are nearest to the mean of all."""
    gains = np.array([_users(there, apps) - _users(here, apps) for here, there in zip(base, now, strict=True)])
    return int(((gains - gains.mean(axis=0)) ** 2).sum(axis=(1, 2)).argmin())


def _users(people: pd.DataFrame, apps: int) -> NDArray[np.int64]:
    """Of the people who are shown, those who use each app most at the end of each week, (apps, weeks)."""
    letters = np.array([[*one.lower()] for one in people["letters"]])
    return np.array([(letters == chr(ord("a") + number)).sum(axis=0) for number in range(apps)])


def _life(letters: str) -> str:
    """A letter for each week, where it changes alone."""
    changes = [week for week in range(1, len(letters)) if letters[week] != letters[week - 1]]
    return letters[0] + "".join(f"{week}{letters[week]}" for week in changes)
