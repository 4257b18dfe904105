"""No title credits the law with what another act does: what moves people is named where it happens.

In the reference two thirds of Telegram's gain "since the law" were WhatsApp's terms of January 2021, named on no axis.
"""

import re

import pytest

from sim.drawing.calendar import marks_of, moves, named_marks
from sim.drawing.style import house_style
from sim.results.ensemble import Ensemble
from sim.view.brief.page import calendar_in_words
from sim.view.figures import FIGURES
from sim.view.laboratory.questions import calendar
from tests.conftest import small_world
from tests.view.conftest import figure_alt, make_ensemble

CREDIT = re.compile(r"(since|after|because of|due to|thanks to|by) the law|attention to the law", re.IGNORECASE)
OVER_TIME = ("stances", "holders", "installs", "ladder", "society", "policy")
TERMS = "WhatsApp: new terms"


def without_terms(ensemble: Ensemble) -> Ensemble:
    """The same numbers in a calendar that lacks the terms of January 2021."""
    acts = tuple(act for act in ensemble.scenario.acts if act.id != "terms")
    return Ensemble(ensemble.scenario.model_copy(update={"acts": acts}), ensemble.runs)


def words_of(name: str, ensemble: Ensemble) -> list[str]:
    with house_style():
        figure = FIGURES[name].paint(FIGURES[name].data(ensemble), ensemble, "")
    return [text.get_text() for text in figure.findobj(lambda one: hasattr(one, "get_text"))]


@pytest.mark.parametrize("terms", [True, False], ids=["with the terms", "without them"])
@pytest.mark.parametrize("name", FIGURES)
def test_no_word_of_a_picture_credits_the_law(name, terms, city):
    ensemble = city if terms else without_terms(city)
    said = [*words_of(name, ensemble), figure_alt(name, ensemble)]
    assert [text for text in said if CREDIT.search(text)] == []


def test_the_test_of_credit_sees():
    assert CREDIT.search("Holders since the law: Telegram +9.3 points")
    assert CREDIT.search("Salience: attention to the law, 1 is the wave of January 2021")
    assert not CREDIT.search("Holders from 29 Jun 2020 to 30 Jun 2022: Telegram +9.3 points")


@pytest.mark.parametrize("name", OVER_TIME)
def test_the_act_that_moves_people_is_named_where_it_happens(name, city):
    assert any(TERMS in text for text in words_of(name, city))
    assert not any(TERMS in text for text in words_of(name, without_terms(city)))


def test_a_change_is_told_with_its_days(city):
    title = figure_alt("holders", city).split(".")[0]
    assert title.startswith("Holders from 29 Jun 2020 to 30 Jun 2022: ")


def test_every_act_that_can_move_people_is_named_in_the_reference():
    scenario = small_world(end="2022-06-30")
    named = {mark.day for mark in named_marks(scenario)}
    assert {scenario.day(act.date) for act in scenario.acts if moves(act)} <= named


def test_where_acts_are_many_the_weightiest_are_named():
    ensemble = make_ensemble()
    scenario = ensemble.scenario
    act = next(act for act in scenario.acts if act.id == "terms")
    many = tuple(
        act.model_copy(update={"id": f"t-{i}", "date": scenario.date(300 + 9 * i), "salience": i / 10})
        for i in range(30)
    )
    marks = named_marks(scenario.model_copy(update={"acts": (*scenario.acts, *many)}))
    assert len(marks) <= 12
    assert {300 + 9 * i for i in (29, 28, 27)} <= {mark.day for mark in marks}


LAW = re.compile(r"\blaw\b", re.IGNORECASE)


@pytest.mark.parametrize("name", OVER_TIME)
def test_what_a_title_says_of_the_law_is_the_same_without_the_wave_of_january(name, city):
    """What mentions the law tells what the acts of the law do: the terms of WhatsApp are none of these."""
    with_it, without_it = (
        [part for part in re.split(r"(?<=[.;:])\s", figure_alt(name, ensemble)) if LAW.search(part)]
        for ensemble in (city, without_terms(city))
    )
    assert with_it == without_it
    assert not CREDIT.search(FIGURES[name].caption)
    assert "January 2021" not in " ".join(part for part in [FIGURES[name].caption] if LAW.search(part))


def test_arrests_that_were_spread_evenly_are_marked_as_such_wherever_they_appear():
    scenario = small_world(end="2022-06-30")
    told = [line for line in calendar_in_words(scenario) if "arrested" in line]
    counted = [act for act in scenario.acts if act.kind == "arrest"]
    assert len(told) == len(counted) > 5
    told += [act["words"] for act in calendar(scenario) if act["kind"] == "arrest"]
    assert all("spread evenly, not counted on this day" in line for line in told)
    assert all("arrests (spread evenly)" in mark.label for mark in marks_of(scenario, counted))
