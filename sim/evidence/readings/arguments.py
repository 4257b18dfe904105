"""Arguments of readings: what a check may write, and how it is checked against the scenario of its case."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, get_args

from sim.codebook import CODEBOOK
from sim.scenario.errors import ScenarioError, show
from sim.scenario.schema import Scenario
from sim.scenario.stances import Stance as AnyStance

type Days = tuple[dt.date, dt.date]
"""First and last day of a period, both included."""
type Kind = Callable[[Any, Asked], Any]
"""Turns what a file says into an argument, or raises the line that says what is wrong with it."""

EXPECTED_USERS = {"daily_users": "persons", "weekly_users": "persons", "monthly_users": "persons"}
"""Columns of use apart from holding, with their units."""


def columns(table: str) -> dict[str, str]:
    """Columns of a table that can be read, with their units."""
    extra = EXPECTED_USERS if table == "usage" else {}
    return {**extra, **{name: one.unit for name, one in CODEBOOK[table].items() if one.kind == "measure"}}


@dataclass(frozen=True, slots=True)
class Asked:
    """Where an argument stands: the scenario that it is about, its file, and its dotted key."""

    scenario: Scenario
    place: str
    key: str

    def wrong(self, expected: str, value: Any, choices: Iterable[str] = ()) -> ScenarioError:
        """The line about a value that is none of what was expected."""
        typed = value if isinstance(value, str) else ""
        return ScenarioError.at(self.place, self.key, expected, show(value), tuple(choices), typed)


def one_of(value: Any, asked: Asked, what: str, names: Mapping[str, Any] | Iterable[str]) -> str:
    """A name among those that exist."""
    known = tuple(names)
    if value not in known or not isinstance(value, str):
        raise asked.wrong(f"{what} ({', '.join(known)})" if len(known) <= 12 else what, value, known)
    return value


def several(value: Any, asked: Asked, what: str, names: Iterable[str]) -> tuple[str, ...]:
    """One name or a list of them, each once."""
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list | tuple) or not given:
        raise asked.wrong(f"{what}, or a list of such", value)
    found = tuple(one_of(item, asked, what, names) for item in given)
    if len(set(found)) < len(found):
        raise asked.wrong("each name once", value)
    return found


def platform(value: Any, asked: Asked) -> str:
    """A platform of the scenario."""
    return one_of(value, asked, "a platform of the scenario", asked.scenario.platforms)


def platforms(value: Any, asked: Asked) -> tuple[str, ...]:
    """Platforms of the scenario, whose columns are summed."""
    return several(value, asked, "a platform of the scenario", asked.scenario.platforms)


def company(value: Any, asked: Asked) -> str:
    """A company of the scenario."""
    return one_of(value, asked, "a company of the scenario", asked.scenario.companies)


def companies(value: Any, asked: Asked) -> tuple[str, ...]:
    """Companies of the scenario."""
    return several(value, asked, "a company of the scenario", asked.scenario.companies)


def isps(value: Any, asked: Asked) -> tuple[str, ...]:
    """ISPs of the scenario."""
    return several(value, asked, "an ISP of the scenario", asked.scenario.isps)


def usage_column(value: Any, asked: Asked) -> str:
    """A column of the table of usage."""
    return one_of(value, asked, "a column of usage", columns("usage"))


def society_column(value: Any, asked: Asked) -> str:
    """A column of the table of society."""
    return one_of(value, asked, "a column of society", columns("society"))


def stance(value: Any, asked: Asked) -> str:
    """A stance of companies."""
    return one_of(value, asked, "a stance", get_args(AnyStance))


def whole(value: Any, asked: Asked) -> int:
    """A whole number, at least 1."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise asked.wrong("a whole number, at least 1", value)
    return value


def lags(value: Any, asked: Asked) -> tuple[int, int]:
    """Two numbers of days, the smaller first."""
    whole_numbers = isinstance(value, list | tuple) and len(value) == 2 and all(type(item) is int for item in value)
    if not whole_numbers or not 0 < value[0] <= value[1]:
        raise asked.wrong("first and last number of days since, such as [1, 2]", value)
    return value[0], value[1]


def day(value: Any, asked: Asked) -> dt.date:
    """A day of the run."""
    found = _date(value, asked)
    first, last = asked.scenario.start, asked.scenario.end
    if not first <= found <= last:
        raise asked.wrong(f"a day of the run, {first} to {last}", value, ())
    return found


def days(value: Any, asked: Asked) -> Days:
    """A day of the run, or first and last of several."""
    if not isinstance(value, list | tuple):
        one = day(value, asked)
        return one, one
    if len(value) != 2:
        raise asked.wrong("a day, or [first, last]", value)
    first, last = day(value[0], asked), day(value[1], asked)
    if last < first:
        raise asked.wrong("a last day that is not before the first", f"{first} to {last}")
    return first, last


def _date(value: Any, asked: Asked) -> dt.date:
    if type(value) is dt.date:
        return value
    try:
        return dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        raise asked.wrong("a date (YYYY-MM-DD)", value) from None


Platform = Annotated[str, platform]
Platforms = Annotated[tuple[str, ...], platforms]
Company = Annotated[str, company]
Companies = Annotated[tuple[str, ...], companies]
Isps = Annotated[tuple[str, ...], isps]
UsageColumn = Annotated[str, usage_column]
SocietyColumn = Annotated[str, society_column]
Stance = Annotated[str, stance]
Whole = Annotated[int, whole]
Lags = Annotated[tuple[int, int], lags]
Day = Annotated[dt.date, day]
Span = Annotated[tuple[dt.date, dt.date], days]
