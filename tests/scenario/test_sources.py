"""Where numbers come from: an entry of ``[sources]`` speaks for its key, or for all below it."""

import pytest

from sim.scenario.errors import ScenarioError
from sim.scenario.fields import leaves
from sim.scenario.files import load
from sim.scenario.schema import Source, origins


def entry(status: str) -> Source:
    return Source(status=status, note="test")


def test_the_entry_with_the_longest_key_speaks_for_a_number() -> None:
    given = {"companies.*": "borrowed", "companies.Meta.*": "calibrated", "companies.Meta.cutoff": "measured"}
    scenario = load("hong-kong-2020").model_copy(update={"sources": {key: entry(of) for key, of in given.items()}})
    status = {origin.key: origin.status for origin in origins(scenario)}
    assert status["companies.Google.cutoff"] == "borrowed"
    assert status["companies.Meta.requests.legal.rate"] == status["companies.Meta.review_days"] == "calibrated"
    assert status["companies.Meta.cutoff"] == "measured"


def test_what_is_known_of_the_leaves_changes_no_origin() -> None:
    scenario = load("hong-kong-2020")
    assert origins(scenario, leaves(scenario)) == origins(scenario)


@pytest.mark.parametrize("key", ["companies.Meta.cutoff", "companies.Meta.requests.*", "companies.*", "isps.*"])
def test_an_entry_may_speak_for_a_key_or_for_all_below_it(key, tmp_path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(f'extends = "hong-kong-2020"\n[sources."{key}"]\nstatus = "assumed"\nnote = "test"\n')
    assert load(file).sources[key] == entry("assumed")


@pytest.mark.parametrize("key", ["companies.Meta.cutof", "companies.Nobody.*", "compan.*", "companies", "*"])
def test_an_entry_that_speaks_for_nothing_is_refused(key, tmp_path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(f'extends = "hong-kong-2020"\n[sources."{key}"]\nstatus = "assumed"\nnote = "test"\n')
    with pytest.raises(ScenarioError, match="expected the dotted key of a parameter, or a prefix with"):
        load(file)


def test_a_number_of_a_table_has_the_default_of_its_own_name() -> None:
    """A company listens to its own group by default, which the declaration gives as a table."""
    scenario = load("hong-kong-2020")
    known = {leaf.key: leaf for leaf in leaves(scenario)}
    assert known["companies.Meta.listens_to.western"].default == 1.0
    assert next(o for o in origins(scenario) if o.key == "companies.Meta.listens_to.western").is_default
