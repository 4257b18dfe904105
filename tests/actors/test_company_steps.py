"""What follows a decision: announcements, exits, and stances that come from outside (eq. 14)."""

import math
from typing import get_args

import pytest

from sim.scenario.stances import FINAL, Stance
from tests.actors.draws import HAIR, UNLIKELY, fated, told
from tests.actors.firms import DECISION, PRIOR, firm, forced, log_odds, logistic, within_day
from tests.actors.worlds import CALM, act, asked, live, world

# Announcing (eq. 14)


def test_announce_at_the_edge_of_its_hazard():
    """By itself below the hazard of nu_a, by an enquiry between that and the whole hazard, and not above it."""
    press = CALM | {"disclosure_rate": 0.1, "enquiry_after_rules": 0.3, "enquiry_per_announcement": 0.2}
    alone, whole = within_day(0.1), within_day(0.1 + 0.3)
    asked_for = ", when the press enquired after the rules of the law,"
    reasons = {alone - HAIR: " of its own accord", alone + HAIR: asked_for, whole - HAIR: asked_for}
    for draw in (alone - HAIR, alone + HAIR, whole - HAIR, whole + HAIR):
        model, company = firm(tables={"press": press}, spec={"stance": "pause"}, DISCLOSURE=draw)
        model.law.rules_gazetted = True
        live(model, 1)
        assert company.announced is (draw < whole)
        announced = [logged for logged in model.chronicle.acts if logged.verb == "announce a pause"]
        assert [logged.quantities["reason"] for logged in announced] == ([reasons[draw]] if draw < whole else [])


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize(("days", "words"), [(0, ""), (1, " a day before"), (3, " 3 days before")])
def test_an_announcement_says_how_long_it_was_silent(before, days, words):
    """It comes once; a pause of before the start is silent from the first day on."""
    model, _ = firm(spec={"stance": "pause"} if before else None, MEETING=0.0)
    live(model, days)
    model.fate["DISCLOSURE"] = 0.0
    live(model, 3)
    assert told(model, "Firm") == [*([] if before else [(0, "pause")]), (days, "announce a pause")]
    announced = model.chronicle.acts[-1]
    assert announced.quantities["delay"] == words
    assert model.press.known == {"Firm": announced.id}
    assert [model.chronicle.acts[act].verb for act in announced.because] == ([] if before else ["pause"])


def test_a_silent_pause_reassures_no_one_and_an_announced_one_does():
    relief = {"Chat": {"share": 0.5, "risk": 1.0, "relief_when_paused": 0.3, "alarm_when_complying": 0.7}}
    model, company = firm(tables={"platforms": relief}, MEETING=0.0)
    model.step()
    assert company.stance == "pause"
    assert model.conditions.risk[0] == pytest.approx(1.0)
    model.fate["DISCLOSURE"] = 0.0
    model.step()
    assert model.conditions.risk[0] == pytest.approx(0.7)
    for stance, risk in (("mlat", 0.7), ("refuse", 0.7), ("process", 1.0), ("comply", 1.7)):
        company.take_stance(stance, True, 0)
        assert model.risk(0) == pytest.approx(risk)


# Leaving


@pytest.mark.parametrize(("length", "day"), [(0.0, 0), (0.2, 1), (3.0, 3), (3.5, 4)])
def test_an_exit_instead_of_a_pause_comes_on_its_day(length, day):
    """Announced on day 0, gone ``ceil(exit_days)`` days later, on that very day."""
    model, _ = firm(spec={"exits_instead": True, "exit_days": length}, MEETING=0.0)
    stances = [live(model, 1)[0].stance for _ in range(day + 2)]
    assert stances == ["pause"] * day + ["exit"] * 2
    assert told(model, "Firm") == [(0, "announce an exit"), (day, "leave")]
    *_, announced, left = model.chronicle.acts
    assert left.because == (announced.id,)


def test_whoever_has_announced_its_exit_reconsiders_nothing():
    """No yielding, no review, no second announcement between the announcement and the exit, whatever the luck."""
    spec = {"exits_instead": True, "exit_days": 5.0, "review_days": 1.0}
    model, company = firm(spec=spec, MEETING=0.0, YIELD=0.0, REVIEW_END=0.0, REVIEW_OUTCOME=0.0, DISCLOSURE=0.0)
    company.rung = 5
    live(model, 5)
    assert told(model, "Firm") == [(0, "announce an exit")]
    assert (company.stance, company.announced, company.on_review) == ("pause", True, False)


