"""Who knows whom: close groups, and random ties across the city, as one symmetric table of contacts.

Close groups (family, work, school) are runs of consecutive ids in which all know one another. For the random ties,
R hashed permutations of the ids each propose a tie from i to its image, and each proposal is kept with probability
1/2: a person has Binomial(2R, 1/2) random ties, R on average. A permutation and its inverse are computed from the id
alone (Feistel network, Black & Rogaway 2002, CT-RSA), so every person's contacts are written in place, by any number of
threads, without a list of ties to sort.
"""

import math
from concurrent.futures import Executor
from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

from sim.chance import Stream, key, unit
from sim.population.threads import in_parts

_ROUNDS = 4
_LARGEST_DEGREE = 255  # a person's counts of contacts are bytes


class Ties(NamedTuple):
    """Contacts of person i: ``indices[indptr[i]:indptr[i + 1]]``, sorted. Symmetric, no self-ties, no repetitions."""

    indptr: NDArray[np.int64]
    """(N + 1,)"""
    indices: NDArray[np.int32]
    """(directed ties,)"""

    def of(self, person: int) -> NDArray[np.int32]:
        """Contacts of a person."""
        return self.indices[self.indptr[person] : self.indptr[person + 1]]


def build(users: int, degree: int, group_size: int, seed: int, threads: int = 1, pool: Executor | None = None) -> Ties:
    """Ties of ``users`` persons with a mean of ``degree`` contacts, ``group_size - 1`` of them in the close group.

    Raises:
        ValueError: if close groups alone exceed the mean degree, or a count of contacts could pass 255.
    """
    across = degree - (group_size - 1)
    if across < 0:
        raise ValueError(f"degree {degree} is less than the {group_size - 1} contacts in a group of {group_size}")
    if group_size - 1 + 2 * across > _LARGEST_DEGREE:
        raise ValueError(f"degree {degree} can give a person more than {_LARGEST_DEGREE} contacts")
    indptr = np.zeros(users + 1, np.int64)
    in_parts(pool, threads, users, lambda lo, hi: _contacts(lo, hi, users, group_size, across, seed, indptr, _NO_IDS))
    np.cumsum(indptr, out=indptr)
    indices = np.empty(indptr[-1], np.int32)
    in_parts(pool, threads, users, lambda lo, hi: _contacts(lo, hi, users, group_size, across, seed, indptr, indices))
    return Ties(indptr, indices)


_NO_IDS = np.empty(0, np.int32)


@nb.njit(cache=True, error_model="numpy")
def _turned(digit: int, shift: int, base: int) -> int:
    """(digit + shift) modulo base, for a shift between -base and base."""
    digit += shift
    if digit >= base:
        return digit - base
    return digit + base if digit < 0 else digit


@nb.njit(cache=True, error_model="numpy")
def _image(x: int, users: int, rows: int, columns: int, permutation: int, tie_key: np.uint64, forward: bool) -> int:
    """Image of x under a hashed permutation of 0..users-1, or the id whose image x is.

    The id is written as two digits of about the square root of ``users``; each round turns one digit by a hash of the
    other. Where rows * columns exceeds ``users``, walking on until the result is an id keeps the map one-to-one.
    """
    sign = 1 if forward else -1
    while True:
        high = x // columns
        low = x - high * columns
        for turn in range(_ROUNDS):
            round_ = turn if forward else _ROUNDS - 1 - turn
            word = (permutation * _ROUNDS + round_) << 32
            if round_ % 2 == 0:
                high = _turned(high, sign * int(unit(tie_key, word + low) * rows), rows)
            else:
                low = _turned(low, sign * int(unit(tie_key, word + high) * columns), columns)
        x = high * columns + low
        if x < users:
            return x


@nb.njit(cache=True, nogil=True, error_model="numpy")
def _contacts(
    lo: int, hi: int, users: int, group_size: int, across: int, seed: int,
    indptr: NDArray[np.int64], indices: NDArray[np.int32],
) -> None:  # fmt: skip
    """Write the contacts of persons lo..hi-1 into ``indices``, or if that has no room their number into ``indptr``."""
    tie_key = key(seed, Stream.TIE, 0)
    keep_key = key(seed, Stream.TIE, 1)
    rows = math.ceil(math.sqrt(users))
    columns = (users + rows - 1) // rows
    found = np.empty(group_size + 2 * across, np.int32)
    for i in range(lo, hi):
        group = i // group_size
        n = 0
        for j in range(group * group_size, min(users, (group + 1) * group_size)):
            if j != i:
                found[n] = j
                n += 1
        for proposal in range(2 * across):
            r = proposal >> 1
            forward = proposal & 1 == 0
            j = _image(i, users, rows, columns, r, tie_key, forward)
            proposer = i if forward else j
            if j // group_size == group or unit(keep_key, (r << 32) + proposer) >= 0.5:
                continue
            known = False
            for m in range(group_size - 1, n):
                known |= found[m] == j
            if not known:
                found[n] = j
                n += 1
        if indices.size:
            found[:n].sort()
            indices[indptr[i] : indptr[i] + n] = found[:n]
        else:
            indptr[i + 1] = n
