"""What archives and journals read of the project agrees with itself and with the code."""

import hashlib
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from sim.analyses.reproduce import ManifestCommand
from sim.results.export import RELEASED
from sim.runs.once import MODEL_VERSION

ROOT = Path(__file__).parent.parent
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
CODEMETA = json.loads((ROOT / "codemeta.json").read_text(encoding="utf-8"))
CHECKED = yaml.safe_load((ROOT / "codecheck.yml").read_text(encoding="utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
FOLDERS = [file.parent for file in sorted((ROOT / "results").rglob("manifest.json")) if "local" not in file.parts]


def test_the_version_stands_in_one_place():
    assert "version" in PROJECT["project"]["dynamic"]
    source = PROJECT["tool"]["hatch"]["version"]
    text = (ROOT / source["path"]).read_text(encoding="utf-8")
    assert re.findall(source["pattern"], text) == [MODEL_VERSION]
    assert CITATION["version"] == CODEMETA["version"] == MODEL_VERSION


def test_codemeta_agrees_with_citation_and_project():
    assert CODEMETA["name"] == PROJECT["project"]["name"]
    assert CODEMETA["description"] == PROJECT["project"]["description"]
    assert CODEMETA["keywords"] == CITATION["keywords"]
    assert CODEMETA["license"].endswith(f"/{CITATION['license']}")
    assert PROJECT["project"]["license"] == CITATION["license"]
    assert [author["name"] for author in CODEMETA["author"]] == [author["name"] for author in CITATION["authors"]]
    assert CODEMETA["programmingLanguage"]["version"] == PROJECT["project"]["requires-python"]
    for key in ("softwareHelp", "readme", "releaseNotes"):
        assert (ROOT / CODEMETA[key]).is_file(), key


def test_codecheck_names_what_can_be_made_again():
    assert CHECKED["version"] == "https://codecheck.org.uk/spec/config/2.0/"
    assert CHECKED["paper"]["title"] == CITATION["title"]
    for entry in CHECKED["manifest"]:
        folder = next(one for one in FOLDERS if (ROOT / entry["file"]).is_relative_to(one))
        manifest = json.loads((folder / "manifest.json").read_bytes())
        ManifestCommand.parse(manifest["command"])
        assert manifest["model_version"] == MODEL_VERSION, f"{folder}: make it again, or take it out of codecheck.yml"
        assert entry["comment"].endswith(f": {manifest['command']}")
        name = (ROOT / entry["file"]).relative_to(folder).as_posix()
        assert hashlib.sha256((ROOT / entry["file"]).read_bytes()).hexdigest() == manifest["files"][name]


@pytest.mark.ordeal
def test_the_reference_is_made_again_byte_by_byte():
    """A minute: the first that codecheck names. `make reproduce` makes all of them."""
    command = [sys.executable, "-m", "sim.cli", "reproduce", "--yes", "results/hong-kong-2020"]
    made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stdout


def test_codecheck_names_every_figure_and_table_of_the_documents():
    """Those of folders that cannot be made again are named in its comment."""
    text = (ROOT / "codecheck.yml").read_text(encoding="utf-8")
    for document in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for link in re.findall(r"\]\([./]*(results/[^)#]+)\)", document.read_text(encoding="utf-8")):
            if link.endswith((".png", ".csv")):
                assert link in text or "/".join(link.split("/")[:2]) in text.partition("# Not in")[2], link


def test_the_release_has_one_date_and_an_entry():
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{MODEL_VERSION}] - {RELEASED}\n" in changes
    assert changes.index("## [Unreleased]") < changes.index(f"## [{MODEL_VERSION}]")
    assert str(CITATION["date-released"]) == CODEMETA["dateModified"] == RELEASED
