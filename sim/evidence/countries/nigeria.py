"""Nigeria 2021: an executive block."""

from __future__ import annotations

import datetime as dt
import math

from sim.evidence import readings as read
from sim.evidence.facts import Fact
from sim.evidence.patterns import Check, Pattern, World, evidence
from sim.evidence.persons import reaching_by_vpn, still_reaching
from sim.evidence.rules import Rule, at_least, factor, near

NIGERIA = "cases/nigeria_twitter_2021"
NIGERIA_WORLD = World("nigeria-2021")

NIGERIAN_BLOCK = dt.date(2021, 6, 4)
NIGERIAN_OPERATORS = ("MTN", "Airtel", "Glo", "9mobile")
SAMPLING_FACTOR = 2.0
"""How much wider than by chance alone a panel of volunteers is taken to err."""


EVE = (NIGERIAN_BLOCK - dt.timedelta(days=14), NIGERIAN_BLOCK - dt.timedelta(days=1))
MONTH = (dt.date(2021, 11, 1), dt.date(2021, 11, 8))
"""Time of the panel's survey, five months into the block."""


def nigeria_users() -> Pattern:
    """Who holds the network, who reaches it and how, and who carried out the order."""
    reach, by_vpn, mobile, vpn = evidence(
        NIGERIA,
        "2021-11 | Twitter users | still_reach_twitter",
        "2021-11 | Twitter users | reachers_who_need_vpn",
        "2021-06-04 | national mobile operators | blocking_by_midnight",
        "2021-06 | ExpressVPN | web_traffic_change",
    )
    holders = read.holders_ratio("Twitter", EVE, MONTH)
    panel = near(reach.number(), _error(reach.number(), 620), "panel of 620 users, twice the sampling error")
    half = near(by_vpn.number(), _error(by_vpn.number(), 310), "310 users of the panel, twice the sampling error")
    rise = 1.0 + vpn.number() / 100.0
    return Pattern(
        "nigeria-2021-users",
        "Half remain after five months of a block, and mobile users are cut off at once",
        "shown",
        (
            _nigerian(
                "Twitter holders at five months, of those before",
                "percent",
                lambda run: 100.0 * holders(run),
                panel,
                reach.number(),
                (reach,),
            ),
            _nigerian(
                "holders who reach Twitter at five months, of holders before",
                "percent",
                still_reaching("Twitter", EVE[1], MONTH[1]),
                panel,
                reach.number(),
                (reach,),
            ),
            _nigerian(
                "of these, by VPN",
                "percent",
                reaching_by_vpn("Twitter", EVE[1], MONTH[1]),
                half,
                by_vpn.number(),
                (by_vpn,),
            ),
            _nigerian(
                "mobile operators that block on the day after the order",
                "share",
                read.hampering_isps("Twitter", NIGERIAN_OPERATORS, NIGERIAN_BLOCK + dt.timedelta(days=1)),
                at_least(mobile.number(), "all four, within six hours"),
                mobile.number(),
                (mobile,),
            ),
            _nigerian(
                "people with a VPN, weeks after over before",
                "times",
                read.society_ratio("vpn", EVE, (dt.date(2021, 6, 11), dt.date(2021, 6, 30))),
                factor(rise, 2.0),
                rise,
                (vpn,),
            ),
        ),
    )


def nigeria_company() -> Pattern:
    """How long the company holds out."""
    (days,) = evidence(NIGERIA, "2022-01-13 | Twitter | days_from_block_to_lifting")
    settled = _nigerian(
        "days from the block to the company's settlement",
        "days",
        read.days_to_yield("Twitter", NIGERIAN_BLOCK),
        factor(days.number(), 2.0),
        days.number(),
        (days,),
    )
    return Pattern("nigeria-2021-company", "Blocked, the company settles after months", "shown", (settled,))


def _nigerian(
    name: str, unit: str, measure: read.Reading, rule: Rule, observed: float, facts: tuple[Fact, ...]
) -> Check:
    return Check(name, unit, NIGERIA_WORLD, measure, rule, observed, facts)


def _error(percent: float, people: int) -> float:
    """Sampling error of a percentage at 95 %, times the factor of a panel of volunteers."""
    share = percent / 100.0
    return SAMPLING_FACTOR * 100.0 * 1.96 * math.sqrt(share * (1.0 - share) / people)
