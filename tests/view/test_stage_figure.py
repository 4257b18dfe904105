"""The stage on three days: what is committed is what its command draws, with the numbers of the page that is kept."""

import json
import re
from datetime import date, timedelta
from itertools import pairwise

import pytest

from sim.scenario.words import day_in_words
from sim.view.figures.stage import draw, read, scenes, title
from sim.view.stage import in_words
from tests.laboratory.test_answers import lives
from tests.terminal import lawshock, refused
from tests.test_house import ROOT

KEPT = ROOT / "results" / "laboratory"
PAGE, NAME = KEPT / "hong-kong-2020.html", "whatsapp-complies"


@pytest.fixture(scope="module")
def data():
    found = re.search(r'id="worlds">(.*?)</script>', PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return json.loads(found[1])


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return draw(PAGE, NAME, tmp_path_factory.mktemp("picture"))


def test_what_is_kept_is_what_its_command_draws(files):
    for file in files:
        assert file.read_bytes() == (KEPT / file.name).read_bytes(), file.name


def test_hollow_dots_are_explained_where_there_are_any(files, tmp_path):
    left = draw(PAGE, "companies-exit", tmp_path)
    assert ["hollow: " in one[1].read_text(encoding="utf-8") for one in (files, left)] == [False, True]


def test_numbers_are_those_of_the_page(files, data):
    question = next(one for one in data["questions"] if one["name"] == NAME)
    texts = re.findall("<!-- (.*?) -->", files[1].read_text(encoding="utf-8"))
    days = [date.fromisoformat(data["start"]) + timedelta(days=day) for day in data["weeks"]]
    weeks = [days.index(day) for day in (date(2020, 6, 25), date(2020, 12, 31), date(2022, 6, 30))]
    assert [text for text in texts if text in map(day_in_words, days)] == [day_in_words(days[week]) for week in weeks]
    apps = [*zip(question["city"]["apps"], "abcd", strict=True), ("no app", ".")]
    counts, moved, otherwise = [], [], []
    for week in weeks:
        both = [[life[week].lower() for life in lives(question["city"][world], len(days))] for world in ("base", "now")]
        counts.append({app: " → ".join(str(world.count(letter)) for world in both) for app, letter in apps})
        by = sorted((abs(flow["by"][week]) for flow in question["flows"]), reverse=True)
        moved += [f"{round(percent)} of 100 people" for percent in by[:2] if percent >= 0.95]
        on = {name: [[span[1] for span in of[world] if span[0] <= week][-1] for world in ("base", "now")]
              for name, of in question["stances"].items()}  # fmt: skip
        otherwise.append({name: stances for name, stances in on.items() if stances[0] != stances[1]})
    shown = [(app, count) for app, count in pairwise(texts) if " → " in count]
    assert [dict(shown[start : start + 5]) for start in (0, 5, 10)] == counts
    assert [text for text in texts if text.endswith(" of 100 people")] == moved
    assert otherwise == [{}, *[{"Meta": ["pause", "comply"]}] * 2]
    assert texts.count("Meta: complies with all (as it was: pauses)") == 2


def test_the_title_is_borne_out(data):
    worlds, question = read(PAGE, NAME)
    last = scenes(worlds, question)[-1]
    said = title(worlds, question, last)
    gap, base, now = (question["courses"]["WhatsApp.holders"][of] for of in ("gap", "base", "now"))
    mean, low, high = (round(-line[-1]) for line in gap)
    assert (
        f"{mean} points fewer users ({high} to {low}): {now[0][-1]:.0f} % of people instead of {base[0][-1]:.0f} %"
        in said
    )
    left = {one["to"]: one["by"][-1] for one in question["flows"] if one["from"] == "WhatsApp"}
    assert left["WeChat"] > sum(left.values()) / 2
    assert "Most who turn away from WhatsApp turn to WeChat, whose owner answers every demand for data." in said
    assert question["stances"]["Tencent"]["now"][-1][1] == "comply"
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"![{said} {in_words(last)}](results/laboratory/{NAME}.png)" in readme


def test_the_command_draws_beside_the_page_and_replaces_only_its_own(tmp_path):
    (tmp_path / "lab.html").write_bytes(PAGE.read_bytes())
    asked = ("explore", "--picture", "lab.html", "--only", "no-law")
    result = lawshock(*asked, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"lab.html", "no-law.png", "no-law.svg"}
    (tmp_path / "no-law.svg").write_text("something else", encoding="utf-8")
    assert "--replace" in refused(*asked, cwd=tmp_path)
    assert "expected a question of the page" in refused(*asked[:-1], "nothing", cwd=tmp_path)
    assert "expected a page" in refused("explore", "--picture", "no-law.svg", "--only", "no-law", cwd=tmp_path)
    assert "expected no such option" in refused(*asked, "--users", 300, cwd=tmp_path)
