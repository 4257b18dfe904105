"""Claims: the emulator finds what a difference hangs on, the flip test where it turns, and the label says no more."""

import datetime as dt

import numpy as np
import pytest

from sim.analyses.claims import analysis, flip
from sim.analyses.claims.flip import fit
from sim.analyses.claims.text import parse_claims, read_claims
from sim.results.posterior import Range, load_posterior
from sim.runs.executors import InProcess
from sim.scenario.errors import ScenarioError
from sim.scenario.files import load
from sim.study.design import latin_hypercube

SHORT, FEW = dt.date(2020, 7, 8), ["population.users=300"]
STEPS = tuple(np.linspace(0.0, 1.0, 65))
RANGES = [Range(name, (name,), 0.5, STEPS) for name in "abcdef"]


def emulated(slopes, level=1.0, worlds=40, noise=0.0):
    places = latin_hypercube(worlds, len(slopes), 1)
    luck = noise * (latin_hypercube(worlds, 1, 2)[:, 0] - 0.5)
    return fit(places, level + (places - 0.5) @ np.array(slopes) + luck)


# The emulator


def test_slopes_are_found_and_the_steepest_goes_first():
    found = emulated([0.0, -3.0, 1.0, 0.0, 0.2, 0.0])
    assert found.order[:3] == [1, 2, 4]
    assert found.slopes == pytest.approx([0.0, -3.0, 1.0, 0.0, 0.2, 0.0], abs=0.02)
    assert found.at(np.full(6, 0.5)) == pytest.approx(1.0, abs=0.01)
    assert found.explained > 0.99


def test_with_more_numbers_than_worlds_the_one_that_matters_is_still_first():
    found = emulated([0.0] * 60 + [4.0] + [0.0] * 60, worlds=40, noise=0.5)
    assert found.order[0] == 60
    assert found.slopes[60] > 0.5


# The flip test


def flipped(difference, emulator, sign=1):
    """Turns of one claim whose difference is a function of the places of six numbers."""

    def ask(moves):
        return [sign * difference(np.array([move.get(n, 0.5) for n in range(6)])) for _, move in moves]

    (turns,), (points,) = flip.drive([flip.searches(emulator, RANGES, sign)], ask)
    return turns, points


def test_the_value_at_which_a_number_turns_the_sign_is_found():
    slopes = np.array([0.0, -3.0, 1.0, 0.0, 0.0, 0.0])
    turns, _ = flipped(lambda x: 1.0 + (x - 0.5) @ slopes, emulated(slopes))
    assert turns[0].numbers == (1,)
    assert turns[0].move[1] == pytest.approx(0.5 + 1 / 3, abs=0.04)
    assert turns[0].move[1] >= 0.5 + 1 / 3, "on the side on which the claim has fallen"
    assert turns[1].numbers == (2,)
    assert turns[1].move is None


def test_what_no_number_turns_alone_several_turn_together_by_the_least_move():
    slopes = np.array([1.0, -1.0, 0.5, 0.0, 0.0, 0.0])
    turns, _ = flipped(lambda x: 0.75 + (x - 0.5) @ slopes, emulated(slopes, level=0.75))
    assert [turn.move for turn in turns[:3]] == [None, None, None]
    together = turns[-1]
    assert together.move[0] < 0.5 < together.move[1]
    assert together.length == pytest.approx(0.75 / np.linalg.norm(slopes), abs=0.06)


# The label


@pytest.mark.parametrize(
    ("share", "turns", "holds", "by_form", "said"),
    [
        (1.0, [False], True, False, "firm"),
        (0.95, [False], True, False, "firm"),
        (0.94, [False], True, False, "open"),
        (1.0, [False], True, True, "open"),
        (1.0, [False, True], True, False, "depends on "),
        (0.5, [True], True, False, "depends on "),
        (1.0, [True], False, False, "open"),
    ],
)
def test_a_label_says_no_more_than_the_definition(share, turns, holds, by_form, said):
    assert analysis.label(share, turns, holds=holds, turned_by_form=by_form) == said


# Plausible ranges


def test_draws_lie_in_their_ranges_and_places_read_back():
    scenario, posterior = load("hong-kong-2020", ["population.users=100"]), load_posterior()
    ranges = {one.key: one for one in posterior.ranges(scenario)}
    court = ranges["decision.court_weight"]
    assert (court.at(0.0), court.at(1.0)) == (0.0, 6.0)
    assert court.place(court.at(0.3)) == pytest.approx(0.3)
    assert ranges["isps.*.lag_days"].keys == tuple(f"isps.{name}.lag_days" for name in scenario.isps)
    places = analysis.places_of(list(ranges.values()), [posterior.world(scenario, seed) for seed in range(8)])
    assert places.min() >= 0.0
    assert places.max() <= 1.0
    assert np.ptp(places, axis=0).min() > 0.0, "a number that no draw moves is in no range"
    assert "decision.court_weight" not in {one.key for one in posterior.ranges(scenario, ["decision.court_weight"])}


# The file


