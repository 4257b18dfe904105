"""Random worlds: whatever a scenario holds, a short run keeps the invariants of every actor every day."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.model import Model
from sim.scenario.differences import act_sentence
from tests.actors.test_contract import STANCES, Inspector
from tests.actors.worlds import START, act, world
from tests.kinds import CONDITIONS, KINDS, act_of, acts, conditions, let_some_wait, suits

DAYS = 40
COMPANIES = ("Alpha", "Beta", "Gamma")
PLATFORMS = ("Chat", "Talk")


def share(least: float = 0.0, most: float = 1.0) -> st.SearchStrategy[float]:
    return st.floats(least, most, allow_nan=False)


STREAMS = st.dictionaries(
    st.sampled_from(["legal", "emergency", "security"]),
    st.fixed_dictionaries(
        {
            "rate": share(0.0, 8.0),
            "produced": share(),
            "produced_when_paused": share(),
            "since_law": st.booleans(),
        }
    ),
    max_size=3,
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
        "mlat_leaning": share(-8.0, 8.0),
        "refuse_leaning": share(-8.0, 8.0),
        "exit_leaning": share(-8.0, 8.0),
        "withdraw_leaning": share(-8.0, 8.0),
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


@pytest.mark.slow
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(scenario=scenarios(), seed=st.integers(0, 2**31 - 1))
def test_a_short_run_of_any_world_keeps_the_invariants(scenario, seed):
    model = Model(scenario, rng=seed)
    model.recorder = Inspector()
    model.run_for(scenario.days)
    for logged in model.chronicle.acts:
        assert all(cause < logged.id for cause in logged.because)
        assert "{" not in logged.sentence


@pytest.mark.parametrize("kind", KINDS)
def test_acts_of_every_kind_are_drawn_and_lived(kind):
    """At least one of thirty draws is an act that the world can hold, and every one of these is told when it comes."""
    lived = []

    @settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
    @given(drawn=act_of(kind, NAMED, START, DAYS))
    def live_one(drawn):
        one = {"id": "one", **drawn}
        if len(lived) < 3 and SUITS(one):
            model = Model(world({name: {} for name in COMPANIES}, [one], DAYS, isps=PROVIDERS, **PEOPLED), rng=1)
            model.recorder = Inspector()
            model.run_for(DAYS + 1)
            lived.append(len(model.chronicle.acts))

    live_one()
    assert len(lived) > 0
    assert min(lived) > 0


@pytest.mark.parametrize("kind", CONDITIONS)
def test_any_condition_of_any_kind_is_said_and_asked(kind):
    names = {"platform": list(PLATFORMS), "companies": list(COMPANIES), "act": ["other"]}

    @settings(max_examples=15, deadline=None, derandomize=True)
    @given(when=conditions(kind, START, DAYS, **names))
    def asks(when):
        waits = {"id": "waits", "kind": "report", "note": "x", "when": when}
        other = act("order-block", 2, platform="Chat", salience=1.0) | {"id": "other"}
        companies = {name: {} for name in COMPANIES}
        scenario = world(companies, [other, waits], DAYS, platforms={name: {"share": 0.5} for name in PLATFORMS})
        assert "{" not in act_sentence(scenario.acts[1])
        model = Model(scenario, rng=1)
        model.run_for(4)
        days = [logged.day for logged in model.chronicle.acts if "waited" in logged.quantities]
        assert len(days) <= (4 if when["each_time"] else 1)

    asks()
