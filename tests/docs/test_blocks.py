"""Whatever a document tells its reader to type works, typed in an empty folder in the order of the page."""

import re
import shutil
import subprocess
import sys

import pytest

from tests.docs.blocks import ROOT, Block, blocks, run, smaller

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
NOT_RUN = {"README.md": 1, "CONTRIBUTING.md": 1, "cluster.md": 3, "fitting.md": 1, "laboratory.md": 2, "review.md": 3}
"""How many blocks of a page are not run, each with its reason in the page: servers, clusters, hours."""
RUN = {
    "README.md": 5,
    "tutorial.md": 6,
    "how-to.md": 12,
    "exercises.md": 9,
    "new-case.md": 3,
    "laboratory.md": 1,
    "review.md": 5,
}

ELSEWHERE = ("exercises.md", "review.md")
"""Run with what they print: test_exercises.py, and below."""


def test_blocks_are_run_or_say_why_not():
    for page in PAGES:
        found = [block for block in blocks(page) if block.language != "toml"]
        left_out = sum("not run" in block.marks for block in found)
        assert (left_out, len(found) - left_out) == (NOT_RUN.get(page.name, 0), RUN.get(page.name, 0)), page.name
        fences = re.findall(r"^```(?:sh|python)$", page.read_text(encoding="utf-8"), re.MULTILINE)
        assert len(fences) == len(found), f"{page.name}: a mark stands in the line above its block"


@pytest.mark.slow
@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.name in RUN and page.name not in ELSEWHERE], ids=lambda page: page.name
)
def test_what_a_page_says_to_type_works(page, tmp_path):
    for block in blocks(page):
        run(block, tmp_path)


def test_smaller_settings_go_to_the_commands_that_have_them():
    text = ".venv/bin/lawshock run x --users 5  # why\nlawshock check y\nls"
    assert smaller(text, "--users 3 --replicates 2 --no-rivals").splitlines() == [
        ".venv/bin/lawshock run x --users 5 --users 3 --replicates 2", "lawshock check y", "ls",
    ]  # fmt: skip


def test_python_of_a_page_is_a_saved_script_for_each_way_to_start_processes(tmp_path):
    page = tmp_path / "page.md"
    text = "import multiprocessing\nprint(__file__, multiprocessing.get_start_method())\n"
    page.write_text(f"```python\n{text}```\n", encoding="utf-8")
    (block,) = blocks(page)
    said = run(block, tmp_path).splitlines()
    assert [line.split()[1] for line in said] == ["spawn", "forkserver"]
    assert all((tmp_path / line.split()[0]).is_file() for line in said)


def test_a_command_that_fails_is_seen(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "<!-- run first: mkdir a -->\n```sh\ntest -d a\ntest -d b | cat\nlawshock rnu\n```\n", encoding="utf-8"
    )
    (block,) = blocks(page)
    with pytest.raises(AssertionError, match="line 2"):
        run(block, tmp_path)


# The hour of review: quick checks are run, and what they print is compared with the page

REVIEW = ROOT / "docs" / "review.md"
TEXT = REVIEW.read_text(encoding="utf-8")
QUICK = [block for block in blocks(REVIEW) if "not run" not in block.marks]


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
    assert len(blocks(REVIEW)) == 8


@pytest.mark.slow
@pytest.mark.parametrize("block", QUICK, ids=lambda block: f"line {block.line}")
def test_a_check_prints_what_the_page_says(block, tmp_path):
    assert missing(block, run(block, tmp_path)) == []


@pytest.mark.slow
def test_a_broken_rule_is_noticed(tmp_path):
    (block,) = [block for block in blocks(REVIEW) if "sed -i" in block.text]
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
