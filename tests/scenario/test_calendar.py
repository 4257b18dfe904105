"""The calendar in files: what is refused, what can have no effect, how conditions are said, what extending changes."""

import re

import pytest
from click.testing import CliRunner

from sim.cli import cli
from sim.scenario.calendar import doubtful, idle_acts
from sim.scenario.differences import day_or_condition, differences
from sim.scenario.errors import ScenarioError
from sim.scenario.files import load, loads, shipped, to_toml, vary, without
from tests.actors.worlds import act, on, world

HONG_KONG = 'extends = "hong-kong-2020"\n'
WAITS = '[[acts]]\nid = "x"\nkind = "report"\nnote = "y"\n'
BLOCK_TEXT = '[[acts]]\nid = "x"\nkind = "order-block"\nplatform = "Signal"\n'
LAW = 'when = { kind = "law-in-force" }\n'
FIRM = {"Firm": {"platforms": ["Chat"], "requests": {}, "listens_to": {}}}
TWO = {
    "Firm": {"platforms": ["Chat"], "requests": {"user-data": {"rate": 1.0, "produced": 0.4}}, "listens_to": {}},
    "Deaf": {"platforms": ["Talk"], "requests": {"user-data": {"rate": 0.0, "produced": 0.0}}, "listens_to": {}},
}
APPS = {"Chat": {"share": 0.5}, "Talk": {"share": 0.3}, "New": {"share": 0.0, "awareness": 0.1}}
ISPS = {"Net": {"share": 0.9, "lag_days": 30.0}, "Untold": {"share": 0.1, "compliance": 0.0}}
NO_LAW = {"law": {"in_force": False}}
BLOCK = act("order-block", 5, platform="Chat")
COMMITTEE = {"regulators": {"Committee": {"role": "committee", "ladder_rate": 0.1}}}
LATER = {"date": None, "when": {"kind": "attention-above", "level": 0.5}}


def warned(*acts, companies=FIRM, **tables):
    """Key and reason of each warning."""
    tables = {"platforms": APPS} | tables
    return [f"{key}: {why}" for key, why in idle_acts(world(companies, acts, days=100, **tables))]


def waits(when, kind="report", name="waits", **fields):
    return {"id": name, "kind": kind, "when": when, **({"note": "x"} if kind == "report" else {}), **fields}


def sale(day, company, number=0, **more):
    return act("change-owner", day, number, **{"platform": "Chat", "company": company} | more)


def withdrawal(day, produced, platform="Chat", **more):
    return act("withdraw-feature", day, platform=platform, produced=produced, **more)


def refused(text):
    with pytest.raises(ScenarioError) as error:
        loads((HONG_KONG + text).encode(), "mine")
    return str(error.value)


REFUSED = [
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
]  # fmt: skip
ENDS = [
    (WAITS, "acts.x.date: expected a date (YYYY-MM-DD), or a condition in the place of one (when), found nothing"),
    (WAITS + "date = 2020-07-01\n" + LAW, "acts.x.date: expected no date beside a condition (when), found 2020-07-01"),
    (BLOCK_TEXT + LAW + "until = 2020-09-01\n", "acts.x.until: expected no date in an act that waits; a length in"),
    (BLOCK_TEXT + LAW + "announced = 2020-09-01\n", "acts.x.announced: expected no date in an act that waits, found"),
    (BLOCK_TEXT + "date = 2020-08-01\nuntil = 2020-09-01\nfor_days = 3\n",
     "acts.x.for_days: expected either until or for_days, found 3"),
    ('[[acts]]\nid = "x"\nkind = "demand"\ncompanies = ["Meta"]\ndeadline = 2020-09-01\n' + LAW,
     "acts.x.deadline: expected no date in an act that waits; a length in within_days"),
]  # fmt: skip


def test_what_does_not_fit_is_refused_in_a_line():
    for when, line in REFUSED:
        told = refused(f"{WAITS}when = {{ {when} }}\n")
        assert line in told
        assert told.startswith("mine: acts.x.when.")
    for text, line in ENDS:
        assert line in refused(text)


IDLE = [
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
]  # fmt: skip
"""Only the last act of each list is idle."""
NEVER_MET = [
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
]  # fmt: skip
OWNERS = [
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
]  # fmt: skip
OWNERS_MATTER = [
    [sale(5, "Deaf")],
    [sale(3, "Deaf"), sale(5, "Firm")],
    [sale(2, "Deaf", **LATER), sale(5, "Firm")],  # it may have been sold by then
    [sale(2, "Firm", **LATER), sale(5, "Deaf")],  # it may be bought back
    [sale(2, "Deaf", date=None, when=LATER["when"] | {"latest": on(3)}), sale(5, "Firm")],
    [sale(5, "Deaf"), sale(5, "Firm", number=1)],
    [withdrawal(5, 0.5)],
    [withdrawal(5, 0.0, risk=0.5)],
    [withdrawal(5, 0.0, salience=0.5)],
    [sale(2, "Deaf", **LATER), withdrawal(5, 0.5)],
    [sale(2, "Firm", **LATER), sale(1, "Deaf"), withdrawal(5, 0.5)],
    [act("force-stance", 2, company="Firm", stance="cannot"), withdrawal(5, 0.0)],
]


