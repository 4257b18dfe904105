"""Whatever a world holds, its log reads like a newspaper, and what a sentence names as a reason had happened."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.model import Model
from sim.scenario.schema import Scenario
from tests.actors.test_random_worlds import scenarios
from tests.actors.worlds import act

JARGON = re.compile(
    r"belief|cut-off|\bnan\b|\binf\b|logit|None|[{}\[\]]|\s\s|\s[,.;:]|,,|\.\.|: \.|and and|after ,|: ,"
)
"""What no sentence may hold: words of the model, numbers that are none, and the traces of an empty list."""
STOPS = (
    "announce a pause",
    "announce an exit",
    "turn to mutual legal assistance",
    "refuse",
    "withdraw",
    "take a stance",
)
SANCTIONS = (
    "step up",
    "put on notice",
    "step down",
    "order a block",
    "order a throttle",
    "order a store ban",
    "order stands",
)
BEHIND = {
    "the law had come into force": ("enact a law",),
    "the rules of the law": ("gazette rules",),
    "a court had held the demands unlawful": ("rule",),
    "had stopped answering": STOPS,
    "had advised it": ("advise",),
    "it had been asked for user data": ("demand",),
    "it had been ordered to comply": SANCTIONS,
    "it had been put on notice": SANCTIONS,
    "its staff had been made liable": SANCTIONS,
    "its service stood": SANCTIONS,
    "its service from stores stood": SANCTIONS,
    "the announcement": STOPS,
}
"""What a sentence names as a reason -> verbs of the acts of which one must be among its causes."""
SHOCK = (
    act("announce", 1, 90),
    act("advise-stance", 2, 91, company="Beta", stance="pause", weight=1.0),
    act("enact", 3, 92),
    act("demand", 4, 93, of="data", companies=["Gamma"]),
    act("gazette-rules", 6, 94),
    act("court-ruling", 8, 95, outcome="demand-unlawful", company="Beta"),
    act("escalate", 12, 96, companies=["Alpha", "Beta", "Gamma"], rung=4),
    act("court-ruling", 25, 97, outcome="court-order-restored"),
)


def busy(scenario: Scenario) -> Scenario:
    """The same world with a law that may be feared and companies that meet, pause, review and yield within days."""
    table = scenario.model_dump()
    table["law"] |= {"in_force": False, "court_order_required": False, "suspicion": 0.3}
    table["acts"] = [*table["acts"], *SHOCK]
    table["decision"] |= {"meeting_rate": 3.0, "users_weight": 50.0}
    table["press"] |= {"enquiry_after_rules": 0.3}
    for number, company in enumerate(table["companies"].values()):
        company["stance"] = "process" if number else company["stance"]
        company["exits_instead"] = False
        company["review_days"] = 1.0 + number
        company["requests"] = company["requests"] or {"legal": {"rate": 1.0, "produced": 0.5}}
    return Scenario.model_validate(table)


@pytest.mark.slow
@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(scenario=scenarios(), seed=st.integers(0, 2**31 - 1))
def test_a_log_reads_like_a_newspaper_and_its_reasons_had_happened(scenario, seed):
    model = Model(busy(scenario), rng=seed)
    model.run_for(scenario.days)
    acts = model.chronicle.acts
    for logged in acts:
        assert not JARGON.search(logged.sentence), logged.sentence
        told = logged.sentence.split("although")[0]
        if logged.actor not in scenario.companies or logged.verb == "leave":
            continue
        for words, verbs in BEHIND.items():
            if words in told:
                assert any(acts[cause].verb in verbs for cause in logged.because), logged.sentence
        if "civil society protested" in told:
            earlier = {before.verb for before in acts[: logged.id]}
            assert earlier & {"announce a law", "enact a law", "arrest"}, logged.sentence
        if "had gone since the law" in told:
            assert logged.quantities["users_lost"] > 0.0
        assert all(acts[cause].day <= logged.day for cause in logged.because)
        chances = [logged.quantities.get(name, 0.5) for name in ("chance", "chance_by_then")]
        assert all(0.0 <= chance <= 1.0 for chance in chances)
