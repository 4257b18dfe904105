"""Figure 2: requests for user data, received and produced, by half-year beside what companies reported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from sim.view.figures.reduce import (
    BAND,
    band_over_seeds,
    focus_day,
    footer,
    half_year,
    half_year_days,
    has_law,
    number,
    percent,
)
from sim.view.style import BLUE, FAINT, INK, MARGIN, OBSERVED, ORANGE, WIDTH, Page, shorten, tint

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from sim.study.ensemble import Ensemble

ACROSS, HEIGHT, GAP = 3, 1.35, 0.55
LEFT = 0.55
LEAST_DAYS = 28
"""A half-year of which fewer days are simulated is left out, unless it is the only one."""
REMOVAL = "removal"
SEEN = {"received": OBSERVED, "produced": "#4A5058"}
MADE = {"received": BLUE, "produced": ORANGE}
COLUMNS = ["period", "company", "measure", "days", *BAND, "observed", "source"]


def data(ensemble: Ensemble, observed: pd.DataFrame | None = None) -> pd.DataFrame:
    """Columns: period, company, measure (received, produced), days, p05, p50, p95 in requests, observed, source.

    A half-year of which only ``days`` were simulated is scaled up to its whole length. Orders to remove content are a
    channel of their own and not counted here.

    Args:
        ensemble: Replicates of one scenario.
        observed: What companies reported, with columns period, company, variable, value, source.
    """
    table = ensemble.table("requests")
    table = table[table["type"] != REMOVAL]
    if table.empty:
        return pd.DataFrame(columns=COLUMNS)
    days = _days_simulated(ensemble)
    names = {date: half_year(date) for date in table["date"].unique()}
    table = table.assign(period=table["date"].map(names))
    table = table[table["period"].isin(days.index)]
    frames = []
    for measure in SEEN:
        sums = table.groupby(["period", "company", "seed"], observed=True)[measure].sum()
        scale = sums.index.get_level_values("period").map({p: half_year_days(p) / n for p, n in days.items()})
        frames.append(band_over_seeds(sums * scale.to_numpy()).assign(measure=measure))
    bands = pd.concat(frames, ignore_index=True)
    bands["days"] = bands["period"].map(days)
    bands["company"] = bands["company"].astype(str)
    seen = pd.DataFrame(columns=["period", "company", "measure", "observed", "source"])
    if observed is not None:
        seen = observed.rename(columns={"variable": "measure", "value": "observed"})[list(seen.columns)]
    return bands.merge(seen, on=["period", "company", "measure"], how="left")[COLUMNS]


def _days_simulated(ensemble: Ensemble) -> pd.Series:
    """Days simulated of each half-year that is shown, in order."""
    scenario = ensemble.scenario
    days = pd.Series([half_year(scenario.date(day)) for day in range(scenario.days)]).value_counts(sort=False)
    enough = days[days >= LEAST_DAYS]
    return enough if len(enough) else days


def totals(bands: pd.DataFrame, ensemble: Ensemble) -> pd.DataFrame:
    """All companies together, by half-year: median requests received and produced, and the share produced in percent."""
    sums = bands.pivot_table(index="period", columns="measure", values="p50", aggfunc="sum").reindex(columns=list(SEEN))
    sums["share"] = (100 * sums["produced"] / sums["received"]).where(sums["received"] > 0, 0.0)
    return sums


def title(bands: pd.DataFrame, ensemble: Ensemble) -> str:
    """How requests and the share produced moved from the first half-year to the last."""
    if bands.empty:
        return "No company receives requests for user data"
    sums = totals(bands, ensemble)
    first, last = sums.iloc[0], sums.iloc[-1]
    if len(sums) == 1:
        return f"{number(first['received'])} requests for user data in {sums.index[0]}, {percent(first['share'], 0)} produced"
    return (
        f"Requests for user data went from {number(first['received'])} in {sums.index[0]} to {number(last['received'])} in "
        f"{sums.index[-1]}; the share produced from {percent(first['share'], 0)} to {percent(last['share'], 0)}"
    )


def paint(bands: pd.DataFrame, ensemble: Ensemble, command: str) -> Figure:
    """A small panel per company, each on its own scale; companies with observations come first."""
    companies = _in_order(bands, ensemble)
    rows = max(-(-len(companies) // ACROSS), 1)
    body = 0.45 + rows * (HEIGHT + GAP)
    page = Page(title(bands, ensemble), _subtitle(bands, ensemble), body, footer(ensemble, command))
    page.key(0.05, _key(bands))
    width = (WIDTH - 2 * MARGIN - ACROSS * LEFT) / ACROSS
    for i, company in enumerate(companies):
        left = MARGIN + LEFT + (i % ACROSS) * (width + LEFT)
        axes = page.axes(left, 0.65 + (i // ACROSS) * (HEIGHT + GAP), width, HEIGHT)
        page.write(left - LEFT + 0.1, 0.43 + (i // ACROSS) * (HEIGHT + GAP), shorten(company, width), weight="bold")
        _panel(axes, bands[bands["company"] == company], ensemble)
    return page.figure


def _in_order(bands: pd.DataFrame, ensemble: Ensemble) -> list[str]:
    asked = (
        bands[bands["measure"] == "received"].groupby("company", sort=False).agg({"p95": "max", "observed": "count"})
    )
    ranked = asked[asked["p95"] > 0].assign(seen=lambda frame: frame["observed"] > 0)
    place = {name: i for i, name in enumerate(ensemble.scenario.companies)}
    return sorted(ranked.index, key=lambda name: (not ranked.loc[name, "seen"], place[name]))


def _subtitle(bands: pd.DataFrame, ensemble: Ensemble) -> str:
    partial = [
        f"{period} ({days} of {half_year_days(period)} days simulated)"
        for period, days in bands[["period", "days"]].drop_duplicates().itertuples(index=False)
        if days < half_year_days(period)
    ]
    n = len(ensemble.seeds)
    text = "Requests per half-year, without orders to remove content; each company has its own scale. "
    text += "One replicate." if n == 1 else f"Simulated: median of {n} replicates, with 5th to 95th percentile."
    text += " Vertical line: the law comes into force." if has_law(ensemble.scenario) else ""
    return text + (f" Scaled up to the whole half-year: {', '.join(partial)}." if partial else "")


def _key(bands: pd.DataFrame) -> list[tuple[str, str]]:
    made = [(tint(MADE[measure], 0.55), f"{measure}, simulated") for measure in SEEN]
    seen = [(SEEN[measure], f"{measure}, as the company reported") for measure in SEEN]
    return made + (seen if bands["observed"].notna().any() else [])


def _panel(axes: Axes, bands: pd.DataFrame, ensemble: Ensemble) -> None:
    periods = list(dict.fromkeys(bands["period"]))
    for measure, side in (("received", -1), ("produced", 1)):
        mine = bands[bands["measure"] == measure].set_index("period").loc[periods]
        simulated = [i + side * 0.2 - 0.09 * side for i in range(len(periods))]
        axes.bar(simulated, mine["p50"], 0.17, color=tint(MADE[measure], 0.55), zorder=2)
        axes.vlines(simulated, mine["p05"], mine["p95"], color=INK, linewidth=1.2, zorder=3)
        axes.scatter(simulated, mine["p50"], s=9, color=MADE[measure], edgecolor=INK, linewidth=0.6, zorder=4)
        seen = mine["observed"].notna().to_numpy()
        beside = [i + side * 0.29 for i, known in enumerate(seen) if known]
        axes.bar(beside, mine["observed"][seen].astype(float), 0.17, color=SEEN[measure], zorder=2)
        axes.scatter(beside, mine["observed"][seen].astype(float), s=14, marker="_", color=SEEN[measure], zorder=4)
    axes.set_xlim(-0.5, len(periods) - 0.5)
    axes.set_ylim(0, max(1.0, 1.08 * float(bands[["p95", "observed"]].astype(float).max().max())))
    axes.set_xticks(range(len(periods)), periods)
    axes.tick_params(axis="x", length=0)
    axes.locator_params(axis="y", nbins=4, integer=True)
    axes.grid(axis="y", color=FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
    place = _law_place(periods, ensemble)
    if place is not None:
        axes.axvline(place, color=INK, linewidth=0.9)


def _law_place(periods: Sequence[str], ensemble: Ensemble) -> float | None:
    """Where the law falls on an axis of half-years; nothing when it falls outside or there is none."""
    scenario = ensemble.scenario
    date = scenario.date(focus_day(scenario))
    if not has_law(scenario) or half_year(date) not in periods:
        return None
    start = date.replace(month=1 if date.month <= 6 else 7, day=1)
    return periods.index(half_year(date)) - 0.5 + (date - start).days / half_year_days(half_year(date))


def alt(bands: pd.DataFrame, ensemble: Ensemble) -> str:
    """The picture in words: each company's requests by half-year, simulated and observed."""
    parts = [title(bands, ensemble)]
    for company in _in_order(bands, ensemble):
        mine = bands[bands["company"] == company].set_index(["period", "measure"])
        words = []
        for period in dict.fromkeys(mine.index.get_level_values("period")):
            received, produced = mine.loc[(period, "received")], mine.loc[(period, "produced")]
            text = (
                f"{period} {number(received['p50'])} received ({number(received['p05'])} to {number(received['p95'])})"
            )
            text += f", {number(produced['p50'])} produced"
            if pd.notna(received["observed"]):
                text += f"; reported {number(received['observed'])} received"
            if pd.notna(produced["observed"]):
                text += f", {number(produced['observed'])} produced"
            words.append(text)
        parts.append(f"{company}: {'; '.join(words)}")
    return ". ".join(parts) + "."
