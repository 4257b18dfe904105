"""Who starts with what: the draws written out again from the text, one person at a time."""

import math
from statistics import NormalDist

import numpy as np
import pytest

from sim.chance import Stream, entity, u
from sim.population import Population
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


@pytest.mark.parametrize(("offline", "correlation"), [(0.0, 0.0), (0.1, 0.0), (0.1, 0.5), (0.0, 0.9)])
def test_shares_hold_whatever_the_correlation(offline, correlation):
    """Shares are Binomial around those asked for (a one-in-10,000 chance to fail, fixed seed); so is who is offline."""
    users = 100_000
    people = Population(Spec(users=users, offline_share=offline, holdings_correlation=correlation),
                        PLATFORMS, ONE_ISP, 8).people  # fmt: skip
    for k, share in enumerate((0.6, 0.3, 0.0)):
        measured = np.mean(people["hold"] >> k & 1)
        assert abs(measured - share) <= 3.89 * math.sqrt(share * (1 - share) / users)
    both = np.mean(people["hold"] & 3 == 3)
    independent = 0.6 * 0.3 / (1.0 - offline)
    if correlation:
        assert both > independent + 0.02
    else:
        assert abs(both - independent) < 3.89 * math.sqrt(independent / users)


def test_an_added_app_moves_nobodys_luck():
    spec = Spec(users=2000, holdings_correlation=0.3)
    alone = Population(spec, PLATFORMS, ONE_ISP, 3).people["hold"]
    more = Population(spec, {"X": Platform(share=0.5)} | PLATFORMS, ONE_ISP, 3).people["hold"]
    assert (more >> 1 == alone).all()
