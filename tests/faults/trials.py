"""``make ordeal``: bad inputs, signals, damaged files and full disks at random, and how many of each were survived.

``make ordeal SEED=3 COUNT=600`` tries so many bad inputs, a tenth as many signals, a sixth as many damaged files and a
sixtieth as many full disks, prints tried and failed by class, and ends with 1 if any failed. The same seed tries the
same; only the instant at which a signal arrives depends on the machine. Several seeds go side by side, and
``FLAGS=--write`` puts what came of them into docs/verification.md.
"""

import argparse
import collections
import contextlib
import datetime as dt
import filecmp
import hashlib
import io
import itertools
import json
import math
import os
import random
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from types import MappingProxyType

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from sim.cli import main as lawshock
from sim.runs.once import run_once
from sim.scenario.errors import ScenarioError
from sim.scenario.fields import Leaf, leaves
from sim.scenario.files import folder as scenarios
from sim.scenario.files import load, vary
from tests.faults.bad_inputs import ROOT, Input, inputs
from tests.faults.long import LONG, words
from tests.faults.ordeal import hear_interrupts, small_disk

PATIENCE = 600
"""Seconds: the first run in a fresh checkout compiles, which takes minutes on a busy machine."""
LONGEST_LINE = 2000
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL)
LITTLE = ("--users", "200", "--set", "end=2020-07-05", "--workers", "1")
EARLIEST = 0.2
"""Share of a command's time from which on a signal is sent: the interpreter and its imports, which are not ours, need
as much."""


PROMISES: Mapping[str, str] = {
    "a signal": "each long command stops: a line, no process and no draft left behind",
    "damaged results": "a file that was changed is refused by the commands that read the folder",
    "damaged studies": "the same command mends the study, with the tables of one left in peace",
    "a full disk": "a line that says so; nothing half-written stands in place",
    "strangers' folders": "what a folder says of itself is data: refused in a line, nothing written elsewhere",
    "numbers at bounds": "what `check` calls good runs",
    "swapped runs": "kept runs under another's key or with another's content are made again",
    "environments": "the same tables whatever the environment says, or a line",
    "two writers": "of two commands with one `--out`, one has its results there and the other says so",
}
BAD_INPUT, REFUSED = "bad input", "refused in one line that names file, key and what was expected; nothing is left"
"""All other classes together, and what is promised of them."""
DOCUMENT = ROOT / "docs" / "verification.md"
HEADING = "## What is promised of bad input, damage and strangers"


@dataclass
class Tally:
    """What was tried and what failed, by class."""

    tried: collections.Counter[str] = field(default_factory=collections.Counter)
    failures: list[tuple[str, str]] = field(default_factory=list)

    def note(self, kind: str, why: str, what: str) -> None:
        """Count a trial; an empty ``why`` is a success."""
        self.tried[kind] += 1
        if why:
            self.failures.append((kind, f"{what}: {why}"))

    def lines(self) -> Iterator[str]:
        """The table, then each failure."""
        failed = collections.Counter(kind for kind, _ in self.failures)
        for kind, tried in [*self.tried.items(), ("all", self.tried.total())]:
            yield f"{kind:28} {tried:5} tried {failed[kind] if kind != 'all' else failed.total():5} failed"
        yield from (f"FAILED {kind}: {said}" for kind, said in self.failures)

    def table(self) -> Iterator[str]:
        """The table of promises as Markdown."""
        yield "| what is done | what is promised | tried | failed |"
        yield "|---|---|---|---|"
        rows = {**PROMISES, BAD_INPUT: REFUSED}
        failed = collections.Counter(kind if kind in rows else BAD_INPUT for kind, _ in self.failures)
        tried: collections.Counter[str] = collections.Counter()
        for kind, count in self.tried.items():
            tried[kind if kind in rows else BAD_INPUT] += count
        yield from (f"| {kind} | {promise} | {tried[kind]} | {failed[kind]} |" for kind, promise in rows.items())


def together(tallies: Iterable[Tally]) -> Tally:
    """What several seeds tried."""
    whole = Tally()
    for one in tallies:
        whole.tried += one.tried
        whole.failures += one.failures
    return whole


# Bad inputs


