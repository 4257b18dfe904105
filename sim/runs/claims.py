"""Claims: which of several processes makes a run.

A claim is a lock on one byte of a file, at the place that the key of the run names. The system lets go of the locks of
a process that dies, so that no claim outlives its owner. Where the system has no such locks, every claim succeeds: two
processes may then make the same run, and write the same bytes.
"""

import os
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

PLACE_DIGITS = 15
"""Hexadecimal digits of a key that name a place: 60 bits, below the largest offset of a file."""
COMPACTION, RESULTS = 2**62, 2**62 + 1
"""Places that no key names: the claims to put runs into a shard, and to write tables."""


class Claims:
    """The claims of this process on the runs of one study.

    Args:
        path: The file whose bytes are locked; it stays empty.
    """

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        weakref.finalize(self, os.close, self._file)  # which lets go of all claims

    def take(self, key: str | int) -> bool:
        """Claim a run; ``False`` where another process has it."""
        if fcntl is None:
            return True
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _place(key))
        except (BlockingIOError, PermissionError):  # which of the two says that it is taken depends on the system
            return False
        except OSError:  # a file system without locks
            return True
        return True

    @contextmanager
    def alone(self, key: str | int) -> Iterator[None]:
        """Wait until no other process has a claim, and hold it."""
        if fcntl is not None:
            fcntl.lockf(self._file, fcntl.LOCK_EX, 1, _place(key))
        try:
            yield
        finally:
            self.release(key)

    def release(self, key: str | int) -> None:
        """Let go of a claim."""
        if fcntl is not None:
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, _place(key))


def _place(key: str | int) -> int:
    return key if isinstance(key, int) else int(key[:PLACE_DIGITS], 16)
