"""Levers in plausible worlds: regret, robustness and where each fails, by hand and from end to end."""

import re

import numpy as np
import pandas as pd
import pytest

from sim.analyses.boxes import Event
from sim.analyses.decide import ALL, JUDGED, NOTHING, Decision, Lived, court_needed, regret, share, tell_apart
from sim.scenario.files import load
from sim.view.decide import words
from tests.terminal import lawshock

SMALL = ("--users", 300, "--replicates", 3, "--set", "end=2020-07-20")
WITHOUT, IN_ALL = (next(one for one in JUDGED if one.name == name) for name in
                   ("accounts handed over without a court", "accounts handed over"))  # fmt: skip


def by_hand(values, thresholds=(), draws=None):
    """A decision whose two account outcomes are given, (levers, worlds, 2); all others are zero."""
    scenario = load("hong-kong-2020", ["population.users=1000"])
    levers, n, _ = values.shape
    whole = np.zeros((levers, n, len(JUDGED) + len(scenario.platforms)))
    whole[:, :, :2] = values
    draws = pd.DataFrame({"a": np.arange(n, dtype=float)}) if draws is None else draws
    names = (NOTHING, *(f"lever-{i}" for i in range(1, levers)))
    return Decision(names, (scenario,) * levers, whole, whole, draws, tuple(thresholds), tuple(range(1, n + 1)))


def test_regret_is_what_is_missed_against_the_best_in_each_world():
    values = np.array([[10.0, 4.0], [7.0, 6.0], [9.0, 4.0]])
    assert regret(values, WITHOUT).tolist() == [[3.0, 0.0], [0.0, 2.0], [2.0, 0.0]]
    more = next(one for one in JUDGED if one.better == "more")
    assert regret(values, more).tolist() == [[0.0, 2.0], [3.0, 0.0], [1.0, 2.0]]


def test_the_best_in_most_worlds_and_both_sides_of_a_trade_off_are_told():
    values = np.zeros((3, 20, 2))
    values[0], values[1], values[2] = (400, 1000), (0, 1400), (300, 600)
    values[2, :2, 0] = -5  # the second lever does better in two worlds
    found = by_hand(values)
    first, second = words.bests(found)
    assert (first.levers, first.worlds) == (("lever-1",), 18)
    assert (second.levers, second.worlds) == (("lever-2",), 20)
    text = words.sentence(found)
    assert text.startswith("For accounts handed over without a court, “lever 1” does best: 400 fewer")
    assert "18 of 20" in text
    assert "but for accounts handed over, “lever 2” does best: 400 fewer" in text
    assert "optimal" not in text


def test_doing_nothing_may_do_best():
    values = np.zeros((2, 20, 2))
    values[1, :, 1] = 50
    assert "no lever does better than doing nothing" in words.sentence(by_hand(values))


def test_levers_that_move_nothing_are_told_as_that():
    assert words.sentence(by_hand(np.zeros((2, 20, 2)))).startswith("None of 1 levers changes anything")


def test_all_thresholds_must_hold_in_the_same_world():
    values = np.zeros((2, 10, 2))
    values[0, :5, 0] = 100
    values[0, 5:, 1] = 100
    both = [Event(WITHOUT.name, "<=", 10), Event(IN_ALL.name, "<=", 10)]
    table = by_hand(values, both).robustness.set_index(["lever", "threshold"])["holds"]
    assert table[NOTHING].tolist() == [0.5, 0.5, 0.0]
    assert table[("lever-1", ALL)] == 1.0


def test_the_interval_of_a_share_is_wilsons():
    """Its ends are the shares from which nine of ten lie 1.645 standard errors away."""
    held = np.arange(10) < 9
    p, low, high, n = share(held)
    assert (p, n) == (0.9, 10)
    for end in (low, high):
        assert abs(p - end) / np.sqrt(end * (1 - end) / n) == pytest.approx(1.645, abs=1e-3)
    assert share(np.ones(10, dtype=bool))[2] == 1.0


def noise(n, columns):
    """Numbers that have nothing to do with the worlds."""
    return pd.DataFrame(np.random.default_rng(1).random((n, columns))).rename(columns="noise-{}".format)


def test_a_number_that_decides_is_found_among_two_hundred_that_do_not():
    draws = noise(64, 200).assign(decides=np.arange(64) * 37 % 64 / 64)
    told = tell_apart(draws, (draws["decides"] > 0.6).to_numpy())
    assert list(told["factor"]) == ["decides"]
    assert told["p"][0] < 0.001
    assert told["tried"][0] == 201


def test_noise_alone_tells_nothing():
    draws = noise(64, 200)
    assert tell_apart(draws, np.random.default_rng(2).random(64) < 0.4).empty


