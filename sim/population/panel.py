"""What is observed of a fixed panel, the first persons by number: usage, primary apps, safe ties. No draws here."""

import numpy as np
from numpy.typing import NDArray

from sim.population.choice import Floats, Rules, Today, holds, share_of_contacts
from sim.population.compiled import compiled_loop
from sim.population.people import People
from sim.population.ties import Ties

PANEL = 20_000
TIES_PANEL = 4_000
"""Panel members whose ties are watched for ``safe_reach``: about 48,000 ties, a standard error of 0.2 points."""


class Panel:
    """Usage shares and primary apps of the panel, kept up to date for the members that a day touched."""

    def __init__(self, people: People, apps: int, pull: Floats) -> None:
        self.size = min(PANEL, people.size)
        self.touched = np.ones(self.size, np.uint8)
        self._weight = np.exp(pull)
        self._usage = np.zeros((self.size, apps))
        self._total = np.zeros(apps)
        self._primary = np.full(self.size, apps, np.int64)
        self._reach_seen: tuple[float, bytes] | None = None

    def refresh(self, people: People, rules: Rules, today: Today) -> tuple[Floats, NDArray[np.int64]]:
        """Usage shares U_k (K,) and flows (K+1, K+1) of primary apps since the last call."""
        reach = (today.interoperability, today.access.tobytes())
        if reach != self._reach_seen:  # usage depends on access: look at everyone again
            self.touched[:] = 1
            self._reach_seen = reach
        flows = np.zeros((rules.apps + 1, rules.apps + 1), np.int64)
        _refresh(people, rules, today, self._weight, self.touched, self._usage, self._total, self._primary, flows)
        return self._total / self.size, flows

    def safe_reach(self, people: People, ties: Ties, today: Today, disclosing: NDArray[np.bool_]) -> float:
        """Share of the panel's ties whose ends share an app that both can use and whose owner hands over nothing."""
        usable = _usable_apps(today, disclosing)
        return float(_safe_reach(people, min(TIES_PANEL, self.size), ties.indptr, ties.indices, usable))


def _usable_apps(today: Today, disclosing: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """(2, J) bit masks of non-disclosing apps that work (access at least one half) without and with a VPN, by ISP."""
    bits = np.left_shift(1, np.arange(disclosing.size)) * ~disclosing
    without = (bits[:, None] * (today.access >= 0.5)).sum(axis=0)
    return np.stack([without, np.full_like(without, bits.sum())]).astype(np.uint8)


@compiled_loop
def _refresh(
    people: People, rules: Rules, today: Today, weight: Floats, touched: NDArray[np.uint8], usage: Floats,
    total: Floats, primary: NDArray[np.int64], flows: NDArray[np.int64],
) -> None:  # fmt: skip
    """Bring the rows of touched members up to date: u_ik, eq. (7), times the usability of the app for the person."""
    apps = rules.apps
    for i in range(touched.size):
        if not touched[i]:
            continue
        touched[i] = 0
        me = people[i]
        whole = 0.0
        for k in range(apps):
            total[k] -= usage[i, k]
            usable = max(today.access[k, me.isp], np.float64(me.vpn))
            usage[i, k] = holds(me.hold, k) * share_of_contacts(k, me, today) * usable * weight[k]
            whole += usage[i, k]
        most, first = 0.0, apps
        for k in range(apps):
            if whole > 0.0:
                usage[i, k] /= whole
            total[k] += usage[i, k]
            if usage[i, k] > most:
                most, first = usage[i, k], k
        if first != primary[i]:
            flows[primary[i], first] += 1
            primary[i] = first


@compiled_loop
def _safe_reach(
    people: People, size: int, indptr: NDArray[np.int64], indices: NDArray[np.int32], usable: NDArray[np.uint8]
) -> float:
    """Share of the ties of persons 0..size-1 that some usable app connects."""
    safe = 0
    for i in range(size):
        mine = people[i].hold & usable[people[i].vpn, people[i].isp]
        for e in range(indptr[i], indptr[i + 1]):
            other = people[indices[e]]
            safe += (mine & other.hold & usable[other.vpn, other.isp]) != 0
    return safe / max(1, int(indptr[size]))
