"""Results of other settings are never replaced without --replace, and every command says where it writes."""

import json
import re
import shutil
from contextlib import nullcontext

import click
import pandas as pd
import pytest

from sim.analyses.question import settings_hash
from sim.cli import COMMANDS, cli
from sim.command import shared
from sim.results.folder import MANIFEST, OutputError, check_settings, check_writable, replacing, write_manifest
from sim.results.posterior import PosteriorError, check_draws, write_posterior
from sim.scenario.files import load
from tests.faults.long import LONG, words
from tests.terminal import lawshock, refused

LITTLE = ("--users", "200", "--set", "end=2020-07-05", "--workers", "1")
WRITERS = [name for name in LONG if name not in ("sweep", "explore", "register")]
"""Without register, which replaces nothing at all: tests/calibration/test_forecast.py."""


def test_results_that_another_put_there_meanwhile_stay(tmp_path):
    """Two commands with one ``--out`` may end at once: the later one replaces its like, and what it found, alone."""
    out = tmp_path / "out"

    def put(command):
        with replacing(out) as draft:
            (draft / f"{command}.csv").touch()
            write_manifest(draft, {"command": command})

    put("before")
    for meanwhile, stays in (("theirs", True), ("before", False), ("ours", False)):
        put("before")
        check_writable(out)
        (out / MANIFEST).write_text(json.dumps(json.loads((out / MANIFEST).read_text()) | {"command": meanwhile}))
        with nullcontext() if not stays else pytest.raises(OutputError, match="'theirs' has put there since"):
            put("ours")
        assert json.loads((out / MANIFEST).read_text())["command"] == ("theirs" if stays else "ours")
        assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.slow
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
    from sim.scenario.files import to_toml

    one, other = load("hong-kong-2020"), load("hong-kong-2020", ["population.inertia=3.0"])
    (tmp_path / MANIFEST).write_text(json.dumps({"command": "lawshock run mine"}))
    (tmp_path / "scenario.toml").write_text(to_toml(one))
    check_settings(tmp_path, "lawshock run mine", {"scenario": one})
    with pytest.raises(OutputError, match=r"another scenario\.toml"):
        check_settings(tmp_path, "lawshock run mine", {"scenario": other})
    (tmp_path / MANIFEST).write_text("[]")
    with pytest.raises(OutputError, match="--replace"):
        check_settings(tmp_path, "lawshock run mine", {"scenario": one})


@pytest.mark.slow
def test_a_file_that_is_no_brief_of_these_results_stays(tmp_path):
    from tests.test_house import ROOT

    shutil.copytree(ROOT / "results" / "hong-kong-2020", tmp_path / "kept")
    page = tmp_path / "kept.html"
    page.write_text("my thesis")
    assert "--replace" in refused("brief", tmp_path / "kept", "--unverified", cwd=tmp_path)
    assert page.read_text() == "my thesis"


@pytest.mark.parametrize("name", COMMANDS)
def test_help_says_where_a_command_writes(name):
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    for option in (param for param in command.params if param.name == "out"):
        assert "--out" in option.opts
        assert isinstance(option, click.Option)
        _, told = option.get_help_record(click.Context(command)) or ("", "")
        assert re.search(r"\[default: .+\]", told), name
        if name not in ("sweep", "register"):  # one keeps every run in its folder, the other replaces nothing
            assert "replace" in [param.name for param in command.params], name


# A question, and draws


QUESTION = ("ask", "hong-kong-2020", "--replicates", "2", *LITTLE, "--act", "outage platform=WhatsApp date=2020-07-02")
PLACES = ("a.html", "a.toml", "a/manifest.json")


def asked(folder, *more):
    return lawshock(*QUESTION, *more, cwd=folder)


@pytest.mark.slow
def test_another_question_needs_leave(tmp_path):
    result = asked(tmp_path, "-o", "a.html")
    assert result.returncode == 0, result.stderr
    before = {name: (tmp_path / name).read_bytes() for name in PLACES}
    for other in (("--seed", "2"), ("--act", "outage platform=Signal date=2020-07-03"), ("--best",)):
        assert "--replace" in refused(*QUESTION, *other, "-o", "a.html", cwd=tmp_path)
    assert {name: (tmp_path / name).read_bytes() for name in PLACES} == before
    assert asked(tmp_path, "-o", "a.html", "--seed", "2", "--replace").returncode == 0
    assert all((tmp_path / name).read_bytes() != before[name] for name in ("a.html", "a/manifest.json"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "a.html", "a.png", "a.svg", "a.toml"]


@pytest.mark.slow
@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize("text", ["my thesis", '<meta name="generator" content="lawshock">'])
def test_each_thing_that_a_question_would_replace_stays(tmp_path, name, text):
    """Page, saved question and tables are looked at one by one: each refuses with nothing else there."""
    mine = tmp_path / name
    mine.parent.mkdir(exist_ok=True)
    mine.write_text(text)
    assert "--replace" in refused(*QUESTION, "-o", "a.html", cwd=tmp_path)
    assert mine.read_text() == text
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [mine]


@pytest.mark.parametrize("more", [(), ("--replace",)], ids=str)
def test_a_question_never_takes_the_place_of_its_scenario(tmp_path, more):
    (tmp_path / "a.toml").write_text('extends = "no-law"\n')
    words = ("ask", "a.toml", *QUESTION[2:], "-o", "a.html", *more)
    assert "take the place of its scenario" in refused(*words, cwd=tmp_path)
    assert (tmp_path / "a.toml").read_text() == 'extends = "no-law"\n'


def test_a_page_is_known_by_its_whole_command():
    def page(words, heading="The question"):
        return f'<meta name="generator" content="lawshock 3"><dt>{heading}</dt><dd><code>{words}</code></dd>'.encode()

    typed = "lawshock ask x --act 'a b' --set \"c\""
    known = "lawshock ask x --act &#39;a b&#39; --set &#34;c&#34;"
    assert shared.is_page_of(page(known), "The question", typed)
    for other in (page(f"{known} --seed 2"), page(known[:-6]), page(known, "The results"), page(known)[10:], b"\xff"):
        assert not shared.is_page_of(other, "The question", typed)


DRAWN = {"title": "t", "command": "lawshock calibrate c", "settings_digest": "1", "model_version": "3"}


def test_draws_of_other_settings_stay(tmp_path):
    draws = pd.DataFrame({"population.inertia": [2.5]})
    check_draws(tmp_path, "c", DRAWN)  # nothing is there
    write_posterior(tmp_path, "c", draws, DRAWN)
    check_draws(tmp_path, "c", DRAWN | {"model_version": "4"})
    for other in ({"command": "lawshock calibrate c --seed 2"}, {"settings_digest": "2"}, {"points": 60}):
        with pytest.raises(PosteriorError, match="--replace"):
            check_draws(tmp_path, "c", DRAWN | other)
    (tmp_path / "c.csv").unlink()  # as a kill between the two files leaves it
    check_draws(tmp_path, "c", DRAWN)
    (tmp_path / "c.csv").write_text("mine")
    (tmp_path / "c.json").unlink()
    with pytest.raises(PosteriorError, match="no manifest tells"):
        check_draws(tmp_path, "c", DRAWN)


def test_the_folder_of_settings_depends_on_the_command_and_on_the_world():
    one, other = load("hong-kong-2020"), load("no-law")
    found = {settings_hash(command, world) for command in ("a", "b") for world in (one, other)}
    assert len(found) == 4
    assert settings_hash("a", one) == settings_hash("a", load("hong-kong-2020"))
