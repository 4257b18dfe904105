"""Rules under which the starting shares are stationary: eq. (8), then one centring on the actual people."""

import math
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.population.choice import (
    CONTAGION,
    GROUP,
    VPN,
    Floats,
    Rules,
    Today,
    count,
    holds,
    logistic,
    may_adopt,
    probability_of_holding,
    revision_rate,
    share_of_contacts,
    value_of_app,
    within_step,
)
from sim.population.compiled import compiled
from sim.population.people import People
from sim.scenario.population import Population as Spec


class Flows(NamedTuple):
    """Rates that eq. (8) needs, per day."""

    looks: float  # r = lambda_0 / K, how often a person looks at one app
    retests: float  # lambda_tr
    ends: float  # 1 / tau_tr
    inertia: float  # kappa


def logit(p: float) -> float:
    """Inverse of ``logistic``, with probabilities kept at least 10^-9 away from 0 and 1."""
    p = min(max(p, 1e-9), 1.0 - 1e-9)
    return math.log(p / (1.0 - p))


def on_trial(value: float, share: float, flows: Flows) -> float:
    """T_k, eq. (8): share of people who have the app on trial, when a share holds it and its value is Delta."""
    adoptions = flows.looks * logistic(value - flows.inertia) * (1.0 - share)
    return adoptions / ((flows.looks + flows.retests) * logistic(-value) + flows.ends)


def established(value: float, share: float, flows: Flows) -> float:
    """Q_k, eq. (8): share of people who have it for good, fed by the trials that end well."""
    return on_trial(value, share, flows) * flows.ends / (flows.looks * logistic(-value - flows.inertia))


def balanced_value(share: float, flows: Flows) -> float:
    """Delta_k at which T_k + Q_k equals the share, by bisection; the sum rises with Delta."""
    low, high = -40.0, 40.0
    for _ in range(80):
        middle = 0.5 * (low + high)
        if on_trial(middle, share, flows) + established(middle, share, flows) < share:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


@compiled
def _net_adoption(people: People, rules: Rules, today: Today, k: int, shift: float) -> float:
    """Expected adoptions minus removals of app k in a step, with ``shift`` added to its intercept."""
    net = 0.0
    for first in range(0, people.size, rules.group_size):
        last = min(people.size, first + rules.group_size)
        in_favour = 0
        looks = 0.0
        for i in range(first, last):
            me = people[i]
            share = share_of_contacts(k, me, today)
            value = value_of_app(k, share, me, rules, today) + shift
            p = probability_of_holding(k, value, me, rules)
            rate = revision_rate(me, rules, today)
            attention = rate - rules.trial_rate * count(me.trial)
            look = within_step(rate, rules) * (attention / rules.apps + rules.trial_rate * holds(me.trial, k)) / rate
            in_favour += value > 0.0
            if holds(me.hold, k):
                net -= look * (1.0 - p)
                continue
            looks += 1.0
            if may_adopt(k, i, share, rules, today):
                net += look * p
        if rules.contagion == GROUP and in_favour >= rules.group_quorum * (last - first):
            net += looks * within_step(rules.group_move_rate, rules) / rules.apps
    return net


def _root(rising: Callable[[float], float]) -> float:
    """Where a rising function crosses zero, within -40 to 40; the nearer end if it does not."""
    from scipy.optimize import brentq

    reach = 0.5
    while reach < 40.0 and not rising(-reach) < 0.0 < rising(reach):
        reach *= 2.0
    if rising(-reach) >= 0.0:
        return -reach
    if rising(reach) <= 0.0:
        return reach
    return float(brentq(rising, -reach, reach, xtol=1e-5))


def fading(memory_days: float, days_per_step: float) -> Floats:
    """Weight of an adoption by its age in steps, exp(-age dt / tau_P), down to 10^-9; what is older is forgotten."""
    steps = math.ceil(9.0 * math.log(10.0) * memory_days / days_per_step)
    return np.array([math.exp(-age * days_per_step / memory_days) for age in range(steps + 1)])


class Start(NamedTuple):
    """Where people start: shares on trial among holders, and the exposure that quiet days keep up per contact."""

    on_trial: Floats  # (K,)
    exposure_per_contact: float


