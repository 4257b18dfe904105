"""``lawshock check`` warns of acts that can have no effect, and of ids that stand for another act than in the base."""

import re

import pytest
from click.testing import CliRunner

from sim.cli import cli
from sim.scenario.calendar import idle_acts
from sim.scenario.files import load, shipped
from tests.actors.worlds import act, on, world

FIRM = {"Firm": {"platforms": ["Chat"], "requests": {}, "listens_to": {}}}
APPS = {"Chat": {"share": 0.5}, "Talk": {"share": 0.3}}
ISPS = {"Net": {"share": 0.9, "lag_days": 30.0}, "Untold": {"share": 0.1, "compliance": 0.0}}


def warned(*acts, companies=FIRM, **tables):
    """Key and reason of each warning."""
    tables = {"platforms": APPS, "isps": ISPS} | tables
    return [f"{key}: {why}" for key, why in idle_acts(world(companies, acts, days=100, **tables))]


BLOCK = act("order-block", 5, platform="Chat")
NO_LAW = {"in_force": False}


@pytest.mark.parametrize(
    ("acts", "warning"),
    [
        ([act("report", 101, salience=1.0)], ".date: 2020-04-11 is after the end, 2020-04-10: it never happens"),
        ([act("order-block", -9, platform="Chat", until=on(0))], ".until: it has lapsed by the start, 2020-01-01"),
        ([act("order-block", -9, platform="Chat", salience=1.0)], ".salience: an order of before the start is no news"),
        ([act("order-block", 5, platform="Chat", until=on(6))], ".until: by 2020-01-07, it can be expected to have"),
        ([act("order-block", 5, platform="Chat", isps=["Untold"])], ": no ISP that it goes to ever carries an ord"),
        ([act("order-throttle", 5, platform="Chat", access=1.0)], ".access: it leaves all of the usability"),
        ([act("order-block", 5, platform="Chat", part="calls")], ".part: of a part of the app, it leaves nothing of "),
        ([act("lift", 5, platform="Chat")], ": no order against Chat can be in force, or announced, on 2020-01-06"),
        ([BLOCK, act("lift", 4, platform="Chat")], ": no order against Chat can be in force, or announced, on 2020-0"),
        ([BLOCK, act("lift", 6, platform="Talk")], ": no order against Talk can be in force, or announced, on 2020-0"),
        ([BLOCK | {"until": on(50)}, act("lift", 50, platform="Chat")], ": no order against Chat can be in force, or"),
        ([act("court-ruling", 5, outcome="block-lifted", platform="Chat")], ": no order against Chat can be in force"),
        ([BLOCK, act("lift-vpn-block", 6)], ": no order to block VPNs can be in force, or announced, on 2020-01-07"),
        ([act("escalate", 5, companies=["Firm"], rung=3)], ": it goes to those who defy a demand, and none is"),
        ([act("report", 5, note="x", names=["Talk"])], ".names: without salience, nobody comes to know Talk by it"),
        ([act("report", 5, note="x", topic="access")], ".topic: without salience, there is no attention that could go"),
        ([act("report", 5)], ": a report that adds no salience and tells nothing (note)"),
        ([act("change-terms", 5, platform="Chat")], ": new terms that change no risk and add no salience"),
        ([act("advise-stance", 5, company="Firm", stance="pause", weight=0.0)], ".weight: advice without weight moves"),
        ([act("mandate-interoperability", 5, reach=0.0)], ".reach: it reaches no further than population.interoperab"),
    ],
)  # fmt: skip
def test_an_act_that_can_have_no_effect_is_told(acts, warning):
    (found,) = warned(*acts, law=NO_LAW)
    assert f"acts.{acts[-1]['id']}{warning}" in found


@pytest.mark.parametrize(
    ("forced", "reason"),
    [
        ({"stance": "exit"}, "has left on 2020-01-03"),
        ({"stance": "refuse"}, "keeps the stance 'refuse' of 2020-01-03 for good"),
    ],
)
def test_a_company_that_decides_nothing_any_more_is_told(forced, reason):
    acts = [
        act("force-stance", 2, company="Firm", **forced),
        act("demand", 5, of="takedown", companies=["Firm"]),
        act("advise-stance", 5, company="Firm", stance="pause"),
    ]
    assert warned(*acts) == [
        f"acts.demand-5-0.companies: Firm {reason} and never considers a demand",
        f"acts.advise-stance-5-0.company: Firm {reason} and heeds no advice",
    ]


TWO = {
    "Firm": {"platforms": ["Chat"], "requests": {"user-data": {"rate": 1.0, "produced": 0.4}}, "listens_to": {}},
    "Deaf": {"platforms": ["Talk"], "requests": {"user-data": {"rate": 0.0, "produced": 0.0}}, "listens_to": {}},
}


def sale(day, company, number=0, **more):
    return act("change-owner", day, number, **{"platform": "Chat", "company": company} | more)


def withdrawal(day, produced, platform="Chat", **more):
    return act("withdraw-feature", day, platform=platform, produced=produced, **more)


WAITS = {"date": None, "when": {"kind": "attention-above", "level": 0.5}}


