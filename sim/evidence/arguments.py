"""Arguments of readings, held against the scenario of a case; and the register of readings that a check may name."""

import datetime as dt
import functools
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_type_hints

from sim.scenario.errors import ScenarioError, show
from sim.scenario.schema import Scenario
from sim.scenario.stances import Stance as AnyStance
from sim.tables import CODEBOOK

if TYPE_CHECKING:
    from sim.tables import Run

type Reading = Callable[[Run], float]
type Units = Mapping[str, float]
"""Units in which a reading can be given, and what it is multiplied by in each."""
type Kind = Callable[[Any, Asked], Any]
"""Turns what a file says into an argument, or raises the line that says what is wrong with it."""

DAYS: Units = {"days": 1.0}
SHARE: Units = {"share": 1.0, "percent": 100.0}
RATIO: Units = {"times": 1.0, "ratio": 1.0, "share": 1.0, "percent": 100.0}
POINTS: Units = {"points": 100.0, "share": 1.0}
COMPANIES: Units = {"companies": 1.0}

PLURALS = {"platform": "platforms", "company": "companies", "isp": "isps"}
"""Words for one, where a reading takes several."""
EXPECTED_USERS = {"daily_users": "persons", "weekly_users": "persons", "monthly_users": "persons"}
"""Columns of use apart from holding, with their units."""
FEW_NAMES = 12
"""So many names are listed where one of them is expected."""


def columns(table: str) -> dict[str, str]:
    """Columns of a table that can be read, with their units."""
    extra = EXPECTED_USERS if table == "usage" else {}
    return {**extra, **{name: one.unit for name, one in CODEBOOK[table].items() if one.kind == "measure"}}


def level_units(table: str) -> Callable[..., Units]:
    """Units of a column ``of`` a table, as the codebook names them."""

    def units(of: str, **_: Any) -> Units:
        unit = columns(table)[of]
        many = {"share": SHARE, "persons": {"persons": 1.0, "million persons": 1e-6}}
        return many.get(unit, {unit: 1.0})

    return units


def change_units(table: str) -> Callable[..., Units]:
    """Units of a difference of a column's values."""
    return lambda of, **_: POINTS if columns(table)[of] == "share" else level_units(table)(of)


# Kinds of arguments


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


def _one(what: str, names: Callable[[Scenario], Iterable[str]]) -> Kind:
    """A name among those that exist."""

    def read(value: Any, asked: Asked) -> str:
        known = tuple(names(asked.scenario))
        if value not in known or not isinstance(value, str):
            raise asked.wrong(f"{what} ({', '.join(known)})" if len(known) <= FEW_NAMES else what, value, known)
        return value

    return read


def _several(what: str, names: Callable[[Scenario], Iterable[str]]) -> Kind:
    """One name or a list of them, each once."""
    one = _one(what, names)

    def read(value: Any, asked: Asked) -> tuple[str, ...]:
        given = [value] if isinstance(value, str) else value
        if not isinstance(given, list | tuple) or not given:
            raise asked.wrong(f"{what}, or a list of such", value)
        found = tuple(one(item, asked) for item in given)
        if len(set(found)) < len(found):
            raise asked.wrong("each name once", value)
        return found

    return read


def whole(value: Any, asked: Asked) -> int:
    """A whole number, at least 1."""
    if type(value) is not int or value < 1:
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
    try:
        found = value if type(value) is dt.date else dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        raise asked.wrong("a date (YYYY-MM-DD)", value) from None
    first, last = asked.scenario.start, asked.scenario.end
    if not first <= found <= last:
        raise asked.wrong(f"a day of the run, {first} to {last}", value)
    return found


def span(value: Any, asked: Asked) -> tuple[dt.date, dt.date]:
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


