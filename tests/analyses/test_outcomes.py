"""What a question is answered by: one definition of change, from the first act that differs to the end of the run."""

import json

import numpy as np
import pandas as pd
import pytest

from sim.analyses.compare.analysis import Comparison, tables_beside
from sim.analyses.compare.outcomes import COLUMNS, Course, acts_apart, differing, parting, read_off
from sim.measures import quantities
from sim.results.ensemble import Ensemble
from sim.results.folder import BASELINE, MANIFEST, write_csv
from sim.results.reading import ResultsError
from sim.scenario.acts import Outage
from sim.scenario.files import load, to_toml
from sim.tables import Run
from sim.view.brief import apart, read_apart
from tests.actors.worlds import act, asked, on, world
from tests.results.handmade import run_of

DAYS, PARTED = 300, 50
COMPANIES = {"Firm": {"requests": asked(1.0)}, "Other": {"requests": asked(1.0)}}


def place(*acts, **tables):
    return world(COMPANIES, [act("enact", 5), *acts], days=DAYS - 1, platforms={"Chat": {"share": 0.5}}, **tables)


def moved(name, day):
    """The base with an act on another day."""
    acts = tuple(one.model_copy(update={"date": on(day)}) if one.id == name else one for one in place().acts)
    return place().model_copy(update={"acts": acts})


BASE, OTHER = place(), place(act("arrest", PARTED))


def lives(scenario, *tables, stances="process"):
    return Ensemble(scenario, tuple(run_of(scenario, one, stances) for one in tables))


def compared(base, other, **named) -> Comparison:
    return Comparison(("base", "other"), (lives(BASE, *base), lives(OTHER, *other, **named)))


def row(comparison, measure, when="end"):
    return comparison.outcomes.set_index(["measure", "when"]).loc[(measure, when)]


def hump(top: float, end: float) -> np.ndarray:
    """Shares: 0.5 up to the day on which the worlds part, ``top`` on day 100, ``end`` from day 200 on."""
    return np.interp(np.arange(DAYS), [PARTED, 100, 200], [0.5, top, end])


# When the worlds part


@pytest.mark.parametrize(
    ("other", "day"),
    [
        (place(act("arrest", 50)), 50),
        (place(act("arrest", 50), act("arrest", 20)), 20),
        (place(act("order-block", 50, platform="Chat", announced=on(40))), 40),
        (moved("enact-5-0", 9), 5),
        (place(law={"in_force": True, "court_order_required": True, "vagueness": 0.0}), 0),
        (place(), 0),
        (place(act("order-block", 50, platform="Chat", announced=on(-9))), 0),
        (place(act("arrest", DAYS - 1)), DAYS - 1),
    ],
    ids=["added", "the first of two", "announced", "moved", "a value", "the same", "before the start", "the last day"],
)  # fmt: skip
def test_worlds_part_with_the_first_act_that_differs(other, day):
    assert parting(BASE, other) == day


def test_a_note_makes_no_other_act():
    assert differing(BASE, place().model_copy(update={"acts": (BASE.acts[0].model_copy(update={"note": "x"}),)})) == []


def test_an_act_without_a_date_parts_worlds_when_runs_differ():
    waiting = Outage.model_construct(id="o", kind="outage", date=None, platform="Chat", salience=0.0)
    other = BASE.model_copy(update={"acts": (*BASE.acts, waiting)})
    shares = np.full(DAYS, 0.5)
    later = [np.where(np.arange(DAYS) < day, 0.5, 0.4) for day in (80, 70)]
    pairs = [tuple(run_of(BASE, {"usage": {"share": values}}) for values in (shares, dropped)) for dropped in later]
    assert parting(BASE, other, pairs) == 70


# What is read, and when


def test_a_difference_is_read_at_the_end_at_its_peak_and_after_180_days():
    found = compared([{"usage": {"share": np.full(DAYS, 0.5)}}] * 2,
                     [{"usage": {"share": hump(0.2, 0.4)}}, {"usage": {"share": hump(0.2, 0.3)}}])  # fmt: skip
    end, peak, later = (row(found, "Chat.holders", when) for when in ("end", "peak", "180 days"))
    assert (end["base"], end["other"], end["mean"]) == pytest.approx((50, 35, -15))
    assert (end["p05"], end["p95"]) == pytest.approx((-19.5, -10.5))
    assert (peak["date"].date(), peak["mean"]) == (on(100), pytest.approx(-30))
    assert later["date"].date() == on(PARTED + 180)
    assert later["mean"] == pytest.approx(-15)


def test_use_is_back_once_a_tenth_of_the_trough_is_left_at_most():
    use = next(one for one in quantities(BASE) if one.id == "Chat.daily_users")
    base = np.full((2, 6), 50.0)
    trough = Course(use, 0, base, base - [[0.0, 19.0, 10.0, 1.0, 3.0, 0.0], [0.0, 21.0, 10.0, 3.0, 1.0, 0.0]])
    assert (trough.peak, trough.back) == (1, 3)
    assert Course(use, 0, base, base - [0.0, 0.0, 20.0, 9.0, 5.0, 3.0]).back is None
    down = act("outage", PARTED, hours=30, platform="Chat")
    found = {use.id: trough}
    assert [*read_off(found, BASE, place(down), found)["when"]] == ["end", "peak", "180 days", "back"]
    assert [*read_off(found, BASE, OTHER, found)["when"]] == ["end", "peak", "180 days"]


