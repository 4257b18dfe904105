"""Pictures of the institutions: what companies do with demands, what comes of requests, sanctions and blocks."""

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.drawing import calendar, picture, style
from sim.drawing.calendar import TOTAL
from sim.evidence.facts import REPORTS, observed_requests
from sim.results.bands import held
from sim.results.ensemble import Ensemble
from sim.scenario.institutions import RUNGS
from sim.scenario.schema import Scenario
from sim.scenario.words import compact, counted, listed, percent, short_day

ROW, RUNG_ROW = 0.32, 0.222
"""Height of a ribbon of stances, and of the ladder, in inches."""
LONGEST_NAME, TAIL = 1.6, 2.1
"""Room at the left of ribbons for names, and at the right for what they end with, in inches."""
GAP = 0.3
"""Between the two windows of stances, in inches."""
LIFT, DROP = 0.1, 0.24
"""Words stand above the middle of a ribbon by the one, the day of an announcement below it by the other, in rows."""
BEFORE, AFTER = 10, 21
"""Days around the law that are enlarged, where the whole calendar is at least four times as long."""
ANNOUNCED = ["announced_p05", "announced_p50", "announced_p95"]
SPELLS = ["company", "first", "last", "stance", "share", *ANNOUNCED]

ACROSS, HEIGHT, BELOW = 3, 1.35, 0.55
"""Panels of requests in a line, their height and the room between lines, in inches."""
BAR, LEFT = 0.17, 0.55
LEAST_DAYS = 28
"""A half-year of which fewer days are simulated is left out, unless it is the only one."""
REMOVAL, EVERYONE = "removal", "(all)"
SEEN = {"received": style.OBSERVED, "produced": "#4A5058"}
MADE = {"received": style.MODEL, "produced": style.HANDED_OVER}
REQUESTS = ["period", "company", "measure", "days", *picture.BAND, "observed", "source"]


@dataclass(frozen=True, slots=True)
class Window:
    """A panel over part of the calendar: days ``first`` to ``last`` on ``width`` inches."""

    heading: str
    first: int
    last: int
    width: float
    marks: tuple[int, ...]

    @property
    def scale(self) -> float:
        """Inches per day."""
        return self.width / (self.last + 1 - self.first)

    def is_overview(self, days: int) -> bool:
        """Whether it shows the whole calendar beside an enlarged part."""
        return bool(self.heading) and self.last - self.first + 1 == days


