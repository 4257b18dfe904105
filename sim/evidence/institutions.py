"""Patterns of companies, police, regulators and ISPs in Hong Kong: P1 to P6, P11, P12, and P16 from Turkey.

Companies and police are fitted on P1 to P4; P16 is told with assumed sanctions; the others are held out.
"""

from __future__ import annotations

import datetime as dt
import math

from sim.evidence import readings as read
from sim.evidence.countries.turkey import hold_outs_at_ban, yielding_by_ban
from sim.evidence.facts import Fact
from sim.evidence.hong_kong import (
    AUTONOMY_LOST,
    BIG_FOUR,
    EVE,
    EVENTS,
    HALF_YEARS,
    ISP,
    LAW,
    MARKET,
    PAUSING,
    PLATFORM_YEARS_WITHOUT_BLOCK,
    TRANSPARENCY,
    check,
)
from sim.evidence.patterns import Check, Pattern, evidence
from sim.evidence.rules import at_least, at_most, binomial, factor, near, poisson


def institution_patterns() -> tuple[Pattern, ...]:
    """P1 to P6, P11, P12, P16."""
    return (
        _clustering(),
        _silence(),
        _production(),
        _demand(),
        _persistence(),
        _tencent(),
        _isps(),
        _blocks(),
        _turkey(),
    )


def _clustering() -> Pattern:
    keys = [f"2020-07-07 | {name} | data_request_pause_announced" for name in ("Microsoft", "Zoom", "LinkedIn")]
    keys += [f"2020-07-06 | {name} | data_request_pause_announced" for name in ("Telegram", "Facebook")]
    keys += [f"2020-07-01 | {name} | data_request_pause_start" for name in ("Google", "Twitter")]
    known = evidence(EVENTS, *keys)
    measure = read.largest_cluster(PAUSING, LAW, window=3, until=10)
    rule = at_least(6.0, "6 of 7 within three days that end by day 10")
    one = check("announcements within 3 days", "companies", measure, rule, float(len(known)), known)
    return Pattern("P1", "Announcements of pauses cluster in days", "fit", (one,))


def _silence() -> Pattern:
    known = evidence(
        EVENTS, "2020-07-01 | Google | data_request_pause_start", "2020-07-01 | Twitter | data_request_pause_start"
    )
    rule = at_least(2.0, "at least two companies stop before they say so")
    one = check("companies with a silent pause", "companies", read.silent_companies(PAUSING, LAW), rule, 2.0, known)
    return Pattern("P2", "Decisions precede announcements", "fit", (one,))


def _production() -> Pattern:
    (answered,) = evidence(TRANSPARENCY, "2020H2 | Google | requests_with_some_data_count")
    checks = (
        _produced("Meta", "Facebook/Meta", "2020H2"),
        _produced("Meta", "Facebook/Meta", "2021H1"),
        _produced("Google", "Google", "2020H2", answered),
        _produced("Google", "Google", "2021H1"),
    )
    return Pattern("P3", "Production of data falls to nothing, but for emergencies", "fit", checks)


def _produced(company: str, entity: str, half: str, answered: Fact | None = None) -> Check:
    """A share that was reported as such, or the count of requests that brought data over those received."""
    received = _received_facts(entity, half)
    total = sum(one.number() for one in received)
    (share,) = evidence(TRANSPARENCY, f"{half} | {entity} | pct_some_data_produced")
    count = answered.number() if answered else round(total * share.number() / 100.0)
    known = (*received, answered or share)
    measure = read.produced_share(company, *HALF_YEARS[half])
    return check(f"{company} {half}", "share", measure, binomial(count, total), count / total, known)


def _received_facts(entity: str, half: str) -> tuple[Fact, ...]:
    """Requests of all types; Google counts emergencies apart, in the half-years in which it had any."""
    keys = [f"{half} | {entity} | user_data_requests"]
    if (entity, half) == ("Google", "2020H2"):
        keys.append(f"{half} | {entity} | emergency_disclosure_requests")
    return evidence(TRANSPARENCY, *keys)


