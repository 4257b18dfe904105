"""The documents keep step with the code: equations, symbols, acts and links."""

import re
from pathlib import Path
from typing import get_args

import pytest

from sim.scenario.acts import AnyAct
from sim.scenario.schema import Scenario

ROOT = Path(__file__).parent.parent
ODD = (ROOT / "docs" / "odd.md").read_text(encoding="utf-8")
CODE = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "sim").rglob("*.py")))
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


def cited_equations() -> set[int]:
    """Numbers that docstrings and comments cite, as in 'eq. 12', 'eq. (3)', '(11, 13)' or 'eqs. (3) to (5)'."""
    numbers: set[int] = set()
    for found in re.finditer(r"eqs?\. \(?(\d+)\)?(?:(,| and| to) \(?(\d+)\)?)?", CODE):
        first, last = int(found[1]), int(found[3] or found[1])
        numbers |= set(range(first, last + 1)) if found[2] == " to" else {first, last}
    return numbers


def symbols(schema: dict, name: str = "symbol") -> set[str]:
    """Every symbol in a JSON schema, at any depth."""
    found = {schema[name]} if isinstance(schema.get(name), str) else set()
    for value in schema.values():
        for part in value if isinstance(value, list) else [value]:
            found |= symbols(part, name) if isinstance(part, dict) else set()
    return found


def test_odd_and_code_share_the_equations():
    described = {int(number) for number in re.findall(r"^\((\d+)\) ", ODD, re.MULTILINE)}
    assert described == set(range(1, 23))
    assert cited_equations() == described


def test_odd_explains_every_symbol():
    known = symbols(Scenario.model_json_schema())
    assert "lambda_0" in known
    assert [symbol for symbol in sorted(known) if symbol not in ODD] == []


def test_odd_names_every_kind_of_act():
    kinds = [get_args(act.model_fields["kind"].annotation)[0] for act in get_args(get_args(AnyAct)[0])]
    assert "enact" in kinds
    assert [kind for kind in kinds if kind not in ODD] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document):
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []
