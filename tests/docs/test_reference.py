"""Pages of reference stand in the clone as the code has them, complete, to be read without building anything."""

import re
from typing import get_args

import pytest

from sim.cli import COMMANDS
from sim.results.folder import AROUND
from sim.scenario.acts import KINDS
from sim.scenario.calendar import AnyCondition
from sim.scenario.schema import Scenario
from sim.scenario.stances import STANCES
from sim.tables import CODEBOOK
from tests.docs.reference import DOCS, MADE, pages, renew


def read(name: str) -> str:
    return (DOCS / f"{name}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.stem)
def test_a_page_is_that_of_the_code(page):
    text = page.read_text(encoding="utf-8")
    assert renew(text) == text, "python -m tests.docs.reference writes it again"


def test_nothing_that_is_made_is_left_out():
    text = "".join(map(read, ("commands", "parameters", "codebook", "measures")))
    assert [name for name in MADE if f"<!-- made: {name} -->" not in text] == []


def test_every_command_is_there_with_its_example():
    text = read("commands")
    assert text.count("Example:  lawshock") == len(COMMANDS)
    assert all(f"Usage: lawshock {name}" in text for name in COMMANDS)


def test_every_parameter_is_there_with_its_meaning():
    text, schema = read("parameters").replace(r"\|", "|"), Scenario.model_json_schema()
    for part in (schema, *schema["$defs"].values()):
        for key, field in part.get("properties", {}).items():
            row = re.compile(rf"^\| `{re.escape(key)}` \|.*{re.escape(field.get('description', ''))} \|$", re.MULTILINE)
            assert row.search(text), key


def test_every_kind_of_act_and_condition_leads_to_its_keys_and_every_stance_is_told():
    text = read("parameters")
    conditions = get_args(get_args(AnyCondition)[0])
    for one in (*KINDS.values(), *conditions):
        (kind,) = get_args(one.model_fields["kind"].annotation)
        target = re.search(rf"^\| \[{kind}\]\(#(\w+)\) \| (.+) \|$", text, re.MULTILINE)
        assert target, kind
        assert target[2] == one.__doc__.splitlines()[0]
        assert [head.lower() for head in re.findall(r"^## (\w+)$", text, re.MULTILINE)].count(target[1]) == 1, kind
    assert [name for name in STANCES if f"\n| `{name}` | a company that " not in text] == []


def test_every_column_is_there_with_its_unit_and_meaning():
    text = read("codebook")
    told = [(key, one.unit, one.meaning) for columns in CODEBOOK.values() for key, one in columns.items() if one.unit]
    assert len(told) == sum(map(len, CODEBOOK.values()))
    told += [(name, unit, meaning) for _, name, unit, _, meaning in AROUND]
    rows = [line.replace(r"\|", "|") for line in text.splitlines() if line.startswith("| ")]
    missing = [
        one
        for one in told
        if not any(f"`{one[0]}`" in row and f"| {one[1]} |" in row and one[2] in row for row in rows)
    ]
    assert missing == []
