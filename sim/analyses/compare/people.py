"""Person by person: who holds and reaches which apps on some days of a run, and who bears a change.

Twins live the same people with the same contacts, so that what a change does is known of each of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.analyses.compare.city import CITY, Watcher
from sim.results.bands import spread
from sim.runs.once import run_once
from sim.tables import Run

if TYPE_CHECKING:
    from sim.model import Model
    from sim.scenario.schema import Scenario

# What is looked at

type Columns = Iterable[NDArray[Any]]

HOLDINGS = "holdings"
"""Table of who held what and what was cut off: two columns per day, then ``TRAITS``; a row per person."""
CUT = "cut "
"""Begins the name of a column of what was cut off."""
TRAITS = ("concern", "degree", "isp")
"""What a person is from the first day on: concern (logits per unit of risk and salience), contacts, and which ISP."""


@dataclass(frozen=True)
class Holdings:
    """Who held what in a run: (dates, N) bit masks of apps, the first row before the first day.

    ``cut`` has the same shape, for apps that are held and cannot be used; ``traits`` is (``TRAITS``, N).
    """

    held: NDArray[np.uint8]
    cut: NDArray[np.uint8]
    traits: NDArray[np.float64]

    @classmethod
    def of(cls, run: Run) -> Holdings:
        """Those that ``record`` wrote down."""
        found = run.tables[HOLDINGS]
        days = [name for name in found if name.isdecimal()]
        held, cut = (np.ascontiguousarray(found[names].to_numpy().T) for names in (days, [CUT + day for day in days]))
        return cls(held, cut, found[list(TRAITS)].to_numpy(dtype=float).T)


def table_of(days: Sequence[int], held: Columns, cut: Columns, traits: Columns) -> pd.DataFrame:
    """The table ``HOLDINGS`` of what was so on each of the days, and of what each person is."""
    names = (*map(str, days), *(f"{CUT}{day}" for day in days), *TRAITS)
    return pd.DataFrame(dict(zip(names, (*held, *cut, *traits), strict=True)))


def record(
    scenario: Scenario, seed: int, days: Sequence[int], threads: int = 1, **how: Any
) -> Mapping[str, pd.DataFrame]:
    """The tables of one run, ``HOLDINGS`` at its start and after each of ``days``, and ``CITY``.

    ``how`` is as in ``run_once``.
    """
    from sim.model import Model

    model = Model(scenario, rng=seed, threads=threads)
    people = model.population.people
    watcher = Watcher(scenario.days)

    def look(model: Model) -> None:
        if model.day - 1 in days:
            looks.append((people["hold"].copy(), people["cut"].copy()))
        watcher.look(model)

    looks = [(people["hold"].copy(), people["cut"].copy())]
    traits = [people[name].copy() for name in TRAITS]
    run = run_once(scenario, seed, begun=model, watch=look, **how)
    held, cut = zip(*looks, strict=True)
    return {**run.tables, HOLDINGS: table_of((0, *days), held, cut, traits), CITY: watcher.table}


# Who bears a change

THIRDS = ("lowest third", "middle third", "highest third")
APPS = ("none", "one", "two", "three or more")
FATES = (
    "holds the same apps in both worlds",
    "lacks an app that is held in the base",
    "holds an app more than in the base",
    "holds another app than in the base",
    "is cut off from an app only there",
    "is cut off from an app only in the base",
    "reaches every app held, in both worlds",
)
"""What a change does to a person. The first four exclude one another; the others tell of access."""


def bearers(base: Sequence[Holdings], other: Sequence[Holdings], day: int, isps: Sequence[str]) -> pd.DataFrame:
    """Percent of the people of each kind with each fate: by, group, fate, size, and the spread over pairs of runs.

    Kinds are those of the base: thirds of concern and of contacts within a run, the ISP, and the apps at the start.
    Runs with equal places are twins, which are compared in the row ``day`` of their holdings.
    """
    kinds: dict[tuple[str, str], tuple[list[float], list[NDArray[np.float64]]]] = {}
    for one, two in zip(base, other, strict=True):
        fates = _fates(one, two, day)
        for by, names, number in _groups(one, isps):
            for index, name in enumerate(names):
                here = fates[:, number == index]
                sizes, percents = kinds.setdefault((by, name), ([], []))
                sizes.append(here.shape[1] / number.size)
                percents += [100.0 * here.mean(axis=1)] if here.size else []
    parts = []
    for (by, name), (sizes, percents) in kinds.items():
        if percents:
            head = {"by": by, "group": name, "fate": FATES, "size": 100.0 * float(np.mean(sizes))}
            parts.append(pd.DataFrame(head | spread(np.array(percents))))
    return pd.concat(parts, ignore_index=True)


def _fates(one: Holdings, two: Holdings, day: int) -> NDArray[np.bool_]:
    """(fates, N): which of ``FATES`` each person has."""
    here, there = one.held[day], two.held[day]
    lost, won = here & ~there != 0, there & ~here != 0
    cut_here, cut_there = one.cut[day] != 0, two.cut[day] != 0
    return np.array([
        ~lost & ~won, lost & ~won, won & ~lost, lost & won,
        cut_there & ~cut_here, cut_here & ~cut_there, ~cut_here & ~cut_there,
    ])  # fmt: skip


def _groups(run: Holdings, isps: Sequence[str]) -> Iterator[tuple[str, Sequence[str], NDArray[np.int64]]]:
    """Each kind with the names of its groups and the group of each person."""
    concern, contacts, isp = run.traits
    yield "concern", THIRDS, _thirds(concern)
    yield "contacts", THIRDS, _thirds(contacts)
    yield "internet provider", isps, isp.astype(np.int64)
    yield "apps at the start", APPS, np.minimum(np.bitwise_count(run.held[0]), 3).astype(np.int64)


def _thirds(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Third of each person by a value; equals are in one third, so that thirds of few values differ in size."""
    return np.searchsorted(np.quantile(values, [1 / 3, 2 / 3]), values, side="left").astype(np.int64)


OUTCOMES: dict[tuple[bool, bool, bool], str] = {
    (True, True, True): "stays in both worlds",
    (True, False, False): "leaves in both worlds",
    (True, False, True): "stays only because of the change",
    (True, True, False): "leaves only because of the change",
    (False, True, True): "comes in both worlds",
    (False, False, False): "stays away in both worlds",
    (False, False, True): "comes only because of the change",
    (False, True, False): "stays away only because of the change",
}
"""What becomes of a person and an app: held at the start, held in the base, held in the other world."""


def fates_of_app(
    start: NDArray[np.uint8], here: NDArray[np.uint8], there: NDArray[np.uint8], k: int
) -> NDArray[np.float64]:
    """Simulated persons in each of ``OUTCOMES`` for app ``k``."""
    code = 4 * ((start >> k) & 1) + 2 * ((here >> k) & 1) + ((there >> k) & 1)
    counts = np.bincount(code, minlength=8)
    return np.array([counts[4 * a + 2 * b + c] for a, b, c in OUTCOMES], dtype=float)


def moves(here: NDArray[np.uint8], there: NDArray[np.uint8], apps: int) -> NDArray[np.float64]:
    """Simulated persons who hold app l there alone and app k here alone, row by row of k; the last index is no app."""
    lost, won = ((mask[:, None] >> np.arange(apps)) & 1 for mask in (here & ~there, there & ~here))
    lost, won = (np.column_stack([held, held.sum(axis=1) == 0]).astype(float) for held in (lost, won))
    return (lost.T @ won).ravel()
