"""Random worlds: whatever a scenario holds, a short run keeps the invariants of every actor every day."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.model import Model
from tests.actors.test_contract import STANCES, Inspector
from tests.actors.worlds import act, on, world

DAYS = 40
COMPANIES = ("Alpha", "Beta", "Gamma")
PLATFORMS = ("Chat", "Talk")
DAY = st.integers(0, DAYS - 10)


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
        "exits_instead": st.booleans(),
        "exit_days": share(0.0, 9.0),
        "local_staff": st.booleans(),
    }
)
SOME_ISPS = st.lists(st.sampled_from(["Net", "Web"]), max_size=1)
NAMES = st.lists(st.sampled_from(COMPANIES), min_size=1, max_size=3, unique=True)
FIELDS = {
    "announce": {},
    "enact": {"court_order_required": st.booleans(), "text_published": st.booleans()},
    "publish-text": {},
    "gazette-rules": {"vagueness": st.none() | share()},
    "arrest": {"persons": st.integers(1, 50)},
    "order-block": {
        "platform": st.sampled_from(PLATFORMS),
        "access": share(),
        "store_ban": st.booleans(),
        "part": st.sampled_from(["", "uploads"]),
        "isps": SOME_ISPS,
    },
    "order-throttle": {"platform": st.sampled_from(PLATFORMS), "access": share(), "isps": SOME_ISPS},
    "order-site-block": {"site": st.just("news.example"), "isps": SOME_ISPS},
    "order-vpn-block": {"access": share(), "isps": SOME_ISPS},
    "lift": {"platform": st.sampled_from(PLATFORMS)},
    "lift-vpn-block": {},
    "change-terms": {"platform": st.sampled_from(PLATFORMS), "risk": share(-2.0, 2.0)},
    "outage": {
        "platform": st.sampled_from(PLATFORMS),
        "days": st.integers(1, 20),
        "hours": st.none() | share(0.1, 100.0),
        "from_hour": share(0.0, 23.9),
    },
    "mandate-interoperability": {"reach": share()},
    "force-stance": {
        "company": st.sampled_from(COMPANIES),
        "stance": st.sampled_from(STANCES),
        "lasting": st.booleans(),
    },
    "advise-stance": {
        "company": st.sampled_from(COMPANIES),
        "stance": st.sampled_from(["pause", "process"]),
        "weight": share(0.0, 6.0),
    },
    "demand": {"of": st.sampled_from(["data", "registration", "takedown"]), "companies": NAMES},
    "escalate": {"companies": NAMES, "rung": st.integers(0, 6)},
    "court-ruling": {
        "outcome": st.sampled_from(["court-order-restored", "block-lifted", "law-upheld", "demand-unlawful"]),
        "platform": st.sampled_from(PLATFORMS),
        "company": st.sampled_from(COMPANIES),
    },
    "report": {},
}
NEWS = st.fixed_dictionaries(
    {
        "salience": share(0.0, 2.0),
        "topic": st.none() | st.sampled_from(["surveillance", "access"]),
        "names": st.lists(st.sampled_from(PLATFORMS), max_size=2, unique=True),
    }
)
ORDERS = ("order-block", "order-throttle", "order-site-block", "order-vpn-block")
LASTING = (*ORDERS, "mandate-interoperability")


@st.composite
def acts(draw: st.DrawFn) -> list[dict]:
    drawn = []
    for number, kind in enumerate(draw(st.lists(st.sampled_from(sorted(FIELDS)), max_size=12))):
        day = draw(DAY)
        fields = draw(st.fixed_dictionaries(FIELDS[kind]))
        end = draw(st.none() | st.integers(day + 1, DAYS))
        if kind in LASTING:
            fields["until"] = None if end is None else on(end)
        if kind in ORDERS:
            fields["announced"] = draw(st.none() | st.integers(-9, day - 1).map(on))
            day = draw(st.sampled_from([day, day, -5])) if fields["announced"] is None else day
        if kind == "demand":
            fields["deadline"] = None if end is None else on(end)
        drawn.append(act(kind, day, number, **draw(NEWS), **fields))
    return drawn


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
        draw(acts()),
        days=DAYS,
        law={"in_force": draw(st.booleans()), "court_order_required": draw(st.booleans())},
        regulators={name: regulators[name] for name in present},
        isps={"Net": {"share": 0.96, "technique": "ip", **isp}, "Web": {"share": 0.04, **isp}},
        platforms={name: {"share": 0.5, "objectionable_share": 0.3} for name in PLATFORMS},
        decision={"prior": draw(share(0.01, 0.99)), "noise": draw(share(0.05, 2.0))},
    )


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(scenario=scenarios(), seed=st.integers(0, 2**31 - 1))
def test_a_short_run_of_any_world_keeps_the_invariants(scenario, seed):
    model = Model(scenario, rng=seed)
    model.recorder = Inspector()
    model.run_for(scenario.days)
    for logged in model.chronicle.acts:
        assert all(cause < logged.id for cause in logged.because)
        assert "{" not in logged.sentence
