"""Cases that come with the code: complete, rooted in facts with full sources, with rules that what was seen passes."""

import math

import pytest

from sim.calibration.layers import disputes
from sim.evidence.cases import cases, load_case
from sim.evidence.facts import fact
from sim.evidence.inspection import case_faults, scenario_faults
from sim.evidence.scores import observations
from sim.scenario.calendar import idle_acts
from sim.scenario.files import folder, load, locate, read, read_toml, shipped

ALL = {name: load_case(name) for name in cases()}
CHECKS = [pytest.param(check, id=f"{name}: {check.id}") for name, case in ALL.items() for check in case.checks]
COUNTRIES = (
    "germany-2021", "korea-2014", "nigeria-2021", "turkey-2020", "indonesia-2022", "vietnam-2020", "uganda-2021",
)  # fmt: skip
DISPUTES = {f"{name}-dispute" for name in disputes.CASES}
NOT_UNSEEN = {"P5", "P6", "P10", "P11", "P12", "P13", "P16", "indonesia-2022", "uganda-2021"}
"""Patterns that were once held out or promised: their outcome was known to whoever set a value or drew up the form."""


def groups() -> dict[str, set[str]]:
    """Roles of the checks of each group."""
    found: dict[str, set[str]] = {}
    for name, case in ALL.items():
        for check in case.checks:
            found.setdefault(check.group or name, set()).add(check.role)
    return found


def test_every_pattern_of_hong_kong_has_its_group():
    assert {name for name in groups() if name.startswith("P")} == {f"P{number}" for number in range(1, 17)}
    for check in ALL["hong-kong-2020"].checks:
        assert check.id.startswith(f"{check.group.lower()}-")


def test_only_disputes_that_no_constant_rests_on_are_unseen():
    found = groups()
    unseen = {name for name, roles in found.items() if "unseen" in roles}
    assert unseen == {f"{name}-dispute" for name in disputes.UNSEEN}
    assert all(found[name] == {"unseen"} for name in unseen)
    assert found.keys() >= NOT_UNSEEN | DISPUTES
    assert all(found[name] == {"fitted"} for name in DISPUTES)


@pytest.mark.parametrize("file", sorted((folder() / "calibration").glob("*.toml")), ids=lambda file: file.stem)
def test_what_a_calibration_rests_on_is_fitted(file):
    targets = read_toml(file).get("targets", [])
    roles = {ALL[one["case"]].check(one["check"]).role for one in targets}
    assert roles <= {"fitted"}


def test_checks_about_one_observation_have_one_role():
    every = [(f"{name} {check.id}", check) for name, case in ALL.items() for check in case.checks]
    first = observations([check for _, check in every])
    shared = {name: every[n][0] for (name, _), n in zip(every, first, strict=True) if name != every[n][0]}
    assert shared["hong-kong-2020 p8-signal-february"] == "germany-2021 p9-signal-february"
    assert shared["turkey-2020 delay-of-dispute"] == "turkey-2020 days-ban-to-twitter"
    assert shared["indonesia-2022 delay-of-dispute"] == shared["indonesia-2022 days-to-yahoo"]
    assert "hong-kong-2020 p2-silent-pauses" not in shared
    assert not [name for (name, check), n in zip(every, first, strict=True) if check.role != every[n][1].role]


def test_what_went_into_a_scenario_is_called_an_input():
    """Dates of orders and of their ends, an operator's delay, and shares of answers that a check reads off again."""
    inputs = {name: [check.id for check in case.checks if check.input] for name, case in ALL.items()}
    assert {name: ids for name, ids in inputs.items() if ids} == {
        "hong-kong-2020": ["p3-meta-2020h2", "p3-google-2020h2", "p5-first-treaty"],
        "korea-2014": ["days-to-second-stop"], "nepal-2025": ["open-again"], "nigeria-2021": ["operators-block"],
        "pakistan-2024": ["cut-off"], "rim-saudi-2010": ["open-until-the-date"],
        "rim-uae-2010": ["open-until-the-date"], "russia-linkedin-2016": ["providers-block"],
        "uganda-2021": ["operators-block", "whatsapp-reopened"], "vietnam-2020": ["carriers-throttle"],
    }  # fmt: skip


@pytest.mark.parametrize("name", COUNTRIES)
def test_each_country_has_three_quantities(name):
    assert sum(bool(check.facts) and not math.isnan(check.observed) for check in ALL[name].checks) >= 3


