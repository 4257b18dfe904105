"""Headline measures on tables written by hand, each with an answer that can be checked on paper.

Tables differ on every day that could be mistaken for the right one, so that a window that is a day off gives another
number.
"""

import math
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.measures import (
    advice,
    announcement_days,
    between,
    focus_day,
    headline_measures,
    kind_of,
    quantities,
    quiet_days,
    row,
    weekly_means,
)
from sim.results.ensemble import unknown_observations
from sim.scenario.files import load
from sim.scenario.schema import Observed
from sim.scenario.words import listed
from sim.tables import Frames, Run
from tests.actors.worlds import act, asked, on, world
from tests.results.handmade import run_of, spikes, value

LAW = 200
DAYS = 401
CHAT = {"platforms": {"Chat": {"share": 0.9}, "Talk": {"share": 0.8}}}


def scenario(*acts, companies=None, days=DAYS, focus=LAW, **tables):
    """``days`` days with the law on day ``LAW``."""
    enacted = [act("enact", focus)] if focus is not None else []
    return world(companies or {}, [*acts, *enacted], days - 1, **CHAT | tables)


def ramp(days: int = DAYS) -> np.ndarray:
    """A different number on every day, none of them a multiple of its neighbour."""
    return (np.arange(days) + 1.0) ** 1.5 / 10_000


# Windows


def test_the_focus_is_that_of_the_scenario_or_the_law_or_a_third_of_the_way():
    for acts, focus, expected in (
        ([act("enact", 7)], None, 7), ([act("enact", 20), act("enact", 7, 1)], None, 7), ([act("enact", 7)], on(9), 9),
        ([act("announce", 3)], None, 30),
    ):  # fmt: skip
        assert focus_day(world({}, acts, days=89, focus=focus)) == expected


def test_rows_outside_are_the_first_or_the_last_and_windows_are_cut():
    values = np.arange(10.0)
    assert [row(values, day) for day in (-1, 0, 4, 9, 10)] == [0, 0, 4, 9, 9]
    assert between(values, 3, 4).tolist() == [3, 4, 5, 6]
    assert between(values, 8, 4).tolist() == [8, 9]
    assert between(values, -2, 4).tolist() == [0, 1]
    assert weekly_means(np.arange(9.0)).tolist() == [3.0, 4.0, 5.0]
    assert weekly_means(np.arange(4.0)).tolist() == [1.5]
    assert weekly_means(np.zeros(0)).tolist() == []


def test_the_quiet_period_ends_with_the_first_act_that_moves_attention():
    for acts, days in (
        ([act("announce", 20, salience=0.1), act("report", 30, salience=1.0)], 20),
        ([act("announce", 20), act("report", 30, salience=0.1)], 30), ([act("announce", 14, salience=0.1)], 14),
        ([act("announce", 5, salience=0.1)], 14), ([act("announce", 20)], 100),
    ):  # fmt: skip
        assert quiet_days(world({}, acts, days=299)) == days


# People


def test_share_after_half_a_year_and_its_change_from_the_first_day():
    one = scenario()
    share = np.stack([ramp(), 2 * ramp()], axis=1) / 2
    run = run_of(one, {"usage": {"share": share}})
    for k, name in enumerate(("Chat", "Talk")):
        assert value(run, f"{name}.share") == pytest.approx(100 * share[380, k])
        assert value(run, f"{name}.change") == pytest.approx(100 * (share[380, k] - share[0, k]))


def test_a_run_that_ends_early_is_read_on_its_last_day():
    one = scenario(days=300)
    run = run_of(one, {"usage": {"share": ramp(300)}})
    assert value(run, "Chat.share") == pytest.approx(100 * ramp(300)[299])
    assert value(run, "Chat.change") == pytest.approx(100 * (ramp(300)[299] - ramp(300)[0]))


@pytest.mark.parametrize(
    ("measure", "table", "column"),
    [
        ("multi_homing_change", "society", "multi_homing"),
        ("vpn_change", "society", "vpn"),
        ("out_of_reach_change", "measures", "safe_reach"),
    ],
)
def test_changes_in_points_are_counted_from_the_first_day(measure, table, column):
    run = run_of(scenario(companies=FIRM), {table: {column: ramp()}})
    assert value(run, measure) == pytest.approx(100 * (ramp()[380] - ramp()[0]))


