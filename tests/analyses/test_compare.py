"""Worlds side by side: what differs in words, paired differences, and people in both worlds."""

import numpy as np
import pandas as pd
import pytest

from sim.analyses.compare.analysis import ComparisonError, compare, spread
from sim.analyses.compare.bearers import OUTCOMES
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


@pytest.mark.parametrize("name", [name for name, _, _ in shipped() if name != "hong-kong-2020"])
def test_every_shipped_counterfactual_differs_in_sentences(name):
    base, other = load("hong-kong-2020"), load(name)
    changes = differences(base, other)
    assert changes
    assert all(change.sentence.endswith(".") and "{" not in change.sentence for change in changes)


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


def test_headline_differences_are_those_of_twins(comparison):
    row = comparison.headlines.query("world == 'comply' and measure == 'WhatsApp share'").iloc[0]
    from sim.measures import headline_measures

    share = next(m.of for m in headline_measures(comparison.scenarios[0]) if m.name == "WhatsApp share")
    gaps = [share(b.run) - share(a.run) for a, b in zip(*comparison.lives[:2], strict=True)]
    assert row["mean"] == pytest.approx(np.mean(gaps))
    assert row["p50"] == pytest.approx(np.median(gaps))
    assert row["n"] == 3


def test_worlds_do_not_differ_before_they_part(comparison):
    early = comparison.over_time.query("week < '2020-06-24'")
    assert len(early)
    assert (early[["p05", "p50", "p95", "mean"]] == 0).all(axis=None)


def test_interval_of_a_mean_is_students():
    values = np.array([1.0, 2.0, 4.0, 7.0])
    from scipy.stats import t

    low, high = t.interval(0.9, 3, loc=3.5, scale=values.std(ddof=1) / 2)
    found = spread(values)
    assert (found["low"], found["high"]) == pytest.approx((low, high))
    assert np.isnan(spread(values[:1])["low"])


# Person by person


def test_everyone_has_one_outcome_per_app(comparison):
    total = comparison.people.groupby(["world", "date", "platform"])["mean"].sum()
    assert total.to_numpy() == pytest.approx(comparison.scenarios[0].population.represents)
    assert set(comparison.people["outcome"]) == set(OUTCOMES.values())


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


def test_moves_count_those_whose_apps_are_the_same(comparison):
    same = comparison.moves.query("world == 'comply' and origin == 'none' and destination == 'none'")
    masks = [(a.holdings[-1] == b.holdings[-1]).mean() for a, b in zip(*comparison.lives[:2], strict=True)]
    represents = comparison.scenarios[0].population.represents
    assert same["mean"].iloc[-1] == pytest.approx(represents * np.mean(masks))


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


@pytest.mark.parametrize(
    ("override", "words"), [("population.users=700", "population.users"), ("end=2020-07-06", "end")]
)
def test_worlds_that_cannot_be_paired_are_refused(override, words):
    world = small_world(users=600, end="2020-07-05")
    with pytest.raises(ComparisonError, match=words):
        compare(world, vary(world, [override]), names=("a", "b"))


def test_one_world_is_refused(hong_kong):
    with pytest.raises(ComparisonError, match="two scenarios"):
        compare(hong_kong)
    with pytest.raises(ComparisonError, match="name of its own"):
        compare(hong_kong, hong_kong)


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
