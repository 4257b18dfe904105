"""The docket of a company: which demand counts, when it is thought about, and what meeting it ends."""

import math
from typing import get_args

import pytest

from sim.scenario.stances import Stance
from tests.actors import firms
from tests.actors.disputes import FEARS
from tests.actors.draws import HAIR, told
from tests.actors.firms import ALIKE, DECISION, NO_LAW, cutoff, log_odds, logistic, within_day
from tests.actors.worlds import act, live, on

PRIOR, NU, TAU, REVIEW = 0.6, 0.25, 4.0, 40.0


def gives_in(kind: str, sanction: float = 0.0) -> float:
    """The logit of giving in; a cut-off of one or more makes it certain."""
    p = cutoff(sanction, fear=FEARS[kind])
    return 1.0 if p >= 1.0 else logistic((log_odds(p) - log_odds(PRIOR)) / 0.5)


def edge(rate: float, chance: float) -> float:
    return within_day(rate * chance)


def firm(*acts, spec=None, bargaining=None, **draws):
    """One company that is asked for nothing but what ``acts`` demand, under no law."""
    tables = {"law": NO_LAW, "decision": DECISION | {"prior": PRIOR}, "bargaining": bargaining or ALIKE}
    return firms.firm(acts, tables, {"requests": {}, "review_days": REVIEW} | (spec or {}), **draws)


def demand(of: str, day: int = 0, number: int = 0, deadline: int | None = None, **fields):
    date = None if deadline is None else on(deadline)
    return act("demand", day, number, of=of, companies=["Firm"], deadline=date, **fields)


# Occasions


def test_what_is_neither_due_nor_pressed_is_left_where_it_lies():
    model, company = firm(demand("takedown"), YIELD=0.0)
    live(model, 60)
    assert company.occasions("takedown") == 0.0
    assert told(model, "Firm") == []


@pytest.mark.parametrize("day", [3, 5, 6, 8])
def test_a_deadline_makes_occasions_before_and_after_it(day):
    model, company = firm(demand("takedown", deadline=6))
    live(model, 1)
    model.day = day
    assert company.occasions("takedown") == pytest.approx(NU * math.exp(-abs(day - 6) / TAU))
    assert company.occasions("registration") == 0.0


@pytest.mark.parametrize(("staff", "day", "heeds"), [(True, 5, False), (True, 6, True), (False, 6, False)])
def test_a_company_waits_for_the_last_days_before_a_deadline_that_it_knows_of(staff, day, heeds):
    """``occasion_days`` is 4: day 6 is the first of them before day 10. Without staff no deadline is heeded."""
    model, company = firm(demand("takedown", deadline=10), spec={"local_staff": staff}, YIELD=0.0)
    live(model, 1)
    model.day = day
    assert (company.occasions("takedown") > 0.0) is heeds
    company.consider_demands()
    assert company.demands["takedown"].met is heeds


# Meeting


@pytest.mark.parametrize("kind", ["registration", "takedown", "data"])
def test_a_demand_is_met_at_the_edge_of_its_hazard(kind):
    """Data by a company that judges each demand, too, and by no change of its stance; each of several, and once."""
    edges = edge(NU * math.exp(-1 / TAU), gives_in(kind))
    other = "takedown" if kind == "registration" else "registration"
    for draw, met in ((edges - HAIR, True), (edges + HAIR, False)):
        model, company = firm(demand(kind, deadline=1), YIELD=draw)
        live(model, 1)
        assert company.demands[kind].met is met
        assert company.defied() == (None if met else kind)
        assert company.stance == "process"
        assert ((0, "meet a demand") in told(model)) is met
    model, company = firm(demand(kind, deadline=1), demand(other, 0, 1, deadline=1), YIELD=0.0)
    live(model, 4)
    assert (company.unmet(), told(model, "Firm")) == (None, [(0, "meet a demand")] * 2)


def test_in_a_dispute_what_it_does_not_mind_moves_nothing():
    """What was met before it was pressed gave in to nobody; now its losses count alone."""
    model, company = firm(demand("takedown", deadline=1), bargaining=ALIKE | {"company_days": 1e6}, YIELD=0.0)
    company.stand_on(2, 0)
    live(model, 1)
    assert not company.demands["takedown"].met


def test_a_demand_for_data_is_not_met_by_a_meeting_but_by_a_stance():
    model, company = firm(demand("data"), spec={"stance": "refuse"}, YIELD=0.0)
    live(model, 5)
    assert company.unmet() == "data"
    company.take_stance("process", False, 0)
    assert company.unmet() is None


@pytest.mark.parametrize("stance", get_args(Stance))
def test_only_who_obeys_everything_meets_a_demand_for_data_at_once(stance):
    model, company = firm(demand("data"), demand("takedown", number=1), spec={"stance": stance})
    model._calendar()
    assert company.demands["data"].met is (stance == "comply")
    assert not company.demands["takedown"].met


def test_the_oldest_unmet_demand_comes_first():
    model, company = firm(demand("takedown", 0), demand("registration", 1), demand("data", 2), spec={"stance": "mlat"})
    live(model, 3)
    order = []
    while company.unmet():
        order.append(company.unmet())
        company.demands[order[-1]].met = True
    assert order == ["takedown", "registration", "data"]


