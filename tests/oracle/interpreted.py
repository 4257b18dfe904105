"""A pytest plugin under which the people are plain Python: ``pytest -p tests.oracle.interpreted -W ignore``.

Every edit of a rule costs minutes of compiling, and a small world of the twin needs seconds without. What is run is the
very code of sim/population; only that numba leaves it alone, but for the draws, and that three habits of compiled code
are kept: draws take words of 64 bits, a row's fields are its attributes, and codes of changes do not overflow.
"""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numba as nb
import numpy as np

WORDS = {
    "mix": "uint64(uint64)",
    "key": "uint64(int64, int64, int64)",
    "unit": "float64(uint64, int64)",
    "u": "float64(int64, int64, int64, int64)",
    "us": "float64[:](int64, int64, int64[:], int64)",
}
"""Types of the draws: Python's own integers would be guessed from their size."""
_NJIT = nb.njit


def _njit(*given: Any, **options: Any) -> Callable[[Callable[..., Any]], Any]:
    def keep(function: Callable[..., Any]) -> Any:
        if function.__module__ == "sim.chance":
            return _NJIT(WORDS[function.__name__], cache=True)(function)
        if not function.__module__.startswith("sim.population"):
            return _NJIT(*given, **options)(function)
        plain = _with_wide_codes(function) if function.__name__ == "write" else function
        plain._cache = SimpleNamespace(_cache_file=SimpleNamespace())  # type: ignore[attr-defined]  # nothing is kept
        plain.signatures = [plain]  # type: ignore[attr-defined]  # nor compiled
        return plain

    return keep


def _with_wide_codes(write: Callable[..., int]) -> Callable[..., int]:
    """``kernel.write`` on codes of 64 bits, since 2 * 0 - 1 is 255 in a byte."""

    def wide(changed: Any, codes: Any, *others: Any) -> int:
        copy = codes.astype(np.int64)
        n = write(changed, copy, *others)
        codes[:] = copy
        return n

    return wide


nb.njit = _njit
from sim.population import people  # noqa: E402

nb.njit = _NJIT
people.PERSON = np.dtype((np.record, people.PERSON))  # type: ignore[misc]
np.seterr(all="ignore")  # hashes overflow, as they should
