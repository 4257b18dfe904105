"""The rung on which the owner of a platform stands once orders against it are lifted."""

import pytest

from sim.model import Model
from tests.actors.isps import NET, access, told
from tests.actors.worlds import CALM, act, asked, live, world

STUBBORN = {"requests": asked(), "listens_to": {}, "stance": "refuse", "cutoff": 0.05, "review_days": 3000.0}


def defying(*acts, platforms=("Chat", "Talk")):
    firm = {"Firm": {"platforms": list(platforms), **STUBBORN}}
    demand = act("demand", 0, of="takedown", companies=["Firm"])
    scenario = world(firm, [demand, *acts], isps=NET, press=CALM, decision={"prior": 0.99, "noise": 0.05})
    model = Model(scenario, rng=1)
    live(model, 12)
    return model


@pytest.mark.parametrize("rung", [0, 2])
def test_a_lift_takes_the_owner_back_to_the_rung_from_which_the_orders_had_taken_it(rung):
    climb = [act("escalate", 1, companies=["Firm"], rung=rung)] if rung else []
    steps = [act("escalate", 2, companies=["Firm"], rung=4), act("escalate", 3, companies=["Firm"], rung=5)]
    model = defying(*climb, *steps, act("lift", 5, platform="Chat"), platforms=["Chat"])
    assert model.companies["Firm"].rung == rung
    assert access(model) == [1.0]
    assert not model.orders.against(0)
    eased = {0: "ended its pressure on Firm", 2: "eased its pressure on Firm, from a block to a notice of an offence"}
    assert told(model, "step down")[0].startswith(f"The government {eased[rung]}, after the lifting of ")


def test_a_lift_against_one_of_two_platforms_leaves_the_owner_on_the_rung_of_the_other():
    steps = act("escalate", 2, companies=["Firm"], rung=5), act("lift", 5, platform="Chat")
    model = defying(*steps)
    assert (access(model, 0), access(model, 1)) == ([1.0], [0.0])
    assert model.companies["Firm"].rung == 5
    model = defying(*steps, act("lift", 6, platform="Talk"))
    assert model.companies["Firm"].rung == 0


def test_a_lift_of_a_dated_order_leaves_a_rung_below_the_technical_ones():
    steps = act("order-block", 1, platform="Chat"), act("escalate", 2, companies=["Firm"], rung=3)
    model = defying(*steps, act("lift", 5, platform="Chat"), platforms=["Chat"])
    assert model.companies["Firm"].rung == 3
    assert not told(model, "step down")


def test_the_ladder_takes_back_its_own_orders_and_not_those_of_the_calendar():
    steps = [act("order-block", 1, platform="Chat"), act("escalate", 2, companies=["Firm"], rung=5),
             act("escalate", 5, companies=["Firm"], rung=4)]  # fmt: skip
    model = defying(*steps, platforms=["Chat"])
    assert [(order.kind, order.from_ladder) for order in model.orders.against(0)] == [
        ("block", False),
        ("throttle", True),
    ]
