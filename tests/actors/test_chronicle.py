"""How acts are told, and how likely a decision was: closed forms of a wait, and the words for an outer quarter."""

import datetime as dt

import pytest

from sim.actors.chronicle import Chronicle, Wait, choice, one_in, subject, timing


@pytest.fixture
def chronicle():
    return Chronicle(lambda day: dt.date(2020, 6, 30) + dt.timedelta(days=day))


def test_a_sentence_names_quantities_and_causes(chronicle):
    law = chronicle.add(0, "Standing Committee", "enact a law", law="security law", terms="")
    rules = chronicle.add(6, "government", "gazette rules", law="security law")
    paper = chronicle.add(6, "newspaper", "report", text="It is in the paper.")
    left = chronicle.add(6, "Meta", "leave", "", (law, paper, rules, law), days=6)
    assert chronicle.acts[left].sentence == "Meta left the market, after the law of 30 June and the rules of 6 July."
    assert chronicle.acts[left].because == (law, paper, rules)
    assert chronicle.acts[left].quantities == {"days": 6}


def test_a_cause_of_another_year_has_its_year(chronicle):
    pause = chronicle.add(1, "Google", "pause", when="", ground="it was time", odds="")
    final = chronicle.add(200, "Google", "leave", "", (pause,))
    assert chronicle.acts[final].sentence == "Google left the market, after the pause of 1 July 2020."


def test_articles():
    bare = ("Meta", "i-Cable", "3HK", "this scenario")
    named = ("government", "Hong Kong government", "High Court")
    assert [subject(name) for name in (*bare, *named)] == [*bare, *(f"the {name}" for name in named)]


# How likely a decision was


def waited(chances, first=0) -> Wait:
    wait = Wait()
    for day, chance in enumerate(chances, start=first):
        wait.face(day, chance)
    return wait


def test_the_chance_by_a_day_is_one_less_the_chance_to_have_outlived_every_day():
    """Of equal chances h: 1 - (1 - h)^n after n days, and (1 - h)^(n - 1) that it had not come before the last."""
    for days in (1, 2, 40):
        wait = waited([0.1] * days)
        assert (wait.by_today, wait.still) == pytest.approx((1.0 - 0.9**days, 0.9 ** (days - 1)))
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


def test_small_chances_in_words():
    chances = {1 / 4: "four", 1 / 11: "eleven", 0.0794: "13", 1 / 127: "130", 0.001: "1000"}
    assert [one_in(p) for p in chances] == [f"one in {words}" for words in chances.values()]
    assert one_in(0.0009) == one_in(0.0) == "less than one in 1000"
