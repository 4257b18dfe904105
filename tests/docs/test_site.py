"""The documents become a site without a warning, with the Python names and a search."""

import html
import re
import subprocess
import sys
from pathlib import Path

import pytest

import sim

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "--fail-on-warning", "--keep-going", "--quiet", str(DOCS), str(folder)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return folder


def text_of(page: Path) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", page.read_text(encoding="utf-8")))


@pytest.mark.slow
def test_every_document_is_a_page_that_asks_nothing_of_a_network(site):
    for document in DOCS.glob("*.md"):
        assert (site / f"{document.stem}.html").is_file()
    outside = re.compile(r'<(?:script|link|img)[^>]+(?:src|href)="(https?:[^"]+)"')
    assert [found for page in site.glob("*.html") for found in outside.findall(page.read_text(encoding="utf-8"))] == []


@pytest.mark.slow
def test_every_public_name_is_there_with_what_it_takes_gives_and_refuses(site):
    text = " ".join(text_of(site / "api.html").split())
    for name in sim.__all__:
        assert re.search(rf"\bsim\.{name}\b", text), name
    for function in (sim.load, sim.run, sim.compare):
        assert "Args:" in function.__doc__
        assert "Raises:" in function.__doc__
    for told in (sim.load, sim.run, sim.compare, sim.Model, sim.Run, sim.Study, sim.Scenario):
        assert told.__doc__.splitlines()[0].replace("``", "") in text, told


@pytest.mark.slow
def test_words_are_found_without_a_network(site):
    """The search of the site reads an index beside it."""
    index = (site / "searchindex.js").read_text(encoding="utf-8")
    assert [word for word in ("gamma", "telegram", "codebook") if word not in index] == []
    scripts = re.findall(r'<script[^>]+src="([^"?]+)', (site / "search.html").read_text(encoding="utf-8"))
    assert scripts
    assert [name for name in scripts if not (site / name).is_file()] == []
