"""Conditions in files: what is refused, what can never be met, how they are said, what an extending file changes."""

import re

import pytest
from click.testing import CliRunner

from sim.cli import cli
from sim.scenario.calendar import idle_acts
from sim.scenario.differences import act_sentence, day_or_condition, differences
from sim.scenario.errors import ScenarioError
from sim.scenario.fields import leaves
from sim.scenario.files import load, loads, to_toml, vary, without
from tests.actors.worlds import act, on, world

HONG_KONG = 'extends = "hong-kong-2020"\n'
WAITS = '[[acts]]\nid = "x"\nkind = "report"\nnote = "y"\n'
FIRM = {"Firm": {"platforms": ["Chat"], "requests": {}, "listens_to": {}}}
APPS = {"Chat": {"share": 0.5}, "New": {"share": 0.0, "awareness": 0.1}}


def waits(when, kind="report", name="waits", **fields):
    return {"id": name, "kind": kind, "when": when, **({"note": "x"} if kind == "report" else {}), **fields}


def refused(text):
    with pytest.raises(ScenarioError) as error:
        loads((HONG_KONG + text).encode(), "mine")
    return str(error.value)


@pytest.mark.parametrize(
    ("when", "line"),
    [
        ('kind = "users-lst", platform = "WhatsApp"', 'acts.x.when.kind: expected one of act-happened, '),
        ('kind = "users-lost", platform = "WhatsApp"', "acts.x.when.share: expected a number above 0.0 and at most 1"),
        ('kind = "users-lost", platform = "WhatsAp", share = 0.1',
         'acts.x.when.platform: expected a platform: WhatsApp, Telegram, WeChat, Signal, found "WhatsAp"; did you mean '
         '"WhatsApp"?'),
        ('kind = "companies-stance", companies = ["Mta"], stance = "comply"', 'did you mean "Meta"?'),
        ('kind = "companies-stance", stance = "complies"', 'acts.x.when.stance: expected one of process, pause, '),
        ('kind = "companies-announced", count = 12',
         "acts.x.when.count: expected at most as many as there are to count, 11, found 12"),
        ('kind = "companies-announced", companies = ["Meta", "Meta"], count = 2', "there are to count, 1, found 2"),
        ('kind = "act-happened", act = "enct"', 'acts.x.when.act: expected the id of another act: '),
        ('kind = "act-happened", act = "x"', 'expected the id of another act'),
        ('kind = "law-in-force", days_after = 0', "acts.x.when.days_after: expected a whole number from 1 to 36525"),
        ('kind = "law-in-force", delay = 3', 'acts.x.when.delay: expected a known key (days_after, earliest, latest, '),
        ('kind = "law-in-force", earliest = 2020-04-01', "acts.x.when.earliest: expected a date from start 2020-05-01"),
        ('kind = "law-in-force", earliest = 2020-07-01, latest = 2020-06-30',
         "acts.x.when.latest: expected a date from 2020-07-01 on, found 2020-06-30"),
        ('kind = "users-lost", platform = "Signal", share = 0.1, since = 2020-04-30', "acts.x.when.since: expected"),
    ],
)  # fmt: skip
def test_a_wrong_condition_is_refused_in_a_line(when, line):
    told = refused(f"{WAITS}when = {{ {when} }}\n")
    assert line in told
    assert told.startswith("mine: acts.x.when.")


def test_an_act_has_a_date_or_a_condition():
    assert refused(WAITS) == (
        "mine: acts.x.date: expected a date (YYYY-MM-DD), or a condition in the place of one (when), found nothing"
    )
    both = WAITS + 'date = 2020-07-01\nwhen = { kind = "law-in-force" }\n'
    assert refused(both) == "mine: acts.x.date: expected no date beside a condition (when), found 2020-07-01"


BLOCK = '[[acts]]\nid = "x"\nkind = "order-block"\nplatform = "Signal"\n'
LAW = 'when = { kind = "law-in-force" }\n'


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (BLOCK + LAW + "until = 2020-09-01\n", "acts.x.until: expected no date in an act that waits; a length in for_"),
        (BLOCK + LAW + "announced = 2020-09-01\n", "acts.x.announced: expected no date in an act that waits, found"),
        (BLOCK + "date = 2020-08-01\nuntil = 2020-09-01\nfor_days = 3\n",
         "acts.x.for_days: expected either until or for_days, found 3"),
        ('[[acts]]\nid = "x"\nkind = "demand"\ncompanies = ["Meta"]\ndeadline = 2020-09-01\n' + LAW,
         "acts.x.deadline: expected no date in an act that waits; a length in within_days"),
    ],
)  # fmt: skip
def test_an_end_is_a_date_or_a_length(text, line):
    assert line in refused(text)


