"""How sure claims are: their median and band over plausible worlds, what turns them, and a plain label.

*Firm* is a claim whose sign is the same in at least ``SURE`` of the plausible worlds, in every rival form of people and
companies, and that no single number turns, where the screen that looked for such numbers has shown its power on the
claim's own runs. It *depends on* a number that turns the sign within its plausible range. It has *two outcomes* where
the worlds fall into two groups and not all have the sign. All else is *open*. What holds by definition, or says what
another claim says, is told and not counted.
"""

import datetime as dt
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from sim.analyses.claims.flip import Doubt, Lab, Move, Settings, Turn, find_turns
from sim.analyses.claims.modes import Modes, two_modes
from sim.analyses.claims.text import Claim, Claims, World
from sim.analyses.compare.analysis import Comparison
from sim.analyses.screening import NOTHING, PAIRS, Screen, foldover, screen, screen_draws
from sim.calibration.priors import Form
from sim.drawing import style
from sim.measures import COMPANIES
from sim.results.bands import percentiles
from sim.results.posterior import Posterior, Range, at_places
from sim.runs.executors import Executor, cores, make_executor
from sim.runs.store import Store
from sim.scenario.differences import of_values
from sim.scenario.fields import leaves
from sim.scenario.files import vary
from sim.scenario.schema import Scenario, origins
from sim.scenario.words import compact

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

    Args:
        share: Of the plausible worlds in which it holds.
        turns: For each number that was moved alone, whether it turns the sign.
        holds: Whether the claim holds with the scenario's own numbers, from where these are moved.
        turned_by_form: Whether a rival form turns it.
        power: Whether the screen would have found a number that moves it by half a spread.
        two: Whether the worlds fall into two groups.
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

    Args:
        claims: Of one scenario.
        posterior: Draws of parameters.
        replicates: Plausible worlds.
        seed: Of the first.
        executor: Makes the runs.
        pairs: Mirrored pairs of runs of each world's screen.
        fixed: Keys that keep their value, such as those that a command line has set.
        keep: Where to keep finished runs until all are there.
        on_progress: Called with the number of runs done and that of runs known to be needed.
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
    """Names of the rival forms in which each claim does not hold, nothing being left of it included."""
    tried = [(n, form) for n, claim in enumerate(claims) for form in forms if _bears_on(form, claim)]
    found = lab.levels([(claims[n], [(_changed(form), seed) for seed in tries]) for n, form in tried])
    fallen = [
        (n, form.name)
        for (n, form), levels in zip(tried, found, strict=True)
        if mean_difference(claims[n], levels) <= 0.0
    ]
    return [tuple(name for m, name in fallen if m == n) for n in range(len(claims))]


def _changed(form: Form) -> Settings:
    return tuple((key, value) for key, _, value in (text.partition("=") for text in form.overrides))


def _bears_on(form: Form, claim: Claim) -> bool:
    """Whether a form leaves the two worlds different: one that sets what makes them differ has nothing to say."""
    return not {change.partition("=")[0] for change in form.overrides} & {*claim.other.fixed}


def _double(one: Examined, earlier: Sequence[Examined]) -> str:
    """Id of the first of the earlier claims with the same differences in all worlds, in either direction."""
    same = (
        other.claim.id
        for other in earlier
        if not other.double and any(np.array_equal(one.gaps, sign * other.gaps) for sign in (1, -1))
    )
    return next(same, "")


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
    """Move the numbers that screens found, each alone, side by side for all claims.

    Args:
        lab: Makes the runs.
        claims: What is tested.
        scenario: What they are claimed of.
        screens: Of the difference of each, over the numbers of ``ranges``.
        ranges: Of the numbers that may be moved.
        tries: Seeds over which a mean is taken.
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
    """Look for what would turn the sign of an answer.

    The numbers on which it hangs are those that a screen over the pairs of the comparison itself can tell from chance;
    they are moved in runs of at most ``MOST_PEOPLE`` people, all else as in the scenario. So few pairs have little
    power, which the screen says of itself.

    Args:
        comparison: In plausible worlds.
        world: The one that was asked for.
        measure: Id of the quantity whose difference is the answer.
        day: Number of the day on which it is told; runs end there.
        posterior: What the plausible worlds were drawn from.
        workers: Processes; all cores when absent.
        keep: Where to keep finished runs until all are there.
        on_progress: Called with the number of runs done and that of runs known to be needed.
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

CURVES = 2
"""Numbers per claim whose curve is drawn."""
HEIGHT, ROW, BETWEEN = 0.7, 1.42, 0.3
SENTENCE, BAND = 3.1, 1.8
"""Inches across: what is claimed, and its band."""
COLOURS = {FIRM: style.MODEL, DEPENDS: style.APART, TWO: style.APART}