def test_an_act_that_can_have_no_effect_is_told():
    wild = {"platforms": APPS | {"Wild": {"share": 0.1}}}
    for acts, warning in IDLE:
        (found,) = warned(*acts, isps=ISPS, **NO_LAW)
        assert f"acts.{acts[-1]['id']}{warning}" in found
    for acts, warning in NEVER_MET:
        (found,) = warned(*acts, **NO_LAW)
        assert f"acts.waits{warning}" in found
    for acts, warning in OWNERS:
        assert warned(*acts, companies=TWO, **wild) == [f"acts.{acts[-1]['id']}{warning}"]


def test_a_company_that_decides_nothing_any_more_is_told():
    for stance, reason in (("exit", "has left on 2020-01-03"),
                           ("refuse", "keeps the stance 'refuse' of 2020-01-03 for good")):  # fmt: skip
        acts = [
            act("force-stance", 2, company="Firm", stance=stance),
            act("demand", 5, of="takedown", companies=["Firm"]),
            act("advise-stance", 5, company="Firm", stance="pause"),
        ]
        assert warned(*acts) == [
            f"acts.demand-5-0.companies: Firm {reason} and never considers a demand",
            f"acts.advise-stance-5-0.company: Firm {reason} and heeds no advice",
        ]


def test_acts_that_wait_for_one_another_are_told():
    one = waits({"kind": "act-happened", "act": "two"}, name="one")
    two = waits({"kind": "act-happened", "act": "one"}, name="two")
    assert warned(one, two) == [
        "acts.one.when.act: it waits for itself, by way of two",
        "acts.two.when.act: it waits for itself, by way of one",
    ]


def test_what_may_have_an_effect_is_passed_over():
    blocked, rung = {"kind": "platform-blocked", "platform": "Chat"}, {"kind": "rung-reached", "rung": 5}
    short, quick = act("order-block", 5, platform="Chat", until=on(6)), {"Net": {"share": 1.0, "lag_days": 9.0}}
    cannot = {"Firm": TWO["Firm"] | {"stance": "cannot"}}
    for acts in OWNERS_MATTER:
        assert not warned(*acts, companies=TWO)
    assert not warned(withdrawal(5, 0.0), companies=cannot)
    assert not warned(BLOCK, act("lift", 6, platform="Chat"))
    assert not warned(act("lift", 6, platform="Chat"), **COMMITTEE)
    assert not warned(BLOCK | {"announced": on(1)}, act("lift", 2, platform="Chat"))
    assert not warned(act("order-block", -5, platform="Chat"), act("lift", 2, platform="Chat"))
    assert not warned(act("order-block", 150, platform="Chat", announced=on(1)))
    assert not warned(short, isps=quick)
    assert not warned(short | {"store_ban": True}, isps=ISPS)
    assert not warned(act("escalate", 5, companies=["Firm"], rung=5), act("lift", 6, platform="Chat"))
    assert not warned(act("order-vpn-block", 5), act("lift-vpn-block", 8))
    assert not warned(act("force-stance", 2, company="Firm", stance="refuse", lasting=False),
                      act("demand", 5, companies=["Firm"]))  # fmt: skip
    assert not warned(waits(blocked), waits(rung, name="two"), **COMMITTEE)
    assert not warned(act("order-block", 50, platform="Chat"), waits(blocked))
    assert not warned(act("enact", 50), waits({"kind": "law-in-force"}), **NO_LAW)
    assert not warned(waits({"kind": "law-in-force", "latest": on(100)}))
    assert not warned(waits({"kind": "users-lost", "platform": "New", "share": 0.5, "since": on(30)}))
    later = waits(blocked, "lift", name="lift", platform="Chat")
    assert not warned(waits({"kind": "law-in-force"}, "order-block", platform="Chat"), later)
    assert not warned(waits({"kind": "act-happened", "act": "two"}), waits({"kind": "law-in-force"}, name="two"))
    for name, _, _ in shipped():
        assert not list(idle_acts(load(name))), name


def doubted(*acts, companies=FIRM, **tables):
    """Key and reason of each warning of what is hardly meant; providers are several unless the world says otherwise."""
    tables = {"platforms": APPS, "isps": ISPS} | tables
    return [f"{key}: {why}" for key, why in doubtful(world(companies, acts, days=100, **tables))]


