"""The compiled population and its readable twin live the same life, person by person, day by day."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from sim.population import Conditions, Population
from sim.scenario.institutions import Isp
from sim.scenario.population import Platform
from sim.scenario.population import Population as Spec
from tests.oracle.twin import Twin

ISPS = {"A": Isp(share=0.5), "B": Isp(share=0.3), "C": Isp(share=0.2)}
DAYS = 30


@dataclass(frozen=True)
class World:
    """A small world, lively enough that every rule fires many times in a month."""

    name: str
    contagion: str
    platforms: dict[str, Platform]
    steps: int = 1
    changes: dict[str, float] = field(default_factory=dict)

    def spec(self) -> Spec:
        lively = {
            "users": 240, "contagion": self.contagion, "revision_rate": 0.35, "inertia": 1.0, "trial_rate": 0.4,
            "trial_days": 6.0, "vpn_rate": 0.2, "speak_rate": 0.25, "attention_peers": 0.8, "group_move_rate": 0.2,
            "threshold_low": 0.05, "concern_mean": 1.5,
        }  # fmt: skip
        return Spec(**lively | self.changes)


FOUR = {
    "W": Platform(share=0.85), "T": Platform(share=0.2, pull=0.4), "C": Platform(share=0.54),
    "S": Platform(share=0.05, pull=-0.3),
}  # fmt: skip
EIGHT = {f"p{k}": Platform(share=0.1 + 0.1 * k) for k in range(8)}
WORLDS = [
    World("H0", "none", FOUR),
    World("H1", "simple", FOUR),
    World("H2", "threshold", FOUR),
    World("H3", "group", FOUR),
    World("H1 in sub-steps", "simple", FOUR, steps=3),
    World("H3 in sub-steps, groups of 5", "group", FOUR, steps=2, changes={"group_size": 5, "users": 243}),
    World("eight apps", "simple", EIGHT, changes={"substitution": 0.3}),
    World("one app, no trials", "simple", {"only": Platform(share=0.4)}, changes={"trial_rate": 0.0}),
    World("short memory", "simple", FOUR, changes={"peer_memory_days": 0.4}),
]


def conditions(day: int, apps: int) -> Conditions:
    """A month with a shock, a block on two ISPs, a throttle, a store ban, arrests and a mandate."""
    access = np.ones((apps, 3))
    if 8 <= day < 18:
        access[0, :2] = 0.0
    if 12 <= day < 20:
        access[-1, 2] = 0.3
    installable = np.ones(apps, bool)
    installable[-1] = not 15 <= day < 24
    disclosing = np.arange(apps) % 2 == (day > 20)
    return Conditions(
        day=day,
        salience=0.0 if day < 5 else float(np.exp(-(day - 5) / 9)),
        risk=np.linspace(1.3, 0.1, apps),
        access=access,
        installable=installable,
        interoperability=0.4 if 20 <= day < 25 else 0.0,
        arrests=0.7 if day >= 10 else 0.0,
        disclosing=disclosing,
        reopened={0: day - 18} if day >= 18 else {},
        fear=0.0 if day < 5 else float(np.exp(-(day - 5) / 50)),
    )


def rows(twin: Twin) -> list[tuple[object, ...]]:
    """What the twin's persons are, in the terms of the population's rows."""
    return [
        (
            sum(1 << k for k in person.apps),
            sum(1 << k for k in person.trials),
            sum(1 << k for k in person.ever),
            person.vpn,
            person.speaks,
            person.exposure,
        )
        for person in twin.people
    ]


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
def test_same_life(world: World, seed: int):
    spec, apps = world.spec(), len(world.platforms)
    population = Population(spec, world.platforms, ISPS, seed, steps_per_day=world.steps)
    twin = Twin(spec, world.platforms, population, seed, world.steps)
    happened = np.zeros(6)
    for day in range(DAYS):
        met = conditions(day, apps)
        did = population.step(met)
        twin.live(met)
        people = population.people
        mine = list(
            zip(*(people[f].tolist() for f in ("hold", "trial", "ever", "vpn", "speak", "exposure")), strict=True)
        )
        assert mine == rows(twin), f"day {day}"
        seen = twin.observe()
        for name, expected in seen.items():
            if name != "usage_share":
                assert np.array_equal(getattr(did, name), expected), f"{name}, day {day}"
        np.testing.assert_allclose(did.usage_share, seen["usage_share"], rtol=0, atol=1e-12)
        if day % 7 == 0:
            assert did.safe_reach == twin.safe_reach()
        happened += [did.installs.sum(), did.removals.sum(), did.trials.sum(), did.vpn, did.speaking, did.flows.sum()]
    assert (happened > 20).all(), "a quiet world would prove nothing"


def test_worlds_of_different_switches_differ():
    """The comparison would also pass if the switch did nothing."""
    ends = {}
    for contagion in ("none", "simple", "threshold", "group"):
        population = Population(World("", contagion, FOUR).spec(), FOUR, ISPS, 1)
        for day in range(DAYS):
            population.step(conditions(day, 4))
        ends[contagion] = population.people["hold"].tobytes()
    assert len(set(ends.values())) == 4
