"""What deciders changed: the list of it, the writing into their own rows, and the news to their contacts."""

from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from sim.population.choice import VPN, Int, Rules, Today, count, holds
from sim.population.people import People
from sim.population.ties import Ties

Changes = NDArray[np.int32]
Codes = NDArray[np.uint8]
Tally = NDArray[np.int64]

SPEECH, TRIAL_END = 9, 10
"""Places of changes behind those of ``contacts`` (apps 0 to 7, VPN 8)."""

HOLDERS, INSTALLS, FIRST_INSTALLS, REMOVALS, TRIALS, TRIERS, SOCIETY = range(7)
"""Rows of a tally: per app (net, but for installs and removals); people by number of trials; and three counts."""
MULTI_HOMING, WITH_VPN, SPEAKING = range(3)
"""Columns of the row ``SOCIETY``."""
TALLY_SHAPE = (7, 9)


@nb.njit(inline="always", cache=True)
def note(i: Int, place: Int, rose: Int, changed: Changes, codes: Codes, n: int) -> int:
    """Append to the list of changes; its new length."""
    changed[n] = i
    codes[n] = 2 * place + rose
    return n + 1


@nb.njit(cache=True)
def write(changed: Changes, codes: Codes, people: People, on_trial: Codes, touched: Codes, tally: Tally) -> None:
    """Write the changes of a block into the rows of those who decided."""
    for c in range(changed.size):
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
            continue
        hold, trial = np.int64(me.hold), np.int64(me.trial)
        if place == TRIAL_END:
            me.trial = 0
        elif rose:
            tally[INSTALLS, place] += 1
            tally[FIRST_INSTALLS, place] += 1 - holds(me.ever, place)
            me.hold, me.trial, me.ever = hold | 1 << place, trial | 1 << place, np.int64(me.ever) | 1 << place
        else:
            tally[REMOVALS, place] += 1
            me.hold, me.trial = hold & ~(1 << place), trial & ~(1 << place)
        for k in range(8):
            tally[HOLDERS, k] += holds(me.hold, k) - holds(hold, k)
            tally[TRIALS, k] += holds(me.trial, k) - holds(trial, k)
        tally[TRIERS, count(trial)] -= 1
        tally[TRIERS, count(me.trial)] += 1
        tally[SOCIETY, MULTI_HOMING] += np.int64(count(me.hold) >= 2) - np.int64(count(hold) >= 2)
        on_trial[i] = me.trial != 0


@nb.njit(cache=True, nogil=True)
def spread(
    people: People, lo: int, hi: int, rules: Rules, today: Today, ties: Ties, voices: Codes, changed: Changes,
    codes: Codes, touched: Codes,
) -> float:  # fmt: skip
    """Let the contacts among persons lo..hi-1 know what changed: counts of contacts, and exposure to adoptions.

    Additions commute, so the order of changes does not matter.

    Returns:
        The largest exposure that rose in this step, as of the next step.
    """
    highest = 0.0
    for c in range(changed.size):
        place, rose = codes[c] >> 1, codes[c] & 1
        if place == TRIAL_END:
            continue
        step_up = np.uint8(1) if rose else np.uint8(255)  # -1 modulo 256
        first, last = ties.indptr[changed[c]], ties.indptr[changed[c] + 1]
        while first < last and ties.indices[first] < lo:  # contacts are sorted
            first += 1
        while first < last and ties.indices[last - 1] >= hi:
            last -= 1
        if place == SPEECH:
            for e in range(first, last):
                voices[ties.indices[e]] += step_up
            continue
        for e in range(first, last):
            j = ties.indices[e]
            me = people[j]
            me.contacts[place] += step_up
            if place == VPN:
                continue
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
