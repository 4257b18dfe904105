"""Forms compete: their bank goes on where it stopped, failures are said, the tables add up, the command writes them."""

import functools
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.calibration import bank as banks
from sim.calibration.bank import Bank, PeopleOf, subjects
from sim.calibration.figures import draw_tournament
from sim.calibration.forms import COLUMNS, compete, designs, totals
from sim.calibration.priors import PriorError, load_forms
from sim.evidence.cases import cases_folder, load_case
from sim.evidence.scores import FARTHEST
from sim.scenario.errors import ScenarioError
from sim.scenario.files import folder
from tests.calibration.toy_cases import KEYS, ToyCase, toy_cases, toy_forms
from tests.conftest import small_world
from tests.terminal import lawshock, refused

POINTS = 24
FAIL = 4
"""Runs of two toy cases that fail, one point of each of two forms; they are tried again."""


def filled(folder: Path, cases: list[ToyCase], workers: int = 1) -> tuple[Bank, dict[str, np.ndarray]]:
    forms = toy_forms()
    bank, places = Bank(folder, cases, forms, 1), designs(forms, forms.names, POINTS, 16, 1)
    bank.make(places, workers=workers)
    return bank, places


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory):
    cases = [*toy_cases(count=3), ToyCase("broken", 9, (0.5,) * 4, fails=True)]
    bank, places = filled(tmp_path_factory.mktemp("bank"), cases)
    return bank, places, compete(bank, places, 1, workers=1)


# Forms


def test_shipped_forms_are_allowed_by_the_schema_and_say_why():
    forms = load_forms()
    forms.check(small_world(), "forms.toml")
    assert forms.names[:2] == ("second", "first")
    assert all(constant.reason for constant in forms.constants.values())
    assert len(forms.form("second").fitted) == len(forms.keys)
    first = forms.form("first")
    fixed = {change.partition("=")[0] for change in first.overrides}
    assert fixed.isdisjoint(forms.keys[n] for n in first.fitted)


def test_every_form_has_the_same_points_and_more_points_move_none():
    forms = toy_forms()
    places = designs(forms, forms.names, 40, 20, 1)
    assert (places["whole"][:20] == places["no push"]).all()
    assert (forms.design(20, 1) == forms.design(200, 1)[:20]).all()
    assert (forms.design(20, 1) != forms.design(20, 2)).all()
    wider = toy_forms(constants={key: {"low": 0.0, "high": 1.0, "reason": "a toy"} for key in (*KEYS, "new")})
    assert (wider.design(20, 1)[:, : len(KEYS)] == forms.design(20, 1)).all()


def test_a_point_sets_what_the_form_fixes_and_the_constants_that_it_leaves():
    forms = toy_forms(constants={"pull": {"low": 1.0, "high": 100.0, "log": True, "reason": "a toy"},
                                 "push": {"low": 0.0, "high": 4.0, "reason": "a toy"}},
                      forms={"whole": {}, "no push": {"overrides": ("push=0.0",)},
                             "plain": {"without": ("pull",)}})  # fmt: skip
    place = np.array([0.5, 0.25])
    assert forms.overrides(forms.form("whole"), place) == ("pull=10", "push=1")
    assert forms.overrides(forms.form("no push"), place) == ("push=0.0", "pull=10")
    assert forms.overrides(forms.form("plain"), place) == ("push=1",)


def test_a_file_of_forms_that_makes_no_sense_is_one_line(tmp_path):
    text, file = (folder() / "calibration" / "forms.toml").read_text(), tmp_path / "forms.toml"
    for old, new, words in (
        ("low = 0.003, high", "low = 0.3, high", ["revision_rate", "low < high"]),
        ('reason = "all that is possible"', 'reason = ""', ["redundancy", "reason"]),
        ("population.redundancy=0.0", "population.redundancy", ["first", "key=value", "population.redundancy"]),
        ('without = ["population.awareness_rate"]', 'without = ["population.aware"]', ["population.aware"]),
        ("[forms.second]", "[forms.second", ["TOML"]),
    ):
        assert old in text
        file.write_text(text.replace(old, new, 1))
        with pytest.raises(PriorError) as error:
            load_forms(file)
        assert "\n" not in str(error.value)
        assert all(word in str(error.value) for word in ["forms.toml", *words]), error.value
    file.write_text(text.replace("low = 1.5, high = 4.5", "low = 1.5, high = 99.0"))
    with pytest.raises(ScenarioError, match="inertia"):
        load_forms(file).check(small_world(), "forms.toml")
    with pytest.raises(PriorError, match="whole, no push"):
        toy_forms().form("hole")


