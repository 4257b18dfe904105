"""V23 and V24: a war of attrition against its closed forms. Many equal companies of one model are the sample of a test.

While costs are constant, the time to the end of a dispute is exponential with rate lambda_f + lambda_g, on a grid of
days geometric, and the sides give way in the odds lambda_f : lambda_g (Hendricks, Weiss & Wilson 1988). On the grid,
the company is asked first on a day: it ends the dispute with (1 - exp(-lambda_f)) / (1 - exp(-lambda_f - lambda_g)).

What a demand is worth to the state has a factor exp(sigma_b epsilon) of its own in each dispute (eq. 23). Where the
state does not give way, a dispute outlasts n days with probability E[exp(-n lambda_f exp(-sigma_b epsilon))]: a mixture
of exponentials, whose tail is far heavier than that of any.
"""

import math

import numpy as np
import pytest
from scipy import stats

from sim.actors.stakes import hazard
from sim.model import Model
from tests.actors.worlds import CALM, act, alike, live, world

SURE = stats.norm.isf(0.5e-4)
"""Standard errors that chance exceeds once in 10,000 fixed-seed tests."""
NUMBER, DAYS = 1500, 260
STANDING, SANCTION, PRIOR, STATE_DAYS = 0.3, 0.2, 0.99, 20.0
NET = PRIOR * (1.0 + 0.4 * (1.1 / 0.4 - 1.0)) - 1.1
"""What refusing a takedown is worth by the day."""


def ends(company_rate: float, state_rate: float, spread: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Days to the end of each dispute over a takedown that ends, and whether the company ended it, at rates per day."""
    state_worth = STATE_DAYS * 0.4
    rules = {
        "state_days": STATE_DAYS,
        "standing": company_rate * state_worth,
        "company_days": SANCTION / (NET * state_rate),
        "principle": 0.0,
        "stakes_spread": spread,
    }
    names = alike(NUMBER, review_days=3650.0)
    acts = [act("demand", 0, of="takedown", companies=list(names)), act("escalate", 0, companies=list(names), rung=3)]
    scenario = world(
        names, acts, bargaining=rules, press=CALM, law={"in_force": False, "court_order_required": False},
        decision={"prior": PRIOR, "meeting_rate": 0.0},
        regulators={"Board": {"role": "committee", "ladder_rate": 0.0}},
    )  # fmt: skip
    model = Model(scenario, rng=23)
    live(model, DAYS)
    verbs = {"meet a demand": lambda logged: logged.actor, "give way": lambda logged: logged.target}
    ended = {verbs[one.verb](one): (one.day, one.verb) for one in model.chronicle.acts if one.verb in verbs}
    days, who = zip(*ended.values(), strict=True)
    return np.array(days), np.array([verb == "meet a demand" for verb in who])


@pytest.mark.slow
@pytest.mark.parametrize(("company_rate", "state_rate"), [(0.02, 0.02), (0.03, 0.01)])
def test_a_war_of_attrition_of_constant_costs(verify, company_rate, state_rate):
    days, by_company = ends(company_rate, state_rate)
    assert days.size >= NUMBER - 3
    told = "equal sides" if company_rate == state_rate else "company thrice as fast"
    q = hazard(company_rate + state_rate)
    mean, spread = (1.0 - q) / q, math.sqrt(1.0 - q) / q
    verify(
        "V23", f"mean days to the end, {told}", mean, days.mean(), SURE * spread / math.sqrt(NUMBER), "false alarm 1e-4"
    )

    edges = np.unique(stats.geom.ppf(np.linspace(0.0, 1.0, 11)[1:-1], q, loc=-1))
    observed = np.bincount(np.searchsorted(edges, days), minlength=edges.size + 1)
    expected = days.size * np.diff([0.0, *stats.geom.cdf(edges, q, loc=-1), 1.0])
    chi2 = float(((observed - expected) ** 2 / expected).sum())
    allowed = max(stats.chi2.isf(1e-4, edges.size) - edges.size, edges.size)
    verify("V23", f"chi-squared of days to the end, {told}", edges.size, chi2, allowed, "false alarm 1e-4")

    first = hazard(company_rate) / q
    allowed = SURE * math.sqrt(first * (1.0 - first) / NUMBER)
    verify("V23", f"share that the company ends, {told}", first, by_company.mean(), allowed, "false alarm 1e-4")


@pytest.mark.slow
def test_stakes_that_differ_between_disputes(verify):
    """Disputes of 260 days at most, at a rate of 0.02 in the median and a spread of 1.5."""
    rate, spread = 0.02, 1.5
    days, by_company = ends(rate, 1e-9, spread)
    assert by_company.all()
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    for until in (1, 10, 100, DAYS):
        lasts = weights @ np.exp(-until * rate * np.exp(-spread * nodes)) / weights.sum()
        allowed = SURE * math.sqrt(lasts * (1.0 - lasts) / NUMBER)
        verify(
            "V24", f"disputes that last {until} days", lasts, 1.0 - (days < until).sum() / NUMBER, allowed,
            "false alarm 1e-4",
        )  # fmt: skip
