"""Patterns: complete, rooted in facts with full sources, and read from the codebook's tables."""

import math

import numpy as np
import pandas as pd
import pytest

from sim.evidence.patterns import as_row, judge, patterns
from sim.evidence.rules import Rule
from sim.study.ensemble import run
from tests.conftest import small_world

ALL = patterns()
COUNTRIES = (
    "germany-2021",
    "korea-2014",
    "nigeria-2021",
    "turkey-2020",
    "indonesia-2022",
    "vietnam-2020",
    "uganda-2021",
)
FIT = {"P1", "P2", "P3", "P4", "P7", "P8", "P9", "P14", "P15", "germany-2021"}
SHOWN = {
    "P16", "korea-2014-company", "korea-2014-users", "nigeria-2021-company", "nigeria-2021-users", "turkey-2020",
    "vietnam-2020",
}  # fmt: skip
CHECKS = [pytest.param(check, id=f"{pattern.id}: {check.name}") for pattern in ALL for check in pattern.checks]


def test_every_number_has_a_pattern():
    assert [pattern.id for pattern in ALL if pattern.id.startswith("P")] == [f"P{n}" for n in range(1, 17)]


def test_what_is_fitted_shown_and_held_out():
    assert {pattern.id for pattern in ALL if pattern.role == "shown"} == SHOWN
    assert {pattern.id for pattern in ALL if pattern.role == "fit"} == FIT


@pytest.mark.parametrize("country", COUNTRIES)
def test_each_country_has_three_quantities(country):
    checks = [check for pattern in ALL for check in pattern.checks if check.world.scenario == country and check.facts]
    assert len({check.name for check in checks if not math.isnan(check.observed)}) >= 3


@pytest.mark.parametrize("check", CHECKS)
def test_a_check_rests_on_complete_facts(check):
    assert [one.name for one in check.facts if not one.complete] == []
    assert check.facts or math.isnan(check.observed), "an observed value needs a fact"


@pytest.mark.parametrize("check", CHECKS)
def test_a_rule_is_an_interval_with_a_reason(check):
    assert check.rule.low < check.rule.high or check.rule.low == check.rule.high
    assert check.rule.why


SMALLER_SHOCK = {"Telegram after 180 days", "Signal after 180 days"}
"""Hong Kong's shock was smaller than that of the German survey, which is above the band, not in it."""


@pytest.mark.parametrize("check", [one for one in CHECKS if not math.isnan(one.values[0].observed)])
def test_what_was_observed_passes_its_own_rule(check):
    assert check.rule.passes(check.observed) is (check.name not in SMALLER_SHOCK)


OBSERVED = {
    ("P1", "announcements within 3 days"): 7,
    ("P3", "Meta 2020H2"): 0,
    ("P3", "Google 2020H2"): 3 / 43,
    ("P4", "Meta 2020H2"): 202,
    ("P4", "Meta 2021H1"): 152,
    ("P4", "Google 2020H2"): 43,
    ("P4", "Google 2021H1"): 7,
    ("P5", "first turn to mutual legal assistance"): 45,
    ("P7", "Telegram installs, July over a quiet month"): 110 / 26,
    ("P9", "Signal share"): 13,
    ("P11", "slowest of the four large ISPs"): 8,
    ("P14", "deletions, 30 days over a quiet month"): 3.47,
    ("nigeria-2021-company", "days from the block to the company's settlement"): 222,
}


@pytest.mark.parametrize(("pattern", "check"), OBSERVED)
def test_observed_values(pattern, check):
    (found,) = [one for other in ALL if other.id == pattern for one in other.checks if one.name == check]
    assert found.observed == pytest.approx(OBSERVED[pattern, check])


@pytest.fixture(scope="module")
def reference_scores():
    """Two short runs: enough to read every table, too few to judge."""
    chosen = [pattern for pattern in ALL if {check.world.scenario for check in pattern.checks} == {"hong-kong-2020"}]
    ensemble = run(small_world(users=4000, end="2021-06-30"), replicates=2, seed=3, workers=1)
    rows = [
        as_row(pattern, check, judge(check, np.array([check.measure(one) for one in ensemble.runs])))
        for pattern in chosen
        for check in pattern.checks
    ]
    return pd.DataFrame(rows).set_index(["pattern", "check"])


def test_readings_fit_the_tables_of_a_run(reference_scores):
    late = {"Google 2021H2", "Google 2022H1", "change of WeChat's share in two years"}
    read = reference_scores["p50"].notna()
    assert {check for (_, check), known in read.items() if not known} == late


def test_a_rule_cannot_be_passed_by_nothing():
    assert not Rule(-math.inf, math.inf, "").passes(math.nan)
