"""Acts that wait: each condition is met on the evening worked out by hand, and its act happens as many days later."""

from types import SimpleNamespace

import pytest

from sim.actors.triggers import Triggers
from sim.model import Model
from sim.runs.once import run_once
from sim.scenario.acts import KINDS
from tests.actors.test_contract import small
from tests.actors.worlds import act, alike, asked, live, on, world
from tests.kinds import CONDITIONS, least

THREE = alike(3, requests={})
"""Companies that are asked for nothing, and so decide nothing by themselves."""
ONE = {"Firm": {"platforms": ["Chat"], "requests": asked(), "listens_to": {}, "review_days": 3000.0}}
SURE = {"Net": {"share": 1.0, "compliance": 1.0, "lag_days": 0.05}}


def waits(when, kind="report", **fields):
    """An act that waits for a condition."""
    note = {"note": "It happened."} if kind == "report" else {}
    return {"id": "waits", "kind": kind, "when": when, **note, **fields}


def takes(day, company, stance="refuse"):
    return act("force-stance", day, company.split()[-1] if company[-1].isdigit() else 9, company=company, stance=stance)


def waited(model):
    """Day and causes, as days and targets, of each time that the act happened."""
    acts = model.chronicle.acts
    found = [logged for logged in acts if logged.quantities.get("waited") == "waits"]
    return [(logged.day, [(acts[cause].day, acts[cause].target) for cause in logged.because]) for logged in found]


def lived(when, *acts, days=20, companies=THREE, **tables):
    """The institutions' part of some days in a world where one act waits."""
    model = Model(world(companies, [*acts, waits(when)], **tables), rng=1)
    live(model, days)
    return waited(model)


PAUSES = [takes(2, "company 0"), takes(4, "company 1"), takes(7, "company 2")]


def test_it_waits_until_so_many_companies_have_announced():
    """Of those that it names, if it does; one that is so since before the start did so by no act."""
    causes = [(2, "company 0"), (4, "company 1"), (7, "company 2")]
    when, names = {"kind": "companies-announced"}, ["company 1", "company 2"]
    for count, (day, _) in enumerate(causes, 1):
        for after in (1, 9):
            assert lived(when | {"count": count, "days_after": after}, *PAUSES) == [(day + after, causes[:count])]
    assert lived(when | {"companies": names}, *PAUSES) == [(5, causes[1:2])]
    stance = {"kind": "companies-stance", "stance": "refuse", "companies": names, "count": 2}
    assert lived(stance, *PAUSES) == [(8, causes[1:])]
    companies = THREE | {"Old": {"requests": {}, "stance": "refuse", "listens_to": {}}}
    assert lived(when | {"count": 2}, *PAUSES, companies=companies) == [(3, causes[:1])]


def test_a_stance_is_looked_at_whether_or_not_it_is_public():
    comply = takes(3, "company 0", "comply")
    assert lived({"kind": "companies-stance", "stance": "comply"}, comply) == [(4, [(3, "company 0")])]
    assert lived({"kind": "companies-announced"}, comply) == []


def test_what_stands_at_the_start_is_met_on_the_first_day():
    assert lived({"kind": "companies-stance", "stance": "process", "count": 3}) == [(0, [])]
    assert lived({"kind": "law-in-force"}) == [(0, [])]


@pytest.mark.parametrize("name", ["hong-kong-2020", "companies-exit", "early-pause"])
def test_every_change_of_a_stance_has_the_act_that_brought_it_about(name):
    model = Model(small(name), rng=2)
    changes = 0
    for day in range(model.scenario.days):
        before = {company: institution.stance for company, institution in model.companies.items()}
        live(model, 1)
        for company, institution in model.companies.items():
            if institution.stance != before[company]:
                changes += 1
                (act_id,) = model.triggers._last_acts([company])
                assert model.chronicle.acts[act_id].day == day, model.chronicle.acts[act_id].sentence
    assert changes


def test_only_evenings_within_the_bounds_count():
    when = {"kind": "companies-announced", "count": 2}
    assert lived(when | {"earliest": on(4)}, *PAUSES)[0][0] == 5
    assert lived(when | {"earliest": on(11)}, *PAUSES)[0][0] == 12
    assert lived(when | {"latest": on(4)}, *PAUSES)[0][0] == 5
    assert lived(when | {"latest": on(4), "days_after": 10}, *PAUSES)[0][0] == 14
    assert lived(when | {"latest": on(3)}, *PAUSES) == []


