"""Patterns of users: P7 to P10, P13 to P15.

Users are fitted on P7 to P9; P9 is the German survey, in a scenario of its own that is run before Hong Kong. The weight
of fear in speech is set on the fact that P14 starts from, so P14 is no test of it;
the way back to an app that is open again was changed with P15 in view, so P15 is none of that.
"""

from __future__ import annotations

import datetime as dt
import math

from sim.evidence import readings as read
from sim.evidence.countries.germany import GERMANY_WORLD, german_share
from sim.evidence.facts import Fact
from sim.evidence.hong_kong import BLOCK, EVE, GERMANY, LAW, MIGRATION, SETTLED, WAVE, WAVE_MONTHS, check
from sim.evidence.patterns import Pattern, World, evidence
from sim.evidence.persons import RECENT, adopters_together, adoption_after_a_contact, excess_left
from sim.evidence.rules import at_least, at_most, factor, within


def user_patterns() -> tuple[Pattern, ...]:
    """P7 to P10, P13 to P15."""
    return (_spike(), _decay(), _germany(), _multi_homing(), _after_contacts(), _speech(), _hysteresis())


def _spike() -> Pattern:
    weeks = evidence(WAVE, "2021-01-05/2021-01-12 | Signal | downloads_ratio_to_week_before")
    months = evidence(
        MIGRATION, "2018-07 | Telegram | new_installs_hong_kong", "2019-07 | Telegram | new_installs_hong_kong"
    )
    changes = evidence(
        GERMANY, *(f"2019-12 -> 2021-08 | {app} | change_of_share" for app in ("Telegram", "Signal", "WhatsApp"))
    )
    may = (dt.date(2020, 5, 1), dt.date(2020, 5, 20))
    checks = [
        check(
            "Signal installs, first week over a quiet week",
            "times",
            read.installs_ratio("Signal", may, (LAW + dt.timedelta(days=6), LAW + dt.timedelta(days=12))),
            within(20.0, 100.0, "rank 1 in the stores; the wave of 2021 had 61-62"),
            weeks[0].number(),
            weeks,
        ),
        check(
            "Telegram installs, July over a quiet month",
            "times",
            read.installs_ratio("Telegram", may, (dt.date(2020, 7, 1), dt.date(2020, 7, 31))),
            within(2.0, 5.0, "4.2 in the summer of 2019"),
            months[1].number() / months[0].number(),
            months,
        ),
    ]
    bands = {"Telegram": (1.0, 5.0), "Signal": (1.0, 5.0), "WhatsApp": (-3.0, 0.0)}
    for known, (app, (low, high)) in zip(changes, bands.items(), strict=True):
        measure, rule = read.share_change(app, EVE, SETTLED), within(low, high, "below the change of a larger shock")
        checks.append(check(f"{app} after 180 days", "points", measure, rule, known.number(), (known,)))
    return Pattern("P7", "Installs leap, shares move by points", "fit", tuple(checks))


def _decay() -> Pattern:
    known = evidence(WAVE, "2021-01 | Signal | downloads_in_month", "2021-02 | Signal | downloads_in_month")
    measure = read.installs_ratio("Signal", *WAVE_MONTHS)
    observed = _per_day(known[1]) / _per_day(known[0])
    rule = within(0.1, 0.3, "0.14 in the world, 0.3 where attention lasts longest")
    return Pattern(
        "P8",
        "A wave of installs decays within a month",
        "fit",
        (check("Signal installs per day, February over January 2021", "ratio", measure, rule, observed, known),),
    )


