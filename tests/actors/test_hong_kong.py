"""Institutions of the reference scenario against the patterns of Hong Kong, P1 to P6, P11 and P12, on fixed seeds.

People hardly matter to them, so that a few hundred do. Thresholds are the patterns' own, and "most replicates" means
more than half of them; observed counts are compared with means inside the 95 % band of a Poisson count.
"""

import datetime as dt
from functools import cache

import pytest

from sim.model import Model
from sim.scenario.files import load

SEEDS = range(100, 116)
WESTERN = ("Meta", "Google", "Twitter", "Microsoft", "Zoom", "Telegram", "LinkedIn")
LAW = dt.date(2020, 6, 30)
HALVES = ((dt.date(2020, 7, 1), dt.date(2020, 12, 31)), (dt.date(2021, 1, 1), dt.date(2021, 6, 30)))


class Counter:
    """Requests received and produced, by day and company."""

    def __init__(self) -> None:
        self.days: list[dict[str, tuple[int, int]]] = []

    def observe(self, model: Model) -> None:
        self.days.append(
            {
                name: (
                    sum(tally.received for kind, tally in company.tally.items() if kind != "removal"),
                    sum(tally.produced for kind, tally in company.tally.items() if kind != "removal"),
                )
                for name, company in model.companies.items()
            }
        )


@cache
def replicates() -> list[Model]:
    scenario = load("hong-kong-2020", ["population.users=500"])
    models = []
    for seed in SEEDS:
        model = Model(scenario, rng=seed)
        model.recorder = Counter()
        model.run_for(scenario.days)
        models.append(model)
    return models


def days_of(model: Model, *verbs: str) -> dict[str, int]:
    """Day after the law of each actor's first such act."""
    days: dict[str, int] = {}
    for act in model.chronicle.acts:
        if act.verb in verbs:
            days.setdefault(act.actor, act.day - model.scenario.day(LAW))
    return days


def total(model: Model, company: str, half: int, column: int) -> int:
    first, last = (model.scenario.day(date) for date in HALVES[half])
    return sum(day[company][column] for day in model.recorder.days[first : last + 1])


@pytest.mark.slow
def test_p1_announcements_cluster():
    clustered = 0
    for model in replicates():
        announced = days_of(model, "announce a pause", "announce an exit")
        days = sorted(announced[name] for name in WESTERN if name in announced)
        clustered += any(days[i + 5] - days[i] <= 2 and days[i + 5] <= 10 for i in range(len(days) - 5))
    assert clustered > len(SEEDS) / 2


def test_p2_decisions_precede_announcements():
    silent = 0
    for model in replicates():
        decided, announced = days_of(model, "pause"), days_of(model, "announce a pause")
        silent += sum(announced[name] > decided[name] for name in announced) >= 2
    assert silent > len(SEEDS) / 2


@pytest.mark.parametrize(("company", "half", "observed"), [("Meta", 0, 202), ("Meta", 1, 152), ("Google", 1, 7)])
def test_p3_p4_requests_go_on_where_the_answer_is_not_now_and_stop_where_it_is_never(company, half, observed):
    received = [total(model, company, half, 0) for model in replicates()]
    mean = sum(received) / len(received)
    assert abs(mean - observed) < 1.96 * observed**0.5 + 0.5


def test_p3_production_falls_to_nothing_but_carve_outs():
    later = [total(model, "Meta", 1, 1) for model in replicates()]
    assert sum(later) <= 1
    carved = [total(model, "Google", 0, 1) for model in replicates()]
    assert 0.0 < sum(carved) / len(carved) < 0.25 * 42


def test_p5_pauses_persist_and_google_turns_to_mutual_legal_assistance():
    company_years = 2 * len(WESTERN) * len(SEEDS)
    resumed = sum(act.verb == "resume" for model in replicates() for act in model.chronicle.acts)
    assert resumed / company_years < 0.1
    turned = [days_of(model, "turn to mutual legal assistance").get("Google", 9999) for model in replicates()]
    assert 10 <= sorted(turned)[len(turned) // 2] <= 90


def test_p6_tencent_changes_nothing():
    acts = [act for model in replicates() for act in model.chronicle.acts if act.actor == "Tencent"]
    assert {act.verb for act in acts} <= {"review the law"}


def test_p11_isps_obey_within_days_and_hit_co_hosted_sites():
    for model in replicates():
        first = next(act for act in model.chronicle.acts if act.verb == "order a site block")
        lags = {
            act.actor: act.day - first.day
            for act in model.chronicle.acts
            if act.verb == "execute an order" and first.id in act.because
        }
        reached = sum(model.scenario.isps[name].share for name, lag in lags.items() if lag <= 30)
        assert reached >= 0.5
        assert max(isp.over_blocked for isp in model.isps.values()) > 0.0
    obeyed = sum(act.verb == "execute an order" for model in replicates() for act in model.chronicle.acts)
    ignored = sum(act.verb == "ignore an order" for model in replicates() for act in model.chronicle.acts)
    assert obeyed / (obeyed + ignored) > 0.97


def test_p12_no_platform_is_blocked_while_the_city_is_a_hub():
    assert not [order for model in replicates() for order in model.orders.book if order.platform is not None]