def call(args: tuple[str, ...], folder: Path, command: Callable[[], object] = lawshock) -> tuple[int | str, str]:
    """Give a command in this process, from a folder of its own; its exit code, or traceback, and standard error."""
    out, err = io.StringIO(), io.StringIO()
    before, argv, hook = Path.cwd(), sys.argv, sys.unraisablehook

    def cut_off(number: int, frame: object) -> None:
        raise TimeoutError(f"more than {PATIENCE} s")

    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGALRM)}
    signal.signal(signal.SIGALRM, cut_off)
    signal.alarm(PATIENCE)
    try:
        os.chdir(folder)
        sys.argv = ["lawshock", *args]
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            command()
        code: int | str = "no exit"
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    except BaseException:  # whatever comes out here is what a user would see as a traceback
        code = traceback.format_exc(limit=-3)
    finally:
        signal.alarm(0)
        os.chdir(before)
        sys.argv, sys.unraisablehook = argv, hook
        for number, handler in handlers.items():
            signal.signal(number, handler)
    return code, err.getvalue()


def fault(code: int | str, err: str, *, bad: bool) -> str:
    """Why the way in which a command ended is wrong; empty where it is right."""
    if isinstance(code, str):
        return code
    if code == 0:
        return "accepted" if bad else ""
    lines = [line for line in err.splitlines() if line.strip()]
    if code != 2:
        return f"exit code {code}: {err[-300:]}"
    if not lines or "Traceback" in err:
        return f"no line that says why: {err[-300:]!r}"
    if sum(line.startswith("lawshock: error: ") for line in lines) > 1:
        return f"more than one line: {err[-300:]!r}"
    last = lines[-1]
    if len(last) > LONGEST_LINE or not last.isprintable():
        return f"a line that no terminal should get: {last[:300]!r}"
    return ""


def try_inputs(tally: Tally, seed: int, count: int, home: Path) -> None:
    """Each bad input is refused in a line, and leaves nothing where it was given."""
    files, here = home / "files", home / "here"
    files.mkdir()
    for one in inputs(seed, count, files):
        here.mkdir()
        code, err = call(one.words, here)
        why = fault(code, err, bad=one.bad)
        if not why and code == 2 and (left := [path.name for path in here.rglob("*") if path.is_file()]):
            why = f"left {left[0]}"
        tally.note(one.kind, why, described(one))
        shutil.rmtree(here)


def described(one: Input) -> str:
    """An input in a line, as it could be given again."""
    return f"lawshock {shlex.join(one.words)} ({one.said})".encode("unicode_escape").decode()[:400]


# Signals


def try_signals(tally: Tally, rng: random.Random, count: int, home: Path) -> None:
    """Every long command in turn, ended by a signal at some instant of its life, leaves no process and no draft."""
    names = list(LONG)
    took: dict[str, float] = {}
    for number in range(count):
        name, sent = names[number % len(names)], rng.choice(SIGNALS)
        place = home / f"signal-{number}"
        place.mkdir()
        if name not in took:
            took[name] = in_peace(words(name, place, place), place)
            shutil.rmtree(place)
            place.mkdir()
        share = rng.uniform(EARLIEST, 1.0)
        after, began = share * took[name], time.monotonic()
        while (why := signalled(words(name, place, place), sent, after, place)) is None:  # it was over before
            took[name] = min(took[name], time.monotonic() - began)  # the machine was busier when it was measured
            shutil.rmtree(place)
            place.mkdir()
            after, began = min(0.8 * after, share * took[name]), time.monotonic()
        tally.note("a signal", why, f"{name}, {sent.name} after {after:.1f} of {took[name]:.1f} s")
        shutil.rmtree(place)


def in_peace(args: list[str], place: Path) -> float:
    """Seconds that a command takes with nothing sent to it."""
    start = time.monotonic()
    subprocess.run([sys.executable, "-m", "sim.cli", *args], cwd=place, capture_output=True, check=True)
    return time.monotonic() - start


