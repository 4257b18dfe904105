"""The delays of disputes: odds of every end against closed forms, and a case predicted from the others alone."""

import csv
import math

import numpy as np
import pytest

from sim.calibration.disputes import (
    AXES,
    CASES,
    DELAY,
    GRID,
    SHAPE,
    STANDING,
    UNSEEN,
    Odds,
    Trace,
    among,
    best,
    dispute_posterior,
    ends,
    leave_one_out,
    likelihood,
    predict,
    spread_out,
    trace,
)
from sim.evidence.cases import cases, load_case
from sim.scenario.files import folder

DAYS = 2000
ONE = np.array([[500.0, 100.0, 0.2, 0.0]])
"""T_f, T_g, c_0 and b: with a gain of 1, no use lost, cost 0.5, net worth 1, lambda_f is 0.002 and lambda_g 0.001."""


def steady(parts=1, since=0, delay=50.0, by_company=True, name="steady", noise=0.5, **changes) -> Trace:
    """A dispute whose rates stay the same; surely malign, so that refusing is worth 1 and nothing is given unforced."""
    made = {"occasions": 1.0, "resolve": 1e3, "at_stake": 2.0, "kept": 1.0} | changes
    made = {"in_use": 1.0, "trade": 0.0, "gain": 1.0, "cost": 0.5} | made
    arrays = {key: np.full(DAYS, value) for key, value in made.items()}
    return Trace(name, since, delay, by_company, parts, 0.4, noise, **arrays)


def odds(*traces: Trace) -> list[Odds]:
    return [Odds.of(one) for one in traces]


def told(one: Trace, constants=ONE) -> tuple[np.ndarray, np.ndarray]:
    """(days, N) odds of both ends."""
    by_company, by_state = zip(*ends(one, constants), strict=True)
    return np.array(by_company), np.array(by_state)


def test_a_steady_dispute_ends_exponentially_and_in_the_odds_of_its_rates():
    by_company, by_state = told(steady())
    days = np.arange(DAYS)
    assert by_company[:, 0] == pytest.approx(-np.expm1(-0.002) * np.exp(-0.003 * days))
    assert by_state[:, 0] == pytest.approx(np.exp(-0.002) * -np.expm1(-0.001) * np.exp(-0.003 * days))


def test_what_makes_up_the_rates():
    """Trade lost adds to the state's cost; use that is lost takes its standing away; gain and net worth divide."""
    for changes, company, state in (
        ({"trade": 0.3}, 0.005, 0.001), ({"in_use": 0.5}, 0.001, 0.001), ({"gain": 0.25}, 0.008, 0.001),
        ({"at_stake": 1.5}, 0.002, 0.002), ({"cost": 1.0}, 0.002, 0.002), ({"gain": 0.0}, 0.0, 0.001),
        ({"resolve": -1e3}, 1.002, 0.0), ({"resolve": 0.5, "kept": 0.5, "occasions": 0.01, "at_stake": 1.0}, 0.002
         + 0.01 / (1.0 + math.e), 0.001 / (1.0 / (1.0 + math.exp(-0.5)) - 0.5)),
    ):  # fmt: skip
        by_company, by_state = told(steady(**changes))
        assert by_company[0, 0] == pytest.approx(-math.expm1(-company)), changes
        assert by_state[0, 0] == pytest.approx(math.exp(-company) * -math.expm1(-state)), changes


def test_instalments_take_as_long_as_the_whole_and_spread_less():
    """With no state that gives way, two parts at twice the rate: the same mean, half the variance."""
    days = np.arange(DAYS)
    moments = []
    for parts in (1, 2):
        by_company, _ = told(steady(parts, cost=0.0, gain=0.2))
        mean = days @ by_company[:, 0]
        moments.append((mean, (days - mean) ** 2 @ by_company[:, 0]))
    assert moments[1][0] == pytest.approx(moments[0][0], rel=0.02)
    assert moments[1][1] == pytest.approx(0.5 * moments[0][1], rel=0.03)


def test_odds_add_up():
    by_company, by_state = told(steady(3, resolve=0.3), GRID[::97])
    total = (by_company + by_state).sum(axis=0)
    assert (total <= 1.0 + 1e-9).all()
    assert (by_company >= 0.0).all()
    assert (by_state >= 0.0).all()


