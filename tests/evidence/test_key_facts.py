"""The facts on which patterns, scenarios and figures rest, with their values; and the arithmetic between tables."""

import pandas as pd
import pytest

from sim.evidence.facts import evidence_folder, fact

HK, CASES = "hong-kong-2020", "cases"
TURKEY = f"{CASES}/turkey-2020/facts"
KEY_FACTS = [
    (f"{HK}/transparency", "2019H2 | Facebook/Meta | user_data_requests", 241),
    (f"{HK}/transparency", "2020H1 | Facebook/Meta | user_data_requests", 262),
    (f"{HK}/transparency", "2020H2 | Facebook/Meta | user_data_requests", 202),
    (f"{HK}/transparency", "2021H1 | Facebook/Meta | user_data_requests", 152),
    (f"{HK}/transparency", "2020H1 | Facebook/Meta | pct_some_data_produced", 24),
    (f"{HK}/transparency", "2020H2 | Facebook/Meta | pct_some_data_produced", 0),
    (f"{HK}/transparency", "2021H1 | Facebook/Meta | pct_some_data_produced", 0),
    (f"{HK}/transparency", "2020H1 | Google | user_data_requests", 135),
    (f"{HK}/transparency", "2020H2 | Google | user_data_requests", 42),
    (f"{HK}/transparency", "2021H1 | Google | user_data_requests", 7),
    (f"{HK}/transparency", "2021H2 | Google | user_data_requests", 3),
    (f"{HK}/transparency", "2022H1 | Google | user_data_requests", 9),
    (f"{HK}/transparency", "2022H2 | Google | user_data_requests", 11),
    (f"{HK}/transparency", "2020H2 | Google | requests_with_some_data_count", 3),
    (f"{HK}/transparency", "2020H2 | Google | pct_some_data_produced", 5),
    (f"{HK}/transparency", "2019H2/2020H1 | Twitter | user_data_requests", 13),
    (f"{HK}/migration", "2018-07 | Telegram | new_installs_hong_kong", 26_000),
    (f"{HK}/migration", "2019-07 | Telegram | new_installs_hong_kong", 110_000),
    (f"{HK}/migration", "2020-07/.. | Twitter HK users | more_likely_to_have_deleted_tweets_than_control", 247),
    (f"{HK}/market", "2022-01 | WeChat | monthly_use_internet_users_16_64", 55.2),
    (f"{HK}/market", "2019 | WhatsApp | weekly_use_any_purpose_online_adults", 85.4),
    (f"{HK}/market", "2021-06 | Hong Kong | population_census", 7_413_070),
    (f"{HK}/enforcement", "2021-06-30 | HK Police | nsl_arrests_cumulative", 117),
    (f"{HK}/isp", "2020-06-30 | HKBN | residential_broadband_share", 35.2),
    (f"{CASES}/germany_messengers_2019_2021", "2019-12 | Signal | share_of_messenger_users", 4),
    (f"{CASES}/germany_messengers_2019_2021", "2021-08 | WhatsApp | share_of_messenger_users", 93),
    (f"{CASES}/germany_messengers_2019_2021", "2021-08 | Telegram | share_of_messenger_users", 16),
    (f"{CASES}/germany_messengers_2019_2021", "2021-08 | Facebook Messenger | share_of_messenger_users", 39),
    (f"{CASES}/germany_messengers_2019_2021", "2021-08 | Signal | share_of_messenger_users", 13),
    (f"{CASES}/germany_messengers_2019_2021", "2021-08 | users | two_or_more_services", 73),
    (f"{CASES}/whatsapp_policy_2021", "2021-01 | Signal | downloads_in_month", 50_600_000),
    (f"{CASES}/whatsapp_policy_2021", "2021-02 | Signal | downloads_in_month", 7_000_000),
    (f"{CASES}/whatsapp_policy_2021", "2021-01-05/2021-01-12 | Signal | downloads_in_seven_days", 17_800_000),
    (f"{CASES}/korea-2014/facts", "2014-10-13 | KakaoTalk | days_from_announcement_to_refusal", 25),
    (f"{CASES}/korea-2014/facts", "2015-10-06 | KakaoTalk | days_from_refusal_to_resumption", 358),
    (f"{CASES}/korea-2014/facts", "2016-10-14 | KakaoTalk | days_from_resumption_to_second_refusal", 374),
    (f"{CASES}/nigeria-2021/facts", "2021-11 | Twitter users | still_reach_twitter", 50),
    (f"{CASES}/nigeria-2021/facts", "2021-11 | Twitter users | reachers_who_need_vpn", 47),
    (f"{CASES}/nigeria-2021/facts", "2022-01-13 | Twitter | days_from_block_to_lifting", 222),
    (TURKEY, "2021-01-19 | Twitter, Periscope and Pinterest | days_from_law_to_advert_ban", 110),
    (TURKEY, "2021-03 | Twitter | days_from_advert_ban_to_legal_entity", 60),
    (f"{CASES}/indonesia-2022/facts", "2022-08-02 | Valve and Yahoo | days_from_block_to_registration", 3),
    (f"{CASES}/vietnam-2020/facts", "2020-02/2020-04 | Facebook | weeks_of_throttling_until_compliance", 7),
    (f"{CASES}/russia_throttling_linkedin", "2021-04-05 | Twitter | days_from_throttling_to_first_change", 26),
]  # fmt: skip


