"""Pictures of the people: who holds which app, installs, moves between apps, attention and speech; and of policy."""

import datetime as dt
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.drawing import picture, style
from sim.drawing.calendar import CHANCE_ALONE, TOTAL, Stack, draw_band
from sim.measures import quiet_days
from sim.results.bands import percentiles
from sim.results.ensemble import Ensemble
from sim.scenario.stances import ANSWERING
from sim.scenario.words import compact, counted, percent, short_day, signed, signed_number
from sim.tables import CODEBOOK, NO_APP, WEEK, Column, stances

MONTH = 30
AFTER_WEEKS = 26
"""Weeks after the law whose moves are compared with the weeks before: half a year."""
LONGEST_NAME = 1.0
"""Of an app beside a matrix, in inches."""
FLOWS = ["period", "weeks", "measure", "origin", "destination", *picture.BAND]
DECADES = [10.0**n for n in range(8)]


class Holders(picture.Picture):
    """Figure 3: who holds which app, and how that changes from the day before the law."""

    caption = "Who holds which app"

    def numbers(self, ensemble: Ensemble) -> pd.DataFrame:
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
            chance = ""
            if picture.has_chance(table):
                end = table[(table["measure"] == "share") & (table["platform"] == platform)].iloc[-1]
                chance = f"; luck alone {end[picture.CHANCE_ENDS[0]]:.1f} to {end[picture.CHANCE_ENDS[1]]:.1f}"
            parts.append(
                f"{platform} ends at {percent(middle)} of people ({low:.1f} to {high:.1f}{chance}), a change of "
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

    def numbers(self, ensemble: Ensemble) -> pd.DataFrame:
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
        columns = [name for name in (*picture.BAND, *picture.CHANCE_ENDS) if name in table]
        for platform, colour in colours.items():
            mine = table[table["platform"] == platform]
            middle = picture.day_numbers(mine["week"], scenario) + WEEK / 2
            draw_band(axes, middle, mine[columns].clip(lower=floor), colour)
        top = max(2 * float(table[columns].drop(columns=["p05", "p50"]).max().max()), 10 * floor)
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
    """Figure 5: moves from primary app to primary app, before and after the law."""

    caption = "Where people move their conversations"

    def numbers(self, ensemble: Ensemble) -> pd.DataFrame:
        """Columns: period, weeks, measure, origin, destination, p05, p50, p95 in persons per 30 days.

        ``before`` are the whole weeks that end before the law, ``after`` the half-year of whole weeks that begins with
        the law or in the week after it. Measures, each taken within a replicate: ``moves`` from origin to destination;
        ``net``, what an origin gained less what it lost; ``total``, all moves.
        """
        scenario, table = ensemble.scenario, ensemble.table("flows")
        first = picture.day_numbers(table["week"], scenario)
        law = picture.focus_day(scenario)
        periods = {
            "before": first + WEEK <= law,
            "after": (first >= law) & (first < law + WEEK * AFTER_WEEKS) & (first + WEEK <= scenario.days),
        }
        frames = [_moves(table[rows]).assign(period=period) for period, rows in periods.items() if rows.any()]
        return pd.concat(frames)[FLOWS].reset_index(drop=True) if frames else pd.DataFrame(columns=FLOWS)

    def title(self, table: pd.DataFrame, ensemble: Ensemble) -> str:
        """How many people change their primary app, before and after."""
        totals = table[table["measure"] == "total"].set_index("period")
        total = totals["p50"].to_dict()
        if len(total) < 2:
            moved = "".join(f": {compact(value)} in 30 days" for value in total.values())
            return f"Moves between the apps that people use most{moved}"
        focus, weeks = ensemble.scenario.date(picture.focus_day(ensemble.scenario)), int(totals.loc["after", "weeks"])
        return (
            f"In 30 days, {compact(total['before'])} people changed the app that they use most before "
            f"{short_day(focus)}, {compact(total['after'])} in the {counted(weeks, 'week')} from then on"
        )

    def paint(self, table: pd.DataFrame, ensemble: Ensemble, command: str) -> Figure:
        """A matrix of moves for each period, with numbers, and each platform's net gain beside."""
        apps = [*ensemble.scenario.platforms, NO_APP]
        name_room = min(max(style.text_width(app) for app in apps), LONGEST_NAME)
        panel = (style.WIDTH - 2 * style.MARGIN - 3 * name_room - 0.9) / 3.0
        side = max(panel, 0.33 * len(apps))
        subtitle = (
            "People whose app used most moved from the row to the column, per 30 days: median of the replicates, "
            "scaled up from a sample. The darker, the more."
        )
        both = " Right: pale lines, 90 % of plausible worlds; dark lines, luck alone."
        subtitle += both if picture.has_chance(table) else ""
        page = self.page(table, ensemble, command, subtitle, side + 1.3)
        moves = table[table["measure"] == "moves"]
        top = float(moves["p50"].max()) if len(moves) else 0.0
        for i, (period, weeks) in enumerate(dict(zip(table["period"], table["weeks"], strict=True)).items()):
            left = style.MARGIN + name_room + 0.1 + i * (panel + name_room + 0.3)
            page.write(left, 0.1, f"{period.capitalize()}: {counted(weeks, 'week')}", weight="bold")
            axes = page.axes(left, 0.95, panel, side)
            _matrix(axes, moves[moves["period"] == period], apps, top, panel / len(apps))
        left = style.WIDTH - style.MARGIN - panel
        axes = page.axes(left, 0.95, panel, side)
        if table.empty:
            style.say_nothing(axes, "the calendar has no whole week")
            return page.figure
        page.write(left, 0.1, "Net gain, persons in 30 days", weight="bold")
        page.write(left, 0.3, "hollow: before; filled: after", size=style.SMALL, color=style.QUIET)
        _net(axes, table[table["measure"] == "net"], apps)
        return page.figure

    def alt(self, table: pd.DataFrame, ensemble: Ensemble) -> str:
        """Totals, and for each period the three largest moves and the net gains."""
        parts = [self.title(table, ensemble)]
        for period, part in table.groupby("period", sort=False):
            largest = part[part["measure"] == "moves"].sort_values("p50", ascending=False, kind="stable").head(3)
            ends = zip(largest["origin"], largest["destination"], largest["p50"], strict=True)
            words = [f"{origin} to {destination} {compact(users)}" for origin, destination, users in ends]
            net = part[part["measure"] == "net"]
            gains = [f"{app} {signed_number(value)}" for app, value in zip(net["origin"], net["p50"], strict=True)]
            parts.append(f"Largest moves {period}: {', '.join(words)}. Net gains {period}: {', '.join(gains)}")
        return ". ".join(parts) + "."


def _moves(part: pd.DataFrame) -> pd.DataFrame:
    """The bands of one period."""
    weeks = part["week"].nunique()
    moves = picture.sums(part, ["origin", "destination"], "users") * MONTH / (WEEK * weeks)
    gained = moves.groupby(level=["destination", "seed"], observed=False).sum().rename_axis(["origin", "seed"])
    lost = moves.groupby(level=["origin", "seed"], observed=False).sum()
    total = lost.groupby(level="seed").sum()
    total.index = pd.MultiIndex.from_product([["all"], total.index], names=["origin", "seed"])
    bands = {"moves": moves, "net": gained - lost, "total": total}
    frames = [picture.band_over_seeds(values).assign(measure=measure) for measure, values in bands.items()]
    both = pd.concat([frame.astype({"origin": str}) for frame in frames], ignore_index=True)
    destination = both["destination"].astype(object).where(both["destination"].notna(), "")
    return both.assign(weeks=weeks, destination=destination)


def _matrix(axes: Axes, part: pd.DataFrame, apps: list[str], top: float, cell: float) -> None:
    """Moves from the row to the column, with their numbers; ``cell`` is the size of a cell in inches."""

    def fill(row: int, column: int, half: float, colour: str) -> None:
        xs, ys = [column - half, column + half, column + half, column - half], [row - half] * 2 + [row + half] * 2
        axes.fill(xs, ys, color=colour, linewidth=0)

    for origin, destination, users in zip(part["origin"], part["destination"], part["p50"], strict=True):
        row, column = apps.index(origin), apps.index(destination)
        if row == column:
            fill(row, column, 0.5, "#F3F4F6")
            continue
        shade = style.tint(style.MODEL, 0.04 + 0.96 * float(np.sqrt(users / top)) if top > 0 else 0.04)
        fill(row, column, 0.48, shade)
        size = style.SMALL if cell > 0.36 else 6.5
        axes.text(column, row, compact(users), ha="center", va="center_baseline", size=size, color=style.ink_on(shade))
    names = [style.shorten(app, LONGEST_NAME) for app in apps]
    axes.set_xlim(-0.5, len(apps) - 0.5)
    axes.set_ylim(len(apps) - 0.5, -0.5)
    axes.set_xticks(range(len(apps)), names, rotation=35 if len(apps) < 7 else 60, ha="left", rotation_mode="anchor")
    axes.set_yticks(range(len(apps)), names)
    axes.xaxis.tick_top()
    axes.tick_params(length=0, labelcolor=style.INK)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _net(axes: Axes, net: pd.DataFrame, apps: list[str]) -> None:
    """Net gains, a row for each app: hollow before, filled after, with the number of the latter."""
    colours = {**style.platform_colours(apps[:-1]), NO_APP: style.QUIET}
    axes.axvline(0, color=style.INK, linewidth=0.7)
    for period, offset, fill in (("before", -0.17, "white"), ("after", 0.17, None)):
        mine = net[net["period"] == period]
        ends = picture.CHANCE_ENDS if picture.has_chance(mine) else ["p05", "p95"]
        for app, low, middle, high, least, most in zip(
            *(mine[name] for name in ("origin", *picture.BAND, *ends)), strict=True
        ):
            row, colour = apps.index(app) + offset, colours[app]
            if picture.has_chance(mine):
                axes.plot([low, high], [row, row], color=style.tint(colour, 0.35), linewidth=4.4, label=TOTAL)
            axes.plot([least, most], [row, row], color=colour, linewidth=2.2, label=CHANCE_ALONE)
            axes.plot([middle], [row], marker="o", markersize=6.5, mec=colour, mfc=fill or colour, mew=1.6)
            if period == "after":
                end, shift, side = (min(low, least), -7, "right") if middle < 0 else (max(high, most), 7, "left")
                axes.annotate(
                    signed_number(middle), (end, row), xytext=(shift, 0), textcoords="offset points", size=style.SMALL,
                    ha=side, va="center", color=style.INK, annotation_clip=False,
                )  # fmt: skip
    axes.set_ylim(len(apps) - 0.5, -0.5)
    axes.set_yticks(range(len(apps)), [style.shorten(app, LONGEST_NAME) for app in apps])
    axes.tick_params(axis="y", length=0, labelcolor=style.INK)
    low, high = axes.get_xlim()
    axes.set_xlim(low - 0.3 * (high - low), high + 0.3 * (high - low))
    axes.locator_params(axis="x", nbins=4)
    axes.xaxis.set_major_formatter(lambda value, _: compact(value))
    axes.spines["left"].set_visible(False)


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

    def numbers(self, ensemble: Ensemble) -> pd.DataFrame:
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
            chance = ""
            if picture.has_chance(mine):
                least, most = (line.words(float(mine[end].iloc[-1])) for end in picture.CHANCE_ENDS)
                chance = f"; luck alone {least} to {most}"
            parts.append(
                f"{line.heading}: {line.words(float(middle.iloc[0]))} at the start; "
                f"lowest {line.words(float(middle.min()))} on {_day(middle.idxmin())}; "
                f"highest {line.words(float(middle.max()))} on {_day(middle.idxmax())}; "
                f"{last} at the end ({low} to {high}{chance})"
            )
        return ". ".join(parts) + "."


def _days(bands: pd.DataFrame, measure: str) -> pd.DataFrame:
    """The bands of a measure by date."""
    mine = bands[bands["measure"] == measure].set_index("date")
    return mine[[name for name in (*picture.BAND, *picture.CHANCE_ENDS) if name in bands]]


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
