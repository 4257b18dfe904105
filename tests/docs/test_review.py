"""The hour of review gives what it says: quick checks are run, and what they print is compared with the page."""

import re
import shutil
import subprocess
import sys

import pytest

from tests.docs.blocks import ROOT, Block, blocks, run

PAGE = ROOT / "docs" / "review.md"
TEXT = PAGE.read_text(encoding="utf-8")
QUICK = [block for block in blocks(PAGE) if "not run" not in block.marks]


def expected(block: Block) -> list[str]:
    """Patterns of the lines that the page says a block prints."""
    after = "\n".join(TEXT.splitlines()[block.line :])
    found = re.search(r"^```text\n(.*?)^```$", after, re.MULTILINE | re.DOTALL)
    return [re.escape(line).replace("…", ".*") for line in found[1].splitlines()]


def missing(block: Block, said: str) -> list[str]:
    return [line for line in expected(block) if not re.search(f"^{line}$", said, re.MULTILINE)]


def test_there_are_eight_checks_with_minutes_that_fit_an_hour():
    minutes = re.findall(r"^## (\d)\. .+ \((\d+) minutes?\)$", TEXT, re.MULTILINE)
    assert [int(number) for number, _ in minutes] == list(range(1, 9))
    assert sum(int(one) for _, one in minutes) < 60
    assert len(blocks(PAGE)) == 8


@pytest.mark.slow
@pytest.mark.parametrize("block", QUICK, ids=lambda block: f"line {block.line}")
def test_a_check_prints_what_the_page_says(block, tmp_path):
    assert missing(block, run(block, tmp_path)) == []


@pytest.mark.slow
def test_a_broken_rule_is_noticed(tmp_path):
    (block,) = [block for block in blocks(PAGE) if "sed -i" in block.text]
    for name in ("sim", "tests", "scenarios", "docs"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "front"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    before = (tmp_path / "sim/actors/regulator.py").read_bytes()
    made = subprocess.run(
        ["sh", "-c", block.text.replace(".venv/bin/pytest", ".venv/bin/python -m pytest")],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert missing(block, made.stdout) == [], made.stdout + made.stderr
    assert (tmp_path / "sim/actors/regulator.py").read_bytes() == before
    assert before == (ROOT / "sim/actors/regulator.py").read_bytes()


def test_a_line_that_is_not_printed_is_seen():
    (block,) = [block for block in QUICK if "describe" in block.text]
    assert len(missing(block, "179 of 272 numbers rest on assumption.")) == 1
