"""Two versions of a file of results: where their content differs, and by how much."""

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim import bounded

NAMING = 4
"""Columns at the left of a CSV table that name a row, at most: the text before the first number."""
LONGEST = 60
LARGER, SLACK = 20, 1 << 20
"""A file that is this many times larger than the one made again, and a megabyte more, is not looked into."""


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """Where a file that is kept differs from the one that was made again, as a sentence without its end."""

    file: str
    text: str


def compare_files(name: str, kept: Path, made: Path) -> list[Discrepancy]:
    """Every place in which two files differ; nothing where their bytes are equal.

    Args:
        name: What to call the file.
        kept: As it is in the folder.
        made: As the re-run gave it.
    """
    sizes = kept.stat().st_size, made.stat().st_size
    if sizes[0] > LARGER * sizes[1] + SLACK:
        return [Discrepancy(name, f"{sizes[0]:,} bytes kept, {sizes[1]:,} made again")]
    if sizes[0] == sizes[1] and bounded.read(kept) == bounded.read(made):
        return []
    compare = COMPARERS.get(kept.suffix, _compare_text)
    try:
        texts = list(compare(kept, made))
    except Exception as error:  # the file may be anything; what is wrong with it is of no interest
        texts = [f"cannot be read as what it is ({type(error).__name__})"]
    return [Discrepancy(name, text) for text in texts or ["other bytes with the same content"]]


def _compare_parquet(kept: Path, made: Path) -> Iterator[str]:
    import pyarrow.parquet as pq

    metas = [pq.read_metadata(io.BytesIO(bounded.read(path, bounded.LARGEST_TABLE))) for path in (kept, made)]
    counts, sizes = [meta.num_rows for meta in metas], [_unpacked(meta) for meta in metas]
    if counts[0] == counts[1] and sizes[0] > LARGER * sizes[1] + SLACK:  # a small file may unpack to a very large one
        yield f"{sizes[0]:,} bytes of values kept, {sizes[1]:,} made again"
    elif counts[0] != counts[1]:
        yield f"{counts[0]:,} rows kept, {counts[1]:,} made again"
    else:
        yield from compare_tables(*(bounded.parquet(path) for path in (kept, made)))


def _unpacked(meta: Any) -> int:
    return sum(meta.row_group(number).total_byte_size for number in range(meta.num_row_groups))


def compare_tables(kept: pd.DataFrame, made: pd.DataFrame) -> Iterator[str]:
    """Columns in which two tables differ: how many values, the first with its row, and the largest difference."""
    for column in [name for name in kept if name not in made]:
        yield f"column {column} is not there when made again"
    for column in [name for name in made if name not in kept]:
        yield f"column {column} is missing"
    if len(kept) != len(made):
        yield f"{len(kept):,} rows kept, {len(made):,} made again"
        return  # which rows belong together is not known
    for column in [name for name in kept if name in made]:
        a, b = (frame[column].astype(object).to_numpy() for frame in (kept, made))
        differs = ~((a == b) | (pd.isna(a) & pd.isna(b)))
        if differs.any():
            yield _say(column, np.flatnonzero(differs), a, b, made)


def _say(column: str, where: NDArray[np.int_], a: NDArray[Any], b: NDArray[Any], table: pd.DataFrame) -> str:
    first = where[0]
    text = f"column {column}, {_row(table, first)}: {_shown(a[first])} kept, {_shown(b[first])} made again"
    gaps = pd.to_numeric(pd.Series(a[where]), errors="coerce") - pd.to_numeric(pd.Series(b[where]), errors="coerce")
    if gaps.notna().any() and pd.api.types.is_numeric_dtype(gaps):
        text += f" (difference {gaps.iloc[0]:.6g})" if len(where) == 1 else ""
    if len(where) == 1:
        return text
    text = f"{text}; {len(where):,} values of this column differ"
    if gaps.notna().any():
        largest = gaps.abs().idxmax()
        text += f", at most by {abs(gaps[largest]):.6g} ({_row(table, where[largest])})"
    return text


