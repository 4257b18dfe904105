"""What the documents say that one thing does to another is told by results/claims, with its band and its label.

README has the whole table, which ``python -m tests.docs.claims`` writes. Any other sentence with causal words carries a
mark that a reader does not see, ``<!-- claim: id -->``, before its full stop: its numbers must be those of the row, and
its words may not say more than the label does.
"""

import re

import pandas as pd
import pytest

from sim.analyses.claims import read_claims
from tests.docs import claims as made

OF_RULES = {"odd.md", "design-log.md", "new-case.md", "parameters.md"}
"""They say what the rules of the model are, why it is built so, how far off its numbers are, how a case is written."""
OF_CASES = {"fitting.md", "validation.md", "verification.md"}
"""They hold the model against what was observed and proved, and say why it misses: no world is put beside another."""
TESTED_BY_THEMSELVES = {"exercises.md"}
"""Its numbers are run by tests/docs."""
DOCUMENTS = [
    made.DOCUMENT,
    *(
        file
        for file in sorted((made.ROOT / "docs").glob("*.md"))
        if file.name not in OF_RULES | OF_CASES | TESTED_BY_THEMSELVES
    ),
]
DOERS = "law|press|attention|peers?|pauses?|suspensions?|court order|risk|block|ladder|terms|hub|autonomy|contacts"
DEEDS = "gives?|takes?|brings?|makes?|protects?|reassures?|drives?|keeps?|moves?|carry|carries|costs?|saves?"
CAUSAL = re.compile(
    r"\bbecause\b(?! of (which|it|what|the change|where))|\bwould (lose|gain|have (fewer|more|lost|gained))\b"
    r"|\b(led|leads?) to (more|fewer|less)\b"
    rf"|\bdue to\b(?! what you)|\bthanks to\b|\bas a result\b|'s doing\b|\b({DOERS})('s)? ({DEEDS})\b"
    r"|\b(loses?|lost|gains?|gained) [\d.,]+ points?\b",
    re.IGNORECASE,
)
MARK = re.compile(r"<!-- claim: ([\w -]+?) -->")
NO_CLAIM = re.compile(r"<!-- no claim: .+? -->")
"""A reason why a sentence with causal words is about something else than a result."""
DATE = re.compile(r"\b\d{1,2} [A-Z][a-z]+ \d{4}|\b[A-Z][a-z]+ \d{4}|\b20\d\d\b")
KNOWN = ("base", "other", "median", "low", "high", "chance_low", "chance_high", "flip", "default", "range_low",
         "range_high")  # fmt: skip


def sentences(text: str) -> list[str]:
    """Sentences of prose, with their marks; neither code nor the table of claims."""
    text = re.sub(r"```.*?```", "", made.BLOCK.sub("", text), flags=re.DOTALL)
    parts = re.split(r"\n\s*\n|\n(?=[-*|#] ?)", text)
    return [
        sentence
        for part in parts
        for sentence in re.split(r"(?<=[.?!])\s+(?=[A-Z*`\[(])", " ".join(part.split()))
        if sentence
    ]


def is_unmarked(sentence: str) -> bool:
    """Whether a sentence says that one thing does something to another, and names no claim."""
    bare = re.sub(r"`[^`]*`", "", sentence)
    is_question = bare.rstrip().endswith("?")
    return bool(CAUSAL.search(bare)) and not (is_question or MARK.search(sentence) or NO_CLAIM.search(sentence))


def numbers(sentence: str) -> list[str]:
    """Numbers of a sentence, dates and links left out."""
    bare = re.sub(r"\]\([^)]*\)|`[^`]*`", "", DATE.sub("", MARK.sub("", sentence)))
    return [n.replace(",", "") for n in re.findall(r"(?<![\w.])\d[\d,]*(?:\.\d+)?", bare)]


def is_told(value: float, number: str) -> bool:
    return abs(abs(value) - float(number)) <= 0.5000001 * 10 ** -len(number.partition(".")[2])