def _demand() -> Pattern:
    reported = [("Meta", "Facebook/Meta", half) for half in ("2020H2", "2021H1")]
    reported += [("Google", "Google", half) for half in HALF_YEARS]
    checks = []
    for company, entity, half in reported:
        known = _received_facts(entity, half)
        count = sum(one.number() for one in known)
        measure = read.received(company, *HALF_YEARS[half])
        checks.append(check(f"{company} {half}", "requests", measure, poisson(count), count, known))
    return Pattern(
        "P4", "Police go on asking where the answer is 'not now', and stop where it is 'never'", "fit", tuple(checks)
    )


def _persistence() -> Pattern:
    still = evidence(EVENTS, "2021-06-08 | Facebook | data_request_policy_status")
    final = evidence(EVENTS, "2020-08-14 | Google | policy_change")
    assert final[0].start is not None
    days = float((final[0].start - LAW).days)
    resumed = check(
        "resumptions per company-year",
        "1/year",
        read.resumptions_per_year(PAUSING),
        at_most(0.1, "none of seven in two years or more"),
        0.0,
        still,
    )
    treaty = check(
        "first turn to mutual legal assistance",
        "days",
        read.days_to_stance(PAUSING, "mlat", LAW),
        factor(days, 3.0),
        days,
        final,
    )
    return Pattern("P5", "Pauses last; one company makes its pause final", "holdout", (resumed, treaty))


def _tencent() -> Pattern:
    panel = evidence(
        MARKET,
        "2019 | WeChat | weekly_use_any_purpose_online_adults",
        "2022-01 | WeChat | monthly_use_internet_users_16_64",
    )
    change = panel[1].number() - panel[0].number()
    stance = check(
        "changes of Tencent's stance",
        "changes",
        read.stance_changes("Tencent"),
        at_most(0.0, "no pause is known"),
        math.nan,
        (),
    )
    share = check(
        "change of WeChat's share in two years",
        "points",
        read.share_change("WeChat", EVE, dt.date(2022, 6, 30)),
        near(0.0, 2.0, "panels differ by a point"),
        change,
        panel,
    )
    return Pattern("P6", "Tencent and WeChat do not change", "holdout", (stance, share))


def _isps() -> Pattern:
    known = evidence(
        EVENTS, "2021-01-06 | HKChronicles | isp_block_first_reported", "2021-01-14 | HKBN | isp_block_admission"
    )
    collateral = evidence(ISP, "2021-01 | HKChronicles | collateral_same_ip_sites")
    assert known[0].start is not None
    assert known[1].start is not None
    days = float((known[1].start - known[0].start).days)
    return Pattern(
        "P11",
        "Website blocks reach the large ISPs within days, and hit other sites",
        "holdout",
        (
            check(
                "slowest of the four large ISPs",
                "days",
                read.site_block_lag(BIG_FOUR),
                at_most(days, "from the first report to the first admission"),
                days,
                known,
            ),
            check(
                "users behind ISPs that block",
                "share",
                read.site_block_coverage(),
                at_least(0.95, "few ISPs stay open"),
                math.nan,
                known[:1],
            ),
            check(
                "co-hosted sites hit",
                "share",
                read.over_blocking(),
                at_least(1e-9, "reported, uncounted"),
                math.nan,
                collateral,
            ),
        ),
    )


def _blocks() -> Pattern:
    known = evidence(EVENTS, "2024-03-06 | Justice Secretary | platform_ban_rejected")
    measure = read.blocks_per_platform_year()
    return Pattern(
        "P12",
        "No large platform is blocked while the city's autonomy lasts",
        "holdout",
        (
            check(
                "blocks as things are",
                "1/platform-year",
                measure,
                at_most(3.0 / PLATFORM_YEARS_WITHOUT_BLOCK, "rule of three: none in 40 platform-years"),
                0.0,
                known,
            ),
            check(
                "blocks without autonomy",
                "1/platform-year",
                measure,
                at_least(1e-9, "blocks appear as autonomy goes"),
                math.nan,
                (),
                AUTONOMY_LOST,
            ),
        ),
    )


def _turkey() -> Pattern:
    return Pattern(
        "P16",
        "In Turkey most yield by the advertising ban, and one at least holds out to it",
        "shown",
        (yielding_by_ban(), hold_outs_at_ban()),
    )
