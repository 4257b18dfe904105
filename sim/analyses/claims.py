"""How sure claims are: their median and band over plausible worlds, what turns them, and a plain label.

*Firm* is a claim whose sign is the same in at least ``SURE`` of the plausible worlds, in every rival form of people and
companies, and that no single number turns, where the screen that looked for such numbers has shown its power on the
claim's own runs. It *depends on* a number that turns the sign within its plausible range. It has *two outcomes* where
the worlds fall into two groups and not all have the sign. All else is *open*. What holds by definition, or says what
another claim says, is told and not counted.
"""

import datetime as dt
import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from sim.analyses.compare.analysis import Comparison
from sim.analyses.knockout import KNOCKOUTS, find, knock_out
from sim.analyses.modes import Modes, two_modes
from sim.analyses.rivals import REFERENCE, RIVALS, changes_of
from sim.analyses.screening import NOTHING, PAIRS, Screen, foldover, screen, screen_draws
from sim.calibration.priors import Form, load_forms
from sim.drawing import style
from sim.measures import COMPANIES, MET, Measure, Quantity, advice, focus, headline_measures, quantities
from sim.results.bands import percentiles
from sim.results.posterior import Posterior, Range, at_places
from sim.runs.executors import Call, Executor, cores, make_executor
from sim.runs.once import run_once
from sim.runs.store import Store, tables_of
from sim.scenario.differences import of_values
from sim.scenario.errors import ScenarioError, show, validated
from sim.scenario.fields import Table, leaves
from sim.scenario.files import folder, load, name_of, read_toml, shipped_files, vary, without
from sim.scenario.schema import Scenario, origins
from sim.scenario.words import compact, short_meaning, signed_number

# The file of claims, read and checked, with one line per mistake


class ClaimText(Table):
    """One claim as it is written."""

    id: str = Field(min_length=1, max_length=40)
    sentence: str = Field(min_length=1, max_length=300)
    base: str
    other: str = ""
    without: str = ""
    measure: str
    date: dt.date
    direction: Literal["more", "fewer"]
    definition: str = ""
    """Why it holds by what its worlds are, so that no run can turn it; empty of a claim that runs can turn."""


class FileText(Table):
    """What stands above the claims."""

    title: str = ""
    rivals: tuple[str, ...] = Field(default=(), strict=False)
    """Forms of the people (``scenarios/calibration/forms.toml``) and of the companies (``sim.analyses.rivals``)."""


@dataclass(frozen=True)
class World:
    """A world of a claim, ended on the day of the claim."""

    name: str
    scenario: Scenario
    fixed: tuple[str, ...] = ()
    """Keys that make it another world than the base, which no draw and no move may change."""
    uncut: Scenario | None = None
    """The same to its own end, where that is later and the measure is one of each day."""

    @property
    def whole(self) -> "World":
        """The world to its own end."""
        return World(self.name, self.uncut or self.scenario, self.fixed)

    @property
    def key(self) -> tuple[str, dt.date]:
        """What tells it from the other worlds of a file."""
        return self.name, self.scenario.end


@dataclass(frozen=True)
class Claim:
    """Two worlds, what is measured in both, and which way it is said to differ."""

    id: str
    sentence: str
    base: World
    other: World
    measure: str
    """Its id."""
    name: str
    unit: str
    sign: int
    """1 where the other world is said to have more, else -1."""
    definition: str = ""
    """Why it holds by what its worlds are; empty where runs can turn it."""

    @property
    def date(self) -> dt.date:
        """The day on which it is measured."""
        return self.base.scenario.end


@dataclass(frozen=True)
class Claims:
    """The claims of a scenario, and the rival forms in which they are tried."""

    scenario: Scenario
    claims: tuple[Claim, ...]
    rivals: tuple[Form, ...]
    """Of the people and of the companies."""


def read_claims(name: str, overrides: Sequence[str] = (), only: Sequence[str] = ()) -> Claims:
    """The claims that are made of a shipped scenario, or those with the ids ``only``.

    ``overrides`` change every world; a calendar cut short cuts the claims, too.

    Raises:
        ScenarioError: There is no such scenario, none is claimed of it, or the file makes no sense.
    """
    scenario = load(name, overrides)
    file = folder() / "claims" / f"{name_of(name)}.toml"
    if not file.is_file():
        known = sorted(other.stem for other in file.parent.glob("*.toml"))
        raise ScenarioError.at(
            name, "", f"a scenario with claims, one of {', '.join(known)}", "one without", known, name
        )
    table = read_toml(file)
    if only and isinstance(table.get("claims"), list):
        known = [str(one.get("id")) for one in table["claims"]]
        for wanted in only:
            if wanted not in known:
                raise ScenarioError.at("--only", "", f"some of {', '.join(known)}", show(wanted), known, wanted)
        table["claims"] = [one for one in table["claims"] if one.get("id") in only]
    return parse_claims(table, f"claims/{file.name}", scenario, overrides)


