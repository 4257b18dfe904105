"""The one place that opens a file which a user, a folder or a manifest names: plain files of a bounded size alone.

A pipe or a device would be waited for without end, and a small file that unpacks to gigabytes takes the machine.
"""

import io
import json
import os
import stat
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

LARGEST = 64 << 20
"""Bytes of a file of words, numbers or a picture; the largest that a command wrote here is a page of four million."""
LARGEST_TABLE = 1 << 30
"""Bytes of a table in columns, packed; the largest of twenty runs of two years has three million."""
MOST_VALUES = 1 << 28
"""Values of a table, unpacked: two gigabytes of numbers."""


class UnreadableError(OSError):
    """A file that is not there, or none that is read; the message is one line for the reader of a terminal."""

    for_users = True

    def __init__(self, path: Path, found: str, number: int | None = None, most: int = 0) -> None:
        size = f" of at most {most:,} bytes" if most else ""
        super().__init__(f"{str(path)[:200]}: expected a plain file{size} that can be read, found {found}")
        self.errno, self.found = number, found


def read(path: Path, most: int = LARGEST) -> bytes:
    """Content of a plain file of at most ``most`` bytes.

    Raises:
        UnreadableError: It is not there, no plain file, larger, or may not be read.
    """
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise UnreadableError(path, "a folder" if path.is_dir() else "a pipe or device")
        # Another may have put a pipe there meanwhile: one that is opened so does not wait for a writer.
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with open(number, "rb") as file:
            if not stat.S_ISREG(os.fstat(number).st_mode):
                raise UnreadableError(path, "a pipe or device")
            data = file.read(most + 1)
    except UnreadableError:
        raise
    except OSError as error:
        raise UnreadableError(path, error.strerror or "none", error.errno) from error
    except ValueError as error:  # a name that no system has, such as one with a zero in it
        raise UnreadableError(path, str(error)) from error
    if len(data) > most:
        raise UnreadableError(path, "a larger one", most=most)
    return data


def text(path: Path, most: int = LARGEST) -> str:
    """A file as text; the mark that some editors put before UTF-8 is no part of it.

    Raises:
        UnreadableError: As of ``read``, or its bytes are no UTF-8.
    """
    try:
        return read(path, most).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableError(path, f"other bytes than UTF-8 at {error.start}") from error


def as_json(path: Path) -> Any:
    """What a JSON file holds.

    Raises:
        UnreadableError: As of ``text``, or it is no JSON, or one nested without end.
    """
    return _parsed(path, "JSON", json.loads)


def as_toml(path: Path) -> dict[str, Any]:
    """What a TOML file holds, with the same errors as of ``as_json``."""
    return dict(_parsed(path, "TOML", tomllib.loads))


def _parsed(path: Path, what: str, parse: Any) -> Any:
    content = text(path)
    try:
        return parse(content)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(path, f"no {what} ({str(error)[:80]})") from error


def csv(path: Path, **options: Any) -> "pd.DataFrame":
    """A table of comma-separated values, with the options of ``pandas.read_csv``.

    Raises:
        UnreadableError: As of ``text``, or it is no such table.
    """
    import pandas as pd

    content = text(path)
    try:
        return pd.read_csv(io.StringIO(content), **options)
    except (ValueError, RecursionError, OverflowError) as error:
        raise UnreadableError(path, f"no table as CSV ({str(error)[:80]})") from error


def parquet(path: Path) -> "pd.DataFrame":
    """A table in columns, unless it says itself that it unpacks to more values than memory is for.

    Raises:
        UnreadableError: As of ``read``, or it is no such table, or too large once unpacked.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    content = read(path, LARGEST_TABLE)
    try:
        file = pq.ParquetFile(pa.BufferReader(content))
        said = file.metadata
        unpacked = sum(said.row_group(group).total_byte_size for group in range(said.num_row_groups))
        if max(unpacked >> 3, said.num_rows * said.num_columns) <= MOST_VALUES:
            table: pd.DataFrame = file.read().to_pandas()
            return table
    except Exception as error:  # of the many that a damaged file may raise, none says more
        raise UnreadableError(path, "no table that can be read") from error
    raise UnreadableError(path, "a table that unpacks to more than memory is for")