COMES_AND_GOES = [takes(day, "company 0", stance) for day, stance in ((2, "refuse"), (5, "process"), (9, "refuse"))]


def test_it_happens_once_or_each_time_that_the_condition_comes_true_anew():
    when = {"kind": "companies-announced"}
    assert [day for day, _ in lived(when, *COMES_AND_GOES)] == [3]
    assert [day for day, _ in lived(when | {"each_time": True}, *COMES_AND_GOES)] == [3, 10]
    assert [day for day, _ in lived(when | {"each_time": True, "days_after": 8}, *COMES_AND_GOES)] == [10, 17]


def holders(numbers, when):
    """Days on which the act happens where the holders of Chat in the evenings are given."""
    model = Model(world(ONE, [waits(when)]), rng=1)
    for number in numbers:
        model._calendar()
        model.today = SimpleNamespace(holders=[number])
        model.day += 1
    return [day for day, _ in waited(model)]


@pytest.mark.parametrize(("kind", "share", "numbers", "since", "day"), [
    ("lost", 0.1, [100, 120, 95, 91, 90, 80, 80], None, 5), ("lost", 0.1, [100, 91, 91], None, None),
    ("lost", 0.1, [30, 28, 27, 27], None, 3), ("gained", 0.1, [100, 90, 109, 110, 120], None, 4),
    ("gained", 0.1, [0, 50, 90], None, None), ("lost", 0.1, [200, 150, 100, 95, 90, 90], on(2), 5),
    ("lost", 0.07, [100, 94, 93, 93], None, 3), ("gained", 0.07, [100, 106, 107, 107], None, 3),
])  # fmt: skip
def test_users_are_counted_against_the_first_day_or_another(kind, share, numbers, since, day):
    """0.07 of 100 people are 7.000000000000001 in floating point, and seven all the same."""
    when = {"kind": f"users-{kind}", "platform": "Chat", "share": share, "since": since}
    assert holders(numbers, when) == ([] if day is None else [day])


def test_a_platform_is_blocked_once_the_average_user_cannot_use_it():
    isps = {"Small": SURE["Net"] | {"share": 0.4}, "Large": SURE["Net"] | {"share": 0.6}}
    orders = [act("order-block", day, day, platform="Chat", isps=[isp]) for day, isp in ((3, "Small"), (6, "Large"))]
    when = {"kind": "platform-blocked", "platform": "Chat"}
    assert lived(when, *orders, companies=ONE, isps=isps) == [(7, [(3, "Chat"), (6, "Chat")])]
    assert lived(when | {"access": 0.7}, *orders, companies=ONE, isps=isps) == [(4, [(3, "Chat")])]
    assert lived(when | {"access": 0.6}, *orders, companies=ONE, isps=isps)[0][0] == 7


def test_attention_counts_as_it_stands_in_the_evening_before_it_fades():
    loud = act("report", 3, salience=1.0, note="x"), act("outage", 5, platform="Chat", salience=2.0)
    assert lived({"kind": "attention-above", "level": 0.99}, *loud, companies=ONE) == [(4, [])]
    assert lived({"kind": "attention-above", "level": 1.0}, *loud, companies=ONE) == []
    access = {"kind": "attention-above", "level": 1.99, "topic": "access"}
    assert lived(access, *loud, companies=ONE) == [(6, [])]


def test_it_waits_for_a_rung():
    stubborn = {name: ONE["Firm"] | {"platforms": [], "stance": "refuse", "cutoff": 0.001} for name in ("A", "B")}
    acts = [
        act("demand", 0, of="takedown", companies=["A", "B"]),
        act("escalate", 2, companies=["A"], rung=1),
        act("escalate", 4, companies=["B"], rung=3),
        act("escalate", 6, companies=["A"], rung=2),
    ]
    sure = {"decision": {"prior": 0.99, "noise": 0.05}, "companies": stubborn}
    assert lived({"kind": "rung-reached", "rung": 1}, *acts, **sure) == [(3, [(2, "A")])]
    assert lived({"kind": "rung-reached", "rung": 2}, *acts, **sure) == [(5, [(4, "B")])]
    assert lived({"kind": "rung-reached", "rung": 2, "count": 2}, *acts, **sure)[0][0] == 7
    at_once = acts[0], act("escalate", 2, companies=["A", "B"], rung=1)
    assert lived({"kind": "rung-reached", "rung": 1}, *at_once, **sure) == [(3, [(2, "A"), (2, "B")])]


