"""Cases: folders become scenarios and checks; what is wrong with one is a line that says where, and what is near."""

import math
import re
from pathlib import Path

import pytest

from sim.evidence.cases import cases, load_case, open_cases
from sim.evidence.checks import World
from sim.scenario.errors import ScenarioError
from tests.evidence.checks import CHECKS, FACTS, OPEN, write_case


def test_a_folder_anywhere_is_a_case(tmp_path: Path):
    case = load_case(write_case(tmp_path / "my-case"))
    (check,) = case.checks
    assert (case.name, case.scenario_name, case.folder) == ("my-case", "my-case", tmp_path / "my-case")
    assert (check.id, check.low, check.high) == ("new-day-3", 1.0, 5.0)
    assert (check.observed, check.spread, check.scale) == (3.0, 0.2, "log")
    assert [one.key for one in check.facts] == ["2021-01-09 -> 2021-01-12 | New | daily_users"]
    assert case.worlds == {World(): case.scenario}
    assert load_case(str(tmp_path / "my-case" / "checks.toml")).checks[0].id == check.id


def test_an_edited_fact_moves_its_check(tmp_path: Path):
    assert load_case(write_case(tmp_path, facts=FACTS.replace("-> 60000", "-> 50000"))).checks[0].observed == 2.5


def variant(*changes: tuple[str, str]) -> str:
    text = CHECKS
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


RULE = "low = 1.0\nhigh = 5.0\n"
OBSERVED = 'observed = { fact = 0, take = "ratio" }'
AWAITED = 'awaited = { day = 2021-02-01, source = "a survey" }'
FACT = '"2021-01-09 -> 2021-01-12 | New | daily_users"'


def only(tmp_path: Path, *changes: tuple[str, str]):
    (check,) = load_case(write_case(tmp_path, checks=variant(*changes))).checks
    return check


@pytest.mark.parametrize(
    ("observed", "facts", "value"),
    [
        ("observed = 2.5", FACT, 2.5),
        ("observed = 2", FACT, 2.0),
        ('observed = { take = "value" }', FACT, 20000.0),
        ('observed = { take = "value_to" }', FACT, 60000.0),
        ('observed = { take = "change" }', FACT, 40000.0),
        ('observed = { take = "percent_change" }', FACT, 200.0),
        ('observed = { take = "ratio", times = 100.0, plus = 1.0 }', FACT, 301.0),
        ('observed = { fact = 1, take = "per_day" }', f'{FACT}, "2021-01-10/2021-01-19 | New | installs"', 5000.0),
        ("observed = { fact = 1, over = 0 }", '"2021-01-31 | Owner | requests", "2021-01-31 | Owner | answered"', 0.25),
        ("observed = { fact = 1, minus = 0, plus = 100.0 }",
         '"2021-01-31 | Owner | requests", "2021-01-31 | Owner | answered"', 70.0),
        ('observed = { fact = [0, 1], times = 1.0, join = "sum" }',
         '"2021-01-31 | Owner | requests", "2021-01-31 | Owner | answered"', 50.0),
        ("observed = { fact = [0, 1], times = 2.0 }",
         '"2021-01-31 | Owner | requests", "2021-01-31 | Owner | answered"', 50.0),
        ('observed = { take = "count" }', f'{FACT}, "2021-01-31 | Owner | answered"', 2.0),
        ('observed = { take = "day", minus = 2021-01-01 }', FACT, 8.0),
        ('observed = { fact = 1, take = "day", minus = 0 }', f'{FACT}, "2021-01-31 | Owner | answered"', 22.0),
    ],
)  # fmt: skip
def test_what_was_observed_follows_from_facts(tmp_path: Path, observed: str, facts: str, value: float):
    changes = [(OBSERVED, observed), (f"facts = [{FACT}]", f"facts = [{facts}]")]
    if 'take = "value' in observed:
        changes += [("holders", "holders"), ('"times"', '"persons"'), ('"ratio"\nof', '"level"\nof'),
                    ('before = "2021-01-09"\n', ""), ("after =", "at =")]  # fmt: skip
    assert only(tmp_path, *changes).observed == pytest.approx(value)


