"""Claims: which of several processes makes a run.

A claim is a lock on one byte of a file, at the place that the key of the run names. The system lets go of the locks of
a process that dies, so that no claim outlives its owner. Where the system has no such locks, every claim succeeds: two
processes may then make the same run, and write the same bytes.
"""

from __future__ import annotations

import os
import weakref
from pathlib import Path
from types import ModuleType

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

PLACE_DIGITS = 15
"""Hexadecimal digits of a key that name a place: 60 bits, below the largest offset of a file."""
COMPACTION = f"{2**62:x}"
"""A place that no key names: the claim to put runs into a shard."""


class Claims:
    """The claims of this process on the runs of one study.

    Args:
        path: The file whose bytes are locked; it stays empty.
    """

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        weakref.finalize(self, os.close, self._file)  # which lets go of all claims

    def take(self, key: str) -> bool:
        """Claim a run; ``False`` where another process has it."""
        if fcntl is None:
            return True
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _place(key))
        except OSError:
            return False
        return True

    def release(self, key: str) -> None:
        """Let go of a claim."""
        if fcntl is not None:
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, _place(key))


def _place(key: str) -> int:
    return int(key, 16) if key == COMPACTION else int(key[:PLACE_DIGITS], 16)
