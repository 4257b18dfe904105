"""The answer in words: numbers as fine as their band allows, and no direction that the band does not carry."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.analyses.compare.outcomes import END, differing
from sim.measures import ACCOUNTS, ANSWERS, COMPANIES, POINTS
from sim.results.bands import percentiles
from sim.scenario.words import banded, by_count, day_in_words, decimals, shown
from sim.view.brief.sentences import SINGULAR

if TYPE_CHECKING:
    import datetime as dt

    from sim.analyses.compare.outcomes import Course
    from sim.scenario.calendar import Act
    from sim.scenario.schema import Scenario

FEW_PAIRS = 10
"""Fewer pairs than this make a band a rough guess."""


@dataclass(frozen=True, slots=True)
class Change:
    """A quantity on the day on which it is told: mean levels, mean difference, and the 5th to 95th percentile of it."""

    id: str
    name: str
    unit: str
    base: float
    other: float
    mean: float
    low: float
    high: float
    gaps: tuple[float, ...]
    """The difference of each pair."""
    platform: str = ""
    """The platform that it is of."""
    role: str = "row"
    """As that of a ``Quantity``."""

    @property
    def is_clear(self) -> bool:
        """Whether the whole band lies on one side of zero."""
        return self.low > 0 or self.high < 0

    @property
    def alike(self) -> int:
        """Pairs whose difference has the sign of the mean."""
        return sum(gap * self.mean > 0 for gap in self.gaps)


def change(course: Course, day: int) -> Change:
    """A quantity as it is told on a day."""
    return changes_on(course, [day])[0]


def changes_on(course: Course, days: Sequence[int]) -> list[Change]:
    """A quantity as it is told on each of some days."""
    what, gaps = course.quantity, course.gaps[:, days]
    low, _, high = percentiles(gaps)
    means = (values.mean(axis=0) for values in (course.base[:, days], course.other[:, days], gaps))
    columns = [column.tolist() for column in (*means, low, high, gaps.T)]
    return [
        Change(what.id, what.name, what.unit, base, other, mean, bottom, top, tuple(of_pairs), what.platform, what.role)
        for base, other, mean, bottom, top, of_pairs in zip(*columns, strict=True)
    ]


def changes(courses: Mapping[str, Course]) -> list[Change]:
    """Every quantity at the end of the run."""
    return [change(course, course.day(END)) for course in courses.values()]


def size(told: Change) -> tuple[str, str]:
    """A difference without its sign, and its band in brackets in the same direction."""
    sign = -1 if told.mean < 0 else 1
    low, high = sorted((sign * told.low, sign * told.high))
    first, text, last = banded(low, abs(told.mean), high)
    return text, f"({first} to {last})"


def signed(told: Change) -> str:
    """A difference with sign, unit and band, '−6.2 points (−8 to −5)'; of companies the numbers in pairs instead."""
    if told.unit == COMPANIES:
        parts = [f"{_more(gap)} in {pairs}" for gap, pairs in by_count(told.gaps)]
        return f"{', '.join(parts)} of {len(told.gaps)} pairs"
    first, text, last = banded(told.low, told.mean, told.high)
    return f"{plus(text)}{text} {unit(told.unit, text)} ({first} to {last})"


def plus(text: str) -> str:
    """The sign before a number as it is told, where it is more than nothing."""
    return "+" if value_of(text) > 0 else ""


def value_of(text: str) -> float:
    """A number as it is told."""
    return float(text.replace(",", "").replace("−", "-"))


def unit(name: str, number: str) -> str:
    """The unit as it stands after a number."""
    return SINGULAR.get(name, name) if number in ("1", "−1") else name


def levels(told: Change) -> tuple[str, str]:
    """Levels of both worlds as fine as their difference, and rounded so that they differ by what is told of it."""
    if not any(told.gaps):  # most days of most apps, so that it pays to ask first
        level = shown(told.base, 0)
        return level, level
    _, said, _ = banded(told.low, told.mean, told.high)
    places = max(decimals(told.low, told.high, told.mean), len(said.partition(".")[2]))
    return shown(told.base, places), shown(round(told.base, places) + value_of(said), places)


def apps_named(base: Scenario, other: Scenario) -> list[str]:
    """Apps that the acts that differ name, or that belong to a company that they name, where these are not most."""
    named: dict[str, None] = {}
    for act in differing(base, other):
        companies = [*_named(act, "company"), *_named(act, "companies")]
        owned = [app for company in companies for app in other.companies[company].platforms]
        named |= dict.fromkeys([*_named(act, "platform"), *owned])
    return list(named) if 2 * len(named) <= len(other.platforms) else []


def _named(act: Act, attribute: str) -> tuple[str, ...]:
    value = getattr(act, attribute, None) or ()
    return (value,) if isinstance(value, str) else tuple(value)


def answer(found: list[Change], end: dt.date, named: Collection[str] = ()) -> tuple[str, str]:
    """The answer wherever it is told: a sentence about the users of apps, and others that come after it.

    Args:
        found: Every quantity at the end of the run.
        end: Its last day.
        named: Apps that the question is about.
    """
    by_id = {one.id: one for one in found}
    lead, *others = _of_holders(found, named)
    others += filter(None, (_of_accounts(by_id), _of_companies(by_id)))
    return f"By {day_in_words(end)}, {lead}.", " ".join(f"{part[0].upper()}{part[1:]}." for part in others)


def headlines(found: list[Change], named: Collection[str] = ()) -> list[Change]:
    """Clear differences of holders, largest first, and before them those of the apps that the question names."""
    clear = [one for one in found if one.role == "users" and one.is_clear]
    return sorted(clear, key=lambda one: (one.platform not in named, -abs(one.mean)))


def subject(found: list[Change], named: Collection[str] = ()) -> Change | None:
    """What the first sentence is about before all else; nothing where it names no difference."""
    by_id = {one.id: one for one in found if one.is_clear}
    counts = [by_id[id] for id in (ACCOUNTS, ANSWERS) if id in by_id]
    return next(iter([*headlines(found, named), *counts]), None)


def _of_holders(found: list[Change], named: Collection[str]) -> Iterator[str]:
    """The first app, and another where as much or more happens to it."""
    most = headlines(found, named)
    if not most:
        largest = max((one for one in found if one.role == "users"), key=lambda one: abs(one.mean))
        app = largest.platform
        agreed = f" in a direction that the pairs agree on (the most: {app} {signed(largest)})"
        yield f"the users of no app differ{agreed if any(largest.gaps) else ' at all'}"
        return
    others = sorted(most[1:], key=lambda one: -abs(one.mean))
    for one in [most[0], *(one for one in others[:1] if abs(one.mean) >= abs(most[0].mean))]:
        number, band = size(one)
        before, after = levels(one)
        app, word = one.platform, "more" if one.mean > 0 else "fewer"
        text = f"{app} has {number} {unit(POINTS, number)} {word} users {band}"
        yield f"{text}: {after} % of people instead of {before} %"


def _of_accounts(by_id: Mapping[str, Change]) -> str:
    told = by_id.get(ACCOUNTS)
    if told is None or not told.is_clear:
        return ""
    number, band = size(told)
    return f"data of {number} {'more' if told.mean > 0 else 'fewer'} {unit('accounts', number)} is handed over {band}"


def _of_companies(by_id: Mapping[str, Change]) -> str:
    """A count of companies is told as a distribution, never as a band of one number."""
    told = by_id.get(ANSWERS)
    if told is None or not any(round(gap) for gap in told.gaps):
        return ""
    return distribution(told)


def distribution(told: Change) -> str:
    """How many companies more or fewer answer demands, in how many pairs."""
    (gap, pairs), *rest = by_count(told.gaps)
    if gap:
        one = abs(gap) == 1
        noun, verb = ("company", "answers") if one else ("companies", "answer")
        first = f"{abs(gap)} {'more' if gap > 0 else 'fewer'} {noun} {verb} demands in {pairs}"
    else:
        first = f"as many companies answer demands in {pairs}"
    others = [f"{_more(gap)} in {pairs}" for gap, pairs in rest]
    return f"{', '.join([first, *others])} of {len(told.gaps)} pairs"


def _more(gap: int) -> str:
    return "as many" if gap == 0 else f"{abs(gap)} {'more' if gap > 0 else 'fewer'}"


def how_sure(found: list[Change], named: Collection[str] = (), *, drawn: bool) -> Iterator[str]:
    """What the band holds, whether the pairs agree, and what it does not hold."""
    pairs = len(found[0].gaps)
    for most in headlines(found, named)[:1]:
        verb = "gains" if most.mean > 0 else "loses"
        yield f"{most.platform} {verb} users in {most.alike} of {pairs} pairs of runs."
    what = (
        "chance, parameters that were fitted to cases, and assumed numbers within what is plausible: each pair has a "
        "draw of its own"
        if drawn
        else "chance alone: all pairs have the same parameters"
    )
    yield (
        f"A band, in brackets, is the 5th to 95th percentile over {pairs} {'pair' if pairs == 1 else 'pairs'}; the "
        f"number is their mean. It holds {what}. Other forms of the model are not in it."
    )
    if pairs < FEW_PAIRS:
        yield f"With fewer than {FEW_PAIRS} pairs the band is rough: do not quote it."


def told_rows(found: list[Change], most: tuple[int, int]) -> tuple[list[Change], list[Change]]:
    """What changed most, so many in points and so many counts, by size; and all the rest: open, or nearly unchanged."""
    able = [one for one in found if one.role != "table" and one.is_clear]
    points = sorted((one for one in able if one.unit == POINTS), key=lambda one: -abs(one.mean))
    counts = sorted((one for one in able if one.unit != POINTS), key=lambda one: (one.unit, -abs(one.mean)))
    chosen = [*points[: most[0]], *counts[: most[1]]]
    return chosen, [one for one in found if one not in chosen]
