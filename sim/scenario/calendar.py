"""The calendar: conditions that acts can wait for, what every act has, and the setup that acts are to fit.

A condition looks at the world as it stands at the end of a day; its act happens on a later day. A condition and an act
say three things of themselves beside their fields: how they are put in words, what does not fit the rest of a scenario
(``clashes``), and what can have no effect, as far as the file alone shows (``idle``).
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from sim.scenario.fields import Fault, Table, parameter, setting, several, times, unknown
from sim.scenario.institutions import (
    FIRST_TECHNICAL_RUNG,
    THREATS,
    Bargaining,
    Centre,
    CivilSociety,
    Committee,
    Company,
    Decision,
    Isp,
    Law,
    Network,
    Police,
    Press,
    Regulator,
)
from sim.scenario.population import Platform, Population
from sim.scenario.stances import STANCES, Stance
from sim.scenario.words import counted, day_in_words, listed

Topic = Literal["surveillance", "access"]
"""What news is about: who reads along (laws, demands, terms of apps), or what can be reached (blocks, outages)."""


MAX_PLATFORMS = 8
LONGEST_DAYS = 36_525
SHARE_TOLERANCE = 1e-6
RARELY = 0.05
"""Chance of a day's delay below which it does not matter that a whole country has it."""

Idle = Iterator[tuple[str, str]]
"""Fields of an act, or "" for the whole of it, that can have no effect, and why."""


class Condition(Table):
    """What every condition has."""

    clause: ClassVar[str]
    """The condition as a clause; names in braces are fields, ``has`` and ``is`` are verbs in their number and tense."""

    days_after: int = setting(1, "days from the day at whose end it is met to the act", unit="days", ge=1, le=36_525)
    earliest: dt.date | None = setting(None, "first day whose end counts; any when absent")
    latest: dt.date | None = setting(None, "last day whose end counts; any when absent")
    each_time: bool = setting(False, "whether the act happens each time that the condition comes true, or once at most")

    def said(self, *, past: bool = False) -> str:
        """The condition as a clause, 'WhatsApp has lost 10 % of its users'; 'had lost' when told of afterwards."""
        number = int(getattr(self, "count", 1) > 1)
        verbs = ("had", ("was", "were")[number]) if past else (("has", "is"), ("have", "are"))[number]
        return self.clause.format(**dict(self), **self._words(), **dict(zip(("has", "is"), verbs, strict=True)))

    def _words(self) -> dict[str, str]:
        """What the clause names beside fields and verbs."""
        return {}

    def clashes(self, scenario: "Setup", act: "Act") -> Iterator[Fault]:
        """What does not fit the scenario in the condition of one of its acts."""
        del act
        since: dt.date | None = getattr(self, "since", None)
        for name, day in (("earliest", self.earliest), ("since", since)):
            if day is not None and day < scenario.start:
                yield Fault(name, f"a date from start {scenario.start} on", day)
        first = since or self.earliest or scenario.start
        if self.latest is not None and self.latest < first:
            yield Fault("latest", f"a date from {first} on", self.latest)
        yield from _strangers(self, scenario)

    def idle(self, scenario: "Setup", act: "Act") -> Idle:
        """Why no day can meet it before its act is to happen; empty where one may."""
        del scenario, act
        yield from ()


class OfCompanies(Condition):
    """A condition that a number of companies meets."""

    companies: tuple[str, ...] = several((), "companies that count; all when absent")
    count: int = setting(1, "how many of them it takes", unit="companies", ge=1)

    def clashes(self, scenario: "Setup", act: "Act") -> Iterator[Fault]:
        """More companies than there are to count."""
        yield from super().clashes(scenario, act)
        most = len(set(self.companies) or scenario.companies)
        if self.count > most:
            yield Fault("count", f"at most as many as there are to count, {most}", self.count)

    def _words(self) -> dict[str, str]:
        who = listed(self.companies)
        if not self.companies:
            who = "a company" if self.count == 1 else f"{self.count} companies"
        elif self.count != len(self.companies):
            who = f"{self.count} of {', '.join(self.companies)}"
        return {"who": who}


