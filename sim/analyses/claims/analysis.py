"""How sure claims are: their band over plausible worlds, their flip test, and a plain label.

*Firm* is a claim whose sign is the same in at least ``SURE`` of the plausible worlds, in every rival form of the people
that the cases do not rule out, and whatever value a single number takes within its plausible range. It *depends on* a
number that turns the sign within that range. All else is *open*.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from sim.analyses.claims.flip import Emulator, Flips, Lab, Move, Settings, drive, fit, searches
from sim.analyses.claims.text import Claim, Claims, World
from sim.analyses.compare.analysis import Comparison
from sim.analyses.compare.outcomes import END
from sim.drawing import style
from sim.results.bands import percentiles
from sim.results.posterior import Posterior, Range
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
"""Pairs of runs with the same luck over which a flip test takes the mean, and those that show what luck alone does."""
FIRM, OPEN, DEPENDS = "firm", "open", "depends on "
DIGITS = 3


@dataclass(frozen=True)
class Examined:
    """What is known of one claim."""

    claim: Claim
    levels: NDArray[np.float64]
    """In plausible worlds: base and other, (2, draws)."""
    chance: NDArray[np.float64]
    """The same in the scenario's own world, (2, pairs)."""
    emulator: Emulator
    flips: Flips
    rivals: tuple[str, ...]
    """Names of the rival forms in which the claim does not hold."""

    @property
    def share(self) -> float:
        """Share of the plausible worlds in which the difference has the sign that is claimed."""
        return float(((self.levels[1] - self.levels[0]) * self.claim.sign > 0).mean())

    @property
    def label(self) -> str:
        """Firm, open, or what it depends on."""
        return label(self.share, [self.flips.alone[n].move is not None for n in range(len(self.flips.alone))],
                     holds=self.flips.own > 0, turned_by_form=bool(self.rivals))  # fmt: skip


def label(share: float, turns: Sequence[bool], *, holds: bool, turned_by_form: bool) -> str:
    """The label of a claim, without the name of the number that it depends on.

    Args:
        share: Of the plausible worlds in which it holds.
        turns: For each number that was moved alone, whether it turns the sign.
        holds: Whether the claim holds with the scenario's own numbers, from where these are moved.
        turned_by_form: Whether a rival form turns it.
    """
    if holds and any(turns):
        return DEPENDS
    return FIRM if holds and share >= SURE and not turned_by_form else OPEN


def examine(
    claims: Claims,
    posterior: Posterior,
    *,
    replicates: int,
    seed: int,
    executor: Executor,
    fixed: Sequence[str] = (),
    keep: Store | None = None,
    on_progress: Callable[[float, float], None] | None = None,
) -> list[Examined]:
    """Run the worlds of all claims in plausible worlds and with luck alone, and then their flip tests.

    Args:
        claims: Of one scenario.
        posterior: Draws of parameters.
        replicates: Plausible worlds.
        seed: Of the first.
        executor: Makes the runs.
        fixed: Keys that keep their value, such as those that a command line has set.
        keep: Where to keep finished runs until all are there.
        on_progress: Called with the number of runs done and that of runs known to be needed.
    """
    lab = Lab(claims.claims, executor, on_progress, keep)
    every, seeds = claims.claims, range(seed, seed + replicates)
    draws = list(posterior.values(claims.scenario, seeds, fixed))
    drawn = [
        (tuple((key, repr(value)) for key, value in draw.items()), n) for n, draw in zip(seeds, draws, strict=True)
    ]
    tries = range(seed, seed + TRIES)
    forms = [_typed(form.overrides) for form in claims.rivals]
    found = iter(lab.levels([
        *((claim, drawn) for claim in every),
        *((claim, [((), n) for n in range(seed, seed + PAIRS_BY_CHANCE)]) for claim in every),
        *((claim, [(form, n) for n in tries]) for claim in every for form in forms),
    ]))  # fmt: skip
    levels, chance = ([next(found) for _ in every] for _ in range(2))
    rivals = [tuple(form.name for form in claims.rivals if _mean(claim, next(found)) <= 0.0) for claim in every]
    ranges = posterior.ranges(claims.scenario, fixed)
    places = np.array([[one.place(draw[one.keys[0]]) for one in ranges] for draw in draws])
    emulators = [fit(places, worlds[1] - worlds[0]) for worlds in levels]

    own = [_mean(claim, pairs[:, :TRIES]) for claim, pairs in zip(every, chance, strict=True)]
    tests = run_tests(lab, every, emulators, ranges, tries, own)
    return [Examined(*one) for one in zip(every, levels, chance, emulators, tests, rivals, strict=True)]


