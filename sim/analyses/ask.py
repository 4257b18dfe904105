"""A question becomes a world: a scenario with acts added or left out, without a file.

An act is written as its kind and its keys, ``force-stance company=Meta stance=comply date=2020-10-01``; words with
spaces stand in quotes, items of a list are separated by commas. What is asked can be saved as a short file that extends
the scenario, and reads back as the same world.
"""

from __future__ import annotations

import itertools
import os
import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from textwrap import shorten
from typing import Any

import tomli_w

from sim.scenario.calendar import Act
from sim.scenario.differences import BETWEEN_ACTS, Difference, day_or_condition, differences, value_of
from sim.scenario.errors import ScenarioError, at, show
from sim.scenario.fields import leaves
from sim.scenario.files import build, locate, merge, parse_value, read, shape, shipped_files
from sim.scenario.schema import Scenario
from sim.scenario.words import listed, short_meaning

ACT, WITHOUT = "--act", "--without"
ASKED = "asked"
"""What the acts of a question are called, with a number."""
BY = "this question"
MOST_WORDS = 200
LONGEST_TITLE, LONGEST_TEXT = 200, 2_000
MOST_TOLD = 3
"""Acts that a question names; the page lists all."""


def ask(
    path_or_name: str | Path, acts: Sequence[str], without: Sequence[str], overrides: Iterable[str] = ()
) -> Scenario:
    """The world that a question asks about, beside a scenario.

    ``acts`` are added; one with the ``id`` of an act that is there changes that act. ``without`` has dotted keys of
    what is left out, such as ``acts.rules``. ``overrides`` change both worlds.

    Raises:
        ScenarioError: One line that names the key, what was expected there, and the nearest choice.
    """
    draft = read(path_or_name, overrides)
    base = build(draft)
    tables = parse_acts(acts, {act.id for act in base.acts})
    for key in without:
        draft.drop(tuple(key.split(".")), WITHOUT)
    merge(draft, {"acts": tables} if tables else {}, ACT)
    asked = build(draft)
    added = [act for act in asked.acts if act.id in [table["id"] for table in tables]]
    for act in added:
        if act.date is not None and act.date > asked.end:
            expected = f"a date from {asked.start} to the end of the run, {asked.end}"
            raise ScenarioError.at(ACT, f"acts.{act.id}.date", expected, show(act.date))
    if not differences(base, asked):
        raise ScenarioError.at(ACT, "", "something that the scenario does not have already", "the same world")
    words = title(base, added, without)
    short, long = (shorten(words, most, placeholder=" …") for most in (LONGEST_TITLE, LONGEST_TEXT))
    return asked.model_copy(update={"title": short, "question": long, "observed": {}})


def parse_acts(texts: Sequence[str], taken: Iterable[str]) -> list[dict[str, Any]]:
    """Acts as tables of a scenario file, each with an id that is not ``taken`` unless it names one itself."""
    used, tables = {*taken}, []
    for text in texts:
        free = next(name for n in itertools.count(1) if (name := f"{ASKED}-{n}") not in used)
        tables.append({"id": free} | _parse(text))
        used.add(tables[-1]["id"])
    return tables