class CompaniesAnnounced(OfCompanies):
    """It is public of companies that they do not answer demands for data, and they have not gone back on it."""

    kind: Literal["companies-announced"]
    clause = "{who} {has} publicly stopped answering demands for data"


class CompaniesStance(OfCompanies):
    """Companies have a stance, announced or not."""

    kind: Literal["companies-stance"]
    clause = "{who} {has} {done}"
    stance: Stance = setting(..., "stance")

    def _words(self) -> dict[str, str]:
        return super()._words() | {"done": STANCES[self.stance].done}


class RungReached(OfCompanies):
    """Companies stand on a rung of the ladder, or on a higher one."""

    kind: Literal["rung-reached"]
    clause = "{who} {is} under {threat} or worse"
    rung: int = setting(..., "rung", unit="rung", ge=1, le=6)

    def _words(self) -> dict[str, str]:
        return super()._words() | {"threat": THREATS[self.rung]}

    def idle(self, scenario: "Setup", act: "Act") -> Idle:
        """Nobody climbs so far."""
        if not scenario.may_reach(self.rung, act):
            yield "rung", f"nothing takes a company to rung {self.rung} by then"


class UsersMoved(Condition):
    """A condition on the holders of a platform against those of an earlier day."""

    platform: str = setting(..., "platform")
    since: dt.date | None = setting(None, "day whose holders it is measured against; the first when absent")

    def _words(self) -> dict[str, str]:
        return {"percent": f"{100 * getattr(self, 'share'):g} %"}  # noqa: B009  (each kind has its own)

    def idle(self, scenario: "Setup", act: "Act") -> Idle:
        """There is nobody against whom to count."""
        del act
        if self.since is None and scenario.platforms[self.platform].share == 0.0:
            yield "platform", f"nobody holds {self.platform} at the start, against which its users are counted"


class UsersLost(UsersMoved):
    """A platform has lost a share of its holders."""

    kind: Literal["users-lost"]
    clause = "{platform} {has} lost {percent} of its users"
    share: float = setting(..., "share of its holders that it has lost, at least", gt=0.0, le=1.0)


class UsersGained(UsersMoved):
    """A platform has gained holders, by a share of those that it had."""

    kind: Literal["users-gained"]
    clause = "{platform} {has} gained {percent} of its users"
    share: float = setting(..., "gain over the holders that it had, at least", gt=0.0)


class PlatformBlocked(Condition):
    """The average user can hardly use a platform where ISPs carry orders out."""

    kind: Literal["platform-blocked"]
    clause = "{platform} {is} blocked"
    platform: str = setting(..., "platform")
    access: float = setting(0.5, "usability for the average user below which it is blocked", gt=0.0, le=1.0)

    def idle(self, scenario: "Setup", act: "Act") -> Idle:
        """Nobody orders a block."""
        against = (other for other in scenario.acts if getattr(other, "platform", "") == self.platform)
        early = any(other.is_order and scenario.may_precede(other, act) for other in against)
        if not early and not scenario.may_be_ordered_against(self.platform, act):
            yield "", f"no order against {self.platform} can be in force by then"


class LawInForce(Condition):
    """The law is in force."""

    kind: Literal["law-in-force"]
    clause = "the law {is} in force"

    def idle(self, scenario: "Setup", act: "Act") -> Idle:
        """No law comes."""
        if not scenario.may_be_law(act):
            yield "", "the law is not in force at the start, and no act brings it into force by then"


class AttentionAbove(Condition):
    """Public attention to a topic is above a level."""

    kind: Literal["attention-above"]
    clause = "attention to {topic} {is} above {level:g}"
    level: float = setting(..., "level, in the unit of salience", ge=0.0)
    topic: Topic = setting("surveillance", "topic of the attention")


