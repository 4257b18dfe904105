"""Balance at rest, against eq. (8) written out again: V5 with knowing, reach, redundancy and entrants."""

import math

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import expit

from sim.population import Population
from sim.population.balance import NEVER, rules_at_rest
from sim.population.surroundings import known_at_start
from sim.scenario.population import Platform
from sim.scenario.population import Population as Spec
from tests.verification.settings import ONE_ISP, SURE, conditions

MIXED = {
    "W": Platform(share=0.8),
    "T": Platform(share=0.2, awareness=0.4),
    "N": Platform(share=0.5, type="network"),
    "M": Platform(share=0.1, type="network", outside=0.2),
    "E": Platform(share=0.0, wanted=0.3, awareness=0.01),
    "Z": Platform(share=0.0),
}
OFFLINE = 0.05


def delta(spec: Spec, share: float, knowing: float) -> float:
    """Delta_k of eq. (8): the value at which those on trial and those who have it for good add up to the share."""
    r, tr, end, kappa = spec.revision_rate, spec.trial_rate, 1.0 / spec.trial_days, spec.inertia

    def surplus(d: float) -> float:
        trials = r * expit(d - kappa) * (knowing - share) / ((r + tr) * expit(-d) + end)
        return float(trials + trials * end / (r * expit(-d - kappa)) - share)

    return float(brentq(surplus, -40.0, 40.0, xtol=1e-13))


def test_intercepts_of_mean_people(verify):
    """V5: alpha = Delta - gamma n (1 - psi_r R_-k) + eta (other shares), each platform by hand."""
    spec = Spec(gamma=2.5, redundancy=0.3, substitution=0.15, contagion="none", offline_share=OFFLINE,
                outside_value=0.6, interoperability=0.1, acquaintances=3.0, degree=6, entrant_worth=0.0)  # fmt: skip
    shares = np.array([platform.share for platform in MIXED.values()])
    awareness = known_at_start(spec, MIXED, shares)
    rules, _ = rules_at_rest(spec, MIXED, shares, awareness, 1, 1.0)
    like = rules_at_rest(spec.model_copy(update={"entrant_worth": 0.4}), MIXED, shares, awareness, 1, 1.0)[0].intercept
    reach = 0.32 + 0.1 * 0.68  # wanted like the largest messenger, by 0.4
    worth = 2.5 * reach * (1 - 0.3 * (1 - (1 - 0.8 * 0.82) * (1 - 0.2 * 0.28)))
    alpha = delta(spec, 0.32, 1.0) - worth + 0.15 * shares.sum()
    verify("V5", "intercept of an entrant that is wanted like its type", alpha, like[5], 1e-9, "rounding")
    assert (like[:5] == rules.intercept[:5]).all()
    aware = dict(zip("WTNMEZ", [1 - 0.2**3, 0.4, 1 - 0.5**3, 1 - 0.9**3, 0.01, 0.0], strict=True))
    outside = dict(zip("WTNMEZ", [0.0, 0.0, 0.6, 0.2, 0.0, 0.0], strict=True))
    at_rest = {name: platform.wanted or platform.share for name, platform in MIXED.items()}
    reached = {name: w + (1 - w) * (at_rest[name] + 0.1 * (1 - at_rest[name])) for name, w in outside.items()}
    rivals = {"W": "T", "T": "W", "N": "M", "M": "N", "E": "WT"}  # E and Z have no holders yet
    for k, (name, platform) in enumerate(MIXED.items()):
        verify("V5", f"awareness of {name}", aware[name], awareness[k], 1e-12, "rounding")
        if name == "Z":
            verify("V5", "intercept of an app that nobody wants", NEVER, rules.intercept[k], 0.0, "exact")
            continue
        m = at_rest[name]
        heard = (1 - OFFLINE) * (1 - (1 - aware[name]) * (1 - platform.share) ** 6)
        knowing = 1.0 if name == "E" else max(m, heard)
        redundant = 1.0 - math.prod(1.0 - MIXED[o].share * reached[o] for o in rivals[name])
        alpha = delta(spec, m, knowing) - 2.5 * reached[name] * (1 - 0.3 * redundant)
        alpha += 0.15 * (shares.sum() - platform.share)
        verify("V5", f"intercept of {name}", alpha, rules.intercept[k], 1e-9, "rounding")


