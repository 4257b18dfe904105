"""Scoring cases: a table of every check, and verdicts by pattern and rival."""

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from sim.analyses.validate.analysis import (
    COLUMNS,
    REFERENCE,
    RIVALS,
    _scenario,
    as_row,
    by_pattern,
    runs_needed,
    validate,
)
from sim.cli import cli
from sim.evidence.cases import load_case
from tests.evidence.checks import CHECKS, one_check, write_case


def table(verdicts: dict[tuple[str, str, str], bool]) -> pd.DataFrame:
    rows = [
        {"rival": rival, "case": "c", "pattern": pattern, "name": "a name", "role": "fit", "check": check,
         "passed": passed}
        for (rival, pattern, check), passed in verdicts.items()
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_a_pattern_passes_when_all_its_checks_do():
    verdicts = by_pattern(table({
        (REFERENCE, "P1", "a"): True, (REFERENCE, "P1", "b"): False, (REFERENCE, "P2", "c"): True,
        ("no press", "P1", "a"): True, ("no press", "P1", "b"): True, ("no press", "P2", "c"): False,
    }))  # fmt: skip
    assert verdicts["passed"].tolist() == [False, True]
    assert verdicts["rivals"].tolist() == ["no press", ""]
    assert verdicts["checks"].tolist() == [2, 1]
    assert verdicts["role"].tolist() == ["fit", "fit"]


def test_a_rival_changes_what_it_names_and_nothing_else():
    case = load_case("hong-kong-2020")
    world = case.checks[0].world
    plain = _scenario(case, world, REFERENCE, 500)
    assert plain.population.users == 500
    for rival in RIVALS:
        other = _scenario(case, world, rival, 500)
        assert (other == plain) == (rival == REFERENCE), rival
    floors = _scenario(case, world, "no demand floor", 500).police
    assert floors is not None
    assert (floors[1].floor_paused, floors[1].floor_final) == (0.0, 0.0)


def test_a_world_of_a_check_keeps_its_own_values():
    case = load_case("hong-kong-2020")
    world = case.check("p15-not-back-with-contacts").world
    scenario = _scenario(case, world, REFERENCE, 500)
    assert (scenario.population.gamma, scenario.population.users) == (6.0, 500)
    assert "block-whatsapp" in {act.id for act in scenario.acts}


def test_a_row_tells_the_check_and_how_it_came_out(tmp_path):
    case = load_case(write_case(tmp_path / "a-case"))
    rows = [as_row(case, one_check(low=low, high=high), np.full(3, 3.0)) for low, high in ((2.0, 4.0), (0.0, 2.0))]
    assert [row["passed"] for row in rows] == [True, False]
    assert [row["p50"] for row in rows] == [3.0, 3.0]
    assert (rows[0]["case"], rows[0]["pattern"], rows[0]["name"]) == ("a-case", "a-case", case.scenario.title)
    assert set(rows[0]) <= set(COLUMNS)


def test_the_table_does_not_depend_on_workers(tmp_path):
    """Of a case that ships and of one that lies elsewhere."""
    chosen = [load_case("indonesia-2022"), load_case(write_case(tmp_path / "elsewhere"))]
    assert runs_needed(chosen, (REFERENCE,), 2) == 4
    scored = [validate(chosen, rivals=(REFERENCE,), replicates=2, users=500, workers=n) for n in (1, 2)]
    pd.testing.assert_frame_equal(*scored)
    assert len(scored[0]) == len(chosen[0].checks) + 1
    assert (scored[0]["p05"] <= scored[0]["p95"]).all()


def test_each_world_of_a_case_is_run_once(tmp_path):
    varied = CHECKS.replace("new-day-3", "varied").replace(
        "[[checks]]", '[[checks]]\noverrides = ["population.gamma=1"]'
    )
    case = load_case(write_case(tmp_path, checks=CHECKS + varied + CHECKS.replace("new-day-3", "new-day-4")))
    assert runs_needed([case], (REFERENCE, "no press"), 3) == 2 * 2 * 3


def test_scripts_get_a_list_of_checks(tmp_path):
    folder = write_case(tmp_path / "mine", checks=CHECKS + CHECKS.replace("new-day-3", "b").replace("high = 5.0\n", ""))
    words = ["validate", str(folder), "--format", "json", "--replicates", "3", "--users", "300", "--workers", "1"]
    done = CliRunner().invoke(cli, words, catch_exceptions=False, standalone_mode=False)
    told = json.loads(done.stdout)
    assert [(one["case"], one["check"], one["rule"]) for one in told] == [
        ("mine", "new-day-3", "[1, 5]"), ("mine", "b", "[1, inf]"),
    ]  # fmt: skip
    for one in told:
        assert one["observed"] == 3.0
        assert one["low"] <= one["median"] <= one["high"]
        assert one["pass"] is (1 <= one["median"] <= (5 if one["check"] == "new-day-3" else float("inf")))
        assert (one["about"], one["role"]) == ("people", "open")
    assert not (folder / "results").exists()


@pytest.mark.parametrize(
    ("words", "structures"),
    [
        (["--format", "json"], 1),
        ([], len(RIVALS)),
        (["--no-rivals"], 1),
        (["--format", "json", "--rivals"], len(RIVALS)),
    ],
)
def test_rivals_are_run_for_readers_and_not_for_scripts(tmp_path, monkeypatch, words, structures):
    asked: list[int] = []

    def scored(cases, *, rivals, **options):
        asked.append(len(rivals))
        return validate(cases, rivals=(REFERENCE,), **options)

    monkeypatch.setattr("sim.analyses.validate.analysis.validate", scored)
    small = ["--replicates", "1", "--users", "300", "--workers", "1", "--out", str(tmp_path / "out")]
    words = ["validate", str(write_case(tmp_path / "mine")), *small, *words]
    assert CliRunner().invoke(cli, words, catch_exceptions=False, standalone_mode=False).exit_code == 0
    assert asked == [structures]
    table = pd.read_csv(tmp_path / "out" / "checks.csv")
    assert (table["case"].tolist(), table["check"].tolist()) == (["mine"], ["new-day-3"])
    assert (tmp_path / "out" / "validation.png").is_file()


@pytest.mark.parametrize(("name", "said"), [("uganda-2012", "uganda-2021"), ("/nowhere", "expected the folder")])
def test_what_is_no_case_is_one_line(name, said):
    with pytest.raises(ValueError, match=said):
        CliRunner().invoke(cli, ["validate", name], catch_exceptions=False, standalone_mode=False)
