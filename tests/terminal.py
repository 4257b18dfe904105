"""The command as its users type it, and what they see; lived in this process, as starting one takes a second."""

import contextlib
import io
import os
import signal
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

from sim.cli import main

HANDLED = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


def lawshock(*args: object, cwd: str | os.PathLike[str] | None = None) -> SimpleNamespace:
    """Run a command: exit code, standard output and standard error. What the code did not foresee is a traceback."""
    streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2)]
    with _as_a_process(["lawshock", *map(str, args)], Path(cwd or "."), *streams):
        try:
            code = main()
        except SystemExit as left:
            code = left.code
        except Exception:
            traceback.print_exc()
            code = 1
    told = [stream.buffer.getvalue().decode(errors="replace") for stream in streams]
    return SimpleNamespace(returncode=code or 0, stdout=told[0], stderr=told[1])


@contextlib.contextmanager
def _as_a_process(argv: list[str], folder: Path, out: io.TextIOWrapper, error: io.TextIOWrapper) -> Iterator[None]:
    """Lend words, folder and streams to the command, and take back what it changes of the process."""
    ours, handlers, hook = sys.argv, {number: signal.getsignal(number) for number in HANDLED}, sys.unraisablehook
    with contextlib.chdir(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
        sys.argv = argv
        try:
            yield
        finally:
            sys.argv, sys.unraisablehook = ours, hook
            for number, handler in handlers.items():
                signal.signal(number, handler)


def refused(*args: object, cwd: str | os.PathLike[str] | None = None) -> str:
    """Run a command that must fail; give its one line."""
    result = lawshock(*args, cwd=cwd)
    lines = result.stderr.strip().splitlines()
    assert result.returncode == 2, result.stderr
    assert "Traceback" not in result.stderr
    assert len(lines) == 1, result.stderr
    return str(lines[0])
