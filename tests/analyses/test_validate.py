"""Scoring cases: a table of every check, and verdicts by pattern and rival."""

import json
from math import nan

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from sim.analyses.rivals import REFERENCE, RIVALS, jobs_of, world_of
from sim.analyses.validate import COLUMNS, as_row, by_pattern, by_role, runs_needed, told_by_role, validate
from sim.cli import cli
from sim.command.validate import cells
from sim.evidence.cases import load_case
from sim.results.posterior import load_posterior
from sim.scenario.files import folder
from tests.docs.roles import renew
from tests.evidence.checks import CHECKS, one_check, write_case


def table(verdicts: dict[tuple[str, str, str], bool]) -> pd.DataFrame:
    rows = [
        {"rival": rival, "case": "c", "pattern": pattern, "name": "a name", "role": "fitted", "check": check,
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
    assert verdicts["role"].tolist() == ["fitted", "fitted"]
    assert verdicts["rivals_passing"].tolist() == [1, 0]
    assert verdicts["rivals_run"].tolist() == [1, 1]
    alone = by_pattern(table({(REFERENCE, "P1", "a"): True}))
    assert (alone["rivals_run"].tolist(), alone["rivals_passing"].tolist()) == ([0], [0])


def roles(*rows: tuple[str, str, str, bool, bool | None, float]) -> pd.DataFrame:
    """The model's row by role, of rows of role, observation, input, whether it passed, whether the band holds it, and
    its score."""
    names = ("role", "observation", "input", "passed", "in_band", "crps")
    made = [
        {"rival": REFERENCE, "case": "c", "check": str(n), "about": "people", "wis": nan, "brier": nan,
         "log_score": nan, **dict(zip(names, row, strict=True)), "in_half": row[4], "in_runs": row[4]}
        for n, row in enumerate(rows)
    ]  # fmt: skip
    return by_role(pd.DataFrame(made)).query("by == @REFERENCE").set_index("role")


def test_an_observation_counts_once_and_all_its_checks_must_pass():
    found = roles(
        ("fitted", "a", "", True, True, 1.0), ("fitted", "a", "", False, True, 3.0),
        ("fitted", "b", "", True, None, nan), ("unseen", "c", "", True, False, nan),
    )  # fmt: skip
    assert found.index.tolist() == ["fitted", "seen", "unseen"]
    assert found.loc["fitted", ["checks", "observations", "counted", "hits"]].tolist() == [3, 2, 2, 1]
    assert found.loc["fitted", ["told", "in_band", "scored", "crps"]].tolist() == [1, 1, 1, 2.0]
    assert found.loc["unseen", ["counted", "hits", "told", "in_band", "scored"]].tolist() == [1, 1, 1, 0, 0]
    assert found.loc["seen", ["counted", "hits"]].tolist() == [0, 0]


def test_an_observation_has_the_role_that_says_most_of_what_was_known_and_a_proxy_counts_nowhere():
    found = roles(("unseen", "a", "", True, True, nan), ("seen", "a", "", True, True, nan))
    assert found["observations"].tolist() == [0, 1, 0]
    found = roles(("fitted", "a", "", True, True, 1.0), ("proxy", "a", "", False, False, 9.0),
                  ("proxy", "b", "", False, False, 9.0))  # fmt: skip
    assert found.loc["fitted", ["checks", "observations", "hits", "in_band", "crps"]].tolist() == [1, 1, 1, 1, 1.0]
    assert found["observations"].sum() == 1


def test_what_was_an_input_is_no_hit_and_enters_no_score():
    found = roles(("seen", "a", "acts.block.date", True, True, 0.1), ("seen", "b", "", False, False, 5.0))
    told = found.loc["seen", ["observations", "inputs", "counted", "hits", "told", "in_band", "crps"]]
    assert told.tolist() == [2, 1, 1, 0, 1, 0, 5.0]
    assert told_by_role(found.reset_index()) == "0 of 1 seen"


def test_a_rival_changes_what_it_names_and_nothing_else():
    case = load_case("hong-kong-2020")
    world = case.checks[0].world
    plain = world_of(case, world, REFERENCE, 500)
    assert plain.population.users == 500
    for rival in RIVALS:
        other = world_of(case, world, rival, 500)
        assert (other == plain) == (rival == REFERENCE), rival
    floors = world_of(case, world, "no demand floor", 500).police
    assert floors is not None
    assert (floors[1].floor_paused, floors[1].floor_final) == (0.0, 0.0)


def test_a_world_of_a_check_keeps_its_own_values():
    case = load_case("hong-kong-2020")
    world = case.check("p15-not-back-with-contacts").world
    scenario = world_of(case, world, REFERENCE, 500)
    assert (scenario.population.gamma, scenario.population.users) == (6.0, 500)
    assert "block-whatsapp" in {act.id for act in scenario.acts}


def test_a_row_tells_the_check_and_how_it_came_out(tmp_path):
    case = load_case(write_case(tmp_path / "a-case"))
    rows = [as_row(case, one_check(low=low, high=high), np.full(3, 3.0)) for low, high in ((2.0, 4.0), (0.0, 2.0))]
    assert [row["passed"] for row in rows] == [True, False]
    assert [row["p50"] for row in rows] == [3.0, 3.0]
    assert (rows[0]["case"], rows[0]["pattern"], rows[0]["name"]) == ("a-case", "a-case", case.scenario.title)
    assert set(rows[0]) <= set(COLUMNS)


@pytest.mark.slow
def test_the_table_does_not_depend_on_workers(tmp_path):
    """Of a case that ships and of one that lies elsewhere."""
    chosen = [load_case("indonesia-2022"), load_case(write_case(tmp_path / "elsewhere"))]
    assert runs_needed(chosen, (REFERENCE,), 2) == 4
    scored = [
        validate(chosen, rivals=(REFERENCE,), replicates=2, users=500, workers=n, posterior=load_posterior())
        for n in (1, 2)
    ]
    for one, other in zip(*scored, strict=True):
        pd.testing.assert_frame_equal(one, other)
    checks = scored[0].checks.query("rival == @REFERENCE")
    assert len(checks) == len(chosen[0].checks) + 1
    assert len(scored[0].readings) == 2 * len(checks)


def test_plausible_worlds_leave_alone_what_a_check_or_a_rival_sets():
    case = load_case("hong-kong-2020")
    jobs = list(jobs_of([case], ("no peers",), range(1, 3), load_posterior()))
    own = {check.world for check in case.checks}
    assert len(jobs) == 2 * len(own)
    for job in jobs:
        drawn = dict(job.drawn)
        assert "decision.peer_weight" not in drawn
        assert ("population.gamma" in drawn) == (job.world.overrides == ())
    assert jobs[0].drawn != jobs[1].drawn
    assert all(job.drawn == () for job in jobs_of([case], (REFERENCE,), range(1, 3), None))


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
        assert (one["about"], one["role"]) == ("people", "unseen")
        assert (one["input"], one["observation"]) == (False, "mine new-day-3")
        assert one["in_band"] is None, "three replicates have no band of 90 %"
        assert one["crps"] >= 0.0
    assert not (folder / "results").exists()


def test_rivals_are_run_for_readers_and_not_for_scripts(tmp_path, monkeypatch):
    asked: list[int] = []

    def scored(cases, *, rivals, **options):
        asked.append(len(rivals))
        return validate(cases, rivals=(REFERENCE,), **options)

    monkeypatch.setattr("sim.analyses.validate.validate", scored)
    small = ["--replicates", "1", "--users", "300", "--workers", "1", "--replace", "--out", str(tmp_path / "out")]
    for words in (["--format", "json"], [], ["--no-rivals"], ["--format", "json", "--rivals"]):
        words = ["validate", str(write_case(tmp_path / "mine")), *small, *words]
        assert CliRunner().invoke(cli, words, catch_exceptions=False, standalone_mode=False).exit_code == 0
    assert asked == [1, len(RIVALS), 1, len(RIVALS)]
    table = pd.read_csv(tmp_path / "out" / "checks.csv")
    assert (table["case"].tolist(), table["check"].tolist()) == (["mine"], ["new-day-3"])
    assert (tmp_path / "out" / "validation.png").is_file()


def committed(name: str) -> pd.DataFrame:
    return pd.read_csv(
        folder().parent / "results" / "validation" / f"{name}.csv", keep_default_na=False, na_values=[""]
    )


def test_the_documented_table_is_the_one_that_was_written():
    written = committed("roles")
    checks = committed("checks")
    checks["input"] = checks["input"].fillna("")
    made = by_role(checks)
    exact = ["observations", "inputs", "counted", "hits", "told", "in_band", "scored", "gate"]
    pd.testing.assert_frame_equal(made[exact], written[exact], check_dtype=False)
    text = (folder().parent / "docs" / "validation.md").read_text(encoding="utf-8")
    assert renew(text) == text, "python -m tests.docs.roles writes it again"


def test_no_verdict_contradicts_the_median_and_the_rule_beside_it():
    """In the committed checks, some of which miss their rule by less than a digit of their band."""
    table = committed("checks").query("rival == @REFERENCE")
    for row in table[np.isfinite(table["p50"])].itertuples():
        median, rule = cells(row)[5], cells(row)[7].split(" to ")
        number, low, high = (float(text.replace(",", "")) for text in (median, *rule))
        assert (low <= number <= high) == (row.low <= row.p50 <= row.high), (row.check, median, rule)
