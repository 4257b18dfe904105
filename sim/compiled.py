"""How the rules become machine code, which is kept on disk and made anew when any rule changes.

numba keeps it where ``NUMBA_CACHE_DIR`` says, else beside the source, else in the home of the user. In a container, or
under another user, neither may be possible: then it goes to a private folder among the temporary files. What numba
reads back is a pickle, so that a folder which others could have written is not used.
"""

import contextlib
import hashlib
import multiprocessing
import os
import stat
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import numba as nb
from numba.core import caching

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

CACHE, PICTURES = "NUMBA_CACHE_DIR", "MPLCONFIGDIR"
"""Variables by which numba and matplotlib are told, and by which worker processes inherit, where to keep things."""
_HERE = Path(__file__).parent
_RULES = (_HERE / "chance.py", *sorted((_HERE / "population").glob("*.py")))
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
    folder = Path(loop._cache.cache_path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / f"{loop.__name__}.turn").open("wb") as file:
            if fcntl is not None:
                fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            loop(*nobody)
    except BlockingIOError:
        pass  # another process is at it
    except OSError:  # a folder that cannot be written, or that knows no locks
        loop(*nobody)


# Where numba keeps what it compiled


class CacheError(OSError):
    """No place for compiled code; the message is one line for the reader of a terminal."""

    for_users = True


class Forgiving(caching.IndexDataCacheFile):
    """numba's files, of which a damaged one is as good as none, as is one for which there is no room."""

    def save(self, key: Any, data: Any) -> None:
        """Keep compiled code; where there is no room for it, it is compiled again the next time."""
        with contextlib.suppress(OSError):
            super().save(key, data)

    def _load_index(self) -> Any:
        try:
            return super()._load_index()
        except Exception:  # whatever a damaged pickle makes of itself
            return {}

    def _load_data(self, name: str) -> Any:
        try:
            return super()._load_data(name)
        except Exception as error:
            raise OSError(name) from error  # which numba takes as a sign that there is none


class TemporaryFolder:
    """What numba asks for a place last, once neither the source nor the home of the user has one."""

    @classmethod
    def from_function(cls, function: Any, file: str) -> Any:
        """Have a private folder used from now on, by this process and those that it starts; a note is one line."""
        place = _private()
        os.environ[CACHE] = nb.config.CACHE_DIR = str(place / "numba")  # type: ignore[attr-defined]
        if PICTURES not in os.environ:
            os.environ[PICTURES] = str(place / "matplotlib")
            Path(os.environ[PICTURES]).mkdir(exist_ok=True)
        if multiprocessing.parent_process() is None:
            note = f"lawshock: note: home and installation cannot be written; compiled code is in {place}"
            print(note, file=sys.stderr)
        return _PLACES[0].from_function(function, file)


def _private() -> Path:
    """A folder that no one else can have written: that of earlier commands, or a new one where it is not ours alone."""
    if hasattr(os, "getuid"):
        place = Path(tempfile.gettempdir(), f"lawshock-{os.getuid()}")
        with contextlib.suppress(OSError):  # something else has the name
            place.mkdir(mode=0o700, exist_ok=True)
            known = place.lstat()
            if stat.S_ISDIR(known.st_mode) and known.st_uid == os.getuid() and not stat.S_IMODE(known.st_mode) & 0o077:
                return place
    try:
        return Path(tempfile.mkdtemp(prefix="lawshock-"))
    except OSError:
        raise CacheError(f"no folder for compiled code can be written; name one in {CACHE}") from None


_PLACES: list[Any] = caching.CacheImpl._locator_classes
"""Where numba looks for a place, in turn."""


def find_places() -> None:
    """Let numba find a place in any case, and put up with what it finds there. Called before anything is compiled."""
    if TemporaryFolder not in _PLACES:
        _PLACES.append(TemporaryFolder)
        caching.IndexDataCacheFile = Forgiving  # type: ignore[misc]
