"""One step of everyone: visit those who reconsider, write what they decided, and tell their contacts.

A draw is a hash of the person's number, so who reconsiders is found by hashing alone: ``decide`` touches the row of a
person only if a draw falls below the largest probability that anyone has today, and works out what an app is worth only
if the draw of the choice lies where it could change something. All decide from the state at the start of the step;
``write`` then changes their own rows, and ``spread`` and ``receive`` tell their contacts. Who speaks is a bit for each
person, which those who reconsider speaking look up for their contacts if the draw does not decide alone.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.chance import Stream, key, mix, unit
from sim.compiled import compile_in_turn, compiled, compiled_loop, compiled_part
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
from sim.population.panel import LOOK, SUM
from sim.population.people import People, allocate
from sim.population.reach import (
    is_offline,
    known_apps,
    need_of_vpn,
    search_rates,
    share_holding,
    share_reached,
    value_of_app,
    vpn_occasions,
    with_outside,
)
from sim.population.ties import Ties

Changes = NDArray[np.int32]
Codes = NDArray[np.uint8]
Tally = NDArray[np.int64]

TRIAL_END, CUT = 9, 10
"""Slots of changes behind those of ``contacts`` (apps 0 to 7, VPN 8); from CUT on, who is cut off from app 0 to 7."""
MOST_CHANGES = 12
"""Changes of one person in a step: end of trials, app, VPN; cut off or freed by the app (1) and the VPN (8)."""

_BATCH = 64

HOLDERS, INSTALLS, FIRST_INSTALLS, REMOVALS, TRIALS, TRIERS, SOCIETY = range(7)
"""Rows of a tally: per app (net, but for installs and removals); people by number of trials; and four counts."""
MULTI_HOMING, WITH_VPN, SPEAKING, VPN_INSTALLS = range(4)
"""Columns of the row ``SOCIETY``."""
TALLY_SHAPE = (7, 9)


@compiled
def note(i: Int, slot: Int, rose: Int, changed: Changes, codes: Codes, n: int) -> int:
    """Append to the list of changes; its new length."""
    changed[n] = i
    codes[n] = 2 * slot + rose
    return n + 1


@compiled_part
def write(
    changed: Changes, codes: Codes, first: int, last: int, people: People, today: Today, state: Codes,
    touched: Codes, tally: Tally,
) -> int:  # fmt: skip
    """Write changes ``first`` to ``last - 1`` into the rows of those who decided, and append whom they cut off or free.

    Returns:
        The new length of the list of changes.
    """
    n = last
    for c in range(first, last):
        i, slot, rose = changed[c], codes[c] >> 1, codes[c] & 1
        me = people[i]
        if i < touched.size:
            touched[i] = LOOK
        if slot == VPN:
            me.vpn = rose
            tally[SOCIETY, WITH_VPN] += 2 * rose - 1
            tally[SOCIETY, VPN_INSTALLS] += rose
        else:
            _write_apps(me, slot, rose, today, tally)
        state[i] = state_of(me)
        n = _note_cut_off(i, me, today, changed, codes, n)
    return n


@compiled
def state_of(me: Any) -> np.uint8:
    """What tells, without a person's row, which draws concern it: whether it has apps on trial (1), and a VPN (2)."""
    return np.uint8(np.int64(me.trial != 0) | np.int64(me.vpn) << 1)


@compiled_loop
def note_states(people: People, state: Codes) -> None:
    """Write the ``state`` (N,) of everyone."""
    for i in range(people.size):
        state[i] = state_of(people[i])


@compiled
def _write_apps(me: Any, slot: Int, rose: Int, today: Today, tally: Tally) -> None:
    """Write a change of the apps that a person holds or has on trial."""
    hold, trial = np.int64(me.hold), np.int64(me.trial)
    if slot == TRIAL_END:
        me.trial = 0
    elif rose:
        tally[INSTALLS, slot] += 1
        tally[FIRST_INSTALLS, slot] += 1 - holds(me.ever, slot)
        me.hold, me.trial, me.ever = hold | 1 << slot, trial | 1 << slot, np.int64(me.ever) | 1 << slot
        me.left = np.int64(me.left) & ~(1 << slot)
    else:
        tally[REMOVALS, slot] += 1
        me.hold, me.trial = hold & ~(1 << slot), trial & ~(1 << slot)
        me.left = np.int64(me.left) | (today.shut & 1 << slot)
    for k in range(8):
        tally[HOLDERS, k] += holds(me.hold, k) - holds(hold, k)
        tally[TRIALS, k] += holds(me.trial, k) - holds(trial, k)
    tally[TRIERS, count(trial)] -= 1
    tally[TRIERS, count(me.trial)] += 1
    tally[SOCIETY, MULTI_HOMING] += np.int64(count(me.hold) >= 2) - np.int64(count(hold) >= 2)


