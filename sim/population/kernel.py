"""One step of everyone: visit those who reconsider, then tell their contacts.

A draw is a hash of the person's number, so who reconsiders is found by hashing alone: ``decide`` touches the row of a
person only if one of four draws falls below the largest probability that anyone has today. All decide from the state
at the start of the step; ``changes.py`` then writes what they decided and tells their contacts.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.chance import Stream, key, mix, unit
from sim.population.changes import SPEECH, TALLY_SHAPE, TRIAL_END, Changes, Codes, Tally, note, write
from sim.population.choice import (
    GROUP,
    VPN,
    Floats,
    Int,
    Rules,
    Today,
    app_looked_at,
    background_rate,
    count,
    holds,
    logistic,
    may_adopt,
    may_return,
    probability_of_holding,
    probability_of_speaking,
    probability_of_vpn,
    retry_rate,
    within_step,
)
from sim.population.compiled import compile_in_turn, compiled, compiled_loop, compiled_part
from sim.population.people import People, allocate
from sim.population.reach import (
    is_offline,
    known_apps,
    need_of_vpn,
    search_rates,
    share_reached,
    value_of_app,
    vpn_occasions,
    with_outside,
)

_REVISE, _ON_TRIAL, _VPN, _SPEAK = 1, 2, 4, 8
BLOCK = 1024
"""People looked at together."""
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_ELEVEN = np.uint64(11)

Limits = tuple[np.uint64, np.uint64, np.uint64, np.uint64]
Keys = tuple[np.uint64, np.uint64, np.uint64]


class Desk(NamedTuple):
    """Room for those of a block who may decide: a copy of their rows as of the start of the step."""

    rows: People
    ids: NDArray[np.int32]
    flags: Codes
    places: NDArray[np.int32]
    search: Floats


def empty_desk() -> Desk:
    """A desk for the largest block."""
    ids, flags, places = np.empty(BLOCK, np.int32), np.empty(BLOCK, np.uint8), np.empty(BLOCK, np.int32)
    return Desk(allocate(BLOCK), ids, flags, places, np.zeros(8))


@compiled
def _limit(probability: float) -> np.uint64:
    """The 53-bit integer below which a hash means that an event of this probability happens."""
    return np.uint64(math.ceil(probability * 2.0**53))


@compiled_part
def _visit(people: People, first: int, on_trial: Codes, limits: Limits, keys: Keys, desk: Desk) -> int:
    """Find who, of the ``on_trial.size`` persons from ``first`` on, may have something to decide, and copy their rows.

    A person with trials is always visited; all others only if a draw falls below the largest probability that any of
    them can have. The first loop touches no row and compiles to vector instructions, the second has no branches, and
    the third fetches the rows side by side, so that their way from memory overlaps.

    Returns:
        How many persons lie on the desk.
    """
    calm, trying, vpn, speak = limits
    revise_key, vpn_key, speak_key = keys
    flags = desk.flags
    for j in range(on_trial.size):
        entity = np.uint64(first + j) * _GOLDEN
        drawn = mix(revise_key + entity) >> _ELEVEN
        flags[j] = (
            np.uint8(drawn < calm)
            | (on_trial[j] & np.uint8(drawn < trying))
            | (on_trial[j] << 1)
            | (np.uint8((mix(vpn_key + entity) >> _ELEVEN) < vpn) << 2)
            | (np.uint8((mix(speak_key + entity) >> _ELEVEN) < speak) << 3)
        )
    n = 0
    for j in range(on_trial.size):
        desk.ids[n] = first + j
        n += flags[j] != 0
    for v in range(n):
        desk.rows[v] = people[desk.ids[v]]
        desk.flags[v] = flags[desk.ids[v] - first]
    return n


@compiled
def _find(what: int, desk: Desk, visits: int) -> int:
    """Write into ``desk.places`` who of those on the desk may decide ``what``; how many there are."""
    m = 0
    for v in range(visits):
        desk.places[m] = v
        m += (desk.flags[v] & what) != 0
    return m


@compiled_loop
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
            in_favour += value_of_app(k, i, known_apps(i, me, rules, today), me, rules, today) > 0.0
        if today.installable[k] and in_favour >= rules.group_quorum * (last - first):
            moves[first:last] = k + 1


@compiled_loop
def decide(
    people: People, lo: int, hi: int, rules: Rules, today: Today, highest_rates: tuple[float, float, float, float],
    moves: Codes,
    voices: Codes, on_trial: Codes, desk: Desk, changed: Changes, codes: Codes, touched: Codes, tally: Tally,
) -> int:  # fmt: skip
    """Let persons lo..hi-1 reconsider apps, VPN and speech, from the state at the start of the step.

    Args:
        people: All rows; only rows lo..hi-1 are written, and no count of contacts.
        lo: First person.
        hi: Last person, plus one.
        rules: Rules of the run.
        today: Conditions of the step.
        highest_rates: Bounds on how often anyone looks at an app, without and with one on trial, thinks of a VPN, and
            looks at apps because of news or a loss.
        moves: (N,) under H3, the app + 1 that the person's group takes up today, or 0; else empty.
        voices: (N,) how many contacts speak.
        on_trial: (N,) whether a person has any app on trial; kept up to date.
        desk: Room to work in.
        changed: Room for the persons who changed something, ``MOST_CHANGES`` per person.
        codes: What changed: 2 * place + 1 if it rose and 2 * place if it fell, places as in ``contacts``.
        touched: (panel,) set to 1 for panel members whose use of apps may have changed.
        tally: Counts, shape ``TALLY_SHAPE``, added to.

    Returns:
        Number of changes.
    """
    limits = (
        _limit(within_step(highest_rates[0], rules)),
        _limit(within_step(highest_rates[1], rules)),
        _limit(within_step(highest_rates[2], rules)),
        _limit(within_step(rules.speak_rate, rules)),
    )
    keys = (
        key(rules.seed, Stream.REVISE, today.step),
        key(rules.seed, Stream.VPN_REVISE, today.step),
        key(rules.seed, Stream.SPEAK_REVISE, today.step),
    )
    n = 0
    for first in range(lo, hi, BLOCK):
        last = min(hi, first + BLOCK)
        visits = _visit(people, first, on_trial[first:last], limits, keys, desk)
        before = n
        n = _end_trials(desk, visits, rules, today, changed, codes, n)
        n = _revise_apps(desk, visits, rules, today, highest_rates[3], moves, changed, codes, n)
        if rules.contagion == GROUP:
            n = _follow_groups(people, first, last, moves, rules, changed, codes, n)
        n = _revise_vpn(desk, visits, rules, today, changed, codes, n)
        n = _revise_speech(desk, visits, voices, rules, today, changed, codes, n)
        n = write(changed, codes, before, n, people, today, on_trial, touched, tally)
    return n


def get_ready(rules: Rules, today: Today, *, wait: bool) -> None:
    """Compile ``decide``, which takes as long as all else together, unless another process is at it.

    Processes that start together call it first, and again with ``wait`` once they have compiled the rest.
    """
    none, nothing = np.empty(0, np.uint8), np.zeros(TALLY_SHAPE, np.int64)
    nobody = (allocate(0), 0, 0, rules, today, (0.0,) * 4, none, none, none, empty_desk(), np.empty(0, np.int32))
    compile_in_turn(decide, (*nobody, none, none, nothing), wait=wait)


@compiled_part
def _end_trials(desk: Desk, visits: int, rules: Rules, today: Today, changed: Changes, codes: Codes, n: int) -> int:
    """End a person's trials at rate 1 / tau_tr: the apps become established."""
    end_key = key(rules.seed, Stream.TRIAL_END, today.step)
    p = within_step(rules.trial_end_rate, rules)
    for place in range(_find(_ON_TRIAL, desk, visits)):
        v = desk.places[place]
        if unit(end_key, desk.ids[v]) < p:
            n = note(desk.ids[v], TRIAL_END, 0, changed, codes, n)
    return n


