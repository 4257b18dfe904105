"""Validators of others accept the metadata: roc-validator an export, cffconvert the citation."""

import json
from pathlib import Path

import pytest
import rocrate

from sim.results.export import CRATE, RUN, export
from tests.faults.test_installed import ROOT, brought

pytestmark = [pytest.mark.ordeal, pytest.mark.slow]
VOCABULARY = Path(rocrate.__file__).parent / "data" / "ro-crate.jsonld"


def validated(folder):
    """In an environment of its own, with the vocabulary that rocrate carries, so that nothing is fetched."""
    validate = ("run", "--no-project", "--with", "roc-validator", "python", ROOT / "tests" / "crates.py", VOCABULARY)
    return brought(*validate, folder)


def test_roc_validator_finds_what_is_missing_and_nothing_in_an_export(tmp_path):
    export(ROOT / "results" / "hong-kong-2020", tmp_path / "out")
    done = validated(tmp_path / "out")
    assert (done.returncode, done.stdout.count("conforms")) == (0, 1), done.stdout + done.stderr
    graph = json.loads((tmp_path / "out" / CRATE).read_bytes())
    next(entity for entity in graph["@graph"] if entity["@id"] == RUN).pop("instrument")
    (tmp_path / "out" / CRATE).write_text(json.dumps(graph))
    done = validated(tmp_path / "out")
    assert done.returncode == 1
    assert "MUST have an instrument" in done.stdout


def test_the_citation_is_valid():
    done = brought("tool", "run", "cffconvert", "--validate", "-i", ROOT / "CITATION.cff")
    assert done.returncode == 0, done.stdout + done.stderr
