"""Forecasts: which draws make them, that nothing registered is replaced or altered unseen, and how they are scored."""

import datetime as dt
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.analyses.reproduce import ManifestCommand
from sim.calibration.forecast import (
    NOTICE,
    as_page,
    check_open,
    in_words,
    read_outcomes,
    registered,
    score,
    seal,
    summed_up,
)
from sim.evidence.cases import Case, load_case, open_cases
from sim.evidence.scores import judge
from sim.results.reading import ResultsError
from sim.runs.code import build
from sim.scenario.errors import ScenarioError
from tests.evidence.checks import CHECKS, OPEN, one_check, write_case
from tests.terminal import lawshock, refused
from tests.test_house import ROOT

REGISTERED = sorted(file.parent for file in (ROOT / "results" / "registered").glob("*/manifest.json"))
READINGS = pd.DataFrame(
    {
        "seed": range(1, 7),
        "blocked-by-the-12th": [1.0, -1.0, 1.0, 1.0, math.nan, 1.0],
        "gain": [1.0, 9.0, 2.0, 4.0, 9.0, math.inf],
        "doubled": [1.0, 9.0, 2.0, 4.0, 9.0, math.inf],
    }
)
"""Of six draws the second and the fifth do not agree with what is known, which is at least 0."""


@pytest.fixture
def case(tmp_path) -> Case:
    return load_case(write_case(tmp_path / "island", checks=OPEN), awaited=True)


@pytest.fixture
def forecast(case):
    table, draws = summed_up(case, READINGS)
    return table.set_index("check"), draws


def test_draws_that_disagree_with_what_is_known_make_no_forecast(forecast):
    table, draws = forecast
    assert draws["agrees"].tolist() == [True, False, True, True, False, True]
    assert table.loc["doubled", "probability"] == 0.75  # 2, 4 and never, of four
    assert table.loc["gain", ["p05", "p25", "p50", "p75", "p95"]].tolist() == [1.0, 1.0, 2.0, 3.0, 3.0]  # 3 at most
    assert table.loc["gain", "known"] == dt.date(2021, 2, 1)
    assert np.isnan([table.loc["gain", "probability"], table.loc["doubled", "p50"]]).all()


def test_too_few_draws_make_none(case):
    with pytest.raises(ScenarioError, match=r"island: expected 2 draws or more .* found 0 of 1"):
        summed_up(case, READINGS.iloc[[1]])


def test_a_number_without_a_reading_is_refused(case):
    with pytest.raises(ScenarioError, match=r"island: gain: expected a reading in every draw .* found none in 1 of 4"):
        summed_up(case, READINGS.assign(gain=[math.nan, 9.0, 2.0, 4.0, 9.0, 3.0]))


def test_numbers_have_the_score_of_validate(case, forecast):
    table, draws = forecast
    (row,) = score(table.reset_index(), draws, {"gain": 2.5}).itertuples()
    values = np.minimum(READINGS["gain"].to_numpy()[draws["agrees"]], 3.0)
    result = judge(one_check(observed=2.5, spread=0.5), values)
    assert row.crps == pytest.approx(result.crps)
    # by hand, in spreads of 0.5: distances 3, 1, 1, 1; the six pairs are 2, 4, 4, 2, 2 and 0 apart
    assert row.crps == pytest.approx(6 / 4 - 14 / 12)
    assert (row.in_half, row.in_band) == (True, True)
    late, early = (score(table.reset_index(), draws, {"gain": value}).iloc[0] for value in (math.inf, 0.5))
    assert late["observed"] == 3.0
    assert (late["in_half"], early["in_half"], early["in_band"]) == (True, False, False)


@pytest.mark.parametrize(("said", "brier"), [(True, 0.0625), (False, 0.5625)])
def test_answers_have_the_score_of_brier(forecast, said, brier):
    table, draws = forecast
    (row,) = score(table.reset_index(), draws, {"doubled": said}).itertuples()
    assert (row.observed, row.brier) == ("yes" if said else "no", brier)


