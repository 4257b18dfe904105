"""Comparisons of worlds whose runs are written by hand, so that every difference is known beforehand."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from sim.analyses.compare.analysis import (
    OUTCOMES,
    SPREAD,
    Comparison,
    ComparisonError,
    compare,
    spread,
    write_comparison,
)
from sim.analyses.compare.people import APPS, FATES, HOLDINGS, THIRDS, Holdings, bearers, record, table_of
from sim.cli import _told
from sim.measures import measured
from sim.results.bands import CHANCE
from sim.results.ensemble import Ensemble
from sim.scenario.files import load
from sim.tables import Frames, Run
from tests.actors.worlds import act, asked, on, world
from tests.conftest import small_world
from tests.results.handmade import run_of

CHAT, TALK, BOTH, NONE = 1, 2, 3, 0
PLATFORMS = {"Chat": {"share": 0.5}, "Talk": {"share": 0.5}}
USERS, REPRESENTS = 20, 200
TEN = REPRESENTS / USERS
"""People for whom a simulated person stands."""
DATES = (pd.Timestamp(on(10)), pd.Timestamp(on(20)))


def place(*acts, **tables):
    people = {"users": USERS, "represents": REPRESENTS, "degree": 8}
    companies = {"Firm": {"requests": asked(1.0)}}
    return world(companies, [act("enact", 5), *acts], days=20, platforms=PLATFORMS, population=people, **tables)


def life(tables=None, start=NONE, *later, scenario=None) -> Run:
    """A run, and holdings of ten people at the start and at each date; one mask stands for all."""
    holdings = [np.broadcast_to(np.array(mask, np.uint8), 10) for mask in (start, *later)]
    nothing, alike = np.zeros((len(holdings), 10), np.uint8), np.zeros((3, 10))
    run = run_of(scenario or place(), tables or {})
    found = table_of(range(len(holdings)), holdings, nothing, alike)
    return Run(run.scenario, run.seed, Frames({**run.tables, HOLDINGS: found}))


def ensemble(runs, scenario=None):
    return Ensemble(scenario or runs[0].scenario, tuple(runs))


def side_by_side(base, other, names=("base", "other"), dates=DATES) -> Comparison:
    return Comparison(names, (ensemble(base), ensemble(other)), dates)


# The spread of a difference


def test_spread_over_replicates():
    values = np.array([3.0, 1.0, 4.0, 1.0, 5.0, 9.0])
    found = spread(values)
    half = stats.t.ppf(0.95, 5) * math.sqrt(np.var(values) * 6 / 5) / math.sqrt(6)
    assert list(found) == list(SPREAD) == ["p05", "p50", "p95", "mean", "low", "high"]
    assert [found[name] for name in ("p05", "p50", "p95")] == pytest.approx([1.0, 3.5, 8.0])
    mean = 23 / 6
    assert (found["mean"], found["low"], found["high"]) == pytest.approx((mean, mean - half, mean + half))


def test_spread_of_one_replicate_has_no_interval_and_of_none_nothing():
    one, two, none = spread(np.array([2.0])), spread(np.array([2.0, 4.0])), spread(np.array([]))
    assert (one["mean"], one["p05"]) == (2.0, 2.0)
    assert [math.isnan(one[end]) for end in ("low", "high")] == [True, True]
    assert two["high"] - two["mean"] == pytest.approx(stats.t.ppf(0.95, 1))
    assert all(math.isnan(value) for value in none.values())


# Headlines


def test_headlines_are_other_less_base_pair_by_pair():
    """Shares of Chat on the last day: 30 and 50 % in the base, 20 and 80 % in the other world."""
    base, other = ([life({"usage": {"share": share}}) for share in shares] for shares in ((0.3, 0.5), (0.2, 0.8)))
    row = side_by_side(base, other).headlines.set_index(["world", "measure"]).loc[("other", "Chat.share")]
    assert (row["n"], row["unit"]) == (2, "percent")
    assert (row["base"], row["other"], row["mean"], row["p50"]) == pytest.approx((40.0, 50.0, 10.0, 10.0))
    assert (row["p05"], row["p95"]) == pytest.approx((-10 + 0.05 * 40, 30 - 0.05 * 40))


def test_a_pair_counts_where_both_worlds_have_the_measure():
    """A jump of installs needs installs before, which the second replicate of the base has not."""
    quiet = np.concatenate([np.ones(14), np.zeros(7)])
    base = [life({"usage": {"installs": scale * quiet}}) for scale in (1.0, 0.0, 1.0)]
    other = [life({"usage": {"installs": scale * (quiet + np.arange(21) ** 2)}}) for scale in (1.0, 1.0, 2.0)]
    comparison = side_by_side(base, other)
    row = comparison.headlines.set_index("measure").loc["Chat.install_jump"]
    nobodys = side_by_side([life()], [life()]).headlines.set_index("measure").loc["Chat.install_jump"]
    assert nobodys["n"] == nobodys[["base", "other", *SPREAD]].notna().sum() == 0
    jumps = [[measured(one)["Chat.install_jump"] for one in world.runs] for world in comparison.ensembles]
    assert row["n"] == 2
    assert row["base"] == pytest.approx((jumps[0][0] + jumps[0][2]) / 2)
    assert row["other"] == pytest.approx((jumps[1][0] + jumps[1][2]) / 2)
    assert row["mean"] == pytest.approx((jumps[1][0] + jumps[1][2] - jumps[0][0] - jumps[0][2]) / 2)


# Over time


def test_differences_by_the_week():
    """Holders are as at the week's end, installs are summed; 21 days are three weeks."""
    days = np.arange(21.0)
    base = [life({"usage": {"holders": 0 * days, "installs": 0 * days}})] * 2
    other = [life({"usage": {"holders": n * days, "installs": n * days}}) for n in (1.0, 3.0)]
    table = side_by_side(base, other).over_time
    assert list(table.columns) == ["world", "table", "week", "key", "measure", *SPREAD, *CHANCE.values()]
    assert set(table["table"]) == {"usage", "requests", "society", "measures"}
    mine = table[(table["table"] == "usage") & (table["key"] == "Talk")].set_index("measure")
    assert mine.loc["holders", "mean"].tolist() == pytest.approx([12.0, 26.0, 40.0])
    assert mine.loc["installs", "mean"].tolist() == pytest.approx([2.0 * 21, 2.0 * 70, 2.0 * 119])
    assert mine.loc["holders", "week"].dt.date.tolist() == [on(0), on(7), on(14)]
    requests = table[table["table"] == "requests"]
    assert list(dict.fromkeys(requests["key"])) == ["Firm/ordinary", "Firm/removal"]
    assert set(table.loc[table["table"] == "society", "key"]) == {""}


