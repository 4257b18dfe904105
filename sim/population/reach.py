"""Whom a person's apps reach, what is lost when they go dark, and what an app is then worth: equations (3), (4), (9).

Reach is counted within a type of app: a photo network does not replace a messenger.
"""

from typing import Any

import numpy as np

from sim.chance import Stream, key, unit
from sim.compiled import compiled
from sim.population.choice import Floats, Int, Rules, Today, count, holds

WHOLE, USED, FELT, BARE = range(4)
"""How reach is counted: as if everything worked; as it is; as it is and is announced to be; the same without a VPN."""

USABLE = 0.5
"""Usability from which on an app reaches the person who holds it."""


@compiled
def share_holding(k: Int, me: Any) -> float:
    """Share of the person's contacts who hold app k, eq. (4)."""
    share: float = me.contacts[k] / max(1, np.int64(me.degree))
    return share


@compiled
def share_reached(k: Int, i: Int, me: Any, rules: Rules, today: Today) -> float:
    """c_ik, eq. (4): share of the person's contacts who hold app k and can use it."""
    if not rules.usable_counts or today.cuts.shape[0] == 1:  # NO_CUTS: an app can be dim without cutting anyone off
        return share_holding(k, me)
    reached: float = (me.contacts[k] - 1.0 * today.cuts[i, k]) / max(1, np.int64(me.degree))
    return reached


@compiled
def with_outside(share: float, k: Int, rules: Rules, today: Today) -> float:
    """n_ik, eq. (4): contacts within reach of app k, interoperability and what the app is worth without any of them."""
    within = share + today.interoperability * (1.0 - share)
    return float(rules.outside[k] + (1.0 - rules.outside[k]) * within)


@compiled
def usability(k: Int, me: Any, today: Today) -> float:
    """x_ik: usability of app k for the person, by its ISP and its VPN."""
    usable: float = today.with_vpn[k, me.isp] if me.vpn else today.access[k, me.isp]
    return usable


@compiled
def felt_usability(k: Int, me: Any, today: Today) -> float:
    """y_ik: usability less what an announced order is going to take, as far as people heed it."""
    return float(usability(k, me, today) * today.felt[k])


@compiled
def unreached(apps: Int, how: int, i: Int, me: Any, rules: Rules, today: Today) -> float:
    """1 - R_i: chance that none of these apps reaches a contact, in the way that ``how`` says."""
    missed = 1.0
    for k in range(rules.apps):
        if not holds(apps, k):
            continue
        share = share_holding(k, me) if how == WHOLE else share_reached(k, i, me, rules, today)
        if how == WHOLE:
            usable = 1.0
        elif how == USED:
            usable = usability(k, me, today)
        elif how == FELT:
            usable = felt_usability(k, me, today)
        else:
            usable = today.access[k, me.isp] * today.felt[k]
        missed *= 1.0 - with_outside(share, k, rules, today) * usable
    return missed


@compiled
def lost_reach(k: Int, how: int, i: Int, me: Any, rules: Rules, today: Today) -> float:
    """L_i of the type of app k: the part of its reach that a person has lost, from 0 to 1."""
    if not today.dark:
        return 0.0
    mine = np.int64(me.hold) & np.int64(rules.same_type[k])
    whole = 1.0 - unreached(mine, WHOLE, i, me, rules, today)
    if whole <= 0.0:
        return 0.0
    return max(0.0, (whole - (1.0 - unreached(mine, how, i, me, rules, today))) / whole)


@compiled
def heat_of_search(k: Int, i: Int, me: Any, rules: Rules, today: Today) -> float:
    """H_i of the type of app k: lost reach times how fresh the freshest of its losses is."""
    fresh = 0.0
    for m in range(rules.apps):
        if holds(me.hold, m) and holds(rules.same_type[k], m):
            fresh = max(fresh, today.heat[m, me.isp])
    return lost_reach(k, FELT, i, me, rules, today) * fresh if fresh > 0.0 else 0.0


@compiled
def search_in_the_dark(k: Int, me: Any, rules: Rules, today: Today) -> float:
    """lambda_D h_i of the type of app k, eq. (3): how often a person looks round once none of its apps of it works."""
    if rules.dark_rate == 0.0:
        return 0.0
    fresh, mine = 0.0, np.int64(rules.same_type[k]) & np.int64(me.hold)
    for m in range(rules.apps):
        if holds(mine, m):
            if usability(m, me, today) >= USABLE:
                return 0.0
            fresh = max(today.heat[m, me.isp], fresh)
    return rules.dark_rate * fresh


@compiled
def search_rates(i: Int, known: Int, me: Any, rules: Rules, today: Today, search: Floats) -> float:
    """How often the person looks at each app for a reason of its own, eq. (3), into ``search``; their sum (1/day).

    It looks at what attention names, at what has gone dark, and at what works among the apps of that type that it knows
    and does not hold: at each alike or, under "view", by how much each is in view. What falls on apps that it holds is
    no look then, as nothing is to be installed.
    """
    total = 0.0
    for k in range(rules.apps):
        search[k] = rules.revision_rate * rules.attention_salience * today.named[k] * holds(known, k)
    for first in range(rules.apps):
        if not today.dark:
            break
        if rules.same_type[first] & ((1 << first) - 1):
            continue  # not the first of its type
        again = rules.loss_rate * heat_of_search(first, i, me, rules, today)
        rate = again + search_in_the_dark(first, me, rules, today)
        if rate > 0.0:
            for k in range(first, rules.apps):
                if holds(rules.same_type[first], k):
                    if holds(me.hold, k):
                        if felt_usability(k, me, today) < 1.0:
                            search[k] += again
                    elif rules.by_view:
                        search[k] += rate * focal_weight(k, i, known, me, rules, today)
                    elif holds(known, k) and usability(k, me, today) >= USABLE:
                        search[k] += rate
    for k in range(rules.apps):
        total += search[k]
    return total


