"""Which code makes a run: an edited rule never meets a run of before, an edited comment forgets none."""

import ast
import functools
import hashlib
import inspect
from collections.abc import Callable, Iterable
from pathlib import Path

from sim.runs.once import MODEL_VERSION

MADE_OF = ("scenario", "population", "actors", "evidence", "compiled.py", "chance.py", "model.py",
           "bounded.py", "record.py", "tables.py", "measures.py", "runs/once.py")  # fmt: skip
"""Rooms and files of ``sim`` on which the tables, measures and readings of a run depend."""
DIGITS = 12


@functools.cache
def build() -> str:
    """Version of the model with the digest of what its code means, as ``2.0.0+9f86d081884c``: runs are kept by it."""
    return _version(meaning)


@functools.cache
def source() -> str:
    """The same of the text of its code: quickly known, and equal in all processes that work together."""
    return _version(Path.read_bytes)


def _version(read: Callable[[Path], bytes]) -> str:
    root = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for part in MADE_OF:
        place = root / part
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            digest.update(path.relative_to(root).as_posix().encode() + b"\0" + read(path) + b"\0")
    return f"{MODEL_VERSION}+{digest.hexdigest()[:DIGITS]}"


@functools.cache
def meaning(path: Path) -> bytes:
    """What a module says to Python, the same for any layout, comments and docstrings."""
    return _dump(ast.parse(path.read_bytes())).encode("utf-8", "surrogatepass")


def meaning_of(classes: Iterable[type]) -> str:
    """Digest of what the modules say to Python that define some classes, none of them of the package.

    Raises:
        ValueError: One was defined in a script or at a prompt, which no other process and no later day can know.
    """
    digest = hashlib.sha256()
    for one in classes:
        if one.__module__ == "__main__":
            raise ValueError(f"{one.__name__}: expected a class of a module, found one of a script")
        digest.update(f"{one.__module__}.{one.__qualname__}".encode() + b"\0" + meaning(Path(inspect.getfile(one))))
    return digest.hexdigest()


def _dump(node: object) -> str:
    """As ``ast.dump``, without texts that stand alone, in two thirds of the time."""
    if isinstance(node, ast.AST):
        return f"{type(node).__name__}({','.join([_dump(getattr(node, name, None)) for name in node._fields])})"
    if isinstance(node, list):
        return f"[{','.join([_dump(one) for one in node if not _is_text(one)])}]"
    return repr(node)


def _is_text(node: object) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
