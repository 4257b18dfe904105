"""Figure 4: installs per week."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.study.measures import quiet_days
from sim.view.calendar import day_words
from sim.view.figures.reduce import BAND, band_over_seeds, day_numbers, footer, number, replicates_words, sums
from sim.view.figures.series import Stack, draw_band
from sim.view.style import platform_colours

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sim.study.ensemble import Ensemble

WEEK = 7
DECADES = [10.0**n for n in range(8)]


def data(ensemble: Ensemble) -> pd.DataFrame:
    """Installs of whole weeks, counted from the first day: week (its first day), platform, p05, p50, p95 in persons."""
    scenario = ensemble.scenario
    table = ensemble.table("usage")
    days = day_numbers(table["date"], scenario)
    weeks = max(scenario.days // WEEK, 1)
    whole = table[days < weeks * WEEK].assign(week=table["date"] - pd.to_timedelta(days % WEEK, unit="D"))
    return band_over_seeds(sums(whole, ["week", "platform"], "installs"))


def jumps(bands: pd.DataFrame, ensemble: Ensemble) -> pd.DataFrame:
    """Per platform: median weekly installs before the first act that moves attention, the busiest week, and their ratio."""
    scenario = ensemble.scenario
    quiet = pd.Timestamp(scenario.start) + pd.Timedelta(days=quiet_days(scenario) - WEEK)
    rows = []
    for platform, mine in bands.groupby("platform", observed=True, sort=True):
        early = mine[mine["week"] <= quiet]
        before = float((early if len(early) else mine.head(1))["p50"].mean())
        peak = mine.loc[mine["p50"].idxmax()]
        rows.append((platform, before, peak["p50"], peak["week"], peak["p50"] / before if before > 0 else np.nan))
    return pd.DataFrame(rows, columns=["platform", "before", "peak", "week", "ratio"]).set_index("platform")


def title(bands: pd.DataFrame, ensemble: Ensemble) -> str:
    """The platform whose installs jumped most."""
    ratios = jumps(bands, ensemble)
    if ratios["ratio"].isna().all():
        return "No one installed a messenger before the first act"
    top = ratios["ratio"].idxmax()
    return (
        f"{top} was installed {ratios.loc[top, 'ratio']:.0f} times as often in its busiest week, "
        f"that of {day_words(ratios.loc[top, 'week'])}, as before"
    )


def paint(bands: pd.DataFrame, ensemble: Ensemble, command: str) -> Figure:
    """Lines on a logarithmic axis; weeks without installs lie on its floor."""
    scenario = ensemble.scenario
    colours = platform_colours(list(scenario.platforms))
    floor = scenario.population.represents / scenario.population.users / 2
    ends = bands.groupby("platform", observed=True)["p50"].last()
    words = {p: f"{p} {number(ends[p])}" for p in colours}
    subtitle = (
        f"Each step up the logarithmic axis is tenfold; weeks without any install lie on its floor, half a simulated "
        f"person. {replicates_words(ensemble)}"
    )
    stack = Stack(scenario, (title(bands, ensemble), subtitle, footer(ensemble, command)), (4.2,), list(words.values()))
    stack.name(0, "Installs per week, persons")
    axes = stack.panels[0]
    axes.set_yscale("log")
    for platform, colour in colours.items():
        mine = bands[bands["platform"] == platform]
        draw_band(axes, (day_numbers(mine["week"], scenario) + WEEK / 2).tolist(), mine[BAND].clip(lower=floor), colour)
    top = max(2 * float(bands["p95"].max()), 10 * floor)
    axes.set_ylim(0.9 * floor, top)
    axes.set_yticks([d for d in DECADES if floor < d < top], [number(d) for d in DECADES if floor < d < top])
    axes.set_yticks([], minor=True)
    stack.label_ends(0, {p: (max(ends[p], floor), words[p], colours[p]) for p in colours})
    return stack.figure


def alt(bands: pd.DataFrame, ensemble: Ensemble) -> str:
    """The picture in words: weekly installs before, in the busiest week, and their ratio."""
    parts = [
        f"{p}: {number(row['before'])} installs a week before the first act, {number(row['peak'])} in the week of "
        f"{day_words(row['week'])}" + ("" if np.isnan(row["ratio"]) else f", {row['ratio']:.1f} times as many")
        for p, row in jumps(bands, ensemble).iterrows()
    ]
    return ". ".join([title(bands, ensemble), *parts]) + "."