def test_a_new_demand_of_a_kind_replaces_the_old_one():
    model, company = firm(demand("takedown", 0, deadline=2), demand("takedown", 3, deadline=9, by="Court"))
    live(model, 4)
    (one,) = company.demands.values()
    assert (one.since, one.deadline, one.by, one.met) == (3, 9, "Court", False)


def test_a_deadline_is_missed_on_its_day_by_who_has_not_met_it():
    model, _ = firm(demand("takedown", deadline=3), demand("data", 0, 1, deadline=4), spec={"stance": "mlat"})
    live(model, 8)
    assert told(model, "Firm") == [(3, "miss a deadline"), (4, "miss a deadline")]
    assert [logged.quantities["what"] for logged in model.chronicle.acts[2:]] == [
        "the takedown of content",
        "user data",
    ]
    model, _ = firm(demand("takedown", deadline=3))
    live(model, 3)
    model.fate["YIELD"] = 0.0
    live(model, 3)
    assert told(model, "Firm") == [(3, "meet a demand")]


def test_what_has_no_chance_is_not_met_at_the_luckiest_draw():
    """A reluctance beyond any number leaves the logit nothing."""
    model, company = firm(demand("takedown", deadline=1))
    live(model, 1)
    company.reluctance, model.fate["YIELD"] = math.inf, 0.0
    assert company.chance_of_giving("takedown") == 0.0
    company.consider_demands()
    assert company.unmet() == "takedown"


# What meeting ends


def test_meeting_ends_the_rung_and_the_orders_and_names_its_causes():
    acts = [demand("takedown", by="Ministry"), act("escalate", 1, companies=["Firm"], rung=5),
            act("order-throttle", 1, 1, platform="Chat")]  # fmt: skip
    model, company = firm(*acts, bargaining=ALIKE | {"company_days": 1e-6})
    live(model, 2)
    assert company.rung == 5
    model.fate["YIELD"] = 0.0
    live(model, 1)
    assert company.rung == 0
    assert not model.orders.against(0)
    log = model.chronicle.acts
    met = next(logged for logged in log if logged.verb == "meet a demand")
    assert [log[cause].verb for cause in met.because] == ["demand", "step up"]
    ended = [logged for logged in log if logged.verb in ("step down", "lift orders")]
    assert [(logged.verb, logged.actor, logged.because) for logged in ended] == [
        ("step down", "Ministry", (met.id,)),
        ("lift orders", "Ministry", (met.id,)),
    ]


@pytest.mark.parametrize("rung", [1, 3])
@pytest.mark.parametrize("first_met", [False, True])
def test_a_rung_stays_while_another_is_unmet_or_it_was_reached_for_another(rung, first_met):
    """It was reached for a takedown; a demand for registration that came later is met, and the rung stands."""
    acts = [demand("takedown"), act("escalate", 1, companies=["Firm"], rung=rung), demand("registration", 2)]
    model, company = firm(*acts)
    live(model, 3)
    assert company.rung_for == "takedown"
    company.demands["takedown"].met = first_met
    company._meet(company.demands["registration"])
    assert company.rung == rung
    company._meet(company.demands["takedown"])
    assert company.rung == 0


def test_a_company_that_answers_again_meets_the_demand_for_data_once():
    model, company = firm(demand("data"), act("escalate", 1, companies=["Firm"], rung=3), spec={"stance": "refuse"})
    live(model, 2)
    company.resume()
    assert company.demands["data"].met
    assert company.rung == 0
    acts = len(model.chronicle.acts)
    company.count_as_met(0)
    assert len(model.chronicle.acts) == acts


def test_a_dismissal_drops_every_demand_and_the_pressure_behind_it():
    acts = [demand("takedown"), demand("registration", 0, 1), act("escalate", 1, companies=["Firm"], rung=4)]
    model, company = firm(*acts)
    live(model, 2)
    assert model.orders.against(0)
    company.dismiss_demands(0)
    assert (company.demands, company.rung, model.orders.against(0)) == ({}, 0, [])
    assert model.chronicle.acts[-1].actor == "government"


def test_without_a_rung_any_demand_met_ends_the_orders():
    model, company = firm(demand("registration"), act("order-block", 0, 1, platform="Chat"))
    company.rung_for = "takedown"
    live(model, 1)
    assert model.orders.against(0)
    company._meet(company.demands["registration"])
    assert not model.orders.against(0)
    assert "step down" not in [verb for _, verb in told(model)]


def test_what_ended_no_sanction_brings_none_back_when_it_is_defied():
    """Whoever obeys everything meets a demand for data as it comes, with nothing to lift; then it stops."""
    model, company = firm(demand("data"), act("force-stance", 2, company="Firm", stance="refuse"),
                          spec={"stance": "comply"})  # fmt: skip
    live(model, 3)
    assert (company.unmet(), company.rung) == ("data", 0)
    assert "step up" not in [verb for _, verb in told(model)]
