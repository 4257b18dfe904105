"""Cases differ by shock, market, demands and ISPs, never by how people and companies behave."""

import pytest

from sim.evidence.cases import cases
from sim.scenario.files import CASE, load, locate, read_toml, shipped

HERE = "hong-kong-2020"
CASES = [name for name in cases() if locate(name).name == CASE]
MARKET = {"users", "represents", "vpn_share", "offline_share", "holdings_correlation"}
"""What of the population a case may set: how many people there are, and how they are equipped before the event."""


@pytest.mark.parametrize("name", CASES)
def test_people_behave_as_in_hong_kong(name):
    there, here = load(name).population.model_dump(exclude=MARKET), load(HERE).population.model_dump(exclude=MARKET)
    assert there == here


@pytest.mark.parametrize("name", CASES)
def test_companies_decide_as_in_hong_kong(name):
    there, here = load(name), load(HERE)
    assert there.decision == here.decision
    assert there.society == here.society
    assert there.press == here.press.model_copy(update={"salience_per_arrest": there.press.salience_per_arrest})


@pytest.mark.parametrize("name", CASES)
def test_a_case_stands_alone(name):
    """It extends nothing, so that what it does not say is the schema's."""
    assert (name, load(name).title) in [(shipped_name, title) for shipped_name, title, _ in shipped()]
    assert "extends" not in read_toml(locate(name))


@pytest.mark.parametrize("name", CASES)
def test_a_company_known_from_hong_kong_has_its_cut_off(name):
    known = {"Facebook": "Meta", "TikTok": "ByteDance"}
    here = load(HERE).companies
    for company, spec in load(name).companies.items():
        if (twin := known.get(company, company)) in here:
            assert spec.cutoff == here[twin].cutoff, company