def parse_claims(table: Mapping[str, Any], place: str, scenario: Scenario, overrides: Sequence[str] = ()) -> Claims:
    """The claims of ``scenario`` in a table; raises ``ScenarioError``, which names the file as ``place``."""
    head = validated(FileText, {key: value for key, value in table.items() if key != "claims"}, place, "", ("claims",))
    forms = load_forms()
    structures = {name: Form(name, tuple(changes_of(scenario, name)), ()) for name in RIVALS if name != REFERENCE}
    known = [*forms.names, *structures]
    for name in head.rivals:
        if name not in known:
            raise ScenarioError.at(place, "rivals", f"one of {', '.join(known)}", show(name), known, name)
    written = table.get("claims")
    if not isinstance(written, list) or not written or not all(isinstance(one, dict) for one in written):
        raise ScenarioError.at(place, "claims", "tables [[claims]]", show(written))
    claims: dict[str, Claim] = {}
    for number, one in enumerate(written, 1):
        key = f"claims.{one.get('id', number)}"
        text = validated(ClaimText, one, place, key)
        if text.id in claims:
            raise ScenarioError.at(place, f"{key}.id", "an id that no other claim has", show(text.id))
        claims[text.id] = _claim(text, place, key, focus(scenario).date(), overrides)
    rivals = tuple(structures[name] if name in structures else forms.form(name) for name in head.rivals)
    return Claims(scenario, tuple(claims.values()), rivals)


def _claim(text: ClaimText, place: str, key: str, day: dt.date, overrides: Sequence[str]) -> Claim:
    if bool(text.other) == bool(text.without):
        raise ScenarioError.at(place, key, "either other or without", "both" if text.other else "neither")
    for word, name in (("base", text.base), ("other", text.other)):
        if name and name not in shipped_files():
            raise ScenarioError.at(place, f"{key}.{word}", "a shipped scenario", show(name), shipped_files(), name)
    base = load(text.base, overrides)
    known = [*(f"acts.{act.id}" for act in base.acts), *(knockout.name for knockout in KNOCKOUTS)]
    if (gone := text.without) and gone not in known:
        raise ScenarioError.at(place, f"{key}.without", "an act of base, or a knock-out", show(gone), known, gone)
    if text.other:
        other = load(text.other, overrides)
    else:
        other = without(base, [gone], place) if gone.startswith("acts.") else knock_out(base, find([gone]))
    cut = any(override.partition("=")[0].strip() == "end" for override in overrides)
    day_of = min(text.date, base.end) if cut else text.date
    if not base.start <= day_of <= base.end:
        raise ScenarioError.at(place, f"{key}.date", f"a day from {base.start} to {base.end}", show(text.date))
    whole = [vary(world, [f"focus={day}"], place) for world in (base, other)]
    worlds = [vary(world, [f"end={day_of}"], place) for world in whole]
    measures: list[Measure | Quantity] = [*headline_measures(worlds[0]), *quantities(worlds[0])]
    what = next((one for one in reversed(measures) if one.id == text.measure), None)
    if what is None:
        found = "; ".join(filter(None, [show(text.measure), advice(text.measure, measures)]))
        raise ScenarioError.at(place, f"{key}.measure", "the id of a measure of both worlds", found)
    fixed = tuple(change.key for change in of_values(*worlds))
    uncut = whole if isinstance(what, Quantity) and whole[0].end == whole[1].end else (None, None)
    return Claim(
        text.id, text.sentence, World(text.base, worlds[0], (), uncut[0]),
        World(text.other or f"{text.base} without {text.without}", worlds[1], fixed, uncut[1]), what.id,
        what.name, what.unit, 1 if text.direction == "more" else -1, text.definition,
    )  # fmt: skip


# The flip test: at which value a number, moved alone, turns the sign of a difference

Vector = NDArray[np.float64]
HALVINGS = 4
"""Steps that narrow down the value at which a sign turns: to a sixteenth of the way."""


class Doubt(NamedTuple):
    """A number of a claim that is moved alone."""

    claim: int
    """Place of the claim."""
    number: int
    """Place of the number in the list of ranges."""
    own: float
    """Where in its range the scenario has it."""
    falling: float
    """The end, 0 or 1, towards which the claim is expected to weaken."""


class Move(NamedTuple):
    """A number of a claim, and the place in [0, 1] of its range to which it is moved; all others stay."""

    claim: int
    number: int
    place: float


@dataclass(frozen=True)
class Turn:
    """What moving one number alone does to the sign of a difference."""

    number: int
    place: float | None
    """The place nearest to the scenario's own at which the claim no longer holds; nothing where none was found."""
    points: tuple[tuple[float, float], ...] = ()
    """Every place that was tried, and the mean difference there, positive where the claim holds."""


