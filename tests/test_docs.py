"""The documents keep step with the code: equations, symbols, acts and links."""

import ast
import math
import re
import shlex
from pathlib import Path
from statistics import NormalDist
from typing import get_args

import pytest
from scipy.stats import multivariate_normal

from sim.analyses.ask import ASKED, ask
from sim.scenario.acts import KINDS
from sim.scenario.calendar import AnyCondition
from sim.scenario.schema import Scenario
from sim.scenario.stances import STANCES
from tests.docs import rooms

ROOT = Path(__file__).parent.parent
ODD = (ROOT / "docs" / "odd.md").read_text(encoding="utf-8")
CODE = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "sim").rglob("*.py")))
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


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
    assert described == set(range(1, 26))
    assert cited_equations() == described


def test_odd_explains_every_symbol():
    known = symbols(Scenario.model_json_schema())
    assert "lambda_0" in known
    assert [symbol for symbol in sorted(known) if symbol not in ODD] == []


TRAITS = {
    "alarms": "alarm",
    "of_the_law": "shock",
    "moves_law": "law",
    "lessens_doubt": "doubt",
    "only_news": "news only",
}
"""Traits of a kind of act, and what section 6 of the ODD calls them."""


def row_of(kind: str) -> str:
    """The row of a kind of act in the ODD, as its class has it."""
    act = KINDS[kind]
    traits = ", ".join(word for trait, word in TRAITS.items() if getattr(act, trait))
    return f"| {kind} | {act.__doc__.splitlines()[0]} | {act.usual_topic} | {traits} |"


@pytest.mark.parametrize("kind", KINDS)
def test_odd_describes_every_kind_of_act_as_its_class_does(kind):
    row = row_of(kind)
    assert row in ODD.splitlines(), f"section 6 of docs/odd.md lacks this row:\n{row}"


@pytest.mark.parametrize("condition", get_args(get_args(AnyCondition)[0]), ids=lambda condition: condition.__name__)
def test_odd_names_every_kind_of_condition(condition):
    (kind,) = get_args(condition.model_fields["kind"].annotation)
    assert kind in ODD, f"section 6 of docs/odd.md says what conditions there are: add {kind}"


@pytest.mark.parametrize("stance", STANCES)
def test_odd_names_every_stance(stance):
    assert f"*{stance}*" in ODD, f"section 2 of docs/odd.md says what each stance is: add *{stance}*"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document):
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_name_scenarios_and_options_that_exist(document):
    """What a reader copies from a document: every option is known, every bare name is a scenario's."""
    from sim.cli import COMMANDS, cli
    from sim.scenario.files import shipped

    names = {name for name, _, _ in shipped()}
    for line in re.findall(
        r"^(?: {4})?(?:\.venv/bin/)?lawshock (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE
    ):
        words = shlex.split(line.replace("\\", ""), comments=True)
        if words[0] not in COMMANDS:
            continue
        command = cli.get_command(None, words[0])
        options = {option for param in command.params for option in (*param.opts, *param.secondary_opts)}
        assert [word for word in words if word.startswith("--") and word.split("=")[0] not in options] == [], line
        if words[0] in ("run", "explore", "describe", "compare", "knockout", "claims", "scale"):
            bare = [
                word for word in words[1 : 3 if words[0] == "compare" else 2] if re.fullmatch(r"[a-z][a-z0-9-]*", word)
            ]
            assert [word for word in bare if word not in names] == [], line


def test_the_map_of_the_rooms_is_that_of_the_code():
    text = rooms.DOCUMENT.read_text(encoding="utf-8")
    assert rooms.drawn(text) == text, "python -m tests.docs.rooms draws it again"


def test_the_map_of_the_rooms_names_files_and_what_they_hold():
    text = rooms.DOCUMENT.read_text(encoding="utf-8")
    for place in re.findall(r"`((?:sim|tests|scenarios)/[\w./-]+)`", text):
        assert (ROOT / place).exists(), place
    walks = re.findall(r"\| `(sim/[\w./]+)` \| `(\w+)` \|", text)
    assert len(walks) > 12
    for place, name in walks:
        tree = ast.parse((ROOT / place).read_text(encoding="utf-8"))
        defined = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
        assert name in defined, f"{place} has no {name}"


def test_the_guide_to_a_case_says_how_each_hard_choice_is_made_and_its_numbers_are_right():
    text = " ".join((ROOT / "docs" / "new-case.md").read_text(encoding="utf-8").split())
    hard = ("`type`: ", "`wanted`", "`store_ban = true`", '"1 to 17 days"', "**How many**", "`holdings_correlation`",
            '`kind = "court-ruling"`', "**0.5**", "**News of the eve**")  # fmt: skip
    assert [choice for choice in hard if choice not in text] == []
    lags = re.search(
        r"Half have acted after (\S+) D and nine in ten after (\S+) D; .* slowest of six, D = 17 / (\S+) = 7", text
    )
    slowest = sum(1 / n for n in range(1, 7))
    assert [float(one) for one in lags.groups()] == pytest.approx([math.log(2), math.log(10), slowest], abs=0.05)
    a, b, either, r = map(float, re.search(r"\((0\.\d), (0\.\d) and (0\.\d): r = (0\.\d)\)", text).groups())
    limits = [NormalDist().inv_cdf(share) for share in (a, b)]
    both = multivariate_normal([0, 0], [[1, r], [r, 1]]).cdf(limits)
    assert both == pytest.approx(a + b - either, abs=0.01)


def test_every_act_that_the_documents_ask_is_a_question_and_readme_shows_a_block_with_an_end():
    for path in (ROOT / "README.md", ROOT / "docs" / "how-to.md"):
        acts = re.findall(r'--act "([^"]+)"', path.read_text(encoding="utf-8"))
        assert acts != [], path
        asked = [act for text in acts for act in ask("hong-kong-2020", [text], []).acts if act.id.startswith(ASKED)]
        if path.name == "README.md":
            assert [act.kind for act in asked if getattr(act, "until", None)] == ["order-block"]


def test_odd_describes_no_kind_of_act_that_does_not_exist():
    table = ODD[ODD.index("| Kind | ") :].split("\n\n")[0].splitlines()
    assert [line.split(" | ")[0].removeprefix("| ") for line in table[2:]] == list(KINDS)
