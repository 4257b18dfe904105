"""Orders to ISPs and stores: issued by the calendar or by the ladder, and in force until they lapse or are lifted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from sim.actors.world import World

OrderKind = Literal["throttle", "block", "store ban", "site block"]

RUNG_OF: dict[OrderKind, int] = {"throttle": 4, "block": 5, "store ban": 6}
"""Rung of the ladder (18) on which each order against a platform stands."""


@dataclass(eq=False, slots=True)
class Order:
    """An order that people's access depends on."""

    kind: OrderKind
    target: str
    """Platform, or website for a site block."""
    platform: int | None
    """Number of the platform; None for a website."""
    access: float
    """Usability that remains where the order is executed."""
    issued: int
    act: int
    """Act of the chronicle that issued it."""
    until: int | None = None
    """Day on which it lapses by itself."""
    from_ladder: bool = False
    lifted: int | None = None


class Orders:
    """The book of orders."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.book: list[Order] = []
        self._standing: list[Order] = []

    def issue(self, order: Order) -> None:
        """Put an order in the book, and serve ISPs with it unless it goes to stores."""
        self.book.append(order)
        self._standing.append(order)
        self._world.access_changed()
        if order.kind != "store ban":
            for isp in self._world.isps.values():
                isp.receive(order)
        if order.kind == "block":
            self._world.press.cover_block()

    def lift(self, orders: Iterable[Order], act: int) -> None:
        """Withdraw orders; ISPs restore access with a lag, stores at once."""
        for order in orders:
            order.lifted = self._world.day
            self._standing.remove(order)
            self._world.access_changed()
            if order.kind != "store ban":
                for isp in self._world.isps.values():
                    isp.release(order, act)

    def lapse(self) -> None:
        """End the orders whose last day has come."""
        world = self._world
        for order in [order for order in self._standing if order.until is not None and world.day >= order.until]:
            act = world.chronicle.add(world.day, "government", "lapse", order.target, (order.act,))
            self.lift([order], act)

    def against(self, platform: int) -> list[Order]:
        """Orders in force against a platform."""
        return [order for order in self._standing if order.platform == platform]

    def rung(self, platforms: Iterable[int]) -> int:
        """Highest rung of the orders in force against any of these platforms; 0 without one."""
        if not self._standing:
            return 0
        return max((RUNG_OF[order.kind] for k in platforms for order in self.against(k)), default=0)

    def banned(self, platform: int) -> bool:
        """Whether stores must not offer the platform."""
        return any(order.kind == "store ban" for order in self.against(platform))