def test_installs_of_sixty_days_from_the_focus():
    installs = spikes(DAYS, day_199=1.0, day_200=10.0, day_259=100.0, day_260=1000.0)
    run = run_of(scenario(), {"usage": {"installs": installs}})
    assert value(run, "Chat.installs") == 110.0


def test_installs_jump_from_the_quiet_days_to_the_busiest_whole_week():
    """Two a day in the 100 quiet days; from day 210 on, 21 a day for seven days: 10.5 times as many."""
    installs = np.zeros(DAYS)
    installs[:100], installs[100:200], installs[210:217] = 2.0, 50.0, 21.0
    quiet = act("announce", 100, salience=0.1)
    run = run_of(scenario(quiet), {"usage": {"installs": installs}})
    assert value(run, "Chat.install_jump") == pytest.approx(10.5)


def test_a_single_day_is_no_week():
    """Seventy on the day of the law and nothing else are ten a day in the week, even where that day is the first."""
    installs = np.full(DAYS, 1.0)
    installs[200:260] = 0.0
    installs[200] = 70.0
    run = run_of(scenario(act("announce", 100, salience=0.1)), {"usage": {"installs": installs}})
    assert value(run, "Chat.install_jump") == pytest.approx(10.0)


def test_no_jump_without_installs_before():
    installs = spikes(DAYS, day_200=7.0)
    run = run_of(scenario(act("announce", 100, salience=0.1)), {"usage": {"installs": installs}})
    assert math.isnan(value(run, "Chat.install_jump"))


def test_speech_at_its_lowest_within_sixty_days_against_the_first_day():
    speaking = np.full(DAYS, 0.3)
    speaking[:199], speaking[0], speaking[225], speaking[259], speaking[260] = 0.9, 0.4, 0.25, 0.2, 0.1
    run = run_of(scenario(), {"society": {"speaking": speaking}})
    assert value(run, "speech_change") == pytest.approx(100 * (0.2 / 0.4 - 1))
    assert math.isnan(value(run_of(scenario(), {}), "speech_change"))


def test_deletions_of_thirty_days_over_the_quiet_day():
    deletions = np.full(DAYS, 4.0)
    deletions[100:200], deletions[200:229], deletions[229], deletions[230] = 99.0, 14.5, -0.5, 500.0
    run = run_of(scenario(act("announce", 100, salience=0.1)), {"society": {"deletions": deletions}})
    assert value(run, "deletion_ratio") == pytest.approx(3.5)
    assert math.isnan(value(run_of(scenario(), {}), "deletion_ratio"))


# Companies


def test_companies_that_are_public_after_half_a_year():
    announced = np.zeros((DAYS, 3))
    announced[150:, 0], announced[380:, 1], announced[381:, 2] = 1.0, 1.0, 1.0
    companies = {name: {"requests": asked()} for name in "ABC"}
    assert value(run_of(scenario(companies=companies), {"companies": {"announced": announced}}), "announced") == 2


def announcements(*days: int | None):
    """A run in which each company goes public so many days after the law."""
    announced = np.zeros((DAYS, len(days)))
    for company, day in enumerate(days):
        if day is not None:
            announced[LAW + day :, company] = 1.0
    companies = {f"company {i}": {"requests": asked()} for i in range(len(days))}
    return run_of(scenario(companies=companies), {"companies": {"announced": announced}})


def test_the_largest_cluster_of_announcements():
    """Within three days of one another, from the day of the law to the tenth after it."""
    for days, most in (
        ([1, 2, 3], 3), ([1, 2, 4], 2), ([0, 2, 5, 6, 7, 7], 4), ([-1, 0, 1], 2), ([9, 10, 11], 2), ([8, 10, None], 2),
        ([None, None], 0), ([None], 0),
    ):  # fmt: skip
        assert value(announcements(*days), "announced_together") == most, days


