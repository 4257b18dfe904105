"""Other countries' episodes, in outline: each is told by dated acts and costs alone, without code of its own.

Figures of the episodes are in scenarios/evidence/cases. These tests ask whether the mechanism can express each story,
not whether it predicts it; seeds are fixed, and the shares asserted leave a wide margin.
"""

import pytest

from sim.model import Model
from tests.actors.firms import NO_PRINCIPLE
from tests.actors.worlds import CALM, act, alike, asked, live, world

SEEDS = range(20)
NO_LAW = {"in_force": False, "court_order_required": False}


def days_of(model: Model, verb: str, actor: str) -> list[int]:
    return [logged.day for logged in model.chronicle.acts if logged.verb == verb and logged.actor == actor]


def test_indonesia_registers_before_the_deadline_or_right_after_the_block():
    """July 2022: the large ones registered in the last week; five of ten warned ones within three days of the block."""
    large = alike(30, cutoff=0.5)
    late = {f"late {i}": {"listens_to": {}, "requests": asked(), "cutoff": 0.5, "review_days": 400.0,
                          "local_staff": False, "platforms": [f"App {i}"]} for i in range(6)}  # fmt: skip
    names = [*large, *late]
    acts = [
        act("demand", 3, of="registration", companies=names, deadline=act("report", 18)["date"]),
        act("escalate", 19, companies=names, rung=5),
    ]
    platforms = {f"App {i}": {"share": 0.2} for i in range(6)}
    scenario = world(
        large | late, acts, platforms=platforms, decision={"prior": 0.55}, press=CALM, bargaining=NO_PRINCIPLE
    )
    model = Model(scenario, rng=1)
    live(model, 19)
    registered = [name for name in large if days_of(model, "meet a demand", name)]
    assert len(registered) >= 27
    last_week = [day for name in registered for day in days_of(model, "meet a demand", name) if day >= 11]
    assert len(last_week) >= 0.7 * len(registered)
    blocked = [name for name in late if not days_of(model, "meet a demand", name)]
    assert len(blocked) >= 5
    live(model, 31)
    after = {name: day for name in blocked for day in days_of(model, "meet a demand", name)}
    assert len(after) >= 0.5 * len(blocked)
    assert sorted(after.values())[len(after) // 2] <= 19 + 7
    for name in after:
        assert model.companies[name].rung == 0
        assert not model.orders.against(model.companies[name].platform_numbers[0])


def test_turkey_companies_yield_at_different_rungs():
    """2020-21: fines, an advert ban and a threatened slowdown; most gave in before the ban, one after it.

    A fine is paid once: only from the ban on does each day cost something, and a war of attrition begins.
    """
    ready = {"cutoff": 0.30}
    stubborn = {"cutoff": 0.12}
    companies = {
        name: {"listens_to": {}, "requests": asked(), "review_days": 365.0, **kind}
        for name, kind in {"YouTube": ready, "TikTok": ready, "Facebook": ready, "Twitter": stubborn}.items()
    }
    acts = [act("demand", 0, of="registration", companies=list(companies), deadline=act("report", 30)["date"]),
            act("escalate", 34, companies=list(companies), rung=2),
            act("escalate", 110, companies=list(companies), rung=3),
            act("escalate", 200, companies=list(companies), rung=4)]  # fmt: skip
    committee = {"role": "committee", "ladder_rate": 0.0, "rung_sanctions": [0.0, 0.0, 0.0, 1.0, 1.5, 2.0, 3.0]}
    decision = {"prior": 0.75, "noise": 0.3}
    war = {"state_days": 60.0, "standing": 0.3, "company_days": 1000.0, "principle": 0.0, "stakes_spread": 0.0}
    scenario = world(
        companies, acts, law=NO_LAW, decision=decision, regulators={"BTK": committee}, press=CALM, bargaining=war
    )
    first, last = [], []
    for seed in SEEDS:
        model = Model(scenario, rng=seed)
        live(model, 230)
        met = {name: days_of(model, "meet a demand", name) for name in companies}
        first += [days[0] if days else 999 for name, days in met.items() if name != "Twitter"]
        last += [days[0] if days else 999 for days in [met["Twitter"]]]
    assert sum(day < 110 for day in first) > 0.9 * len(first)
    assert sum(day >= 110 for day in last) > 0.8 * len(last)
    assert sum(day < 200 for day in last) > 0.5 * len(last)


def test_nigeria_executive_block_lasts_until_the_company_agrees():
    """2021-22: a block by directive, without a law or a ladder, ended 222 days later by an agreement to register."""
    companies = {
        "Twitter": {"platforms": ["Twitter"], "requests": asked(), "listens_to": {}, "cutoff": 0.12,
                    "review_days": 30.0}
    }  # fmt: skip
    acts = [act("order-block", 5, platform="Twitter"), act("demand", 5, of="registration", companies=["Twitter"])]
    decision = {"prior": 0.912, "noise": 0.3, "meeting_rate": 0.05}
    isps = {"MTN": {"share": 1.0, "lag_days": 0.25, "compliance": 1.0}}
    scenario = world(
        companies,
        acts,
        days=800,
        law=NO_LAW,
        decision=decision,
        isps=isps,
        press=CALM,
        bargaining={
            "state_days": 100.0,
            "standing": 0.1,
            "company_days": 1000.0,
            "principle": 0.0,
            "stakes_spread": 0.0,
        },
    )
    lengths = []
    for seed in SEEDS:
        model = Model(scenario, rng=seed)
        live(model, 8)
        assert model.isps["MTN"].access[0] == 0.0
        live(model, 780)
        met = days_of(model, "meet a demand", "Twitter")
        if met:
            lengths.append(met[0] - 5)
            assert model.isps["MTN"].access[0] == 1.0
    assert len(lengths) >= 15
    assert 100 < sorted(lengths)[len(lengths) // 2] < 500


def test_vietnam_throttles_until_the_company_takes_content_down():
    """2020: servers of Facebook were offline for about seven weeks, until it agreed to restrict more."""
    companies = {
        "Facebook": {"platforms": ["Facebook"], "requests": asked(), "listens_to": {}, "cutoff": 0.25,
                     "review_days": 10.0}
    }  # fmt: skip
    acts = [
        act("demand", 0, of="takedown", companies=["Facebook"]),
        act("escalate", 60, companies=["Facebook"], rung=4),
    ]
    decision = {"prior": 0.87, "noise": 0.3, "meeting_rate": 0.1}
    isps = {"Viettel": {"share": 1.0, "lag_days": 0.5, "compliance": 1.0}}
    scenario = world(companies, acts, law=NO_LAW, decision=decision, isps=isps, press=CALM,
                     bargaining={"state_days": 100.0, "standing": 0.2, "company_days": 1000.0,
                                 "principle": 0.0, "stakes_spread": 0.0})  # fmt: skip
    yielded = 0
    for seed in SEEDS:
        model = Model(scenario, rng=seed)
        live(model, 66)
        met = days_of(model, "meet a demand", "Facebook")
        assert met or model.isps["Viettel"].access[0] == pytest.approx(0.3)
        live(model, 300)
        met = days_of(model, "meet a demand", "Facebook")
        if met and 60 <= met[0] < 350:
            yielded += 1
            assert model.isps["Viettel"].access[0] == 1.0
    assert yielded >= 14


def test_korea_lost_users_make_a_company_pause_and_a_ruling_makes_it_pause_again():
    """2014-16: Kakao stopped answering 25 days after users began to leave, resumed a year later, and stopped again."""
    companies = {"Kakao": {"platforms": ["KakaoTalk"], "requests": asked(), "listens_to": {}, "cutoff": 0.35,
                           "review_days": 120.0}}  # fmt: skip
    acts = [act("announce", 10, by="prosecutors"),
            act("court-ruling", 500, outcome="demand-unlawful", company="Kakao", by="Supreme Court")]  # fmt: skip
    law = {"in_force": True, "court_order_required": True}
    scenario = world(companies, acts, days=700, law=law, press=CALM,
                     decision={"prior": 0.25, "noise": 0.3, "court_weight": 1.5, "users_weight": 60.0})  # fmt: skip
    stories = []
    for seed in SEEDS:
        model = Model(scenario, rng=seed)
        for day in range(600):
            model.holders_at_law = (1000,) if day >= 10 else ()
            lost = 42 if 20 <= day < 150 else 0
            model.today = Holders(1000 - lost)
            live(model, 1)
        pauses = days_of(model, "pause", "Kakao")
        resumed = [day for day in days_of(model, "resume", "Kakao") if day < 500]
        stories.append((pauses, resumed))
    paused = [pauses for pauses, _ in stories if any(20 <= day < 60 for day in pauses)]
    assert len(paused) >= 16
    assert sum(bool(resumed) for _, resumed in stories) >= 12
    assert sum(any(500 <= day < 560 for day in pauses) for pauses, resumed in stories if resumed) >= 8


class Holders:
    """What people did, as far as companies look at it."""

    def __init__(self, holders: int) -> None:
        self.holders = [holders]
