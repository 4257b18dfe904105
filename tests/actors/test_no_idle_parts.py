"""Parts of the reference that once did nothing, or were called what they are not."""

import re

import pytest

from sim.evidence.facts import fact
from sim.model import Model
from sim.scenario.files import load
from sim.scenario.schema import Scenario

FEW = ("population.users=200", "end=2021-01-31")


def test_no_belief_makes_pausing_worth_its_cost_to_tencent():
    """Without harm, p* = (g + c) / g = 1.1 whatever cut-off is declared, so that none had to be found by trial."""
    for declared in (0.01, 0.5, 0.99):
        model = Model(load("hong-kong-2020", [*FEW, f"companies.Tencent.cutoff={declared}"]))
        assert model.companies["Tencent"].cutoff_at("data", 0) == pytest.approx(1.1)


# What is called measured


def defaults() -> dict[str, tuple[object, str]]:
    """Value and source of every default in the schema that calls itself measured."""
    schema = Scenario.model_json_schema()
    return {
        f"{table}.{name}": (field["default"], field.get("source", ""))
        for table, body in {"Scenario": schema, **schema["$defs"]}.items()
        for name, field in body.get("properties", {}).items()
        if field.get("status") == "measured" and "default" in field
    }


@pytest.mark.parametrize("key", defaults())
def test_a_default_that_is_measured_names_a_row_with_a_complete_source(key):
    _, source = defaults()[key]
    table, row = re.fullmatch(r"(evidence/\S+\.csv): ([^;]+)(?:;.*)?", source).groups()
    assert fact(table, row).complete


def test_measured_defaults_are_what_their_rows_say():
    people = fact("evidence/hong-kong-2020/market.csv", "2021-06 | Hong Kong | population_census")
    rows = [f"2020H2 | Facebook/Meta | {name}" for name in ("accounts_specified", "user_data_requests")]
    accounts, requests = (fact("evidence/hong-kong-2020/transparency.csv", row) for row in rows)
    values = {key: value for key, (value, _) in defaults().items()}
    assert values["Population.represents"] == float(people.value)
    assert values["RequestStream.accounts"] == pytest.approx(float(accounts.value) / float(requests.value), abs=0.005)
