"""One step of everyone: visit those who reconsider, then tell their contacts.

A draw is a hash of the person's number, so who reconsiders is found by hashing alone: ``decide`` touches the row of a
person only if one of four draws falls below the largest probability that anyone has today. All decide from the state
at the start of the step; ``spread`` then moves the counts of contacts, each thread on its own range of people.
"""

import math
from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from sim.chance import Stream, key, mix, unit
from sim.population.choice import (
    GROUP,
    SPEECH,
    THRESHOLD,
    VPN,
    Rules,
    Today,
    app_reconsidered,
    count,
    holds,
    may_adopt,
    personal_threshold,
    probability_of_holding,
    probability_of_speaking,
    probability_of_vpn,
    revision_rate,
    share_of_contacts,
    value_of_app,
    within_step,
)
from sim.population.people import People

Changes = NDArray[np.int32]
Codes = NDArray[np.uint8]
Tally = NDArray[np.int64]

HOLDERS, INSTALLS, FIRST_INSTALLS, REMOVALS, TRIALS, TRIERS, SOCIETY = range(7)
"""Rows of a tally: per app (net, but for installs and removals); people by number of trials; and three counts."""
MULTI_HOMING, WITH_VPN, SPEAKING = range(3)
"""Columns of the row ``SOCIETY``."""
TALLY_SHAPE = (7, 9)

_REVISE, _TRIAL_END, _VPN, _SPEAK = 1, 2, 4, 8
_BLOCK = 1024
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_ELEVEN = np.uint64(11)


@nb.njit(cache=True)
def _limit(probability: float) -> np.uint64:
    """The 53-bit integer below which a hash means that an event of this probability happens."""
    return np.uint64(math.ceil(probability * 2.0**53))


@nb.njit(cache=True)
def _may_have_something_to_decide(
    first: int, flags: Codes, keys: NDArray[np.uint64], limits: NDArray[np.uint64]
) -> None:
    """Flag, for the persons from ``first`` on, which of the four draws fall below their limit (vectorised)."""
    revise, trial_end, vpn, speak = keys[0], keys[1], keys[2], keys[3]
    below_revise, below_trial_end, below_vpn, below_speak = limits[0], limits[1], limits[2], limits[3]
    for j in range(flags.size):
        entity = np.uint64(first + j) * _GOLDEN
        flags[j] = (
            np.uint8((mix(revise + entity) >> _ELEVEN) < below_revise)
            | (np.uint8((mix(trial_end + entity) >> _ELEVEN) < below_trial_end) << 1)
            | (np.uint8((mix(vpn + entity) >> _ELEVEN) < below_vpn) << 2)
            | (np.uint8((mix(speak + entity) >> _ELEVEN) < below_speak) << 3)
        )


@nb.njit(cache=True)
def _app_decision(i: int, me: Any, rules: Rules, today: Today, pick: float, chance: float) -> int:
    """Eqs. (4) and (5) for a person who revises: k + 1 to take up app k, -(k + 1) to drop it, 0 to leave all as is."""
    k = app_reconsidered(pick, me, rules, today)
    share = share_of_contacts(k, me, today)
    held = holds(me.hold, k)
    if not held:
        threshold = 0.0
        if rules.contagion == THRESHOLD:
            threshold = personal_threshold(i, rules)
        if not may_adopt(k, share, threshold, rules, today):
            return 0
    keep = chance < probability_of_holding(k, value_of_app(k, share, me, rules, today), me, rules)
    if keep and not held:
        return k + 1
    if held and not keep:
        return -(k + 1)
    return 0


