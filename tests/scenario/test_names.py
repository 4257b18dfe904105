"""Names of scenarios: those beside the schema, and those of cases in their folders."""

from pathlib import Path

import pytest

from sim.scenario import files as names
from sim.scenario.errors import ScenarioError
from sim.scenario.files import load, loads, shipped
from tests.evidence.checks import SCENARIO, write_case


def test_a_case_is_loaded_by_its_name_its_folder_and_its_file():
    case = names.cases_folder() / "uganda-2021"
    by_name = load("uganda-2021")
    assert by_name == load(case) == load(case / "scenario.toml")
    assert by_name == loads(b'extends = "uganda-2021"\n', "sent")
    assert "uganda-2021" in [name for name, _, _ in shipped()]
    assert "hong-kong-2020" in [name for name, _, _ in shipped()]


def test_a_folder_anywhere_is_loaded_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_case(tmp_path / "mine")
    monkeypatch.chdir(tmp_path)
    assert load("mine") == load(Path("mine", "scenario.toml"))


def test_a_misspelt_name_of_a_case_is_said_with_the_nearest():
    with pytest.raises(ScenarioError, match=r'^uganda-2012: .* did you mean "uganda-2021"\?$'):
        load("uganda-2012")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("hong-kong-2020", "hong-kong-2020"),
        ("scenarios/autonomy-lost.toml", "autonomy-lost"),
        ("scenarios/cases/uganda-2021/scenario.toml", "uganda-2021"),
        ("scenarios/cases/uganda-2021", "uganda-2021"),
        ("a.case/", "a.case"),
    ],
)
def test_what_a_scenario_is_called(path: str, name: str):
    assert names.name_of(path) == name


def test_a_file_beside_the_schema_goes_before_a_case_of_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_case(tmp_path / "cases" / "twice")
    write_case(tmp_path / "cases" / "once")
    (tmp_path / "twice.toml").write_text(SCENARIO)
    monkeypatch.setattr(names, "folder", lambda: tmp_path)
    assert {name: file.name for name, file in names.shipped_files().items()} == {
        "once": "scenario.toml", "twice": "twice.toml",
    }  # fmt: skip


def test_facts_of_a_shipped_case_are_named_from_the_folder_of_scenarios(tmp_path: Path):
    """So that a scenario that extends it from elsewhere, or a folder of results, still says where they are."""
    source = load("uganda-2021").sources["platforms.Facebook.share"]
    assert source.table == "cases/uganda-2021/facts.csv"
    (tmp_path / "mine.toml").write_text('extends = "uganda-2021"\n')
    assert load(tmp_path / "mine.toml").sources["platforms.Facebook.share"] == source
    assert load(write_case(tmp_path / "own")).sources["platforms.Old.share"].table == "facts.csv"
