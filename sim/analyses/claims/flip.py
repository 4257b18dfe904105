"""The flip test: which assumed numbers, one at a time and together, turn the sign of a difference, and at which value.

An emulator over plausible worlds names the numbers that a difference hangs on most. Real runs then move these to the
ends of their plausible range, all else as the scenario has it, in pairs with the same luck; where the sign turns, the
value at which it does is found by halving. Together they are moved along the emulator's slope, so that the least move
that turns the sign is looked for where it is expected.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.analyses.claims.emulator import Emulator
from sim.results.posterior import Range

ALONE, TOGETHER = 3, 6
"""Numbers that are moved one at a time, and that are moved together: those on which a difference hangs most."""
HALVINGS = 4
"""Steps that narrow down the value at which a sign turns: to a sixteenth of the way."""
LEAST = 0.05
"""Part of the steepest slope below which a number is not moved: the difference does not hang on it."""
PATH = 1024
"""Steps of the way along which several numbers move."""

Move = Mapping[int, float]
"""Places in [0, 1] of some numbers in their ranges, by their place in the list of ranges; the others stay."""
Search = Generator[Sequence[Move], Sequence[float], "Turn"]
"""Asks for the mean difference after moves; positive as long as the claim holds."""


@dataclass(frozen=True)
class Turn:
    """What it takes to turn a sign with some numbers."""

    numbers: tuple[int, ...]
    move: Move | None
    """The least move found at which the claim no longer holds; nothing where none does."""
    length: float = np.nan
    """Of that move, in units of the plausible range."""


@dataclass(frozen=True)
class Flips:
    """The flip test of one difference."""

    own: float
    """Mean difference with the scenario's own numbers, positive where the claim holds."""
    alone: tuple[Turn, ...]
    """Numbers one at a time, that on which most hangs first."""
    together: Turn
    points: tuple[tuple[Move, float], ...]
    """Every move that was made, and the mean difference after it."""


def alone(number: int, own: float, falling: float) -> Search:
    """Look for the value of one number at which the claim no longer holds.

    Args:
        number: Its place in the list of ranges.
        own: Where in its range the scenario has it.
        falling: The end, 0 or 1, towards which the claim is expected to weaken.
    """
    ends = (falling, 1.0 - falling)
    found = yield [{number: end} for end in ends]
    for end, difference in zip(ends, found, strict=True):
        if difference <= 0.0:
            near, far = own, end
            for _ in range(HALVINGS):
                middle = (near + far) / 2
                (at_middle,) = yield [{number: middle}]
                near, far = (near, middle) if at_middle <= 0.0 else (middle, far)
            return Turn((number,), {number: far}, abs(far - own))
    return Turn((number,), None)


def together(numbers: Sequence[int], own: Sequence[float], slopes: Sequence[float]) -> Search:
    """Look for the least move of several numbers, along the slope, at which the claim no longer holds.

    Args:
        numbers: Their places in the list of ranges.
        own: Where in its range the scenario has each.
        slopes: How much the difference grows, positive where the claim holds, from end to end of each range.
    """
    start, direction = np.array(own), -np.array(slopes)
    if not direction.any():
        return Turn(tuple(numbers), None)
    far_enough = np.where(direction > 0, 1.0 - start, start) / np.maximum(np.abs(direction), 1e-12)
    path = np.clip(start + np.linspace(0.0, far_enough.max(), PATH)[:, None] * direction, 0.0, 1.0)
    lengths = np.linalg.norm(path - start, axis=1)

    def moved(part: float) -> dict[int, float]:
        step = int(np.searchsorted(lengths, part * lengths[-1]))
        return dict(zip(numbers, map(float, path[step]), strict=True))

    (at_end,) = yield [moved(1.0)]
    if at_end > 0.0:
        return Turn(tuple(numbers), None)
    near, far = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (near + far) / 2
        (at_middle,) = yield [moved(middle)]
        near, far = (near, middle) if at_middle <= 0.0 else (middle, far)
    least = moved(far)
    length = float(np.linalg.norm(np.array(list(least.values())) - start))
    return Turn(tuple(numbers), least, length)


def searches(emulator: Emulator, ranges: Sequence[Range], sign: int) -> list[Search]:
    """The searches of one claim: each of the first numbers alone, then the first ones together.

    Args:
        emulator: Of the difference.
        ranges: Of the numbers, in the order of the emulator.
        sign: 1 where the claim says that the difference is positive, else -1.
    """
    own = [one.place(one.own) for one in ranges]
    slopes = [sign * float(slope) for slope in emulator.slopes]
    least = LEAST * max(map(abs, slopes))
    told = [number for number in emulator.order if abs(slopes[number]) > least]
    found = [alone(number, own[number], 0.0 if slopes[number] > 0 else 1.0) for number in told[:ALONE]]
    both = told[:TOGETHER]
    return [*found, together(both, [own[n] for n in both], [slopes[n] for n in both])]


def drive(
    tasks: Sequence[Sequence[Search]],
    ask: Callable[[Sequence[tuple[int, Move]]], Sequence[float]],
) -> tuple[list[list[Turn]], list[list[tuple[Move, float]]]]:
    """Carry on all searches of all claims side by side, so that their runs are made together.

    Args:
        tasks: Searches of each claim.
        ask: Mean differences of claims, by their number, after moves; positive where the claim holds.

    Returns:
        What each search found, and every move of each claim with its difference.
    """
    turns: dict[tuple[int, int], Turn] = {}
    points: list[list[tuple[Move, float]]] = [[] for _ in tasks]
    open_ = {(claim, n): search for claim, found in enumerate(tasks) for n, search in enumerate(found)}
    wanted = {key: _go_on(search, None, turns, key) for key, search in open_.items()}
    while any(moves is not None for moves in wanted.values()):
        asked = [(key, move) for key, moves in wanted.items() if moves is not None for move in moves]
        answers = iter(ask([(claim, move) for (claim, _), move in asked]))
        following = {}
        for key, moves in wanted.items():
            if moves is not None:
                differences = [next(answers) for _ in moves]
                points[key[0]] += zip(moves, differences, strict=True)
                following[key] = _go_on(open_[key], differences, turns, key)
        wanted = following
    return [[turns[claim, n] for n in range(len(found))] for claim, found in enumerate(tasks)], points


def _go_on(
    search: Search, answers: Sequence[float] | None, turns: dict[tuple[int, int], Turn], key: tuple[int, int]
) -> Sequence[Move] | None:
    """The next moves that a search asks for; nothing once it has ended, and its result is among ``turns``."""
    try:
        return next(search) if answers is None else search.send(answers)
    except StopIteration as end:
        turns[key] = end.value
        return None