INCOMPLETE = {"line-excess-day-11", "telegram-excess-day-11", "left-after-lifting"}
"""Checks with a fact whose source has no complete address: shown and scored, with no number fitted on them."""


@pytest.mark.parametrize("check", CHECKS)
def test_a_check_rests_on_complete_facts(check):
    assert all(one.complete for one in check.facts) is (check.id not in INCOMPLETE)
    assert check.about != "people" or check.role != "fitted" or check.id not in INCOMPLETE
    assert check.facts or math.isnan(check.observed), "an observed value needs a fact"


def test_facts_are_named_by_their_table_wherever_one_stands(monkeypatch):
    monkeypatch.chdir(folder().parent)
    (users,) = load_case("uganda-2021").check("facebook-23-months").facts
    assert users.name == "cases/uganda-2021/facts: 2021-01 -> 2022-12 | Facebook | users_uganda"
    assert fact(users.table, users.key).value_to == users.value_to


SMALLER_SHOCK = {"p7-telegram-180-days", "p7-signal-180-days"}
"""Hong Kong's shock was smaller than that of the German survey, which is above the band, not in it."""


@pytest.mark.parametrize("check", [one for one in CHECKS if not math.isnan(one.values[0].observed)])
def test_what_was_observed_passes_its_own_rule(check):
    assert check.passes(check.observed) is (check.id not in SMALLER_SHOCK)


OBSERVED = {
    ("hong-kong-2020", "p1-announcements-in-3-days"): 7,
    ("hong-kong-2020", "p3-meta-2020h2"): 0,
    ("hong-kong-2020", "p3-google-2020h2"): 3 / 43,
    ("hong-kong-2020", "p4-meta-2020h2"): 202,
    ("hong-kong-2020", "p4-meta-2021h1"): 152,
    ("hong-kong-2020", "p4-google-2020h2"): 43,
    ("hong-kong-2020", "p4-google-2021h1"): 7,
    ("hong-kong-2020", "p5-first-treaty"): 45,
    ("hong-kong-2020", "p7-telegram-july"): 110 / 26,
    ("hong-kong-2020", "p8-signal-february"): (7.0 / 28) / (50.6 / 31),
    ("hong-kong-2020", "p11-slowest-isp"): 8,
    ("hong-kong-2020", "p14-deletions"): 3.47,
    ("germany-2021", "p9-signal-share"): 13,
    ("korea-2014", "telegram-week"): (2620 / 1380 + 1735 / 1076) / 2,
    ("nigeria-2021", "days-to-settle"): 222,
    ("uganda-2021", "facebook-23-months"): 100 * 2226 / 3236,
    ("turkey-2020", "p16-yielded-by-ban"): 6 / 8,
}


@pytest.mark.parametrize(("case", "check"), OBSERVED)
def test_observed_values(case, check):
    assert ALL[case].check(check).observed == pytest.approx(OBSERVED[case, check])


RULES = {
    ("hong-kong-2020", "p3-google-2020h2"): (0.014625496995132235, 0.1906072318857923),
    ("hong-kong-2020", "p4-meta-2020h2"): (175.10258027221093, 231.85994774156015),
    ("hong-kong-2020", "p5-first-treaty"): (15.0, 135.0),
    ("germany-2021", "signal-share"): (11.0, 15.0),
    ("germany-2021", "p9-signal-week"): (30.75, 123.0),
    ("nigeria-2021", "reach-5-months"): (40.0, 60.0),
    ("uganda-2021", "facebook-23-months"): (55.0, 80.0),
}


@pytest.mark.parametrize(("case", "check"), RULES)
def test_rules_are_those_that_were_set(case, check):
    found = ALL[case].check(check)
    assert (found.low, found.high) == pytest.approx(RULES[case, check])


@pytest.mark.parametrize("name", cases())
def test_a_shipped_case_has_no_fault(name):
    assert list(case_faults(ALL[name].folder)) == []


@pytest.mark.parametrize("name", [name for name, _, _ in shipped()])
def test_a_shipped_scenario_points_at_rows_that_are_there(name):
    scenario = load(name)
    assert list(scenario_faults(scenario, locate(name))) == []


@pytest.mark.parametrize("name", cases())
def test_every_act_of_a_case_happens(name):
    assert list(idle_acts(ALL[name].scenario)) == []
    if locate(name).parent == ALL[name].folder:
        assert read(name).notes == []
