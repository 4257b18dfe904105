"""Loading: extension, removal, overrides, and where each value came from."""

import datetime as dt
import re
from pathlib import Path

import pytest
from hypothesis import given, settings

from sim.scenario import files
from sim.scenario.errors import ScenarioError
from sim.scenario.files import Draft, build, cases_folder, load, loads, merge, name_of, read, shipped_files, to_toml
from sim.scenario.schema import Scenario, origins
from tests.evidence.checks import SCENARIO, write_case
from tests.strategies import corrupted, scenarios, tables


def write(folder: Path, text: str, name: str = "mine.toml") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def test_tables_merge_key_by_key(tmp_path: Path) -> None:
    base = load("hong-kong-2020")
    mine = load(write(tmp_path, 'extends = "hong-kong-2020"\n[companies.Meta]\nreview_days = 30.0\n'))
    assert mine.companies["Meta"] == base.companies["Meta"].model_copy(update={"review_days": 30.0})
    assert mine.companies["Google"] == base.companies["Google"]


def test_an_act_of_the_same_id_changes_and_a_new_one_is_added(tmp_path: Path) -> None:
    mine = load(
        write(
            tmp_path,
            'extends = "hong-kong-2020"\n[[acts]]\nid = "enact"\ndate = 2020-07-15\n'
            '[[acts]]\nid = "more"\nkind = "report"\ndate = 2020-08-01\n',
        )
    )
    base = {act.id: act for act in load("hong-kong-2020").acts}
    acts = {act.id: act for act in mine.acts}
    assert list(acts) == [*base, "more"]
    assert acts["enact"] == base["enact"].model_copy(update={"date": dt.date(2020, 7, 15)})


def test_overrides_take_toml_values_or_text() -> None:
    mine = load(
        "hong-kong-2020",
        [
            "companies.Meta.review_days=30",
            "acts.enact.date=2020-07-15",
            "companies.Meta.stance=pause",
            'companies.Google.platforms = ["Signal"]',
            "companies.Signal.platforms=[]",
            "press.salience_days=10.0",
            "title=A title",
        ],
    )
    assert mine.companies["Meta"].review_days == 30.0
    assert mine.companies["Meta"].stance == "pause"
    assert mine.owner("Signal") == "Google"
    assert mine.press.salience_days == 10.0
    assert mine.title == "A title"
    assert [act.id for act in mine.calendar(mine.day(dt.date(2020, 7, 15)))] == ["enact"]


def test_each_value_is_traced_to_its_file_or_override(tmp_path: Path) -> None:
    file = write(tmp_path, 'extends = "hong-kong-2020"\n[population]\ngamma = 1.0\n')
    draft = read(file, ["population.inertia=2.0"])
    assert draft.provenance_of(("population", "gamma")) == str(file)
    assert draft.provenance_of(("population", "inertia")) == "--set"
    assert Path(draft.provenance_of(("companies", "Meta", "cutoff"))).name == "hong-kong-2020.toml"
    assert [Path(name).name for name in draft.files] == ["hong-kong-2020.toml", "mine.toml"]
    assert build(draft) == load(file, ["population.inertia=2.0"])


def test_a_changed_value_no_longer_rests_on_its_old_source(tmp_path: Path) -> None:
    key = "companies.Meta.requests.legal.rate"
    file = write(tmp_path, 'extends = "hong-kong-2020"\n[companies.Meta.requests.legal]\nrate = 9.0\n')
    status = {where: {o.key: o for o in origins(load(where))}[key] for where in ("hong-kong-2020", file)}
    assert (status["hong-kong-2020"].status, status[file].status) == ("measured", "assumed")
    assert status[file].source == "changed by mine.toml"
    same = load("hong-kong-2020", [f"{key}=1.434"])
    assert same == load("hong-kong-2020")


@given(scenarios)
@settings(deadline=None)
def test_a_valid_scenario_survives_its_file(scenario: Scenario) -> None:
    again = loads(to_toml(scenario).encode(), "export.toml")
    assert again == scenario
    assert again.digest() == scenario.digest()


