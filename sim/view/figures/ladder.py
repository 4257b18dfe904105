"""Figure 6: the ladder of sanctions against companies, and access to platforms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from sim.scenario.institutions import RUNGS
from sim.view import calendar
from sim.view.figures.reduce import BAND, BLOCKED_BELOW, band_over_seeds, day_numbers, footer, percent
from sim.view.style import (
    BODY,
    FAINT,
    INK,
    MARGIN,
    QUIET,
    RUNG_COLOURS,
    SMALL,
    WIDTH,
    Page,
    platform_colours,
    shorten,
    text_width,
    tint,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from sim.study.ensemble import Ensemble

ROW, GAP = 0.32, 0.75
LONGEST_NAME, TAIL = 1.6, 2.0


def data(ensemble: Ensemble) -> pd.DataFrame:
    """Columns: measure, date, name, p05, p50, p95.

    ``rung`` is the rung against a company, 0 to 6; ``access`` the usability of a platform, in percent, mean over ISPs
    weighted by their users.
    """
    rungs = ensemble.bands("regulators")
    rungs = rungs[rungs["measure"] == "rung"].rename(columns={"company": "name"})
    isps = ensemble.scenario.isps
    total = sum(isp.share for isp in isps.values())
    table = ensemble.table("isps")
    weight = table["isp"].astype(str).map({name: 100 * isp.share / total for name, isp in isps.items()})
    weighted = table.assign(weighted=table["access"] * weight)
    access = weighted.groupby(["date", "platform", "seed"], observed=True)["weighted"].sum()
    bands = band_over_seeds(access).rename(columns={"platform": "name"}).assign(measure="access")
    both = [frame.astype({"name": str}) for frame in (rungs, bands) if not frame.empty]
    return pd.concat(both, ignore_index=True)[["measure", "date", "name", *BAND]]


def highest(bands: pd.DataFrame) -> pd.DataFrame:
    """Highest rung of each company on any day: in the median of the replicates, and in their 95th percentile."""
    return bands[bands["measure"] == "rung"].groupby("name", sort=False)[["p50", "p95"]].max()


def blocked_days(bands: pd.DataFrame) -> pd.DataFrame:
    """Days on which fewer than half of the users could use a platform: in the median, and in the 5th percentile."""
    access = bands[bands["measure"] == "access"].set_index("name")[["p50", "p05"]]
    return (access < 100 * BLOCKED_BELOW).groupby(level="name", sort=False).sum()


def title(bands: pd.DataFrame, ensemble: Ensemble) -> str:
    """How high the ladder was climbed, and what was blocked."""
    rungs, blocked = highest(bands), blocked_days(bands)
    top = round(rungs["p50"].max()) if len(rungs) else 0
    climbed = f"Sanctions rose to “{RUNGS[top]}”" if top else "No company was sanctioned"
    names = [f"{name} was blocked for {days} days" for name, days in blocked["p50"].items() if days]
    return f"{climbed}; {', '.join(names) if names else 'no platform was blocked'} (medians)"


def paint(bands: pd.DataFrame, ensemble: Ensemble, command: str) -> Figure:
    """Ribbons: one per company coloured by rung, one per platform filled as far as it could be used."""
    scenario = ensemble.scenario
    companies, platforms = list(scenario.companies), list(scenario.platforms)
    left = MARGIN + 0.1 + min(max(text_width(name) for name in [*companies, *platforms]), LONGEST_NAME)
    width = WIDTH - left - MARGIN - TAIL
    marks = calendar.marks(scenario)
    labels = calendar.arrange(marks, 0, scenario.days - 1, width)
    strip = 0.65 + labels.height
    upper, lower = max(ROW * len(companies), 0.3), ROW * len(platforms)
    subtitle = (
        "Thick ribbon: median rung; thin ribbon below it: 95th percentile. Below: share of users who could use a platform, "
        "dark the median, pale up to the 95th percentile."
    )
    page = Page(title(bands, ensemble), subtitle, strip + upper + GAP + lower + 0.4, footer(ensemble, command))
    page.key(0.05, [(colour, f"{i} {name}") for i, (colour, name) in enumerate(zip(RUNG_COLOURS, RUNGS, strict=True))])
    page.write(MARGIN, 0.38, "Rung of the ladder against each company", weight="bold", size=SMALL)
    page.write(left + width + 0.1, strip - 0.24, "Highest: median (95th percentile)", size=SMALL, color=QUIET)
    ladder = page.axes(left, strip, width, upper)
    page.write(MARGIN, strip + upper + GAP - 0.3, "Access to each platform, % of users", weight="bold", size=SMALL)
    access = page.axes(left, strip + upper + GAP, width, lower)
    _rungs(ladder, bands, ensemble)
    _access(access, bands, ensemble)
    for axes, last in ((ladder, False), (access, True)):
        calendar.set_calendar(axes, scenario, 0, scenario.days - 1, width, labels=last)
        calendar.draw_lines(axes, marks)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
    calendar.draw_labels(ladder, labels)
    return page.figure


def _rungs(axes: Axes, bands: pd.DataFrame, ensemble: Ensemble) -> None:
    companies, tops = list(ensemble.scenario.companies), highest(bands)
    for row, company in enumerate(companies):
        mine = bands[(bands["measure"] == "rung") & (bands["name"] == company)]
        for quantile, bottom, height in (("p50", row - 0.34, 0.42), ("p95", row + 0.12, 0.16)):
            spells = _spells(mine, quantile, ensemble)
            fills = [RUNG_COLOURS[round(rung)] for rung in spells["value"]]
            axes.broken_barh(list(zip(spells["first"], spells["length"], strict=True)), (bottom, height),
                             facecolors=fills, linewidth=0, zorder=1)  # fmt: skip
        middle, high = (RUNGS[round(tops.loc[company, name])] for name in ("p50", "p95"))
        _at_end(axes, row, middle if middle == high else f"{middle} ({high})")
    axes.set_yticks(range(len(companies)), [shorten(name, LONGEST_NAME) for name in companies], color=INK, size=BODY)
    axes.set_ylim(max(len(companies), 1) - 0.45, -0.55)


def _spells(band: pd.DataFrame, quantile: str, ensemble: Ensemble) -> pd.DataFrame:
    """Runs of equal value: value, first day, length in days."""
    values = band[quantile].round()
    runs = pd.DataFrame({"value": values, "day": day_numbers(band["date"], ensemble.scenario)})
    grouped = runs.groupby((values != values.shift()).cumsum())
    return grouped.agg(value=("value", "first"), first=("day", "min"), length=("day", "size"))


def _access(axes: Axes, bands: pd.DataFrame, ensemble: Ensemble) -> None:
    colours, blocked = platform_colours(list(ensemble.scenario.platforms)), blocked_days(bands)
    for row, (platform, colour) in enumerate(colours.items()):
        mine = bands[(bands["measure"] == "access") & (bands["name"] == platform)]
        days, floor = day_numbers(mine["date"], ensemble.scenario), row + 0.34
        tops = [floor - 0.68 * mine[name] / 100 for name in BAND]
        axes.fill_between(days, floor - 0.68, floor, color=FAINT, linewidth=0, zorder=0.8)
        axes.fill_between(days, tops[2], floor, color=tint(colour, 0.35), linewidth=0, zorder=0.9, step="post")
        axes.fill_between(days, tops[1], floor, color=tint(colour, 0.7), linewidth=0, zorder=1, step="post")
        axes.fill_between(days, tops[0], floor, color=colour, linewidth=0, zorder=1.1, step="post")
        least = mine["p50"].min()
        days_words = f", blocked {blocked.loc[platform, 'p50']} days" if blocked.loc[platform, "p50"] else ""
        _at_end(axes, row, f"least {percent(least, 0)}{days_words}" if least < 100 else f"always {percent(100, 0)}")
    axes.set_yticks(range(len(colours)), [shorten(name, LONGEST_NAME) for name in colours], color=INK, size=BODY)
    axes.set_ylim(len(colours) - 0.45, -0.55)


def _at_end(axes: Axes, row: int, text: str) -> None:
    axes.annotate(
        shorten(text, TAIL, SMALL), (1, row), xycoords=("axes fraction", "data"), xytext=(7, 0),
        textcoords="offset points", size=SMALL, va="center", color=INK, annotation_clip=False,
    )  # fmt: skip


def alt(bands: pd.DataFrame, ensemble: Ensemble) -> str:
    """The picture in words: the highest rung against each company, and each platform's least access."""
    parts = [title(bands, ensemble)]
    for name, row in highest(bands).iterrows():
        parts.append(f"{name}: highest rung {RUNGS[round(row['p50'])]}, 95th percentile {RUNGS[round(row['p95'])]}")
    access, blocked = bands[bands["measure"] == "access"], blocked_days(bands)
    for name, mine in access.groupby("name", sort=False):
        words = f"{name}: least access {percent(mine['p50'].min(), 0)} of users (5th percentile {percent(mine['p05'].min(), 0)})"
        parts.append(f"{words}, blocked on {blocked.loc[name, 'p50']} days")
    return ". ".join(parts) + "."
