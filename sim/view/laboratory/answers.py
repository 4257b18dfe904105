"""What the laboratory tells of one question: words of the answer page, and courses by the week to be drawn.

Means, bands and words are those of the outcomes of a comparison and of the answer page; the page computes nothing.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.analyses.compare.analysis import Comparison
from sim.analyses.compare.outcomes import END, POINTS, Course, Quantity, courses, quantities
from sim.codebook import WEEK
from sim.results.bands import CHANCE, percentiles
from sim.runs.once import Run
from sim.scenario.schema import Scenario, count_assumed
from sim.scenario.words import day_in_words
from sim.tables import array, labels, reach
from sim.tables import stances as stances_of
from sim.view.answer import page, words
from sim.view.answer.pictures import ACCOUNTS, panels

INSTALLS, ACCESS, SPEECH = " installs a week", " access", "public speech"
MOST_ROWS, MOST_WHY = (6, 3), 4
"""Rows of what changed most, in points and counts, and acts that are told of one."""
MOST_EVENTS = 8
FIGURES = 4
"""Significant digits of what is drawn: finer than a screen."""


def weeks(scenario: Scenario) -> list[int]:
    """Days that are drawn: the last of each week of the run, and the last of all."""
    return [*range(WEEK - 1, scenario.days - 1, WEEK), scenario.days - 1]


def followed(scenario: Scenario) -> Iterator[Quantity]:
    """What the pictures show: of each app its holders, installs and access; accounts and speech."""
    known = {quantity.name: quantity for quantity in quantities(scenario)}
    for number, app in enumerate(scenario.platforms):
        yield known[app + words.HOLDERS]
        meaning = f"people who took {app} within the seven days before, scaled"
        yield Quantity(app + INSTALLS, "installs", meaning, partial(_installs, number))
        meaning = f"how far the mean user can use {app}, where 100 % is without hindrance"
        yield Quantity(app + ACCESS, POINTS, meaning, partial(_access, number))
    yield from (known[name] for name in (ACCOUNTS, SPEECH) if name in known)


def _installs(number: int, run: Run, first: int) -> NDArray[np.float64]:
    del first
    total = np.cumsum(array(run.tables, "usage", "installs")[:, number])
    # rounded, for a sum of scaled people leaves a trace of what cancels, which would count as a difference
    return np.asarray(np.round(total - np.concatenate([np.zeros(WEEK), total[:-WEEK]]), 6))


def _access(number: int, run: Run, first: int) -> NDArray[np.float64]:
    del first
    return np.asarray(100.0 * reach(run.tables, run.scenario)[:, number])


def told(comparison: Comparison, world: str) -> dict[str, Any]:
    """One question as plain numbers and words, for JSON.

    Args:
        comparison: Both worlds, lived in pairs; without pairs that differ in luck alone there are no bands of luck.
        world: The one that was asked for.
    """
    base, other = comparison.scenarios[0], comparison.world(world)
    both = comparison.courses(world)
    luck = comparison.lucky_courses(world) if comparison.best else {}
    changes = words.changes(both)
    named, first = page.apps_named(comparison, world), comparison.first(world)
    rows, rest = words.told_rows(changes, MOST_ROWS)
    done = list(page.deeds(comparison, world))
    assumed, claims = count_assumed(other)
    drawn = list(followed(base))
    shown = courses(*comparison.runs(world), drawn, first)
    lucky = courses(*comparison.best.runs(world), drawn, first) if comparison.best else {}
    days = weeks(base)
    ends = {name: course.band(course.day(END)) for name, course in luck.items()}
    return {
        "first": first,
        "sentence": " ".join(words.answer(changes, other.end, named)).rstrip(),
        "sure": list(words.how_sure(changes, named, drawn=bool(comparison.worlds))),
        "agree": _agreement(changes, named),
        "horizon": f"{day_in_words(base.date(first))} to {day_in_words(base.end)}",
        "changes": list(comparison.changes.loc[comparison.changes["world"] == world, "sentence"]),
        "silent": page.silent(base, other),
        "assumed": [assumed, claims],
        "app": panels(both, base, named)[0].course.quantity.name.removesuffix(words.HOLDERS),
        "events": [[mark.day, mark.label] for mark in page.events_of(comparison, world, MOST_EVENTS)],
        "deeds": [
            {"day": base.day(deed.date), "date": deed.day, "text": deed.text, "pairs": deed.pairs,
             "because": list(deed.because), "common": deed.is_common}
            for deed in done
        ],
        "rows": [
            _row(one, ends.get(one.name), done, base)
            | ({} if one.name in shown else _by_week(both[one.name], luck.get(one.name), days))
            for one in rows
        ],
        "rest": [[one.name, words.signed(one)] for one in rest],
        "courses": {name: _course(course, lucky.get(name), days) for name, course in shown.items()},
        "stances": _stances(comparison, world, days),
        "digest": other.digest(),
    }  # fmt: skip


def _agreement(changes: list[words.Change], named: Sequence[str]) -> dict[str, Any]:
    """Pairs that agree on the direction of the first app of the sentence; none where no app differs clearly."""
    most = words.headlines(changes, named)[:1]
    return {"app": "", "pairs": len(changes[0].gaps), "alike": 0} | (
        {"app": most[0].name.removesuffix(words.HOLDERS), "alike": most[0].alike} if most else {}
    )


def _row(one: words.Change, luck: dict[str, float] | None, done: Sequence[page.Deed], base: Scenario) -> dict[str, Any]:
    before, after = words.levels(one)
    return {
        "name": one.name, "unit": one.unit, "text": words.signed(one), "before": before, "after": after,
        "mean": _short(one.mean), "low": _short(one.low), "high": _short(one.high),
        "luck": [_short(luck[CHANCE["p05"]]), _short(luck[CHANCE["p95"]])] if luck else [],
        "why": _why(one.name, done, base),
    }  # fmt: skip


def _by_week(course: Course, lucky: Course | None, days: Sequence[int]) -> dict[str, Any]:
    """The difference with its bands on some days, and its words."""
    return {
        "gap": _band(course.gaps[:, days], lucky.gaps[:, days] if lucky else None),
        "told": _told(course, days),
    }


def _why(measure: str, done: Sequence[page.Deed], base: Scenario) -> list[int]:
    """Places of the acts of one world alone that touch what a row measures: of its app, its owner, or of companies."""
    app = next((name for name in base.platforms if measure.startswith(name + " ")), None)
    owners = [name for name, company in base.companies.items() if app in company.platforms]
    subjects = {app, *owners} if app else {*base.companies}
    touching = [i for i, deed in enumerate(done) if deed.is_common and subjects & {*deed.about}]
    return touching[:MOST_WHY]


def _course(course: Course, lucky: Course | None, days: Sequence[int]) -> dict[str, Any]:
    """Mean and bands of both worlds on some days, and the words of each day."""
    return {
        "unit": course.quantity.unit,
        "meaning": course.quantity.meaning,
        "base": _band(course.base[:, days], lucky.base[:, days] if lucky else None),
        "now": _band(course.other[:, days], lucky.other[:, days] if lucky else None),
    } | _by_week(course, lucky, days)


def _band(total: NDArray[np.float64], luck: NDArray[np.float64] | None) -> list[list[float]]:
    """Mean, the ends of the total band, and those of the band of luck alone, a list each; empty without such pairs."""
    low, _, high = percentiles(total)
    luck_low, _, luck_high = percentiles(luck) if luck is not None else ((), (), ())
    return [[_short(float(value)) for value in line] for line in (total.mean(axis=0), low, high, luck_low, luck_high)]


def _told(course: Course, days: Sequence[int]) -> list[list[str]]:
    """Levels of both worlds, and the difference with its band, day by day; empty where there is none in any pair."""
    found = words.changes_on(course, days)
    return [[*words.levels(one), words.signed(one) if any(one.gaps) else ""] for one in found]


def _short(value: float) -> float:
    short = float(f"{value:.{FIGURES}g}")
    return int(short) if short.is_integer() else short


def _stances(comparison: Comparison, world: str, days: Sequence[int]) -> dict[str, Any]:
    """For each company in either world the stance that most runs have on a day, and in how many percent of them."""
    found: dict[str, dict[str, list[list[Any]]]] = {}
    for name, runs in zip(("base", "now"), comparison.runs(world), strict=True):
        stances = np.stack([stances_of(run.tables)[days] for run in runs]).astype(str)
        for number, (company,) in enumerate(labels(runs[0].tables, "companies")):
            found.setdefault(company, {})[name] = _modes(stances[:, :, number])
    return found


def _modes(stances: NDArray[np.str_]) -> list[list[Any]]:
    """Spans of days with the same stance of most runs: index of the first day, stance, percent of the runs by day."""
    names, codes = np.unique(stances, return_inverse=True)  # in the order of their names, of which the first wins a tie
    counts = (codes.reshape(stances.shape)[None] == np.arange(len(names))[:, None, None]).sum(axis=1)
    shares = [round(100 * int(count) / len(stances)) for count in counts.max(axis=0)]
    spans: list[list[Any]] = []
    for place, (most, share) in enumerate(zip(counts.argmax(axis=0), shares, strict=True)):
        stance = str(names[most])
        if spans and spans[-1][1] == stance:
            spans[-1][2].append(share)
        else:
            spans.append([place, stance, [share]])
    return spans
