"""Where people start: shares of holders by what a share counts, rules under which they are stationary by eq. (8).

One centring on the actual people follows; who holds what is then drawn person by person.
"""

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.chance import Stream
from sim.compiled import compiled_loop
from sim.population import elementary
from sim.population.choice import (
    CONTAGION,
    GROUP,
    VPN,
    Floats,
    Rules,
    Today,
    background_rate,
    count,
    holds,
    logistic,
    may_adopt,
    retry_rate,
    within_step,
)
from sim.population.people import Holdings, People, holds_at_start, keys_of
from sim.population.reach import known_apps, search_rates, share_reached, value_of_app, with_outside
from sim.scenario.errors import ScenarioError
from sim.scenario.population import MESSENGER, Platform
from sim.scenario.population import Population as Spec

NEVER = -30.0
"""Intercept of an app that nobody holds and whose worth is not given: it is never taken."""


class Flows(NamedTuple):
    """Rates that eq. (8) needs, per day."""

    looks: float  # r, how often a person looks at one app that it knows
    retests: float  # lambda_tr
    ends: float  # 1 / tau_tr
    inertia: float  # kappa


def logit(p: float) -> float:
    """Inverse of ``logistic``, with probabilities kept at least 10^-9 away from 0 and 1."""
    p = min(max(p, 1e-9), 1.0 - 1e-9)
    return math.log(p / (1.0 - p))


def on_trial(value: float, share: float, knowing: float, flows: Flows) -> float:
    """T_k, eq. (8): share of people who have the app on trial, when a share holds it and another knows it."""
    adoptions = flows.looks * logistic(value - flows.inertia) * (knowing - share)
    return adoptions / ((flows.looks + flows.retests) * logistic(-value) + flows.ends)


def established(value: float, share: float, knowing: float, flows: Flows) -> float:
    """Q_k, eq. (8): share of people who have it for good, fed by the trials that end well."""
    return on_trial(value, share, knowing, flows) * flows.ends / (flows.looks * logistic(-value - flows.inertia))


def balanced_value(share: float, knowing: float, flows: Flows) -> float:
    """Delta_k at which T_k + Q_k equals the share, by bisection; the sum rises with Delta."""
    low, high = -40.0, 40.0
    for _ in range(80):
        middle = 0.5 * (low + high)
        if on_trial(middle, share, knowing, flows) + established(middle, share, knowing, flows) < share:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


@compiled_loop
def _flows_at_rest(
    people: People, rules: Rules, today: Today, k: int, search: Floats, looks: Floats, values: Floats, sides: Floats
) -> None:  # fmt: skip
    """What each person's flow into or out of app k depends on: looks in a step, value, and value with inertia.

    ``looks`` is negative for who holds the app and 0 for who cannot take it up.
    """
    for i in range(people.size):
        me = people[i]
        known = known_apps(i, me, rules, today)
        each = background_rate(me, rules, today)
        rate = each * count(known) + rules.trial_rate * count(me.trial) + retry_rate(me, today)
        mine = each * holds(known, k) + rules.trial_rate * holds(me.trial, k)
        if today.stirred:
            rate += search_rates(i, known, me, rules, today, search)
            mine += search[k]
        look = within_step(rate, rules) * mine / rate if rate > 0.0 else 0.0
        values[i] = value_of_app(k, i, known, me, rules, today)
        share = with_outside(share_reached(k, i, me, rules, today), k, rules, today)
        held = holds(me.hold, k)
        sides[i] = values[i]
        if not holds(me.trial, k):
            sides[i] += rules.inertia * (2 * held - 1)
        if held:
            looks[i] = -look
        else:
            looks[i] = look if may_adopt(k, i, share, rules, today) else 0.0


@compiled_loop
def _net_adoption(
    looks: Floats, values: Floats, sides: Floats, held: NDArray[np.bool_], rules: Rules, shift: float
) -> float:
    """Expected adoptions minus removals of an app in a step, with ``shift`` added to its intercept."""
    net = 0.0
    for i in range(looks.size):
        if looks[i] > 0.0:
            net += looks[i] * logistic(sides[i] + shift)
        elif looks[i] < 0.0:
            net += looks[i] * logistic(-sides[i] - shift)
    if rules.contagion == GROUP:
        p = within_step(rules.group_move_rate, rules) / rules.apps
        for first in range(0, looks.size, rules.group_size):
            last = min(looks.size, first + rules.group_size)
            in_favour, without = 0, 0
            for i in range(first, last):
                in_favour += values[i] + shift > 0.0
                without += not held[i]
            if in_favour >= rules.group_quorum * (last - first):
                net += without * p
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


