"""Figure 5: moves from primary app to primary app, before and after the law."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.record import NO_APP, WEEK
from sim.view.figures.reduce import BAND, band_over_seeds, focus_day, footer, number, signed_number, sums, turning_point
from sim.view.style import (
    BLUE,
    INK,
    MARGIN,
    QUIET,
    SMALL,
    WIDTH,
    Page,
    ink_on,
    platform_colours,
    say_nothing,
    shorten,
    text_width,
    tint,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from sim.study.ensemble import Ensemble

MONTH = 30
AFTER_WEEKS = 26
"""Weeks after the law that are compared with the weeks before: half a year."""
LONGEST_NAME = 1.0


def data(ensemble: Ensemble) -> pd.DataFrame:
    """Columns: period, weeks, origin, destination, p05, p50, p95 in persons per 30 days.

    ``before`` are the whole weeks that end before the law, ``after`` the half-year from the first week that begins on its
    day or later. The week of the law itself is in neither, unless it begins on that day. Rows whose destination is ``net``
    hold what a platform gained less what it lost, taken within each replicate.
    """
    scenario = ensemble.scenario
    table = ensemble.table("flows")
    index = (table["week"] - pd.Timestamp(scenario.start)).dt.days
    law = focus_day(scenario)
    periods = {
        "before": index + WEEK <= law,
        "after": (index >= law) & (index < law + WEEK * AFTER_WEEKS) & (index + WEEK <= scenario.days),
    }
    frames = []
    for period, rows in periods.items():
        part = table[rows]
        weeks = part["week"].nunique()
        if weeks == 0:
            continue
        moves = sums(part, ["origin", "destination"], "users") * MONTH / (WEEK * weeks)
        gained = moves.groupby(level=["destination", "seed"], observed=False).sum().rename_axis(["origin", "seed"])
        net = gained - moves.groupby(level=["origin", "seed"], observed=False).sum()
        net = pd.concat({"net": net}, names=["destination"]).reorder_levels(["origin", "destination", "seed"])
        bands = pd.concat([band_over_seeds(moves), band_over_seeds(net)], ignore_index=True)
        frames.append(bands.assign(period=period, weeks=weeks))
    columns = ["period", "weeks", "origin", "destination", *BAND]
    return pd.concat(frames, ignore_index=True)[columns] if frames else pd.DataFrame(columns=columns)


def _total(moves: pd.DataFrame, period: str) -> float:
    part = moves[(moves["period"] == period) & (moves["destination"] != "net")]
    return float(part["p50"].sum())


def title(moves: pd.DataFrame, ensemble: Ensemble) -> str:
    """How many people change their primary app, before and after."""
    if set(moves["period"]) != {"before", "after"}:
        return (
            f"{number(sum(_total(moves, p) for p in set(moves['period'])))} people change their primary app in 30 days"
        )
    when = turning_point(ensemble.scenario)
    before, after = _total(moves, "before"), _total(moves, "after")
    return f"In 30 days, {number(before)} people changed their primary app before {when}, {number(after)} after it"


def paint(moves: pd.DataFrame, ensemble: Ensemble, command: str) -> Figure:
    """A matrix of moves for each period, with numbers, and each platform's net gain beside."""
    apps = [*ensemble.scenario.platforms, NO_APP]
    periods = [period for period in ("before", "after") if period in set(moves["period"])]
    name_room = min(max(text_width(app) for app in apps), LONGEST_NAME)
    panel = (WIDTH - 2 * MARGIN - 3 * name_room - 0.9) / 3.0
    side = max(panel, 0.33 * len(apps))
    page = Page(title(moves, ensemble), _subtitle(moves), side + 1.25, footer(ensemble, command))
    for i, period in enumerate(periods):
        left = MARGIN + name_room + 0.1 + i * (panel + name_room + 0.3)
        axes = page.axes(left, 0.95, panel, side)
        part = moves[moves["period"] == period]
        page.write(left, 0.1, f"{period.capitalize()}: {part['weeks'].iloc[0]} weeks", weight="bold")
        top = float(moves.loc[moves["destination"] != "net", "p50"].max())
        _matrix(axes, part[part["destination"] != "net"], apps, top, panel / len(apps))
    left = WIDTH - MARGIN - panel
    axes = page.axes(left, 0.95, panel, side)
    page.write(left, 0.1, "Net gain, persons in 30 days", weight="bold")
    page.write(left, 0.3, "hollow: before; filled: after", size=SMALL, color=QUIET)
    if periods:
        _net(axes, moves[moves["destination"] == "net"], apps)
    else:
        say_nothing(axes, "the calendar is shorter than a week")
    return page.figure


