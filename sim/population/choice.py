"""How a person chooses: equations (3) to (5), (9) and (10), each a short function.

The functions are compiled (numba) and are the only place where the rules stand; the daily scan in ``kernel.py`` calls
them, and so do the tests that compare them with closed forms.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.chance import Stream, key, unit
from sim.population.compiled import compiled

Floats = NDArray[np.float64]
Int = int | np.integer[Any]

NONE, SIMPLE, THRESHOLD, GROUP = range(4)
"""Structural switch of contagion: H0, H1, H2, H3."""
CONTAGION = {"none": NONE, "simple": SIMPLE, "threshold": THRESHOLD, "group": GROUP}

VPN = 8
"""Place behind the eight apps in a person's ``contacts``: how many contacts have a VPN."""

_APPS = [[k for k in range(8) if mask >> k & 1] for mask in range(256)]
_COUNT = np.array([len(apps) for apps in _APPS])
_NTH = np.array([apps + [0] * (8 - len(apps)) for apps in _APPS])
"""Apps in a bit mask: how many, and which is the n-th."""


class Rules(NamedTuple):
    """What stays the same all through a run. Rates are per day, values in logits; symbols as in docs/odd.md."""

    seed: int
    apps: int  # K
    days_per_step: float  # dt
    intercept: Floats  # (K,) alpha_k
    gamma: float
    inertia: float  # kappa
    substitution: float  # eta
    block_cost: float  # B
    revision_rate: float  # lambda_0
    attention_salience: float  # mu_S
    attention_peers: float  # mu_P; 0 unless contagion is simple
    fading: Floats  # exp(-age dt / tau_P) by age in steps; nothing is left beyond its end
    trial_rate: float  # lambda_tr
    trial_end_rate: float  # 1 / tau_tr
    contagion: int
    threshold_low: float
    threshold_high: float
    group_size: int
    group_move_rate: float  # lambda_g
    group_quorum: float  # q
    vpn_rate: float  # lambda_v
    vpn_intercept: float  # alpha_v
    vpn_response: float  # chi
    vpn_peers: float  # gamma_v
    vpn_protection: float  # g_v
    speak_rate: float  # lambda_s
    speak_intercept: float  # b
    self_censorship: float  # psi
    arrest_weight: float  # zeta
    speak_peers: float  # varphi


class Today(NamedTuple):
    """What everyone meets in one step."""

    step: int
    salience: float  # S
    appeal: Floats  # (K,) S g_k = S (1 - R_k)
    access: Floats  # (K, J) X_kj
    installable: NDArray[np.bool_]  # (K,)
    interoperability: float  # iota
    arrests: float  # arrests per day
    fear: float  # F
    reopened: NDArray[np.bool_]  # (K,)
    retries: Floats  # (K,) how often those who left a reopened app try it again
    most_retries: float  # their sum


@compiled
def logistic(x: float) -> float:
    """sigma(x) = 1 / (1 + exp(-x))."""
    return 1.0 / (1.0 + math.exp(-x))


@compiled
def within_step(rate: float, rules: Rules) -> float:
    """Probability that an event of a rate (1/day) happens within a step."""
    return -math.expm1(-rate * rules.days_per_step)


@compiled
def count(mask: Int) -> int:
    """Number of apps in a bit mask."""
    return int(_COUNT[mask])


@compiled
def holds(mask: Int, k: Int) -> Int:
    """1 if app k is in the bit mask, else 0: a_ik."""
    return (np.int64(mask) >> k) & 1


@compiled
def peer_exposure(me: Any, rules: Rules, today: Today) -> float:
    """E_i, eq. (3): contacts who just adopted an app, fading with the days since."""
    age = today.step - me.exposed_at
    return me.exposure * rules.fading[age] if age < rules.fading.size else 0.0


@compiled
def revision_rate(me: Any, rules: Rules, today: Today) -> float:
    """lambda_i, eq. (3): attention by salience and peers, plus re-tests of what is on trial or reopened (1/day)."""
    attention = (
        1.0 + rules.attention_salience * today.salience + rules.attention_peers * peer_exposure(me, rules, today)
    )
    return rules.revision_rate * attention + rules.trial_rate * count(me.trial) + retry_rate(me, today)