def test_days_of_announcements_count_from_the_focus():
    assert announcement_days(announcements(4, None, -3)).to_dict() == {"company 0": 4, "company 2": -3}


FIRM = {"Firm": {"requests": {"legal": {"rate": 1.0, "produced": 0.5}, "urgent": {"rate": 1.0, "produced": 0.5}}}}


def requests(stances="process", companies=FIRM, days=DAYS, **columns):
    """A run of one company with two types of request and removals, in which ``columns`` are per type: legal, urgent."""
    tables = {}
    for name, (legal, urgent) in columns.items():
        noise = np.full(days, 1000.0)
        tables[name] = np.stack([np.broadcast_to(legal, days), np.broadcast_to(urgent, days), noise], axis=1)
    held = np.asarray(stances, dtype=object)
    return run_of(
        scenario(companies=companies, days=days), {"requests": tables}, held[:, None] if held.ndim else stances
    )


def stances(**turns: str):
    """Stance by day, from ``day_0="process"`` on."""
    held = np.empty(DAYS, dtype=object)
    for name, stance in turns.items():
        held[int(name.removeprefix("day_")) :] = stance
    return held


def test_requests_of_the_half_year_after_the_focus():
    """From the day after the law, 184 days; removals are another channel."""
    legal = spikes(DAYS, day_200=1.0, day_201=10.0, day_384=100.0, day_385=1000.0)
    urgent = spikes(DAYS, day_300=5.0)
    assert value(requests(received=(legal, urgent)), "Firm.requests_after") == 115.0


def test_half_a_year_after_the_law_of_hong_kong_ends_with_the_year():
    hong_kong = load("hong-kong-2020")
    first = focus_day(hong_kong) + 1
    assert (hong_kong.date(first).isoformat(), hong_kong.date(first + 183).isoformat()) == ("2020-07-01", "2020-12-31")


def test_produced_before_leaves_out_what_is_in_hand():
    """Two a day on 201 days, 52 of them still waiting, and 105 answered with data: 105 of 350."""
    run = requests(received=(2.0, 0.0), pending=(np.linspace(0, 52, DAYS) * 0 + spikes(DAYS, day_200=52.0), 0.0),
                   produced=(spikes(DAYS, day_0=100.0, day_200=5.0, day_201=77.0), 0.0))  # fmt: skip
    assert value(run, "Firm.produced_before") == pytest.approx(100 * 105 / 350)


def test_produced_after_divides_by_what_was_open():
    """368 new and 52 waiting less 20 in hand at the end are 400, of which 100 brought data."""
    pending = spikes(DAYS, day_200=52.0, day_384=20.0, day_385=9.0)
    produced = spikes(DAYS, day_200=55.0, day_201=60.0, day_384=40.0, day_385=70.0)
    run = requests(received=(2.0, 0.0), pending=(pending, 0.0), produced=(produced, 0.0))
    assert value(run, "Firm.produced_after") == pytest.approx(25.0)


@pytest.mark.parametrize("name", ["Firm.produced_before", "Firm.produced_after"])
def test_types_of_request_add_up_and_removals_stay_out(name):
    run = requests(received=(1.0, 3.0), produced=(0.5, 0.25))
    assert value(run, name) == pytest.approx(100 * 0.75 / 4)


def test_who_complies_throughout_produces_everything_before_and_after():
    """The same ratio on both sides: what waits at a company that answers has not been refused."""
    received, pending = np.full(DAYS, 3.0), np.full(DAYS, 40.0)
    pending[0] = 3.0
    produced = received - np.diff(pending, prepend=0.0)
    run = requests("comply", received=(received, 0.0), pending=(pending, 0.0), produced=(produced, 0.0))
    assert value(run, "Firm.produced_before") == pytest.approx(100.0)
    assert value(run, "Firm.produced_after") == pytest.approx(100.0)


def test_what_waits_at_a_company_that_has_stopped_is_unanswered():
    """All 368 of the half-year and 30 that waited stay unanswered but ten."""
    pending = np.concatenate([np.full(201, 30.0), 30.0 + 2 * np.arange(1, 201)])
    produced = spikes(DAYS, day_250=10.0)
    run = requests(stances(day_0="process", day_200="pause"), received=(2.0, 0.0), pending=(pending, 0.0),
                   produced=(produced, 0.0))  # fmt: skip
    assert value(run, "Firm.produced_after") == pytest.approx(100 * 10 / 398)


