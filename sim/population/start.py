"""How people start: which shares of holders a scenario means, whatever its shares count."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from sim.chance import Stream
from sim.population.balance import outside_values, types
from sim.population.choice import Floats
from sim.population.compiled import compiled_loop
from sim.population.people import Holdings, holds_at_start, keys_of
from sim.scenario.errors import ScenarioError
from sim.scenario.population import Platform
from sim.scenario.population import Population as Spec

DAYS = {"daily": 1, "weekly": 7, "monthly": 30}
SAMPLE = 20_000
"""People on whom shares of users are turned into shares of holders."""
ROUNDS = 60
CLOSE = 0.002
"""Relative error of the expected users that ends the search."""


def holdings(spec: Spec, platforms: Mapping[str, Platform], shares: Floats, on_trial: Floats, seed: int) -> Holdings:
    """Who holds what at the start, given (K,) shares of holders and of these on trial."""
    from scipy.special import ndtri

    return Holdings(
        shares=shares,
        on_trial=on_trial,
        hold_keys=keys_of(platforms, seed, Stream.HOLD),
        trial_keys=keys_of(platforms, seed, Stream.TRIAL_START),
        quantiles=np.asarray(ndtri(np.clip(shares / (1.0 - spec.offline_share), 1e-12, 1.0 - 1e-12)), np.float64),
        correlation=spec.holdings_correlation,
        offline_share=spec.offline_share,
        seed=seed,
    )


def shares_of_holders(spec: Spec, platforms: Mapping[str, Platform], seed: int) -> Floats:
    """(K,) share of people who hold each app, where a scenario may give those who use it in a day, a week or a month.

    The shares are found by fixed point on a sample of well-mixed people. Contacts are counted one by one: who has none
    on a small app does not use it, which a mean over all would not show.

    Raises:
        ScenarioError: where more are to use an app than can, even if everyone held it.
    """
    given = np.array([platform.share for platform in platforms.values()])
    days = np.array([DAYS.get(platform.share_of, 0) for platform in platforms.values()])
    most = 1.0 - spec.offline_share
    if not days.any():
        return given
    pull = np.exp([platform.pull for platform in platforms.values()])
    same_type, outside = types(platforms), outside_values(spec, platforms)
    shares, sample = np.minimum(given * 1.5, most * 0.999) * (days > 0) + given * (days == 0), min(SAMPLE, spec.users)
    for _ in range(ROUNDS):
        drawn = holdings(spec, platforms, shares, np.zeros(shares.size), seed)
        users = _expected_users(
            sample, spec.degree, drawn, same_type, outside, spec.interoperability, pull, spec.sessions, days
        )
        off = np.where(days > 0, given / np.maximum(users, 1e-9), 1.0)
        if (abs(off - 1.0) < CLOSE).all():
            break
        shares = np.minimum(shares * np.clip(off, 0.25, 4.0) ** 0.7, most)
    for (name, platform), share, missing in zip(platforms.items(), shares, off, strict=True):
        if share >= most and missing > 1.05:
            expected = f"at most {platform.share / missing:.2g} of people who use it ({platform.share_of})"
            raise ScenarioError.at("", f"platforms.{name}.share", expected, f"{platform.share:g}")
    return np.asarray(shares)


@compiled_loop
def _expected_users(
    sample: int, degree: int, holdings: Holdings, same_type: NDArray[np.uint8], outside: Floats,
    interoperability: float, pull: Floats, sessions: float, days: NDArray[np.int64],
) -> Floats:  # fmt: skip
    """(K,) share of people who use each app within its number of days, eq. (7).

    The next ``degree`` persons by number are a person's contacts, as holdings do not depend on whom one knows.
    """
    apps = outside.size
    users, reached = np.zeros(apps), np.zeros(apps)
    hold = np.empty(sample, np.int64)
    for i in range(sample):
        hold[i] = holds_at_start(i, holdings)
    for i in range(sample):
        for k in range(apps):
            contacts = 0
            for j in range(i + 1, i + 1 + degree):
                contacts += hold[j % sample] >> k & 1
            share = contacts / degree
            reached[k] = outside[k] + (1.0 - outside[k]) * (share + interoperability * (1.0 - share))
        for k in range(apps):
            if not hold[i] >> k & 1 or days[k] == 0:
                continue
            whole, missed = 0.0, 1.0
            for m in range(apps):
                if (hold[i] & int(same_type[k])) >> m & 1:
                    whole += reached[m] * pull[m]
                    missed *= 1.0 - reached[m]
            if whole > 0.0:
                users[k] += 1.0 - np.exp(-days[k] * sessions * (1.0 - missed) * reached[k] * pull[k] / whole)
    return np.asarray(users / sample)
