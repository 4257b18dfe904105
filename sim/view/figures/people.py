"""Pictures of the people: who holds which app, installs, moves between apps, attention and speech; and of policy."""

import datetime as dt
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.drawing import picture, style
from sim.drawing.calendar import Stack, draw_band
from sim.measures import quiet_days
from sim.results.bands import percentiles
from sim.results.ensemble import Ensemble
from sim.scenario.stances import ANSWERING
from sim.scenario.words import compact, counted, percent, short_day, signed, signed_number
from sim.tables import CODEBOOK, NO_APP, WEEK, Column, stances
from sim.view.page import Row, draw_dots, name_rows

MONTH = 30
AFTER_WEEKS = 26
"""Weeks after the law whose moves are compared with the weeks before: half a year."""
MOST_FLOWS = 8
FLOWS = ["period", "weeks", "origin", "destination", *picture.BAND]
DECADES = [10.0**n for n in range(8)]


class Holders(picture.Picture):
    """Figure 3: who holds which app, and how that changes from the day before the law."""

    caption = "Who holds which app"

    def data(self, ensemble: Ensemble) -> pd.DataFrame:
        """Columns: measure, date, platform, p05, p50, p95.

        ``share`` is the percentage of people who hold the platform; ``change`` its difference in points from the day
        before the law, taken within each replicate.
        """
        table = ensemble.table("usage")
        share = 100 * table.set_index(["date", "platform", "seed"])["share"]
        first = share[share.index.get_level_values("date") == pd.Timestamp(_day_before(ensemble))]
        before = first.groupby(level=["platform", "seed"], observed=True).first()
        change = share - before.reindex(pd.MultiIndex.from_frame(table[["platform", "seed"]])).to_numpy()
        bands = {"share": picture.band_over_seeds(share), "change": picture.band_over_seeds(change)}
        both = pd.concat([band.assign(measure=measure) for measure, band in bands.items()], ignore_index=True)
        return both[["measure", "date", "platform", *picture.BAND]]

    def title(self, table: pd.DataFrame, ensemble: Ensemble) -> str:
        """The platforms that gained and lost most."""
        change = {platform: middle for platform, (_, middle, _) in _last(table, "change").items()}
        gained, lost = max(change, key=change.__getitem__), min(change, key=change.__getitem__)
        moves = f"{gained} {signed(change[gained])} points"
        moves += f", {lost} {signed(change[lost])}" if lost != gained else ""
        return f"Holders from {short_day(_day_before(ensemble))} to {short_day(ensemble.scenario.end)}: {moves}"

    def paint(self, table: pd.DataFrame, ensemble: Ensemble, command: str) -> Figure:
        """Shares on the whole scale, and below it their change on its own."""
        scenario = ensemble.scenario
        colours = style.platform_colours(list(scenario.platforms))
        last = {measure: _last(table, measure) for measure in ("share", "change")}
        words = {
            measure: {p: f"{p} {write(last[measure][p][1])}" for p in colours}
            for measure, write in (("share", percent), ("change", signed))
        }
        subtitle = (
            f"Shares add up to more than 100 %, for people hold several apps. {picture.replicates_words(ensemble)}"
        )
        head = (self.title(table, ensemble), subtitle, picture.footer(ensemble, command))
        stack = Stack(scenario, head, (2.6, 2.6), [label for labels in words.values() for label in labels.values()])
        stack.name(0, "Holders, % of people")
        stack.name(1, f"Change from {short_day(_day_before(ensemble))}, percentage points")
        for panel, measure in enumerate(last):
            axes = stack.panels[panel]
            for platform, colour in colours.items():
                mine = table[(table["measure"] == measure) & (table["platform"] == platform)]
                draw_band(axes, picture.day_numbers(mine["date"], scenario) + 0.5, mine, colour)
            if measure == "share":
                axes.set_ylim(0, 100)
            else:
                axes.axhline(0, color=style.INK, linewidth=0.6)
            stack.label_ends(panel, {p: (last[measure][p][1], words[measure][p], colours[p]) for p in colours})
        return stack.figure

    def alt(self, table: pd.DataFrame, ensemble: Ensemble) -> str:
        """Each platform's share at the end, and its change, with bands."""
        parts, change = [self.title(table, ensemble)], _last(table, "change")
        for platform, (low, middle, high) in _last(table, "share").items():
            least, moved, most = (signed(value) for value in change[platform])
            parts.append(
                f"{platform} ends at {percent(middle)} of people ({low:.1f} to {high:.1f}), a change of "
                f"{moved} points ({least} to {most})"
            )
        return ". ".join(parts) + "."


