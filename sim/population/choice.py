"""How a person chooses: equations (3) to (5), (9) and (10), each a short function.

The functions are compiled (numba) and, with those of ``reach.py``, are the only place where the rules stand; the daily
scan in ``kernel.py`` calls them, and so do the tests that compare them with closed forms.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.chance import Stream, key, unit
from sim.compiled import compiled

Floats = NDArray[np.float64]
Masks = NDArray[np.uint8]
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
    same_type: Masks  # (K,) bit mask of the apps of the same type, k included
    outside: Floats  # (K,) w_k
    know_keys: NDArray[np.uint64]  # (K,) of the draws that say who knows an app
    offline_share: float  # p_0
    intercept: Floats  # (K,) alpha_k
    usable_counts: bool  # whether contacts count whom an app reaches, or all who hold it
    gamma: float
    redundancy: float  # psi_r
    inertia: float  # kappa
    curiosity: float  # c_n
    substitution: float  # eta
    expected_movement: float  # xi
    by_view: bool  # whether a search goes by how much each substitute is in view, not to each alike
    view_size: float  # w_s
    view_contacts: float  # w_c
    view_naming: float  # w_n
    block_cost: float  # B
    revision_rate: float  # lambda_0
    attention_salience: float  # mu_S
    attention_peers: float  # mu_P; 0 unless contagion is simple
    fading: Floats  # exp(-age dt / tau_P) by age in steps; nothing is left beyond its end
    trial_rate: float  # lambda_tr
    trial_end_rate: float  # 1 / tau_tr
    loss_rate: float  # lambda_L
    dark_rate: float  # lambda_D
    moved_use: float  # theta_u
    attention_use: float  # mu_U
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
    vpn_inertia: float  # kappa_v
    vpn_loss_rate: float  # delta_v
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
    alarm: float  # S_v
    access_attention: float  # S_a
    dark: bool  # whether any app is less than usable, or announced to be, for anyone
    stirred: bool  # whether it is dark, or attention names an app
    named: Floats  # (K,) N_k
    access: Floats  # (K, J) X_kj
    with_vpn: Floats  # (K, J) W_kj, usability for those who have a VPN
    felt: Floats  # (K,) 1 - omega a_k, what an announced order leaves of an app in people's minds
    expected: Floats  # (K, J) expected usability of an app that is held
    heat: Floats  # (K, J) h_kj, how fresh a loss is
    most_heat: float  # the largest h_kj
    experience: Floats  # (J,) e_j
    cut: Masks  # (2, J) bit mask of the apps that are of no use, without and with a VPN
    cuts: NDArray[np.uint8]  # (N, 8) contacts who hold an app and are cut off from it; one row when nobody is
    shut: int  # bit mask of the apps that are shut to most
    awareness: Floats  # (K,) A_k
    weight: Floats  # (K,) b_k, holders times the attention that names the app
    installable: NDArray[np.bool_]  # (K,)
    interoperability: float  # iota
    arrests: float  # arrests per day
    fear: float  # F
    reopened: NDArray[np.bool_]  # (K,)
    retries: Floats  # (K,) how often those who lost a reopened app try it again
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
def nth(mask: Int, n: int) -> int:
    """The n-th app of a bit mask, from 0."""
    return int(_NTH[mask, n])


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
def background_rate(me: Any, rules: Rules, today: Today) -> float:
    """How often the person looks at each app that it knows, eq. (3): by salience and by peers, unnamed (1/day)."""
    attention = (
        1.0 + rules.attention_salience * today.salience + rules.attention_peers * peer_exposure(me, rules, today)
    )
    return rules.revision_rate * attention


@compiled
def may_return(k: Int, me: Any, today: Today) -> bool:
    """Whether the person lost the app while it was shut, and it is open again: coming back takes no inertia."""
    return bool(today.reopened[k]) and holds(me.left, k) == 1 and holds(me.hold, k) == 0


@compiled
def retry_rate(me: Any, today: Today) -> float:
    """How often the person tries the apps again that it lost and that are open again (1/day)."""
    rate = 0.0
    if today.most_retries > 0.0:
        for k in range(today.retries.size):
            if may_return(k, me, today):
                rate += today.retries[k]
    return rate


@compiled
def app_looked_at(position: float, rate: float, known: Int, me: Any, search: Floats, rules: Rules, today: Today) -> int:
    """Which app a reviser looks at, eq. (3).

    Along lambda_i (``rate``) lie, end to end: re-tests of what is on trial, retries of what has reopened, searches by
    news and by loss, and the apps that the person knows, in equal lengths.

    Args:
        position: A point along lambda_i, uniform from 0 to ``rate``.
        rate: lambda_i.
        known: Bit mask of the apps that the person knows.
        me: The person's row.
        search: (8,) how often it looks at each app because attention names it or reach is lost.
        rules: Rules of the run.
        today: Conditions of the step.
    """
    on_trial = rules.trial_rate * count(me.trial)
    if position < on_trial:
        return nth(me.trial, min(count(me.trial) - 1, int(position / rules.trial_rate)))
    used = on_trial
    last = 0
    if today.most_retries > 0.0:
        for k in range(rules.apps):
            if may_return(k, me, today):
                last = k
                used += today.retries[k]
                if position < used:
                    return k
    if today.stirred:
        for k in range(rules.apps):
            if search[k] > 0.0:
                last = k
                used += search[k]
                if position < used:
                    return k
    if known == 0 or rate <= used:
        return last
    return nth(known, min(count(known) - 1, int((position - used) / (rate - used) * count(known))))


@compiled
def probability_of_holding(k: Int, value: float, me: Any, rules: Rules, today: Today) -> float:
    """P(a_ik := 1), eq. (5): logit choice with inertia kappa, which an app on trial does not have.

    Attention that names an app makes people try it; whether they keep it is judged without.
    """
    if holds(me.trial, k):
        return logistic(value)
    if holds(me.hold, k):
        return logistic(value + rules.inertia)
    return logistic(value - rules.inertia + rules.curiosity * today.named[k])


@compiled
def personal_threshold(i: Int, rules: Rules) -> float:
    """theta_i of H2, uniform between its limits: share of contacts that person i waits for."""
    drawn = unit(key(rules.seed, Stream.THRESHOLD, 0), i)
    return rules.threshold_low + (rules.threshold_high - rules.threshold_low) * drawn


@compiled
def may_adopt(k: int, i: Int, share: float, rules: Rules, today: Today) -> bool:
    """Whether person i can take up app k at all: it can be installed and, under H2, enough contacts are on it."""
    return bool(today.installable[k]) and (rules.contagion != THRESHOLD or share >= personal_threshold(i, rules))


@compiled
def probability_of_vpn(need: float, me: Any, rules: Rules, today: Today) -> float:
    """P(v_i := 1), eq. (9): need, contacts with a VPN, concern while the state alarms, and habit."""
    return logistic(
        rules.vpn_intercept
        + rules.vpn_response * need
        + rules.vpn_peers * (me.contacts[VPN] / max(1, np.int64(me.degree)))
        + rules.vpn_inertia * today.experience[me.isp] * np.int64(me.vpn)
        + me.concern * today.alarm * rules.vpn_protection
    )


@compiled
def probability_of_speaking(share: float, rules: Rules, today: Today) -> float:
    """P(speak_i := 1), eq. (10): fear and arrests silence, a large share of contacts who speak encourages."""
    return logistic(
        rules.speak_intercept
        - rules.self_censorship * (today.fear + rules.arrest_weight * today.arrests)
        + rules.speak_peers * share
    )