def warned(*acts, **tables):
    return [f"{key}: {why}" for key, why in idle_acts(world(FIRM, acts, days=100, platforms=APPS, **tables))]


NO_LAW = {"law": {"in_force": False}}


@pytest.mark.parametrize(
    ("acts", "warning"),
    [
        ([waits({"kind": "law-in-force", "earliest": on(99), "days_after": 2})],
         ".when: 2020-04-11 is after the end, 2020-04-10: it never happens"),
        ([waits({"kind": "law-in-force"})], ".when: the law is not in force at the start, and no act brings it into "),
        ([act("enact", 50), waits({"kind": "law-in-force", "latest": on(20)})], ".when: the law is not in force at"),
        ([waits({"kind": "platform-blocked", "platform": "Chat"})], ".when: no order against Chat can be in force by"),
        ([waits({"kind": "rung-reached", "rung": 3})], ".when.rung: nothing takes a company to rung 3 by then"),
        ([waits({"kind": "users-gained", "platform": "New", "share": 1.0})], ".when.platform: nobody holds New at th"),
        ([act("report", 50, note="x"), waits({"kind": "act-happened", "act": "report-50-0", "latest": on(49)})],
         ".when.act: 'report-50-0' does not happen before 2020-02-20"),
        ([act("report", 50, note="x"), waits({"kind": "act-happened", "act": "report-50-0", "earliest": on(51)})],
         ".when.act: 'report-50-0' does not happen after 2020-02-20"),
        ([act("order-block", -3, platform="Chat") | {"id": "old"}, waits({"kind": "act-happened", "act": "old"})],
         ".when.act: 'old' does not happen after 2019-12-29"),
    ],
)  # fmt: skip
def test_a_condition_that_no_evening_can_meet_is_told(acts, warning):
    (found,) = warned(*acts, **NO_LAW)
    assert f"acts.waits{warning}" in found


def test_acts_that_wait_for_one_another_are_told():
    one = waits({"kind": "act-happened", "act": "two"}, name="one")
    two = waits({"kind": "act-happened", "act": "one"}, name="two")
    assert warned(one, two) == [
        "acts.one.when.act: it waits for itself, by way of two",
        "acts.two.when.act: it waits for itself, by way of one",
    ]


def test_what_may_be_met_is_passed_over():
    committee = {"regulators": {"Committee": {"role": "committee", "ladder_rate": 0.1}}}
    blocked, rung = {"kind": "platform-blocked", "platform": "Chat"}, {"kind": "rung-reached", "rung": 5}
    assert not warned(waits(blocked), waits(rung, name="two"), **committee)
    assert not warned(act("order-block", 50, platform="Chat"), waits(blocked))
    assert not warned(act("enact", 50), waits({"kind": "law-in-force"}), **NO_LAW)
    assert not warned(waits({"kind": "law-in-force", "latest": on(100)}))
    assert not warned(waits({"kind": "users-lost", "platform": "New", "share": 0.5, "since": on(30)}))
    later = waits(blocked, "lift", name="lift", platform="Chat")
    assert not warned(waits({"kind": "law-in-force"}, "order-block", platform="Chat"), later)
    assert not warned(waits({"kind": "act-happened", "act": "two"}), waits({"kind": "law-in-force"}, name="two"))


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ({"kind": "companies-announced"}, "once a company has publicly stopped answering demands for data"),
        ({"kind": "companies-announced", "count": 3},
         "once 3 companies have publicly stopped answering demands for data"),
        ({"kind": "companies-stance", "companies": ["A"], "stance": "comply"},
         "once A has answered every demand for data"),
        ({"kind": "companies-stance", "companies": ["A", "B", "C"], "count": 3, "stance": "exit"},
         "once A, B and C have left the market"),
        ({"kind": "rung-reached", "companies": ["A", "B", "C"], "count": 2, "rung": 4},
         "once 2 of A, B, C are under a slowdown or worse"),
        ({"kind": "users-lost", "platform": "Chat", "share": 0.1, "days_after": 30},
         "30 days after Chat has lost 10 % of its users"),
        ({"kind": "users-gained", "platform": "Chat", "share": 1.5, "since": on(3)},
         "once Chat has gained 150 % of its users since 4 January 2020"),
        ({"kind": "platform-blocked", "platform": "Chat", "each_time": True}, "each time Chat is blocked"),
        ({"kind": "law-in-force", "each_time": True, "days_after": 2},
         "2 days after each time that the law is in force"),
        ({"kind": "attention-above", "level": 0.5, "earliest": on(1), "latest": on(9)},
         "once attention to surveillance is above 0.5, from 2 January 2020 on, up to 10 January 2020"),
        ({"kind": "act-happened", "act": "other"}, "once the act 'other' has happened"),
    ],
)  # fmt: skip
def test_a_condition_is_said_in_words(when, words):
    other = act("report", 1, note="x") | {"id": "other"}
    one, _ = world({"A": {}, "B": {}, "C": {}}, [waits(when), other], platforms=APPS).acts
    assert day_or_condition(one) == words


