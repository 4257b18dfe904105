"""Signs of disputes in shipped cases, one thing changed at a time, in pairs of worlds that share all chance.

A side's resolve and the days on which it decides are drawn by hash, so that what makes it lose more can only bring its
end nearer, seed by seed; what changes the other side's losses alone leaves its own account where it is.
"""

import math
from collections.abc import Sequence

import pytest

from sim.evidence.cases import load_case
from sim.model import Model
from sim.scenario.acts import IspOrder
from sim.scenario.files import load
from sim.scenario.schema import Scenario

DAYS, USERS = 250, 300
ORDERED = {
    "nigeria-2021": "Twitter", "iraq-telegram-2023": "Telegram", "brazil-x-2024": "X",
    "pakistan-tiktok-2020": "ByteDance", "turkey-youtube-2007": "Google", "indonesia-tiktok-2018": "ByteDance",
}  # fmt: skip
"""Disputes under an order, and the company."""
LADDER = {
    "turkey-2020": "Twitter", "vietnam-2020": "Facebook", "india-it-rules-2021": "Twitter", "indonesia-2022": "Valve",
    "france-telegram-2024": "Telegram", "brazil-whatsapp-2016": "Meta",
}  # fmt: skip
"""Disputes under rungs, and the company."""
STEADFAST = "bargaining.unyielding=1.0"
"""The company gives in to nothing, so that the state's account can be seen alone."""


def world(case: str, *overrides: str) -> Scenario:
    return load(load_case(case).folder / "scenario.toml", [f"population.users={USERS}", *overrides])


def ends(scenario: Scenario, company: str, seeds: Sequence[int]) -> list[tuple[float, float]]:
    """Day on which the company gave in, and the state, in each run; infinity where they did not."""
    found = []
    for seed in seeds:
        model = Model(scenario, rng=seed)
        model.collects = False
        model.run_for(min(DAYS, scenario.days))
        acts = model.chronicle.acts
        gave = [one.day for one in acts if one.actor == company and one.verb in ("meet a demand", "resume", "obey")]
        retreats = [one.day for one in acts if one.target == company and one.verb == "give way"]
        found.append((min(gave, default=math.inf), min(retreats, default=math.inf)))
    return found


def company_is_sooner(
    less: list[tuple[float, float]], more: list[tuple[float, float]], what: str, *, spares_the_state: bool = True
) -> int:
    """More brings the company's end nearer in no pair the other way; the state, if spared, gives way not more often.

    Returns:
        Pairs in which it is nearer.
    """
    for pair in zip(less, more, strict=True):
        (late, _), (early, retreat) = pair
        assert early <= late or retreat < early, (what, pair)
    states = [sum(math.isfinite(state) for _, state in some) for some in (less, more)]
    assert states[1] <= states[0] or not spares_the_state, (what, states)
    return sum(early < late for (late, _), (early, _) in zip(less, more, strict=True))


def sanctions(case: str, factor: float) -> str:
    name, ladder = world(case).committee
    return f"regulators.{name}.rung_sanctions={[factor * cost for cost in ladder.rung_sanctions]}"


def check_sanctions(cases: Sequence[str], seeds: Sequence[int]) -> None:
    sooner = []
    for case in cases:
        light, plain, heavy = (ends(world(case, sanctions(case, f)), LADDER[case], seeds) for f in (0.2, 1.0, 5.0))
        sooner.append(
            company_is_sooner(light, plain, f"{case}: 0.2 to 1") + company_is_sooner(plain, heavy, f"{case}: to 5")
        )
    assert sum(count > 0 for count in sooner) >= len(cases) - 1, sooner


def check_market(cases: Sequence[str], seeds: Sequence[int]) -> None:
    for case in cases:
        company = ORDERED[case]
        market = world(case).companies[company].market
        less, more = (
            ends(world(case, f"companies.{company}.market={factor * market}"), company, seeds) for factor in (0.2, 5.0)
        )
        assert company_is_sooner(less, more, f"{case}: market") > 0, case


def check_use(cases: Sequence[str], seeds: Sequence[int]) -> None:
    """Lost use costs the state its own people's use, too (eq. 21): it may give way more often, and is not spared."""
    sooner = []
    for case in cases:
        leaks = [f"isps.{name}.leak=0.9" for name in world(case).isps]
        less, more = (ends(world(case, *some), ORDERED[case], seeds) for some in (leaks, []))
        sooner.append(company_is_sooner(less, more, f"{case}: use lost", spares_the_state=False))
    assert sum(count > 0 for count in sooner) >= len(cases) - 1, sooner


def check_business(cases: Sequence[str], seeds: Sequence[int]) -> None:
    sooner = 0
    for case in cases:
        company = ORDERED[case]
        platforms = world(case).companies[company].platforms
        busy = [f"platforms.{name}.business_use=1.0" for name in platforms]
        less, more = (ends(world(case, STEADFAST, *some), company, seeds) for some in ([], busy))
        for (_, late), (_, early) in zip(less, more, strict=True):
            assert early <= late, case
            sooner += early < late
    assert sooner >= len(cases), sooner


def check_nobody(cases: Sequence[str], seeds: Sequence[int]) -> None:
    """A block that no operator carries out is as good as none: within a tenth of the runs, and here in all."""
    for case in cases:
        ignored = world(case, *(f"isps.{name}.compliance=0.0" for name in world(case).isps))
        acts = tuple(act for act in ignored.acts if not isinstance(act, IspOrder))
        none = ignored.model_copy(update={"acts": acts})
        assert ends(ignored, ORDERED[case], seeds) == ends(none, ORDERED[case], seeds), case


CHECKS = {
    "sanctions": (check_sanctions, LADDER), "market": (check_market, ORDERED), "use": (check_use, ORDERED),
    "business": (check_business, ORDERED), "nobody": (check_nobody, ORDERED),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", CHECKS)
def test_signs_hold_in_six_disputes_and_more_with_24_seeds(name):
    check, cases = CHECKS[name]
    assert len(cases) >= 6
    check(list(cases), range(1, 25))


@pytest.mark.parametrize(("name", "case"), [("sanctions", "vietnam-2020"), ("nobody", "nigeria-2021")])
def test_signs_hold_in_one_dispute(name, case):
    CHECKS[name][0]([case], range(1, 4))