@pytest.mark.slow
@given(tables(), tables())
@settings(deadline=None)
def test_digests_are_equal_if_and_only_if_scenarios_are(one: dict[str, object], other: dict[str, object]) -> None:
    first, second = Scenario.model_validate(one), Scenario.model_validate(other)
    contents = [(s.model_dump(), list(s.platforms), list(s.isps)) for s in (first, second)]
    assert (first.digest() == second.digest()) == (contents[0] == contents[1])
    assert Scenario.model_validate(one).digest() == first.digest()


@pytest.mark.slow
@given(corrupted())
@settings(deadline=None, max_examples=300)
def test_a_corrupted_scenario_is_refused_in_one_line_or_is_good(table: dict[str, object]) -> None:
    draft, line = Draft(), ""
    try:
        merge(draft, table, "mine.toml")
        scenario = build(draft)
    except ScenarioError as error:
        line = str(error)
    if line:
        assert re.fullmatch(r"mine\.toml: .*expected .+, found .+", line)
    else:
        assert Scenario.model_validate(scenario.model_dump()) == scenario


def test_a_case_is_loaded_by_its_name_its_folder_and_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case, by_name = cases_folder() / "uganda-2021", load("uganda-2021")
    assert by_name == load(case) == load(case / "scenario.toml") == loads(b'extends = "uganda-2021"\n', "sent")
    write_case(tmp_path / "mine")
    monkeypatch.chdir(tmp_path)
    assert load("mine") == load(Path("mine", "scenario.toml"))
    with pytest.raises(ScenarioError, match=r'^uganda-2012: .* did you mean "uganda-2021"\?$'):
        load("uganda-2012")


def test_what_a_scenario_is_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = {
        "hong-kong-2020": "hong-kong-2020", "scenarios/autonomy-lost.toml": "autonomy-lost", "a.case/": "a.case",
        "scenarios/cases/uganda-2021/scenario.toml": "uganda-2021", "scenarios/cases/uganda-2021": "uganda-2021",
    }  # fmt: skip
    assert {path: name_of(path) for path in names} == names
    for name in ("twice", "once"):
        write_case(tmp_path / "cases" / name)
    (tmp_path / "twice.toml").write_text(SCENARIO)
    monkeypatch.setattr(files, "folder", lambda: tmp_path)
    found = {name: file.name for name, file in shipped_files().items()}
    assert found == {"once": "scenario.toml", "twice": "twice.toml"}, "a file beside the schema goes first"


def test_facts_of_a_shipped_case_are_named_from_the_folder_of_scenarios(tmp_path: Path) -> None:
    """So that a scenario that extends it from elsewhere, or a folder of results, still says where they are."""
    source = load("uganda-2021").sources["platforms.Facebook.share"]
    assert source.table == "cases/uganda-2021/facts.csv"
    assert load(write(tmp_path, 'extends = "uganda-2021"\n')).sources["platforms.Facebook.share"] == source
    assert load(write_case(tmp_path / "own")).sources["platforms.Old.share"].table == "facts.csv"


def test_an_act_of_another_kind_replaces(tmp_path: Path) -> None:
    text = 'extends = "hong-kong-2020"\n[[acts]]\nid = "enact"\nkind = "report"\ndate = 2020-06-30\n'
    act = next(act for act in load(write(tmp_path, text)).acts if act.id == "enact")
    assert (act.kind, act.salience) == ("report", 0.0)


def test_what_is_dropped_takes_its_sources_along() -> None:
    no_law = load("no-law")
    assert "enact" not in {act.id for act in no_law.acts}
    assert not [key for key in no_law.sources if key.startswith("acts.enact.")]


def test_extension_goes_through_several_files(tmp_path: Path) -> None:
    write(tmp_path, 'extends = "hong-kong-2020"\n[population]\ngamma = 1.0\ninertia = 2.0\n', "base.toml")
    mine = load(write(tmp_path, 'extends = "base.toml"\n[population]\ngamma = 2.0\n'))
    assert (mine.population.gamma, mine.population.inertia) == (2.0, 2.0)
