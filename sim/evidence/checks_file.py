"""The file of a case's checks: read, and checked against its scenario and its facts, with one line per mistake."""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import Field, ValidationError

from sim.evidence import rules
from sim.evidence.checks import Check, CheckText, World
from sim.evidence.facts import Fact
from sim.evidence.observed import UNITS, Observed
from sim.evidence.readings import READINGS
from sim.scenario.errors import Node, ScenarioError, at, show
from sim.scenario.fields import Table, dotted
from sim.scenario.schema import Scenario

FIELDS = tuple(CheckText.model_fields)
RULES = ("low", "tolerance", "factor", "interval")
"""Keys that state the rule, one way or another; ``high`` goes with ``low`` or stands alone."""


class HeadText(Table):
    """What stands above the checks."""

    scenario: str = ""
    unknown: str = ""
    """Of a case with awaited outcomes: what those who wrote it did not know, and where to look it up."""
    groups: dict[str, str] = Field(default_factory=dict)


def read_head(table: Mapping[str, Any], place: str) -> HeadText:
    """What stands above the checks of a file: another scenario that the case is about, and titles of groups."""
    head = {key: value for key, value in table.items() if key != "checks"}
    return validated(HeadText, head, place, "", ("checks",))


def read_checks(
    table: Mapping[str, Any],
    place: str,
    world: Callable[[World], Scenario],
    find: Callable[[str], Fact],
) -> Iterator[Check | ScenarioError]:
    """Each check of a file, or what is wrong with it.

    Args:
        table: The file as TOML has it.
        place: The file, for errors.
        world: The scenario that a check lives in.
        find: The fact that a line of ``facts`` names.
    """
    written = table.get("checks")
    if not isinstance(written, list) or not written or not all(isinstance(one, dict) for one in written):
        yield ScenarioError.at(place, "checks", "tables [[checks]]", show(written))
        return
    seen: set[str] = set()
    for number, one in enumerate(written, 1):
        name = one.get("id")
        key = f"checks.{name if isinstance(name, str) else number}"
        try:
            if name in seen:
                raise ScenarioError.at(place, key, "an id that no other check has", show(name))
            yield _check(one, place, key, world, find)
        except ScenarioError as error:
            yield error
        seen.add(str(name))


def _check(
    written: Mapping[str, Any],
    place: str,
    key: str,
    world: Callable[[World], Scenario],
    find: Callable[[str], Fact],
) -> Check:
    given = {name: value for name, value in written.items() if name not in FIELDS}
    text = validated(CheckText, {k: v for k, v in written.items() if k in FIELDS}, place, key)
    if text.reading not in READINGS:
        raise ScenarioError.at(place, f"{key}.reading", f"one of {', '.join(sorted(READINGS))}", show(text.reading),
                               READINGS, text.reading)  # fmt: skip
    lives_in = World(text.scenario, text.overrides)
    reading, units = READINGS[text.reading].told(given, world(lives_in), place, key, FIELDS)
    if text.unit not in units:
        raise ScenarioError.at(place, f"{key}.unit", f"one of {', '.join(units)}", show(text.unit), units, text.unit)
    facts = tuple(find(name) for name in text.facts)
    observed = _observed(text, facts, place, key)
    if text.awaited:
        _is_open(text, place, key)
    low, high, why = _rule(text, observed, facts, place, key)
    if text.input:
        _went_in(text.input, facts, world(lives_in), place, f"{key}.input")
    return Check(
        id=text.id, what=text.what, unit=text.unit, reading=reading, times=units[text.unit], low=low, high=high,
        why=why, observed=observed, facts=facts, scale=text.scale, about=text.about, role=text.role, input=text.input,
        spread=math.nan if text.spread is None else text.spread, world=lives_in, group=text.group,
        awaited=text.awaited,
    )  # fmt: skip


def _observed(text: CheckText, facts: tuple[Fact, ...], place: str, key: str) -> float:
    place_of = f"{key}.observed"
    if text.observed is None:
        return math.nan
    if isinstance(text.observed, float):
        value = text.observed
    else:
        told = validated(Observed, text.observed, place, place_of)
        try:
            value = told.value(facts)
        except ValueError as error:
            raise ScenarioError(f"{place}: {place_of}: expected {error}") from None
        _agrees(text.unit, told, facts, place, place_of)
    if text.scale == "log" and not value > 0:
        raise ScenarioError.at(place, place_of, "a positive value, as scale is log", f"{value:g}")
    return value


