"""Dates and periods as the evidence tables write them."""

import calendar
import datetime as dt
import re
from dataclasses import dataclass

PAIR = " -> "
OPEN = ".."
_PART = re.compile(r"(?P<year>\d{4})(?:H(?P<half>[12])|Q(?P<quarter>[1-4])|-(?P<month>\d\d)(?:-(?P<day>\d\d))?)?")


@dataclass(frozen=True, slots=True)
class Period:
    """Days from ``start`` to ``end``, both included; ``None`` where the period is open."""

    start: dt.date | None
    end: dt.date | None

    def covers(self, day: dt.date) -> bool:
        """Whether a day lies in the period."""
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)


def parse_period(text: str) -> Period:
    """Read ``2020``, ``2020H1``, ``2020Q3``, ``2020-07``, ``2020-07-01``, or two of them with a slash, ``..`` for open.

    Raises:
        ValueError: for anything else, and for a period that ends before it starts.
    """
    first, slash, last = text.partition("/")
    if not slash:
        return _part(text)
    if first == last == OPEN:
        raise ValueError(f"expected a period with a start or an end, found {text!r}")
    start = None if first == OPEN else _part(first).start
    end = None if last == OPEN else _part(last).end
    if start and end and end < start:
        raise ValueError(f"expected a period that ends after it starts, found {text!r}")
    return Period(start, end)


def parse_periods(text: str) -> tuple[Period, ...]:
    """Read one period, or two that are compared: ``2019-12 -> 2021-08``."""
    return tuple(parse_period(part) for part in text.split(PAIR, maxsplit=1))


def _part(text: str) -> Period:
    found = _PART.fullmatch(text)
    if not found:
        raise ValueError(f"expected a year, half-year, quarter, month or day, found {text!r}")
    year = int(found["year"])
    if found["day"]:
        day = dt.date(year, int(found["month"]), int(found["day"]))
        return Period(day, day)
    first, months = _months(found)
    last = first + months - 1
    return Period(dt.date(year, first, 1), dt.date(year, last, calendar.monthrange(year, last)[1]))


def _months(found: re.Match[str]) -> tuple[int, int]:
    """First month, and number of months."""
    if found["half"]:
        return 6 * int(found["half"]) - 5, 6
    if found["quarter"]:
        return 3 * int(found["quarter"]) - 2, 3
    return (int(found["month"]), 1) if found["month"] else (1, 12)