def test_outcomes_are_read_from_a_file_or_from_the_case(tmp_path, forecast):
    table = forecast[0].reset_index()
    file = tmp_path / "outcomes.csv"
    file.write_text("check,observed,link\ngain,2.5,here\ndoubled,no,there\n")
    assert read_outcomes(file, table) == {"gain": 2.5, "doubled": False}
    file.write_text("observed,check\n2.5,doubled\n")
    assert read_outcomes(file, table) == {"doubled": True}
    known = OPEN.replace('awaited = { day = 2021-02-01, source = "a survey" }', "observed = 1.5")
    assert read_outcomes(write_case(tmp_path / "island", checks=known), table) == {"doubled": False}


def test_a_wrong_file_of_outcomes_is_one_line(tmp_path, forecast):
    file = tmp_path / "outcomes.csv"
    for text, said in (
        ("check,seen\ngain,1\n", "expected the columns check and observed, found"),
        ("check,observed\ngian,1\n", 'line 2: expected one of gain, doubled, found "gian"; did you mean "gain"?'),
        ("check,observed\ngain,1\ngain,2\n", 'line 3: expected one of gain, doubled, found "gain" again'),
        ("check,observed\ngain,yes\n", 'line 2: gain: expected a number, found "yes"'),
        ("check,observed\ngain,nan\n", 'line 2: gain: expected a number, found "nan"'),
        ("check,observed\ndoubled,yse\n", 'expected yes, no or a number, found "yse"; did you mean "yes"?'),
        ("check,observed\n", "expected the outcome of one or more of gain, doubled, found none"),
        ("", "expected the columns check and observed, found"),
    ):
        file.write_text(text)
        with pytest.raises(ScenarioError) as caught:
            read_outcomes(file, forecast[0].reset_index())
        assert str(caught.value).startswith(f"{file}: ")
        assert said in str(caught.value)


def test_what_cannot_be_forecast_is_said_before_the_work(tmp_path, case):
    check_open(case, dt.date(2021, 1, 31), 300)
    with pytest.raises(ScenarioError, match=r"gain.awaited.day: expected a day after that of the forecast, 2021-02-01"):
        check_open(case, dt.date(2021, 2, 1), 300)
    with pytest.raises(ScenarioError, match=r"population.users"):
        check_open(case, dt.date(2021, 1, 31), 10**9)
    done = load_case(write_case(tmp_path / "done", checks=CHECKS), awaited=True)
    with pytest.raises(ScenarioError, match=r"expected a check with awaited, .*lawshock validate"):
        check_open(done, dt.date(2021, 1, 31), 300)
    two = OPEN.replace('id = "doubled"', 'id = "doubled"\noverrides = ["population.gamma=0.0"]')
    with pytest.raises(ScenarioError, match="expected one world"):
        check_open(load_case(write_case(tmp_path / "two", checks=two), awaited=True), dt.date(2021, 1, 31), 300)