def test_what_refusing_is_worth_whoever_asks_counts_in_a_dispute_alone():
    """b = 5 by the kind's 0.4 adds 2: nothing is given unforced, and the state's rate is a third; before, neither."""
    constants = np.array([[500.0, 100.0, 0.2, 5.0]])
    by_company, by_state = told(steady(), constants)
    assert by_state[0, 0] == pytest.approx(math.exp(-0.002) * -math.expm1(-0.001 / 3.0))
    by_company, _ = told(steady(resolve=-1e3), constants)
    assert by_company[0, 0] == pytest.approx(-math.expm1(-0.002))
    after = steady(resolve=-1e3)
    after.gain[10:] = after.cost[10:] = after.in_use[10:] = 0.0
    assert told(after, constants)[0][9, 0] < 0.003


def test_a_demand_that_is_met_before_there_is_a_dispute_is_none():
    early = steady(resolve=-1e3)
    early.gain[:7] = early.cost[:7] = 0.0
    by_company, _ = told(early)
    assert by_company[:7].sum() == 0.0
    assert by_company[7, 0] == pytest.approx(-math.expm1(-1.002))


def test_what_was_observed_is_an_end_by_one_side_about_then_or_none_by_then():
    by_company, by_state = told(steady())
    assert likelihood(steady(delay=40.0), ONE) == pytest.approx(by_company[30:51].sum())
    assert likelihood(steady(delay=40.0, since=7), ONE) == pytest.approx(by_company[37:58].sum())
    assert likelihood(steady(delay=40.0, by_company=False), ONE) == pytest.approx(by_state[30:51].sum())
    assert likelihood(steady(delay=40.0, by_company=None), ONE) == pytest.approx(math.exp(-0.003 * 40))


def test_means_over_what_is_at_stake():
    """By hand: three steps of e for b; a normal draw of spread 1 stays within half a step with 0.383."""
    found = np.zeros(SHAPE)
    found[0, 8, 0, 6] = 1.0
    assert among(found, 0.0)[0, 4, 0, 4] == 1.0
    assert among(found, 0.0).sum() == 1.0
    step = math.log(10.0) / 4
    alike = (math.erf(step / 2 / math.sqrt(2.0))) * math.erf(0.5 / math.sqrt(2.0))
    assert among(found, 1.0)[0, 4, 0, 4] == pytest.approx(alike)
    assert among(np.ones(SHAPE), 2.0) == pytest.approx(1.0)


def test_weights_of_medians_are_those_of_what_is_drawn():
    """Both ways round, the same mean."""
    weight = np.arange(math.prod(axis.size for axis in AXES), dtype=float).reshape([axis.size for axis in AXES])
    weight /= weight.sum()
    found = np.cos(np.arange(math.prod(SHAPE), dtype=float)).reshape(SHAPE)
    one_way = sum((weight[..., n] * among(found, spread)).sum() for n, spread in enumerate(AXES[-1]))
    assert spread_out(weight).sum() == pytest.approx(1.0)
    assert spread_out(weight) @ found.ravel() == pytest.approx(one_way)


@pytest.mark.slow
def test_a_case_does_not_take_part_in_its_own_prediction():
    others = [steady(delay=60.0, name="a"), steady(delay=80.0, name="b", trade=0.1)]
    near, far = (leave_one_out(odds(*others, steady(delay=delay, name="c"))) for delay in (70.0, 700.0))
    band = ["low", "median", "high", "share_by_company"]
    assert near.loc[2, band].tolist() == far.loc[2, band].tolist()
    assert near.loc[0, band].tolist() != far.loc[0, band].tolist()
    assert near["in_band"].tolist() == [True] * 3


@pytest.mark.slow
def test_what_no_constant_rests_on_is_predicted_from_the_others_alone():
    """Neither its own delay nor that of another fresh case moves a prediction; a delay of the fit does."""
    fit = [steady(delay=60.0, name="a"), steady(delay=80.0, name="b", trade=0.1)]
    band = ["low", "median", "high", "share_by_company"]

    def seen(delay, beside, fit=fit):
        return predict(odds(steady(delay=delay, name="c"), steady(delay=beside, name="d")), odds(*fit)).loc[0]

    near = seen(70.0, 10.0)
    assert near[band].tolist() == seen(700.0, 1500.0)[band].tolist()
    assert near[band].tolist() != seen(70.0, 10.0, [*fit, steady(delay=900.0, name="e")])[band].tolist()
    left_out = leave_one_out(odds(*fit, steady(delay=70.0, name="c"))).loc[2]
    assert near.tolist() == left_out.tolist()


