"""Korea 2014: surveillance is announced."""

from __future__ import annotations

import datetime as dt

from sim.evidence import readings as read
from sim.evidence.facts import Fact
from sim.evidence.patterns import Check, Pattern, World, evidence
from sim.evidence.persons import newcomers_with_both
from sim.evidence.rules import Rule, at_least, factor, within

KOREA = "cases/korea_kakao_2014"
KOREA_WORLD = World("korea-2014")

KOREAN_LAW = dt.date(2014, 9, 18)
"""Announcement of the prosecutors, first of the two days that the sources allow."""


def korea_users() -> Pattern:
    """What two panels saw of Telegram and KakaoTalk, week over week."""
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
        "shown",
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
                "newcomers who keep KakaoTalk, as the panel's net changes say",
                "percent",
                keeping,
                at_least(both[0].number(), "as derived"),
                both[0].number(),
                both,
            ),
            _korean(
                "newcomers who hold both, person by person",
                "percent",
                newcomers_with_both("KakaoTalk", "Telegram", before[0], after[1]),
                at_least(50.0, "most"),
                both[0].number(),
                both,
            ),
        ),
    )


def korea_company() -> Pattern:
    """Turns of the company between answering and not answering."""
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
    return Pattern("korea-2014-company", "Kakao stops, resumes and stops again", "shown", tuple(checks))


def _korean(name: str, unit: str, measure: read.Reading, rule: Rule, observed: float, facts: tuple[Fact, ...]) -> Check:
    return Check(name, unit, KOREA_WORLD, measure, rule, observed, facts)


def _growth(one: Fact) -> float:
    assert one.value_to is not None
    return one.value_to / one.number()
