"""Sensitivity against functions whose indices are known, and boxes that were put there."""

import math

import numpy as np
import pandas as pd
import pytest

from sim.analyses.boxes import (
    Event,
    behavioural_factors,
    box_sentence,
    boxes,
    chosen_factors,
    parse_event,
    shares,
)
from sim.analyses.boxes import lay_out as scatter
from sim.analyses.sensitivity import (
    POINTS,
    RANGE_BY_STATUS,
    chance,
    design,
    indices,
    lay_out,
    table_of,
    varied_numbers,
)
from sim.chance import Stream, u
from sim.runs.files import StudyError
from sim.scenario.files import load, vary
from sim.scenario.schema import origins
from sim.study.design import Axis, DesignError, latin_hypercube
from sim.study.study import Plan, Study
from tests.conftest import small_world


def test_the_command_offers_every_method():
    from sim.command.sensitivity import METHODS

    assert tuple(POINTS) == METHODS


INPUTS = ("x1", "x2", "x3")
A, B = 7.0, 0.1


def ishigami(points):
    """Ishigami & Homma (1990), with the constants for which SALib states the indices; points in the unit cube."""
    x = np.pi * (2 * points - 1)
    return np.sin(x[:, 0]) + A * np.sin(x[:, 1]) ** 2 + B * x[:, 2] ** 4 * np.sin(x[:, 0])


def known_indices():
    """Closed form: variance V = a^2/8 + b pi^4/5 + b^2 pi^8/18 + 1/2."""
    v1 = 0.5 * (1 + B * math.pi**4 / 5) ** 2
    v2 = A**2 / 8
    v13 = B**2 * math.pi**8 * (1 / 18 - 1 / 50)
    total = v1 + v2 + v13
    return {"S1": np.array([v1, v2, 0]) / total, "ST": np.array([v1 + v13, v2, v13]) / total}


def noise(points, replicates, size):
    """Normal noise of a given size, from the project's own source of chance."""
    from scipy.stats import norm

    draws = [[u(1, int(Stream.DESIGN), p, r) for r in range(replicates)] for p in range(points)]
    return size * norm.ppf(np.array(draws))


def of(table, index):
    return table[table["index"] == index]["value"].to_numpy()


def test_sobol_agrees_with_ishigami():
    laid = design("sobol", INPUTS, 1024, seed=1)
    found = indices(laid, ishigami(laid.points)[:, None])
    for index, expected in known_indices().items():
        assert of(found, index) == pytest.approx(expected, abs=0.03)
        rows = found[found["index"] == index]
        assert ((rows["low"] - 0.01 <= expected) & (expected <= rows["high"] + 0.01)).all()


def test_chance_of_replicates_is_taken_out():
    """With noise as large as the function's own spread, raw total indices would be too high by a third of the noise."""
    laid = design("sobol", INPUTS, 512, seed=1)
    values = ishigami(laid.points)[:, None] + noise(len(laid.points), 3, 3.7)
    found = indices(laid, values)
    raw = indices(laid, values.mean(axis=1, keepdims=True))
    expected = known_indices()["ST"]
    assert of(found, "ST") == pytest.approx(expected, abs=0.08)
    assert np.abs(of(raw, "ST") - expected).max() > 2 * np.abs(of(found, "ST") - expected).max()
    of_runs, in_means = chance(values)
    variance = 0.5 + A**2 / 8 + B * math.pi**4 / 5 + B**2 * math.pi**8 / 18
    assert of_runs == pytest.approx(3.7**2 / (3.7**2 + variance), abs=0.03)
    assert in_means == pytest.approx(3.7**2 / 3 / (3.7**2 / 3 + variance), abs=0.03)


def test_what_a_seed_does_to_all_points_is_no_noise_between_them():
    laid = design("sobol", INPUTS, 256, seed=1)
    exact = ishigami(laid.points)[:, None]
    shifted = exact + np.array([[-5.0, 0.0, 5.0]])
    assert of(indices(laid, shifted), "ST") == pytest.approx(of(indices(laid, exact), "ST"))
    assert chance(shifted)[1] == pytest.approx(0.0, abs=1e-12)


def test_morris_finds_a_line_exactly_and_measures_the_floor_of_noise():
    laid = design("morris", ("steep", "flat", "idle"), 200, seed=3)
    line = laid.points @ np.array([4.0, -1.0, 0.0])
    exact = indices(laid, line[:, None])
    assert of(exact, "mu_star") == pytest.approx([4, 1, 0], abs=1e-12)
    assert of(exact, "mu") == pytest.approx([4, -1, 0], abs=1e-12)
    noisy = indices(laid, line[:, None] + noise(len(line), 4, 0.5))
    assert of(noisy, "noise")[2] == pytest.approx(of(noisy, "mu_star")[2], rel=0.15)


@pytest.mark.parametrize("method", ["morris", "sobol"])
def test_equal_seeds_give_equal_designs_and_intervals(method):
    first, again = (design(method, INPUTS, 8, seed=0) for _ in range(2))
    assert (first.points == again.points).all()
    values = ishigami(first.points)[:, None]
    pd.testing.assert_frame_equal(indices(first, values), indices(again, values))
    assert (first.points != design(method, INPUTS, 8, seed=1).points).any()


@pytest.mark.parametrize(
    ("method", "factors", "points", "words"),
    [("sobol", INPUTS, 48, "power of two"), ("morris", INPUTS, 1, "2 or more"), ("morris", ("x",), 4, "two factors")],
)
def test_impossible_designs_are_refused(method, factors, points, words):
    with pytest.raises(DesignError, match=words):
        design(method, factors, points, 1)


# Factors


