"""What differs between two scenarios, in sentences: values that changed, what only one of them has, acts that moved."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from sim.scenario.calendar import Act
from sim.scenario.errors import show
from sim.scenario.fields import Leaf, leaves
from sim.scenario.schema import ABOUT, Scenario
from sim.scenario.words import day_in_words

BETWEEN_ACTS = ("id", "kind", "by", "note")
"""What the sentence about an act says already, or what says nothing of the world."""

What = Literal["value", "act", "only here", "only there"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which a scenario differs from the base, and the sentence that says it."""

    what: What
    key: str
    before: str
    after: str
    sentence: str
    meaning: str = ""
    """What a value is, with its unit in the sentence."""


def differences(base: Scenario, other: Scenario) -> list[Difference]:
    """Everything that makes ``other`` another world than ``base``, in the order of the schema, acts by date.

    Titles, questions, notes, sources, observed values and the day around which outcomes are measured make no other
    world and are left out.
    """
    return [*of_values(base, other), *_of_acts(base, other)]


def of_values(base: Scenario, other: Scenario) -> Iterator[Difference]:
    """Differences outside the calendar."""
    names = [name for name in type(base).model_fields if name not in ABOUT | {"acts"}]
    if all(getattr(base, name) == getattr(other, name) for name in names):
        return
    mine, theirs = ({leaf.key: leaf for leaf in _world(scenario)} for scenario in (base, other))
    gone = _roots([key for key in mine if key not in theirs], theirs)
    come = _roots([key for key in theirs if key not in mine], mine)
    for key in gone:
        yield Difference("only here", key, "there", "", f"{_subject(key)} is not there.")
    for key in come:
        yield Difference("only there", key, "", "there", f"{_subject(key)} is there, which the base lacks.")
    for key, leaf in mine.items():
        if key in theirs and theirs[key].value != leaf.value:
            before, after = value_of(leaf), value_of(theirs[key])
            sentence = f"{key} is {after} instead of {before}: {leaf.meaning}."
            yield Difference("value", key, show(leaf.value), show(theirs[key].value), sentence, leaf.meaning)


def _world(scenario: Scenario) -> Iterator[Leaf]:
    """Parameters outside the calendar that shape the world."""
    return (leaf for leaf in leaves(scenario) if leaf.key.split(".")[0] not in ABOUT | {"acts"})


def _roots(keys: Sequence[str], others: dict[str, Leaf]) -> list[str]:
    """The shortest part of each key under which the other scenario has nothing: a whole table that was added."""
    roots = []
    for key in keys:
        steps = key.split(".")
        parts = [".".join(steps[:depth]) for depth in range(1, len(steps) + 1)]
        roots.append(next(part for part in parts if not any(_under(other, part) for other in others)))
    return list(dict.fromkeys(roots))


def _under(key: str, part: str) -> bool:
    return key == part or key.startswith(f"{part}.")


def _subject(key: str) -> str:
    table, _, name = key.partition(".")
    singular = {"companies": "company", "platforms": "platform", "isps": "ISP", "regulators": "regulator"}
    return f"The {singular.get(table, table)} {name}".rstrip()


def value_of(leaf: Leaf) -> str:
    """A value with its unit."""
    value = ", ".join(map(show, leaf.value)) if isinstance(leaf.value, tuple) else show(leaf.value)
    return value if leaf.unit == "1" or leaf.value is None else f"{value} {leaf.unit}"


def _of_acts(base: Scenario, other: Scenario) -> Iterator[Difference]:
    mine, theirs = ({act.id: act for act in scenario.acts} for scenario in (base, other))
    removed = [act for name, act in mine.items() if name not in theirs or type(theirs[name]) is not type(act)]
    added = [act for name, act in theirs.items() if name not in mine or type(mine[name]) is not type(act)]
    found = [_one_sided(acts, "only here") for acts in _alike(removed)]
    found += [_one_sided(acts, "only there") for acts in _alike(added)]
    for name, act in mine.items():
        if name in theirs and type(theirs[name]) is type(act):
            found += [(_day_of(act), change) for change in _changed(act, theirs[name])]
    yield from (difference for _, difference in sorted(found, key=lambda pair: pair[0]))


