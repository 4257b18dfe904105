"""Results of other settings are never replaced without --replace, and every command says where it writes."""

import json
import re
import shutil

import click
import pandas as pd
import pytest
from click.testing import CliRunner

from sim.cli import COMMANDS, cli
from sim.command import shared
from sim.scenario.files import load
from sim.study.results import MANIFEST, OutputError, check_settings, csv_bytes
from tests.faults.test_one_line import LONG, words
from tests.test_cli import lawshock, refused

LITTLE = ("--users", "200", "--set", "end=2020-07-05", "--workers", "1")
COMPARE = ("compare", "hong-kong-2020", "no-law", *LITTLE)
SCALE = ("scale", "hong-kong-2020", "--sizes", "50,100,200", "--set", "end=2020-07-05", "--workers", "1")
WRITERS = [name for name in LONG if name not in ("sweep", "gamma")]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["compare", "scale"])
def test_other_settings_have_another_folder(tmp_path, name):
    words = COMPARE if name == "compare" else SCALE
    for replicates in (2, 3, 2):
        result = lawshock(*words, "--replicates", replicates, cwd=tmp_path)
        assert result.returncode == 0, result.stderr
    folders = sorted((tmp_path / "results" / "local").iterdir())
    assert len(folders) == 2
    assert {len(json.loads((folder / MANIFEST).read_text())["seeds"]) for folder in folders} == {2, 3}


@pytest.mark.slow
def test_an_edited_file_has_another_folder(tmp_path):
    for inertia in (2.0, 3.0):
        (tmp_path / "mine.toml").write_text(f'extends = "no-law"\n[population]\nusers = 200\ninertia = {inertia}\n')
        words = ("run", "mine.toml", "--replicates", "1", "--workers", "1", "--set", "end=2020-07-05")
        assert lawshock(*words, cwd=tmp_path).returncode == 0
    assert len(list((tmp_path / "results" / "local").iterdir())) == 2


@pytest.mark.parametrize("name", WRITERS)
def test_what_has_other_settings_stays(tmp_path, name):
    """A folder that another command of ours made is refused before the work, and not touched."""
    out = tmp_path / ("o" if name == "calibrate" else "out")
    out.mkdir()
    (out / MANIFEST).write_text(json.dumps({"command": f"lawshock {name} of old"}))
    line = refused(*words(name, tmp_path, tmp_path), cwd=tmp_path)
    assert f"lawshock {name} of old" in line
    assert "--replace" in line
    assert [path.name for path in out.iterdir()] == [MANIFEST]


@pytest.mark.slow
def test_with_leave_it_goes(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / MANIFEST).write_text(json.dumps({"command": "lawshock run other"}))
    result = lawshock(*words("run", tmp_path, tmp_path), "--replace", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert "--replace" not in json.loads((out / MANIFEST).read_text())["command"]
    assert lawshock(*words("run", tmp_path, tmp_path), cwd=tmp_path).returncode == 0  # the same again needs no leave


def test_another_world_under_the_same_command_stays(tmp_path):
    from sim.scenario.export import to_toml

    one, other = load("hong-kong-2020"), load("hong-kong-2020", ["population.inertia=3.0"])
    (tmp_path / MANIFEST).write_text(json.dumps({"command": "lawshock run mine"}))
    (tmp_path / "scenario.toml").write_text(to_toml(one))
    check_settings(tmp_path, "lawshock run mine", {"scenario": one})
    with pytest.raises(OutputError, match=r"another scenario\.toml"):
        check_settings(tmp_path, "lawshock run mine", {"scenario": other})
    (tmp_path / MANIFEST).write_text("[]")
    with pytest.raises(OutputError, match="--replace"):
        check_settings(tmp_path, "lawshock run mine", {"scenario": one})


def test_a_file_that_is_no_brief_of_these_results_stays(tmp_path):
    from tests.test_house import ROOT

    shutil.copytree(ROOT / "results" / "hong-kong-2020", tmp_path / "kept")
    page = tmp_path / "kept.html"
    page.write_text("my thesis")
    assert "--replace" in refused("brief", tmp_path / "kept", "--unverified", cwd=tmp_path)
    assert page.read_text() == "my thesis"


def test_a_table_that_is_there_stays(tmp_path):
    (tmp_path / "g.csv").write_bytes(csv_bytes(pd.DataFrame({"a": [1]})))
    assert "--replace" in refused(*words("gamma", tmp_path, tmp_path), cwd=tmp_path)


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "study"])
def test_help_says_where_a_command_writes(name):
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    for option in (param for param in command.params if param.name == "out"):
        assert "--out" in option.opts
        assert isinstance(option, click.Option)
        _, told = option.get_help_record(click.Context(command)) or ("", "")
        assert re.search(r"\[default: .+\]", told), name
        if name != "sweep":  # whose folder keeps every run, of whatever settings
            assert "replace" in [param.name for param in command.params], name


def test_the_folder_of_settings_depends_on_the_command_and_on_the_world():
    one, other = load("hong-kong-2020"), load("no-law")
    found = {shared.settings_hash(command, world) for command in ("a", "b") for world in (one, other)}
    assert len(found) == 4
    assert shared.settings_hash("a", one) == shared.settings_hash("a", load("hong-kong-2020"))


def test_export_leaves_the_tables_of_another_study(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / MANIFEST).write_text(json.dumps({"command": "lawshock sweep of old"}))
    sweep = (
        "sweep",
        "hong-kong-2020",
        "--over",
        "population.gamma=0,3",
        "--replicates",
        "1",
        *LITTLE,
        "--out",
        "study",
    )
    assert lawshock(*sweep, cwd=tmp_path).returncode == 0
    assert "of old" in refused("study", "export", "study", "--out", "out", cwd=tmp_path)
    assert CliRunner().invoke(cli, ["study", "export", str(tmp_path / "study")]).exit_code == 0
