"""Cases that come with the code: complete, rooted in facts with full sources, with rules that what was seen passes.

They differ by shock, market, demands and ISPs, never by how people and companies behave.
"""

import math
from collections.abc import Callable

import pytest

from sim.calibration import disputes
from sim.evidence.cases import case_faults, cases, load_case, scenario_faults
from sim.evidence.checks import read_all
from sim.evidence.facts import fact
from sim.evidence.scores import observations
from sim.runs.once import run_once
from sim.scenario.calendar import idle_acts
from sim.scenario.files import CASE, folder, load, locate, read, read_toml, shipped
from sim.scenario.population import Population
from sim.scenario.schema import Scenario

ALL = {name: load_case(name) for name in cases()}
CHECKS = {f"{name}: {check.id}": check for name, case in ALL.items() for check in case.checks}
OWN = {name: load(name) for name in ALL if locate(name).name == CASE}
"""Scenarios of the cases that have one of their own."""
HERE = load("hong-kong-2020")
COUNTRIES = (
    "germany-2021", "korea-2014", "nigeria-2021", "turkey-2020", "indonesia-2022", "vietnam-2020", "uganda-2021",
)  # fmt: skip
WHO_GAINED = (
    "bangladesh-2024", "bluesky-2024", "india-apps-2020", "myanmar-bridgefy-2021", "new-caledonia-2024",
    "nigeria-koo-2021", "outage-apps-2021", "parler-2021", "tumblr-2018", "turkey-whatsapp-2021",
)  # fmt: skip
"""Cases that no fit has seen, whose outcomes were known when the third form was drawn up and chosen."""
OPEN = (
    "china-facebook-2009", "china-instagram-2014", "india-tiktok-2020", "kakao-outage-2022", "mastodon-2022",
    "myanmar-2021", "nepal-2025", "outage-2021", "sri-lanka-2018", "threads-2023", "us-rednote-2025",
    "whatsapp-terms-2021", *WHO_GAINED, "sri-lanka-2019",
)  # fmt: skip
"""Cases of people alone, in which the schema says how people and companies behave."""
MARKET = {"users", "represents", "vpn_share", "offline_share", "holdings_correlation"}
"""What of the population a case may set: how many people there are, and how they are equipped before the event."""
TYPES = {
    "Facebook": "network", "Instagram": "photo", "Twitter": "microblog", "X": "microblog", "Threads": "microblog",
    "Mastodon": "microblog", "Xiaonei": "network", "Kaixin": "network", "Nice": "photo", "TikTok": "video",
    "RedNote": "video", "Lemon8": "video", "ShareChat": "video", "Roposo": "video", "Moj": "video",
    "MX TakaTak": "video", "Josh": "video", "Zili": "video", "Dubsmash": "video", "Snapchat": "photo",
    "Parler": "microblog", "Gab": "microblog", "MeWe": "microblog", "Bluesky": "microblog", "Koo": "microblog",
    "Tumblr": "microblog",
}  # fmt: skip
"""Types of all platforms that are no messengers: the same in every case."""
PULLED = {("kakao-outage-2022", "LINE")}
"""Platforms whose use per holder a fact of before the event gives."""
CLOSED = {("india-tiktok-2020", "TikTok"), ("india-apps-2020", "TikTok"), ("us-rednote-2025", "TikTok")}
"""Platforms whose owner closed them to the country, so that no VPN brings them back."""
WITHOUT_QUIET_DAYS = {"threads-2023"}
"""The app was not there before the event."""
NOT_UNSEEN = {"P5", "P6", "P10", "P11", "P12", "P13", "P16", "indonesia-2022", "uganda-2021"}
"""Patterns that were once held out or promised: their outcome was known to whoever set a value or drew up the form."""
INCOMPLETE = {"line-excess-day-11", "telegram-excess-day-11", "left-after-lifting"}
"""Checks with a fact whose source has no complete address: shown and scored, with no number fitted on them."""
SMALLER_SHOCK = {"p7-telegram-180-days", "p7-signal-180-days"}
"""Hong Kong's shock was smaller than that of the German survey, which is above the band, not in it."""
OBSERVED = {
    "hong-kong-2020: p1-announcements-in-3-days": 7,
    "hong-kong-2020: p3-meta-2020h2": 0,
    "hong-kong-2020: p3-google-2020h2": 3 / 43,
    "hong-kong-2020: p4-meta-2020h2": 202,
    "hong-kong-2020: p4-google-2020h2": 43,
    "hong-kong-2020: p5-first-treaty": 45,
    "hong-kong-2020: p7-telegram-july": 110 / 26,
    "hong-kong-2020: p8-signal-february": (7.0 / 28) / (50.6 / 31),
    "hong-kong-2020: p11-slowest-isp": 8,
    "hong-kong-2020: p14-deletions": 3.47,
    "germany-2021: p9-signal-share": 13,
    "korea-2014: telegram-week": (2620 / 1380 + 1735 / 1076) / 2,
    "nigeria-2021: days-to-settle": 222,
    "uganda-2021: facebook-23-months": 100 * 2226 / 3236,
    "turkey-2020: p16-yielded-by-ban": 6 / 8,
}
RULES = {
    "hong-kong-2020: p3-google-2020h2": (0.014625496995132235, 0.1906072318857923),
    "hong-kong-2020: p4-meta-2020h2": (175.10258027221093, 231.85994774156015),
    "hong-kong-2020: p5-first-treaty": (15.0, 135.0),
    "germany-2021: signal-share": (11.0, 15.0),
    "germany-2021: p9-signal-week": (30.75, 123.0),
    "nigeria-2021: reach-5-months": (40.0, 60.0),
    "uganda-2021: facebook-23-months": (55.0, 80.0),
    "kakao-outage-2022: line-day-2": (2.0, 5.0),
    "kakao-outage-2022: kakaotalk-day-3": (0.95, math.inf),
    "kakao-outage-2022: line-excess-day-11": (-math.inf, 1 / 3),
    "kakao-outage-2022: telegram-excess-day-11": (0.0, math.inf),
    "india-tiktok-2020: gain-3-days": (10.0, 22.0),
    "india-tiktok-2020: hold-substitute-10-months": (50.0, 75.0),
    "outage-2021: telegram-1-day": (1.5, 4.0),
}
"""Rules that were promised by name."""


