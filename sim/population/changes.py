"""What deciders changed: the list of it, the writing into their own rows, and the news to their contacts."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.population.choice import VPN, Int, Rules, Today, count, holds
from sim.population.compiled import compiled, compiled_loop, compiled_part
from sim.population.people import People
from sim.population.ties import Ties

Changes = NDArray[np.int32]
Codes = NDArray[np.uint8]
Tally = NDArray[np.int64]

SPEECH, TRIAL_END, CUT = 9, 10, 11
"""Places of changes behind those of ``contacts`` (apps 0 to 7, VPN 8); from CUT on, who is cut off from app 0 to 7."""
MOST_CHANGES = 13
"""Changes of one person in a step: end of trials, app, VPN, speech; cut off or freed by the app (1) and the VPN (8)."""

_BATCH = 64

HOLDERS, INSTALLS, FIRST_INSTALLS, REMOVALS, TRIALS, TRIERS, SOCIETY = range(7)
"""Rows of a tally: per app (net, but for installs and removals); people by number of trials; and three counts."""
MULTI_HOMING, WITH_VPN, SPEAKING = range(3)
"""Columns of the row ``SOCIETY``."""
TALLY_SHAPE = (7, 9)


@compiled
def note(i: Int, place: Int, rose: Int, changed: Changes, codes: Codes, n: int) -> int:
    """Append to the list of changes; its new length."""
    changed[n] = i
    codes[n] = 2 * place + rose
    return n + 1


@compiled_part
def write(
    changed: Changes, codes: Codes, first: int, last: int, people: People, today: Today, on_trial: Codes,
    touched: Codes, tally: Tally,
) -> int:  # fmt: skip
    """Write changes ``first`` to ``last - 1`` into the rows of those who decided, and append whom they cut off or free.

    Returns:
        The new length of the list of changes.
    """
    n = last
    for c in range(first, last):
        i, place, rose = changed[c], codes[c] >> 1, codes[c] & 1
        me = people[i]
        if place == SPEECH:
            me.speak = rose
            tally[SOCIETY, SPEAKING] += 2 * rose - 1
            continue
        if i < touched.size:
            touched[i] = 1
        if place == VPN:
            me.vpn = rose
            tally[SOCIETY, WITH_VPN] += 2 * rose - 1
        else:
            _write_apps(me, place, rose, today, tally)
            on_trial[i] = me.trial != 0
        n = _note_cut_off(i, me, today, changed, codes, n)
    return n


@compiled
def _write_apps(me: Any, place: Int, rose: Int, today: Today, tally: Tally) -> None:
    """Write a change of the apps that a person holds or has on trial."""
    hold, trial = np.int64(me.hold), np.int64(me.trial)
    if place == TRIAL_END:
        me.trial = 0
    elif rose:
        tally[INSTALLS, place] += 1
        tally[FIRST_INSTALLS, place] += 1 - holds(me.ever, place)
        me.hold, me.trial, me.ever = hold | 1 << place, trial | 1 << place, np.int64(me.ever) | 1 << place
        me.left = np.int64(me.left) & ~(1 << place)
    else:
        tally[REMOVALS, place] += 1
        me.hold, me.trial = hold & ~(1 << place), trial & ~(1 << place)
        me.left = np.int64(me.left) | (today.shut & 1 << place)
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
    people: People, lo: int, hi: int, rules: Rules, today: Today, ties: Ties, voices: Codes, changed: Changes,
    codes: Codes, touched: Codes, out: Outbox,
) -> tuple[float, int]:  # fmt: skip
    """Tell the contacts of persons lo..hi-1 what these changed; contacts of other ranges get it through ``out``.

    Additions commute, so the order of changes does not matter.

    Returns:
        The largest exposure that rose, as of the next step; and how much news is left for others.
    """
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
            if code >> 1 == SPEECH:
                step_up = _step_up(code)
                for e in range(m, end):
                    j = contacts[e]
                    mine = lo <= j < hi
                    voices[j if mine else lo] += step_up * mine  # no branch: half of the random ties lead elsewhere
                    out.ids[n], out.codes[n] = j, code
                    n += not mine
            elif code >> 1 != TRIAL_END:
                for e in range(m, end):
                    j = contacts[e]
                    if lo <= j < hi:
                        highest = max(highest, _hear(j, people[j], code, rules, today))
                        if j < touched.size:
                            touched[j] = 1
                    else:
                        out.ids[n], out.codes[n] = j, code
                        n += 1
            m = end
    return highest, n


@compiled_loop
def receive(
    people: People, lo: int, hi: int, rules: Rules, today: Today, voices: Codes, ids: NDArray[np.int32], codes: Codes,
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
        if code >> 1 == SPEECH:
            voices[j] += _step_up(code)
            continue
        highest = max(highest, _hear(j, people[j], code, rules, today))
        if j < touched.size:
            touched[j] = 1
    return highest


@compiled
def _step_up(code: Int) -> np.uint8:
    """What a change adds to a count in a byte: 1, or -1 modulo 256."""
    return np.uint8(1) if code & 1 else np.uint8(255)


@compiled
def _hear(j: Int, me: Any, code: Int, rules: Rules, today: Today) -> float:
    """One contact's change of an app, a VPN or access; the exposure that an adoption brings, else 0."""
    place = code >> 1
    if place >= CUT:
        today.cuts[j, place - CUT] += _step_up(code)
        return 0.0
    me.contacts[place] += _step_up(code)
    if place == VPN or not code & 1:
        return 0.0
    # E_i, eq. (3): what is left in the next step, and one contact more who has just adopted
    age = today.step + 1 - me.exposed_at
    left = me.exposure * rules.fading[age] if age < rules.fading.size else 0.0
    me.exposure = left + 1.0
    me.exposed_at = today.step + 1
    return np.float64(me.exposure)
