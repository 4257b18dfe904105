"""What the institutions need to know of the world they live in; ``sim.model.Model`` provides it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sim.actors.chronicle import Chronicle
    from sim.actors.company import Company
    from sim.actors.isp import Isp
    from sim.actors.law import LawState
    from sim.actors.orders import Orders
    from sim.actors.press import CivilSociety, Press
    from sim.actors.regulator import Centre, Committee, Police
    from sim.actors.triggers import Triggers
    from sim.chance import Stream
    from sim.population.conditions import Day
    from sim.scenario.institutions import Committee as CommitteeSpec
    from sim.scenario.schema import Scenario


class World(Protocol):
    """The shared state of a model that its agents read, and the books they write in."""

    scenario: Scenario
    day: int
    """The day that is being lived, 0 at the start of the scenario."""
    law: LawState
    chronicle: Chronicle
    orders: Orders
    triggers: Triggers
    ladder: CommitteeSpec
    """Costs and sanctions of the rungs, whether or not a committee climbs them by itself."""
    companies: dict[str, Company]
    isps: dict[str, Isp]
    owners: list[Company | None]
    """(K,) owner of each platform today."""
    police: Police | None
    committee: Committee | None
    centre: Centre | None
    press: Press
    society: CivilSociety
    today: Day | None
    """What people did on the last day lived; None before the first."""
    holders_at_law: tuple[int, ...]
    """(K,) holders on the day before the latest law was announced or enacted; empty before the first day is known."""
    risk_shift: list[float]
    """(K,) lasting changes of the risk index, in the order of the platforms."""
    outages: list[tuple[int, float, float]]
    """Platform of each outage, its beginning and its end, in hours since the first day began."""
    interoperability: float
    speech_index: float
    """People who speak publicly today over those who spoke on the first day; 1 before the first."""

    def draw(self, stream: Stream, entity: int) -> float:
        """Uniform number in [0, 1) of an entity today."""

    def draws(self, stream: Stream, entities: NDArray[np.int64]) -> list[float]:
        """The same of several entities."""

    def platform_index(self, name: str) -> int:
        """Number of a platform in the order of the scenario."""

    def holders_and_reaching(self, k: int) -> tuple[int, int]:
        """People who hold a platform, and those of them who are not cut off from it."""

    def access_changed(self) -> None:
        """Tell the world that what people can reach has changed."""

    def count_holders(self) -> None:
        """Keep today's holders as the level from which companies count lost users."""

    def mandate(self, reach: float, until: int | None, act: int) -> None:
        """Oblige messengers to carry messages across apps, until a day if one is given."""
