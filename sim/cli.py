"""The command ``lawshock``. Commands are imported when they are called, so that help answers at once."""

from __future__ import annotations

import _thread
import contextlib
import errno
import importlib
import io
import os
import signal
import sys
import threading
from collections.abc import Mapping
from functools import partial
from typing import Any, NoReturn

import click

GROUPS = {
    "Ask": {
        "run": ("sim.command.run", "Run a scenario and write tables, summary and figures."),
        "ask": ("sim.command.compare", "Ask what an act would change, and get the answer as a page."),
        "compare": ("sim.command.compare", "Compare scenarios in pairs of runs with the same luck."),
        "explore": ("sim.command.explore", "Open the laboratory in a browser, or write it as one HTML file."),
        "brief": ("sim.command.brief", "Write a brief of results, for readers of policy, as one HTML file."),
    },
    "Look": {
        "describe": ("sim.command.look", "Say what there is: scenarios, facts, and every number of a world."),
        "check": ("sim.command.look", "Check a scenario file, or a case, without running it."),
        "runs": ("sim.command.runs", "List kept runs and the commands that made them, or tell of one study."),
    },
    "Study": {
        "sweep": ("sim.command.sweep", "Vary parameters, and compare with the scenario unchanged."),
        "sensitivity": ("sim.command.sensitivity", "Find which parameters matter, or where an event happens."),
        "knockout": ("sim.command.knockout", "Take one rule or channel out of a scenario at a time."),
        "scale": ("sim.command.scale", "Show from which population size on a claim holds."),
        "decide": ("sim.command.decide", "Weigh levers that protect rights: what does best, where it fails."),
        "claims": ("sim.command.claims", "Say how sure each claim is, and what would turn it."),
    },
    "Evidence": {
        "validate": ("sim.command.validate", "Score cases, or register and score forecasts of open ones."),
        "calibrate": ("sim.command.calibrate", "Infer parameters from observed patterns, and store draws."),
        "reproduce": ("sim.command.reproduce", "Make results again, and say where they differ."),
        "export": ("sim.command.export", "Write results for other tools: a workbook and an RO-Crate."),
    },
}
"""Commands by what they are for: each with its module, and the line that help prints."""
COMMANDS = {name: one for group in GROUPS.values() for name, one in group.items()}
RENAMED = {
    "scenarios": "describe",
    "sources": "describe SCENARIO, and for shares of variance lawshock sensitivity SCENARIO --method status",
    "facts": "describe --facts WORDS",
    "discover": "sensitivity SCENARIO --event EVENT",
    "export-lab": "explore --export FILE",
    "register": "validate --register CASE, or --score FOLDER",
    "study": "runs FOLDER",
    "work": "sweep --scheduler ADDRESS",
}
"""What commands of before are called now."""

USAGE_ERROR, MACHINE_FAULT, OUR_FAULT, INTERRUPTED = 2, 1, 70, 130
TRACE = "LAWSHOCK_TRACE"
SEE_WHERE = f"please report it, with what {TRACE}=1 lawshock … prints"
LONGEST_WORD = 160
"""Characters of a word in an error; what was typed may be a book."""
THREADS = "NUMBA_NUM_THREADS"
AGAIN_SECONDS = 0.05
LESS = "give the command again with fewer --users or --workers"

EXTRAS = {
    **dict.fromkeys(("SALib", "ema_workbench", "dask", "distributed"), "study"),
    **dict.fromkeys(("numpyro", "jax", "arviz_stats", "scoringrules"), "infer"),
    **dict.fromkeys(("starlette", "uvicorn"), "explore"),
    **dict.fromkeys(("xlsxwriter", "rocrate"), "export"),
}
"""Packages that a bare installation lacks, and the extra that brings them."""


class LazyGroup(click.Group):
    """A group that imports a command's module only when that command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of ``GROUPS``, from the first that a user needs on."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command called ``name``, or nothing."""
        del ctx
        if name not in COMMANDS:
            return None
        module, _ = COMMANDS[name]
        found = getattr(importlib.import_module(module), name)
        if not isinstance(found, click.Command):
            from sim.command.question import command_of

            return command_of(found)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which is nearest to what was typed."""
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            raise click.UsageError(_instead(args[0]))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands group by group with their lines, importing none of them."""
        del ctx
        for group, commands in GROUPS.items():
            with formatter.section(group):
                formatter.write_dl([(f"{name:<11}", line) for name, (_, line) in commands.items()])