@nb.njit(cache=True, nogil=True)
def move_groups(people: People, lo: int, hi: int, rules: Rules, today: Today, moves: Codes) -> None:
    """H3: write k + 1 into ``moves`` for members whose group takes up app k together today, 0 for all others.

    A close group considers an app at rate lambda_g; all take it up if a fraction q of the members values it.
    """
    p = within_step(rules.group_move_rate, rules)
    move_key = key(rules.seed, Stream.GROUP_MOVE, today.step)
    pick_key = key(rules.seed, Stream.GROUP_PICK, today.step)
    for first in range(lo, hi, rules.group_size):
        last = min(hi, first + rules.group_size)
        moves[first:last] = 0
        group = first // rules.group_size
        if unit(move_key, group) >= p:
            continue
        k = int(unit(pick_key, group) * rules.apps)
        in_favour = 0
        for i in range(first, last):
            me = people[i]
            in_favour += value_of_app(k, share_of_contacts(k, me, today), me, rules, today) > 0.0
        if today.installable[k] and in_favour >= rules.group_quorum * (last - first):
            moves[first:last] = k + 1


@nb.njit(cache=True, nogil=True)
def decide(
    people: People, lo: int, hi: int, rules: Rules, today: Today, highest_rate: float, moves: Codes,
    changed: Changes, codes: Codes, touched: Codes, tally: Tally,
) -> int:  # fmt: skip
    """Let persons lo..hi-1 reconsider apps, VPN and speech, from the state at the start of the step.

    Args:
        people: All rows; only rows lo..hi-1 are written, and no count of contacts.
        lo: First person.
        hi: Last person, plus one.
        rules: Rules of the run.
        today: Conditions of the step.
        highest_rate: A bound on everyone's revision rate (1/day).
        moves: (N,) under H3, the app + 1 that the person's group takes up today, or 0; else empty.
        changed: Room for the persons who changed something, 3 per person.
        codes: What changed: 2 * place + 1 if it rose and 2 * place if it fell, places as in ``contacts``.
        touched: (panel,) set to 1 for panel members whose use of apps may have changed.
        tally: Counts, shape ``TALLY_SHAPE``, added to.

    Returns:
        Number of changes.
    """
    step = today.step
    keys = np.empty(4, np.uint64)
    keys[0] = key(rules.seed, Stream.REVISE, step)
    keys[1] = key(rules.seed, Stream.TRIAL_END, step)
    keys[2] = key(rules.seed, Stream.VPN_REVISE, step)
    keys[3] = key(rules.seed, Stream.SPEAK_REVISE, step)
    attention = 1.0 + rules.attention_salience * today.salience
    limits = np.empty(4, np.uint64)
    limits[0] = _limit(within_step(highest_rate, rules))
    limits[1] = _limit(within_step(rules.trial_end_rate, rules))
    limits[2] = _limit(within_step(rules.vpn_rate * attention, rules))
    limits[3] = _limit(within_step(rules.speak_rate, rules))
    certain = within_step(rules.revision_rate * attention, rules)
    pick_key = key(rules.seed, Stream.PICK, step)
    choose_key = key(rules.seed, Stream.CHOOSE, step)
    vpn_key = key(rules.seed, Stream.VPN_CHOOSE, step)
    speak_key = key(rules.seed, Stream.SPEAK_CHOOSE, step)
    flags = np.empty(_BLOCK, np.uint8)
    n = 0
    for first in range(lo, hi, _BLOCK):
        size = min(_BLOCK, hi - first)
        _may_have_something_to_decide(first, flags[:size], keys, limits)
        for j in range(size):
            flag = flags[j]
            i = first + j
            move = 0
            if rules.contagion == GROUP:
                move = np.int64(moves[i])
            if flag == 0 and move == 0:
                continue
            me = people[i]
            app = 0
            if move and not holds(me.hold, move - 1):
                app = move
            elif flag & _REVISE:
                drawn = unit(keys[0], i)
                if drawn < certain or drawn < within_step(revision_rate(me, rules, today), rules):
                    app = _app_decision(i, me, rules, today, unit(pick_key, i), unit(choose_key, i))
            vpn = np.int64(me.vpn)
            if flag & _VPN:
                vpn = np.int64(unit(vpn_key, i) < probability_of_vpn(me, rules, today))
            speak = np.int64(me.speak)
            if flag & _SPEAK:
                speak = np.int64(unit(speak_key, i) < probability_of_speaking(me, rules, today))

            # all is decided: write
            if app or (flag & _TRIAL_END and me.trial):
                _change_apps(me, app, flag & _TRIAL_END, tally)
            if app:
                n = _note(i, abs(app) - 1, app > 0, changed, codes, n)
            if (app or vpn != me.vpn) and i < touched.size:
                touched[i] = 1
            if vpn != me.vpn:
                me.vpn = vpn
                tally[SOCIETY, WITH_VPN] += 2 * vpn - 1
                n = _note(i, VPN, vpn, changed, codes, n)
            if speak != me.speak:
                me.speak = speak
                tally[SOCIETY, SPEAKING] += 2 * speak - 1
                n = _note(i, SPEECH, speak, changed, codes, n)
    return n