@pytest.mark.parametrize(("day", "asked_for"), [(200, 402 - 30), (199, 402)])
def test_a_stop_on_the_last_day_is_too_young_to_tell(day, asked_for):
    run = requests(stances(day_0="process", **{f"day_{day}": "pause"}), received=(2.0, 0.0), pending=(30.0, 0.0),
                   produced=(spikes(DAYS, day_10=93.0), 0.0))  # fmt: skip
    assert value(run, "Firm.produced_before") == pytest.approx(100 * 93 / asked_for)


@pytest.mark.parametrize("stance", ["pause", "mlat", "refuse", "exit"])
def test_only_who_answers_has_requests_in_hand(stance):
    run = requests(stance, received=(2.0, 0.0), pending=(30.0, 0.0), produced=(0.5, 0.0))
    assert value(run, "Firm.produced_before") == pytest.approx(25.0)


def test_a_run_that_ends_within_the_half_year_is_read_to_its_end():
    """Days 201 to 299: 198 asked, 30 waited, 30 in hand at the end."""
    run = requests(days=300, received=(2.0, 0.0), pending=(30.0, 0.0), produced=(1.0, 0.0))
    assert value(run, "Firm.produced_after") == pytest.approx(50.0)
    assert value(run, "Firm.requests_after") == 198.0


def test_a_single_request_has_a_share():
    once = spikes(DAYS, day_300=1.0)
    assert value(requests("refuse", received=(once, 0.0), produced=(once, 0.0)), "Firm.produced_after") == 100.0
    assert math.isnan(value(requests("refuse", produced=(once, 0.0)), "Firm.produced_after"))


def test_no_share_where_nothing_was_asked():
    assert math.isnan(value(requests(), "Firm.produced_before"))
    assert math.isnan(value(requests(), "Firm.produced_after"))


@pytest.mark.parametrize(("rate", "measured"), [(5 / 184, True), (4.9 / 184, False)])
def test_companies_that_are_hardly_asked_have_no_shares(rate, measured):
    one = scenario(companies={"Firm": {"requests": asked(rate)}})
    assert ("Firm.produced_before" in [measure.id for measure in headline_measures(one)]) is measured


def test_accounts_disclosed_after_the_focus():
    total = np.cumsum(spikes(DAYS, day_100=1.0, day_200=10.0, day_201=100.0, day_400=1000.0))
    run = run_of(scenario(companies=FIRM), {"measures": {"disclosed_accounts": total}})
    assert value(run, "disclosed") == 1100.0


# Enforcement


def test_the_furthest_sanction_against_any_company_on_any_day():
    rung = np.zeros((DAYS, 2))
    rung[10, 0], rung[300, 1] = 2.0, 4.0
    companies = {name: {"requests": asked()} for name in "AB"}
    assert value(run_of(scenario(companies=companies), {"companies": {"rung": rung}}), "furthest_sanction") == 4.0


def test_blocked_days_weigh_providers_by_their_users():
    """Blocked at the one with 60 % on 10 days, at the one with 40 % on 100, and half open for the mean user on 5."""
    isps = {"Large": {"share": 0.6}, "Small": {"share": 0.4}}
    access = np.ones((DAYS, 2, 2))
    access[:10, 0, 0] = 0.0
    access[100:200, 1, 0] = 0.0
    access[300:305, :, 1] = 0.5
    access[310:312, :, 1] = 0.49
    run = run_of(scenario(isps=isps), {"isps": {"access": access.reshape(DAYS, 4)}})
    assert value(run, "blocked_days") == 12.0


def test_platforms_blocked_on_one_day_count_each():
    access = np.zeros((DAYS, 2))
    access[3:] = 1.0
    assert value(run_of(scenario(), {"isps": {"access": access}}), "blocked_days") == 6.0


# The declaration


