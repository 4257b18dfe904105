"""A question becomes a world, a world becomes a file that reads back as the same, and a mistake is one line."""

from pathlib import Path

import pytest

from sim.analyses.ask import ask, parse_acts, to_file
from sim.scenario.differences import differences
from sim.scenario.errors import ScenarioError
from sim.scenario.files import load

COMPLY = "force-stance company=Meta stance=comply date=2020-10-01"


def test_a_question_is_the_shipped_counterfactual_of_the_same_acts():
    asked = ask("hong-kong-2020", ["force-stance company=Meta stance=comply date=2020-06-30 id=comply-meta"], [])
    assert [c for c in differences(load("whatsapp-complies"), asked) if "acts" in c.key] == [
        c for c in differences(load("whatsapp-complies"), asked) if c.key == "acts.comply-meta.by"
    ]
    changed = differences(load("hong-kong-2020"), asked)
    assert [(change.what, change.key) for change in changed] == [("only there", "acts.comply-meta")]


def test_what_is_left_out_is_gone_and_its_sources_with_it():
    asked = ask("hong-kong-2020", [], ["acts.rules"])
    assert "rules" not in [act.id for act in asked.acts]
    assert [(c.what, c.key) for c in differences(load("hong-kong-2020"), asked)] == [("only here", "acts.rules")]
    assert asked.question == "What if implementation rules had not been gazetted on 6 July 2020?"


def test_an_act_with_the_id_of_another_changes_it():
    asked = ask("hong-kong-2020", ["gazette-rules id=rules date=2020-08-06"], [])
    (change,) = differences(load("hong-kong-2020"), asked)
    assert (change.key, change.after) == ("acts.rules.date", "2020-08-06")
    assert next(act.by for act in asked.acts if act.id == "rules") == "Hong Kong government"


def test_values_are_read_by_the_schema():
    text = "demand companies=Meta,Google date=2020-10-01 deadline=2020-11-01 salience=0.5 by='The ministry' note='a b'"
    (act,) = parse_acts([text], [])
    assert act["companies"] == ["Meta", "Google"]
    assert (act["salience"], act["by"], act["note"], act["id"]) == (0.5, "The ministry", "a b", "asked-1")
    assert act["deadline"].isoformat() == "2020-11-01"
    order = parse_acts(["order-block platform=WhatsApp date=2020-10-01 store_ban=true isps=[]"], [])[0]
    assert (order["store_ban"], order["isps"], order["by"]) == (True, [], "this question")


def test_ids_are_free_ones():
    ids = [act["id"] for act in parse_acts([COMPLY, "report date=2020-10-01 id=asked-3", COMPLY], ["asked-1"])]
    assert ids == ["asked-2", "asked-3", "asked-4"]


def test_no_value_was_observed_in_a_world_that_was_asked_for():
    assert load("hong-kong-2020").observed
    assert ask("hong-kong-2020", [COMPLY], []).observed == {}
    assert load("no-law").observed == {}


@pytest.mark.parametrize(
    ("acts", "without"),
    [([COMPLY], []), ([COMPLY, "outage platform=WhatsApp date=2021-10-04 hours=6"], ["acts.rules", "acts.museum"])],
)
def test_a_saved_question_reads_back_as_the_same_world(tmp_path, acts, without):
    asked = ask("hong-kong-2020", acts, without)
    file = tmp_path / "answer.toml"
    file.write_text(to_file("hong-kong-2020", asked, acts, without, file), encoding="utf-8")
    assert load(file) == asked


def test_a_question_about_a_file_names_it_from_where_the_question_is_saved(tmp_path):
    (tmp_path / "worlds").mkdir()
    base = tmp_path / "worlds" / "mine.toml"
    base.write_text('extends = "hong-kong-2020"\ntitle = "Mine"\n', encoding="utf-8")
    asked, file = ask(base, [COMPLY], []), tmp_path / "answer.toml"
    text = to_file(base, asked, [COMPLY], [], file)
    assert 'extends = "worlds/mine.toml"' in text
    file.write_text(text, encoding="utf-8")
    assert load(file) == asked


def test_settings_change_both_worlds():
    asked = ask("hong-kong-2020", [COMPLY], [], ["population.gamma=0"])
    assert asked.population.gamma == 0
    assert [c.key for c in differences(load("hong-kong-2020", ["population.gamma=0"]), asked)] == ["acts.asked-1"]


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (COMPLY.replace("stance ", "stanc "), ["acts.asked-1.kind", "expected one of", '"force-stance"']),
        (COMPLY.replace("company=", "compny="), ["acts.asked-1.compny", "known key", '"company"']),
        (COMPLY.replace("Meta", "Metta"), ["acts.asked-1.company", "a company: Meta", '"Meta"']),
        (COMPLY.replace("=comply", "=comly"), ["acts.asked-1.stance", "one of process", '"comply"']),
        (COMPLY.replace("-10-", "-13-"), ["acts.asked-1.date", "a date (YYYY-MM-DD)", "2020-13-01"]),
        (COMPLY.replace("2020", "2019"), ["acts.asked-1.date", "2020-05-01", "2019-10-01"]),
        (COMPLY.replace("2020", "2023"), ["acts.asked-1.date", "2022-06-30", "2023-10-01"]),
        ("force-stance Meta", ["force-stance", "key=value", "Meta"]),
        ("report date=2020-10-01 date=2020-10-02", ["report.date", "once"]),
        ("report note='no end", ["quotes"]),
        ("", ["a kind and keys"]),
        ("report id=naver date=2020-07-21", ["does not have already"]),
    ],
)
def test_a_wrong_act_is_one_line(act, words):
    with pytest.raises(ScenarioError) as error:
        ask("hong-kong-2020", [act], [])
    line = str(error.value)
    assert line.startswith("--act: ")
    assert "\n" not in line
    assert all(word in line for word in words), line


def test_a_wrong_key_to_leave_out_is_one_line():
    with pytest.raises(ScenarioError, match=r'found "acts.rulez"; did you mean "acts.rules"\?'):
        ask("hong-kong-2020", [], ["acts.rulez"])


def test_a_question_of_a_case_folder(tmp_path):
    case = Path("scenarios/cases/nigeria-2021")
    asked = ask("nigeria-2021", ["lift platform=Twitter date=2021-08-01"], [])
    file = tmp_path / "answer.toml"
    acts = ["lift platform=Twitter date=2021-08-01"]
    file.write_text(to_file(case, asked, acts, [], file), encoding="utf-8")
    assert load(file) == asked


def test_a_condition_calls_another_act_by_its_words():
    when = "when=\"{kind='act-happened', act='rules', days_after=10}\""
    asked = ask("hong-kong-2020", [f"outage platform=Signal hours=5 {when}"], [])
    assert asked.question == (
        "What if Signal had failed for everyone for 5 hours 10 days after “rules gazetted” has happened?"
    )
