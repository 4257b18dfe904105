"""Random worlds: whatever one holds, every actor keeps its invariants every day, the log reads like a newspaper, and
what a sentence names as a reason had happened.
"""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.actors.isp import RUNG_OF
from sim.actors.reasons import SANCTIONS as TOLD_AS
from sim.model import Model
from sim.scenario.schema import Scenario
from sim.scenario.stances import FINAL, REVIEWED
from sim.scenario.stances import STANCES as STANCED
from tests.actors.test_contract import STANCES, Inspector
from tests.actors.worlds import START, act, world
from tests.kinds import acts, let_some_wait, suits

DAYS = 40
COMPANIES = ("Alpha", "Beta", "Gamma")
PLATFORMS = ("Chat", "Talk")


def share(least: float = 0.0, most: float = 1.0) -> st.SearchStrategy[float]:
    return st.floats(least, most, allow_nan=False)


STREAM = {"rate": share(0.0, 8.0), "produced": share(), "produced_when_paused": share(), "since_law": st.booleans()}
STREAMS = st.dictionaries(
    st.sampled_from(["legal", "emergency", "security"]), st.fixed_dictionaries(STREAM), max_size=3
)
COMPANY = st.fixed_dictionaries(
    {
        "stance": st.sampled_from(STANCES),
        "requests": STREAMS,
        "removals": st.fixed_dictionaries({"rate": share(0.0, 4.0), "accepted": share()}),
        "cutoff": share(0.01, 0.99),
        "human_rights_weight": share(0.0, 5.0),
        "ambiguity_aversion": share(),
        "review_days": share(1.0, 90.0),
        "processing_days": share(0.0, 30.0),
        **{f"{answer}_leaning": share(-8.0, 8.0) for answer in REVIEWED if answer != "resume"},
        "precedent": share(0.0, 20.0),
        "exits_instead": st.booleans(),
        "exit_days": share(0.0, 9.0),
        "local_staff": st.booleans(),
    }
)
NAMED = {"platform": PLATFORMS, "company": COMPANIES, "isp": ("Net", "Web"), "site": ("news.example",)}
PEOPLED = {"platforms": {name: {"share": 0.5, "objectionable_share": 0.3} for name in PLATFORMS}}
PROVIDERS = {"Net": {"share": 0.96, "technique": "ip"}, "Web": {"share": 0.04}}


def bare(**tables):
    """A world of the three companies in which any act must be valid that is to be lived."""
    return world({name: {} for name in COMPANIES}, days=DAYS, isps=PROVIDERS, **PEOPLED, **tables).model_dump()


SUITS = suits(bare())


@st.composite
def scenarios(draw: st.DrawFn):
    companies = {name: draw(COMPANY) for name in COMPANIES}
    companies["Alpha"]["platforms"] = ["Chat"]
    companies["Gamma"]["exits_instead"] = True
    regulators = {
        "Police": {"role": "police", "capacity": draw(share(0.1, 60.0)), "mlat_days": draw(share(1.0, 300.0))},
        "Committee": {"role": "committee", "ladder_rate": draw(share()), "step_down_days": draw(share(1.0, 20.0))},
        "Centre": {"role": "centre", "autonomy": draw(share())},
    }
    present = draw(st.lists(st.sampled_from(sorted(regulators)), unique=True))
    isp = {"compliance": draw(share()), "lag_days": draw(share(0.1, 9.0)), "over_blocking": draw(share(0.0, 0.5))}
    return world(
        companies,
        draw(let_some_wait(draw(acts(NAMED, START, DAYS, SUITS)), START, DAYS, list(PLATFORMS), list(COMPANIES))),
        days=DAYS,
        law={"in_force": draw(st.booleans()), "court_order_required": draw(st.booleans())},
        regulators={name: regulators[name] for name in present},
        isps={name: isp | provider for name, provider in PROVIDERS.items()},
        **PEOPLED,
        decision={"prior": draw(share(0.01, 0.99)), "noise": draw(share(0.05, 2.0))},
    )


JARGON = re.compile(
    r"belief|cut-off|\bnan\b|\binf\b|logit|None|[{}\[\]]|\s\s|\s[,.;:]|,,|\.\.|: \.|and and|after ,|: ,"
)
"""What no sentence may hold: words of the model, numbers that are none, and the traces of an empty list."""
STOPS = {"announce a pause", "announce an exit", "take a stance", *(STANCED[name].verb for name in FINAL)}
SANCTIONS = {"step up", "put on notice", "step down", "order stands", *(f"order a {kind}" for kind in RUNG_OF)}
BEHIND = {
    "the law had come into force": {"enact a law"},
    "the rules of the law": {"gazette rules"},
    "a court had held the demands unlawful": {"rule"},
    "had advised it": {"advise"},
    "it had been asked for user data": {"demand"},
    **dict.fromkeys(("had stopped answering", "the announcement"), STOPS),
    **dict.fromkeys((words for words in TOLD_AS if words), SANCTIONS),
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
def test_any_world_keeps_the_invariants_and_its_log_reads_like_a_newspaper(scenario, seed):
    model = Model(busy(scenario), rng=seed)
    model.recorder = Inspector()
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