@pytest.mark.parametrize(
    ("rule", "low", "high"),
    [
        ("low = 2.0\n", 2.0, math.inf),
        ("high = 4.0\n", -math.inf, 4.0),
        ("tolerance = 0.5\n", 2.5, 3.5),
        ("factor = 2.0\n", 1.5, 6.0),
        ('interval = "poisson"\n', 0.6187, 8.7673),  # Garwood's 95 % interval of 3
    ],
)
def test_a_rule_is_bounds_or_follows_from_what_was_observed(tmp_path: Path, rule: str, low: float, high: float):
    check = only(tmp_path, (RULE, rule))
    assert (check.low, check.high) == pytest.approx((low, high), abs=1e-4)
    assert "observed once" in check.why


def test_a_share_has_the_interval_of_its_counts(tmp_path: Path):
    check = only(
        tmp_path, (RULE, 'interval = "binomial"\ntrials = 0\n'), (OBSERVED, "observed = { fact = 1, over = 0 }"),
        (FACT, '"2021-01-31 | Owner | requests", "2021-01-31 | Owner | answered"'),
        ('unit = "times"', 'unit = "share"'),
    )  # fmt: skip
    assert (check.low, check.high) == pytest.approx((0.1269, 0.4120), abs=1e-4)  # Clopper-Pearson, 10 of 40


def test_a_check_may_live_in_a_varied_world(tmp_path: Path):
    varied = 'overrides = ["population.users=200"]\nscenario = "hong-kong-2020"\n'
    moved = [("New", "Signal"), ('"2021-01-09 -> 2021-01-12 | Signal', '"2021-01-09 -> 2021-01-12 | New')]
    case = load_case(write_case(tmp_path, checks=variant(*moved, ("[[checks]]\n", f"[[checks]]\n{varied}"))))
    (check,) = case.checks
    assert check.world == World("hong-kong-2020", ("population.users=200",))
    assert check.world.overrides == ("population.users=200",)
    assert case.worlds[check.world].population.users == 200
    assert case.scenarios().keys() == {tmp_path.name, "hong-kong-2020"}


def test_a_case_may_borrow_its_scenario(tmp_path: Path):
    text = 'scenario = "hong-kong-2020"\n' + CHECKS.replace("New", "Signal").replace("| Signal |", "| New |")
    case = load_case(write_case(tmp_path / "borrowed", scenario="", checks=text))
    assert (case.name, case.scenario_name) == ("borrowed", "hong-kong-2020")
    with pytest.raises(ScenarioError, match=r"checks.toml: scenario: expected a file scenario.toml, .*, found both"):
        load_case(write_case(tmp_path / "both", checks=text))
    with pytest.raises(ScenarioError, match="found neither"):
        load_case(write_case(tmp_path / "neither", scenario=""))


