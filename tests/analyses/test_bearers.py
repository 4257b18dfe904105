"""Who bears a change: by hand, and in two worlds of which one has a block."""

import numpy as np
import pytest

from sim.analyses.compare.analysis import compare
from sim.analyses.compare.bearers import APPS, FATES, THIRDS, bearers
from sim.analyses.compare.holdings import RunWithHoldings
from sim.results.bands import SPREAD
from tests.analyses.test_compare_by_hand import place
from tests.conftest import small_world
from tests.results.handmade import run_of

SAME, LACKS, MORE, ANOTHER, CUT_THERE, CUT_HERE, REACHES = FATES


def life(holdings, cut=0, concern=(1, 2, 3, 4, 5, 6)):
    """Six people on two ISPs: what they hold at the start and on the day, and what is cut off on the day."""
    held = np.array(holdings, np.uint8)
    cuts = np.array([np.zeros(6), np.broadcast_to(cut, 6)], np.uint8)
    traits = np.array([concern, [9, 9, 9, 2, 2, 2], [0, 0, 0, 0, 1, 1]], float)
    return RunWithHoldings(run_of(place(), {}), held, cuts, traits)


def percent(found, by, group, fate):
    (row,) = found.query("by == @by and group == @group and fate == @fate").itertuples()
    return row.mean


START = [1, 1, 0, 3, 1, 1]
BASE = life([START, [1, 1, 1, 3, 1, 0]], cut=[0, 0, 0, 0, 1, 0])
OTHER = life([START, [1, 2, 3, 1, 1, 0]], cut=[1, 0, 0, 0, 1, 0])
FOUND = bearers([BASE], [OTHER], 1, ["Near", "Far"])


@pytest.mark.parametrize(
    ("by", "group", "fate", "expected"),
    [
        ("concern", "lowest third", SAME, 50),  # the first; the second holds app 2 in the place of app 1
        ("concern", "lowest third", ANOTHER, 50),
        ("concern", "middle third", MORE, 50),
        ("concern", "middle third", LACKS, 50),
        ("concern", "highest third", SAME, 100),
        ("concern", "lowest third", CUT_THERE, 50),
        ("internet provider", "Near", CUT_THERE, 25),
        ("internet provider", "Far", CUT_THERE, 0),
        ("internet provider", "Far", REACHES, 50),
        ("apps at the start", "none", MORE, 100),
        ("apps at the start", "two", LACKS, 100),
        ("apps at the start", "one", SAME, 75),
    ],
)
def test_people_of_a_kind_with_a_fate(by, group, fate, expected):
    assert percent(FOUND, by, group, fate) == pytest.approx(expected)


def test_what_is_cut_off_in_the_base_alone_is_told():
    found = bearers([OTHER], [BASE], 1, ["Near", "Far"])
    assert percent(found, "concern", "lowest third", CUT_HERE) == 50
    assert percent(found, "concern", "lowest third", CUT_THERE) == 0


def test_equals_are_in_one_group_and_a_group_of_nobody_has_no_row():
    groups = set(FOUND.query("by == 'contacts'")["group"])
    assert groups < set(THIRDS)
    assert percent(FOUND, "contacts", "lowest third", LACKS) == pytest.approx(100 / 3)
    assert set(FOUND.query("by == 'apps at the start'")["group"]) == set(APPS) - {"three or more"}
    sizes = FOUND.drop_duplicates(["by", "group"]).groupby("by")["size"].sum()
    assert sizes.to_list() == pytest.approx([100] * 4)


def test_the_table_of_two_worlds():
    """Without a change nobody bears anything; a block by one provider is borne by its users."""
    base = small_world(users=400, end="2020-08-01")
    same = compare(base, base, names=("one", "two"), replicates=2, workers=1).bearers
    assert list(same) == ["world", "date", "by", "group", "fate", "size", *SPREAD, *[f"chance_{q}" for q in SPREAD[:3]]]
    still = same[same["fate"] == SAME]
    assert (still["mean"] == 100).all()
    assert (same[same["fate"].isin((LACKS, MORE, ANOTHER, CUT_THERE, CUT_HERE))]["mean"] == 0).all()


@pytest.mark.slow
def test_those_are_cut_off_whose_provider_blocks():
    name, *others = small_world().isps
    settings = [[f"isps.{isp}.compliance={int(isp == obeys)}" for isp in (name, *others)] for obeys in ("", name)]
    worlds = [small_world(*one, name="whatsapp-blocked-90-days", users=1000, end="2020-09-15") for one in settings]
    found = compare(*worlds, names=("open", "blocked"), replicates=2, workers=1).bearers
    cut = found.query("by == 'internet provider' and fate == @CUT_THERE").set_index("group")["mean"]
    assert cut[name] > 30
    assert (cut[others] == 0).all()
    kinds = found[found["fate"].isin(FATES[:4])].groupby(["date", "by", "group"])["mean"].sum()
    assert kinds.to_numpy() == pytest.approx(100)