def signalled(args: list[str], sent: signal.Signals, after: float, place: Path) -> str | None:
    """Start a command and send it a signal; say what is wrong with its end. None where it ended well before."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sim.cli", *args], cwd=place, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True, start_new_session=True, preexec_fn=hear_interrupts,
    )  # fmt: skip
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        children = psutil.Process(process.pid).children(recursive=True)
        if sent == signal.SIGINT:  # a terminal sends it to all
            os.killpg(process.pid, sent)
        else:
            process.send_signal(sent)
    else:
        _, err = process.communicate()
        return None if process.returncode == 0 else f"exit code {process.returncode} before any signal: {err[-300:]}"
    try:
        _, err = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        return f"still there after {PATIENCE} s: {process.communicate()[1][-300:]}"
    alive = psutil.wait_procs(children, timeout=PATIENCE)[1]
    if alive:
        return f"{len(alive)} processes live on"
    drafts = [path.name for path in place.rglob("*partial*")]
    return ended(process.returncode, err, sent) or (f"left {drafts[0]}" if drafts and sent != signal.SIGKILL else "")


def ended(code: int, err: str, sent: signal.Signals) -> str:
    """Why the exit code and last words after a signal are wrong; empty where they are right."""
    if "Traceback" in err:
        return f"a traceback: {err[-600:]}"
    # Started by ``-m`` and interrupted within an ``exec`` (of a dataclass, of numba), Python dies of the signal itself
    # once we have said our word: both are 130 to a shell.
    told = err.rstrip().endswith("lawshock: interrupted")
    right = {0, -sent, 128 + sent} if sent != signal.SIGINT else {0, 130, *([-sent] if told else [])}
    return "" if code in right else f"exit code {code}: {err[-300:]}"


# Damage


def damage(rng: random.Random, file: Path) -> str:
    """Change a file at random; say how."""
    data = bytearray(file.read_bytes())
    what = rng.choice(["flip a bit of", "cut", "empty", "remove", "lengthen"])
    if what == "flip a bit of" and data:
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    elif what == "cut" and data:
        del data[rng.randrange(len(data)) :]
    elif what == "lengthen":
        data += b"\n"
    else:
        data = bytearray()
    if what == "remove":
        file.unlink()
    else:
        file.write_bytes(bytes(data))
    return what


SWEEP = ("sweep", "hong-kong-2020", "--over", "population.gamma=0,3", "--replicates", "2", *LITTLE)


def made(args: tuple[str, ...], home: Path) -> Path:
    """A folder that a command fills."""
    code, err = call((*args, "--out", str(home / "whole")), home)
    assert code == 0, (code, err)
    return home / "whole"


def copies(whole: Path, count: int) -> Iterator[Path]:
    """Copies of a folder beside it, one at a time."""
    for _ in range(count):
        yield shutil.copytree(whole, whole.with_name("copy"))
        shutil.rmtree(whole.with_name("copy"))


def try_results(tally: Tally, rng: random.Random, count: int, home: Path) -> None:
    """No brief is written of results of which a file was changed; the manifest's own words are no evidence."""
    whole = made(("run", "hong-kong-2020", *LITTLE, "--replicates", "2"), home)
    for copy in copies(whole, count):
        file = rng.choice(sorted(path for path in copy.rglob("*") if path.is_file()))
        before = file.read_bytes()
        said = damage(rng, file)
        changed = not file.exists() or file.read_bytes() != before
        code, err = call(("brief", str(copy), "--out", "b.html"), home)
        why = fault(code, err, bad=changed and file.name != "manifest.json")
        tally.note("damaged results", why, f"{said} {file.relative_to(copy)}")
        (home / "b.html").unlink(missing_ok=True)


def try_studies(tally: Tally, rng: random.Random, count: int, home: Path) -> None:
    """A study of which a file was changed ends with the bytes of one left in peace, if need be when asked again."""
    whole = made(SWEEP, home)
    for copy in copies(whole, count):
        file = rng.choice(sorted(path for path in copy.rglob("*") if path.is_file()))
        said = damage(rng, file)
        code, err = call((*SWEEP, "--out", str(copy)), home)
        why = fault(code, err, bad=False)
        if not why and code == 2:
            code, err = call((*SWEEP, "--out", str(copy)), home)
            why = "" if code == 0 else f"not mended by the same command: {err[-300:]}"
        if not why and (other := unlike(whole / "results", copy / "results")):
            why = f"another {other}"
        tally.note("damaged studies", why, f"{said} {file.relative_to(copy)}")


def unlike(one: Path, other: Path) -> str:
    """Name of a file that two folders do not share byte by byte; empty where they are equal."""
    names = [
        sorted(path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file())
        for place in (one, other)
    ]
    if names[0] != names[1]:
        return sorted({*names[0]} ^ {*names[1]})[0]
    _, different, unread = filecmp.cmpfiles(one, other, names[0], shallow=False)
    return next(iter([*different, *unread]), "")