def find_turns(doubts: Sequence[Doubt], ask: Callable[[Sequence[Move]], Sequence[float]]) -> list[Turn]:
    """Look for the value of each number at which its claim no longer holds, all side by side.

    Each is moved to the ends of its plausible range, all else as the scenario has it; where the sign turns, or nothing
    is left of the difference, the value at which it does is found by halving. ``ask`` gives the mean differences after
    moves, positive where the claim holds.
    """
    points: list[list[tuple[float, float]]] = [[] for _ in doubts]

    def differences(moves: Sequence[tuple[int, float]]) -> list[float]:
        found = list(ask([Move(doubts[n].claim, doubts[n].number, place) for n, place in moves]))
        for (n, place), difference in zip(moves, found, strict=True):
            points[n].append((place, difference))
        return found

    ends = [(n, end) for n, one in enumerate(doubts) for end in (one.falling, 1.0 - one.falling)]
    near, far = {}, dict[int, float]()
    for (n, end), difference in zip(ends, differences(ends), strict=True):
        if difference <= 0.0 and n not in far:
            near[n], far[n] = doubts[n].own, end
    for _ in range(HALVINGS if far else 0):
        middles = [(n, (near[n] + far[n]) / 2) for n in far]
        for (n, middle), difference in zip(middles, differences(middles), strict=True):
            if difference <= 0.0:
                far[n] = middle
            else:
                near[n] = middle
    return [Turn(one.number, far.get(n), tuple(points[n])) for n, one in enumerate(doubts)]


# The runs that this takes

LEVELS = "levels"
"""Name of the table that a run leaves."""
type Settings = tuple[tuple[str, str], ...]
"""Dotted keys and values, as they would be typed, that a run changes in its world."""
type Runs = Sequence[tuple[Claim, Sequence[tuple[Settings, int]]]]
"""Claims, each with the settings and seeds of its runs."""


@dataclass(frozen=True)
class Wanted:
    """A run: which world, what is changed in it, and the seed."""

    world: tuple[str, dt.date]
    settings: Settings
    seed: int


@dataclass
class Lab:
    """Makes runs and keeps what the claims read off them."""

    claims: Sequence[Claim]
    executor: Executor
    on_progress: Callable[[float, float], None] | None = None
    keep: Store | None = None
    _worlds: dict[tuple[str, dt.date], World] = field(default_factory=dict)
    _free: dict[tuple[str, dt.date], frozenset[str]] = field(default_factory=dict)
    _kept: dict[Wanted, dict[str, Vector]] = field(default_factory=dict)
    _asked: int = 0

    def __post_init__(self) -> None:
        for claim in self.claims:
            for world in (claim.base, claim.other, claim.base.whole, claim.other.whole):
                known = self._worlds.setdefault(world.key, world)
                assert known.scenario == world.scenario, f"two worlds are called {world.name}"

    def levels(self, wanted: Runs) -> list[Vector]:
        """What claims are about in both worlds on their day, (2, runs)."""
        return [found[:, :, -1] for found in self._daily(wanted, lambda world: world)]

    def courses(self, wanted: Runs) -> list[Vector]:
        """What claims are about day by day, to the end of their scenarios, (2, runs, days).

        Of a claim whose measure is no daily quantity there is one day, that of the claim.
        """
        return self._daily(wanted, lambda world: world.whole)

    def _daily(self, wanted: Runs, of: Callable[[World], World]) -> list[Vector]:
        both = [(of(claim.base), of(claim.other)) for claim, _ in wanted]
        runs = [
            [self._wanted(world, *one) for world in worlds for one in told]
            for worlds, (_, told) in zip(both, wanted, strict=True)
        ]
        self._make(run for needed in runs for run in needed)
        return [
            np.array([self._kept[run][claim.measure] for run in needed]).reshape(2, len(told), -1)
            for needed, (claim, told) in zip(runs, wanted, strict=True)
        ]

    def _wanted(self, world: World, settings: Settings, seed: int) -> Wanted:
        """The run of a world; settings that it lacks, or that make it the world that it is, are passed over."""
        if world.key not in self._free:
            self._free[world.key] = frozenset(leaf.key for leaf in leaves(world.scenario)) - {*world.fixed}
        known = tuple((key, value) for key, value in settings if key in self._free[world.key])
        return Wanted(world.key, known, seed)

    def _make(self, wanted: Iterable[Wanted]) -> None:
        new = [run for run in dict.fromkeys(wanted) if run not in self._kept]
        done = self._asked
        self._asked += len(new)
        calls = [
            Call(_read, (self._worlds[run.world].scenario, run.settings, run.seed, self._measures(run.world)))
            for run in new
        ]

        def report(count: int) -> None:
            if self.on_progress:
                self.on_progress(done + count, self._asked)

        found = tables_of(calls, keep=self.keep, executor=self.executor, on_progress=report)
        for run, tables in zip(new, found, strict=True):
            self._kept[run] = {name: tables[LEVELS][name].to_numpy() for name in tables[LEVELS]}

    def _measures(self, world: tuple[str, dt.date]) -> tuple[str, ...]:
        """What any claim reads off a world."""
        ends = ((claim.measure, one) for claim in self.claims for one in (claim.base, claim.other))
        return tuple(dict.fromkeys(measure for measure, one in ends if world in (one.key, one.whole.key)))


