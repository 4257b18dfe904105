"""A scenario: the frozen, complete description of a world, and the only thing that a model is built from."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.scenario.acts import AnyAct, IspOrder
from sim.scenario.calendar import Act, ActHappened, Condition, OfCompanies, dated, waiting
from sim.scenario.errors import dotted
from sim.scenario.fields import Leaf, Status, Table, leaves, parameter, patterns, several
from sim.scenario.institutions import (
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

LONGEST_DAYS = 36_525
SHARE_TOLERANCE = 1e-6
LONGEST_TEXT = 2000
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""What a terminal or a page would obey instead of showing it; among it what turns the direction of writing."""
LINES = re.compile("[\t\n]")
PROSE = ("question", "note")
"""Texts that may have several lines."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at one key."""

    key: str
    expected: str
    found: Any
    choices: tuple[str, ...] = ()


def faults(scenario: Scenario) -> Iterator[Fault]:
    """Yield what is wrong across the tables of a scenario whose tables are right one by one."""
    for check in (
        _texts,
        _period,
        _people,
        _platforms,
        _ownership,
        _groups,
        _channels,
        _isps,
        _regulators,
        _act_ids,
        _act_dates,
        _act_names,
        _conditions,
        _sources,
    ):
        yield from check(scenario)


def _texts(scenario: Scenario) -> Iterator[Fault]:
    """Names and texts that would not be read as they are written, or that no page has room for."""
    for path, text in _strings(scenario.model_dump(), ()):
        shown = LINES.sub(" ", text) if path[-1] in PROSE else text
        if CONTROL.search(shown):
            yield Fault(dotted(path), "text without control characters", text)
        elif len(text) > LONGEST_TEXT:
            yield Fault(dotted(path), f"at most {LONGEST_TEXT:,} characters", len(text))