# Bank


def test_a_kill_loses_only_what_was_being_made(tmp_path, monkeypatch):
    """A bank that stops after some runs and goes on is the undisturbed one; what was there is not made again."""
    cases, made = toy_cases(count=2), []
    whole, places = filled(tmp_path / "whole", cases)
    real = ToyCase.read

    def counted(case, seed, overrides, stop=10):
        made.append((case.name, seed, overrides))
        if len(made) == stop:
            raise KeyboardInterrupt
        return real(case, seed, overrides)

    monkeypatch.setattr(ToyCase, "read", counted)
    with pytest.raises(KeyboardInterrupt):
        filled(tmp_path / "cut", cases)
    monkeypatch.setattr(ToyCase, "read", functools.partialmethod(counted, stop=-1))
    cut, _ = filled(tmp_path / "cut", cases)
    assert set(made[:9]).isdisjoint(made[10:])
    for name in places:
        mine, theirs = (bank.table(bank.forms.form(name), places[name]) for bank in (whole, cut))
        assert np.array_equal(mine.distances, theirs.distances, equal_nan=True)
        assert np.array_equal(mine.as_is, theirs.as_is, equal_nan=True)
    assert cut.missing(places) == FAIL


def test_a_changed_case_is_run_anew_and_a_changed_observation_is_not(tmp_path):
    bank, places = filled(tmp_path, toy_cases(count=2))
    again = Bank(tmp_path, toy_cases(count=2, error=2.0), bank.forms, 1)
    assert again.missing(places) == FAIL
    changed = Bank(tmp_path, toy_cases(count=2, checks=4), bank.forms, 1)
    assert changed.missing(places) == changed.size(places) == 2 * (POINTS + 16 + 2)


def test_readings_that_do_not_exist_are_passed_over_or_count_as_misses():
    few, most = np.array([1.0, np.nan, 2.0, np.nan]), np.array([np.nan, np.nan, np.nan, 1.0])
    there = [True, True, True, False]
    assert np.isnan(banks._without_undefined(few, there)).tolist() == [False, True, False, True]
    assert banks._without_undefined(most, [True] * 4).tolist() == [-FARTHEST] * 3 + [1.0]


# Tables


@pytest.mark.slow
def test_failed_runs_are_said_and_a_case_that_only_fails_is_set_aside(outcome):
    bank, places, result = outcome
    assert len(result.set_aside) == 1
    assert result.set_aside[0].startswith("broken: most runs failed; ArithmeticError")
    assert "broken" not in set(result.forms["case"])
    drag = places["whole"][:, KEYS.index("drag")]
    failed = result.failures[(result.failures["form"] == "whole") & (result.failures["case"] == "case-0")]
    assert failed["point"].tolist() == (np.flatnonzero(drag > 0.97) + 1).tolist()
    assert len(bank.quantities) == 12


def test_tables_of_a_tournament_add_up(outcome):
    _, places, result = outcome
    assert set(result.totals["form"]) == set(places)
    for row in result.totals.itertuples():
        cases, quantities = (
            table[(table["form"] == row.form) & (table["points"] == row.points)]
            for table in (result.forms, result.quantities)
        )
        assert row.crps == pytest.approx(cases["crps"].sum()) == pytest.approx(quantities["crps"].sum())
        assert row.covered == pytest.approx(quantities["inside"].mean())
        assert row.quantities == len(quantities) == 9
    assert result.totals["behind"].iloc[0] == 0
    told = [result.totals, result.forms, result.quantities, result.constants, result.points]
    named = {column for table in told for column in table}
    assert named - set(COLUMNS) <= {"quantities", "unit", "prior_low", "prior_high"}


