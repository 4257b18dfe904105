"""Files written whole or not at all, and what killed processes leave of them."""

import contextlib
import errno
import glob
import hashlib
import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
HASH_DIGITS = 32
STALE_SECONDS = 3600
"""Age at which a draft cannot be that of a living process: drafts take milliseconds to write."""
STALE_FOLDER_SECONDS = 24 * STALE_SECONDS
"""The same of a folder, whose pictures take a minute."""
DRAFT = ".partial-"


class StudyError(OSError):
    """A study that cannot be read or written; the message is one line for the reader of a terminal."""

    for_users = True


class FullDiskError(StudyError):
    """No room is left, which is a fault of the machine."""

    exit_code = 1


def write_whole(path: Path, data: bytes) -> None:
    """Put a file in place in one step; a reader sees the old content or the new, never a part.

    Args:
        path: Where.
        data: Content.

    Raises:
        StudyError: The disk is full or the folder cannot be written; nothing half-written is left.
    """
    with placing({path: data}):
        pass


@contextlib.contextmanager
def placing(files: Mapping[Path, bytes]) -> Iterator[None]:
    """Have files ready beside their places while the block works, and put them there once it has ended well.

    Raises:
        StudyError: One cannot be written; nothing half-written is left.
    """
    drafts = {path: _draft(path) for path in files}
    try:
        for path, draft in drafts.items():
            with _told_of(path):
                draft.write_bytes(files[path])
        yield
        for path, draft in drafts.items():
            with _told_of(path):
                draft.replace(path)
    finally:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)


@contextlib.contextmanager
def _told_of(path: Path) -> Iterator[None]:
    """Say in a line what the system refuses of a path."""
    try:
        yield
    except OSError as error:
        raise unwritable(path, error) from error


def check_file(path: Path, *, replaceable: Callable[[bytes], bool] | None = None) -> None:
    """Raise ``StudyError`` unless a file can be written: asked before the work, not after it.

    Args:
        path: Where.
        replaceable: Whether a file that is there, by its content, may be replaced; any may when absent.
    """
    try:
        if path.is_dir() or not path.name:
            raise StudyError(f"{path}: expected a file to be written, found a folder; choose another --out")
        if replaceable is not None and path.exists() and not replaceable(path.read_bytes()):
            raise StudyError(f"{path}: there is another file already; choose another --out, or allow it with --replace")
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep_drafts(path.parent, of=path.name)
        probe = _draft(path)
        probe.touch()
        probe.unlink()
    except OSError as error:
        if isinstance(error, StudyError):
            raise
        raise StudyError(f"{str(path)[:200]}: cannot write there ({error.strerror or error})") from error


def _draft(path: Path) -> Path:
    return path.with_name(f"{DRAFT}{maker()}-{path.name}")


def printable(text: str) -> str:
    """A text of unknown origin as one line that no terminal takes for a command: what cannot be seen is written out."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def unwritable(path: Path, error: OSError) -> StudyError:
    """Say in a line why a path cannot be written, and that going on later is safe."""
    if error.errno in FULL:
        return FullDiskError(
            f"{path.parent}: the disk is full; what finished is kept: make room and give the command again"
        )
    return StudyError(f"{path.parent}: cannot write there ({error.strerror or error})")


def set_aside(path: Path) -> None:
    """Keep a damaged file for whoever wants to look at it, under a name that nothing reads."""
    path.replace(path.with_name(f"{path.name}.corrupt"))


def seal(data: bytes) -> str:
    """Hash of a content, as it stands in the name of its file."""
    return hashlib.sha256(data).hexdigest()[:HASH_DIGITS]


def sweep_drafts(folder: Path, of: str = "") -> None:
    """Remove what killed processes left half-written in a folder and below, or beside the file ``of`` alone."""
    for draft in folder.glob(f"{DRAFT}*-{glob.escape(of)}") if of else folder.rglob(f"{DRAFT}*"):
        with contextlib.suppress(OSError):  # another process was first, or it is not ours to remove
            if is_left(draft, draft.name.removeprefix(DRAFT)):
                draft.unlink()


def maker() -> str:
    """This process, as it stands in the names of what it is about to put in place."""
    return f"{socket.gethostname()}-{os.getpid()}"


def is_left(draft: Path, made_by: str) -> bool:
    """Whether nobody works on a draft any more: its process is gone, or the draft too old for any.

    Args:
        draft: File or folder.
        made_by: What ``maker`` said in the process that made it; more may follow after a dash.

    Raises:
        FileNotFoundError: It is gone already.
    """
    here, _, rest = made_by.partition(f"{socket.gethostname()}-")
    number = rest.split("-")[0]
    if not here and number.isascii() and number.isdecimal() and _is_gone(int(number)):
        return True
    return time.time() - draft.stat().st_mtime > (STALE_FOLDER_SECONDS if draft.is_dir() else STALE_SECONDS)


def _is_gone(process: int) -> bool:
    """Whether no process of this machine has a number; unknown, so no, on systems where to ask is to kill."""
    if os.name != "posix":
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False