@compiled
def _note_cut_off(i: Int, me: Any, today: Today, changed: Changes, codes: Codes, n: int) -> int:
    """Bring up to date which of a person's apps are of no use to it, and append what changed."""
    before, after = np.int64(me.cut), np.int64(me.hold) & np.int64(today.cut[me.vpn, me.isp])
    if before != after:
        me.cut = after
        for k in range(8):
            if holds(before, k) != holds(after, k):
                n = note(i, CUT + k, holds(after, k), changed, codes, n)
    return n


class Outbox(NamedTuple):
    """News for people of other threads' ranges: whom to tell, and what changed."""

    ids: NDArray[np.int32]
    codes: Codes


def outbox(news: int) -> Outbox:
    """Room for so much news; memory is taken only where it is written."""
    return Outbox(np.empty(news + 1, np.int32), np.empty(news + 1, np.uint8))


@compiled_loop
def spread(
    people: People, lo: int, hi: int, rules: Rules, today: Today, ties: Ties, speaks: Codes, turned: Changes,
    changed: Changes, codes: Codes, touched: Codes, out: Outbox,
) -> tuple[float, int]:  # fmt: skip
    """Tell the contacts of persons lo..hi-1 what these changed; contacts of other ranges get it through ``out``.

    Additions commute, so the order of changes does not matter. Who of them ``turned`` to speaking or silence is noted.

    Returns:
        The largest exposure that rose, as of the next step; and how much news is left for others.
    """
    for i in turned:
        speaks[i >> 3] ^= np.uint8(1 << (i & 7))
        people[i].speak ^= 1
    highest, n = 0.0, 0
    first, last = np.empty(_BATCH, np.int64), np.empty(_BATCH, np.int64)
    contacts = np.empty(_BATCH * 255, np.int32)
    for start in range(0, changed.size, _BATCH):
        size = min(_BATCH, changed.size - start)
        # three passes, so that the reads of each pass do not wait for one another
        for c in range(size):
            first[c] = ties.indptr[changed[start + c]]
            last[c] = ties.indptr[changed[start + c] + 1]
        m = 0
        for c in range(size):
            for e in range(first[c], last[c]):
                contacts[m] = ties.indices[e]
                m += 1
        m = 0
        for c in range(size):
            code = codes[start + c]
            end = m + last[c] - first[c]
            if code >> 1 != TRIAL_END:
                for e in range(m, end):
                    j = contacts[e]
                    if lo <= j < hi:
                        highest = max(highest, _hear(j, people[j], code, rules, today))
                        if j < touched.size:
                            touched[j] |= SUM if code >> 1 == VPN else LOOK
                    else:
                        out.ids[n], out.codes[n] = j, code
                        n += 1
            m = end
    return highest, n


@compiled_loop
def receive(
    people: People, lo: int, hi: int, rules: Rules, today: Today, ids: NDArray[np.int32], codes: Codes,
    touched: Codes,
) -> float:  # fmt: skip
    """Let persons lo..hi-1 hear the news from another range that is meant for them.

    Returns:
        The largest exposure that rose, as of the next step.
    """
    highest = 0.0
    for n in range(ids.size):
        j, code = ids[n], codes[n]
        if j < lo or j >= hi:
            continue
        highest = max(highest, _hear(j, people[j], code, rules, today))
        if j < touched.size:
            touched[j] |= SUM if code >> 1 == VPN else LOOK
    return highest


@compiled
def _step_up(code: Int) -> np.uint8:
    """What a change adds to a count in a byte: 1, or -1 modulo 256."""
    return np.uint8(1) if code & 1 else np.uint8(255)


