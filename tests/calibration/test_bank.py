"""Forms and banks: what a point sets, what a kill loses, what is run anew, and which quantities of cases take part."""

import functools
import shutil
from pathlib import Path

import numpy as np
import pytest

from sim.calibration import bank as banks
from sim.calibration.bank import Bank, PeopleOf, subjects
from sim.calibration.priors import PriorError, load_forms
from sim.evidence.cases import cases_folder, load_case
from sim.evidence.scores import FARTHEST
from sim.scenario.errors import ScenarioError
from sim.scenario.files import folder
from tests.calibration.toy_cases import KEYS, ToyCase, toy_cases, toy_forms
from tests.conftest import small_world

POINTS = 24
FAIL = 4
"""Runs of two toy cases that fail, one point of each of two forms; they are tried again."""


def filled(folder: Path, cases: list[ToyCase], workers: int = 1) -> tuple[Bank, dict[str, np.ndarray]]:
    forms = toy_forms()
    bank, places = Bank(folder, cases, forms, 1), {"whole": forms.design(POINTS, 1), "no push": forms.design(16, 1)}
    bank.make(places, workers=workers)
    return bank, places


# Forms


def test_shipped_forms_are_allowed_by_the_schema_and_say_why():
    forms = load_forms()
    forms.check(small_world(), "forms.toml")
    assert forms.names[0] == "third"
    assert all(constant.reason for constant in forms.constants.values())
    assert len(forms.form("third").fitted) == len(forms.keys)
    first = forms.form("first")
    fixed = {change.partition("=")[0] for change in first.overrides}
    assert fixed.isdisjoint(forms.keys[n] for n in first.fitted)


def test_more_points_move_none():
    forms = toy_forms()
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
        ("[forms.third]", "[forms.third", ["TOML"]),
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
    assert cut.missing(places) == FAIL


def test_a_changed_case_is_run_anew_and_a_changed_observation_is_not(tmp_path):
    bank, places = filled(tmp_path, toy_cases(count=2))
    again = Bank(tmp_path, toy_cases(count=2, error=2.0), bank.forms, 1)
    assert again.missing(places) == FAIL
    changed = Bank(tmp_path, toy_cases(count=2, checks=4), bank.forms, 1)
    assert changed.missing(places) == changed.size(places) == 2 * (POINTS + 16)


def test_readings_that_do_not_exist_are_passed_over_or_count_as_misses():
    few, most = np.array([1.0, np.nan, 2.0, np.nan]), np.array([np.nan, np.nan, np.nan, 1.0])
    there = [True, True, True, False]
    assert np.isnan(banks._without_undefined(few, there)).tolist() == [False, True, False, True]
    assert banks._without_undefined(most, [True] * 4).tolist() == [-FARTHEST] * 3 + [1.0]


# Cases of the library

SHORT = ("sri-lanka-2018", "china-instagram-2014")


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
    assert {by_id["p6-wechat-share"].kind, by_id["p14-deletions"].kind} == {"shares", "installs"}


def test_what_no_fit_is_to_see_is_in_no_bank(tmp_path):
    """Neither a check that is unseen, nor a case on which nothing is fitted."""
    assert subjects([load_case("parler-2021"), load_case("sri-lanka-2019")], load_forms()) == []
    shipped = cases_folder() / "sri-lanka-2018"
    for first, second, left in (
        ("fitted", "seen", ["posts-in-block", "vpn-in-block"]),
        ("fitted", "unseen", ["posts-in-block"]),
        ("seen", "seen", []),
    ):  # fmt: skip
        there = tmp_path / f"{first}-{second}"
        shutil.copytree(shipped, there)
        text = (shipped / "checks.toml").read_text().replace('"seen"', f'"{second}"\nspread = 5.0\nobserved = 15.0')
        (there / "checks.toml").write_text(text.replace('"fitted"', f'"{first}"'))
        assert [one.id for one in PeopleOf(there, 500).checks()] == left


def test_shipped_cases_take_part_with_people_as_the_file_says():
    forms = load_forms()
    chosen = {one.name: one for one in subjects([load_case(name) for name in SHORT], forms)}
    assert {name: one.users for name, one in chosen.items()} == {
        name: forms.people.get(name, forms.users) for name in SHORT
    }
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
        for name in forms.names for case in bank.subjects for number in (0, 1, 2)
    }  # fmt: skip
    assert all(seeds["whole", case, number] == seeds["no push", case, number] for _, case, number in seeds)
    assert len({seed for (name, _, _), seed in seeds.items() if name == "whole"}) == 6


def test_a_run_draws_what_nobody_measured_by_its_seed(monkeypatch):
    """The constants are those of the place; what a block adds to attention, say, is that of the seed."""
    seen = []
    monkeypatch.setattr(banks, "measure_all", lambda *said: seen.append(list(said[2])) or {})
    subject = subjects([load_case("germany-2021")], load_forms())[0]
    for seed in (1, 1, 2):
        subject.read(seed, ("population.gamma=2", "press.salience_days=20"))
    assert seen[0] == seen[1]
    moved = {text.partition("=")[0] for text in {*seen[0]} - {*seen[2]}}
    assert "press.salience_per_block" in moved
    assert not moved & {"population.gamma", "press.salience_days", "population.users"}
    for texts in seen:
        assert [text for text in texts if text.startswith(("population.gamma", "press.salience_days"))] == texts[-2:]


def test_each_case_may_have_places_of_its_own(tmp_path):
    bank = Bank(tmp_path, toy_cases(count=2), toy_forms(), 1)
    mine = {"case-0": 0.9 * bank.forms.design(16, 1), "case-1": 0.9 * bank.forms.design(16, 2)}
    bank.make({"whole": mine}, workers=1)
    table = bank.table(bank.forms.form("whole"), mine)
    assert np.array_equal(table.places[0], mine["case-0"])
    assert np.array_equal(table.places[-1], mine["case-1"])
    assert bank.missing({"whole": mine["case-0"]}) == 16
