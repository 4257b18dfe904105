"""Figure 1: what each company does with demands, day by day."""

import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.drawing import calendar, event_labels
from sim.drawing.picture import Picture
from sim.drawing.reduce import day_numbers, focus_day, footer, has_law
from sim.drawing.series import CHANCE_ALONE, TOTAL
from sim.drawing.style import (
    BODY,
    INK,
    MARGIN,
    SMALL,
    STANCES,
    WIDTH,
    Page,
    ink_on,
    say_nothing,
    shorten,
    text_width,
    tint,
)
from sim.results.ensemble import Ensemble
from sim.scenario.words import counted, listed, percent, short_day

ROW, GAP = 0.32, 0.3
LONGEST_NAME = 1.6
LIFT, DROP = 0.1, 0.24
"""Words stand above the middle of a ribbon by the one, the day of an announcement below it by the other, in rows."""
BEFORE, AFTER = 10, 21
"""Days around the law that are enlarged, where the whole calendar is at least four times as long."""
ANNOUNCED = ["announced_p05", "announced_p50", "announced_p95"]
BY_LUCK = ["announced_chance_p05", "announced_chance_p95"]
"""The ends of the band of luck alone, where replicates live plausible worlds."""
SUBTITLE = (
    "Most frequent stance of each day; the paler, the fewer replicates agree. Ring: median day on which the company "
    "made it public, with 5th to 95th percentile"
)
COLUMNS = ["company", "first", "last", "stance", "share", *ANNOUNCED]


@dataclass(frozen=True, slots=True)
class Window:
    """A panel over part of the calendar: days ``first`` to ``last`` on ``width`` inches."""

    heading: str
    first: int
    last: int
    width: float
    laws: tuple[int, ...]

    @property
    def scale(self) -> float:
        """Inches per day."""
        return self.width / (self.last + 1 - self.first)

    def is_overview(self, days: int) -> bool:
        """Whether it shows the whole calendar beside an enlarged part."""
        return bool(self.heading) and self.last - self.first + 1 == days


def data(ensemble: Ensemble) -> pd.DataFrame:
    """Spells of each company's most frequent stance.

    Columns: company, first and last day of the spell, stance, share of replicates that hold it (to 5 %), and the date
    of the company's announcement (percentiles over replicates; absent where a percentile never announced); where
    replicates live plausible worlds, the same by luck alone in columns ``BY_LUCK``.
    """
    if not ensemble.scenario.companies:
        return pd.DataFrame(columns=COLUMNS)
    modal = ensemble.stances().sort_values("share", ascending=False, kind="stable").drop_duplicates(["date", "company"])
    modal = modal.sort_values(["company", "date"], kind="stable", ignore_index=True)
    modal["share"] = (modal["share"] * 20).round() / 20
    new = modal[["company", "stance", "share"]].astype(str)
    spell = (new != new.shift()).any(axis=1).cumsum()
    spells = modal.groupby(spell).agg(
        company=("company", "first"), first=("date", "min"), last=("date", "max"), stance=("stance", "first"),
        share=("share", "first"),
    )  # fmt: skip
    spells["company"] = spells["company"].astype(str)
    spells = spells.merge(_announcements(ensemble), on="company", how="left")[COLUMNS]
    if not ensemble.best:
        return spells
    luck = _announcements(ensemble.best)[["company", ANNOUNCED[0], ANNOUNCED[2]]].set_axis(
        ["company", *BY_LUCK], axis=1
    )
    return spells.merge(luck, on="company", how="left")


def _announcements(ensemble: Ensemble) -> pd.DataFrame:
    """Percentiles of the first announced day; a replicate that never announces counts as later than any that does."""
    table = ensemble.table("companies")
    days = table.assign(day=day_numbers(table["date"], ensemble.scenario))
    first = days[days["announced"] > 0].groupby(["company", "seed"], observed=False)["day"].min()
    rows = []
    for company in ensemble.scenario.companies:
        values = np.array([first.get((company, seed), np.inf) for seed in ensemble.seeds], dtype=float)
        ranks = np.quantile(values, [0.05, 0.5, 0.95], method="closest_observation")
        rows.append([company, *(_date(ensemble, day) for day in ranks)])
    return pd.DataFrame(rows, columns=["company", *ANNOUNCED])


def _date(ensemble: Ensemble, day: float) -> pd.Timestamp | None:
    return pd.Timestamp(ensemble.scenario.date(int(day))) if np.isfinite(day) else None


def title(spells: pd.DataFrame) -> str:
    """How many companies changed their stance, and who did not."""
    if spells.empty:
        return "The scenario has no companies"
    ends = spells.groupby("company", sort=False)["stance"].agg(["first", "last"])
    changed = ends.index[ends["first"] != ends["last"]]
    if len(ends) == 1:
        return f"{ends.index[0]} {'changed' if changed.size else 'did not change'} how it answers demands for data"
    kept = [name for name in ends.index if name not in changed]
    text = f"{len(changed) or 'None'} of {len(ends)} companies changed how they answer demands for data"
    return text + (f"; {listed(kept)} did not" if changed.size and 0 < len(kept) <= 2 else "")


