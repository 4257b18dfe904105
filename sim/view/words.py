"""How numbers, bands and differences are told, wherever they are told: as fine as their band, and no more than it says.

A band is the 5th to the 95th percentile over runs, or over pairs of them. What *rose* has its whole band above zero,
what *fell* below; what *hardly changed* has it within a bound that the sentence names; of all else the sentence says
that it is open. An answer has one wording: on its page, in the laboratory, on the terminal and in a brief.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.analyses.compare.outcomes import END, Spell, differing, named_in, spell
from sim.measures import ACCOUNTS, ANSWERS, COMPANIES, DAILY, MET, MET_AFTER, POINTS, Named
from sim.results.bands import percentiles
from sim.scenario.acts import Demand, ForceStance
from sim.scenario.differences import of_values
from sim.scenario.words import banded, by_count, day_in_words, decimals, number, shown

if TYPE_CHECKING:
    import datetime as dt

    from sim.analyses.compare.analysis import Comparison
    from sim.analyses.compare.outcomes import Course
    from sim.scenario.schema import Scenario

Verdict = Literal["rose", "fell", "flat", "open", "level", "unknown"]
"""What a sentence claims: a direction, next to no change, no direction, a level alone, or that there is no number."""
NEXT_TO_NOTHING = {POINTS: 1.0, "percent": 5.0, "times": 0.1}
"""Changes within this bound, in the unit of the measure, are told as hardly any."""
NOTHING = {POINTS: 0.05}
"""Differences below this are told as none: no page shows levels as finely."""
FINEST = {POINTS: 2}
"""Decimals at most: a narrow band is no reason to tell a share of people by the hundred thousandth."""
SINGULAR = {"points": "point", "companies": "company", "accounts": "account", "days": "day", "persons": "person"}
FEW_PAIRS = 10
"""Fewer pairs than this make a band a rough guess."""


def unit(name: str, text: str) -> str:
    """The unit as it stands after a number."""
    return SINGULAR.get(name, name) if text in ("1", "−1") else name


def amount(text: str, name: str) -> str:
    """A number with its unit, as in a sentence."""
    return f"{text} %" if name == "percent" else f"{text} {unit(name, text)}"


def capital(text: str) -> str:
    """The text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def by_name(table: pd.DataFrame) -> pd.DataFrame:
    """A table of measures for people, who read names: without ids."""
    return table.drop(columns="measure").rename(columns={"name": "measure"})


# Bands over runs, and the sentences that they carry


