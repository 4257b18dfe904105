"""Work over a range of persons, split into parts that threads share. The split never shows in a result."""

from collections.abc import Callable
from concurrent.futures import Executor
from itertools import pairwise


def bounds(users: int, parts: int, multiple: int = 1) -> list[tuple[int, int]]:
    """Split 0..users-1 into ``parts`` ranges whose limits are multiples of ``multiple`` (the last one apart)."""
    units = -(-users // multiple)
    cuts = [min(users, units * part // parts * multiple) for part in range(parts + 1)]
    return list(pairwise(cuts))


def in_parts[T](
    pool: Executor | None, threads: int, users: int, work: Callable[[int, int], T], multiple: int = 1
) -> list[T]:
    """Results of ``work(lo, hi)`` for every part, in order of the parts; ``work`` must release the GIL to gain."""
    parts = bounds(users, threads if pool is not None else 1, multiple)
    if pool is None:
        return [work(lo, hi) for lo, hi in parts]
    return list(pool.map(lambda part: work(*part), parts))
