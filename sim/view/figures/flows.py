"""Figure 5: moves from primary app to primary app, before and after the law."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.codebook import NO_APP, WEEK
from sim.drawing.picture import Picture
from sim.drawing.reduce import BAND, LUCK, band_over_seeds, day_numbers, focus_day, footer, has_luck, sums, with_luck
from sim.drawing.series import CHANCE_ALONE, TOTAL
from sim.drawing.style import (
    INK,
    MARGIN,
    MODEL,
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
from sim.results.ensemble import Ensemble
from sim.scenario.words import compact, counted, short_day, signed_number

MONTH = 30
AFTER_WEEKS = 26
"""Weeks after the law that are compared with the weeks before: half a year."""
LONGEST_NAME = 1.0
COLUMNS = ["period", "weeks", "measure", "origin", "destination", *BAND]


def data(ensemble: Ensemble) -> pd.DataFrame:
    """Columns: period, weeks, measure, origin, destination, p05, p50, p95 in persons per 30 days.

    ``before`` are the whole weeks that end before the law, ``after`` the half-year of whole weeks that begins with the
    law or in the week after it. Measures, each taken within a replicate: ``moves`` from origin to destination; ``net``,
    what an origin gained less what it lost; ``total``, all moves.
    """
    scenario = ensemble.scenario
    table = ensemble.table("flows")
    first = day_numbers(table["week"], scenario)
    law = focus_day(scenario)
    periods = {
        "before": first + WEEK <= law,
        "after": (first >= law) & (first < law + WEEK * AFTER_WEEKS) & (first + WEEK <= scenario.days),
    }
    frames = [pd.DataFrame(columns=COLUMNS)] + [
        _bands(table[rows]).assign(period=period) for period, rows in periods.items() if rows.any()
    ]
    return pd.concat([frame for frame in frames if len(frame)] or frames)[COLUMNS].reset_index(drop=True)


def _bands(part: pd.DataFrame) -> pd.DataFrame:
    weeks = part["week"].nunique()
    moves = sums(part, ["origin", "destination"], "users") * MONTH / (WEEK * weeks)
    gained = moves.groupby(level=["destination", "seed"], observed=False).sum().rename_axis(["origin", "seed"])
    lost = moves.groupby(level=["origin", "seed"], observed=False).sum()
    total = lost.groupby(level="seed").sum()
    total.index = pd.MultiIndex.from_product([["all"], total.index], names=["origin", "seed"])
    bands = {"moves": moves, "net": gained - lost, "total": total}
    frames = [band_over_seeds(values).assign(measure=measure) for measure, values in bands.items()]
    both = pd.concat([frame.astype({"origin": str}) for frame in frames], ignore_index=True)
    return both.assign(
        weeks=weeks, destination=both["destination"].astype(object).where(both["destination"].notna(), "")
    )


def title(moves: pd.DataFrame, ensemble: Ensemble) -> str:
    """How many people change their primary app, before and after."""
    totals = moves[moves["measure"] == "total"].set_index("period")
    total = totals["p50"].to_dict()
    if len(total) < 2:
        return "Moves between the apps that people use most" + "".join(
            f": {compact(value)} in 30 days" for value in total.values()
        )
    focus, weeks = ensemble.scenario.date(focus_day(ensemble.scenario)), int(totals.loc["after", "weeks"])
    return (
        f"In 30 days, {compact(total['before'])} people changed the app that they use most before {short_day(focus)}, "
        f"{compact(total['after'])} in the {counted(weeks, 'week')} from then on"
    )


def paint(moves: pd.DataFrame, ensemble: Ensemble, command: str) -> Figure:
    """A matrix of moves for each period, with numbers, and each platform's net gain beside."""
    apps = [*ensemble.scenario.platforms, NO_APP]
    name_room = min(max(text_width(app) for app in apps), LONGEST_NAME)
    panel = (WIDTH - 2 * MARGIN - 3 * name_room - 0.9) / 3.0
    side = max(panel, 0.33 * len(apps))
    subtitle = (
        "People whose app used most moved from the row to the column, per 30 days: median of the replicates, scaled up "
        "from a sample. The darker, the more."
    )
    subtitle += " Right: pale lines, 90 % of plausible worlds; dark lines, luck alone." if has_luck(moves) else ""
    page = Page(title(moves, ensemble), subtitle, side + 1.3, footer(ensemble, command))
    top = float(moves.loc[moves["measure"] == "moves", "p50"].max()) if len(moves) else 0.0
    for i, (period, weeks) in enumerate(dict(zip(moves["period"], moves["weeks"], strict=True)).items()):
        left = MARGIN + name_room + 0.1 + i * (panel + name_room + 0.3)
        page.write(left, 0.1, f"{period.capitalize()}: {counted(weeks, 'week')}", weight="bold")
        axes = page.axes(left, 0.95, panel, side)
        _matrix(axes, moves[(moves["period"] == period) & (moves["measure"] == "moves")], apps, top, panel / len(apps))
    left = WIDTH - MARGIN - panel
    axes = page.axes(left, 0.95, panel, side)
    if moves.empty:
        say_nothing(axes, "the calendar has no whole week")
        return page.figure
    page.write(left, 0.1, "Net gain, persons in 30 days", weight="bold")
    page.write(left, 0.3, "hollow: before; filled: after", size=SMALL, color=QUIET)
    _net(axes, moves[moves["measure"] == "net"], apps)
    return page.figure