def rules_at_rest(
    spec: Spec, platforms: Mapping[str, Platform], shares: Floats, awareness: Floats, seed: int, days_per_step: float
) -> tuple[Rules, Start]:
    """Rules of a run, with intercepts that balance the mean shares of a well-mixed population, eq. (8).

    Peer attention raises the rate at which people look at apps, and their adoptions raise peer attention: a few rounds
    settle both.

    Args:
        spec: Parameters of the people.
        platforms: In the order of the scenario.
        shares: (K,) share of people who hold each app.
        awareness: (K,) share of people who know each app beyond those whose contacts hold it.
        seed: Root seed.
        days_per_step: Length of a step.
    """
    same_type, outside = types(platforms), outside_values(spec, platforms)
    like = spec.entrant_worth * np.array([shares[mask >> np.arange(shares.size) & 1 == 1].max() for mask in same_type])
    given = [platform.wanted for platform in platforms.values()]
    wanted = np.array([float(usual) if one is None else one for one, usual in zip(given, like, strict=True)])
    entrant = (shares == 0.0) & (wanted > 0.0)
    rest = np.where(entrant, wanted, shares)  # the share at which an app would be at rest
    heard = (1.0 - spec.offline_share) * (1.0 - (1.0 - awareness) * elementary.power(1.0 - shares, spec.degree))
    knowing = np.where(entrant, 1.0, np.maximum(heard, shares))
    peers = spec.attention_peers if spec.contagion == "simple" else 0.0
    faded = fading(spec.peer_memory_days, days_per_step)
    exposure = 0.0
    for _ in range(5):
        looks = spec.revision_rate * (1.0 + peers * spec.degree * exposure)
        flows = Flows(looks, spec.trial_rate, 1.0 / spec.trial_days, spec.inertia)
        values = np.array([balanced_value(m, a, flows) for m, a in zip(rest, knowing, strict=True)])
        takers = np.where(entrant, 0.0, knowing - shares)
        adoptions = sum(looks * logistic(v - spec.inertia) * m for v, m in zip(values, takers, strict=True))
        exposure = adoptions * days_per_step * faded.sum() if peers else 0.0
    trials = np.array([on_trial(v, m, a, flows) / max(m, 1e-9) for v, m, a in zip(values, rest, knowing, strict=True)])
    alone = outside + (1.0 - outside) * reachable(rest, spec)
    redundant = np.array([
        1.0 - math.prod(1.0 - shares[m] * alone[m] for m in range(shares.size) if m != k and same_type[k] >> m & 1)
        for k in range(shares.size)
    ])  # fmt: skip
    worth = spec.gamma * alone * (1.0 - spec.redundancy * redundant)
    intercept = values - worth + spec.substitution * (shares.sum() - shares)
    vpn_ready, _, vpn_loss_rate = vpn_at_rest(spec)
    vpn_intercept = logit(vpn_ready) - spec.vpn_peers * spec.vpn_share
    own = {name: getattr(spec, name) for name in Rules._fields if name in Spec.model_fields}
    rules = Rules(**own | {
        "seed": seed, "apps": shares.size, "days_per_step": days_per_step, "same_type": same_type, "outside": outside,
        "know_keys": keys_of(platforms, seed, Stream.KNOW), "usable_counts": spec.reach == "usable",
        "intercept": np.where((shares == 0.0) & ~entrant, NEVER, intercept), "attention_peers": peers, "fading": faded,
        "trial_end_rate": 1.0 / spec.trial_days, "contagion": CONTAGION[spec.contagion], "vpn_intercept": vpn_intercept,
        "vpn_response": logit(spec.vpn_half_response) - vpn_intercept - spec.vpn_peers * spec.vpn_share,
        "speak_intercept": logit(spec.speak_share) - spec.speak_peers * spec.speak_share,
        "by_view": spec.search == "view", "vpn_loss_rate": vpn_loss_rate,
    })  # fmt: skip
    return rules, Start(trials, exposure)