# Strangers


HOSTILE = (
    "../x", "/etc/passwd", 'a");system("touch x', "$(touch x)", "a\nb", "\x1b[2J", "\0", "x" * 5000, "", "é", -1, None,
)  # fmt: skip
READERS = ("brief", "reproduce", "export")
SAID: Mapping[str, tuple[str, ...]] = {
    "a name": READERS, "a list": READERS, "an option": ("reproduce",), "unlisted": ("brief",), "unpacks": ("brief",),
    "a value": (),
}  # fmt: skip
"""What a forger changes, and the commands that must refuse it; others may, or have no use for it."""
OPTIONS = ("--set baseline=/etc/passwd", "--set extends=x", "--out /x", "--draws /x", "x", "--users 1e9")


def odd(rng: random.Random, path: Path) -> str:
    """Put something that is no file to be read in the place of a file; say what."""
    path.unlink(missing_ok=True)
    kinds: dict[str, Callable[[], object]] = {
        "a pipe": lambda: os.mkfifo(path), "a folder": path.mkdir, "a loop of links": lambda: path.symlink_to(path),
        "a device": lambda: path.symlink_to("/dev/zero"), "no end": lambda: sparse(path),
        "depth": lambda: path.write_text("[" * 99_999), "a mark before": lambda: path.write_bytes(b"\xef\xbb\xbf"),
    }  # fmt: skip
    what = rng.choice(sorted(kinds))
    kinds[what]()
    return what


def sparse(path: Path) -> None:
    """A file of ten gigabytes that takes no room."""
    path.touch()
    os.truncate(path, 10 << 30)


def unpacks(path: Path) -> None:
    """A table of a few kilobytes that says a value a hundred million times."""
    table = pa.table({"seed": pa.DictionaryArray.from_arrays(pa.array(np.zeros(10**8, "int8")), pa.array(["x"]))})
    pq.write_table(table, path, compression="zstd")


