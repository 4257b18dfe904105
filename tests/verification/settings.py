"""Rules, conditions and rows for the checks of people, and two small harnesses around the compiled rules."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from sim import compiled
from sim.chance import u
from sim.compiled import compiled_loop
from sim.population import Conditions
from sim.population.balance import rules_at_rest
from sim.population.choice import Rules, Today, background_rate, probability_of_holding, within_step
from sim.population.people import PERSON
from sim.population.reach import value_of_app
from sim.population.surroundings import NO_CUTS
from sim.scenario.institutions import Isp
from sim.scenario.population import Platform
from sim.scenario.population import Population as Spec
from tests.oracle.worlds import WITHOUT_GAINS

ONE_ISP = {"isp": Isp(share=1.0)}
SURE = 3.89
"""Standard errors that chance exceeds once in 10,000 fixed-seed tests."""


NEUTRAL: dict[str, Any] = WITHOUT_GAINS | {
    "gamma": 0.0, "redundancy": 0.0, "inertia": 0.0, "substitution": 0.0, "contagion": "none", "trial_rate": 0.0,
}  # fmt: skip
EVERY_APP = 255
"""Bit mask of the apps that a person knows."""
MANY = np.dtype([(f, np.float64 if f == "degree" else PERSON[f]) for f in PERSON.names if f != "contacts"]
                + [("contacts", np.float64, 9)])  # fmt: skip
"""A person with more contacts than a byte can count."""


def rules(apps: int = 1, days_per_step: float = 1.0, spec: dict[str, Any] | None = None, **changes: Any) -> Rules:
    """Rules of a neutral population, with ``changes`` to the compiled rules themselves."""
    shares = np.full(apps, 0.5)
    at_rest, _ = rules_at_rest(
        Spec(**NEUTRAL | (spec or {})), platforms(*shares), shares, np.ones(apps), 1, days_per_step
    )
    return at_rest._replace(**changes)


def today(of: Rules, **changes: Any) -> Today:
    """A step in which everything works and nothing is news, on one ISP."""
    k = of.apps
    free = Today(
        step=0, salience=0.0, appeal=np.zeros(k), alarm=0.0, access_attention=0.0, dark=False, stirred=False,
        named=np.zeros(k), access=np.ones((k, 1)),
        with_vpn=np.ones((k, 1)), felt=np.ones(k), expected=np.ones((k, 1)), heat=np.zeros((k, 1)), most_heat=0.0,
        experience=np.zeros(1), cut=np.zeros((2, 1), np.uint8), cuts=NO_CUTS, shut=0, awareness=np.ones(k),
        weight=np.ones(k), installable=np.ones(k, np.bool_), interoperability=0.0, arrests=0.0, fear=0.0,
        reopened=np.zeros(k, np.bool_), retries=np.zeros(k), most_retries=0.0,
    )  # fmt: skip
    return free._replace(**changes)


def conditions(day: int, apps: int, **changes: Any) -> Conditions:
    quiet: dict[str, Any] = {
        "day": day, "salience": 0.0, "risk": np.ones(apps), "access": np.ones((apps, 1)), "interoperability": 0.0,
        "installable": np.ones(apps, bool), "arrests": 0.0, "disclosing": np.zeros(apps, bool),
    }  # fmt: skip
    return Conditions(**quiet | changes)


def platforms(*shares: float) -> dict[str, Platform]:
    return {f"app {k}": Platform(share=share) for k, share in enumerate(shares)}


def kept[F: Callable[..., Any]](loop: F) -> F:
    """Compile a loop of a test, and keep its code as long as neither the rules nor this file change."""
    loop_ = compiled_loop(loop)
    stamp = compiled._DIGEST + Path(__file__).read_bytes()
    loop_._cache._cache_file._source_stamp = hashlib.sha256(stamp).digest()  # type: ignore[attr-defined]
    return loop_


@kept
def gibbs_sampler(people: Any, neighbours: Any, of: Rules, now: Today, seed: int, sweeps: int) -> Any:
    """Update one person's one app after another, at random, with the rules' own probability.

    Returns, for each of ``sweeps`` sweeps, (K,) holders and (K,) pairs of neighbours who both hold.
    """
    n, apps, degree = people.size, of.apps, neighbours.shape[1]
    seen = np.zeros((sweeps, 2, apps))
    for sweep in range(sweeps):
        for turn in range(n * apps):
            i = int(u(seed, 1, turn, sweep) * n)
            k = int(u(seed, 2, turn, sweep) * apps)
            me = people[i]
            me.degree, me.contacts[k] = degree, 0
            for j in neighbours[i]:
                me.contacts[k] += (np.int64(people[j].hold) >> k) & 1
            value = value_of_app(k, i, EVERY_APP, me, of, now)
            if u(seed, 3, turn, sweep) < probability_of_holding(k, value, me, of, now):
                me.hold = np.int64(me.hold) | (1 << k)
            else:
                me.hold = np.int64(me.hold) & ~(1 << k)
        for k in range(apps):
            for i in range(n):
                mine = (np.int64(people[i].hold) >> k) & 1
                seen[sweep, 0, k] += mine
                for j in neighbours[i]:
                    seen[sweep, 1, k] += 0.5 * mine * ((np.int64(people[j].hold) >> k) & 1)
    return seen


@kept
def complete_graph(people: Any, of: Rules, now: Today, seed: int, steps: int) -> Any:
    """One app among people who all know one another, everyone deciding at once; share of holders after each step.

    Exposure is taken as the number of holders, which is what it is when adoptions are never forgotten nor undone.
    """
    n = people.size
    shares = np.zeros(steps)
    holders = 0
    for i in range(n):
        holders += people[i].hold
    for step in range(steps):
        before = holders
        for i in range(n):
            me = people[i]
            mine = np.int64(me.hold)
            me.exposure = before
            me.exposed_at = now.step
            if u(seed, 1, i, step) >= within_step(background_rate(me, of, now), of):
                continue
            me.degree, me.contacts[0] = n - 1, before - mine
            value = value_of_app(0, i, EVERY_APP, me, of, now)
            me.hold = u(seed, 2, i, step) < probability_of_holding(0, value, me, of, now)
            holders += np.int64(me.hold) - mine
        shares[step] = holders / n
    return shares


@kept
def settled(share: float, of: Rules, now: Today, people: Any, steps: int) -> float:
    """Where the mean-field map of the rules takes a share."""
    me = people[0]
    me.degree = 1
    for _ in range(steps):
        me.contacts[0] = share
        share = probability_of_holding(0, value_of_app(0, 0, EVERY_APP, me, of, now), me, of, now)
    return share


def worth(share: float, me: Any, of: Rules, now: Today) -> float:
    """Value of app 0 for a person of whose contacts this share hold it."""
    me["degree"], me["contacts"] = 1.0, share
    return float(value_of_app(0, 0, EVERY_APP, me, of, now))


def crowd(users: int, share: float = 0.0) -> Any:
    """Rows in which the first ``share`` hold app 0."""
    people = np.zeros(users, MANY)
    people["hold"][: round(share * users)] = 1
    return people
