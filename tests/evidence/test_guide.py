"""The guide for a new case says what is so: its examples are those that ship, and it names every reading and key."""

import re
import tomllib

from sim.evidence.checks import FIELDS, Observed
from sim.evidence.readings import READINGS
from sim.scenario.files import folder, locate, read_toml

GUIDE = (folder().parent / "docs" / "new-case.md").read_text(encoding="utf-8")
BLOCKS = {kind: re.findall(rf"```{kind}\n(.*?)```", GUIDE, re.DOTALL) for kind in ("toml", "text")}
UGANDA = locate("uganda-2021").parent
PROSE = re.sub(r"```.*?```", "", GUIDE, flags=re.DOTALL)
WORDS_OF_THE_GUIDE = set(re.findall(r"[a-z_0-9]+", " ".join(re.findall(r"`([^`]+)`", PROSE))))


def test_the_example_of_a_check_is_the_one_that_ships():
    told = next(tomllib.loads(block)["checks"][0] for block in BLOCKS["toml"] if "[[checks]]" in block)
    assert any(told.items() <= shipped.items() for shipped in read_toml(UGANDA / "checks.toml")["checks"])


def test_the_example_of_a_scenario_is_the_one_that_ships():
    shipped = read_toml(UGANDA / "scenario.toml")
    told: dict = {}
    for block in BLOCKS["toml"]:
        if "[[checks]]" not in block:
            told |= tomllib.loads(block)
    assert set(told) == {"title", "question", "start", "end", "focus", "sources"}
    for key, value in told.items():
        assert shipped[key] == value if key != "sources" else value.items() <= shipped[key].items()


def test_every_reading_and_every_key_of_a_check_is_named():
    assert [name for name in READINGS if f"`{name}`" not in GUIDE] == []
    keys, blocks = {*FIELDS, *Observed.model_fields} - WORDS_OF_THE_GUIDE, " ".join(BLOCKS["toml"])
    assert [key for key in keys if key not in blocks] == []
