"""What speed is measured against: the memory of the machine, the readable twin, and Mesa with nothing to do."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import mesa
import numba as nb
import numpy as np

from sim.population import Conditions, Population
from sim.population.choice import Today
from sim.scenario.files import load
from tests.oracle.twin import Twin

LINE = 64  # bytes of a cache line


def best(work: Callable[[], object], times: int = 5) -> float:
    """Shortest time of a piece of work in seconds: what disturbs a measurement only ever adds."""
    spent = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        spent.append(time.perf_counter() - start)
    return min(spent)


@nb.njit(nogil=True)
def _triad(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> None:
    """a = b + 3 c (McCalpin's STREAM)."""
    for i in range(a.size):
        a[i] = b[i] + 3.0 * c[i]


def bandwidth(threads: int) -> float:
    """Bytes per second that so many threads move between memory and cores."""
    arrays = np.ones((3, threads, 8_000_000))
    with ThreadPoolExecutor(threads) as pool:
        seconds = best(lambda: list(pool.map(lambda part: _triad(*arrays[:, part]), range(threads))))
    return arrays.nbytes / seconds


class Traffic:
    """Counts the bytes that a population's days must touch, by standing in for its own methods."""

    def __init__(self, population: Population) -> None:
        self.bytes = 0.0
        self._population = population
        self._live, self._tell = population._live, population._tell
        population._live, population._tell = self.live, self.tell

    def live(self, today: Today) -> None:
        """One byte of everyone; the line of a person who may decide, there and back."""
        rules, users = self._population.rules, self._population.users
        calm, _, vpn = self._population._highest_rates(today)
        idle = np.exp(-(calm + vpn + rules.speak_rate) * rules.days_per_step)
        self.bytes += users + users * (1.0 - idle) * 2 * LINE
        self._live(today)

    def tell(self, sizes: list[int], today: Today) -> float:
        """For each change two lines of ties, and for each contact a line, there and back."""
        contacts = self._population.ties.indices.size / self._population.users
        self.bytes += sum(sizes) * (2 * LINE + contacts * 2 * LINE)
        return self._tell(sizes, today)


def twin_against_kernel(users: int = 10_000, days: int = 5) -> tuple[float, float]:
    """Seconds per quiet day of the twin and of the population, one thread each."""
    scenario = load("hong-kong-2020", [f"population.users={users}"])
    given = (scenario.population, dict(scenario.platforms))
    population = Population(*given, scenario.isps, 1)
    twin = Twin(*given, scenario.isps, Population(*given, scenario.isps, 1), 1, 1)
    apps, isps = len(scenario.platforms), len(scenario.isps)

    def quiet(day: int) -> Conditions:
        free, none = np.ones((apps, isps)), np.zeros(apps, bool)
        return Conditions(day, 0.0, np.ones(apps), free, ~none, 0.0, 0.0, none)

    twin_days, kernel_days = iter(range(days)), iter(range(200))
    slow = best(lambda: twin.live(quiet(next(twin_days))), days)
    population.step(quiet(0))
    fast = float(np.median([best(lambda: population.step(quiet(next(kernel_days))), 1) for _ in range(100)]))
    return slow, fast


class _Idle(mesa.Agent):
    def step(self) -> None:
        """Do nothing."""


def mesa_with_nothing_to_do(users: int = 100_000) -> float:
    """Seconds of ``shuffle_do`` over agents whose step is empty."""
    model = mesa.Model(rng=0)
    _Idle.create_agents(model, users)
    return best(lambda: model.agents.shuffle_do("step"), 3)
