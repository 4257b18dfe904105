"""Every row of the evidence tables, and a digest of each, so that no fact changes or goes unnoticed."""

import collections
import difflib
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from sim.evidence.amount import UNITS, WORDS, parse_amount
from sim.evidence.facts import ACROSS, COLUMNS, facts, tables
from sim.evidence.period import parse_period, parse_periods
from tests.evidence import digests

FACT_TABLES = [path for path in digests.tables() if not path.stem.startswith(ACROSS)]
DERIVED_TABLES = [path for path in digests.tables() if path.stem.startswith(ACROSS)]
LONGEST_REMARK = 60
LONGEST_VALUE = 60
REGISTRY = re.compile(r"pypi|pythonhosted|npmjs|crates\.io|rubygems|conda|debian\.org", re.IGNORECASE)
VOCABULARY = {
    "demand_type": {"user_data", "registration_representative", "takedown", "takedown_user_data", "localisation",
                    "other", "not_stated", "content_or_keys", "censorship"},
    "pressure_type": {"block", "threat_deadline", "throttle", "fine_or_adban", "order", "user_loss", "negotiation",
                      "arrest", "self"},
    "outcome": {"refuse", "comply", "in_process", "exit", "suspend"},
    "ended_by": {"", "none", "court_reversal", "company_complied", "regulator_retreat"},
    "isp_type": {"mobile", "national", "all"},
    "complied": {"", "0", "1"},
    "measure": {"residual_on_blocked", "migrants_retained", "migrants_retained_after_lifting", "wave_decay"},
    "shock_type": {"surveillance_threat", "policy_change", "full_block", "block_threat", "outage", "ownership_policy"},
}  # fmt: skip
SIZES = {"delay_days", "duration_days", "delay_days_low", "delay_days_high", "months_after", "value_pct",
         "gain_million", "origin_base_million", "window_days", "share_of_origin_pct"}  # fmt: skip


EPISODES = {
    "indonesia_pse_2022": "indonesia-2022",
    "korea_kakao_2014": "korea-2014",
    "mastodon_2022": "mastodon-2022",
    "myanmar_2021": "myanmar-2021",
    "nepal_2025": "nepal-2025",
    "nigeria_twitter_2021": "nigeria-2021",
    "turkey_twitter_2014_law_2020": "turkey-2020",
    "uganda_tax_2018_block_2021": "uganda-2021",
    "us_tiktok_rednote_2025": "us-rednote-2025",
    "vietnam_facebook_2020": "vietnam-2020",
}
"""Episodes by the name that derived tables give them, where the facts lie in the folder of a case."""


def stem(path: Path) -> str:
    return digests.called(path)


def faults(row: dict[str, str]) -> list[str]:
    """What is wrong with a row of a table of facts."""
    found = [f"{column} has blanks around it" for column, text in row.items() if text != text.strip()]
    found += [f"{column} is empty" for column in COLUMNS[:7] if not row[column]]
    for column, read in (
        ("date_or_period", parse_periods),
        ("value", lambda text: parse_amount(text, row["unit"])),
        ("source_date", lambda text: text == "" or parse_period(text)),
    ):
        try:
            read(row[column])
        except ValueError as error:
            found.append(f"{column}: {error}")
    address = urlsplit(row["url"])
    if address.scheme not in ("http", "https") or "." not in address.netloc or re.search(r"\s", row["url"]):
        found.append(f"url: {row['url']}")
    if REGISTRY.search(address.netloc):
        found.append(f"url of a registry: {row['url']}")
    if row["confidence"] not in ("A", "B", "C"):
        found.append(f"confidence: {row['confidence']}")
    if row["source_complete"] not in ("yes", "no"):
        found.append(f"source_complete: {row['source_complete']}")
    if row["source_complete"] == "yes" and address.path in ("", "/") and not address.query:
        found.append("the address is that of a site, yet the source is called complete")
    if "address shortened" in row["remark"] and row["source_complete"] == "yes":
        found.append("a shortened address, yet the source is called complete")
    if len(row["remark"]) > LONGEST_REMARK or len(row["value"]) > LONGEST_VALUE:
        found.append("prose")
    if not re.fullmatch(r"[A-Za-z0-9_]+", row["variable"]):
        found.append(f"variable: {row['variable']}")
    return found


@pytest.mark.parametrize("table", FACT_TABLES, ids=stem)
def test_every_row_is_sound(table):
    found = {digests.name(table, row): said for row in digests.rows(table) if (said := faults(row))}
    assert found == {}


GOOD = dict(zip(COLUMNS, ("2020H1", "Meta", "requests", "262", "requests", "Title", "Publisher", "2021-06", "https://a.org/b",
                          "A", "yes", ""), strict=True))  # fmt: skip


def test_a_good_row_has_no_faults():
    assert faults(GOOD) == []


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("date_or_period", "June 2020"),
        ("date_or_period", "2020-13"),
        ("value", "many"),
        ("value", ""),
        ("unit", "bananas"),
        ("unit", "category "),
        ("source_title", ""),
        ("source_date", "retrieved copy"),
        ("url", "a.org/b"),
        ("url", "https://a.org/"),
        ("url", "https://pypi.example/x"),
        ("confidence", "D"),
        ("source_complete", ""),
        ("remark", "x" * 61),
        ("variable", "users in the city"),
    ],
)
def test_a_faulty_row_is_seen(column, text):
    assert faults(GOOD | {column: text})


@pytest.mark.parametrize("table", digests.tables(), ids=stem)
def test_keys_are_unique(table):
    counts = collections.Counter(digests.name(table, row) for row in digests.rows(table))
    assert [key for key, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("table", DERIVED_TABLES, ids=stem)
def test_derived_rows_are_sound(table):
    cases = {path.stem for path in FACT_TABLES} | set(EPISODES)
    found = []
    for row in digests.rows(table):
        for column, text in row.items():
            sound = {
                "case_file": text in cases,
                "confidence": text in ("A", "B", "C"),
                "remark": len(text) <= LONGEST_REMARK,
            }.get(column, text in VOCABULARY.get(column, {text}))
            if column in SIZES and text and not float(text) >= 0:
                sound = False
            if column in ("pressure_start", "order_served"):
                sound = parse_period(text).start is not None
            if not sound:
                found.append((digests.name(table, row), column, text))
    assert found == []


def test_every_episode_of_a_derived_table_is_a_case():
    assert {digests.called(path) for path in FACT_TABLES} >= {f"cases/{name}/facts" for name in EPISODES.values()}


def test_every_unit_is_in_use():
    assert {one.unit for one in facts()} == {*UNITS, *WORDS}


def test_every_row_is_loaded():
    assert len(facts()) == sum(len(digests.rows(table)) for table in FACT_TABLES)
    assert len(tables()) == len(FACT_TABLES)


def test_no_fact_was_added_edited_or_removed():
    kept = digests.MANIFEST.read_text(encoding="utf-8").splitlines()
    change = list(difflib.unified_diff(kept, list(digests.lines()), "manifest", "tables", lineterm="", n=0))
    assert change == [], "if this is meant: python -m tests.evidence.digests > tests/evidence/facts.sha256"
