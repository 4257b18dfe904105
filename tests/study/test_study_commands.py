"""The commands compare, knockout, sensitivity and discover: the examples of their help, and what they refuse."""

import json
import re
import shlex

import click
import pytest

from sim.cli import cli
from sim.command.study import making
from sim.study.study import Study
from tests.terminal import lawshock, refused

COMMANDS = ("compare", "knockout", "sensitivity", "discover")
SMALL = {name: ["--users", "300", "--set", "end=2020-07-12"] for name in COMMANDS} | {"discover": ["--users", "100"]}
"""Fewer people and, but for what takes months to happen, a shorter calendar."""


def example(name):
    """The example of a command's help, as words."""
    found = re.search(r"Example:  lawshock (.+(?:\n.+)*)", cli.get_command(None, name).help)
    return shlex.split(found[1])


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_the_example_runs(name, tmp_path):
    folders = ["--out", tmp_path / "out"] + ([] if name == "compare" else ["--study", tmp_path / "study"])
    result = lawshock(*example(name), *SMALL[name], *folders, "--workers", "1", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["command"].startswith(f"lawshock {name} hong-kong-2020")
    assert {"codebook.csv"} < set(manifest["files"])
    if name == "discover":
        assert "Box 1: regulators.Beijing.autonomy below" in result.stdout
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
        (("discover", "hong-kong-2020", "--event", "WhatsApp changes < 5"), ["WhatsApp change"]),
        (("discover", "hong-kong-2020"), ["--event"]),
    ],
)
def test_bad_input_is_one_line(args, words, tmp_path):
    line = refused(*args, cwd=tmp_path)
    assert all(word in line for word in words), line
    assert not any(tmp_path.iterdir())


def test_an_interrupt_before_there_is_a_plan_is_an_interrupt(tmp_path, capsys):
    with pytest.raises(click.Abort), making(Study(tmp_path), "a study"):
        raise KeyboardInterrupt
    assert "kept" not in capsys.readouterr().out