def test_every_end_of_every_range_is_a_valid_world():
    base = load("hong-kong-2020")
    factors = behavioural_factors(base)
    assert {"population.gamma", "decision.prior", "regulators.Beijing.autonomy"} <= {f.key for f in factors}
    assert not any(factor.key.endswith(("users", "threshold_low")) for factor in factors)
    for end in (0.0, 1.0):
        vary(base, [f"{factor.key}={factor.at(end)}" for factor in factors])


@pytest.mark.parametrize(
    ("over", "words"),
    [(["population.gamma=1,2"], "range"), (["population.gamma"] * 2, "twice"), (["companies.Meta.cutoff"], "low:high")],
)
def test_factors_that_make_no_range_are_refused(over, words):
    with pytest.raises(DesignError, match=words):
        chosen_factors(load("hong-kong-2020"), over)


def test_a_measure_that_depends_on_one_parameter_says_so(tmp_path):
    """Who announces does not depend on people's concern once companies do not mind losing users; installs do."""
    world = small_world("decision.users_weight=0", users=500, end="2020-07-20")
    factors = chosen_factors(world, ["decision.prior=0.01:0.5", "population.concern_mean=0:12"])
    study = Study(tmp_path / "s")
    laid, cells = lay_out(study, world, factors, method="morris", points=3, replicates=2)
    study.make(Plan(cells), workers=1)
    table = table_of(study, laid)
    star = table[table["index"] == "mu_star"].pivot(index="measure", columns="factor", values="value")
    assert star.loc["announced", "population.concern_mean"] == 0
    assert star.loc["announced", "decision.prior"] > 1
    assert star.loc["Signal.installs", "population.concern_mean"] > 0


# Boxes

CUBE = [Axis(key, low=0.0, high=10.0) for key in "abcd"]


def cube(points, happens):
    table = pd.DataFrame(10 * latin_hypercube(points, 4, 1), columns=list("abcd"))
    return table.assign(share=happens(table).astype(float))


@pytest.mark.slow
def test_prim_finds_the_box_that_was_put_there():
    limits, found = boxes(cube(400, lambda x: (x["a"] > 6) & (x["b"] < 4)), CUBE)
    first = limits[limits["box"] == 1].set_index("factor")
    assert set(first.index) == {"a", "b"}
    assert (first.loc["a", "low"], first.loc["b", "high"]) == pytest.approx((6, 4), abs=0.4)
    assert (first.loc["a", "high"], first.loc["b", "low"]) == (10, 0)
    best = found.iloc[0]
    assert best["coverage"] > 0.9
    assert best["density"] > 0.9
    sentence = box_sentence(1, limits, found, Event("x", ">", 1, "x"))
    assert sentence.startswith(f"Box 1: a above {first.loc['a', 'low']:.3g}; b below {first.loc['b', 'high']:.3g}.")


def test_boxes_are_the_same_twice():
    points = cube(200, lambda x: x["c"] + x["d"] > 13)
    for one, other in zip(boxes(points, CUBE), boxes(points, CUBE), strict=True):
        pd.testing.assert_frame_equal(one, other)


def test_an_event_without_cases_is_refused():
    with pytest.raises(StudyError, match="0 of 100"):
        boxes(cube(100, lambda x: x["a"] > 11), CUBE)


def test_the_points_of_a_scatter_keep_their_values(tmp_path):
    world = small_world(users=300, end="2020-07-10")
    factors = chosen_factors(world, ["decision.prior=0.01:0.9"])
    event = parse_event("announced > 4", world)
    study = Study(tmp_path / "s")
    study.make(Plan(scatter(study, world, factors, points=8, replicates=1)), workers=1)
    table = shares(study, event, factors)
    assert len(table) == 8
    assert table.sort_values("decision.prior")["share"].is_monotonic_increasing


@pytest.mark.parametrize("text", ["WhatsApp.change", "WhatsApp change < five", "< 5", "Whatsap change < -5"])
def test_events_that_mean_nothing_are_refused(text):
    with pytest.raises(DesignError, match="--event"):
        parse_event(text, load("hong-kong-2020"))


def test_indices_of_what_is_all_chance_are_undefined():
    laid = design("sobol", INPUTS, 8, seed=1)
    found = indices(laid, noise(len(laid.points), 2, 1.0) * np.array([1.0, -1.0]) + [[5.0, -5.0]])
    assert found["value"].isna().all()


# What variance rests on


def test_shares_of_groups_of_a_sum_are_those_of_its_variances():
    """y = 3 a1 + a2 + b with uniform numbers: group a has (9 + 1) / 11 of the variance, group b 1 / 11."""
    laid = design("status", ["measured", "measured", "assumed"], 1024, seed=1)
    assert laid.factors == ("measured", "assumed")
    assert laid.points.shape == (1024 * 4, 3)
    found = indices(laid, (laid.points @ np.array([3.0, 1.0, 1.0]))[:, None])
    total = found[found["index"] == "ST"].set_index("factor")["value"]
    assert total["measured"] == pytest.approx(10 / 11, abs=0.05)
    assert total["assumed"] == pytest.approx(1 / 11, abs=0.02)


def test_every_varied_number_stays_within_its_range_and_its_bounds():
    world = small_world()
    values = {origin.key: origin for origin in origins(world)}
    numbers, statuses = varied_numbers(world)
    assert set(statuses) == set(RANGE_BY_STATUS)
    assert "population.gamma" not in {number.key for number in numbers}
    for number, status in zip(numbers, statuses, strict=True):
        origin = values[number.key]
        assert status == origin.status
        assert number.low <= origin.value <= number.high
        assert abs(number.high - origin.value) <= RANGE_BY_STATUS[status] * abs(origin.value) + 1e-9
