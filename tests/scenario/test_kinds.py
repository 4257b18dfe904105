"""Acts and stances are told of by what declares them: where something is missing, a test says what to do."""

import datetime as dt
import string
from typing import get_args

from sim.scenario import acts, stances
from sim.scenario.acts import KINDS, IspOrder
from sim.scenario.calendar import Act
from sim.scenario.institutions import Company
from sim.scenario.schema import Scenario
from sim.scenario.stances import DEFYING, FINAL, FIRM, REVIEWED, STANCES, Stance
from tests.kinds import least

WORDS = ("clause", "supposed", "short", "verb", "sentence", "cause")
WORLD = {
    "title": "world", "start": dt.date(2020, 1, 1), "end": dt.date(2020, 12, 31),
    "platforms": {"WhatsApp": {"share": 0.5}}, "companies": {"Meta": {"platforms": ["WhatsApp"]}},
    "isps": {"Net": {"share": 1.0}},
}  # fmt: skip
LEANINGS = [name.removesuffix("_leaning") for name in Company.model_fields if name.endswith("_leaning")]


def below(above: type[Act]) -> list[type[Act]]:
    """Every class of the model under another; tests make some of their own."""
    ours = [act for act in above.__subclasses__() if act.__module__.startswith("sim.")]
    return [one for act in ours for one in (act, *below(act))]


def test_every_kind_of_act_is_one_that_files_may_hold_and_brings_its_words():
    kinds = [act for act in below(Act) if "kind" in act.model_fields]
    todo = [f"add {act.__name__} to AnyAct in {acts.__name__}" for act in kinds if act not in KINDS.values()]
    for kind in kinds:
        missing = [
            word for word in WORDS if not (getattr(kind, word, None) or (word == "cause" and hasattr(kind, word)))
        ]
        todo += [f"give {kind.__name__} a {word!r}; {Act.__module__} says what it is" for word in missing]
    for order in below(IspOrder):
        if "order" not in vars(order):
            todo.append(f"give {order.__name__} an 'order', one of OrderKind in {acts.__name__}")
    assert todo == []


def test_words_of_acts_name_fields_alone():
    told: dict[str, tuple[str, str]] = {}
    for kind, declared in KINDS.items():
        table = {"id": "x", "date": WORLD["start"], **least(kind, platform="WhatsApp", company="Meta")}
        act = Scenario.model_validate(WORLD | {"acts": [table]}).acts[0]
        for said in (act.said(), act.said(["Meta", "Signal"]), act.in_short()):
            assert said
            assert not set(said) & set("{}[]"), said
        named = {name for _, name, _, _ in string.Formatter().parse(declared.cause)}
        assert not declared.cause or "date" in named <= {"date", "target", None}, f"{kind}: a cause is named by its day"
        assert told.setdefault(act.verb, (act.sentence, act.cause)) == (act.sentence, act.cause), (
            "one verb, one sentence"
        )


def test_every_stance_is_one_that_files_may_hold_and_has_an_entry():
    todo = [
        f"say what {name!r} is in STANCES of {stances.__name__}" for name in get_args(Stance) if name not in STANCES
    ]
    todo += [f"add {name!r} to Stance in {stances.__name__}" for name in STANCES if name not in get_args(Stance)]
    for name in sorted({*REVIEWED, *LEANINGS} - {"resume"}):
        if name not in LEANINGS:
            todo.append(f"give companies a parameter {name}_leaning in {Company.__module__}")
        if name not in REVIEWED:
            todo.append(f"add {name!r} to REVIEWED in {stances.__name__}")
        if not STANCES[name].verb:
            todo.append(f"give {name!r} a verb, a sentence and a cause in {stances.__name__}")
    assert todo == []
    assert tuple(STANCES) == get_args(Stance), "in the order of the schema"
    assert len({entry.colour for entry in STANCES.values()}) == len(STANCES), "each has a colour of its own"
    for name, entry in STANCES.items():
        assert bool(entry.verb) == bool(entry.sentence) == bool(entry.cause), f"{name}: these go together"
        assert not entry.verb or "{date}" in entry.cause


def test_what_holds_is_final_and_what_is_final_defies():
    """Leaving is neither: who has left is asked for nothing."""
    assert set(FIRM) < set(FINAL) < set(DEFYING)
    assert "exit" not in DEFYING
    assert {STANCES[stance].requests for stance in FINAL} == {"passed on", "refused"}
