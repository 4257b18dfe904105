"""How likely a decision was: closed forms of a wait, and the words for an outer quarter of it."""

import pytest

from sim.actors.chronicle import Wait, choice, one_in, timing


def waited(chances, first=0) -> Wait:
    wait = Wait()
    for day, chance in enumerate(chances, start=first):
        wait.face(day, chance)
    return wait


@pytest.mark.parametrize("days", [1, 2, 7, 40])
def test_the_chance_by_a_day_is_one_less_the_chance_to_have_outlived_every_day(days):
    """Of equal chances h: 1 - (1 - h)^n after n days, and (1 - h)^(n - 1) that it had not come before the last."""
    wait = waited([0.1] * days)
    assert wait.by_today == pytest.approx(1.0 - 0.9**days)
    assert wait.still == pytest.approx(0.9 ** (days - 1))
    assert wait.chance == 0.1


def test_a_day_faced_twice_counts_once_with_its_last_chance():
    wait = waited([0.5, 0.2])
    wait.face(1, 0.3)
    assert wait.by_today == pytest.approx(1.0 - 0.5 * 0.7)


def test_a_gap_or_a_decision_begins_a_new_wait():
    wait = waited([0.5, 0.5])
    wait.face(3, 0.1)
    assert wait.by_today == pytest.approx(0.1)
    wait.face(4, 0.2)
    assert wait.end() == {"odds": wait_words(0.28), "chance": 0.2, "chance_by_then": pytest.approx(0.28)}
    wait.face(5, 0.2)
    assert wait.by_today == pytest.approx(0.2)


def wait_words(by_today: float) -> str:
    return timing(by_today, 1.0 - by_today)


def test_only_the_outer_quarters_are_early_and_late():
    assert timing(0.25, 1.0) == " (early: the chance that it came by then was one in four)"
    assert timing(0.251, 1.0) == ""
    assert timing(0.8, 0.251) == ""
    assert timing(0.8, 0.25) == " (late: the chance that it took so long was one in four)"


def test_only_a_rare_outcome_is_against_the_odds():
    assert choice(0.25) == {"odds": " (against the odds: the chance of this outcome was one in four)", "chance": 0.25}
    assert choice(0.26) == {"odds": "", "chance": 0.26}


@pytest.mark.parametrize(("p", "words"), [(1 / 4, "one in four"), (1 / 11, "one in eleven"), (0.0794, "one in 13"),
                                          (1 / 127, "one in 130"), (0.001, "one in 1000"),
                                          (0.0009, "less than one in 1000"),
                                          (0.0, "less than one in 1000")])  # fmt: skip
def test_small_chances_in_words(p, words):
    assert one_in(p) == words
