"""Checks: quantities that a run of a case must reproduce, each with its reading, its rule, and what was observed.

What was observed is worked out from the facts of a check, so that an edited fact moves its check.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

from pydantic import BeforeValidator, Field

from sim.evidence.facts import Fact
from sim.evidence.readings import READINGS, YES_OR_NO, PersonReading, Reading, Watch
from sim.scenario.errors import ScenarioError, known, show, validated
from sim.scenario.fields import Fault, Table
from sim.scenario.schema import Scenario

if TYPE_CHECKING:
    from sim.tables import Run

Role = Literal["fitted", "seen", "unseen", "proxy"]
"""By what happened. ``fitted``: its quantity was used in a fit of constants. ``seen``: the outcome was known when a
value, a rule or the form of the model was set. ``unseen``: file and constants stood before the case was first run, and
nothing has moved since; it alone tests the model. ``proxy``: what was observed is of elsewhere, and counts nowhere."""
About = Literal["people", "companies", "isps"]
Scale = Literal["linear", "log"]
KEY = r"^[a-z0-9]+(-[a-z0-9]+)*$"
USERS, PERSONS = "users", "persons"
KINDS = {
    "installs": "installs", "deletions": "installs", "share": "shares", "multi_homing": "shares", "vpn": "shares",
}  # fmt: skip
"""Kind of a quantity of people by the column that it is read from; others count users, or ask persons."""
UNCHANGED = {"gain_of_base": 0.0, "change": 0.0, "society_change": 0.0, "ratio": 1.0, "society_ratio": 1.0,
             "vpn_taken_up": 1.0}  # fmt: skip
"""Readings that hold what is after against what was before, and what they are where nothing changed."""
TAKEN_UP = ("", "installs", "first_installs", "holders", "share", "trials", "daily_users", "weekly_users",
            "monthly_users", "vpn", "vpn_installs")  # fmt: skip
"""Columns of how many take up, have or use an app or a VPN."""
LEVEL = 0.95
"""Confidence level of the intervals around observed counts and shares."""


# Rules: an interval for the median of the replicates


class Rule(NamedTuple):
    """The interval ``[low, high]``, and why it is that one."""

    low: float
    high: float
    why: str


def near(value: float, tolerance: float) -> Rule:
    """An observed value, give or take."""
    return Rule(value - tolerance, value + tolerance, f"{value:g} ± {tolerance:g}")


def factor(value: float, times: float) -> Rule:
    """A size or a waiting time that was observed once: within a factor of it."""
    return Rule(value / times, value * times, f"observed once: within a factor of {times:g} of {value:g}")


def poisson(count: float) -> Rule:
    """The exact 95 % interval for the mean of a count (Garwood 1936, Biometrika 28: 437-442)."""
    from scipy.stats import chi2

    tail = (1.0 - LEVEL) / 2.0
    low = chi2.ppf(tail, 2.0 * count) / 2.0 if count > 0 else 0.0
    high = chi2.ppf(1.0 - tail, 2.0 * (count + 1.0)) / 2.0
    return Rule(float(low), float(high), f"95 % interval of a Poisson mean, {count:g} observed")


def binomial(successes: float, trials: float) -> Rule:
    """The exact 95 % interval for a share (Clopper and Pearson 1934, Biometrika 26: 404-413)."""
    from scipy.stats import beta

    tail, failures = (1.0 - LEVEL) / 2.0, trials - successes
    low = beta.ppf(tail, successes, failures + 1.0) if successes > 0 else 0.0
    high = beta.ppf(1.0 - tail, successes + 1.0, failures) if failures > 0 else 1.0
    return Rule(float(low), float(high), f"95 % interval of a share, {successes:g} of {trials:g} observed")


# What was observed


def _listed(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else (value,) if isinstance(value, int) else value


Numbers = Annotated[tuple[int, ...], BeforeValidator(_listed)]
"""Which of a check's facts, from 0: one or several."""
Take = Literal["value", "value_to", "ratio", "change", "percent_change", "per_day", "day", "count"]
UNITS = {
    "percent": ("percent",),
    "points": ("percentage_points",),
    "share": ("fraction",),
    "times": ("multiple",),
    "ratio": ("multiple",),
    "days": ("days",),
    "persons": ("users", "persons", "members", "accounts", "devices"),
    "requests": ("requests",),
    "companies": ("companies", "platforms", "services", "operators"),
}
"""Units that a fact may have where its value is a check's observed value as it stands, by the unit of the check."""


