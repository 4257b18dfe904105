"""People who lose access, against closed forms: V19 search, V20 circumvention, V21 knowing an app, V22 use.

Choices are made sure by intercepts of 50, so that what is counted are occasions; people are independent of one another,
and every count is Binomial.
"""

import math
from typing import Any

import numpy as np
import pytest

from sim.population import Population
from sim.scenario.population import Platform
from sim.scenario.population import Population as Spec
from tests.oracle.worlds import WITHOUT_GAINS
from tests.verification.settings import ONE_ISP, SURE, conditions

USERS = 60_000
ALONE: dict[str, Any] = WITHOUT_GAINS | {
    "users": USERS, "gamma": 0.0, "substitution": 0.0, "contagion": "none", "trial_rate": 0.0, "inertia": 0.0,
    "expected_movement": 0.0, "block_cost": 0.0, "revision_rate": 1e-9, "vpn_rate": 0.0, "speak_rate": 0.0,
    "vpn_peers": 0.0, "vpn_protection": 0.0,
}  # fmt: skip
"""Nobody minds anybody else, and nothing happens but for loss."""
SURELY = 50.0
RULE = "false alarm 1e-4"


def people(platforms: dict[str, Platform], intercepts: list[float], seed: int = 3, **changes: Any) -> Population:
    population = Population(Spec(**ALONE | changes), platforms, ONE_ISP, seed)
    population.rules = population.rules._replace(intercept=np.array(intercepts))
    return population


def holders_of_alone(population: Population, k: int) -> np.ndarray:
    return np.asarray(population.people["hold"] == 1 << k)


def spread(p: float, n: int) -> float:
    """Largest deviation of a Binomial share that chance exceeds once in 10,000 tests."""
    return SURE * math.sqrt(p * (1.0 - p) / n)


@pytest.mark.parametrize(("usability", "lost"), [(0.0, 1.0), (0.7, 0.3)])
def test_search_cools(verify, usability, lost):
    """V19: who holds one app that goes dim looks at it and at a substitute, each at lambda_L L h(d), L the lost reach.

    They keep the one and take the other for sure, so that those without it after some days are those who did not look:
    the product over steps of 1 - (1 - exp(-2 lambda_L L h dt)) / 2. After 12 days it falls again, and all begins anew.
    """
    spec = {"loss_rate": 0.35, "loss_days": 3.0, "loss_remnant": 0.15}
    platforms = {"gone": Platform(share=0.6, vpn=False), "other": Platform(share=1e-6, awareness=1.0)}
    population = people(platforms, [SURELY, SURELY], **spec)
    eligible, before = holders_of_alone(population, 0), population.people["hold"].copy()
    n, expected = int(eligible.sum()), 1.0
    for day in range(20):
        now = usability if day < 12 else min(usability, 0.55)
        fell = 12 if day >= 12 and usability > 0.0 else 0
        heat = 0.15 + 0.85 * math.exp(-(day - fell) / 3.0)
        loss = lost if day < 12 else 1.0 - now
        expected *= 1.0 + 0.5 * math.expm1(-2.0 * 0.35 * loss * heat)
        population.step(conditions(day, 2, access=np.array([[now], [1.0]])))
        if day in (0, 1, 3, 8, 12, 19):
            measured = np.mean(population.people["hold"][eligible] == 1)
            case = f"usability {usability}: holders of the dim app who did not look elsewhere by day {day}"
            verify("V19", case, expected, measured, spread(expected, n), RULE)
    others = ~eligible
    verify("V19", f"usability {usability}: people who had nothing to lose and moved", 0,
           np.count_nonzero(population.people["hold"][others] != before[others]), 0, "exact")  # fmt: skip


def test_no_search_in_another_type(verify):
    """V19: a network is no substitute for a messenger, and its loss is none where a messenger works."""
    platforms = {"gone": Platform(share=0.6, vpn=False), "network": Platform(share=0.3, type="network", awareness=1.0)}
    population = people(platforms, [SURELY, SURELY], loss_rate=2.0)
    before = population.people["hold"].copy()
    for day in range(20):
        population.step(conditions(day, 2, access=np.array([[0.0], [1.0]])))
    verify("V19", "people who moved to a network when a messenger was blocked", 0,
           np.count_nonzero(population.people["hold"] != before), 0, "exact")  # fmt: skip


