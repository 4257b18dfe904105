"""Plausible worlds: what is drawn, around what, and what stays; new countries; what is stated of a provider."""

import math
import re
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest

from sim.evidence.cases import cases
from sim.results.posterior import Posterior, Prior, at_places, load_posterior
from sim.scenario.fields import leaves, odds, patterns, plus, times, within
from sim.scenario.files import folder, load, vary, with_values
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
    moving |= {f"isps.{name}.share" for name in REFERENCE.isps}
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
    layer = Posterior({"companies": pd.DataFrame({"companies.*.requests.legal.rate": [0.25, 0.5, 1.0]})})
    stated = {name: REFERENCE.companies[name].requests["legal"].rate for name in ("Google", "Zoom")}
    found = [{name: world.companies[name].requests["legal"].rate for name in stated}
             for world in layer.worlds(REFERENCE, range(12))]  # fmt: skip
    assert {one["Google"] for one in found} == {stated["Google"]}
    assert {round(one["Zoom"] / stated["Zoom"], 9) for one in found} == {0.5, 1.0, 2.0}, "by the factor of the draw"


def test_values_stay_within_the_bounds_of_the_schema():
    edge = load("hong-kong-2020", ["population.users=1000", "platforms.Signal.risk=-1.99", "population.homophily=0.05"])
    for seed in range(30):
        world = NO_LAYERS.world(edge, seed)
        assert world.platforms["Signal"].risk >= -2.0
        assert world.population.homophily >= 0.0


HELD = {
    r"population\.(outside_value|substitution)": "what the default form does without and a rival form has",
    r"population\.represents": "a scale of what is shown, on which nothing hangs",
    r"network\.lag_days": "each provider draws its own",
    r"regulators\..*\.rung_(costs|sanctions)": "in stakes, whose value to either side is drawn",
    r"acts\..*\.(persons|access|hours)": "what is asked about, or a count of the day",
    r"observed\..*": "what was observed; no world knows it",
}
ENDS = {0.0: "nothing", 1.0: "all, or the unit", -8.0: "what is never done"}


def test_every_number_that_nobody_measured_is_drawn():
    """In every scenario and case that ships; what is held fixed has its reason above, and no reason is idle."""
    idle = set(HELD)
    shipped = load_posterior()
    for name in (*(file.stem for file in folder().glob("*.toml")), *cases()):
        scenario = load(name)
        known = leaves(scenario)
        worlds = list(shipped.values(scenario, [1, 2]))
        for leaf, origin in zip(known, origins(scenario, known), strict=True):
            if origin.status in ("measured", "setting") or not origin.is_claim:
                continue
            if all(leaf.key in world for world in worlds):
                assert worlds[0][leaf.key] != worlds[1][leaf.key] or leaf.value in ENDS or type(leaf.value) is int
                continue
            reasons = [pattern for pattern in HELD if re.fullmatch(pattern, leaf.key)]
            assert reasons, f"{name}: {leaf.key} = {leaf.value} is held fixed"
            idle -= set(reasons)
    assert not idle


def test_counts_are_whole_and_what_belongs_together_agrees():
    small = load("hong-kong-2020", ["population.users=13"])
    for seed in range(12):
        world = NO_LAYERS.world(small, seed)  # the schema refuses a degree of 13 or more, and shares that are not 1
        assert type(world.population.degree) is type(world.population.group_size) is int
        assert sum(isp.share for isp in world.isps.values()) == pytest.approx(1.0)
        assert len({isp.share for isp in world.isps.values()}) > 2


