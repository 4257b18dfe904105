"""Does the twin hold every rule of the people? Break one rule at a time, and see which test fails.

``python -m tests.oracle.mutations [PART OF A NAME]`` makes each change of broken_rules.py, alone, in a copy of the tree
under build/mutations, runs the tests that can reach it, and prints what caught it, or that it survived. People run as
plain Python there (interpreted.py), as each change would have to be compiled anew. The tests/mutants.py draws changes
of the institutions by lot; these are chosen by hand, one or more for each rule of the second form of the people.
"""

import importlib
import os
import shutil
import signal
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.oracle.broken_rules import MUTATIONS, Mutation

ROOT = Path(__file__).parents[2]
TREE = ROOT / "build" / "mutations"
ROOM = Path("sim") / "population"
COPIED = ("sim", "tests", "pyproject.toml")
INSIDE = "--inside"
"""Says that the working directory is the copy."""
WARM = ("numba", "mesa", "numpy.testing", "pydantic", "scipy.optimize", "scipy.special", "scipy.stats")
"""Libraries to load before the first fork."""
SECONDS = 600
"""Of the processor: a change whose tests take longer runs in circles, and counts as caught."""


def source(module: str) -> Path:
    """File of a module of the people."""
    return ROOT / ROOM / f"{module}.py"


def mutated(mutation: Mutation) -> str:
    """Text of the module with the rule broken."""
    return source(mutation.module).read_text(encoding="utf-8").replace(mutation.before, mutation.after)


def line(mutation: Mutation) -> int:
    """Line of the module in which the rule stands."""
    return source(mutation.module).read_text(encoding="utf-8").partition(mutation.before)[0].count("\n") + 1


class FirstFailure:
    """A pytest plugin that tells which test failed."""

    def __init__(self, told: int) -> None:
        self.told = told

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Into the pipe, once a part of a test has failed."""
        if report.failed:
            os.write(self.told, report.nodeid.encode() + b"\n")


def first_failure(tests: Sequence[str]) -> str:
    """The first of these tests that fails, or nothing, in a fork of this process on the code as it stands."""
    reads, writes = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # no thread of ours is at work, though libraries keep some
        child = os.fork()
    if child == 0:
        signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
        sys.dont_write_bytecode = True
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        plain = ("-p", "tests.oracle.interpreted", "-W", "ignore", "-p", "no:xdist", "-p", "no:cacheprovider")
        os._exit(pytest.main(["-x", "-q", *plain, *tests], plugins=[FirstFailure(writes)]))
    os.close(writes)
    with os.fdopen(reads, encoding="utf-8") as told:
        failed = told.readline().strip()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code == -signal.SIGVTALRM:
        return f"{SECONDS} seconds"
    if code and not failed:
        raise SystemExit(f"pytest ended with {code}, and no test had failed: {' '.join(tests)}")
    return failed


def prepare() -> None:
    """A fresh copy of the tree."""
    shutil.rmtree(TREE, ignore_errors=True)
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, TREE / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(ROOT / name, TREE / name)


def main(part: str) -> int:
    """Try every mutation whose module or rule contains ``part``; 0 if all were caught by tests that else pass."""
    for library in WARM:
        importlib.import_module(library)
    chosen = [mutation for mutation in MUTATIONS if part in f"{mutation.module}: {mutation.rule}"]
    caught, catchers = 0, set()
    for mutation in chosen:
        file = source(mutation.module)
        where, sound, broken = f"{mutation.module}.py:{line(mutation)}", file.read_text("utf-8"), mutated(mutation)
        file.write_text(broken, encoding="utf-8")
        failed = first_failure(mutation.tests)
        file.write_text(sound, encoding="utf-8")
        caught += bool(failed)
        if "::" in failed:
            catchers.add(failed)
        print(f"{where}: {mutation.rule}: {f'caught by {failed}' if failed else 'SURVIVED'}", flush=True)
    if catchers and (wrong := first_failure(sorted(catchers))):
        raise SystemExit(f"{wrong} fails without any mutation")
    print(f"{caught} of {len(chosen)} caught, by tests that pass without")
    return 0 if caught == len(chosen) else 1


if __name__ == "__main__":
    asked = sys.argv[1:]
    if INSIDE not in asked:
        prepare()
        os.chdir(TREE)
        os.execv(sys.executable, [sys.executable, "-m", "tests.oracle.mutations", INSIDE, *asked])
    raise SystemExit(main(" ".join(asked[1:])))