@compiled
def is_offline(i: Int, rules: Rules) -> bool:
    """Whether the person holds no app and never will."""
    return rules.offline_share > 0.0 and unit(key(rules.seed, Stream.OFFLINE, 0), i) < rules.offline_share


@compiled
def known_apps(i: Int, me: Any, rules: Rules, today: Today) -> int:
    """Bit mask of the apps that the person knows: held at some time, held by a contact, or heard of."""
    known = np.int64(me.hold) | np.int64(me.ever)
    if known == 0 and is_offline(i, rules):
        return 0
    for k in range(rules.apps):
        if not holds(known, k) and (me.contacts[k] > 0 or unit(rules.know_keys[k], i) < today.awareness[k]):
            known |= 1 << k
    return int(known)


@compiled
def focal_weight(k: Int, i: Int, known: Int, me: Any, rules: Rules, today: Today) -> float:
    """q_ik: how much app k is in view among those of its type that work: by size and naming, among those it knows.

    Under "view" it is a mixture of size, of what contacts hold, and of what is named, which whoever searches finds
    without having heard of it; part of the view is empty, and a search that falls there finds nothing.
    """
    mine, all_, contacts, of_all, pointed_at, named = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for m in range(rules.apps):
        if not holds(rules.same_type[k], m) or usability(m, me, today) < USABLE:
            continue
        if holds(me.hold, m) and felt_usability(m, me, today) < 1.0:
            continue
        if holds(known, m):
            all_ += today.weight[m]
            if m == k:
                mine = today.weight[m]
        if rules.by_view:
            share = share_reached(m, i, me, rules, today)
            of_all += share
            named += today.named[m]
            if m == k:
                contacts, pointed_at = share, today.named[k]
    by_size = mine / all_ if all_ > 0.0 else 0.0
    if not rules.by_view:
        return by_size
    by_contacts = contacts / of_all if of_all > 0.0 else 0.0
    mine = rules.view_size * by_size + rules.view_contacts * by_contacts + rules.view_naming * pointed_at
    return float(mine / (1.0 + rules.view_size + rules.view_contacts + rules.view_naming * named))


@compiled
def value_of_app(k: Int, i: Int, known: Int, me: Any, rules: Rules, today: Today) -> float:
    """Delta_ik, eq. (4): value of holding app k over not holding it."""
    held = holds(me.hold, k)
    others = np.int64(me.hold) & ~(1 << k)
    share, usable = share_reached(k, i, me, rules, today), usability(k, me, today)
    if held:  # patience: whether to keep an app is decided on what people expect it to do
        usable = max(usable, today.expected[k, me.isp])
        share = max(share, share_holding(k, me) * today.expected[k, me.isp])
    alike = others & np.int64(rules.same_type[k])
    redundant = 1.0 - unreached(alike, USED, i, me, rules, today) if rules.redundancy > 0.0 else 0.0
    worth = with_outside(share, k, rules, today) * (usable if rules.usable_counts else 1.0)
    value: float = (
        rules.intercept[k]
        + rules.gamma * worth * (1.0 - rules.redundancy * redundant)
        - rules.substitution * count(others)
        + me.concern * today.appeal[k]
        - rules.block_cost * (1.0 - usable)
    )
    if today.dark and rules.expected_movement > 0.0:
        lost = lost_reach(k, FELT, i, me, rules, today)
        if lost > 0.0:
            value += rules.expected_movement * lost * focal_weight(k, i, known, me, rules, today)
    return value


@compiled
def need_of_vpn(i: Int, me: Any, rules: Rules, today: Today) -> float:
    """What a VPN would bring back, eq. (9): the largest loss of any type of app, or under "held" the apps blocked."""
    if not today.dark:
        return 0.0
    need = 0.0
    for k in range(rules.apps):
        if not rules.usable_counts:
            need += holds(me.hold, k) * (1.0 - today.access[k, me.isp])
        elif rules.same_type[k] & ((1 << k) - 1) == 0:
            need = max(need, lost_reach(k, BARE, i, me, rules, today))
    return need


@compiled
def vpn_occasions(i: Int, me: Any, rules: Rules, today: Today) -> float:
    """How often the person thinks of a VPN, eq. (9): in the background, by news, and while it searches (1/day)."""
    rate = rules.vpn_rate * (1.0 + rules.attention_salience * (today.alarm + today.access_attention))
    if today.dark and rules.loss_rate > 0.0:
        heat = 0.0
        for k in range(rules.apps):
            if rules.same_type[k] & ((1 << k) - 1) == 0:
                heat = max(heat, heat_of_search(k, i, me, rules, today))
        rate += rules.loss_rate * heat
    return rate
