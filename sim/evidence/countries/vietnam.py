"""Vietnam 2020: throttling until compliance."""

from __future__ import annotations

import datetime as dt

from sim.evidence import readings as read
from sim.evidence.patterns import Check, Pattern, World, evidence
from sim.evidence.rules import at_least, at_most, factor

VIETNAM = "cases/vietnam_facebook_2020"
VIETNAM_WORLD = World("vietnam-2020")

VIETNAMESE_THROTTLE = dt.date(2020, 2, 15)
"""Middle of the month in which the state carriers took the caches offline."""
STATE_CARRIERS = ("Viettel", "VNPT")


def vietnam() -> Pattern:
    """How long the company holds out, who throttles, and what follows."""
    weeks, carriers, response = evidence(
        VIETNAM,
        "2020-02/2020-04 | Facebook | weeks_of_throttling_until_compliance",
        "2020-02 | Viettel and VNPT | caches_taken_offline",
        "2020-04 | Facebook | response",
    )
    days, settled = 7.0 * weeks.number(), VIETNAMESE_THROTTLE + dt.timedelta(days=150)
    return Pattern(
        "vietnam-2020",
        "Throttled for weeks, the company complies and is served again",
        "shown",
        (
            Check(
                "days of throttling until compliance",
                "days",
                VIETNAM_WORLD,
                read.days_to_yield("Facebook", VIETNAMESE_THROTTLE),
                factor(days, 2.0),
                days,
                (weeks,),
            ),
            Check(
                "state carriers that throttle, after ten days",
                "share",
                VIETNAM_WORLD,
                read.hampering_isps("Facebook", STATE_CARRIERS, VIETNAMESE_THROTTLE + dt.timedelta(days=10)),
                at_least(1.0, "both"),
                1.0,
                (carriers,),
            ),
            Check(
                "users still throttled after 150 days",
                "share",
                VIETNAM_WORLD,
                read.cut_off_share("Facebook", settled),
                at_most(0.0, "full speed after compliance"),
                0.0,
                (response,),
            ),
        ),
    )
