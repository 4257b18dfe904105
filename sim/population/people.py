"""The people: one row of 32 bytes each, and how they start."""

import functools
import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.chance import Stream, entity, key, unit
from sim.compiled import compiled, compiled_loop
from sim.population import elementary
from sim.population.ties import Ties

_FIELDS = {
    "concern": np.float32,  # rho_i, logits per unit of risk and salience
    "exposure": np.float32,  # contacts who just adopted, as of the step `exposed_at`
    "exposed_at": np.int32,
    "hold": np.uint8,  # bit k: holds app k
    "trial": np.uint8,  # bit k: has app k on trial
    "ever": np.uint8,  # bit k: has held app k at some time
    "vpn": np.uint8,
    "speak": np.uint8,
    "isp": np.uint8,
    "degree": np.uint8,  # number of contacts
    "contacts": (np.uint8, 9),  # contacts who hold app 0..7, and who have a VPN
    "cut": np.uint8,  # bit k: holds app k and cannot use it
    "left": np.uint8,  # bit k: dropped app k while it was shut
}
PERSON = np.dtype({"names": list(_FIELDS), "formats": list(_FIELDS.values()), "itemsize": 32})
"""A person is half a cache line, so that whoever is visited costs one access to memory."""

People = NDArray[np.void]


def allocate(users: int) -> People:
    """Rows for ``users`` persons, all zero, none of which straddles a cache line."""
    raw = np.zeros(users * PERSON.itemsize + 64, np.uint8)
    skip = -raw.ctypes.data % 64
    return raw[skip : skip + users * PERSON.itemsize].view(PERSON)


class Holdings(NamedTuple):
    """Who holds what at the start."""

    shares: NDArray[np.float64]
    """(K,) share of all people who hold each app."""
    on_trial: NDArray[np.float64]
    """(K,) probability that a holder has it on trial."""
    hold_keys: NDArray[np.uint64]
    """(K,) of the draws that say who holds an app; they depend on its name alone."""
    trial_keys: NDArray[np.uint64]
    """(K,) of the draws that say who has it on trial."""
    quantiles: NDArray[np.float64]
    """(K,) normal quantile of an app's share of those who may hold any."""
    correlation: float
    """r_h: correlation of the readiness to hold any two apps."""
    offline_share: float
    """p_0"""
    seed: int


def keys_of(names: Iterable[str], seed: int, stream: Stream) -> NDArray[np.uint64]:
    """(K,) keys of the draws of a stream, one for each name: an app that is added leaves the draws of the others."""
    return np.array([key(seed, int(stream), entity(name)) for name in names], np.uint64)


@compiled
def holds_at_start(i: int, holdings: Holdings) -> int:
    """Bit mask of the apps that person i starts with, drawn app by app; readiness is common by the correlation."""
    left = 1.0 - holdings.offline_share
    if holdings.offline_share > 0.0 and unit(key(holdings.seed, Stream.OFFLINE, 0), i) < holdings.offline_share:
        return 0
    root, rest, ready = math.sqrt(holdings.correlation), math.sqrt(1.0 - holdings.correlation), 0.0
    if holdings.correlation > 0.0:  # a normal number from two uniform ones (Box & Muller 1958)
        appetite = key(holdings.seed, Stream.APPETITE, 0)
        radius = math.sqrt(-2.0 * math.log1p(-unit(appetite, 2 * i)))
        ready = radius * math.cos(2.0 * math.pi * unit(appetite, 2 * i + 1))
    hold = 0
    for k in range(holdings.shares.size):
        p = holdings.shares[k] / left
        if holdings.correlation > 0.0 and holdings.shares[k] > 0.0:
            p = 0.5 * math.erfc(-(holdings.quantiles[k] + root * ready) / rest / math.sqrt(2.0))
        if unit(holdings.hold_keys[k], i) < p:
            hold |= 1 << k
    return hold


