"""Periods, values, look-up and listing of facts."""

import datetime as dt
import math

import pytest

from sim.command.look import facts_told
from sim.evidence.facts import Amount, fact, facts, observed_requests, parse_amount, parse_period, parse_periods
from sim.scenario.errors import ScenarioError

TRANSPARENCY = "hong-kong-2020/transparency"


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def test_periods():
    for text, start, end in (
        ("2020", "2020-01-01", "2020-12-31"),
        ("2020H1", "2020-01-01", "2020-06-30"),
        ("2020H2", "2020-07-01", "2020-12-31"),
        ("2020Q3", "2020-07-01", "2020-09-30"),
        ("2020-02", "2020-02-01", "2020-02-29"),
        ("2021-02", "2021-02-01", "2021-02-28"),
        ("2020-07-01", "2020-07-01", "2020-07-01"),
        ("2019H2/2020H1", "2019-07-01", "2020-06-30"),
        ("2021-10/2022-02", "2021-10-01", "2022-02-28"),
        ("2014-09-24/2014-09-30", "2014-09-24", "2014-09-30"),
    ):
        assert parse_period(text) == (day(start), day(end)), text
    assert parse_period("../2021-05") == (None, day("2021-05-31"))
    assert parse_period("2020H2/..") == (day("2020-07-01"), None)
    assert [period.start for period in parse_periods("2019-12 -> 2021-08")] == [day("2019-12-01"), day("2021-08-01")]
    for text in ("", "2020H3", "2020-7", "2020-13", "2020-02-30", "July 2020", "2021/2020", "../..", "2020/"):
        with pytest.raises(ValueError):
            parse_period(text)


def test_amounts():
    for text, amount in (
        ("262", Amount(262, None, 262, 262)),
        ("4.5", Amount(4.5, None, 4.5, 4.5)),
        ("+700", Amount(700, None, 700, 700)),
        ("-97000", Amount(-97000, None, -97000, -97000)),
        (">400", Amount(400, None, 400, math.inf)),
        (">=28", Amount(28, None, 28, math.inf)),
        ("<50", Amount(50, None, -math.inf, 50)),
        ("<=3", Amount(3, None, -math.inf, 3)),
        ("~4000", Amount(4000, None, 4000, 4000)),
        ("65-70", Amount(67.5, None, 65, 70)),
        ("1.38 -> 2.62", Amount(1.38, 2.62, 1.38, 1.38)),
    ):
        assert parse_amount(text, "percent") == amount, text
    for text in ("", "many", "1,000", "70-65", "1 -> ", ">", "15.5 / 9.3", "2131 requests"):
        with pytest.raises(ValueError):
            parse_amount(text, "requests")


def test_a_fact_is_found_by_table_and_key():
    plain = fact(TRANSPARENCY, "2020H1 | Facebook/Meta | user_data_requests")
    assert plain is fact(f"evidence/{TRANSPARENCY}.csv", "2020H1|Facebook/Meta|user_data_requests")
    assert (plain.start, plain.end, plain.unit) == (day("2020-01-01"), day("2020-06-30"), "requests")
    assert plain.name == f"{TRANSPARENCY}: 2020H1 | Facebook/Meta | user_data_requests"


def test_a_wrong_key_names_the_nearest():
    with pytest.raises(ScenarioError, match=r'did you mean "2020H1 \| Facebook/Meta \| user_data_requests"\?'):
        fact(TRANSPARENCY, "2020H1 | Facebook | user_data_requests")
    with pytest.raises(ScenarioError, match='did you mean "hong-kong-2020/transparency"'):
        fact("hong-kong/transparency", "x")


def test_a_filter_needs_every_word():
    found = facts("facebook/meta 2020H1 user_data")
    assert [one.key for one in found] == ["2020H1 | Facebook/Meta | user_data_requests"]
    assert facts("no such words anywhere") == []
    assert len(facts("korea Telegram")) < len(facts("korea"))


def test_incomplete_sources_are_starred():
    found = [one for one in facts("hong-kong-2020/market 2020-01 WhatsApp") if not one.complete]
    assert found
    assert all("address shortened" in one.remark for one in found)
    listing, _ = facts_told(found[0].name)
    assert f"{found[0].confidence}*" in [str(row[5]) for row in listing.rows]


def test_requests_of_half_years_add_types():
    found = observed_requests().set_index(["company", "period"])
    assert found.loc[("Meta", "2020H1"), "received"] == 262
    assert found.loc[("Meta", "2020H1"), "produced"] == pytest.approx(0.24 * 262)
    assert found.loc[("Twitter", "2019H2/2020H1"), "produced"] == 0
    assert found.loc[("Google", "2020H2"), "received"] == 42 + 1
    assert found.loc[("Google", "2020H2"), "produced"] == pytest.approx(0.05 * 42 + 1)
    assert found.loc[("Apple", "2020H1"), "received"] == 48 + 237 + 8
    assert found.loc[("Apple", "2020H1"), "produced"] == 9 + 74 + 4


def test_a_share_that_is_only_bounded_is_unknown():
    found = observed_requests().set_index(["company", "period"])
    assert found.loc[("Meta", "2015H1"), "received"] > 0
    assert math.isnan(found.loc[("Meta", "2015H1"), "produced"])


def test_words_have_no_number():
    assert parse_amount("paused", "category") == Amount()
    pause = fact("hong-kong-2020/events", "2020-07-07 | Microsoft | data_request_pause_announced")
    assert (pause.text, pause.value) == ("paused", None)
    with pytest.raises(ScenarioError, match="expected a number, found paused"):
        pause.number()
