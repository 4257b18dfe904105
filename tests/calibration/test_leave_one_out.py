"""lawshock validate --leave-one-out on cases of the library: what takes part, what is kept, what is written."""

import shutil

import pandas as pd
import pytest

from sim.calibration.tournament.bank import Bank
from sim.calibration.tournament.cases import CaseSubject, subjects
from sim.calibration.tournament.forms import load_forms
from sim.evidence.cases import cases_folder, load_case
from tests.calibration.toy_cases import toy_cases, toy_forms
from tests.terminal import lawshock, refused

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
    assert "64 runs are to be made" in done.stderr
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
        name: forms.told.people.get(name, forms.told.users) for name in SHORT
    }
    assert {one.users for one in subjects([load_case(name) for name in SHORT], forms, 700)} == {700}
    assert set(forms.told.people) <= {folder.name for folder in cases_folder().iterdir()}


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ('why = "', 'why = "as was said, ', True),
        ("spread = 0.25", "spread = 0.75", True),
        ("2018-03-13", "2018-03-12", False),
    ],
)
def test_runs_are_kept_when_only_the_words_of_a_check_change(tmp_path, old, new, same):
    shutil.copytree(cases_folder() / "sri-lanka-2018", tmp_path / "sri-lanka-2018")
    digests = [CaseSubject(cases_folder() / "sri-lanka-2018", 500).digest()]
    file = tmp_path / "sri-lanka-2018" / "checks.toml"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new, 1))
    digests.append(CaseSubject(tmp_path / "sri-lanka-2018", 500).digest())
    assert (digests[0] == digests[1]) == same


def test_a_point_has_its_own_seed_the_same_for_every_form(tmp_path):
    forms = toy_forms()
    bank = Bank(tmp_path, toy_cases(count=2), forms, 1)
    place = forms.design(16, 1)[3]
    seeds = {
        (name, case.name, number): bank._call(case, forms.form(name), number, place).arguments[-1]
        for name in forms.names for case in bank.subjects for number in (1, 2, 3)
    }  # fmt: skip
    assert all(seeds["whole", case, number] == seeds["no push", case, number] for _, case, number in seeds)
    assert len({seed for (name, _, _), seed in seeds.items() if name == "whole"}) == 6
