"""A kind of act is told of by its class: where a word, a trait or a registration is missing, a test says what to do."""

import datetime as dt
import string

import pytest

from sim.scenario import acts
from sim.scenario.acts import KINDS, IspOrder
from sim.scenario.calendar import Act
from sim.scenario.schema import Scenario
from tests.kinds import least

WORDS = ("clause", "supposed", "short", "verb", "sentence", "cause")
WORLD = {
    "title": "world",
    "start": dt.date(2020, 1, 1),
    "end": dt.date(2020, 12, 31),
    "platforms": {"WhatsApp": {"share": 0.5}},
    "companies": {"Meta": {"platforms": ["WhatsApp"]}},
    "isps": {"Net": {"share": 1.0}},
}


def below(above: type[Act]) -> list[type[Act]]:
    """Every class of the model under another; tests make some of their own."""
    ours = [act for act in above.__subclasses__() if act.__module__.startswith("sim.")]
    return [one for act in ours for one in (act, *below(act))]


def only(kind: str) -> Act:
    """The act of a kind that says no more than it must."""
    act = {"id": "x", "date": WORLD["start"], **least(kind, platform="WhatsApp", company="Meta")}
    return Scenario.model_validate(WORLD | {"acts": [act]}).acts[0]


@pytest.mark.parametrize("act", [act for act in below(Act) if "kind" in act.model_fields], ids=lambda act: act.__name__)
def test_every_class_is_a_kind_that_files_may_hold(act):
    assert act in KINDS.values(), f"add {act.__name__} to AnyAct in {acts.__name__}"


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_brings_its_words(kind, word):
    said = getattr(KINDS[kind], word, None)
    assert said is not None, f"give {KINDS[kind].__name__} a {word!r}; {Act.__module__} says what it is"
    assert said or word == "cause"


@pytest.mark.parametrize("order", below(IspOrder), ids=lambda order: order.__name__)
def test_every_order_says_what_kind_of_order_it_is(order):
    assert "order" in vars(order), f"give {order.__name__} an 'order', one of OrderKind in {IspOrder.__module__}"


@pytest.mark.parametrize("kind", KINDS)
def test_words_name_fields_alone(kind):
    act = only(kind)
    for said in (act.said(), act.said(["Meta", "Signal"]), act.in_short()):
        assert said
        assert not set(said) & set("{}[]"), said


def test_kinds_that_share_a_verb_share_its_sentence_and_how_it_is_named():
    told: dict[str, tuple[str, str]] = {}
    for act in KINDS.values():
        assert told.setdefault(act.verb, (act.sentence, act.cause)) == (act.sentence, act.cause)


@pytest.mark.parametrize("kind", [kind for kind, act in KINDS.items() if getattr(act, "cause", "")])
def test_a_cause_is_named_by_its_day(kind):
    names = {name for _, name, _, _ in string.Formatter().parse(KINDS[kind].cause)}
    assert "date" in names <= {"date", "target", None}
