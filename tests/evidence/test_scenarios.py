"""What scenario files say of evidence is there."""

import pytest

from sim.evidence.facts import fact
from sim.scenario.files import load, shipped


@pytest.mark.parametrize("name", [name for name, _, _ in shipped()])
def test_every_row_that_a_scenario_names_exists(name):
    scenario = load(name)
    rows = {key: entry for key, entry in scenario.sources.items() if entry.table}
    for key, entry in {**rows, **scenario.observed}.items():
        if entry.table:
            assert fact(entry.table, entry.row), key


@pytest.mark.parametrize("name", [name for name, _, _ in shipped()])
def test_what_a_scenario_calls_measured_has_a_complete_source(name):
    sources = {key: entry for key, entry in load(name).sources.items() if entry.table and entry.status == "measured"}
    assert [key for key, entry in sources.items() if not fact(entry.table, entry.row).complete] == []
