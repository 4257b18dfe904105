"""The page that answers a question: the answer, how sure, the picture, who did what, and what it rests on."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from xml.etree import ElementTree

import pandas as pd

from sim.analyses.claims.analysis import FlipTest
from sim.analyses.compare.analysis import Comparison
from sim.analyses.compare.outcomes import END, HERE, LATER, THERE, acts_apart, differing
from sim.drawing import calendar
from sim.drawing.style import house_style
from sim.results.bands import CHANCE
from sim.results.summary import summarise
from sim.runs.once import MODEL_VERSION
from sim.scenario.fields import leaves
from sim.scenario.schema import Scenario, count_assumed, origins
from sim.scenario.words import day_in_words, listed, number
from sim.view.answer import bearing, words
from sim.view.answer.pictures import (
    NARROW,
    WIDE,
    changes_in_words,
    gap_in_words,
    paint_changes,
    paint_gap,
    panels,
)
from sim.view.answer.turning import turning
from sim.view.brief import evidence
from sim.view.brief.drawing import inline, sprite
from sim.view.brief.page import assumptions, calendar_in_words, environment, seeds_in_words, world_in_words
from sim.view.brief.sentences import by_name

NAMES = ("baseline", "asked")
"""What both worlds are called at the ends of their lines."""
MOST_ROWS, MOST_ACTS = (5, 3), 6
"""Rows of what changed most, in points and counts, and acts that are told before the rest is folded away."""
EVENTS = {WIDE: 7, NARROW: 5}
"""Events that are named above a picture of a width."""


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that happens in one world alone, as a line of the page."""

    date: dt.date
    text: str
    pairs: str
    because: tuple[str, ...]
    is_common: bool
    """Whether it is so in most pairs."""
    about: tuple[str, ...]
    """Who acts, and to whom or what."""

    @property
    def day(self) -> str:
        """The date in words."""
        return day_in_words(self.date)


def answer(
    comparison: Comparison,
    world: str,
    *,
    command: str = "",
    asked: str = "",
    scenario_file: str = "",
    tested: FlipTest | None = None,
) -> str:
    """The answer page of one world against the base, as one HTML file that asks nothing of a network.

    The same comparison gives the same text: it holds no clock and no path.

    Args:
        comparison: Worlds run in pairs.
        world: The one that was asked for.
        command: What made the comparison.
        asked: The question as it was typed, where there was one.
        scenario_file: Name of the file in which the question was saved.
        tested: The flip test of the answer, where it was made.
    """
    content = _content(comparison, world) | {"command": command, "asked": asked, "scenario_file": scenario_file}
    content["turning"] = turning(tested) if tested else None
    return environment().get_template("answer/answer.html").render(content)


def _content(comparison: Comparison, world: str) -> dict[str, Any]:
    base = comparison.scenarios[0]
    other = comparison.world(world)
    courses = comparison.courses(world)
    found = words.changes(courses)
    first, named = comparison.first(world), apps_named(comparison, world)
    rows, rest = words.told_rows(found, MOST_ROWS)
    letters: dict[str, ElementTree.Element] = {}
    borne = bearing.at_the_end(comparison, world)
    pictures = _pictures(comparison, world, rows, letters, borne)
    done = list(deeds(comparison, world))
    common = [deed for deed in done if deed.is_common]
    drawn = bool(comparison.worlds)
    summary = summarise(comparison.ensemble(comparison.names[0]))
    outcomes = comparison.outcomes
    assumed, claims = count_assumed(other)
    sentence, further = words.answer(found, other.end, named)
    return {
        "title": other.question or other.title,
        "base": comparison.names[0],
        "base_title": base.title,
        "name": world,
        "changes": list(comparison.changes.loc[comparison.changes["world"] == world, "sentence"]),
        "sentence": sentence,
        "further": further,
        "sure": list(words.how_sure(found, named, drawn=drawn)),
        "horizon": f"{day_in_words(base.date(first))} to {day_in_words(base.end)}",
        "letters": sprite(letters),
        "pictures": pictures,
        "deeds": common[:MOST_ACTS],
        "more_deeds": [*common[MOST_ACTS:], *(deed for deed in done if not deed.is_common)],
        "rows": rows,
        "borne": bearing.told(borne),
        "rest": [(one.name, one.unit, words.signed(one)) for one in rest],
        "assumed": assumed,
        "claims": claims,
        "silent": silent(base, other),
        "varied": _varied(comparison) if drawn else None,
        "assumptions": assumptions(other),
        "seen": evidence.rows(summary) if base.observed else [],
        "evidence_says": evidence.in_words(summary),
        "world": world_in_words(base),
        "calendar": calendar_in_words(other),
        "outcomes": by_name(outcomes[outcomes["world"] == world].drop(columns="world")),
        "pairs": len(comparison.seeds),
        "lucky_pairs": len(comparison.best.seeds) if comparison.best else 0,
        "seeds": seeds_in_words(comparison.seeds),
        "users": base.population.users,
        "digests": (base.digest(), other.digest()),
        "version": MODEL_VERSION,
    }