@pytest.mark.parametrize("half", [0.3, 0.6])
def test_vpn_settles_where_readiness_meets_need(verify, half):
    """V20: under a lasting block, need 1 brings all whose readiness is below `vpn_half_response`, and no one else.

    Occasions come at lambda_v + lambda_L h; readiness is fixed, so the plateau is flat: those who take one keep it.
    """
    spec = {"vpn_share": 0.1, "vpn_rate": 0.3, "vpn_half_response": half, "loss_rate": 0.5, "attention_salience": 0.0}
    population = people({"only": Platform(share=0.5)}, [SURELY], **spec)
    hold, had = population.people["hold"] == 1, population.people["vpn"] == 1
    blocked = np.zeros((1, 1))
    seen = []
    for day in range(120):
        population.step(conditions(day, 1, access=blocked))
        seen.append(float(population.people["vpn"][hold].mean()))
    verify("V20", f"half response {half}: holders with a VPN after 120 days", half, seen[-1],
           spread(half, int(hold.sum())), RULE)  # fmt: skip
    verify("V20", f"half response {half}: change from day 90 to 120", 0.0, seen[-1] - seen[89], 0.0, "exact")
    verify("V20", f"half response {half}: people without need whose VPN changed", 0,
           np.count_nonzero((population.people["vpn"] == 1)[~hold] != had[~hold]), 0, "exact")  # fmt: skip


def test_vpn_comes_by_search(verify):
    """V20: occasions for a VPN come at lambda_v + lambda_L h(d): the share of those ready who have not had one yet."""
    spec = {"vpn_share": 0.05, "vpn_rate": 0.01, "vpn_half_response": 0.8, "loss_rate": 0.3, "loss_days": 4.0,
            "loss_remnant": 0.1, "attention_salience": 3.0}  # fmt: skip
    population = people({"only": Platform(share=0.5)}, [SURELY], **spec)
    hold = population.people["hold"] == 1
    start = float(population.people["vpn"][hold].mean())
    waiting = 1.0
    for day in range(15):
        heat = 0.1 + 0.9 * math.exp(-day / 4.0)
        rate = 0.01 * (1.0 + 3.0 * (0.2 + 0.3)) + 0.3 * heat
        waiting *= math.exp(-rate)
        met = conditions(day, 1, access=np.zeros((1, 1)), alarm=0.2, access_attention=0.3, salience=0.9)
        population.step(met)
        if day in (0, 2, 14):
            # who has a VPN at the start is ready by definition; the others' readiness is uniform above that
            expected = start + (0.8 - start) * (1.0 - waiting)
            measured = float(population.people["vpn"][hold].mean())
            verify(
                "V20", f"holders with a VPN on day {day}", expected, measured, spread(expected, int(hold.sum())), RULE
            )


def test_experience_fades(verify):
    """V20: after a block, a VPN goes at the first look at which readiness exceeds sigma(alpha_v + kappa_v e(t)).

    e = exp(-days / tau_v); looks come at lambda_v, since nothing is lost any more; by quadrature over readiness.
    """
    inertia, memory, looks, half = 3.0, 12.0, 0.15, 0.7
    spec = {"vpn_share": 0.05, "vpn_rate": looks, "vpn_half_response": half, "loss_rate": 0.5, "vpn_inertia": inertia,
            "vpn_memory_days": memory, "attention_salience": 0.0}  # fmt: skip
    population = people({"only": Platform(share=0.6)}, [SURELY], **spec)
    hold = population.people["hold"] == 1
    for day in range(80):
        population.step(conditions(day, 1, access=np.zeros((1, 1))))
    assert population.people["vpn"][hold].mean() == pytest.approx(half, abs=0.01)
    alpha = float(population.rules.vpn_intercept)
    readiness = (np.arange(200_000) + 0.5) / 200_000 * half
    keeps = np.ones(readiness.size)
    for day in range(80, 140):
        population.step(conditions(day, 1))
        experience = math.exp(-(day - 79) / memory)
        kept = readiness < 1.0 / (1.0 + math.exp(-alpha - inertia * experience))
        keeps *= np.where(kept, 1.0, math.exp(-looks))
        if day in (80, 90, 105, 139):
            expected = half * keeps.mean()
            measured = float(population.people["vpn"][hold].mean())
            case = f"holders with a VPN {day - 79} days after the block"
            verify("V20", case, expected, measured, spread(expected, int(hold.sum())), RULE)