def forge(folder: Path, rng: random.Random) -> str:
    """Change what a folder of results says of itself, hashes included; say how."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    name = rng.choice(sorted(manifest["files"]))
    what = rng.choice(sorted(SAID))
    if what == "a name":
        manifest["files"][str(rng.choice(HOSTILE))] = "0" * 64
    elif what == "a value":
        manifest[rng.choice(sorted(manifest))] = rng.choice(HOSTILE)
    elif what == "an option":
        manifest["command"] = f"{manifest['command']} {rng.choice(OPTIONS)}"
        manifest["command_digest"] = hashlib.sha256(manifest["command"].encode()).hexdigest()
    elif what == "a list":
        manifest["files"] = {}
    elif what == "unlisted":
        name = rng.choice(["scenario.toml", "tables/usage.parquet"])
        del manifest["files"][name]
    else:
        name = "tables/usage.parquet"
        unpacks(folder / name)
        manifest["files"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    path.write_text(json.dumps(manifest))
    return what


def try_strangers(tally: Tally, rng: random.Random, count: int, home: Path) -> None:
    """Whatever a folder of results or a case holds, each command refuses in a line and writes nowhere else."""
    whole, outside = made(RUN, home), home / "outside"
    outside.mkdir()
    for number in range(count):
        copy = home / "copy"
        if forged := bool(number % 2):
            shutil.copytree(whole, copy)
            said = forge(copy, rng)
            words = rng.choice([("brief", "--out", "b.html"), ("reproduce",), ("export", "--out", "e")])
        else:
            source = rng.choice([whole, *sorted((ROOT / "scenarios" / "cases").iterdir())])
            shutil.copytree(source, copy)
            said = odd(rng, file := rng.choice(sorted(path for path in copy.rglob("*") if path.is_file())))
            said += f" for {file.relative_to(copy)}"
            words = ("brief", "--out", "b.html") if source == whole else ("check",)
        code, err = call((words[0], str(copy), *words[1:]), outside)
        left = {path.name for path in outside.iterdir()} - ({words[-1]} if code == 0 else set())
        differs = (words[0], code) == ("reproduce", 1)  # it was made again, and what differs is told
        must_refuse = forged and words[0] in SAID[said] and not differs
        why = fault(0 if differs else code, err, bad=must_refuse) or (f"left {min(left)}" if left else "")
        tally.note("strangers' folders", why, f"{words[0]}: {said}")
        shutil.rmtree(copy)
        for path in outside.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def bounded(leaf: Leaf) -> bool:
    """Whether a number has bounds; the size of a run has others than those of its meaning."""
    size = leaf.key in ("population.users", "steps_per_day") or leaf.key.startswith("observed.")
    return not size and all(map(math.isfinite, leaf.bounds))


def try_bounds(tally: Tally, rng: random.Random, count: int, home: Path) -> None:
    """What ``check`` calls good, ``run`` runs: numbers at a bound of theirs, two at a time."""
    for _ in range(count):
        world = load(rng.choice([file.stem for file in scenarios().glob("*.toml")]))
        numbers = [leaf for leaf in leaves(world) if type(leaf.value) in (int, float) and bounded(leaf)]
        settings = [
            f"{leaf.key}={type(leaf.value)(leaf.bounds[rng.randrange(2)])!r}" for leaf in rng.sample(numbers, 2)
        ]
        why = ""
        try:
            run_once(vary(world, [*settings, "population.users=300", f"end={world.start + dt.timedelta(9)}"]), 1)
        except ScenarioError:
            continue  # refused, as it may be: another number forbids it
        except Exception:  # whatever falls in a run of a scenario that was called good
            why = traceback.format_exc(limit=-3)
        tally.note("numbers at bounds", why, " ".join(settings))


def try_swaps(tally: Tally, rng: random.Random, count: int, home: Path) -> None:
    """Of a study whose kept runs were swapped, by name or by content, the tables are those of one left in peace."""
    whole = made(SWEEP, home)
    for copy in copies(whole, count):
        one, other = rng.sample(sorted((copy / "runs").iterdir()), 2)
        held = one.read_bytes()
        if by_name := rng.random() < 0.5:  # each with its own seal, under the key of the other
            keys = [path.name.split(".")[0] for path in (one, other)]
            one.rename(home / "held")
            other.rename(other.with_name(other.name.replace(keys[1], keys[0])))
            (home / "held").rename(one.with_name(one.name.replace(keys[0], keys[1])))
        else:
            one.write_bytes(other.read_bytes())
            other.write_bytes(held)
        code, err = call((*SWEEP, "--out", str(copy)), home)
        why = fault(code, err, bad=False) or unlike(whole / "results", copy / "results")
        tally.note("swapped runs", why, "by name" if by_name else "by content")


SURROUNDINGS: Mapping[str, tuple[str, ...]] = {
    "MPLBACKEND": ("nonsense", "TkAgg", ""), "NUMBA_NUM_THREADS": ("0", "abc", "-3", "1"),
    "OMP_NUM_THREADS": ("x", "1"),
    "PYTHONOPTIMIZE": ("2",), "PYTHONHASHSEED": ("0", "7"), "TZ": ("Asia/Hong_Kong", "nonsense"), "COLUMNS": ("1", "x"),
    "LC_ALL": ("C", "tr_TR.UTF-8"), "HOME": ("/nonexistent", "/dev/null"), "TERM": ("dumb", ""), "NO_COLOR": ("1",),
    "NUMBA_DISABLE_JIT": ("0",), "PYTHONUTF8": ("0",), "PYTHONIOENCODING": ("ascii",), "MPLCONFIGDIR": ("/dev/null",),
}  # fmt: skip
RUN = ("run", "hong-kong-2020", *LITTLE, "--replicates", "1", "--best")


def start(words: tuple[str, ...], home: Path, env: Mapping[str, str] = MappingProxyType({})) -> "subprocess.Popen[str]":
    """A command in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "sim.cli", *words], cwd=home, env=os.environ | {"PYTHONPATH": str(ROOT)} | env,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def try_surroundings(tally: Tally, rng: random.Random, count: int, home: Path) -> None:
    """Whatever the environment says: the same tables, or a line."""
    process = start((*RUN, "--out", "peace"), home)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    for _ in range(count):
        env = {name: rng.choice(SURROUNDINGS[name]) for name in rng.sample(sorted(SURROUNDINGS), 3)}
        process = start((*RUN, "--out", "out"), home, env)
        _, err = process.communicate(timeout=PATIENCE)
        why = fault(process.returncode, err, bad=False)
        why = why or (unlike(home / "peace" / "tables", home / "out" / "tables") if process.returncode == 0 else "")
        tally.note("environments", why, str(env))
        shutil.rmtree(home / "out", ignore_errors=True)


