"""What becomes of requests under each stance (eq. 16): stocks, counts and accounts, by hand."""

import math
from typing import get_args

import pytest

from sim.actors.requests import REMOVAL, Channel, Tally
from sim.chance import binomial
from sim.scenario.stances import STANCES, Stance
from tests.actors.draws import fated
from tests.actors.firms import within_day
from tests.actors.worlds import asked, world

POLICE = {"Police": {"role": "police", "mlat_days": 20.0, "mlat_granted": 0.25}}
STREAM = {"rate": 1.0, "produced": 0.25, "produced_when_paused": 0.125, "accounts": 1.5}
MEDIAN = 0.5
"""A draw of one half makes every count its median."""


def channel(processing_days: float = 4.0, regulators=POLICE, **stream) -> Channel:
    """A channel whose every draw is one half."""
    spec = {"requests": {"ordinary": STREAM | stream}, "processing_days": processing_days}
    model = fated(world({"Firm": spec}, regulators=regulators), ANSWER=MEDIAN, OUTCOME=MEDIAN, MLAT=MEDIAN,
                  REMOVAL=MEDIAN)  # fmt: skip
    return model.companies["Firm"].channels["ordinary"]


def counts(tally: Tally) -> tuple[int, ...]:
    return tally.received, tally.produced, tally.refused, tally.granted, tally.pending, tally.mlat


SHARES = {"process": 0.25, "comply": 1.0, "pause": 0.125}
"""Share of requests that ends in data under the stances that answer any."""
SHARES |= {name: 0.0 for name, stance in STANCES.items() if stance.requests in ("passed on", "refused")}


def test_a_stance_gives_data_only_where_it_answers():
    for name, stance in STANCES.items():
        refuses = stance.requests in ("passed on", "refused")
        assert (stance.share == 0.0) == refuses, f"say in the entry of {name!r} what share of requests ends in data"


@pytest.mark.parametrize(("stance", "share"), [("process", 0.25), ("comply", 1.0)])
def test_waiting_requests_are_answered_by_share(stance, share):
    one = channel()
    one.tally.pending = 60
    one.answer(stance, 40)
    answered = binomial(MEDIAN, 100, within_day(1 / 4))
    produced = round(share * answered) if share == 1.0 else binomial(MEDIAN, answered, share)
    assert 0 < answered < 100
    assert counts(one.tally) == (40, produced, answered - produced, 0, 100 - answered, 0)
    assert one.tally.accounts == pytest.approx(1.5 * produced)


@pytest.mark.parametrize("days", [0.5, 1.0])
def test_a_day_of_processing_or_less_leaves_some_of_the_day_waiting(days):
    one = channel(processing_days=days)
    one.answer("process", 100)
    assert one.tally.pending == 100 - binomial(MEDIAN, 100, within_day(1 / days)) > 0


def test_a_pause_answers_emergencies_of_the_day_and_keeps_the_rest_waiting():
    one = channel()
    one.tally.pending = 60
    one.answer("pause", 40)
    urgent = binomial(MEDIAN, 40, 0.125)
    assert urgent > 0
    assert counts(one.tally) == (40, urgent, 0, 0, 60 + 40 - urgent, 0)


@pytest.mark.parametrize("stance", ["mlat", "process", "refuse"])
def test_mutual_legal_assistance_takes_all_that_waits_and_gives_it_back_in_time(stance):
    """What is under way comes back whatever the stance; without police nothing does."""
    one = channel(produced=1.0, processing_days=0.0)
    one.tally.pending, one.tally.mlat = 60, 100
    one.answer(stance, 40)
    returned = binomial(MEDIAN, 100, within_day(1 / 20))
    granted = binomial(MEDIAN, returned, 0.25)
    assert returned > granted > 0
    sent, produced, refused = (100 if stance == kind else 0 for kind in ("mlat", "process", "refuse"))
    assert counts(one.tally) == (40, produced, refused + returned - granted, granted, 0, 100 - returned + sent)
    assert one.tally.accounts == pytest.approx(1.5 * (granted + produced))
    one = channel(regulators={})
    one.tally.mlat = 100
    one.answer("refuse", 0)
    assert counts(one.tally) == (0, 0, 0, 0, 0, 100)


@pytest.mark.parametrize("stance", ["refuse", "cannot", "withdraw", "exit"])
def test_a_refusal_refuses_all_that_waits(stance):
    one = channel()
    one.tally.pending = 60
    one.answer(stance, 40)
    assert counts(one.tally) == (40, 0, 100, 0, 0, 0)
    assert one.tally.accounts == 0.0


def test_who_cannot_answer_gives_nothing_by_way_of_another_countrys_courts_either():
    """What is under way there comes back refused: half of it in a day, at a rate of ln 2."""
    one = channel(regulators={"Police": POLICE["Police"] | {"mlat_days": 1 / math.log(2)}})
    for stance, granted in (("refuse", binomial(MEDIAN, 50, 0.25)), ("cannot", 0)):
        one.tally.mlat = 100
        one.answer(stance, 0)
        assert counts(one.tally) == (0, 0, 50 - granted, granted, 0, 50)
        assert one.tally.accounts == pytest.approx(1.5 * granted)


def test_counts_start_anew_each_day_and_stocks_stay():
    one = channel()
    one.answer("refuse", 40)
    one.tally.pending, one.tally.mlat = 7, 3
    one.tally.begin_day()
    assert counts(one.tally) == (0, 0, 0, 0, 7, 3)
    one.tally.accounts = 9.0
    one.tally.begin_day()
    assert one.tally.accounts == 0.0


@pytest.mark.parametrize("stance", get_args(Stance))
def test_removals_are_obeyed_or_refused_on_the_day_whatever_the_stance_on_data(stance):
    spec = {"requests": asked(), "stance": stance, "removals": {"rate": 1.0, "accepted": 0.75}}
    model = fated(world({"Firm": spec}), REMOVAL=MEDIAN)
    company = model.companies["Firm"]
    company.inbox[REMOVAL] = 20
    company.answer()
    accepted = binomial(MEDIAN, 20, 0.75)
    expected = (0,) * 6 if stance == "exit" else (20, accepted, 20 - accepted, 0, 0, 0)
    assert counts(company.tally[REMOVAL]) == expected
    company.inbox[REMOVAL] = 0
    company.answer()
    assert counts(company.tally[REMOVAL]) == (0,) * 6


def test_types_of_one_company_have_their_own_luck():
    spec = {"requests": {"legal": STREAM, "emergency": STREAM}}
    model = fated(world({"Firm": spec, "Twin": spec}, regulators=POLICE))
    seen = []
    model.draw = lambda stream, entity: seen.append((stream, entity)) or MEDIAN
    for company in model.companies.values():
        for name in ("legal", "emergency"):
            company.channels[name].tally.mlat = 100
            company.channels[name].answer("process", 40)
    assert len(seen) == 16
    assert len(dict.fromkeys(seen)) == 16