def test_the_change_of_a_question_does_not_stop_half_a_year_after_the_law():
    """What comes after day 185 counts: the users of a world in which something happens on day 250 differ at the end."""
    late = place(act("arrest", 250))
    other = np.where(np.arange(DAYS) > 250, 0.4, 0.5)
    comparison = Comparison(
        ("base", "other"),
        (lives(BASE, {"usage": {"share": np.full(DAYS, 0.5)}}), lives(late, {"usage": {"share": other}})),
    )
    assert row(comparison, "Chat.holders")["mean"] == pytest.approx(-10)


def test_counts_begin_when_the_worlds_part():
    accounts = np.cumsum(np.ones(DAYS))
    received = {"requests": {"received": np.tile([1.0, 50.0, 2.0, 70.0], (DAYS, 1))}}
    found = compared([{"measures": {"disclosed_accounts": accounts}, **received}],
                     [{"measures": {"disclosed_accounts": 3 * accounts}}])  # fmt: skip
    told = row(found, "accounts")
    assert (told["base"], told["other"], told["mean"]) == (DAYS - PARTED, 3 * (DAYS - PARTED), 2 * (DAYS - PARTED))
    assert row(found, "requests")["base"] == 3 * (DAYS - PARTED)  # removals are another channel


def test_companies_that_answer_process_or_comply():
    held = np.full((DAYS, 2), "process", dtype=object)
    held[100:, 0], held[200:, 1] = "pause", "comply"
    told = row(compared([{}], [{}], stances=held), "answering")
    assert (told["base"], told["other"], told["unit"]) == (2, 1, "companies")


def test_the_furthest_sanction_is_that_of_the_company_that_is_pressed_most():
    rungs = np.zeros((DAYS, 2))
    rungs[100:, 0], rungs[200:, 1] = 5, 2
    told = row(compared([{}], [{"companies": {"rung": rungs}}]), "sanction")
    assert (told["base"], told["other"], told["unit"]) == (0, 5, "rungs")


def test_blocked_days_are_those_below_half_for_the_mean_user():
    access = np.where(np.arange(DAYS)[:, None] >= PARTED + 10, 0.4, 1.0)
    assert row(compared([{}], [{"isps": {"access": access}}]), "blocked")["other"] == DAYS - PARTED - 10


# A run beside its baseline: as tables, as a sentence, and read back from its folder


def ensemble(scenario, *ends, luck=None, answering=2) -> Ensemble:
    """Runs whose share of holders goes from a half to an end; ``luck`` are those of the best world."""

    def runs(found):
        held = np.full((DAYS, 2), "process", dtype=object)
        held[PARTED + 1 :, answering:] = "pause"
        for seed, end in enumerate(found, start=1):
            share = np.where(np.arange(DAYS) > PARTED, end, 0.5)
            made = run_of(scenario, {"usage": {"share": share}}, held)
            yield Run(scenario, seed, made.tables)

    best = Ensemble(scenario, tuple(runs(luck))) if luck else None
    return Ensemble(scenario, tuple(runs(ends)), best)


@pytest.fixture
def beside():
    """Three pairs, and two of luck beside three runs of luck."""
    return tables_beside(
        ensemble(BASE, 0.5, 0.5, 0.5, luck=(0.5, 0.5)),
        ensemble(OTHER, 0.30, 0.35, 0.40, luck=(0.35, 0.36, 0.99), answering=1),
    )


def test_a_difference_is_taken_between_twins_and_luck_has_its_own_band(beside):
    row = beside["differences"].set_index(["measure", "when"]).loc[("Chat.holders", "end")]
    assert tuple(beside["differences"]) == COLUMNS
    assert (row["base"], row["other"], row["mean"]) == pytest.approx((50, 35, -15))
    assert (row["p05"], row["p95"]) == pytest.approx((-19.5, -10.5))
    assert (row["chance_p05"], row["chance_p95"]) == pytest.approx((-14.95, -14.05))  # the third has no twin


def test_pairs_keep_both_levels_of_every_seed(beside):
    chat = beside["pairs"].set_index("measure").loc["Chat.holders"]
    assert chat["seed"].tolist() == [1, 2, 3]
    assert (chat["other"] - chat["base"]).to_numpy() == pytest.approx([-20, -15, -10])


def test_sentence_and_table_tell_the_same_difference(beside):
    told = apart(BASE, OTHER, beside, drawn=True)
    assert "Chat has 15 points fewer users (10 to 20): 35 % of people instead of 50 %" in told.sentence
    rows = told.rows.set_index("by the end of the run")
    assert rows.loc["Chat holders", "difference (nearly all pairs)"] == "−15 points (−20 to −10)"
    assert rows.loc["Chat holders", "by luck alone"] == "−14.9 to −14.1"
    assert "by luck alone" not in apart(BASE, OTHER, beside, drawn=False).rows