def _row(table: pd.DataFrame, number: int) -> str:
    """A row by the names and dates at its left; by its number where it begins with a number."""
    row, named = table.iloc[number], []
    for column in table.columns[: NAMING + 1]:
        if column != "seed" and _is_number(row[column]):
            break
        named.append(f"{column} {_shown(row[column])}")
    return ", ".join(named) or f"row {number + 1}"


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return not isinstance(value, pd.Timestamp)


def _shown(value: Any) -> str:
    text = f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def compare_trees(kept: Any, made: Any) -> Iterator[str]:
    """Keys in which two trees of tables differ, with both values; acts go by their id."""
    mine, theirs = dict(_leaves(kept, "")), dict(_leaves(made, ""))
    for key in mine | theirs:
        if key not in theirs:
            yield f"{key} is {_shown(mine[key])} kept, absent when made again"
        elif key not in mine:
            yield f"{key} is absent, {_shown(theirs[key])} when made again"
        elif mine[key] != theirs[key] or type(mine[key]) is not type(theirs[key]):
            yield f"{key} is {_shown(mine[key])} kept, {_shown(theirs[key])} made again"


def _leaves(tree: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(tree, Mapping):
        for key, value in tree.items():
            yield from _leaves(value, f"{path}.{key}" if path else str(key))
    elif isinstance(tree, list) and tree and isinstance(tree[0], Mapping):
        for number, item in enumerate(tree):
            name = item.get("id") or item.get("@id") or number
            yield from _leaves(item, f"{path}.{name}" if path else str(name))
    else:
        yield path, tree


def _compare_png(kept: Path, made: Path) -> Iterator[str]:
    from PIL import Image

    pictures = (io.BytesIO(bounded.read(path)) for path in (kept, made))
    one, other = (Image.open(picture, formats=["PNG"]) for picture in pictures)
    with one, other:
        if one.size != other.size:  # told before a small file can unfold to a very large picture
            yield f"{one.size[0]} x {one.size[1]} pixels kept, {other.size[0]} x {other.size[1]} made again"
            return
        a, b = (np.asarray(picture.convert("RGBA")) for picture in (one, other))
    rows, columns = np.nonzero((a != b).any(axis=2))
    if rows.size:
        y, x = rows[0], columns[0]
        text = f"pixel x {x}, y {y}: {tuple(map(int, a[y, x]))} kept, {tuple(map(int, b[y, x]))} made again"
        if rows.size > 1:
            box = f"x {columns.min()} to {columns.max()}, y {rows.min()} to {rows.max()}"
            text += f"; {rows.size:,} of {a.shape[0] * a.shape[1]:,} pixels differ, within {box}"
        yield text


def _compare_text(kept: Path, made: Path) -> Iterator[str]:
    a, b = (bounded.text(path).splitlines() for path in (kept, made))
    if len(a) != len(b):
        yield f"{len(a):,} lines kept, {len(b):,} made again"
    different = [number for number, (one, other) in enumerate(zip(a, b, strict=False)) if one != other]
    if different:
        first = different[0]
        one, other = _around(a[first], b[first]), _around(b[first], a[first])
        yield f"line {first + 1}: {one!r} kept, {other!r} made again; {len(different):,} lines differ"


def _around(text: str, other: str) -> str:
    """The part of a line in which it begins to differ from another."""
    first = next((i for i, (a, b) in enumerate(zip(text, other, strict=False)) if a != b), min(len(text), len(other)))
    start = max(first - LONGEST // 3, 0)
    return text[start : start + LONGEST].strip()


COMPARERS: Mapping[str, Callable[[Path, Path], Iterator[str]]] = {
    ".csv": lambda *both: compare_tables(*(bounded.csv(path, dtype=str, keep_default_na=False) for path in both)),
    ".json": lambda *both: compare_trees(*map(bounded.as_json, both)),
    ".parquet": _compare_parquet,
    ".png": _compare_png,
    ".toml": lambda *both: compare_trees(*map(bounded.as_toml, both)),
}
"""How to compare, by the ending of a file; other files are text."""
