"""With its new constants at zero the second form of the people is the first one, person by person.

What the second form repairs is left out: who returns when a platform opens again (any former holder in the first form,
only those who dropped it while it was shut in the second), outages that a VPN bridged, and attention of one kind.
"""

from typing import Any

import numpy as np
import pytest

from sim.population import Conditions, Population
from sim.scenario.population import Platform
from sim.scenario.population import Population as Spec
from tests.oracle.first_form import Twin
from tests.oracle.test_twin import assert_same_day
from tests.oracle.worlds import DAYS, ISPS

FIRST_FORM: dict[str, Any] = {
    "reach": "held", "redundancy": 0.0, "expected_movement": 0.0, "loss_rate": 0.0, "patience_days": 0.0,
    "anticipation": 0.0, "vpn_usability": 1.0, "vpn_inertia": 0.0, "acquaintances": 1e6, "outside_value": 0.0,
    "substitution": 0.3, "block_cost": 6.0,
}  # fmt: skip
LIVELY: dict[str, Any] = {
    "users": 240, "revision_rate": 0.1, "inertia": 1.0, "trial_rate": 0.4, "trial_days": 6.0, "vpn_rate": 0.2,
    "speak_rate": 0.25, "attention_peers": 0.8, "group_move_rate": 0.2, "threshold_low": 0.05, "concern_mean": 1.5,
}  # fmt: skip
FOUR = {
    "W": Platform(share=0.85), "T": Platform(share=0.2, pull=0.4), "C": Platform(share=0.54),
    "S": Platform(share=0.05, pull=-0.3),
}  # fmt: skip
EIGHT = {f"p{k}": Platform(share=0.1 + 0.1 * k) for k in range(8)}


def month(day: int, apps: int, shut: bool) -> Conditions:
    """A shock, blocks on one provider or on two for good, a store ban, arrests and a mandate."""
    access = np.ones((apps, 3))
    if shut and day >= 8:
        access[0, :2] = 0.0
    elif 8 <= day < 18:
        access[0, 1] = 0.0
    if 12 <= day < 20:
        access[-1, 2] = 0.0
    installable = np.ones(apps, bool)
    installable[-1] = not 15 <= day < 24
    salience = 0.0 if day < 5 else float(np.exp(-(day - 5) / 9))
    return Conditions(
        day=day,
        salience=salience,
        alarm=salience,  # the first form knows one kind of attention
        risk=np.linspace(1.3, 0.1, apps),
        access=access,
        installable=installable,
        interoperability=0.4 if 20 <= day < 25 else 0.0,
        arrests=0.7 if day >= 10 else 0.0,
        disclosing=np.arange(apps) % 2 == (day > 20),
        fear=0.0 if day < 5 else float(np.exp(-(day - 5) / 50)),
    )


@pytest.mark.slow
@pytest.mark.parametrize("shut", [False, True], ids=["on one provider", "shut for good"])
@pytest.mark.parametrize(
    ("contagion", "platforms", "steps"),
    [
        ("none", FOUR, 1), ("simple", FOUR, 3), ("threshold", FOUR, 1), ("group", FOUR, 2), ("simple", EIGHT, 1),
        ("simple", {"only": Platform(share=0.4)}, 1),
    ],
)  # fmt: skip
def test_first_form_is_a_corner_of_the_second(contagion: str, platforms: dict[str, Platform], steps: int, shut: bool):
    spec = Spec(**LIVELY | FIRST_FORM | {"contagion": contagion})
    population = Population(spec, platforms, ISPS, 4, steps_per_day=steps)
    twin = Twin(spec, platforms, population, 4, steps)
    happened = np.zeros(5)
    for day in range(DAYS):
        met = month(day, len(platforms), shut)
        did = population.step(met)
        twin.live(met, reopened={})
        people = population.people
        for name, expected in rows(twin).items():
            assert people[name].tolist() == expected, f"{name}, day {day}"
        assert_same_day(did, twin, f"day {day}")
        if day % 7 == 0:
            assert did.safe_reach == twin.safe_reach()
        happened += [did.installs.sum(), did.removals.sum(), did.vpn, did.speaking, did.flows.sum()]
    assert (happened > 20).all(), "a quiet world would prove nothing"


def rows(twin: Twin) -> dict[str, list[object]]:
    return {
        "hold": [sum(1 << k for k in person.apps) for person in twin.people],
        "trial": [sum(1 << k for k in person.trials) for person in twin.people],
        "ever": [sum(1 << k for k in person.ever) for person in twin.people],
        "vpn": [person.vpn for person in twin.people],
        "speak": [person.speaks for person in twin.people],
        "exposure": [person.exposure for person in twin.people],
    }
