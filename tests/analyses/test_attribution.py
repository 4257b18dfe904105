"""Acts that happen in one world of a pair alone, from logs that are written by hand."""

import pandas as pd

from sim.analyses.compare.attribution import acts_apart
from sim.runs.once import Run


def run(*acts) -> Run:
    """A run whose log has acts of (day of January 2021, actor, verb, ids of causes)."""
    rows = [
        (i, pd.Timestamp(2021, 1, day), actor, verb, "Target", because, "{}", f"{actor} did {verb} on {day}.")
        for i, (day, actor, verb, because) in enumerate(acts)
    ]
    columns = ["id", "date", "actor", "verb", "target", "because", "quantities", "sentence"]
    return Run(None, 1, {"acts": pd.DataFrame(rows, columns=columns)})  # type: ignore[arg-type]


def rows(base, other):
    return acts_apart(base, other).set_index("actor")


def test_equal_logs_have_nothing_apart():
    twins = [run((1, "A", "pause", ""), (2, "A", "pause", ""))] * 2
    assert acts_apart(twins, twins).empty


def test_acts_of_one_world_with_the_pairs_in_which_they_are():
    base = [run((3, "A", "pause", "")), run((3, "A", "pause", "")), run()]
    other = [run((9, "B", "block", "")), run((8, "B", "block", "")), run((7, "B", "block", ""))]
    found = rows(base, other)
    assert found.loc["A", ["what", "pairs", "of"]].tolist() == ["only here", 2, 3]
    assert found.loc["B", ["what", "pairs", "of"]].tolist() == ["only there", 3, 3]
    assert found.loc["B", "sentence"] == "B did block on 9."


def test_a_repeated_act_is_compared_time_by_time():
    found = acts_apart([run((1, "A", "review", ""))], [run((1, "A", "review", ""), (20, "A", "review", ""))])
    assert found[["what", "date"]].to_numpy().tolist() == [["only there", pd.Timestamp(2021, 1, 20)]]


def test_an_act_that_moves_by_a_week_is_told_and_one_by_less_is_not():
    base = [run((1, "A", "pause", ""), (10, "B", "pause", ""), (20, "C", "pause", ""))]
    other = [run((7, "A", "pause", ""), (17, "B", "pause", ""), (5, "C", "pause", ""))]
    found = rows(base, other)
    assert list(found.index) == ["C", "B"]
    assert found.loc["B", ["what", "days"]].tolist() == ["later", 7]
    assert found.loc["C", ["what", "days"]].tolist() == ["sooner", 15]


def test_what_is_alike_in_most_pairs_is_not_told():
    base = [run((1, "A", "pause", ""))] * 3
    assert acts_apart(base, [run((1, "A", "pause", "")), run((1, "A", "pause", "")), run()]).empty


def test_causes_are_told_in_their_own_sentences():
    found = acts_apart([run()], [run((1, "A", "law", ""), (2, "B", "pause", "0"))]).set_index("actor")
    assert found.loc["B", "because"] == ("A did law on 1.",)
