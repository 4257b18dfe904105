"""Figure 3: who holds which messenger."""

import datetime as dt

import pandas as pd
from matplotlib.figure import Figure

from sim.drawing.picture import Picture
from sim.drawing.reduce import (
    BAND,
    LUCK,
    band_over_seeds,
    day_numbers,
    focus_day,
    footer,
    has_luck,
    replicates_words,
    with_luck,
)
from sim.drawing.series import Stack, draw_band
from sim.drawing.style import INK, platform_colours
from sim.results.ensemble import Ensemble
from sim.scenario.words import percent, short_day, signed


def data(ensemble: Ensemble) -> pd.DataFrame:
    """Columns: measure, date, platform, p05, p50, p95.

    ``share`` is the percentage of people who hold the platform; ``change`` its difference in points from the eve of the
    law, taken within each replicate.
    """
    table = ensemble.table("usage")
    share = 100 * table.set_index(["date", "platform", "seed"])["share"]
    eve = pd.Timestamp(_eve(ensemble))
    before = (
        share[share.index.get_level_values("date") == eve].groupby(level=["platform", "seed"], observed=True).first()
    )
    change = share - before.reindex(pd.MultiIndex.from_frame(table[["platform", "seed"]])).to_numpy()
    bands = {"share": band_over_seeds(share), "change": band_over_seeds(change)}
    both = pd.concat([band.assign(measure=measure) for measure, band in bands.items()], ignore_index=True)
    return both[["measure", "date", "platform", *BAND]]


def ends(bands: pd.DataFrame, measure: str) -> dict[str, tuple[float, float, float]]:
    """The last day's band of each platform: p05, p50, p95."""
    last = bands[(bands["measure"] == measure) & (bands["date"] == bands["date"].max())]
    return {
        p: (low, middle, high) for p, low, middle, high in zip(*(last[c] for c in ("platform", *BAND)), strict=True)
    }


def title(bands: pd.DataFrame, ensemble: Ensemble) -> str:
    """The platforms that gained and lost most."""
    change = {platform: middle for platform, (_, middle, _) in ends(bands, "change").items()}
    gained, lost = max(change, key=change.__getitem__), min(change, key=change.__getitem__)
    moves = f"{gained} {signed(change[gained])} points" + (f", {lost} {signed(change[lost])}" if lost != gained else "")
    return f"Holders from {short_day(_eve(ensemble))} to {short_day(ensemble.scenario.end)}: {moves}"


def _eve(ensemble: Ensemble) -> dt.date:
    """The day before the focus, from which changes are counted."""
    return ensemble.scenario.date(max(focus_day(ensemble.scenario) - 1, 0))


def paint(bands: pd.DataFrame, ensemble: Ensemble, command: str) -> Figure:
    """Shares on the whole scale, and below it their change on its own."""
    scenario = ensemble.scenario
    colours = platform_colours(list(scenario.platforms))
    last = {measure: ends(bands, measure) for measure in ("share", "change")}
    words = {
        "share": {p: f"{p} {percent(last['share'][p][1])}" for p in colours},
        "change": {p: f"{p} {signed(last['change'][p][1])}" for p in colours},
    }
    subtitle = f"Shares add up to more than 100 %, for people hold several apps. {replicates_words(ensemble)}"
    head = (title(bands, ensemble), subtitle, footer(ensemble, command))
    stack = Stack(scenario, head, (2.6, 2.6), [label for labels in words.values() for label in labels.values()])
    stack.name(0, "Holders, % of people")
    stack.name(1, f"Change from {short_day(_eve(ensemble))}, percentage points")
    for panel, measure in enumerate(last):
        axes = stack.panels[panel]
        for platform, colour in colours.items():
            mine = bands[(bands["measure"] == measure) & (bands["platform"] == platform)]
            draw_band(axes, day_numbers(mine["date"], scenario) + 0.5, mine, colour)
        if measure == "share":
            axes.set_ylim(0, 100)
        else:
            axes.axhline(0, color=INK, linewidth=0.6)
        stack.label_ends(panel, {p: (last[measure][p][1], words[measure][p], colours[p]) for p in colours})
    return stack.figure


def alt(bands: pd.DataFrame, ensemble: Ensemble) -> str:
    """The picture in words: each platform's share at the end, and its change, with bands."""
    parts = [title(bands, ensemble)]
    change = ends(bands, "change")
    for platform, (low, middle, high) in ends(bands, "share").items():
        least, moved, most = (signed(value) for value in change[platform])
        luck = ""
        if has_luck(bands):
            last = bands[(bands["measure"] == "share") & (bands["platform"] == platform)].iloc[-1]
            luck = f"; luck alone {last[LUCK[0]]:.1f} to {last[LUCK[1]]:.1f}"
        parts.append(
            f"{platform} ends at {percent(middle)} of people ({low:.1f} to {high:.1f}{luck}), a change of {moved} "
            f"points ({least} to {most})"
        )
    return ". ".join(parts) + "."


PICTURES = {"holders": Picture("Who holds which app", with_luck(data), paint, alt)}