def failing[Key, Thing](things: dict[Key, Thing], rule: Callable[[Key, Thing], bool]) -> list[Key]:
    """Keys of those that break a rule."""
    return [key for key, thing in things.items() if not rule(key, thing)]


# Behaviour


def test_people_and_companies_behave_as_in_hong_kong():
    people = HERE.population.model_dump(exclude=MARKET)
    assert failing(OWN, lambda _, there: there.population.model_dump(exclude=MARKET) == people) == []
    assert failing(OWN, lambda _, there: (there.decision, there.society) == (HERE.decision, HERE.society)) == []
    press = {"salience_per_arrest"}
    assert failing(OWN, lambda _, there: there.press.model_dump(exclude=press)
                   == HERE.press.model_dump(exclude=press)) == []  # fmt: skip
    known = {"Facebook": "Meta", "TikTok": "ByteDance"}
    companies = {(name, known.get(company, company)): spec.cutoff
                 for name, there in OWN.items() for company, spec in there.companies.items()}  # fmt: skip
    assert failing(companies, lambda key, cutoff: key[1] not in HERE.companies
                   or cutoff == HERE.companies[key[1]].cutoff) == []  # fmt: skip


@pytest.mark.parametrize("name", OPEN)
def test_an_open_case_says_what_was_known_and_where_it_comes_from(name):
    case = ALL[name]
    scenario, usual = case.scenario, Population().model_dump()
    assert scenario.population.model_dump(exclude=MARKET) == Population().model_dump(exclude=MARKET)
    for table in ("decision", "press", "society"):
        assert getattr(scenario, table) == Scenario.model_fields[table].default, table
    for app, platform in scenario.platforms.items():
        assert platform.type == TYPES.get(app, "messenger"), app
        assert (platform.pull != 0.0) is ((name, app) in PULLED), app
        assert platform.vpn is ((name, app) not in CLOSED), app
        assert platform.outside is None or (name, app) in CLOSED, app
        assert (platform.share == 0.0) is (platform.wanted is not None), app
        assert f"platforms.{app}.{'wanted' if platform.share == 0.0 else 'share'}" in scenario.sources
        assert platform.pull == 0.0 or f"platforms.{app}.pull" in scenario.sources
    for act in scenario.acts:
        assert act.salience == 0.0 or f"acts.{act.id}.salience" in scenario.sources
    changed = scenario.population.model_dump(include=MARKET - {"users"})
    assert [key for key in changed if changed[key] != usual[key] and f"population.{key}" not in scenario.sources] == []
    quiet = (min(act.date for act in scenario.acts) - scenario.start).days
    assert quiet == 0 if name in WITHOUT_QUIET_DAYS else 20 <= quiet <= 40
    assert all(scenario.start <= act.date <= scenario.end for act in scenario.acts)
    scored = [check for check in case.checks if check.spread > 0]
    assert scored
    assert [check.id for check in scored if not (check.facts and check.passes(check.observed))] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", OPEN)