@compiled
def _hear(j: Int, me: Any, code: Int, rules: Rules, today: Today) -> float:
    """One contact's change of an app, a VPN or access; the exposure that an adoption brings, else 0."""
    slot = code >> 1
    if slot >= CUT:
        today.cuts[j, slot - CUT] += _step_up(code)
        return 0.0
    me.contacts[slot] += _step_up(code)
    if slot == VPN or not code & 1:
        return 0.0
    # E_i, eq. (3): what is left in the next step, and one contact more who has just adopted
    age = today.step + 1 - me.exposed_at
    left = me.exposure * rules.fading[age] if age < rules.fading.size else 0.0
    me.exposure = left + 1.0
    me.exposed_at = today.step + 1
    return np.float64(me.exposure)


_REVISE, _ON_TRIAL, _VPN, _SPEAK = 1, 2, 4, 8
BLOCK = 1024
"""People looked at together."""
_SURE = 1e-9
"""By how much a draw must lie beyond a bound on a probability for that to decide: far more than rounding."""
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_ELEVEN = np.uint64(11)


class Highest(NamedTuple):
    """Bounds on what anyone does today: rates (1/day) of looks without and with an app on trial, thoughts of a VPN."""

    calm: float
    trying: float
    vpn: float
    vpn_with_loss: float
    sought: float
    """Of looks because of news or a loss alone."""
    concern: float
    """The largest concern."""


class _Visits(NamedTuple):
    """Limits below which, and keys under which, a draw says that a person may have something to decide."""

    calm: np.uint64
    trying: np.uint64
    trial_end: np.uint64
    vpn: np.uint64
    vpn_with_loss: np.uint64
    ready: np.uint64
    speak: np.uint64
    revise_key: np.uint64
    trial_end_key: np.uint64
    vpn_key: np.uint64
    ready_key: np.uint64
    speak_key: np.uint64


class Batch(NamedTuple):
    """Room for those of a block who may decide: a copy of their rows as of the start of the step."""

    rows: People
    ids: NDArray[np.int32]
    flags: Codes
    picked: NDArray[np.int32]
    search: Floats
    speakers: NDArray[np.int32]
    """Who reconsiders speaking."""
    open: NDArray[np.int32]
    """Those of them, of this block and earlier ones, for whom their contacts decide."""
    contacts: NDArray[np.int32]
    first: NDArray[np.int64]
    last: NDArray[np.int64]


def empty_batch() -> Batch:
    """A batch for the largest block."""
    ids, flags, picked = np.empty(BLOCK, np.int32), np.empty(BLOCK, np.uint8), np.empty(BLOCK, np.int32)
    speakers, open_ = np.empty(BLOCK, np.int32), np.empty(BLOCK + _BATCH, np.int32)
    contacts, ends = np.empty(_BATCH * 255, np.int32), np.empty((2, _BATCH), np.int64)
    return Batch(allocate(BLOCK), ids, flags, picked, np.zeros(8), speakers, open_, contacts, ends[0], ends[1])


@compiled
def _limit(probability: float) -> np.uint64:
    """The 53-bit integer below which a hash means that an event of this probability happens."""
    return np.uint64(math.ceil(probability * 2.0**53))


@compiled_part
def _visit(people: People, first: int, state: Codes, visits: _Visits, batch: Batch) -> tuple[int, int]:
    """Find who, of the ``state.size`` persons from ``first`` on, may have something to decide, and copy their rows.

    The first loop touches no row and compiles to vector instructions, the next two have no branches, and the last
    fetches the rows side by side, so that their way from memory overlaps. Whoever thinks of a VPN without having one,
    and is not ready for it in any case, is passed over; so are trials that do not end.

    Returns:
        How many persons are in the batch, and how many of ``batch.speakers`` reconsider speaking.
    """
    flags = batch.flags
    for j in range(state.size):
        entity = np.uint64(first + j) * _GOLDEN
        drawn = mix(visits.revise_key + entity) >> _ELEVEN
        vpn = mix(visits.vpn_key + entity) >> _ELEVEN
        trying, having = state[j] & 1, state[j] >> 1
        flags[j] = (
            np.uint8(drawn < visits.calm)
            | (trying & np.uint8(drawn < visits.trying))
            | (trying << 1)
            | ((np.uint8(vpn < visits.vpn) | (having & np.uint8(vpn < visits.vpn_with_loss))) << 2)
            | (np.uint8((mix(visits.speak_key + entity) >> _ELEVEN) < visits.speak) << 3)
        )
    n, speakers = 0, 0
    for j in range(state.size):
        batch.ids[n] = first + j
        n += (flags[j] & (_REVISE | _ON_TRIAL | _VPN)) != 0
        batch.speakers[speakers] = first + j
        speakers += flags[j] >> 3
    m = 0
    for v in range(n):
        i = batch.ids[v]
        entity = np.uint64(i) * _GOLDEN
        ends = np.uint8((mix(visits.trial_end_key + entity) >> _ELEVEN) < visits.trial_end)
        ready = np.uint8((mix(visits.ready_key + entity) >> _ELEVEN) < visits.ready) | (state[i - first] >> 1)
        flag = flags[i - first] & (_REVISE | ends << 1 | ready << 2)
        batch.ids[m], flags[m] = i, flag  # no earlier place is read again
        m += flag != 0
    for v in range(m):
        batch.rows[v] = people[batch.ids[v]]
    return m, speakers


