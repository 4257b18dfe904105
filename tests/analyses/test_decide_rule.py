"""What may be weighed: levers that protect rights, on outcomes from their better side, and nothing else."""

import pytest

from sim.analyses.ask import ask
from sim.analyses.decide import BETTER, JUDGED, LeverError, check_lever, parse_threshold, shipped_choice
from sim.scenario.acts import KINDS
from sim.scenario.files import load
from sim.study.design import DesignError
from tests.terminal import refused

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


def test_every_kind_of_act_is_on_one_side():
    assert {*KINDS} <= {*REPRESSION, *PROTECTION}


@pytest.mark.parametrize("what", REPRESSION)
def test_levers_of_repression_are_refused(what, base):
    world = ask(BASE, [REPRESSION[what]], [])
    with pytest.raises(LeverError, match=r"^lever: acts\.asked-1: expected an act that protects .*docs/limits") as told:
        check_lever(base, "lever", world)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("what", PROTECTION)
def test_what_protects_may_be_weighed(what, base):
    check_lever(base, "lever", ask(BASE, [PROTECTION[what]], []))


def test_one_bad_act_among_good_ones_is_enough(base):
    both = ask(BASE, [PROTECTION["force-stance"], REPRESSION["order-block"]], [])
    with pytest.raises(LeverError, match=r"acts\.asked-2"):
        check_lever(base, "lever", both)


@pytest.mark.parametrize(("safe", "what"), [("court-order-kept", "court_order_required"), ("interoperability", "stay")])
def test_what_protects_may_not_be_taken_away(safe, what, base):
    with pytest.raises(LeverError, match=what):
        check_lever(load(safe), BASE, base)


def test_a_protecting_act_may_not_be_weakened():
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


@pytest.mark.parametrize("override", WRONG)
def test_values_move_only_to_the_side_that_protects(override, base):
    with pytest.raises(LeverError, match=WRONG[override]):
        check_lever(base, "lever", load(BASE, [override]))


@pytest.mark.parametrize(
    "override", ["law.vagueness=0.2", "press.disclosure_rate=1", "acts.enact.court_order_required=true"]
)
def test_values_that_protect_may_move(override, base):
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


@pytest.mark.parametrize("outcome", JUDGED, ids=lambda outcome: outcome.name)
def test_no_outcome_can_be_aimed_at_from_its_worse_side(outcome):
    wrong, right = (">=", "<=") if outcome.better == "fewer" else ("<=", ">=")
    assert parse_threshold(f"{outcome.name} {right} 3").level == 3
    with pytest.raises(DesignError, match=f"expected .*{outcome.better} of it is better"):
        parse_threshold(f"{outcome.name} {wrong} 3")


def test_an_unknown_outcome_is_named_with_the_nearest():
    with pytest.raises(DesignError, match='did you mean "furthest sanction"'):
        parse_threshold("furthest sanctions < 3")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((BASE, "telegram-blocked"), "telegram-blocked: acts.block-telegram: expected an act that protects rights"),
        ((BASE, "companies-comply"), "companies-comply: acts.comply-meta: expected an act that protects rights"),
        (("court-order-kept", BASE), "acts.enact.court_order_required: expected true"),
        ((BASE, "early-pause", "--threshold", "accounts handed over >= 9"), "fewer of it is better"),
        ((BASE, "early-pause", "early-pause"), "a name of its own"),
        (("uganda-2021",), "expected a lever: uganda-2021 comes with none"),
    ],
)
def test_the_command_refuses_in_one_line(words, says, tmp_path):
    assert says in refused("decide", *words, cwd=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_limits_say_what_may_not_be_weighed():
    from pathlib import Path

    text = (Path(__file__).parents[2] / "docs" / "limits.md").read_text(encoding="utf-8")
    assert "lawshock decide" in text
    for key in BETTER:
        assert f"`{key}`" in text, key
