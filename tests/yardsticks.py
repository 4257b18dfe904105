"""What speed is measured against: the machine's memory, the readable twin, Mesa with nothing to do, and Starsim."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import mesa
import numba as nb
import numpy as np

from sim.population import Conditions, Population, kernel
from sim.population.choice import Today, probability_of_speaking
from sim.scenario.files import load
from tests.oracle.twin import Twin

LINE = 64  # bytes of a cache line


def best(work: Callable[[], object], times: int = 5, clock: Callable[[], float] = time.process_time) -> float:
    """Shortest time of a piece of work in seconds: what disturbs a measurement only ever adds."""
    spent = []
    for _ in range(times):
        start = clock()
        work()
        spent.append(clock() - start)
    return min(spent)


@nb.njit(nogil=True)
def _triad(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> None:
    """a = b + 3 c (McCalpin's STREAM)."""
    for i in range(a.size):
        a[i] = b[i] + 3.0 * c[i]


def bandwidth(threads: int) -> float:
    """Bytes per second that so many threads move between memory and cores."""
    arrays, clock = np.ones((3, threads, 8_000_000)), time.process_time if threads == 1 else time.perf_counter
    with ThreadPoolExecutor(threads) as pool:
        seconds = best(lambda: list(pool.map(lambda part: _triad(*arrays[:, part]), range(threads))), clock=clock)
    return arrays.nbytes / seconds


class Traffic:
    """Counts the bytes that a population's days must touch, by standing in for its own methods."""

    def __init__(self, population: Population) -> None:
        self.bytes = 0.0
        self._population = population
        self._step, self._spread = population._step, population._spread
        population._step, population._spread = self.step, self.spread

    def step(self, today: Today) -> None:
        """A byte and a bit of everyone; the line of a person who may decide; two lines of ties of one who asks."""
        rules, users = self._population.rules, self._population.users
        visits = kernel._visits_today(rules, today, self._population._highest(today))
        calm, vpn, ready, speak = (
            int(limit) / 2.0**53 for limit in (visits.calm, visits.vpn, visits.ready, visits.speak)
        )
        torn = probability_of_speaking(1.0, rules, today) - probability_of_speaking(0.0, rules, today)
        self.bytes += users * (1.125 + (calm + vpn * ready) * LINE + speak * torn * 2 * LINE)
        self._step(today)

    def spread(self, sizes: list[tuple[int, int]], today: Today) -> float:
        """For each change the person's line, two of ties and one per contact, there and back; a line for each turn."""
        contacts = self._population.ties.indices.size / self._population.users
        for changes, turns in sizes:
            self.bytes += changes * (3 + 2 * contacts) * LINE + turns * 2 * LINE
        return self._spread(sizes, today)


def twin_against_kernel(users: int, days: int) -> tuple[float, float]:
    """Seconds per quiet day of the twin and of the population, one thread each."""
    scenario = load("hong-kong-2020", [f"population.users={users}"])
    given = (scenario.population, dict(scenario.platforms))
    population = Population(*given, scenario.isps, 1)
    twin = Twin(*given, scenario.isps, Population(*given, scenario.isps, 1), 1, 1)
    apps, isps = len(scenario.platforms), len(scenario.isps)

    def quiet(day: int) -> Conditions:
        free, none = np.ones((apps, isps)), np.zeros(apps, bool)
        return Conditions(day, 0.0, np.ones(apps), free, ~none, 0.0, 0.0, none)

    twin_days, kernel_days = iter(range(days)), iter(range(1, 20 * days + 1))
    slow = best(lambda: twin.live(quiet(next(twin_days))), days)
    population.step(quiet(0))
    fast = float(np.median([best(lambda: population.step(quiet(next(kernel_days))), 1) for _ in range(20 * days)]))
    return slow, fast


class _Idle(mesa.Agent):
    def step(self) -> None:
        """Do nothing."""


def mesa_with_nothing_to_do(users: int) -> float:
    """Seconds of ``shuffle_do`` over agents whose step is empty."""
    model = mesa.Model(rng=0)
    _Idle.create_agents(model, users)
    return best(lambda: model.agents.shuffle_do("step"), 3)


def starsim_day(users: int, days: int) -> float | None:
    """Seconds of a day of an infection among so many agents with ten contacts each; None without Starsim."""
    try:
        import starsim
    except ImportError:
        return None
    sim = starsim.Sim(n_agents=users, networks="random", diseases="sis", dt=starsim.days(1), verbose=0)
    sim.init()
    sim.run_one_step()  # compiles
    return best(sim.run_one_step, days)