class Observed(Table):
    """How the observed value follows from the facts of a check: taken, combined, then ``times`` and ``plus``.

    ``value`` and ``value_to`` are the numbers of a fact; ``ratio`` (second over first), ``change`` and
    ``percent_change`` compare the two of one fact; ``per_day`` is the value over the days of its period; ``day`` is the
    day on which it starts, from which another day may be taken off; ``count`` is the number of facts.
    """

    fact: Numbers = (0,)
    """Which facts; of several the mean is taken, or the sum."""
    take: Take = "value"
    join: Literal["mean", "sum"] = "mean"
    over: Numbers = ()
    """Facts, joined alike, by which it is divided."""
    minus: int | dt.date | None = None
    """A fact, or a date, which is taken off."""
    times: float = 1.0
    plus: float = 0.0

    @property
    def plain(self) -> bool:
        """Whether it is a fact's number as it stands."""
        return self == Observed(fact=self.fact, take=self.take) and self.take in ("value", "value_to")

    def value(self, facts: Sequence[Fact]) -> float:
        """The observed value.

        Raises:
            ValueError: A fact is not there, or has no such number.
        """
        if self.take == "count":
            return self.times * len(facts) + self.plus
        found = self._joined(self.fact, facts)
        if self.over:
            found /= self._joined(self.over, facts)
        if isinstance(self.minus, int):
            found -= self._taken(_fact(facts, self.minus))
        elif self.minus is not None:
            found -= self.minus.toordinal()
        return self.times * found + self.plus

    def _joined(self, which: tuple[int, ...], facts: Sequence[Fact]) -> float:
        taken = [self._taken(_fact(facts, one)) for one in which]
        return math.fsum(taken) / (len(taken) if self.join == "mean" else 1)

    def _taken(self, one: Fact) -> float:
        if self.take == "day":
            if one.start is None:
                raise ValueError(f'a period with a start, found "{one.date_or_period}" of "{one.key}"')
            return float(one.start.toordinal())
        if one.value is None:
            raise ValueError(f'a number, found "{one.text}" of "{one.key}"')
        if self.take == "value":
            return one.value
        if self.take == "per_day":
            if one.start is None or one.end is None:
                raise ValueError(f'a closed period, found "{one.date_or_period}" of "{one.key}"')
            return one.value / ((one.end - one.start).days + 1)
        if one.value_to is None:
            raise ValueError(f'a comparison (a -> b), found "{one.text}" of "{one.key}"')
        ratio = one.value_to / one.value if one.value else math.nan
        return {"value_to": one.value_to, "change": one.value_to - one.value, "ratio": ratio,
                "percent_change": 100.0 * (ratio - 1.0)}[self.take]  # fmt: skip


def _fact(facts: Sequence[Fact], number: int) -> Fact:
    if not 0 <= number < len(facts):
        raise ValueError(f"the number of a fact, 0 to {len(facts) - 1}, found {number}")
    return facts[number]


# Checks


class Awaited(Table):
    """An outcome that nobody knows who makes a forecast of it."""

    day: dt.date
    """On which it will be known."""
    source: str = Field(min_length=1)
    """What will tell it."""
    most: float | None = None
    """In the check's unit: what is larger, or never comes within the run, counts as this."""


class CheckText(Table):
    """What a file says of a check, apart from the arguments of its reading."""

    id: str = Field(pattern=KEY, max_length=60)
    what: str = Field(min_length=1)
    reading: str
    unit: str
    low: float | None = None
    high: float | None = None
    tolerance: float | None = Field(None, gt=0)
    factor: float | None = Field(None, gt=1)
    interval: Literal["poisson", "binomial"] | None = None
    trials: Numbers = ()
    why: str = Field(min_length=1)
    facts: tuple[str, ...] = Field((), strict=False)
    observed: float | dict[str, Any] | None = None
    awaited: Awaited | None = None
    scale: Scale = "linear"
    spread: float | None = Field(None, gt=0)
    about: About
    role: Role
    input: str = ""
    scenario: str = ""
    overrides: tuple[str, ...] = Field((), strict=False)
    group: str = ""


FIELDS = tuple(CheckText.model_fields)