def _germany() -> Pattern:
    shares = [german_share(app, tolerance=1.0) for app in ("WhatsApp", "Telegram", "Facebook Messenger", "Signal")]
    weeks = evidence(WAVE, "2021-01-05/2021-01-12 | Signal | downloads_ratio_to_week_before")
    months = evidence(WAVE, "2021-01 | Signal | downloads_in_month", "2021-02 | Signal | downloads_in_month")
    week = read.installs_ratio(
        "Signal", (dt.date(2020, 12, 29), dt.date(2021, 1, 4)), (dt.date(2021, 1, 6), dt.date(2021, 1, 12))
    )
    month = read.installs_ratio("Signal", *WAVE_MONTHS)
    return Pattern(
        "P9",
        "The wave of January 2021 leaves the shares of the German survey",
        "fit",
        (
            *shares,
            check(
                "Signal installs, week over week before",
                "times",
                week,
                factor(weeks[0].number(), 2.0),
                weeks[0].number(),
                weeks,
                GERMANY_WORLD,
            ),
            check(
                "Signal installs per day, February over January",
                "ratio",
                month,
                within(0.1, 0.3, "as P8"),
                _per_day(months[1]) / _per_day(months[0]),
                months,
                GERMANY_WORLD,
            ),
        ),
    )


def _multi_homing() -> Pattern:
    known = evidence(GERMANY, "2019-12 | users | two_or_more_services", "2021-08 | users | two_or_more_services")
    measure = read.society_change("multi_homing", EVE, SETTLED)
    observed = known[1].number() - known[0].number()
    one = check(
        "people with two apps or more, after 180 days",
        "points",
        measure,
        at_least(0.0, "newcomers keep what they have"),
        observed,
        known,
    )
    return Pattern("P10", "Second apps are added, not swapped", "holdout", (one,))


def _after_contacts() -> Pattern:
    period = (LAW, LAW + dt.timedelta(days=60))
    return Pattern(
        "P13",
        "People adopt just after a contact does, and the pull fades within a week or two",
        "holdout",
        (
            check(
                "hazard of taking up Signal 1-2 days after a contact did, over none in two weeks",
                "times",
                adoption_after_a_contact("Signal", *period, RECENT),
                at_least(1.0, "contacts' adoptions pull"),
                math.nan,
                (),
            ),
            check(
                "share of that excess left after 8-14 days",
                "share",
                excess_left("Signal", *period),
                at_most(0.5, "the pull is gone within a week in studies of migration; half of it must be"),
                math.nan,
                (),
            ),
            check(
                "adopters among adopters' contacts, over all",
                "times",
                adopters_together("Signal", *period),
                at_least(1.0, "adopters are one another's contacts"),
                math.nan,
                (),
            ),
        ),
    )


def _speech() -> Pattern:
    known = evidence(MIGRATION, "2020-07/.. | Twitter HK users | more_likely_to_have_deleted_tweets_than_control")
    before, after = (dt.date(2020, 5, 1), dt.date(2020, 5, 20)), (LAW, LAW + dt.timedelta(days=29))
    return Pattern(
        "P14",
        "People delete posts, and fewer and fewer speak",
        "fit",
        (
            check(
                "deletions, 30 days over a quiet month",
                "times",
                read.society_ratio("deletions", before, after),
                within(2.0, 4.0, "range of the estimate, 3.47 in the middle"),
                1.0 + known[0].number() / 100.0,
                known,
            ),
            check(
                "people who speak, day 180 over day 30",
                "points",
                read.society_change("speaking", LAW + dt.timedelta(days=30), SETTLED),
                at_most(0.0, "it keeps falling"),
                math.nan,
                known,
            ),
        ),
    )


def _hysteresis() -> Pattern:
    eve, later = dt.date(2020, 7, 31), dt.date(2021, 10, 30)
    measure = read.share_change("WhatsApp", eve, later)
    weak, strong = (World(BLOCK, (f"population.gamma={gamma}",)) for gamma in (0.0, 6.0))
    return Pattern(
        "P15",
        "A blocked network comes back only if contacts weigh little",
        "fit",
        (
            check(
                "WhatsApp a year after a block, contacts weigh nothing",
                "points",
                measure,
                at_least(-2.0, "back within two points"),
                math.nan,
                (),
                weak,
            ),
            check(
                "WhatsApp a year after a block, contacts weigh much",
                "points",
                measure,
                at_most(-2.0, "not back within two points"),
                math.nan,
                (),
                strong,
            ),
        ),
    )


def _per_day(one: Fact) -> float:
    """A total per day of its period."""
    assert one.start is not None
    assert one.end is not None
    return one.number() / ((one.end - one.start).days + 1)
