"""Worlds that visitors ask for: what is sent gives the world of a file, and nonsense is refused in a line."""

import json

import pytest

from sim.scenario.errors import ScenarioError
from sim.scenario.files import LARGEST_BYTES, load, to_toml
from sim.scenario.schema import ABOUT
from sim.view.laboratory.questions import BASE, Asked, Home, asked, chosen, opened, request_of

USERS = ("population.users=20000",)
HOME = Home(BASE, USERS)
BLOCK = {"kind": "order-block", "platform": "WhatsApp", "date": "2021-03-01", "for_days": 30}


def ask(**request: object) -> Asked:
    return asked(HOME, json.dumps(request).encode())


def alike(one, two) -> bool:
    return one.model_dump(exclude=ABOUT) == two.model_dump(exclude=ABOUT)


def test_what_is_asked_is_the_world_of_its_file(tmp_path) -> None:
    found = ask(acts=[BLOCK, {"id": "decision", "date": "2020-06-01"}], without=["museum"], set={"law.vagueness": 0.3})
    acts = {act.id: act for act in found.world.acts}
    assert acts["yours-1"].for_days == 30
    assert "museum" not in acts
    assert str(acts["decision"].date) == "2020-06-01"
    assert found.request["set"] == {"law.vagueness": 0.3}
    assert found.world.question == (
        "What if there had been a report on 1 June 2020 instead of on 28 May 2020 (The Congress authorises its "
        "Standing Committee to write the law); ISPs had been ordered to block WhatsApp for 30 days from 1 March 2021; "
        "ISPs had not been ordered to block the website 8964museum.com from 28 September 2021 on; and how far the "
        "terms leave open what is forbidden had been 0.3 instead of 0.8?"
    )
    file = tmp_path / "asked.toml"
    file.write_text(found.file, encoding="utf-8")
    assert found.file.startswith('extends = "hong-kong-2020"')
    assert alike(load(file, USERS), found.world)


def test_the_same_request_gives_the_same_world_and_restores_it() -> None:
    found = ask(acts=[BLOCK])
    assert found.request is not None
    assert ask(**found.request).world == found.world


def test_the_world_of_a_card_comes_back_by_file_and_by_request() -> None:
    (card,) = chosen(["court-order-kept"])
    world = card.world(USERS)
    taken = opened(HOME, to_toml(world).encode())
    assert alike(taken.world, world)
    assert taken.request == request_of(HOME.base(), world)
    joined = taken.request | {"acts": [*taken.request["acts"], BLOCK]}
    assert alike(ask(**{"from": card.name, "acts": [BLOCK]}).world, ask(**joined).world)


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({}, "the same world"),
        ({"acts": [{"kind": "blok"}]}, "acts.yours-1.kind: expected one of"),
        ({"acts": [{"kind": "lift", "platform": "Whatsap", "date": "2020-12-01"}]}, 'did you mean "WhatsApp"?'),
        ({"acts": [{"kind": "lift", "platform": "WhatsApp", "date": "2020-13-01"}]}, "a date (YYYY-MM-DD)"),
        ({"acts": [{"kind": "lift", "platform": "WhatsApp", "date": "2030-01-01"}]}, "2020-05-01 to 2022-06-30"),
        ({"acts": [{"kind": "lift", "platform": "WhatsApp"}]}, "date"),
        ({"acts": [{"id": "a.b", "kind": "lift"}]}, "a short name"),
        ({"acts": [{"id": 3, "kind": "lift"}]}, "a short name"),
        ({"acts": [{"kind": ["lift"]}]}, "kind"),
        ({"acts": [{**BLOCK, "access": "much"}]}, "a number from 0.0 to 1.0"),
        ({"acts": [{**BLOCK, "surprise": 1}]}, "a known key"),
        ({"acts": 3}, "acts: expected a list"),
        ({"acts": [BLOCK] * 300}, "at most 200"),
        ({"without": ["museums"]}, "museums"),
        ({"set": {"law.vaguenes": 0.3}}, 'did you mean "law.vagueness"?'),
        ({"set": {"law.vagueness": 3}}, "from 0.0 to 1.0"),
        ({"set": {"law.vagueness": {}}}, "a value"),
        ({"set": {"title": "x"}}, "the key of a value"),
        ({"set": {"a=b": 1}}, "the key of a value"),
        ({"set": {"population.users": 100_000}}, "population.users: expected 20000"),
        ({"set": {"end": "2099-01-01"}}, "days: expected at most 3,653"),
        ({"from": "no-lw"}, 'did you mean "no-law"?'),
        ({"from": "../../etc/passwd"}, "a card"),
        ({"act": []}, 'did you mean "acts"?'),
    ],
    ids=range(24),
)  # fmt: skip
def test_nonsense_is_refused_in_one_line(request_, words) -> None:
    with pytest.raises(ValueError) as error:
        ask(**request_)
    assert words in str(error.value)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 600