@compiled_part
def _revise_apps(
    desk: Desk, visits: int, rules: Rules, today: Today, most_sought: float, moves: Codes, changed: Changes,
    codes: Codes, n: int,
) -> int:  # fmt: skip
    """Eqs. (3) to (5): who of these revises, which app, and whether to hold it."""
    revise_key = key(rules.seed, Stream.REVISE, today.step)
    pick_key = key(rules.seed, Stream.PICK, today.step)
    choose_key = key(rules.seed, Stream.CHOOSE, today.step)
    for place in range(_find(_REVISE, desk, visits)):
        v = desk.places[place]
        i, me = np.int64(desk.ids[v]), desk.rows[v]  # one type of number everywhere: each is compiled for itself
        if rules.contagion == GROUP and moves[i] and not holds(me.hold, moves[i] - 1):
            continue  # today the group decides
        drawn = unit(revise_key, i)
        if drawn >= rules.days_per_step * (most_sought + _rate_of_who_knows_all(me, rules, today)):
            continue  # it is less than that in any case, and which apps are known takes long to find out
        rate, known = _rate_of_looks(i, me, rules, today, desk.search)
        if drawn >= within_step(rate, rules):
            continue
        k = app_looked_at(unit(pick_key, i) * rate, rate, known, me, desk.search, rules, today)
        held = holds(me.hold, k)
        share = with_outside(share_reached(k, i, me, rules, today), k, rules, today)
        if not held and not may_adopt(k, i, share, rules, today):
            continue
        value = value_of_app(k, i, known, me, rules, today)
        p = logistic(value) if may_return(k, me, today) else probability_of_holding(k, value, me, rules)
        hold = np.int64(unit(choose_key, i) < p)
        if hold != held:
            n = note(i, k, hold, changed, codes, n)
    return n


