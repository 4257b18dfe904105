"""Attention has topics: who reads along, what can be reached, fear, and the platforms that news names."""

import math

import pytest

from sim.model import Model
from sim.scenario.acts import KINDS
from tests.actors.worlds import act, asked, on, world
from tests.kinds import least

META = {"Meta": {"platforms": ["WhatsApp"], "requests": asked(), "listens_to": {}}}
APPS = {"WhatsApp": {"share": 0.5}, "Signal": {"share": 0.2}}
QUIET = {"salience_per_block": 0.0, "salience_per_pause": 0.0, "salience_per_arrest": 0.0}


def press_after(*acts, days=1, **press):
    """What the press knows on the evening of a day on which these acts have happened."""
    model = Model(world(META, acts, platforms=APPS, press=QUIET | press), rng=1)
    model.run_for(days)
    return model


def told(model):
    """Attention to surveillance, the state's part of it, attention to access, fear: as people meet them."""
    met = model.conditions
    return met.salience, met.alarm, met.access_attention, met.fear


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_kind_of_act_draws_attention_to_its_topic(kind):
    state = 0.7 if KINDS[kind].alarms else 0.0
    expected = (0.0, 0.0, 0.7, 0.0) if KINDS[kind].usual_topic == "access" else (0.7, state, 0.0, state)
    fields = least(kind, platform="WhatsApp", company="Meta")
    assert told(press_after({"id": "x", "date": on(0), "salience": 0.7, **fields})) == expected


def test_news_of_a_block_that_a_court_lifts_is_about_access():
    ruling = act("court-ruling", 0, outcome="block-lifted", platform="WhatsApp", salience=0.7)
    assert told(press_after(ruling)) == (0.0, 0.0, 0.7, 0.0)


def test_a_scenario_may_give_an_act_another_topic():
    assert told(press_after(act("report", 0, salience=0.4, topic="access"))) == (0.0, 0.0, 0.4, 0.0)
    assert told(press_after(act("outage", 0, salience=0.4, topic="surveillance", platform="Signal"))) == (0.4, 0, 0, 0)
    assert told(press_after(act("enact", 0, salience=0.4, topic="access"))) == (0.0, 0.0, 0.4, 0.4)


def test_blocks_pauses_and_arrests_draw_attention_of_their_own():
    block = act("order-block", 0, platform="Signal"), act("order-throttle", 0, platform="Signal")
    assert told(press_after(*block, salience_per_block=0.5)) == (0.0, 0.0, 0.5, 0.0)
    pause = act("force-stance", 0, company="Meta", stance="pause")
    assert told(press_after(pause, salience_per_pause=0.3)) == (0.3, 0.0, 0.0, 0.0)
    assert told(press_after(act("arrest", 0, persons=4), salience_per_arrest=0.25)) == (1.0, 1.0, 0.0, 1.0)


def test_news_names_platforms_whatever_its_topic_and_is_forgotten_as_attention_is():
    acts = [
        act("report", 0, 1, salience=0.4, names=["Signal"]),
        act("outage", 0, 2, platform="WhatsApp", salience=0.5, names=["Signal", "WhatsApp"]),
        act("report", 0, 3, salience=2.0),
    ]
    model = press_after(*acts, salience_days=10.0)
    assert model.conditions.named.tolist() == pytest.approx([0.5, 0.9])
    model.run_for(3)
    faded = math.exp(-0.3)
    assert model.conditions.named.tolist() == pytest.approx([0.5 * faded, 0.9 * faded])
    assert told(model) == pytest.approx((2.4 * faded, 0.0, 0.5 * faded, 0.0))
