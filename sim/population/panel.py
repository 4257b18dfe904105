"""What is observed of a fixed panel, the first persons by number: usage, primary apps, safe ties. No draws here."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.compiled import compiled, compiled_loop, compiled_part
from sim.population import elementary
from sim.population.choice import Floats, Rules, Today, holds
from sim.population.people import People
from sim.population.reach import WHOLE, share_reached, unreached, usability, with_outside
from sim.population.ties import Ties

PANEL = 20_000
TIES_PANEL = 4_000
"""Panel members whose ties are watched for ``safe_reach``: about 48,000 ties, a standard error of 0.2 points."""


_NO_FLOWS = np.zeros((0, 0), np.int64)
PERIODS = 3
"""Users are counted by the day, the week and thirty days."""
USAGE, IDLE, BASE, SPENT = range(4)
"""What is recorded of a member, app by app: its usage share, the probability of a day without a session, the sessions
of a step without attention; where a day has several steps, also the sessions of the day's earlier ones."""
LOOK, SUM = 1, 2
"""Why a member is touched: its use may be another; or only its contacts' VPNs are, and its use is added up again, so
that sums are rounded as they always were."""


class Panel:
    """Use of apps and primary apps of the panel, kept up to date for the members that a day touched.

    Args:
        people: All rows.
        ties: Contacts of all.
        apps: Number of platforms.
        pull: (K,) intensity of use beside reach.
        sessions: Sessions in a step of a person whose apps reach every contact.
        steps_per_day: Steps of a day.
    """

    def __init__(
        self, people: People, ties: Ties, apps: int, pull: Floats, sessions: float, steps_per_day: int
    ) -> None:
        self.size = min(PANEL, people.size)
        self.touched = np.full(self.size, LOOK, np.uint8)
        self._weight = elementary.exp(pull)
        self._sessions = sessions
        self._steps = steps_per_day
        self._records = np.zeros((self.size, 3 if steps_per_day == 1 else 4, apps))
        self._records[:, IDLE] = 1.0
        self._total = np.zeros(apps)
        self._earlier = np.zeros(apps)
        """Usage shares of the day's earlier steps, added up over members."""
        self._users = np.zeros((PERIODS, apps))
        self._primary = np.full(self.size, apps, np.uint8)  # small, so that it stays at hand
        self._met: tuple[float, bytes, bytes] | None = None
        self._attention = np.ones(apps)
        """By how much attention multiplies the use of each app."""
        self._ends = ties.indptr[: min(TIES_PANEL, self.size) + 1]
        self._others, self._at = np.unique(ties.indices[: self._ends[-1]], return_inverse=True)

    def use(self, people: People, rules: Rules, today: Today) -> None:
        """Count the use of a step that does not end the day."""
        self._look(people, rules, today)
        self._earlier += self._total
        self._records[:, SPENT] += self._records[:, BASE] * self._attention

    def refresh(self, people: People, rules: Rules, today: Today) -> tuple[Floats, Floats, NDArray[np.int64]]:
        """End the day: usage shares (K,), expected users (3, K) by period, flows (K+1, K+1) of primary apps."""
        if self._steps > 1:
            self.touched[:] = LOOK  # what was spent differs from yesterday's
        flows = np.zeros((rules.apps + 1, rules.apps + 1), np.int64)
        self._look(people, rules, today, flows)
        if self._steps > 1:
            self._records[:, SPENT] = 0.0
        usage = (self._total + self._earlier) / (self.size * self._steps)
        self._earlier[:] = 0.0
        return usage, np.maximum(self._users, 0.0), flows

    def _look(self, people: People, rules: Rules, today: Today, flows: NDArray[np.int64] | None = None) -> None:
        """Bring the rows of touched members up to date; with ``flows``, the day's counts as well."""
        met = (today.interoperability, today.access.tobytes(), today.with_vpn.tobytes())
        if met != self._met:  # use depends on it: look at everyone again
            self.touched[:] = LOOK
            self._met = met
        attention = 1.0 + rules.attention_use * today.named
        heeded = attention != self._attention
        self._attention = attention
        if heeded.any():
            self.touched |= SUM
        members = np.flatnonzero(self.touched != 0)  # of bytes it takes ten times as long
        _bring_up_to_date(
            members, self.touched, attention, heeded, self._weight, self._sessions, self._records, self._total,
            self._users, self._primary, people, rules, today, _NO_FLOWS if flows is None else flows,
        )  # fmt: skip
        if flows is not None:
            self.touched[:] = 0

    def safe_reach(self, people: People, today: Today, disclosing: NDArray[np.bool_]) -> float:
        """Share of the panel's ties whose ends share an app that both can use and whose owner hands over nothing."""
        bits = int((np.left_shift(1, np.arange(disclosing.size)) * ~disclosing).sum())
        usable = (bits & ~today.cut).astype(np.uint8)
        return float(_safe_reach(people, self._ends, self._others, self._at, usable))


