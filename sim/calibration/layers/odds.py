"""Odds of every end of a dispute on every day, for any constants of bargaining, averaged over what is at stake."""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy import special

from sim.actors.stakes import sigma

type Floats = NDArray[np.float64]

DATED = 0.25
"""How far off, as a share of it, a delay may be dated: some are known to the week or month."""
COMPANY_DAYS = np.geomspace(10.0, 10_000.0, 7)
STANDING = np.array([0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6])
STATE_STEP, PRINCIPLE_STEP = math.log(10.0) / 4, 1.0
"""Steps of the logs of T_g and of b on the grid."""
STATE_DAYS = np.exp(STATE_STEP * np.arange(0, 21))
PRINCIPLE = np.exp(PRINCIPLE_STEP * np.arange(-5, 8))
GRID = np.array(list(itertools.product(COMPANY_DAYS, STATE_DAYS, STANDING, PRINCIPLE)))
"""(N, 4) constants of one dispute, what is at stake in it among them: T_f, T_g, c_0 and b."""
SHAPE = (COMPANY_DAYS.size, STATE_DAYS.size, STANDING.size, PRINCIPLE.size)
SPREADS = np.array([0.0, 0.5, 1.0, 1.5, 2.0, 3.0])
MEDIANS = np.s_[:, 4:15, :, 2:10]
"""Of the grid, where the medians of T_g (10 to 3,200 days) and b (0.05 to 55) may lie; draws lie in all of it."""
CONSTANTS = ("company_days", "state_days", "standing", "principle", "stakes_spread")
AXES = (COMPANY_DAYS, STATE_DAYS[MEDIANS[1]], STANDING, PRINCIPLE[MEDIANS[3]], SPREADS)
"""Constants that are tried, all alike before anything is seen."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What a case makes of the constants, by the day; each array has the days of the run."""

    name: str
    since: int
    """Day from which the delay is counted."""
    delay: float
    """Days observed; where no end is, the days without one."""
    by_company: bool | None
    """Who gave in; None where no one did."""
    parts: int
    kind_worth: float
    """d: what the kind of demand is feared, and worth, relative to user data."""
    noise: float
    """tau_f."""
    occasions: Floats
    """Rate at which the company thinks about the demand (1/day); 0 once it is met, or not made yet."""
    resolve: Floats
    """Log odds that speak for refusing."""
    at_stake: Floats
    """m g + d (h + k) of eq. (11)."""
    kept: Floats
    """m (g + c) of eq. (11), without a sanction."""
    in_use: Floats
    """Share of the use of its platforms that goes on; 0 before and after pressure."""
    trade: Floats
    gain: Floats
    cost: Floats

    @property
    def begins(self) -> int:
        """Day on which the dispute begins."""
        return int(np.argmax((self.gain > 0.0) | (self.cost > 0.0)))


def refusing(one: Trace, principle: Floats) -> tuple[Floats, Floats]:
    """(days, N) rates at which the company would give in unforced (1/day), and the net worth of refusing by the day.

    Args:
        one: The case.
        principle: (N,) b, what refusing a demand of its kind for user data is worth whoever makes it.
    """
    worth = one.kind_worth * np.asarray(principle) * (one.gain > 0.0)[:, None]
    share = np.clip((one.kept[:, None] - worth) / np.maximum(one.at_stake[:, None], 1e-300), 0.0, 1.0)
    with np.errstate(divide="ignore"):
        leaning = (np.log(share) - np.log1p(-share) - one.resolve[:, None]) / one.noise
    asked = (one.occasions > 0.0)[:, None]
    net = np.array([sigma(resolve) for resolve in one.resolve]) * one.at_stake - one.kept
    return (
        np.where(asked, one.occasions[:, None] * special.expit(leaning), 0.0),
        np.where(asked, np.maximum(net[:, None] + worth, 0.0), 0.0),
    )


