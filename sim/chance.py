"""The only randomness: a draw is a hash of (root seed, named stream, entity, day).

So a draw depends on no other draw: results do not depend on threads, processes or order; worlds that share a seed stay
identical until the first act that differs; and one person has the same draws in both. The mixing function is the
finaliser of SplitMix64 (Steele, Lea & Flood 2014, OOPSLA), applied after each of the four words is added.
"""

import hashlib
import math
from enum import IntEnum, unique
from statistics import NormalDist
from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from sim import compiled

compiled.find_places()  # here, as all that is compiled comes after this room

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_M1 = np.uint64(0xBF58476D1CE4E5B9)
_M2 = np.uint64(0x94D049BB133111EB)
_TO_UNIT = 2.0**-53


@unique
class Stream(IntEnum):
    """One stream per decision, so that a new decision never reshuffles the old ones."""

    # set-up of the population
    HOLD = 1
    CONCERN_GROUP = 2
    CONCERN_PERSON = 3
    ISP = 4
    TIE = 5
    VPN_READY = 6
    SPEAK_START = 7
    THRESHOLD = 8
    TRIAL_START = 9
    KNOW = 10
    OFFLINE = 11
    APPETITE = 12
    VPN_KEPT = 13
    # a person's day
    REVISE = 20
    PICK = 21
    CHOOSE = 22
    TRIAL_END = 23
    VPN_REVISE = 24
    VPN_LOSS = 25
    SPEAK_REVISE = 26
    SPEAK_CHOOSE = 27
    GROUP_MOVE = 28
    DELETE = 29
    GROUP_PICK = 30
    # institutions
    DEMAND = 40
    ANSWER = 41
    OUTCOME = 42
    MLAT = 43
    MEETING = 44
    DISCLOSURE = 45
    REVIEW_END = 46
    REVIEW_OUTCOME = 47
    ORDER_OF_COMPANIES = 48
    LADDER = 49
    ISP_OBEYS = 50
    ISP_LAG = 51
    REMOVAL = 52
    YIELD = 53
    RETREAT = 54
    STAKES = 55
    # studies
    DESIGN = 60
    SURVEY_ERROR = 61
    POSTERIOR = 62


@nb.njit(inline="always", cache=True)
def mix(x: np.uint64) -> np.uint64:
    """SplitMix64 finaliser: a bijection of 64-bit words in which each input bit moves about half the output bits."""
    x = (x ^ (x >> np.uint64(30))) * _M1
    x = (x ^ (x >> np.uint64(27))) * _M2
    return x ^ (x >> np.uint64(31))


@nb.njit(cache=True)
def key(seed: int, stream: int, day: int) -> np.uint64:
    """The part of the hash that all entities share on one day of one stream."""
    k = mix(np.uint64(seed) + _GOLDEN)
    k = mix(k + np.uint64(stream) * _GOLDEN)
    return mix(k + np.uint64(day) * _GOLDEN)


@nb.njit(inline="always", cache=True)
def unit(k: np.uint64, entity: int | np.integer[Any]) -> float:
    """Uniform number in [0, 1) of one entity under a day's key."""
    return float(mix(k + np.uint64(entity) * _GOLDEN) >> np.uint64(11)) * _TO_UNIT


@nb.njit(cache=True)
def u(seed: int, stream: int, entity: int, day: int) -> float:
    """Uniform number in [0, 1): the draw of ``entity`` in ``stream`` on ``day``."""
    return unit(key(seed, stream, day), entity)


@nb.njit(cache=True)
def us(seed: int, stream: int, entities: NDArray[np.int64], day: int) -> NDArray[np.float64]:
    """``u`` of several entities, of shape (entities,): in one call, for a call takes as long as many draws."""
    drawn = np.empty(entities.size)
    today = key(seed, stream, day)
    for i in range(entities.size):
        drawn[i] = unit(today, entities[i])
    return drawn


def entity(*names: str) -> int:
    """Number of a named entity: it depends on the name alone, so that adding a company leaves the draws of others."""
    return int.from_bytes(hashlib.blake2b("\x1f".join(names).encode(), digest_size=7).digest(), "big")


def normal(uniform: float) -> float:
    """Standard normal number by inversion of a uniform one in [0, 1)."""
    return NormalDist().inv_cdf(max(uniform, 2.0**-53))


def poisson(uniform: float, mean: float) -> int:
    """Poisson count by inversion of one uniform number; monotone in ``mean``, so that paired worlds stay close.

    Above a mean of 500 the quantile comes from the normal one with its correction for skewness (Cornish & Fisher 1938),
    which is within one count of the exact quantile.
    """
    if mean > 500.0:
        z = normal(uniform)
        return max(0, math.ceil(mean + math.sqrt(mean) * z + (z * z - 1.0) / 6.0 - 0.5))
    probability = cumulative = math.exp(-mean)
    count = 0
    while uniform >= cumulative and probability > 0.0:
        count += 1
        probability *= mean / count
        cumulative += probability
    return count


def binomial(uniform: float, trials: int, probability: float) -> int:
    """Binomial count by inversion of one uniform number; monotone in ``probability``, so that paired worlds stay close.

    The sum runs up from 0 for a probability of at most one half and counts failures otherwise, so that the first term
    does not underflow for up to 1000 trials.
    """
    if probability > 0.5:
        return trials - binomial(1.0 - uniform, trials, 1.0 - probability)
    if probability <= 0.0 or trials == 0:
        return 0
    odds = probability / (1.0 - probability)
    term = cumulative = (1.0 - probability) ** trials
    count = 0
    while uniform >= cumulative and count < trials:
        term *= odds * (trials - count) / (count + 1)
        count += 1
        cumulative += term
    return count
