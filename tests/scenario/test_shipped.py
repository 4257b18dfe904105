"""What comes with the code: every scenario loads, every pointer at evidence resolves, the schema is fresh."""

import csv
import functools
import json
import os
import tomllib

import jsonschema
import pytest

from sim.scenario import json_schema
from sim.scenario.errors import ScenarioError
from sim.scenario.fields import leaves
from sim.scenario.files import folder, load, loads, locate, shipped
from sim.scenario.schema import Source, count_assumed, origins


@functools.cache
def rows(table: str) -> list[str]:
    with (folder() / table).open(encoding="utf-8", newline="") as file:
        return [f"{row['date_or_period']} | {row['entity']} | {row['variable']}" for row in csv.DictReader(file)]


def test_what_ships_loads_says_what_it_asks_and_points_at_rows() -> None:
    digests, schema = set(), jsonschema.Draft7Validator(json_schema.editor_schema())
    for name, _, _ in shipped():
        scenario, file = load(name), locate(name)
        digests.add(scenario.digest())
        assert scenario.question.endswith((".", "?")), name
        text, path = file.read_text(encoding="utf-8"), os.path.relpath(folder() / "schema.json", file.parent)
        assert text.startswith(f"#:schema {path if '/' in path else f'./{path}'}\n"), name
        schema.validate(json.loads(json.dumps(tomllib.loads(text), default=str)))
        for pointer in (*scenario.sources.values(), *scenario.observed.values()):
            found = rows(pointer.table).count(pointer.row) == 1 if pointer.table else pointer.note
            assert found, f"{name}: {pointer}"
    assert len(digests) == len(shipped()) >= 11, "each differs from all others"


def test_the_schema_for_editors_is_fresh_and_refuses_what_the_code_refuses() -> None:
    fresh = json_schema.text()
    assert json_schema.path().read_text(encoding="utf-8") == fresh, "run: python -m sim.scenario.json_schema"
    for wrong in ({"titel": "x"}, {"population": {"users": 3}}, {"companies": {"Meta": {"stance": "paus"}}}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({"extends": "hong-kong-2020.toml", **wrong}, json.loads(fresh))


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


def entry(status: str) -> Source:
    return Source(status=status, note="test")


def test_the_entry_with_the_longest_key_speaks_for_a_number() -> None:
    given = {"companies.*": "borrowed", "companies.Meta.*": "calibrated", "companies.Meta.cutoff": "measured"}
    scenario = load("hong-kong-2020").model_copy(update={"sources": {key: entry(of) for key, of in given.items()}})
    status = {origin.key: origin.status for origin in origins(scenario)}
    assert status["companies.Google.cutoff"] == "borrowed"
    assert status["companies.Meta.requests.legal.rate"] == status["companies.Meta.review_days"] == "calibrated"
    assert status["companies.Meta.cutoff"] == "measured"
    assert origins(scenario, leaves(scenario)) == origins(scenario)


def test_an_entry_speaks_for_a_key_or_for_all_below_it_and_for_nothing_else() -> None:
    text = 'extends = "hong-kong-2020"\n[sources."{}"]\nstatus = "assumed"\nnote = "test"\n'
    for key in ("companies.Meta.cutoff", "companies.Meta.requests.*", "companies.*", "isps.*"):
        assert loads(text.format(key).encode(), "mine").sources[key] == entry("assumed")
    for key in ("companies.Meta.cutof", "companies.Nobody.*", "compan.*", "companies", "*"):
        with pytest.raises(ScenarioError, match="expected the dotted key of a parameter, or a prefix with"):
            loads(text.format(key).encode(), "mine")


def test_a_default_that_tables_share_counts_once() -> None:
    scenario = load("hong-kong-2020")
    keys = [item.key for item in origins(scenario) if item.key.endswith(".processing_days")]
    assert len(keys) == len(scenario.companies)
    only_meta = scenario.model_copy(
        update={"sources": scenario.sources | {"companies.Meta.processing_days": Source(status="assumed", note="test")}}
    )
    assert count_assumed(only_meta)[1] == count_assumed(scenario)[1] + 1