def one_claim(**changed):
    return {"id": "x", "sentence": "X.", "base": "hong-kong-2020", "without": "press", "measure": "Telegram.holders",
            "date": load("hong-kong-2020").date(70), "direction": "more"} | changed  # fmt: skip


def test_a_mistake_in_the_file_is_one_line():
    for changed, words in (
        ({"direction": "up"}, ["claims.x.direction", "more, fewer", '"up"']),
        ({"meassure": "x"}, ["claims.x.meassure", '"measure"']),
        ({"measure": "Telegram holder"}, ["claims.x.measure", '"Telegram.holders"']),
        ({"without": "pres"}, ["claims.x.without", '"press"']),
        ({"without": ""}, ["claims.x", "either other or without", "neither"]),
        ({"other": "no-law"}, ["claims.x", "both"]),
        ({"base": "hongkong-2020"}, ["claims.x.base", '"hong-kong-2020"']),
        ({"date": load("hong-kong-2020").end.replace(year=2023)}, ["claims.x.date", "2022-06-30"]),
    ):
        with pytest.raises(ScenarioError) as error:
            parse_claims({"claims": [one_claim(**changed)]}, "claims/x.toml", load("hong-kong-2020"))
        assert [word for word in ["claims/x.toml", *words] if word not in str(error.value)] == [], str(error.value)
        assert "\n" not in str(error.value)


def test_two_claims_of_one_id_and_unknown_forms_are_refused():
    scenario = load("hong-kong-2020")
    with pytest.raises(ScenarioError, match="an id that no other claim has"):
        parse_claims({"claims": [one_claim(), one_claim()]}, "x", scenario)
    with pytest.raises(ScenarioError, match="second, no contagion"):
        parse_claims({"rivals": ["second, no contagon (H0)"], "claims": [one_claim()]}, "x", scenario)


def test_worlds_of_a_claim_end_on_its_day_and_keep_what_makes_them_differ():
    claims = {claim.id: claim for claim in read_claims("hong-kong-2020").claims}
    peers = claims["peers-together"]
    assert peers.date == peers.other.scenario.end
    assert peers.other.fixed == ("decision.peer_weight",)
    assert claims["law-telegram"].other.fixed == ()


# The command


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Claims of a short calendar, as the command makes them."""
    place = tmp_path_factory.mktemp("claims")
    texts = [
        one_claim(date=SHORT),
        one_claim(id="y", without="peers", measure="announced", date=SHORT, direction="fewer"),
    ]
    claims = parse_claims({"rivals": ["second without reach"], "claims": texts}, "x", load("hong-kong-2020", FEW), FEW)
    posterior = load_posterior()
    with InProcess() as executor:
        found = analysis.examine(claims, posterior, replicates=3, seed=1, executor=executor)
    ranges = posterior.ranges(claims.scenario)
    return place, analysis.table(found, ranges), analysis.curves(found, ranges, claims.scenario)


@pytest.mark.slow
def test_a_claim_has_both_bands_a_label_and_what_it_hangs_on(folder):
    _, table, curves = folder
    assert list(table["claim"]) == ["x", "y"]
    assert (table["low"] <= table["median"]).all()
    assert (table["chance_low"] <= table["chance_high"]).all()
    assert table["mean"].to_numpy() == pytest.approx((table["other"] - table["base"]).to_numpy())
    for one in table.itertuples():
        mine = curves[curves["claim"] == one.claim]
        assert mine["key"].nunique() <= flip.ALONE
        if one.label.startswith("depends on "):
            assert one.label == f"depends on {one.hangs_on}"
            assert one.range_low <= one.flip <= one.range_high
            at_flip = mine[(mine["key"] == one.hangs_on) & np.isclose(mine["value"], one.flip)]
            assert (at_flip["difference"] >= 0).any() if one.claim == "y" else (at_flip["difference"] <= 0).any()


def test_luck_alone_explains_nothing():
    places = latin_hypercube(40, 30, 1)
    assert fit(places, latin_hypercube(40, 1, 5)[:, 0]).explained < 0.1
    assert fit(places, np.ones(40)).slopes == pytest.approx(0.0)


def test_a_claim_of_fewer_turns_where_the_difference_rises_above_zero():
    slopes = np.array([0.0, 3.0, 1.0, 0.0, 0.0, 0.0])
    turns, _ = flipped(lambda x: -1.0 + (x - 0.5) @ slopes, emulated(slopes, level=-1.0), sign=-1)
    assert turns[0].move[1] == pytest.approx(0.5 + 1 / 3, abs=0.04)
    turns, _ = flipped(
        lambda x: 1.0 + 6.0 * min(x[1] - 0.25, 0.0), emulated(-slopes)
    )  # on the side that is not expected
    assert turns[0].move[1] == pytest.approx(0.25 - 1 / 6, abs=0.04)


def test_what_nothing_turns_is_said_not_to_turn():
    slopes = np.array([0.1, -0.1, 0.0, 0.0, 0.0, 0.0])
    turns, points = flipped(lambda x: 1.0 + (x - 0.5) @ slopes, emulated(slopes))
    assert all(turn.move is None for turn in turns)
    assert {move[0] for move, _ in points if tuple(move) == (0,)} == {0.0, 1.0}