@compiled
def _find(what: int, batch: Batch, visits: int) -> int:
    """Write into ``batch.picked`` who of the batch may decide ``what``; how many there are."""
    m = 0
    for v in range(visits):
        batch.picked[m] = v
        m += (batch.flags[v] & what) != 0
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
    people: People, lo: int, hi: int, rules: Rules, today: Today, highest: Highest, moves: Codes, ties: Ties,
    speaks: Codes, state: Codes, batch: Batch, changed: Changes, codes: Codes, turned: Changes, touched: Codes,
    tally: Tally,
) -> tuple[int, int]:  # fmt: skip
    """Let persons lo..hi-1 reconsider apps, VPN and speech, from the state at the start of the step.

    Args:
        people: All rows; only rows lo..hi-1 are written, and no count of contacts.
        lo: First person.
        hi: Last person, plus one.
        rules: Rules of the run.
        today: Conditions of the step.
        highest: Bounds on what anyone does.
        moves: (N,) under H3, the app + 1 that the person's group takes up today, or 0; else empty.
        ties: Contacts of all.
        speaks: A bit for each person, who speaks.
        state: (N,) ``state_of`` each person; kept up to date.
        batch: Room to work in.
        changed: Room for the persons who changed something, ``MOST_CHANGES`` per person.
        codes: What changed: 2 * slot + 1 if it rose and 2 * slot if it fell, slots as in ``contacts``.
        turned: Room for the persons who begin to speak or fall silent, one per person.
        touched: (panel,) set to ``LOOK`` for panel members whose use of apps may have changed.
        tally: Counts, shape ``TALLY_SHAPE``, added to.

    Returns:
        Number of changes, and of those who turned.
    """
    visits = _visits_today(rules, today, highest)
    least = probability_of_speaking(0.0, rules, today) - _SURE
    most = probability_of_speaking(1.0, rules, today) + _SURE
    n, turns, waiting = 0, 0, 0
    for first in range(lo, hi, BLOCK):
        last = min(hi, first + BLOCK)
        visited, speakers = _visit(people, first, state[first:last], visits, batch)
        before = n
        for m in range(_find(_ON_TRIAL, batch, visited)):  # a person's trials end together: the apps are established
            n = note(batch.ids[batch.picked[m]], TRIAL_END, 0, changed, codes, n)
        n = _revise_apps(batch, visited, rules, today, highest.sought, moves, changed, codes, n)
        if rules.contagion == GROUP:
            n = _follow_groups(people, first, last, moves, rules, changed, codes, n)
        n = _revise_vpn(batch, visited, rules, today, changed, codes, n)
        n = write(changed, codes, before, n, people, today, state, touched, tally)
        turns, waiting = _revise_speech(
            batch, speakers, waiting, least, most, speaks, rules, today, turned, turns, tally
        )
        while waiting >= _BATCH:
            waiting -= _BATCH
            turns = _listen(batch, waiting, _BATCH, ties, speaks, rules, today, turned, turns, tally)
    turns = _listen(batch, 0, waiting, ties, speaks, rules, today, turned, turns, tally)
    return n, turns


