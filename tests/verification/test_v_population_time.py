"""People in time, against closed forms: V5 trials, V6 a shock, V7 diffusion, V8 thresholds."""

import math

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit

from sim.chance import Stream, u
from sim.population import Population
from sim.population.balance import Flows, balanced_value, established, on_trial
from sim.scenario.population import Platform
from sim.scenario.population import Population as Spec
from tests.verification.settings import ONE_ISP, SURE, complete_graph, conditions, crowd, platforms, rules, today

ALONE = {"gamma": 0.0, "substitution": 0.0, "contagion": "none", "acquaintances": 1e6}
"""Nobody minds anybody else, and everyone knows every app."""


@pytest.mark.parametrize("value", [-1.0, 0.0, 1.5])
def test_how_trials_end(verify, value):
    """V5: two risks compete; P(established) = e / (e + l), e = 1/tau_tr, l = (lambda_tr + lambda_0/K) sigma(-D).

    In steps of a day the exact odds are p_e (1 - p_l) : p_l, with p = 1 - exp(-rate) and a re-test that fails first.
    """
    users, trial_days, retests, looks = 40_000, 12.0, 0.09, 0.04
    spec = Spec(users=users, trial_days=trial_days, trial_rate=retests, revision_rate=looks, **ALONE)
    population = Population(spec, platforms(0.5), ONE_ISP, 21)
    population.rules = population.rules._replace(intercept=np.array([value]))
    population.people["hold"] = population.people["trial"] = 1
    population._state[:] |= 1
    population._tally = population._tally_at_start()
    waiting, kept = np.ones(users, bool), 0
    for day in range(160):
        population.step(conditions(day, 1))
        ended = waiting & (population.people["trial"] == 0)
        kept += np.count_nonzero(ended & (population.people["hold"] == 1))
        waiting &= ~ended
    assert waiting.sum() < 5
    ends = -math.expm1(-1.0 / trial_days)
    fails = -math.expm1(-(retests + looks)) * expit(-value)
    exact = ends * (1.0 - fails) / (1.0 - (1.0 - ends) * (1.0 - fails))
    error = SURE * math.sqrt(exact * (1.0 - exact) / users)
    verify("V5", f"value {value}: trials that become established", exact, kept / users, error, "false alarm 1e-4")
    limit = (1.0 / trial_days) / (1.0 / trial_days + (retests + looks) * expit(-value))
    verify(
        "V5", f"value {value}: the same in continuous time", limit, exact, 0.5 * (retests + looks), "order of the step"
    )


@pytest.mark.parametrize("share", [0.02, 0.2, 0.85])
def test_shares_and_trials_stay_in_balance(verify, share):
    """V5: under the value of eq. (8), holders and trials stay where they start, to the order of the step.

    Independent people with four steps a day; the stay is measured after 400 days, many times the length of a trial.
    """
    users, days = 60_000, 400
    spec = Spec(users=users, **ALONE)
    population = Population(spec, platforms(share), ONE_ISP, 5, steps_per_day=4)
    flows = Flows(spec.revision_rate, spec.trial_rate, 1.0 / spec.trial_days, spec.inertia)
    value = balanced_value(share, 1.0, flows)
    trials = on_trial(value, share, 1.0, flows)
    both = trials + established(value, share, 1.0, flows)
    verify("V5", f"share {share}: T + Q of eq. (8)", share, both, 1e-9, "rounding")
    population.rules = population.rules._replace(intercept=np.array([value]))
    start = population.people["hold"].mean()
    history = [population.step(conditions(day, 1)) for day in range(days)]
    # holders: a sum of independent entries and exits; trials: independent people, each day's count Binomial
    moves = sum(int(day.installs[0] + day.removals[0]) for day in history)
    step = 0.5 / population.steps_per_day * (spec.revision_rate + spec.trial_rate + 1.0 / spec.trial_days)
    error = (SURE * math.sqrt(moves) + step * moves) / users
    rule = "false alarm 1e-4, and the order of the step"
    verify("V5", f"share {share}: holders after {days} days", start, history[-1].holders[0] / users, error, rule)
    measured = np.mean([day.trials[0] for day in history[100:]]) / users
    error = SURE * math.sqrt(trials / users * 2.0 * spec.trial_days / (days - 100)) + step * trials
    verify("V5", f"share {share}: people on trial", trials, measured, error, rule)


