"""Levers: what may be weighed, and their regret, robustness and failures, by hand and from end to end."""

import numpy as np
import pandas as pd
import pytest

from sim.analyses.ask import ask
from sim.analyses.boxes import Event
from sim.analyses.decide import (
    ALL,
    BETTER,
    JUDGED,
    NOTHING,
    Decision,
    LeverError,
    check_lever,
    court_needed,
    parse_threshold,
    regret,
    share,
    shipped_choice,
    tell_apart,
)
from sim.scenario.acts import KINDS
from sim.scenario.calendar import Act
from sim.scenario.files import load
from sim.study.design import DesignError
from sim.view import decide as words
from tests.terminal import lawshock
from tests.test_house import ROOT

# What may be weighed

BASE = "hong-kong-2020"
ON = "date=2020-08-01"

REPRESSION = {
    "announce": f"announce {ON}",
    "enact": f"enact {ON} court_order_required=false",
    "gazette-rules": f"gazette-rules {ON}",
    "arrest": f"arrest {ON}",
    "order-block": f"order-block platform=WhatsApp {ON}",
    "order-throttle": f"order-throttle platform=WhatsApp {ON}",
    "order-site-block": f"order-site-block site=x.hk {ON}",
    "order-vpn-block": f"order-vpn-block {ON}",
    "change-terms": f"change-terms platform=WhatsApp risk=1.0 {ON}",
    "withdraw-feature": f"withdraw-feature platform=Signal produced=1.0 {ON}",
    "change-owner": f"change-owner platform=Telegram company=Tencent {ON}",
    "outage": f"outage platform=Signal {ON}",
    "demand": f"demand companies=Meta {ON}",
    "escalate": f"escalate companies=Meta rung=4 {ON}",
    "report": f"report note=x salience=1.0 {ON}",
    "a ban from stores": f"order-block platform=WhatsApp store_ban=true {ON}",
    "a mandate of access": f"demand of=data companies=Meta {ON}",
    "all is handed over": f"force-stance company=Meta stance=comply {ON}",
    "a company goes": f"force-stance company=Meta stance=exit {ON}",
    "an office closes": f"force-stance company=Meta stance=withdraw {ON}",
    "advice to answer": f"advise-stance company=Meta stance=process {ON}",
    "the law is upheld": f"court-ruling outcome=law-upheld {ON}",
}
PROTECTION = {
    "publish-text": f"publish-text {ON}",
    "lift": f"lift platform=WhatsApp {ON}",
    "lift-vpn-block": f"lift-vpn-block {ON}",
    "court-ruling": f"court-ruling outcome=court-order-restored {ON}",
    "mandate-interoperability": f"mandate-interoperability reach=0.5 {ON}",
    "force-stance": f"force-stance company=Meta stance=pause {ON}",
    "advise-stance": f"advise-stance company=Meta stance=pause {ON}",
}


@pytest.fixture(scope="module")
def base():
    return load(BASE)


def test_a_kind_of_act_that_says_it_protects_is_listed():
    """One that says nothing is refused."""
    new = {kind for kind, act in KINDS.items() if act.protective or act.protects is not Act.protects}
    assert new <= {*REPRESSION, *PROTECTION}, "say in PROTECTION, or in REPRESSION, with which fields it is no lever"


def test_levers_of_repression_are_refused(base):
    for what, act in REPRESSION.items():
        with pytest.raises(
            LeverError, match=r"^lever: acts\.asked-1: expected an act that protects .*docs/limits"
        ) as told:
            check_lever(base, "lever", ask(BASE, [act], []))
        assert "\n" not in str(told.value), what


def test_what_protects_may_be_weighed(base):
    for act in PROTECTION.values():
        check_lever(base, "lever", ask(BASE, [act], []))


def test_what_protects_may_not_be_taken_away_or_weakened(base):
    for safe, what in (("court-order-kept", "court_order_required"), ("interoperability", "stay")):
        with pytest.raises(LeverError, match=what):
            check_lever(load(safe), BASE, base)
    weaker = load("interoperability", ["acts.interoperability.reach=0.1"])
    with pytest.raises(LeverError, match=r"acts\.interoperability\.reach: expected one of"):
        check_lever(load("interoperability"), "lever", weaker)


WRONG = {
    "law.vagueness=0.9": "lower than 0.8",
    "press.disclosure_rate=0.01": "higher than 0.05",
    "population.gamma=0.0": "expected one of",
    "regulators.Committee.ladder_rate=0.0": "expected one of",
    "end=2022-05-31": "expected one of",
}


