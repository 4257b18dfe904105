"""Figure 2: requests for user data, received and produced, by half-year beside what companies reported."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.drawing.picture import Picture
from sim.drawing.reduce import (
    BAND,
    LUCK,
    band_over_seeds,
    focus_day,
    footer,
    half_year,
    half_year_days,
    has_law,
    has_luck,
    with_luck,
)
from sim.drawing.series import CHANCE_ALONE, TOTAL
from sim.drawing.style import (
    HANDED_OVER,
    INK,
    MARGIN,
    MODEL,
    OBSERVED,
    WIDTH,
    Page,
    grid_lines,
    say_nothing,
    shorten,
    tint,
)
from sim.evidence.facts import REPORTS, observed_requests
from sim.results.ensemble import Ensemble
from sim.scenario.schema import Scenario
from sim.scenario.words import compact, percent

ACROSS, HEIGHT, GAP = 3, 1.35, 0.55
BAR = 0.17
LEFT = 0.55
LEAST_DAYS = 28
"""A half-year of which fewer days are simulated is left out, unless it is the only one."""
REMOVAL, EVERYONE = "removal", "(all)"
SEEN = {"received": OBSERVED, "produced": "#4A5058"}
MADE = {"received": MODEL, "produced": HANDED_OVER}
COLUMNS = ["period", "company", "measure", "days", *BAND, "observed", "source"]


def data(ensemble: Ensemble) -> pd.DataFrame:
    """Columns: period, company, measure (received, produced), days, p05, p50, p95 in requests, observed, source.

    A half-year of which only ``days`` were simulated is scaled up to its whole length. Orders to remove content are a
    channel of their own and not counted here. ``(all)`` stands for all companies together. ``observed`` is what a
    company reported, where the scenario takes that company's requests from the same reports.
    """
    table = ensemble.table("requests")
    table = table[table["type"] != REMOVAL].astype({"company": str})
    if table.empty:
        return pd.DataFrame(columns=COLUMNS)
    days = _days_simulated(ensemble)
    table = table.assign(period=table["date"].map({date: half_year(date) for date in table["date"].unique()}))
    table = table[table["period"].isin(list(days))]
    table = pd.concat([table, table.assign(company=EVERYONE)], ignore_index=True)
    scale = table["period"].map({period: half_year_days(period) / n for period, n in days.items()})
    frames = []
    for measure in SEEN:
        scaled = table.assign(scaled=table[measure] * scale)
        by_seed = scaled.groupby(["period", "company", "seed"], sort=False)["scaled"].sum()
        frames.append(band_over_seeds(by_seed).assign(measure=measure))
    bands = pd.concat(frames, ignore_index=True)
    bands["days"] = bands["period"].map(days)
    return bands.merge(_observed(ensemble.scenario), on=["period", "company", "measure"], how="left")[COLUMNS]


def _days_simulated(ensemble: Ensemble) -> dict[str, int]:
    """Days simulated of each half-year that is shown, in order."""
    scenario = ensemble.scenario
    days = Counter(half_year(scenario.date(day)) for day in range(scenario.days))
    return {period: n for period, n in days.items() if n >= LEAST_DAYS} or dict(days)


def _observed(scenario: Scenario) -> pd.DataFrame:
    """What was reported by the companies whose requests the scenario takes from the tables of reports."""
    bound = {key.split(".")[1] for key, source in scenario.sources.items()
             if key.startswith("companies.") and ".requests." in key and REPORTS in source.table}  # fmt: skip
    if not bound:
        return pd.DataFrame(columns=["period", "company", "measure", "observed", "source"])
    reported = observed_requests(pooled=True)
    wide = reported.pivot_table(index=["period", "company", "source"], columns="variable", values="value", sort=False)
    wide["produced"] = wide["received"] * wide["produced_share"]
    long = wide[list(SEEN)].melt(var_name="measure", value_name="observed", ignore_index=False).reset_index()
    return long[long["company"].isin(list(bound))].dropna(subset="observed")


def totals(bands: pd.DataFrame) -> pd.DataFrame:
    """All companies together, by half-year: median requests received and produced, and the percentage produced."""
    everyone = bands[bands["company"] == EVERYONE]
    middle = everyone.pivot(index="period", columns="measure", values="p50")
    return middle.assign(share=(100 * middle["produced"] / middle["received"]).where(middle["received"] > 0, 0.0))


def title(bands: pd.DataFrame) -> str:
    """How requests and the share produced moved from the first half-year to the last."""
    if bands.empty:
        return "No company receives requests for user data"
    sums = totals(bands)
    first, last = sums.iloc[0], sums.iloc[-1]
    if len(sums) == 1:
        return f"{compact(first['received'])} requests for user data, {percent(first['share'], 0)} produced"
    return (
        f"Requests for data: {compact(first['received'])} in {sums.index[0]}, {compact(last['received'])} in "
        f"{sums.index[-1]}; data produced for {percent(first['share'], 0)}, then {percent(last['share'], 0)}"
    )


def paint(bands: pd.DataFrame, ensemble: Ensemble, command: str) -> Figure:
    """A small panel per company, each on its own scale; companies with observations come first."""
    companies = _in_order(bands, ensemble)
    rows = max(-(-len(companies) // ACROSS), 1)
    page = Page(title(bands), _subtitle(bands, ensemble), 0.45 + rows * (HEIGHT + GAP), footer(ensemble, command))
    width = (WIDTH - 2 * MARGIN - ACROSS * LEFT) / ACROSS
    if not companies:
        say_nothing(page.axes(MARGIN, 0.65, WIDTH - 2 * MARGIN, HEIGHT), "no requests")
        return page.figure
    page.key(0.05, _key(bands))
    for i, company in enumerate(companies):
        left, top = MARGIN + LEFT + (i % ACROSS) * (width + LEFT), 0.65 + (i // ACROSS) * (HEIGHT + GAP)
        page.write(left - LEFT + 0.1, top - 0.27, shorten(company, width), weight="bold")
        _panel(page.axes(left, top, width, HEIGHT), bands[bands["company"] == company], ensemble.scenario)
    return page.figure


def _in_order(bands: pd.DataFrame, ensemble: Ensemble) -> list[str]:
    """Companies that are asked at all, those with observations first."""
    asked = set(bands.loc[bands["p95"] > 0, "company"])
    seen = set(bands.loc[bands["observed"].notna(), "company"])
    return sorted((name for name in ensemble.scenario.companies if name in asked), key=lambda name: name not in seen)


def _subtitle(bands: pd.DataFrame, ensemble: Ensemble) -> str:
    days = dict(zip(bands["period"], bands["days"], strict=True))
    partial = [f"{p} ({n} of {half_year_days(p)} days simulated)" for p, n in days.items() if n < half_year_days(p)]
    n = len(ensemble.seeds)
    text = "Requests per half-year, without orders to remove content; each company has its own scale. "
    if n == 1:
        text += "One replicate."
    elif ensemble.best:
        text += (
            f"Simulated: median of {n} plausible worlds. Thin line: 90 % of them; thick line: luck alone, in the best "
        )
        text += "world."
    else:
        text += f"Simulated: median of {n} replicates, with 5th to 95th percentile, luck alone."
    text += " Vertical line: the law comes into force." if has_law(ensemble.scenario) else ""
    return text + (f" Scaled up to the whole half-year: {', '.join(partial)}." if partial else "")


def _key(bands: pd.DataFrame) -> list[tuple[str, str]]:
    made = [(tint(MADE[measure], 0.55), f"{measure}, simulated") for measure in SEEN]
    seen = [(SEEN[measure], f"{measure}, as the company reported") for measure in SEEN]
    return made + (seen if bands["observed"].notna().any() else [])


def _panel(axes: Axes, bands: pd.DataFrame, scenario: Scenario) -> None:
    periods = list(dict.fromkeys(bands["period"]))
    for measure, side in (("received", -1), ("produced", 1)):
        mine = bands[bands["measure"] == measure].set_index("period").reindex(periods)
        places = np.arange(len(periods)) + side * 0.11
        axes.bar(places, mine["p50"], BAR, color=tint(MADE[measure], 0.55), zorder=2)
        axes.vlines(places, mine["p05"], mine["p95"], color=INK, linewidth=1.0, zorder=3, label=TOTAL)
        if has_luck(mine):
            low, high = (mine[name] for name in LUCK)
            axes.vlines(places, low, high, color=INK, linewidth=2.6, zorder=3.2, label=CHANCE_ALONE)
        axes.scatter(places, mine["p50"], s=9, color=MADE[measure], edgecolor=INK, linewidth=0.6, zorder=4)
        seen = mine["observed"].notna().to_numpy()
        places, reported = (places + side * 0.18)[seen], mine["observed"][seen].astype(float)
        axes.bar(places, reported, BAR, color=SEEN[measure], zorder=2)
        axes.hlines(reported, places - BAR / 2, places + BAR / 2, color=SEEN[measure], linewidth=1.4, zorder=4)
    axes.set_xlim(-0.5, len(periods) - 0.5)
    tops = [name for name in ("p95", LUCK[1], "observed") if name in bands]
    axes.set_ylim(0, max(1.0, 1.08 * float(bands[tops].astype(float).max().max())))
    axes.set_xticks(range(len(periods)), periods)
    axes.tick_params(axis="x", length=0)
    axes.locator_params(axis="y", nbins=4, integer=True)
    grid_lines(axes, "y")
    place = _law_place(periods, scenario)
    if place is not None:
        axes.axvline(place, color=INK, linewidth=0.9)


def _law_place(periods: Sequence[str], scenario: Scenario) -> float | None:
    """Where the law falls on an axis of half-years; nothing when it falls outside or there is none."""
    date = scenario.date(focus_day(scenario))
    if not has_law(scenario) or half_year(date) not in periods:
        return None
    start = date.replace(month=1 if date.month <= 6 else 7, day=1)
    return periods.index(half_year(date)) - 0.5 + (date - start).days / half_year_days(half_year(date))


def alt(bands: pd.DataFrame, ensemble: Ensemble) -> str:
    """The picture in words: each company's requests by half-year, simulated and observed."""
    parts = [title(bands)]
    for company in _in_order(bands, ensemble):
        mine = bands[bands["company"] == company]
        words = [
            f"{period} {measure} {compact(middle)} ({compact(low)} to {compact(high)})"
            + (f", reported {compact(seen)}" if pd.notna(seen) else "")
            for period, measure, low, middle, high, seen in zip(
                *(mine[name] for name in ("period", "measure", *BAND, "observed")), strict=True
            )
        ]
        parts.append(f"{company}: {'; '.join(words)}")
    return ". ".join(parts) + "."


PICTURES = {"requests": Picture("Requests for data, and those that brought data", with_luck(data), paint, alt)}
