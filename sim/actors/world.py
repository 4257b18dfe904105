"""What institutions share: a name, the law as it stands, and a world with a log and draws of its own."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import mesa  # type: ignore[import-untyped]
import numpy as np
from numpy.typing import NDArray

from sim import chance
from sim.actors.chronicle import Chronicle
from sim.chance import Stream
from sim.scenario import institutions as spec
from sim.scenario.schema import Scenario

NOT_YET_PUBLIC = 1.0
"""Vagueness of a law whose text no one outside the government has read: everything may be forbidden."""


@dataclass(slots=True)
class LawState:
    """The legal regime. Acts of the calendar change it; companies, police and press read it."""

    name: str
    terms_vagueness: float
    in_force: bool
    court_order_required: bool
    text_public: bool
    suspicion: float = 0.0
    rules_gazetted: bool = False
    autonomy: float = 1.0
    """A: weight of the city's own costs beside those of the government above it; 1 without one."""
    unlawful_for: dict[str, int] = field(default_factory=dict)
    """Companies for which a court has held the demands unlawful, with the act that says so."""
    sources: dict[str, int] = field(default_factory=dict)
    """Acts behind the present regime, by what they did: announced, enacted, gazetted."""

    @classmethod
    def at_start(cls, law: spec.Law, autonomy: float = 1.0) -> "LawState":
        """The regime that the scenario starts with; the text of a law in force is public unless an act hid it."""
        return cls(
            law.name,
            law.vagueness,
            law.in_force,
            law.court_order_required,
            text_public=law.in_force,
            suspicion=law.suspicion,
            autonomy=autonomy,
        )

    @property
    def vagueness(self) -> float:
        """V: how far the law in force leaves open what is forbidden, from 0 to 1; without a public text it is 1."""
        if not self.in_force:
            return 0.0
        return self.terms_vagueness if self.text_public else NOT_YET_PUBLIC

    def weigh(self, city: float, above: float) -> float:
        """Cost of a step as the two governments together see it: A C_HK + (1 - A) C_BJ (eq. 18)."""
        return self.autonomy * city + (1.0 - self.autonomy) * above

    def acts(self, *steps: str) -> tuple[int, ...]:
        """Those of the acts behind the regime that took one of these steps, in the order of the steps."""
        return tuple(self.sources[step] for step in steps if step in self.sources)


class HeldScenario(Scenario):
    """A scenario as a model holds it: false where Mesa asks whether there is one.

    Mesa's page (``SolaraViz``) takes what is true there for a scenario of Mesa's own kind and rebuilds it at a reset;
    what is false it passes on as it was given.
    """

    def __bool__(self) -> bool:
        """False, for Mesa."""
        return False


class World(mesa.Model):  # type: ignore[misc]
    """What institutions read of the world that they live in, and the log that they write in."""

    today: Any = None
    """What people did on the last day lived, a ``sim.population.conditions.Day``; None before the first."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.turn_to(scenario)
        super().__init__(rng=seed)
        self.seed = int(seed)
        self.day = 0
        """The day that is being lived, 0 at the start of the scenario."""
        self.days_lived = 0
        self._platforms = {name: k for k, name in enumerate(scenario.platforms)}
        self.law = LawState.at_start(scenario.law, scenario.centre[1].autonomy if scenario.centre else 1.0)
        self.chronicle = Chronicle(scenario.date)
        self.happened: dict[str, tuple[int, int]] = {}
        """Day on which each act of the calendar, by its id, last happened, and its place in the log."""
        self.causes: dict[str, tuple[int, ...]] = {}
        """Acts because of which an act of the calendar that waited, by its id, happened last."""
        self.ladder = scenario.committee[1] if scenario.committee else spec.Committee()
        """Costs and sanctions of the rungs, whether or not a committee climbs them by itself."""
        self.risk_shift = [0.0] * len(scenario.platforms)
        """(K,) lasting changes of the risk index, in the order of the platforms."""
        self.outages: list[tuple[int, float, float]] = []
        """Platform of each outage, its beginning and its end, in hours since the first day began."""
        self.interoperability = scenario.population.interoperability
        self.mandate_ends: tuple[int, int] | None = None
        """Day on which a duty to carry messages across apps is over, and the act behind it."""
        self.holders_at_law: tuple[int, ...] = ()
        """(K,) holders on the day before the latest law was announced or enacted; empty before the first day."""
        self.speech_index = 1.0
        """People who speak publicly today over those who spoke on the first day; 1 before the first."""
        self.access_stale = True
        """Whether what people can reach has changed since it was last put together."""

    def turn_to(self, scenario: Scenario) -> None:
        """Live on in another world, as if all days so far had been lived in it.

        The caller sees to it that they would have been the same: ``sim.runs.past.alike_days``.
        """
        self._lived_in = HeldScenario.model_construct(**dict(scenario))

    @property
    def scenario(self) -> Scenario:
        """The frozen scenario that the model lives in."""
        return self._lived_in

    @scenario.setter
    def scenario(self, _: object) -> None:
        """Mesa offers an empty scenario of its own here; ours stands in its place."""

    def log(
        self, actor: str, verb: str, target: str = "", because: Iterable[int | None] = (), **quantities: Any
    ) -> int:
        """Write an act of today in the log, with the acts behind it as far as they are known; return its id."""
        causes = [act for act in because if act is not None]
        return self.chronicle.add(self.day, actor, verb, target, causes, **quantities)

    def draw(self, stream: Stream, entity: int, number: int | None = None) -> float:
        """Uniform number in [0, 1) of an entity today, or, whatever the day, of its so many-th occasion."""
        return chance.u(self.seed, int(stream), entity, self.day if number is None else number)

    def draws(self, stream: Stream, entities: NDArray[np.int64]) -> list[float]:
        """The same of several entities."""
        drawn: list[float] = chance.us(self.seed, int(stream), entities, self.day).tolist()
        return drawn

    def platform_index(self, name: str) -> int:
        """Number of a platform in the order of the scenario."""
        return self._platforms[name]

    def count_holders(self) -> None:
        """Keep today's holders as the level from which companies count lost users."""
        if self.today is not None:
            self.holders_at_law = tuple(int(count) for count in self.today.holders)

    def holders_and_use(self, k: int) -> tuple[int, float]:
        """People who hold a platform, and how many of them orders leave to it, each as far as it works for them."""
        raise NotImplementedError("a world without people")


class Institution(mesa.Agent):  # type: ignore[misc]
    """A Mesa agent with a name, in a world that it can read."""

    model: World

    def __init__(self, model: World, name: str) -> None:
        super().__init__(model)
        self.name = name

    def log(self, verb: str, target: str = "", because: Iterable[int | None] = (), **quantities: Any) -> int:
        """Write an act of its own in the log; return its id."""
        return self.model.log(self.name, verb, target, because, **quantities)