def _day_before(ensemble: Ensemble) -> dt.date:
    """The day before the focus, from which changes are counted."""
    return ensemble.scenario.date(max(picture.focus_day(ensemble.scenario) - 1, 0))


def _last(bands: pd.DataFrame, measure: str) -> dict[str, tuple[float, float, float]]:
    """The last day's band of each platform: p05, p50, p95."""
    last = bands[(bands["measure"] == measure) & (bands["date"] == bands["date"].max())]
    return {
        name: (low, middle, high)
        for name, low, middle, high in zip(*(last[c] for c in ("platform", *picture.BAND)), strict=True)
    }


FEW_INSTALLS = 100
"""Simulated people who install an app in a week, of fewer of whom luck alone moves a ratio by a tenth."""


@dataclass(frozen=True, slots=True)
class Jump:
    """Median weekly installs of a platform before the first act that moves attention, and in its busiest week."""

    before: float
    peak: float
    week: dt.date
    least: float
    """By how much it is divided at least: ``FEW_INSTALLS`` simulated people."""

    @property
    def ratio(self) -> float:
        """Busiest week over weeks before; no more than is known where few installed it before."""
        return self.peak / max(self.before, self.least)

    @property
    def times(self) -> str:
        """The ratio as it is told."""
        return ("at least " if self.before < self.least else "") + compact(self.ratio) + " times"