class Stances(picture.Picture):
    """Figure 1: what each company does with demands, day by day."""

    caption = "What each company does with demands"

    def data(self, ensemble: Ensemble) -> pd.DataFrame:
        """Spells of each company's most frequent stance.

        Columns: company, first and last day of the spell, stance, share of replicates that hold it (to 5 %), and the
        date of the company's announcement (percentiles over replicates; absent where a percentile never announced).
        """
        if not ensemble.scenario.companies:
            return pd.DataFrame(columns=SPELLS)
        modal = (
            ensemble.stances().sort_values("share", ascending=False, kind="stable").drop_duplicates(["date", "company"])
        )
        modal = modal.sort_values(["company", "date"], kind="stable", ignore_index=True)
        modal["share"] = (modal["share"] * 20).round() / 20
        new = modal[["company", "stance", "share"]].astype(str)
        spell = (new != new.shift()).any(axis=1).cumsum()
        spells = modal.groupby(spell).agg(
            company=("company", "first"), first=("date", "min"), last=("date", "max"), stance=("stance", "first"),
            share=("share", "first"),
        )  # fmt: skip
        spells["company"] = spells["company"].astype(str)
        return spells.merge(_announcements(ensemble), on="company", how="left")[SPELLS]

    def title(self, spells: pd.DataFrame, ensemble: Ensemble) -> str:
        """How many companies changed their stance, and who did not."""
        del ensemble
        if spells.empty:
            return "The scenario has no companies"
        ends = spells.groupby("company", sort=False)["stance"].agg(["first", "last"])
        changed = ends.index[ends["first"] != ends["last"]]
        if len(ends) == 1:
            return f"{ends.index[0]} {'changed' if changed.size else 'did not change'} how it answers demands for data"
        same = [name for name in ends.index if name not in changed]
        text = f"{len(changed) or 'None'} of {len(ends)} companies changed how they answer demands for data"
        return text + (f"; {listed(same)} did not" if changed.size and 0 < len(same) <= 2 else "")

    def paint(self, spells: pd.DataFrame, ensemble: Ensemble, command: str) -> Figure:
        """Ribbons over the calendar, the weeks around the law enlarged."""
        scenario = ensemble.scenario
        left = (
            style.MARGIN
            + 0.15
            + min(max((style.text_width(name) for name in scenario.companies), default=0.0), LONGEST_NAME)
        )
        windows = _windows(ensemble, style.WIDTH - left - style.MARGIN)
        marks = calendar.named_marks(scenario)
        strips = [calendar.arrange(marks, window.first, window.last, window.width) for window in windows]
        top = 0.5 + max(map(calendar.strip_height, strips))
        height = max(ROW * len(scenario.companies), 0.5)
        subtitle = (
            "Most frequent stance of each day; the paler, the fewer replicates agree. Ring: median day on which the "
            "company made it public, with 5th to 95th percentile"
        )
        subtitle += " over plausible worlds." if ensemble.best else ", luck alone."
        page = self.page(spells, ensemble, command, subtitle, top + height + 0.5)
        page.key(0.05, list(style.STANCES.values()))
        for window, strip in zip(windows, strips, strict=True):
            axes = page.axes(left, top, window.width, height)
            page.write(left, 0.3, window.heading, size=style.SMALL, weight="bold")
            left += window.width + GAP
            if spells.empty:
                style.say_nothing(axes, "no companies")
                continue
            _ribbons(axes, spells, ensemble, window)
            calendar.set_calendar(axes, scenario, window.first, window.last, window.width)
            calendar.draw_lines(axes, marks)
            calendar.draw_strip(axes, strip)
            if window is not windows[0]:
                axes.set_yticks([])
        return page.figure

    def alt(self, spells: pd.DataFrame, ensemble: Ensemble) -> str:
        """Each company's stances with their first days, and when it announced."""
        parts = [f"{self.title(spells, ensemble)}, over {counted(len(ensemble.seeds), 'replicate')}"]
        for company, mine in spells.groupby("company", sort=False):
            changes = mine[mine["stance"] != mine["stance"].shift()]
            steps = [
                f"{style.STANCES[stance][1]} from {short_day(first)}"
                for stance, first in zip(changes["stance"], changes["first"], strict=True)
            ]
            share, public = percent(100 * mine["share"].iloc[-1], 0), mine["announced_p50"].iloc[0]
            made_public = f", in the median made public on {short_day(public)}" if pd.notna(public) else ""
            parts.append(f"{company} {', '.join(steps)}{made_public} ({share} of replicates at the end)")
        return ". ".join(parts) + "."


def _announcements(ensemble: Ensemble) -> pd.DataFrame:
    """Percentiles of the first announced day; a replicate that never announces counts as later than any that does."""
    table = ensemble.table("companies")
    days = table.assign(day=picture.day_numbers(table["date"], ensemble.scenario))
    first = days[days["announced"] > 0].groupby(["company", "seed"], observed=False)["day"].min()
    rows = []
    for company in ensemble.scenario.companies:
        values = np.array([first.get((company, seed), np.inf) for seed in ensemble.seeds], dtype=float)
        ranks = np.quantile(values, [0.05, 0.5, 0.95], method="closest_observation")
        rows.append([company, *(_date(ensemble, day) for day in ranks)])
    return pd.DataFrame(rows, columns=["company", *ANNOUNCED])


def _date(ensemble: Ensemble, day: float) -> pd.Timestamp | None:
    return pd.Timestamp(ensemble.scenario.date(int(day))) if np.isfinite(day) else None


def _windows(ensemble: Ensemble, room: float) -> list[Window]:
    """Panels from left to right: the weeks around the law, where they would vanish in the whole, and the whole."""
    scenario = ensemble.scenario
    end, law = scenario.days - 1, picture.focus_day(scenario)
    first, last = max(law - BEFORE, 0), min(law + AFTER, end)
    marks = tuple(mark.day for mark in calendar.named_marks(scenario))
    if not picture.has_law(scenario) or scenario.days < 4 * (last - first + 1):
        return [Window("", 0, end, room, marks)]
    width = (room - GAP) / 2
    return [Window("Around the law", first, last, width, marks), Window("Whole calendar", 0, end, width, marks)]


