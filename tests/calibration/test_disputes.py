"""The delays of disputes: ends against closed forms, scores by hand, a dispute predicted from the others."""

import csv
import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from sim.calibration.disputes import (
    CASES,
    DEFAULT,
    DELAY,
    FORMS,
    RIVAL,
    Trace,
    by_losses,
    by_resolve,
    compared,
    dispute_posterior,
    leave_one_out,
    likelihood,
    scored,
    trace,
)
from sim.evidence.cases import cases, load_case
from sim.scenario.files import folder

DAYS = 400
CONSTANTS = np.array([[5.0, 100.0, 2.0, 0.25, 10.0]])
"""T_f, T_g, sigma_b, pi and 1/nu_d."""


def made(rate=0.1, state=0.0, since=0, delay=50.0, by_company=True, name="made", eve=(), kind="takedown") -> Trace:
    """A dispute in which a day costs the company ``rate`` days of what refusing is worth, and the state ``state``."""
    days = np.arange(DAYS)
    counts = np.maximum(days - since + 1, 0)
    return Trace(name, kind, since, delay, by_company, rate * counts, state * counts, np.isin(days, eve))


def test_ends_under_resolve_are_log_normal_and_take_their_time():
    """Whoever has had enough by a day gives in at 1/10 a day: a recursion over days, in plain words."""
    by_company, by_state = by_resolve(made(), CONSTANTS)
    enough = 0.75 * stats.lognorm(2.0, scale=5.0).cdf(0.1 * np.arange(1, DAYS + 1))
    gone, expected = 0.0, []
    for day in range(DAYS):
        step = -math.expm1(-0.1) * (enough[day] - gone)
        gone += step
        expected.append(step)
    assert by_company[:, 0] == pytest.approx(expected)
    assert not by_state.any()


def test_on_the_eve_of_a_step_all_who_have_had_enough_give_in():
    by_company, _ = by_resolve(made(eve=[30]), CONSTANTS)
    enough = 0.75 * stats.lognorm(2.0, scale=5.0).cdf(0.1 * 31)
    assert by_company[:31, 0].sum() == pytest.approx(enough)
    assert by_company[30, 0] > 5 * by_company[29, 0]


def test_sides_are_independent_and_what_was_before_the_dispute_is_given():
    alone = [by_resolve(made(0.1, 0.0), CONSTANTS)[0], by_resolve(made(0.0, 4.0), CONSTANTS)[1]]
    by_company, by_state = by_resolve(made(0.1, 4.0), CONSTANTS)
    ended = [np.cumsum(one[:, 0]) for one in alone]
    total = np.cumsum(by_company + by_state, axis=0)[:, 0]
    assert total == pytest.approx(1.0 - (1.0 - ended[0]) * (1.0 - ended[1]))
    early = Trace("early", "data", 20, 9.0, True, 0.1 * np.arange(1.0, DAYS + 1), np.zeros(DAYS), np.zeros(DAYS, bool))
    given, _ = by_resolve(early, CONSTANTS)
    assert given[:20].sum() == 0.0
    assert given[20:, 0] == pytest.approx(alone[0][20:, 0] / (1.0 - ended[0][19]))


@pytest.mark.parametrize(("shift", "sooner"), [({"rate": 0.2}, True), ({"rate": 0.05}, False)])
def test_more_losses_are_sooner_whatever_the_constants(shift, sooner):
    places = FORMS[DEFAULT].places(64)
    plain, moved = (np.cumsum(by_resolve(made(**how), places)[0], axis=0) for how in ({}, shift))
    assert ((moved >= plain - 1e-12) if sooner else (moved <= plain + 1e-12)).all()
    assert not by_resolve(made(0.0), places)[0].any()


def test_rates_by_losses_are_gamma_spread_hazards():
    """Rate 0.01 (x)^0.5, shape 2: survival (1 + Lambda / 2)^-2."""
    by_company, _ = by_losses(made(), np.array([[0.01, 1e-9, 0.5, 2.0, 1.0]]))
    passed = np.cumsum(0.01 * (0.1 * np.arange(1, DAYS + 1)) ** 0.5)
    assert np.cumsum(by_company[:, 0]) == pytest.approx(1.0 - (1.0 + passed / 2.0) ** -2.0)


