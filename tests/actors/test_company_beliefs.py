"""What a company believes, what would be worth it, and what presses it (eq. 11 and 12), worked out by hand."""

import math
from typing import get_args

import pytest

from sim.actors.company import SUREST
from sim.scenario.stances import Stance
from tests.actors.draws import fated
from tests.actors.firms import COMMITTEE, DECISION, FIRM, NO_LAW, PRIOR, SANCTIONS, cutoff, firm, log_odds
from tests.actors.worlds import CALM, act, asked, live, world

# Cut-offs


@pytest.mark.parametrize("kind", ["data", "registration", "takedown"])
@pytest.mark.parametrize("rung", range(7))
def test_cutoff_of_each_rung_and_kind_of_demand(kind, rung):
    fears = {"data": 1.0, "registration": 0.25, "takedown": 0.4}
    _, company = firm(spec={"cutoff": 0.35, "market": 2.0, "human_rights_weight": 1.5})
    expected = cutoff(SANCTIONS[rung], 0.35, fears[kind], 2.0, 1.5)
    assert company.cutoff_at(kind, rung) == pytest.approx(expected)


@pytest.mark.parametrize(("staff_rung", "felt"), [(3, 2), (2, 1), (1, 0), (0, None)])
def test_the_rung_on_staff_is_felt_as_the_one_below_where_there_is_no_staff(staff_rung, felt):
    steep = [0.1, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
    board = {"Board": COMMITTEE["Board"] | {"staff_rung": staff_rung, "rung_sanctions": steep}}
    _, away = firm(tables={"regulators": board}, spec={"local_staff": False})
    _, here = firm(tables={"regulators": board})
    for rung in range(7):
        same_as = felt if rung == staff_rung and felt is not None else rung
        assert away.cutoff_at("data", rung) == pytest.approx(cutoff(steep[same_as]))
        assert here.cutoff_at("data", rung) == pytest.approx(cutoff(steep[rung]))


def test_the_cutoff_shown_is_that_of_the_present_rung_and_at_most_one():
    heavy = {"Board": COMMITTEE["Board"] | {"rung_sanctions": [0.0, 0.5, 3.0, 3.0, 3.0, 3.0, 3.0]}}
    _, company = firm(tables={"regulators": heavy})
    shown = []
    for rung in (0, 1, 2):
        company.rung = rung
        company.weigh()
        shown.append(company.cutoff)
    assert shown == pytest.approx([0.4, cutoff(0.5), 1.0])


# Belief


@pytest.mark.parametrize(
    ("change", "moves"),
    [
        (lambda model: setattr(model.law, "suspicion", 0.7), 0.7),
        (lambda model: setattr(model.law, "court_order_required", True), -2.5),
        (lambda model: model.law.unlawful_for.update(Firm=0), 2.5),
        (lambda model: model.law.unlawful_for.update(Other=0), 0.0),
        (lambda model: setattr(model.law, "rules_gazetted", True), 0.9),
        (lambda model: setattr(model.society, "pressure", 3.0), 3 * 0.2),
        (lambda model: model.press.known.update(Twin=0), 0.5 * 0.6),
        (lambda model: model.press.known.update(Stranger=0), 0.0),
        (lambda model: model.press.known.update(Firm=0, Local=0), 0.0),
        (lambda model: model.press.known.update(Twin=0, Third=0), (0.5 + 0.5) * 0.6),
    ],
)
def test_each_part_of_the_log_odds(change, moves):
    weights = {"court_weight": 2.5, "rules_weight": 0.9, "society_weight": 0.2, "peer_weight": 0.6}
    companies = {
        "Firm": FIRM | {"listens_to": {"western": 0.5, "eastern": 0.0}},
        "Twin": {"requests": asked()},
        "Third": {"requests": asked()},
        "Stranger": {"group": "eastern", "requests": asked()},
        "Local": {"group": "local", "requests": asked()},
    }
    model = fated(world(companies, decision=DECISION | weights))
    assert [peer for peer, _ in model.companies["Firm"].peers] == ["Twin", "Third"]
    change(model)
    assert model.companies["Firm"].log_odds() == pytest.approx(log_odds(PRIOR) + moves)


def test_a_peer_counts_from_its_announcement_until_it_answers_again():
    """A silent pause is no signal; an announced one is; a company that has resumed is no refusing peer any more."""
    companies = {"Firm": FIRM | {"listens_to": {"western": 1.0}}, "Peer": {"requests": asked(), "listens_to": {}}}
    pauses = act("force-stance", 2, company="Peer", stance="pause", lasting=False)
    silent = fated(world(companies, decision=DECISION, press=CALM), MEETING=0.0)
    silent.companies["Firm"].held = True
    live(silent, 2)
    assert silent.companies["Peer"].stance == "pause"
    assert silent.companies["Firm"].log_odds() == pytest.approx(log_odds(PRIOR))
    model = fated(world(companies, [pauses], decision=DECISION | {"peer_weight": 0.6}, press=CALM))
    live(model, 3)
    assert model.companies["Firm"].log_odds() == pytest.approx(log_odds(PRIOR) + 0.6)
    model.companies["Peer"].resume()
    assert model.companies["Peer"].stance == "process"
    assert not model.companies["Peer"].announced
    assert model.companies["Firm"].log_odds() == pytest.approx(log_odds(PRIOR))


def test_vagueness_adds_belief_up_to_the_surest():
    averse = {"ambiguity_aversion": 0.5}
    model, company = firm(
        spec=averse, tables={"law": {"in_force": True, "court_order_required": False, "vagueness": 0.6}}
    )
    live(model, 1)
    assert company.belief == pytest.approx(PRIOR + 0.5 * 0.6)
    model.law.court_order_required = True
    company.weigh()
    assert company.reluctance == pytest.approx(log_odds(PRIOR) - company.decision.court_weight)
    model.law.court_order_required = model.law.text_public = False
    company.spec = company.spec.model_copy(update={"ambiguity_aversion": 1.0})
    live(model, 1)
    assert company.belief == SUREST
    assert company.reluctance == pytest.approx(log_odds(SUREST))


def test_resolve_adds_lost_users_and_advice():
    model, company = firm(tables={"decision": DECISION | {"users_weight": 10.0}})
    model.step()
    model.holders_at_law = (40,)
    model.today.holders[0] = 30
    company.advise(-1.5, 0)
    company.weigh()
    assert company.users_lost() == pytest.approx(0.25)
    assert company.reluctance == pytest.approx(log_odds(PRIOR) + 2.5 - 1.5)
    assert company.belief == pytest.approx(PRIOR)


def test_users_lost_sums_over_platforms_and_is_never_a_gain():
    model = fated(world({"Firm": {"requests": asked(), "platforms": ["Chat", "Talk"]}, "None": {"requests": asked()}}))
    company, without = model.companies.values()
    model.holders_at_law = (50, 30)
    assert company.users_lost() == 0.0
    model.step()
    model.holders_at_law = (50, 30)
    model.today.holders[:] = 40, 20
    assert company.users_lost() == pytest.approx(1 - 60 / 80)
    assert without.users_lost() == 0.0
    model.today.holders[:] = 70, 20
    assert company.users_lost() == 0.0
    model.holders_at_law = (0, 0)
    assert company.users_lost() == 0.0
    model.holders_at_law = ()
    assert company.users_lost() == 0.0


@pytest.mark.parametrize(
    ("law", "spec", "demanded", "asked_for_data", "weighs"),
    [
        ({}, {}, None, True, True),
        (NO_LAW, {}, None, False, False),
        ({}, {"requests": {}}, None, False, False),
        (NO_LAW, {"requests": {}}, "data", True, True),
        (NO_LAW, {"requests": {}}, "registration", False, True),
    ],
)
def test_a_company_weighs_the_law_where_something_is_asked_of_it(law, spec, demanded, asked_for_data, weighs):
    law = {"in_force": True, "court_order_required": False, "vagueness": 0.0} | law
    acts = [act("demand", 0, of=demanded, companies=["Firm"])] if demanded else []
    model, company = firm(acts, {"law": law}, spec)
    live(model, 1)
    assert company.asked_for_data is asked_for_data
    assert company.belief == (pytest.approx(PRIOR) if weighs else 0.0)
    assert company.reluctance == (pytest.approx(log_odds(PRIOR)) if weighs else -math.inf)


# Pressure


def test_orders_press_only_a_company_that_has_an_unmet_demand():
    acts = [act("order-block", 0, platform="Chat")]
    model, company = firm(acts)
    live(model, 1)
    assert company.pressure_rung == 0
    model, company = firm([*acts, act("demand", 0, of="registration", companies=["Firm"])])
    live(model, 1)
    assert company.pressure_rung == 5
    company.rung = 6
    assert company.pressure_rung == 6
    company.demands["registration"].met = True
    company.rung = 2
    assert company.pressure_rung == 2


def test_pressed_on_is_the_last_day_of_a_sanction():
    model, company = firm([act("order-throttle", 2, platform="Chat"), act("order-block", 5, platform="Chat")])
    assert company.pressed_on is None
    days = []
    for _ in range(7):
        live(model, 1)
        days.append(company.pressed_on)
    assert days == [None, None, 2, 2, 2, 5, 5]
    company.stand_on(1, 0)
    assert company.pressed_on == 7


@pytest.mark.parametrize("stance", get_args(Stance))
def test_only_announced_defiance_of_the_law_is_defiance(stance):
    model, company = firm()
    for announced, in_force in ((True, True), (True, False), (False, True)):
        company.stance, company.announced, model.law.in_force = stance, announced, in_force
        defies = announced and in_force and stance not in ("process", "comply", "exit")
        assert company.defied() == ("data" if defies else None)


def test_a_rung_stands_for_the_demand_for_which_it_was_reached():
    """Going down, or standing still, changes nothing of it; going up asks anew."""
    model, company = firm([act("demand", 0, of="takedown", companies=["Firm"])])
    live(model, 1)
    company.stand_on(3, 0)
    assert (company.rung, company.rung_day, company.rung_act, company.rung_for) == (3, 1, 0, "takedown")
    company.demands["takedown"].met = True
    company.stance, company.announced = "refuse", True
    model.day = 4
    company.stand_on(2, 0)
    assert (company.rung, company.rung_day, company.rung_for) == (2, 4, "takedown")
    company.stand_on(2, 0)
    assert company.rung_for == "takedown"
    company.stand_on(3, 0)
    assert company.rung_for == "data"
