"""Hong Kong 2020 to 2022: calendar, actors and worlds of its patterns."""

from __future__ import annotations

import datetime as dt

from sim.evidence.facts import Fact
from sim.evidence.patterns import Check, World
from sim.evidence.readings import Reading
from sim.evidence.rules import Rule

EVENTS = "hong-kong-2020/events"
TRANSPARENCY = "hong-kong-2020/transparency"
MIGRATION = "hong-kong-2020/migration"
MARKET = "hong-kong-2020/market"
ISP = "hong-kong-2020/isp"
WAVE = "cases/whatsapp_policy_2021"
GERMANY = "cases/germany_messengers_2019_2021"

REFERENCE = World("hong-kong-2020")
AUTONOMY_LOST = World("autonomy-lost")
BLOCK = "whatsapp-blocked-90-days"

LAW = dt.date(2020, 6, 30)
SETTLED = LAW + dt.timedelta(days=180)
EVE = LAW - dt.timedelta(days=1)
PAUSING = ("Google", "Twitter", "Telegram", "Meta", "Microsoft", "Zoom", "LinkedIn")
"""Companies that are known to have paused; Signal held no data, TikTok left, Apple went on."""
BIG_FOUR = ("HKT", "HKBN", "China Mobile HK", "SmarTone")
HALF_YEARS = {
    "2020H2": (dt.date(2020, 7, 1), dt.date(2020, 12, 31)),
    "2021H1": (dt.date(2021, 1, 1), dt.date(2021, 6, 30)),
    "2021H2": (dt.date(2021, 7, 1), dt.date(2021, 12, 31)),
    "2022H1": (dt.date(2022, 1, 1), dt.date(2022, 6, 30)),
}
WAVE_MONTHS = ((dt.date(2021, 1, 1), dt.date(2021, 1, 31)), (dt.date(2021, 2, 1), dt.date(2021, 2, 28)))
PLATFORM_YEARS_WITHOUT_BLOCK = 40.0
"""Nine major platforms over four and a half years without a block."""


def check(
    name: str,
    unit: str,
    measure: Reading,
    rule: Rule,
    observed: float,
    facts: tuple[Fact, ...],
    world: World = REFERENCE,
) -> Check:
    """A check of the reference world, unless another is named."""
    return Check(name, unit, world, measure, rule, observed, facts)