@nb.njit(cache=True)
def _note(i: int, place: int, rose: bool, changed: Changes, codes: Codes, n: int) -> int:
    """Append to the list of changes that ``spread`` reads; its new length."""
    changed[n] = i
    codes[n] = 2 * place + np.int64(rose)
    return n + 1


@nb.njit(cache=True)
def _change_apps(me: Any, app: int, trials_end: bool, tally: Tally) -> None:
    """Write a person's new apps, and end the trials of today if their time has come."""
    hold, trial = np.int64(me.hold), np.int64(me.trial)
    before_hold, before_trial = hold, trial
    if trials_end:
        trial = 0
    k = abs(app) - 1
    if app > 0:
        hold |= 1 << k
        trial |= 1 << k
        tally[INSTALLS, k] += 1
        tally[FIRST_INSTALLS, k] += 1 - holds(me.ever, k)
        tally[HOLDERS, k] += 1
        me.ever = np.int64(me.ever) | 1 << k
    elif app < 0:
        hold &= ~(1 << k)
        trial &= ~(1 << k)
        tally[REMOVALS, k] += 1
        tally[HOLDERS, k] -= 1
    for other in range(8):
        tally[TRIALS, other] += ((trial >> other) & 1) - ((before_trial >> other) & 1)
    tally[TRIERS, count(before_trial)] -= 1
    tally[TRIERS, count(trial)] += 1
    tally[SOCIETY, MULTI_HOMING] += np.int64(count(hold) >= 2) - np.int64(count(before_hold) >= 2)
    me.hold = hold
    me.trial = trial


@nb.njit(cache=True, nogil=True)
def spread(
    people: People, lo: int, hi: int, rules: Rules, today: Today, indptr: NDArray[np.int64],
    indices: NDArray[np.int32], changed: Changes, codes: Codes, touched: Codes,
) -> float:  # fmt: skip
    """Let the contacts among persons lo..hi-1 know what changed: counts of contacts, and exposure to adoptions.

    Additions commute, so the order of changes does not matter.

    Returns:
        The largest exposure that rose in this step, as of the next step.
    """
    highest = 0.0
    for c in range(changed.size):
        place = codes[c] >> 1
        rose = codes[c] & 1
        step_up = np.uint8(1) if rose else np.uint8(255)  # -1 modulo 256
        is_app = place < VPN
        for e in range(indptr[changed[c]], indptr[changed[c] + 1]):
            j = indices[e]
            if j < lo or j >= hi:
                continue
            me = people[j]
            me.contacts[place] += step_up
            if is_app:
                if rose:
                    highest = max(highest, _expose(me, rules, today))
                if j < touched.size:
                    touched[j] = 1
    return highest


@nb.njit(cache=True)
def _expose(me: Any, rules: Rules, today: Today) -> float:
    """E_i, eq. (3): fade what is left to the next step and add one contact who has just adopted."""
    age = today.step + 1 - me.exposed_at
    left = me.exposure * rules.fading[age] if age < rules.fading.size else 0.0
    me.exposure = left + 1.0
    me.exposed_at = today.step + 1
    return np.float64(me.exposure)
