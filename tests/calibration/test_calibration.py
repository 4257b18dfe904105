"""Calibration: known parameters are found again, a kill loses nothing that had finished, draws reach the runs."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout

import numpy as np
import pandas as pd
import pytest

from sim.calibration import ledger
from sim.calibration.inference import FALSE_ALARM, Inference, recover
from sim.calibration.layers.isps import isp_posterior, lag_density
from sim.calibration.ledger import Bank, Ledger
from sim.calibration.targets import Targets, TargetsError, load_targets
from sim.chance import u
from sim.cli import cli
from sim.results.posterior import DRAWS, PosteriorError, load_posterior, write_posterior
from tests.conftest import small_world

RUNS = 1500
NOISE = 0.1
SMALL = """
title = "A small calibration"
scenario = "germany-2021"
users = 500
points = 50
[parameters]
"population.inertia" = { low = 2.0, high = 4.0 }
"population.trial_days" = { low = 15.0, high = 60.0, log = true }
[[targets]]
case = "germany-2021"
check = "p9-signal-share"
spread = 1.0
note = "for a test"
"""


# Inference, on a problem whose answer is known


def uniform(columns, stream):
    return np.array([[u(7, stream, column, run) for column in range(columns)] for run in range(RUNS)])


@pytest.fixture(scope="module")
def line():
    """Readings that are the places themselves, and one that says nothing; chance enters as the error alone."""
    places = uniform(2, 901)
    return Bank(tuple(range(RUNS)), places, np.column_stack([places, uniform(1, 902)]))


def test_ranks_of_known_parameters_are_uniform(line):
    """The test alarms falsely in 1 % of sound inferences; bank and seed are fixed."""
    inference = Inference(line, np.array([NOISE, NOISE, NOISE]), seed=1)
    table, ranks = recover(inference, line, 400)
    assert ranks.shape == (400, 2)
    assert table["uniform"].all()
    assert table["covered_90"].between(0.85, 0.95).all()  # 3.3 standard errors of a share of 400
    assert (table["correlation"] > 0.9).all()


def test_the_test_of_ranks_sees_intervals_that_are_too_narrow(line):
    """Readings that are blurred more than the inference believes give ranks that heap up at both ends."""
    blurred = Bank(line.numbers, line.places, line.readings)
    inference = Inference(blurred, np.array([NOISE, NOISE, NOISE]), seed=1)
    inference.blurred = inference.blurred + 0.3 * (uniform(3, 903) - 0.5) * np.sqrt(12)
    table, _ = recover(inference, blurred, 400)
    assert (table["p_value"] < FALSE_ALARM / 2).all()


def test_posterior_of_a_normal_error_has_its_width(line):
    """Far from the ends of the prior the posterior is normal, with the error as its standard deviation."""
    found = Inference(line, np.array([NOISE, NOISE, NOISE]), seed=1).posterior(np.array([0.5, 0.5, 0.5]))
    assert found.quantile(0.5) == pytest.approx([0.5, 0.5], abs=0.03)
    width = (found.quantile(0.95) - found.quantile(0.05)) / (2 * 1.645)
    assert width == pytest.approx([NOISE, NOISE], rel=0.25)


def test_an_axis_is_held_where_it_is_asked_for():
    """A reading that is the sum of parameter and axis tells the parameter only with the axis known."""
    places = uniform(2, 904)
    inference = Inference(Bank(tuple(range(RUNS)), places, places.sum(axis=1, keepdims=True)), np.array([0.05]), 1,
                          axis=True)  # fmt: skip
    for at in (0.2, 0.6):
        assert inference.posterior(np.array([1.0]), at).quantile(0.5) == pytest.approx([1.0 - at], abs=0.05)


def test_draws_are_those_of_the_weights(line):
    found = Inference(line, np.array([NOISE] * 3), seed=1).posterior(np.array([0.3, 0.7, 0.5]))
    assert found.draws(200, 0.5).mean(axis=0) == pytest.approx(found.weights @ found.places, abs=0.01)


# Targets


def written(tmp_path, text=SMALL):
    file = tmp_path / "small.toml"
    file.write_text(text)
    return file


@pytest.mark.parametrize("name", ["users", "institutions"])
def test_shipped_targets_are_fitted_patterns_and_allowed_ranges(name):
    targets = load_targets(name).targets
    assert np.isfinite(targets.observed()).all()
    assert (targets.spreads() > 0).all()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('case = "germany-2021"', 'case = "germany-2012"', ["germany-2012", "germany-2021"]),
        ("p9-signal-share", "p9-signal-shares", ["p9-signal-shares", "p9-signal-share"]),
        (
            'case = "germany-2021"\ncheck = "p9-signal-share"',
            'case = "hong-kong-2020"\ncheck = "p8-signal-february"',
            ["p8-signal-february", "hong-kong-2020"],
        ),
        (
            'case = "germany-2021"\ncheck = "p9-signal-share"',
            'case = "hong-kong-2020"\ncheck = "p15-back-without-contacts"',
            ["varied world"],
        ),
        ("population.inertia", "population.inertai", ["inertai", "inertia"]),
        ("high = 4.0", "high = 40.0", ["inertia", "40"]),
        ("low = 2.0, ", "low = 5.0, ", ["low < high"]),
    ],
)
def test_targets_that_make_no_sense_are_one_line(tmp_path, old, new, words):
    with pytest.raises(ValueError) as error:
        load_targets(str(written(tmp_path, SMALL.replace(old, new))))
    assert getattr(error.value, "for_users", False)
    assert all(word in str(error.value) for word in words), error.value
    assert "\n" not in str(error.value)


def test_what_is_held_out_cannot_be_fitted(tmp_path):
    text = SMALL.replace("germany-2021", "hong-kong-2020").replace("p9-signal-share", "p11-slowest-isp")
    with pytest.raises(TargetsError, match="p11-slowest-isp: a check of role seen cannot be a target"):
        load_targets(str(written(tmp_path, text)))


# The ledger


def evaluations(folder):
    """Content by name of what has finished."""
    return {path.name: path.read_bytes() for path in (folder / "evaluations").glob("[!.]*.json")}


@pytest.mark.slow
def test_a_kill_loses_nothing_that_had_finished(tmp_path):
    """A calibration is killed outright; what it had finished stays as it was, and the second one goes on from there."""
    command = [sys.executable, "-m", "sim.cli", "calibrate", written(tmp_path), "--workers", "1", "--runs",
               tmp_path / "runs", "--draws", tmp_path / "draws", "--out", tmp_path / "out"]  # fmt: skip
    runs = tmp_path / "runs"
    first = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while first.poll() is None and len(evaluations(runs)) <= 5:
        time.sleep(0.05)
    assert first.poll() is None, "it ended before it could be killed"
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    before = evaluations(runs)
    assert 5 <= len(before) < 50

    subprocess.run(command, check=True, capture_output=True, timeout=300)
    after = evaluations(runs)
    assert {name: after[name] for name in before} == before
    bank = Ledger(runs, load_targets(str(tmp_path / "small.toml")).targets, 1).bank(50)
    assert len(bank.numbers) == 50
    assert len({tuple(row) for row in bank.places}) == 50
    written_files = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"calibration.png", "fit.csv", "parameters.csv", "recovery.csv", "manifest.json"} <= written_files
    assert len(load_posterior(tmp_path / "draws").layers["small"]) == DRAWS


def test_evaluations_do_not_depend_on_workers_and_leave_the_global_stream_alone(tmp_path):
    targets = load_targets(str(written(tmp_path))).targets
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    banks = []
    for workers in (1, 2):
        mine = Ledger(tmp_path / str(workers), targets, 3)
        mine.make(6, workers=workers)
        banks.append(mine.bank())
    assert banks[0].numbers == banks[1].numbers
    assert np.array_equal(banks[0].places, banks[1].places)
    assert np.array_equal(banks[0].readings, banks[1].readings)
    assert (np.random.get_state()[1] == state).all()  # noqa: NPY002


def stand_in(task):
    """Readings that follow the parameters, with luck that follows the number, as those of a run do."""
    values = [float(text.partition("=")[2]) for text in task.overrides]
    luck = (4 * u(5, 905, task.point.number, i) for i, _ in enumerate(task.names))
    return [values[0] * 3 + values[1] / 30 + one for one in luck]


def test_points_are_the_scenario_then_a_sequence_that_a_larger_bank_begins_with(tmp_path, monkeypatch):
    monkeypatch.setattr(ledger.Evaluation, "make", stand_in)
    targets = load_targets(str(written(tmp_path))).targets
    one, other = (Ledger(tmp_path / name, targets, 1) for name in "ab")
    one.make(60, workers=1)
    at = np.array([[0.1, 0.2], [0.3, 0.4], [0.1, 0.2]])
    before = one.evaluate_at(at, points=60, workers=1)
    other.make(20, workers=1)
    other.evaluate_at(at, points=20, workers=1)  # checks of a smaller bank lie between its points and the others'
    other.make(60, workers=1)
    assert other.bank(60).numbers == tuple(range(60))
    assert np.array_equal(one.bank(60).places, other.bank(60).places)
    assert np.array_equal(one.bank(60).readings, other.bank(60).readings)
    assert np.array_equal(before, other.evaluate_at(at, points=60, workers=1))
    assert np.array_equal(before[0], before[2])
    assert not np.array_equal(other.bank(20).readings[0], before[0])
    assert one.bank(60).places[0].tolist() == [ranges.place(value) for ranges, value in zip(
        targets.ranges().values(), (vars(targets.base().population)[k] for k in ("inertia", "trial_days")), strict=True
    )]  # fmt: skip


def test_a_damaged_evaluation_is_made_again(tmp_path, monkeypatch):
    monkeypatch.setattr(ledger.Evaluation, "make", stand_in)
    targets = load_targets(str(written(tmp_path))).targets
    Ledger(tmp_path / "runs", targets, 1).make(6, workers=1)
    before = evaluations(tmp_path / "runs")
    hurt = tmp_path / "runs" / "evaluations" / sorted(before)[2]
    hurt.write_bytes(hurt.read_bytes()[:-9])
    Ledger(tmp_path / "runs", targets, 1).make(6, workers=1)
    assert evaluations(tmp_path / "runs") == before
    assert hurt.with_name(f"{hurt.name}.corrupt").exists()


def in_a_child(work, *, kill_at=0):
    """Do ``work`` in a child, which is killed at one of its file operations; give how many it did before its end."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        count = 0

        def count_and_kill(event, _):
            nonlocal count
            if event in ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.scandir", "os.listdir"):
                count += 1
                if count == kill_at:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(count_and_kill)
        try:
            work()
            os.write(theirs, str(count).encode())
            os._exit(0)
        finally:
            os._exit(1)
    os.close(theirs)
    with os.fdopen(ours) as pipe:
        counted = pipe.read()
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or counted, "the child failed"
    return int(counted) if counted else None


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="children are forked")
def test_forty_kills_leave_every_byte(tmp_path, monkeypatch):
    """Kills fall on file operations drawn from all that a calibration does: on bank, checks, tables and draws."""
    monkeypatch.setattr(ledger.Evaluation, "make", stand_in)
    monkeypatch.setattr("sim.calibration.figure.draw_calibration", lambda *_: None)
    file = str(written(tmp_path))

    def work(home):
        places = [option for name in ("runs", "draws", "out") for option in (f"--{name}", str(home / name))]
        with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
            cli.main(["calibrate", file, "--workers", "1", *places], standalone_mode=False)

    def kept(home):
        # without what is no result: drafts of the dead, and the file that holds the locks
        return {
            path.relative_to(home).as_posix(): path.read_bytes()
            for path in home.rglob("*")
            if path.is_file() and not any(part.startswith(".") for part in path.relative_to(home).parts)
        }

    in_a_child(lambda: work(tmp_path / "warm"))
    whole = in_a_child(lambda: work(tmp_path / "peace"))
    again = in_a_child(lambda: work(tmp_path / "peace"))
    peace = kept(tmp_path / "peace")
    assert {"out/fit.csv", "draws/small.csv", "out/manifest.json"} <= peace.keys()
    draw, home, stages = random.Random(1), tmp_path / "home", set()
    for _ in range(30):
        if in_a_child(lambda: work(home), kill_at=draw.randint(1, whole)) is None:
            done = len(evaluations(home / "runs"))
            stages.add("bank" if done < 50 else "checks")
        else:
            assert kept(home) == peace
            shutil.rmtree(home)
    assert stages == {"bank", "checks"}
    for before_the_end in range(10):  # while tables and draws take the places of earlier ones
        in_a_child(lambda: work(home), kill_at=again - before_the_end)
    in_a_child(lambda: work(home))
    assert kept(home) == peace


