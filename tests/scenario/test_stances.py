"""A stance is told of by its entry: where a word, a colour or a leaning is missing, a test says what to do."""

from typing import get_args

import pytest

from sim.scenario import stances
from sim.scenario.institutions import Company
from sim.scenario.stances import DEFYING, FINAL, FIRM, REVIEWED, STANCES, Stance

LEANINGS = [name.removesuffix("_leaning") for name in Company.model_fields if name.endswith("_leaning")]


@pytest.mark.parametrize("stance", [*STANCES, *get_args(Stance)])
def test_every_stance_is_one_that_files_may_hold_and_has_an_entry(stance):
    assert stance in STANCES, f"say what {stance!r} is in STANCES of {stances.__name__}"
    assert stance in get_args(Stance), f"add {stance!r} to Stance in {stances.__name__}"


def test_entries_are_in_the_order_of_the_schema():
    assert tuple(STANCES) == get_args(Stance)


@pytest.mark.parametrize("stance", STANCES)
def test_an_answer_that_is_taken_is_told_and_named(stance):
    entry = STANCES[stance]
    assert entry.words
    assert bool(entry.verb) == bool(entry.sentence) == bool(entry.cause), (
        f"{stance}: verb, sentence and cause go together"
    )
    assert not entry.verb or "{date}" in entry.cause


def test_an_answer_that_may_bring_data_says_how_much():
    """Requests that are answered, and urgent ones of those that wait, end in data by a share that is declared."""
    declared = {stance for stance, entry in STANCES.items() if entry.share != 0.0}
    answered = {stance for stance, entry in STANCES.items() if entry.requests in ("answered", "waiting")}
    assert declared == answered, f"give {declared ^ answered} a share in {stances.__name__}, or none"


def test_every_stance_has_a_colour():
    try:
        from sim.drawing.style import STANCES as shown
    except KeyError as missing:
        pytest.fail(f"give {missing} a colour in sim/drawing/style.py")
    assert list(shown) == list(STANCES)


@pytest.mark.parametrize("stance", sorted({*REVIEWED, *LEANINGS} - {"resume"}))
def test_what_a_review_can_end_in_has_a_leaning_and_is_told(stance):
    assert stance in LEANINGS, f"give companies a parameter {stance}_leaning in {Company.__module__}"
    assert stance in REVIEWED, f"add {stance!r} to REVIEWED in {stances.__name__}"
    assert STANCES[stance].verb, f"give {stance!r} a verb, a sentence and a cause in {stances.__name__}"


def test_what_holds_is_final_and_what_is_final_defies():
    """Leaving is neither: who has left is asked for nothing."""
    assert set(FIRM) < set(FINAL) < set(DEFYING)
    assert "exit" not in DEFYING
    assert {STANCES[stance].requests for stance in FINAL} == {"passed on", "refused"}
