"""A question becomes a world, a file that reads back as the same, plain words, and a page; a mistake is one line."""

import datetime as dt
import re
from typing import Any, Literal, get_args, get_origin

import pandas as pd
import pytest

from sim.analyses.ask import ask, parse_acts, title, to_file
from sim.scenario.acts import KINDS
from sim.scenario.calendar import AnyCondition
from sim.scenario.differences import differences
from sim.scenario.errors import ScenarioError
from sim.scenario.files import load
from sim.scenario.schema import Scenario
from sim.scenario.stances import STANCES
from tests.kinds import least
from tests.scenario.test_kinds import WORLD
from tests.terminal import lawshock

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


def test_a_wrong_act_is_one_line():
    for act, words in (
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
    ):
        with pytest.raises(ScenarioError) as error:
            ask("hong-kong-2020", [act], [])
        line = str(error.value)
        assert line.startswith("--act: ")
        assert "\n" not in line
        assert [word for word in words if word not in line] == [], line


def test_a_title_counts_acts_once_several_are_too_many():
    act = "outage platform=Signal hours=5 date=2020-10-0{}"
    told = [ask("hong-kong-2020", [act.format(day + 1) for day in range(many)], [])
            for many in (4, 5)]  # fmt: skip
    assert [one.question.count("Signal had failed") for one in told] == [4, 3]
    assert told[1].question.endswith("; and 2 further acts had come?")


def test_a_condition_calls_another_act_by_its_words():
    when = "when=\"{kind='act-happened', act='rules', days_after=10}\""
    asked = ask("hong-kong-2020", [f"outage platform=Signal hours=5 {when}"], [])
    assert asked.question == (
        "What if Signal had failed for everyone for 5 hours 10 days after “rules gazetted” has happened?"
    )


# In plain words: whatever kind of act, stance or condition it is made from, no code word shows

CONDITIONS = {get_args(one.model_fields["kind"].annotation)[0]: one for one in get_args(get_args(AnyCondition)[0])}
NAMES = {"platform": "WhatsApp", "company": "Meta", "isps": ["Net"], "site": "example.org", "part": "uploads"}
DAY = dt.date(2020, 3, 1)


def choices(fields: Any) -> dict[str, tuple[Any, ...]]:
    """Fields with a few choices, and both answers to a yes or no."""
    found = {
        name: get_args(field.annotation) for name, field in fields.items() if get_origin(field.annotation) is Literal
    }
    return {n: c for n, c in found.items() if n != "kind"} | {
        name: (True, False) for name, field in fields.items() if field.annotation is bool
    }


def worlds() -> dict[str, tuple[Scenario, str]]:
    """A world with one act of each kind and each choice that a field of it has, and the kind."""
    tables = {}
    for kind, act in KINDS.items():
        table = least(kind, **NAMES) | {
            name: NAMES[name] for name in ("platform", "company") if name in act.model_fields
        }
        variants = [{}] + [{name: choice} for name, some in choices(act.model_fields).items() for choice in some]
        variants += [{"for_days": 30}, {"until": DAY + dt.timedelta(60)}] if "until" in act.model_fields else []
        variants += [{"isps": ["Net"]}] if "isps" in act.model_fields else []
        for more in variants:
            tables[f"{kind} {more}"] = table | more | {"id": "x", "date": DAY}
    for kind, condition in CONDITIONS.items():
        few = {"companies": ["Meta"], "platform": "WhatsApp", "stance": "pause", "rung": 5, "share": 0.1, "level": 1.0}
        for stance in STANCES if "stance" in condition.model_fields else [""]:
            when = {"kind": kind} | {n: v for n, v in few.items() if n in condition.model_fields}
            when |= {"stance": stance} if stance else {}
            if "act" not in condition.model_fields:
                tables[f"once {kind} {stance}"] = {"kind": "lift", "platform": "WhatsApp", "id": "x", "when": when}
    return {name: Scenario.model_validate(WORLD | {"acts": [table]}) for name, table in tables.items()}