def _parse(text: str) -> dict[str, Any]:
    """Kind and keys of one act; an act that is new and says not who acts is the question's."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise ScenarioError.at(ACT, "", "quotes that end", f"{show(text)}: {error}") from None
    if not 0 < len(words) <= MOST_WORDS:
        raise ScenarioError.at(ACT, "", "a kind and keys, such as 'lift platform=WhatsApp date=2020-10-01'", show(text))
    table: dict[str, Any] = {"kind": words[0]}
    for word in words[1:]:
        key, equals, value = word.partition("=")
        if not equals or not key:
            raise ScenarioError.at(ACT, words[0], "key=value", show(word))
        if key in table:
            raise ScenarioError.at(ACT, f"{words[0]}.{key}", "a key once", show(word))
        table[key] = _value(words[0], key, value)
    return table if "by" in table or "id" in table else table | {"by": BY}


def _value(kind: str, key: str, text: str) -> Any:
    """A value as TOML writes it, or a word as it is; commas separate what the schema calls a list."""
    body = at(shape(), ("acts", "x", key), {"acts": {"x": {"kind": kind}}}).body
    if body.get("type") == "array" and not text.startswith("["):
        return [word.strip() for word in text.split(",")]
    return text if body.get("type") == "string" and body.get("format") != "date" else parse_value(text)


def title(base: Scenario, acts: Iterable[Act], without: Iterable[str], values: Sequence[Difference] = ()) -> str:
    """The question in words: what is supposed to happen, what of ``base`` is left out, and which values are others."""
    known, asked = {act.id: act for act in base.acts}, tuple(acts)
    added = _together((getattr(act, "company", ""), _supposed(act, known.get(act.id))) for act in asked)
    gone = [_left_out(key, known) for key in without]
    others = [f"{_about(value)} had been {value.after} instead of {value.before}" for value in values if value.meaning]
    others += [value.sentence.rstrip(".") for value in values if not value.meaning]
    further = {"further acts had come": added, "more had not": gone, "more values had been others": others}
    for more, parts in further.items():
        if len(parts) > MOST_TOLD + 1:  # one more takes no more room than to say so
            parts[MOST_TOLD:] = [f"{len(parts) - MOST_TOLD} {more}"]
    *first, last = [*added, *gone, *others] or ["this world had been another"]
    between = "; and " if len(first) > 1 else ", and "
    text = f"What if {between.join([*filter(None, ['; '.join(first)]), last])}?"
    for act in (known | {act.id: act for act in asked}).values():  # to a condition another act is but its id
        text = text.replace(f"the act '{act.id}'", f"“{act.in_short()}”")
    return text


def _together(clauses: Iterable[tuple[str | None, str]]) -> list[str]:
    """Clauses that differ by the company that they begin with, as one."""
    companies: dict[str, list[str]] = {}
    for company, text in dict.fromkeys(clauses):
        does = text.removeprefix(company or "")
        companies.setdefault(does, []).append(text.removesuffix(does))
    for names in companies.values():
        if len(names) > MOST_TOLD + 1:
            names[MOST_TOLD:] = [f"{len(names) - MOST_TOLD} more companies"]
    return [listed(names) + does for does, names in companies.items()]


def _supposed(act: Act, before: Act | None) -> str:
    """What an act would have done; of one that is changed, when it was, or what else the words do not show."""
    when = _when(act)
    if before is None or type(before) is not type(act):
        return act.asked(when)
    earlier = _when(before)
    text = act.asked(when if when == earlier else f"{when} instead of {earlier}")
    if act.asked(when) != before.asked(when):
        return text
    now = {leaf.key: leaf for leaf in leaves(act)}
    others = [
        f"{short_meaning(leaf.meaning)} {value_of(now[leaf.key])} instead of {value_of(leaf)}"
        for leaf in leaves(before)
        if leaf.key not in (*BETWEEN_ACTS, "date", "until", "for_days", "hours", "days")
        and not leaf.key.startswith("when.")
        and now[leaf.key].value != leaf.value
    ]
    return f"{text}, with {listed(others)}" if others else text


def _when(act: Act) -> str:
    return act.when_asked(day_or_condition(act))


def _left_out(key: str, acts: Mapping[str, Act]) -> str:
    """What is left out, as something that had not come; a value that is left out takes its default."""
    _, _, name = key.partition(".")
    if key.startswith("acts.") and name in acts:
        return acts[name].asked(_when(acts[name]), "had not")
    return f"{key.replace('.', ' ').replace('_', ' ')} had been left out"


def _about(value: Difference) -> str:
    """What a value is, and whose."""
    _, *inner, _ = value.key.split(".")
    return f"{short_meaning(value.meaning)}{f' of {inner[0]}' if inner else ''}"


def to_file(path_or_name: str | Path, asked: Scenario, acts: Sequence[str], without: Sequence[str], place: Path) -> str:
    """The question that ``ask`` answered with ``asked``, as a scenario file that extends the other.

    It will be saved at ``place``, from where a scenario that is no shipped one is named.
    """
    name = str(path_or_name)
    base = name if name in shipped_files() else Path(os.path.relpath(locate(path_or_name), place.parent)).as_posix()
    before = [act.id for act in build(read(path_or_name)).acts]
    table: dict[str, Any] = {"extends": base, "title": asked.title, "question": asked.question}
    table |= {"without": list(without)} if without else {}
    table |= {"acts": parse_acts(acts, before)} if acts else {}
    return tomli_w.dumps(table, multiline_strings=False)