def try_writers(tally: Tally, rng: random.Random, count: int, home: Path) -> None:
    """Of two commands with other settings and one ``--out`` at once, one has its results there, the other says so."""
    for _ in range(count):
        seeds = rng.sample(range(100), 2)
        pair = [start((*RUN, "--seed", str(seed), "--out", "out", "--runs", f"runs-{seed}"), home) for seed in seeds]
        ends = [(one.communicate(timeout=PATIENCE)[1], one.returncode) for one in pair]
        codes = sorted(code for _, code in ends)
        why = next((found for err, code in ends if (found := fault(code, err, bad=False))), "")
        there = json.loads((home / "out" / "manifest.json").read_text())["seeds"] if 0 in codes else []
        if not why and (codes != [0, 2] or there != [seeds[[code for _, code in ends].index(0)]]):
            why = f"exit codes {codes}, results of seed {there}"
        tally.note("two writers", why, f"seeds {seeds}")
        shutil.rmtree(home)
        home.mkdir()


# Full disks


def try_disks(tally: Tally, rng: random.Random, count: int, home: Path) -> None:
    """A command that finds its disk full says so and puts nothing half-written in place."""
    names = list(LONG)
    for number in range(count):
        name, size = names[number % len(names)], rng.randrange(8, 400) << 10
        try:
            with small_disk(size) as disk:
                done = subprocess.run(
                    [sys.executable, "-m", "sim.cli", *words(name, disk, home)], cwd=home, capture_output=True,
                    text=True, check=False, timeout=3 * PATIENCE,
                )  # fmt: skip
                why = full(done, [path.name for path in disk.rglob("*partial*")])
                tally.note("a full disk", why, f"{name} on {size >> 10} KiB")
        except OSError as error:
            print(f"no full disks: {error}", file=sys.stderr)
            return


def full(done: subprocess.CompletedProcess[str], drafts: list[str]) -> str:
    """Why the end of a command on a small disk is wrong; empty where it is right."""
    if "Traceback" in done.stderr:
        return f"a traceback: {done.stderr[-600:]}"
    if done.returncode not in (0, 1, 2) or (done.returncode and not re.search("disk is full", done.stderr)):
        return f"exit code {done.returncode}: {done.stderr[-300:]}"
    return f"left {drafts[0]}" if drafts else ""


def ordeal(seed: int, count: int) -> Tally:
    """Try everything."""
    tally, rng = Tally(), random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for try_some, some in (
            (try_signals, count // 10), (try_results, count // 9), (try_studies, count // 18), (try_disks, count // 60),
            (try_strangers, count // 6), (try_bounds, count // 6), (try_swaps, count // 36),
            (try_surroundings, count // 60), (try_writers, count // 120),
        ):  # fmt: skip
            place = home / try_some.__name__
            place.mkdir()
            try_some(tally, rng, some, place)
            print(*tally.lines(), sep="\n", file=sys.stderr, flush=True)
        place = home / "inputs"
        place.mkdir()
        try_inputs(tally, seed, count, place)
    return tally


def write(tally: Tally, command: str) -> None:
    """Put the table in the place of the one before."""
    before = DOCUMENT.read_text(encoding="utf-8").partition(f"\n{HEADING}")[0]
    told = f"Tried at random by `{command}`, which also says what failed."
    DOCUMENT.write_text("\n".join([before, HEADING, "", told, "", *tally.table(), ""]), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, nargs="+", default=[1])
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    start = time.monotonic()
    with ProcessPoolExecutor(len(given.seed), get_context("spawn")) as pool:
        tally = together(pool.map(ordeal, given.seed, itertools.repeat(given.count)))
    seeds = " ".join(map(str, given.seed))
    print(*tally.lines(), f"seed {seeds}, {time.monotonic() - start:.0f} seconds", sep="\n")
    if given.write:
        write(tally, f"make ordeal SEED='{seeds}' COUNT={given.count} FLAGS=--write")
    sys.exit(bool(tally.failures))


if __name__ == "__main__":
    main()
