"""Elementary functions of arrays that round alike on every processor.

numpy's own take another path on processors with AVX-512 and differ there in the last place, which is enough that a run
made on one machine is not made again, byte by byte, on another. These ask the C library, an element at a time, as
``math`` and compiled rules do. They are for arrays with an element per app or provider; loops over people are compiled.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray


def _alike(function: Callable[..., float], arguments: int = 1) -> Callable[..., NDArray[np.float64]]:
    by_element = np.frompyfunc(function, arguments, 1)

    def of_arrays(*arrays: ArrayLike) -> NDArray[np.float64]:
        return np.asarray(by_element(*arrays), np.float64)

    return of_arrays


exp, expm1, log1p = _alike(math.exp), _alike(math.expm1), _alike(math.log1p)
log = _alike(lambda value: math.log(value) if value else -math.inf)
power = _alike(math.pow, 2)