def paint(spells: pd.DataFrame, ensemble: Ensemble, command: str) -> Figure:
    """Ribbons over the calendar, the weeks around the law enlarged."""
    scenario = ensemble.scenario
    left = MARGIN + 0.15 + min(max((text_width(name) for name in scenario.companies), default=0.0), LONGEST_NAME)
    windows = _windows(ensemble, WIDTH - left - MARGIN)
    laws, others = calendar.law_marks(scenario), calendar.other_marks(scenario)
    strips = [event_labels.arrange(laws, others, window.first, window.last, window.width) for window in windows]
    top = 0.5 + max(strip.height for strip in strips)
    height = max(ROW * len(scenario.companies), 0.5)
    body = top + height + 0.5 + event_labels.list_height(others)
    luck = " over plausible worlds; thick line: luck alone, in the best world" if ensemble.best else ""
    page = Page(title(spells), f"{SUBTITLE}{luck}.", body, footer(ensemble, command))
    page.key(0.05, list(STANCES.values()))
    event_labels.write_list(page, top + height + 0.5, others, scenario)
    for window, strip in zip(windows, strips, strict=True):
        axes = page.axes(left, top, window.width, height)
        page.write(left, 0.3, window.heading, size=SMALL, weight="bold")
        left += window.width + GAP
        if spells.empty:
            say_nothing(axes, "no companies")
            continue
        _ribbons(axes, spells, ensemble, window)
        calendar.set_calendar(axes, scenario, window.first, window.last, window.width)
        calendar.draw_lines(axes, laws, others)
        event_labels.draw_strip(axes, strip)
        if window is not windows[0]:
            axes.set_yticks([])
    return page.figure


def _windows(ensemble: Ensemble, room: float) -> list[Window]:
    """Panels from left to right: the weeks around the law, where they would vanish in the whole, and the whole."""
    scenario = ensemble.scenario
    end, law = scenario.days - 1, focus_day(scenario)
    first, last = max(law - BEFORE, 0), min(law + AFTER, end)
    laws = tuple(mark.day for mark in calendar.law_marks(scenario))
    if not has_law(scenario) or scenario.days < 4 * (last - first + 1):
        return [Window("", 0, end, room, laws)]
    width = (room - GAP) / 2
    return [Window("Around the law", first, last, width, laws), Window("Whole calendar", 0, end, width, laws)]


def _ribbons(axes: Axes, spells: pd.DataFrame, ensemble: Ensemble, window: Window) -> None:
    scenario = ensemble.scenario
    for row, company in enumerate(scenario.companies):
        mine = spells[spells["company"] == company]
        starts = day_numbers(mine["first"], scenario).clip(lower=window.first)
        lengths = (day_numbers(mine["last"], scenario) + 1).clip(upper=window.last + 1) - starts
        seen = lengths > 0
        parts = list(zip(mine["stance"][seen], mine["share"][seen], starts[seen], lengths[seen], strict=True))
        fills = [tint(STANCES[stance][0], 0.2 + 0.8 * share) for stance, share, _, _ in parts]
        spans = [(start, length) for _, _, start, length in parts]
        axes.broken_barh(spans, (row - 0.36, 0.72), facecolors=fills, linewidth=0)
        for (stance, _, start, length), fill in zip(parts, fills, strict=True):
            _name(axes, row, STANCES[stance][1], start, length, window, scenario.days, ink_on(fill))
        if not window.is_overview(scenario.days):
            _announcement(axes, row, mine.iloc[0], ensemble, window)
    names = [shorten(name, LONGEST_NAME) for name in scenario.companies]
    axes.set_yticks(range(len(names)), names, color=INK, size=BODY)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(names) - 0.45, -0.55)
    axes.spines["left"].set_visible(False)


def _name(axes: Axes, row: int, words: str, start: int, length: int, window: Window, days: int, ink: str) -> None:
    """Write the stance into its ribbon, in the widest stretch that no line of the law crosses, if the words fit."""
    bounds = [start, *(day for day in window.laws if start < day < start + length), start + length]
    widest, begin = max((end - begin, begin) for begin, end in itertools.pairwise(bounds))
    if widest * window.scale > text_width(words, SMALL) + 0.15:
        place = row if window.is_overview(days) else row - LIFT
        axes.text(begin + widest / 2, place, words, size=SMALL, color=ink, ha="center", va="center_baseline")


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
    axes.plot([low, high], height, color=INK, linewidth=1.0, label=TOTAL)
    if ensemble.best:
        axes.plot(list(map(place, BY_LUCK)), height, color=INK, linewidth=2.6, label=CHANCE_ALONE)
    if window.first <= middle <= window.last:
        axes.plot([middle], height[:1], marker="o", markersize=5.0, mfc="white", mec=INK, mew=1.2)


def alt(spells: pd.DataFrame, ensemble: Ensemble) -> str:
    """The picture in words: each company's stances with their first days, and when it announced."""
    parts = [f"{title(spells)}, over {counted(len(ensemble.seeds), 'replicate')}"]
    for company, mine in spells.groupby("company", sort=False):
        changes = mine[mine["stance"] != mine["stance"].shift()]
        steps = [
            f"{STANCES[stance][1]} from {short_day(first)}"
            for stance, first in zip(changes["stance"], changes["first"], strict=True)
        ]
        last, public = mine.iloc[-1], mine["announced_p50"].iloc[0]
        made_public = f", in the median made public on {short_day(public)}" if pd.notna(public) else ""
        parts.append(
            f"{company} {', '.join(steps)}{made_public} ({percent(100 * last['share'], 0)} of replicates at the end)"
        )
    return ". ".join(parts) + "."


PICTURES = {"stances": Picture("What each company does with demands", data, paint, alt)}
