"""Patterns: what a run must reproduce, each with the observed value, the facts it rests on, and a pass rule.

A pattern has one check or several; each names a world (a scenario and overrides), a reading of a run's tables, and an
interval. A check passes when the median over the replicates lies in the interval; a pattern passes when all its checks
do.
Observed values are computed from the facts, so that an edited fact moves its pattern.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from sim.evidence.facts import Fact, fact

if TYPE_CHECKING:
    from sim.evidence.readings import Reading
    from sim.evidence.rules import Rule

Role = Literal["fit", "shown", "holdout"]
"""``fit``: parameters may be calibrated on it. ``holdout``: they may not, and it tests them. ``shown``: numbers of the
case that no source gives were set with its outcome known, so that passing shows that the mechanism can tell it."""
BAND = (0.05, 0.50, 0.95)


@dataclass(frozen=True, slots=True)
class World:
    """What is run for a check."""

    scenario: str
    overrides: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """One quantity of a pattern.

    ``observed`` is not-a-number where the model is held to a bound that no single observation states.
    """

    name: str
    unit: str
    world: World
    measure: Reading
    rule: Rule
    observed: float
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern and its checks."""

    id: str
    name: str
    role: Role
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """How replicates do on a check: percentiles over replicates, share of replicates that pass, and the verdict."""

    p05: float
    p50: float
    p95: float
    passing: float
    passed: bool


def evidence(table: str, *keys: str) -> tuple[Fact, ...]:
    """Facts of one table.

    Raises:
        ScenarioError: when a key does not exist.
    """
    return tuple(fact(table, key) for key in keys)


def patterns() -> tuple[Pattern, ...]:
    """All patterns: P1 to P16 in order, then those of other countries."""
    from sim.evidence.countries import country_patterns
    from sim.evidence.institutions import institution_patterns
    from sim.evidence.users import user_patterns

    numbered = sorted(
        (*institution_patterns(), *user_patterns()), key=lambda pattern: int(pattern.id.removeprefix("P"))
    )
    return (*numbered, *country_patterns())


def worlds(chosen: Sequence[Pattern]) -> tuple[World, ...]:
    """The worlds that must be run to score some patterns, each once."""
    return tuple(dict.fromkeys(check.world for pattern in chosen for check in pattern.checks))


def judge(check: Check, values: NDArray[np.float64]) -> Score:
    """Hold the readings of replicates against the rule of a check."""
    passing = float(np.mean([check.rule.passes(value) for value in values]))
    # An order statistic, not an interpolation: readings may be infinite, and not-a-number must fail.
    low, middle, high = (
        [np.nan] * 3 if np.isnan(values).any() else np.quantile(values, BAND, method="inverted_cdf").tolist()
    )
    return Score(low, middle, high, passing, check.rule.passes(middle))


def as_row(pattern: Pattern, check: Check, result: Score) -> dict[str, Any]:
    """A check and how it came out, as a row of a table."""
    return {
        "pattern": pattern.id,
        "name": pattern.name,
        "role": pattern.role,
        "world": " ".join((check.world.scenario, *check.world.overrides)),
        "check": check.name,
        "unit": check.unit,
        "observed": check.observed,
        "low": check.rule.low,
        "high": check.rule.high,
        "p05": result.p05,
        "p50": result.p50,
        "p95": result.p95,
        "passing": result.passing,
        "passed": result.passed,
        "why": check.rule.why,
        "facts": "; ".join(one.name for one in check.facts),
    }