@pytest.mark.parametrize(("table", "key", "value"), KEY_FACTS)
def test_key_fact(table, key, value):
    assert fact(table, key).value == value


def test_german_changes_follow_from_the_shares():
    """The survey reports change as well as level; WhatsApp, Telegram, Signal and Facebook Messenger have both."""
    table = f"{CASES}/germany_messengers_2019_2021"
    for app in ("WhatsApp", "Telegram", "Signal", "Facebook Messenger"):
        before, after = (
            fact(table, f"{when} | {app} | share_of_messenger_users").number() for when in ("2019-12", "2021-08")
        )
        assert after - before == fact(table, f"2019-12 -> 2021-08 | {app} | change_of_share").value


def test_googles_count_of_produced_requests_agrees_with_its_shares():
    """Two of 42 legal requests (5 percent) and one emergency request make the three of 43 that the press reported."""
    table = f"{HK}/transparency"
    legal = fact(table, "2020H2 | Google | user_data_requests").number()
    share = fact(table, "2020H2 | Google | pct_some_data_produced").number()
    emergency = fact(table, "2020H2 | Google | emergency_disclosure_requests").number()
    assert (
        round(legal * share / 100) + emergency == fact(table, "2020H2 | Google | requests_with_some_data_count").value
    )


def across_cases(name: str) -> pd.DataFrame:
    return pd.read_csv(evidence_folder() / "cases" / f"crosscase_{name}.csv", keep_default_na=False, na_values=[""])


def test_user_shifts_are_gain_over_base():
    table = across_cases("user_shift")
    share = 100 * table["gain_million"] / table["origin_base_million"]
    assert (share - table["share_of_origin_pct"]).abs().max() <= 0.06  # as printed, to one decimal


def test_durations_of_blocks_agree_between_tables():
    key = ["country", "company", "pressure_start"]
    blocked = across_cases("company_response").set_index(key)["duration_days"]
    lifted = {
        ("Nigeria", "Twitter", "2021-06-04"): (
            "nigeria-2021/facts", "2022-01-13 | Twitter | days_from_block_to_lifting",
        ),
        ("Indonesia", "Telegram", "2017-07-14"): (
            "telegram_data_demands", "2017-08-10 | Kominfo | days_from_block_to_lifting",
        ),
        ("Pakistan", "X", "2024-02-17"): (
            "other_blocks_srilanka_pakistan_venezuela", "2025-05-07 | Pakistan | days_from_block_to_lifting",
        ),
    }  # fmt: skip
    for row, (table, lifting) in lifted.items():
        assert blocked[row] == fact(f"{CASES}/{table}", lifting).value
