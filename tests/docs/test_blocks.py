"""Whatever a document tells its reader to type works, typed in an empty folder in the order of the page."""

import re

import pytest

from tests.docs.blocks import ROOT, blocks, run, smaller

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
NOT_RUN = {"README.md": 1, "CONTRIBUTING.md": 1, "cluster.md": 4, "fitting.md": 1, "laboratory.md": 2, "review.md": 3}
"""How many blocks of a page are not run, each with its reason in the page: servers, clusters, hours."""
RUN = {
    "README.md": 5,
    "tutorial.md": 6,
    "how-to.md": 10,
    "exercises.md": 9,
    "new-case.md": 3,
    "laboratory.md": 1,
    "review.md": 5,
}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_blocks_are_run_or_say_why_not(page):
    found = [block for block in blocks(page) if block.language != "toml"]
    left_out = [block for block in found if "not run" in block.marks]
    assert len(left_out) == NOT_RUN.get(page.name, 0)
    assert len(found) - len(left_out) == RUN.get(page.name, 0)
    fences = re.findall(r"^```(?:sh|python)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(fences) == len(found), "a mark stands in the line above its block"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_stand_in_blocks_that_are_run(page):
    """An indented block would be run by nobody."""
    assert re.findall(r"\n\n {4}(?:\.venv/bin/)?(?:lawshock|dask|pip|make) .+", page.read_text(encoding="utf-8")) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.name in RUN and page.name != "review.md"], ids=lambda page: page.name
)
def test_what_a_page_says_to_type_works(page, tmp_path):
    for block in blocks(page):
        run(block, tmp_path)


def test_smaller_settings_go_to_the_commands_that_have_them():
    text = ".venv/bin/lawshock run x --users 5  # why\nlawshock check y\nls"
    assert smaller(text, "--users 3 --replicates 2 --no-rivals").splitlines() == [
        ".venv/bin/lawshock run x --users 5 --users 3 --replicates 2", "lawshock check y", "ls",
    ]  # fmt: skip


def test_a_command_that_fails_is_seen(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "<!-- run first: mkdir a -->\n```sh\ntest -d a\ntest -d b | cat\nlawshock rnu\n```\n", encoding="utf-8"
    )
    (block,) = blocks(page)
    with pytest.raises(AssertionError, match="line 2"):
        run(block, tmp_path)