def _strings(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every text of a scenario, the names of its tables included, and where it stands."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield (*path, name), name
            yield from _strings(item, (*path, name))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _strings(item, (*path, item["id"]) if isinstance(item, dict) else path)


def _period(scenario: Scenario) -> Iterator[Fault]:
    if not 1 <= (scenario.end - scenario.start).days < LONGEST_DAYS:
        yield Fault("end", f"a date after start ({scenario.start}), within 100 years", scenario.end)
    if scenario.focus is not None and not scenario.start <= scenario.focus <= scenario.end:
        yield Fault("focus", f"a date from start {scenario.start} to end {scenario.end}", scenario.focus)


def _people(scenario: Scenario) -> Iterator[Fault]:
    people = scenario.population
    if people.degree < people.group_size - 1:
        least = people.group_size - 1
        yield Fault("population.degree", f"at least group_size - 1, {least} persons", people.degree)
    if people.degree >= people.users:
        yield Fault("population.degree", f"less than users, {people.users} persons", people.degree)
    if people.group_size > people.users:
        yield Fault("population.group_size", f"at most users, {people.users} persons", people.group_size)
    if people.threshold_high < people.threshold_low:
        yield Fault(
            "population.threshold_high", f"at least threshold_low, {people.threshold_low}", people.threshold_high
        )


def _platforms(scenario: Scenario) -> Iterator[Fault]:
    offline = scenario.population.offline_share
    for name, platform in scenario.platforms.items():
        key = f"platforms.{name}"
        if offline > 0.0 and platform.share > 1.0 - offline:
            yield Fault("population.offline_share", f"at most what {name} leaves, {1.0 - platform.share:g}", offline)
        if platform.awareness is not None and platform.awareness < platform.share:
            yield Fault(f"{key}.awareness", f"at least the share that has it, {platform.share:g}", platform.awareness)
        if platform.wanted is not None and platform.share > 0.0:
            yield Fault(f"{key}.wanted", f"a share of 0, where nothing else tells its worth; not {platform.share:g}",
                        platform.wanted)  # fmt: skip


def _ownership(scenario: Scenario) -> Iterator[Fault]:
    owners: dict[str, str] = {}
    for name, company in scenario.companies.items():
        key = f"companies.{name}.platforms"
        yield from _known(key, company.platforms, scenario.platforms, "a platform")
        for platform in company.platforms:
            if platform in owners:
                yield Fault(key, f"a platform that {owners[platform]} does not own already", platform)
            owners.setdefault(platform, name)


def _groups(scenario: Scenario) -> Iterator[Fault]:
    groups = dict.fromkeys(["western", *(company.group for company in scenario.companies.values())])
    for name, company in scenario.companies.items():
        yield from _known(f"companies.{name}.listens_to", company.listens_to, groups, "the group of a company")


def _channels(scenario: Scenario) -> Iterator[Fault]:
    for name, company in scenario.companies.items():
        if "removal" in company.requests:
            expected = "another name: removals have a table of their own"
            yield Fault(f"companies.{name}.requests", expected, "removal")


def _isps(scenario: Scenario) -> Iterator[Fault]:
    total = sum(isp.share for isp in scenario.isps.values())
    if abs(total - 1.0) > SHARE_TOLERANCE:
        yield Fault("isps", f"shares that sum to 1 (within {SHARE_TOLERANCE:g})", round(total, 9))


def _regulators(scenario: Scenario) -> Iterator[Fault]:
    holders: dict[str, str] = {}
    for name, regulator in scenario.regulators.items():
        if regulator.role in holders:
            yield Fault(
                f"regulators.{name}.role", f"a role that {holders[regulator.role]} does not hold", regulator.role
            )
        holders.setdefault(regulator.role, name)


def _act_ids(scenario: Scenario) -> Iterator[Fault]:
    for name, count in Counter(act.id for act in scenario.acts).items():
        if count > 1:
            yield Fault(f"acts.{name}.id", "an id that no other act has", name)


def _act_dates(scenario: Scenario) -> Iterator[Fault]:
    for act in scenario.acts:
        if act.date is None and act.when is None:
            yield Fault(f"acts.{act.id}.date", "a date (YYYY-MM-DD), or a condition in the place of one (when)", None)
        elif act.date is not None and act.when is not None:
            yield Fault(f"acts.{act.id}.date", "no date beside a condition (when)", act.date)
        yield from _lengths(act)
    for date, act in dated(scenario.acts):
        # One after the end is no fault, as a shorter run of the same world never meets it; an order may stand before.
        if date < scenario.start and not isinstance(act, IspOrder):
            yield Fault(f"acts.{act.id}.date", f"a date from start {scenario.start} on", date)
        if isinstance(act, IspOrder) and act.announced is not None and act.announced >= date:
            yield Fault(f"acts.{act.id}.announced", f"a date before the act's own, {date}", act.announced)
        for name in ("until", "deadline"):
            limit: dt.date | None = getattr(act, name, None)
            if limit is not None and limit <= date:
                yield Fault(f"acts.{act.id}.{name}", f"a date after the act's own, {date}", limit)


def _lengths(act: Act) -> Iterator[Fault]:
    """An end is a date or a length; what waits for a condition can be given no date that goes with its own."""
    for name, length in (("until", "for_days"), ("deadline", "within_days"), ("announced", "")):
        limit = getattr(act, name, None)
        if limit is not None and length and getattr(act, length) is not None:
            yield Fault(f"acts.{act.id}.{length}", f"either {name} or {length}", getattr(act, length))
        elif limit is not None and act.when is not None:
            expected = f"no date in an act that waits{f'; a length in {length}' if length else ''}"
            yield Fault(f"acts.{act.id}.{name}", expected, limit)


def _conditions(scenario: Scenario) -> Iterator[Fault]:
    acts = tuple(act.id for act in scenario.acts)
    for when, act in waiting(scenario.acts):
        key = f"acts.{act.id}.when"
        yield from _evenings(key, when, scenario)
        yield from _known(f"{key}.platform", _named(when, "platform"), scenario.platforms, "a platform")
        if isinstance(when, OfCompanies):
            yield from _known(f"{key}.companies", when.companies, scenario.companies, "a company")
            most = len(set(when.companies) or scenario.companies)
            if when.count > most:
                yield Fault(f"{key}.count", f"at most as many as there are to count, {most}", when.count)
        if isinstance(when, ActHappened):
            others = [name for name in acts if name != act.id]
            yield from _known(f"{key}.act", (when.act,), others, "the id of another act")


def _evenings(key: str, when: Condition, scenario: Scenario) -> Iterator[Fault]:
    for name in ("earliest", "since"):
        evening: dt.date | None = getattr(when, name, None)
        if evening is not None and evening < scenario.start:
            yield Fault(f"{key}.{name}", f"a date from start {scenario.start} on", evening)
    first = getattr(when, "since", None) or when.earliest or scenario.start
    if when.latest is not None and when.latest < first:
        yield Fault(f"{key}.latest", f"a date from {first} on", when.latest)


def _act_names(scenario: Scenario) -> Iterator[Fault]:
    for act in scenario.acts:
        key = f"acts.{act.id}"
        yield from _known(f"{key}.platform", _named(act, "platform"), scenario.platforms, "a platform")
        yield from _known(f"{key}.company", _named(act, "company"), scenario.companies, "a company")
        yield from _known(f"{key}.companies", getattr(act, "companies", ()), scenario.companies, "a company")
        yield from _known(f"{key}.isps", getattr(act, "isps", ()), scenario.isps, "an ISP")
        yield from _known(f"{key}.names", act.names, scenario.platforms, "a platform")
        yield from (Fault(f"{key}.{name}", expected, None) for name, expected in act.lacks())


def _sources(scenario: Scenario) -> Iterator[Fault]:
    keys = tuple(leaf.key for leaf in leaves(scenario))
    known = {*keys}
    for key in keys:
        while "." in key and (around := f"{key.rpartition('.')[0]}.*") not in known:  # else those around it are known
            known.add(around)
            key = around[:-2]
    for pattern in scenario.sources:
        if pattern not in known:
            yield Fault(f'sources."{pattern}"', "the dotted key of a parameter, or a prefix with .*", pattern, keys)


def _named(table: Act | Condition, attribute: str) -> tuple[str, ...]:
    name = getattr(table, attribute, None)
    return () if name is None else (name,)


def _known(key: str, names: Iterable[str], choices: Iterable[str], kind: str) -> Iterator[Fault]:
    known = tuple(choices)
    for name in names:
        if name not in known:
            yield Fault(key, f"{kind}: {', '.join(known) or 'none is declared'}", name, known)


MAX_PLATFORMS = 8
Name = Annotated[str, Field(pattern=r"^[^\s.][^.\n]*$", max_length=40)]


TOLD = {"title", "question", "focus", "baseline", "observed", "sources"}
"""What is told of a world and shapes nothing in it: two that differ in these alone live the same days."""
UNORDERED = ("companies", "regulators", "sources", "observed")
"""Tables whose order means nothing: what is drawn for them, or said of them, goes by their names."""


def _by_name(table: dict[str, Any]) -> dict[str, Any]:
    return dict(sorted(table.items()))


class Source(Table):
    """Where a value of this scenario comes from."""

    status: Status = parameter(..., "measured, borrowed, calibrated, assumed or setting", status="setting")
    table: str = parameter("", "evidence table, relative to the scenario folder", status="setting")
    row: str = parameter("", "row of that table, as 'date_or_period | entity | variable'", status="setting")
    note: str = parameter("", "derivation, or a source that is not in a table", status="setting")


class Observed(Table):
    """What was observed of a headline measure, to stand beside the simulated value."""

    value: float = parameter(..., "observed value, in the unit of the measure", status="measured")
    table: str = parameter("", "evidence table, relative to the scenario folder", status="setting")
    row: str = parameter("", "row of that table, as 'date_or_period | entity | variable'", status="setting")
    note: str = parameter("", "derivation, or a source that is not in a table", status="setting")


class Scenario(Table):
    """A world of institutions and people, with a calendar."""

    title: str = parameter(..., "what the scenario is, in a line", status="setting", min_length=1, max_length=200)
    question: str = parameter("", "what it is meant to answer", status="setting")
    start: dt.date = parameter(..., "first day", status="setting")
    end: dt.date = parameter(..., "last day, included", status="setting")
    focus: dt.date | None = parameter(
        None, "day around which outcomes are measured; the day the law comes into force when absent", status="setting"
    )
    baseline: str | None = parameter(
        None, "scenario that a run is put beside, to tell what the difference does: a file, or a shipped name",
        status="setting", max_length=200,
    )  # fmt: skip
    steps_per_day: int = parameter(1, "steps of the population per day", unit="1/day", status="setting", ge=1, le=24)
    law: Law = parameter(Law(), "the legal regime at the start", status="setting")
    population: Population = parameter(Population(), "the people", status="setting")
    platforms: dict[Name, Platform] = parameter(
        ..., "messengers, in the order of the tables", status="setting", min_length=1, max_length=MAX_PLATFORMS
    )
    decision: Decision = parameter(Decision(), "how companies believe and decide", status="setting")
    bargaining: Bargaining = parameter(
        Bargaining(), "how a company under pressure and the state behind it wear one another out", status="setting"
    )
    companies: dict[Name, Company] = parameter({}, "companies", status="setting")
    regulators: dict[Name, Regulator] = parameter(
        {}, "regulators: one police, one committee, one centre at most", status="setting"
    )
    network: Network = parameter(Network(), "what internet service providers have in common", status="setting")
    isps: dict[Name, Isp] = parameter(..., "internet service providers", status="setting", min_length=1, max_length=32)
    press: Press = parameter(Press(), "press", status="setting")
    society: CivilSociety = parameter(CivilSociety(), "civil society", status="setting")
    acts: tuple[AnyAct, ...] = several((), "calendar", status="setting")
    sources: dict[str, Source] = parameter({}, "origin of values, by dotted key", status="setting")
    observed: dict[str, Observed] = parameter({}, "observed values, by headline measure", status="setting")

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
        return next(((name, body) for name, body in self.regulators.items() if isinstance(body, Police)), None)

    @property
    def committee(self) -> tuple[str, Committee] | None:
        """Name and description of the committee that escalates, if the scenario has one."""
        return next(((name, body) for name, body in self.regulators.items() if isinstance(body, Committee)), None)

    @property
    def centre(self) -> tuple[str, Centre] | None:
        """Name and description of the government above the city's, if the scenario has one."""
        return next(((name, body) for name, body in self.regulators.items() if isinstance(body, Centre)), None)

    def digest(self) -> str:
        """SHA-256 of the content, as 64 hexadecimal digits; scenarios are equal if and only if their digests are.

        The order of companies, regulators, sources and observed values is no content; that of platforms and ISPs is,
        for it numbers them. Nor is the baseline content: what a world is put beside changes nothing in it.
        """
        return hashlib.sha256(self._content().encode()).hexdigest()

    def _content(self) -> str:
        """The scenario as JSON, with what goes by its name alone in the order of names."""
        return self.model_copy(update={name: _by_name(getattr(self, name)) for name in UNORDERED}).model_dump_json(
            exclude={"baseline"}
        )

    def __eq__(self, other: object) -> bool:
        """Equality of content, as ``digest`` takes it."""
        return isinstance(other, Scenario) and self._content() == other._content()

    def __hash__(self) -> int:
        return hash(self.digest())

    @model_validator(mode="after")
    def _tables_agree(self) -> Self:
        found = list(faults(self))
        if found:
            first = found[0]
            context = {
                "key": first.key,
                "expected": first.expected,
                "found": first.found,
                "choices": first.choices,
                "more": len(found) - 1,
            }
            raise PydanticCustomError("disagreement", "{key}: expected {expected}, found {found}", context)
        return self


class Origin(NamedTuple):
    """A parameter as it stands in a scenario, and what it rests on."""

    key: str
    meaning: str
    unit: str
    value: Any
    status: Status
    source: str
    symbol: str
    is_default: bool

    @property
    def is_claim(self) -> bool:
        """Whether it is a number (or a list of numbers) that says something about the world."""
        first = self.value[0] if isinstance(self.value, tuple) and self.value else self.value
        return self.status != "setting" and isinstance(first, int | float) and not isinstance(first, bool)


def origins(scenario: Scenario, known: Sequence[Leaf] | None = None) -> list[Origin]:
    """Every parameter with value, unit, status and source, in the order of the schema; ``known`` are its leaves.

    What ``[sources]`` says of a value goes first: its own key before a prefix, a longer prefix before a shorter one.
    Without an entry, a default has the status of its declaration, and any other value is assumed.
    """
    return [_origin(leaf, _entry(leaf.key, scenario.sources)) for leaf in known or leaves(scenario)]


def count_assumed(scenario: Scenario) -> tuple[int, int]:
    """How many numbers rest on assumption, and how many there are.

    A default that many tables share, such as the time that each company takes to answer, counts once.
    """
    status = {(item.meaning if item.is_default else item.key): item.status for item in _claims(scenario)}
    return sum(value == "assumed" for value in status.values()), len(status)


def _claims(scenario: Scenario) -> Iterator[Origin]:
    return (item for item in origins(scenario) if item.is_claim)


def _entry(key: str, sources: dict[str, Source]) -> Source | None:
    """The entry of a key itself, or that of its longest prefix."""
    for pattern in patterns(key):
        if pattern in sources:
            return sources[pattern]
    return None


def _origin(leaf: Leaf, entry: Source | None) -> Origin:
    is_default = leaf.value == leaf.default and entry is None
    status, source = leaf.status, leaf.source
    if entry is not None:
        status, source = entry.status, cite(entry)
    elif not is_default and status != "setting":
        status, source = "assumed", ""
    return Origin(leaf.key, leaf.meaning, leaf.unit, leaf.value, status, source, leaf.symbol, is_default)


def cite(entry: Source) -> str:
    """The source as one line: the row of the evidence table, and how the value follows from it."""
    pointer = ": ".join(part for part in (entry.table, entry.row) if part)
    return "; ".join(part for part in (pointer, entry.note) if part)