@compiled
def _visits_today(rules: Rules, today: Today, highest: Highest) -> _Visits:
    """Who may have something to decide today."""
    need = rules.apps if today.dark else 0
    ready = logistic(
        rules.vpn_intercept + max(0.0, rules.vpn_response) * need + rules.vpn_peers
        + highest.concern * today.alarm * rules.vpn_protection
    )  # fmt: skip
    return _Visits(
        _limit(within_step(highest.calm, rules)),
        _limit(within_step(highest.trying, rules)),
        _limit(within_step(rules.trial_end_rate, rules)),
        _limit(within_step(highest.vpn, rules)),
        _limit(within_step(highest.vpn_with_loss, rules)),
        _limit(min(1.0, ready + _SURE)),
        _limit(within_step(rules.speak_rate, rules)),
        key(rules.seed, Stream.REVISE, today.step),
        key(rules.seed, Stream.TRIAL_END, today.step),
        key(rules.seed, Stream.VPN_REVISE, today.step),
        key(rules.seed, Stream.VPN_READY, 0),
        key(rules.seed, Stream.SPEAK_REVISE, today.step),
    )


def get_ready(rules: Rules, today: Today, *, wait: bool) -> None:
    """Compile ``decide``, which takes as long as all else together, unless another process is at it.

    Processes that start together call it first, and again with ``wait`` once they have compiled the rest.
    """
    none, nobody, nothing = np.empty(0, np.uint8), np.empty(0, np.int32), np.zeros(TALLY_SHAPE, np.int64)
    alone = Ties(np.zeros(1, np.int64), nobody)
    given = (allocate(0), 0, 0, rules, today, Highest(*(0.0,) * 6), none, alone, none, none, empty_batch())
    compile_in_turn(decide, (*given, nobody, none, nobody, none, nothing), wait=wait)


@compiled_part
def _revise_apps(
    batch: Batch, visits: int, rules: Rules, today: Today, most_sought: float, moves: Codes, changed: Changes,
    codes: Codes, n: int,
) -> int:  # fmt: skip
    """Eqs. (3) to (5): who of these revises, which app, and whether to hold it."""
    revise_key = key(rules.seed, Stream.REVISE, today.step)
    pick_key = key(rules.seed, Stream.PICK, today.step)
    choose_key = key(rules.seed, Stream.CHOOSE, today.step)
    for m in range(_find(_REVISE, batch, visits)):
        v = batch.picked[m]
        i, me = np.int64(batch.ids[v]), batch.rows[v]  # one type of number everywhere: each is compiled for itself
        if rules.contagion == GROUP and moves[i] and not holds(me.hold, moves[i] - 1):
            continue  # today the group decides
        drawn = unit(revise_key, i)
        if drawn >= rules.days_per_step * (most_sought + _rate_of_who_knows_all(me, rules, today)):
            continue  # it is less than that in any case, and which apps are known takes long to find out
        chosen = unit(choose_key, i)
        if not _may_change(chosen, me, rules, today):
            continue
        rate, known = _rate_of_looks(i, me, rules, today, batch.search)
        if drawn >= within_step(rate, rules):
            continue
        k = app_looked_at(unit(pick_key, i) * rate, rate, known, me, batch.search, rules, today)
        held = holds(me.hold, k)
        share = with_outside(share_reached(k, i, me, rules, today), k, rules, today)
        if not held and not may_adopt(k, i, share, rules, today):
            continue
        value = value_of_app(k, i, known, me, rules, today)
        p = logistic(value) if may_return(k, me, today) else probability_of_holding(k, value, me, rules, today)
        hold = np.int64(chosen < p)
        if hold != held:
            n = note(i, k, hold, changed, codes, n)
    return n


@compiled
def _rate_of_who_knows_all(me: Any, rules: Rules, today: Today) -> float:
    """lambda_i, eq. (3), of a person who knows every app and searches for none."""
    rate = background_rate(me, rules, today) * rules.apps + rules.trial_rate * count(me.trial)
    return float(rate + retry_rate(me, today))


