"""The axis of days: ticks, marks of the law, and acts of the calendar labelled without overlap."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sim.scenario import acts
from sim.view.style import INK, QUIET, SMALL, shorten, text_width

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from sim.scenario.schema import Scenario

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
LEVEL = 0.16
"""Height of a line of labels above a panel, in inches."""
MOST_LABELS = 20
"""Acts labelled on one axis at most; the rest keep their tick."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A dated mark: what happened on a day, in a few words."""

    day: int
    label: str
    is_law: bool
    weight: float


def day_words(date: dt.date) -> str:
    """A date as in '6 Jul 2020', in English on any machine."""
    return f"{date.day} {MONTHS[date.month - 1]} {date.year}"


def marks(scenario: Scenario) -> list[Mark]:
    """The acts of the calendar by day, those of one day joined into one mark."""
    days: dict[int, list[acts.Act]] = {}
    for act in sorted(scenario.acts, key=lambda act: act.date):
        if scenario.start <= act.date <= scenario.end:
            days.setdefault(scenario.day(act.date), []).append(act)
    return [
        Mark(
            day,
            ", ".join(dict.fromkeys(act_words(act) for act in together)),
            any(_is_law(act) for act in together),
            max(act.salience for act in together),
        )
        for day, together in days.items()
    ]


def law_marks(scenario: Scenario) -> list[Mark]:
    """The days on which the law itself moved: announced, in force, text published, rules gazetted."""
    return [
        Mark(mark.day, ", ".join(dict.fromkeys(words)), is_law=True, weight=mark.weight)
        for mark in marks(scenario)
        if (words := [act_words(a) for a in scenario.acts if _is_law(a) and scenario.day(a.date) == mark.day])
    ]


def _is_law(act: acts.Act) -> bool:
    return isinstance(act, acts.Announce | acts.Enact | acts.PublishText | acts.GazetteRules)


def act_words(act: acts.Act) -> str:
    """An act in two or three words."""
    match act:
        case acts.Announce():
            return "law announced"
        case acts.Enact():
            return "law in force"
        case acts.PublishText():
            return "text public"
        case acts.GazetteRules():
            return "rules gazetted"
        case acts.Arrest(persons=persons):
            return f"{persons} arrest{'s' if persons > 1 else ''}"
        case acts.OrderBlock(platform=platform):
            return f"{platform}: block"
        case acts.OrderThrottle(platform=platform):
            return f"{platform}: throttle"
        case acts.OrderSiteBlock(site=site):
            return f"{site}: block"
        case acts.Lift(platform=platform):
            return f"{platform}: lifted"
        case acts.CourtRuling(outcome=outcome):
            return "court: " + outcome.replace("-", " ")
        case acts.ChangeTerms(platform=platform):
            return f"{platform}: new terms"
        case acts.Outage(platform=platform):
            return f"{platform}: outage"
        case acts.MandateInteroperability():
            return "interoperability"
        case acts.ForceStance(company=company, stance=stance):
            return f"{company}: {stance}"
        case acts.AdviseStance(company=company, stance=stance):
            return f"{company}: advised to {stance}"
        case acts.Demand(of=subject):
            return f"demand: {subject}"
        case acts.Escalate(companies=companies, rung=rung):
            return f"rung {rung}: {companies[0]}" + (f" +{len(companies) - 1}" if len(companies) > 1 else "")
        case _:
            return act.id.replace("-", " ")