def test_a_case_runs_to_its_last_day(name):
    scenario = load(ALL[name].folder / "scenario.toml", ["population.users=1000"])
    run = run_once(scenario, 1)
    assert run.tables["usage"]["date"].iloc[-1].date() == scenario.end
    assert set(read_all(ALL[name].checks, run)) == {check.id for check in ALL[name].checks}


# Roles


def groups() -> dict[str, set[str]]:
    """Roles of the checks of each group."""
    found: dict[str, set[str]] = {}
    for name, case in ALL.items():
        for check in case.checks:
            found.setdefault(check.group or name, set()).add(check.role)
    return found


def test_disputes_on_which_constants_rest_are_fitted_and_nothing_that_chose_a_form_is_unseen():
    found, fitted = groups(), {f"{name}-dispute" for name in disputes.CASES}
    assert not [name for name, roles in found.items() if "unseen" in roles]
    assert {role for name in WHO_GAINED for role in found[name]} == {"seen"}
    assert found.keys() >= NOT_UNSEEN | fitted
    assert all(found[name] == {"fitted"} for name in fitted)
    assert {name for name in found if name.startswith("P")} == {f"P{number}" for number in range(1, 17)}
    assert all(check.id.startswith(f"{check.group.lower()}-") for check in ALL["hong-kong-2020"].checks)


def test_checks_about_one_observation_have_one_role():
    names, every = list(CHECKS), list(CHECKS.values())
    first = observations(every)
    shared = {name: names[n] for name, n in zip(names, first, strict=True) if name != names[n]}
    assert shared["hong-kong-2020: p8-signal-february"] == "germany-2021: p9-signal-february"
    assert shared["turkey-2020: delay-of-dispute"] == "turkey-2020: days-ban-to-twitter"
    assert shared["indonesia-2022: delay-of-dispute"] == shared["indonesia-2022: days-to-yahoo"]
    assert "hong-kong-2020: p2-silent-pauses" not in shared
    apart = [name for name, n in zip(names, first, strict=True) if CHECKS[name].role != every[n].role]
    assert [name for name in apart if CHECKS[name].role != "proxy"] == []