def _subtitle(moves: pd.DataFrame) -> str:
    return (
        "People whose primary app moved from the row to the column, per 30 days (median of the replicates; scaled from the "
        "observation panel). The darker, the more."
    )


def _matrix(axes: Axes, part: pd.DataFrame, apps: list[str], top: float, cell: float) -> None:
    for origin, destination, users in zip(part["origin"], part["destination"], part["p50"], strict=True):
        row, column = apps.index(origin), apps.index(destination)
        if row == column:
            axes.fill([column - 0.5, column + 0.5, column + 0.5, column - 0.5],
                      [row - 0.5, row - 0.5, row + 0.5, row + 0.5], color="#F3F4F6", linewidth=0)  # fmt: skip
            continue
        fill = tint(BLUE, 0.04 + 0.96 * float(np.sqrt(users / top)) if top > 0 else 0.04)
        axes.fill([column - 0.48, column + 0.48, column + 0.48, column - 0.48],
                  [row - 0.48, row - 0.48, row + 0.48, row + 0.48], color=fill, linewidth=0)  # fmt: skip
        size = SMALL if cell > 0.36 else 6.5
        axes.text(column, row, number(users), ha="center", va="center_baseline", size=size, color=ink_on(fill))
    names = [shorten(app, LONGEST_NAME) for app in apps]
    axes.set_xlim(-0.5, len(apps) - 0.5)
    axes.set_ylim(len(apps) - 0.5, -0.5)
    axes.set_xticks(range(len(apps)), names, rotation=35 if len(apps) < 7 else 60, ha="left", rotation_mode="anchor")
    axes.set_yticks(range(len(apps)), names)
    axes.xaxis.tick_top()
    axes.tick_params(length=0, labelcolor=INK)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _net(axes: Axes, net: pd.DataFrame, apps: list[str]) -> None:
    colours = {**platform_colours(apps[:-1]), NO_APP: QUIET}
    axes.axvline(0, color=INK, linewidth=0.7)
    for period, offset, fill in (("before", -0.17, "white"), ("after", 0.17, None)):
        for origin, low, middle, high in net.loc[net["period"] == period, ["origin", *BAND]].itertuples(index=False):
            row, colour = apps.index(origin) + offset, colours[origin]
            axes.plot([low, high], [row, row], color=colour, linewidth=2.2)
            axes.plot([middle], [row], marker="o", markersize=6.5, mec=colour, mfc=fill or colour, mew=1.6)
            if period == "after":
                place, shift, side = (low, -7, "right") if middle < 0 else (high, 7, "left")
                axes.annotate(signed_number(middle), (place, row), xytext=(shift, 0), textcoords="offset points", ha=side,
                              size=SMALL, va="center", color=INK, annotation_clip=False)  # fmt: skip
    axes.set_ylim(len(apps) - 0.5, -0.5)
    axes.set_yticks(range(len(apps)), [shorten(app, LONGEST_NAME) for app in apps])
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    low, high = axes.get_xlim()
    axes.set_xlim(low - 0.3 * (high - low), high + 0.3 * (high - low))
    axes.locator_params(axis="x", nbins=4)
    axes.xaxis.set_major_formatter(lambda value, _: number(value))
    axes.spines["left"].set_visible(False)


def alt(moves: pd.DataFrame, ensemble: Ensemble) -> str:
    """The picture in words: totals, the three largest moves of each period, and net gains after the law."""
    parts = [title(moves, ensemble)]
    for period, part in moves[moves["destination"] != "net"].groupby("period", sort=False):
        largest = part.sort_values("p50", ascending=False, kind="stable").head(3)
        words = [
            f"{o} to {d} {number(v)}" for o, d, v in largest[["origin", "destination", "p50"]].itertuples(index=False)
        ]
        parts.append(f"Largest moves {period}: {', '.join(words)}")
    for period, part in moves[moves["destination"] == "net"].groupby("period", sort=False):
        words = [f"{o} {signed_number(v)}" for o, v in part[["origin", "p50"]].itertuples(index=False)]
        parts.append(f"Net gains {period}: {', '.join(words)}")
    return ". ".join(parts) + "."
