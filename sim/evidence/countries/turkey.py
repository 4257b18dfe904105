"""Turkey 2020 to 2021: a ladder."""

from __future__ import annotations

import datetime as dt

from sim.evidence import readings as read
from sim.evidence.patterns import Check, Pattern, World, evidence
from sim.evidence.rules import at_least, factor

TURKEY = "cases/turkey_twitter_2014_law_2020"
TURKEY_WORLD = World("turkey-2020")

TURKISH_LAW = dt.date(2020, 10, 1)
ADVERT_BAN = dt.date(2021, 1, 19)
TURKISH_COMPANIES = ("Google", "TikTok", "VK", "Dailymotion", "LinkedIn", "Facebook", "Twitter", "Pinterest")
"""Companies of the Turkish episode; Google is asked for YouTube, Twitter for Periscope too."""


def yielding_by_ban() -> Check:
    """Share of companies that name a representative by the day of the advertising ban."""
    known = evidence(
        TURKEY,
        "2020-12/2021-01 | five platforms | complied_before_advert_ban",
        "2021-01-18 | Facebook | days_from_law_to_representative",
    )
    observed = (known[0].number() + 1.0) / len(TURKISH_COMPANIES)
    return Check(
        "companies that yield by the ban",
        "share",
        TURKEY_WORLD,
        read.yielded_share(TURKISH_COMPANIES, ADVERT_BAN),
        at_least(0.5, "most"),
        observed,
        known,
    )


def hold_outs_at_ban() -> Check:
    """Companies that have not yielded when the advertising ban comes."""
    known = evidence(TURKEY, "2021-01-19 | Twitter, Periscope and Pinterest | days_from_law_to_advert_ban")
    eve, total = ADVERT_BAN - dt.timedelta(days=1), len(TURKISH_COMPANIES)
    share = read.yielded_share(TURKISH_COMPANIES, eve)
    return Check(
        "companies that hold out to the ban",
        "companies",
        TURKEY_WORLD,
        lambda run: total * (1.0 - share(run)),
        at_least(1.0, "one at least"),
        2.0,
        known,
    )


def turkey() -> Pattern:
    """Who yields by which rung."""
    twitter, facebook = evidence(
        TURKEY,
        "2021-03 | Twitter | days_from_advert_ban_to_legal_entity",
        "2021-01-18 | Facebook | days_from_law_to_representative",
    )
    return Pattern(
        "turkey-2020",
        "Who yields, and when",
        "shown",
        (
            yielding_by_ban(),
            hold_outs_at_ban(),
            Check(
                "days from the ban to Twitter's legal entity",
                "days",
                TURKEY_WORLD,
                read.days_to_yield("Twitter", ADVERT_BAN),
                factor(twitter.number(), 2.0),
                twitter.number(),
                (twitter,),
            ),
            Check(
                "days from the law to Facebook's representative",
                "days",
                TURKEY_WORLD,
                read.days_to_yield("Facebook", TURKISH_LAW),
                factor(facebook.number(), 2.0),
                facebook.number(),
                (facebook,),
            ),
        ),
    )
