"""Internet service providers: each carries an order out after a lag of its own, by its own technique (eq. 20)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim import chance
from sim.actors.institution import Institution
from sim.actors.orders import Order
from sim.chance import Stream

if TYPE_CHECKING:
    from sim.actors.world import World

DID = {"throttle": "slowed", "block": "blocked", "site block": "blocked"}
HITS_CO_HOSTED = ("ip",)
"""Techniques that hit every site on an address; a block by name (DNS, SNI) hits the named site alone."""


class Isp(Institution):
    """A provider with a licence to lose: it nearly always obeys; lag, technique and over-blocking are what varies."""

    def __init__(self, model: World, name: str) -> None:
        super().__init__(model, name)
        self.spec = model.scenario.isps[name]
        self.access: NDArray[np.float64] = np.ones(len(model.scenario.platforms))
        """(K,) usability of each platform through this provider, 1 when free."""
        self.executed: list[Order] = []
        self._due: list[tuple[int, Order, int | None]] = []
        """Day, order, and the act that lifts it when access is to be restored."""

    def receive(self, order: Order) -> None:
        """Take an order in: obeyed with probability c_j, effective after Exp(D_j) days (eq. 20)."""
        entity = chance.entity(self.name, order.kind, order.target)
        if self.model.draw(Stream.ISP_OBEYS, entity) >= self.spec.compliance:
            self.model.chronicle.add(self.model.day, self.name, "ignore an order", order.target, (order.act,))
            return
        self._due.append((self.model.day + self._lag(entity), order, None))

    def release(self, order: Order, act: int) -> None:
        """Learn that an order is lifted; access returns after a lag as well."""
        if order in self.executed:
            entity = chance.entity(self.name, order.kind, order.target, "lifted")
            self._due.append((self.model.day + self._lag(entity), order, act))
        else:
            self._due = [entry for entry in self._due if entry[1] is not order]

    def _lag(self, entity: int) -> int:
        """Whole days until an exponential delay of mean D_j has passed, at least one."""
        delay = -self.spec.lag_days * math.log(1.0 - self.model.draw(Stream.ISP_LAG, entity))
        return max(1, math.ceil(delay))

    def execute(self) -> None:
        """Carry out what is due today."""
        today = self.model.day
        if not any(day <= today for day, _, _ in self._due):
            return
        for day, order, lifting in self._due:
            if day <= today:
                self._carry_out(order, lifting)
        self._due = [entry for entry in self._due if entry[0] > today]
        self.access = self._access()
        self.model.access_changed()

    def _carry_out(self, order: Order, lifting: int | None) -> None:
        chronicle, today = self.model.chronicle, self.model.day
        if lifting is not None:
            self.executed.remove(order)
            chronicle.add(today, self.name, "restore access", order.target, (lifting,))
            return
        self.executed.append(order)
        days = today - order.issued
        delay = "a day" if days == 1 else f"{days} days"
        technique = self.spec.technique.upper()
        did = DID[order.kind]
        chronicle.add(
            today, self.name, "execute an order", order.target, (order.act,), did=did, technique=technique, delay=delay
        )

    def _access(self) -> NDArray[np.float64]:
        """Usability under the orders carried out; a leaky block lets part of the traffic through."""
        access = np.ones_like(self.access)
        for order in self.executed:
            if order.platform is not None:
                remains = order.access + self.spec.leak * (1.0 - order.access)
                access[order.platform] = min(access[order.platform], remains)
        return access

    @property
    def over_blocked(self) -> float:
        """Share of co-hosted sites hit: n blocks of share o_j each leave (1 - o_j)^n untouched (eq. 20)."""
        blocks = sum(order.kind != "throttle" for order in self.executed)
        return 1.0 - (1.0 - self.hit_by_a_block) ** blocks

    @property
    def hit_by_a_block(self) -> float:
        """Share of co-hosted sites that one more block would hit: o_j where blocks go by address, else 0."""
        return self.spec.over_blocking if self.spec.technique in HITS_CO_HOSTED else 0.0