RULING = {"outcome": "block-lifted", "platform": "Chat"}


@pytest.mark.parametrize(("order", "lift"), [
    (BLOCK, act("lift", 5, 1, platform="Chat")),
    (BLOCK, act("court-ruling", 5, 1, **RULING)),
    (act("order-vpn-block", 5), act("lift-vpn-block", 5, 1)),
])  # fmt: skip
def test_a_lift_on_the_day_of_its_block_is_warned_of(order, lift):
    key = f"acts.{lift['id']}.date: '{order['id']}' of the same day "
    assert doubted(order, lift) == [
        f"{key}is cut short: it ends with its day, and whoever needs longer than that never acts"
    ]
    assert doubted(lift, order) == [f"{key}stands after it in the file, and is not lifted"]
    assert doubted(order, lift | {"date": on(6)}) == []
    early = order | {"announced": on(2)}
    assert doubted(early, lift | {"date": on(4)}) == [
        f"acts.{lift['id']}.date: '{order['id']}', announced by then, is withdrawn and never comes"
    ]
    assert doubted(early, lift | {"date": on(1)}) == []
    assert doubted(order | {"kind": "order-block", "platform": "Talk"}, lift) == []
    told = order | {"told": on(3)}
    assert doubted(told, lift) == [
        f"{key}is cut short: it ends with its day, and whoever needs longer than 3 days from being told never acts"
    ]


def test_a_demand_of_data_that_do_not_exist_is_warned_of():
    keyless = {"Firm": FIRM["Firm"] | {"stance": "cannot"}}
    demand = act("demand", 5, companies=["Firm"])
    why = "Firm has no keys or data to give (stance 'cannot'): only the state can end it"
    assert doubted(demand, companies=keyless) == [f"acts.{demand['id']}.companies: {why}"]
    assert doubted(demand | {"of": "registration", "deadline": on(9)}, companies=keyless) == []
    assert doubted(demand) == []
    assert doubted(demand, withdrawal(3, 0.5, number=1), companies=keyless) == []
    free = act("force-stance", 2, 1, company="Firm", stance="refuse", lasting=False)
    assert doubted(demand, free, companies=keyless) == []


def test_a_demand_that_nothing_makes_anyone_think_about_is_warned_of():
    """A deadline is heeded by staff on the spot; a rung, an order, or a committee that climbs presses."""
    demand = act("demand", 5, companies=["Firm"], of="registration")
    due, away = demand | {"deadline": on(9)}, {"Firm": FIRM["Firm"] | {"local_staff": False}}
    never = "and nothing presses it: it never meets the demand"
    assert doubted(demand) == [f"acts.{demand['id']}.companies: Firm is given no deadline, {never}"]
    assert doubted(due, companies=away) == [
        f"acts.{demand['id']}.companies: Firm has no staff on the spot to heed a deadline, {never}"
    ]
    assert doubted(due) == []
    for pressure in (BLOCK, act("escalate", 7, companies=["Firm"], rung=3)):
        assert doubted(demand, pressure, companies=away) == []
    assert doubted(demand, **COMMITTEE) == []


def test_one_provider_for_a_country_is_warned_of_where_an_order_may_be_late():
    one = {"isps": {"All": {"share": 1.0, "lag_days": 1.0, "compliance": 1.0}}}
    late = "isps.All: one provider for all: in 37% of runs a block begins for nobody on its day; name the largest"
    assert doubted(BLOCK, **one) == [late]
    assert doubted(**one, **COMMITTEE) == [late]
    told = BLOCK | {"told": on(4)}
    assert doubted(told, **one) == [late.replace("37%", "14%")]
    assert doubted(told | {"told": on(1)}, **one) == [], "told ahead, it acts on the day"
    assert doubted(told, BLOCK | {"id": "sudden"}, **one) == [late], "the least notice counts"
    assert doubted(**one) == [], "nothing is ordered"
    assert doubted(BLOCK | {"access": 1.0, "store_ban": True}, **one) == [], "stores alone have to act"
    assert doubted(BLOCK, isps={"All": {"share": 1.0, "lag_days": 0.3}}) == [], "it acts on the day"
    assert doubted(BLOCK, isps={"A": {"share": 0.5}, "B": {"share": 0.5}}) == []


SAID = [
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
]  # fmt: skip


def test_a_condition_is_said_in_words():
    other = act("report", 1, note="x") | {"id": "other"}
    for when, words in SAID:
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


def test_a_scenario_that_waits_is_written_out_and_read_again():
    for name in ("court-order-if-three-pause", "interoperability-if-tenth-lost"):
        scenario = load(name)
        assert loads(to_toml(scenario).encode(), "mine") == scenario
        assert without(scenario, [f"acts.{scenario.acts[-1].id}"]).acts == scenario.acts[:-1]
