"""Who bears it, on the answer page: the groups of the table, no more."""

import pandas as pd
import pytest

from sim.analyses.compare.people import FATES
from sim.results.bands import CHANCE
from sim.view.answer import bearing


def table(same, cut=0.0) -> pd.DataFrame:
    """Two groups with a fate each in percent; the other fates are of nobody."""
    parts = []
    for by, group, value in (("concern", "lowest third", same), ("internet provider", "Near", 100.0)):
        for fate in FATES:
            mean = {FATES[0]: value, FATES[4]: cut if group == "Near" else 0.0}.get(fate, 0.0)
            band = {"p05": mean - 2, "p50": mean, "p95": mean + 1, "mean": mean}
            luck = {CHANCE["p05"]: mean - 1, CHANCE["p50"]: mean, CHANCE["p95"]: mean}
            parts.append({"group": f"{by}: {group}", "by": by, "fate": fate, "size": 50.0, **band, **luck})
    return pd.DataFrame(parts)


def test_dots_are_those_whose_apps_differ_with_both_bands():
    rows, lucky = bearing.dots(table(same=90.0))
    assert [one.name for one in rows] == ["concern: lowest third", "internet provider: Near"]
    assert (rows[0].mean, rows[0].low, rows[0].high) == (10, 9, 12)
    assert lucky["concern: lowest third"] == (10, 11)


def test_where_nobodys_apps_differ_there_is_no_picture():
    assert bearing.dots(table(same=100.0)) == ([], {})


@pytest.mark.parametrize(("cut", "words"), [(0.0, "Nobody is cut off"), (12.0, "12 to 12 percent")])
def test_who_is_cut_off_is_said(cut, words):
    assert words in bearing.cut_off(table(90.0, cut))


def test_every_group_has_a_row_with_all_that_becomes_of_its_people():
    found = bearing.spread_out(table(same=90.0))
    assert list(found.columns) == ["group", "percent of all", *FATES]
    assert found[["group", FATES[0]]].values.tolist() == [
        ["concern: lowest third", "90"],
        ["internet provider: Near", "100"],
    ]
