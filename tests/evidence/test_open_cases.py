"""Open cases differ by market, shock and calendar, never by how people behave; each says what it must meet."""

import datetime as dt
import math

import pytest

from sim.evidence.cases import load_case, read_all
from sim.runs.once import run_once
from sim.scenario.files import load
from sim.scenario.population import Population
from sim.scenario.schema import Scenario

OPEN = (
    "china-facebook-2009",
    "china-instagram-2014",
    "india-tiktok-2020",
    "kakao-outage-2022",
    "mastodon-2022",
    "myanmar-2021",
    "nepal-2025",
    "outage-2021",
    "sri-lanka-2018",
    "threads-2023",
    "us-rednote-2025",
    "whatsapp-terms-2021",
)
MARKET = {"users", "represents", "vpn_share", "offline_share", "holdings_correlation"}
"""What of the population a case may set: how many people there are, and what they have before the event."""
TYPES = {
    "Facebook": "network", "Instagram": "photo", "Twitter": "microblog", "X": "microblog", "Threads": "microblog",
    "Mastodon": "microblog", "Xiaonei": "network", "Kaixin": "network", "Nice": "photo", "TikTok": "video",
    "RedNote": "video", "Lemon8": "video", "ShareChat": "video", "Roposo": "video", "Moj": "video",
    "MX TakaTak": "video", "Josh": "video",
}  # fmt: skip
"""Types of all platforms that are no messengers: the same in every case."""
PULLED = {("kakao-outage-2022", "LINE")}
"""Platforms whose use per holder a fact of before the event gives."""
CLOSED = {("india-tiktok-2020", "TikTok"), ("us-rednote-2025", "TikTok")}
"""Platforms whose owner closed them to the country, so that no VPN brings them back."""
WITHOUT_QUIET_DAYS = {"threads-2023"}
"""The app was not there before the event."""
NAMED = {
    ("kakao-outage-2022", "line-day-2"): (2.0, 5.0),
    ("kakao-outage-2022", "kakaotalk-day-3"): (0.95, math.inf),
    ("kakao-outage-2022", "line-excess-day-11"): (-math.inf, 1 / 3),
    ("kakao-outage-2022", "telegram-excess-day-11"): (0.0, math.inf),
    ("india-tiktok-2020", "gain-3-days"): (10.0, 22.0),
    ("india-tiktok-2020", "hold-substitute-10-months"): (50.0, 75.0),
    ("outage-2021", "telegram-1-day"): (1.5, 4.0),
    ("nigeria-2021", "reach-5-months"): (40.0, 60.0),
    ("uganda-2021", "facebook-23-months"): (55.0, 80.0),
}
"""Rules that were promised by name."""


@pytest.mark.parametrize("name", OPEN)
def test_people_and_companies_behave_as_everywhere(name):
    scenario = load_case(name).scenario
    assert scenario.population.model_dump(exclude=MARKET) == Population().model_dump(exclude=MARKET)
    for table in ("decision", "press", "society"):
        assert getattr(scenario, table) == Scenario.model_fields[table].default, table


@pytest.mark.parametrize("name", OPEN)
def test_platforms_say_only_what_was_known(name):
    for app, platform in load_case(name).scenario.platforms.items():
        assert platform.type == TYPES.get(app, "messenger"), app
        assert (platform.pull != 0.0) is ((name, app) in PULLED), app
        assert platform.vpn is ((name, app) not in CLOSED), app
        assert platform.outside is None or (name, app) in CLOSED, app
        assert (platform.share == 0.0) is (platform.wanted is not None), app


@pytest.mark.parametrize("name", OPEN)
def test_each_share_and_order_says_where_it_comes_from(name):
    scenario = load_case(name).scenario
    for app, platform in scenario.platforms.items():
        said = f"platforms.{app}.wanted" if platform.share == 0.0 else f"platforms.{app}.share"
        assert said in scenario.sources
        assert platform.pull == 0.0 or f"platforms.{app}.pull" in scenario.sources
    for act in scenario.acts:
        assert act.salience == 0.0 or f"acts.{act.id}.salience" in scenario.sources
    changed = scenario.population.model_dump(include=MARKET - {"users"})
    usual = Population().model_dump()
    assert [key for key in changed if changed[key] != usual[key] and f"population.{key}" not in scenario.sources] == []


@pytest.mark.parametrize("name", OPEN)
def test_a_case_is_short_and_begins_with_quiet_days(name):
    scenario = load_case(name).scenario
    event = min(act.date for act in scenario.acts)
    quiet = (event - scenario.start).days
    assert quiet == 0 if name in WITHOUT_QUIET_DAYS else 20 <= quiet <= 40
    assert all(scenario.start <= act.date <= scenario.end for act in scenario.acts)


@pytest.mark.parametrize("name", OPEN)
def test_what_is_scored_was_observed(name):
    scored = [check for check in load_case(name).checks if check.spread > 0]
    assert scored
    for check in scored:
        assert check.facts
        assert check.passes(check.observed), check.id


@pytest.mark.parametrize(("name", "check"), NAMED)
def test_a_promised_rule_is_the_one_that_stands(name, check):
    found = load_case(name).check(check)
    assert (found.low, found.high) == pytest.approx(NAMED[name, check], abs=1e-4)
    assert found.spread > 0


@pytest.mark.parametrize("name", OPEN)
def test_a_case_runs_to_its_last_day(name):
    case = load_case(name)
    scenario = load(case.folder / "scenario.toml", ["population.users=1000"])
    run = run_once(scenario, 1)
    assert run.tables["usage"]["date"].iloc[-1].date() == scenario.end
    assert set(read_all(case.checks, run)) == {check.id for check in case.checks}


def test_the_outage_of_2022_is_told_by_the_hour():
    scenario = load_case("kakao-outage-2022").scenario
    (fire,) = (act for act in scenario.acts if act.kind == "outage")
    assert (fire.date, fire.from_hour) == (dt.date(2022, 10, 15), 15.5)
    back = dt.datetime(2022, 10, 15) + dt.timedelta(hours=fire.from_hour + fire.hours)
    assert dt.datetime(2022, 10, 16, 6) <= back <= dt.datetime(2022, 10, 16, 12)
