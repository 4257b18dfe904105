"""Stances that hold until a new reason, companies that cannot answer, and what giving in is worth (eq. 11, 15)."""

import math

import pytest

from sim.model import Model
from sim.scenario.stances import FIRM
from tests.actors.draws import UNLIKELY, told
from tests.actors.firms import COMMITTEE, NEVER, PRIOR, SOON, cutoff, firm, forced, log_odds, logistic
from tests.actors.worlds import CALM, act, asked, live, on, world

SURE = {"YIELD": 0.0, "MEETING": 0.0, "REVIEW_END": 0.0, "REVIEW_OUTCOME": 0.999}
"""Luck under which a company does whatever it has an occasion for; a review ends in an answer, see ``EAGER``."""
EAGER = {"cutoff": 0.9, "mlat_leaning": -8.0, "refuse_leaning": -8.0, "exit_leaning": -8.0}
"""A company that would rather answer: belief 0.3 against a cut-off of 0.9 without any sanction."""


def sanctioned(*acts):
    """A demand, a block and a refusal in spite of them, all on the first day; then ``acts``."""
    return [
        act("demand", 0, companies=["Firm"]),
        act("escalate", 0, companies=["Firm"], rung=5),
        forced("refuse"),
        *acts,
    ]


# A refusal holds


def test_the_days_alone_open_no_refusal_however_lucky():
    model, company = firm(sanctioned(), NEVER, EAGER, **SURE)
    live(model, 60)
    assert (company.stance, company.on_review) == ("refuse", False)


REASONS = {
    "a heavier sanction": act("escalate", 5, companies=["Firm"], rung=6),
    "a demand": act("demand", 5, companies=["Firm"]),
    "a court order needed again": act("court-ruling", 5, outcome="court-order-restored"),
    "advice to answer": act("advise-stance", 5, company="Firm", stance="process", weight=0.5),
}


@pytest.mark.parametrize("reason", REASONS.values(), ids=REASONS)
def test_a_new_reason_opens_a_refusal_on_its_day(reason):
    model, company = firm(sanctioned(reason), NEVER, EAGER)
    live(model, 5)
    assert not company.on_review
    live(model, 1)
    assert (company.stance, company.on_review) == ("refuse", True)
    (opened,) = [logged for logged in model.chronicle.acts if logged.verb == "reconsider"]
    assert opened.day == 5
    assert [model.chronicle.acts[cause].day for cause in opened.because] == [5] * len(opened.because) != []
    model.fate |= SURE
    live(model, 1)
    assert company.stance in ("process", "comply")


NO_REASONS = {
    "a lighter sanction": act("escalate", 5, companies=["Firm"], rung=4),
    "rules that add to doubt": act("gazette-rules", 5),
    "advice to refuse": act("advise-stance", 5, company="Firm", stance="pause", weight=0.5),
    "a demand for something else": act("demand", 5, of="takedown", companies=["Firm"]),
    "an arrest": act("arrest", 5, persons=90),
    "a protest against a law": act("announce", 5),
}


@pytest.mark.parametrize("act_", NO_REASONS.values(), ids=NO_REASONS)
def test_what_speaks_for_the_refusal_or_fades_by_itself_opens_nothing(act_):
    model, company = firm(sanctioned(act_), NEVER, EAGER, **SURE)
    live(model, 40)
    assert (company.stance, company.on_review) == ("refuse", False)


def test_a_peer_that_answers_again_is_a_reason_and_one_that_refuses_is_none():
    listener = {"requests": asked(), "listens_to": {"western": 1.0}, "stance": "refuse", "review_days": 3000.0}
    companies = {"Firm": listener, "Peer": {"requests": asked(), "listens_to": {}}}
    peer = [act("force-stance", day, company="Peer", stance=stance) for day, stance in ((2, "refuse"), (6, "process"))]
    model = Model(world(companies, peer, press=CALM))
    reviews = [live(model, 1)[0].on_review for _ in range(8)]
    assert reviews == [False] * 6 + [True] * 2


def test_a_review_that_confirms_a_refusal_closes_it_until_the_next_reason():
    acts = sanctioned(REASONS["a demand"], act("demand", 9, 1, companies=["Firm"]))
    model, _ = firm(acts, spec=EAGER, REVIEW_END=0.0, REVIEW_OUTCOME=0.0)
    reviews = [live(model, 1)[0].on_review for _ in range(12)]
    assert reviews == [False] * 12
    assert [one for one in told(model, "Firm") if one[1] != "miss a deadline"] == [
        (5, "reconsider"), (5, "stand by an answer"), (9, "reconsider"), (9, "stand by an answer"),
    ]  # fmt: skip


