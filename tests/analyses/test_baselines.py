"""Baselines know the other countries alone, and the gate says what is not shown."""

import math
from dataclasses import replace
from math import inf, nan

import numpy as np
import pandas as pd
import pytest

from sim.analyses.baselines import NOT_SHOWN, SHOWN, UNTOLD, baselines, country, gate, paired, wider
from sim.evidence.cases import cases, load_case
from sim.evidence.scores import FARTHEST, observations
from tests.evidence.checks import one_check

DAYS = one_check(unit="days", quantity="days_to_settle", about="companies")


def said(*told, first=None):
    """What baselines say of checks, each of a case, an observed value and what else it is."""
    checks = [(case, replace(DAYS, observed=observed, **about)) for case, observed, about in told]
    return baselines(checks, first or range(len(checks)))


def test_a_baseline_is_what_the_same_quantity_was_in_other_countries():
    found = said(
        ("turkey-2020", 100.0, {}), ("turkey-2024", 200.0, {}), ("india-2021", 3.0, {}), ("iran-2018", 7.0, {}),
        ("iraq-2023", nan, {"low": 50.0, "high": inf}), ("kenya-2024", 9.0, {"quantity": "days_to_yield"}),
    )  # fmt: skip
    assert found[0]["elsewhere"].tolist() == [3.0, 7.0, inf], "a wait that goes on has not come"
    assert found[0]["pooled"].tolist() == [3.0, 7.0, 9.0, inf]
    assert "elsewhere" not in found[5]


def test_a_constant_is_the_value_that_meets_most_rules_elsewhere():
    rules = {"low": 1.0, "high": 20.0}
    found = said(("turkey-2020", 5.0, {}), ("india-2021", 3.0, rules), ("iran-2018", 300.0, rules),
                 ("iraq-2023", nan, {"low": 2.0, "high": inf}))[0]  # fmt: skip
    assert found["elsewhere"].tolist() == [3.0, 300.0, inf]
    assert found["constant"].tolist() == [3.0]


def test_a_baseline_sees_no_double_no_proxy_no_input_and_nothing_of_another_kind():
    others = (("india-2021", 3.0, {}), ("iran-2018", 7.0, {}), ("kenya-2024", 9.0, {}))
    for about in ({"role": "proxy"}, {"input": "acts.block.date"}, {"unit": "percent"}, {"about": "people"}):
        found = said(("turkey-2020", 1.0, {}), *others, ("iraq-2023", 5000.0, about))[0]
        assert max(map(max, found.values())) == 9.0 or about == {"about": "people"}
        assert 5000.0 not in found["pooled"]
    assert 5000.0 not in said(*others, ("iraq-2023", 5000.0, {}), ("x-1", 1.0, {}), first=[0, 1, 2, 2, 4])[4]["pooled"]
    assert said(*others)[0] == {}, "of two others nothing is said"


def test_no_shipped_case_is_told_its_own_country():
    every = [(case.name, check) for case in map(load_case, cases()) for check in case.checks]
    found = baselines(every, observations([check for _, check in every]))
    assert sum(map(bool, found)) > 100
    assert country("rim-saudi-2010") == country("rim-uae-2010") == "rim"
    assert country("kakao-outage-2022") == country("korea-2014")
    unique = [check.observed for _, check in every]
    for (case, check), told in zip(every, found, strict=True):
        if told and unique.count(check.observed) == 1 and not math.isnan(check.observed):
            assert all(check.observed not in values for values in told.values()), (case, check.id)


def test_scores_are_paired_by_country_with_the_interval_of_a_paired_t():
    ours, theirs = pd.Series([1.0, 3.0, 1.0, 2.0, 4.0, 0.0, nan]), pd.Series([2.0] * 7)
    where = pd.Series(["a", "a", "b", "c", "d", "e", "f"])
    mean, low, high, n = paired(ours, theirs, where)
    gaps = np.array([0.0, -1.0, 0.0, 2.0, -2.0])
    half = 2.776445 * gaps.std(ddof=1) / math.sqrt(5)
    assert (mean, low, high, n) == (pytest.approx(-0.2), pytest.approx(-0.2 - half), pytest.approx(-0.2 + half), 5)
    assert paired(ours[:3], theirs[:3], where[:3])[3] == 2
    assert math.isnan(paired(ours[:3], theirs[:3], where[:3])[1]), "two countries have no interval"


@pytest.mark.parametrize(
    ("told", "held", "ahead", "says"),
    [
        (50, 45, [(-0.1, 9), (-0.2, 9)], SHOWN),
        (50, 45, [(-0.1, 9), (0.1, 9)], NOT_SHOWN),
        (50, 30, [(-0.1, 9), (-0.2, 9)], NOT_SHOWN),
        (50, 50, [(-0.1, 9), (-0.2, 9)], NOT_SHOWN),
        (50, 45, [(-0.1, 9), (nan, 2)], UNTOLD),
        (0, 0, [(-0.1, 9)], UNTOLD),
    ],
)
def test_the_gate_asks_for_coverage_and_for_every_baseline_to_be_beaten(told, held, ahead, says):
    assert gate(told, held, ahead) == says


def test_the_wider_band_is_the_largest_error_of_the_other_countries():
    others = [(f"{name}-1", gap, 10.0) for gap, name in enumerate("bcdefghij")]
    rows = [("a-1", 0.5, 10.0), ("a-2", 4.0, 10.0), *others]
    table = pd.DataFrame(
        [{"case": case, "about": "people", "role": "fitted", "input": "", "scale": "linear", "spread": 2.0,
          "observed": at, "p50": at + 2 * gap} for case, gap, at in rows]
    )  # fmt: skip
    found = wider(table)
    assert (found["wide_low"][0], found["wide_high"][0]) == (11.0 - 16.0, 11.0 + 16.0), "the error of j, in spreads 8"
    assert found["wide_high"][10] == 26.0 + 14.0, "its own error is left out: the next is that of i"
    assert wider(table[:8])["wide_high"].isna().all(), "of seven other countries nine tenths are not told"
    table.loc[2, "p50"] = nan
    assert wider(table)["wide_high"][0] == 11.0 + 2 * FARTHEST
    assert wider(table.assign(scale="log"))["wide_high"][0] == pytest.approx(11.0 * math.exp(2 * FARTHEST))
