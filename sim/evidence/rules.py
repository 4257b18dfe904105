"""Pass rules of patterns, as data: an interval for the median of the replicates, and why it is that one."""

from dataclasses import dataclass

LEVEL = 0.95
"""Confidence level of the intervals around observed counts and shares."""


@dataclass(frozen=True, slots=True)
class Rule:
    """The interval ``[low, high]``."""

    low: float
    high: float
    why: str


def near(value: float, tolerance: float, why: str) -> Rule:
    """An observed value, give or take."""
    return Rule(value - tolerance, value + tolerance, f"{value:g} ± {tolerance:g}: {why}")


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