# Who cannot answer


def test_who_cannot_answer_never_produces_data_whatever_is_done_to_it():
    """Every luck and every sanction there is, emergencies, other courts, and the police's 40 requests a day."""
    acts = [act("demand", day, companies=["Firm"], deadline=on(day + 5)) for day in (1, 50)]
    acts += [act("escalate", day, companies=["Firm"], rung=6) for day in (2, 60)]
    spec = {"stance": "cannot", "requests": asked(40.0, 1.0, produced_when_paused=1.0), **EAGER}
    police = {"Police": {"role": "police", "mlat_days": 1.0, "mlat_granted": 1.0}}
    lucky = SURE | {"REVIEW_OUTCOME": 0.0, "OUTCOME": 0.0, "ANSWER": 0.0, "MLAT": 0.5, "DEMAND": 0.5}
    model, company = firm(acts, {"regulators": COMMITTEE | police}, spec, **lucky)
    company.tally["ordinary"].mlat = 50
    received = given = 0
    for _ in range(120):
        live(model, 1)
        received += company.tally["ordinary"].received
        given += company.tally["ordinary"].produced + company.tally["ordinary"].granted
        assert (company.stance, company.discloses) == ("cannot", False)
    assert (received > 2000, given) == (True, 0)
    assert company.rung == 6


def test_who_cannot_answer_can_leave_or_close_its_office_once_there_is_a_reason():
    acts = [act("demand", 1, companies=["Firm"])]
    model, company = firm(acts, spec={"stance": "cannot", "exit_leaning": 1.0, "withdraw_leaning": 2.0})
    live(model, 2)
    assert company.review_odds() == pytest.approx({"keep": 1.0, "exit": math.e, "withdraw": math.exp(2.0)})
    for draw, stance in ((0.99, "withdraw"), (0.01, "cannot")):
        model, company = firm(acts, spec={"stance": "cannot", "withdraw_leaning": 2.0}, REVIEW_END=0.0,
                              REVIEW_OUTCOME=draw)  # fmt: skip
        live(model, 3)
        assert company.stance == stance


# An office closed


def test_whoever_withdraws_keeps_its_platforms_open_and_has_no_staff_to_arrest():
    model, company = firm([forced("withdraw", 1)])
    live(model, 1)
    assert (company.local_staff, company.cutoff_at("data", 3)) == (True, pytest.approx(cutoff(0.2)))
    model.step()
    assert (company.stance, company.local_staff, company.announced) == ("withdraw", False, True)
    assert company.cutoff_at("data", 3) == company.cutoff_at("data", 2) == pytest.approx(cutoff(0.05))
    assert model.conditions.down == {}
    assert model.conditions.installable[0]


def test_without_an_office_deadlines_pass_unheeded_and_the_office_stays_closed():
    acts = [forced("withdraw", 1), act("demand", 1, companies=["Firm"], deadline=on(4)), forced("process", 5)]
    model, company = firm(acts, spec={"review_days": 40.0})
    live(model, 4)
    assert company.occasions("data") == 0.0
    live(model, 2)
    assert (company.stance, company.local_staff) == ("process", False)


# An answer given under a sanction holds as well


BLOCK = [act("demand", 0, companies=["Firm"], by="Ministry"), act("escalate", 1, companies=["Firm"], rung=5)]


def test_who_gave_in_does_not_stop_again_on_the_next_day_by_luck_alone():
    """Belief 0.9 against a cut-off of 0.4: it gave in by luck, and would pause by luck; now it needs a reason."""
    tables = SOON | {"decision": {"prior": 0.9, "noise": 0.5, "meeting_rate": 0.25, "occasion_days": 4.0}}
    model, company = firm(BLOCK, tables, {"stance": "pause"})
    live(model, 3)
    model.fate |= {"YIELD": 0.0, "MEETING": 0.0}
    live(model, 1)
    model.fate["YIELD"] = UNLIKELY
    assert (company.stance, company.rung, model.orders.against(0)) == ("process", 0, [])
    live(model, 30)
    assert (company.stance, company.unmet()) == ("process", None)


def test_who_met_no_demand_may_stop_again_on_any_day():
    """Under a rung for the law's standing demand alone nothing was lifted for the answer: it is as open as any."""
    model, company = firm((), SOON, {"stance": "pause"})
    company.rung, company.announced = 4, True
    model.fate["YIELD"] = 0.0
    live(model, 1)
    model.fate["MEETING"] = 0.0
    assert company.stance == "process"
    live(model, 1)
    assert (company.stance, company.rung) == ("pause", 4)