def test_what_the_base_lacks_is_not_compared():
    base, larger = place(), place()
    larger = larger.model_copy(update={"companies": {"New": larger.companies["Firm"]} | dict(larger.companies)})
    received = {"requests": {"received": np.arange(4.0)}}
    comparison = side_by_side([life(scenario=base)], [life(received, scenario=larger)])
    assert "Firm.requests_after" in set(comparison.headlines["measure"])
    assert "New.requests_after" not in set(comparison.headlines["measure"])
    requests = comparison.over_time.query("table == 'requests' and measure == 'received'")
    assert requests.groupby("key", sort=False)["mean"].first().to_dict() == {"Firm/ordinary": 14, "Firm/removal": 21}


# Person by person


@pytest.mark.parametrize(
    ("start", "here", "there", "outcome"),
    [
        (CHAT, CHAT, CHAT, "stays in both worlds"),
        (CHAT, NONE, NONE, "leaves in both worlds"),
        (CHAT, NONE, CHAT, "stays only because of the change"),
        (CHAT, CHAT, NONE, "leaves only because of the change"),
        (NONE, CHAT, CHAT, "comes in both worlds"),
        (NONE, NONE, NONE, "stays away in both worlds"),
        (NONE, NONE, CHAT, "comes only because of the change"),
        (NONE, CHAT, NONE, "stays away only because of the change"),
    ],
)
@pytest.mark.parametrize("app", ["Chat", "Talk"])
def test_what_becomes_of_a_person(start, here, there, outcome, app):
    """Ten people alike, who stand for a hundred; of the other app nothing is known but that they never hold it."""
    masks = [mask * (1 if app == "Chat" else 2) for mask in (start, here, there)]
    comparison = side_by_side([life({}, masks[0], NONE, masks[1])], [life({}, 0, NONE, masks[2])])
    people = comparison.people[comparison.people["date"] == DATES[1]].set_index(["platform", "outcome"])["mean"]
    other = "Talk" if app == "Chat" else "Chat"
    assert people[app].to_dict() == dict.fromkeys(OUTCOMES.values(), 0.0) | {outcome: 10 * TEN}
    assert people[other]["stays away in both worlds"] == 10 * TEN