@pytest.mark.parametrize("contagion", ["none", "simple"])
def test_nobody_moves_the_shares_of_a_quiet_world(verify, contagion):
    """V5: with apps that few know, shares stay for 200 quiet days; the panel is everyone, so that intercepts are exact.

    The change of a share is a sum of entries and exits. That those who enter leave again makes it smaller than for
    independent ones, so that its variance is at most their number.
    """
    users, days, runs = 20_000, 200, 4
    settled = {name: platform for name, platform in MIXED.items() if not platform.wanted}
    settled["R"] = Platform(share=0.02, awareness=0.05)  # known to a quarter
    spec = Spec(users=users, contagion=contagion, revision_rate=0.02, inertia=2.0, gamma=1.0)
    change, moves = np.zeros(6), np.zeros(6)
    for seed in range(runs):
        population = Population(spec, settled, ONE_ISP, seed)
        change -= [np.count_nonzero(population.people["hold"] >> k & 1) for k in range(6)]
        for day in range(days):
            did = population.step(conditions(day, 6))
            moves += did.installs + did.removals
        change += did.holders
    for k, name in enumerate(settled):
        error = SURE * math.sqrt(moves[k]) / users / runs
        case = f"{contagion}: change of the share of {name} in {days} days"
        verify("V5", case, 0.0, change[k] / users / runs, error, "false alarm 1e-4")
    assert moves[4] == 0, "nobody wants it"


def test_vpns_that_are_lost_are_made_up_for(verify):
    """V5: on quiet days installs are delta_v of the stock, which stays; losses that none could make up for are cut."""
    users, days = 20_000, 120
    for loss, most in ((1 / 90, 1.0), (0.2, 0.02 * 0.9 / 0.1)):
        rate = min(loss, most)
        spec = Spec(users=users, vpn_share=0.1, vpn_rate=0.02, vpn_loss_rate=loss, vpn_peers=0.0)
        population = Population(spec, MIXED, ONE_ISP, 1)
        stock = [np.count_nonzero(population.people["vpn"])]
        installs = 0
        for day in range(days):
            did = population.step(conditions(day, 6))
            stock.append(did.vpn)
            installs += did.vpn_installs
        expected = -math.expm1(-0.02) * (0.1 * (1 + rate / 0.02) - 0.1) * users * days  # of those ready and without
        drawn = SURE * math.sqrt(expected) + SURE * math.sqrt(users * 0.1 * (1 + rate / 0.02)) * 0.02 * days
        verify("V5", f"losses of {loss:.3g} a day: VPN installs of {days} days", expected, installs, drawn,
               "false alarm 1e-4, of installs and of who is ready")  # fmt: skip
        error = SURE * math.sqrt(users * 0.1 * (2.0 + rate / 0.02))
        verify("V5", f"losses of {loss:.3g} a day: people with a VPN after {days} days", users * 0.1, stock[-1], error,
               "false alarm 1e-4, at the start and now")  # fmt: skip
        assert abs(stock[-1] - stock[0]) < SURE * math.sqrt(2.0 * users * 0.1)


def test_an_entrant_takes_off_towards_what_it_is_wanted_by(verify):
    """V5: independent people who all know an entrant hold it at rest by its `wanted` share."""
    users, days, wanted = 20_000, 600, 0.3
    spec = Spec(users=users, contagion="none", gamma=0.0, inertia=1.0, revision_rate=0.08, trial_rate=0.1,
                trial_days=10.0, redundancy=0.0)  # fmt: skip
    population = Population(spec, {"E": Platform(share=0.0, wanted=wanted, awareness=1.0)}, ONE_ISP, 2, steps_per_day=2)
    held = [population.step(conditions(day, 1)).holders[0] / users for day in range(days)]
    # looks of about 0.08 a day: a few dozen independent looks at each person over the last 400 days
    error = SURE * math.sqrt(wanted * (1 - wanted) / users) + 0.25 * wanted * (0.08 + 0.1 + 0.1) * 0.5
    verify("V5", "share of an entrant after 200 to 600 days", wanted, np.mean(held[200:]), error,
           "1e-4, and the order of the step")  # fmt: skip
