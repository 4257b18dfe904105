"""Uganda 2021: all social media are blocked before an election, one for good. Written by the guide for a new case."""

from __future__ import annotations

import datetime as dt

from sim.evidence import readings as read
from sim.evidence.patterns import Check, Pattern, World, evidence
from sim.evidence.rules import at_least, at_most, near

UGANDA = "cases/uganda_tax_2018_block_2021"
UGANDA_WORLD = World("uganda-2021")

UGANDAN_BLOCK = dt.date(2021, 1, 12)
LAST = dt.date(2022, 12, 31)
UGANDAN_OPERATORS = ("MTN", "Airtel")


def uganda() -> Pattern:
    """Who stays on a network that is blocked for two years, how fast it was blocked, and what was opened again."""
    users, ordered, lifted = evidence(
        UGANDA,
        "2021-01 -> 2022-12 | Facebook | users_uganda",
        "2021-01-12 | UCC | block_ordered",
        "2021-02-10 | UCC | days_from_block_to_partial_lifting",
    )
    assert users.value_to is not None
    left = 100.0 * users.value_to / users.number()
    eve = (dt.date(2020, 12, 20), UGANDAN_BLOCK - dt.timedelta(days=1))
    holders = read.holders_ratio("Facebook", eve, (dt.date(2022, 12, 1), LAST))
    reopened = UGANDAN_BLOCK + dt.timedelta(days=lifted.number() + 7)
    checks = (
        ("Facebook holders after two years, of those before", "percent", lambda run: 100.0 * holders(run),
         near(left, 10.0, "users as one vendor counts them"), left, (users,)),
        ("operators that block on the day after the order", "share",
         read.hampering_isps("Facebook", UGANDAN_OPERATORS, UGANDAN_BLOCK + dt.timedelta(days=1)),
         at_least(1.0, "all, as they confirmed"), 1.0, (ordered,)),
        ("users cut off from WhatsApp a week after the partial lifting", "share",
         read.cut_off_share("WhatsApp", reopened), at_most(0.05, "restored"), 0.0, (lifted,)),
        ("users cut off from Facebook after two years", "share", read.cut_off_share("Facebook", LAST),
         at_least(0.95, "the company has not given in"), 1.0, (users,)),
    )  # fmt: skip
    return Pattern(
        "uganda-2021",
        "Two thirds stay on a network that is blocked for two years",
        "holdout",
        tuple(
            Check(name, unit, UGANDA_WORLD, measure, rule, observed, facts)
            for name, unit, measure, rule, observed, facts in checks
        ),
    )
