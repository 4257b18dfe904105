"""Figure 4: installs per week."""

import datetime as dt
from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure

from sim.drawing.picture import Picture
from sim.drawing.reduce import BAND, LUCK, band_over_seeds, day_numbers, footer, replicates_words, sums, with_luck
from sim.drawing.series import Stack, draw_band
from sim.drawing.style import Page, platform_colours
from sim.measures import quiet_days
from sim.results.ensemble import Ensemble
from sim.scenario.words import compact, short_day

WEEK = 7
DECADES = [10.0**n for n in range(8)]


def data(ensemble: Ensemble) -> pd.DataFrame:
    """Installs of whole weeks, counted from the first day: week (its first day), platform, p05, p50, p95 in persons."""
    if ensemble.scenario.days < WEEK:
        return pd.DataFrame(columns=["week", "platform", *BAND])
    scenario = ensemble.scenario
    table = ensemble.table("usage")
    days = day_numbers(table["date"], scenario)
    whole = table[days < scenario.days // WEEK * WEEK].assign(
        week=table["date"] - pd.to_timedelta(days % WEEK, unit="D")
    )
    return band_over_seeds(sums(whole, ["week", "platform"], "installs"))


@dataclass(frozen=True, slots=True)
class Jump:
    """Median weekly installs of a platform before the first act that moves attention, and in its busiest week."""

    before: float
    peak: float
    week: dt.date

    @property
    def ratio(self) -> float:
        """Busiest week over weeks before; zero where nothing was installed before."""
        return self.peak / self.before if self.before > 0 else 0.0


def jumps(bands: pd.DataFrame, ensemble: Ensemble) -> dict[str, Jump]:
    """The jump of each platform."""
    scenario = ensemble.scenario
    quiet = pd.Timestamp(scenario.start) + pd.Timedelta(days=max(quiet_days(scenario) - WEEK, 0))
    found = {}
    for platform in scenario.platforms:
        weeks = bands[bands["platform"] == platform].set_index("week")["p50"]
        found[platform] = Jump(
            float(weeks[weeks.index <= quiet].mean()),
            float(weeks.max()),
            scenario.date(WEEK * int(weeks.to_numpy().argmax())),
        )
    return found


def title(bands: pd.DataFrame, ensemble: Ensemble) -> str:
    """The platform whose installs jumped most."""
    if bands.empty:
        return "The calendar has no whole week"
    found = jumps(bands, ensemble)
    top = max(found, key=lambda platform: found[platform].ratio)
    if found[top].ratio < 1.5:
        return "No messenger was installed much more often in any week than before"
    return (
        f"{top} was installed {compact(found[top].ratio)} times as often in its busiest week, that of "
        f"{short_day(found[top].week)}, as before"
    )


def paint(bands: pd.DataFrame, ensemble: Ensemble, command: str) -> Figure:
    """Lines on a logarithmic axis; weeks without installs lie on its floor."""
    scenario = ensemble.scenario
    colours = platform_colours(list(scenario.platforms))
    floor = scenario.population.represents / scenario.population.users / 2
    if bands.empty:
        page = Page(title(bands, ensemble), "Installs are shown by whole weeks.", 1.0, footer(ensemble, command))
        return page.figure
    ends = {p: float(bands.loc[bands["platform"] == p, "p50"].iloc[-1]) for p in colours}
    words = {p: f"{p} {compact(ends[p])}" for p in colours}
    subtitle = (
        "Each step up the logarithmic axis is tenfold; weeks without any install lie on its floor, half a simulated "
        f"person. {replicates_words(ensemble)}"
    )
    stack = Stack(scenario, (title(bands, ensemble), subtitle, footer(ensemble, command)), (4.2,), list(words.values()))
    stack.name(0, "Installs per week, persons")
    axes = stack.panels[0]
    axes.set_yscale("log")
    for platform, colour in colours.items():
        mine = bands[bands["platform"] == platform]
        draw_band(
            axes,
            day_numbers(mine["week"], scenario) + WEEK / 2,
            mine[[name for name in (*BAND, *LUCK) if name in mine]].clip(lower=floor),
            colour,
        )
    top = max(2 * float(bands[[name for name in ("p95", LUCK[1]) if name in bands]].max().max()), 10 * floor)
    axes.set_ylim(0.9 * floor, top)
    axes.set_yticks([d for d in DECADES if floor < d < top], [compact(d) for d in DECADES if floor < d < top])
    axes.set_yticks([], minor=True)
    stack.label_ends(0, {p: (max(ends[p], floor), words[p], colours[p]) for p in colours})
    return stack.figure


def alt(bands: pd.DataFrame, ensemble: Ensemble) -> str:
    """The picture in words: weekly installs before, in the busiest week, and their ratio."""
    found = {} if bands.empty else jumps(bands, ensemble)
    parts = [
        f"{platform}: {compact(jump.before)} installs a week before the first act, {compact(jump.peak)} in the week of "
        f"{short_day(jump.week)}" + (f", {jump.ratio:.1f} times as many" if jump.ratio else "")
        for platform, jump in found.items()
    ]
    return ". ".join([title(bands, ensemble), *parts]) + "."


PICTURES = {"installs": Picture("Installs by the week", with_luck(data), paint, alt)}
