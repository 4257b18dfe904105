"""The commands compare, knockout and sensitivity: the examples of their help, and what they refuse."""

import json
import re
import shlex
from contextlib import nullcontext

import click
import pytest

from sim.analyses.question import making
from sim.cli import cli
from sim.study.study import Study
from tests.terminal import lawshock, refused

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
        (example("compare"), "Tables and figures"),
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


@pytest.mark.slow
@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("compare", "hong-kong-2020"), ["two scenarios"]),
        (("compare", "hong-kong-2020", "no-lax"), ["no-lax", "no-law"]),
        (("knockout", "hong-kong-2020", "--only", "pears"), ["'pears'", "peers"]),
        (("knockout", "hong-kong-2020", "--replicates", "1"), ["--replicates"]),
        (("sensitivity", "hong-kong-2020", "--over", "population.gama"), ["population.gama"]),
        (("sensitivity", "hong-kong-2020", "--method", "sobol", "--points", "48"), ["power of two"]),
        (("sensitivity", "hong-kong-2020", "--over", "population.gamma=0:90"), ["population.gamma", "90"]),
        (
            ("sensitivity", "hong-kong-2020", "--event", "WhatsApp change < 5"),
            ['mean "WhatsApp.change"'],
        ),
        ((*BOXES, "--points", "5"), ["--points", "20"]),
        ((*BOXES, "--method", "sobol"), ["--method", "without --event"]),
        ((*STATUS, "--over", "population.gamma"), ["--over", "without --method status"]),
    ],
)
def test_bad_input_is_one_line(args, words, tmp_path):
    line = refused(*args, cwd=tmp_path)
    assert all(word in line for word in words), line
    assert not any(tmp_path.iterdir())


def test_an_interrupt_before_there_is_a_plan_is_an_interrupt(tmp_path, capsys):
    with pytest.raises(click.Abort), making(Study(tmp_path), nullcontext()):
        raise KeyboardInterrupt
    assert "kept" not in capsys.readouterr().out
