"""Plausible worlds: what is drawn, around what, and what stays."""

import math

import numpy as np
import pandas as pd
import pytest

from sim.results.posterior import Posterior, load_posterior
from sim.scenario.fields import leaves, odds, patterns, plus, times, within
from sim.scenario.files import load, vary
from sim.scenario.schema import origins

REFERENCE = load("hong-kong-2020", ["population.users=1000"])
NO_LAYERS = Posterior({})


@pytest.mark.parametrize(
    ("plausible", "value", "low", "middle", "high"),
    [
        (times(2.0, "x"), 30.0, 15.0, 30.0, 60.0),
        (times(2.0, "x"), 0.0, 0.0, 0.0, 0.0),
        (odds(math.log(2.0), "x"), 0.5, 1 / 3, 0.5, 2 / 3),
        (odds(1.0, "x"), 1.0, 1.0, 1.0, 1.0),
        (odds(1.0, "x"), 0.0, 0.0, 0.0, 0.0),
        (plus(0.5, "x"), -1.0, -1.5, -1.0, -0.5),
        (within(0.0, 6.0, "x"), 4.0, 0.0, 3.0, 6.0),
    ],
)
def test_a_range_lies_around_the_value_of_the_scenario(plausible, value, low, middle, high):
    found = [plausible.around(value, place) for place in (0.0, 0.5, 1.0)]
    assert found == pytest.approx([low, middle, high])


def test_what_is_measured_chosen_or_typed_stays_and_what_is_doubted_moves():
    fixed = ["companies.Meta.cutoff"]
    worlds = [NO_LAYERS.world(REFERENCE, seed, fixed) for seed in range(3)]
    moving = {key for one in NO_LAYERS.ranges(REFERENCE, fixed) for key in one.keys}
    before = {leaf.key: leaf.value for leaf in leaves(REFERENCE)}
    for world in worlds:
        for leaf in leaves(world):
            if leaf.key not in moving:
                assert leaf.value == before[leaf.key], leaf.key
    moved = {leaf.key for leaf in leaves(worlds[0]) if leaf.value != before[leaf.key]}
    ends_of_scales = (0.0, 1.0, -8.0)
    still = {key for key in moving if before[key] not in ends_of_scales} - moved
    assert not still
    statuses = {origin.key: origin.status for origin in origins(REFERENCE)}
    assert not [key for key in moved if statuses[key] in ("measured", "setting")]
    assert len(moved) > 150


def test_a_drawn_number_has_no_source_any_more():
    """As if it were typed: what was said of another value says nothing of this one."""
    values = next(load_posterior().values(REFERENCE, [1]))
    assert load_posterior().world(REFERENCE, 1) == vary(REFERENCE, [f"{key}={one!r}" for key, one in values.items()])
    given = [key for key in values if any(name in REFERENCE.sources for name in patterns(key))]
    statuses = {origin.key: origin.status for origin in origins(load_posterior().world(REFERENCE, 1))}
    assert given
    assert {statuses[key] for key in given} == {"assumed"}


def test_a_draw_goes_by_seed_and_key_alone():
    """So that worlds that are compared share it, whatever else they have."""
    other = load("no-law", ["population.users=1000"])
    key = "companies.Google.cutoff"
    here, there = (NO_LAYERS.world(world, 5).companies["Google"].cutoff for world in (REFERENCE, other))
    assert here == there
    values = [NO_LAYERS.world(REFERENCE, seed).companies["Google"].cutoff for seed in range(40)]
    assert len(set(values)) == 40, key


@pytest.mark.slow
def test_draws_fill_their_range_evenly():
    """Kolmogorov's test at a false-alarm rate of 1e-4 with fixed seeds: the court's weight is anywhere from 0 to 6."""
    from scipy.stats import kstest

    values = [NO_LAYERS.world(REFERENCE, seed).decision.court_weight for seed in range(150)]
    assert kstest(np.array(values) / 6.0, "uniform").pvalue > 1e-4


def test_a_layer_goes_before_a_declared_range():
    layer = Posterior({"people": pd.DataFrame({"population.homophily": [0.123], "companies.*.friction": [0.456]})})
    world = layer.world(REFERENCE, 1)
    assert world.population.homophily == 0.123
    assert {company.friction for company in world.companies.values()} == {0.456}


def test_what_was_measured_stays_whatever_a_layer_says():
    key = "companies.Google.requests.legal.rate"
    assert {origin.key: origin.status for origin in origins(REFERENCE)}[key] == "measured"
    layer = Posterior({"companies": pd.DataFrame({"companies.*.requests.legal.rate": [0.5]})})
    world = layer.world(REFERENCE, 1)
    assert world.companies["Google"].requests["legal"].rate == REFERENCE.companies["Google"].requests["legal"].rate
    assert world.companies["Zoom"].requests["legal"].rate == 0.5


def test_values_stay_within_the_bounds_of_the_schema():
    edge = load("hong-kong-2020", ["population.users=1000", "platforms.Signal.risk=-1.99", "population.homophily=0.05"])
    for seed in range(30):
        world = NO_LAYERS.world(edge, seed)
        assert world.platforms["Signal"].risk >= -2.0
        assert world.population.homophily >= 0.0
