"""Claims: the flip test finds where a difference turns, rivals and doubles are told, and a label says no more."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim
from sim.analyses import claims as analysis
from sim.analyses.claims import (
    ALONE,
    Claim,
    Doubt,
    Examined,
    World,
    draw_claims,
    find_turns,
    in_short,
    parse_claims,
    read_claims,
    run_rivals,
)
from sim.analyses.screening import NOTHING, Screen
from sim.calibration.priors import Form
from sim.results.posterior import load_posterior
from sim.runs.executors import InProcess
from sim.scenario.errors import ScenarioError
from sim.scenario.files import load
from tests.terminal import refused

RESULTS = Path(__file__).parents[2] / "results"
SHORT, FEW = dt.date(2020, 7, 8), ["population.users=300"]


# The flip test


def turned(*differences, falling=1.0, own=0.5):
    """Turns of claims whose differences are functions of the place of one number."""

    def ask(moves):
        asked.append(len(moves))
        return [differences[move.claim](move.place) for move in moves]

    asked: list[int] = []
    doubts = [Doubt(n, n, own, falling) for n in range(len(differences))]
    return find_turns(doubts, ask), asked


def test_the_value_at_which_a_number_turns_the_sign_is_found():
    (first, second), asked = turned(lambda x: 1.0 - 3.0 * (x - 0.5), lambda x: 1.0 + (x - 0.5))
    assert first.place == pytest.approx(0.5 + 1 / 3, abs=0.04)
    assert first.place >= 0.5 + 1 / 3, "on the side on which the claim has fallen"
    assert second.place is None
    assert {place for place, _ in second.points} == {0.0, 1.0}
    assert asked == [4, 1, 1, 1, 1], "all claims are searched side by side"


def test_a_number_may_turn_the_sign_at_the_end_that_was_not_expected():
    (found,), _ = turned(lambda x: 1.0 + 6.0 * min(x - 0.25, 0.0))
    assert found.place == pytest.approx(0.25 - 1 / 6, abs=0.04)


def test_a_claim_of_which_exactly_nothing_is_left_has_fallen():
    """At an end, and on the way to it: 0 is no difference."""
    (found,), _ = turned(lambda x: 0.0 if x == 1.0 else 1.0)
    assert found.place == 1.0
    (found,), _ = turned(lambda x: 0.0 if x >= 0.75 else 1.0)
    assert found.place == 0.75


# The label


@pytest.mark.parametrize(
    ("share", "turns", "told", "said"),
    [
        (1.0, [False], {}, "firm"),
        (0.95, [False], {}, "firm"),
        (0.94, [False], {}, "open"),
        (1.0, [], {"power": False}, "open"),
        (1.0, [False], {"turned_by_form": True}, "open"),
        (1.0, [False, True], {}, "depends on "),
        (0.5, [True], {}, "depends on "),
        (1.0, [True], {"holds": False}, "open"),
        (0.4, [True], {"two": True}, "two outcomes"),
        (1.0, [False], {"two": True}, "firm"),
    ],
)
def test_a_label_says_no_more_than_the_definition(share, turns, told, said):
    assert analysis.label(share, turns, **{"holds": True, "turned_by_form": False} | told) == said


def examined(*days, sign=1, **about):
    """A claim whose difference on each day is that of the worlds given for it."""
    scenario = load("hong-kong-2020", FEW)
    end = scenario.date(about.pop("day", len(days) - 1))
    base, other = (World(name, scenario.model_copy(update={"end": end}), (), scenario) for name in ("base", "other"))
    claim = Claim("x", "X.", base, other, "Telegram.holders", "Telegram holders", "points", sign)
    gaps = np.array(days, dtype=float).T
    courses = np.stack([np.zeros_like(gaps), gaps])
    return Examined(claim, courses, np.zeros((2, 3)), about.pop("screen", NOTHING), 1.0, **about)


def test_the_day_on_which_the_median_turns_is_told():
    days = [[1.0, 1.0, 1.0]] * 40 + [[-1.0, -1.0, 1.0]] * 40
    one = examined(*days, day=10)
    assert one.share == 1.0
    assert one.horizon == one.claim.base.scenario.date(40)
    assert examined(*days, day=60, sign=-1).horizon == one.claim.base.scenario.date(0)
    assert examined(*days[:60], day=10).horizon is None, "twenty days are no turn"
    assert examined([1.0, 1.0]).horizon is None


def test_what_holds_by_definition_or_says_what_another_says_is_not_counted():
    one, other = examined([1.0, 2.0, -1.0]), examined([-1.0, -2.0, 1.0], sign=-1)
    assert analysis._double(other, [one]) == "x"
    assert analysis._double(examined([1.0, 2.0, 1.0]), [one]) == ""
    double = replace(other, double="x")
    defined = replace(one, claim=replace(one.claim, definition="it is so"))
    assert (double.label, defined.label) == ("says what another says: x", "by definition")
    ranges = load_posterior().ranges(load("hong-kong-2020", FEW))
    table = analysis.table([one, double, defined], ranges)
    assert table["counted"].tolist() == [True, False, False]
    assert in_short(table) == "0 of 1 claims are firm, 1 is open, 2 are not counted"


def test_a_claim_whose_screen_shows_no_power_is_not_firm():
    sure = [[1.0] * 20]
    for power, false, said in ((10.0, 0, "firm"), (9.0, 1, "firm"), (8.0, 0, "open"), (10.0, 2, "open")):
        assert examined(*sure, screen=Screen((), (), 0.0, power, false)).label == said


class OfForms:
    """A laboratory in which the difference depends on what a form sets alone."""

    def levels(self, wanted):
        return [np.array([[0.0] * len(runs), [float(runs[0][0][0][1])] * len(runs)]) for _, runs in wanted]


def test_a_rival_form_in_which_exactly_nothing_is_left_is_told_and_one_about_the_claim_itself_passed_over():
    claim = examined([1.0]).claim
    forms = [Form(name, (f"decision.peer_weight={size}",), ()) for name, size in
             (("more", 0.5), ("none", 0.0), ("less", -0.5))]  # fmt: skip
    assert run_rivals(OfForms(), [claim, replace(claim, sign=-1)], forms, [1, 2]) == [
        ("none", "less"),
        ("more", "none"),
    ]
    about_peers = replace(claim, other=replace(claim.other, fixed=("decision.peer_weight",)))
    assert run_rivals(OfForms(), [about_peers], forms, [1, 2]) == [()]


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
    for wrong, meant in (("third, no contagon (H0)", "third, no contagion"), ("no pears", "no peers")):
        with pytest.raises(ScenarioError, match=meant):
            parse_claims({"rivals": [wrong], "claims": [one_claim()]}, "x", scenario)


def test_claims_are_tried_in_rival_forms_of_people_and_of_companies():
    forms = {form.name: form.overrides for form in read_claims("hong-kong-2020").rivals}
    assert any(one.startswith("population.contagion") for changes in forms.values() for one in changes)
    assert forms["no peers"] == ("decision.peer_weight=0.0",)
    assert forms["no demand floor"] == ("regulators.Police.floor_paused=0.0", "regulators.Police.floor_final=0.0")


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
    claims = parse_claims({"rivals": ["third without reach"], "claims": texts}, "x", load("hong-kong-2020", FEW), FEW)
    posterior = load_posterior()
    with InProcess() as executor:
        found = analysis.examine(claims, posterior, replicates=3, seed=1, executor=executor, pairs=4)
    ranges = posterior.ranges(claims.scenario)
    return place, analysis.table(found, ranges), analysis.curves(found, ranges, claims.scenario)


@pytest.mark.slow
def test_a_claim_has_both_bands_a_label_and_what_it_hangs_on(folder):
    _, table, curves = folder
    assert list(table["claim"]) == ["x", "y"]
    assert (table["low"] <= table["median"]).all()
    assert (table["chance_low"] <= table["chance_high"]).all()
    assert (table["power"].isna() | (table["power"] < 9)).all(), "four pairs show nothing"
    for one in table.itertuples():
        mine = curves[curves["claim"] == one.claim]
        assert mine["key"].nunique() <= ALONE
        if one.label.startswith("depends on "):
            assert one.label == f"depends on {one.hangs_on}"
            assert one.range_low <= one.flip <= one.range_high
            at_flip = mine[(mine["key"] == one.hangs_on) & np.isclose(mine["value"], one.flip)]
            assert (at_flip["difference"] >= 0).any() if one.claim == "y" else (at_flip["difference"] <= 0).any()


@pytest.mark.slow
def test_the_picture_of_claims_says_what_the_table_says(folder):
    place, table, _ = folder
    files = draw_claims(table, load("hong-kong-2020"), place, "made by a test")
    assert [file.name for file in files] == ["claims.png", "claims.svg"]
    table = table.assign(counted=True)
    told = in_short(table.assign(label=["firm", "depends on x"]))
    assert told == "1 of 2 claims is firm, 1 depends on one assumed number"
    assert in_short(table.assign(label=["two outcomes", "open"])) == (
        "0 of 2 claims are firm, 1 has two outcomes, 1 is open"
    )


@pytest.mark.slow
@pytest.mark.parametrize(("factor", "inside"), [(0.5, True), (2.0, True), (0.0, False)])
def test_the_band_of_the_claim_on_users_holds_other_saliences_of_the_news(factor, inside):
    """Half and twice lie in the band that README quotes; none at all, which nobody assumes, does not."""
    claim = pd.read_csv(RESULTS / "claims" / "claims.csv").set_index("claim").loc["law-telegram"]
    law, small = load(claim["scenario"]), ["population.users=5000", f"end={claim['date']}"]
    press = {
        f"press.{key}": getattr(law.press, key)
        for key in type(law.press).model_fields
        if key.startswith("salience_per_")
    }
    acts = {
        f"acts.{act.id}.salience": act.salience
        for act in law.acts
        if getattr(act, "salience", 0.0) and act.date <= dt.date.fromisoformat(claim["date"])
    }
    moved, told = ([f"{key}={factor * value!r}" for key, value in one.items()] for one in (press, acts))
    without = load(claim["baseline"], [*small, *moved])
    comparison = sim.compare(without, load(claim["scenario"], [*small, *moved, *told]), replicates=10)
    median = np.median(comparison.courses(comparison.others[0])[claim["measure"]].gaps[:, -1])
    assert len(told) == 4
    assert (claim["low"] <= median <= claim["high"]) == inside


def test_a_claim_that_is_not_there_is_one_line():
    assert '"law-telegram"' in refused("claims", "hong-kong-2020", "--only", "law-telegran")


def test_a_calendar_cut_short_cuts_the_claims():
    (claim,) = read_claims("hong-kong-2020", ["end=2020-07-20"], ["press-together"]).claims
    assert (claim.id, claim.date) == ("press-together", dt.date(2020, 7, 20))
