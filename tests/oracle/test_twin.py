"""The compiled population and its readable twin live the same life, person by person, day by day."""

import numpy as np
import pytest

from sim.population import Day, Population
from tests.oracle.twin import Twin
from tests.oracle.worlds import DAYS, GAINS, ISPS, MIXED, WORLDS, World

FIELDS = ("hold", "trial", "ever", "cut", "left", "vpn", "speak", "exposure")


def both(world: World, seed: int) -> tuple[Population, Twin]:
    spec, standing = world.spec(), world.standing_access()
    population = Population(spec, world.platforms, ISPS, seed, steps_per_day=world.steps, standing=standing)
    return population, Twin(spec, world.platforms, ISPS, population, seed, world.steps, standing)


def rows(twin: Twin) -> dict[str, list[object]]:
    """What the twin's persons are, in the terms of the population's rows."""
    return {
        "hold": [sum(1 << k for k in person.apps) for person in twin.people],
        "trial": [sum(1 << k for k in person.trials) for person in twin.people],
        "ever": [sum(1 << k for k in person.ever) for person in twin.people],
        "cut": [sum(1 << k for k in person.apps if person.is_cut_from(k)) for person in twin.people],
        "left": [sum(1 << k for k in person.left) for person in twin.people],
        "vpn": [person.vpn for person in twin.people],
        "speak": [person.speaks for person in twin.people],
        "exposure": [person.exposure for person in twin.people],
    }


def assert_same_people(population: Population, twin: Twin, when: str) -> None:
    for name, expected in rows(twin).items():
        mine = population.people[name].tolist()
        differ = [i for i, (a, b) in enumerate(zip(mine, expected, strict=True)) if a != b]
        assert not differ, f"{when}: {name} of persons {differ[:10]}"


def assert_same_day(did: Day, twin: Twin, when: str) -> None:
    for name, expected in twin.observe().items():
        if name == "usage_share" or name.endswith("_users"):
            np.testing.assert_allclose(getattr(did, name), expected, rtol=1e-12, atol=1e-12, err_msg=f"{name}, {when}")
        else:
            assert np.array_equal(getattr(did, name), expected), f"{name}, {when}"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("world", "seed"),
    [(world, seed) for world in WORLDS for seed in ((1, 2) if world.name in ("H1", "hours") else (1,))],
    ids=lambda value: value.name if isinstance(value, World) else str(value),
)
def test_same_life(world: World, seed: int):
    population, twin = both(world, seed)
    assert_same_people(population, twin, "at the start")
    for day in range(DAYS):
        met = world.conditions(day)
        did = population.step(met)
        twin.live(met)
        assert_same_people(population, twin, f"day {day}")
        assert_same_day(did, twin, f"day {day}")
        if day % 7 == 0:
            assert did.safe_reach == twin.safe_reach()


LEAST = {
    "look: background": 200, "look: trial": 200, "look: search": 200, "look: return": 4,
    "adopts: background": 20, "adopts: trial": 0, "adopts: search": 20, "adopts: return": 2,
    "drops: background": 20, "drops: trial": 20, "drops: search": 20, "left": 8, "VPN by need": 20,
}  # fmt: skip
"""How often each rule must have taken effect, or the comparison would prove nothing of it."""


def test_every_rule_fires_many_times():
    world = next(world for world in WORLDS if world.name == "H0")
    _, twin = both(world, 1)
    aware, entrant = list(twin.around.awareness), list(MIXED).index("E")
    cut = np.zeros(len(MIXED), np.int64)
    adopted = np.zeros(len(MIXED), np.int64)
    for day in range(DAYS):
        twin.live(world.conditions(day))
        cut += [sum(person.is_cut_from(k) for person in twin.people) for k in twin.platforms]
        adopted += twin.observe()["installs"]
    happened = {what: twin.happened[what] for what in LEAST}
    assert all(happened[what] >= least for what, least in LEAST.items()), happened
    assert twin.around.awareness[entrant] > 0.3 > aware[entrant]
    assert sum(a > b for a, b in zip(twin.around.awareness, aware, strict=True)) >= 2
    assert adopted[entrant] >= 20
    assert adopted[list(MIXED).index("Z")] == 0, "nobody wants it"
    assert (cut[[0, 1, 4, 5]] > 100).all(), cut
    assert 0 < sum(person.offline for person in twin.people) < 40
    assert not any(person.apps for person in twin.people if person.offline)


def test_every_rule_of_who_gains_fires():
    world = World(
        "", standing=True, changes=GAINS | {"awareness_rate": 0.0, "acquaintances": 1.0, "attention_peers": 0.0}
    )
    _, twin = both(world, 1)
    dark = 0
    for day in range(DAYS):
        twin.live(world.conditions(day))
        dark += sum(person.without(t) and person.heat(t) > 0.0 for person in twin.people for t in twin.types)
    assert twin.happened["VPN lost"] >= 20
    assert twin.happened["found by a search alone"] >= 2
    assert dark >= 100, "none of their apps of a type worked"


def test_worlds_of_different_switches_differ():
    """The comparison would also pass if a switch did nothing."""
    ends = {}
    for changes in ({"contagion": c} for c in ("none", "simple", "threshold", "group")):
        ends[str(changes)] = after_a_month(World("", **changes))
    for changes in ({"reach": "held"}, {"redundancy": 0.0}, {"expected_movement": 0.0}, {"loss_rate": 0.0},
                    {"patience_days": 0.0}, {"acquaintances": 1e6}, {"awareness_rate": 0.0}, {"outside_value": 0.0},
                    {"vpn_usability": 1.0}, {"vpn_inertia": 0.0}, {"offline_share": 0.0}, {"anticipation": 0.0},
                    {"loss_remnant": 0.0}, {"holdings_correlation": 0.3}, {"vpn_memory_days": 100.0},
                    {"search": "view"}, {"search": "view", "view_contacts": 9.0}, {"search": "view", "view_size": 9.0},
                    {"search": "view", "view_naming": 9.0}, {"dark_rate": 3.0}, {"vpn_loss_rate": 0.05},
                    {"entrant_worth": 0.4}, {"curiosity": 2.0}):  # fmt: skip
        ends[str(changes)] = after_a_month(World("", changes=changes))
    assert len(set(ends.values())) == len(ends)


def after_a_month(world: World) -> bytes:
    population = Population(world.spec(), world.platforms, ISPS, 1)
    for day in range(DAYS):
        population.step(world.conditions(day))
    return population.people["hold"].tobytes() + population.people["vpn"].tobytes()
