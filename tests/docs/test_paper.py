"""The paper says what the tables under results/ say, and nothing in numbers that they do not."""

import re
from pathlib import Path

import pandas as pd
import pytest
import yaml

from sim.runs.once import MODEL_VERSION
from tests.docs import paper

TEXT = paper.DOCUMENT.read_text(encoding="utf-8")
HEAD, BODY = re.fullmatch(r"---\n(.*?)\n---\n(.*)", TEXT, re.DOTALL).groups()
PROSE = paper.BLOCK.sub("", BODY)
SECTIONS = ["Summary", "Statement of need", "State of the field", "Software design", "Limits and ethics", "References"]


def test_the_paper_is_that_of_the_tables():
    assert paper.renew(TEXT) == TEXT, "python -m tests.docs.paper writes it again"


@pytest.mark.parametrize(
    ("name", "column", "query"),
    [
        ("claims/claims.csv", "mean", "claim law-telegram"),
        ("disputes/unseen.csv", "log_score", "disputes score"),
        ("validation/roles.csv", "hits", "hits unseen"),
        ("forms/totals.csv", "covered", "forms covered"),
    ],
)
def test_a_table_that_changes_changes_the_paper(tmp_path, monkeypatch, name, column, query):
    before = paper.answer(query)
    changed = pd.read_csv(paper.RESULTS / name)
    changed[column] = changed[column] + 0.5
    (tmp_path / name).parent.mkdir()
    changed.to_csv(tmp_path / name, index=False)
    monkeypatch.setattr(paper, "RESULTS", tmp_path)
    monkeypatch.setattr(paper.claims, "TABLE", tmp_path / name)
    assert paper.answer(query) != before


def test_numbers_come_from_tables():
    """What is left without them is the year of the reference and the level of bands."""
    bare = re.sub(r"<!-- (?!=).*?-->|`[^`]*`|\]\([^)]*\)|\[@\w+\]", "", paper.FILLED.sub("", PROSE))
    assert re.findall(r"\b\d[\d.,]*%?", bare) == ["2020,", "90", "90"]


def test_what_is_filled_stands_within_lines():
    """A comment at the head of a line would begin a block of HTML."""
    assert [line for line in PROSE.splitlines() if line.lstrip().startswith("<!-- =")] == []


def test_references_are_cited_and_have_a_doi():
    entries = paper.entries()
    assert set(re.findall(r"@(\w+)\]", PROSE)) == set(entries)
    for key, entry in entries.items():
        assert re.fullmatch(r"10\.\d{4,5}/\S+", entry["doi"]), key
        assert re.fullmatch(r"(19|20)\d\d", entry["year"]), key


def test_it_has_the_form_of_the_journal():
    head = yaml.safe_load(HEAD)
    citation = yaml.safe_load((paper.ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert (head["title"], head["tags"]) == (citation["title"], citation["keywords"])
    assert [one["name"] for one in head["authors"]] == [one["name"] for one in citation["authors"]]
    assert (paper.DOCUMENT.parent / head["bibliography"]) == paper.REFERENCES
    assert re.findall(r"^# (.+)$", BODY, re.MULTILINE) == SECTIONS


def test_it_is_of_this_version():
    manifests = [Path(paper.RESULTS / name / "manifest.json") for name in ("claims", "disputes", "forms", "validation")]
    for manifest in manifests:
        assert f'"model_version": "{MODEL_VERSION}"' in manifest.read_text(encoding="utf-8"), manifest
