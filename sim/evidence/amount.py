"""Values as the evidence tables write them: numbers, bounds, ranges, comparisons of two periods, and words."""

import math
import re
from dataclasses import dataclass

from sim.evidence.period import PAIR

UNITS = (
    "BRL", "HKD", "TRY", "UGX", "accounts", "applications", "apps", "cards", "cases", "companies", "conditions",
    "convictions", "days", "devices", "domains", "event", "fraction", "hours", "identifiers", "installs", "items",
    "licensees", "links", "measurements", "members", "months", "multiple", "notices", "operators", "percent",
    "percentage_points", "persons", "platforms", "prosecutions", "rank", "requests", "requests_per_year", "rows",
    "services", "sites", "subscriptions", "tips", "tweets", "users", "videos", "views", "votes", "weeks", "years",
)  # fmt: skip
"""Units of numbers. ``event`` says that something happened; ``multiple`` is the ratio of a value to the one before."""
WORDS = ("category", "local_time", "magnitude", "names")
"""Units of values that are words: a category, an hour, an order of magnitude, names parted by semicolons."""

_NUMBER = r"[+-]?\d+(?:\.\d+)?"
_SINGLE = re.compile(rf"(?P<sign>>=|<=|>|<|~)?(?P<number>{_NUMBER})")
_RANGE = re.compile(r"(?P<low>\d+(?:\.\d+)?)-(?P<high>\d+(?:\.\d+)?)")
_PAIR = re.compile(rf"(?P<first>{_NUMBER}){PAIR}(?P<second>{_NUMBER})")
_WORD = re.compile(r"[A-Za-z0-9_:; .-]+")


@dataclass(frozen=True, slots=True)
class Amount:
    """A value with what is known of its size.

    ``value`` is the stated number, or the middle of a range; ``value_to`` the second number of a comparison. The truth
    lies in ``[low, high]``; both equal ``value`` where the source states a number as such. ``approximate`` marks a
    rounded one.
    """

    value: float | None = None
    value_to: float | None = None
    low: float | None = None
    high: float | None = None
    approximate: bool = False


def parse_amount(text: str, unit: str) -> Amount:
    """Read ``262``, ``+200``, ``>400``, ``<=3``, ``~4000``, ``65-70`` or ``1.38 -> 2.62``; or words, by the unit.

    Raises:
        ValueError: for an unknown unit, or a value that does not fit its unit.
    """
    if unit in WORDS:
        if not _WORD.fullmatch(text):
            raise ValueError(f"expected a word or names, found {text!r}")
        return Amount()
    if unit not in UNITS:
        raise ValueError(f"expected one of {', '.join((*UNITS, *WORDS))}, found unit {unit!r}")
    if found := _PAIR.fullmatch(text):
        first = float(found["first"])
        return Amount(first, float(found["second"]), first, first)
    if found := _RANGE.fullmatch(text):
        low, high = float(found["low"]), float(found["high"])
        if low >= high:
            raise ValueError(f"expected a range from low to high, found {text!r}")
        return Amount((low + high) / 2, None, low, high)
    if found := _SINGLE.fullmatch(text):
        return _single(float(found["number"]), found["sign"] or "")
    raise ValueError(f"expected a number, a bound, a range or a comparison, found {text!r}")


def _single(number: float, sign: str) -> Amount:
    low = -math.inf if sign.startswith("<") else number
    high = math.inf if sign.startswith(">") else number
    return Amount(number, None, low, high, approximate=sign == "~")