def _ribbons(axes: Axes, spells: pd.DataFrame, ensemble: Ensemble, window: Window) -> None:
    scenario = ensemble.scenario
    for row, company in enumerate(scenario.companies):
        mine = spells[spells["company"] == company]
        starts = picture.day_numbers(mine["first"], scenario).clip(lower=window.first)
        lengths = (picture.day_numbers(mine["last"], scenario) + 1).clip(upper=window.last + 1) - starts
        seen = lengths > 0
        parts = list(zip(mine["stance"][seen], mine["share"][seen], starts[seen], lengths[seen], strict=True))
        fills = [style.tint(style.STANCES[stance][0], 0.2 + 0.8 * share) for stance, share, _, _ in parts]
        spans = [(start, length) for _, _, start, length in parts]
        axes.broken_barh(spans, (row - 0.36, 0.72), facecolors=fills, linewidth=0)
        for (stance, _, start, length), fill in zip(parts, fills, strict=True):
            _name(axes, row, style.STANCES[stance][1], start, length, window, scenario.days, style.ink_on(fill))
        if not window.is_overview(scenario.days):
            _announcement(axes, row, mine.iloc[0], ensemble, window)
    _name_rows(axes, list(scenario.companies))


def _name_rows(axes: Axes, names: Sequence[str]) -> None:
    """Names at the left of ribbons, the first at the top."""
    axes.set_yticks(
        range(len(names)), [style.shorten(name, LONGEST_NAME) for name in names], color=style.INK, size=style.BODY
    )
    axes.set_ylim(max(len(names), 1) - 0.45, -0.55)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def _name(axes: Axes, row: int, words: str, start: int, length: int, window: Window, days: int, ink: str) -> None:
    """Write the stance into its ribbon, in the widest stretch that no mark crosses, if the words fit."""
    bounds = [start, *(day for day in window.marks if start < day < start + length), start + length]
    widest, begin = max((end - begin, begin) for begin, end in itertools.pairwise(bounds))
    if widest * window.scale > style.text_width(words, style.SMALL) + 0.15:
        place = row if window.is_overview(days) else row - LIFT
        axes.text(begin + widest / 2, place, words, size=style.SMALL, color=ink, ha="center", va="center_baseline")


def _announcement(axes: Axes, row: int, spell: pd.Series, ensemble: Ensemble, window: Window) -> None:
    """A ring on the median day of announcement and a line over its band, open to the right when some never announce."""
    if pd.isna(spell["announced_p50"]):
        return
    start = pd.Timestamp(ensemble.scenario.start)

    def place(name: str) -> float:
        """Where a day stands on the axis; never is beyond its end."""
        return min((spell[name] - start).days + 0.5, window.last + 1) if pd.notna(spell[name]) else window.last + 1

    low, middle, high = map(place, ANNOUNCED)
    height = [row + DROP] * 2
    axes.plot([low, high], height, color="white", linewidth=2.6)
    axes.plot([low, high], height, color=style.INK, linewidth=1.0, label=TOTAL)
    if window.first <= middle <= window.last:
        axes.plot([middle], height[:1], marker="o", markersize=5.0, mfc="white", mec=style.INK, mew=1.2)