class ActHappened(Condition):
    """Another act of the calendar happened on that day, dated or waiting itself."""

    kind: Literal["act-happened"]
    clause = "the act '{act}' {has} happened"
    act: str = setting(..., "id of the other act")

    def clashes(self, scenario: "Setup", act: "Act") -> Iterator[Fault]:
        """No other act of that id."""
        yield from super().clashes(scenario, act)
        yield from unknown("act", (self.act,), [o.id for o in scenario.acts if o.id != act.id], "the id of another act")

    def idle(self, scenario: "Setup", act: "Act") -> Idle:
        """The other act waits for this one, or happens on no day that counts."""
        acts = {other.id: other for other in scenario.acts}
        met, chain = acts[self.act], [act.id]
        while isinstance(met.when, ActHappened) and met.id not in chain:
            chain.append(met.id)
            met = acts[met.when.act]
        first, last = acts[self.act].span(scenario)
        if met.id == act.id:
            yield "act", f"it waits for itself, by way of {' and '.join(chain[1:])}"
        elif first > min(self.latest or scenario.end, scenario.end):
            yield "act", f"'{self.act}' does not happen before {first}"
        elif last < (self.earliest or scenario.start):
            yield "act", f"'{self.act}' does not happen after {last}"


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
    protective: ClassVar[bool] = False
    """Whether it can do nothing but protect rights, so that it may be weighed as a lever (docs/limits.md)."""
    enacts: ClassVar[bool] = False
    """Whether it brings the law into force."""
    is_order: ClassVar[bool] = False
    """Whether it orders ISPs to do something."""
    may_stand: ClassVar[bool] = False
    """Whether one that is dated before the start stands when the run begins."""
    of_institutions: ClassVar[bool] = False
    """Whether it moves institutions first, so that a question about it is answered by what companies do."""
    meanwhile: ClassVar[str] = ""
    """What happens to the use of its platform while it lasts, as 'is blocked'; empty where nothing does."""

    id: str = setting(..., "short name, unique in the scenario", pattern=r"^[a-z0-9][a-z0-9-]*$")
    date: dt.date | None = setting(None, "calendar date; absent where it waits")
    when: AnyCondition | None = setting(None, "condition that it waits for, in the place of a date", exclude_if=absent)
    by: str = setting("government", "who acts")
    salience: float = parameter(
        0.0,
        "attention that the act adds to its topic",
        symbol="A_e",
        ge=0.0,
        le=10.0,
        plausible=times(2.0, "told by one wave and guessed for every other act: half to twice"),
    )
    topic: Topic | None = setting(None,
        "what its news is about: surveillance or access; as its kind has it when absent")  # fmt: skip
    names: tuple[str, ...] = several((), "platforms that its news names, and so makes known")
    note: str = setting("", "what happened, for the reader")

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
        days, until = getattr(self, "for_days", None), getattr(self, "until", None)
        if days is not None:
            return f"for {counted(days, 'day')}"
        return f"until {day_in_words(until)}" if until else ""

    def over(self, begin: dt.date) -> dt.date | None:
        """First day on which it is over of itself, where it begins on a day; None where it never is."""
        days, until = getattr(self, "for_days", None), getattr(self, "until", None)
        return until if days is None else begin + dt.timedelta(days)

    def in_short(self) -> str:
        """What happens, in a few words."""
        return self.short.format(**self._words())

    def _words(self) -> dict[str, Any]:
        """Values of its fields, lists as a sentence has them."""
        words = {name: listed(value) if isinstance(value, tuple) else value for name, value in self}
        return words | {"are": "are" if len(getattr(self, "companies", ())) > 1 else "is"}

    def protects(self) -> bool:
        """Whether it is protective; where that hangs on its fields, the kind says how."""
        return self.protective

    def faults(self) -> Iterator[Fault]:
        """An end is a date after the act's own, or a length; what waits for a condition can be given no date."""
        for end, length in (("until", "for_days"), ("deadline", "within_days")):
            date: dt.date | None = getattr(self, end, None)
            if date is None:
                continue
            if getattr(self, length) is not None:
                yield Fault(length, f"either {end} or {length}", getattr(self, length))
            elif self.when is not None:
                yield Fault(end, f"no date in an act that waits; a length in {length}", date)
            if self.date is not None and date <= self.date:
                yield Fault(end, f"a date after the act's own, {self.date}", date)

    def clashes(self, scenario: "Setup") -> Iterator[Fault]:
        """What does not fit the scenario; a date after its end does, since a shorter run may be of the same world."""
        if self.date is None and self.when is None:
            yield Fault("date", "a date (YYYY-MM-DD), or a condition in the place of one (when)", None)
        elif self.date is not None and self.when is not None:
            yield Fault("date", "no date beside a condition (when)", self.date)
        if self.date is not None and self.date < scenario.start and not self.may_stand:
            yield Fault("date", f"a date from start {scenario.start} on", self.date)
        yield from _strangers(self, scenario)
        if self.when is not None:
            yield from (fault.within("when") for fault in self.when.clashes(scenario, self))

    def idle(self, scenario: "Setup") -> Idle:
        """What in an act of its kind can have no effect; ``idle_acts`` adds what is idle in an act of any kind."""
        del scenario
        yield from ()

    def doubts(self, scenario: "Setup") -> Idle:
        """What of it has an effect that is hardly meant, and which."""
        del scenario
        yield from ()

    def span(self, scenario: "Setup") -> tuple[dt.date, dt.date]:
        """First and last day on which it may happen: its date, if it has one."""
        if self.date is not None:
            return self.date, self.date
        assert self.when is not None
        wait = dt.timedelta(self.when.days_after)
        first = (self.when.earliest or scenario.start - dt.timedelta(1)) + wait
        return first, scenario.end if self.when.latest is None else min(self.when.latest + wait, scenario.end)


