"""The documents become a site without a warning, and the pages made from the code are complete."""

import html
import re
import subprocess
import sys
from pathlib import Path

import pytest

import sim
from sim.cli import COMMANDS
from sim.results.folder import AROUND
from sim.scenario.acts import KINDS
from sim.scenario.schema import Scenario
from sim.tables import CODEBOOK

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
def test_every_command_is_there_with_its_example(site):
    text = text_of(site / "commands.html")
    assert text.count("Example:  lawshock") == len(COMMANDS)
    assert all(f"Usage: lawshock {name}" in text for name in COMMANDS)


@pytest.mark.slow
def test_every_parameter_is_there_with_its_meaning_and_every_kind_of_act_leads_to_its_fields(site):
    page = (site / "parameters.html").read_text(encoding="utf-8")
    text, schema = text_of(site / "parameters.html"), Scenario.model_json_schema()
    for part in (schema, *schema["$defs"].values()):
        for key, field in part.get("properties", {}).items():
            told = (key, field.get("description", ""), field.get("const", ""))  # the last is the kind of an act
            assert [one for one in told if one not in text] == []
    for kind, act in KINDS.items():
        target = re.search(rf'href="#([\w-]+)"[^>]*>(?:<[^>]+>)*{kind}<', page)
        assert target, kind
        section = page[page.index(f'id="{target[1]}"') :]
        assert re.search(r"<h2>([^<]+)", section)[1] == act.__name__


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


@pytest.mark.slow
def test_every_column_is_there_with_its_unit_and_meaning(site):
    text = text_of(site / "codebook.html")
    told = [(name, column.meaning) for columns in CODEBOOK.values() for name, column in columns.items() if column.unit]
    assert len(told) == sum(map(len, CODEBOOK.values()))
    told += [(name, meaning) for _, name, _, _, meaning in AROUND]
    assert [one for pair in told for one in pair if one not in text] == []
