"""Germany 2021: new terms of service. Users are fitted on it."""

from __future__ import annotations

import datetime as dt

from sim.evidence import readings as read
from sim.evidence.patterns import Check, Pattern, World, evidence
from sim.evidence.rules import near, within

GERMANY = "cases/germany_messengers_2019_2021"
GERMANY_WORLD = World("germany-2021")

SURVEY = dt.date(2021, 8, 15)
"""Middle of the survey of August 2021."""
NOTICE = dt.date(2021, 1, 6)
"""Notice of WhatsApp's terms."""


def german_share(app: str, *, tolerance: float) -> Check:
    """The share of an app in the survey of August 2021, within some points."""
    (known,) = evidence(GERMANY, f"2021-08 | {app} | share_of_messenger_users")
    rule = near(known.number(), tolerance, "survey of 1906 users")
    return Check(f"{app} share", "percent", GERMANY_WORLD, read.share(app, SURVEY), rule, known.number(), (known,))


def germany() -> Pattern:
    """Shares of the survey, within two points, and people with two apps or more."""
    apps = ("WhatsApp", "Telegram", "Facebook Messenger", "Signal")
    two = evidence(GERMANY, "2019-12 | users | two_or_more_services", "2021-08 | users | two_or_more_services")
    gain = two[1].number() - two[0].number()
    measure = read.society_change("multi_homing", NOTICE - dt.timedelta(days=1), SURVEY)
    added = Check(
        "people with two apps or more",
        "points",
        GERMANY_WORLD,
        measure,
        within(0.0, 2.0 * gain, "it rose; the survey counts more services than the model"),
        gain,
        two,
    )
    shares = [german_share(app, tolerance=2.0) for app in apps]
    return Pattern("germany-2021", "Shares after the wave, within two points", "fit", (*shares, added))
