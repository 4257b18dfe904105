"""A scenario: the frozen, complete description of a world, and the only thing that a model is built from."""

import datetime as dt
import hashlib
from typing import Annotated

from pydantic import Field, model_validator

from sim.scenario.acts import Act, AnyAct
from sim.scenario.fields import Status, Table, parameter
from sim.scenario.institutions import (
    Centre,
    CivilSociety,
    Committee,
    Company,
    Decision,
    Isp,
    Law,
    Police,
    Press,
    Regulator,
)
from sim.scenario.population import Platform, Population

MAX_PLATFORMS = 8
Name = Annotated[str, Field(pattern=r"^[^\s.][^.\n]*$", max_length=40)]


class Source(Table):
    """Where a value of this scenario comes from."""

    status: Status = parameter(..., "measured, borrowed, calibrated, assumed or setting", status="setting")
    table: str = parameter("", "evidence table, relative to the scenario folder", status="setting")
    row: str = parameter("", "row of that table, as 'date_or_period | entity | variable'", status="setting")
    note: str = parameter("", "derivation, or a source that is not in a table", status="setting")


class Scenario(Table):
    """A world of institutions and people, with a calendar."""

    title: str = parameter(..., "what the scenario is, in a line", status="setting", min_length=1)
    question: str = parameter("", "what it is meant to answer", status="setting")
    start: dt.date = parameter(..., "first day", status="setting")
    end: dt.date = parameter(..., "last day, included", status="setting")
    focus: dt.date | None = parameter(
        None, "day around which outcomes are measured; the day the law comes into force when absent", status="setting"
    )
    steps_per_day: int = parameter(1, "steps of the population per day", unit="1/day", status="setting", ge=1, le=24)
    law: Law = parameter(Law(), "the legal regime at the start", status="setting")
    population: Population = parameter(Population(), "the people", status="setting")
    platforms: dict[Name, Platform] = parameter(
        ..., "messengers, in the order of the tables", status="setting", min_length=1, max_length=MAX_PLATFORMS
    )
    decision: Decision = parameter(Decision(), "how companies believe and decide", status="setting")
    companies: dict[Name, Company] = parameter({}, "companies", status="setting")
    regulators: dict[Name, Regulator] = parameter({}, "regulators: one police, one committee, one centre at most", status="setting")
    isps: dict[Name, Isp] = parameter(..., "internet service providers", status="setting", min_length=1, max_length=32)
    press: Press = parameter(Press(), "press", status="setting")
    society: CivilSociety = parameter(CivilSociety(), "civil society", status="setting")
    acts: tuple[AnyAct, ...] = parameter((), "calendar", status="setting")
    sources: dict[str, Source] = parameter({}, "origin of values, by dotted key", status="setting")

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

    def digest(self) -> str:
        """SHA-256 of the content, as 64 hexadecimal digits; equal scenarios have equal digests."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()