Platform = Annotated[str, _one("a platform of the scenario", lambda scenario: scenario.platforms)]
Platforms = Annotated[Sequence[str], _several("a platform of the scenario", lambda scenario: scenario.platforms)]
Company = Annotated[str, _one("a company of the scenario", lambda scenario: scenario.companies)]
Companies = Annotated[Sequence[str], _several("a company of the scenario", lambda scenario: scenario.companies)]
Isps = Annotated[Sequence[str], _several("an ISP of the scenario", lambda scenario: scenario.isps)]
UsageColumn = Annotated[str, _one("a column of usage", lambda _: columns("usage"))]
SocietyColumn = Annotated[str, _one("a column of society", lambda _: columns("society"))]
Stance = Annotated[str, _one("a stance", lambda _: get_args(AnyStance))]
Whole = Annotated[int, whole]
Lags = Annotated[tuple[int, int], lags]
Day = Annotated[dt.date, day]
Span = Annotated[tuple[dt.date, dt.date], span]


# The register


@dataclass(frozen=True, slots=True)
class PersonReading:
    """A reading of a run's people, whom a watcher sees day by day; equal watchers are shared."""

    watcher: functools.partial[Any]
    read: Callable[[Any], float]
    """What the watcher has seen, as a number."""

    @property
    def key(self) -> tuple[Any, ...]:
        """Tells watchers apart."""
        return self.watcher.func, *self.watcher.args


@dataclass(frozen=True)
class Named:
    """A reading that a check can name: a function of a run and arguments, or of arguments alone for people."""

    name: str
    function: Callable[..., Any]
    kinds: Mapping[str, Kind]
    required: tuple[str, ...]
    units: Callable[..., Units]
    days: Callable[..., Iterable[dt.date]]

    def bound(
        self, written: Mapping[str, Any], scenario: Scenario, place: str, key: str, others: Iterable[str] = ()
    ) -> tuple[Reading | PersonReading, Units]:
        """The reading with checked arguments, and its units.

        Args:
            written: Arguments by name, as a file has them.
            scenario: What they are about.
            place: The file.
            key: Dotted key of the check.
            others: Keys that any check may have, for the nearest word to a misspelt one.

        Raises:
            ScenarioError: one line about an argument that is missing, unknown or impossible.
        """
        found: dict[str, Any] = {}
        for word, value in written.items():
            name = PLURALS.get(word, word) if word not in self.kinds else word
            if name not in self.kinds:
                words = f"an argument of {self.name} ({', '.join(self.kinds)}) or a key of a check"
                raise ScenarioError.at(place, key, words, f'"{word}"', (*self.kinds, *others), word)
            if name in found:
                raise ScenarioError.at(place, f"{key}.{word}", f"it or {name}", "both")
            found[name] = self.kinds[name](value, Asked(scenario, place, f"{key}.{word}"))
        for name in self.required:
            if name not in found:
                raise ScenarioError.at(place, f"{key}.{name}", f"what {self.name} reads", "nothing")
        for one in self.days(**found):
            if not scenario.start <= one <= scenario.end:
                run = f"days of the run, {scenario.start} to {scenario.end}"
                raise ScenarioError.at(place, key, run, f"{one}, which {self.name} needs")
        of_run = RUN in inspect.signature(self.function).parameters
        made = functools.partial(self.function, **found) if of_run else self.function(**found)
        return made, self.units(**found)


RUN = "run"
READINGS: dict[str, Named] = {}
"""Every reading by its name; ``sim.evidence.readings`` fills it."""


def reading[F: Callable[..., Any]](
    units: Units | Callable[..., Units], *, days: Callable[..., Iterable[dt.date]] = lambda **_: ()
) -> Callable[[F], F]:
    """Enter a function into the register under its own name.

    Args:
        units: Units of the reading, or a function of its arguments that gives them.
        days: Further days, of the arguments given, that must lie in the run.
    """

    def enter(function: F) -> F:
        name, hints = function.__name__, get_type_hints(function, include_extras=True)
        arguments = [one for one in inspect.signature(function).parameters.values() if one.name != RUN]
        READINGS[name] = Named(
            name, function, {one.name: hints[one.name].__metadata__[0] for one in arguments},
            tuple(one.name for one in arguments if one.default is inspect.Parameter.empty),
            units if callable(units) else lambda **_: units, days,
        )  # fmt: skip
        return function

    return enter
