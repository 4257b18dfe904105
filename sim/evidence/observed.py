"""What was observed, worked out from the facts of a check, so that an edited fact moves its check."""

import datetime as dt
import math
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from sim.evidence.facts import Fact
from sim.scenario.fields import Table

Take = Literal["value", "value_to", "ratio", "change", "percent_change", "per_day", "day", "count"]


def _listed(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else (value,) if isinstance(value, int) else value


Numbers = Annotated[tuple[int, ...], BeforeValidator(_listed)]
"""Which of a check's facts, from 0: one or several."""

UNITS = {
    "percent": ("percent",),
    "points": ("percentage_points",),
    "share": ("fraction",),
    "times": ("multiple",),
    "ratio": ("multiple",),
    "days": ("days",),
    "persons": ("users", "persons", "members", "accounts", "devices"),
    "requests": ("requests",),
    "companies": ("companies", "platforms", "services", "operators"),
}
"""Units that a fact may have where its value is a check's observed value as it stands, by the unit of the check."""


class Observed(Table):
    """How the observed value follows from the facts of a check: taken, combined, then ``times`` and ``plus``.

    ``value`` and ``value_to`` are the numbers of a fact; ``ratio`` (second over first), ``change`` and
    ``percent_change`` compare the two of one fact; ``per_day`` is the value over the days of its period; ``day`` is the
    day on which it starts, from which another day may be taken off; ``count`` is the number of facts.
    """

    fact: Numbers = (0,)
    """Which facts; of several the mean is taken, or the sum."""
    take: Take = "value"
    join: Literal["mean", "sum"] = "mean"
    over: Numbers = ()
    """Facts, joined alike, by which it is divided."""
    minus: int | dt.date | None = None
    """A fact, or a date, which is taken off."""
    times: float = 1.0
    plus: float = 0.0

    @property
    def plain(self) -> bool:
        """Whether it is a fact's number as it stands."""
        return self == Observed(fact=self.fact, take=self.take) and self.take in ("value", "value_to")

    def used(self) -> tuple[int, ...]:
        """Numbers of the facts that it rests on, other than under ``count``."""
        minus = (self.minus,) if isinstance(self.minus, int) else ()
        return () if self.take == "count" else (*self.fact, *self.over, *minus)

    def value(self, facts: Sequence[Fact]) -> float:
        """The observed value.

        Raises:
            ValueError: A fact is not there, or has no such number.
        """
        if self.take == "count":
            return self.times * len(facts) + self.plus
        found = self._joined(self.fact, facts)
        if self.over:
            found /= self._joined(self.over, facts)
        if isinstance(self.minus, int):
            found -= self._taken(_at(facts, self.minus))
        elif self.minus is not None:
            found -= self.minus.toordinal()
        return self.times * found + self.plus

    def _joined(self, which: tuple[int, ...], facts: Sequence[Fact]) -> float:
        taken = [self._taken(_at(facts, one)) for one in which]
        return math.fsum(taken) / (len(taken) if self.join == "mean" else 1)

    def _taken(self, one: Fact) -> float:
        if self.take == "day":
            if one.start is None:
                raise ValueError(f'a period with a start, found "{one.date_or_period}" of "{one.key}"')
            return float(one.start.toordinal())
        if one.value is None:
            raise ValueError(f'a number, found "{one.text}" of "{one.key}"')
        if self.take == "value":
            return one.value
        if self.take == "per_day":
            if one.start is None or one.end is None:
                raise ValueError(f'a closed period, found "{one.date_or_period}" of "{one.key}"')
            return one.value / ((one.end - one.start).days + 1)
        if one.value_to is None:
            raise ValueError(f'a comparison (a -> b), found "{one.text}" of "{one.key}"')
        to = {
            "value_to": one.value_to,
            "change": one.value_to - one.value,
            "ratio": one.value_to / one.value if one.value else math.nan,
            "percent_change": 100.0 * (one.value_to / one.value - 1.0) if one.value else math.nan,
        }
        return to[self.take]


def _at(facts: Sequence[Fact], number: int) -> Fact:
    if not 0 <= number < len(facts):
        raise ValueError(f"the number of a fact, 0 to {len(facts) - 1}, found {number}")
    return facts[number]