WORLDS = worlds()
CHOICES = {choice for act in KINDS.values() for some in choices(act.model_fields).values() for choice in some}
CODE = {word for word in (*KINDS, *CONDITIONS, *CHOICES) if "-" in str(word)} | {"comply", "mlat", "process", "rung"}
"""Names of the schema that are no English where they stand alone."""


def is_plain(text: str) -> bool:
    """Whether no code word stands in a text, bare, in quotes or with an underscore, and no value of the language."""
    return not re.search(r"['\"“”‘_{}\[\]]|\b(None|True|False)\b", text) and not {*re.findall(r"[\w-]+", text)} & CODE


def test_a_question_holds_no_code_word():
    base = Scenario.model_validate(WORLD)
    for name, world in WORLDS.items():
        (act,) = world.acts
        for gone, text in ((False, title(base, [act], [])), (True, title(world, [], ["acts.x"]))):
            assert is_plain(text), (name, text)
            assert re.fullmatch(r"What if .+ (had|had not) .+\?", text), (name, text)
            assert ("had not" in text) == gone, (name, text)
            assert "1 March 2020" in text or "once" in text, f"{name} says no day: {text}"
            assert "  " not in text
        assert [said for said in (act.said(), act.in_short(), act.said(["Meta", "Signal"])) if not is_plain(said)] == []


@pytest.mark.parametrize(
    ("acts", "without", "question"),
    [
        ([COMPLY], [], "What if Meta had answered every demand for data from 1 October 2020 on?"),
        (
            [COMPLY.replace("Meta", name) for name in load("hong-kong-2020").companies], [],
            "What if Meta, Google, Twitter and 8 more companies had answered every demand for data from 1 October "
            "2020 on?",
        ),
        (
            ["order-block platform=WhatsApp for_days=30 date=2020-10-01"], [],
            "What if ISPs had been ordered to block WhatsApp for 30 days from 1 October 2020?",
        ),
        (
            ["outage platform=WhatsApp days=2 date=2021-10-04"], ["acts.rules"],
            "What if WhatsApp had failed for everyone for 2 days from 4 October 2021, and implementation rules had not "
            "been gazetted on 6 July 2020?",
        ),
        (
            ["gazette-rules id=rules date=2020-08-06"], [],
            "What if implementation rules had been gazetted on 6 August 2020 instead of on 6 July 2020?",
        ),
        (
            ["gazette-rules id=rules vagueness=0.2"], [],
            "What if implementation rules had been gazetted on 6 July 2020, with vagueness from now on 0.2 instead of "
            "nothing?",
        ),
        (
            ["enact id=enact court_order_required=true"], [],
            "What if the law had come into force on 30 June 2020, with a court order still needed to demand data?",
        ),
    ],
)  # fmt: skip
def test_a_question_says_what_is_asked_how_long_and_instead_of_what(acts, without, question):
    assert ask("hong-kong-2020", acts, without).question == question


META = COMPLY.replace("2020-10-01", "2020-07-02")
FEW = ("--users", 600, "--replicates", 2, "--workers", 1, "--set", "end=2020-07-20")


@pytest.mark.slow
def test_a_question_becomes_a_page_a_scenario_and_tables_that_can_be_made_again(tmp_path):
    page = tmp_path / "meta.html"
    result = lawshock("ask", "hong-kong-2020", "--act", META, "--without", "acts.rules", *FEW, "-o", page)
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


def test_ids_are_free_ones():
    ids = [act["id"] for act in parse_acts([COMPLY, "report date=2020-10-01 id=asked-3", COMPLY], ["asked-1"])]
    assert ids == ["asked-2", "asked-3", "asked-4"]


def test_no_value_was_observed_in_a_world_that_was_asked_for():
    assert load("hong-kong-2020").observed
    assert ask("hong-kong-2020", [COMPLY], []).observed == {}
    assert load("no-law").observed == {}


def test_settings_change_both_worlds():
    asked = ask("hong-kong-2020", [COMPLY], [], ["population.gamma=0"])
    assert asked.population.gamma == 0
    assert [c.key for c in differences(load("hong-kong-2020", ["population.gamma=0"]), asked)] == ["acts.asked-1"]