NAMING = {
    "platform": ("platforms", "a platform"),
    "company": ("companies", "a company"),
    "companies": ("companies", "a company"),
    "isps": ("isps", "an ISP"),
    "names": ("platforms", "a platform"),
}
"""Fields of acts and conditions that name something, the table in which it stands, and what it is."""


def _strangers(table: Table, scenario: "Setup") -> Iterator[Fault]:
    """Names of platforms, companies and ISPs that the scenario does not have."""
    for field, (group, what) in NAMING.items():
        named = getattr(table, field, None)
        names = (named,) if isinstance(named, str) else named or ()
        yield from unknown(field, names, getattr(scenario, group), what)


Name = Annotated[str, Field(pattern=r"^[^\s.][^.\n]*$", max_length=40)]


class Setup(Table):
    """A world of institutions and people, and the days of a run; ``Scenario`` says of which kinds its acts are."""

    title: str = setting(..., "what the scenario is, in a line", min_length=1, max_length=200)
    question: str = setting("", "what it is meant to answer")
    start: dt.date = setting(..., "first day")
    end: dt.date = setting(..., "last day, included")
    focus: dt.date | None = setting(None,
        "day around which outcomes are measured; the day the law comes into force when absent")  # fmt: skip
    baseline: str | None = setting(None,
        "scenario that a run is put beside, to tell what the difference does: a file, or a shipped name",
        max_length=200)  # fmt: skip
    steps_per_day: int = setting(1, "steps of the population per day", unit="1/day", ge=1, le=24)
    law: Law = setting(Law(), "the legal regime at the start")
    population: Population = setting(Population(), "the people")
    platforms: dict[Name, Platform] = setting(..., "messengers, in the order of the tables", min_length=1,
        max_length=MAX_PLATFORMS)  # fmt: skip
    decision: Decision = setting(Decision(), "how companies believe and decide")
    bargaining: Bargaining = setting(Bargaining(),
        "how much a company under pressure, and the state behind it, bear before they give in")  # fmt: skip
    companies: dict[Name, Company] = setting({}, "companies")
    regulators: dict[Name, Regulator] = setting({}, "regulators: one police, one committee, one centre at most")
    network: Network = setting(Network(), "what internet service providers have in common")
    isps: dict[Name, Isp] = setting(..., "internet service providers", min_length=1, max_length=32)
    press: Press = setting(Press(), "press")
    society: CivilSociety = setting(CivilSociety(), "civil society")
    acts: tuple[Act, ...] = several((), "calendar")

    @property
    def days(self) -> int:
        """Days simulated, both ends included."""
        return (self.end - self.start).days + 1

    def day(self, date: dt.date) -> int:
        """Day number of a calendar date; 0 is the first day."""
        return (date - self.start).days

    def date(self, day: int) -> dt.date:
        """Calendar date of a day number."""
        return self.start + dt.timedelta(days=day)

    def calendar(self, day: int) -> tuple[Act, ...]:
        """Acts that are dated on a day, in the order of the file."""
        return tuple(act for date, act in dated(self.acts) if self.day(date) == day)

    def owner(self, platform: str) -> str | None:
        """Name of the company that owns a platform, if any does."""
        return next((name for name, company in self.companies.items() if platform in company.platforms), None)

    @property
    def police(self) -> tuple[str, Police] | None:
        """Name and description of the police, if the scenario has one."""
        return self._regulator(Police)

    @property
    def committee(self) -> tuple[str, Committee] | None:
        """Name and description of the committee that escalates, if the scenario has one."""
        return self._regulator(Committee)

    @property
    def centre(self) -> tuple[str, Centre] | None:
        """Name and description of the government above the city's, if the scenario has one."""
        return self._regulator(Centre)

    def _regulator[R: (Police, Committee, Centre)](self, role: type[R]) -> tuple[str, R] | None:
        return next(((name, body) for name, body in self.regulators.items() if isinstance(body, role)), None)

    # What may happen, as far as the file alone shows it

    def may_precede(self, act: Act, later: Act) -> bool:
        """Whether an act may have happened by the last day on which another one may."""
        return act.span(self)[0] <= later.span(self)[1]

    def may_be_law(self, act: Act) -> bool:
        """Whether the law may be in force on the day of an act."""
        return self.law.in_force or any(other.enacts and self.may_precede(other, act) for other in self.acts)

    def may_reach(self, rung: int, act: Act, company: str | None = None) -> bool:
        """Whether the ladder, or an act, may take a company, or any, to a rung by the day of an act."""
        if self.committee and self.committee[1].ladder_rate > 0.0 and self.committee[1].highest_rung >= rung:
            return True
        ups = (other for other in self.acts if getattr(other, "rung", -1) >= rung and self.may_precede(other, act))
        return any(company is None or company in getattr(up, "companies", ()) for up in ups)

    def shortest_notice(self) -> int | None:
        """Fewest days ahead that ISPs are told of an order that has them take something away; None without one."""
        body = self.committee[1] if self.committee else None
        climbs = body is not None and body.ladder_rate > 0.0 and body.highest_rung >= FIRST_TECHNICAL_RUNG
        orders = [act for act in self.acts if act.is_order and getattr(act, "access", 0.0) < 1.0]
        return 0 if climbs else min(map(notice, orders), default=None)

    def may_be_ordered_against(self, platform: str, act: Act) -> bool:
        """Whether the ladder may have brought an order against a platform by the day of an act."""
        owner = self.owner(platform)
        return owner is not None and self.may_reach(FIRST_TECHNICAL_RUNG, act, owner)

    def may_press(self, company: str) -> bool:
        """Whether the ladder or an act may ever bring a sanction, or an order against its platforms, on a company."""
        if self.committee and self.committee[1].ladder_rate > 0.0:
            return True
        for act in self.acts:
            if getattr(act, "rung", 0) and company in getattr(act, "companies", ()):
                return True
            if act.is_order and getattr(act, "platform", None) in self.companies[company].platforms:
                return True
        return False

    def may_be_known(self, platform: str) -> bool:
        """Whether anyone holds an app, or can come to know it."""
        named = any(platform in act.names and act.salience > 0.0 for act in self.acts)
        return self.platforms[platform].share > 0.0 or bool(self.platforms[platform].awareness) or named

    # What does not go together

    def faults(self) -> Iterator[Fault]:
        """Dates that are in no order, shares that do not add up, and names that are not there or stand twice."""
        if not 1 <= (self.end - self.start).days < LONGEST_DAYS:
            yield Fault("end", f"a date after start ({self.start}), within 100 years", self.end)
        if self.focus is not None and not self.start <= self.focus <= self.end:
            yield Fault("focus", f"a date from start {self.start} to end {self.end}", self.focus)
        offline = self.population.offline_share
        for name, platform in self.platforms.items():
            if offline > 0.0 and platform.share > 1.0 - offline:
                left = 1.0 - platform.share
                yield Fault("population.offline_share", f"at most what {name} leaves, {left:g}", offline)
        yield from self._faults_of_companies()
        total = sum(isp.share for isp in self.isps.values())
        if abs(total - 1.0) > SHARE_TOLERANCE:
            yield Fault("isps", f"shares that sum to 1 (within {SHARE_TOLERANCE:g})", round(total, 9))
        holders: dict[str, str] = {}
        for name, regulator in self.regulators.items():
            if (holder := holders.setdefault(regulator.role, name)) != name:
                yield Fault(f"regulators.{name}.role", f"a role that {holder} does not hold", regulator.role)

    def _faults_of_companies(self) -> Iterator[Fault]:
        groups = dict.fromkeys(["western", *(company.group for company in self.companies.values())])
        owners: dict[str, str] = {}
        for name, company in self.companies.items():
            key = f"companies.{name}"
            yield from unknown(f"{key}.platforms", company.platforms, self.platforms, "a platform")
            yield from unknown(f"{key}.listens_to", company.listens_to, groups, "the group of a company")
            for platform in company.platforms:
                if platform in owners:
                    expected = f"a platform that {owners[platform]} does not own already"
                    yield Fault(f"{key}.platforms", expected, platform)
                owners.setdefault(platform, name)


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