def test_a_folder_gives_its_difference_again(beside, tmp_path):
    manifest = {"command": "x", "scenario_digest": "x", "seeds": [1, 2, 3], "files": {"scenario.toml": ""}}
    (tmp_path / "scenario.toml").write_text(to_toml(OTHER))
    (tmp_path / MANIFEST).write_text(json.dumps(manifest))
    assert read_apart(tmp_path, drawn=True) is None
    (tmp_path / BASELINE).write_text(to_toml(BASE))
    for name, table in beside.items():
        write_csv(table, tmp_path / f"{name}.csv")
    (tmp_path / MANIFEST).write_text(json.dumps(manifest | {"files": {file.name: "" for file in tmp_path.iterdir()}}))
    told, kept = apart(BASE, OTHER, beside, drawn=True), read_apart(tmp_path, drawn=True)
    assert kept.sentence == told.sentence
    pd.testing.assert_frame_equal(kept.rows, told.rows)
    (tmp_path / "pairs.csv").write_text("measure\n")
    with pytest.raises(ResultsError, match=r"expected pairs.csv beside baseline.toml"):
        read_apart(tmp_path, drawn=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('extends = "hong-kong-2020"', None),
        ('extends = "hong-kong-2020"\nbaseline = "companies-comply"', "companies-comply"),
    ],
    ids=["not passed on", "named"],
)
def test_a_baseline_is_that_of_the_file_which_names_it(tmp_path, text, expected):
    assert load("hong-kong-2020").baseline == "no-law"
    (tmp_path / "mine.toml").write_text(text)
    assert load(tmp_path / "mine.toml").baseline == expected


# Acts that happen in one world of a pair alone


def log(*acts) -> Run:
    """A run whose log has acts of (day of January 2021, actor, verb, ids of causes)."""
    rows = [
        (i, pd.Timestamp(2021, 1, day), actor, verb, "Target", because, "{}", f"{actor} did {verb} on {day}.")
        for i, (day, actor, verb, because) in enumerate(acts)
    ]
    columns = ["id", "date", "actor", "verb", "target", "because", "quantities", "sentence"]
    return Run(None, 1, {"acts": pd.DataFrame(rows, columns=columns)})  # type: ignore[arg-type]


def apart_rows(base, other):
    return acts_apart(base, other).set_index("actor")


def test_acts_of_one_world_with_the_pairs_in_which_they_are():
    base = [log((3, "A", "pause", "")), log((3, "A", "pause", "")), log()]
    other = [log((9, "B", "block", "")), log((8, "B", "block", "")), log((7, "B", "block", ""))]
    found = apart_rows(base, other)
    assert found.loc["A", ["what", "pairs", "of"]].tolist() == ["only here", 2, 3]
    assert found.loc["B", ["what", "pairs", "of"]].tolist() == ["only there", 3, 3]
    assert found.loc["B", "sentence"] == "B did block on 9."


def test_a_repeated_act_is_compared_time_by_time():
    found = acts_apart([log((1, "A", "review", ""))], [log((1, "A", "review", ""), (20, "A", "review", ""))])
    assert found[["what", "date"]].to_numpy().tolist() == [["only there", pd.Timestamp(2021, 1, 20)]]


def test_an_act_that_moves_by_a_week_is_told_and_one_by_less_is_not():
    base = [log((1, "A", "pause", ""), (10, "B", "pause", ""), (20, "C", "pause", ""))]
    other = [log((7, "A", "pause", ""), (17, "B", "pause", ""), (5, "C", "pause", ""))]
    found = apart_rows(base, other)
    assert list(found.index) == ["C", "B"]
    assert found.loc["B", ["what", "days"]].tolist() == ["later", 7]
    assert found.loc["C", ["what", "days"]].tolist() == ["sooner", 15]


def test_what_is_alike_in_most_pairs_is_not_told():
    base = [log((1, "A", "pause", ""))] * 3
    assert acts_apart(base, [log((1, "A", "pause", "")), log((1, "A", "pause", "")), log()]).empty


def test_causes_are_told_in_their_own_sentences():
    found = acts_apart([log()], [log((1, "A", "law", ""), (2, "B", "pause", "0"))]).set_index("actor")
    assert found.loc["B", "because"] == ("A did law on 1.",)


def test_use_is_in_percent_of_people():
    users = np.full(DAYS, 15.0)  # of 60 people
    told = row(compared([{}], [{"usage": {"daily_users": users, "monthly_users": 2 * users}}]), "Chat.daily_users")
    assert (told["other"], told["unit"]) == (pytest.approx(25), "points")


def test_a_baseline_is_no_content_of_a_world_and_no_file_that_travels():
    world = load("hong-kong-2020")
    alone = world.model_copy(update={"baseline": None})
    assert alone.digest() == world.digest()
    assert "baseline" not in to_toml(world).split("[")[0]
    assert 'baseline = "baseline.toml"' in to_toml(world, BASELINE)