class HeadText(Table):
    """What stands above the checks."""

    scenario: str = ""
    """Another scenario that the case is about, where it has none of its own."""
    unknown: str = ""
    """Of a case with awaited outcomes: what those who wrote it did not know, and where to look it up."""
    groups: dict[str, str] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class World:
    """What is run for a check: the scenario of its case (no name), or another; and values changed in it."""

    scenario: str = ""
    overrides: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """One quantity of a case.

    ``low`` and ``high`` are infinite where the rule is a bound. ``observed`` is not-a-number where the model is held to
    a bound that no single observation states; ``spread``, one standard error of observation and model on ``scale``
    (log units, or the check's unit), where none is stated. ``input`` is the key of the scenario that what was observed
    went into, so that meeting it is no hit; empty where it went into none. ``awaited`` says when an outcome that is
    still open will be known; with a bound the check then asks for yes or no, without one for a number.
    """

    id: str
    what: str
    unit: str
    reading: Reading | PersonReading
    times: float
    low: float
    high: float
    why: str
    observed: float
    facts: tuple[Fact, ...]
    scale: Scale
    spread: float
    about: About
    role: Role
    input: str
    world: World
    group: str
    quantity: str = ""
    """What is read, of whatever apps and days: the name of the reading, and the column that it is of."""
    awaited: Awaited | None = None

    @property
    def is_answer(self) -> bool:
        """Whether each run answers by yes or no, so that runs together give a probability."""
        return self.quantity in YES_OR_NO

    @property
    def kind(self) -> str:
        """Of people, what it counts: users, installs, shares or persons. What the model misses goes by it."""
        column = str(getattr(self.reading, "keywords", {}).get("of"))
        return PERSONS if self.needs_persons else KINDS.get(column, USERS)

    @property
    def gain(self) -> bool:
        """Whether it was observed that more take up, have or use an app or a VPN than before."""
        name, _, column = self.quantity.partition(" ")
        return column in TAKEN_UP and self.observed / self.times > UNCHANGED.get(name, math.inf)

    @property
    def needs_persons(self) -> bool:
        """Whether the tables of a run do not suffice."""
        return isinstance(self.reading, PersonReading)

    def measure(self, run: Run) -> float:
        """The quantity in a run, in the check's unit; a reading of persons simulates the run again."""
        return read_all([self], run)[self.id]

    def passes(self, value: float) -> bool:
        """Whether a value lies in the interval; not-a-number never does."""
        return self.low <= value <= self.high


def persons(checks: Iterable[Check]) -> list[PersonReading]:
    """Those of the checks' readings that need to see people."""
    return [check.reading for check in checks if isinstance(check.reading, PersonReading)]


def read_all(checks: Iterable[Check], run: Run, watch: Watch | None = None) -> dict[str, float]:
    """Readings of one run by the ids of checks that live in its world.

    Unless a ``watch`` has watched it, it is simulated once more for all readings of persons, if there are any.
    """
    chosen = list(checks)
    if watch is None and (readings := persons(chosen)):
        watch = Watch(readings).again(run)
    found = {}
    for one in chosen:
        if isinstance(one.reading, PersonReading):
            assert watch
            found[one.id] = one.times * watch.read(one.reading)
        else:
            found[one.id] = one.times * float(one.reading(run))
    return found


def finite(value: float) -> float | None:
    """A number, or nothing where there is none, for files that know no infinity."""
    return value if math.isfinite(value) else None


# The file


def read_head(table: Mapping[str, Any], place: str) -> HeadText:
    """What stands above the checks of a file."""
    head = {key: value for key, value in table.items() if key != "checks"}
    return validated(HeadText, head, place, "", ("checks",))


def read_checks(
    table: Mapping[str, Any], place: str, world: Callable[[World], Scenario], find: Callable[[str], Fact]
) -> Iterator[Check | ScenarioError]:
    """Each check of a file, as TOML has it, or what is wrong with it; ``find`` gives the fact that a line names."""
    written = table.get("checks")
    if not isinstance(written, list) or not written or not all(isinstance(one, dict) for one in written):
        yield ScenarioError.at(place, "checks", "tables [[checks]]", show(written))
        return
    seen: set[str] = set()
    for number, one in enumerate(written, 1):
        name = one.get("id")
        key = f"checks.{name if isinstance(name, str) else number}"
        try:
            if isinstance(name, str) and name in seen:
                raise ScenarioError.at(place, key, "an id that no other check has", show(name))
            yield _check(one, place, key, world, find)
        except ScenarioError as error:
            yield error
        seen.add(str(name))