def ends(one: Trace, constants: Floats) -> Iterator[tuple[Floats, Floats]]:
    """Day by day, (N,) probabilities that the company, and the state, ends the dispute, for (N, 4) constants as
    ``GRID`` has them, given that the demand was not met before there was one.
    """
    company_days, state_days, standing, principle = constants.T
    values, place = np.unique(principle, return_inverse=True)
    unforced, net = refusing(one, values)
    left = np.zeros((one.parts, len(constants)))
    left[0] = 1.0
    for day in range(one.occasions.size):
        company, state = np.zeros((2, len(constants)))
        if day < one.begins:
            yield company, state
            continue
        if one.gain[day] > 0.0:
            company = one.parts * (standing * one.in_use[day] + one.trade[day]) / (state_days * one.gain[day])
        worth = net[day][place]
        np.divide(one.parts * one.cost[day] / company_days, worth, out=state, where=worth > 0.0)
        met = _give_way(left, unforced[day][place], company)
        given = _within_a_day(state) * left.sum(axis=0)
        left *= 1.0 - _within_a_day(state)
        yield met, given


def _give_way(left: Floats, unforced: Floats, forced: Floats) -> Floats:
    """Move (parts, N) odds of the parts met so far on by a day, and return (N,) odds that the demand is met on it.

    Unforced, a company meets the whole; forced, the next part.
    """
    met = left[:-1].sum(axis=0) * _within_a_day(unforced) + left[-1] * _within_a_day(unforced + forced)
    step = left[:-1] * np.exp(-unforced) * _within_a_day(forced)
    left *= np.exp(-unforced - forced)
    left[1:] += step
    return np.asarray(met)


def _within_a_day(hazards: Floats | float) -> Floats:
    return np.asarray(-np.expm1(-hazards))


def likelihood(one: Trace, constants: Floats) -> Floats:
    """(N,) probability of what was observed: the end by who gave in, about when; or no end by then."""
    found = np.zeros(len(constants))
    if one.by_company is None:
        for met, given in itertools.islice(ends(one, constants), one.since + int(one.delay)):
            found += met + given
        return 1.0 - found
    first, last = (one.since + factor * one.delay for factor in (1.0 - DATED, 1.0 + DATED))
    for met, given in itertools.islice(ends(one, constants), int(first), int(np.ceil(last)) + 1):
        found += met if one.by_company else given
    return found


@dataclass(frozen=True, slots=True)
class Odds:
    """A case, and the log likelihood of what was observed, for all constants that are tried (``AXES``)."""

    trace: Trace
    logs: Floats

    @classmethod
    def of(cls, one: Trace) -> Self:
        """Work them out."""
        found = likelihood(one, GRID).reshape(*SHAPE)
        return cls(one, np.log(np.maximum(np.stack([among(found, spread) for spread in SPREADS], axis=-1), 1e-6)))


def draws_about(size: int, step: float, spread: float) -> Floats:
    """(size, size) odds of each place of a grid of logs, for a normal draw around each; the ends have the rest."""
    if spread == 0.0:
        return np.eye(size)
    edges = (np.arange(size - 1)[None, :] + 0.5 - np.arange(size)[:, None]) * step / spread
    below = np.pad(special.ndtr(edges), ((0, 0), (1, 1)), constant_values=((0, 0), (0.0, 1.0)))
    return np.asarray(np.diff(below, axis=1))


def among(found: Floats, spread: float) -> Floats:
    """Means over what the demand may be worth to both sides, by their medians: (SHAPE) to that of ``MEDIANS``."""
    state, company = draws_about(SHAPE[1], STATE_STEP, spread), draws_about(SHAPE[3], PRINCIPLE_STEP, spread)
    return np.asarray(np.einsum("ftcb,st,pb->fscp", found, state, company, optimize=True)[MEDIANS])


def spread_out(weight: Floats) -> Floats:
    """(N,) weights of ``GRID`` that come of weights of all that is tried: the other way round."""
    total = np.zeros(SHAPE)
    for number, spread in enumerate(SPREADS):
        state, company = draws_about(SHAPE[1], STATE_STEP, spread), draws_about(SHAPE[3], PRINCIPLE_STEP, spread)
        medians = np.zeros(SHAPE)
        medians[MEDIANS] = weight[..., number]
        total += np.einsum("fscp,st,pb->ftcb", medians, state, company, optimize=True)
    return total.ravel()
