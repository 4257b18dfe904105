"""The axis of days: ticks, and the acts of the calendar in words."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from matplotlib.axes import Axes

from sim.drawing.style import INK, QUIET
from sim.scenario.calendar import Act, dated
from sim.scenario.differences import spread_evenly
from sim.scenario.schema import Scenario
from sim.scenario.words import MONTHS

MOST_NAMED = 9
"""Acts that are named above lines over the calendar, at most, where the law has fewer."""
MOST_NUMBERS = 30
"""Acts that a list names at most."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What happened on a day, in a few words; ``weight`` is the salience that it added.

    Acts that are not the law's own have a ``number``, by which a list names them; 0 when the list has no room.
    """

    day: int
    label: str
    weight: float
    number: int = 0


def law_marks(scenario: Scenario) -> list[Mark]:
    """The days on which the law itself moved: announced, in force, text published, rules gazetted."""
    return marks_of(scenario, [act for act in scenario.acts if act.moves_law])


def other_marks(scenario: Scenario) -> list[Mark]:
    """The days of all other acts, numbered in their order; where there are too many, those with most weight."""
    marks = marks_of(scenario, [act for act in scenario.acts if not act.moves_law])
    heaviest = sorted(marks, key=lambda mark: (-mark.weight, mark.day))[:MOST_NUMBERS]
    numbers = {mark.day: i for i, mark in enumerate(sorted(heaviest, key=lambda mark: mark.day), start=1)}
    return [replace(mark, number=numbers.get(mark.day, 0)) for mark in marks]


def moving_marks(scenario: Scenario) -> list[Mark]:
    """The days of acts that can move people or companies, the law's among them."""
    return marks_of(scenario, list(filter(moves, scenario.acts)))


def named_marks(scenario: Scenario) -> list[Mark]:
    """Marks that stand above lines over the calendar: the law's, and acts that move people, the weightiest by name."""
    laws = {mark.day for mark in law_marks(scenario)}
    marks = moving_marks(scenario)
    others = sorted((mark for mark in marks if mark.day not in laws), key=lambda mark: (-mark.weight, mark.day))
    chosen = {mark.day for mark in others[: max(MOST_NAMED - len(laws), 1)]} | laws
    return [mark for mark in marks if mark.day in chosen]


def moves(act: Act) -> bool:
    """Whether an act can move people or companies: it draws attention, or does something to apps, companies or law.

    A report, arrests and the block of a website move nobody unless they add attention.
    """
    return act.salience > 0 or not act.only_news


def marks_of(scenario: Scenario, chosen: Sequence[Act]) -> list[Mark]:
    """Acts by day, those of one day joined into one mark."""
    days: dict[int, list[Act]] = {}
    for date, act in dated(chosen):
        if scenario.start <= date <= scenario.end:
            days.setdefault(scenario.day(date), []).append(act)
    return [
        Mark(
            day,
            ", ".join(dict.fromkeys(_in_short(scenario, act) for act in together)),
            max(act.salience for act in together),
        )
        for day, together in days.items()
    ]


def _in_short(scenario: Scenario, act: Act) -> str:
    return act.in_short() + (" (spread evenly)" if spread_evenly(scenario, act) else "")


def tick_days(scenario: Scenario, first: int, last: int, room: float) -> list[tuple[int, str]]:
    """Ticks of the days ``first`` to ``last`` on an axis ``room`` inches wide: (day, label), at least 0.6 inches apart.

    Days step by 1, 2, 7 or 14 on a short axis; months by 1, 2, 3, 6 or 12 on a long one, the year at its first tick.
    """
    most = max(int(room / 0.6), 2)
    for step in (1, 2, 7, 14):
        if (last - first) / step < most:
            dates = [scenario.date(day) for day in range(first, last + 1, step)]
            return [(scenario.day(date), f"{date.day} {MONTHS[date.month - 1][:3]}") for date in dates]
    begin, end = scenario.date(first), scenario.date(last)
    months = [(year, month) for year in range(begin.year, end.year + 1) for month in range(1, 13)]
    months = [m for m in months if begin <= dt.date(*m, 1) <= end]
    step = next(
        (step for step in (1, 2, 3, 6, 12) if len(months) / step <= most), 12 * (len(months) // (12 * most) + 1)
    )
    shown = [(year, month) for year, month in months if (12 * year + month - 1) % step == 0]
    labels, named = [], None
    for year, month in shown:
        name = MONTHS[month - 1][:3] + f"\n{year if year != named else ''}"
        labels.append((scenario.day(dt.date(year, month, 1)), name))
        named = year
    return labels


def set_calendar(axes: Axes, scenario: Scenario, first: int, last: int, room: float, *, labels: bool = True) -> None:
    """Make the horizontal axis one of days ``first`` to ``last``, ``room`` inches wide."""
    ticks = tick_days(scenario, first, last, room)
    axes.set_xlim(first, last + 1)
    axes.set_xticks([day for day, _ in ticks], [label if labels else "" for _, label in ticks])


def draw_lines(axes: Axes, laws: Iterable[Mark], others: Iterable[Mark] = ()) -> None:
    """A vertical line per mark: dark for the law, light and dotted for other acts."""
    for mark in laws:
        axes.axvline(mark.day, zorder=2.5, color=INK, linewidth=0.9)
    for mark in others:
        axes.axvline(mark.day, zorder=0.5, color=QUIET, linewidth=0.6, dashes=(1, 2))
