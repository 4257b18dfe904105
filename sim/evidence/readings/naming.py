"""The register of readings: name, arguments with their kinds, and the units in which each can be told."""

import datetime as dt
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, get_type_hints

from sim.evidence.readings.arguments import Asked, Kind
from sim.evidence.readings.rows import Reading
from sim.scenario.errors import ScenarioError
from sim.scenario.schema import Scenario

type Units = Mapping[str, float]
"""Units of a reading, and what it is multiplied by to be told in each."""

DAYS: Units = {"days": 1.0}
SHARE: Units = {"share": 1.0, "percent": 100.0}
RATIO: Units = {"times": 1.0, "ratio": 1.0, "share": 1.0, "percent": 100.0}
POINTS: Units = {"points": 100.0, "share": 1.0}
COMPANIES: Units = {"companies": 1.0}

PLURALS = {"platform": "platforms", "company": "companies", "isp": "isps"}
"""Words for one, where a reading takes several."""


def level_units(unit: str) -> Units:
    """Units of a column, as the codebook names them."""
    many = {"persons": {"persons": 1.0, "million persons": 1e-6}, "persons/day": {"persons/day": 1.0}}
    return SHARE if unit == "share" else many.get(unit, {unit: 1.0})


def change_units(unit: str) -> Units:
    """Units of a difference of a column's values."""
    return POINTS if unit == "share" else level_units(unit)


@dataclass(frozen=True)
class Named:
    """A reading that a check can name."""

    name: str
    make: Callable[..., Reading]
    kinds: Mapping[str, Kind]
    required: tuple[str, ...]
    units: Callable[..., Units]
    days: Callable[..., Iterable[dt.date]]

    def told(
        self, given: Mapping[str, Any], scenario: Scenario, place: str, key: str, others: Iterable[str] = ()
    ) -> tuple[Reading, Units]:
        """The reading with checked arguments, and its units.

        Args:
            given: Arguments by name, as a file has them.
            scenario: What they are about.
            place: The file.
            key: Dotted key of the check.
            others: Keys that any check may have, for the nearest word to a misspelt one.

        Raises:
            ScenarioError: one line about an argument that is missing, unknown or impossible.
        """
        found: dict[str, Any] = {}
        for written, value in given.items():
            name = PLURALS.get(written, written) if written not in self.kinds else written
            if name not in self.kinds:
                words = f"an argument of {self.name} ({', '.join(self.kinds)}) or a key of a check"
                raise ScenarioError.at(place, key, words, f'"{written}"', (*self.kinds, *others), written)
            if name in found:
                raise ScenarioError.at(place, f"{key}.{written}", f"it or {name}", "both")
            found[name] = self.kinds[name](value, Asked(scenario, place, f"{key}.{written}"))
        for name in self.required:
            if name not in found:
                raise ScenarioError.at(place, f"{key}.{name}", f"what {self.name} reads", "nothing")
        for one in self.days(**found):
            if not scenario.start <= one <= scenario.end:
                run = f"days of the run, {scenario.start} to {scenario.end}"
                raise ScenarioError.at(place, key, run, f"{one}, which {self.name} needs")
        return self.make(**found), self.units(**found)


NAMED: dict[str, Named] = {}


def reading[**P](
    units: Units | Callable[..., Units], *, days: Callable[..., Iterable[dt.date]] | None = None
) -> Callable[[Callable[P, Reading]], Callable[P, Reading]]:
    """Enter a function into the register under its own name.

    Args:
        units: Units of the reading, or a function of its arguments that gives them.
        days: Further days, of the arguments given, that must lie in the run.
    """

    def enter(make: Callable[P, Reading]) -> Callable[P, Reading]:
        name = make.__name__
        hints = get_type_hints(make, include_extras=True)
        parameters = inspect.signature(make).parameters
        NAMED[name] = Named(
            name,
            make,
            {one: hints[one].__metadata__[0] for one in parameters},
            tuple(one for one, about in parameters.items() if about.default is inspect.Parameter.empty),
            units if callable(units) else lambda **_: units,
            days or (lambda **_: ()),
        )
        return make

    return enter
