"""What comes with the code: every scenario loads, every pointer at evidence resolves, the schema is fresh."""

import csv
import json
import os
import tomllib

import jsonschema
import pytest

from sim.scenario import json_schema
from sim.scenario.files import folder, load, locate, shipped
from sim.scenario.schema import Observed, Source, count_assumed, origins

NAMES = [name for name, _, _ in shipped()]


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_scenario_loads_and_says_what_it_asks(name: str) -> None:
    scenario = load(name)
    assert scenario.question.endswith((".", "?"))
    file = locate(name)
    schema = os.path.relpath(folder() / "schema.json", file.parent)
    assert file.read_text(encoding="utf-8").startswith(f"#:schema {schema if '/' in schema else f'./{schema}'}\n")


def test_counterfactuals_differ_from_the_reference_and_from_one_another() -> None:
    assert len({load(name).digest() for name in NAMES}) == len(NAMES) >= 11


@pytest.mark.parametrize("name", NAMES)
def test_every_pointer_resolves_to_one_row(name: str) -> None:
    scenario = load(name)
    pointers: list[Source | Observed] = [*scenario.sources.values(), *scenario.observed.values()]
    for pointer in pointers:
        if not pointer.table:
            assert pointer.note, pointer
            continue
        with (folder() / pointer.table).open(encoding="utf-8", newline="") as file:
            rows = [f"{row['date_or_period']} | {row['entity']} | {row['variable']}" for row in csv.DictReader(file)]
        assert rows.count(pointer.row) == 1, pointer


def test_the_schema_for_editors_is_fresh() -> None:
    assert json_schema.path().read_text(encoding="utf-8") == json_schema.text(), (
        "run: python -m sim.scenario.json_schema"
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_schema_for_editors_accepts_what_ships(name: str) -> None:
    table = tomllib.loads(locate(name).read_text(encoding="utf-8"))
    jsonschema.validate(json.loads(json.dumps(table, default=str)), json_schema.editor_schema())


@pytest.mark.parametrize(
    "wrong", [{"titel": "x"}, {"population": {"users": 3}}, {"companies": {"Meta": {"stance": "paus"}}}]
)
def test_the_schema_for_editors_refuses_what_the_code_refuses(wrong: dict[str, object]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"extends": "hong-kong-2020.toml", **wrong}, json_schema.editor_schema())


def test_the_numbers_of_hong_kong_are_counted_by_what_they_rest_on() -> None:
    scenario = load("hong-kong-2020")
    by_key = {item.key: item for item in origins(scenario)}
    assert by_key["companies.Meta.requests.legal.rate"].status == "measured"
    assert by_key["companies.Meta.cutoff"].status == "assumed"
    assert by_key["population.inertia"].status == "calibrated"
    assert by_key["population.users"].status == "setting"
    assumed, claims = count_assumed(scenario)
    one_less = scenario.sources | {"companies.Meta.cutoff": Source(status="calibrated", note="test")}
    assert count_assumed(scenario.model_copy(update={"sources": one_less})) == (assumed - 1, claims)


def test_a_default_that_tables_share_counts_once() -> None:
    scenario = load("hong-kong-2020")
    keys = [item.key for item in origins(scenario) if item.key.endswith(".processing_days")]
    assert len(keys) == len(scenario.companies)
    only_meta = scenario.model_copy(
        update={"sources": scenario.sources | {"companies.Meta.processing_days": Source(status="assumed", note="test")}}
    )
    assert count_assumed(only_meta)[1] == count_assumed(scenario)[1] + 1


def test_roles_and_owners_of_hong_kong() -> None:
    scenario = load("hong-kong-2020")
    assert scenario.police is not None
    assert scenario.committee is not None
    assert scenario.centre is not None
    assert [scenario.police[0], scenario.committee[0], scenario.centre[0]] == ["Police", "Committee", "Beijing"]
    owners = {platform: scenario.owner(platform) for platform in scenario.platforms}
    assert owners == {"WhatsApp": "Meta", "Telegram": "Telegram", "WeChat": "Tencent", "Signal": "Signal"}
    assert scenario.owner("Line") is None
