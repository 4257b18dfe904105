"""Where compiled code is kept between commands, also where neither home nor the installed package can be written.

numba keeps it beside the source or in the home of the user. In a container, or under another user, neither may be
possible: then it goes to a private folder among the temporary files. What numba reads back is a pickle, so that a
folder which others could have written is not read; and it is sealed, so that a file that a full disk or a bad block has
damaged is made again and does not run.
"""

import contextlib
import hashlib
import multiprocessing
import os
import pickle
import stat
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import IO, Any

import numba
from numba.core import caching
from numba.misc.appdirs import AppDirs

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

SEAL_BYTES = 32
CACHE, PICTURES = "NUMBA_CACHE_DIR", "MPLCONFIGDIR"
"""Variables by which numba and matplotlib are told, and by which worker processes inherit, where to keep things."""


class CacheError(OSError):
    """No place for compiled code; the message is one line for the reader of a terminal."""

    for_users = True


class SealedFile(caching.IndexDataCacheFile):
    """numba's files with a hash at their end, which numba itself passes over; a damaged one is as good as none."""

    def save(self, key: Any, data: Any) -> None:
        """Keep compiled code; where there is no room for it, it is compiled again the next time."""
        try:
            super().save(key, data)
        except OSError:
            return

    def _dump(self, obj: Any) -> bytes:
        data: bytes = super()._dump(obj)
        return data + hashlib.sha256(data).digest()

    def _load_index(self) -> Any:
        try:
            data = Path(self._index_path).read_bytes()
            head = pickle.dumps(self._version, protocol=-1)
            return super()._load_index() if data.startswith(head) and _is_whole(data[len(head) :]) else {}
        except OSError:
            return {}

    def _load_data(self, name: str) -> Any:
        if not _is_whole(Path(self._data_path(name)).read_bytes()):
            raise OSError(name)  # which numba takes as a sign that there is none
        return super()._load_data(name)


def _is_whole(data: bytes) -> bool:
    return len(data) > SEAL_BYTES and hashlib.sha256(data[:-SEAL_BYTES]).digest() == data[-SEAL_BYTES:]


@cache
def make_ready() -> None:
    """Seal what numba keeps, and find it a place. Called before anything is compiled; a note is one line."""
    numbas: Any = caching
    config: Any = numba.config
    numbas.IndexDataCacheFile = SealedFile
    if config.CACHE_DIR or _writable(Path(__file__).parent / "__pycache__") or _writable(_at_home()):
        return
    place = _private()
    os.environ[CACHE] = config.CACHE_DIR = str(place / "numba")
    if PICTURES not in os.environ:
        os.environ[PICTURES] = str(place / "matplotlib")
        Path(os.environ[PICTURES]).mkdir(exist_ok=True)
    if multiprocessing.parent_process() is None:
        print(f"lawshock: note: home and installation cannot be written; compiled code is in {place}", file=sys.stderr)


@contextlib.contextmanager
def turn(folder: Path, name: str, *, wait: bool) -> Iterator[bool]:
    """Whether it is this process's turn at what one at a time is to do; without locks it always is.

    Args:
        folder: Where the processes that take turns keep what they do.
        name: What it is.
        wait: Whether to wait for a process that is at it.
    """
    file: IO[bytes] | None = None
    is_ours = True
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / f"{name}.turn").open("wb")
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        is_ours = False
    except OSError:
        pass  # a folder that cannot be written, or that knows no locks
    try:
        yield is_ours
    finally:
        if file is not None:
            file.close()


def _at_home() -> Path:
    return Path(AppDirs(appname="numba", appauthor=False).user_cache_dir)


def _writable(folder: Path) -> bool:
    """Whether a folder is there or can be made, and takes a file."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return False
    return True


def _private() -> Path:
    """A folder that no one else can have written: that of earlier commands, or a new one where it is not ours alone."""
    if not hasattr(os, "getuid"):
        return _new()
    place = Path(tempfile.gettempdir(), f"lawshock-{os.getuid()}")
    try:
        place.mkdir(mode=0o700, exist_ok=True)
        known = place.lstat()
        if stat.S_ISDIR(known.st_mode) and known.st_uid == os.getuid() and not stat.S_IMODE(known.st_mode) & 0o077:
            return place
    except OSError:
        pass  # something else has the name
    return _new()


def _new() -> Path:
    try:
        return Path(tempfile.mkdtemp(prefix="lawshock-"))
    except OSError:
        raise CacheError(f"no folder for compiled code can be written; name one in {CACHE}") from None
