"""Checks: quantities that a run of a case must reproduce, each with its reading, its rule, and what was observed."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from sim.evidence.facts import Fact
from sim.evidence.observed import Numbers
from sim.evidence.readings import PersonReading, Reading
from sim.scenario.fields import Table

if TYPE_CHECKING:
    from sim.runs.once import Run

Role = Literal["fitted", "seen", "unseen"]
"""By what happened. ``fitted``: its quantity was used in a fit of constants. ``seen``: the outcome was known when a
value, a rule or the form of the model was set. ``unseen``: file and constants stood before the case was first run, and
nothing has moved since; it alone tests the model."""
KEY = r"^[a-z0-9]+(-[a-z0-9]+)*$"


class Awaited(Table):
    """An outcome that nobody knows who makes a forecast of it."""

    day: dt.date
    """On which it will be known."""
    source: str = Field(min_length=1)
    """What will tell it."""
    most: float | None = None
    """In the check's unit: what is larger, or never comes within the run, counts as this."""


class CheckText(Table):
    """What a file says of a check, apart from the arguments of its reading."""

    id: str = Field(pattern=KEY, max_length=60)
    what: str = Field(min_length=1)
    reading: str
    unit: str
    low: float | None = None
    high: float | None = None
    tolerance: float | None = Field(None, gt=0)
    factor: float | None = Field(None, gt=1)
    interval: Literal["poisson", "binomial"] | None = None
    trials: Numbers = ()
    why: str = Field(min_length=1)
    facts: tuple[str, ...] = Field((), strict=False)
    observed: float | dict[str, Any] | None = None
    awaited: Awaited | None = None
    scale: Literal["linear", "log"] = "linear"
    spread: float | None = Field(None, gt=0)
    about: Literal["people", "companies", "isps"]
    role: Role
    input: str = ""
    scenario: str = ""
    overrides: tuple[str, ...] = Field((), strict=False)
    group: str = ""


@dataclass(frozen=True, slots=True)
class World:
    """What is run for a check: the scenario of its case (no name), or another; and values changed in it."""

    scenario: str = ""
    overrides: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """One quantity of a case.

    ``low`` and ``high`` are infinite where the rule is a bound. ``observed`` is not-a-number where the model is held to
    a bound that no single observation states; ``spread``, one standard error of observation and model on ``scale``
    (log units, or the check's unit), where none is stated. ``input`` is the key of the scenario that what was observed
    went into, so that meeting it is no hit; empty where it went into none. ``awaited`` tells when an outcome that is
    still open will be known; with a bound the check then asks for yes or no, without one for a number.
    """

    id: str
    what: str
    unit: str
    reading: Reading
    times: float
    low: float
    high: float
    why: str
    observed: float
    facts: tuple[Fact, ...]
    scale: Literal["linear", "log"]
    spread: float
    about: Literal["people", "companies", "isps"]
    role: Role
    input: str
    world: World
    group: str
    awaited: Awaited | None = None

    @property
    def overrides(self) -> tuple[str, ...]:
        """Values changed in the world that the check lives in."""
        return self.world.overrides

    @property
    def rule(self) -> str:
        """The interval for the median, as text."""
        return f"[{self.low:g}, {self.high:g}]"

    @property
    def needs_persons(self) -> bool:
        """Whether the tables of a run do not suffice."""
        return isinstance(self.reading, PersonReading)

    def measure(self, run: Run) -> float:
        """The quantity in a run, in the check's unit; a reading of persons lives the run again (``read_all`` once)."""
        return self.times * float(self.reading(run))

    def passes(self, value: float) -> bool:
        """Whether a value lies in the interval; not-a-number never does."""
        return self.low <= value <= self.high


def persons(checks: Iterable[Check]) -> list[PersonReading]:
    """Those of the checks' readings that need to see people."""
    return [check.reading for check in checks if isinstance(check.reading, PersonReading)]


def finite(value: float) -> Any:
    """A number, or nothing where there is none, for files that know no infinity."""
    return value if math.isfinite(value) else None