def run_tests(
    lab: Lab,
    claims: Sequence[Claim],
    emulators: Sequence[Emulator],
    ranges: Sequence[Range],
    tries: Sequence[int],
    own: Sequence[float],
) -> list[Flips]:
    """The flip tests of claims, run side by side.

    Args:
        lab: Makes the runs.
        claims: What is tested.
        emulators: Of the difference of each, over the numbers of ``ranges``.
        ranges: Of the numbers that may be moved.
        tries: Seeds over which a mean is taken.
        own: Mean difference of each claim over these with the scenario's own numbers, positive where it holds.
    """

    def ask(moves: Sequence[tuple[int, Move]]) -> list[float]:
        answers = lab.levels([(claims[n], [(settings_of(ranges, move), m) for m in tries]) for n, move in moves])
        return [_mean(claims[n], worlds) for (n, _), worlds in zip(moves, answers, strict=True)]

    tests = [searches(emulator, ranges, claim.sign) for emulator, claim in zip(emulators, claims, strict=True)]
    return [
        Flips(mean, tuple(alone), together, tuple(moved))
        for mean, (*alone, together), moved in zip(own, *drive(tests, ask), strict=True)
    ]


def _mean(claim: Claim, levels: NDArray[np.float64]) -> float:
    """Mean difference, positive where the claim holds; none where a run lacks the measure."""
    return float(np.nan_to_num(claim.sign * (levels[1] - levels[0]).mean()))


def _typed(overrides: Sequence[str]) -> Settings:
    return tuple((key, value) for key, _, value in (text.partition("=") for text in overrides))


def settings_of(ranges: Sequence[Range], move: Move) -> Settings:
    """What a move sets."""
    return tuple((key, repr(ranges[n].at(place))) for n, place in move.items() for key in ranges[n].keys)


def places_of(ranges: Sequence[Range], worlds: Sequence[Scenario]) -> NDArray[np.float64]:
    """Where each number of each world lies in its range, (worlds, numbers)."""
    values = [{leaf.key: leaf.value for leaf in leaves(world)} for world in worlds]
    return np.array([[one.place(float(value[one.keys[0]])) for one in ranges] for value in values])


COLUMNS = {
    "claim": "id in scenarios/claims",
    "scenario": "the world that is put beside the baseline",
    "baseline": "the world from which differences are taken",
    "date": "the day on which both worlds are measured",
    "base": "mean level in the baseline, over plausible worlds",
    "other": "mean level in the other world, over plausible worlds",
    "mean": "mean difference, the other world less the baseline, pair by pair",
    "median": "median difference over plausible worlds",
    "low": "5th percentile of the difference over plausible worlds: chance and parameters together",
    "high": "95th percentile of the same",
    "chance_low": "5th percentile of the difference over pairs in the scenario's own world: luck alone",
    "chance_high": "95th percentile of the same",
    "share": "share of the plausible worlds in which the difference has the sign that is claimed",
    "label": "firm; depends on a number that turns the sign within its plausible range; or open",
    "hangs_on": "the number that turns it, or else the one on which the difference hangs most",
    "flip": "value of that number at which the sign turns, all else as in the scenario; empty where none does",
    "default": "value of that number in the scenario",
    "range_low": "least plausible value of that number",
    "range_high": "greatest plausible value of that number",
    "together": "least move found of several numbers that turns the sign: their values",
    "together_length": "length of that move, in plausible ranges; empty where they turn nothing together",
    "rivals": "rival forms of the people in which the claim does not hold",
    "explained": "part of the variance between plausible worlds that the emulator predicts for worlds left out",
    "key": "a number, by its dotted key",
    "slope": "change of the difference from the least to the greatest plausible value, by the emulator",
    "status": "what the number rests on",
    "place": "where in its plausible range the number lies, from 0 to 1",
    "value": "value of the number",
    "difference": "mean difference over pairs of runs with the same luck, all else as in the scenario",
    "own": "whether it is the scenario's own value",
}


def table(examined: Sequence[Examined], ranges: Sequence[Range]) -> pd.DataFrame:
    """One row per claim, with its band, its label and its flip."""
    return pd.DataFrame([_row(one, ranges) for one in examined])


def _row(one: Examined, ranges: Sequence[Range]) -> dict[str, Any]:
    claim, gaps, chance = one.claim, one.levels[1] - one.levels[0], one.chance[1] - one.chance[0]
    low, median, high = percentiles(gaps)
    chance_low, _, chance_high = percentiles(chance)
    turn = next((turn for turn in one.flips.alone if turn.move), next(iter(one.flips.alone), None))
    about = ranges[turn.numbers[0]] if turn else None
    named = one.label + about.key if about and one.label == DEPENDS else one.label
    together = one.flips.together.move or {}
    return {
        "claim": claim.id, "sentence": claim.sentence, "scenario": claim.other.name, "baseline": claim.base.name,
        "measure": claim.measure, "name": claim.name, "unit": claim.unit, "date": pd.Timestamp(claim.date),
        "base": one.levels[0].mean(), "other": one.levels[1].mean(), "mean": gaps.mean(), "median": median,
        "low": low, "high": high, "chance_low": chance_low, "chance_high": chance_high, "share": one.share,
        "label": named, "hangs_on": about.key if about else "",
        "flip": about.at(turn.move[turn.numbers[0]]) if about and turn and turn.move else np.nan,
        "default": about.own if about else np.nan, "range_low": about.at(0.0) if about else np.nan,
        "range_high": about.at(1.0) if about else np.nan,
        "together": "; ".join(f"{ranges[n].key}={ranges[n].at(place):.{DIGITS}g}" for n, place in together.items()),
        "together_length": one.flips.together.length, "rivals": "; ".join(one.rivals),
        "explained": one.emulator.explained,
    }  # fmt: skip