@compiled
def retry_rate(me: Any, today: Today) -> float:
    """How often the person tries the apps again that it left and that are open again (1/day)."""
    rate = 0.0
    if today.most_retries > 0.0:
        for k in range(today.retries.size):
            if may_return(k, me, today):
                rate += today.retries[k]
    return rate


@compiled
def app_reconsidered(uniform: float, rate: float, me: Any, rules: Rules, today: Today) -> int:
    """Which app a reviser looks at: one on trial or reopened with probability (their re-tests) / lambda_i, else any.

    The re-tests and the K apps lie end to end along lambda_i (``rate``), and the uniform number picks a place there.
    """
    place = uniform * rate
    on_trial = rules.trial_rate * count(me.trial)
    if place < on_trial:
        return int(_NTH[me.trial, min(count(me.trial) - 1, int(place / rules.trial_rate))])
    retests = on_trial + retry_rate(me, today)
    if place < retests:
        return _app_retried(place - on_trial, me, today)
    return min(rules.apps - 1, int((place - retests) / (rate - retests) * rules.apps))


@compiled
def _app_retried(place: float, me: Any, today: Today) -> int:
    """The reopened app in whose stretch of the rates a place lies."""
    last = 0
    for k in range(today.retries.size):
        if may_return(k, me, today):
            last = k
            if place < today.retries[k]:
                break
            place -= today.retries[k]
    return last


@compiled
def share_of_contacts(k: Int, me: Any, today: Today) -> float:
    """n_ik, eq. (4): share of contacts within reach of app k; interoperability iota brings in a part of the others."""
    share: float = me.contacts[k] / max(1, np.int64(me.degree))
    return share + today.interoperability * (1.0 - share)


@compiled
def value_of_app(k: Int, share: float, me: Any, rules: Rules, today: Today) -> float:
    """Delta_ik, eq. (4): value of holding app k over not holding it, for a person with this share of contacts on it."""
    others = count(me.hold) - holds(me.hold, k)
    blocked = (1.0 - today.access[k, me.isp]) * (1 - np.int64(me.vpn))
    value: float = (
        rules.intercept[k]
        + rules.gamma * share
        - rules.substitution * others
        + me.concern * today.appeal[k]
        - rules.block_cost * blocked
    )
    return value


@compiled
def probability_of_holding(k: Int, value: float, me: Any, rules: Rules) -> float:
    """P(a_ik := 1), eq. (5): logit choice with inertia kappa, which an app on trial does not have."""
    if holds(me.trial, k):
        return logistic(value)
    return logistic(value + rules.inertia * (2 * holds(me.hold, k) - 1))


@compiled
def may_return(k: Int, me: Any, today: Today) -> bool:
    """Whether the person left an app that was blocked and is free again: coming back takes no inertia (kappa = 0)."""
    return bool(today.reopened[k]) and holds(me.ever, k) == 1 and holds(me.hold, k) == 0


@compiled
def personal_threshold(i: Int, rules: Rules) -> float:
    """theta_i of H2, uniform between its limits: share of contacts that person i waits for."""
    drawn = unit(key(rules.seed, Stream.THRESHOLD, 0), i)
    return rules.threshold_low + (rules.threshold_high - rules.threshold_low) * drawn


@compiled
def may_adopt(k: Int, i: Int, share: float, rules: Rules, today: Today) -> bool:
    """Whether person i can take up app k at all: it can be installed and, under H2, enough contacts hold it."""
    return bool(today.installable[k]) and (rules.contagion != THRESHOLD or share >= personal_threshold(i, rules))


@compiled
def probability_of_vpn(me: Any, rules: Rules, today: Today) -> float:
    """P(v_i := 1), eq. (9): a person with blocked apps, with contacts on a VPN, or with concern takes one up."""
    blocked = 0.0
    for k in range(rules.apps):
        blocked += holds(me.hold, k) * (1.0 - today.access[k, me.isp])
    return logistic(
        rules.vpn_intercept
        + rules.vpn_response * blocked
        + rules.vpn_peers * (me.contacts[VPN] / max(1, np.int64(me.degree)))
        + me.concern * today.salience * rules.vpn_protection
    )


@compiled
def probability_of_speaking(share: float, rules: Rules, today: Today) -> float:
    """P(speak_i := 1), eq. (10): fear and arrests silence, a large share of contacts who speak encourages."""
    return logistic(
        rules.speak_intercept
        - rules.self_censorship * (today.fear + rules.arrest_weight * today.arrests)
        + rules.speak_peers * share
    )
