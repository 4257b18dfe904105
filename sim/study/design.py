"""Designs: which combinations of parameter values a sweep visits, and how narrow its intervals are to be."""

import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sim.chance import Stream, u
from sim.measures import Measure, advice, headline_measures
from sim.scenario.fields import leaves
from sim.scenario.files import load, parse_value, vary
from sim.scenario.schema import Scenario

Design = Literal["factorial", "lhs", "sobol"]
OPTION, PRECISION = "--over", "--to-precision"
MOST_LEVELS, MOST_CELLS = 1_000, 1_000_000
POINTS = 64
AT_MOST = 500
PERCENTAGES = ("percent", "points")
"""Units of measures whose differences are percentage points, written ``pp``."""


class DesignError(ValueError):
    """A sweep that cannot be laid out; the message is one line for the reader of a terminal."""

    for_users = True


@dataclass(frozen=True, slots=True)
class Axis:
    """A parameter and the values that a sweep gives it.

    ``levels`` are values as they would be typed; an axis without levels is the range from ``low`` to ``high``.
    """

    key: str
    levels: tuple[str, ...] = ()
    low: float = math.nan
    high: float = math.nan
    whole: bool = False

    def at(self, unit: float) -> str:
        """The value at a place in [0, 1): a level, or a number of the range."""
        if self.levels:
            return self.levels[min(int(unit * len(self.levels)), len(self.levels) - 1)]  # the product may round up
        if self.whole:
            return str(math.floor(min(self.low + unit * (self.high - self.low + 1), self.high)))
        return typed(self.low + unit * (self.high - self.low))


def parse_axis(text: str, base: Scenario) -> Axis:
    """Read ``key=low:high:levels``, ``key=low:high`` or ``key=value,value,...``; check every value against the schema.

    Raises:
        DesignError: The text is none of these.
        ScenarioError: The scenario has no such key, or a value is out of bounds.
    """
    key, equals, values = (part.strip() for part in text.partition("="))
    if not equals or not key or not values:
        raise DesignError(f"{OPTION}: expected key=low:high:levels or key=value,value,..., found {text!r}")
    whole = any(leaf.key == key and type(leaf.value) is int for leaf in leaves(base))
    axis = _range(key, values.split(":"), whole) if ":" in values else Axis(key, _list(values), whole=whole)
    levels = axis.levels or (typed(axis.low), typed(axis.high))
    odd = tuple(level for level in levels if "." in level or "e" in level)[:1]  # no whole number, which a key may want
    for level in (levels[0], levels[-1], *odd) if ":" in values else levels:  # every cell is checked once more
        vary(base, [f"{key}={level}"], OPTION)
    return axis


def _range(key: str, parts: Sequence[str], whole: bool) -> Axis:
    try:
        low, high, *more = map(float, parts)
        count = int(*more) if more else 0
    except (ValueError, TypeError, OverflowError):
        raise DesignError(f"{OPTION} {key}: expected low:high or low:high:levels, found {':'.join(parts)}") from None
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise DesignError(f"{OPTION} {key}: expected a range from low to high, found {':'.join(parts)}")
    if count > MOST_LEVELS:
        raise DesignError(f"{OPTION} {key}: expected at most {MOST_LEVELS:,} levels, found {count:,}")
    if more and (count < 2 or count != more[0]):
        raise DesignError(f"{OPTION} {key}: expected at least 2 levels, found {typed(more[0])}")
    levels = tuple(typed(value) for value in np.linspace(low, high, count)) if more else ()
    return Axis(key, levels, low, high, whole)


def _list(values: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value.strip() for value in values.split(",")))


def typed(value: float) -> str:
    """A number as one would type it: 0.3, not 0.30000000000000004."""
    return f"{value:.10g}"


def lay_out(axes: Sequence[Axis], design: Design, points: int, seed: int) -> list[dict[str, str]]:
    """The settings of each cell.

    ``factorial`` visits every combination of levels; ``lhs`` is a Latin hypercube, in which each range is cut into as
    many parts as there are points and each part is visited once; ``sobol`` a Sobol' sequence, which fills the space
    evenly with a power of two of points. ``seed`` moves the last two.

    Raises:
        DesignError: A factorial axis has no levels, or the number of points does not fit.
    """
    check_keys(axes)
    if design == "factorial":
        for axis in axes:
            if not axis.levels:
                raise DesignError(
                    f"{OPTION} {axis.key}: expected levels for a factorial design, found a range; "
                    f"give {axis.key}={typed(axis.low)}:{typed(axis.high)}:11, or --design lhs"
                )
        if (cells := math.prod(len(axis.levels) for axis in axes)) > MOST_CELLS:
            raise DesignError(f"{OPTION}: expected at most {MOST_CELLS:,} combinations, found {cells:,}")
        combinations = itertools.product(*(axis.levels for axis in axes))
        return [dict(zip((axis.key for axis in axes), values, strict=True)) for values in combinations]
    places = (latin_hypercube if design == "lhs" else sobol)(points, len(axes), seed)
    return [{axis.key: axis.at(place) for axis, place in zip(axes, row, strict=True)} for row in places]


def check_keys(axes: Sequence[Axis]) -> None:
    """Raise ``DesignError`` where a key comes twice."""
    for number, axis in enumerate(axes):
        if axis.key in {other.key for other in axes[:number]}:
            raise DesignError(f"{OPTION} {axis.key}: expected each key once, found it twice")