@pytest.mark.parametrize("text", [b"", b"[" * 100_000, b"\xff", b'{"set":{"law.vagueness":NaN}}', b"[]", b"9" * 5000])
def test_what_is_no_request_is_refused_in_one_line(text) -> None:
    with pytest.raises(ScenarioError) as error:
        asked(HOME, text)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 400


HERE = b'extends = "hong-kong-2020"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"\xff\xfe", "UTF-8"),
        (b"x = [" * 100_000, "TOML"),
        (b"a." * 100_000 + b"b = 1", "keys of at most"),
        (b"x = " + b"9" * 5000, "TOML"),
        (b"#" * (LARGEST_BYTES + 1), "at most"),
        (b'extends = "/etc/passwd"', "shipped scenario"),
        (b'extends = "../hong-kong-2020.toml"', "shipped scenario"),
        (b'extends = "hong-kong-2020"\nsurprise = 1', "known key"),
        (b'extends = "hong-kong-2020"\n[population]\nusers = "1"', "whole number"),
        (b'extends = "hong-kong-2020"\n[population]\nrepresents = 5_000_000', "population.represents: expected"),
        (HERE + b"".join(b"[companies.x%d]\n" % i for i in range(35)), "companies: expected at most 40 in"),
        (HERE + b"".join(b"[companies.x%d]\n" % i for i in range(10_000)), "your file: companies: expected at most 40"),
        (b"".join(b"key%d = 1\n" % i for i in range(10_000)), "at most 1,000 keys"),
        (b'extends = "uganda-2021"', "population.represents: expected"),
        (b'extends = "hong-kong-2020"', "the same world"),
    ],
    ids=range(15),
)  # fmt: skip
def test_a_hostile_file_is_refused_in_one_line(text, words) -> None:
    with pytest.raises(ValueError) as error:
        opened(HOME, text)
    assert words in str(error.value)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 400


def test_a_file_that_adds_to_a_card_is_told_by_a_request() -> None:
    text = b'extends = "no-law"\n[[acts]]\nid = "out"\nkind = "outage"\nplatform = "Signal"\ndate = 2020-08-01\n'
    taken = opened(HOME, text)
    assert taken.request is not None
    assert alike(ask(**taken.request).world, taken.world)
    assert taken.world.question.startswith(
        "What if Signal had failed for everyone for a day from 1 August 2020; a law had not been announced on 21 May"
    )
    named = opened(HOME, b'question = "And if not?"\n' + text).world
    assert named.question == "And if not?"


def test_an_act_of_a_card_is_changed_and_loses_a_value() -> None:
    moved = ask(**{"from": "whatsapp-blocked-90-days"}, acts=[{"id": "block-whatsapp", "until": None, "for_days": 7}])
    act = next(act for act in moved.world.acts if act.id == "block-whatsapp")
    assert (act.until, act.for_days) == (None, 7)


def test_a_file_of_another_shape_is_known_by_its_text_alone() -> None:
    extra = b'extends = "hong-kong-2020"\n[companies.Example.requests.legal]\nrate = 1.0\nproduced = 0.5\n'
    taken = opened(HOME, extra)
    assert taken.request is None
    assert "Example" in taken.world.companies
    assert taken.world.population.users == 20_000
