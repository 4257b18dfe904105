"""How lists and dates are written in sentences, in English on any machine."""

import datetime as dt
from collections.abc import Iterable

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def listed(words: Iterable[object]) -> str:
    """Words joined as a list in a sentence: 'a', 'a and b', 'a, b and c'."""
    *head, last = [*map(str, words)] or [""]
    return f"{', '.join(head)} and {last}" if head else last


def day_in_words(date: dt.date, beside: dt.date | None = None) -> str:
    """A date as in a sentence: '6 July 2020'; the year is left out when it is the year of ``beside``."""
    same_year = beside is not None and beside.year == date.year
    return f"{date.day} {MONTHS[date.month - 1]}" + ("" if same_year else f" {date.year}")