def ended(*ends, ask=10, asked_of=("Firm",), of="data"):
    """A run in which a demand of a day ends by acts of (day, actor, verb, target)."""
    one = scenario(
        act("demand", ask, companies=[*asked_of], of=of), companies=FIRM | {"Other": FIRM["Firm"] | {"platforms": []}}
    )
    log = [(ask, "police", "demand", listed(asked_of)), *ends] if ask >= 0 else [*ends]
    rows = [(pd.Timestamp(on(day)), actor, verb, target) for day, actor, verb, target in log]
    acts = pd.DataFrame(rows, columns=["date", "actor", "verb", "target"])
    return Run(one, 1, Frames({"acts": acts}))


def test_how_a_demand_ends_and_after_how_many_days():
    met, dropped, answers = (
        (40, "Firm", "meet a demand", ""),
        (30, "police", "give way", "Firm"),
        (5, "Firm", "resume", ""),
    )
    for ends, outcome, days in (
        ([], 1.0, math.nan), ([met], 2.0, 30.0), ([dropped], 0.0, 20.0), ([dropped, met], 0.0, 20.0),
        ([answers, met], 2.0, 30.0), ([(40, "Other", "meet a demand", "")], 1.0, math.nan),
        ([(30, "police", "give way", "Other")], 1.0, math.nan),
    ):  # fmt: skip
        run = ended(*ends)
        assert value(run, "Firm.outcome") == outcome
        assert value(run, "Firm.settled_after") == pytest.approx(days, nan_ok=True)
    both = ended(met, asked_of=("Firm", "Other"))
    assert [value(both, f"{name}.outcome") for name in ("Firm", "Other")] == [2.0, 1.0]
    resumed = (40, "Firm", "resume", "")
    assert [value(ended(resumed, of=of), "Firm.outcome") for of in ("data", "takedown")] == [2.0, 1.0]
    followed = {one.id: one.of for one in quantities(scenario(act("demand", 10, companies=["Firm"]), companies=FIRM))}
    for name, level in (("demand_met", 1.0), ("demand_days", 30.0)):
        course = followed[f"Firm.{name}"](ended(dropped, met), 0)
        assert (course[39], course[40], course[-1]) == (0.0, level, level)
    before = ended(met, ask=-60)
    assert value(before, "Firm.settled_after") == 100.0
    assert "Firm.outcome" not in {one.id for one in headline_measures(scenario(companies=FIRM))}


def test_every_measure_has_a_test_here():
    source = Path(__file__).read_text(encoding="utf-8")
    kinds = {kind_of(one.id) for one in headline_measures(scenario(companies=FIRM))}
    missing = [kind for kind in sorted(kinds) if not re.search(rf'[."]{kind}"', source)]
    assert not missing, f"add a test of each to tests/results/test_measures.py, with value(run, ...): {missing}"


def test_ids_are_short_unlike_one_another_and_no_names():
    """They are typed on a command line, and are names of columns; no English name of one is the id of another."""
    one = scenario(companies=FIRM)
    known = [*headline_measures(one), *quantities(one)]
    ids, names = [measure.id for measure in known], {measure.name for measure in known}
    assert len(set(ids)) == len(ids)
    for id in ids:
        assert re.fullmatch(r"((Chat|Talk|Firm)\.)?[a-z][a-z0-9_]{1,23}", id), (
            f"{id}: expected words like share or blocked_days"
        )
    assert names & {*ids} <= {"requests"}


def test_an_english_name_is_answered_with_its_id():
    known = headline_measures(scenario(companies=FIRM))
    for one in known:
        assert f'"{one.id}"' in advice(one.name, known)
    assert advice("Chat.shares", known) == 'did you mean "Chat.share"?'
    assert advice("zzz", known) == ""


def test_an_observation_of_an_unknown_measure_is_named_with_the_id_that_was_meant():
    seen = Observed(value=1.0)
    one = load("hong-kong-2020").model_copy(update={"observed": {"WhatsApp share": seen, "announced": seen}})
    (line,) = unknown_observations(one)
    assert line == "observed.'WhatsApp share' is no headline measure of this scenario; did you mean \"WhatsApp.share\"?"
