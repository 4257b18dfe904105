"""Who starts with what: the draws written out again from the text, one person at a time."""

import math
from statistics import NormalDist

import numpy as np
import pytest

from sim.chance import Stream, entity, u
from sim.population import Population
from sim.population.balance import _expected_users, holdings, outside_values, types
from sim.scenario.population import Platform
from sim.scenario.population import Population as Spec
from tests.verification.settings import ONE_ISP

PLATFORMS = {"W": Platform(share=0.6), "N": Platform(share=0.3, type="network"), "E": Platform(share=0.0, wanted=0.2)}


def starts_with(i: int, name: str, share: float, seed: int, spec: Spec) -> bool:
    """Offline people hold nothing; the others hold an app by its share among them, given their common readiness."""
    if u(seed, Stream.OFFLINE, i, 0) < spec.offline_share:
        return False
    p, r = share / (1.0 - spec.offline_share), spec.holdings_correlation
    if r > 0.0 and share > 0.0:
        first, second = (u(seed, Stream.APPETITE, 2 * i + n, 0) for n in range(2))
        z = math.sqrt(-2.0 * math.log(1.0 - first)) * math.cos(2.0 * math.pi * second)
        normal = NormalDist()
        p = normal.cdf((normal.inv_cdf(p) + math.sqrt(r) * z) / math.sqrt(1.0 - r))
    return u(seed, Stream.HOLD, i, entity(name)) < p


@pytest.mark.parametrize("changes", [{}, {"offline_share": 0.2}, {"holdings_correlation": 0.4},
                                     {"offline_share": 0.1, "holdings_correlation": 0.8}])  # fmt: skip
def test_who_holds_what(changes):
    spec = Spec(users=1500, **changes)
    people = Population(spec, PLATFORMS, ONE_ISP, 3).people
    for k, (name, platform) in enumerate(PLATFORMS.items()):
        expected = [starts_with(i, name, platform.share, 3, spec) for i in range(1500)]
        assert (people["hold"] >> k & 1).astype(bool).tolist() == expected
    assert (people["ever"] == people["hold"]).all()
    assert not people["cut"].any()
    assert not people["left"].any()


def test_users_expected_of_holders():
    """Eq. (7) on a few people whose contacts are the next six by number, written out again one person at a time."""
    platforms = PLATFORMS | {"T": Platform(share=0.4, pull=0.5), "M": Platform(share=0.2, type="network", outside=0.1)}
    spec = Spec(users=150, degree=6, offline_share=0.1, outside_value=0.4, interoperability=0.2, sessions=0.3)
    names, shares = list(platforms), np.array([platform.share for platform in platforms.values()])
    pull = {name: math.exp(platform.pull) for name, platform in platforms.items()}
    days = {"W": 1, "N": 7, "E": 30, "T": 30, "M": 0}
    outside = {"W": 0.0, "N": 0.4, "E": 0.0, "T": 0.0, "M": 0.1}
    drawn, of_world = holdings(spec, platforms, shares, np.zeros(5), 3), outside_values(spec, platforms)
    weights, periods = np.array(list(pull.values())), np.array(list(days.values()))
    expected = _expected_users(150, 6, drawn, types(platforms), of_world, 0.2, weights, 0.3, periods)
    holds = [{name for name in names if starts_with(i, name, platforms[name].share, 3, spec)} for i in range(150)]
    users = dict.fromkeys(names, 0.0)
    for i, mine in enumerate(holds):
        contacts = [holds[(i + n) % 150] for n in range(1, 7)]
        share = {name: sum(name in other for other in contacts) / 6 for name in names}
        reached = {name: w + (1 - w) * (share[name] + 0.2 * (1 - share[name])) for name, w in outside.items()}
        for name in mine:
            alike = [other for other in mine if platforms[other].type == platforms[name].type]
            reach = 1.0 - math.prod(1.0 - reached[other] for other in alike)
            part = reached[name] * pull[name] / sum(reached[other] * pull[other] for other in alike)
            users[name] += 1.0 - math.exp(-days[name] * 0.3 * reach * part)
    assert expected == pytest.approx([users[name] / 150 for name in names], rel=1e-12)
    assert (expected[[0, 1, 3]] > 0.05).all()
    assert expected[2] == 0.0, "nobody holds it yet"
    assert expected[4] == 0.0, "its share is one of holders"


def test_an_added_app_moves_nobodys_luck():
    spec = Spec(users=2000, holdings_correlation=0.3)
    alone = Population(spec, PLATFORMS, ONE_ISP, 3).people["hold"]
    more = Population(spec, {"X": Platform(share=0.5)} | PLATFORMS, ONE_ISP, 3).people["hold"]
    assert (more >> 1 == alone).all()
