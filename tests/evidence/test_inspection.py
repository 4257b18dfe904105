"""``lawshock check``: a line for each thing that a scenario's own check does not see."""

import subprocess
import sys
from pathlib import Path

import pytest

from sim.evidence.cases import all_faults
from sim.scenario.files import load
from tests.evidence.checks import CHECKS, FACTS, SCENARIO, write_case


def faults(folder: Path) -> list[str]:
    file = folder / "scenario.toml"
    return all_faults(load(file), file, folder)


def test_a_good_case_has_no_faults(tmp_path):
    folder = write_case(tmp_path)
    assert faults(folder) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("2020-12 | Old | users", "2020-12 | Old | user", 'found "2020-12 | Old | user"; did you mean "2020-12 | Old'),
        ("2020-12 | Old | users", "2020-11 | Old | users", 'did you mean "2020-12 | Old | users"?'),
        ('table = "facts.csv"', 'table = "evidence/cases/korea.csv"', "expected a table of facts"),
        ('table = "facts.csv"', 'table = "fact.csv"', "fact.csv: expected a table of facts, found No such file"),
        (', table = "facts.csv", row = "2020-12 | Old | users"', "", "expected the table and row of what is measured"),
    ],
)
def test_a_missing_row_or_table_is_named_with_the_nearest(tmp_path, old, new, said):
    folder = write_case(tmp_path, scenario=SCENARIO.replace(old, new))
    (line,) = faults(folder)
    assert line.startswith(f'{folder / "scenario.toml"}: sources."platforms.Old.share": ')
    assert said in line


def test_a_row_that_is_no_fact_is_named(tmp_path):
    for old, new, said in (
        ("80,percent", "80,percents", "2020-12 | Old | users: expected one of BRL"),
        ("80,percent", "eighty,percent", "2020-12 | Old | users: expected a number"),
        ("2020-12,", "December,", "December | Old | users: expected a year"),
        ("a,B,yes,\n2021-01-12,Old", "a,B,maybe,\n2021-01-12,Old", "source_complete: expected one of yes, no"),
        ("a,B,yes,\n2021-01-12,Old", "a,E,yes,\n2021-01-12,Old", "confidence: expected one of A, B, C"),
        ("date_or_period,entity", "date,entity", "expected the columns date_or_period"),
        ("yes,\n2021-01-12,Old", "yes\n2021-01-12,Old", "expected 12 values, found more or fewer"),
        ("2021-01-31,Owner,answered", "2021-01-31,Owner,requests", "expected keys that are unique"),
    ):
        assert old in FACTS
        found = faults(write_case(tmp_path / said[:9], facts=FACTS.replace(old, new)))
        assert said in found[0]
        assert all("\n" not in line for line in found)


def test_columns_without_end_are_cut(tmp_path):
    line = faults(write_case(tmp_path, facts="[" * 99_999))[0]
    assert "expected the columns date_or_period" in line
    assert line.endswith("[[[...")


def test_every_fault_has_its_line(tmp_path):
    second = CHECKS.replace("new-day-3", "new-day-4").replace('platform = "New"', 'platform = "Nwe"')
    third = CHECKS.replace("new-day-3", "new-day-5").replace('unit = "times"', 'unit = "days"')
    facts = FACTS.replace("complied,category", "complied,word").replace("40,requests", "forty,requests")
    found = faults(write_case(tmp_path, checks=CHECKS + second + third, facts=facts))
    said = (
        "response: expected one of",
        "requests: expected a number",
        "new-day-4.platform",
        "new-day-5.unit: expected",
    )
    assert [words for words in said if any(words in line for line in found)] == list(said)
    assert len(found) == len(set(found)) == len(said)


def check(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sim.cli", "check", *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False, timeout=300)