def test_the_page_says_what_it_is(case, forecast):
    page = as_page(case, forecast[0].reset_index(), forecast[1], dt.date(2021, 1, 31))
    assert NOTICE in page
    assert "31 January 2021" in page
    assert "4 of 6 plausible worlds agree with what is known already, and make the forecast: too few" in page
    assert "| yes with probability 0.75 |" in page
    assert in_words(forecast[0].loc["gain"].to_dict()) == (
        "2 times; half from 1 to 3, nine tenths from 1 to 3 (3: that or more)"
    )


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A forecast as the command registers it."""
    place = tmp_path_factory.mktemp("registered")
    write_case(place / "island", checks=OPEN)
    made = lawshock(*WORDS, "--workers", 1, cwd=place)
    assert made.returncode == 0, made.stderr
    assert NOTICE in made.stdout
    assert seal(place / FOLDER) in made.stdout
    return place


WORDS = ("validate", "--register", "island", "--date", "2021-01-15", "--replicates", 4, "--users", 200)
FOLDER = "results/registered/island"


def test_a_forecast_has_the_digests_of_code_draws_and_files(kept):
    manifest = json.loads((kept / FOLDER / "manifest.json").read_bytes())
    assert manifest["code"] == build()
    assert {"people", "disputes"} <= manifest["draws"].keys()
    assert manifest["command"] == "lawshock validate --register island --date 2021-01-15 --replicates 4 --users 200"
    assert {"forecast.csv", "draws.csv", "checks.toml", "scenario.toml", "README.md", "codebook.csv"} <= {
        *manifest["files"]
    }
    table, draws = registered(kept / FOLDER)
    assert (len(table), len(draws)) == (2, 4)
    assert draws["gain"].nunique() > 1
    told_again, _ = summed_up(load_case(kept / "island", awaited=True), draws.drop(columns="agrees"))
    assert told_again["p50"].round(4).equals(table["p50"].round(4))


def test_a_forecast_is_never_replaced(kept):
    before = seal(kept / FOLDER)
    for more in ((), ("--date", "2021-01-16")):
        line = refused(*WORDS, *more, cwd=kept)
        assert "found a forecast, which is never replaced" in line
    assert seal(kept / FOLDER) == before
    assert [path.name for path in (kept / "results" / "registered").iterdir()] == ["island"]


def test_workers_change_no_byte(kept):
    assert lawshock(*WORDS, "--workers", 2, "--out", "again", cwd=kept).returncode == 0
    assert seal(kept / "again") == seal(kept / FOLDER)


def test_a_forecast_is_scored_and_an_altered_one_is_not(kept):
    (kept / "outcomes.csv").write_text("check,observed\ngain,1.2\ndoubled,no\n")
    words = ("validate", "--score", FOLDER, "--observed", "outcomes.csv")
    made = lawshock(*words, cwd=kept)
    assert made.returncode == 0, made.stderr
    assert "2 of 2 questions have their outcome" in made.stdout
    assert "mean CRPS" in made.stdout
    assert "Brier score" in made.stdout
    file = kept / FOLDER / "draws.csv"
    data = file.read_bytes()
    file.write_bytes(data.replace(b"True", b"False", 1))
    line = refused(*words, cwd=kept)
    file.write_bytes(data)
    assert "draws.csv: expected the file that was registered" in line


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--register",), "--register: expected one case, found 0"),
        (("--register", "island", "--score", FOLDER), "expected one of --register, --score"),
        (("--score", FOLDER), "expected --score and --observed together"),
        (("--date", "2021-01-15"), "--date: expected only with --register"),
        (("--score", FOLDER, "--observed", "x.csv", "--seed", "2"), "--seed: expected without --score"),
        (("island", "--score", FOLDER, "--observed", "x.csv"), "island: expected without --score"),
        (("--score", "island", "--observed", "x.csv"), "expected a folder of results"),
        (("--score", FOLDER, "--observed", "x.csv"), "x.csv: expected a plain file"),
        (("--register", "island", "--replicates", "1"), "--replicates: expected 2 or more"),
        (("--register", "island", "--date", "2021-02-30"), "2021-02-30"),
        (("--register", "island", "--date", "2021-02-01"), "expected a day after that of the forecast"),
        (("--register", "turkey-roblox-2025"), 'did you mean "turkey-roblox-2026"'),
    ],
)
def test_a_wrong_call_is_one_line(kept, words, said):
    assert said in refused("validate", *words, cwd=kept)


def test_other_results_are_no_forecast():
    with pytest.raises(ResultsError, match="expected a forecast that lawshock validate --register wrote"):
        registered(ROOT / "results" / "scale")


def test_a_forecast_is_made_again_by_its_manifest_under_either_name_of_its_command():
    (name,) = open_cases()
    for words in (f"register {name}", f"validate --register {name}"):
        found = ManifestCommand.parse(f"lawshock {words} --date 2026-11-26")
        (cost,) = found.costs()
        assert (found.runs(), cost.users) == (200, 1000)
        assert found.words(found.names, Path("o")) == [
            "validate", name, "--date", "2026-11-26", "--register", "--out", "o"
        ]  # fmt: skip
    for wrong in (f"register {name} --date today", "register island --date 2026-11-26", "validate --register"):
        with pytest.raises(ResultsError):
            ManifestCommand.parse(f"lawshock {wrong}")


def test_what_is_registered_stands_and_follows_from_its_draws():
    assert REGISTERED
    for folder in REGISTERED:
        table, draws = registered(folder)
        again, marked = summed_up(load_case(folder.name, awaited=True), draws.drop(columns="agrees"))
        assert marked["agrees"].tolist() == draws["agrees"].tolist()
        assert draws["agrees"].sum() >= 20
        for column in ("p05", "p25", "p50", "p75", "p95", "probability"):
            assert again[column].to_numpy() == pytest.approx(table[column].to_numpy(), rel=1e-4, nan_ok=True)
        assert NOTICE in (folder / "README.md").read_text(encoding="utf-8")
        assert sum(file.stat().st_size for file in folder.iterdir()) < 200_000
