"""People: emulators, the hierarchy of countries and the proof, on toys that are known and in closed form."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.calibration import people, proof
from sim.calibration.bank import Bank, Quantity
from sim.calibration.emulator import learn
from sim.calibration.hierarchy import left_with, sample, together
from sim.calibration.priors import load_forms
from sim.chance import u
from sim.evidence.cases import cases, load_case
from sim.results.posterior import DRAWS, ERROR, MU, TAU, load_posterior
from sim.scenario.files import folder
from tests.calibration.toy_cases import KEYS, normal, square, toy_cases, toy_forms

RESULTS = Path(__file__).parents[2] / "results" / "calibration" / "people"
WAVES = (24, 12)
COUNTRIES = 6


# Emulators and hierarchy, on toys


@pytest.fixture(scope="module")
def inferred(tmp_path_factory):
    home, cases, forms = tmp_path_factory.mktemp("bank"), toy_cases(count=COUNTRIES), toy_forms()
    found = people.infer(Bank(home, cases, forms, 1), "whole", 1, waves=WAVES, workers=1)
    return found, Bank(home, cases, forms, 2), forms


def test_an_emulator_is_as_far_off_as_it_says():
    """On a curved function with chance, at places that it did not see; a run without a reading teaches nothing."""
    places = square(160, 4, 3)
    values = np.array(
        [4 * p[0] - 3 * p[1] ** 2 + p[2] * p[0] + 0.2 * normal(5, 990, 0, n) for n, p in enumerate(places)]
    )
    values[7] = np.nan
    learnt = learn(places[None, :120], values[:120, None], np.array([0]))
    gap = values[120:] - learnt.emulators.at(places[None, 120:])[:, 0]
    assert 0.7 < np.sqrt(np.mean(gap**2)) / float(learnt.emulators.error[0]) < 1.3
    assert np.isnan(learnt.left_out[7, 0])
    assert float(learnt.emulators.error[0]) == pytest.approx(0.2, abs=0.06)


@pytest.mark.slow
def test_runs_of_a_wave_test_the_emulators_before_they_teach_them(inferred):
    found, _, _ = inferred
    assert found.runs == COUNTRIES * sum(WAVES)
    assert found.emulators["used"].all()
    assert found.emulators["ratio"].between(0.3, 3.0).all()
    assert np.asarray(found.data.emulators.error) == pytest.approx(found.emulators["error"].to_numpy())


@pytest.mark.slow
def test_constants_of_the_toy_are_found_and_without_effect_nothing_is_learnt(inferred):
    """All cases have one truth; ``idle`` keeps its prior."""
    found, _, _ = inferred
    drawn = together(sample(found.data, 3, count=200))
    truth = np.array([u(1, 911, axis, 0) for axis in range(len(KEYS))])
    from scipy.special import ndtr

    place = ndtr(drawn["mu"])
    low, high = np.quantile(place, (0.02, 0.98), axis=0)
    assert ((low < truth) & (truth < high)).sum() >= 3
    assert drawn["mu"][:, KEYS.index("idle")].std() > 0.8
    assert drawn["mu"][:, KEYS.index("pull")].std() < 0.8


def test_a_country_left_out_leaves_what_rests_on_its_facts():
    quantities = [Quantity("a", "1", "x", 1.0, False, 1.0, facts=("f",)), Quantity("b", "2", "x", 1.0, False, 1.0),
                  Quantity("b", "3", "x", 1.0, False, 1.0, facts=("f", "g"))]  # fmt: skip
    assert left_with(quantities, "a").tolist() == [True, False, True]
    assert left_with(quantities, "b").tolist() == [True, True, True]


@pytest.mark.slow
def test_left_out_countries_are_lived_by_the_simulator(inferred):
    found, apart, _ = inferred
    rows = proof.left_out(found, apart, ["reading"] * len(found.quantities), 1, lived=16, workers=1)
    assert list(rows) == list(proof.COUNTRIES)
    assert len(rows) == len(found.quantities)
    assert rows["inside_90"].mean() >= 0.7
    assert (rows["p05"] < rows["p50"]).all()
    assert (rows["crps"] > 0).all()


@pytest.mark.slow
def test_recovery_has_a_rank_of_every_number_in_every_fit(inferred):
    found, _, _ = inferred
    table = proof.recover(found.data, KEYS, replicates=3, controls=2)
    assert set(table["fit"]) == set(proof.FITS)
    assert table["number"].nunique() == len(KEYS) + 2 + 1 + 1 + 5
    assert table["p_value"].between(0.0, 1.0, inclusive="right").all()
    assert table.groupby("fit")["replicates"].first().to_dict() == {
        "as it is": 3, "countries alike": 2, "no emulator error": 2
    }  # fmt: skip


# Scores, in closed form


def test_a_uniform_sample_passes_and_a_narrow_one_does_not():
    even = (np.arange(100) + 0.5) / 100
    assert proof.p_uniform(even) > 0.5
    assert proof.p_uniform(0.25 + even / 2) < 0.001
    assert proof.p_uniform(np.sqrt(even)) < 0.001


def test_baselines_and_bands_know_other_countries_alone():
    """Three countries with one number each: 1, 2 and 4, in spreads of 1."""
    quantities = [Quantity(name, "x", "u", value, False, 1.0) for name, value in (("a", 1.0), ("b", 2.0), ("c", 4.0))]
    kind = proof._baseline(quantities, [""] * 3)
    assert kind.mean(axis=1) == pytest.approx([2.0, 0.5, -2.5], abs=1e-6)
    assert kind.std(axis=1)[0] == pytest.approx(np.hypot(np.std([1.0, 3.0], ddof=1), 1.0), rel=0.05)
    same = proof._baseline(quantities, ["r"] * 3)
    assert same.mean(axis=1) == pytest.approx([2.0, 0.5, -2.5], abs=1e-6)
    members = np.tile(np.linspace(-1.0, 1.0, 201), (3, 1)) + np.array([[0.0], [3.0], [0.5]])
    rows = proof.scored(quantities, ["r"] * 3, members, members, np.zeros(3))
    assert rows["inside_90"].tolist() == [True, False, True]
    assert rows["conformal"].tolist() == [np.inf] * 3, "two other countries cannot hold 90 %"
    crps = 2.0 * (1 / 3 - 1 / 4)  # of 0 under the uniform distribution from -1 to 1
    assert rows["crps"].iloc[0] == pytest.approx(crps, rel=0.02)
    assert rows["pit"].iloc[0] == pytest.approx(0.5, abs=0.01)


def test_medians_of_gains_are_told_over_what_was_observed():
    """In logarithms and in units; what is no gain is not counted."""
    quantities = [Quantity(case, str(log), "u", 4.0, log, np.log(2.0) if log else 1.0, gain=log or case != "c")
                  for log in (True, False) for case in "abc"]  # fmt: skip
    found = proof.gained(pd.DataFrame({"p50": [1.0, -2.0, 0.0, -3.0, 2.0, 9.0]}), quantities, ["r"] * 6)
    assert found["model"].tolist() == pytest.approx([2.0, 0.25, 1.0, 0.25, 1.5])
    assert found[["same", "kind"]].to_numpy() == pytest.approx(1.0)
    assert [row[1] for row in proof.near(found)] == ["3 of 5 (60 %)", "5 of 5 (100 %)", "5 of 5 (100 %)"]
    assert [row[3] for row in proof.near(found)] == ["FAILS", "", ""]


def test_a_gain_is_a_rise_of_who_takes_up_has_or_uses():
    """By what is read and what was observed, in whatever unit it is told."""
    found = {f"{name}: {one.id}": one.gain for name in cases() for one in load_case(name).checks}
    asked = {
        "outage-2021: telegram-1-day": True, "nigeria-2021: vpn-weeks-after": True, "korea-2014: telegram-week": True,
        "nigeria-2021: holders-5-months": False, "uganda-2021: facebook-23-months": False,
        "threads-2023: left-1-week": False, "mastodon-2022: left-2-months": False, "outage-2021: telegram-time": False,
        "india-tiktok-2020: hold-substitute-10-months": False, "germany-2021: two-apps": False,
    }  # fmt: skip
    assert {key: found[key] for key in asked} == asked


def test_a_conformal_band_is_the_quantile_of_other_countries():
    rows = pd.DataFrame({"case": list("abcdefghijklmn"), "p50": np.arange(14.0)})
    assert proof._conformal(rows, "n") == 12.0  # of 13 others the largest: 13 of 14 weights are at most that
    assert proof._conformal(rows, "a", level=0.5) == 7.0


# What ships


@pytest.fixture(scope="module")
def shipped():
    return load_posterior().layers["people"], json.loads((folder() / "posterior" / "people.json").read_bytes())


def test_shipped_chains_agree_and_are_worth_as_many_draws_as_is_asked(shipped):
    """Read from the file itself: distinct rows, R-hat, bulk and tail of every number, no divergence."""
    draws, said = shipped
    assert len(draws) == len(draws.drop(columns=["chain", "draw", "diverging"]).drop_duplicates()) == DRAWS
    assert draws["diverging"].sum() == said["divergences"] == 0
    found = people.diagnosed(draws)
    assert len(found) == draws.shape[1] - 3
    assert found["r_hat"].max() <= 1.01
    assert found[["bulk", "tail"]].min().min() >= 400
    told = pd.read_csv(RESULTS / "diagnostics.csv")
    assert told["r_hat"].to_numpy() == pytest.approx(found["r_hat"].to_numpy(), abs=1e-3)


def test_chains_that_do_not_agree_are_seen(shipped):
    draws = shipped[0].copy()
    column = next(name for name in draws if name.startswith(MU))
    draws.loc[draws["chain"] == 0, column] += 1.0
    found = people.diagnosed(draws).set_index("number")
    assert found.loc[column, "r_hat"] > 1.01
    assert found.loc[column, "bulk"] < 400


def test_shipped_draws_are_of_the_form_that_the_model_has(shipped):
    """What a form sets must be what the schema says; constants are places in the priors of the file of forms."""
    draws, said = shipped
    forms = load_forms()
    assert said["form"] == people.default_form(forms) == "third without outside value"
    keys = [forms.keys[number] for number in forms.form(said["form"]).fitted]
    for start in (MU, TAU):
        assert [name.removeprefix(start) for name in draws if name.startswith(start)] == keys
    assert said["priors"] == {key: [one.low, one.high, one.log] for key, one in forms.constants.items() if key in keys}
    assert "hong-kong-2020" not in said["cases"]
    assert (draws[[name for name in draws if name.startswith((TAU, ERROR))]] >= 0).all().all()


def test_the_gate_says_what_the_table_of_countries_says():
    """The verdict follows from the table that ships, whatever it is."""
    rows, told = (pd.read_csv(RESULTS / f"{name}.csv") for name in ("countries", "gate"))
    found = proof.gate(rows)
    assert found["passed"].tolist() == told["passed"].tolist()
    assert found["value"].to_numpy() == pytest.approx(told["value"].to_numpy(), abs=1e-4)
    flat = rows.assign(inside_90=False)
    assert not proof.gate(flat)["passed"].iloc[0]


def test_known_constants_are_found_again_and_what_is_known_to_be_wrong_is_caught():
    """A sound number has 84 to 96 of its 100 intervals hold in 97 of 100 proofs; five of 45 outside, in one of 100."""
    table = pd.read_csv(RESULTS / "recovery.csv").set_index("fit")
    as_it_is = table.loc["as it is"]
    assert as_it_is["sound"].all()
    assert (~as_it_is["covered_90"].between(0.84, 0.96)).sum() <= 4
    assert 0.88 <= as_it_is["covered_90"].mean() <= 0.92
    for wrong in set(table.index) - {"as it is"}:
        assert not table.loc[wrong, "sound"].all(), wrong
        assert (~table.loc[wrong, "covered_90"].between(0.84, 0.96)).sum() > 4, wrong