def faults(sentence: str, table: pd.DataFrame) -> list[str]:
    """What a marked sentence says that the rows of its claims do not."""
    ids = [one for found in MARK.findall(sentence) for one in found.split()]
    if unknown := [one for one in ids if one not in table.index]:
        return [f"no claim {unknown[0]}"]
    rows = [table.loc[one] for one in ids]
    values = [row[name] for row in rows for name in KNOWN] + [100 * row["share"] for row in rows]
    told = numbers(sentence)
    found = [f"{n} is no number of {', '.join(ids)}" for n in told if not any(is_told(value, n) for value in values)]
    for row in rows:
        if row["label"] == "open" and "open" not in sentence:
            found.append(f"{row.name} is open")
        depends = row["label"].startswith("depends on ")
        if depends and "depends on" not in sentence and not any(is_told(row["flip"], number) for number in told):
            found.append(f"{row.name} depends on {row['hangs_on']}, which turns it at {row['flip']:.3g}")
    return found


def table() -> pd.DataFrame:
    return made.read().set_index("claim")


def every_sentence() -> list[tuple[str, str]]:
    return [(file.name, one) for file in DOCUMENTS for one in sentences(file.read_text(encoding="utf-8"))]


def test_no_sentence_claims_what_no_claim_carries():
    assert [one for one in every_sentence() if is_unmarked(one[1])] == []


def test_a_sentence_says_what_its_claim_says():
    told, marked = table(), [one for one in every_sentence() if MARK.search(one[1])]
    assert marked
    assert [(one, wrong) for one in marked if (wrong := faults(one[1], told))] == []


def test_the_readme_has_the_table_of_claims():
    text = made.DOCUMENT.read_text(encoding="utf-8")
    assert made.renew(text) == text, "python -m tests.docs.claims writes it again"


def test_the_table_has_the_claims_of_the_file_and_labels_that_follow_from_its_numbers():
    kept = made.read()
    told = [(claim.id, claim.sentence, claim.date) for claim in read_claims("hong-kong-2020").claims]
    assert told == [(row.claim, row.sentence, row.date.date()) for row in kept.itertuples()]
    for row in kept.itertuples():
        if row.label == "firm":
            assert row.share >= 0.95
            assert pd.isna(row.flip)
            assert pd.isna(row.rivals)
        if row.label.startswith("depends on "):
            assert row.range_low <= row.flip <= row.range_high


# The test sees

ROW = {"label": "firm", "share": 1.0, "hangs_on": "a.b", **dict.fromkeys(KNOWN, 1.26), "low": 0.5, "flip": 2.34}
MADE = pd.DataFrame([ROW], index=["x"])


@pytest.mark.parametrize(
    ("sentence", "label", "wrong"),
    [
        ("The law gives it 1.3 points (0.5 to 1.26) <!-- claim: x -->.", "firm", 0),
        ("The law gives it 1.4 points <!-- claim: x -->.", "firm", 1),
        ("By December 2020 the law gives it 1.3 points <!-- claim: x -->.", "firm", 0),
        ("The law gives it 1.3 points <!-- claim: x -->.", "open", 1),
        ("Whether the law gives it users is open: 1.3 points <!-- claim: x -->.", "open", 0),
        ("The law gives it 1.3 points <!-- claim: x -->.", "depends on a.b", 1),
        ("The law gives it 1.3 points, below 2.3 of a.b <!-- claim: x -->.", "depends on a.b", 0),
        ("The law gives it 1.3 points <!-- claim: y -->.", "firm", 1),
    ],
)
def test_a_sentence_that_says_more_is_seen(sentence, label, wrong):
    assert len(faults(sentence, MADE.assign(label=label))) == wrong


@pytest.mark.parametrize(
    ("sentence", "seen"),
    [
        ("Companies stop because the law removes the court order.", True),
        ("That is the press's doing.", True),
        ("The law brings users.", True),
        ("WhatsApp loses 0.4 points.", True),
        ("What did the suspensions protect?", False),
        ("Who did what because of it is told.", False),
        ("`acts.csv` says it.", False),
        ("The law brings users <!-- claim: x -->.", False),
    ],
)
def test_a_causal_sentence_without_a_mark_is_seen(sentence, seen):
    assert is_unmarked(sentence) == seen
