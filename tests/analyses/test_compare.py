"""Worlds side by side: what differs in words, paired differences, and people in both worlds."""

import numpy as np
import pytest

from sim.analyses.compare.analysis import compare
from sim.scenario.differences import differences
from sim.scenario.files import load, shipped, vary
from tests.conftest import small_world


@pytest.fixture(scope="module")
def comparison():
    worlds = [small_world(name=name, users=1200) for name in ("hong-kong-2020", "companies-comply", "telegram-blocked")]
    return compare(*worlds, names=("base", "comply", "blocked"), replicates=3, workers=1)


# In words


def test_every_shipped_counterfactual_differs_in_sentences():
    base = load("hong-kong-2020")
    for name, _, _ in shipped():
        told = [change.sentence for change in differences(base, load(name))]
        assert bool(told) == (name != "hong-kong-2020"), name
        assert all(sentence.endswith(".") and "{" not in sentence for sentence in told), name


@pytest.mark.parametrize(
    ("override", "words"),
    [
        (
            "companies.Meta.review_days=30",
            ["companies.Meta.review_days is 30.0 days instead of 90.0 days", "diligence"],
        ),
        ("acts.enact.date=2020-07-15", ["15 July 2020 instead of 30 June 2020", "comes into force"]),
        ("acts.arrests-july-1.persons=90", ["90 persons instead of 9 persons"]),
    ],
)
def test_a_changed_value_is_told_with_its_unit(override, words):
    base = load("hong-kong-2020")
    (change,) = differences(base, vary(base, [override]))
    assert all(word in change.sentence for word in words), change.sentence


def test_acts_of_one_day_that_differ_in_the_company_are_told_together():
    (change,) = differences(load("hong-kong-2020"), load("companies-comply"))
    assert change.what == "only there"
    assert "Meta, Google" in change.sentence
    assert "answer every demand for data" in change.sentence


def test_a_table_that_only_one_world_has_is_told_once():
    base = load("hong-kong-2020")
    fewer = base.model_copy(update={"companies": {n: c for n, c in base.companies.items() if n != "Zoom"}})
    assert [change.key for change in differences(base, fewer)] == ["companies.Zoom"]
    assert [change.what for change in differences(fewer, base)] == ["only there"]


# Person by person


def test_people_turned_add_up_to_the_difference_of_holders(comparison):
    """Net of the people whom the change alone turned, on the last day, is the difference of holders on that day."""
    date = comparison.dates[-1]
    people = comparison.people[comparison.people["date"] == date].set_index(["world", "platform", "outcome"])["mean"]
    signs = {"stays": 1, "comes": 1, "leaves": -1, "stays away": -1}
    base, *others = (one.runs for one in comparison.ensembles)
    for world, runs in zip(comparison.others, others, strict=True):
        for platform in comparison.scenarios[0].platforms:
            net = sum(s * people[world, platform, f"{o} only because of the change"] for o, s in signs.items())
            holders = [_holders(b, platform) - _holders(a, platform) for a, b in zip(base, runs, strict=True)]
            assert net == pytest.approx(np.mean(holders), abs=1e-6)


def _holders(run, platform):
    usage = run.tables["usage"]
    return float(usage.loc[usage["platform"] == platform, "holders"].iloc[-1])
