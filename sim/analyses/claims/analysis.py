"""How sure claims are: their band over plausible worlds, their flip test, and a plain label.

*Firm* is a claim whose sign is the same in at least ``SURE`` of the plausible worlds, in every rival form of the people
that the cases do not rule out, and whatever value a single number takes within its plausible range. It *depends on* a
number that turns the sign within that range. All else is *open*.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.analyses.claims.emulator import Emulator, fit
from sim.analyses.claims.flip import Flips, Move, drive, searches
from sim.analyses.claims.lab import Lab, Settings
from sim.analyses.claims.text import Claim, Claims
from sim.results.bands import percentiles
from sim.results.posterior import Posterior, Range
from sim.runs.checkpoint import Checkpoint
from sim.runs.tasks import Executor
from sim.scenario.fields import leaves
from sim.scenario.schema import Scenario, origins

SURE = 0.95
"""Share of plausible worlds that must have the sign of a firm claim."""
TRIES, LUCKY = 3, 8
"""Pairs of runs with the same luck over which a flip test takes the mean, and those that show what luck alone does."""
FIRM, OPEN, DEPENDS = "firm", "open", "depends on "
DIGITS = 3


@dataclass(frozen=True)
class Examined:
    """What is known of one claim."""

    claim: Claim
    levels: NDArray[np.float64]
    """In plausible worlds: base and other, (2, draws)."""
    luck: NDArray[np.float64]
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
    keep: Checkpoint | None = None,
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
    told, seeds = claims.claims, range(seed, seed + replicates)
    draws = list(posterior.values(claims.scenario, seeds, fixed))
    drawn = [
        (tuple((key, repr(value)) for key, value in draw.items()), n) for n, draw in zip(seeds, draws, strict=True)
    ]
    tries = range(seed, seed + TRIES)
    forms = [_typed(form.overrides) for form in claims.rivals]
    found = iter(lab.levels([
        *((claim, drawn) for claim in told),
        *((claim, [((), n) for n in range(seed, seed + LUCKY)]) for claim in told),
        *((claim, [(form, n) for n in tries]) for claim in told for form in forms),
    ]))  # fmt: skip
    levels, luck = ([next(found) for _ in told] for _ in range(2))
    rivals = [tuple(form.name for form in claims.rivals if _mean(claim, next(found)) <= 0.0) for claim in told]
    ranges = posterior.ranges(claims.scenario, fixed)
    places = np.array([[one.place(draw[one.keys[0]]) for one in ranges] for draw in draws])
    emulators = [fit(places, worlds[1] - worlds[0]) for worlds in levels]

    tests = run_tests(
        lab, told, emulators, ranges, tries, [_mean(c, pairs[:, :TRIES]) for c, pairs in zip(told, luck, strict=True)]
    )
    return [Examined(*one) for one in zip(told, levels, luck, emulators, tests, rivals, strict=True)]


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
    return tuple((key, repr(ranges[number].at(place))) for number, place in move.items() for key in ranges[number].keys)


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
    claim, gaps, luck = one.claim, one.levels[1] - one.levels[0], one.luck[1] - one.luck[0]
    low, median, high = percentiles(gaps)
    chance_low, _, chance_high = percentiles(luck)
    turn = next((turn for turn in one.flips.alone if turn.move), next(iter(one.flips.alone), None))
    number = ranges[turn.numbers[0]] if turn else None
    named = one.label + number.key if number and one.label == DEPENDS else one.label
    together = one.flips.together.move or {}
    return {
        "claim": claim.id, "sentence": claim.sentence, "scenario": claim.other.name, "baseline": claim.base.name,
        "measure": claim.measure, "unit": claim.unit, "date": pd.Timestamp(claim.date),
        "base": one.levels[0].mean(), "other": one.levels[1].mean(), "mean": gaps.mean(), "median": median,
        "low": low, "high": high, "chance_low": chance_low, "chance_high": chance_high, "share": one.share,
        "label": named, "hangs_on": number.key if number else "",
        "flip": number.at(turn.move[turn.numbers[0]]) if number and turn and turn.move else np.nan,
        "default": number.own if number else np.nan, "range_low": number.at(0.0) if number else np.nan,
        "range_high": number.at(1.0) if number else np.nan,
        "together": "; ".join(f"{ranges[n].key}={ranges[n].at(place):.{DIGITS}g}" for n, place in together.items()),
        "together_length": one.flips.together.length, "rivals": "; ".join(one.rivals),
        "explained": one.emulator.explained,
    }  # fmt: skip


def curves(examined: Sequence[Examined], ranges: Sequence[Range], scenario: Scenario) -> pd.DataFrame:
    """Every run along single numbers, that at the scenario's own value included: columns as in ``COLUMNS``."""
    status = {origin.key: origin.status for origin in origins(scenario)}
    rows = []
    for one in examined:
        for number in (turn.numbers[0] for turn in one.flips.alone):
            about = ranges[number]
            told = [(move[number], found, False) for move, found in one.flips.points if tuple(move) == (number,)]
            told += [(about.place(about.own), one.flips.own, True)]
            rows += [
                (one.claim.id, about.key, status[about.keys[0]], one.emulator.slopes[number], place, about.at(place),
                 one.claim.sign * found, is_own)
                for place, found, is_own in sorted(told)
            ]  # fmt: skip
    return pd.DataFrame(rows, columns=["claim", "key", "status", "slope", "place", "value", "difference", "own"])