def draw_claims(table: pd.DataFrame, curves: pd.DataFrame, folder: Path, footer: str) -> list[Path]:
    """Write ``claims.png`` and ``claims.svg``: a row per claim.

    Args:
        table: As ``table`` gives it.
        curves: As ``curves`` gives it.
        folder: Existing folder.
        footer: What made it.
    """
    title = in_short(table)
    subtitle = (
        "Left: the difference that is claimed, 90 % of plausible worlds pale, chance alone dark, two dots where there "
        "are two outcomes. Right: the same with one number that the screen found moved through its plausible range, "
        "all else as in the scenario; the tick is the scenario’s own value. Where a line reaches zero, the claim falls."
    )
    with style.house_style():
        page = style.Page(title, subtitle, len(table) * ROW, [footer])
        room = (style.WIDTH - 2 * style.MARGIN - SENTENCE - BAND - CURVES * BETWEEN) / CURVES
        for row, (_, one) in enumerate(table.iterrows()):
            top = row * ROW
            colour = colour_of(one["label"])
            for line, text in enumerate(style.wrap(one["sentence"], SENTENCE - 0.2, style.SMALL)):
                page.write(style.MARGIN, top + 0.14 * line, text, size=style.SMALL)
            verdict = f"{one['label']}; holds in {one['share']:.0%} of worlds"
            for line, text in enumerate(style.wrap(verdict, SENTENCE - 0.2, style.SMALL, "bold")):
                place = top + 0.72 + 0.14 * line
                page.write(style.MARGIN, place, text, size=style.SMALL, weight="bold", color=style.INK)
            what = style.shorten(f"{one['name']}, {one['unit']}", BAND, style.SMALL)
            page.write(style.MARGIN + SENTENCE, top, what, size=style.SMALL)
            _band(page.axes(style.MARGIN + SENTENCE, top + 0.22, BAND - 0.1, HEIGHT), one, colour)
            mine = curves[curves["claim"] == one["claim"]]
            for place, key in enumerate(list(dict.fromkeys(mine["key"]))[:CURVES]):
                left = style.MARGIN + SENTENCE + BAND + place * (room + BETWEEN) + BETWEEN
                page.write(left, top, style.shorten(key, room, style.SMALL), size=style.SMALL)
                _curve(page.axes(left, top + 0.22, room, HEIGHT), mine[mine["key"] == key], one, colour)
        return style.save(page.figure, folder, "claims", in_words(table))


def colour_of(label: str) -> str:
    """Violet where firm, crimson where it depends on a number, grey where open."""
    return next((colour for start, colour in COLOURS.items() if label.startswith(start)), style.QUIET)


def _band(axes: Axes, one: pd.Series, colour: str) -> None:
    axes.plot([one["low"], one["high"]], [0, 0], color=style.tint(colour, 0.35), linewidth=6, zorder=2)
    axes.plot([one["chance_low"], one["chance_high"]], [0, 0], color=colour, linewidth=2, zorder=3)
    middles = [one["median"]] if np.isnan(one["mode_low"]) else [one["mode_low"], one["mode_high"]]
    axes.plot(middles, [0] * len(middles), "o", color=colour, markersize=5, zorder=4)
    axes.axvline(0, color=style.INK, linewidth=0.8, zorder=1)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.margins(x=0.08)
    axes.locator_params(axis="x", nbins=3)
    axes.xaxis.set_major_formatter(lambda value, _: compact(value))


def _curve(axes: Axes, points: pd.DataFrame, one: pd.Series, colour: str) -> None:
    axes.axhline(0, color=style.INK, linewidth=0.8, zorder=1)
    axes.plot(points["value"], points["difference"], "o-", color=colour, markersize=2.5, linewidth=1.0, zorder=2)
    own = points[points["own"]]
    axes.plot(own["value"], own["difference"], "|", color=style.INK, markersize=9, zorder=3)
    if one["hangs_on"] == points["key"].iloc[0] and one["flip"] == one["flip"]:
        axes.axvline(one["flip"], color=colour, linewidth=0.8, linestyle=":", zorder=1)
    axes.margins(y=0.15)
    axes.locator_params(nbins=3)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: compact(value))


def in_short(table: pd.DataFrame) -> str:
    """How many claims that count are firm, depend on a number, have two outcomes or are open."""
    counted = table[table["counted"]]
    firm = int((counted["label"] == FIRM).sum())
    parts = [f"{firm} of {len(counted)} claims {'is' if firm == 1 else 'are'} firm"]
    for start, one, several in (
        (DEPENDS, "depends on one assumed number", "depend on one assumed number"),
        (TWO, "has two outcomes", "have two outcomes"), (OPEN, "is open", "are open"),
    ):  # fmt: skip
        n = int(counted["label"].str.startswith(start).sum())
        parts += [f"{n} {one if n == 1 else several}"] if n else []
    left = len(table) - len(counted)
    parts += [f"{left} {'is' if left == 1 else 'are'} not counted"] if left else []
    return ", ".join(parts)


def in_words(table: pd.DataFrame) -> str:
    """The picture in words."""
    told = (
        f"{one.sentence} {compact(one.median)} {one.unit} ({compact(one.low)} to {compact(one.high)}), {one.label}."
        for one in table.itertuples()
    )
    return f"{in_short(table)}. {' '.join(told)}"
