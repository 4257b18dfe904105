"""Validators of others accept the metadata: roc-validator every folder of results, cffconvert the citation."""

from pathlib import Path

import pytest
import rocrate

from tests.faults.test_installed import ROOT, brought

pytestmark = [pytest.mark.ordeal, pytest.mark.slow]
VOCABULARY = Path(rocrate.__file__).parent / "data" / "ro-crate.jsonld"


def test_roc_validator_finds_nothing_that_is_required_and_missing():
    """In an environment of its own, with the vocabulary that rocrate carries, so that nothing is fetched."""
    folders = [file.parent for file in sorted((ROOT / "results").rglob("manifest.json")) if "local" not in file.parts]
    assert folders
    validate = ("run", "--no-project", "--with", "roc-validator", "python", ROOT / "tests" / "crates.py", VOCABULARY)
    done = brought(*validate, *folders)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("conforms") == len(folders)


def test_roc_validator_sees_what_is_missing(tmp_path):
    import json

    from sim.results.crate import CRATE, RUN, describe

    graph = describe("A world", "lawshock run x", ["scenario.toml"])
    (tmp_path / "scenario.toml").write_text("")
    next(entity for entity in graph["@graph"] if entity["@id"] == RUN).pop("instrument")
    (tmp_path / CRATE).write_text(json.dumps(graph))
    validate = ("run", "--no-project", "--with", "roc-validator", "python", ROOT / "tests" / "crates.py", VOCABULARY)
    done = brought(*validate, tmp_path)
    assert done.returncode == 1
    assert "MUST have an instrument" in done.stdout


def test_the_citation_is_valid():
    done = brought("tool", "run", "cffconvert", "--validate", "-i", ROOT / "CITATION.cff")
    assert done.returncode == 0, done.stdout + done.stderr
