"""Where people went because of what was asked: the apps that they use most, and what the owners of these do."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.scenario.stances import STANCES
from sim.tables import NO_APP, WEEK, Run, array, labels, stances
from sim.view.words import Told

LEAST_FLOW = 0.05
"""Percent of people below which a movement between two apps is not told."""
MOST_TOLD, LEAST_TOLD = 3, 0.95
"""Movements that a page tells, and percent of people from which one is, which is one of a hundred."""


def flows(base: Sequence[Run], other: Sequence[Run]) -> list[dict[str, Any]]:
    """Where people went because of it: net movement between two apps used most, over what it is in the base.

    From the tables of flows, the mean over all pairs: percent of people, from the first day to the end of each week.
    What any app gains is what it has more than in the base. Largest in the end first; an empty name is no app.
    """
    apps = ["" if name == NO_APP else name for name in dict.fromkeys(one for one, _ in labels(base[0].tables, "flows"))]
    people = base[0].scenario.population.represents
    moved = [[array(run.tables, "flows", "users") for run in runs] for runs in (base, other)]
    apart = np.mean(moved[1], axis=0) - np.mean(moved[0], axis=0)
    total = 100.0 / people * np.cumsum(apart.reshape(-1, len(apps), len(apps)), axis=0)
    net = total - total.transpose(0, 2, 1)
    found = []
    for one, two in zip(*np.triu_indices(len(apps), 1), strict=True):
        by = net[:, one, two]
        if np.abs(by).max() >= LEAST_FLOW:
            ends = (one, two) if by[-1] >= 0 else (two, one)
            values = [round(float(value), 2) + 0.0 for value in net[:, ends[0], ends[1]]]
            found.append({"from": apps[ends[0]], "to": apps[ends[1]], "by": values})
    return sorted(found, key=lambda flow: -flow["by"][-1])


def of_hundred(percent: float) -> str:
    """How many people that is."""
    return f"{round(percent)} of 100 people"


def last_day(told: Told) -> dt.date:
    """The end of the week of the day that leads the answer, for movements are counted by the week."""
    return told.base.date(min((told.day // WEEK + 1) * WEEK, told.base.days) - 1)


def went(told: Told) -> list[tuple[str, str]]:
    """The largest movements up to ``last_day``: of how many people, to which app, and what its owner does that day."""
    base, other = told.comparison.runs(told.world)
    owners = {app: name for name, company in told.other.companies.items() for app in company.platforms}
    numbers = {company: number for number, (company,) in enumerate(labels(other[0].tables, "companies"))}
    lines = []
    found = [(flow["from"], flow["to"], flow["by"]) for flow in flows(base, other)]
    moved = [(one, two, by[told.day // WEEK]) for one, two, by in found]
    for one, two, by in sorted(moved, key=lambda flow: -abs(flow[2]))[:MOST_TOLD]:
        if abs(by) < LEAST_TOLD:
            break
        origin, destination = (one, two) if by > 0 else (two, one)
        text = f"from {origin or 'no app'} to {destination or 'no app'}"
        if owner := owners.get(destination):
            on = [stances(run.tables)[told.base.day(last_day(told)), numbers[owner]] for run in other]
            ((stance, _),) = Counter(sorted(on)).most_common(1)  # of a tie the first by name, as in the laboratory
            text += f", {'which' if owner == destination else f'whose owner {owner}'} {STANCES[stance].does()}"
        lines.append((of_hundred(abs(by)), f"{text}."))
    return lines