def test_a_file_that_extends_may_put_a_condition_in_the_place_of_a_date_and_back():
    base = load("hong-kong-2020")
    text = f'{HONG_KONG}[[acts]]\nid = "rules"\nwhen = {{ kind = "companies-announced", count = 2 }}\n'
    mine = loads(text.encode(), "mine")
    (rules,) = [one for one in mine.acts if one.id == "rules"]
    assert (rules.date, rules.when.count) == (None, 2)
    (change,) = differences(base, mine)
    assert change.key == "acts.rules.when"
    assert change.sentence.endswith(
        "it happens once 2 companies have publicly stopped answering demands for data instead of 6 July 2020."
    )
    back = vary(mine, ["acts.rules.date=2020-07-06"])
    assert back.acts == base.acts
    assert "acts.rules.date" not in mine.sources
    third = vary(mine, ["acts.rules.when.count=3", "acts.rules.when.days_after=4"])
    (change,) = differences(mine, third)
    assert (change.before[:4], change.after[:12]) == ("once", "4 days after")
    other = vary(base, ['acts.rules.when={kind = "law-in-force"}'])
    assert vary(mine, ['acts.rules.when={kind = "law-in-force"}']).acts == other.acts
    (change,) = differences(mine, other)
    assert change.after == "once the law is in force"


def test_acts_that_wait_come_last_among_the_differences():
    base = world(FIRM, [act("report", 5, note="x")], days=100, platforms=APPS)
    table = base.model_dump()
    table["acts"] = [waits({"kind": "law-in-force"}), *table["acts"], act("arrest", 90)]
    other = type(base).model_validate(table)
    assert [change.key for change in differences(base, other)] == ["acts.arrest-90-0", "acts.waits"]
    assert act_sentence(other.acts[0]) == "once the law is in force, government: x"


@pytest.mark.parametrize("name", ["court-order-if-three-pause", "interoperability-if-tenth-lost"])
def test_a_scenario_that_waits_is_written_out_and_read_again(name):
    scenario = load(name)
    assert loads(to_toml(scenario).encode(), "mine") == scenario
    assert without(scenario, [f"acts.{scenario.acts[-1].id}"]).acts == scenario.acts[:-1]


def test_check_notes_and_describe_print_what_an_act_waits_for(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(f'{HONG_KONG}[[acts]]\nid = "rules"\nwhen = {{ kind = "companies-announced", count = 2 }}\n')
    done = CliRunner().invoke(cli, ["check", str(file)])
    assert done.exit_code == 0
    assert "acts.rules: waits for a condition, not for 2020-07-06 as in the file that this one extends" in done.output
    shown = CliRunner().invoke(cli, ["describe", "interoperability-if-tenth-lost"])
    assert re.search(r"once WhatsApp has lost 10 % of its\s+this scenario", shown.output)
    keys = [leaf.key for leaf in leaves(load("interoperability-if-tenth-lost"))]
    assert [key for key in keys if ".when" in key and not key.endswith(("est", "since"))] == [
        f"acts.interoperability.when.{name}" for name in ("days_after", "each_time", "platform", "kind", "share")
    ]