def _instead(word: str) -> str:
    """What to type in place of a word that is no command."""
    from sim.scenario.words import did_you_mean

    if word in RENAMED:
        return f"{word} is now: lawshock {RENAMED[word]}"
    nearest = did_you_mean(word, COMMANDS, alike=0.4) or f"expected one of {', '.join(COMMANDS)}"
    return f"no command {word!r}; {nearest}"


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(package_name="lawshock")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """A laboratory for the interplay of platforms and governments: what companies, regulators, ISPs and users do after
    a law.

    Start with:  lawshock run hong-kong-2020
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def main() -> None:
    """Run the command; what the user can mend is one line on standard error and exit code 2, never a traceback."""
    _heed_signals()
    os.environ["MPLBACKEND"] = "agg"  # pictures are files; another backend, or one that is none, would be asked for
    threads = os.environ.get(THREADS, "1")
    if not (threads.isascii() and threads.isdigit() and int(threads) > 0):
        _fail(f"{THREADS}: expected a whole number above 0, found {threads!r}; unset it, or choose --workers")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without a dash or a gamma shows a question mark
    try:
        code = cli.main(prog_name="lawshock", standalone_mode=False) or 0
        if sys.stdout is not None:
            sys.stdout.flush()
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # all is done: an interrupt while leaving would call it undone
    except click.exceptions.Abort:
        _end("lawshock: interrupted", INTERRUPTED)
    except click.ClickException as error:
        _fail(f"{error.format_message()}{_where_to_look(error)}")
    except Exception as error:
        line = _told(error)
        if line is None and os.environ.get(TRACE):
            raise
        _fail(*(line or (f"a fault of lawshock itself, {type(error).__name__}: {error}; {SEE_WHERE}", OUR_FAULT)))
    sys.exit(code)


def _heed_signals() -> None:
    """Leave in good order when told to end, and take the workers along: drafts and private folders go, too."""

    def leave(number: int, frame: object) -> None:
        del frame
        import multiprocessing

        signal.signal(number, signal.SIG_IGN)
        for child in multiprocessing.active_children():
            child.terminate()
        raise SystemExit(128 + number)

    heeded: dict[int, Any] = {signal.SIGINT: signal.getsignal(signal.SIGINT)}
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:  # nohup ignores, and means it
            signal.signal(number, leave)
            heeded[number] = leave
    _send_again_what_is_dropped(heeded)


def _send_again_what_is_dropped(heeded: Mapping[int, Any]) -> None:
    """Let a signal come again a moment later where Python would print and drop what its handler raised.

    It does so where the signal falls into a finaliser or the callback of a weak reference; the command then went on to
    its end, and was deaf to further signals.
    """
    usual = sys.unraisablehook

    def again(lost: sys.UnraisableHookArgs) -> None:
        number = signal.SIGINT if isinstance(lost.exc_value, KeyboardInterrupt) else 0
        if isinstance(lost.exc_value, SystemExit) and isinstance(lost.exc_value.code, int):
            number = lost.exc_value.code - 128
        if number not in heeded:
            usual(lost)
            return
        signal.signal(number, heeded[number])
        main_thread = threading.main_thread().ident or 0
        send = partial(signal.pthread_kill, main_thread) if hasattr(signal, "pthread_kill") else _thread.interrupt_main
        timer = threading.Timer(AGAIN_SECONDS, send, [number])
        timer.daemon = True
        timer.start()

    sys.unraisablehook = again


def _told(error: Exception) -> tuple[str, int] | None:
    """The line and the exit code for an error that is no fault of the code; nothing for one that is."""
    if isinstance(error, OSError | ValueError) and getattr(error, "for_users", False):
        return str(error), getattr(error, "exit_code", USAGE_ERROR)
    if isinstance(error, MemoryError) or "can't start new thread" in str(error):
        return f"out of memory; {LESS}", MACHINE_FAULT
    if type(error).__name__ == "BrokenProcessPool":
        return f"a worker process died, perhaps out of memory; {LESS}", MACHINE_FAULT
    if isinstance(error, ModuleNotFoundError) and (extra := EXTRAS.get(str(error.name).split(".")[0])):
        return f"{error.name} is missing: pip install 'lawshock[{extra}]'", USAGE_ERROR
    return _told_of_system(error) if isinstance(error, OSError) else None


def _told_of_system(error: OSError) -> tuple[str, int] | None:
    """What the system refused, and whether it is at fault."""
    try:
        os.getcwd()
    except OSError:
        return "the folder in which you are is gone; change to another", USAGE_ERROR
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "the disk is full, and nothing was put in place; make room and give the command again", MACHINE_FAULT
    if error.errno is None:
        return None
    about = f"{os.fsdecode(error.filename)[:200]}: " if isinstance(error.filename, str | bytes) else ""
    return f"{about}{error.strerror}", MACHINE_FAULT if error.errno in (errno.EIO, errno.EPIPE) else USAGE_ERROR


def _fail(line: str, code: int = USAGE_ERROR) -> NoReturn:
    from sim.runs.files import printable

    words = (word if len(word) <= LONGEST_WORD else f"{word[: LONGEST_WORD // 2]}…" for word in line.split())
    _end(f"lawshock: error: {printable(' '.join(words))}", code)


def _end(line: str, code: int) -> NoReturn:
    """Say the last line and leave; what standard output could not take is dropped, or leaving would fail on it, too."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        try:
            sys.stdout.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    with contextlib.suppress(OSError):
        click.echo(line, err=True)
    sys.exit(code)


def _where_to_look(error: click.ClickException) -> str:
    context = error.ctx if isinstance(error, click.UsageError) else None
    return f" (see {context.command_path} --help)" if context and context.parent else ""


if __name__ == "__main__":
    main()
