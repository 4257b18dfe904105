"""What a question is answered by: one definition of change, from the first act that differs to the end of the run."""

import numpy as np
import pytest

from sim.analyses.compare.analysis import Comparison
from sim.analyses.compare.holdings import RunWithHoldings
from sim.analyses.compare.outcomes import differing, parting
from sim.scenario.acts import Outage
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
    return tuple(RunWithHoldings(run_of(scenario, one, stances), np.zeros((1, 1), np.uint8)) for one in tables)


def compared(base, other, **named) -> Comparison:
    return Comparison(("base", "other"), (lives(BASE, *base), lives(OTHER, *other, **named)), ())


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
    end, peak, later = (row(found, "Chat holders", when) for when in ("end", "peak", "180 days"))
    assert (end["base"], end["other"], end["mean"]) == pytest.approx((50, 35, -15))
    assert (end["p05"], end["p95"]) == pytest.approx((-19.5, -10.5))
    assert (peak["date"].date(), peak["mean"]) == (on(100), pytest.approx(-30))
    assert later["date"].date() == on(PARTED + 180)
    assert later["mean"] == pytest.approx(-15)


def test_the_change_of_a_question_does_not_stop_half_a_year_after_the_law():
    """What comes after day 185 counts: the users of a world in which something happens on day 250 differ at the end."""
    late = place(act("arrest", 250))
    other = np.where(np.arange(DAYS) > 250, 0.4, 0.5)
    comparison = Comparison(
        ("base", "other"),
        (lives(BASE, {"usage": {"share": np.full(DAYS, 0.5)}}), lives(late, {"usage": {"share": other}})),
        (),
    )
    assert row(comparison, "Chat holders")["mean"] == pytest.approx(-10)


def test_counts_begin_when_the_worlds_part():
    accounts = np.cumsum(np.ones(DAYS))
    received = {"requests": {"received": np.tile([1.0, 50.0, 2.0, 70.0], (DAYS, 1))}}
    found = compared([{"measures": {"disclosed_accounts": accounts}, **received}],
                     [{"measures": {"disclosed_accounts": 3 * accounts}}])  # fmt: skip
    told = row(found, "accounts handed over")
    assert (told["base"], told["other"], told["mean"]) == (DAYS - PARTED, 3 * (DAYS - PARTED), 2 * (DAYS - PARTED))
    assert row(found, "requests")["base"] == 3 * (DAYS - PARTED)  # removals are another channel


def test_companies_that_answer_process_or_comply():
    held = np.full((DAYS, 2), "process", dtype=object)
    held[100:, 0], held[200:, 1] = "pause", "comply"
    told = row(compared([{}], [{}], stances=held), "companies that answer")
    assert (told["base"], told["other"], told["unit"]) == (2, 1, "companies")


def test_the_furthest_sanction_is_that_of_the_company_that_is_pressed_most():
    rungs = np.zeros((DAYS, 2))
    rungs[100:, 0], rungs[200:, 1] = 5, 2
    told = row(compared([{}], [{"companies": {"rung": rungs}}]), "furthest sanction")
    assert (told["base"], told["other"], told["unit"]) == (0, 5, "rungs")


def test_use_is_in_percent_of_people():
    users = np.full(DAYS, 15.0)  # of 60 people
    told = row(compared([{}], [{"usage": {"daily_users": users, "monthly_users": 2 * users}}]), "Chat daily users")
    assert (told["other"], told["unit"]) == (pytest.approx(25), "points")


def test_blocked_days_are_those_below_half_for_the_mean_user():
    access = np.where(np.arange(DAYS)[:, None] >= PARTED + 10, 0.4, 1.0)
    assert row(compared([{}], [{"isps": {"access": access}}]), "blocked platform-days")["other"] == DAYS - PARTED - 10


def test_the_curve_ends_where_the_table_ends():
    found = compared([{"usage": {"share": np.full(DAYS, 0.5)}}], [{"usage": {"share": hump(0.2, 0.4)}}])
    course = found.courses("other")["Chat holders"]
    assert course.gaps[:, -1].mean() == row(found, "Chat holders")["mean"]
    assert (course.gaps[:, :PARTED] == 0).all()