@pytest.mark.slow
def test_forms_are_compared_from_equally_many_points(outcome):
    """A form with more runs has better emulators and would win by them; its constants are those of all its runs."""
    bank, places, result = outcome
    assert result.totals[["form", "points"]].to_numpy().tolist() == [["whole", 16], ["no push", 16], ["whole", POINTS]]
    assert result.equal == 16
    alone = compete(bank, {"whole": places["whole"][:16], "no push": places["no push"]}, 1, workers=1)
    pd.testing.assert_frame_equal(alone.totals, result.totals[:2])
    assert set(result.predictions["points"]) == {POINTS}
    more = compete(bank, {"whole": places["whole"]}, 1, workers=1)
    mine = result.constants[result.constants["form"] == "whole"].reset_index(drop=True)
    pd.testing.assert_frame_equal(more.constants, mine)
    assert result.overrides["whole", "median"] == more.overrides["whole", "median"]


def test_constants_that_have_no_effect_are_not_identified(outcome):
    _, _, result = outcome
    told = result.constants.set_index(["form", "constant"])
    assert not told.loc[("whole", "idle"), "identified"]
    assert told.loc[("whole", "idle"), "width"] > 0.9
    assert told.loc[("whole", "pull"), "identified"]
    assert ("no push", "push") not in told.index
    assert set(told["most_by_case"]) <= {"case-0", "case-1", "case-2"}
    assert {text.partition("=")[0] for text in result.overrides["no push", "median"]} == set(KEYS)


@pytest.mark.slow
def test_the_result_does_not_depend_on_workers(outcome):
    bank, places, result = outcome
    again = compete(bank, places, 1, workers=2)
    for name in ("totals", "forms", "quantities", "constants", "points"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(result, name))


def test_how_far_a_form_is_behind_has_the_error_of_differences_between_cases():
    rows = [("a", "x", 1.0), ("a", "y", 2.0), ("a", "z", 3.0), ("b", "x", 2.0), ("b", "y", 4.0), ("b", "z", 3.0)]
    cases = pd.DataFrame(rows, columns=["form", "case", "crps"])
    cases = cases.assign(log_score=0.0, interval_score=0.0, quantities=1, points=9)
    quantities = pd.DataFrame({"form": ["a", "b"], "points": 9, "inside": [True, False], "fitted": True})
    table = totals(cases, quantities, pd.DataFrame({"form": ["b", "b"], "point": 1})).set_index("form")
    assert table.loc["b", "behind"] == pytest.approx(3.0)
    assert table.loc["b", "behind_error"] == pytest.approx(np.std([1, 2, 0], ddof=1) * np.sqrt(3))
    assert table.loc["a", "best_in"] == 3  # a tie goes to the first
    assert table["failed_runs"].tolist() == [0, 2]


def test_pictures_say_who_wins_and_what_lies_outside(outcome, tmp_path):
    _, _, result = outcome
    files = {path.name for path in draw_tournament(result, tmp_path, "made by a test")}
    assert files == {"forms.png", "forms.svg", "predictions.png", "predictions.svg"}
    words = (tmp_path / "forms.svg").read_text()
    assert result.winner in words
    assert "made by a test" in words


# Cases of the library, and the command

SHORT = ("sri-lanka-2018", "china-instagram-2014")
FORMS = """
title = "Two forms"
users = 400
points = 16
rival_points = 16
freedom = 4
kinship = 0.3
[people]
sri-lanka-2018 = 500
[constants]
"population.gamma" = { low = 0.0, high = 5.0, reason = "for a test" }
"population.vpn_half_response" = { low = 0.2, high = 0.8, reason = "for a test" }
[forms.second]
[forms.first]
overrides = ["population.reach=held"]
"""


@pytest.fixture(scope="module")
def form_file(tmp_path_factory):
    file = tmp_path_factory.mktemp("forms") / "two.toml"
    file.write_text(FORMS)
    return file


