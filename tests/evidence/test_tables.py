"""Every row of the evidence tables, and a digest of each, so that no fact changes or goes unnoticed."""

import collections
import difflib
import re
from urllib.parse import urlsplit

from sim.evidence.facts import (
    ACROSS,
    COLUMNS,
    UNITS,
    WORDS,
    facts,
    parse_period,
    tables,
)
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


def faults(row: dict[str, str]) -> list[str]:
    """What is wrong with a row of a table of facts, beside what keeps it from being loaded."""
    address, complete = urlsplit(row["url"]), row["source_complete"] == "yes"
    rules = {
        "blanks around": any(text != text.strip() for text in row.values()),
        "empty": not all(row[column] for column in COLUMNS[:7]),
        "url": address.scheme not in ("http", "https") or "." not in address.netloc or re.search(r"\s", row["url"]),
        "url of a registry": REGISTRY.search(address.netloc),
        "address of a site, called complete": complete and address.path in ("", "/") and not address.query,
        "shortened address, called complete": complete and "address shortened" in row["remark"],
        "prose": len(row["remark"]) > LONGEST_REMARK or len(row["value"]) > LONGEST_VALUE,
        "variable": not re.fullmatch(r"[A-Za-z0-9_]+", row["variable"]),
        "source_date": row["source_date"] and not re.match(r"\d{4}", row["source_date"]),
    }
    return [name for name, broken in rules.items() if broken]


def test_every_row_is_sound():
    rows = [(digests.name(table, row), faults(row)) for table in FACT_TABLES for row in digests.rows(table)]
    assert [one for one in rows if one[1]] == []
    assert all(parse_period(one.source_date) for one in facts() if one.source_date)


GOOD = dict(zip(COLUMNS, ("2020H1", "Meta", "requests", "262", "requests", "Title", "Publisher", "2021-06", "https://a.org/b",
                          "A", "yes", ""), strict=True))  # fmt: skip


def test_a_faulty_row_is_seen():
    assert faults(GOOD) == []
    for column, text in (
        ("value", ""), ("unit", "category "), ("source_title", ""), ("source_date", "retrieved copy"),
        ("url", "a.org/b"), ("url", "https://a.org/"), ("url", "https://pypi.example/x"), ("remark", "x" * 61),
        ("variable", "users in the city"),
    ):  # fmt: skip
        assert faults(GOOD | {column: text}), (column, text)


def test_keys_are_unique():
    counts = collections.Counter(digests.name(table, row) for table in digests.tables() for row in digests.rows(table))
    assert [key for key, count in counts.items() if count > 1] == []


def test_derived_rows_are_sound():
    cases = {path.stem for path in FACT_TABLES} | set(EPISODES)
    found = []
    for table, row in ((one, row) for one in DERIVED_TABLES for row in digests.rows(one)):
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


def test_every_row_is_loaded_and_every_unit_is_in_use():
    assert {one.unit for one in facts()} == {*UNITS, *WORDS}
    assert len(facts()) == sum(len(digests.rows(table)) for table in FACT_TABLES)
    assert len(tables()) == len(FACT_TABLES)


def test_no_fact_was_added_edited_or_removed():
    kept = digests.MANIFEST.read_text(encoding="utf-8").splitlines()
    change = list(difflib.unified_diff(kept, list(digests.lines()), "manifest", "tables", lineterm="", n=0))
    assert change == [], "if this is meant: python -m tests.evidence.digests > tests/evidence/facts.sha256"
