"""Features withdrawn, and platforms that pass to another company."""

import pytest

from sim.actors.requests import REMOVAL
from sim.model import Model
from tests.actors.draws import fated
from tests.actors.firms import COMMITTEE, DECISION, firm
from tests.actors.worlds import CALM, act, asked, live, world

OPENED = {"risk": 0.4, "produced": 0.75}

# Features withdrawn


def test_a_feature_withdrawn_raises_risk_for_good_and_lets_who_could_not_answer_produce_data():
    spec = {"stance": "cannot", "requests": asked(1.0, 0.0)}
    model, company = firm([act("withdraw-feature", 2, platform="Chat", **OPENED)], spec=spec)
    live(model, 2)
    assert (model.risk(0), company.stance, company.discloses) == (1.0, "cannot", False)
    live(model, 1)
    assert (model.risk(0), company.stance, company.discloses, company.announced) == (1.4, "process", True, False)
    assert company.channels["ordinary"].share("process") == 0.75
    (told,) = [logged for logged in model.chronicle.acts if logged.verb == "withdraw a feature"]
    assert (told.actor, told.target, told.quantities["share"]) == ("Firm", "Chat", "75%")
    live(model, 50)
    assert model.risk(0) == 1.4


@pytest.mark.parametrize(("before", "after"), [(0.5, 0.75), (0.9, 0.9)])
def test_it_lets_others_produce_at_least_as_much_and_moves_no_stance(before, after):
    for stance in ("process", "refuse", "pause"):
        spec = {"stance": stance, "requests": asked(1.0, before)}
        model, company = firm([act("withdraw-feature", 0, platform="Chat", **OPENED)], spec=spec)
        live(model, 1)
        assert (company.stance, company.channels["ordinary"].share("process")) == (stance, after)
        assert company.channels[REMOVAL].spec.accepted == 0.5


def test_it_meets_the_demand_behind_it():
    acts = [act("demand", 0, companies=["Firm"]), act("escalate", 1, companies=["Firm"], rung=5),
            act("withdraw-feature", 3, platform="Chat", **OPENED)]  # fmt: skip
    model, company = firm(acts, spec={"stance": "cannot"})
    live(model, 3)
    assert (company.unmet(), company.rung) == ("data", 5)
    live(model, 1)
    assert (company.unmet(), company.rung, model.orders.against(0)) == (None, 0, [])


# Ownership


def two(*acts, **specs) -> Model:
    """A seller who owns Chat and Talk, and a buyer who owns Mail."""
    common = {"requests": asked(), "listens_to": {}, "review_days": 3000.0}
    companies = {"Seller": common | {"platforms": ["Chat", "Talk"]}, "Buyer": common | {"platforms": ["Mail"]}}
    companies = {name: company | specs.get(name, {}) for name, company in companies.items()}
    platforms = {"alarm_when_complying": 0.5, "share": 0.5}
    tables = {"regulators": COMMITTEE, "press": CALM, "decision": DECISION | {"users_weight": 0.0}}
    return fated(world(companies, acts, platforms=dict.fromkeys(("Chat", "Talk", "Mail"), platforms), **tables))


SALE = act("change-owner", 3, platform="Chat", company="Buyer")


def test_a_platform_follows_its_new_owner():
    model = two(SALE, Buyer={"stance": "comply"})
    live(model, 3)
    assert [model.risk(k) for k in range(3)] == [1.0, 1.0, 1.5]
    live(model, 1)
    assert [model.risk(k) for k in range(3)] == [1.5, 1.0, 1.5]
    seller, buyer = model.companies.values()
    assert (seller.platforms, seller.platform_numbers) == (("Talk",), (1,))
    assert (buyer.platforms, buyer.platform_numbers) == (("Mail", "Chat"), (2, 0))
    assert [owner.name for owner in model.owners] == ["Buyer", "Seller", "Buyer"]


def test_a_platform_that_passes_to_a_company_that_has_left_is_gone_and_back_with_one_that_has_not():
    model = two(SALE, Buyer={"stance": "exit"})
    model.run_for(3)
    assert (model.conditions.down, model.conditions.installable.tolist()) == ({2: (0.0, 1.0)}, [True, True, False])
    model.run_for(1)
    assert set(model.conditions.down) == {0, 2}
    assert model.conditions.installable.tolist() == [False, True, False]
    model = two(SALE, Seller={"stance": "exit"})
    model.run_for(4)
    assert set(model.conditions.down) == {1}
    assert model.conditions.installable.tolist() == [True, False, True]


@pytest.mark.parametrize(("platforms", "rungs"), [(["Chat", "Talk"], [5, 5]), (["Chat"], [0, 5])])
def test_orders_of_the_ladder_burden_the_buyer_and_those_of_the_calendar_no_one(platforms, rungs):
    """Who sells the last sanctioned platform leaves its rung; nothing passes between an owner and itself."""
    ladder = [act("demand", 0, companies=["Seller"], of="takedown"), act("escalate", 1, companies=["Seller"], rung=5)]
    to_itself = act("change-owner", 2, platform="Chat", company="Seller")
    model = two(*ladder, to_itself, SALE, Seller={"platforms": platforms})
    live(model, 4)
    assert [company.rung for company in model.companies.values()] == rungs
    assert [order.kind for order in model.orders.against(0)] == ["throttle", "block"]
    model = two(act("order-block", 1, platform="Chat"), to_itself, SALE)
    live(model, 4)
    assert [company.rung for company in model.companies.values()] == [0, 0]
    assert [order.kind for order in model.orders.against(0)] == ["block"]
    assert model.companies["Seller"].platforms == ("Talk",)


def test_a_platform_without_an_owner_is_only_riskier():
    acts = [act("withdraw-feature", 0, platform="Free", by="Makers", **OPENED)]
    model = fated(world({"Firm": {"requests": asked()}}, acts, platforms={"Free": {"share": 0.5}}))
    live(model, 1)
    assert model.risk(0) == 1.4
    assert model.chronicle.acts[0].actor == "Makers"


def test_a_dispute_goes_on_over_what_is_left_and_takes_in_what_comes():
    demands = [act("demand", 0, i, companies=[name], of="takedown") for i, name in enumerate(("Seller", "Buyer"))]
    blocks = [act("order-block", 1, i, platform=name) for i, name in enumerate(("Talk", "Mail"))]
    model = two(*demands, *blocks, SALE, act("change-owner", 6, platform="Mail", company="Seller"))
    model.run_for(3)
    before = [company.dispute.since for company in model.companies.values()]
    model.run_for(5)
    seller, buyer = (company.dispute for company in model.companies.values())
    assert (set(seller.holders), seller.since) == ({1, 2}, before[0])
    assert buyer is None or set(buyer.holders) == {0}
