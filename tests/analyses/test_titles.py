"""A question is told in plain words: whatever kind of act, stance or condition it is made from, no code word shows."""

import datetime as dt
import re
from typing import Any, Literal, get_args, get_origin

import pytest

from sim.analyses.ask import ask, title
from sim.scenario.acts import KINDS
from sim.scenario.calendar import AnyCondition
from sim.scenario.files import load
from sim.scenario.schema import Scenario
from sim.scenario.stances import STANCES
from tests.kinds import least
from tests.scenario.test_acts import WORLD

CONDITIONS = {get_args(one.model_fields["kind"].annotation)[0]: one for one in get_args(get_args(AnyCondition)[0])}
NAMES = {"platform": "WhatsApp", "company": "Meta", "isps": ["Net"], "site": "example.org", "part": "uploads"}
DAY = dt.date(2020, 3, 1)


def choices(fields: Any) -> dict[str, tuple[Any, ...]]:
    """Fields with a few choices, and both answers to a yes or no."""
    found = {
        name: get_args(field.annotation) for name, field in fields.items() if get_origin(field.annotation) is Literal
    }
    return {n: c for n, c in found.items() if n != "kind"} | {
        name: (True, False) for name, field in fields.items() if field.annotation is bool
    }


def worlds() -> dict[str, tuple[Scenario, str]]:
    """A world with one act of each kind and each choice that a field of it has, and the kind."""
    tables = {}
    for kind, act in KINDS.items():
        table = least(kind, **NAMES) | {
            name: NAMES[name] for name in ("platform", "company") if name in act.model_fields
        }
        variants = [{}] + [{name: choice} for name, some in choices(act.model_fields).items() for choice in some]
        variants += [{"for_days": 30}, {"until": DAY + dt.timedelta(60)}] if "until" in act.model_fields else []
        variants += [{"isps": ["Net"]}] if "isps" in act.model_fields else []
        for more in variants:
            tables[f"{kind} {more}"] = table | more | {"id": "x", "date": DAY}
    for kind, condition in CONDITIONS.items():
        few = {"companies": ["Meta"], "platform": "WhatsApp", "stance": "pause", "rung": 5, "share": 0.1, "level": 1.0}
        for stance in STANCES if "stance" in condition.model_fields else [""]:
            when = {"kind": kind} | {n: v for n, v in few.items() if n in condition.model_fields}
            when |= {"stance": stance} if stance else {}
            if "act" not in condition.model_fields:
                tables[f"once {kind} {stance}"] = {"kind": "lift", "platform": "WhatsApp", "id": "x", "when": when}
    return {name: Scenario.model_validate(WORLD | {"acts": [table]}) for name, table in tables.items()}


WORLDS = worlds()
CHOICES = {choice for act in KINDS.values() for some in choices(act.model_fields).values() for choice in some}
CODE = {word for word in (*KINDS, *CONDITIONS, *CHOICES) if "-" in str(word)} | {"comply", "mlat", "process", "rung"}
"""Names of the schema that are no English where they stand alone."""


def is_plain(text: str) -> bool:
    """Whether no code word stands in a text, bare, in quotes or with an underscore, and no value of the language."""
    return not re.search(r"['\"“”‘_{}\[\]]|\b(None|True|False)\b", text) and not {*re.findall(r"[\w-]+", text)} & CODE


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("gone", [False, True])
def test_a_question_holds_no_code_word(name, gone):
    (act,) = WORLDS[name].acts
    base = Scenario.model_validate(WORLD)
    text = title(WORLDS[name], [], ["acts.x"]) if gone else title(base, [act], [])
    assert is_plain(text), text
    assert re.fullmatch(r"What if .+ (had|had not) .+\?", text), text
    assert ("had not" in text) == gone, text
    assert "1 March 2020" in text or "once" in text, f"it says no day: {text}"
    assert "  " not in text
    for said in (act.said(), act.in_short(), act.said(["Meta", "Signal"])):
        assert is_plain(said), said


@pytest.mark.parametrize("stance", STANCES)
def test_a_question_of_a_stance_says_what_the_company_would_have_done(stance):
    asked = ask("hong-kong-2020", [f"force-stance company=Meta stance={stance} date=2020-10-01"], [])
    day = "on 1 October 2020" if stance == "exit" else "from 1 October 2020 on"
    assert asked.question == f"What if Meta had {STANCES[stance].done} {day}?"
    others = {title(load("hong-kong-2020"), [act], []) for act in _forced()}
    assert len(others) == len(STANCES), "two stances ask the same question"


def _forced() -> list[Any]:
    return [
        KINDS["force-stance"].model_validate(
            {"kind": "force-stance", "id": "x", "date": DAY, "company": "Meta", "stance": stance}
        )
        for stance in STANCES
    ]


@pytest.mark.parametrize(
    ("acts", "without", "question"),
    [
        (
            ["force-stance company=Meta stance=comply date=2020-10-01"], [],
            "What if Meta had answered every demand for data from 1 October 2020 on?",
        ),
        (
            ["order-block platform=WhatsApp for_days=30 date=2020-10-01"], [],
            "What if ISPs had been ordered to block WhatsApp for 30 days from 1 October 2020?",
        ),
        (
            ["outage platform=WhatsApp days=2 date=2021-10-04"], ["acts.rules"],
            "What if WhatsApp had failed for everyone for 2 days from 4 October 2021, and implementation rules had not "
            "been gazetted on 6 July 2020?",
        ),
        (
            ["gazette-rules id=rules date=2020-08-06"], [],
            "What if implementation rules had been gazetted on 6 August 2020 instead of on 6 July 2020?",
        ),
        (
            ["gazette-rules id=rules vagueness=0.2"], [],
            "What if implementation rules had been gazetted on 6 July 2020, with vagueness from now on 0.2 instead of "
            "nothing?",
        ),
        (
            ["enact id=enact court_order_required=true"], [],
            "What if the law had come into force on 30 June 2020, with a court order still needed to demand data?",
        ),
    ],
)  # fmt: skip
def test_a_question_says_what_is_asked_how_long_and_instead_of_what(acts, without, question):
    assert ask("hong-kong-2020", acts, without).question == question