@compiled
def _rate_of_who_knows_all(me: Any, rules: Rules, today: Today) -> float:
    """lambda_i, eq. (3), of a person who knows every app and searches for none."""
    rate = background_rate(me, rules, today) * rules.apps + rules.trial_rate * count(me.trial)
    return float(rate + retry_rate(me, today))


@compiled
def _rate_of_looks(i: Int, me: Any, rules: Rules, today: Today, search: Floats) -> tuple[float, int]:
    """lambda_i, eq. (3), and the bit mask of the apps that the person knows; its searches go into ``search``."""
    known = known_apps(i, me, rules, today)
    rate = background_rate(me, rules, today) * count(known) + rules.trial_rate * count(me.trial)
    rate += retry_rate(me, today)
    if today.stirred:
        rate += search_rates(i, known, me, rules, today, search)
    return rate, known


@compiled_part
def _follow_groups(
    people: People, first: int, last: int, moves: Codes, rules: Rules, changed: Changes, codes: Codes, n: int
) -> int:  # fmt: skip
    """H3: members take up the app that their group has moved to."""
    for i in range(first, last):
        if moves[i] and not holds(people[i].hold, moves[i] - 1) and not is_offline(i, rules):
            n = note(i, moves[i] - 1, 1, changed, codes, n)
    return n


@compiled_part
def _revise_vpn(desk: Desk, visits: int, rules: Rules, today: Today, changed: Changes, codes: Codes, n: int) -> int:
    """Eq. (9) for those who think of a VPN: how ready a person is for one stays the same all through a run."""
    ready_key = key(rules.seed, Stream.VPN_READY, 0)
    occasion_key = key(rules.seed, Stream.VPN_REVISE, today.step)
    for place in range(_find(_VPN, desk, visits)):
        v = desk.places[place]
        i, me = np.int64(desk.ids[v]), desk.rows[v]
        if today.dark and unit(occasion_key, i) >= within_step(vpn_occasions(i, me, rules, today), rules):
            continue
        vpn = np.int64(unit(ready_key, i) < probability_of_vpn(need_of_vpn(i, me, rules, today), me, rules, today))
        if vpn != me.vpn:
            n = note(i, VPN, vpn, changed, codes, n)
    return n


@compiled_part
def _revise_speech(
    desk: Desk, visits: int, voices: Codes, rules: Rules, today: Today, changed: Changes, codes: Codes, n: int
) -> int:  # fmt: skip
    """Eq. (10) for those who reconsider speaking."""
    choose_key = key(rules.seed, Stream.SPEAK_CHOOSE, today.step)
    for place in range(_find(_SPEAK, desk, visits)):
        v = desk.places[place]
        share = voices[desk.ids[v]] / max(1, np.int64(desk.rows[v].degree))
        speak = np.int64(unit(choose_key, desk.ids[v]) < probability_of_speaking(share, rules, today))
        changed[n], codes[n] = desk.ids[v], 2 * SPEECH + speak
        n += speak != desk.rows[v].speak  # many change, so no branch: the entry stays only if n moves on
    return n