def _pictures(
    comparison: Comparison,
    world: str,
    rows: Sequence[words.Change],
    letters: dict[str, ElementTree.Element],
    borne: pd.DataFrame,
) -> dict[str, Any]:
    """The pictures, each in two widths, and their words."""
    base = comparison.scenarios[0]
    lucky = comparison.lucky_courses(world) if comparison.best else {}
    found = panels(comparison.courses(world), base, apps_named(comparison, world), lucky)
    ends = {id: (band[CHANCE["p05"]], band[CHANCE["p95"]]) for id, course in lucky.items()
            for band in [course.band(course.day(END))]}  # fmt: skip
    groups, lucky_groups = bearing.dots(borne)
    told = {
        "borne": changes_in_words(groups) if groups else "",
        "gap": gap_in_words(found, NAMES, day_in_words(base.end)),
        "most": changes_in_words(rows) if rows else "",
    }
    drawn: dict[str, list[str]] = {"gap": [], "most": [], "borne": []}
    with house_style():
        for width, kind in ((WIDE, "wide"), (NARROW, "narrow")):
            events = events_of(comparison, world, EVENTS[width])
            drawn["gap"].append(inline(paint_gap(found, events, base, NAMES, width), f"gap-{kind}", letters))
            if rows:
                drawn["most"].append(inline(paint_changes(rows, base, width, ends), f"most-{kind}", letters))
            if groups:
                picture = paint_changes(groups, base, width, lucky_groups if comparison.best else {})
                drawn["borne"].append(inline(picture, f"borne-{kind}", letters))
    return {name: {"svgs": svgs, "alt": told[name]} for name, svgs in drawn.items()}


def events_of(comparison: Comparison, world: str, most: int) -> list[calendar.Mark]:
    """Acts that move what is shown, in either world, by name: those that differ first, then those with most weight."""
    base, other = comparison.scenarios[0], comparison.world(world)
    apart = [act for act in differing(base, other) if calendar.moves(act)]
    gone = [act for act in apart if act in base.acts]
    here = [replace(mark, label=f"{NAMES[0]}: {mark.label}") for mark in calendar.marks_of(base, gone)]
    there = calendar.moving_marks(other)
    days = {other.day(act.date) for act in apart if act.date is not None}
    first = comparison.first(world)
    shown = [*here, *(mark for mark in there if mark.day >= first)]
    chosen = sorted(shown, key=lambda mark: (mark.day not in days, -mark.weight))[:most]
    return sorted(chosen, key=lambda mark: mark.day)


def apps_named(comparison: Comparison, world: str) -> list[str]:
    """Apps that the question of a world is about."""
    return words.apps_named(comparison.scenarios[0], comparison.world(world))


def deeds(comparison: Comparison, world: str) -> Iterator[Deed]:
    """What happens in one world alone; what several do alike, and what one does again and again, is one line."""
    base, other = (comparison.lives[0], comparison.lives[comparison.names.index(world)])
    table = acts_apart([life.run for life in base], [life.run for life in other])
    reports = table["sentence"].where(table["verb"] == "report", "")
    several = table.groupby(["what", "verb", "target", reports.rename("says")], sort=False)
    for _, group in sorted(several, key=lambda item: item[1]["date"].iloc[0]):
        common = group[2 * group["pairs"] > group["of"]]
        first = (common if len(common) else group).iloc[0]
        actors = [actor for actor in dict.fromkeys(group["actor"]) if actor != first["actor"]]
        again = len(group[group["actor"] == first["actor"]]) - 1
        yield Deed(
            first["date"].date(),
            _line(first, actors, again),
            f"in {first['pairs']} of {first['of']} pairs",
            tuple(first["because"]),
            bool(2 * first["pairs"] > first["of"]),
            tuple(map(str, (first["actor"], *actors, first["target"]))),
        )


def _line(first: pd.Series, actors: Sequence[str], again: int) -> str:
    """The sentence of an act with what makes it one of one world, who else does it, and how often."""
    sentence = str(first["sentence"])
    text = {
        THERE: sentence,
        HERE: f"Only in the baseline: {sentence}",
    }.get(first["what"], f"{first['days']} days {'later' if first['what'] == LATER else 'sooner'}: {sentence}")
    text += f" Likewise {listed(actors)}." if actors else ""
    return text + (f" And {again} more {'time' if again == 1 else 'times'}." if again else "")


def silent(base: Scenario, other: Scenario) -> list[str]:
    """Acts that differ and draw no attention of their own, where they could, in a few words."""
    return [act.in_short() for act in differing(base, other) if not act.salience and calendar.moves(act)]


def _varied(comparison: Comparison) -> pd.DataFrame:
    """Parameters that differ from pair to pair, with their smallest and largest value."""
    worlds = [life.run.scenario for life in comparison.lives[0]]
    values = {leaf.key: [leaf.value] for leaf in leaves(worlds[0])}
    for world in worlds[1:]:
        for leaf in leaves(world):
            values[leaf.key].append(leaf.value)
    about = {item.key: item for item in origins(comparison.scenarios[0])}
    rows = [
        (key, about[key].value, f"{number(min(found))} to {number(max(found))}", about[key].unit, about[key].meaning)
        for key, found in values.items()
        if any(value != found[0] for value in found)
    ]
    return pd.DataFrame(rows, columns=["parameter", "in the scenario", "in these pairs", "unit", "meaning"])