def vpn_at_rest(spec: Spec) -> tuple[float, float, float]:
    """Share of people who are ready for a VPN, share of these who have it, and the rate at which it is lost (1/day).

    On a quiet day gains, lambda_v of those who are ready and without, make up for losses; a rate of loss for which not
    even everybody's readiness could make up is cut down to what it can.
    """
    share, loss = spec.vpn_share, spec.vpn_loss_rate
    if loss == 0.0 or share == 0.0:
        return share, 1.0, 0.0
    loss = min(loss, spec.vpn_rate * (1.0 - share) / share)
    kept = spec.vpn_rate / (spec.vpn_rate + loss) if loss > 0.0 else 1.0
    return share / kept, kept, loss


def reachable(shares: Floats, spec: Spec) -> Floats:
    """(K,) share of contacts within reach when people hold apps at random."""
    return np.asarray(shares + spec.interoperability * (1.0 - shares), np.float64)


def types(platforms: Mapping[str, Platform]) -> NDArray[np.uint8]:
    """(K,) bit mask of the platforms of the same type as each, itself included."""
    kinds = [platform.type for platform in platforms.values()]
    return np.array([sum(1 << m for m, other in enumerate(kinds) if other == kind) for kind in kinds], np.uint8)


def outside_values(spec: Spec, platforms: Mapping[str, Platform]) -> Floats:
    """(K,) w_k: a messenger is worth its contacts in the country alone, unless the scenario says otherwise."""
    by_type = [0.0 if platform.type == MESSENGER else spec.outside_value for platform in platforms.values()]
    given = [platform.outside for platform in platforms.values()]
    return np.array([default if one is None else one for one, default in zip(given, by_type, strict=True)])


def centred(rules: Rules, people: People, voices: NDArray[np.int64], quiet: Today, spec: Spec) -> Rules:
    """The rules with intercepts under which expected flows cancel among these people, on a quiet day.

    ``voices`` counts each person's contacts who speak.
    """
    speaking = voices / np.maximum(1, people["degree"])
    with_vpn = people["contacts"][:, VPN] / np.maximum(1, people["degree"])
    return steered(rules, people, quiet, np.zeros(rules.apps))._replace(
        vpn_intercept=_centred_habit(vpn_at_rest(spec)[0], spec.vpn_peers * with_vpn),
        speak_intercept=_centred_habit(spec.speak_share, spec.speak_peers * speaking),
    )


def steered(rules: Rules, people: People, quiet: Today, gain: Floats) -> Rules:
    """The rules with intercepts under which shares of holders are expected to grow by ``gain`` (K,) in a quiet step.

    Eq. (8) knows only mean shares; here each person's own contacts, trials and (H2, H3) thresholds and group count.
    Where no intercept balances the flows (H2, when nobody's contacts reach the threshold), it ends at its limit. An app
    that nobody holds keeps its intercept.
    """
    shifts = np.zeros(rules.apps)
    looks, values, sides = (np.empty(people.size) for _ in range(3))
    for k in range(rules.apps):
        held = (people["hold"] >> k & 1).astype(np.bool_)
        if held.any():
            _flows_at_rest(people, rules, quiet, k, np.zeros(8), looks, values, sides)
            goal = float(gain[k] * people.size)
            shifts[k] = _root(partial(_surplus, looks, values, sides, held, rules, goal))
    return rules._replace(intercept=rules.intercept + shifts)


def _surplus(
    looks: Floats, values: Floats, sides: Floats, held: NDArray[np.bool_], rules: Rules, goal: float, shift: float
) -> float:
    return float(_net_adoption(looks, values, sides, held, rules, shift) - goal)


def _centred_habit(share: float, pull: Floats) -> float:
    """Intercept under which people who redraw a habit keep its share: mean of sigma(intercept + pull) = share."""
    return _root(lambda intercept: float(np.mean(1.0 / (1.0 + elementary.exp(-intercept - pull)))) - share)