@pytest.mark.parametrize(
    ("here", "there", "pairs"),
    [
        (CHAT, TALK, {("Chat", "Talk")}),
        (TALK, CHAT, {("Talk", "Chat")}),
        (CHAT, BOTH, {("none", "Talk")}),
        (BOTH, TALK, {("Chat", "none")}),
        (CHAT, CHAT, {("none", "none")}),
        (NONE, BOTH, {("none", "Chat"), ("none", "Talk")}),
        (BOTH, NONE, {("Chat", "none"), ("Talk", "none")}),
    ],
)
def test_moves_go_from_the_base_to_the_other_world(here, there, pairs):
    comparison = side_by_side([life({}, NONE, here, here)], [life({}, NONE, there, there)])
    moves = comparison.moves[comparison.moves["date"] == DATES[0]]
    assert len(moves) == 9
    found = {(row.origin, row.destination): row.mean for row in moves.itertuples()}
    assert {pair: count for pair, count in found.items() if count} == dict.fromkeys(pairs, 10 * TEN)


def test_each_of_three_worlds_is_compared_with_the_base():
    """Chat has 50 % in the base, 40 and 20 % in the others; all people have it in the base and in the third alone."""
    shares = {"base": 0.5, "one": 0.4, "two": 0.2}
    lives = [
        [life({"usage": {"share": share}}, NONE, mask, mask)] * 2
        for share, mask in zip(shares.values(), (CHAT, NONE, CHAT), strict=True)
    ]  # fmt: skip
    late = place(act("arrest", 12)), place(act("arrest", 7), act("announce", 12))
    worlds = (place(), *late)
    comparison = Comparison(tuple(shares), tuple(map(ensemble, lives, worlds)), DATES)
    assert comparison.scenarios == worlds
    assert comparison.others == ("one", "two")
    assert [comparison.first(name) for name in ("one", "two")] == [12, 7]
    assert comparison.changes["world"].tolist() == ["one", "two", "two"]
    assert [comparison.ensemble(name).scenario for name in shares] == list(worlds)
    assert comparison.ensemble("two").runs == tuple(lives[2])
    for name, gap in (("one", -10.0), ("two", -30.0)):
        headline = comparison.headlines.set_index(["world", "measure"]).loc[(name, "Chat.share")]
        assert (headline["base"], headline["other"]) == pytest.approx((50.0, 50.0 + gap))
        outcome = comparison.outcomes.set_index(["world", "measure", "when"]).loc[(name, "Chat.holders", "end")]
        assert (outcome["mean"], outcome["date"].date()) == (pytest.approx(gap), on(20))
        course = comparison.courses(name)["Chat.holders"]
        assert (course.first, course.gaps[0, 0]) == (comparison.first(name), pytest.approx(gap))
        weeks = comparison.over_time.query(
            "world == @name and table == 'usage' and measure == 'share' and key == 'Chat'"
        )
        assert weeks["mean"].tolist() == pytest.approx([gap / 100] * 3)
    people = comparison.people.set_index(["world", "date", "platform", "outcome"])["mean"]
    moves = comparison.moves.set_index(["world", "date", "origin", "destination"])["mean"]
    for date in DATES:
        assert people["one", date, "Chat", "stays away only because of the change"] == 10 * TEN
        assert people["two", date, "Chat", "comes in both worlds"] == 10 * TEN
        assert moves["one", date, "Chat", "none"] == moves["two", date, "none", "none"] == 10 * TEN
    assert len(people) == 2 * 2 * 2 * 8
    assert len(moves) == 2 * 2 * 9


def test_a_comparison_is_written_with_the_world_of_each_name(tmp_path):
    comparison = side_by_side(
        [life({}, NONE, CHAT, CHAT)], [life({}, NONE, NONE, NONE, scenario=place(act("arrest", 7)))]
    )
    drawn = []
    write_comparison(comparison, tmp_path / "out", command="lawshock compare a b", draw=drawn.append)
    tables = ("changes", "outcomes", "headlines", "over-time", "people", "moves", "bearers")
    for name in tables:
        written = pd.read_csv(tmp_path / "out" / f"{name}.csv")
        assert len(written) == len(getattr(comparison, name.replace("-", "_"))) > 0
    assert [load(tmp_path / "out" / f"{name}.toml") for name in comparison.names] == list(comparison.scenarios)
    assert len(drawn) == 1
    explained = pd.read_csv(tmp_path / "out" / "codebook.csv")
    assert set(explained["table"]) == set(tables)