def test_base_rates_know_the_kind_or_nothing_and_no_losses():
    for name, places, rate in (
        ("one rate", [0.02, 0.8], 0.02), ("rates by kind", [0.01, 0.03, 0.05, 0.8], 0.03),
    ):  # fmt: skip
        by_company, by_state = FORMS[name].ends(made(since=7), np.array([places]))
        assert by_company[:7].sum() == 0.0
        assert (by_company + by_state)[7:, 0] == pytest.approx(-math.expm1(-rate) * np.exp(-rate * np.arange(DAYS - 7)))
        assert by_company[9] == pytest.approx(4.0 * by_state[9])
    by_company, by_state = FORMS[RIVAL].ends(made(), np.array([[0.02, 0.8, 0.5]]))
    assert 1.0 - (by_company + by_state).sum(axis=0) == pytest.approx((1.0 + 0.02 * DAYS / 0.5) ** -0.5)
    by_company, _ = FORMS["a constant"].ends(made(since=3), np.array([[12.4, 1.0]]))
    assert np.flatnonzero(by_company).tolist() == [15]


def test_what_was_observed_is_an_end_by_one_side_about_then_or_none_by_then():
    by_company, by_state = np.full((2, DAYS, 1), 0.001)
    by_state = by_state / 2
    for one, expected in (
        (made(delay=40.0), 0.021), (made(delay=40.0, since=7), 0.021), (made(delay=40.0, by_company=False), 0.0105),
        (made(delay=40.0, by_company=None), 1.0 - 0.06), (made(delay=40.0, since=10, by_company=None), 1.0 - 0.075),
    ):  # fmt: skip
        assert likelihood(one, (by_company, by_state)) == pytest.approx(expected)


def test_scores_of_a_prediction_by_hand():
    """The company ends it on day 1 with 0.6, the state on day 3 with 0.2; the company did on day 2."""
    by_company, by_state = np.zeros((2, DAYS))
    by_company[1], by_state[3] = 0.6, 0.2
    found = scored(made(delay=2.0), by_company, by_state)
    assert (found["low"], found["median"], found["high"]) == (1.0, 1.0, math.inf)
    assert (found["by_company"], found["by_state"]) == pytest.approx((0.6, 0.2))
    assert found["brier"] == pytest.approx(0.16 + 0.04 + 0.04)
    assert found["pit"] == pytest.approx(0.6)
    expected = 0.36 * math.log(3 / 2) + 0.16 * math.log(4 / 3) + 0.04 * math.log((DAYS + 1) / 4)
    assert found["crps"] == pytest.approx(expected)
    nobody = scored(made(delay=3.0, by_company=None), by_company, by_state)
    assert nobody["brier"] == pytest.approx(0.36 + 0.36)
    assert nobody["crps"] == pytest.approx(0.36 * math.log(4 / 2))
    assert 0.6 <= nobody["pit"] <= 1.0


def test_forms_are_compared_dispute_by_dispute_and_a_story_is_one():
    names = ["a", "b", "c", "rim-uae-2010", "rim-saudi-2010"]
    rows = [
        {"form": form, "case": name, "log_score": score, "crps": 1.0 + (form == "one rate") * 0.5, "brier": 0.5}
        for form, scores in ((RIVAL, [-1.0] * 5), ("one rate", [-2.0, -1.0, -3.0, -2.0, -2.0]))
        for name, score in zip(names, scores, strict=True)
    ]
    found = compared(pd.DataFrame(rows)).set_index("form")
    assert found.loc[RIVAL, ["behind", "behind_se"]].tolist() == [0.0, 0.0]
    assert found.loc["one rate", "behind"] == pytest.approx(-5.0)
    stories = np.array([-1.0, 0.0, -2.0, -2.0])
    assert found.loc["one rate", "behind_se"] == pytest.approx(stories.std() * math.sqrt(4), rel=0.06)
    assert found.loc["one rate", ["crps", "crps_behind"]].tolist() == pytest.approx([1.5, 0.5])


def test_a_case_does_not_take_part_in_its_own_prediction():
    others = [made(delay=60.0, name="a"), made(0.3, delay=20.0, name="b")]
    band = ["low", "median", "high", "by_company"]
    for form in (DEFAULT, RIVAL):
        near, far = (leave_one_out([*others, made(delay=delay, name="c")], form, 256)[0] for delay in (30.0, 300.0))
        assert near.loc[2, band].tolist() == far.loc[2, band].tolist()
        assert near.loc[0, band].tolist() != far.loc[0, band].tolist()