@compiled_loop
def settle(
    people: People, lo: int, hi: int, holdings: Holdings, group_size: int, exposure_per_contact: float,
    vpn_ready: float, vpn_kept: float, speak_share: float, isp_shares: NDArray[np.float64],
    concern_scale: float, common_quantiles: NDArray[np.float64], own_quantiles: NDArray[np.float64],
) -> None:  # fmt: skip
    """Give persons lo..hi-1 their starting state, each drawn on its own; concern by eq. (6).

    Args:
        people: All rows; their degree is set already.
        lo: First person.
        hi: Last person, plus one.
        holdings: Who holds what.
        group_size: People in a close group.
        exposure_per_contact: Exposure that quiet days keep up, per contact.
        vpn_ready: Probability of being ready for a VPN.
        vpn_kept: Probability that who is ready for one has it.
        speak_share: Probability of speaking.
        isp_shares: (J,) cumulative shares of the ISPs.
        concern_scale: Scale of concern, mean over shape.
        common_quantiles: Log quantiles of the group's part of concern, on the grid of ``gamma_quantiles``.
        own_quantiles: The same for the person's own part.
    """
    seed = holdings.seed
    vpn_key, speak_key = key(seed, Stream.VPN_READY, 0), key(seed, Stream.SPEAK_START, 0)
    kept_key = key(seed, Stream.VPN_KEPT, 0)
    isp_key = key(seed, Stream.ISP, 0)
    group_key, person_key = key(seed, Stream.CONCERN_GROUP, 0), key(seed, Stream.CONCERN_PERSON, 0)
    for i in range(lo, hi):
        me = people[i]
        hold, trial = holds_at_start(i, holdings), 0
        for k in range(holdings.shares.size):
            if hold >> k & 1 and unit(holdings.trial_keys[k], i) < holdings.on_trial[k]:
                trial |= 1 << k
        me.hold, me.trial, me.ever = hold, trial, hold
        me.cut, me.left = 0, 0
        me.vpn = unit(vpn_key, i) < vpn_ready and unit(kept_key, i) < vpn_kept
        me.speak = unit(speak_key, i) < speak_share
        me.isp = min(isp_shares.size - 1, np.searchsorted(isp_shares, unit(isp_key, i), side="right"))
        common = _quantile(unit(group_key, i // group_size), common_quantiles)
        own = _quantile(unit(person_key, i), own_quantiles)
        me.concern = concern_scale * (common + own)
        me.exposure = exposure_per_contact * me.degree


_GRID = 4096
_TAIL = 36.7  # logit of the largest uniform number below 1 - 2^-53


@functools.lru_cache(maxsize=64)
def gamma_quantiles(shape: float) -> NDArray[np.float64]:
    """Log quantiles of a Gamma variable of scale 1, on an even grid of the logit of its probability.

    Between grid points the error of ``_quantile`` is below 0.01 percent. A shape of 0 gives the constant 0.
    """
    from scipy.special import gammaincinv, gammaln

    if shape == 0.0:
        return np.full(_GRID, -np.inf)
    logits = np.linspace(-_TAIL, _TAIL, _GRID)
    log_p = -np.logaddexp(0.0, -logits)
    with np.errstate(divide="ignore", over="ignore"):  # both give -inf
        exact = elementary.log(gammaincinv(shape, elementary.exp(log_p)))
        lower_tail = (log_p + gammaln(shape + 1.0)) / shape  # leading term of the series, exact towards a quantile of 0
    quantiles: NDArray[np.float64] = np.where(lower_tail < -30.0, lower_tail, exact)
    return quantiles


@compiled
def _quantile(p: float, log_quantiles: NDArray[np.float64]) -> float:
    """Quantile at probability p of the variable that ``log_quantiles`` describes."""
    if log_quantiles[_GRID - 1] == -np.inf:
        return 0.0
    p = max(p, 2.0**-53)
    position = (math.log(p / (1.0 - p)) + _TAIL) / (2.0 * _TAIL) * (_GRID - 1)
    position = min(max(position, 0.0), _GRID - 1.000001)
    left = int(position)
    weight = position - left
    return math.exp((1.0 - weight) * log_quantiles[left] + weight * log_quantiles[left + 1])


@compiled_loop
def count_contacts(
    people: People, lo: int, hi: int, indptr: NDArray[np.int64], indices: NDArray[np.int32],
    state: NDArray[np.uint16],
) -> None:  # fmt: skip
    """Count, for persons lo..hi-1, the contacts who hold each app and who have a VPN.

    ``state`` packs each person's nine bits into two bytes, so that the contacts' state stays in the cache.
    """
    for i in range(lo, hi):
        me = people[i]
        me.contacts[:] = 0
        for e in range(indptr[i], indptr[i + 1]):
            bits = np.int64(state[indices[e]])
            for slot in range(9):
                me.contacts[slot] += np.uint8((bits >> slot) & 1)


def packed_state(people: People) -> NDArray[np.uint16]:
    """(N,) nine bits per person, in the order of ``contacts``."""
    state = people["hold"].astype(np.uint16)
    state |= people["vpn"].astype(np.uint16) << 8
    return state


def cumulative(shares: Sequence[float]) -> NDArray[np.float64]:
    """Cumulative shares, scaled to end at 1."""
    total = np.cumsum(np.asarray(shares, np.float64))
    return np.asarray(total / total[-1], np.float64)


def set_degrees(people: People, ties: Ties) -> None:
    """Write each person's number of contacts."""
    people["degree"] = np.diff(ties.indptr)


@compiled_loop
def mark_cut_off(people: People, lo: int, hi: int, cut: NDArray[np.uint8]) -> None:
    """Write, for persons lo..hi-1, which of the apps that they hold are of no use to them.

    ``cut`` (2, J) is the bit mask of the apps that are of no use on each ISP, without and with a VPN.
    """
    for i in range(lo, hi):
        me = people[i]
        me.cut = me.hold & cut[me.vpn, me.isp]


_BYTES = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1, bitorder="little").view(np.uint64)[:, 0]
"""Bit masks with a byte for each bit: the sum of many is eight counts at once."""


@compiled_loop
def count_cut_off(
    lo: int, hi: int, indptr: NDArray[np.int64], indices: NDArray[np.int32], cut: NDArray[np.uint8],
    cuts: NDArray[np.uint64],
) -> None:  # fmt: skip
    """Count, for persons lo..hi-1, the contacts who are cut off from each app that they hold.

    ``cut`` (N,) is the column of the rows, apart so that the contacts' state stays in the cache. ``cuts`` (N,) has the
    eight counts of a person side by side, a byte each: nobody has more than 255 contacts.
    """
    for i in range(lo, hi):
        counts = np.uint64(0)
        for e in range(indptr[i], indptr[i + 1]):
            counts += _BYTES[cut[indices[e]]]
        cuts[i] = counts