@compiled
def _may_change(drawn: float, me: Any, rules: Rules, today: Today) -> bool:
    """Whether a draw of the choice could change anything, whichever app the person looks at: bounds on eqs. (4), (5).

    They leave out what hangs on contacts who are cut off, on which apps are known, and on how well apps work.
    """
    highest, lowest, others = -math.inf, math.inf, count(me.hold)
    for k in range(rules.apps):
        worth = rules.gamma * with_outside(share_holding(k, me), k, rules, today)
        value = rules.intercept[k] + me.concern * today.appeal[k] - rules.substitution * others
        if holds(me.hold, k):
            value += rules.substitution + rules.inertia * (1 - holds(me.trial, k))
            value += -rules.block_cost if today.dark else worth * (1.0 - rules.redundancy)
            lowest = min(lowest, value)
        else:
            value += worth + rules.curiosity * today.named[k] + rules.expected_movement * np.int64(today.dark)
            highest = max(highest, value - rules.inertia * (1 - np.int64(may_return(k, me, today))))
    return bool(drawn < logistic(highest) + _SURE or drawn >= logistic(lowest) - _SURE)


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
def _revise_vpn(batch: Batch, visits: int, rules: Rules, today: Today, changed: Changes, codes: Codes, n: int) -> int:
    """Eq. (9) for those who think of a VPN or lose it: how ready a person is for one stays the same for a run."""
    ready_key = key(rules.seed, Stream.VPN_READY, 0)
    occasion_key = key(rules.seed, Stream.VPN_REVISE, today.step)
    loss_key = key(rules.seed, Stream.VPN_LOSS, today.step)
    for m in range(_find(_VPN, batch, visits)):
        v = batch.picked[m]
        i, me = np.int64(batch.ids[v]), batch.rows[v]
        if today.dark or rules.vpn_loss_rate > 0.0:
            loss = rules.vpn_loss_rate * np.int64(me.vpn)
            rate = vpn_occasions(i, me, rules, today) + loss
            if unit(occasion_key, i) >= within_step(rate, rules):
                continue
            lost = loss > 0.0 and unit(loss_key, i) * rate < loss
            if lost and need_of_vpn(i, me, rules, today) == 0.0:  # who needs it notices, and thinks of it at once
                n = note(i, VPN, 0, changed, codes, n)
                continue
        vpn = np.int64(unit(ready_key, i) < probability_of_vpn(need_of_vpn(i, me, rules, today), me, rules, today))
        if vpn != me.vpn:
            n = note(i, VPN, vpn, changed, codes, n)
    return n


@compiled_part
def _revise_speech(
    batch: Batch, speakers: int, waiting: int, least: float, most: float, speaks: Codes, rules: Rules, today: Today,
    turned: Changes, turns: int, tally: Tally,
) -> tuple[int, int]:  # fmt: skip
    """Eq. (10) for those who reconsider speaking, where the draw decides whatever contacts do; the others wait.

    Returns:
        How many turned, and how many wait.
    """
    choose_key = key(rules.seed, Stream.SPEAK_CHOOSE, today.step)
    for s in range(speakers):
        i = batch.speakers[s]
        drawn = unit(choose_key, i)
        speak, known = drawn < least, (drawn < least) | (drawn >= most)
        turns = _turn(i, speak, known, speaks, turned, turns, tally)
        batch.open[waiting] = i
        waiting += not known
    return turns, waiting


@compiled
def _turn(i: Int, speak: bool, known: bool, speaks: Codes, turned: Changes, turns: int, tally: Tally) -> int:
    """Note who turned to speaking or silence, without a branch, since many do; how many there are."""
    turns_now = known & (speak != ((speaks[i >> 3] >> (i & 7)) & 1))
    turned[turns] = i  # it stays only if their number moves on
    tally[SOCIETY, SPEAKING] += turns_now * (2 * np.int64(speak) - 1)
    return int(turns + turns_now)


@compiled_part
def _listen(
    batch: Batch, start: int, size: int, ties: Ties, speaks: Codes, rules: Rules, today: Today, turned: Changes,
    turns: int, tally: Tally,
) -> int:  # fmt: skip
    """Eq. (10) for ``size`` who wait: in passes, so that the reads of each do not wait for one another."""
    choose_key = key(rules.seed, Stream.SPEAK_CHOOSE, today.step)
    for c in range(size):
        i = batch.open[start + c]
        batch.first[c], batch.last[c] = ties.indptr[i], ties.indptr[i + 1]
    m = 0
    for c in range(size):
        for e in range(batch.first[c], batch.last[c]):
            batch.contacts[m] = ties.indices[e]
            m += 1
    m = 0
    for c in range(size):
        i, end, heard = batch.open[start + c], m + batch.last[c] - batch.first[c], 0
        for e in range(m, end):
            j = batch.contacts[e]
            heard += (speaks[j >> 3] >> (j & 7)) & 1
        share = heard / max(1, end - m)
        m = end
        speak = unit(choose_key, i) < probability_of_speaking(share, rules, today)
        turns = _turn(i, speak, True, speaks, turned, turns, tally)
    return turns