def _is_open(text: CheckText, place: str, key: str) -> None:
    """An awaited outcome has no value, no rule that follows from one, and a scale on which it will be scored."""
    if text.observed is not None:
        raise ScenarioError.at(place, f"{key}.awaited", "either it or observed", "both")
    if text.role != "unseen":
        raise ScenarioError.at(place, f"{key}.role", "unseen, as the outcome is awaited", show(text.role))
    for name in ("tolerance", "factor", "interval"):
        if getattr(text, name) is not None:
            raise ScenarioError.at(place, f"{key}.{name}", "low or high, or no rule, as the outcome is awaited", "one")
    if text.spread is None and text.low is None and text.high is None:
        raise ScenarioError.at(place, f"{key}.spread", "the spread in which a number will be scored", "nothing")


def _went_in(name: str, facts: tuple[Fact, ...], scenario: Scenario, place: str, key: str) -> None:
    """What a check calls an input is a number of its scenario whose source is one of its facts."""
    rows = {fact.key for fact in facts}
    keys = [source for source, entry in scenario.sources.items() if entry.row in rows]
    if name not in keys:
        raise ScenarioError.at(place, key, "a key of [sources] whose row is one of its facts", show(name), keys, name)


def _agrees(unit: str, told: Observed, facts: tuple[Fact, ...], place: str, key: str) -> None:
    """A fact's number that is taken as it stands has the unit of the check."""
    for number in told.used() if told.plain else ():
        found = facts[number].unit
        if unit in UNITS and found not in UNITS[unit]:
            words = f"a fact in {' or '.join(UNITS[unit])}, as the check is in {unit} (or times, plus, over, take)"
            raise ScenarioError.at(place, key, words, f'{found} of "{facts[number].key}"')


def _rule(text: CheckText, observed: float, facts: tuple[Fact, ...], place: str, key: str) -> tuple[float, float, str]:
    bounded = text.low is not None or text.high is not None
    if text.awaited and not bounded:
        return -math.inf, math.inf, text.why
    ways = [bounded, text.tolerance is not None, text.factor is not None, text.interval is not None]
    if sum(ways) != 1:
        raise ScenarioError.at(place, key, "one rule: low or high, tolerance, factor, or interval",
                               "none" if not any(ways) else "several")  # fmt: skip
    if bounded:
        low = -math.inf if text.low is None else text.low
        high = math.inf if text.high is None else text.high
        if low > high:
            raise ScenarioError.at(place, f"{key}.low", f"at most high, {high:g}", f"{low:g}")
        return low, high, text.why
    if math.isnan(observed):
        raise ScenarioError.at(place, key, "an observed value, from which the rule follows", "nothing")
    if text.tolerance is not None:
        rule = rules.near(observed, text.tolerance, text.why)
    elif text.factor is not None:
        rule = rules.factor(observed, text.factor)
    elif text.interval == "poisson":
        rule = rules.poisson(observed)
    else:
        trials = text.trials
        if not trials or not all(0 <= one < len(facts) for one in trials):
            raise ScenarioError.at(place, f"{key}.trials", "numbers of the facts that count the trials", show(trials))
        total = math.fsum(facts[one].number() for one in trials)
        rule = rules.binomial(round(observed * total), total)
    return rule.low, rule.high, rule.why if text.tolerance is not None else f"{rule.why}: {text.why}"


def validated[Text: Table](
    kind: type[Text], table: Mapping[str, Any], place: str, key: str, also: tuple[str, ...] = ()
) -> Text:
    """A table of the file as its type; the first mistake as one line."""
    try:
        return kind.model_validate(table)
    except ValidationError as error:
        first: Any = sorted(error.errors(include_url=False), key=lambda one: one["type"] != "extra_forbidden")[0]
    schema = kind.model_json_schema()
    steps = tuple(str(step) for step in first["loc"] if not re.match(r"float$|int$|date$|dict\[", str(step)))
    node = at(Node(schema, schema.get("$defs", {})), steps, {})
    path = dotted(tuple(part for part in (*key.split("."), *steps) if part))
    if first["type"] == "extra_forbidden":
        around = (*at(Node(schema, schema.get("$defs", {})), steps[:-1], {}).names(), *also)
        raise ScenarioError.at(place, path, f"a known key ({', '.join(around)})", show(steps[-1]), around, steps[-1])
    found = "nothing" if first["type"] == "missing" else show(first["input"])
    typed = first["input"] if isinstance(first["input"], str) else ""
    raise ScenarioError.at(place, path, node.expectation(), found, node.choices(), typed)