def test_what_is_stated_of_a_provider_moves_with_the_draw_and_keeps_its_order():
    stated = [
        "isps.HKT.lag_days=0.3",
        "isps.HKBN.lag_days=5.0",
        "isps.HGC.compliance=0.5",
        "isps.SmarTone.compliance=0.9",
    ]
    scenario = vary(REFERENCE, stated)
    lags, draws = set(), load_posterior().layers["isps"]["isps.*.lag_days"]
    assert 0.3 * draws.max() / draws.median() < 60.0, "so no draw takes both to the longest lag that there is"
    for seed in range(40):
        isps = load_posterior().world(scenario, seed).isps
        assert isps["HKT"].lag_days < isps["HKBN"].lag_days
        assert isps["HKBN"].lag_days == pytest.approx(min(isps["HKT"].lag_days * 5.0 / 0.3, 60.0))
        assert 0.0 < isps["HGC"].compliance < isps["SmarTone"].compliance < 1.0
        lags.add(isps["HKT"].lag_days)
        silent = {isps[name].lag_days for name, isp in scenario.isps.items() if isp.lag_days is None}
        assert silent <= set(draws), "where nothing is stated, the draw itself"
        assert len(silent) == 1
    assert len(lags) > 30
    assert min(lags) < 0.3 < max(lags)


def test_a_lag_that_is_stated_for_all_providers_is_that_of_each_that_is_silent():
    """It moves as one that a provider states; typed, or measured, it stays."""
    stated = vary(REFERENCE, ["network.lag_days=0.3", "isps.HKBN.lag_days=5.0"])
    for seed in range(10):
        isps = load_posterior().world(stated, seed).isps
        assert isps["HKBN"].lag_days == pytest.approx(min(isps["HKT"].lag_days * 5.0 / 0.3, 60.0))
    for value in (0.3, 3.0):
        typed = vary(REFERENCE, [f"network.lag_days={value}"])
        worlds = [load_posterior().world(typed, seed, ["network.lag_days"]) for seed in range(3)]
        silent = [name for name, isp in typed.isps.items() if isp.lag_days is None]
        assert {one.isps[name].within(one.network).lag_days for one in worlds for name in silent} == {value}


def test_each_world_is_a_new_country_and_worlds_that_are_compared_are_the_same_one():
    """mu = 0.5 and tau = 0.8 give places whose probits have that mean and spread; without tau all are alike."""
    key, prior = "population.inertia", Prior(1.0, 5.0, False)
    some = pd.DataFrame({f"mu.{key}": [0.5] * 200, f"tau.{key}": [0.8] * 200, "t0": [0.1] * 200})
    posterior = Posterior({"people": some}, {}, {key: prior})
    values = [world[key] for world in posterior.values(REFERENCE, range(400))]
    probits = [NormalDist().inv_cdf((value - 1.0) / 4.0) for value in values]
    assert np.mean(probits) == pytest.approx(0.5, abs=4 * 0.8 / 20)
    assert np.std(probits) == pytest.approx(0.8, rel=0.15)
    other = load("no-law", ["population.users=1000"])
    assert [world[key] for world in posterior.values(other, range(5))] == values[:5]
    alike = Posterior({"people": some.assign(**{f"tau.{key}": 0.0})}, {}, {key: prior})
    assert {world[key] for world in alike.values(REFERENCE, range(5))} == {prior.at(0.5)}
    (found,) = [one for one in posterior.ranges(REFERENCE) if one.key == key]
    for place, probit in ((0.0, 0.5 - 1.96 * 0.8), (0.5, 0.5), (1.0, 0.5 + 1.96 * 0.8)):
        assert found.at(place) == pytest.approx(prior.at(probit), abs=0.1)


def test_numbers_at_places_are_whole_ordered_and_in_agreement():
    scenario = load("hong-kong-2020")
    ranges = load_posterior().ranges(scenario)
    for place in (0.05, 0.95):
        values = at_places(scenario, [(one, place) for one in ranges])
        world = with_values(scenario, values, "a test")
        assert world.population.group_size <= world.population.degree + 1
        assert type(values["population.degree"]) is int
    own = at_places(scenario, [(one, 0.5) for one in ranges if "*" in one.key])
    known = {leaf.key: leaf for leaf in leaves(scenario)}
    stated = [key for key in own if known[key].value not in (None, known[key].default)]
    assert stated
    for key in stated:
        assert own[key] == pytest.approx(known[key].value, rel=1e-6), "a draw in the middle leaves it"