def curves(examined: Sequence[Examined], ranges: Sequence[Range], scenario: Scenario) -> pd.DataFrame:
    """Every run along single numbers, that at the scenario's own value included: columns as in ``COLUMNS``."""
    status = {origin.key: origin.status for origin in origins(scenario)}
    rows = []
    for one in examined:
        for n in (turn.numbers[0] for turn in one.flips.alone):
            about = ranges[n]
            along = [(move[n], found, False) for move, found in one.flips.points if tuple(move) == (n,)]
            along += [(about.place(about.own), one.flips.own, True)]
            rows += [
                (one.claim.id, about.key, status[about.keys[0]], one.emulator.slopes[n], place, about.at(place),
                 one.claim.sign * found, is_own)
                for place, found, is_own in sorted(along)
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
    posterior: Posterior,
    *,
    workers: int | None = None,
    keep: Store | None = None,
    on_progress: Callable[[float, float], None] | None = None,
) -> FlipTest:
    """Look for what would turn the sign of an answer.

    The numbers on which it hangs most are those of an emulator over the pairs of the comparison itself; they are then
    moved in runs of at most ``MOST_PEOPLE`` people, all else as in the scenario.

    Args:
        comparison: In plausible worlds.
        world: The one that was asked for.
        measure: Id of the quantity whose difference at the end is the answer.
        posterior: What the plausible worlds were drawn from.
        workers: Processes; all cores when absent.
        keep: Where to keep finished runs until all are there.
        on_progress: Called with the number of runs done and that of runs known to be needed.
    """
    course = comparison.courses(world)[measure]
    day = course.day(END)
    base = comparison.scenarios[0]
    fixed = tuple(change.key for change in of_values(base, comparison.world(world)))
    people = [f"population.users={min(base.population.users, MOST_PEOPLE)}"]
    smaller = [vary(scenario, people) for scenario in (base, comparison.world(world))]
    gaps = course.gaps[:, day]
    claim = Claim(
        world, "", World(comparison.names[0], smaller[0], fixed), World(world, smaller[1], fixed), measure,
        course.quantity.name, course.quantity.unit, 1 if gaps.mean() > 0 else -1,
    )  # fmt: skip
    ranges = tuple(posterior.ranges(base, fixed))
    emulator = fit(places_of(ranges, [run.scenario for run in comparison.ensembles[0].runs]), gaps)
    tries = comparison.seeds[:1] if len(comparison.seeds) < TRIES else comparison.seeds[:TRIES]
    with make_executor(workers=workers or cores()) as executor:
        lab = Lab([claim], executor, on_progress, keep)
        (chance,) = lab.levels([(claim, [((), seed) for seed in tries])])
        own = float(claim.sign * (chance[1] - chance[0]).mean())
        (flips,) = run_tests(lab, [claim], [emulator], ranges, tries, [own])
    levels = np.stack([course.base[:, day], course.other[:, day]])
    return FlipTest(Examined(claim, levels, chance, emulator, flips, ()), ranges)


# Pictures

CURVES = 2
"""Numbers per claim whose curve is drawn."""
HEIGHT, ROW, BETWEEN = 0.7, 1.42, 0.3
SENTENCE, BAND = 3.1, 1.8
"""Inches across: what is claimed, and its band."""
COLOURS = {FIRM: style.MODEL, DEPENDS: style.APART}


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
        "Left: the difference that is claimed, 90 % of plausible worlds pale, luck alone dark. Right: the same with "
        "one assumed number moved through its plausible range, all else as in the scenario; the tick is the scenario’s "
        "own value. Where a line crosses zero, the claim falls."
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
    axes.plot([one["median"]], [0], "o", color=colour, markersize=5, zorder=4)
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
    """How many claims are firm, depend on a number, or are open."""
    firm = int((table["label"] == FIRM).sum())
    hang = int(table["label"].str.startswith(DEPENDS).sum())
    parts = [f"{firm} of {len(table)} claims {'is' if firm == 1 else 'are'} firm"]
    parts += [f"{hang} {'depends' if hang == 1 else 'depend'} on one assumed number"] if hang else []
    rest = len(table) - firm - hang
    parts += [f"{rest} {'is' if rest == 1 else 'are'} open"] if rest else []
    return ", ".join(parts)


def in_words(table: pd.DataFrame) -> str:
    """The picture in words."""
    sentences = (
        f"{one.sentence} {compact(one.mean)} {one.unit} ({compact(one.low)} to {compact(one.high)}), {one.label}."
        for one in table.itertuples()
    )
    return f"{in_short(table)}. {' '.join(sentences)}"
