"""Links restore exactly what they were made from, and what a stranger writes into one is refused in one line."""

from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.scenario.errors import ScenarioError
from sim.scenario.export import to_toml
from sim.scenario.files import LARGEST_BYTES, load, vary
from sim.view.dashboard.controls import GROUPS, controls, find, present, toml_text
from sim.view.dashboard.state import FEW_USERS, VIEWS, Library, LinkError, State, World

LIBRARY = Library()
REFERENCE = load("hong-kong-2020")
COMPANIES = list(REFERENCE.companies)
CHANGES = {
    "population.gamma": "4.5",
    "companies.Meta.review_days": "30.0",
    "isps.China Mobile HK.lag_days": "9.0",
    "acts.enact.date": "2020-07-15",
    "law.court_order_required": "false",
    "population.contagion": '"threshold"',
    "regulators.Committee.rung_costs": "[0.0, 0.1, 0.4, 0.9, 2.0, 4.0, 9.0]",
}

worlds = st.lists(st.sampled_from(sorted(CHANGES)), unique=True).map(
    lambda keys: World("hong-kong-2020", tuple((key, CHANGES[key]) for key in keys))
)
states = st.builds(
    State, worlds, seed=st.integers(0, 2**31 - 1), pinned=st.none() | worlds, view=st.sampled_from(sorted(VIEWS)),
    day=st.integers(0, 3000), person=st.integers(0, 19_999), company=st.sampled_from(["", *COMPANIES]),
)  # fmt: skip


@given(states)
@settings(deadline=None, max_examples=40)
def test_a_link_restores_the_state(state: State) -> None:
    assert LIBRARY.follow(state.query()) == state


def test_an_empty_link_opens_the_first_scenario_with_few_people() -> None:
    state = LIBRARY.follow("")
    assert state.world.name == LIBRARY.first
    assert LIBRARY.build(state.world).population.users == FEW_USERS


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ([("scenario", "../../etc/passwd")], "no scenario"),
        ([("scenario", "/etc/passwd")], "no scenario"),
        ([("scenario", "hong-kong-2020.toml")], "no scenario"),
        ([("scenario", "import-0123456789abcdef")], "import its file again"),
        ([("pin", "../secrets")], "no scenario"),
        ([("seed", "-1")], "seed: expected a whole number"),
        ([("seed", "1e9")], "seed: expected a whole number"),
        ([("seed", "٣")], "seed: expected a whole number"),
        ([("seed", "9" * 4000)], "seed: expected a whole number"),
        ([("view", "<script>")], "no view"),
        ([("company", "<img src=x>")], "no company"),
        ([("day", "3654")], "day: expected"),
        ([("evil", "1")], "unknown part"),
        ([("scenario", "hong-kong-2020"), ("set", "population.gamma")], "to nothing"),
        ([("scenario", "hong-kong-2020"), ("set", "population.gama=3")], "gama"),
        ([("scenario", "hong-kong-2020"), ("set", "population.gamma=99")], "from 0.0 to 12.0"),
        ([("scenario", "hong-kong-2020"), ("set", "__class__.__name__=x")], "__class__"),
        ([("scenario", "hong-kong-2020"), ("set", "population.users=10000000")], "at most 200,000"),
        ([("scenario", "hong-kong-2020"), ("set", "end=2099-01-01")], "days: the laboratory takes"),
    ],
)  # fmt: skip
def test_a_false_link_is_refused_in_one_line(parts: list[tuple[str, str]], words: str) -> None:
    with pytest.raises((LinkError, ScenarioError)) as error:
        LIBRARY.follow(urlencode(parts))
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_a_link_of_ten_thousand_parts_is_refused() -> None:
    with pytest.raises(LinkError):
        LIBRARY.follow("&".join(["set=a"] * 10_000))


# Export and import


@pytest.mark.slow
@given(worlds)
@settings(deadline=None, max_examples=20)
def test_an_exported_world_comes_back_as_the_same_world(world: World) -> None:
    scenario = LIBRARY.build(world)
    back = LIBRARY.adopt(to_toml(scenario).encode())
    assert back.name == "hong-kong-2020"
    assert LIBRARY.build(back).digest() == scenario.digest()


def test_a_scenario_of_another_shape_is_kept_under_its_digest() -> None:
    text = (
        to_toml(REFERENCE).encode()
        + b"\n[companies.Example]\n[companies.Example.requests.legal]\nrate = 1.0\nproduced = 0.5\n"
    )
    library = Library()
    world = library.adopt(text)
    assert world.name.startswith("import-")
    assert "Example" in library.build(world).companies
    assert library.follow(State(world).query()).world == world
    assert world.name not in library.names()


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
        (b'extends = "hong-kong-2020"\n[population]\nusers = 5_000_000', "at most 200,000"),
        (b'extends = "hong-kong-2020"\n' + b"".join(b"[companies.x%d]\n" % i for i in range(60)), "companies: the lab"),
    ],
    ids=range(11),
)  # fmt: skip
def test_hostile_text_is_refused_in_one_line(text: bytes, words: str) -> None:
    with pytest.raises((LinkError, ScenarioError)) as error:
        LIBRARY.adopt(text)
    assert words in str(error.value)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 400


# Controls


def test_every_number_of_the_schema_has_a_control() -> None:
    from sim.scenario.sources import origins

    claims = {origin.key for origin in origins(REFERENCE) if origin.is_claim and not origin.key.startswith("observed.")}
    have = {key for group in controls(REFERENCE).values() for key in group}
    assert claims <= have
    assert set(controls(REFERENCE)) == set(GROUPS)


@pytest.mark.slow
@pytest.mark.parametrize("group", GROUPS)
def test_what_a_control_writes_is_what_the_scenario_then_holds(group: str) -> None:
    for key, control in controls(REFERENCE)[group].items():
        told = control.on_page(control.given, changed=False)
        if told["value"] == "":
            continue
        assert present(vary(REFERENCE, [f"{key}={toml_text(control, told['value'])}"]), key) == control.given
        assert told["meaning"]
        assert told["status"] in ("measured", "borrowed", "calibrated", "assumed", "setting")


def test_a_slider_holds_its_value_and_lies_within_the_bounds() -> None:
    for group in controls(REFERENCE).values():
        for control in group.values():
            if control.slider:
                lowest, highest, step = control.slider
                assert lowest <= control.given <= highest or control.given < lowest + step
                assert control.high is None or highest <= control.high
                assert 0 < step < highest - lowest


def test_resetting_one_control_keeps_the_others() -> None:
    world = World("hong-kong-2020").change("population.gamma", "5.0").change("law.vagueness", "0.2")
    assert world.reset("population.gamma").changes == (("law.vagueness", "0.2"),)
    assert find(REFERENCE, "population.gamma").given == REFERENCE.population.gamma


def test_an_act_that_waits_shows_its_condition_and_a_link_may_give_it_a_date() -> None:
    base = load("interoperability-if-tenth-lost")
    calendar = controls(base)["calendar"]
    share = calendar["acts.interoperability.when.share"]
    assert (share.given, share.section) == (
        0.1, "once WhatsApp has lost 10 % of its users: interoperability (interoperability)",
    )  # fmt: skip
    assert "acts.interoperability.date" not in calendar
    assert "acts.interoperability.when.earliest" in calendar
    for key, text, value in ((share.key, "0.2", 0.2), ("acts.interoperability.date", "2020-09-01", None)):
        state = State(World("interoperability-if-tenth-lost", ((key, text),)))
        assert LIBRARY.follow(state.query()) == state
        assert present(LIBRARY.build(state.world), share.key) == value