@pytest.mark.parametrize(
    ("acts", "warning"),
    [
        ([sale(5, "Firm")], ".company: Firm owns Chat already"),
        ([sale(3, "Deaf"), sale(5, "Deaf")], ".company: Deaf owns Chat already"),
        ([sale(3, "Deaf"), sale(4, "Firm"), sale(5, "Firm", salience=1.0)], ".company: Firm owns Chat already"),
        ([sale(6, "Deaf"), sale(5, "Firm")], ".company: Firm owns Chat already"),
        ([withdrawal(5, 0.4)], ".produced: Firm answers no further request by it"),
        ([withdrawal(5, 0.3, risk=0.5, salience=1.0)], ".produced: Firm answers no further request by it"),
        ([withdrawal(5, 1.0, platform="Talk")], ".produced: Deaf answers no further request by it"),
        ([withdrawal(5, 1.0, platform="Wild")], ".produced: nobody owns Wild, and so nobody answers"),
        ([sale(3, "Deaf"), withdrawal(5, 1.0)], ".produced: Deaf answers no further request by it"),
        ([act("force-stance", 2, company="Deaf", stance="cannot"), withdrawal(5, 0.4)],
         ".produced: Firm answers no further request by it"),
        ([sale(3, "Firm", platform="Talk"), sale(4, "Deaf", platform="Talk"), sale(5, "Firm")],
         ".company: Firm owns Chat already"),
        ([withdrawal(5, 0.0)], ": a feature that changes no risk, lets no request be answered and adds no salience"),
    ],
)  # fmt: skip
def test_a_sale_to_the_owner_and_a_feature_that_kept_nothing_are_told(acts, warning):
    """Only the last act of each list is idle."""
    (found,) = warned(*acts, companies=TWO, platforms=APPS | {"Wild": {"share": 0.1}})
    assert found == f"acts.{acts[-1]['id']}{warning}"


@pytest.mark.parametrize(
    "acts",
    [
        [sale(5, "Deaf")],
        [sale(3, "Deaf"), sale(5, "Firm")],
        [sale(2, "Deaf", **WAITS), sale(5, "Firm")],  # it may have been sold by then
        [sale(2, "Firm", **WAITS), sale(5, "Deaf")],  # it may be bought back
        [sale(2, "Deaf", date=None, when=WAITS["when"] | {"latest": on(3)}), sale(5, "Firm")],
        [sale(5, "Deaf"), sale(5, "Firm", number=1)],
        [withdrawal(5, 0.5)],
        [withdrawal(5, 0.0, risk=0.5)],
        [withdrawal(5, 0.0, salience=0.5)],
        [sale(2, "Deaf", **WAITS), withdrawal(5, 0.5)],
        [sale(2, "Firm", **WAITS), sale(1, "Deaf"), withdrawal(5, 0.5)],
        [act("force-stance", 2, company="Firm", stance="cannot"), withdrawal(5, 0.0)],
    ],
)
def test_a_sale_and_a_feature_that_may_matter_are_passed_over(acts):
    assert not warned(*acts, companies=TWO)


def test_a_company_that_cannot_answer_can_once_the_feature_is_gone():
    cannot = {"Firm": TWO["Firm"] | {"stance": "cannot"}}
    assert not warned(withdrawal(5, 0.0), companies=cannot)


def test_what_may_have_an_effect_is_passed_over():
    committee = {"Committee": {"role": "committee", "ladder_rate": 0.1}}
    assert not warned(BLOCK, act("lift", 6, platform="Chat"))
    assert not warned(act("lift", 6, platform="Chat"), regulators=committee)
    assert not warned(BLOCK | {"announced": on(1)}, act("lift", 2, platform="Chat"))
    assert not warned(act("order-block", -5, platform="Chat"), act("lift", 2, platform="Chat"))
    assert not warned(act("order-block", 150, platform="Chat", announced=on(1)))
    assert not warned(
        act("order-block", 5, platform="Chat", until=on(6)), isps={"Net": {"share": 1.0, "lag_days": 9.0}}
    )
    assert not warned(act("order-block", 5, platform="Chat", until=on(6), store_ban=True))
    assert not warned(act("escalate", 5, companies=["Firm"], rung=5), act("lift", 6, platform="Chat"))
    assert not warned(act("order-vpn-block", 5), act("lift-vpn-block", 8))
    assert not warned(act("force-stance", 2, company="Firm", stance="refuse", lasting=False),
                      act("demand", 5, companies=["Firm"]))  # fmt: skip


@pytest.mark.parametrize("name", [name for name, _, _ in shipped()])
def test_no_act_of_a_shipped_scenario_is_idle(name):
    assert not list(idle_acts(load(name)))


def test_check_warns_in_a_line_each_and_says_good(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(
        'extends = "hong-kong-2020"\n'
        '[[acts]]\nid = "lift"\nkind = "lift"\ndate = 2020-06-01\nplatform = "WeChat"\n'
        '[[acts]]\nid = "late"\nkind = "report"\ndate = 2030-06-01\nnote = "x"\n'
        '[[acts]]\nid = "rules"\ndate = 2020-07-08\n'
        '[[acts]]\nid = "enact"\nkind = "report"\ndate = 2020-06-30\nnote = "x"\n'
        '[[acts]]\nid = "naver"\nnote = "x"\n'
        "[regulators.Committee]\nladder_rate = 0.0\n"
    )
    done = CliRunner().invoke(cli, ["check", str(file)])
    assert done.exit_code == 0
    *lines, last = [re.sub(r"^(\w+: )\S*mine", r"\1mine", line) for line in done.output.splitlines()]
    assert lines == [
        "note: mine.toml: acts.rules: moves 'gazette-rules' of the file that this one extends from 2020-07-06 to "
        "2020-07-08",
        "note: mine.toml: acts.enact: takes the place of 'enact' of 2020-06-30 in the file that this one extends",
        "warning: mine.toml: acts.lift: no order against WeChat can be in force, or announced, on 2020-06-01",
        "warning: mine.toml: acts.late.date: 2030-06-01 is after the end, 2022-06-30: it never happens",
    ]
    assert "mine.toml: good." in last


def test_check_is_silent_where_all_is_well():
    done = CliRunner().invoke(cli, ["check", "whatsapp-blocked-90-days"])
    assert len(done.output.splitlines()) == 1