DAYS = {"daily": 1, "weekly": 7, "monthly": 30}
SAMPLE = 20_000
"""People on whom shares of users are turned into shares of holders."""
ROUNDS = 60
CLOSE = 0.002
"""Relative error of the expected users that ends the search."""


def holdings(spec: Spec, platforms: Mapping[str, Platform], shares: Floats, on_trial: Floats, seed: int) -> Holdings:
    """Who holds what at the start, given (K,) shares of holders and of these on trial."""
    from scipy.special import ndtri

    return Holdings(
        shares=shares,
        on_trial=on_trial,
        hold_keys=keys_of(platforms, seed, Stream.HOLD),
        trial_keys=keys_of(platforms, seed, Stream.TRIAL_START),
        quantiles=np.asarray(ndtri(np.clip(shares / (1.0 - spec.offline_share), 1e-12, 1.0 - 1e-12)), np.float64),
        correlation=spec.holdings_correlation,
        offline_share=spec.offline_share,
        seed=seed,
    )


def shares_of_holders(spec: Spec, platforms: Mapping[str, Platform], seed: int) -> Floats:
    """(K,) share of people who hold each app, where a scenario may give those who use it in a day, a week or a month.

    The shares are found by fixed point on a sample of well-mixed people. Contacts are counted one by one: who has none
    on a small app does not use it, which a mean over all would not show.

    Raises:
        ScenarioError: where more are to use an app than can, even if everyone held it.
    """
    given = np.array([platform.share for platform in platforms.values()])
    days = np.array([DAYS.get(platform.share_of, 0) for platform in platforms.values()])
    most = 1.0 - spec.offline_share
    if not days.any():
        return given
    pull = elementary.exp([platform.pull for platform in platforms.values()])
    same_type, outside = types(platforms), outside_values(spec, platforms)
    shares, sample = np.minimum(given * 1.5, most * 0.999) * (days > 0) + given * (days == 0), min(SAMPLE, spec.users)
    for _ in range(ROUNDS):
        drawn = holdings(spec, platforms, shares, np.zeros(shares.size), seed)
        users = _expected_users(
            sample, spec.degree, drawn, same_type, outside, spec.interoperability, pull, spec.sessions, days
        )
        off = np.where(days > 0, given / np.maximum(users, 1e-9), 1.0)
        if (abs(off - 1.0) < CLOSE).all():
            break
        shares = np.minimum(shares * elementary.power(np.clip(off, 0.25, 4.0), 0.7), most)
    for (name, platform), share, missing in zip(platforms.items(), shares, off, strict=True):
        if share >= most and missing > 1.05:
            expected = f"at most {platform.share / missing:.2g} of people who use it ({platform.share_of})"
            raise ScenarioError.at("", f"platforms.{name}.share", expected, f"{platform.share:g}")
    return np.asarray(shares)


@compiled_loop
def _expected_users(
    sample: int, degree: int, holdings: Holdings, same_type: NDArray[np.uint8], outside: Floats,
    interoperability: float, pull: Floats, sessions: float, days: NDArray[np.int64],
) -> Floats:  # fmt: skip
    """(K,) share of people who use each app within its number of days, eq. (7).

    The next ``degree`` persons by number are a person's contacts, as holdings do not depend on whom one knows.
    """
    apps = outside.size
    users, reached = np.zeros(apps), np.zeros(apps)
    hold = np.empty(sample, np.int64)
    for i in range(sample):
        hold[i] = holds_at_start(i, holdings)
    for i in range(sample):
        for k in range(apps):
            contacts = 0
            for j in range(i + 1, i + 1 + degree):
                contacts += hold[j % sample] >> k & 1
            share = contacts / degree
            reached[k] = outside[k] + (1.0 - outside[k]) * (share + interoperability * (1.0 - share))
        for k in range(apps):
            if not hold[i] >> k & 1 or days[k] == 0:
                continue
            whole, missed = 0.0, 1.0
            for m in range(apps):
                if (hold[i] & int(same_type[k])) >> m & 1:
                    whole += reached[m] * pull[m]
                    missed *= 1.0 - reached[m]
            if whole > 0.0:
                users[k] += 1.0 - math.exp(-days[k] * sessions * (1.0 - missed) * reached[k] * pull[k] / whole)
    return np.asarray(users / sample)