def _day_of(act: Act) -> dt.date:
    """Where an act goes in the order of days; one that waits for a condition goes last."""
    return act.date or dt.date.max


def _alike(acts: Sequence[Act]) -> list[list[Act]]:
    """Acts of one day that differ in the company alone, which one sentence can tell."""
    groups: dict[str, list[Act]] = {}
    for act in acts:
        rest = act.model_dump(exclude={"id", "note", "company"})
        groups.setdefault(repr(rest), []).append(act)
    return list(groups.values())


def _one_sided(acts: Sequence[Act], what: What) -> tuple[dt.date, Difference]:
    first, key = acts[0], ", ".join(f"acts.{act.id}" for act in acts)
    said = act_sentence(first, [company for act in acts if (company := getattr(act, "company", None))])
    sentence = f"Left out: {said}." if what == "only here" else f"Added: {said}."
    before, after = (said, "") if what == "only here" else ("", said)
    return _day_of(first), Difference(what, key, before, after, sentence)


def act_sentence(act: Act, companies: Sequence[str] = ()) -> str:
    """When an act happens, who acts, and what happens; ``companies`` stand in the place of the act's own.

    One that waits says for what; one that adds salience, how much; and a report, what it reports.
    """
    loud = f" (salience {act.salience:g})" if act.salience else ""
    return f"{day_or_condition(act)}, {act.by}: {act.said(companies)}{loud}"


def day_or_condition(act: Act, *, day: Callable[[dt.date], str] | None = None) -> str:
    """When an act happens: its date, or what it waits for, 'once WhatsApp has lost 10 % of its users'.

    ``day`` writes a date otherwise than in full.
    """
    day = day or day_in_words
    if act.when is None:
        assert act.date is not None
        return day(act.date)
    when, bounds = act.when, ""
    if when.earliest is not None:
        bounds += f", from {day(when.earliest)} on"
    if when.latest is not None:
        bounds += f", up to {day(when.latest)}"
    since = getattr(when, "since", None)
    said = when.said() + (f" since {day(since)}" if since is not None else "")
    if when.days_after == 1:
        return f"{'each time' if when.each_time else 'once'} {said}{bounds}"
    return f"{when.days_after} days after {'each time that ' if when.each_time else ''}{said}{bounds}"


def _changed(act: Act, other: Act) -> Iterator[Difference]:
    """Values of an act that both scenarios have; a date and a condition, or two conditions, are one value."""
    if act.when != other.when:
        one, two = day_or_condition(act), day_or_condition(other)
        yield Difference("act", f"acts.{act.id}.when", one, two,
                         f"Changed: {act_sentence(act)}; it happens {two} instead of {one}.")  # fmt: skip
    after = {leaf.key: leaf for leaf in leaves(other)}
    for leaf in leaves(act):
        if leaf.key in BETWEEN_ACTS or leaf.key.startswith("when.") or (leaf.key == "date" and act.when != other.when):
            continue
        if after[leaf.key].value != leaf.value:
            key, one, two = f"acts.{act.id}.{leaf.key}", value_of(leaf), value_of(after[leaf.key])
            if leaf.key == "date":
                one, two = day_or_condition(act), day_or_condition(other)
            sentence = f"Changed: {act_sentence(act)}; {key} is {two} instead of {one}: {leaf.meaning}."
            yield Difference("act", key, show(leaf.value), show(after[leaf.key].value), sentence)


def spread_evenly(scenario: Scenario, act: Act) -> str:
    """That the persons of an act were counted over a period and spread evenly, so that it is no dated fact; else "".

    A scenario says so by a source that is assumed.
    """
    entry = scenario.sources.get(f"acts.{act.id}.persons")
    is_spread = entry is not None and entry.status == "assumed"
    return f" [spread evenly, not counted on this day: {entry.note}]" if entry and is_spread else ""
