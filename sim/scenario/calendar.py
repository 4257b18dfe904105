"""The calendar: what every act has, whatever its kind, and when acts happen."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from sim.scenario.fields import Table, parameter, several
from sim.scenario.institutions import THREATS
from sim.scenario.stances import STANCES, Stance
from sim.scenario.words import listed

Topic = Literal["surveillance", "access"]
"""What news is about: who reads along (laws, demands, terms of apps), or what can be reached (blocks, outages)."""


class Condition(Table):
    """What every condition has."""

    days_after: int = parameter(
        1, "days from the evening on which it is met to the act", unit="days", ge=1, le=36_525, status="setting"
    )
    earliest: dt.date | None = parameter(None, "first evening that counts; any when absent", status="setting")
    latest: dt.date | None = parameter(None, "last evening that counts; any when absent", status="setting")
    each_time: bool = parameter(
        False, "whether the act happens each time that the condition comes true, or once at most", status="setting"
    )

    def said(self, *, past: bool = False) -> str:
        """The condition as a clause, 'WhatsApp has lost 10 % of its users'; 'had lost' when told of afterwards."""
        raise NotImplementedError


class OfCompanies(Condition):
    """A condition that a number of companies meets."""

    companies: tuple[str, ...] = several((), "companies that count; all when absent", status="setting")
    count: int = parameter(1, "how many of them it takes", unit="companies", ge=1, status="setting")

    def _who(self) -> str:
        if not self.companies:
            return "a company" if self.count == 1 else f"{self.count} companies"
        if self.count == len(self.companies):
            return listed(self.companies)
        return f"{self.count} of {', '.join(self.companies)}"

    def _have(self, *, past: bool) -> str:
        return "had" if past else "has" if self.count == 1 else "have"

    def _are(self, *, past: bool) -> str:
        now, then = ("is", "was") if self.count == 1 else ("are", "were")
        return then if past else now


class CompaniesAnnounced(OfCompanies):
    """It is public of companies that they do not answer demands for data, and they have not gone back on it."""

    kind: Literal["companies-announced"]

    def said(self, *, past: bool = False) -> str:
        """Who has stopped answering in public."""
        return f"{self._who()} {self._have(past=past)} publicly stopped answering demands for data"


class CompaniesStance(OfCompanies):
    """Companies have a stance, announced or not."""

    kind: Literal["companies-stance"]
    stance: Stance = parameter(..., "stance", status="setting")

    def said(self, *, past: bool = False) -> str:
        """Who has which stance."""
        return f"{self._who()} {self._have(past=past)} {STANCES[self.stance].done}"


class RungReached(OfCompanies):
    """Companies stand on a rung of the ladder, or on a higher one."""

    kind: Literal["rung-reached"]
    rung: int = parameter(..., "rung", unit="rung", ge=1, le=6, status="setting")

    def said(self, *, past: bool = False) -> str:
        """Who stands where."""
        return f"{self._who()} {self._are(past=past)} under {THREATS[self.rung]} or worse"


class UsersMoved(Condition):
    """A condition on the holders of a platform against those of an evening before."""

    platform: str = parameter(..., "platform", status="setting")
    since: dt.date | None = parameter(
        None, "evening whose holders it is measured against; the first day's when absent", status="setting"
    )


class UsersLost(UsersMoved):
    """A platform has lost a share of its holders."""

    kind: Literal["users-lost"]
    share: float = parameter(..., "share of its holders that it has lost, at least", gt=0.0, le=1.0, status="setting")

    def said(self, *, past: bool = False) -> str:
        """Which platform, and how much."""
        return f"{self.platform} {'had' if past else 'has'} lost {100 * self.share:g} % of its users"


class UsersGained(UsersMoved):
    """A platform has gained holders, by a share of those that it had."""

    kind: Literal["users-gained"]
    share: float = parameter(..., "gain over the holders that it had, at least", gt=0.0, status="setting")

    def said(self, *, past: bool = False) -> str:
        """Which platform, and how much."""
        return f"{self.platform} {'had' if past else 'has'} gained {100 * self.share:g} % of its users"


class PlatformBlocked(Condition):
    """The average user can hardly use a platform where ISPs carry orders out."""

    kind: Literal["platform-blocked"]
    platform: str = parameter(..., "platform", status="setting")
    access: float = parameter(
        0.5, "usability for the average user below which it is blocked", gt=0.0, le=1.0, status="setting"
    )

    def said(self, *, past: bool = False) -> str:
        """Which platform."""
        return f"{self.platform} {'was' if past else 'is'} blocked"


class LawInForce(Condition):
    """The law is in force."""

    kind: Literal["law-in-force"]

    def said(self, *, past: bool = False) -> str:
        """The clause."""
        return f"the law {'was' if past else 'is'} in force"


class AttentionAbove(Condition):
    """Public attention to a topic is above a level."""

    kind: Literal["attention-above"]
    level: float = parameter(..., "level, in the unit of salience", ge=0.0, status="setting")
    topic: Topic = parameter("surveillance", "topic of the attention", status="setting")

    def said(self, *, past: bool = False) -> str:
        """Attention to what, and above which level."""
        return f"attention to {self.topic} {'was' if past else 'is'} above {self.level:g}"


class ActHappened(Condition):
    """Another act of the calendar happened on that day, dated or waiting itself."""

    kind: Literal["act-happened"]
    act: str = parameter(..., "id of the other act", status="setting")

    def said(self, *, past: bool = False) -> str:
        """Which act."""
        return f"the act '{self.act}' {'had' if past else 'has'} happened"


AnyCondition = Annotated[
    CompaniesAnnounced | CompaniesStance | RungReached | UsersLost | UsersGained | PlatformBlocked | LawInForce
    | AttentionAbove | ActHappened,
    Field(discriminator="kind"),
]  # fmt: skip


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
