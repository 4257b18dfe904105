"""A scenario: the frozen, complete description of a world, and the only thing that a model is built from."""

import datetime as dt
import hashlib
from typing import Annotated, Any, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.scenario.acts import AnyAct
from sim.scenario.calendar import Act, dated
from sim.scenario.checks import faults
from sim.scenario.companies import Bargaining, Company, Decision
from sim.scenario.fields import Status, Table, parameter, several
from sim.scenario.institutions import Centre, CivilSociety, Committee, Isp, Law, Network, Police, Press, Regulator
from sim.scenario.population import Platform, Population

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