@pytest.mark.parametrize(("awareness", "named"), [(0.0, 1.0), (0.2, 0.0), (0.2, 2.5)])
def test_only_who_knows_an_app_takes_it(verify, awareness, named):
    """V21: of an app that nobody holds, 1 - (1 - A_0) exp(-nu N d) have heard after d days.

    They look at it at lambda_0 (1 + mu_S N) out of lambda_0 (2 + mu_S N), and take whatever they look at.

    It cannot be installed before day 9, so that nobody hears of it from a contact; then it is on one day.
    """
    spec = {"awareness_rate": 0.08, "revision_rate": 0.7, "attention_salience": 0.5}
    platforms = {"old": Platform(share=0.3), "new": Platform(share=0.0, wanted=0.2, awareness=awareness)}
    population = people(platforms, [0.0, SURELY], **spec)
    for day in range(10):
        ready = np.array([True, day == 9])
        did = population.step(conditions(day, 2, installable=ready, named=np.array([0.0, named])))
    heard = 1.0 - (1.0 - awareness) * math.exp(-0.08 * named * 10)
    drawn = 0.5 * named
    looks = -math.expm1(-(2 + drawn) * 0.7) * (1 + drawn) / (2 + drawn)  # of one who knows both apps
    expected = heard * looks
    verify("V21", f"awareness {awareness}, named {named}: installs of the day", expected, did.installs[1] / USERS,
           spread(expected, USERS), RULE)  # fmt: skip


def test_awareness_of_acquaintances(verify):
    """V21: an app that a share m holds is known to 1 - (1 - m)^a, and to whom a contact holds it.

    All who know it and do not hold it look within a step of rate 1 - exp(-lambda_0), and take it for sure.
    """
    share, acquaintances, looks = 0.01, 8.0, 0.9
    spec = {"acquaintances": acquaintances, "revision_rate": looks}
    population = people({"rare": Platform(share=share)}, [SURELY], **spec)
    rows = population.people
    outside, meets = rows["hold"] == 0, rows["contacts"][:, 0] > 0
    told = 1.0 - (1.0 - share) ** acquaintances
    verify("V21", "awareness at the start", told, population.awareness[0], 1e-12, "rounding")
    did = population.step(conditions(0, 1))
    heard = 1.0 - (1.0 - np.count_nonzero(~outside) / USERS) ** acquaintances
    chance = -math.expm1(-looks)
    for name, group, p in (("a contact", outside & meets, 1.0), ("no contact", outside & ~meets, max(told, heard))):
        n = int(group.sum())
        verify("V21", f"people with {name} on it who took it", p * chance, np.mean(population.people["hold"][group]),
               spread(p * chance, n), RULE)  # fmt: skip
    assert did.installs[0] > 1000


def test_use_of_a_day_a_week_and_a_month(verify):
    """V22: one app works for all: each holder is active with 1 - exp(-D m c), c the share of contacts who hold it."""
    population = people({"only": Platform(share=0.4)}, [0.0], users=5000, sessions=1.5)
    did = population.step(conditions(0, 1))
    rows = population.people[population.people["hold"] == 1]
    c = rows["contacts"][:, 0] / np.maximum(1, rows["degree"])
    for name, days in (("daily", 1), ("weekly", 7), ("monthly", 30)):
        expected = -np.expm1(-days * 1.5 * c).sum()
        verify("V22", f"{name} users", expected, getattr(did, f"{name}_users")[0], 1e-6, "rounding")


@pytest.mark.parametrize("of", ["monthly", "weekly", "daily"])
def test_shares_say_whom_they_count(verify, of):
    """V22: `share_of`: the users expected on the first day are the share of people that the scenario gives.

    The fixed point is that of well-mixed people; chance adds the standard error of a share of 60,000.
    """
    platforms = {"A": Platform(share=0.5, share_of=of), "B": Platform(share=0.1, share_of=of, pull=-0.5)}
    population = Population(Spec(users=USERS, sessions=3.0), platforms, ONE_ISP, 5)
    did = population.step(conditions(0, 2))
    for k, share in enumerate((0.5, 0.1)):
        measured = getattr(did, f"{of}_users")[k] / USERS  # counted on a panel, told for all
        error = SURE * math.sqrt(share * (1 - share) / did.panel) + 0.01
        verify("V22", f"share of {of} users: {share}", share, measured, error, "1e-4, and a hundredth for mixing")
