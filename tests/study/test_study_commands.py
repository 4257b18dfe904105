"""The commands compare, knockout and sensitivity: the examples of their help, and what they refuse."""

import json
import re
import shlex
from contextlib import nullcontext

import pytest

from sim.analyses.question import making
from sim.cli import cli
from sim.study.study import Study
from tests.terminal import lawshock

SMALL = ("--users", "300", "--set", "end=2020-07-12")
BOXES = ("sensitivity", "hong-kong-2020", "--event", "furthest_sanction > 2", "--over", "regulators.Beijing.autonomy",
         "--points", "40", "--users", "100")  # fmt: skip
"""What takes months to happen has the whole calendar."""
STATUS = ("sensitivity", "hong-kong-2020", "--method", "status", "--points", "2", *SMALL)


def example(name):
    """The example of a command's help, with little to do."""
    found = re.search(r"Example:  lawshock (.+(?:\n.+)*)", cli.get_command(None, name).help)
    return (*shlex.split(found[1]), *SMALL)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (example("compare"), "Tables, page and figures"),
        (example("knockout"), "the loss is clear of zero"),
        (example("sensitivity"), "What matters"),
        (BOXES, "Box 1: regulators.Beijing.autonomy below"),
        (STATUS, "assumed ± 50%"),
    ],
    ids=["compare", "knockout", "sensitivity", "boxes", "status"],
)
def test_a_question_is_answered(words, says, tmp_path):
    folders = ["--out", tmp_path / "out"] + ([] if words[0] == "compare" else ["--study", tmp_path / "study"])
    result = lawshock(*words, *folders, "--workers", "1", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert says in result.stdout
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["command"].startswith(f"lawshock {words[0]} hong-kong-2020 ")
    assert {"codebook.csv"} < set(manifest["files"])
    assert sum(file.endswith(".png") for file in manifest["files"]) >= 1


def test_an_interrupt_before_there_is_a_plan_is_an_interrupt(tmp_path, capsys):
    with pytest.raises(KeyboardInterrupt), making(Study(tmp_path), nullcontext()):
        raise KeyboardInterrupt
    assert "kept" not in capsys.readouterr().err