@dataclass(frozen=True, slots=True)
class Band:
    """Percentiles over replicates; not-a-number where no replicate has a value."""

    low: float
    middle: float
    high: float

    @property
    def is_known(self) -> bool:
        """Whether any replicate has a value."""
        return not math.isnan(self.middle)

    @property
    def texts(self) -> tuple[str, str, str]:
        """Its three numbers as they are told; dashes where there are none."""
        return banded(self.low, self.middle, self.high) if self.is_known else ("–", "–", "–")

    @property
    def said(self) -> str:
        """The middle."""
        return self.texts[1]

    @property
    def span(self) -> str:
        """Its ends in brackets."""
        return f"({self.texts[0]} to {self.texts[2]})"


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence, the id of the measure that it rests on, and what it claims."""

    measure: str
    verdict: Verdict
    text: str


def verdict(change: Band, unit: str, zero: float = 0.0) -> Verdict:
    """What may be said of a change whose band this is; ``zero`` is where nothing changes."""
    low, high = change.low - zero, change.high - zero
    if not change.is_known:
        return "unknown"
    if max(abs(low), abs(high)) <= NEXT_TO_NOTHING.get(unit, 0.0):
        return "flat"
    return "rose" if low > 0 else "fell" if high < 0 else "open"


def tell_change(measure: str, subject: str, change: Band, unit: str, where: str = "", against: str = "") -> Finding:
    """Say how ``subject``, the beginning of a sentence, changed.

    Args:
        measure: Id of the measure.
        subject: What changed.
        change: Band of the change.
        unit: Of the change.
        where: End of the sentence, such as a level that was reached.
        against: Of a ratio, what it is a multiple of.
    """
    claim = verdict(change, unit, 1.0 if against else 0.0)
    by, most = (" to", "") if against else (" by", f", by {_bound(unit)} at most")
    if claim == "fell" and not against:
        change = Band(-change.high, -change.middle, -change.low)
    size = f"{change.said} times {against}" if against else amount(change.said, unit)
    text = {
        "rose": f"{subject} rose{by}",
        "fell": f"{subject} fell{by}",
        "flat": f"{subject} hardly changed{most}:",
        "open": f"Whether {_within(subject)} rose or fell is open:",
    }.get(claim)
    return Finding(measure, claim, f"{text} {size} {change.span}{where}." if text else _unknown(subject))


def tell_level(measure: str, subject: str, level: Band, unit: str) -> Finding:
    """State a level, with no direction."""
    if not level.is_known:
        return Finding(measure, "unknown", _unknown(subject))
    return Finding(measure, "level", f"{subject}: {amount(level.said, unit)} {level.span}.")


def _unknown(subject: str) -> str:
    return f"{subject}: no run has a number for this."


def _bound(unit: str) -> str:
    return amount(number(NEXT_TO_NOTHING.get(unit, 0.0)), unit)


def _within(subject: str) -> str:
    """The subject inside a sentence: only an article loses its capital."""
    return subject[0].lower() + subject[1:] if subject.startswith(("The ", "Weekly ", "Daily ")) else subject


# Differences between two worlds, in pairs of runs


class Measured(Named, Protocol):
    """Something that is measured of both worlds."""

    @property
    def unit(self) -> str:
        """Of its values."""


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
        """Whether the whole band lies on one side of zero, and the mean is more than what is told of nothing."""
        return (self.low > 0 or self.high < 0) and abs(self.mean) >= NOTHING.get(self.unit, 0.0)

    @property
    def alike(self) -> int:
        """Pairs whose difference has the sign of the mean."""
        return sum(gap * self.mean > 0 for gap in self.gaps)

    @property
    def more(self) -> str:
        """The direction of the mean."""
        return "more" if self.mean > 0 else "fewer"


def changes_of(
    what: Measured, base: NDArray[np.float64], other: NDArray[np.float64], platform: str = "", role: str = "row"
) -> list[Change]:
    """What is told of some days, from values of shape (pairs, days)."""
    gaps = other - base
    low, _, high = percentiles(gaps)
    means = (values.mean(axis=0) for values in (base, other, gaps))
    columns = [column.tolist() for column in (*means, low, high, gaps.T)]
    return [
        Change(what.id, what.name, what.unit, one, two, mean, bottom, top, tuple(of_pairs), platform, role)
        for one, two, mean, bottom, top, of_pairs in zip(*columns, strict=True)
    ]


def change(course: Course, day: int) -> Change:
    """A quantity as it is told on a day."""
    what, days = course.quantity, slice(day, day + 1)
    return changes_of(what, course.base[:, days], course.other[:, days], what.platform, what.role)[0]


def size(one: Change) -> tuple[str, str]:
    """A difference without its sign, and its band in brackets in the same direction."""
    sign = -1 if one.mean < 0 else 1
    low, high = sorted((sign * one.low, sign * one.high))
    first, text, last = banded(low, abs(one.mean), high, FINEST.get(one.unit, 99))
    return text, f"({first} to {last})"


def signed(one: Change) -> str:
    """A difference with sign, unit and band, '−6.2 points (−8 to −5)'; of companies the numbers in pairs instead."""
    if one.id.endswith(MET):
        before, after = (round(level * len(one.gaps)) for level in (one.base, one.other))
        return f"{after} of {len(one.gaps)} pairs" + (f" instead of {before}" if before else "")
    if one.unit == COMPANIES:
        parts = [f"{_more(gap)} in {pairs}" for gap, pairs in by_count(one.gaps)]
        return f"{', '.join(parts)} of {len(one.gaps)} pairs"
    first, text, last = banded(one.low, one.mean, one.high, FINEST.get(one.unit, 99))
    return f"{plus(text)}{text} {unit(one.unit, text)} ({first} to {last})"


def plus(text: str) -> str:
    """The sign before a number as it is told, where it is more than nothing."""
    return "+" if value_of(text) > 0 else ""


def value_of(text: str) -> float:
    """A number as it is told."""
    return float(text.replace(",", "").replace("−", "-"))


def levels(one: Change) -> tuple[str, str]:
    """Levels of both worlds, each rounded by itself, as finely as the difference is told and never below zero."""
    if not any(one.gaps):  # most days of most apps, so that it pays to ask first
        level = shown(one.base, 0)
        return level, level
    _, said, _ = banded(one.low, one.mean, one.high, FINEST.get(one.unit, 99))
    places = len(said.partition(".")[2])
    if not places and one.unit != POINTS:  # of a hundred percent one is never a digit too many
        places = min(decimals(one.low, one.high, one.mean), 0)
    return shown(max(one.base, 0.0), places), shown(max(one.other, 0.0), places)


def rows_of(found: list[Change], most: tuple[int, int]) -> tuple[list[Change], list[Change]]:
    """What changed most, so many in points and so many counts, by size; and all the rest: open, or nearly unchanged."""
    able = [one for one in found if one.role != "table" and one.is_clear]
    points = sorted((one for one in able if one.unit == POINTS), key=lambda one: -abs(one.mean))
    counts = sorted((one for one in able if one.unit != POINTS), key=lambda one: (one.unit, -abs(one.mean)))
    chosen = [*points[: most[0]], *counts[: most[1]]]
    return chosen, [one for one in found if one not in chosen]


# The answer


def apps_named(base: Scenario, other: Scenario) -> list[str]:
    """Apps that the acts that differ name, or that belong to a company that they name, where these are not most."""
    named: dict[str, None] = {}
    for act in differing(base, other):
        companies = [*named_in(act, "company"), *named_in(act, "companies")]
        owned = [app for company in companies for app in other.companies[company].platforms]
        named |= dict.fromkeys([*named_in(act, "platform"), *owned])
    return list(named) if 2 * len(named) <= len(other.platforms) else []


OF_INSTITUTIONS = ("law", "decision", "bargaining", "companies", "committee", "police", "centre")
"""Tables of a scenario whose values are those of institutions."""
TWO_MODES = 0.2
"""Share of the pairs in which nothing changes, and of those in which something does, from which on both are told."""


def is_of_institutions(base: Scenario, other: Scenario) -> bool:
    """Whether a law differs, or nothing but acts of or on institutions, or values of theirs."""
    acts = differing(base, other)
    tables = {value.key.split(".")[0] for value in of_values(base, other)}
    own = all(act.of_institutions for act in acts) and tables <= {*OF_INSTITUTIONS}
    return any(act.enacts for act in acts) or (own and bool(acts or tables))


class Part(NamedTuple):
    """A sentence of an answer, and the id of the quantity that it tells."""

    id: str
    text: str


class Trough(NamedTuple):
    """Daily use of an app on the day on which it differs most, and the day by which it is back, if it is."""

    change: Change
    day: dt.date
    back: dt.date | None = None


@dataclass(frozen=True)
class Told:
    """What is told of a world beside the base of a comparison, wherever it is told."""

    comparison: Comparison
    world: str

    @property
    def base(self) -> Scenario:
        """The base."""
        return self.comparison.scenarios[0]

    @cached_property
    def other(self) -> Scenario:
        """The world that was asked for."""
        return self.comparison.world(self.world)

    @cached_property
    def courses(self) -> dict[str, Course]:
        """Every quantity that a question is answered by, in both worlds, day by day."""
        return self.comparison.courses(self.world)

    @cached_property
    def chance(self) -> dict[str, Course]:
        """The same over pairs that differ in luck alone; nothing where no others were run."""
        return self.comparison.chance_courses(self.world) if self.comparison.best else {}

    @cached_property
    def changes(self) -> list[Change]:
        """Every quantity at the end of the run."""
        return [change(course, course.day(END)) for course in self.courses.values()]

    @cached_property
    def named(self) -> list[str]:
        """Apps that the question names."""
        return apps_named(self.base, self.other)

    @cached_property
    def parts(self) -> list[Part]:
        """The sentences of the answer, that which leads first."""
        date = self.base.date
        troughs = {
            id: Trough(change(one, one.peak), date(one.peak), None if one.back is None else date(one.back))
            for id, one in self.courses.items()
            if id.endswith(DAILY)
        }
        return parts(self.changes, self.base, self.other, troughs)

    @property
    def sentences(self) -> list[str]:
        """The answer."""
        return sentences(self.parts)

    @property
    def leading(self) -> Course:
        """The quantity that leads the answer."""
        return self.courses[self.parts[0].id]

    @property
    def day(self) -> int:
        """Number of the day on which the quantity that leads is told."""
        return self.leading.peak if self.leading.quantity.id.endswith(DAILY) else self.leading.day(END)

    @cached_property
    def lead(self) -> Change:
        """The number that leads the answer."""
        return change(self.leading, self.day)

    @property
    def sure(self) -> list[str]:
        """How sure it is."""
        return list(how_sure(self.changes, self.named, drawn=self.comparison.is_drawn))


def sentences(told: Sequence[Part]) -> list[str]:
    """The sentences of an answer, as they are read."""
    return [f"{capital(part.text)}." for part in told]


def parts(
    found: list[Change], base: Scenario, other: Scenario, troughs: Mapping[str, Trough] = MappingProxyType({})
) -> list[Part]:
    """The sentences of an answer, that which leads first.

    What lasts a while is answered by what happens meanwhile, a demand by who meets it, what institutions do by what
    companies do, all else by where people are in the end.

    Args:
        found: Every quantity at the end of the run.
        base: The base.
        other: The world that was asked for.
        troughs: Daily use by the id of the quantity.
    """
    by_id = {one.id: one for one in found}
    by = f"By {day_in_words(other.end)}, "
    users = list(_of_users(found, apps_named(base, other)))
    accounts, companies = by_id.get(ACCOUNTS), by_id.get(ANSWERS)
    of_data, of_companies = list[Part](), list[Part]()
    if accounts and accounts.is_clear:
        text, band = size(accounts)
        of_data = [Part(ACCOUNTS, f"data of {text} {accounts.more} {unit('accounts', text)} is handed over {band}")]
    if companies and any(round(gap) for gap in companies.gaps):
        of_companies = [Part(ANSWERS, distribution(companies))]
    met = _of_demands(by_id, base, other)
    everything = [*found, *(trough.change for trough in troughs.values())]
    if not any(gap for one in everything for gap in one.gaps) and not met:
        return [
            Part(users[0].id, f"{by}nothing differs in what people use, companies do or is handed over, in any pair")
        ]
    rest = [*met, *users, *of_data, *of_companies]
    if while_it_lasts := _of_spell(spell(base, other), troughs):
        return [*while_it_lasts, Part(rest[0].id, by + rest[0].text), *rest[1:]]
    if is_of_institutions(base, other):
        if companies and not (met or of_data or of_companies or headlines(found)):
            of_companies = [Part(ANSWERS, distribution(companies))]
        given = companies and _is_supposed(base, other, companies)
        rest = [*met, *(of_data + of_companies if given else of_companies + of_data), *users]
    return [Part(rest[0].id, by + rest[0].text), *rest[1:]]


def _of_demands(by_id: Mapping[str, Change], base: Scenario, other: Scenario) -> list[Part]:
    """Who meets the demands that the question makes or changes, in how many pairs, and after how many days."""
    asked = [act for act in differing(base, other) if isinstance(act, Demand)]
    told = [by_id[name + MET] for act in asked for name in act.companies if name + MET in by_id]
    told = sorted(dict.fromkeys(told), key=lambda one: -one.other)
    if not told:
        return []
    texts = list[str]()
    for one in told:
        name, pairs = one.id.removesuffix(MET), len(one.gaps)
        before, after = (round(level * pairs) for level in (one.base, one.other))
        text = (
            f"{name} meets the demand in {after or 'none'} of {pairs} pairs"
            if not texts
            else f"{name} in {after or 'none'}"
        )
        if before:
            text += f" instead of {before}"
        elif after:
            took = by_id[name + MET_AFTER].gaps
            waits = [days for days, met in zip(took, one.gaps, strict=True) if met > 0]
            low, middle, high = (shown(float(value), 0) for value in (min(waits), np.median(waits), max(waits)))
            text += f", after {middle} {unit('days', middle)}" + (f" ({low} to {high})" if low != high else "")
        texts.append(text)
    return [Part(told[0].id, "; ".join(texts))]


def _is_supposed(base: Scenario, other: Scenario, companies: Change) -> bool:
    """Whether as many companies answer otherwise in all pairs as the question itself gives a stance to."""
    given = {act.company for act in differing(base, other) if isinstance(act, ForceStance)}
    return {abs(round(gap)) for gap in companies.gaps} == {len(given)}


def _of_spell(one: Spell | None, troughs: Mapping[str, Trough]) -> list[Part]:
    """What happens to the use of an app while it is out of use, and when it is back.

    Nothing is told where use differs most at another time.
    """
    trough = troughs.get(f"{one.app}{DAILY}") if one else None
    if one is None or trough is None or not trough.change.is_clear or not one.first <= trough.day <= one.end:
        return []
    peak = trough.change
    (text, band), (before, after) = size(peak), levels(peak)
    if before == after:
        return []
    use = f"{after} % of people use it on a day instead of {before} %"
    most = f"at the most, on {day_in_words(trough.day)}: {text} {unit(POINTS, text)} {peak.more} {band}"
    returned = "daily use is not back by the last day: more than a tenth of that is left"
    if trough.back:
        late = (trough.back - one.end).days
        after = f", {late} {'day' if late == 1 else 'days'} after the end" if late > 0 else ""
        returned = f"daily use is back by {day_in_words(trough.back)}{after}: a tenth of that is left at most"
    return [Part(peak.id, f"while {one.app} {one.does}, {one.days}, {use}, {most}"), Part(peak.id, returned)]


def headlines(found: list[Change], named: Collection[str] = ()) -> list[Change]:
    """Clear differences of holders, largest first, and before them those of the apps that the question names."""
    clear = [one for one in found if one.role == "users" and one.is_clear]
    return sorted(clear, key=lambda one: (one.platform not in named, -abs(one.mean)))


def _of_users(found: list[Change], named: Collection[str]) -> Iterator[Part]:
    """The first app, and another where as much or more happens to it."""
    most = headlines(found, named)
    if not most:
        largest = max((one for one in found if one.role == "users"), key=lambda one: abs(one.mean))
        agreed = f" in a direction that the pairs agree on (the most: {largest.platform} {signed(largest)})"
        yield Part(largest.id, f"the users of no app differ{agreed if any(largest.gaps) else ' at all'}")
        return
    others = sorted(most[1:], key=lambda one: -abs(one.mean))
    for one in [most[0], *(one for one in others[:1] if abs(one.mean) >= abs(most[0].mean))]:
        text, band = size(one)
        before, after = levels(one)
        sentence = f"{one.platform} has {text} {unit(POINTS, text)} {one.more} users {band}"
        yield Part(one.id, f"{sentence}: {after} % of people instead of {before} %")


def distribution(one: Change) -> str:
    """How many companies more or fewer answer demands, in how many pairs: never a band of one number.

    Where nothing changes in some pairs and something in others, these are two outcomes, told as two.
    """
    counts, pairs = by_count(one.gaps), len(one.gaps)
    quiet = dict(counts).get(0, 0)
    moved = [gap for gap, _ in counts if gap]
    if len(moved) > 1 and min(quiet, pairs - quiet) >= TWO_MODES * pairs:
        parts = []
        for sign in (1, -1):
            some = sorted(abs(gap) for gap in moved if gap * sign > 0)
            times = sum(number for gap, number in counts if gap * sign > 0)
            span = f"{some[0]} to {some[-1]}" if len(some) > 1 else f"{some[0]}" if some else ""
            parts += [f"{span} {'more' if sign > 0 else 'fewer'} in {times}"] if some else []
        return f"as many companies answer demands in {quiet} of {pairs} pairs, and {' and '.join(parts)}"
    (gap, times), *rest = counts
    do = "company answers" if abs(gap) == 1 else "companies answer"
    parts = [f"{_more(gap)} {do} demands in {times}", *(f"{_more(gap)} in {n}" for gap, n in rest)]
    return f"{', '.join(parts)} of {pairs} pairs"


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