def test_a_case_of_the_fit_is_not_predicted_as_if_it_were_fresh():
    with pytest.raises(ValueError, match="expected a case that is not predicted from itself"):
        predict(odds(steady(name="a")), odds(steady(name="a"), steady(name="b")))


def test_every_dispute_is_in_the_fit_or_unseen_as_its_file_says():
    """What rests on a case is said once in its checks: ``fitted`` is in the fit, ``unseen`` is not."""
    checks = {name: load_case(name).checks for name in cases()}
    roles = {name: {one.role for one in found if one.id == DELAY} for name, found in checks.items()}
    assert {name for name, role in roles.items() if role == {"fitted"}} == set(CASES)
    assert {name for name, role in roles.items() if role == {"unseen"}} == set(UNSEEN)
    assert not [name for name, role in roles.items() if len(role) > 1]


@pytest.mark.slow
def test_the_constants_that_made_the_delays_are_found():
    """Twelve disputes at the quantiles of lambda_f = 0.02: T_g of 100 at a standing cost that trade outweighs."""
    quantiles = -np.log(1.0 - (np.arange(12) + 0.5) / 12) / 0.02
    made = [steady(delay=delay, trade=2.0, cost=0.0, name=str(delay)) for delay in quantiles]
    constants, bounds = best(odds(*made))
    assert 60.0 < constants[1] < 260.0
    assert bounds[1, 0] <= bounds[1, 1] <= bounds[1, 2]
    assert bounds[1, 2] < 500.0


def test_a_trace_holds_the_rates_that_a_run_has():
    """Saudi Arabia: lost use is anticipated until the service ends, and the company is asked for data."""
    one = trace("rim-saudi-2010", users=1000)
    assert (one.since, one.delay, one.by_company, one.parts) == (32, 5.0, True, 1)
    assert one.gain[: one.since].tolist() == [0.0] * one.since
    assert (one.gain[one.since :] == 1.0).all()
    assert one.in_use[one.since] == pytest.approx(0.78)
    assert one.in_use[one.since + 4] < 0.3
    assert one.cost == pytest.approx(0.5 * 1.5 * np.where(one.gain > 0, 1.0 - one.in_use, 0.0))
    assert trace("uganda-2021", users=1000).by_company is None


def test_dispute_draws_follow_the_likelihood_within_the_cells_of_the_grid():
    """Disputes that all end about day 40 by the company: rates of standing over state days of about 1/40."""
    made = [steady(delay=delay, cost=0.0, name=str(delay)) for delay in (10.0, 20.0, 35.0, 50.0, 80.0)]
    draws, effective = dispute_posterior(made, 400, 1)
    assert effective > 10
    rate = draws["bargaining.standing"] / draws["bargaining.state_days"]
    assert 1 / 160 < rate.median() < 1 / 10
    assert len(draws.drop_duplicates()) == 400
    assert draws["bargaining.standing"].between(STANDING.min(), STANDING.max()).all()
    assert draws["bargaining.state_days"].between(AXES[1].min(), AXES[1].max()).all()


@pytest.mark.parametrize(("table", "names"), [("leave_one_out", CASES), ("unseen", UNSEEN)])
def test_the_documented_table_is_the_one_that_was_written(table, names):
    lines = (folder().parent / "docs" / "validation.md").read_text(encoding="utf-8").splitlines()
    scored = ("log_score", "log_score_of_own_rates", "log_score_of_one_rate")
    with (folder().parent / "results" / "disputes" / f"{table}.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["case"] for row in rows] == list(names)
    for row in rows:
        low, median, high = (
            "later" if row[key] == "inf" else f"{float(row[key]):.0f}" for key in ("low", "median", "high")
        )
        inside = "yes" if row["in_band"] == "True" else "**no**"
        scores = " | ".join(f"{float(row[key]):.1f}" for key in scored)
        (line,) = [line for line in lines if line.startswith(f"| {row['case']} |")]
        assert f" | {median} | {low} to {high} | {inside} | " in line
        assert line.endswith(f" | {scores} |")
    inside, sums = (
        sum(row["in_band"] == "True" for row in rows),
        [sum(float(row[key]) for row in rows) for key in scored],
    )
    assert f"{inside} of {len(rows)} lie in the band" in "\n".join(lines)
    said = "og scores: {:.1f} against {:.1f} of own rates and {:.1f} of one rate".format(*sums)
    assert said in "\n".join(lines)