FAULTS = [
    ('reading = "ratio"', 'reading = "ratios"', r'reading: expected one of .*, found "ratios"; did you mean "ratio"\?'),
    ('platform = "New"', 'platform = "Nww"', r'platform: expected a platform .*; did you mean "New"\?'),
    ('platform = "New"', 'platforms = ["New", "New"]', "platforms: expected each name once"),
    ('platform = "New"\n', "", "platforms: expected what ratio reads, found nothing"),
    ('platform = "New"', 'platform = "New"\nplatforms = ["Old"]', "expected it or platforms, found both"),
    ('platform = "New"', 'platform = "New"\nbefroe = 3', r'"befroe"; did you mean "before"\?'),
    ('of = "holders"', 'of = "holder"', r'of: expected a column of usage .*; did you mean "holders"\?'),
    ('"2021-01-09"', '"2020-12-31"', "before: expected a day of the run, 2021-01-01 to 2021-01-31"),
    ('"2021-01-09"', '"9 January"', r"before: expected a date \(YYYY-MM-DD\)"),
    ('"2021-01-12"]', '"2021-02-12"]', "after: expected a day of the run"),
    ('["2021-01-11", "2021-01-12"]', '["2021-01-12", "2021-01-11"]', "expected a last day that is not before"),
    ("reading = \"ratio\"\nof = \"holders\"\nplatform = \"New\"\nbefore = \"2021-01-09\"\n"
     "after = [\"2021-01-11\", \"2021-01-12\"]",
     'reading = "gain_of_base"\nplatform = "New"\nbase = "Old"\nfirst = 2021-01-30\ndays = 3',
     "new-day-3: expected days of the run, 2021-01-01 to 2021-01-31, found 2021-02-01, which gain_of_base needs"),
    ('unit = "times"', 'unit = "points"', r'unit: expected one of times, ratio, share, percent, found "points"'),
    ("| New | daily_users", "| New | daily_user", r'expected the key of a fact, .* did you mean ".*daily_users"\?'),
    (FACT, '"cases/whatsapp_policy_2021: 2021-01 | Signal | downloads"', "facts: cases/whatsapp_policy_2021: expe"),
    (FACT, '"cases/whatsapp_polcy_2021: 2021-01 | Signal | x"', r'did you mean "cases/whatsapp_policy_2021"\?'),
    ('take = "ratio"', 'take = "ratoi"', r'observed.take: expected one of .*; did you mean "ratio"\?'),
    ('take = "ratio"', 'taek = "ratio"', r'observed.taek: expected a known key .* did you mean "take"\?'),
    ("fact = 0", "fact = 3", "observed: expected the number of a fact, 0 to 0, found 3"),
    (FACT, '"2021-01-12 | Old | response"', "observed: expected a number, found .complied. of"),
    (FACT, '"2021-01-12 | New | users_gained"', "observed: expected a comparison"),
    (OBSERVED, "observed = 0.0", "observed: expected a positive value, as scale is log"),
    ("spread = 0.2", "spread = -0.2", "spread: expected a number above 0, found -0.2"),
    ('scale = "log"', 'scale = "logs"', r'scale: expected one of linear, log, found "logs"; did you mean "log"\?'),
    ('role = "unseen"', 'role = "unsene"', r'role: expected one of fitted, seen, unseen, .*; did you mean "unseen"\?'),
    ('role = "unseen"\n', "", "role: expected one of fitted, seen, unseen, proxy, found nothing"),
    ('role = "unseen"', 'role = "unseen"\nfixed = "before"', "expected an argument of ratio .* found .fixed."),
    ('role = "unseen"', 'role = "seen"\ninput = "platforms.New.share"', "input: expected a key of .sources. whose row"),
    ('role = "unseen"', 'role = "seen"\ninput = "platforms.Old.share"', "input: expected a key of .sources. whose row"),
    ('why = "observed once"\n', "", "why: expected text that is not empty, found nothing"),
    ('id = "new-day-3"', 'id = "New day 3"', "id: expected text that matches"),
    (RULE, "", "expected one rule: .* found none"),
    (RULE, RULE + "factor = 2.0\n", "expected one rule: .* found several"),
    ("low = 1.0", "low = 6.0", "low: expected at most high, 5, found 6"),
    ("low = 1.0", 'low = "1"', 'low: expected a number, found "1"'),
    (RULE, 'interval = "binomial"\n', "trials: expected numbers of the facts"),
    (OBSERVED, f"{OBSERVED}\n{AWAITED}", "awaited: expected either it or observed, found both"),
    (f"{OBSERVED}\n", f"{AWAITED}\n", "observed: expected what was observed, found an outcome that is awaited for"),
    ('role = "unseen"', f'role = "seen"\n{AWAITED}', "awaited: expected either"),
    (OBSERVED, AWAITED.replace("source", "sauce"), r'awaited.sauce: expected a known key .* did you mean "source"'),
    (OBSERVED, AWAITED.replace("2021-02-01", '"soon"'), "awaited.day: expected a date"),
    ("[[checks]]", "[checks]", r"checks: expected tables \[\[checks\]\], found a table"),
    ("[[checks]]", "scenarios = 3\n[[checks]]", "scenarios: expected a known key"),
]  # fmt: skip