class Installs(picture.Picture):
    """Figure 4: installs by the week, on a logarithmic axis."""

    caption = "Installs by the week"

    def data(self, ensemble: Ensemble) -> pd.DataFrame:
        """Of whole weeks, counted from the first day: week (its first day), platform, p05, p50, p95 in persons."""
        scenario = ensemble.scenario
        if scenario.days < WEEK:
            return pd.DataFrame(columns=["week", "platform", *picture.BAND])
        table = ensemble.table("usage")
        days = picture.day_numbers(table["date"], scenario)
        weeks = table["date"] - pd.to_timedelta(days % WEEK, unit="D")
        whole = table[days < scenario.days // WEEK * WEEK].assign(week=weeks)
        return picture.band_over_seeds(picture.sums(whole, ["week", "platform"], "installs"))

    def _jumps(self, table: pd.DataFrame, ensemble: Ensemble) -> dict[str, Jump]:
        """The jump of each platform; none without a whole week."""
        scenario = ensemble.scenario
        quiet = pd.Timestamp(scenario.start) + pd.Timedelta(days=max(quiet_days(scenario) - WEEK, 0))
        least = FEW_INSTALLS * scenario.population.represents / scenario.population.users
        found = {}
        for platform in scenario.platforms if len(table) else ():
            weeks = table[table["platform"] == platform].set_index("week")["p50"]
            busiest = scenario.date(WEEK * int(weeks.to_numpy().argmax()))
            found[platform] = Jump(float(weeks[weeks.index <= quiet].mean()), float(weeks.max()), busiest, least)
        return found

    def title(self, table: pd.DataFrame, ensemble: Ensemble) -> str:
        """The platform whose installs jumped most."""
        found = self._jumps(table, ensemble)
        if not found:
            return "The calendar has no whole week"
        top = max(found, key=lambda platform: found[platform].ratio)
        if found[top].ratio < 1.5:
            return "No messenger was installed much more often in any week than before"
        return (
            f"{top} was installed {found[top].times} as often in its busiest week, that of "
            f"{short_day(found[top].week)}, as before"
        )

    def paint(self, table: pd.DataFrame, ensemble: Ensemble, command: str) -> Figure:
        """Lines on a logarithmic axis; weeks without installs lie on its floor."""
        scenario = ensemble.scenario
        colours = style.platform_colours(list(scenario.platforms))
        floor = scenario.population.represents / scenario.population.users / 2
        if table.empty:
            return self.page(table, ensemble, command, "Installs are shown by whole weeks.", 1.0).figure
        ends = {p: float(table.loc[table["platform"] == p, "p50"].iloc[-1]) for p in colours}
        words = {p: f"{p} {compact(ends[p])}" for p in colours}
        subtitle = (
            "Each step up the logarithmic axis is tenfold; weeks without any install lie on its floor, half a "
            f"simulated person. {picture.replicates_words(ensemble)}"
        )
        head = (self.title(table, ensemble), subtitle, picture.footer(ensemble, command))
        stack = Stack(scenario, head, (4.2,), list(words.values()))
        stack.name(0, "Installs per week, persons")
        axes = stack.panels[0]
        axes.set_yscale("log")
        for platform, colour in colours.items():
            mine = table[table["platform"] == platform]
            middle = picture.day_numbers(mine["week"], scenario) + WEEK / 2
            draw_band(axes, middle, mine[picture.BAND].clip(lower=floor), colour)
        top = max(2 * float(table["p95"].max()), 10 * floor)
        shown = [d for d in DECADES if floor < d < top]
        axes.set_ylim(0.9 * floor, top)
        axes.set_yticks(shown, list(map(compact, shown)))
        axes.set_yticks([], minor=True)
        stack.label_ends(0, {p: (max(ends[p], floor), words[p], colours[p]) for p in colours})
        return stack.figure

    def alt(self, table: pd.DataFrame, ensemble: Ensemble) -> str:
        """Weekly installs before, in the busiest week, and their ratio."""
        parts = [
            f"{platform}: {compact(jump.before)} installs a week before the first act, {compact(jump.peak)} in the "
            f"week of {short_day(jump.week)}" + (f", {jump.times} as many" if jump.ratio > 1 else "")
            for platform, jump in self._jumps(table, ensemble).items()
        ]
        return ". ".join([self.title(table, ensemble), *parts]) + "."


class Flows(picture.Picture):
    """Figure 5: where people move on balance, from one app used most to another, before and after the law."""

    caption = "Where people move on balance"

    def data(self, ensemble: Ensemble) -> pd.DataFrame:
        """Columns: period, weeks, origin, destination, p05, p50, p95 in persons per 30 days.

        Net movement between two apps used most, what went back taken off, in whole weeks before the law and in the half
        year from then on: from the one that loses in the median after it, the largest first.
        """
        weeks = ensemble.table("flows")
        law = pd.Timestamp(ensemble.scenario.date(picture.focus_day(ensemble.scenario)))
        weeks = weeks[
            (weeks["week"] < law + pd.Timedelta(weeks=AFTER_WEEKS)) & (weeks["origin"] != weeks["destination"])
        ]
        frames = []
        for period, part in (("after", weeks[weeks["week"] >= law]), ("before", weeks[weeks["week"] < law])):
            if part.empty:
                continue
            count = part["week"].nunique()
            moves = picture.sums(part.astype({"origin": str, "destination": str}), ["origin", "destination"], "users")
            net = moves - moves.swaplevel(0, 1).rename_axis(moves.index.names).reindex(moves.index)
            bands = picture.band_over_seeds(net * MONTH / (WEEK * count))
            frames.append(bands.assign(period=period, weeks=count))
        if not frames:
            return pd.DataFrame(columns=FLOWS)
        both = pd.concat(frames, ignore_index=True)
        first = both[both["period"] == both["period"].iloc[0]]
        ranked = first.sort_values(["p50", "origin"], ascending=[False, True], kind="stable")
        ranked = ranked.assign(
            pair=[frozenset(ends) for ends in zip(ranked["origin"], ranked["destination"], strict=True)]
        )
        chosen = ranked.drop_duplicates("pair")[["origin", "destination"]].head(MOST_FLOWS)
        return chosen.merge(both, on=["origin", "destination"])[FLOWS]

    def title(self, table: pd.DataFrame, ensemble: Ensemble) -> str:
        """Between which apps most people moved, among those whose band does not hold zero."""
        after = table[table["period"] == "after"]
        clear = after[after["p05"] > 0]
        day = short_day(ensemble.scenario.date(picture.focus_day(ensemble.scenario)))
        if after.empty:
            return "The calendar has no whole week"
        if clear.empty:
            return f"Between no two apps do people clearly move one way in the {_weeks(after)} from {day} on"
        top = clear.iloc[0]
        before = table[(table["period"] == "before") & (table["origin"] == top["origin"])]
        before = before[before["destination"] == top["destination"]]["p50"]
        earlier = f", {compact(before.iloc[0])} before" if len(before) else ""
        return (
            f"The largest net movement was {_ends(top)}: {compact(top['p50'])} people in 30 days, in the "
            f"{_weeks(after)} from {day} on{earlier}"
        )

    def paint(self, table: pd.DataFrame, ensemble: Ensemble, command: str) -> Figure:
        """A row for each pair of apps: hollow before, filled after, on the band of the latter."""
        day = short_day(ensemble.scenario.date(picture.focus_day(ensemble.scenario)))
        subtitle = (
            "People whose app used most is another, less those who moved the other way, per 30 days. Filled: from "
            f"{day} on, with 5th to 95th percentile over "
        )
        subtitle += f"{'plausible worlds' if ensemble.best else 'replicates, luck alone'}; hollow: until then."
        after = table[table["period"] == "after"]
        page = self.page(table, ensemble, command, subtitle, 0.3 * max(len(after), 3) + 0.6)
        room = 1.9
        axes = page.axes(style.MARGIN + room, 0.1, style.WIDTH - 2 * style.MARGIN - 2 * room, 0.3 * max(len(after), 3))
        if after.empty:
            style.say_nothing(axes, self.title(table, ensemble))
            return page.figure
        colours = {**style.platform_colours(list(ensemble.scenario.platforms)), NO_APP: style.QUIET}
        ranges = zip(*(after[name] for name in ("origin", "destination", *picture.BAND)), strict=True)
        rows = [
            Row(f"{origin} → {destination}".replace(NO_APP, "no app"),
                f"{signed_number(middle)} ({compact(low)} to {compact(high)})", (low, high), middle,
                colours[destination])
            for origin, destination, low, middle, high in ranges
        ]  # fmt: skip
        draw_dots(axes, rows, 0.35, 6.5)
        name_rows(axes, rows, room - 0.1, 6)
        before = table[table["period"] == "before"].set_index(["origin", "destination"])["p50"]
        for row, ends in enumerate(zip(after["origin"], after["destination"], strict=True)):
            if ends in before.index:
                axes.plot([before[ends]], [row], "o", markersize=6.5, mec=rows[row].colour, mfc="none", mew=1.6)
        axes.autoscale_view(scaley=False)
        return page.figure

    def alt(self, table: pd.DataFrame, ensemble: Ensemble) -> str:
        """For each period the net movement between each two apps."""
        parts = [self.title(table, ensemble)]
        for period, part in table.groupby("period", sort=False):
            words = [f"{_ends(row)} {compact(row['p50'])} ({compact(row['p05'])} to {compact(row['p95'])})"
                     for _, row in part.iterrows()]  # fmt: skip
            parts.append(f"{str(period).capitalize()}, persons in 30 days: {'; '.join(words)}")
        return ". ".join(parts) + "."


def _weeks(part: pd.DataFrame) -> str:
    return counted(int(part["weeks"].iloc[0]), "week")


def _ends(row: pd.Series) -> str:
    return f"from {row['origin']} to {row['destination']}".replace(f" {NO_APP}", " no app")


@dataclass(frozen=True, slots=True)
class Line:
    """A measure that is drawn on a panel of its own; its values are multiplied by ``scale``."""

    heading: str
    colour: str
    scale: float
    words: Callable[[float], str]


@dataclass(frozen=True)
class Panels(picture.Picture):
    """A picture of one table: a panel per measure over one calendar."""

    caption: str
    table: str
    lines: Mapping[str, Line]
    headline: Callable[[pd.DataFrame], str]
    height: float
    beside: Callable[[Ensemble], pd.DataFrame] | None = None
    """Bands of a measure that is in no table of one row a day, in the same columns."""

    def data(self, ensemble: Ensemble) -> pd.DataFrame:
        """Columns: measure, date, p05, p50, p95; shares in percent."""
        bands = ensemble.bands(self.table)
        bands = pd.concat([bands, self.beside(ensemble)], ignore_index=True) if self.beside else bands
        bands = bands[bands["measure"].isin(list(self.lines))].reset_index(drop=True)
        scale = bands["measure"].astype(str).map({name: line.scale for name, line in self.lines.items()})
        return bands.assign(**{name: bands[name] * scale for name in picture.BAND})[["measure", "date", *picture.BAND]]

    def title(self, table: pd.DataFrame, ensemble: Ensemble) -> str:
        """The headline."""
        del ensemble
        return self.headline(table)

    def paint(self, table: pd.DataFrame, ensemble: Ensemble, command: str) -> Figure:
        """The panels below one another, each from zero, with the last value at its end."""
        ends = {name: float(_days(table, name)["p50"].iloc[-1]) for name in self.lines}
        words = {name: line.words(ends[name]) for name, line in self.lines.items()}
        head = (self.headline(table), picture.replicates_words(ensemble), picture.footer(ensemble, command))
        stack = Stack(ensemble.scenario, head, [self.height] * len(self.lines), list(words.values()))
        for panel, (name, line) in enumerate(self.lines.items()):
            mine, axes = _days(table, name), stack.panels[panel]
            draw_band(axes, picture.day_numbers(mine.index.to_series(), ensemble.scenario) + 0.5, mine, line.colour)
            axes.set_ylim(0, max(1.1 * float(mine.max().max()), 1e-3))
            axes.yaxis.set_major_formatter(lambda value, _: compact(value))
            axes.locator_params(axis="y", nbins=4)
            stack.name(panel, line.heading)
            stack.label_ends(panel, {name: (ends[name], words[name], line.colour)})
        return stack.figure

    def alt(self, table: pd.DataFrame, ensemble: Ensemble) -> str:
        """Start, lowest, highest and end of each measure."""
        parts = [f"{self.headline(table)} ({picture.replicates_words(ensemble).rstrip('.').lower()})"]
        for name, line in self.lines.items():
            mine = _days(table, name)
            middle, (low, last, high) = mine["p50"], (line.words(float(mine[end].iloc[-1])) for end in picture.BAND)
            parts.append(
                f"{line.heading}: {line.words(float(middle.iloc[0]))} at the start; "
                f"lowest {line.words(float(middle.min()))} on {_day(middle.idxmin())}; "
                f"highest {line.words(float(middle.max()))} on {_day(middle.idxmax())}; "
                f"{last} at the end ({low} to {high})"
            )
        return ". ".join(parts) + "."


def _days(bands: pd.DataFrame, measure: str) -> pd.DataFrame:
    """The bands of a measure by date."""
    mine = bands[bands["measure"] == measure].set_index("date")
    return mine[picture.BAND]


def _day(date: Hashable) -> str:
    """Words for a label of an index of dates."""
    return short_day(cast(pd.Timestamp, date))


def _answering(ensemble: Ensemble) -> pd.DataFrame:
    """How many companies answer demands for data, day by day."""
    dates = ensemble.runs[0].tables["measures"]["date"]
    counts = np.zeros((1, len(dates)))
    if ensemble.scenario.companies:
        held = [stances(run.tables).astype(str) for run in ensemble.runs]
        counts = np.array([np.isin(each, ANSWERING).sum(axis=1) for each in held], dtype=np.float64)
    bands = dict(zip(picture.BAND, percentiles(counts), strict=True))
    return pd.DataFrame({"measure": "answering", "date": dates, **bands})


def _society_headline(bands: pd.DataFrame) -> str:
    attention, vpn = _days(bands, "salience")["p50"], _days(bands, "vpn")["p50"]
    return (
        f"Attention to surveillance was largest on {_day(attention.idxmax())}; "
        f"{percent(vpn.iloc[0])} of people had a VPN at the start, {percent(vpn.max())} at most"
    )


def _policy_headline(bands: pd.DataFrame) -> str:
    accounts, reach, answer = (_days(bands, name)["p50"] for name in ("disclosed_accounts", "safe_reach", "answering"))
    return (
        f"Data of {compact(float(accounts.iloc[-1]))} accounts was handed over; companies that answer demands: "
        f"{answer.iloc[0]:.0f} at the start, {answer.iloc[-1]:.0f} at the end; "
        f"ties out of their reach: {percent(reach.iloc[0], 0)}, then {percent(reach.iloc[-1], 0)}"
    )


WHOLE = "{:.0f}".format


def _lines(table: str, order: Sequence[str], **others: Line) -> dict[str, Line]:
    """A line for each column of a table that has a panel, and others: those of ``order`` first."""
    found = {name: _line(name, column) for name, column in CODEBOOK[table].items() if column.panel} | others
    return {name: found[name] for name in dict.fromkeys([*order, *found])}


def _line(name: str, column: Column) -> Line:
    """Shares as percent, indices to two places, and all else as a count."""
    colour = style.HANDED_OVER if name == "disclosed_accounts" else style.MODEL
    if column.unit == "share":
        return Line(column.panel, colour, 100.0, percent)
    return Line(column.panel, colour, 1.0, "{:.2f}".format if column.unit in INDICES else compact)


INDICES = ("salience", "pressure", "probability")
"""Units of numbers around one."""
SOCIETY = Panels(
    "Attention, speech, deletions and VPNs", "society",
    _lines("society", ("salience", "speaking", "deletions", "vpn")), _society_headline, height=1.35,
)  # fmt: skip
"""Figure 7: attention, speech and VPN use."""
ANSWERERS = Line("Companies that answer demands for data, with a court order or without", style.INK, 1.0, WHOLE)
POLICY = Panels(
    "Accounts handed over, and ties out of reach of demands", "measures",
    _lines("measures", ("disclosed_accounts", "answering"), answering=ANSWERERS),
    _policy_headline, height=1.6, beside=_answering,
)  # fmt: skip
"""Figure 8: the measures of policy."""