def test_four_failing_worlds_are_too_few_to_tell():
    draws = pd.DataFrame({"decides": np.arange(64.0)})
    assert tell_apart(draws, np.arange(64) < 4).empty
    assert not tell_apart(draws, np.arange(64) < 12).empty


@pytest.mark.slow
def test_a_lever_fails_in_a_box_of_what_was_drawn():
    values = np.zeros((2, 64, 2))
    place = np.arange(64) * 37 % 64 / 64
    values[0, :, 0] = np.where(place > 0.6, 100, 0)
    draws = noise(64, 30).assign(decides=place)
    found = by_hand(values, [Event(WITHOUT.name, "<=", 10)], draws)
    one, other = words.failing(found)
    assert (one.levers, one.where) == ("Lever 1", ("It holds in every world that was tried.",))
    assert other.levers == "Nothing is done"
    assert re.match(r"Where decides is above 0\.6\d*: it fails in (\d+) of \1 worlds, ", other.where[0]), other.where
    assert other.misses == ("accounts handed over without a court ≤ 10: missed in 25 of 64",)


@pytest.mark.parametrize(
    ("name", "needed"),
    [("hong-kong-2020", (True, False, False)), ("court-order-kept", (True, True, True)),
     ("court-order-if-three-pause", (True, False, True))],
)  # fmt: skip
def test_the_log_tells_on_which_days_a_court_order_is_needed(name, needed):
    from sim.runs.once import run_once

    run = run_once(load(name, ["population.users=300", "end=2020-07-20"]), 2)
    lived = Lived(run.scenario, run.tables["measures"], run.tables["acts"], {})
    days = [run.scenario.day(pd.Timestamp(date).date()) for date in ("2020-06-29", "2020-06-30", "2020-07-20")]
    assert tuple(court_needed(lived)[days]) == needed
    judged = {one.name: one.of(lived) for one in JUDGED[:3]}
    assert judged[WITHOUT.name] <= judged[IN_ALL.name]
    if name == "court-order-kept":
        assert (judged[WITHOUT.name], judged["contacts beyond demands without a court"]) == (0.0, 100.0)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    place = tmp_path_factory.mktemp("decide")
    levers = ("court-order-kept", "early-pause", "--threshold", "accounts handed over <= 90")
    command = ("decide", "hong-kong-2020", *levers, *SMALL, "--study", "runs")
    result = lawshock(*command, "--out", "one", cwd=place)
    assert result.returncode == 0, result.stderr
    return place, command, result


@pytest.mark.slow
def test_worlds_are_the_same_under_every_lever(written):
    place, _, _ = written
    values = pd.read_csv(place / "one" / "values.csv")
    assert len(values) == 3 * 3
    early = values.pivot(index="world", columns="lever", values="accounts handed over")
    assert (early["early-pause"] <= early[NOTHING]).all()
    assert early[NOTHING].nunique() == 3
    draws = pd.read_csv(place / "one" / "draws.csv")
    assert list(draws["world"]) == [1, 2, 3]
    assert draws["population.gamma"].nunique() == 3


@pytest.mark.slow
def test_the_page_answers_first_and_asks_no_network(written):
    place, _, result = written
    page = (place / "one" / "decide.html").read_text(encoding="utf-8")
    answer = result.stdout.splitlines()[0]
    assert page.index(answer) < page.index("<svg", page.index("<main")) < page.index("Where each fails")
    assert not re.search(r"(src|href)=\"(?!#)", page)
    assert "Only levers that protect rights can be weighed" in page
    assert "Notice to users" in page


@pytest.mark.slow
def test_the_same_command_makes_no_run_again_and_gives_the_same_bytes(written):
    place, command, _ = written
    runs = {path: path.stat().st_mtime_ns for path in (place / "runs" / "runs").iterdir()}
    result = lawshock(*command, "--workers", 1, "--out", "two", cwd=place)
    assert result.returncode == 0, result.stderr
    assert {path: path.stat().st_mtime_ns for path in (place / "runs" / "runs").iterdir()} == runs
    files = sorted(path.name for path in (place / "one").iterdir())
    assert files == sorted(path.name for path in (place / "two").iterdir())
    assert {"decide.html", "decide.png", "manifest.json", "regret.csv", "early-pause.toml"} <= {*files}
    for name in files:
        assert (place / "one" / name).read_bytes() == (place / "two" / name).read_bytes(), name


@pytest.mark.slow
def test_the_folder_is_made_again(written):
    place, _, _ = written
    result = lawshock("reproduce", place / "one")
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.startswith("Reproduced: all ")
