"""Orders to ISPs and stores: issued by the calendar or by the ladder, and in force until they lapse or are lifted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.actors.world import World
from sim.scenario.acts import OrderKind

RUNG_OF: dict[OrderKind, int] = {"throttle": 4, "block": 5, "store ban": 6}
"""Rung of the ladder (18) on which each order against a platform stands; other orders stand on none."""
VPNS = "VPNs"
"""Target of an order that blocks circumvention."""


@dataclass(eq=False, slots=True)
class Order:
    """An order that people's access depends on."""

    kind: OrderKind
    target: str
    """Platform, website for a site block, or ``VPNS``."""
    platform: int | None
    """Number of the platform; None for a website and for VPNs."""
    access: float
    """Usability that remains where the order is executed."""
    issued: int
    """Day of the order, negative where it stood before the run, still to come where it is only announced."""
    act: int
    """Act of the chronicle that issued it."""
    until: int | None = None
    """Day on which it lapses by itself: the first on which it is no longer in force."""
    isps: tuple[str, ...] = ()
    """ISPs that are ordered to; all when empty."""
    part: str = ""
    """Function of the app that the order is about, such as uploads; empty for all of it."""
    announced: bool = False
    """Whether it was announced ahead of its day."""
    from_ladder: bool = False
    stood_on: int = 0
    """Rung on which the owner stood before the ladder issued the order."""
    lifted: int | None = None

    @property
    def part_of(self) -> tuple[str, ...]:
        """Words before the target in a sentence: 'uploads on'; none where all of it is meant."""
        return (f"{self.part} on",) if self.part else ()


class Orders:
    """The book of orders."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.book: list[Order] = []
        self._standing: list[Order] = []
        self._ahead: dict[str, Order] = {}
        """Orders that are announced and not issued yet, by the id of the act that will issue them."""
        self._withdrawn: set[str] = set()

    def issue(self, order: Order) -> None:
        """Put an order in the book, and serve ISPs with it unless it goes to stores."""
        self._enter(order)
        if order.kind != "store ban":
            for isp in self._world.isps.values():
                isp.receive(order)
        if order.kind == "block":
            self._world.press.cover_block()

    def stand(self, order: Order) -> None:
        """Enter an order of before the run: in effect already wherever it is obeyed, and no news."""
        self._enter(order)
        if order.kind != "store ban":
            for isp in self._world.isps.values():
                isp.stand_under(order)

    def _enter(self, order: Order) -> None:
        self.book.append(order)
        self._standing.append(order)
        self._world.access_changed()

    def insist(self, platform: str) -> None:
        """Escalate against a platform: ISPs that have not obeyed an order against it are asked again."""
        for isp in self._world.isps.values():
            isp.insist(platform)

    def lift(self, orders: Iterable[Order], act: int, *, at_once: bool = False) -> None:
        """Withdraw orders; ISPs restore access with a lag, or at once where they knew the day; stores at once."""
        for order in orders:
            order.lifted = self._world.day
            self._standing.remove(order)
            self._world.access_changed()
            if order.kind != "store ban":
                for isp in self._world.isps.values():
                    isp.release(order, act, at_once=at_once)

    def lapse(self) -> None:
        """End the orders whose last day was yesterday; the order named it, so that ISPs need no time to restore."""
        world = self._world
        for order in [order for order in self._standing if order.until is not None and world.day >= order.until]:
            act = world.chronicle.add(world.day, "government", "lapse", order.target, (order.act,))
            self.lift([order], act, at_once=True)

    # Orders that are announced ahead

    def announce(self, act: str, order: Order) -> None:
        """Make an order known that an act of the calendar, by its id, is going to issue."""
        self._ahead[act] = order

    def ahead(self, target: str) -> list[str]:
        """Acts that are going to issue an announced order against a target."""
        return [act for act, order in self._ahead.items() if order.target == target]

    def withdraw(self, target: str) -> None:
        """Take back what is announced against a target: the acts that would issue it do not happen."""
        for act in self.ahead(target):
            del self._ahead[act]
            self._withdrawn.add(act)

    def falls_due(self, act: str) -> bool:
        """Whether an act of the calendar issues its order today: it does unless that was announced and withdrawn."""
        self._ahead.pop(act, None)
        return act not in self._withdrawn

    def announced_loss(self) -> NDArray[np.float64]:
        """(K,) share of each platform's use that announced orders, where they are not in effect, are going to take."""
        loss = np.zeros(len(self._world.scenario.platforms))
        known = [*self._ahead.values(), *(order for order in self._standing if order.announced)]
        if known:
            for isp in self._world.isps.values():
                coming = isp.access.copy()
                for order in known:
                    if order.platform is not None and isp.may_execute(order):
                        coming[order.platform] = min(coming[order.platform], order.access)
                loss += isp.spec.share * (isp.access - coming)
        return loss

    # What is in force

    def against(self, platform: int) -> list[Order]:
        """Orders in force against a platform."""
        return [order for order in self._standing if order.platform == platform]

    def on(self, target: str) -> list[Order]:
        """Orders in force against a target by its name."""
        return [order for order in self._standing if order.target == target]

    def rung(self, platforms: Iterable[int]) -> int:
        """Highest rung of the orders in force against any of these platforms; 0 without one that stands on a rung."""
        if not self._standing:
            return 0
        return highest_rung([order for k in platforms for order in self.against(k)])

    def banned(self, platform: int) -> bool:
        """Whether stores must not offer the platform."""
        return any(order.kind == "store ban" for order in self.against(platform))


def highest_rung(orders: Sequence[Order]) -> int:
    """Highest rung on which some of these orders stand; 0 without one."""
    return max((RUNG_OF.get(order.kind, 0) for order in orders), default=0)
