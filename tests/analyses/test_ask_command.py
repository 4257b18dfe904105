"""``lawshock ask`` as its users type it: page, scenario and tables from one line, and a mistake in one line."""

import pandas as pd
import pytest

from sim.scenario.files import load
from tests.terminal import lawshock, refused

COMPLY = "force-stance company=Meta stance=comply date=2020-07-02"
FEW = ("--users", 600, "--replicates", 2, "--workers", 1, "--set", "end=2020-07-20")


@pytest.mark.slow
def test_a_question_becomes_a_page_a_scenario_and_tables_that_can_be_made_again(tmp_path):
    page = tmp_path / "meta.html"
    result = lawshock("ask", "hong-kong-2020", "--act", COMPLY, "--without", "acts.rules", *FEW, "-o", page)
    assert result.returncode == 0, result.stderr
    assert "By 20 July 2020, " in result.stdout
    text = page.read_text(encoding="utf-8")
    assert "What if Meta had answered every demand" in text
    assert "lawshock ask hong-kong-2020 --act" in text
    saved = load(tmp_path / "meta.toml")
    assert "asked-1" in [act.id for act in saved.acts]
    assert "rules" not in [act.id for act in saved.acts]
    outcomes = pd.read_csv(tmp_path / "meta" / "outcomes.csv")
    assert set(outcomes["when"]) == {"end", "peak", "180 days"}
    assert outcomes.loc[outcomes["when"] == "end", "date"].unique().tolist() == ["2020-07-20"]
    again = lawshock("reproduce", tmp_path / "meta")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "same, byte by byte" in again.stdout


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((), ["--act", "--without", "force-stance company=Meta"]),
        (("--act", COMPLY.replace("Meta", "Metta")), ["acts.asked-1.company", '"Meta"']),
        (("--act", COMPLY.replace("stance=", "stanse=")), ["acts.asked-1.stanse", '"stance"']),
        (("--without", "acts.rulez"), ["acts.rulez", '"acts.rules"']),
        (("--act", COMPLY, "-o", "/proc/nowhere/answer.html"), ["/proc/nowhere"]),
        (("--act", COMPLY, "--users", 0), ["population.users"]),
    ],
)
def test_a_mistake_is_one_line_before_any_run(args, words):
    line = refused("ask", "hong-kong-2020", *args)
    assert all(word in line for word in words), line


def test_a_folder_with_other_files_is_left_alone(tmp_path):
    (tmp_path / "answer").mkdir()
    (tmp_path / "answer" / "thesis.txt").write_text("mine")
    assert "answer" in refused("ask", "hong-kong-2020", "--act", COMPLY, *FEW, "-o", tmp_path / "answer.html")
    assert (tmp_path / "answer" / "thesis.txt").read_text() == "mine"
    assert not (tmp_path / "answer.html").exists()
