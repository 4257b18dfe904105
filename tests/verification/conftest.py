"""The fixture ``verify``: asserts a known answer, and writes the table of all of them to docs/verification.md.

``pytest tests/verification --write-docs`` rewrites the table; every other run only asserts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

DOCUMENT = Path(__file__).parents[2] / "docs" / "verification.md"

HEAD = """# Verification

Does the code do what the equations say? Each row is a case whose answer is known from outside the code: a closed form,
an enumeration, or a readable second implementation. Written by `pytest tests/verification --write-docs`; the numbers of
the equations are those of docs/odd.md. *Allowed* is the largest deviation with which the test passes, and *why* says
where that limit comes from: for a statistical test, its false-alarm rate.

Would these tests notice a rule that is broken? `make mutations` breaks the rules of the people one at a time, by
the list in tests/oracle/broken_rules.py, and prints which test failed; `make mutants` draws mutants of institutions.

| check | case | expected | measured | allowed | why | test |
|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    check: str
    case: str
    expected: float
    measured: float
    tolerance: float
    rule: str
    test: str

    def __str__(self) -> str:
        numbers = " | ".join(f"{x:.6g}" for x in (self.expected, self.measured, self.tolerance))
        return f"| {self.check} | {self.case} | {numbers} | {self.rule} | `{self.test}` |\n"


_ROWS = pytest.StashKey[list[Row]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-docs", action="store_true", help="rewrite docs/verification.md from the tests run")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_ROWS] = []


@pytest.fixture
def verify(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Assert ``abs(measured - expected) <= tolerance`` and note the case.

    Call as ``verify(check, case, expected, measured, tolerance, rule)``: the number of the check ("V4"), the case in
    words, two numbers, the largest deviation allowed, and where that limit comes from.
    """

    def note(check: str, case: str, expected: float, measured: float, tolerance: float, rule: str) -> None:
        test = f"{request.path.name}::{request.node.originalname}"
        row = Row(check, case, float(expected), float(measured), float(tolerance), rule, test)
        request.config.stash.setdefault(_ROWS, []).append(row)
        assert abs(row.measured - row.expected) <= row.tolerance, f"{check}, {case}: {row}"

    return note


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if session.config.getoption("--write-docs", default=False) and exitstatus == 0:
        rows = sorted(session.config.stash[_ROWS], key=lambda row: int(row.check.removeprefix("V")))
        _, heading, rest = DOCUMENT.read_text(encoding="utf-8").partition("\n## ")  # of `make ordeal`
        DOCUMENT.write_text(HEAD + "".join(map(str, rows)) + heading + rest, encoding="utf-8")