def _read(world: Scenario, settings: Settings, seed: int, measures: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Daily quantities of one run, or headline measures, which are the same on each of its days."""
    scenario = vary(world, [f"{key}={value}" for key, value in settings], "a flip test")
    run = run_once(scenario, seed)
    found = {one.id: np.full(scenario.days, float(one.of(run))) for one in headline_measures(scenario)
             if one.id in measures}  # fmt: skip
    found |= {one.id: one.of(run, 0) for one in quantities(scenario) if one.id in measures}
    found |= {id: np.zeros(scenario.days) for id in measures if id.endswith(MET) and id not in found}  # nobody asks
    return {LEVELS: pd.DataFrame(found, dtype=float)}


# How sure a claim is

SURE = 0.95
"""Share of plausible worlds that must have the sign of a firm claim."""
TRIES, PAIRS_BY_CHANCE = 3, 8
"""Pairs of runs over which a flip test takes the mean, and those that show what chance alone does."""
ALONE = 3
"""Numbers that are moved alone: those that a screen found, at most so many."""
SCREENED = 1_000
"""Simulated people of the runs of a screen, at most: what moves a difference depends little on how many there are."""
FIRM, OPEN, DEPENDS, TWO, DEFINED, DOUBLE = (
    "firm", "open", "depends on ", "two outcomes", "by definition", "says what another says: ",
)  # fmt: skip
NOT_COUNTED = (DEFINED, DOUBLE)
DIGITS = 3
APART = 28
"""Days on which the median must have the other sign before it is said to turn."""


@dataclass(frozen=True)
class Examined:
    """What is known of one claim."""

    claim: Claim
    courses: NDArray[np.float64]
    """In plausible worlds: base and other by day, (2, draws, days); one day where the measure is none of each day."""
    chance: NDArray[np.float64]
    """On the day of the claim in the scenario's own world, (2, pairs)."""
    screen: Screen
    """Of its difference; of nothing where the claim does not count."""
    own: float
    """Mean difference with the scenario's own numbers, positive where the claim holds."""
    turns: tuple[Turn, ...] = ()
    """Of each number that was moved alone, the one that the difference hangs on most first."""
    rivals: tuple[str, ...] = ()
    """Names of the rival forms in which the claim does not hold."""
    double: str = ""
    """Id of an earlier claim whose differences are these, or these with the other sign."""

    @property
    def levels(self) -> NDArray[np.float64]:
        """On the day of the claim in plausible worlds, (2, draws)."""
        return self.courses[:, :, self.day]

    @property
    def day(self) -> int:
        """Place of the claim's day among those of the courses."""
        return min(int(self.claim.base.scenario.days), int(self.courses.shape[2])) - 1

    @property
    def gaps(self) -> NDArray[np.float64]:
        """Differences in plausible worlds, (draws,)."""
        return np.asarray(self.levels[1] - self.levels[0])

    @property
    def share(self) -> float:
        """Share of the plausible worlds in which the difference has the sign that is claimed."""
        return float((self.gaps * self.claim.sign > 0).mean())

    @functools.cached_property
    def modes(self) -> Modes | None:
        """The two outcomes, where there are two."""
        return two_modes(self.gaps, 1.0 if self.claim.unit == COMPANIES else 0.0)

    @property
    def horizon(self) -> dt.date | None:
        """First day from which the median has the other sign, after that of the claim or else before it."""
        scenario, days = self.claim.base.whole.scenario, self.courses.shape[2]
        if days == 1:
            return None
        medians = np.median(self.courses[1] - self.courses[0], axis=0) * np.sign(np.median(self.gaps) or np.nan)
        other = np.flatnonzero(medians < 0.0)
        if len(other) < APART:
            return None
        later = other[other > self.day]
        return scenario.date(int(later[0] if len(later) else other[0]))

    @property
    def label(self) -> str:
        """Firm, open, what it depends on, or why it does not count."""
        if self.claim.definition:
            return DEFINED
        if self.double:
            return DOUBLE + self.double
        return label(self.share, [turn.place is not None for turn in self.turns], holds=self.own > 0,
                     turned_by_form=bool(self.rivals), power=self.screen.is_shown, two=bool(self.modes))  # fmt: skip


def label(
    share: float, turns: Sequence[bool], *, holds: bool, turned_by_form: bool, power: bool = True, two: bool = False
) -> str:
    """The label of a claim that counts, without the name of the number that it depends on.

    ``share`` is that of the plausible worlds in which it holds; ``turns`` says of each number that was moved alone
    whether it turns the sign, ``holds`` whether the claim holds from where they are moved, ``power`` whether the screen
    would have found a number that moves it by half a spread, ``two`` whether the worlds fall into two groups.
    """
    if two and share < SURE:
        return TWO
    if holds and any(turns):
        return DEPENDS
    return FIRM if holds and share >= SURE and power and not turned_by_form else OPEN


def examine(
    claims: Claims,
    posterior: Posterior,
    *,
    replicates: int,
    seed: int,
    executor: Executor,
    pairs: int = PAIRS,
    fixed: Sequence[str] = (),
    keep: Store | None = None,
    on_progress: Callable[[float, float], None] | None = None,
) -> list[Examined]:
    """Run all claims in plausible worlds, over the design of a screen, in rival forms and by chance alone.

    ``replicates`` plausible worlds are drawn from ``posterior``, but for the keys that are ``fixed``; the screen takes
    mirrored ``pairs`` of runs of each world. ``on_progress`` is called with the number of runs done and that of runs
    known to be needed.
    """
    lab = Lab(claims.claims, executor, on_progress, keep)
    told, seeds = claims.claims, range(seed, seed + replicates)
    draws = posterior.values(claims.scenario, seeds, fixed)
    drawn = [(_typed(draw), n) for n, draw in zip(seeds, draws, strict=True)]
    courses = lab.courses([(claim, drawn) for claim in told])
    chance = lab.levels([(claim, [((), n) for n in range(seed, seed + PAIRS_BY_CHANCE)]) for claim in told])
    examined: list[Examined] = []
    for claim, course, both in zip(told, courses, chance, strict=True):
        one = Examined(claim, course, both, NOTHING, mean_difference(claim, both[:, :TRIES]))
        examined.append(replace(one, double=_double(one, examined)))
    counted = [n for n, one in enumerate(examined) if not one.label.startswith(NOT_COUNTED)]
    mine, ranges = [told[n] for n in counted], posterior.ranges(claims.scenario, fixed)
    tries = range(seed, seed + TRIES)
    screens = run_screens(lab, mine, claims.scenario, ranges, pairs, seed)
    turns = run_tests(lab, mine, claims.scenario, screens, ranges, tries)
    rivals = run_rivals(lab, mine, claims.rivals, tries)
    for n, screen_, turned, fallen in zip(counted, screens, turns, rivals, strict=True):
        examined[n] = replace(examined[n], screen=screen_, turns=turned, rivals=fallen)
    return examined


def run_rivals(lab: Lab, claims: Sequence[Claim], forms: Sequence[Form], tries: Sequence[int]) -> list[tuple[str, ...]]:
    """Names of the rival forms in which each claim does not hold, nothing being left of it included.

    A form that sets what makes the two worlds of a claim differ has nothing to say of it.
    """
    changed = [dict(text.split("=", 1) for text in form.overrides) for form in forms]
    bear = [[k for k, keys in enumerate(changed) if keys.keys().isdisjoint(one.other.fixed)] for one in claims]
    tried = [(n, k) for n, mine in enumerate(bear) for k in mine]
    found = lab.levels([(claims[n], [(tuple(changed[k].items()), seed) for seed in tries]) for n, k in tried])
    fallen: list[tuple[str, ...]] = [()] * len(claims)
    for (n, k), levels in zip(tried, found, strict=True):
        fallen[n] += (forms[k].name,) if mean_difference(claims[n], levels) <= 0.0 else ()
    return fallen


def _double(one: Examined, earlier: Sequence[Examined]) -> str:
    """Id of the first of the earlier claims with the same differences in all worlds, in either direction."""
    for other in earlier:
        if not other.double and any(np.array_equal(one.gaps, sign * other.gaps) for sign in (1, -1)):
            return other.claim.id
    return ""


def run_screens(
    lab: Lab, claims: Sequence[Claim], scenario: Scenario, ranges: Sequence[Range], pairs: int, seed: int
) -> list[Screen]:
    """The screen of each claim of a scenario: runs of each world over one design, which all claims share."""
    if not claims:
        return []
    design = foldover(len(ranges), pairs, seed)
    seeds = [*range(seed, seed + pairs)] * 2
    people = f"{min(claims[0].base.scenario.population.users, SCREENED)}"
    points = [
        (("population.users", people), *_typed(at_places(scenario, zip(ranges, row, strict=True))))
        for row in design.places()
    ]
    runs = list(zip(points, seeds, strict=True))
    found = lab.levels([(claim, runs) for claim in claims])
    return [screen(design, levels[1] - levels[0]) for levels in found]


def run_tests(
    lab: Lab,
    claims: Sequence[Claim],
    scenario: Scenario,
    screens: Sequence[Screen],
    ranges: Sequence[Range],
    tries: Sequence[int],
) -> list[tuple[Turn, ...]]:
    """Move the numbers that ``screens`` found, by their place in ``ranges``, each alone, all claims side by side.

    ``tries`` are the seeds over which a mean is taken.
    """

    def ask(moves: Sequence[Move]) -> list[float]:
        settings = [_typed(at_places(scenario, [(ranges[move.number], move.place)])) for move in moves]
        asked = zip(moves, settings, strict=True)
        answers = lab.levels([(claims[move.claim], [(one, n) for n in tries]) for move, one in asked])
        return [mean_difference(claims[move.claim], worlds) for move, worlds in zip(moves, answers, strict=True)]

    doubts = [
        Doubt(n, number, ranges[number].place(ranges[number].own), 0.0 if claim.sign * slope > 0 else 1.0)
        for n, (claim, one) in enumerate(zip(claims, screens, strict=True))
        for number, slope in list(zip(one.found, one.slopes, strict=True))[:ALONE]
    ]
    found = find_turns(doubts, ask)
    return [
        tuple(turn for doubt, turn in zip(doubts, found, strict=True) if doubt.claim == n) for n in range(len(claims))
    ]


def mean_difference(claim: Claim, levels: NDArray[np.float64]) -> float:
    """Mean difference, positive where the claim holds; none where a run lacks the measure."""
    return float(np.nan_to_num(claim.sign * (levels[1] - levels[0]).mean()))


def _typed(values: Mapping[str, float]) -> Settings:
    return tuple((key, repr(value if isinstance(value, int) else float(value))) for key, value in values.items())


def places_of(ranges: Sequence[Range], worlds: Sequence[Scenario]) -> NDArray[np.float64]:
    """Where each number of each world lies in its range, (worlds, numbers)."""
    values = [{leaf.key: leaf.value for leaf in leaves(world)} for world in worlds]
    return np.array([[one.place(float(value[one.keys[0]])) for one in ranges] for value in values])


COLUMNS = {
    "claim": "id in scenarios/claims",
    "scenario": "the world that is put beside the baseline",
    "baseline": "the world from which differences are taken",
    "date": "the day on which both worlds are measured",
    "base": "median level in the baseline, over plausible worlds",
    "other": "median level in the other world, over plausible worlds",
    "median": "median difference over plausible worlds, the other world less the baseline, pair by pair",
    "low": "5th percentile of the difference over plausible worlds: chance and parameters together",
    "high": "95th percentile of the same",
    "chance_low": "5th percentile of the difference over pairs in the scenario's own world: chance alone",
    "chance_high": "95th percentile of the same",
    "share": "share of the plausible worlds in which the difference has the sign that is claimed",
    "label": "firm; depends on a number that turns the sign within its plausible range; two outcomes; open; or, not "
    "counted, by definition, or says what another says",
    "counted": "whether it counts as a claim of its own",
    "mode_low": "median of the lower of two outcomes, where the dip test says that there are two",
    "mode_low_share": "share of the plausible worlds that have it",
    "mode_high": "median of the higher of two outcomes",
    "mode_high_share": "share of the plausible worlds that have it",
    "horizon": "first day from which the median difference has the other sign, after the date or else before it",
    "last": "median difference on the last day of the scenario, where the measure is one of each day",
    "hangs_on": "the number that turns it, or else the one of those found that moves it most; empty where none is",
    "flip": "value of that number at which the sign turns, or nothing is left, all else as in the scenario",
    "default": "value of that number in the scenario",
    "range_low": "least plausible value of that number",
    "range_high": "greatest plausible value of that number",
    "found": "every number that the screen found, the one that moves the difference most first",
    "explained": "part of the variance of the difference, over the design of the screen, that these explain",
    "power": "of ten effects of half a spread planted in the runs of the screen, those that it found; empty where the "
    "difference never varied",
    "false": "of twenty inputs without effect, those that it named",
    "rivals": "rival forms of the people and of the companies in which the claim does not hold",
    "key": "a number, by its dotted key",
    "slope": "change of the difference from the least to the greatest plausible value, by the screen",
    "status": "what the number rests on",
    "place": "where in its plausible range the number lies, from 0 to 1",
    "value": "value of the number",
    "difference": "mean difference over pairs of runs with the same chance, all else as in the scenario",
    "own": "whether it is the scenario's own value",
}


def table(examined: Sequence[Examined], ranges: Sequence[Range]) -> pd.DataFrame:
    """One row per claim, with its band, its label and its flip."""
    return pd.DataFrame([_row(one, ranges) for one in examined])


def _row(one: Examined, ranges: Sequence[Range]) -> dict[str, Any]:
    claim, chance, modes = one.claim, one.chance[1] - one.chance[0], one.modes
    low, median, high = percentiles(one.gaps)
    chance_low, _, chance_high = percentiles(chance)
    turn = next((turn for turn in one.turns if turn.place is not None), next(iter(one.turns), None))
    about = ranges[turn.number] if turn else None
    named = one.label + about.key if about and one.label == DEPENDS else one.label
    daily = one.courses.shape[2] > 1
    return {
        "claim": claim.id, "sentence": claim.sentence, "scenario": claim.other.name, "baseline": claim.base.name,
        "measure": claim.measure, "name": claim.name, "unit": claim.unit, "date": pd.Timestamp(claim.date),
        "base": np.median(one.levels[0]), "other": np.median(one.levels[1]), "median": median,
        "low": low, "high": high, "chance_low": chance_low, "chance_high": chance_high, "share": one.share,
        "label": named, "counted": not named.startswith(NOT_COUNTED),
        "mode_low": modes.low if modes else np.nan, "mode_low_share": modes.low_share if modes else np.nan,
        "mode_high": modes.high if modes else np.nan, "mode_high_share": modes.high_share if modes else np.nan,
        "horizon": pd.Timestamp(one.horizon) if one.horizon else pd.NaT,
        "last": np.median(one.courses[1, :, -1] - one.courses[0, :, -1]) if daily else np.nan,
        "hangs_on": about.key if about else "",
        "flip": about.at(turn.place) if about and turn and turn.place is not None else np.nan,
        "default": about.own if about else np.nan, "range_low": about.at(0.0) if about else np.nan,
        "range_high": about.at(1.0) if about else np.nan,
        "found": "; ".join(ranges[n].key for n in one.screen.found), "explained": one.screen.explained,
        "power": one.screen.power, "false": one.screen.false, "rivals": "; ".join(one.rivals),
    }  # fmt: skip


def curves(examined: Sequence[Examined], ranges: Sequence[Range], scenario: Scenario) -> pd.DataFrame:
    """Every run along single numbers, that at the scenario's own value included: columns as in ``COLUMNS``."""
    status = {origin.key: origin.status for origin in origins(scenario)}
    rows = []
    for one in examined:
        slopes = dict(zip(one.screen.found, one.screen.slopes, strict=True))
        for turn in one.turns:
            about = ranges[turn.number]
            told = [(place, found, False) for place, found in turn.points]
            told += [(about.place(about.own), one.own, True)]
            rows += [
                (one.claim.id, about.key, status[about.keys[0]], slopes[turn.number], place, about.at(place),
                 one.claim.sign * found, is_own)
                for place, found, is_own in sorted(told)
            ]  # fmt: skip
    return pd.DataFrame(rows, columns=["claim", "key", "status", "slope", "place", "value", "difference", "own"])


# An answer's own flip test

MOST_PEOPLE = 10_000
"""Simulated people of the runs of a flip test, at most: differences of shares depend little on how many there are."""


@dataclass(frozen=True)
class FlipTest:
    """What an answer hangs on, and the ranges of the numbers that were moved."""

    examined: Examined
    ranges: tuple[Range, ...]


def try_answer(
    comparison: Comparison,
    world: str,
    measure: str,
    day: int,
    posterior: Posterior,
    *,
    workers: int | None = None,
    keep: Store | None = None,
    on_progress: Callable[[float, float], None] | None = None,
) -> FlipTest:
    """Look for what would turn the sign of an answer: the difference of ``measure`` in ``world`` on ``day``.

    The numbers on which it hangs are those that a screen over the pairs of the comparison itself, in worlds of the
    ``posterior``, can tell from chance; they are moved in runs of at most ``MOST_PEOPLE`` people that end on the day,
    all else as in the scenario. So few pairs have little power, which the screen says of itself. ``on_progress`` is
    called as by ``examine``.
    """
    course = comparison.courses(world)[measure]
    base = comparison.scenarios[0]
    fixed = tuple(change.key for change in of_values(base, comparison.world(world)))
    less = [f"population.users={min(base.population.users, MOST_PEOPLE)}"]
    less += [f"end={base.date(day)}"] if day < base.days - 1 else []
    smaller = [vary(scenario, less) for scenario in (base, comparison.world(world))]
    gaps = course.gaps[:, day]
    claim = Claim(
        world, "", World(comparison.names[0], smaller[0], fixed), World(world, smaller[1], fixed), measure,
        course.quantity.name, course.quantity.unit, 1 if gaps.mean() > 0 else -1,
    )  # fmt: skip
    ranges = tuple(posterior.ranges(base, fixed))
    found = screen_draws(places_of(ranges, [run.scenario for run in comparison.ensembles[0].runs]), gaps)
    tries = comparison.seeds[:TRIES]
    with make_executor(workers=workers or cores()) as executor:
        lab = Lab([claim], executor, on_progress, keep)
        (chance,) = lab.levels([(claim, [((), seed) for seed in tries])])
        (turns,) = run_tests(lab, [claim], base, [found], ranges, tries)
    courses = np.stack([course.base[:, [day]], course.other[:, [day]]])
    return FlipTest(Examined(claim, courses, chance, found, mean_difference(claim, chance), turns), ranges)


# Pictures

ROW, COLUMNS_AT = 0.31, (0.3, 4.05, 5.4, 6.65)
"""Height of a claim, and where what is told of it begins, in inches: sentence, band, difference, and how sure."""
COLOURS = {FIRM: style.MODEL, DEPENDS: style.APART, TWO: style.APART}


def draw_claims(table: pd.DataFrame, scenario: Scenario, folder: Path, footer: str) -> list[Path]:
    """Write ``claims.png`` and ``claims.svg``: a row per claim on a scale of its own, numbers by their meanings."""
    meanings = {leaf.key: short_meaning(leaf.meaning) for leaf in leaves(scenario)}
    subtitle = (
        "Difference that is claimed, with 90 % of plausible worlds; two dots where there are two outcomes. Each row "
        "has a scale of its own; the line is zero."
    )
    with style.house_style():
        page = style.Page(in_short(table), subtitle, len(table) * ROW + 0.1, [footer])
        left, told, sure = COLUMNS_AT[1:]
        axes = page.axes(left, 0.0, told - left - 0.1, len(table) * ROW)
        axes.set_axis_off()
        style.rows_down(axes, len(table))
        axes.set_xlim(-1.08, 1.08)
        axes.axvline(0, color=style.INK, linewidth=0.8, zorder=1)
        for row, one in enumerate(table.to_dict("records")):
            colour = colour_of(one["label"])
            reach = max(abs(one["low"]), abs(one["high"]), abs(one["median"])) or 1.0
            ends = [one["low"] / reach, one["high"] / reach]
            axes.plot(ends, [row, row], color=style.tint(colour, 0.35), linewidth=5, zorder=2)
            is_two = one["mode_low"] == one["mode_low"]
            middles = [one["mode_low"], one["mode_high"]] if is_two else [one["median"]]
            axes.plot([middle / reach for middle in middles], [row] * len(middles), "o", color=colour, markersize=5)
            band = f"({compact(one['low'])} to {compact(one['high'])})"
            cells = (one["sentence"], f"{signed_number(one['median'])} {one['unit']}\n{band}", _verdict(one, meanings))
            for at, text, width in zip(
                (COLUMNS_AT[0], told, sure), cells, (3.65, 1.2, style.WIDTH - style.MARGIN - sure), strict=True
            ):
                lines = [line for part in text.split("\n") for line in style.wrap(part, width, style.SMALL)][:2]
                weight = "bold" if at == sure and one["label"] == FIRM else "normal"
                middle = ROW * (row + 0.5) - 0.068 * (len(lines) - 1)
                for number, line in enumerate(lines):
                    page.write(at, middle + 0.136 * number, style.shorten(line, width, style.SMALL), va="center",
                               size=style.SMALL, weight=weight)  # fmt: skip
        return style.save(page.figure, folder, "claims", in_words(table))


def _verdict(one: Mapping[str, Any], meanings: Mapping[str, str]) -> str:
    """How sure a claim is; a number on which it depends is said in words, with the value at which its sign turns."""
    label = one["label"]
    if label.startswith(DEPENDS):
        turn = f"turns at {one['flip']:.3g}, here {one['default']:.3g}, of"
        return f"{turn}\n{meanings.get(one['hangs_on'], one['hangs_on'])}"
    return f"{label}; so in {one['share']:.0%} of worlds" if one["counted"] else f"{label}, not counted"


def colour_of(label: str) -> str:
    """Violet where firm, crimson where it depends on a number, grey where open."""
    return next((colour for start, colour in COLOURS.items() if label.startswith(start)), style.QUIET)


def in_short(table: pd.DataFrame) -> str:
    """How many claims that count are firm, depend on a number, have two outcomes or are open."""
    counted = table[table["counted"]]
    begins = counted["label"].str.startswith
    firm, depends, two, unsure = (int(begins(start).sum()) for start in (FIRM, DEPENDS, TWO, OPEN))
    parts = [f"{firm} of {len(counted)} claims {'is' if firm == 1 else 'are'} firm"]
    for n, one, several in (
        (depends, "depends on one assumed number", "depend on one assumed number"),
        (two, "has two outcomes", "have two outcomes"), (unsure, "is open", "are open"),
        (len(table) - len(counted), "is not counted", "are not counted"),
    ):  # fmt: skip
        parts += [f"{n} {one if n == 1 else several}"] if n else []
    return ", ".join(parts)


def in_words(table: pd.DataFrame) -> str:
    """The picture in words."""
    told = (
        f"{one.sentence} {compact(one.median)} {one.unit} ({compact(one.low)} to {compact(one.high)}), {one.label}."
        for one in table.itertuples()
    )
    return f"{in_short(table)}. {' '.join(told)}"
