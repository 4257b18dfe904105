"""Layers of plausible worlds: people on all cases together, disputes on their delays, and what ships."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.calibration.layers.disputes import dispute_posterior
from sim.calibration.layers.odds import AXES, STANDING
from sim.calibration.layers.people import default_form, people_posterior
from sim.calibration.tournament.bank import Bank
from sim.calibration.tournament.compete import designs
from sim.calibration.tournament.forms import load_forms
from sim.results.posterior import DRAWS, load_posterior
from sim.scenario.files import folder
from tests.calibration.test_disputes import steady
from tests.calibration.toy_cases import toy_cases, toy_forms

LAYERS = ("disputes", "institutions", "isps", "people")


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory):
    forms = toy_forms()
    name = forms.names[0]
    bank = Bank(tmp_path_factory.mktemp("bank"), toy_cases(count=4), forms, 1)
    places = designs(forms, [name], 48, 48, 1)
    bank.begin([forms.form(name)], workers=1)
    bank.make(places, workers=1)
    return people_posterior(bank, name, places[name], 300, 1), forms


@pytest.mark.slow
def test_draws_of_people_lie_in_their_ranges_and_know_more_than_these(people):
    found, forms = people
    assert found.draws.shape == (300, len(forms.keys))
    assert found.effective > 300
    assert found.quantities == sum(len(case.quantities()) for case in toy_cases(count=4))
    for key, constant in forms.told.constants.items():
        assert found.draws[key].between(constant.low, constant.high).all()
    spread = (found.draws.std() / [np.sqrt(1 / 12) * (c.high - c.low) for c in forms.told.constants.values()]).min()
    assert spread < 0.8, "cases say something of one constant at least"


def test_dispute_draws_follow_the_likelihood_within_the_cells_of_the_grid():
    """Disputes that all end about day 40 by the company: rates of standing over state days of about 1/40."""
    made = [steady(delay=delay, cost=0.0, name=str(delay)) for delay in (10.0, 20.0, 35.0, 50.0, 80.0)]
    draws, effective = dispute_posterior(made, 400, 1)
    assert effective > 10
    rate = draws["bargaining.standing"] / draws["bargaining.state_days"]
    assert 1 / 160 < rate.median() < 1 / 10
    assert len(draws.drop_duplicates()) == 400
    assert draws["bargaining.standing"].between(STANDING.min(), STANDING.max()).all()
    assert draws["bargaining.state_days"].between(AXES[1].min(), AXES[1].max()).all()


def test_the_shipped_layers_are_whole_and_say_what_they_rest_on():
    shipped = load_posterior()
    assert tuple(shipped.layers) == LAYERS
    said = {name: json.loads((folder() / "posterior" / f"{name}.json").read_bytes()) for name in LAYERS}
    for name in LAYERS:
        assert len(shipped.layers[name]) == DRAWS
        assert len(shipped.layers[name].drop_duplicates()) >= 500
        assert said[name].get("effective_draws", DRAWS) >= 300  # the layer of ISPs is drawn and not weighted
    said = said["people"]
    assert "hong-kong-2020" not in said["cases"]
    assert said["form"] == default_form(load_forms())


def test_draws_of_people_are_of_the_form_that_the_model_has():
    """What a form sets must be what the schema says; without an app's outside value is how the second form won."""
    assert default_form(load_forms()) == "second without outside value"
    layer = load_posterior().layers["people"]
    assert "population.outside_value" not in layer
    assert set(layer) == set(load_forms().keys) - {"population.outside_value"}


@pytest.mark.parametrize(("option", "value"), [("--points", "60"), ("--out", "o")])
def test_a_layer_without_targets_takes_no_option_of_theirs(option, value):
    from click.testing import CliRunner

    from sim.calibration.command import calibrate

    result = CliRunner().invoke(calibrate, ["isps", option, value])
    assert result.exit_code == 2
    assert option in result.output


def test_intervals_of_the_institutions_hold_what_made_the_runs():
    """On 400 runs of known parameters, by which a coverage of 90 % is known to 1.5 points for one of eight of them."""
    found = pd.read_csv(Path(__file__).parents[2] / "results" / "calibration" / "institutions" / "recovery.csv")
    assert len(found) == 8
    assert 0.88 <= found["covered_90"].mean() <= 0.92
    assert found["uniform"].all()