def test_it_waits_for_another_act_dated_or_waiting():
    first = {"id": "first", "kind": "report", "note": "x", "when": {"kind": "companies-announced", "days_after": 3}}
    when = {"kind": "act-happened", "act": "first", "days_after": 10}
    assert lived(when, *PAUSES, first) == [(15, [(5, "")])]
    assert lived(when | {"act": PAUSES[1]["id"]}, *PAUSES) == [(14, [(4, "company 1")])]
    assert lived(when | {"act": PAUSES[1]["id"], "earliest": on(5)}, *PAUSES) == []


def test_it_follows_the_dated_acts_of_its_day():
    dated = takes(3, "company 1", "comply")
    model = Model(world(THREE, [waits({"kind": "companies-announced"}), takes(2, "company 0"), dated]), rng=1)
    live(model, 5)
    assert [(logged.day, logged.verb) for logged in model.chronicle.acts] == [
        (2, "take a stance"), (3, "take a stance"), (3, "report"),
    ]  # fmt: skip


LAW = {"kind": "law-in-force", "earliest": on(3)}


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"kind": "court-ruling", "outcome": "court-order-restored", "by": "High Court"},
            "The High Court ruled that data may be demanded only by court order, as the law was in force.",
        ),
        (
            {"kind": "order-block", "platform": "Chat", "for_days": 10},
            "The government ordered ISPs to block Chat until 15 January 2020, as the law was in force.",
        ),
        (
            {"kind": "mandate-interoperability", "for_days": 2},
            "The government obliged messengers to carry messages across apps until 7 January 2020, as the law was in "
            "force.",
        ),
        (
            {"kind": "demand", "of": "takedown", "companies": ["Firm"], "within_days": 4},
            "The government demanded the takedown of content from Firm by 9 January 2020, as the law was in force.",
        ),
    ],
)  # fmt: skip
def test_its_sentence_says_what_it_waited_for_and_lengths_count_from_its_day(fields, sentence):
    model = Model(world(ONE, [waits(LAW, **fields)], isps=SURE), rng=1)
    live(model, 5)
    (told,) = [logged for logged in model.chronicle.acts if "waited" in logged.quantities]
    assert (told.day, told.sentence) == (4, sentence)
    assert told.quantities["condition"] == "the law was in force"


@pytest.mark.parametrize("name", KINDS)
def test_any_kind_of_act_can_wait_and_is_told_with_its_condition(name):
    fields = least(name, platform="Chat", company="Firm")
    model = Model(world(ONE, [waits(LAW, **fields)]), rng=1)
    live(model, 5)
    found = [logged for logged in model.chronicle.acts if logged.quantities.get("waited") == "waits"]
    assert found[0].day == 4
    assert all(name == "report" or "the law was in force." in logged.sentence for logged in found)


def test_a_condition_that_is_never_met_changes_no_byte():
    scenario = world(THREE, PAUSES, days=40)
    never = waits({"kind": "users-gained", "platform": "Chat", "share": 50.0}, "order-block", platform="Chat")
    table = scenario.model_dump() | {"acts": [*(one.model_dump() for one in scenario.acts), never]}
    with_it = type(scenario).model_validate(table)
    one, two = run_once(scenario, 3).tables, run_once(with_it, 3).tables
    assert all(one[name].equals(two[name]) for name in one)


@pytest.mark.parametrize("kind", CONDITIONS, ids=lambda kind: kind.__name__)
def test_every_kind_of_condition_is_asked(kind):
    registry = vars(Triggers)["causes_of"].dispatcher
    missing = f"write what {kind.__name__} asks into {Triggers.__module__}, under @causes_of.register"
    assert registry.dispatch(kind) is not registry.dispatch(object), missing


def test_shares_of_providers_that_sum_to_one_within_the_tolerance_count_as_the_whole():
    """Nothing is taken from anyone of 0.4 + 0.5999995, so that nothing is below the whole."""
    isps = {"Small": SURE["Net"] | {"share": 0.4}, "Large": SURE["Net"] | {"share": 0.5999995}}
    assert lived({"kind": "platform-blocked", "platform": "Chat", "access": 1.0}, companies=ONE, isps=isps) == []


def test_an_order_that_is_announced_and_withdrawn_has_not_happened():
    order = act("order-block", 6, platform="Chat", announced=on(2))
    when = {"kind": "act-happened", "act": order["id"]}
    assert lived(when, order, companies=ONE)[0][0] == 7
    assert lived(when, order, act("lift", 4, platform="Chat"), companies=ONE) == []
