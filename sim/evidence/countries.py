"""Patterns of other countries. Behaviour is that of Hong Kong, unchanged; only shock, market, demands and ISPs differ.

All are held out but the German survey, on which users are fitted. The names of platforms, companies and ISPs are those
that the scenario files of these countries use.
"""

from __future__ import annotations

import datetime as dt
import math

from sim.evidence import readings as read
from sim.evidence.facts import Fact
from sim.evidence.patterns import Check, Pattern, World, evidence
from sim.evidence.rules import Rule, at_least, at_most, factor, near, within

GERMANY = "cases/germany_messengers_2019_2021"
KOREA = "cases/korea_kakao_2014"
NIGERIA = "cases/nigeria_twitter_2021"
TURKEY = "cases/turkey_twitter_2014_law_2020"
INDONESIA = "cases/indonesia_pse_2022"
VIETNAM = "cases/vietnam_facebook_2020"

GERMANY_WORLD = World("germany-2021")
KOREA_WORLD = World("korea-2014")
NIGERIA_WORLD = World("nigeria-2021")
TURKEY_WORLD = World("turkey-2020")
INDONESIA_WORLD = World("indonesia-2022")
VIETNAM_WORLD = World("vietnam-2020")

SURVEY = dt.date(2021, 8, 15)
"""Middle of the survey of August 2021."""
NOTICE = dt.date(2021, 1, 6)
"""Notice of WhatsApp's terms."""
KOREAN_LAW = dt.date(2014, 9, 18)
"""Announcement of the prosecutors, first of the two days that the sources allow."""
NIGERIAN_BLOCK = dt.date(2021, 6, 4)
NIGERIAN_OPERATORS = ("MTN", "Airtel", "Glo", "9mobile")
TURKISH_LAW = dt.date(2020, 10, 1)
ADVERT_BAN = dt.date(2021, 1, 19)
TURKISH_COMPANIES = ("Google", "TikTok", "VK", "Dailymotion", "LinkedIn", "Facebook", "Twitter", "Pinterest")
"""Companies of the Turkish episode; Google is asked for YouTube, Twitter for Periscope too."""
INDONESIAN_BLOCK = dt.date(2022, 7, 30)
VIETNAMESE_THROTTLE = dt.date(2020, 2, 15)
"""Middle of the month in which the state carriers took the caches offline."""
STATE_CARRIERS = ("Viettel", "VNPT")
SAMPLING_FACTOR = 2.0
"""How much wider than by chance alone a panel of volunteers is taken to err."""


def country_patterns() -> tuple[Pattern, ...]:
    """Germany, Korea, Nigeria, Turkey, Indonesia, Vietnam."""
    return (_germany(), _korea_users(), _korea_company(), _nigeria(), _turkey(), _indonesia(), _vietnam())


# Germany 2021: new terms of service


def german_share(app: str, *, tolerance: float) -> Check:
    """The share of an app in the survey of August 2021, within some points."""
    (known,) = evidence(GERMANY, f"2021-08 | {app} | share_of_messenger_users")
    rule = near(known.number(), tolerance, "survey of 1906 users")
    return Check(f"{app} share", "percent", GERMANY_WORLD, read.share(app, SURVEY), rule, known.number(), (known,))


def _germany() -> Pattern:
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


# Korea 2014: announcement of surveillance


def _korea_users() -> Pattern:
    telegram = evidence(
        KOREA,
        "2014-09-24/2014-09-30 -> 2014-10-01/2014-10-07 | Telegram | weekly_users",
        "2014-09-28/2014-10-04 -> 2014-10-05/2014-10-11 | Telegram | weekly_users_second_panel",
    )
    kakao = evidence(
        KOREA,
        "2014-09-24/2014-09-30 -> 2014-10-01/2014-10-07 | KakaoTalk | weekly_users",
        "2014-09-14/2014-10-11 | KakaoTalk | weekly_users_lost",
        "2014-10-05/2014-10-11 | KakaoTalk | weekly_users_second_panel",
    )
    both = evidence(KOREA, "2014-10-05/2014-10-11 | Telegram | newcomers_keeping_kakaotalk")
    growth = sorted(_growth(one) for one in telegram)
    losses = sorted((100.0 * (1.0 - _growth(kakao[0])), 100.0 * kakao[1].number() / kakao[2].number()))
    before, after = (dt.date(2014, 9, 24), dt.date(2014, 9, 30)), (dt.date(2014, 10, 1), dt.date(2014, 10, 7))
    kept = read.holders_ratio("KakaoTalk", before, after)
    gained = read.holders_ratio("Telegram", before, after)
    keeping = read.newcomers_keeping("KakaoTalk", "Telegram", after[1], before[0])
    return Pattern(
        "korea-2014-users",
        "Telegram nearly doubles in a week, and newcomers keep KakaoTalk",
        "holdout",
        (
            _korean(
                "Telegram, week over week",
                "times",
                gained,
                within(growth[0], growth[1], "two panels"),
                sum(growth) / 2,
                telegram,
            ),
            _korean(
                "KakaoTalk lost in a week",
                "percent",
                lambda run: 100.0 * (1.0 - kept(run)),
                within(losses[0], losses[1], "two panels"),
                sum(losses) / 2,
                kakao,
            ),
            _korean(
                "newcomers who keep KakaoTalk",
                "percent",
                keeping,
                at_least(both[0].number(), "as derived"),
                both[0].number(),
                both,
            ),
        ),
    )