def test_a_fault_is_one_line_that_names_file_and_check(tmp_path: Path):
    for old, new, said in FAULTS:
        folder = write_case(tmp_path, checks=variant((old, new)))
        with pytest.raises(ScenarioError) as caught:
            load_case(folder)
        line = str(caught.value)
        assert line.startswith(f"{folder / 'checks.toml'}: ")
        assert re.search(said, line), line
        assert "\n" not in line


def test_a_fact_of_another_unit_is_seen_where_it_is_taken_as_it_stands(tmp_path: Path):
    gained = (FACT, '"2021-01-12 | New | users_gained"')
    with pytest.raises(ScenarioError, match=r"expected a fact in multiple, .* found percentage_points"):
        only(tmp_path, gained, (OBSERVED, "observed = { fact = 0 }"))
    assert only(tmp_path, gained, (OBSERVED, "observed = { fact = 0, times = 0.5 }")).observed == 6.0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('role = "unseen"', 'role = "seen"', "role: expected unseen, as the outcome is awaited"),
        (RULE, "factor = 2.0\n", "factor: expected low or high, or no rule, as the outcome is awaited, found one"),
        (f"{RULE}", "", "spread: expected the spread in which a number will be scored, found nothing"),
    ],
)
def test_an_awaited_outcome_has_no_rule_that_follows_from_it(tmp_path: Path, old: str, new: str, said: str):
    text = variant((OBSERVED, AWAITED), ("spread = 0.2\n", "") if "spread" in said else ("", ""), (old, new))
    with pytest.raises(ScenarioError, match=said):
        load_case(write_case(tmp_path, checks=text), awaited=True)


def test_an_open_case_is_read_by_whoever_says_so(tmp_path: Path):
    folder = write_case(tmp_path, checks=OPEN)
    with pytest.raises(ScenarioError, match=r"checks.gain.observed: .* lawshock validate --register forecasts it"):
        load_case(folder)
    case = load_case(folder, awaited=True)
    assert [check.awaited is None for check in case.checks] == [True, False, False]
    assert (case.check("gain").low, case.check("gain").high) == (-math.inf, math.inf)
    assert (case.check("doubled").low, case.check("doubled").high) == (2.0, math.inf)
    assert case.unknown == "all of it"


def test_open_cases_that_ship_are_no_cases_to_validate():
    assert set(open_cases()).isdisjoint(cases())
    for name in open_cases():
        assert any(check.awaited for check in load_case(name, awaited=True).checks)
        with pytest.raises(ScenarioError, match="lawshock validate --register"):
            load_case(name)


def test_ids_are_unique(tmp_path: Path):
    with pytest.raises(ScenarioError, match=r"checks.new-day-3: expected an id that no other check has"):
        load_case(write_case(tmp_path, checks=CHECKS + CHECKS))


def test_what_is_no_case_is_said(tmp_path: Path):
    with pytest.raises(ScenarioError, match=r"uganda-2012: .*; did you mean \"uganda-2021\"\?"):
        load_case("uganda-2012")
    with pytest.raises(ScenarioError, match=r"expected a case, which has a file checks.toml, found none"):
        load_case(write_case(tmp_path, checks=""))


def test_a_relative_folder_is_named_after_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(write_case(tmp_path / "here"))
    assert load_case(".").name == "here"


def test_an_unknown_check_is_said_with_the_nearest(tmp_path: Path):
    with pytest.raises(ScenarioError, match='did you mean "new-day-3"'):
        load_case(write_case(tmp_path)).check("new-day-2")