def latin_hypercube(points: int, dimensions: int, seed: int) -> NDArray[np.float64]:
    """Points in [0, 1) of shape (points, dimensions): every part of width 1 / points holds one point of each axis."""
    draws = _draws(points, 2 * dimensions, seed)
    order = np.argsort(np.argsort(draws[:, :dimensions], axis=0, kind="stable"), axis=0, kind="stable")
    return (order + draws[:, dimensions:]) / points


def sobol(points: int, dimensions: int, seed: int) -> NDArray[np.float64]:
    """The first points of a Sobol' sequence in [0, 1), moved by one random shift per axis (Cranley & Patterson 1976).

    Raises:
        DesignError: ``points`` is not a power of two, without which the sequence is not balanced.
    """
    from scipy.stats import qmc

    if points < 1 or points & (points - 1):
        raise DesignError(f"--points: expected a power of two for a sobol design, found {points}")
    sequence = qmc.Sobol(dimensions, scramble=False).random_base2(points.bit_length() - 1)
    return np.asarray((sequence + _draws(1, dimensions, seed)) % 1.0)


def _draws(points: int, dimensions: int, seed: int) -> NDArray[np.float64]:
    rows = [[u(seed, int(Stream.DESIGN), point, axis) for axis in range(dimensions)] for point in range(points)]
    return np.array(rows).reshape(points, dimensions)


# How narrow


@dataclass(frozen=True, slots=True)
class Target:
    """The interval of the mean difference of a measure from cell 0 is to be at most so wide, from end to end."""

    measure: str
    width: float


def parse_target(text: str, scenario: Scenario) -> Target:
    """Read ``MEASURE:WIDTH``, such as ``WhatsApp.share:0.1pp``; a unit may follow the number.

    Raises:
        DesignError: The scenario has no such measure, or the width is not a positive number in its unit.
    """
    name, colon, width = (part.strip() for part in text.rpartition(":"))
    if not colon:
        raise DesignError(f"{PRECISION}: expected 'measure:width', such as 'WhatsApp.share:0.1pp', found {text!r}")
    known = find_measure(name, scenario, PRECISION).unit
    unit = "pp" if known in PERCENTAGES else known
    number = re.fullmatch(r"((?:\d+\.?\d*|\.\d+)(?:e-?\d+)?)\s*(\D*)", width)
    if number is None or number[2] not in ("", unit) or not 0 < float(number[1]) < math.inf:
        raise DesignError(f"{PRECISION} {name}: expected a width above 0 in {unit}, found {width!r}")
    return Target(name, float(number[1]))


def find_measure(id: str, scenario: Scenario, option: str) -> Measure:
    """A headline measure by its id.

    Raises:
        DesignError: The scenario has no such measure; ``option`` is what named it.
    """
    measures = headline_measures(scenario)
    found = next((one for one in measures if one.id == id), None)
    if found is None:
        hint = advice(id, measures, alike=0.3) or f"there is, for one, {measures[0].id!r}"
        raise DesignError(f"{option}: no headline measure {id!r}; {hint}")
    return found


# Sweeps


@dataclass(frozen=True)
class Sweep:
    """A sweep that has been checked: its worlds, the scenario unchanged first, each with what tells it apart."""

    worlds: tuple[tuple[dict[str, Any], Scenario], ...]
    targets: tuple[Target, ...]
    replicates: int
    at_most: int
    seed: int
    command: str


def lay_out_sweep(
    scenario: Scenario | Path | str,
    over: Sequence[str],
    *,
    design: Design = "factorial",
    points: int = POINTS,
    replicates: int = 20,
    seed: int = 1,
    to_precision: Sequence[str] = (),
    at_most: int = AT_MOST,
    command: str = "",
) -> Sweep:
    """Check a sweep before anything is made.

    Args:
        scenario: A scenario, a file, or the name of a shipped scenario.
        over: Axes: ``key=low:high:levels``, ``key=low:high`` (not for ``factorial``) or ``key=value,value,...``.
        design: How the axes are combined; see ``lay_out``.
        points: Cells of an ``lhs`` or ``sobol`` design.
        replicates: Runs of each cell, and with ``to_precision`` the number to begin with.
        seed: Root seed of the first replicate.
        to_precision: ``measure:width`` texts: add replicates until the 90 % interval of the mean paired difference of
            every cell from the scenario unchanged is at most that wide.
        at_most: Replicates at which to stop adding.
        command: What would make the study again, to be kept with it.

    Raises:
        DesignError: An axis, a target or a number of points makes no sense.
        ScenarioError: The scenario has no such key, or a value is out of bounds.
    """
    base = load(scenario) if isinstance(scenario, Path | str) else scenario
    if replicates < 1:
        raise DesignError(f"replicates: expected at least 1, found {replicates}")
    axes = [parse_axis(text, base) for text in over]
    targets = tuple(parse_target(text, base) for text in to_precision)
    own = {leaf.key: leaf.value for leaf in leaves(base)}
    worlds = [({axis.key: own.get(axis.key) for axis in axes}, base)]
    for settings in lay_out(axes, design, points, seed):
        world = vary(base, [f"{key}={value}" for key, value in settings.items()], OPTION)
        worlds.append(({key: parse_value(value) for key, value in settings.items()}, world))
    return Sweep(tuple(worlds), targets, replicates, max(at_most, replicates), seed, command)