def test_what_was_lifted_for_an_answer_comes_back_when_the_answer_ends():
    """Rules come out five days after the block was lifted: a reason to stop, and the block is back with the demand."""
    model, company = firm([*BLOCK, act("gazette-rules", 8)], SOON, {"stance": "pause"})
    live(model, 3)
    model.fate |= {"YIELD": 0.0, "MEETING": 0.0}
    live(model, 1)
    model.fate["YIELD"] = UNLIKELY
    live(model, 4)
    assert (company.stance, company.rung) == ("process", 0)
    live(model, 1)
    assert (company.stance, company.rung, company.unmet()) == ("pause", 5, "data")
    assert [order.kind for order in model.orders.against(0)] == ["throttle", "block"]
    back = next(logged for logged in reversed(model.chronicle.acts) if logged.verb == "step up")
    assert (back.actor, [model.chronicle.acts[cause].verb for cause in back.because]) == ("Ministry", ["pause"])


# What giving in is worth (eq. 11)


def with_precedent(kind_fear: float, harm: float = 1.75, precedent: float = 2.0, sanction: float = 0.8) -> float:
    """p* = (g + c + Phi) / (g + d (h + k)) with g = 1, c = 0.1 and the harm of a cut-off of 0.4."""
    return (1.1 + sanction) / (1.0 + kind_fear * (harm + precedent))


@pytest.mark.parametrize(("kind", "fear"), [("data", 1.0), ("registration", 0.25), ("takedown", 0.4)])
def test_what_is_given_once_is_asked_for_everywhere(kind, fear):
    model, company = firm(spec={"precedent": 2.0, "stance": "pause"})
    live(model, 1)
    assert company.cutoff_at(kind, 4, giving=True) == pytest.approx(with_precedent(fear))
    unpressed = with_precedent(fear, sanction=0.0)
    expected = logistic((log_odds(unpressed) - log_odds(PRIOR)) / 0.5) if unpressed < 1 else 1.0
    assert company.yielding(kind) == pytest.approx(expected)
    assert company.worth_of_refusing(kind) == pytest.approx(fear * (1.0 + PRIOR * 3.75))
    company.given.add(kind)
    plain = pytest.approx(cutoff(0.8, fear=fear))
    assert company.cutoff_at(kind, 4, giving=True) == company.cutoff_at(kind, 4) == plain
    assert company.worth_of_refusing(kind) == pytest.approx(fear * (1.0 + PRIOR * 1.75))


@pytest.mark.parametrize("kind", ["data", "takedown"])
def test_the_precedent_is_set_by_the_first_demand_that_is_met(kind):
    model, company = firm([act("demand", 1, of=kind, companies=["Firm"], deadline=on(2))], spec={"precedent": 2.0})
    live(model, 1)
    assert company.given == set()
    model.fate["YIELD"] = 0.0
    live(model, 1)
    assert company.given == {kind}


# A stance from outside has its consequences


@pytest.mark.parametrize("stance", ["pause", "mlat", *FIRM])
def test_a_refusal_from_outside_defies_the_demand_that_was_met(stance):
    model, company = firm([act("demand", 0, companies=["Firm"]), forced(stance, 2, lasting=True)],
                          spec={"stance": "comply"})  # fmt: skip
    live(model, 2)
    assert company.unmet() is None
    live(model, 1)
    assert (company.unmet(), company.announced, "Firm" in model.press.known) == ("data", True, True)


def test_an_order_of_the_calendar_comes_back_as_a_rung():
    acts = [act("demand", 0, companies=["Firm"]), act("order-block", 1, platform="Chat"), forced("refuse", 9)]
    model, company = firm(acts, SOON, {"stance": "pause"})
    live(model, 3)
    model.fate["YIELD"] = 0.0
    live(model, 1)
    model.fate["YIELD"] = UNLIKELY
    assert (company.stance, model.orders.against(0)) == ("process", [])
    live(model, 6)
    assert (company.stance, company.rung) == ("refuse", 5)


def test_whoever_obeys_from_the_start_has_nothing_to_lose_by_a_precedent():
    _, company = firm(spec={"precedent": 2.0, "stance": "comply"})
    assert company.cutoff_at("data", 4, giving=True) == company.cutoff_at("data", 4)