@pytest.mark.skipif(not hasattr(os, "fork"), reason="children are forked")
def test_two_calibrations_do_not_write_into_one_folder(tmp_path):
    targets = load_targets(str(written(tmp_path))).targets
    held = Ledger(tmp_path / "runs", targets, 1)

    def refuse():
        with pytest.raises(TargetsError, match="another calibration is at work"):
            Ledger(tmp_path / "runs", targets, 1)

    in_a_child(refuse)
    del held
    in_a_child(lambda: Ledger(tmp_path / "runs", targets, 1))


def test_other_targets_do_not_mix_with_what_is_kept(tmp_path):
    targets = load_targets(str(written(tmp_path))).targets
    Ledger(tmp_path / "runs", targets, 1)
    changed = Targets.model_validate({**targets.model_dump(), "users": 600})
    with pytest.raises(TargetsError, match="other targets"):
        Ledger(tmp_path / "runs", changed, 1)


# Draws


def test_replicates_take_draws_and_the_command_line_goes_first(tmp_path):
    draws = pd.DataFrame({"population.inertia": [2.5, 3.5], "isps.*.lag_days": [1.25, 2.25]})
    write_posterior(tmp_path, "both", draws, {})
    posterior, world = load_posterior(tmp_path), small_world()
    drawn = [posterior.world(world, seed) for seed in range(12)]
    pairs = {(one.population.inertia, *{isp.lag_days for isp in one.isps.values()}) for one in drawn}
    assert pairs == {(2.5, 1.25), (3.5, 2.25)}
    assert [one.digest() for one in drawn] == [posterior.world(world, seed).digest() for seed in range(12)]
    held = posterior.world(world, 0, ["population.inertia"])
    assert held.population.inertia == world.population.inertia


