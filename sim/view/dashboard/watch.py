"""One replicate watched from near: one person, the contacts and their contacts, day by day. Watching never draws."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.runs.once import Run

if TYPE_CHECKING:
    from sim.population.population import Population
    from sim.population.ties import Ties
    from sim.scenario.schema import Scenario

MOST_PEOPLE = 300
"""People drawn at most: the person, all contacts, and as many of theirs as there is room for."""
VPN, SPEAKS = 1, 2
"""Bits of ``Watched.habits``."""


@dataclass(frozen=True)
class Watched:
    """What was seen of a sample of people. T days, n people; the first of them is the person."""

    person: int
    people: NDArray[np.int64]
    """(n,) numbers of the people."""
    places: NDArray[np.float64]
    """(n, 2) where to draw them: the person in the middle, contacts on a ring, their contacts on a wider one."""
    ties: NDArray[np.int64]
    """(m, 2) who of the sample knows whom, as positions in ``people``."""
    hold: NDArray[np.uint8]
    """(T, n) apps held at the end of the day, bit k for app k."""
    trial: NDArray[np.uint8]
    """(T, n) apps on trial."""
    habits: NDArray[np.uint8]
    """(T, n) ``VPN`` and ``SPEAKS``."""
    contacts: int
    """How many contacts the person has; they follow the person in ``people``."""
    concern: float
    isp: int


def watch(scenario: Scenario, seed: int, person: int, on_day: Callable[[int], None]) -> tuple[Run, Watched]:
    """Live one replicate as ``run_once`` does, and look at the sample around ``person`` each day.

    Args:
        scenario: The world.
        seed: Root seed.
        person: Number of the person, from 0; beyond the last it counts from the first again.
        on_day: Called with the number of days lived, after each.
    """
    from sim.model import Model
    from sim.record import Recorder

    model = Model(scenario, rng=seed)
    model.recorder = Recorder(model)
    population: Population = model.population
    people, rings = sample(population.ties, person % population.users)
    hold, trial, habits = (np.empty((scenario.days, people.size), np.uint8) for _ in range(3))
    for day in range(scenario.days):
        model.step()
        rows = population.people[people]
        hold[day], trial[day] = rows["hold"], rows["trial"]
        habits[day] = VPN * rows["vpn"] + SPEAKS * rows["speak"]
        on_day(day + 1)
    row: Any = population.people[people[0]]
    watched = Watched(
        int(people[0]), people, places(rings), ties_within(population.ties, people), hold, trial, habits,
        len(rings[0]), float(row["concern"]), int(row["isp"]),
    )  # fmt: skip
    return Run(scenario, seed, model.recorder.tables(model)), watched


def sample(ties: Ties, person: int) -> tuple[NDArray[np.int64], list[list[int]]]:
    """The person, the contacts, and their contacts, at most ``MOST_PEOPLE``.

    Returns:
        Numbers of the people, and for each of them the positions of those further out whom they brought in.
    """
    found = [person]
    brought: list[list[int]] = [[]]
    position = {person: 0}
    start, end = 0, 1
    for _ in range(2):
        for here in range(start, end):
            for contact in map(int, ties.of(found[here])):
                if contact not in position and len(found) < MOST_PEOPLE:
                    position[contact] = len(found)
                    brought[here].append(len(found))
                    found.append(contact)
                    brought.append([])
        start, end = end, len(found)
    return np.array(found), brought


def places(brought: list[list[int]]) -> NDArray[np.float64]:
    """(n, 2) places in a square of side 2: each person's own people stand beside one another, one ring further out."""
    drawn = np.zeros((len(brought), 2))
    widths = [1 + len(outer) for outer in brought]
    turn, total = 0.0, sum(widths[contact] for contact in brought[0]) or 1
    for contact in brought[0]:
        arc = 2 * math.pi * widths[contact] / total
        drawn[contact] = 0.48 * math.cos(turn + arc / 2), 0.48 * math.sin(turn + arc / 2)
        for rank, outer in enumerate(brought[contact]):
            angle = turn + arc * (rank + 0.5) / len(brought[contact])
            radius = 0.96 if rank % 2 == 0 else 0.84
            drawn[outer] = radius * math.cos(angle), radius * math.sin(angle)
        turn += arc
    return drawn


def ties_within(ties: Ties, people: NDArray[np.int64]) -> NDArray[np.int64]:
    """(m, 2) ties between people of the sample, each once, as positions."""
    position = {int(person): here for here, person in enumerate(people)}
    pairs = [
        (here, position[contact])
        for here, person in enumerate(people)
        for contact in map(int, ties.of(int(person)))
        if position.get(contact, -1) > here
    ]
    return np.array(pairs, np.int64).reshape(-1, 2)
