"""Scoring patterns: a table of every check, and verdicts by pattern and rival."""

import pandas as pd

from sim.evidence.patterns import patterns
from sim.study.validate import REFERENCE, RIVALS, _Job, _scenario, by_pattern, runs_needed, validate


def table(verdicts: dict[tuple[str, str, str], bool]) -> pd.DataFrame:
    rows = [
        {"rival": rival, "pattern": pattern, "name": "a name", "role": "fit", "check": check, "passed": passed}
        for (rival, pattern, check), passed in verdicts.items()
    ]
    return pd.DataFrame(rows)


def test_a_pattern_passes_when_all_its_checks_do():
    verdicts = by_pattern(table({
        (REFERENCE, "P1", "a"): True, (REFERENCE, "P1", "b"): False, (REFERENCE, "P2", "c"): True,
        ("no press", "P1", "a"): True, ("no press", "P1", "b"): True, ("no press", "P2", "c"): False,
    }))  # fmt: skip
    assert verdicts["passed"].tolist() == [False, True]
    assert verdicts["rivals"].tolist() == ["no press", ""]
    assert verdicts["checks"].tolist() == [2, 1]


def test_a_rival_changes_what_it_names_and_nothing_else():
    world = patterns()[0].checks[0].world
    plain = _scenario(_Job(REFERENCE, world, 1), 500)
    assert plain.population.users == 500
    for rival in RIVALS:
        other = _scenario(_Job(rival, world, 1), 500)
        assert (other == plain) == (rival == REFERENCE), rival
    floors = _scenario(_Job("no demand floor", world, 1), 500).police
    assert floors is not None
    assert (floors[1].floor_paused, floors[1].floor_final) == (0.0, 0.0)


def test_the_table_does_not_depend_on_workers():
    chosen = [pattern for pattern in patterns() if pattern.id == "indonesia-2022"]
    assert runs_needed(chosen, (REFERENCE,), 2) == 2
    scored = [validate(chosen, rivals=(REFERENCE,), replicates=2, users=500, workers=n) for n in (1, 2)]
    pd.testing.assert_frame_equal(*scored)
    assert len(scored[0]) == len(chosen[0].checks)
    assert (scored[0]["p05"] <= scored[0]["p95"]).all()