def test_values_move_only_to_the_side_that_protects(base):
    for override, says in WRONG.items():
        with pytest.raises(LeverError, match=says):
            check_lever(base, "lever", load(BASE, [override]))
    for override in ("law.vagueness=0.2", "press.disclosure_rate=1", "acts.enact.court_order_required=true"):
        check_lever(base, "lever", load(BASE, [override]))


def test_a_lever_changes_something(base):
    with pytest.raises(LeverError, match="the same world"):
        check_lever(base, BASE, base)


def test_what_ships_may_be_weighed(base):
    choice = shipped_choice(BASE)
    assert len(choice.levers) >= 5
    for name in choice.levers:
        check_lever(base, name, load(name))
    assert [str(parse_threshold(text)) for text in choice.thresholds] == list(choice.thresholds)
    assert shipped_choice("uganda-2021").levers == ()


def test_no_outcome_can_be_aimed_at_from_its_worse_side():
    for outcome in JUDGED:
        wrong, right = (">=", "<=") if outcome.better == "fewer" else ("<=", ">=")
        assert parse_threshold(f"{outcome.id} {right} 3").level == 3
        with pytest.raises(DesignError, match=f"expected .*{outcome.better} of it is better"):
            parse_threshold(f"{outcome.id} {wrong} 3")
    with pytest.raises(DesignError, match='did you mean "furthest_sanction"'):
        parse_threshold("furthest sanction < 3")


# What levers do

SMALL = ("--users", 300, "--replicates", 3, "--set", "end=2020-07-20")
WITHOUT, IN_ALL = (next(one for one in JUDGED if one.id == id) for id in
                   ("accounts_without_court", "accounts"))  # fmt: skip


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


def test_all_thresholds_must_hold_in_the_same_world():
    values = np.zeros((2, 10, 2))
    values[0, :5, 0] = 100
    values[0, 5:, 1] = 100
    both = [Event(one.id, "<=", 10, one.name) for one in (WITHOUT, IN_ALL)]
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


@pytest.mark.parametrize(
    ("name", "needed"),
    [("hong-kong-2020", (True, False, False)), ("court-order-kept", (True, True, True)),
     ("court-order-if-three-pause", (True, False, True))],
)  # fmt: skip
def test_the_log_tells_on_which_days_a_court_order_is_needed(name, needed):
    from sim.runs.once import run_once

    run = run_once(load(name, ["population.users=300", "end=2020-07-20"]), 2)
    days = [run.scenario.day(pd.Timestamp(date).date()) for date in ("2020-06-29", "2020-06-30", "2020-07-20")]
    assert tuple(court_needed(run)[days]) == needed
    judged = {one.id: one.of(run) for one in JUDGED[:3]}
    assert judged[WITHOUT.id] <= judged[IN_ALL.id]
    if name == "court-order-kept":
        assert (judged[WITHOUT.id], judged["beyond_demands"]) == (0.0, 100.0)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    place = tmp_path_factory.mktemp("decide")
    levers = ("court-order-kept", "early-pause", "--threshold", "accounts <= 90")
    command = ("decide", "hong-kong-2020", *levers, *SMALL, "--study", "runs")
    result = lawshock(*command, "--out", "one", cwd=place)
    assert result.returncode == 0, result.stderr
    return place, command, result


@pytest.mark.slow
def test_worlds_are_the_same_under_every_lever(written):
    place, _, _ = written
    values = pd.read_csv(place / "one" / "values.csv")
    assert len(values) == 3 * 3
    early = values.pivot(index="world", columns="lever", values="accounts")
    assert (early["early-pause"] <= early[NOTHING]).all()
    assert early[NOTHING].nunique() == 3
    draws = pd.read_csv(place / "one" / "draws.csv")
    assert list(draws["world"]) == [1, 2, 3]
    assert draws["population.gamma"].nunique() == 3


def test_one_bad_act_among_good_ones_is_enough(base):
    both = ask(BASE, [PROTECTION["force-stance"], REPRESSION["order-block"]], [])
    with pytest.raises(LeverError, match=r"acts\.asked-2"):
        check_lever(base, "lever", both)


def test_the_limits_say_what_may_not_be_weighed():
    text = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8")
    assert [key for key in BETTER if f"`{key}`" not in text] == []
    assert "lawshock decide" in text


def test_doing_nothing_may_do_best():
    values = np.zeros((2, 20, 2))
    values[1, :, 1] = 50
    assert "no lever does better than doing nothing" in words.sentence(by_hand(values))


def test_levers_that_move_nothing_are_told_as_that():
    assert words.sentence(by_hand(np.zeros((2, 20, 2)))).startswith("None of 1 levers changes anything")
