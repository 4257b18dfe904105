"""How people choose, against closed forms: V1 to V4 (a lattice of spins, mean field, hysteresis, inertia)."""

import itertools
import math

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import expit

from sim.population.balance import Flows, balanced_value
from sim.population.choice import probability_of_holding
from tests.verification.settings import SURE, complete_graph, crowd, gibbs_sampler, rules, settled, today, worth


@pytest.mark.parametrize("setting", [(0.4, -0.8, 1.6, 0.5), (-1.2, 0.3, 3.0, 0.0), (-0.5, -1.5, 2.0, -1.0)])
def test_gibbs_law_on_a_ring(verify, setting):
    """V1: without inertia, one update at a time samples the Gibbs law of a ring of 4 with 2 apps (256 states).

    Besag 1974, JRSS B 36:192 (auto-logistic model): pi ~ exp(sum alpha_k a_ik + gamma/d sum a_ik a_jk - eta a_i1 a_i2).
    """
    first, second, gamma, eta = setting
    alpha, n, apps, degree = np.array([first, second]), 4, 2, 2
    edges = [(i, (i + 1) % n) for i in range(n)]
    weight, holders, pairs = 0.0, np.zeros(apps), np.zeros(apps)
    for bits in itertools.product((0, 1), repeat=n * apps):
        a = np.array(bits).reshape(n, apps)
        both = np.array([sum(a[i, k] * a[j, k] for i, j in edges) for k in range(apps)])
        w = math.exp(alpha @ a.sum(axis=0) + gamma / degree * both.sum() - eta * (a[:, 0] * a[:, 1]).sum())
        weight, holders, pairs = weight + w, holders + w * a.sum(axis=0), pairs + w * both
    neighbours = np.array([[(i - 1) % n, (i + 1) % n] for i in range(n)])
    of = rules(apps, intercept=alpha, gamma=gamma, substitution=eta)
    seen = gibbs_sampler(crowd(n), neighbours, of, today(of), 11, 400_000)[1000:]
    batches = seen[: len(seen) // 200 * 200].reshape(200, -1, 2, apps).mean(axis=1)
    error = SURE * batches.std(axis=0, ddof=1) / math.sqrt(200)
    for what, exact, row in (("holders", holders / weight, 0), ("pairs", pairs / weight, 1)):
        for k in range(apps):
            case = f"ring of 4, setting {setting}: mean {what} of app {k}"
            verify("V1", case, exact[k], batches[:, row, k].mean(), error[row, k], "false alarm 1e-4 (200 batches)")


@pytest.mark.slow
@pytest.mark.parametrize(("alpha", "gamma"), [(-1.0, 2.0), (0.3, 3.0), (-3.2, 5.0)])
def test_mean_field_share(verify, alpha, gamma):
    """V2: on a complete graph m = sigma(alpha + gamma m), the Curie-Weiss equation (Brock & Durlauf 2001, REStud)."""
    users = 20_000
    exact = brentq(lambda m: m - expit(alpha + gamma * m), 0.0, 0.5 if gamma > 4 else 1.0)
    of = rules(intercept=np.array([alpha]), gamma=gamma, revision_rate=0.5)
    shares = complete_graph(crowd(users, exact), of, today(of), 5, 4000)[200:]
    batches = shares.reshape(38, -1).mean(axis=1)
    error = SURE * batches.std(ddof=1) / math.sqrt(38)
    verify("V2", f"alpha {alpha}, gamma {gamma}: share", exact, shares.mean(), error, "false alarm 1e-4 (38 batches)")
    tilted, coupling, field = 2.0 * exact - 1.0, gamma / 4.0, alpha / 2.0 + gamma / 4.0
    verify(
        "V2", f"alpha {alpha}, gamma {gamma}: tanh form", math.tanh(field + coupling * tilted), tilted, 1e-9, "rounding"
    )


STEPS = 40_000
"""Of the map, near a fold: what has not left after so many is nearer to it than 1e-7, as a passage takes 3/sqrt(d)."""


@pytest.mark.parametrize("gamma", [4.4, 4.8, 6.0])
def test_hysteresis_opens_at_the_fold(verify, gamma):
    """V3: with s = sqrt(1 - 4/gamma) the loop opens at alpha + gamma/2 = -/+ [ln((1+s)/(1-s)) - gamma s/2]."""
    s = math.sqrt(1.0 - 4.0 / gamma)
    fold = math.log((1.0 + s) / (1.0 - s)) - gamma * s / 2.0
    nobody = crowd(1)

    def upper_branch_lasts(field: float) -> bool:
        of = rules(intercept=np.array([field - gamma / 2.0]), gamma=gamma)
        return settled(1.0, of, today(of), nobody, STEPS) > 0.5

    def lower_branch_lasts(field: float) -> bool:
        of = rules(intercept=np.array([field - gamma / 2.0]), gamma=gamma)
        return settled(0.0, of, today(of), nobody, STEPS) < 0.5

    # bisection on the sweep down (upper branch) and up (lower branch)
    for name, lasts, sign in (("down", upper_branch_lasts, 1.0), ("up", lower_branch_lasts, -1.0)):
        gone, there = sign * 2.0 * fold, 0.0
        for _ in range(26):
            middle = 0.5 * (gone + there)
            gone, there = (gone, middle) if lasts(middle) else (middle, there)
        rule = "slow passage near the fold"
        verify("V3", f"gamma {gamma}, sweep {name}: alpha + gamma/2", sign * fold, there, 1e-7, rule)


def test_crowd_stays_inside_the_loop_and_leaves_outside():
    """V3 with 20,000 people: 0.03 inside the fold the upper branch lasts, 0.03 outside it is left."""
    gamma = 4.8
    s = math.sqrt(1.0 - 4.0 / gamma)
    fold = math.log((1.0 + s) / (1.0 - s)) - gamma * s / 2.0
    ends = []
    for field in (fold + 0.03, fold - 0.03):
        of = rules(intercept=np.array([field - gamma / 2.0]), gamma=gamma, revision_rate=1.0)
        ends.append(complete_graph(crowd(20_000, 1.0), of, today(of), 3, 400)[-1])
    assert ends[0] > 0.55
    assert ends[1] < 0.4


@pytest.mark.parametrize("kappa", [0.5, 2.3, 3.3])
@pytest.mark.parametrize("share", [0.02, 0.2, 0.85])
def test_inertia_and_its_inverse(verify, kappa, share):
    """V4: m = sigma(D-k) / (sigma(D-k) + sigma(-D-k)), and its inverse, a quadratic in exp(D)."""
    odds = share / (1.0 - share)
    z = ((odds - 1.0) + math.sqrt((odds - 1.0) ** 2 + 4.0 * odds * math.exp(2.0 * kappa))) / (2.0 * math.exp(kappa))
    without_trials = Flows(looks=0.01, retests=0.0, ends=1e9, inertia=kappa)
    value = balanced_value(share, 1.0, without_trials)
    verify("V4", f"kappa {kappa}, share {share}: value that balances", math.log(z), value, 1e-7, "rounding")
    of = rules(intercept=np.array([value]), inertia=kappa)
    outside, holder = crowd(2, 0.5)[::-1]
    enter = probability_of_holding(0, worth(0.0, outside, of, today(of)), outside, of, today(of))
    leave = 1.0 - probability_of_holding(0, worth(0.0, holder, of, today(of)), holder, of, today(of))
    verify("V4", f"kappa {kappa}, share {share}: share of the chain", share, enter / (enter + leave), 1e-7, "rounding")


@pytest.mark.parametrize("kappa", [0.0, 1.0, 2.3, 3.3])
def test_critical_weight_of_contacts(verify, kappa):
    """V4: half and half loses its stability at gamma = 2 / sigma(kappa); 4 without inertia."""
    outside, holder = crowd(2, 0.5)[::-1]

    def growth(gamma: float) -> float:
        """Slope, at one half, of the net flow into the app."""
        of = rules(intercept=np.array([-gamma / 2.0]), gamma=gamma, inertia=kappa)

        def flow(m: float) -> float:
            enter = probability_of_holding(0, worth(m, outside, of, today(of)), outside, of, today(of))
            leave = 1.0 - probability_of_holding(0, worth(m, holder, of, today(of)), holder, of, today(of))
            return (1.0 - m) * enter - m * leave

        return (flow(0.5 + 1e-5) - flow(0.5 - 1e-5)) / 2e-5

    verify("V4", f"kappa {kappa}: critical gamma", 2.0 / expit(kappa), brentq(growth, 0.1, 10.0), 1e-6, "rounding")