def rules_at_rest(spec: Spec, shares: Floats, seed: int, days_per_step: float) -> tuple[Rules, Start]:
    """Rules of a run, with intercepts that balance the mean shares of a well-mixed population, eq. (8).

    Peer attention raises the rate at which people look at apps, and their adoptions raise peer attention: a few rounds
    settle both.
    """
    peers = spec.attention_peers if spec.contagion == "simple" else 0.0
    faded = fading(spec.peer_memory_days, days_per_step)
    exposure = 0.0
    for _ in range(5):
        looks = spec.revision_rate * (1.0 + peers * spec.degree * exposure) / shares.size
        flows = Flows(looks, spec.trial_rate, 1.0 / spec.trial_days, spec.inertia)
        values = np.array([balanced_value(share, flows) for share in shares])
        adoptions = sum(looks * logistic(v - spec.inertia) * (1.0 - m) for v, m in zip(values, shares, strict=True))
        exposure = adoptions * days_per_step * faded.sum() if peers else 0.0
    trials = np.array([on_trial(v, m, flows) / max(m, 1e-9) for v, m in zip(values, shares, strict=True)])
    vpn_intercept = logit(spec.vpn_share) - spec.vpn_peers * spec.vpn_share
    rules = Rules(
        seed=seed,
        apps=shares.size,
        days_per_step=days_per_step,
        intercept=values - spec.gamma * reachable(shares, spec) + spec.substitution * (shares.sum() - shares),
        gamma=spec.gamma,
        inertia=spec.inertia,
        substitution=spec.substitution,
        block_cost=spec.block_cost,
        revision_rate=spec.revision_rate,
        attention_salience=spec.attention_salience,
        attention_peers=peers,
        fading=faded,
        trial_rate=spec.trial_rate,
        trial_end_rate=1.0 / spec.trial_days,
        contagion=CONTAGION[spec.contagion],
        threshold_low=spec.threshold_low,
        threshold_high=spec.threshold_high,
        group_size=spec.group_size,
        group_move_rate=spec.group_move_rate,
        group_quorum=spec.group_quorum,
        vpn_rate=spec.vpn_rate,
        vpn_intercept=vpn_intercept,
        vpn_response=logit(spec.vpn_half_response) - vpn_intercept - spec.vpn_peers * spec.vpn_share,
        vpn_peers=spec.vpn_peers,
        vpn_protection=spec.vpn_protection,
        speak_rate=spec.speak_rate,
        speak_intercept=logit(spec.speak_share) - spec.speak_peers * spec.speak_share,
        self_censorship=spec.self_censorship,
        arrest_weight=spec.arrest_weight,
        speak_peers=spec.speak_peers,
    )
    return rules, Start(trials, exposure)


def reachable(shares: Floats, spec: Spec) -> Floats:
    """(K,) share of contacts within reach when people hold apps at random."""
    return np.asarray(shares + spec.interoperability * (1.0 - shares), np.float64)


def quiet_day(rules: Rules, isps: int, interoperability: float = 0.0) -> Today:
    """A day without salience, fear, blocks or arrests, before the first step."""
    return Today(
        step=0,
        salience=0.0,
        appeal=np.zeros(rules.apps),
        access=np.ones((rules.apps, isps)),
        installable=np.ones(rules.apps, np.bool_),
        interoperability=interoperability,
        arrests=0.0,
        fear=0.0,
        reopened=np.zeros(rules.apps, np.bool_),
        retries=np.zeros(rules.apps),
        most_retries=0.0,
    )


def centred(rules: Rules, people: People, voices: NDArray[np.uint8], quiet: Today, spec: Spec) -> Rules:
    """The rules with intercepts under which expected flows cancel among these people, on a quiet day.

    ``voices`` counts each person's contacts who speak.
    """
    speaking = voices / np.maximum(1, people["degree"])
    with_vpn = people["contacts"][:, VPN] / np.maximum(1, people["degree"])
    return steered(rules, people, quiet, np.zeros(rules.apps))._replace(
        vpn_intercept=_centred_habit(spec.vpn_share, spec.vpn_peers * with_vpn),
        speak_intercept=_centred_habit(spec.speak_share, spec.speak_peers * speaking),
    )


def steered(rules: Rules, people: People, quiet: Today, gain: Floats) -> Rules:
    """The rules with intercepts under which shares of holders are expected to grow by ``gain`` (K,) in a quiet step.

    Eq. (8) knows only mean shares; here each person's own contacts, trials and (H2, H3) thresholds and group count.
    Where no intercept balances the flows (H2, when nobody's contacts reach the threshold), it ends at its limit.
    """

    def surplus(k: int, shift: float) -> float:
        return float(_net_adoption(people, rules, quiet, k, shift) - gain[k] * people.size)

    shifts = [_root(partial(surplus, k)) for k in range(rules.apps)]
    return rules._replace(intercept=rules.intercept + np.array(shifts))


def _centred_habit(share: float, pull: Floats) -> float:
    """Intercept under which people who redraw a habit keep its share: mean of sigma(intercept + pull) = share."""
    return _root(lambda intercept: float(np.mean(1.0 / (1.0 + np.exp(-intercept - pull)))) - share)
