"""How lists, dates and numbers are written, and what is nearest to a misspelt name: in English on any machine."""

import datetime as dt
import difflib
import math
from collections import Counter
from collections.abc import Iterable, Sequence

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip

DIGITS, STEPS = 3, 3
"""Significant digits at most, however narrow a band is; and how often a unit of the last digit goes into its band."""


def listed(words: Iterable[object]) -> str:
    """Words joined as a list in a sentence: 'a', 'a and b', 'a, b and c'."""
    *head, last = [*map(str, words)] or [""]
    return f"{', '.join(head)} and {last}" if head else last


def day_in_words(date: dt.date, beside: dt.date | None = None) -> str:
    """A date as in a sentence: '6 July 2020'; the year is left out when it is the year of ``beside``."""
    same_year = beside is not None and beside.year == date.year
    return f"{date.day} {MONTHS[date.month - 1]}" + ("" if same_year else f" {date.year}")


def short_day(date: dt.date) -> str:
    """A date as in a picture: '6 Jul 2020'."""
    return f"{date.day} {MONTHS[date.month - 1][:3]} {date.year}"


def number(value: float) -> str:
    """Three significant digits, thousands separated, a true minus sign; a dash where there is no number."""
    if math.isnan(value):
        return "–"
    if abs(value) >= 999.5:
        text = f"{value:,.0f}"
    else:
        digits = 2 - math.floor(math.log10(abs(value))) if value else 0
        text = f"{round(value, digits):.{max(digits, 0)}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace("-", "−")


def decimals(low: float, high: float, *values: float) -> int:
    """Decimals of a number and of the ends of its band: as many as leave ``STEPS`` steps in it, ``DIGITS`` at most."""
    step, size = (high - low) / STEPS, max((abs(value) for value in values), default=0.0)
    places = [math.floor(math.log10(x)) - back for x, back in ((step, 0), (size, DIGITS - 1)) if 0 < x < math.inf]
    return -max(places, default=0)


def shown(value: float, places: int) -> str:
    """A number to so many decimals, before the point where they are negative; thousands separated, a true minus."""
    rounded = round(value, places) + 0.0
    return f"{rounded:,.{max(places, 0)}f}".replace("-", "−")


def banded(low: float, middle: float, high: float, most: int = 99) -> tuple[str, str, str]:
    """Both ends of a band with its number between them, which has no more decimals than they have, or than ``most``.

    A mean may lie beside a band without width, where all but a few are alike: its first digit says how far. A band has
    no end where what is waited for may never come.
    """
    if not all(map(math.isfinite, (low, middle, high))):
        return number(low), number(middle), number(high)
    if low == high != middle:
        places = min(-math.floor(math.log10(abs(middle - low))), most)
        end = shown(low, places) if low else "0"
        return end, shown(middle, places), end
    places = min(decimals(low, high, middle), most)
    is_clear = low > 0 or high < 0
    bottom, top = _end(low, places, most), _end(high, places, most)
    return bottom, _end(middle, places, most) if is_clear else shown(middle, places), top


def ends(low: float, high: float, places: int) -> tuple[str, str]:
    """Both ends of a band that stands beside that of its number; to ``places`` where it has no width."""
    places = decimals(low, high, low, high) if high > low else places
    return _end(low, places), _end(high, places)


def _end(value: float, places: int, most: int = 99) -> str:
    """A number; one that lies beside zero keeps its first digit."""
    if value and round(value, places) == 0:
        places = min(-math.floor(math.log10(abs(value))), most)
    return shown(value, places)


def by_count(values: Iterable[float]) -> list[tuple[int, int]]:
    """Whole numbers and how often each is found, the most frequent first."""
    return sorted(Counter(map(round, values)).items(), key=lambda item: (-item[1], item[0]))


def tally(values: Iterable[float], names: Sequence[str] = ()) -> str:
    """Whole numbers, or what they are called, and how often each is found: '9 in 17, 10 in 3'."""
    return ", ".join(f"{names[value] if names else value} in {times}" for value, times in by_count(values))


def compact(value: float) -> str:
    """A count or a rate in few characters: 0, 0.4, 7, 320, 1.4k, 26k, 3.1M, with a true minus."""
    size, unit = abs(value), ""
    for scale, name in ((1e6, "M"), (1e3, "k")):
        if size >= 0.9995 * scale:
            size, unit = size / scale, name
            break
    text = f"{size:.0f}" if size >= 9.95 else f"{size:.1f}".removesuffix(".0")
    return ("−" if value < 0 and text != "0" else "") + text + unit


def signed_number(value: float) -> str:
    """A change of a count in few characters, with its sign."""
    text = compact(value)
    return text if text == "0" or value < 0 else f"+{text}"


def signed(value: float, decimals: int = 1) -> str:
    """A change with its sign, a true minus, and no sign for zero."""
    text = f"{value:+.{decimals}f}".replace("-", "−")
    return text[1:] if float(text.replace("−", "-")) == 0 else text


def percent(value: float, decimals: int = 1) -> str:
    """A percentage whose sign never falls into the next line."""
    return f"{value:.{decimals}f}\u00a0%"


def counted(n: int, noun: str) -> str:
    """A number and its noun, in the plural where there is more or less than one."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def short_meaning(meaning: str) -> str:
    """The meaning of a number inside a sentence, as far as its first comma or bracket."""
    short = meaning.split(",")[0].split(" (")[0].split(";")[0].rstrip(".")
    return short[0].lower() + short[1:] if short[1:2].islower() else short


def did_you_mean(typed: str, known: Iterable[str], *, alike: float = 0.6) -> str:
    """The question 'did you mean "x"?' about the name nearest to what was typed; empty where none is near.

    Args:
        typed: As found.
        known: Valid names.
        alike: Least similarity of a name, from 0 to 1.
    """
    nearest = difflib.get_close_matches(typed, list(known), n=1, cutoff=alike) if typed else []
    return f'did you mean "{nearest[0]}"?' if nearest else ""
