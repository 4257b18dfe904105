"""Which code makes a run: a digest of the model's source, so that an edited rule never meets a run of before."""

import functools
import hashlib
from pathlib import Path

from sim.runs.once import MODEL_VERSION

MADE_OF = ("scenario", "population", "actors", "evidence", "chance.py", "codebook.py", "model.py", "record.py",
           "tables.py", "measures.py", "runs/once.py", "runs/work.py")  # fmt: skip
"""Rooms and files of ``sim`` on which the tables, measures and readings of a run depend."""
DIGITS = 12


@functools.cache
def build() -> str:
    """Version of the model with the digest of its code, as ``2.0.0+9f86d081884c``: kept runs are found by it."""
    root = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for part in MADE_OF:
        place = root / part
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            digest.update(path.relative_to(root).as_posix().encode() + b"\0")
            digest.update(path.read_bytes() + b"\0")
    return f"{MODEL_VERSION}+{digest.hexdigest()[:DIGITS]}"
