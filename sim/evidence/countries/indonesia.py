"""Indonesia 2022: registration, and a short block."""

from __future__ import annotations

import datetime as dt

from sim.evidence import readings as read
from sim.evidence.patterns import Check, Pattern, World, evidence
from sim.evidence.rules import at_least, within

INDONESIA = "cases/indonesia_pse_2022"
INDONESIA_WORLD = World("indonesia-2022")

INDONESIAN_BLOCK = dt.date(2022, 7, 30)


def indonesia() -> Pattern:
    """Who registers by the deadline, and who days after the block."""
    large, small, blocked = evidence(
        INDONESIA,
        "2022-07-29 | large platforms | registered_before_deadline",
        "2022-08-02 | warned services | registered_within_3_days_of_block",
        "2022-08-02 | Valve and Yahoo | days_from_block_to_registration",
    )
    deadline = INDONESIAN_BLOCK - dt.timedelta(days=1)
    checks = [
        Check(
            "large companies that register by the deadline",
            "share",
            INDONESIA_WORLD,
            read.yielded_share(("Google", "Meta", "Amazon"), deadline),
            at_least(large.number(), "all three"),
            large.number(),
            (large,),
        ),
        Check(
            "warned companies that register within three days of the block",
            "share",
            INDONESIA_WORLD,
            read.yielded_share(("Amazon", "Valve", "Yahoo", "PayPal", "Epic"), INDONESIAN_BLOCK + dt.timedelta(days=3)),
            at_least(0.5, "5 of 10 services at least"),
            small.number() / 10.0,
            (small,),
        ),
    ]
    checks += [
        Check(
            f"days from the block to {company}'s registration",
            "days",
            INDONESIA_WORLD,
            read.days_to_yield(company, INDONESIAN_BLOCK),
            within(0.0, 7.0, "within days; 3 were observed"),
            blocked.number(),
            (blocked,),
        )
        for company in ("Valve", "Yahoo")
    ]
    return Pattern(
        "indonesia-2022", "A threat suffices for the large, days of a block for others", "holdout", tuple(checks)
    )