# Running


@pytest.mark.parametrize(("end", "dates"), [(400, [200, 400]), (200, [200]), (60, [60])])
def test_people_are_looked_at_half_a_year_after_the_worlds_part_and_at_the_end(end, dates):
    calendar, people = [act("enact", 5)], {"users": 20, "degree": 8}
    base, other = (
        world({}, acts, days=end, platforms=PLATFORMS, population=people)
        for acts in (calendar, [*calendar, act("arrest", 20)])
    )
    other = other.model_copy(update={"focus": on(2)})
    done = []
    comparison = compare(base, other, names=("a", "b"), replicates=2, seed=7, workers=1, on_progress=done.append)
    assert [(date.date() - on(0)).days for date in comparison.dates] == dates
    assert done == sorted(done)
    assert {1, 2, 3, 4} <= {*done}
    assert done[-1] == 4
    assert comparison.seeds == (7, 8)
    assert [scenario.focus for scenario in comparison.scenarios] == [on(5)] * 2
    for world_of in comparison.ensembles:
        for one in world_of.runs:
            found = Holdings.of(one).held
            assert found.shape == (1 + len(dates), 20)
            held = np.bitwise_count(found[-1] & 1).sum()
            table = one.tables["usage"]
            last = table[(table["platform"] == "Chat") & (table["date"] == comparison.dates[-1])]["share"].item()
            assert held / 20 == pytest.approx(last)


def test_people_are_looked_at_before_the_first_day_and_on_the_days_that_are_asked_for():
    from sim.model import Model

    place = world({}, days=9, platforms=PLATFORMS, population={"users": 20, "degree": 8, "revision_rate": 1.0})
    model = Model(place, rng=3)
    held = [model.population.people["hold"].copy()]
    for _ in range(6):
        model.step()
        held.append(model.population.people["hold"].copy())
    found = Holdings.of(Run(place, 3, record(place, 3, (2, 4)))).held
    assert found.tolist() == [held[0].tolist(), held[3].tolist(), held[5].tolist()]


def test_a_world_alone_is_refused_in_one_line_and_as_bad_input():
    with pytest.raises(ComparisonError) as refused:
        compare(world({}, days=9))
    assert _told(refused.value) == ("expected two scenarios or more, found one", 2)


def test_worlds_of_other_people_platforms_or_days_are_refused():
    same = {"population": {"users": 20, "degree": 8}, "platforms": PLATFORMS}
    for change, key in (
        ({"population": {"users": 21, "degree": 8}}, "population.users"),
        ({"population": {"users": 20, "represents": 70, "degree": 8}}, "population.represents"),
        ({"platforms": {"Chat": {"share": 0.5}, "Else": {"share": 0.5}}}, "platforms"),
        ({"start": on(1)}, "start"),
        ({"end": on(8)}, "end"),
    ):
        one, two = world({}, days=9, **same), world({}, days=9, **same | change)
        with pytest.raises(ComparisonError, match=f"b: {key}: expected .* as in a, found"):
            compare(one, two, names=("a", "b"))


def test_each_world_needs_a_name_of_its_own():
    one = world({}, days=9)
    for names in (("a",), ("a", "a"), ("a", "b", "c")):
        with pytest.raises(ComparisonError, match="name of its own"):
            compare(one, one, names=names)


# Who bears a change

SAME, LACKS, MORE, ANOTHER, CUT_THERE, CUT_HERE, REACHES = FATES


def six_people(holdings, cut=0, concern=(1, 2, 3, 4, 5, 6)):
    """Six people on two ISPs: what they hold at the start and on the day, and what is cut off on the day."""
    held = np.array(holdings, np.uint8)
    cuts = np.array([np.zeros(6), np.broadcast_to(cut, 6)], np.uint8)
    traits = np.array([concern, [9, 9, 9, 2, 2, 2], [0, 0, 0, 0, 1, 1]], float)
    return Holdings(held, cuts, traits)


def percent(found, by, group, fate):
    (row,) = found.query("by == @by and group == @group and fate == @fate").itertuples()
    return row.mean


START = [1, 1, 0, 3, 1, 1]
BASE = six_people([START, [1, 1, 1, 3, 1, 0]], cut=[0, 0, 0, 0, 1, 0])
OTHER = six_people([START, [1, 2, 3, 1, 1, 0]], cut=[1, 0, 0, 0, 1, 0])
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
