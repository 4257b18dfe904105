"""The screen finds what moves an output, names little else, and says how much it would have found."""

import numpy as np
import pytest

from sim.analyses.screening import ENOUGH, FALSE, NOTHING, NULL, PLANTED, foldover, forward, screen, screen_draws
from sim.measures import quantities
from sim.results.posterior import at_places, load_posterior
from sim.runs.once import run_once
from sim.scenario.files import load, with_values

NUMBERS = 200


def outputs(design, slopes, *, noise=0.6, seed=1, together=()):
    """Bounded outputs of a design, with what two numbers do together and with chance."""
    x = np.vstack([design.signs, -design.signs])
    found = x @ slopes + sum(size * x[:, a] * x[:, b] for a, b, size in together)
    return 2 * np.tanh(found / 2) + noise * np.random.default_rng(seed).normal(size=len(x))


def test_a_design_is_balanced_mirrored_and_equal_for_equal_seeds():
    design = foldover(NUMBERS, 40, 3)
    assert (design.signs.sum(axis=0) == 0).all()
    assert design.dummies.shape == (40, PLANTED + NULL)
    places = design.places()
    assert places[:40] + places[40:] == pytest.approx(1.0)
    assert places.min() == pytest.approx(0.05)
    assert (foldover(NUMBERS, 40, 3).signs == design.signs).all()
    assert (foldover(NUMBERS, 40, 4).signs != design.signs).any()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_moves_an_output_is_found_the_largest_first_and_its_slope_told(seed):
    design, slopes = foldover(NUMBERS, 100, seed), np.zeros(NUMBERS)
    slopes[[7, 50, 120]] = [1.0, -0.5, 0.4]
    found = screen(design, outputs(design, slopes, seed=seed, together=[(7, 50, 0.5), (1, 2, 1.0)]))
    assert found.found[0] == 7
    assert {7, 50, 120} >= set(found.found)
    assert {7, 50} <= set(found.found), "an interaction as large as all else hides none of the large ones"
    assert found.slopes[0] > 0 > found.slopes[found.found.index(50)]
    assert 0.1 < found.explained < 0.9
    exact = screen(design, (np.vstack([design.signs, -design.signs]) @ slopes))
    assert exact.slopes == pytest.approx([2 * s / 0.9 for s in (1.0, -0.5, 0.4)])
    assert exact.explained == pytest.approx(1.0)


def test_chance_alone_is_seldom_given_a_name():
    named = [screen(foldover(NUMBERS, 60, seed), np.random.default_rng(seed).normal(size=120)) for seed in range(40)]
    assert np.mean([bool(one.found) for one in named]) <= 0.15, "one in twenty is due"
    assert max(one.explained for one in named if not one.found) == 0.0
    assert np.mean([one.false for one in named]) <= 0.1


def test_power_is_that_of_the_runs_at_hand():
    """A hundred pairs find half a spread; a dozen do not, nor do forty worlds that were drawn at random."""
    noise = np.random.default_rng(4).normal
    assert screen(foldover(NUMBERS, 100), noise(size=200)).is_shown
    few = screen(foldover(NUMBERS, 12), noise(size=24))
    assert (few.power <= 3, few.is_shown) == (True, False)
    drawn = screen_draws(np.random.default_rng(5).random((40, NUMBERS)), noise(size=40))
    assert (drawn.power < ENOUGH, drawn.is_shown) == (True, False)


def test_what_never_varies_is_moved_by_nothing_and_missing_pairs_are_left_out():
    design = foldover(5, 40)
    assert screen(design, np.full(80, -9.0)) == NOTHING
    assert NOTHING.is_shown
    assert not screen(design, np.full(80, np.nan)).is_shown, "nothing was seen"
    assert not screen_draws(np.zeros((3, 5)), np.arange(3.0)).is_shown
    values = np.concatenate([design.signs[:, 2], -design.signs[:, 2]])
    values[3] = np.nan
    assert screen(design, values).found == (2,)


def test_a_worlds_draws_tell_the_steepest_of_few_numbers():
    places = np.random.default_rng(6).random((60, 8))
    found = screen_draws(places, 3.0 * places[:, 5] + 0.2 * np.random.default_rng(7).normal(size=60))
    assert found.found == (5,)
    assert found.slopes == pytest.approx((3.0,), rel=0.05)


def test_columns_that_never_vary_are_never_named():
    x = np.column_stack([np.ones(20), np.arange(20.0)])
    assert forward(x, np.arange(20.0))[0] == [1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "end"), [("hong-kong-2020", "2020-07-20"), ("germany-2021", ""), ("turkey-2020", "2020-10-31")]
)
def test_the_model_itself_hides_no_planted_effect(name, end):
    """Of ten dummies that move a real output by half a spread nine are found, of twenty without effect one is named."""
    scenario = load(name, ["population.users=300", *([f"end={end}"] if end else [])])
    ranges, design = load_posterior().ranges(scenario), foldover(len(load_posterior().ranges(scenario)), 100)
    wanted = [one for one in quantities(scenario) if one.id.endswith((".holders", "answering"))][:4]
    rows = []
    for n, row in enumerate(design.places()):
        drawn = at_places(scenario, zip(ranges, row, strict=True))
        run = run_once(with_values(scenario, drawn, "a test"), n % 100)
        rows.append([float(one.of(run, 0)[-1]) for one in wanted])
    found = [screen(design, values) for values in np.array(rows).T]
    varied = [one for one in found if not np.isnan(one.power)]
    assert varied
    for one in varied:
        assert (one.power >= ENOUGH, one.false <= FALSE) == (True, True), one
    few = screen(foldover(len(ranges), 100), np.random.default_rng(1).permutation(np.array(rows)[:, 0]))
    assert few.explained < 0.2, "shuffled outputs hang on nothing"
