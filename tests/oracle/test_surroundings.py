"""What a step means to people, over more than a year: the population's tables against the twin's, number by number."""

from collections.abc import Iterator

import numpy as np
import pytest

from sim.population import Conditions
from sim.population.balance import rules_at_rest
from sim.population.choice import Today
from sim.population.surroundings import Surroundings, known_at_start
from sim.scenario.population import Population as Spec
from tests.oracle.surroundings import Surroundings as Readable
from tests.oracle.worlds import ISPS, LIVELY, MIXED

APPS = len(MIXED)
HARSH, MILD = (0.0, 0.1, 0.3, 0.5, 0.7, 1.0), (0.6, 0.8, 1.0)


def year_and_a_half(steps: int, levels: tuple[float, ...]) -> Iterator[Conditions]:
    """Sixty days on which orders, leaks, outages and news come and go by lot, 400 quiet ones, and sixty more by lot.

    The second platform is shut until the last day before the quiet. Where levels are mild, nothing is shut or down.
    """
    luck = np.random.default_rng(steps)
    access, vpn = np.ones((APPS, len(ISPS))), np.ones(len(ISPS))
    for day in range(520):
        busy = not 60 <= day < 460
        if busy:
            change = luck.random(access.shape) < 0.04
            access = np.where(change, luck.choice(levels, access.shape), access)
            vpn = np.where(luck.random(vpn.shape) < 0.1, luck.choice(levels, vpn.shape), vpn)
        shut = access.copy()
        if levels is HARSH:
            shut[1] = 0.2 if day < 59 else 1.0
        yield Conditions(
            day=day, salience=0.3, risk=luck.random(APPS), access=shut if busy else np.ones_like(access),
            installable=np.ones(APPS, bool), interoperability=0.0, arrests=0.0, disclosing=np.zeros(APPS, bool),
            named=luck.random(APPS) * (luck.random(APPS) < 0.2) if busy else None,
            announced=luck.random(APPS) * (luck.random(APPS) < 0.1) if busy else None,
            down={int(luck.integers(APPS)): (0.125, 0.625)} if busy and levels is HARSH and luck.random() < 0.1 else {},
            vpn=vpn if busy else None,
        )  # fmt: skip


@pytest.mark.parametrize("standing", [False, True], ids=["free", "standing"])
@pytest.mark.parametrize(
    ("levels", "steps", "patience", "memory"),
    [(HARSH, 1, 5.0, 6.0), (HARSH, 4, 5.0, 6.0), (HARSH, 1, 0.0, 6.0), (HARSH, 1, 5.0, 0.01), (MILD, 1, 5.0, 6.0)],
)
def test_same_surroundings(levels: tuple[float, ...], steps: int, patience: float, memory: float, standing: bool):
    """Where experience of a VPN is soon gone, days are calm on which an app that was shut is still tried again."""
    spec = Spec(**LIVELY | {"patience_days": patience, "vpn_memory_days": memory, "awareness_rate": 0.02})
    shares = np.array([platform.share for platform in MIXED.values()])
    before = np.ones((APPS, len(ISPS)))
    if standing:
        before[0], before[3] = (0.0, 0.4, 1.0), 0.6
    awareness = known_at_start(spec, MIXED, shares)
    rules, _ = rules_at_rest(spec, MIXED, shares, awareness, 1, 1.0 / steps)
    mine = Surroundings(spec, MIXED, np.array([isp.share for isp in ISPS.values()]), awareness, before)
    readable = Readable(spec, MIXED, ISPS, list(awareness), 1.0 / steps, before)
    luck, returns = np.random.default_rng(9), 0
    for met in year_and_a_half(steps, levels):
        holders = np.minimum(luck.poisson(shares * spec.users), spec.users)
        for part in range(steps):
            today = mine.today(met, rules, met.day * steps + part, holders / spec.users)
            readable.begin(met, part, holders.tolist())
            assert_same(today, readable, f"day {met.day}, part {part}")
            readable.end()
            returns += int(today.reopened[1])
    assert returns >= 365 * steps or levels is MILD, "the second platform opened for a year"


def assert_same(today: Today, readable: Readable, when: str) -> None:
    shade = np.array([1.0 - readable.spec.anticipation * readable.announced(k) for k in range(APPS)])
    open_ = [days is not None for days in readable.days_open]
    tables = {
        "access": readable.usability, "with_vpn": readable.usability_by_vpn, "felt": shade, "heat": readable.heat,
        "expected": readable.expected, "experience": readable.experience, "awareness": readable.awareness,
        "weight": readable.focal_weight, "named": readable.named, "reopened": open_,
        "retries": [readable.retry_rate(k) for k in range(APPS)],
    }  # fmt: skip
    for name, table in tables.items():
        np.testing.assert_allclose(getattr(today, name), table, rtol=1e-9, atol=1e-12, err_msg=f"{name}, {when}")
    assert today.shut == sum(1 << k for k in range(APPS) if readable.shut[k]), when
    assert today.dark == any(x < 1.0 for row in readable.felt for x in row), when
    for j in range(len(ISPS)):
        for with_vpn, usable in enumerate((readable.usability, readable.usability_by_vpn)):
            assert today.cut[with_vpn, j] == sum(1 << k for k in range(APPS) if usable[k][j] < 0.5), when