@pytest.mark.slow
def test_the_command_writes_its_tables_and_goes_on_from_what_is_kept(form_file, tmp_path):
    words = [*SHORT, "--leave-one-out", "--form-file", form_file, "--runs", tmp_path / "runs", "--workers", "1"]
    done = lawshock("validate", *words, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert "68 runs are to be made" in done.stderr
    assert "at its posterior median on all cases" in done.stdout
    tables = ("totals", "forms", "forms-quantities", "constants", "points", "failures", "codebook")
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert {*(f"{name}.csv" for name in tables), "forms.png", "predictions.svg", "manifest.json"} <= written
    table = pd.read_csv(tmp_path / "out" / "forms.csv")
    assert set(table["case"]) == set(SHORT)
    assert set(table["form"]) == {"first", "second"}
    again = lawshock("validate", *words, "--out", tmp_path / "again")
    assert "0 runs are to be made" in again.stderr
    for name in ("totals.csv", "forms-quantities.csv", "constants.csv"):
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "out" / name).read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--points", "20"], "--points: expected only with --leave-one-out"),
        (["--leave-one-out", "--replicates", "3"], "--replicates: expected without --leave-one-out"),
        (["--leave-one-out", "sri-lanka-2018"], "expected two cases or more"),
        (["--leave-one-out", *SHORT, "--form", "third"], "expected one of second, first"),
    ],
)
def test_what_makes_no_sense_is_one_line(words, told, tmp_path):
    assert told in refused("validate", *words, "--out", tmp_path / "out", cwd=tmp_path)


def test_what_is_scored_is_of_people_with_an_observed_value_and_a_spread():
    case = load_case("hong-kong-2020")
    chosen = subjects([case], load_forms())[0]
    by_id = {quantity.check: quantity for quantity in chosen.quantities()}
    for one in case.checks:
        scored = one.about == "people" and one.observed == one.observed and one.spread == one.spread
        assert (one.id in by_id) == scored, one.id
        if scored:
            assert by_id[one.id].fitted == (one.role == "fitted")
            assert by_id[one.id].facts == tuple(fact.key for fact in one.facts)


def test_shipped_cases_take_part_with_people_as_the_file_says():
    forms = load_forms()
    chosen = {one.name: one for one in subjects([load_case(name) for name in SHORT], forms)}
    assert {name: one.users for name, one in chosen.items()} == {
        name: forms.people.get(name, forms.users) for name in SHORT
    }
    assert {one.users for one in subjects([load_case(name) for name in SHORT], forms, 700)} == {700}
    assert set(forms.people) <= {folder.name for folder in cases_folder().iterdir()}


def test_runs_are_kept_when_only_the_words_of_a_check_change(tmp_path):
    shipped = cases_folder() / "sri-lanka-2018"
    for number, (old, new, same) in enumerate((
        ('why = "', 'why = "as was said, ', True),
        ("spread = 0.25", "spread = 0.75", True),
        ("2018-03-13", "2018-03-12", False),
    )):  # fmt: skip
        shutil.copytree(shipped, tmp_path / str(number) / shipped.name)
        file = tmp_path / str(number) / shipped.name / "checks.toml"
        assert old in file.read_text()
        file.write_text(file.read_text().replace(old, new, 1))
        assert (PeopleOf(shipped, 500).digest() == PeopleOf(file.parent, 500).digest()) == same


def test_a_point_has_its_own_seed_the_same_for_every_form(tmp_path):
    forms = toy_forms()
    bank = Bank(tmp_path, toy_cases(count=2), forms, 1)
    places = forms.design(16, 1)
    seeds = {
        (name, case.name, number): bank._call(case, forms.form(name), number, places).arguments[-1]
        for name in forms.names for case in bank.subjects for number in (1, 2, 3)
    }  # fmt: skip
    assert all(seeds["whole", case, number] == seeds["no push", case, number] for _, case, number in seeds)
    assert len({seed for (name, _, _), seed in seeds.items() if name == "whole"}) == 6
