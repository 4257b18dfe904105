"""What each kind of act changes on its day, and not before."""

import pytest

from sim.model import Model
from tests.actors.worlds import act, asked, live, on, world

SURE = {"Net": {"share": 1.0, "compliance": 1.0, "lag_days": 0.05, "technique": "ip", "over_blocking": 0.1}}
META = {"Meta": {"platforms": ["WhatsApp"], "requests": asked(1.0), "listens_to": {}, "human_rights_weight": 0.0}}
NO_LAW = {"in_force": False, "court_order_required": True, "vagueness": 0.6}
DAY = 3


def before_and_after(*acts, days=3, companies=META, **tables):
    """The model on the evening before ``DAY``, and a second one ``days`` later."""
    scenario = world(companies, acts, isps=SURE, **tables)
    models = Model(scenario, rng=1), Model(scenario, rng=1)
    models[0].run_for(DAY)
    models[1].run_for(DAY + days)
    return models


def test_rules_are_gazetted_and_may_clear_the_terms():
    before, after = before_and_after(act("gazette-rules", DAY, vagueness=0.2))
    assert (before.law.rules_gazetted, after.law.rules_gazetted) == (False, True)
    assert after.law.vagueness == 0.2
    assert after.press.enquiry_rate() == after.scenario.press.enquiry_after_rules


def test_a_change_of_terms_moves_the_risk_for_good():
    before, after = before_and_after(act("change-terms", DAY, platform="WhatsApp", risk=0.4))
    assert after.conditions.risk[0] - before.conditions.risk[0] == pytest.approx(0.4)


def test_a_mandate_of_interoperability_lapses():
    _, after = before_and_after(act("mandate-interoperability", DAY, reach=0.7, until=on(DAY + 4)))
    assert after.conditions.interoperability == 0.7
    after.run_for(3)
    assert after.conditions.interoperability == 0.0


@pytest.mark.parametrize("rung", range(1, 7))
def test_escalation_moves_only_those_who_defy(rung):
    defiant = {"requests": asked(), "stance": "refuse", "listens_to": {}}
    companies = {"Meta": META["Meta"] | {"stance": "comply"}, "Defiant": defiant}
    names = list(companies)
    acts = act("demand", DAY, companies=names), act("escalate", DAY, companies=names, rung=rung)
    _, after = before_and_after(*acts, companies=companies, days=1)
    assert (after.companies["Meta"].rung, after.companies["Defiant"].rung) == (0, rung)


def test_courts_restore_lift_free_and_uphold():
    companies = {"Meta": META["Meta"], "Defiant": {"requests": asked(), "stance": "refuse", "listens_to": {}}}
    acts = [
        act("order-block", 0, platform="WhatsApp"),
        act("demand", 0, companies=["Defiant"]),
        act("escalate", 1, companies=["Defiant"], rung=2),
        act("court-ruling", DAY, 1, outcome="court-order-restored", by="High Court"),
        act("court-ruling", DAY, 2, outcome="block-lifted", platform="WhatsApp", by="High Court"),
        act("court-ruling", DAY, 3, outcome="demand-unlawful", company="Defiant", by="High Court"),
        act("court-ruling", DAY + 10, outcome="law-upheld", by="Court of Final Appeal"),
    ]
    before, after = before_and_after(*acts, companies=companies, decision={"prior": 0.99, "court_weight": 0.0})
    assert (before.law.court_order_required, after.law.court_order_required) == (False, True)
    assert (before.conditions.access[0, 0], after.conditions.access[0, 0]) == (0.0, 1.0)
    assert (before.companies["Defiant"].rung, after.companies["Defiant"].rung) == (2, 0)
    assert before.companies["Defiant"].demands
    assert not after.companies["Defiant"].demands
    assert list(after.law.unlawful_for) == ["Defiant"]
    after.run_for(10)
    assert not after.law.unlawful_for


@pytest.mark.parametrize("outcome", ["law-upheld", "demand-unlawful", "court-order-restored"])
def test_a_ruling_lifts_a_block_only_where_that_is_its_outcome(outcome):
    """Whatever platform it names beside."""
    acts = [act("order-block", 0, platform="WhatsApp"),
            act("court-ruling", DAY, outcome=outcome, platform="WhatsApp", company="Other")]  # fmt: skip
    model = Model(world(META | {"Other": {"requests": asked()}}, acts, isps=SURE))
    live(model, DAY + 2)
    assert [order.kind for order in model.orders.against(0)] == ["block"]
    assert list(model.law.unlawful_for) == (["Other"] if outcome == "demand-unlawful" else [])


