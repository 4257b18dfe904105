"""The paper says what the tables under results/ say, and nothing in numbers that they do not."""

import re

import pandas as pd
import pytest

from tests.docs import paper

TEXT = paper.DOCUMENT.read_text(encoding="utf-8")
PROSE = paper.BLOCK.sub("", TEXT.split("\n---\n", 1)[1])


def test_paper_and_readme_are_those_of_the_tables():
    readme = paper.README.read_text(encoding="utf-8")
    assert len(paper.FILLED.findall(readme)) > 0
    for text in (TEXT, readme):
        assert paper.renew(text) == text, "python -m tests.docs.paper writes it again"


@pytest.mark.parametrize(
    ("name", "column", "query"),
    [
        ("claims/claims.csv", "median", "claim law-telegram"),
        ("disputes/forms.csv", "behind", "disputes behind"),
        ("validation/roles.csv", "hits", "hits seen"),
    ],
)
def test_a_table_that_changes_changes_the_paper(tmp_path, monkeypatch, name, column, query):
    before = paper.answer(query)
    changed = pd.read_csv(paper.RESULTS / name)
    changed[column] = changed[column] + 0.5
    (tmp_path / name).parent.mkdir(parents=True)
    changed.to_csv(tmp_path / name, index=False)
    monkeypatch.setattr(paper, "RESULTS", tmp_path)
    monkeypatch.setattr(paper.claims, "TABLE", tmp_path / name)
    assert paper.answer(query) != before


def test_numbers_come_from_tables():
    """What is left without them is the year of the reference."""
    bare = re.sub(r"<!-- (?!=).*?-->|`[^`]*`|\]\([^)]*\)|\[@\w+\]", "", paper.FILLED.sub("", PROSE))
    assert re.findall(r"\b\d[\d.,]*%?", bare) == ["2020,"]


def test_references_are_cited_and_have_a_doi():
    entries = paper.entries()
    assert set(re.findall(r"@(\w+)\]", PROSE)) == set(entries)
    for key, entry in entries.items():
        assert re.fullmatch(r"10\.\d{4,5}/\S+", entry["doi"]), key
        assert re.fullmatch(r"(19|20)\d\d", entry["year"]), key