def notice(order: Act) -> int:
    """Days ahead of its own that ISPs are told of an order."""
    told = getattr(order, "told", None)
    return (order.date - told).days if order.date and told else 0


def idle_acts(scenario: Setup) -> Idle:
    """Yield the key of each act that can have no effect, or lacks the effect that it names, and why."""
    for act in scenario.acts:
        first, ahead = act.span(scenario)[0], getattr(act, "announced", None)
        if first <= scenario.end or (ahead is not None and ahead <= scenario.end):
            yield from ((f"acts.{act.id}.{key}".rstrip("."), why) for key, why in _idle_in_any(act, scenario))
        else:
            key = f"acts.{act.id}.{'date' if act.date else 'when'}"
            yield key, f"{first} is after the end, {scenario.end}: it never happens"


def doubtful(scenario: Setup) -> Idle:
    """Yield the key of what has an effect that is hardly meant, and which: in acts, and of a country's one provider."""
    for act in scenario.acts:
        yield from ((f"acts.{act.id}.{key}".rstrip("."), why) for key, why in act.doubts(scenario))
    (name, isp), *others = scenario.isps.items()
    ahead = scenario.shortest_notice()
    if others or ahead is None or isp.compliance == 0.0:
        return
    late = 1.0 - isp.chance_to_act(ahead + 1, scenario.network)
    if late > RARELY:
        yield (
            f"isps.{name}",
            f"one provider for all: in {late:.0%} of runs a block begins for nobody on its day; name the largest",
        )


def _idle_in_any(act: Act, scenario: Setup) -> Idle:
    """Words about attention that an act does not draw, an app that nobody can know, a condition that no day meets."""
    if act.salience == 0.0:
        if act.names:
            yield "names", f"without salience, nobody comes to know {' or '.join(act.names)} by it"
        if act.topic is not None:
            yield "topic", "without salience, there is no attention that could go to a topic"
    platform = getattr(act, "platform", None)
    if platform is not None and not scenario.may_be_known(platform):
        no_news = "no awareness, and no news names it"
        yield "platform", f"nobody holds {platform}, and nobody can come to know it: {no_news}"
    if act.when is not None:
        yield from ((f"when.{key}".rstrip("."), why) for key, why in act.when.idle(scenario, act))
    yield from act.idle(scenario)
