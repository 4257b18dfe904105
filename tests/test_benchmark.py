"""Every part of the benchmark runs, at the size of a toy: what it calls is there. No time is asserted."""

from pathlib import Path

import click
import pytest

from sim.cli import cli
from tests import benchmark


def test_all_that_is_measured(monkeypatch):
    monkeypatch.setattr(benchmark, "apart", lambda _, what, *given: getattr(benchmark, what)(*given))
    monkeypatch.setattr(benchmark, "unpack", lambda _, folder: folder)
    page = benchmark.report([300], benchmark.SHOCK.stop, 1, {"describe hong-kong-2020": "all"}, people=1_000)
    assert "| 300 | " in page
    assert "| `lawshock describe hong-kong-2020` | " in page
    assert "nan" not in page


def test_a_version_before_runs_its_own_code(tmp_path: Path):
    tree = benchmark.unpack("HEAD", tmp_path)
    assert "Python" in benchmark.apart(tree, "machine")


@pytest.mark.parametrize("line", benchmark.COMMANDS)
def test_commands_are_those_of_lawshock(line: str):
    name, *words = line.split()
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    command.make_context(name, words)
