"""Designs, replication to a precision, and the commands."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import example as case
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim import measures
from sim.results.bands import against_first, interval_of_mean
from sim.results.folder import OutputError
from sim.runs import once as running
from sim.runs.executors import InProcess
from sim.scenario.errors import ScenarioError
from sim.study.design import (
    Axis,
    DesignError,
    Target,
    latin_hypercube,
    lay_out,
    lay_out_sweep,
    parse_axis,
    parse_target,
    sobol,
    typed,
)
from sim.study.study import Study, make_sweep, replicates_needed, widths, write_results
from sim.tables import Run
from tests.conftest import small_world
from tests.terminal import refused


@pytest.fixture(scope="module")
def world():
    return small_world(users=200, end="2020-07-05")


# Designs


def test_axes_are_read(world):
    assert parse_axis("population.gamma=0:1:5", world).levels == ("0", "0.25", "0.5", "0.75", "1")
    assert parse_axis("population.gamma=0,3,6", world).levels == ("0", "3", "6")
    assert parse_axis("population.contagion=none,simple", world).levels == ("none", "simple")
    assert parse_axis("population.degree=6:8", world) == Axis("population.degree", (), 6.0, 8.0, whole=True)
    assert parse_axis("acts.enact.date=2020-06-30,2020-07-03", world).levels == ("2020-06-30", "2020-07-03")


def test_axes_that_make_no_sense_are_refused(world):
    for text, words in (
        ("population.gamma", "expected key=low:high:levels"), ("population.gamma=", "expected key=low:high:levels"),
        ("population.gamma=0:x", "expected low:high"), ("population.gamma=0:1:2:3", "expected low:high"),
        ("population.gamma=3:1", "a range from low to high"), ("population.gamma=0:inf", "a range from low to high"),
        ("population.gamma=0:1:1", "at least 2 levels"), ("population.gamma=0:1:2.5", "at least 2 levels"),
        ("population.gamma=0:20:3", "from 0.0 to 12.0"), ("population.gamma=0:20", "from 0.0 to 12.0"),
        ("population.gama=0,1", 'did you mean "gamma"'), ("population.degree=6.5,7", "a whole number"),
    ):  # fmt: skip
        with pytest.raises((DesignError, ScenarioError), match=words) as error:
            parse_axis(text, world)
        assert str(error.value).startswith("--over")


def test_a_factorial_design_has_every_combination():
    axes = [Axis("a", ("1", "2", "3")), Axis("b", ("x", "y"))]
    cells = lay_out(axes, "factorial", 0, 1)
    assert len(cells) == len({(cell["a"], cell["b"]) for cell in cells}) == 6
    with pytest.raises(DesignError, match="expected levels"):
        lay_out([Axis("a", (), 0, 1)], "factorial", 0, 1)
    with pytest.raises(DesignError, match="each key once"):
        lay_out([axes[0], axes[0]], "factorial", 0, 1)


@settings(deadline=None)  # the first draw loads compiled code
@given(points=st.integers(1, 60), dimensions=st.integers(1, 6), seed=st.integers(0, 2**40))
def test_a_latin_hypercube_visits_every_part_of_every_axis_once(points, dimensions, seed):
    places = latin_hypercube(points, dimensions, seed)
    assert ((places >= 0) & (places < 1)).all()
    for axis in places.T:
        assert sorted(np.floor(axis * points).astype(int)) == list(range(points))


def test_a_sobol_design_fills_space_more_evenly_than_chance():
    """Centred discrepancy of 256 points in three dimensions: far below that of the hypercube; any shift counts."""
    from scipy.stats import qmc

    for seed in range(5):
        assert qmc.discrepancy(sobol(256, 3, seed)) < 0.5 * qmc.discrepancy(latin_hypercube(256, 3, seed))
    assert not np.array_equal(sobol(8, 2, 1), sobol(8, 2, 2))
    with pytest.raises(DesignError, match="a power of two"):
        sobol(6, 2, 1)


@given(st.floats(-1e6, 1e6))
def test_numbers_are_typed_shortly_and_almost_exactly(value):
    assert math.isclose(float(typed(value)), value, rel_tol=1e-9, abs_tol=1e-300)
    assert len(typed(value)) <= 17


# Pairs and precision


def test_a_seed_that_the_first_cell_lacks_has_no_difference():
    runs = pd.DataFrame({"cell": [0, 1, 1], "seed": [1, 1, 2], "m": [1.0, 3.0, 9.0]})
    assert against_first(runs, "m").to_numpy().tolist() == [[0, 1, 0.0], [1, 1, 2.0]]


def test_interval_of_the_mean_is_that_of_the_paired_t_test():
    values = pd.DataFrame({"cell": [0] * 5 + [1] * 5, "seed": [*range(5)] * 2,
                           "m": [1.0, 2, 4, 3, 5, 2.0, 2, 6, 4, 9]})  # fmt: skip
    (row,) = interval_of_mean(against_first(values, "m").query("cell == 1"), ["cell"], "difference").to_dict("records")
    known = stats.ttest_rel(values["m"][5:], values["m"][:5]).confidence_interval(0.90)
    assert (row["low"], row["high"]) == pytest.approx((known.low, known.high))
    assert row["n"] == 5


def test_targets_are_read(world):
    assert parse_target("WhatsApp.share:0.1pp", world) == Target("WhatsApp.share", 0.1)
    assert parse_target("WhatsApp.installs: 500 persons", world) == Target("WhatsApp.installs", 500.0)
    for text, words in (
        ("WhatsApp.share", "measure:width"), ("Whatsap.share:1", 'did you mean "WhatsApp.share"'),
        ("WhatsApp.share:0", "above 0"), ("WhatsApp.share:1 persons", "in pp"), ("WhatsApp.share:.", "above 0"),
    ):  # fmt: skip
        with pytest.raises(DesignError, match=words):
            parse_target(text, world)


@pytest.fixture
def noisy(monkeypatch):
    """Stands in for the model: the share of WhatsApp is gamma + noise of known spread, a function of gamma and seed."""

    def measured(run):
        gamma = run.scenario.population.gamma
        noise = stats.norm.ppf((run.seed * 0.6180339887 + gamma * 0.7548776662) % 1) if gamma != 2.6 else 0.0
        return pd.Series({"WhatsApp.share": 50 + gamma + gamma * noise})

    monkeypatch.setattr(running, "run_once", lambda scenario, seed, **_: Run(scenario, seed, {}))
    monkeypatch.setattr(measures, "measured", measured)


def test_replicates_are_added_until_every_interval_is_narrow_enough(noisy, world, tmp_path):
    study, target = Study(tmp_path), Target("WhatsApp.share", 1.5)
    laid_out = lay_out_sweep(
        world, ["population.gamma=1,2.6,4"], replicates=5, to_precision=["WhatsApp.share:1.5pp"], at_most=400
    )
    make_sweep(study, laid_out, executor=InProcess())
    assert all(width <= 1.5 for width in widths(study, target).values())
    base, calm, none, wild = (cell.replicates for cell in study.plan.cells)
    assert none == 5, "a cell equal to the base has no spread"
    assert calm < wild == base
    # a spread of 4 points needs about (2 · 1.65 · 4 / 1.5)² = 77 replicates
    assert 50 < wild < 130
    assert replicates_needed(study, [target], 400) == [base, calm, none, wild]
    again = Study(tmp_path / "again")
    make_sweep(again, laid_out, executor=InProcess())
    pd.testing.assert_frame_equal(study.table("runs"), again.table("runs"))


def test_summary_compares_with_the_scenario_unchanged(noisy, world, tmp_path):
    study = Study(tmp_path).sweep(world, ["population.gamma=1,5"], replicates=6, workers=1)
    summary = study.table("summary").query("measure == 'WhatsApp.share'").set_index("cell")
    runs = study.table("runs").set_index(["cell", "seed"])["WhatsApp.share"]
    assert summary.loc[2, "difference"] == pytest.approx((runs[2] - runs[0]).mean())
    assert summary.loc[2, "p50"] == pytest.approx(runs[2].median())
    assert summary.loc[0, "difference"] == 0.0
    assert summary["population.gamma"].tolist() == [2.6, 1, 5]


def test_results_within_a_study_whose_manifest_is_lost_are_made_again(noisy, world, tmp_path):
    study = Study(tmp_path).sweep(world, ["population.gamma=1,5"], replicates=2, workers=1)
    folder = study.folder / "results"
    write_results(study, folder)
    kept = {path.name: path.read_bytes() for path in folder.iterdir()}
    (folder / "manifest.json").unlink()
    write_results(study, folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == kept
    (folder / "manifest.json").unlink()
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match="has other files"):
        write_results(study, folder)
    assert (folder / "notes.txt").read_text() == "mine"


# Commands


def test_a_bad_sweep_is_one_line_and_nothing_is_made_before_everything_is_checked(tmp_path):
    gamma = ("--over", "population.gamma=0,1")
    for arguments, words in (
        (("--over", "population.gamma=0:20:3"), ["population.gamma", "12.0"]),
        (("--over", "population.gama=0,1"), ["gama", "gamma"]),
        (("--over", "population.gamma=0:1"), ["levels", "lhs"]),
        (("--over", "population.gamma=0:1", "--design", "sobol", "--points", "6"), ["--points", "power of two"]),
        ((*gamma, "--to-precision", "Whatsapp.share:1"), ["WhatsApp.share"]),
        ((*gamma, "--show", "nothing"), ["--show", "nothing"]),
        ((*gamma, "--out", "/proc/nowhere"), ["/proc/nowhere"]),
        ((*gamma, "--design", "latin"), ["--design", "lhs"]),
        ((), ["--over"]),
    ):
        line = refused("sweep", "hong-kong-2020", *arguments, cwd=tmp_path)
        assert all(word in line for word in words), line
    assert "expected the folder of a study" in refused("runs", tmp_path, "--out", "tables", cwd=tmp_path)
    assert "expected a folder to look into" in refused("runs", tmp_path / "nowhere", cwd=tmp_path)
    assert list(tmp_path.iterdir()) == []


@case(unit=1 - 2**-53, low=1, size=1)
@given(unit=st.floats(0, 1, exclude_max=True), low=st.integers(-5, 5), size=st.integers(1, 9))
def test_whole_numbers_stay_whole_and_within(unit, low, size):
    value = Axis("k", (), low, low + size, whole=True).at(unit)
    assert low <= int(value) <= low + size


def test_missing_values_leave_their_pair_out():
    values = pd.DataFrame({"cell": [0, 0, 1, 1], "seed": [1, 2, 1, 2], "m": [1.0, np.nan, 3.0, 4.0]})
    (row,) = interval_of_mean(against_first(values, "m").query("cell == 1"), ["cell"], "difference").to_dict("records")
    assert (row["n"], row["mean"]) == (1, 2.0)
    assert np.isnan(row["low"])


def test_adding_stops_at_the_limit(noisy, world, tmp_path):
    study = Study(tmp_path)
    study.sweep(
        world, ["population.gamma=4"], replicates=4, to_precision=["WhatsApp.share:0.01pp"], at_most=9, workers=1
    )
    assert [cell.replicates for cell in study.plan.cells] == [9, 9]
