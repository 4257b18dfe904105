"""How acts are told."""

import datetime as dt

import pytest

from sim.actors.chronicle import Chronicle, subject


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


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Meta", "Meta"),
        ("government", "the government"),
        ("Hong Kong government", "the Hong Kong government"),
        ("High Court", "the High Court"),
        ("i-Cable", "i-Cable"),
        ("3HK", "3HK"),
        ("this scenario", "this scenario"),
    ],
)
def test_articles(name, told):
    assert subject(name) == told
