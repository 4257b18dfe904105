"""Worlds side by side: what differs in words, paired differences, and people in both worlds."""

import numpy as np
import pandas as pd
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


def test_equal_worlds_differ_in_nothing():
    base = load("hong-kong-2020")
    assert differences(base, vary(base, ['title="another"', "focus=2020-07-06"])) == []


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


# In pairs


def test_worlds_do_not_differ_before_they_part(comparison):
    early = comparison.over_time.query("week < '2020-06-24'")
    assert len(early)
    assert (early[["p05", "p50", "p95", "mean"]] == 0).all(axis=None)


# Person by person


def test_people_turned_add_up_to_the_difference_of_holders(comparison):
    """Net of the people whom the change alone turned, on the last day, is the difference of holders on that day."""
    date = comparison.dates[-1]
    people = comparison.people[comparison.people["date"] == date].set_index(["world", "platform", "outcome"])["mean"]
    signs = {"stays": 1, "comes": 1, "leaves": -1, "stays away": -1}
    for world, lives in zip(comparison.others, comparison.lives[1:], strict=True):
        for platform in comparison.scenarios[0].platforms:
            net = sum(s * people[world, platform, f"{o} only because of the change"] for o, s in signs.items())
            holders = [_holders(b.run, platform) - _holders(a.run, platform)
                       for a, b in zip(comparison.lives[0], lives, strict=True)]  # fmt: skip
            assert net == pytest.approx(np.mean(holders), abs=1e-6)


def _holders(run, platform):
    usage = run.tables["usage"]
    return float(usage.loc[usage["platform"] == platform, "holders"].iloc[-1])


def test_a_world_against_itself_turns_no_one():
    world = small_world(users=600, end="2020-07-05")
    twins = compare(world, world, names=("one", "other"), replicates=1, workers=1)
    turned = twins.people[twins.people["outcome"].str.contains("only")]
    assert (turned["mean"] == 0).all()
    assert twins.changes.empty


def test_tables_do_not_depend_on_workers():
    worlds = [small_world(name=name, users=600, end="2020-07-05") for name in ("hong-kong-2020", "companies-comply")]
    one, two = (compare(*worlds, names=("a", "b"), replicates=2, workers=workers) for workers in (1, 2))
    pd.testing.assert_frame_equal(one.people, two.people, check_exact=True)
    pd.testing.assert_frame_equal(one.over_time, two.over_time, check_exact=True)


def test_a_folder_has_the_same_bytes_twice(comparison, tmp_path):
    from sim.analyses.compare.analysis import write_comparison
    from sim.analyses.compare.figure import draw_comparison

    for name in ("one", "two"):
        write_comparison(
            comparison, tmp_path / name, command="test", draw=lambda there: draw_comparison(comparison, there)
        )
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert {"changes.csv", "people.csv", "difference-comply.svg", "people-blocked.png", "manifest.json"} <= set(files)
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes(), file