def _matrix(axes: Axes, part: pd.DataFrame, apps: list[str], top: float, cell: float) -> None:
    for origin, destination, users in zip(part["origin"], part["destination"], part["p50"], strict=True):
        row, column = apps.index(origin), apps.index(destination)
        if row == column:
            axes.fill([column - 0.5, column + 0.5, column + 0.5, column - 0.5],
                      [row - 0.5, row - 0.5, row + 0.5, row + 0.5], color="#F3F4F6", linewidth=0)  # fmt: skip
            continue
        fill = tint(MODEL, 0.04 + 0.96 * float(np.sqrt(users / top)) if top > 0 else 0.04)
        axes.fill([column - 0.48, column + 0.48, column + 0.48, column - 0.48],
                  [row - 0.48, row - 0.48, row + 0.48, row + 0.48], color=fill, linewidth=0)  # fmt: skip
        size = SMALL if cell > 0.36 else 6.5
        axes.text(column, row, compact(users), ha="center", va="center_baseline", size=size, color=ink_on(fill))
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
        mine = net[net["period"] == period]
        ends = LUCK if has_luck(mine) else ["p05", "p95"]
        for app, low, middle, high, least, most in zip(*(mine[name] for name in ("origin", *BAND, *ends)), strict=True):
            row, colour = apps.index(app) + offset, colours[app]
            if has_luck(mine):
                axes.plot([low, high], [row, row], color=tint(colour, 0.35), linewidth=4.4, label=TOTAL)
            axes.plot([least, most], [row, row], color=colour, linewidth=2.2, label=CHANCE_ALONE)
            axes.plot([middle], [row], marker="o", markersize=6.5, mec=colour, mfc=fill or colour, mew=1.6)
            if period == "after":
                place, shift, side = (min(low, least), -7, "right") if middle < 0 else (max(high, most), 7, "left")
                axes.annotate(
                    signed_number(middle), (place, row), xytext=(shift, 0), textcoords="offset points", size=SMALL,
                    ha=side, va="center", color=INK, annotation_clip=False,
                )  # fmt: skip
    axes.set_ylim(len(apps) - 0.5, -0.5)
    axes.set_yticks(range(len(apps)), [shorten(app, LONGEST_NAME) for app in apps])
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    low, high = axes.get_xlim()
    axes.set_xlim(low - 0.3 * (high - low), high + 0.3 * (high - low))
    axes.locator_params(axis="x", nbins=4)
    axes.xaxis.set_major_formatter(lambda value, _: compact(value))
    axes.spines["left"].set_visible(False)


def alt(moves: pd.DataFrame, ensemble: Ensemble) -> str:
    """The picture in words: totals, and for each period the three largest moves and the net gains."""
    parts = [title(moves, ensemble)]
    for period in dict.fromkeys(moves["period"]):
        part = moves[moves["period"] == period]
        largest = part[part["measure"] == "moves"].sort_values("p50", ascending=False, kind="stable").head(3)
        ends = zip(largest["origin"], largest["destination"], largest["p50"], strict=True)
        words = [f"{origin} to {destination} {compact(users)}" for origin, destination, users in ends]
        net = part[part["measure"] == "net"]
        gains = [f"{app} {signed_number(value)}" for app, value in zip(net["origin"], net["p50"], strict=True)]
        parts.append(f"Largest moves {period}: {', '.join(words)}. Net gains {period}: {', '.join(gains)}")
    return ". ".join(parts) + "."


PICTURES = {"flows": Picture("Where people move their conversations", with_luck(data), paint, alt)}