def test_draws_that_were_edited_are_refused(tmp_path):
    write_posterior(tmp_path, "some", pd.DataFrame({"population.inertia": [2.5]}), {})
    (tmp_path / "some.csv").write_text("population.inertia\n9.0\n")
    with pytest.raises(PosteriorError, match="calibrate again"):
        load_posterior(tmp_path)


def test_shipped_draws_fit_every_scenario():
    posterior = load_posterior()
    for name in ("hong-kong-2020", "germany-2021"):
        posterior.world(small_world(name=name, end="2021-02-01"), 1)


# ISPs, in closed form


def test_lag_of_isps_is_that_of_the_gamma_posterior():
    """Narrow intervals make the lag known: the posterior is then an inverse Gamma with n and the sum of lags."""
    from scipy.stats import invgamma

    lags = np.array([0.5, 1.0, 2.0, 4.0, 0.7, 1.8])
    grid, weight = lag_density(lags - 1e-4, lags + 1e-4)
    exact = invgamma(len(lags), scale=lags.sum())
    for level in (0.05, 0.5, 0.95):
        assert np.interp(level, np.cumsum(weight), grid) == pytest.approx(exact.ppf(level), rel=0.01)


def test_obeying_is_a_beta():
    cases = pd.DataFrame({"delay_days_low": [0.0] * 9, "delay_days_high": [1.0] * 9, "complied": [1.0] * 8 + [0.0]})
    assert isp_posterior(cases, 2000, 1)["isps.*.compliance"].mean() == pytest.approx(9 / 11, abs=0.01)


def test_the_kept_manifest_names_its_facts():
    from sim.scenario.files import folder

    manifest = json.loads((folder() / "posterior" / "isps.json").read_text())
    assert manifest["facts"]
