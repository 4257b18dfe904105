"""What the pictures of the laboratory show: lines with bands from tables of replicates, and differences of pairs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.drawing.style import BLUE, GREEN, INK, ORANGE, PURPLE, VERMILION, platform_colours
from sim.results.bands import percentiles
from sim.runs.once import Run
from sim.scenario.schema import Scenario

Cube = NDArray[np.float64]

MONTH = 28
"""Days over which requests are added up: four weeks, so that weekends do not show."""
WEEK = 7
REQUEST_LINES = {"received": INK, "produced": VERMILION, "refused": BLUE}


@dataclass(frozen=True)
class Line:
    """One quantity of a panel: ``values`` are (R, T), replicates by days."""

    label: str
    colour: str
    values: Cube

    def band(self) -> Cube:
        """(3, T) percentiles 5, 50 and 95 over replicates."""
        band: Cube = percentiles(self.values)
        return band


@dataclass(frozen=True)
class Panel:
    """One small picture: lines over the days of a calendar."""

    title: str
    unit: str
    lines: tuple[Line, ...]
    ends: tuple[float, float] | None = None
    """Ends of the vertical axis where the quantity has natural ones."""


def cube(runs: Sequence[Run], table: str, column: str) -> Cube:
    """(R, T, n) a column of a table whose n rows of a day follow one another."""
    days = runs[0].scenario.days
    return np.stack([run.tables[table][column].to_numpy(float).reshape(days, -1) for run in runs])


def summed(values: Cube, days: int) -> Cube:
    """Sum over the last ``days`` days, along the second axis; over fewer at the beginning."""
    total = np.cumsum(values, axis=1)
    total[:, days:] = total[:, days:] - total[:, :-days].copy()
    return total


def mean(values: Cube, days: int) -> Cube:
    """Mean over the last ``days`` days, along the second axis; over fewer at the beginning."""
    counts = np.minimum(np.arange(1, values.shape[1] + 1), days)
    shape = (1, -1) + (1,) * (values.ndim - 2)
    result: Cube = summed(values, days) / counts.reshape(shape)
    return result


def platforms(runs: Sequence[Run]) -> list[Panel]:
    """Who holds and uses what, how many install and drop it, and what people do beside."""
    scenario = runs[0].scenario
    holders, usage = cube(runs, "usage", "share"), cube(runs, "usage", "usage_share")
    installs, removals = (mean(cube(runs, "usage", name), WEEK) for name in ("installs", "removals"))
    return [
        Panel("People who hold the app", "% of people", _by_platform(scenario, 100 * holders)),
        Panel("Share of messaging", "% of messages", _by_platform(scenario, 100 * usage)),
        Panel("Installs", "persons/day, mean of 7 days", _by_platform(scenario, installs)),
        Panel("Removals", "persons/day, mean of 7 days", _by_platform(scenario, removals)),
        Panel("Several apps", "% of people", (_society(runs, "two or more apps", GREEN, "multi_homing", 100),)),
        Panel("Attention to the law", "salience", (_society(runs, "salience", INK, "salience"),)),
        Panel("People who speak publicly", "% of people", (_society(runs, "speaking", ORANGE, "speaking", 100),)),
        Panel("Post deletions", "persons/day", (_smoothed(runs, "deletions", PURPLE),)),
        Panel("People with a VPN", "% of people", (_society(runs, "VPN", BLUE, "vpn", 100),)),
        Panel("Safe reach", "% of ties", (_measure(runs, "safe reach", GREEN, "safe_reach", 100),)),
    ]


def compliance(runs: Sequence[Run]) -> list[Panel]:
    """Requests for data to each company, received, answered with data and refused, and the accounts disclosed."""
    panels = [Panel("Accounts disclosed by all", "accounts since the start",
                    (_measure(runs, "disclosed", VERMILION, "disclosed_accounts"),))]  # fmt: skip
    table = runs[0].tables["requests"]
    first_day = table.iloc[: len(table) // runs[0].scenario.days]
    streams = list(zip(first_day["company"], first_day["type"], strict=True))
    columns = {name: summed(cube(runs, "requests", name), MONTH) for name in REQUEST_LINES}
    for company in runs[0].scenario.companies:
        mine = [i for i, (owner, kind) in enumerate(streams) if owner == company and kind != "removal"]
        if mine:
            lines = [Line(name, colour, columns[name][..., mine].sum(-1)) for name, colour in REQUEST_LINES.items()]
            panels.append(Panel(f"{company}: requests for data", "requests in 28 days", tuple(lines)))
    return panels


def ladder(runs: Sequence[Run]) -> list[Panel]:
    """Rungs and beliefs of companies, and what people can reach."""
    scenario = runs[0].scenario
    panels = []
    if scenario.companies:
        names = list(scenario.companies)
        rung, belief, cutoff = (cube(runs, "companies", name) for name in ("rung", "belief", "cutoff"))
        for i, company in enumerate(names):
            lines = (Line("belief", BLUE, belief[..., i]), Line("cut-off", ORANGE, cutoff[..., i]))
            panels.append(
                Panel(f"{company}: rung of the ladder", "rung, 0 to 6", (Line("rung", INK, rung[..., i]),), (0, 6))
            )
            panels.append(Panel(f"{company}: belief and cut-off", "probability", lines, (0, 1)))
    isps = cube(runs, "isps", "access").reshape(len(runs), scenario.days, len(scenario.isps), len(scenario.platforms))
    over = cube(runs, "isps", "over_blocked").reshape(isps.shape)[..., 0]
    weights = np.array([isp.share for isp in scenario.isps.values()])
    reach = np.einsum("rtjk,j->rtk", isps, weights)
    harm = np.einsum("rtj,j->rt", over, weights)
    return [
        Panel("Access to platforms", "% of users, weighted by ISP", _by_platform(scenario, 100 * reach), (0, 100)),
        Panel("Co-hosted sites hit by blocks", "% of sites", (Line("over-blocking", VERMILION, 100 * harm),)),
        *panels,
    ]


PANELS: dict[str, Callable[[Sequence[Run]], list[Panel]]] = {
    "platforms": platforms,
    "compliance": compliance,
    "ladder": ladder,
}
"""Views that are made of panels."""


def difference(now: Panel, pinned: Panel) -> Panel:
    """Present minus pinned, replicate by replicate: pairs share a seed, and so people and luck."""
    before = {line.label: line for line in pinned.lines}
    lines = [
        replace(line, values=line.values - before[line.label].values[:, : line.values.shape[1]])
        for line in now.lines
        if line.label in before
    ]
    return Panel(now.title, now.unit, tuple(lines))


def flows(runs: Sequence[Run], first_week: int, weeks: int) -> list[tuple[str, str, NDArray[np.float64]]]:
    """Moves between primary apps: origin, destination, and (R,) people over the weeks; the largest first."""
    table = runs[0].tables["flows"]
    apps = list(dict.fromkeys(table["origin"].astype(str)))
    stacked = np.stack([run.tables["flows"]["users"].to_numpy(float).reshape(-1, len(apps), len(apps)) for run in runs])
    total = stacked[:, first_week : first_week + weeks].sum(axis=1)
    moves = [(a, b, total[:, i, j]) for i, a in enumerate(apps) for j, b in enumerate(apps) if i != j]
    return sorted(moves, key=lambda move: -float(np.median(move[2])))


def _by_platform(scenario: Scenario, values: Cube) -> tuple[Line, ...]:
    names = list(scenario.platforms)
    colours = platform_colours(names)
    return tuple(Line(name, colours[name], values[..., k]) for k, name in enumerate(names))


def _society(runs: Sequence[Run], label: str, colour: str, column: str, scale: float = 1.0) -> Line:
    return Line(label, colour, scale * cube(runs, "society", column)[..., 0])


def _smoothed(runs: Sequence[Run], column: str, colour: str) -> Line:
    return Line(column, colour, mean(cube(runs, "society", column), WEEK)[..., 0])


def _measure(runs: Sequence[Run], label: str, colour: str, column: str, scale: float = 1.0) -> Line:
    return Line(label, colour, scale * cube(runs, "measures", column)[..., 0])