def tick_days(scenario: Scenario, first: int, last: int, room: float) -> list[tuple[int, str]]:
    """Ticks of the days ``first`` to ``last`` on an axis ``room`` inches wide: (day, label), at least 0.6 inches apart.

    Days step by 1, 2, 7 or 14 on a short axis; months by 1, 2, 3, 6 or 12 on a long one, the year at its first tick.
    """
    most = max(int(room / 0.6), 2)
    for step in (1, 2, 7, 14):
        if (last - first) / step < most:
            dates = [scenario.date(day) for day in range(first, last + 1, step)]
            return [(scenario.day(date), f"{date.day} {MONTHS[date.month - 1]}") for date in dates]
    begin, end = scenario.date(first), scenario.date(last)
    months = [(year, month) for year in range(begin.year, end.year + 1) for month in range(1, 13)]
    months = [m for m in months if begin <= dt.date(*m, 1) <= end]
    step = next(
        (step for step in (1, 2, 3, 6, 12) if len(months) / step <= most), 12 * (len(months) // (12 * most) + 1)
    )
    shown = [(year, month) for year, month in months if (12 * year + month - 1) % step == 0]
    labels, named = [], None
    for year, month in shown:
        name = MONTHS[month - 1] + f"\n{year if year != named else ''}"
        labels.append((scenario.day(dt.date(year, month, 1)), name))
        named = year
    return labels


def set_calendar(axes: Axes, scenario: Scenario, first: int, last: int, room: float, *, labels: bool = True) -> None:
    """Make the horizontal axis one of days ``first`` to ``last``, ``room`` inches wide."""
    ticks = tick_days(scenario, first, last, room)
    axes.set_xlim(first, last + 1)
    axes.set_xticks([day for day, _ in ticks], [label if labels else "" for _, label in ticks])


def draw_lines(axes: Axes, shown: Iterable[Mark]) -> None:
    """A vertical line per mark: dark for the law, light and dotted for other acts."""
    for mark in shown:
        if mark.is_law:
            axes.axvline(mark.day, zorder=2.5, color=INK, linewidth=0.9)
        else:
            axes.axvline(mark.day, zorder=0.5, color=QUIET, linewidth=0.6, dashes=(1, 2))


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels of marks arranged in lines above an axis."""

    placed: tuple[tuple[Mark, int, bool], ...]
    """Mark, line counted from the axis, and whether the text lies to the right of its leader."""
    left_out: int

    @property
    def height(self) -> float:
        """Room that the labels need above the panel, in inches."""
        return LEVEL * (1 + max((level for _, level, _ in self.placed), default=-1)) + 0.05


def arrange(shown: Sequence[Mark], first: int, last: int, room: float) -> Labels:
    """Give each mark a line above an axis of ``room`` inches, such that no text meets a text or another mark's leader.

    A leader falls from its text to the axis, so a text that reaches over the foot of another mark has to stand above
    that mark's text: a staircase. Text lies to the right of its leader, or to the left where it would leave the panel.
    A mark whose text would reach a later mark's foot, and that mark's text its own, turns to the left as well, for it
    cannot stand above and below its neighbour at once.
    """
    kept = sorted(sorted(shown, key=lambda m: (not m.is_law, -m.weight, m.day))[:MOST_LABELS], key=lambda m: m.day)
    kept = [replace(mark, label=shorten(mark.label, 0.6 * room, SMALL)) for mark in kept]
    feet = [(mark.day - first) * room / (last + 1 - first) for mark in kept]
    widths = [text_width(mark.label, SMALL) + 0.1 for mark in kept]
    extents = _extents(feet, widths, room)
    over = [[j for j, foot in enumerate(feet) if j != i and low < foot < high] for i, (low, high) in enumerate(extents)]
    lines: dict[int, int] = {}
    while len(lines) < len(kept):
        i = next(i for i in reversed(range(len(kept))) if i not in lines and all(j in lines for j in over[i]))
        line = 1 + max((lines[j] for j in over[i]), default=-1)
        while any(lines[j] == line and _meet(extents[i], extents[j]) for j in lines):
            line += 1
        lines[i] = line
    placed = tuple((mark, lines[i], extents[i][1] > feet[i]) for i, mark in enumerate(kept))
    return Labels(placed, len(shown) - len(kept))


def _extents(feet: Sequence[float], widths: Sequence[float], room: float) -> list[tuple[float, float]]:
    """Where the text of each mark begins and ends, in inches along the axis."""
    extents: list[tuple[float, float]] = []
    for foot, width in zip(reversed(feet), reversed(widths), strict=True):
        later = zip(extents, reversed(feet), strict=False)
        clash = any(low < foot and other < foot + width for (low, _), other in later)
        rightward = foot + width <= room + 0.1 and not clash
        extents.append((foot, foot + width) if rightward else (foot - width, foot))
    return extents[::-1]


def _meet(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def draw_labels(axes: Axes, labels: Labels) -> None:
    """Write arranged labels above a panel, each with a leader down to the axis frame."""
    for mark, line, rightward in labels.placed:
        height = 72 * (0.08 + LEVEL * line)
        colour = INK if mark.is_law else QUIET
        axes.annotate(
            mark.label,
            xy=(mark.day, 1),
            xycoords=("data", "axes fraction"),
            xytext=(4 if rightward else -4, height),
            textcoords="offset points",
            ha="left" if rightward else "right",
            va="center",
            size=SMALL,
            color=colour,
            weight="normal",
            annotation_clip=False,
        )
        axes.annotate(
            "",
            xy=(mark.day, 1),
            xycoords=("data", "axes fraction"),
            xytext=(0, height + 4),
            textcoords="offset points",
            arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.7, "shrinkA": 0, "shrinkB": 0},
            annotation_clip=False,
        )