def _korea_company() -> Pattern:
    known = evidence(
        KOREA,
        "2014-10-13 | KakaoTalk | days_from_announcement_to_refusal",
        "2015-10-06 | KakaoTalk | days_from_refusal_to_resumption",
        "2016-10-14 | KakaoTalk | days_from_resumption_to_second_refusal",
    )
    names = ("from the announcement to the stop", "from the stop to resuming", "from resuming to the second stop")
    checks = [
        _korean(
            f"days {name}",
            "days",
            read.days_between_turns("Kakao", turn, KOREAN_LAW),
            factor(one.number(), 2.0),
            one.number(),
            (one,),
        )
        for turn, (name, one) in enumerate(zip(names, known, strict=True), start=1)
    ]
    return Pattern("korea-2014-company", "Kakao stops, resumes and stops again", "holdout", tuple(checks))


def _korean(name: str, unit: str, measure: read.Reading, rule: Rule, observed: float, facts: tuple[Fact, ...]) -> Check:
    return Check(name, unit, KOREA_WORLD, measure, rule, observed, facts)


def _growth(one: Fact) -> float:
    assert one.value_to is not None
    return one.value_to / one.number()


# Nigeria 2021: an executive block


def _nigeria() -> Pattern:
    reach, mobile, days, vpn = evidence(
        NIGERIA,
        "2021-11 | Twitter users | still_reach_twitter",
        "2021-06-04 | national mobile operators | blocking_by_midnight",
        "2022-01-13 | Twitter | days_from_block_to_lifting",
        "2021-06 | ExpressVPN | web_traffic_change",
    )
    eve = (NIGERIAN_BLOCK - dt.timedelta(days=14), NIGERIAN_BLOCK - dt.timedelta(days=1))
    month, week = (dt.date(2021, 11, 1), dt.date(2021, 11, 8)), (dt.date(2021, 6, 11), dt.date(2021, 6, 30))
    holders = read.holders_ratio("Twitter", eve, month)
    error = SAMPLING_FACTOR * 100.0 * 1.96 * math.sqrt(0.25 / 620)
    return Pattern(
        "nigeria-2021",
        "Half remain after five months of a block, most mobile users are cut off at once",
        "holdout",
        (
            Check(
                "Twitter holders at five months, of those before",
                "percent",
                NIGERIA_WORLD,
                lambda run: 100.0 * holders(run),
                near(reach.number(), error, "panel of 620 users, twice the sampling error"),
                reach.number(),
                (reach,),
            ),
            Check(
                "mobile operators that block on the day after the order",
                "share",
                NIGERIA_WORLD,
                read.hampering_isps("Twitter", NIGERIAN_OPERATORS, NIGERIAN_BLOCK + dt.timedelta(days=1)),
                at_least(mobile.number(), "all four, within six hours"),
                mobile.number(),
                (mobile,),
            ),
            Check(
                "days from the block to the company's settlement",
                "days",
                NIGERIA_WORLD,
                read.days_to_yield("Twitter", NIGERIAN_BLOCK),
                factor(days.number(), 2.0),
                days.number(),
                (days,),
            ),
            Check(
                "people with a VPN, weeks after over before",
                "times",
                NIGERIA_WORLD,
                read.society_ratio("vpn", eve, week),
                factor(1.0 + vpn.number() / 100.0, 2.0),
                1.0 + vpn.number() / 100.0,
                (vpn,),
            ),
        ),
    )


# Turkey 2020 to 2021: a ladder


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
    share, total = read.yielded_share(TURKISH_COMPANIES, ADVERT_BAN), len(TURKISH_COMPANIES)
    return Check(
        "companies that hold out to the ban",
        "companies",
        TURKEY_WORLD,
        lambda run: total * (1.0 - share(run)),
        at_least(1.0, "one at least"),
        2.0,
        known,
    )


def _turkey() -> Pattern:
    twitter, facebook = evidence(
        TURKEY,
        "2021-03 | Twitter | days_from_advert_ban_to_legal_entity",
        "2021-01-18 | Facebook | days_from_law_to_representative",
    )
    return Pattern(
        "turkey-2020",
        "Who yields, and when",
        "holdout",
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


# Indonesia 2022: registration, and a short block


def _indonesia() -> Pattern:
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


# Vietnam 2020: throttling until compliance


def _vietnam() -> Pattern:
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
        "holdout",
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