@compiled_loop
def _bring_up_to_date(
    members: NDArray[np.int64], touched: NDArray[np.uint8], attention: Floats, heeded: NDArray[np.bool_],
    weight: Floats, sessions: float, records: Floats, total: Floats, users: Floats,
    primary: NDArray[np.uint8], people: People, rules: Rules, today: Today, flows: NDArray[np.int64],
) -> None:  # fmt: skip
    """Look at members: in one call, as handing over the people and rules takes longer than the members.

    Of those who are not touched, ``attention`` (K,) alone may have changed, for the apps in ``heeded`` (K,).
    """
    within, worth = np.zeros(rules.apps), np.zeros(rules.apps)
    for i in members:
        look = touched[i] & LOOK != 0
        if look:
            _use(i, people[i], rules, today, weight, sessions, within, worth, records[i], total)
            if flows.size > 0:
                _count_primary(i, worth, primary, flows)
        else:
            for k in range(rules.apps):
                total[k] -= records[i, USAGE, k]
                total[k] += records[i, USAGE, k]
        if flows.size > 0:
            _count_users(look, attention, heeded, records[i], users)


@compiled_part
def _use(
    i: int, me: Any, rules: Rules, today: Today, weight: Floats, sessions: float,
    within: Floats, worth: Floats, mine: Floats, total: Floats,
) -> None:  # fmt: skip
    """Bring the use of a member up to date, eq. (7): what each app is worth, u_ik, and its sessions but for attention.

    ``within`` is the part of the contacts whom each app reaches; together they miss those whom none of them reaches.
    A part of the use that is lost with dark apps moves to those that work.
    """
    apps = rules.apps
    for k in range(apps):
        total[k] -= mine[USAGE, k]
        within[k] = _within_reach(k, i, me, rules, today)
        worth[k] = within[k] * weight[k]
        mine[USAGE, k] = worth[k]
        mine[BASE, k] = 0.0
    for lead in range(apps):
        alike = np.int64(rules.same_type[lead])
        if alike & ((1 << lead) - 1) or not alike & me.hold:
            continue  # not the first of its type, or of a type that the person does without
        whole, missed = 0.0, 1.0
        for k in range(lead, apps):
            whole += worth[k] * holds(alike, k)
            missed *= 1.0 - within[k] * holds(alike, k)
        reach = 1.0 - missed
        if rules.moved_use > 0.0 and today.dark:
            lost = 1.0 - unreached(alike & np.int64(me.hold), WHOLE, i, me, rules, today) - reach
            reach += rules.moved_use * max(0.0, lost)
        for k in range(lead, apps):
            if holds(alike, k):
                mine[USAGE, k] = worth[k] / whole if whole > 0.0 else 0.0
                mine[BASE, k] = sessions * reach * mine[USAGE, k]
    for k in range(apps):
        total[k] += mine[USAGE, k]


@compiled
def _within_reach(k: int, i: int, me: Any, rules: Rules, today: Today) -> float:
    """a_ik n_ik x_ik, eq. (7): times exp(v_k) it is what the person's use of app k is proportional to."""
    if not holds(me.hold, k):
        return 0.0
    reached = with_outside(share_reached(k, i, me, rules, today), k, rules, today)
    return float(reached * usability(k, me, today))


@compiled_part
def _count_primary(i: int, worth: Floats, primary: NDArray[np.uint8], flows: NDArray[np.int64]) -> None:
    """Count whether the primary app of a member moved."""
    most, first = 0.0, worth.size
    for k in range(worth.size):
        if worth[k] > most:
            most, first = worth[k], k
    if first != primary[i]:
        flows[primary[i], first] += 1
        primary[i] = first


@compiled_part
def _count_users(look: bool, attention: Floats, heeded: NDArray[np.bool_], mine: Floats, users: Floats) -> None:
    """Count whether the day made a member active, eq. (7); attention adds to the use of an app."""
    for k in range(attention.size):
        if not look and not heeded[k]:
            continue
        sessions = mine[BASE, k] * attention[k]
        if mine.shape[0] > SPENT:
            sessions += mine[SPENT, k]
        idle, before = math.exp(-sessions) if sessions > 0.0 else 1.0, mine[IDLE, k]
        if idle == before:
            continue
        for period in range(PERIODS):
            users[period, k] += 1.0 - _missed(idle, period) - (1.0 - _missed(before, period))
        mine[IDLE, k] = idle


@compiled
def _missed(idle: float, period: int) -> float:
    """Probability that a day, a week and thirty days go by without a session; ``idle`` is that of one day."""
    if period == 0:
        return idle
    week = idle**7
    return week if period == 1 else week**4 * idle**2


@compiled_loop
def _safe_reach(
    people: People, indptr: NDArray[np.int64], others: NDArray[np.int32], at: NDArray[np.int64],
    usable: NDArray[np.uint8],
) -> float:  # fmt: skip
    """Share of the ties of the first persons, whose ends ``indptr`` tells, that some usable app connects.

    Each of the ``others`` is looked at once and in order, since their rows lie far apart; ``at`` (ties,) says who
    of them is at the other end.
    """
    theirs = np.empty(others.size, np.uint8)
    for n in range(others.size):
        other = people[others[n]]
        theirs[n] = other.hold & usable[other.vpn, other.isp]
    safe = 0
    for i in range(indptr.size - 1):
        mine = people[i].hold & usable[people[i].vpn, people[i].isp]
        for e in range(indptr[i], indptr[i + 1]):
            safe += (mine & theirs[at[e]]) != 0
    return safe / max(1, at.size)