def _check(
    written: Mapping[str, Any], place: str, key: str, world: Callable[[World], Scenario], find: Callable[[str], Fact]
) -> Check:
    arguments = {name: value for name, value in written.items() if name not in FIELDS}
    text = validated(CheckText, {k: v for k, v in written.items() if k in FIELDS}, place, key)
    known(place, f"{key}.reading", text.reading, sorted(READINGS))
    lives_in = World(text.scenario, text.overrides)
    reading, units = READINGS[text.reading].bound(arguments, world(lives_in), place, key, FIELDS)
    known(place, f"{key}.unit", text.unit, units)
    facts = tuple(find(name) for name in text.facts)
    observed = _observed(text, facts, place, f"{key}.observed")
    if fault := _fault(text, observed, facts):
        raise ScenarioError.at(place, ".".join((key, fault.key)).rstrip("."), fault.expected, fault.found)
    if text.input:
        rows = {fact.key for fact in facts}
        keys = [source for source, entry in world(lives_in).sources.items() if entry.row in rows]
        known(place, f"{key}.input", text.input, keys, "a key of [sources] whose row is one of its facts")
    return Check(
        id=text.id, what=text.what, unit=text.unit, reading=reading, times=units[text.unit],
        **_rule(text, observed, facts)._asdict(),
        observed=observed, facts=facts, scale=text.scale, about=text.about, role=text.role, input=text.input,
        spread=math.nan if text.spread is None else text.spread, world=lives_in, group=text.group,
        quantity=" ".join(filter(None, (text.reading, str(arguments.get("of", ""))))), awaited=text.awaited,
    )  # fmt: skip


def _observed(text: CheckText, facts: tuple[Fact, ...], place: str, key: str) -> float:
    value = math.nan if text.observed is None else text.observed
    if isinstance(value, dict):
        said = validated(Observed, value, place, key)
        try:
            value = said.value(facts)
        except ValueError as error:
            raise ScenarioError(f"{place}: {key}: expected {error}") from None
        minus = (said.minus,) if isinstance(said.minus, int) else ()
        for fact in [facts[number] for number in (*said.fact, *said.over, *minus)] if said.plain else ():
            if text.unit in UNITS and fact.unit not in UNITS[text.unit]:  # a number that is taken as it stands
                units = " or ".join(UNITS[text.unit])
                words = f"a fact in {units}, as the check is in {text.unit} (or times, plus, over, take)"
                raise ScenarioError.at(place, key, words, f'{fact.unit} of "{fact.key}"')
    return value


RULES = ("tolerance", "factor", "interval")
"""Ways in which a rule follows from what was observed."""


def _fault(text: CheckText, observed: float, facts: tuple[Fact, ...]) -> Fault | None:
    """What is wrong with a check that the declaration of no single field can say.

    An awaited outcome has no value, no rule that follows from one, and a scale on which it will be scored.
    """
    bounded = text.low is not None or text.high is not None
    rules = [name for name in RULES if getattr(text, name) is not None]
    if text.scale == "log" and text.observed is not None and not observed > 0:
        return Fault("observed", "a positive value, as scale is log", f"{observed:g}")
    if text.awaited:
        if text.observed is not None:
            return Fault("awaited", "either it or observed", "both")
        if text.role != "unseen":
            return Fault("role", "unseen, as the outcome is awaited", show(text.role))
        if rules:
            return Fault(rules[0], "low or high, or no rule, as the outcome is awaited", "one")
        if text.spread is None and not bounded:
            return Fault("spread", "the spread in which a number will be scored", "nothing")
    elif bounded + len(rules) != 1:
        found = "several" if bounded or rules else "none"
        return Fault("", "one rule: low or high, tolerance, factor, or interval", found)
    elif rules and math.isnan(observed):
        return Fault("", "an observed value, from which the rule follows", "nothing")
    if text.low is not None and text.high is not None and text.low > text.high:
        return Fault("low", f"at most high, {text.high:g}", f"{text.low:g}")
    if text.interval == "binomial" and not (text.trials and all(0 <= one < len(facts) for one in text.trials)):
        return Fault("trials", "numbers of the facts that count the trials", show(text.trials))
    return None


def _rule(text: CheckText, observed: float, facts: tuple[Fact, ...]) -> Rule:
    if text.tolerance is not None:
        rule = near(observed, text.tolerance)
    elif text.factor is not None:
        rule = factor(observed, text.factor)
    elif text.interval == "poisson":
        rule = poisson(observed)
    elif text.interval == "binomial":
        trials = math.fsum(facts[one].number() for one in text.trials)
        rule = binomial(round(observed * trials), trials)
    else:
        low = -math.inf if text.low is None else text.low
        return Rule(low, math.inf if text.high is None else text.high, text.why)
    return rule._replace(why=f"{rule.why}: {text.why}")