@pytest.mark.slow
@pytest.mark.parametrize("salience", [0.0, 0.15, 0.6, 1.0])
def test_inflow_in_a_shock(verify, salience):
    """V6: N (1 - exp(-lambda_0 (1 + mu_S S))) E sigma(D + rho S g - kappa) adoptions, by quadrature over rho."""
    users, g, looks = 400_000, 0.5, 0.3
    spec = Spec(users=users, revision_rate=looks, concern_mean=2.0, **ALONE)
    population = Population(spec, {"new": Platform(share=1e-9, awareness=1.0)}, ONE_ISP, 8)
    value = -2.0
    population.rules = population.rules._replace(intercept=np.array([value]))
    day = population.step(conditions(0, 1, salience=salience, risk=np.array([1.0 - g])))
    law = stats.gamma(spec.concern_shape, scale=spec.concern_mean / spec.concern_shape)
    # midpoints of a million equally likely slices; the integrand is bounded by 1
    concern = law.ppf((np.arange(1_000_000) + 0.5) / 1_000_000)
    adopts = expit(value + concern * salience * g - spec.inertia).mean()
    expected = users * -math.expm1(-looks * (1.0 + spec.attention_salience * salience)) * adopts
    error = SURE * math.sqrt(expected)
    verify("V6", f"salience {salience}: adoptions of a day", expected, day.installs[0], error, "false alarm 1e-4")


@pytest.mark.parametrize(("mean", "shape", "homophily"), [(1.0, 0.27, 0.3), (0.5, 0.27, 0.0), (2.0, 2.0, 1.0)])
def test_concern_is_gamma(verify, mean, shape, homophily):
    """V6: E exp(rho S g) = (1 - theta S g)^(-s), theta = mean / shape, the factor by which rare adoption rises.

    A group's part and the person's own part, of shapes phi s and (1 - phi) s, add up to a Gamma variable of shape s.
    """
    users, size = 240_000, 6
    spec = Spec(users=users, concern_mean=mean, concern_shape=shape, homophily=homophily, group_size=size)
    concern = Population(spec, platforms(0.5), ONE_ISP, 4).people["concern"].astype(float)
    theta, sg = mean / shape, 0.3 * shape / mean
    exact = (1.0 - theta * sg) ** -shape
    variance = (1.0 - 2.0 * theta * sg) ** -shape - exact**2
    error = SURE * math.sqrt(variance * (1.0 + (size - 1) * homophily) / users)
    case = f"mean {mean}, shape {shape}, homophily {homophily}"
    verify("V6", f"{case}: growth of rare adoption", exact, np.exp(concern * sg).mean(), error, "false alarm 1e-4")
    groups = concern.reshape(-1, size)
    pairs = ((groups.sum(axis=1) ** 2 - (groups**2).sum(axis=1)) / (size * (size - 1))).mean() - concern.mean() ** 2
    scale = theta**2 * shape
    spread = scale * math.sqrt((1.0 + 6.0 / shape) / (users / size)) * SURE * 2.0
    verify(
        "V6", f"{case}: correlation within groups", homophily, pairs / scale, spread / scale, "false alarm below 1e-4"
    )


def bass_in_steps(p: float, q: float, dt: float, steps: int) -> np.ndarray:
    """The share of adopters when everyone decides at once, in steps of dt."""
    shares = np.zeros(steps)
    m = 0.0
    for step in range(steps):
        m += (1.0 - m) * -math.expm1(-(p + q * m) * dt)
        shares[step] = m
    return shares


def bass(p: float, q: float, t: np.ndarray) -> np.ndarray:
    """Bass 1969, Management Science 15:215; for p = 0 the logistic curve of an SI epidemic."""
    fade = np.exp(-(p + q) * t)
    return np.asarray((1.0 - fade) / (1.0 + q / p * fade))


