"""Internet service providers: each carries an order out after a lag of its own, by its own technique (eq. 20)."""

import math

import numpy as np
from numpy.typing import NDArray

from sim import chance
from sim.actors.institution import Institution
from sim.actors.odds import choice, timing
from sim.actors.orders import VPNS, Order
from sim.actors.world import World
from sim.chance import Stream
from sim.scenario.acts import KINDS, IspOrder

DID = {order.order: order.did for order in KINDS.values() if issubclass(order, IspOrder)}
"""What an ISP has done, by the kind of order."""
SMALL, UNTOLD = "it was small enough not to be held to it", "it was not told of it"
"""Why an ISP does not carry an order out."""
DELAYS = {0: "hours", 1: "a day"}
"""Words for the shortest delays."""
HITS_CO_HOSTED = ("ip",)
"""Techniques that hit every site on an address; a block by name (DNS, SNI) hits the named site alone."""
OF_ADDRESSES = ("block", "site block")
"""Kinds of orders that are carried out by blocking what lies at an address."""


class Isp(Institution):
    """A provider with a licence to lose: it nearly always obeys; lag, technique and over-blocking are what varies."""

    def __init__(self, model: World, name: str) -> None:
        super().__init__(model, name)
        network = model.scenario.network
        self.spec = model.scenario.isps[name].within(network)
        assert self.spec.lag_days is not None
        assert self.spec.leak is not None
        self._lag_days, self._leak = self.spec.lag_days, self.spec.leak
        self._late_days = network.late_days if self.spec.share >= network.national_share else None
        """Further lag of a carrier of national size that does not obey at first; None for a small ISP."""
        self.access: NDArray[np.float64] = np.ones(len(model.scenario.platforms))
        """(K,) usability of each platform through this provider, 1 when free."""
        self.vpn = 1.0
        """What it leaves of the usability of a VPN, 1 when free."""
        self.executed: list[Order] = []
        self._due: dict[Order, tuple[int, int | None]] = {}
        """What is to be done about an order: the day, and the act that lifts it when access is to be restored."""
        self._odds: dict[Order, str] = {}
        """Words for an order that takes effect early or late, as things go with this ISP."""
        self._ignored: list[Order] = []
        """Orders in force that it has not obeyed."""

    # Orders come in

    def addressed(self, order: Order) -> bool:
        """Whether an order goes to this ISP."""
        return not order.isps or self.name in order.isps

    def receive(self, order: Order) -> None:
        """Take an order in: obeyed with probability c_j, in effect after floor(Exp(D_j)) days (eq. 20)."""
        if not self.addressed(order):
            return
        self.insist(order.target)
        days = self._days_to_obey(order)
        if days is None:
            self._ignored.append(order)
            told = {"ground": UNTOLD, "odds": ""} if self.spec.compliance == 0.0 else choice(1.0 - self.spec.compliance)
            told = {"ground": SMALL} | told
            self.model.chronicle.add(self.model.day, self.name, "ignore an order", order.target, (order.act,), **told)
        else:
            self._due[order] = (self.model.day + days, None)
            self._odds[order] = timing(1.0 - self.outlasts(days + 1), self.outlasts(days))

    def insist(self, target: str) -> None:
        """Be asked again for what it has not obeyed, by a new order against the same target or by an escalation."""
        for order in [order for order in self._ignored if order.target == target]:
            days = self._days_to_obey(order)
            if days is not None:
                self._ignored.remove(order)
                self._due[order] = (self.model.day + days, None)

    def stand_under(self, order: Order) -> None:
        """Have been ordered before the run: an order that is obeyed has long been carried out."""
        if not self.addressed(order):
            return
        if self._days_to_obey(order) is None:
            self._ignored.append(order)
        else:
            self.executed.append(order)
            self._measure_access()

    def release(self, order: Order, act: int, *, at_once: bool = False) -> None:
        """Learn that an order is over; access returns after a lag as well, unless the day was known beforehand."""
        if order in self._ignored:
            self._ignored.remove(order)
        if order not in self.executed:
            self._due.pop(order, None)
            return
        entity = chance.entity(self.name, order.kind, order.target, "lifted")
        day = self.model.day + (0 if at_once else math.floor(self._delay(entity, self._lag_days)))
        before, lifting = self._due.get(order, (day, None))
        if lifting is None or day < before:  # who hears of it twice does not begin anew
            self._due[order] = (day, act)

    def may_execute(self, order: Order) -> bool:
        """Whether an order that is announced, or issued and under way, is going to be carried out here."""
        if order.issued > self.model.day:
            return self.addressed(order) and self.spec.compliance > 0.0
        return order in self._due and order not in self.executed

    def _days_to_obey(self, order: Order) -> int | None:
        """Whole days until it acts: 0 on the day of the order, within whose 24 hours a lag of less is over.

        A small ISP obeys with probability c_j, drawn for each order; None where it does not. A carrier of national size
        has too much to lose: with probability 1 - c_j it is late. Who is never told (c_j = 0) never acts.
        """
        entity = chance.entity(self.name, order.kind, order.target)
        delay = self._delay(entity, self._lag_days)
        if self.model.draw(Stream.ISP_OBEYS, entity) >= self.spec.compliance:
            if self._late_days is None or self.spec.compliance == 0.0:
                return None
            delay += self._delay(chance.entity(self.name, order.kind, order.target, "late"), self._late_days)
        return math.floor(delay)

    def outlasts(self, days: int) -> float:
        """Probability that an order which it carries out takes at least so many days to take effect (eq. 20)."""
        prompt, late = self._lag_days, self._late_days
        by_lag = math.exp(-days / prompt)
        if late is None:
            return by_lag
        if late == prompt:
            by_both = (1.0 + days / prompt) * by_lag
        else:
            by_both = (prompt * by_lag - late * math.exp(-days / late)) / (prompt - late)
        return self.spec.compliance * by_lag + (1.0 - self.spec.compliance) * by_both

    def _delay(self, entity: int, mean: float) -> float:
        """An exponential delay, in days."""
        return -mean * math.log(1.0 - self.model.draw(Stream.ISP_LAG, entity))

    # Orders are carried out

    def execute(self) -> None:
        """Carry out what is due today."""
        today = self.model.day
        due = [(order, act) for order, (day, act) in self._due.items() if day <= today]
        if not due:
            return
        for order, lifting in due:
            del self._due[order]
            self._carry_out(order, lifting)
        self._measure_access()
        self.model.access_changed()

    def _carry_out(self, order: Order, lifting: int | None) -> None:
        chronicle, today = self.model.chronicle, self.model.day
        if lifting is not None:
            self.executed.remove(order)
            chronicle.add(today, self.name, "restore access", order.target, (lifting,))
            return
        if order in self.executed:
            return
        self.executed.append(order)
        technique = "protocol" if order.target == VPNS else str(self.spec.technique).upper()
        delay = DELAYS.get(today - order.issued, f"{today - order.issued} days")
        did = " ".join((DID[order.kind], *order.part_of))
        told = {"did": did, "technique": technique, "delay": delay, "odds": self._odds.pop(order, "")}
        chronicle.add(today, self.name, "execute an order", order.target, (order.act,), **told)

    def _measure_access(self) -> None:
        """Usability under the orders carried out; a leaky block lets part of the traffic through."""
        self.access, self.vpn = np.ones_like(self.access), 1.0
        for order in self.executed:
            remains = order.access + self._leak * (1.0 - order.access)
            if order.platform is not None:
                self.access[order.platform] = min(self.access[order.platform], remains)
            elif order.target == VPNS:
                self.vpn = min(self.vpn, remains)

    @property
    def over_blocked(self) -> float:
        """Share of co-hosted sites hit: n blocks of share o_j each leave (1 - o_j)^n untouched (eq. 20)."""
        blocks = sum(order.kind in OF_ADDRESSES for order in self.executed)
        return 1.0 - (1.0 - self.hit_by_a_block) ** blocks

    @property
    def hit_by_a_block(self) -> float:
        """Share of co-hosted sites that one more block would hit: o_j where blocks go by address, else 0."""
        return self.spec.over_blocking if self.spec.technique in HITS_CO_HOSTED else 0.0