def test_who_has_left_is_gone_with_its_platforms_and_its_demands():
    acts = [act("demand", 0, companies=["Firm"]), act("order-block", 0, 1, platform="Chat")]
    model, company = firm(acts, spec={"exits_instead": True, "exit_days": 2.0}, MEETING=0.0)
    model.run_for(2)
    assert model.conditions.installable[0]
    assert company.demands
    model.run_for(1)
    assert (company.stance, company.on_review, company.demands) == ("exit", False, {})
    assert not model.orders.against(0)
    assert model.conditions.down == {0: (0.0, 1.0)}
    assert not model.conditions.installable[0]
    acts = len(model.chronicle.acts)
    live(model, 5)
    assert len([logged for logged in model.chronicle.acts[acts:] if logged.actor == "Firm"]) == 0


# Stances from outside


@pytest.mark.parametrize("lasting", [True, False])
@pytest.mark.parametrize("stance", get_args(Stance))
def test_a_stance_from_outside(stance, lasting):
    model, company = firm([forced(stance, 1, lasting=lasting)])
    live(model, 2)
    answers = stance in ("process", "comply")
    assert (company.stance, company.held, company.announced) == (stance, lasting, not answers)
    assert company.on_review is (stance == "pause" and not lasting)
    assert ("Firm" in model.press.known) is not answers


def test_a_stance_from_outside_ends_an_exit_and_a_silence():
    model, company = firm([forced("process", 2)], spec={"exits_instead": True, "exit_days": 4.0}, MEETING=0.0)
    live(model, 2)
    assert "Firm" in model.press.known
    model.fate["MEETING"] = UNLIKELY
    live(model, 10)
    assert (company.stance, company.announced, model.press.known) == ("process", False, {})
    assert (4, "leave") not in told(model, "Firm")


def test_a_forced_pause_is_counted_from_its_day_and_a_second_one_from_the_first():
    acts = [forced("pause", 1), forced("pause", 3)]
    model, company = firm(acts)
    live(model, 2)
    assert (company.paused_on, company.pause_act) == (1, 0)
    live(model, 3)
    assert (company.paused_on, company.pause_act) == (1, 0)


@pytest.mark.parametrize("stance", get_args(Stance))
def test_who_discloses(stance):
    for rate, produced in ((1.0, 0.5), (1.0, 0.0), (0.0, 0.5)):
        _, company = firm(spec={"stance": stance, "requests": asked(rate, produced)})
        gives = stance == "comply" or (stance == "process" and produced > 0.0)
        assert company.discloses is (gives and rate > 0.0)


@pytest.mark.parametrize("stance", get_args(Stance))
def test_a_company_starts_as_the_scenario_says(stance):
    """A final answer of before the start is public, and no news: it moves no peer and brings no enquiry."""
    model, company = firm(spec={"stance": stance})
    assert (company.stance, company.announced, company.held) == (stance, stance in FINAL, False)
    assert (model.press.known, model.press.salience) == ({}, 0.0)
    assert company.on_review is (stance == "pause")
    assert (company.rung, company.rung_day, company.belief, company.advice) == (0, None, 0.0, 0.0)
    assert company.request_rate == 0.0
    assert company.reluctance == -math.inf


def test_each_company_acts_once_a_day_in_the_order_drawn():
    """With two who listen to each other and one luck, the first of the day is heard by the second on that day."""
    both = {"requests": asked(), "listens_to": {"western": 1.0}}
    scenario = world({"A": both, "B": both}, decision=DECISION | {"peer_weight": 3.0}, press=CALM)
    edge = within_day(0.25 * logistic((log_odds(PRIOR) - log_odds(0.4)) / 0.5))
    model = fated(scenario, MEETING=edge - HAIR, DISCLOSURE=0.0)
    live(model, 1)
    resolve = [company.reluctance - log_odds(PRIOR) for company in model.companies.values()]
    assert resolve == pytest.approx([0.0, 3.0])


def test_a_held_company_decides_nothing_and_answers_still():
    model, company = firm([forced("process", lasting=True)], MEETING=0.0)
    company.inbox["ordinary"] = 3
    live(model, 5)
    assert company.stance == "process"
    assert company.tally["ordinary"].received == 3