@pytest.mark.slow
@pytest.mark.parametrize(("p", "q"), [(0.02, 0.0), (0.01, 0.3), (0.002, 0.5)])
def test_diffusion_by_peers(verify, p, q):
    """V7: with sure adoption, peers that are never forgotten and everyone in contact, shares follow the Bass curve."""
    users, dt, replicates = 20_000, 0.25, 12
    days = 8.0 if q == 0 else math.log(q / p) / (p + q)
    steps = int(days / dt)
    of = rules(
        days_per_step=dt, revision_rate=p, attention_peers=q / p / users, intercept=np.array([50.0]), fading=np.ones(2)
    )
    runs = np.array([complete_graph(crowd(users), of, today(of), seed, steps) for seed in range(replicates)])
    exact = bass_in_steps(p, q, dt, steps)
    for step in (steps // 2, steps - 1):
        error = stats.t.isf(0.5e-4, replicates - 1) * runs[:, step].std(ddof=1) / math.sqrt(replicates)
        case = f"p {p}, q {q}: adopters on day {(step + 1) * dt:g}"
        verify("V7", case, exact[step], runs[:, step].mean(), error, f"false alarm 1e-4 ({replicates} runs)")


def test_step_vanishes_in_the_bass_curve(verify):
    """V17: the error of the step is of first order: half the step, half the deviation from the Bass curve."""
    p, q, days = 0.01, 0.3, 12.0
    errors = []
    for dt in (0.1, 0.05, 0.025):
        steps = round(days / dt)
        errors.append(abs(bass_in_steps(p, q, dt, steps)[-1] - bass(p, q, np.array([days]))[0]))
    verify("V17", "step halved: ratio of errors against Bass", 0.5, errors[1] / errors[0], 0.02, "next order")
    verify("V17", "step halved again: ratio of errors", 0.5, errors[2] / errors[1], 0.01, "next order")


def threshold_world(seed: int, **changes: object) -> Population:
    """People who adopt for good and without doubt once enough contacts hold the app (H2), all looking every day."""
    spec = {"users": 3000, "contagion": "threshold", "revision_rate": 1.0, "inertia": 0.0, "trial_rate": 0.0}
    population = Population(Spec(**spec | changes), platforms(0.2), ONE_ISP, seed)
    population.rules = population.rules._replace(intercept=np.array([60.0]), gamma=0.0)
    return population


@pytest.mark.parametrize("seed", range(5))
def test_thresholds_fill_the_closed_set(verify, seed):
    """V8: without noise, the holders in the end are the smallest set around the first that is closed under n >= theta.

    The closed set does not depend on the order (Granovetter 1978, AJS 83:1420), so a queue finds it without a clock.
    """
    population = threshold_world(seed)
    ties, users = population.ties, population.users
    threshold = [0.3 + 0.4 * u(seed, Stream.THRESHOLD, i, 0) for i in range(users)]
    holds = population.people["hold"].astype(bool)
    started, waiting = int(holds.sum()), list(range(users))
    while waiting:
        i = waiting.pop()
        contacts = ties.of(i)
        if not holds[i] and holds[contacts].sum() / len(contacts) >= threshold[i]:
            holds[i] = True
            waiting.extend(contacts.tolist())
    for day in range(200):
        population.step(conditions(day, 1))
    measured = population.people["hold"].astype(bool)
    assert started < holds.sum() < users, "a cascade of nobody or everybody proves little"
    case = f"seed {seed}: people in whom queue and days differ"
    verify("V8", case, 0, np.count_nonzero(measured != holds), 0, "exact")


def gleeson_cahalane(start: float, degrees: np.ndarray, low: float, high: float) -> float:
    """Final share of adopters on a random graph of these degrees (Gleeson & Cahalane 2007, PRE 75:056103)."""
    k = np.arange(degrees.size)
    mean = (k * degrees).sum()

    def respond(m: np.ndarray, of: int) -> np.ndarray:
        return np.clip((m / of - low) / (high - low), 0.0, 1.0) * (m > 0)

    def adopt(q: float, drawn: int, of: int) -> float:
        m = np.arange(drawn + 1)
        return float((stats.binom.pmf(m, drawn, q) * respond(m, of)).sum())

    q = start
    for _ in range(400):
        q = start + (1 - start) * sum(n * degrees[n] / mean * adopt(q, n - 1, n) for n in k[1:] if degrees[n] > 0)
    return start + (1 - start) * sum(degrees[n] * adopt(q, n, n) for n in k[1:] if degrees[n] > 0)


def test_cascade_size_on_a_random_graph(verify):
    """V8: in groups of two, ties are those of a random graph, where a recursion foretells how far cascades go."""
    sizes, degrees = [], np.zeros(60)
    for seed in range(12):
        population = threshold_world(seed, users=20_000, group_size=2, degree=6, threshold_low=0.2, threshold_high=0.9)
        degrees += np.bincount(population.people["degree"], minlength=60)
        for day in range(120):
            did = population.step(conditions(day, 1))
        assert did.installs[0] == 0
        sizes.append(did.holders[0] / population.users)
    exact = gleeson_cahalane(0.2, degrees / degrees.sum(), 0.2, 0.9)
    error = stats.t.isf(0.5e-4, 11) * np.std(sizes, ddof=1) / math.sqrt(12)
    verify("V8", "final holders on a random graph", exact, np.mean(sizes), error, "false alarm 1e-4 (12 graphs)")
