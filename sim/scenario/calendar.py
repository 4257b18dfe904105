"""The calendar: what every act has, whatever its kind, and when acts happen."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, ClassVar

from sim.scenario.fields import Table, parameter, several
from sim.scenario.triggers import AnyCondition, Topic
from sim.scenario.words import listed


def absent(value: object) -> bool:
    """Whether a value says nothing and is left out of what is written: most acts have a date and no lengths."""
    return value is None


class Act(Table):
    """What every act has: a date, or a condition that it waits for. ``id`` lets an extending file change or drop it."""

    clause: ClassVar[str]
    """What happens, as a clause; names in braces are fields."""
    supposed: ClassVar[str]
    """The same as it stands in a question after "What if": ``had`` is "had" or "had not", ``when`` its day."""
    onward: ClassVar[bool] = False
    """Whether it holds from its day on, so that a question says from when and not when."""
    short: ClassVar[str]
    """The same in a few words, to stand above a calendar."""
    verb: ClassVar[str]
    """What the log calls it."""
    sentence: ClassVar[str]
    """How the log tells it; ``after`` names its causes, other names in braces are quantities that the effect gives."""
    cause: ClassVar[str]
    """How the sentence of a later act names it as a cause; empty where none does."""
    usual_topic: ClassVar[Topic] = "surveillance"
    """What its news is about, where the scenario says nothing else."""
    alarms: ClassVar[bool] = False
    """Whether it may reach those who speak, as no block does: its news is alarm, and leaves fear."""
    of_the_law: ClassVar[bool] = False
    """Whether it is a part of the shock of a law."""
    moves_law: ClassVar[bool] = False
    """Whether the law itself moves by it, which figures mark in place."""
    only_news: ClassVar[bool] = False
    """Whether it moves nobody unless it adds attention."""
    lessens_doubt: ClassVar[bool] = False
    """Whether it can lessen the doubt of companies about the law."""

    id: str = parameter(..., "short name, unique in the scenario", status="setting", pattern=r"^[a-z0-9][a-z0-9-]*$")
    date: dt.date | None = parameter(None, "calendar date; absent where it waits", status="setting")
    when: AnyCondition | None = parameter(
        None, "condition that it waits for, in the place of a date", status="setting", exclude_if=absent
    )
    by: str = parameter("government", "who acts", status="setting")
    salience: float = parameter(0.0, "attention that the act adds to its topic", symbol="A_e", ge=0.0, le=10.0)
    topic: Topic | None = parameter(
        None, "what its news is about: surveillance or access; as its kind has it when absent", status="setting"
    )
    names: tuple[str, ...] = several((), "platforms that its news names, and so makes known", status="setting")
    note: str = parameter("", "what happened, for the reader", status="setting")

    @property
    def about(self) -> Topic:
        """Topic of its news."""
        return self.topic or self.usual_topic

    def said(self, companies: Sequence[str] = ()) -> str:
        """What happens, as a clause without its day; ``companies`` stand in the place of the act's own."""
        words = self._words()
        return self.clause.format(**(words | {"company": listed(companies)} if companies else words))

    def asked(self, when: str, had: str = "had") -> str:
        """What a question supposes; ``when`` as ``when_asked`` gives it."""
        return self.supposed.format(**self._words() | {"when": when, "had": had})

    def when_asked(self, day: str) -> str:
        """Its day or condition as a question says it: 'on', 'from' or 'once', and how long it lasts."""
        lasting = self.how_long()
        if self.date is None:
            return f"{lasting} {day}".lstrip()
        if lasting.startswith("until"):
            return f"from {day} {lasting}"
        return f"{lasting} from {day}" if lasting else f"from {day} on" if self.onward else f"on {day}"

    def how_long(self) -> str:
        """How long it lasts, where it ends by itself: 'for 30 days', 'until 6 July 2020'."""
        return ""

    def in_short(self) -> str:
        """What happens, in a few words."""
        return self.short.format(**self._words())

    def _words(self) -> dict[str, Any]:
        """Values of its fields, lists as a sentence has them."""
        words = {name: listed(value) if isinstance(value, tuple) else value for name, value in self}
        return words | {"are": "are" if len(getattr(self, "companies", ())) > 1 else "is"}

    def protects(self) -> bool:
        """Whether it can do nothing but protect rights, so that it may be weighed as a lever (docs/limits.md)."""
        return False

    def lacks(self) -> Iterator[tuple[str, str]]:
        """Fields that must be given because of what others say, and what is expected there."""
        yield from ()

    def idle(self) -> Iterator[tuple[str, str]]:
        """Fields, or nothing for the whole act, that can have no effect, as far as the act alone shows it, and why."""
        yield from ()


def dated[A: Act](acts: Iterable[A]) -> list[tuple[dt.date, A]]:
    """Acts that have a date, with it, from the first to the last; those of one day in the order of the file."""
    found = [(act.date, act) for act in acts if act.date is not None]
    return sorted(found, key=lambda pair: pair[0])


def by_day[A: Act](acts: Iterable[A], day: Callable[[dt.date], int]) -> dict[int, list[tuple[A, bool]]]:
    """What acts with a date do, by the number of the day: each act, and whether it is only announced on that day.

    On a day, they stand in the order of the file.
    """
    happens: dict[int, list[tuple[A, bool]]] = {}
    for act in acts:
        if (announced := getattr(act, "announced", None)) is not None:
            happens.setdefault(day(announced), []).append((act, True))
        if act.date is not None:
            happens.setdefault(day(act.date), []).append((act, False))
    return happens


def waiting[A: Act](acts: Iterable[A]) -> list[tuple[AnyCondition, A]]:
    """Acts that wait for a condition, with it, in the order of the file."""
    return [(act.when, act) for act in acts if act.when is not None]


def span_of(act: Act, start: dt.date, end: dt.date) -> tuple[dt.date, dt.date]:
    """First and last day on which an act may happen in a run from ``start`` to ``end``: its date, if it has one."""
    if act.date is not None:
        return act.date, act.date
    assert act.when is not None
    wait = dt.timedelta(act.when.days_after)
    first = (act.when.earliest or start - dt.timedelta(1)) + wait
    return first, end if act.when.latest is None else min(act.when.latest + wait, end)