def test_what_an_order_of_the_calendar_asks_for():
    """Kind, target, platform, what remains, day, end, and whether it is of the ladder."""
    acts = [
        act("order-block", 1, 0, platform="WhatsApp", access=0.25, until=on(8), store_ban=True),
        act("order-throttle", 1, 1, platform="WhatsApp", access=0.5),
        act("order-site-block", 1, 2, site="news.example", until=on(6)),
        act("order-vpn-block", 1, 3, access=0.1),
    ]
    model = Model(world(META, acts, isps=SURE))
    live(model, 2)
    told = [(o.kind, o.target, o.platform, o.access, o.issued, o.until, o.from_ladder) for o in model.orders.book]
    assert told == [
        ("block", "WhatsApp", 0, 0.25, 1, 8, False),
        ("store ban", "WhatsApp", 0, 1.0, 1, 8, False),
        ("throttle", "WhatsApp", 0, 0.5, 1, None, False),
        ("site block", "news.example", None, 0.0, 1, 6, False),
        ("vpn block", "VPNs", None, 0.1, 1, None, False),
    ]
    assert [model.chronicle.acts[o.act].verb for o in model.orders.book] == [
        "order a block", "order a store ban", "order a throttle", "order a site block", "order a vpn block",
    ]  # fmt: skip
    assert {o.stood_on for o in model.orders.book} == {0}


STUBBORN = {"Meta": META["Meta"] | {"cutoff": 0.001, "human_rights_weight": 1.0, "review_days": 3000.0}}


def climbing(*steps):
    """A model in which Meta defies a demand, with its rung at the end of each day; steps are (day, rung)."""
    acts = [act("demand", 0, of="takedown", companies=["Meta"])]
    acts += [act("escalate", day, companies=["Meta"], rung=rung) for day, rung in steps]
    model = Model(world(STUBBORN, acts, decision={"prior": 0.99, "noise": 0.02}), rng=1)
    return model, [live(model, 1)[0].rung for _ in range(5)]


def test_what_an_order_of_the_ladder_asks_for():
    """From rung 2 to rung 6 at once: of each platform a throttle, a block and a store ban."""
    model, _ = climbing((1, 2), (2, 6), (3, 6))
    told = [(o.kind, o.target, o.platform, o.access, o.issued, o.until, o.stood_on) for o in model.orders.book]
    assert told == [
        ("throttle", "WhatsApp", 0, model.ladder.throttle_access, 2, None, 2),
        ("block", "WhatsApp", 0, 0.0, 2, None, 2),
        ("store ban", "WhatsApp", 0, 1.0, 2, None, 2),
    ]
    assert all(o.from_ladder for o in model.orders.book)
    ordered = [logged.sentence.split(", after")[0] for logged in model.chronicle.acts if "order" in logged.verb]
    assert ordered == [
        f"The government ordered {who} WhatsApp" for who in ("ISPs to slow", "ISPs to block", "stores to remove")
    ]


def test_a_demand_is_due_on_its_date_or_so_many_days_after_it():
    acts = [act("demand", 2, 0, of="takedown", companies=["Meta"], deadline=on(9)),
            act("demand", 2, 1, of="registration", companies=["Meta"], within_days=5),
            act("demand", 2, 2, of="data", companies=["Meta"])]  # fmt: skip
    model = Model(world(META, acts))
    for _ in range(2):
        live(model, 1)
    model._calendar()
    due = {kind: one.deadline for kind, one in model.companies["Meta"].demands.items()}
    assert due == {"takedown": 9, "registration": 7, "data": None}
    ends = [logged.quantities["deadline"] for logged in model.chronicle.acts if logged.verb == "demand"]
    assert ends == [" by 10 January 2020", " by 8 January 2020", ""]


def test_an_escalation_takes_up_or_down_and_leaves_who_stands_there():
    model, rungs = climbing((1, 3), (2, 3), (3, 2), (4, 1))
    assert rungs == [0, 3, 3, 2, 1]
    assert [logged.day for logged in model.chronicle.acts if logged.verb in ("step up", "step down")] == [1, 3, 4]


def test_a_law_whose_text_is_unpublished_is_wholly_vague_until_it_is_published():
    acts = act("enact", 1, text_published=False), act("publish-text", DAY)
    before, after = before_and_after(*acts, law=NO_LAW)
    assert (before.law.vagueness, after.law.vagueness) == (1.0, 0.6)
