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

import numpy as np
from numpy.typing import NDArray

from sim.chance import Stream, key, unit
from sim.compiled import compiled, compiled_loop
from sim.population.threads import bounds, in_parts

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
    most = group_size - 1 + 2 * across
    if most > _LARGEST_DEGREE:
        raise ValueError(f"degree {degree} can give a person more than {_LARGEST_DEGREE} contacts")
    indptr = np.zeros(users + 1, np.int64)
    room = np.empty(users * most, np.int32)  # memory is taken only where it is written
    parts = bounds(users, threads)
    ends = in_parts(
        pool, threads, users, lambda lo, hi: _contacts(lo, hi, users, group_size, across, seed, indptr, room, lo * most)
    )
    total = 0
    for (lo, _), end in zip(parts, ends, strict=True):
        _move(room, lo * most, end, total)
        total += end - lo * most
    room.resize(total, refcheck=False)
    return Ties(np.cumsum(indptr, out=indptr), room)


@compiled
def _move(room: NDArray[np.int32], start: int, end: int, to: int) -> None:
    """Move ``room[start:end]`` down to ``to``, in place."""
    for e in range(start, end):
        room[to + e - start] = room[e]


@compiled
def _turned(digit: int, shift: int, base: int) -> int:
    """(digit + shift) modulo base, for a shift between -base and base."""
    digit += shift
    if digit >= base:
        return digit - base
    return digit + base if digit < 0 else digit


@compiled
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


@compiled_loop
def _contacts(
    lo: int, hi: int, users: int, group_size: int, across: int, seed: int,
    degree: NDArray[np.int64], room: NDArray[np.int32], start: int,
) -> int:  # fmt: skip
    """Write the contacts of persons lo..hi-1, sorted, into ``room`` from ``start`` on; their number into degree[i + 1].

    Returns:
        Where the last of them ends.
    """
    tie_key = key(seed, Stream.TIE, 0)
    keep_key = key(seed, Stream.TIE, 1)
    rows = math.ceil(math.sqrt(users))
    columns = (users + rows - 1) // rows
    proposals = np.empty(2 * across, np.int64)
    end = start
    for i in range(lo, hi):
        for r in range(across):  # all before any is judged: they do not wait for one another
            proposals[2 * r] = _image(i, users, rows, columns, r, tie_key, True)
            proposals[2 * r + 1] = _image(i, users, rows, columns, r, tie_key, False)
        first = end
        group = i // group_size * group_size
        for j in range(group, min(users, group + group_size)):
            if j != i:
                room[end] = j
                end += 1
        for p in range(2 * across):
            j = proposals[p]
            proposer = i if p % 2 == 0 else j
            kept = unit(keep_key, ((p >> 1) << 32) + proposer) < 0.5
            if kept and not group <= j < group + group_size:
                end = _insert(room, first, end, j)
        degree[i + 1] = end - first
    return end


@compiled
def _insert(room: NDArray[np.int32], first: int, end: int, j: int) -> int:
    """Put j where it belongs in the sorted ``room[first:end]``, unless it is there; the new end."""
    at = end
    while at > first and room[at - 1] > j:
        at -= 1
    if at > first and room[at - 1] == j:
        return end
    for e in range(end, at, -1):
        room[e] = room[e - 1]
    room[at] = j
    return end + 1
