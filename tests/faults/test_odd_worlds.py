"""Worlds that are valid and odd, nobody to act or nothing to happen, go through every command that shows them."""

import pytest
from click.testing import CliRunner

from sim.cli import cli
from sim.scenario.errors import ScenarioError
from sim.scenario.files import load, loads, vary
from sim.scenario.schema import Scenario

ISLAND = """
title = "An island"
start = 2030-01-01
end = 2030-02-15
[population]
users = 100
[platforms.Gull]
share = 0.9
[isps.Harbour]
share = 1.0
"""
SHORT = "end = 2020-07-05\n[population]\nusers = 200\n"
WORLDS = {
    "nobody": ISLAND,
    "no acts": 'extends = "hong-kong-2020"\nwithout = ["acts"]\n' + SHORT,
    "no companies": 'extends = "hong-kong-2020"\nwithout = ["companies"]\n' + SHORT,
    "no regulators": 'extends = "hong-kong-2020"\nwithout = ["regulators"]\n' + SHORT,
    "two days": ISLAND.replace("2030-02-15", "2030-01-02"),
}


def command(*words):
    result = CliRunner().invoke(cli, [str(word) for word in words])
    assert result.exit_code == 0, result.exception or result.output


@pytest.mark.slow
@pytest.mark.parametrize("name", WORLDS)
def test_a_valid_world_can_be_shown(tmp_path, name, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "odd.toml").write_text(WORLDS[name])
    (tmp_path / "even.toml").write_text('extends = "odd.toml"\n[population]\ninertia = 3.0\n')
    command("describe", "odd.toml")
    command("run", "odd.toml", "--replicates", 2, "--workers", 1, "--out", "run")
    command("compare", "odd.toml", "even.toml", "--replicates", 2, "--workers", 1, "--out", "both")
    command("brief", "run", "--out", "run.html")
    assert (tmp_path / "run.html").stat().st_size > 10_000


CONTROL = {"an escape": "\x1b", "a tab": "\t", "a line": "\n", "delete": "\x7f", "an old line": "\x85",
           "a line of Unicode": "\u2028", "right to left": "\u202e", "an isolate": "\u2067"}  # fmt: skip
TEXTS = {
    "title": 'title = "A{0}B"\n',
    "acts.enact.by": '[[acts]]\nid = "enact"\nby = "A{0}B"\n',
    "platforms.A": '[platforms."A{0}B"]\nshare = 0.1\n',
    "companies.A": '[companies."A{0}B"]\n',
    "regulators.A": '[regulators."A{0}B"]\nrole = "police"\n',
    "isps.A": '[isps."A{0}B"]\nshare = 0.0\n',
    "companies.Meta.group": '[companies.Meta]\ngroup = "A{0}B"\n',
    "companies.Meta.requests.A": '[companies.Meta.requests."A{0}B"]\nrate = 1.0\nproduced = 0.5\n',
    'sources."companies.Meta.cutoff".note': '[sources."companies.Meta.cutoff"]\nstatus = "assumed"\nnote = "A{0}B"\n',
    "observed.A": '[observed."A{0}B"]\nvalue = 1.0\n',
}


@pytest.mark.parametrize("sign", CONTROL.values(), ids=CONTROL)
@pytest.mark.parametrize("key", TEXTS)
def test_what_a_terminal_would_obey_is_refused(key, sign):
    if key.endswith("note") and sign in "\t\n":
        pytest.skip("a note may have lines")
    text = 'extends = "hong-kong-2020"\n' + TEXTS[key].format(f"\\u{ord(sign):04x}")
    with pytest.raises(ScenarioError) as caught:
        loads(text.encode(), "sent.toml")
    line = str(caught.value)
    assert line.startswith(f"sent.toml: {key}")
    assert "expected text without control characters" in line or "expected a name" in line


def test_letters_of_any_script_are_no_control_characters():
    title = "Ünïcode, 香港, العربية, עברית, हिन्दी, 😀 — “quoted”"
    assert load("hong-kong-2020", [f"title={title}"]).title == title
    assert vary(load("hong-kong-2020"), ['acts.enact.note="two\\nlines"', 'question="one\\n\\ttwo"']).question


@pytest.mark.parametrize("key", ["title", "question", "acts.enact.note", "acts.enact.by"])
def test_long_texts_are_refused(key):
    with pytest.raises(ScenarioError, match=r"characters, found"):
        load("hong-kong-2020", [f"{key}={'a' * 10_000}"])
    most = 200 if key == "title" else 2000
    assert isinstance(load("hong-kong-2020", [f"{key}={'a' * most}"]), Scenario)