def test_what_was_observed_in_another_country_or_year_is_a_proxy():
    """Of Hong Kong in 2020: Germany's changes, the world's wave of 2021, and the summer of 2019."""
    elsewhere = {name for name, one in CHECKS.items() if name.startswith("hong-kong") and one.about == "people"
                 and any(not fact.table.startswith("hong-kong") for fact in one.facts)}  # fmt: skip
    proxies = {name for name, one in CHECKS.items() if one.role == "proxy"}
    assert proxies == elsewhere | {"hong-kong-2020: p7-telegram-july"}
    assert len(proxies) == 7


def test_what_went_into_a_scenario_is_called_an_input():
    """Dates of orders and of their ends, an operator's delay, and shares of answers that a check reads off again."""
    inputs = {name: [check.id for check in case.checks if check.input] for name, case in ALL.items()}
    assert {name: ids for name, ids in inputs.items() if ids} == {
        "hong-kong-2020": ["p3-meta-2020h2", "p3-google-2020h2", "p5-first-treaty"],
        "korea-2014": ["days-to-second-stop"], "nepal-2025": ["open-again"], "nigeria-2021": ["operators-block"],
        "pakistan-2024": ["cut-off"], "rim-saudi-2010": ["open-until-the-date"],
        "rim-uae-2010": ["open-until-the-date"], "russia-linkedin-2016": ["providers-block"],
        "uganda-2021": ["operators-block", "whatsapp-reopened"], "vietnam-2020": ["carriers-throttle"],
    }  # fmt: skip


# Facts and rules


def test_checks_rest_on_complete_facts_and_what_was_observed_passes():
    assert failing(CHECKS, lambda _, one: all(f.complete for f in one.facts) is (one.id not in INCOMPLETE)) == []
    assert failing(CHECKS, lambda _, one: one.about != "people" or one.role != "fitted"
                   or one.id not in INCOMPLETE) == []  # fmt: skip
    assert failing(CHECKS, lambda _, one: bool(one.facts) or math.isnan(one.observed)) == [], "a fact is needed"
    seen = {name: one for name, one in CHECKS.items() if not math.isnan(one.observed)}
    assert failing(seen, lambda _, one: one.passes(one.observed) is (one.id not in SMALLER_SHOCK)) == []
    told = {name: [one for one in ALL[name].checks if one.facts and not math.isnan(one.observed)] for name in COUNTRIES}
    assert failing(told, lambda _, some: len(some) >= 3) == []


def test_observed_values_and_rules_are_those_that_were_set():
    assert {name: CHECKS[name].observed for name in OBSERVED} == pytest.approx(OBSERVED)
    for name, rule in RULES.items():
        assert (CHECKS[name].low, CHECKS[name].high) == pytest.approx(rule, abs=1e-4), name


def test_no_shipped_case_or_scenario_has_a_fault():
    """Rows of evidence are there, what is called measured has a complete source, and every act of a case happens."""
    assert {name: found for name, case in ALL.items() if (found := case_faults(case.folder))} == {}
    assert {name: found for name, case in ALL.items() if (found := list(idle_acts(case.scenario)))} == {}
    assert [name for name in OWN if read(name).notes] == []
    for name, _, _ in shipped():
        scenario = load(name)
        assert list(scenario_faults(scenario, locate(name))) == [], name
        measured = [one for one in scenario.sources.values() if one.table and one.status == "measured"]
        assert [one.row for one in measured if not fact(one.table, one.row).complete] == [], name


def test_a_case_stands_alone():
    """It extends nothing, so that what it does not say is the schema's."""
    titles = {(name, title) for name, title, _ in shipped()}
    assert failing(OWN, lambda name, there: (name, there.title) in titles
                   and "extends" not in read_toml(locate(name))) == []  # fmt: skip


def test_what_a_calibration_rests_on_is_fitted():
    targets = [one for file in (folder() / "calibration").glob("*.toml") for one in read_toml(file).get("targets", [])]
    assert {ALL[one["case"]].check(one["check"]).role for one in targets} == {"fitted"}
