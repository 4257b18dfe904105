"""How the rules become machine code, which is kept on disk and made anew when any rule changes."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numba as nb

from sim import caches, chance

_RULES = (Path(chance.__file__), *sorted(Path(__file__).parent.glob("*.py")))
_DIGEST = hashlib.sha256(b"".join(path.read_bytes() for path in _RULES)).digest()


def compiled[F: Callable[..., Any]](rule: F) -> F:
    """Compile a rule: a function, called for one person at a time, that neither makes an array nor returns one.

    Only for such a function may numba's memory management be off, and it must be: else every call counts references, up
    and down, of each array inside ``Rules`` and ``Today``, which takes ten times as long as the equations themselves.
    It is put in line where it is called, as handing over the two takes four times as long as most rules.
    """
    return _kept(rule, _nrt=False, forceinline=True)


def compiled_part[F: Callable[..., Any]](part: F) -> F:
    """Compile a part of a loop, called for many persons together: as ``compiled``, but not put in line."""
    return _kept(part, _nrt=False)


def compiled_loop[F: Callable[..., Any]](loop: F) -> F:
    """Compile a function that works on arrays of people, and lets other threads work meanwhile."""
    return _kept(loop, nogil=True)


def _kept[F: Callable[..., Any]](function: F, **options: Any) -> F:
    """Compile a function and keep its code as long as no file of the population changes.

    numba looks at the function's own file alone, and would go on with old code of the rules that it calls.
    """
    dispatcher = nb.njit(cache=True, error_model="numpy", **options)(function)
    dispatcher._cache._cache_file._source_stamp = _DIGEST
    return cast(F, dispatcher)


def compile_in_turn(loop: Any, nobody: tuple[Any, ...], *, wait: bool) -> None:
    """Compile a loop by calling it with nobody, in one process at a time: the others read what that one has kept.

    Args:
        loop: The loop.
        nobody: Arguments of the types of all later ones.
        wait: Whether to wait for a process that is at it; else it is left to that one, for now.
    """
    if loop.signatures:
        return
    with caches.turn(Path(loop._cache.cache_path), loop.__name__, wait=wait) as is_ours:
        if is_ours:
            loop(*nobody)
