"""What a question is answered by: quantities followed from the first act that differs to the end of the run, in pairs.

This is the one definition of *change* between two worlds: the other world less the base, pair by pair, on the same day.
It is read at the end of the run, at its peak, and 180 days after the worlds part. Sentences, pictures and tables share
the mean over pairs, for means add up: the difference of two mean levels is the mean difference.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.measures import DAILY, SETTLED_DAYS, Quantity
from sim.results.bands import CHANCE, SPREAD, spread
from sim.scenario.calendar import Act, by_day
from sim.scenario.differences import of_values
from sim.scenario.schema import Scenario
from sim.scenario.words import day_in_words
from sim.tables import Run, array, stances

END, PEAK, SETTLED, BACK = "end", "peak", f"{SETTLED_DAYS} days", "back"
"""When a difference is read: on the last day, where its mean is largest, so long after the worlds part, and, of the
daily users of an app that is out of use for a while, when they are back."""
LEFT = 0.1
"""Part of the largest difference of which no more is left once use is back: a tenth, for some of it may never be."""
COLUMNS = ("measure", "name", "unit", "when", "date", "base", "other", *SPREAD, *CHANCE.values())


@dataclass(frozen=True)
class Course:
    """A quantity in both worlds, day by day: ``base`` and ``other`` have shape (pairs, days)."""

    quantity: Quantity
    first: int
    base: NDArray[np.float64]
    other: NDArray[np.float64]

    @cached_property
    def gaps(self) -> NDArray[np.float64]:
        """The other world less the base, of shape (pairs, days)."""
        return self.other - self.base

    @property
    def peak(self) -> int:
        """First day on which the mean difference is as large as on any."""
        return int(np.abs(self.gaps.mean(axis=0)).argmax())

    @property
    def back(self) -> int | None:
        """First day from the peak on with no more than ``LEFT`` of its difference; none where there is none."""
        sizes = np.abs(self.gaps.mean(axis=0))[self.peak :]
        few = sizes <= LEFT * sizes[0]
        return self.peak + int(few.argmax()) if few.any() else None

    def day(self, when: str) -> int:
        """Number of the day on which the difference is read."""
        last = self.gaps.shape[1] - 1
        return last if when == END else self.peak if when == PEAK else min(self.first + SETTLED_DAYS, last)

    def at(self, day: int) -> dict[str, float]:
        """Mean levels and the spread of the difference on a day."""
        means = {"base": float(self.base[:, day].mean()), "other": float(self.other[:, day].mean())}
        return means | {name: float(value) for name, value in spread(self.gaps[:, day]).items()}

    def band(self, day: int) -> dict[str, float]:
        """The band of the difference on a day, where pairs differ in luck alone: by the columns of ``CHANCE``."""
        found = spread(self.gaps[:, day])
        return {column: float(found[quantile]) for quantile, column in CHANCE.items()}


def courses(base: Sequence[Run], other: Sequence[Run], followed: Iterable[Quantity], first: int) -> dict[str, Course]:
    """Quantities in both worlds, by their ids; runs with equal places are twins."""
    return {
        quantity.id: Course(
            quantity, first, *(np.stack([quantity.of(run, first) for run in runs]) for runs in (base, other))
        )
        for quantity in followed
    }


def read_off(
    found: Mapping[str, Course], scenario: Scenario, other: Scenario, by_chance: Mapping[str, Course]
) -> pd.DataFrame:
    """One row per quantity and time of reading: ``COLUMNS``.

    ``found`` are the quantities over the pairs, ``scenario`` is the base, and ``by_chance`` the same quantities over
    pairs that differ in luck alone, whose band is read on the same days.
    """
    lasting = spell(scenario, other)
    returns = {f"{lasting.app}{DAILY}"} if lasting else set()
    rows: list[dict[str, Any]] = [
        {"measure": id, "name": course.quantity.name, "unit": course.quantity.unit, "when": when,
         "date": pd.Timestamp(scenario.date(day))}
        | course.at(day)
        | by_chance[id].band(day)
        for id, course in found.items()
        for when in (END, PEAK, SETTLED, *([BACK] if id in returns else []))
        for day in [course.back if when == BACK else course.day(when)]
        if day is not None
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


def parting(base: Scenario, other: Scenario, pairs: Sequence[tuple[Run, Run]] = ()) -> int:
    """Number of the day on which two worlds part: that of the first act that differs, 0 where a value does.

    An act without a date waits for something to happen, so that only runs tell the day: the first on which any of
    ``pairs`` differs.
    """
    if any(of_values(base, other)):
        return 0
    apart = differing(base, other)
    days = [*by_day(apart, base.day)]
    if any(act.date is None for act in apart):
        days += [_first_difference(pairs)]
    return min(max(min(days, default=0), 0), base.days - 1)


def differing(base: Scenario, other: Scenario) -> list[Act]:
    """Acts that one world has and the other lacks or has otherwise; those of the base first."""
    mine, theirs = ({act.id: act for act in world.acts} for world in (base, other))
    return [
        act
        for here, there in ((mine, theirs), (theirs, mine))
        for name, act in here.items()
        if name not in there or _told(act) != _told(there[name])
    ]


def _told(act: Act) -> dict[str, Any]:
    return act.model_dump(exclude={"note"})


def named_in(act: Act, attribute: str) -> tuple[str, ...]:
    """What a field of an act names, such as its companies."""
    value = getattr(act, attribute, None) or ()
    return (value,) if isinstance(value, str) else tuple(value)


@dataclass(frozen=True, slots=True)
class Spell:
    """An app that is out of use for a while, as was asked: the days of its beginning and of its end."""

    app: str
    does: str
    first: dt.date
    end: dt.date

    @property
    def days(self) -> str:
        """When it is."""
        return f"from {day_in_words(self.first)} until {day_in_words(self.end)}"


def spell(base: Scenario, other: Scenario) -> Spell | None:
    """What a question supposes for a while, where it supposes nothing else: acts on one app with a date and an end."""
    acts = differing(base, other)
    if any(of_values(base, other)) or not all(act.meanwhile and act.date and act in other.acts for act in acts):
        return None
    dates = [act.date for act in acts if act.date]
    ends = [end for act, date in zip(acts, dates, strict=True) if (end := act.over(date))]
    apps = {app for act in acts for app in named_in(act, "platform")}
    is_one = len(apps) == 1 and len(ends) == len(acts)
    return Spell(apps.pop(), acts[0].meanwhile, min(dates), max(ends)) if is_one else None


def _first_difference(pairs: Sequence[tuple[Run, Run]]) -> int:
    """First day on which usage, society or what companies do differs in any pair; 0 where none does."""
    days = []
    for here, there in ((one.tables, two.tables) for one, two in pairs):
        apart = (stances(here) != stances(there)).any(axis=1)
        for name, column in (("usage", "share"), ("society", "salience"), ("measures", "disclosed_accounts")):
            apart |= (array(here, name, column) != array(there, name, column)).any(axis=1)
        days += [int(apart.argmax())] if apart.any() else []
    return min(days, default=0)


# Who did what because of a change: acts of institutions that happen in one world of a pair and not in the other

LEAST_SHIFT = 7
"""Days by which an act that both worlds have must move to be told."""
ACT_COLUMNS = ("what", "date", "days", "pairs", "of", "actor", "verb", "target", "sentence", "because")
LOGGED = ("id", "date", "actor", "verb", "target", "because", "sentence")
HERE, THERE, SOONER, LATER = "only here", "only there", "sooner", "later"

Key = tuple[str, str, str, int]
"""Actor, verb, target, and for which time."""


@dataclass(frozen=True, slots=True)
class Done:
    """An act of one run: its day, sentence, and the sentences of its causes."""

    date: pd.Timestamp
    sentence: str
    because: tuple[str, ...]


def acts_apart(base: Sequence[Run], other: Sequence[Run]) -> pd.DataFrame:
    """Acts that differ between twins, each once, by their date: ``ACT_COLUMNS``.

    ``what`` is what happens in most pairs: the act is "only there", in the other world, "only here", in the base, or in
    both but ``days`` "sooner" or "later" there (median). ``pairs`` counts the pairs, ``of`` all of them. Date, sentence
    and causes are those of the first pair in which it is so.
    """
    logs = [(_log(one), _log(two)) for one, two in zip(base, other, strict=True)]
    keys = dict.fromkeys(key for pair in logs for log in pair for key in log)
    rows = [row for key in keys if (row := _apart(key, logs))]
    found = pd.DataFrame(rows, columns=list(ACT_COLUMNS))
    return found.sort_values("date", kind="stable", ignore_index=True)


def _log(run: Run) -> dict[Key, Done]:
    acts = run.tables["acts"]
    ids, dates, actors, verbs, targets, causes, said = (acts[name].tolist() for name in LOGGED)
    sentences = dict(zip(ids, said, strict=True))
    times: Counter[tuple[str, str, str]] = Counter()
    log = {}
    for date, *who, because, sentence in zip(dates, actors, verbs, targets, causes, said, strict=True):
        times[*who] += 1
        log[*who, times[*who]] = Done(date, sentence, tuple(sentences[int(cause)] for cause in because.split()))
    return log


def _apart(key: Key, logs: Sequence[tuple[dict[Key, Done], dict[Key, Done]]]) -> tuple[object, ...] | None:
    """The row of an act; nothing where most pairs that have it have it alike."""
    said: dict[str, list[tuple[Done, int]]] = {}
    for here, there in logs:
        one, two = here.get(key), there.get(key)
        if one and two:
            days = (two.date - one.date).days
            what = "alike" if abs(days) < LEAST_SHIFT else LATER if days > 0 else SOONER
            said.setdefault(what, []).append((two, days))
        elif one or two:
            said.setdefault(THERE if two else HERE, []).append((two or one, 0))  # type: ignore[arg-type]
    what = max(said, key=lambda name: len(said[name]))
    if what == "alike":
        return None
    first = said[what][0][0]
    days = round(abs(float(np.median([shift for _, shift in said[what]]))))
    actor, verb, target, _ = key
    return what, first.date, days, len(said[what]), len(logs), actor, verb, target, first.sentence, first.because