class Requests(picture.Picture):
    """Figure 2: requests for user data, received and produced, by half-year beside what companies reported."""

    caption = "Requests for data, and those that brought data"

    def data(self, ensemble: Ensemble) -> pd.DataFrame:
        """Columns: period, company, measure (received, produced), days, p05, p50, p95 in requests, observed, source.

        A half-year of which only ``days`` were simulated is scaled up to its whole length. Orders to remove content are
        a channel of their own and not counted here. ``(all)`` stands for all companies together. ``observed`` is what
        a company reported, where the scenario takes that company's requests from the same reports.
        """
        table = ensemble.table("requests")
        table = table[table["type"] != REMOVAL].astype({"company": str})
        if table.empty:
            return pd.DataFrame(columns=REQUESTS)
        days = _days_simulated(ensemble)
        table = table.assign(
            period=table["date"].map({date: picture.half_year(date) for date in table["date"].unique()})
        )
        table = table[table["period"].isin(list(days))]
        table = pd.concat([table, table.assign(company=EVERYONE)], ignore_index=True)
        scale = table["period"].map({period: picture.half_year_days(period) / n for period, n in days.items()})
        frames = []
        for measure in SEEN:
            scaled = table.assign(scaled=table[measure] * scale)
            by_seed = scaled.groupby(["period", "company", "seed"], sort=False)["scaled"].sum()
            frames.append(picture.band_over_seeds(by_seed).assign(measure=measure))
        bands = pd.concat(frames, ignore_index=True)
        bands["days"] = bands["period"].map(days)
        return bands.merge(_observed(ensemble.scenario), on=["period", "company", "measure"], how="left")[REQUESTS]

    def title(self, bands: pd.DataFrame, ensemble: Ensemble) -> str:
        """How requests and the share produced moved from the first half-year to the last."""
        del ensemble
        if bands.empty:
            return "No company receives requests for user data"
        everyone = bands[bands["company"] == EVERYONE]
        sums = everyone.pivot(index="period", columns="measure", values="p50")
        sums["share"] = (100 * sums["produced"] / sums["received"]).where(sums["received"] > 0, 0.0)
        first, last = sums.iloc[0], sums.iloc[-1]
        if len(sums) == 1:
            return f"{compact(first['received'])} requests for user data, {percent(first['share'], 0)} produced"
        return (
            f"Requests for data: {compact(first['received'])} in {sums.index[0]}, {compact(last['received'])} in "
            f"{sums.index[-1]}; data produced for {percent(first['share'], 0)}, then {percent(last['share'], 0)}"
        )

    def paint(self, bands: pd.DataFrame, ensemble: Ensemble, command: str) -> Figure:
        """A small panel per company, each on its own scale; companies with observations come first."""
        companies = _in_order(bands, ensemble)
        rows = max(-(-len(companies) // ACROSS), 1)
        body = 0.45 + rows * (HEIGHT + BELOW)
        page = self.page(bands, ensemble, command, _subtitle(bands, ensemble), body)
        width = (style.WIDTH - 2 * style.MARGIN - ACROSS * LEFT) / ACROSS
        if not companies:
            style.say_nothing(page.axes(style.MARGIN, 0.65, style.WIDTH - 2 * style.MARGIN, HEIGHT), "no requests")
            return page.figure
        page.key(0.05, _key(bands))
        for i, company in enumerate(companies):
            left, top = style.MARGIN + LEFT + (i % ACROSS) * (width + LEFT), 0.65 + (i // ACROSS) * (HEIGHT + BELOW)
            page.write(left - LEFT + 0.1, top - 0.27, style.shorten(company, width), weight="bold")
            _panel(page.axes(left, top, width, HEIGHT), bands[bands["company"] == company], ensemble.scenario)
        return page.figure

    def alt(self, bands: pd.DataFrame, ensemble: Ensemble) -> str:
        """Each company's requests by half-year, simulated and observed."""
        parts = [self.title(bands, ensemble)]
        for company in _in_order(bands, ensemble):
            mine = bands[bands["company"] == company]
            words = [
                f"{period} {measure} {compact(middle)} ({compact(low)} to {compact(high)})"
                + (f", reported {compact(seen)}" if pd.notna(seen) else "")
                for period, measure, low, middle, high, seen in zip(
                    *(mine[name] for name in ("period", "measure", *picture.BAND, "observed")), strict=True
                )
            ]
            parts.append(f"{company}: {'; '.join(words)}")
        return ". ".join(parts) + "."


def _days_simulated(ensemble: Ensemble) -> dict[str, int]:
    """Days simulated of each half-year that is shown, in order."""
    scenario = ensemble.scenario
    days = Counter(picture.half_year(scenario.date(day)) for day in range(scenario.days))
    return {period: n for period, n in days.items() if n >= LEAST_DAYS} or dict(days)


def _observed(scenario: Scenario) -> pd.DataFrame:
    """What was reported by the companies whose requests the scenario takes from the tables of reports."""
    bound = {key.split(".")[1] for key, source in scenario.sources.items()
             if key.startswith("companies.") and ".requests." in key and REPORTS in source.table}  # fmt: skip
    if not bound:
        return pd.DataFrame(columns=["period", "company", "measure", "observed", "source"])
    long = observed_requests().melt(
        ["period", "company", "source"], list(SEEN), var_name="measure", value_name="observed"
    )
    return long[long["company"].isin(list(bound))].dropna(subset="observed")


def _in_order(bands: pd.DataFrame, ensemble: Ensemble) -> list[str]:
    """Companies that are asked at all, those with observations first."""
    asked = set(bands.loc[bands["p95"] > 0, "company"])
    seen = set(bands.loc[bands["observed"].notna(), "company"])
    return sorted((name for name in ensemble.scenario.companies if name in asked), key=lambda name: name not in seen)


def _subtitle(bands: pd.DataFrame, ensemble: Ensemble) -> str:
    days = dict(zip(bands["period"], bands["days"], strict=True))
    partial = [
        f"{p} ({n} of {picture.half_year_days(p)} days simulated)"
        for p, n in days.items()
        if n < picture.half_year_days(p)
    ]
    n = len(ensemble.seeds)
    text = "Requests per half-year, without orders to remove content; each company has its own scale. "
    what = "plausible worlds" if ensemble.best else "replicates, luck alone"
    text += "One replicate." if n == 1 else f"Simulated: median of {n} {what}; line: {held(n)} of them."
    text += " Vertical line: the law comes into force." if picture.has_law(ensemble.scenario) else ""
    return text + (f" Scaled up to the whole half-year: {', '.join(partial)}." if partial else "")


def _key(bands: pd.DataFrame) -> list[tuple[str, str]]:
    made = [(style.tint(MADE[measure], 0.55), f"{measure}, simulated") for measure in SEEN]
    seen = [(SEEN[measure], f"{measure}, as the company reported") for measure in SEEN]
    return made + (seen if bands["observed"].notna().any() else [])


def _panel(axes: Axes, bands: pd.DataFrame, scenario: Scenario) -> None:
    periods = list(dict.fromkeys(bands["period"]))
    for measure, side in (("received", -1), ("produced", 1)):
        mine = bands[bands["measure"] == measure].set_index("period").reindex(periods)
        places = np.arange(len(periods)) + side * 0.11
        axes.bar(places, mine["p50"], BAR, color=style.tint(MADE[measure], 0.55), zorder=2)
        axes.vlines(places, mine["p05"], mine["p95"], color=style.INK, linewidth=1.0, zorder=3, label=TOTAL)
        axes.scatter(places, mine["p50"], s=9, color=MADE[measure], edgecolor=style.INK, linewidth=0.6, zorder=4)
        seen = mine["observed"].notna().to_numpy()
        places, reported = (places + side * 0.18)[seen], mine["observed"][seen].astype(float)
        axes.bar(places, reported, BAR, color=SEEN[measure], zorder=2)
        axes.hlines(reported, places - BAR / 2, places + BAR / 2, color=SEEN[measure], linewidth=1.4, zorder=4)
    axes.set_xlim(-0.5, len(periods) - 0.5)
    axes.set_ylim(0, max(1.0, 1.08 * float(bands[["p95", "observed"]].astype(float).max().max())))
    axes.set_xticks(range(len(periods)), periods)
    axes.tick_params(axis="x", length=0)
    axes.locator_params(axis="y", nbins=4, integer=True)
    style.grid_lines(axes, "y")
    place = _law_place(periods, scenario)
    if place is not None:
        axes.axvline(place, color=style.INK, linewidth=0.9)


def _law_place(periods: Sequence[str], scenario: Scenario) -> float | None:
    """Where the law falls on an axis of half-years; nothing when it falls outside or there is none."""
    date = scenario.date(picture.focus_day(scenario))
    if not picture.has_law(scenario) or picture.half_year(date) not in periods:
        return None
    start = date.replace(month=1 if date.month <= 6 else 7, day=1)
    return (
        periods.index(picture.half_year(date))
        - 0.5
        + (date - start).days / picture.half_year_days(picture.half_year(date))
    )


class Ladder(picture.Picture):
    """Figure 6: the ladder of sanctions against companies, and access to platforms."""

    caption = "The ladder of sanctions, and blocks"

    def data(self, ensemble: Ensemble) -> pd.DataFrame:
        """Columns: measure, date, name, p05, p50, p95.

        ``rung`` is the rung against a company, 0 to 6; ``access`` the usability of a platform, in percent, mean over
        ISPs weighted by their users.
        """
        rungs = ensemble.bands("regulators")
        rungs = rungs[rungs["measure"] == "rung"].rename(columns={"company": "name"})
        isps = ensemble.scenario.isps
        total = sum(isp.share for isp in isps.values())
        table = ensemble.table("isps")
        weight = table["isp"].astype(str).map({name: 100 * isp.share / total for name, isp in isps.items()})
        weighted = table.assign(weighted=table["access"] * weight)
        access = weighted.groupby(["date", "platform", "seed"], observed=True)["weighted"].sum()
        bands = picture.band_over_seeds(access).rename(columns={"platform": "name"}).assign(measure="access")
        both = [frame.astype({"name": str}) for frame in (rungs, bands) if not frame.empty]
        return pd.concat(both, ignore_index=True)[["measure", "date", "name", *picture.BAND]]

    def title(self, bands: pd.DataFrame, ensemble: Ensemble) -> str:
        """How high the ladder was climbed, and what was blocked."""
        del ensemble
        rung = max((middle for middle, _ in highest(bands).values()), default=0)
        climbed = f"Sanctions rose to “{RUNGS[rung]}”" if rung else "No company was sanctioned"
        blocked = [f"{p} was blocked for {counted(n, 'day')}" for p, (_, n) in least_access(bands).items() if n]
        return f"{climbed}; {', '.join(blocked) or 'no platform was blocked'} (medians)"

    def paint(self, bands: pd.DataFrame, ensemble: Ensemble, command: str) -> Figure:
        """Ribbons: one per company coloured by rung, one per platform that some could not use on some day."""
        scenario = ensemble.scenario
        companies, closed = list(scenario.companies), _closed(bands)
        left = style.MARGIN + 0.1 + min(max(map(style.text_width, [*companies, *closed]), default=0.0), LONGEST_NAME)
        width = style.WIDTH - left - style.MARGIN - TAIL
        marks = calendar.named_marks(scenario)
        strip = calendar.arrange(marks, 0, scenario.days - 1, width)
        top, upper = 0.38 + calendar.strip_height(strip), max(RUNG_ROW * len(companies), 0.3)
        subtitle = "Against each company: median rung; thin, below it: the rung reached in one in twenty "
        subtitle += "plausible worlds." if ensemble.best else "replicates, by luck alone."
        if closed:
            subtitle += (
                " Below: share of users who could use a platform, full colour in 95\u00a0% of replicates, paler in "
                "half of them, palest in 5\u00a0%."
            )
        lower = RUNG_ROW * len(closed) + 0.25 if closed else 0.0
        page = self.page(bands, ensemble, command, subtitle, top + upper + lower + 0.35)
        rungs = zip(style.RUNG_COLOURS, RUNGS, strict=True)
        page.key(0.05, [(colour, f"{i} {name}") for i, (colour, name) in enumerate(rungs)])
        if companies:
            page.write(left + width + 0.1, top - 0.2, "furthest (one in twenty)", size=style.SMALL, color=style.QUIET)
        panels = [page.axes(left, top, width, upper)]
        _rungs(panels[0], bands, ensemble)
        if closed:
            panels.append(page.axes(left, top + upper + 0.25, width, RUNG_ROW * len(closed)))
            _access(panels[1], bands, ensemble, closed)
        for axes in panels:
            calendar.set_calendar(axes, scenario, 0, scenario.days - 1, width, labels=axes is panels[-1])
            calendar.draw_lines(axes, marks)
        calendar.draw_strip(panels[0], strip)
        return page.figure

    def alt(self, bands: pd.DataFrame, ensemble: Ensemble) -> str:
        """The highest rung against each company, and each platform's least access."""
        parts = [f"{self.title(bands, ensemble)}, over {counted(len(ensemble.seeds), 'replicate')}"]
        for company, (middle, high) in highest(bands).items():
            parts.append(f"{company}: highest rung {RUNGS[middle]}, 95th percentile {RUNGS[high]}")
        for platform, (lowest, blocked) in least_access(bands).items():
            parts.append(
                f"{platform}: least access {percent(lowest, 0)} of users, blocked on {counted(blocked, 'day')}"
            )
        return ". ".join(parts) + "."


def _closed(bands: pd.DataFrame) -> list[str]:
    """Platforms that some user could not use on some day, in one replicate of twenty at least."""
    access = bands[(bands["measure"] == "access") & (bands["p05"].round(6) < 100)]
    return list(access["name"].unique())


def highest(bands: pd.DataFrame) -> dict[str, tuple[int, int]]:
    """Highest rung of each company on any day: in the median of the replicates, and in their 95th percentile."""
    top = bands[bands["measure"] == "rung"].groupby("name", sort=False)[["p50", "p95"]].max().round().astype(int)
    return dict(zip(top.index, zip(top["p50"], top["p95"], strict=True), strict=True))


def least_access(bands: pd.DataFrame) -> dict[str, tuple[float, int]]:
    """Of each platform, in the median of the replicates: least access in percent, and days on which it was blocked."""
    access = bands[bands["measure"] == "access"].set_index("name")["p50"]
    least, blocked = (
        values.groupby(level="name", sort=False) for values in (access, access < 100 * picture.BLOCKED_BELOW)
    )
    return dict(zip(least.min().index, zip(least.min(), blocked.sum(), strict=True), strict=True))


def _rungs(axes: Axes, bands: pd.DataFrame, ensemble: Ensemble) -> None:
    companies, tops = list(ensemble.scenario.companies), highest(bands)
    ribbons = [("p50", -0.36, 0.48), ("p95", 0.16, 0.18)]
    for row, company in enumerate(companies):
        mine = bands[(bands["measure"] == "rung") & (bands["name"] == company)]
        for quantile, below, height in ribbons:
            spells = _spells(mine[quantile].round(), len(mine))
            fills = [style.RUNG_COLOURS[round(rung)] for _, _, rung in spells]
            spans = [(first, length) for first, length, _ in spells]
            axes.broken_barh(spans, (row + below, height), facecolors=fills, linewidth=0, zorder=1, label=TOTAL)
        middle, high = (RUNGS[rung] for rung in tops[company])
        _at_end(axes, row, middle if middle == high else f"{middle} ({high})")
    _name_rows(axes, companies)
    if not companies:
        axes.text(0.5, 0.5, "no companies", transform=axes.transAxes, ha="center", va="center", color=style.QUIET)


def _spells(values: pd.Series, days: int) -> list[tuple[int, int, float]]:
    """Runs of equal value over all days from 0 on: first day, length in days, value."""
    numbers = values.to_numpy()
    starts = [day for day in range(days) if day == 0 or numbers[day] != numbers[day - 1]]
    return [(start, end - start, float(numbers[start])) for start, end in itertools.pairwise([*starts, days])]


def _access(axes: Axes, bands: pd.DataFrame, ensemble: Ensemble, closed: Sequence[str]) -> None:
    """Ribbons filled as far as platforms could be used, once for each percentile."""
    colours, least = style.platform_colours(list(ensemble.scenario.platforms)), least_access(bands)
    for row, platform in enumerate(closed):
        mine = bands[(bands["measure"] == "access") & (bands["name"] == platform)]
        axes.broken_barh([(0, len(mine))], (row - 0.34, 0.68), facecolors=style.FAINT, linewidth=0, zorder=0.8)
        for quantile, strength in {"p95": 0.3, "p50": 0.6, "p05": 1.0}.items():
            fill = style.tint(colours[platform], strength)
            for first, length, share in _spells(mine[quantile].round(1), len(mine)):
                height = 0.68 * share / 100
                place = (row + 0.34 - height, height)
                axes.broken_barh([(first, length)], place, facecolors=fill, linewidth=0, zorder=0.9 + strength / 10)
        lowest, blocked = least[platform]
        words = f", blocked {counted(blocked, 'day')}" if blocked else ""
        _at_end(axes, row, f"least {percent(lowest, 0)}{words}")
    _name_rows(axes, list(closed))


def _at_end(axes: Axes, row: int, text: str) -> None:
    axes.annotate(
        style.shorten(text, TAIL, style.SMALL), (1, row), xycoords=("axes fraction", "data"), xytext=(7, 0),
        textcoords="offset points", size=style.SMALL, va="center", color=style.INK, annotation_clip=False,
    )  # fmt: skip