def test_the_constants_that_made_the_delays_are_found():
    """Forty disputes at the quantiles of what constants in the middle of the prior make."""
    true = np.array([[6.0, 2000.0, 1.5, 0.2, 10.0]])
    rates = [0.02, 0.1, 0.5, 2.0]
    delays = []
    for rate in rates:
        passed = np.cumsum(by_resolve(made(rate), true)[0][:, 0])
        for place in (np.arange(10) + 0.5) / 10:
            day = int(np.searchsorted(passed, place))
            delays.append(made(rate, delay=float(min(day, DAYS)), by_company=True if day < DAYS else None))
    _, posterior = leave_one_out(delays, DEFAULT, 1024)
    draws = dispute_posterior(posterior, 300, 1)
    assert list(draws) == [f"bargaining.{name}" for name in FORMS[DEFAULT].constants]
    for name, value in (("company_days", 6.0), ("stakes_spread", 1.5), ("unyielding", 0.2)):
        low, high = draws[f"bargaining.{name}"].quantile([0.05, 0.95])
        assert low < value < high, name
    assert draws["bargaining.company_days"].quantile(0.95) < 30.0


def test_a_trace_holds_what_both_sides_of_a_run_have_before_them():
    """Saudi Arabia: the threat of 2 August is foreseen by who has staff on the spot, before the service ends."""
    one = trace("rim-saudi-2010", users=1000)
    assert (one.kind, one.since, one.delay, one.by_company) == ("data", 32, 5.0, True)
    assert not one.company[: one.since].any()
    assert np.flatnonzero(one.eve).tolist() == [one.since + 3]
    ahead = 0.5 * 1.5 * 11 / (1.0 + 0.1)  # eleven of fourteen days without use, in half a market
    assert 0.3 * ahead < one.company[one.since] < ahead
    assert (np.diff(one.company[one.since :]) >= 0.0).all()
    assert trace("uganda-2021", users=1000).by_company is None


def test_every_dispute_is_in_the_fit_as_its_file_says():
    checks = {name: load_case(name).checks for name in cases()}
    roles = {name: {one.role for one in found if one.id == DELAY} for name, found in checks.items()}
    assert {name for name, role in roles.items() if role == {"fitted"}} == set(CASES)
    assert not [name for name, role in roles.items() if role not in (set(), {"fitted"})]


def read(table: str) -> list[dict[str, str]]:
    with (folder().parent / "results" / "disputes" / f"{table}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_documented_tables_are_those_that_were_written():
    """Forms with their scores, and each dispute as the default predicts it; constants are the medians, rounded."""
    text = (folder().parent / "docs" / "validation.md").read_text(encoding="utf-8")
    lines = text.splitlines()
    for row in read("forms"):
        cells = [row["constants"], *(f"{float(row[key]):.1f}" for key in ("log_score", "behind", "behind_se"))]
        cells += [f"{float(row[key]):.2f}" for key in ("crps", "crps_behind", "crps_behind_se", "brier")]
        assert f"| {row['form']} | {' | '.join(cells)} |" in lines
    mine = [row for row in read("predictions") if row["form"] == DEFAULT]
    assert [row["case"] for row in mine] == list(CASES)
    for row in mine:
        low, median, high = (
            "later" if row[key] == "inf" else f"{float(row[key]):.0f}" for key in ("low", "median", "high")
        )
        odds = " | ".join(f"{float(row[key]):.2f}" for key in ("by_company", "by_state"))
        scores = f"{float(row['log_score']):.1f} | {float(row['crps']):.2f}"
        told = f" | {row['ended_by']} | {median} | {low} to {high} | {odds} | {scores} |"
        assert any(line.startswith(f"| {row['case']} |") and line.endswith(told) for line in lines), row["case"]
    counts = np.histogram([float(row["pit"]) for row in mine], bins=5, range=(0.0, 1.0))[0]
    assert f"{', '.join(map(str, counts[:-1]))} and {counts[-1]}" in text
    from sim.scenario.institutions import Bargaining

    for row in read("constants"):
        value = getattr(Bargaining(), row["constant"])
        assert float(row["median"]) == pytest.approx(value, rel=0.05), row["constant"]
