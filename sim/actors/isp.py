"""Orders to ISPs and stores, and the providers: each carries an order out after a lag of its own (7.6, eq. 20)."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim import chance
from sim.actors.chronicle import choice, timing
from sim.actors.press import Press
from sim.actors.world import Institution, World
from sim.chance import Stream
from sim.scenario.acts import KINDS, IspOrder, OrderKind

RUNG_OF: dict[OrderKind, int] = {"throttle": 4, "block": 5, "store ban": 6}
"""Rung of the ladder (18) on which each order against a platform stands; other orders stand on none."""
VPNS = "VPNs"
"""Target of an order that blocks circumvention."""
DID = {order.order: order.did for order in KINDS.values() if issubclass(order, IspOrder)}
"""What an ISP has done, by the kind of order."""
SMALL, UNAWARE = "it was small enough not to be held to it", "it was not told of it"
"""Why an ISP does not carry an order out."""
DELAYS = {0: "hours", 1: "a day"}
"""Words for the shortest delays."""
HITS_CO_HOSTED = ("ip",)
"""Techniques that hit every site on an address; a block by name (DNS, SNI) hits the named site alone."""
OF_ADDRESSES = ("block", "site block")
"""Kinds of orders that are carried out by blocking what lies at an address."""


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
    ahead: int = 0
    """Days for which ISPs have known of it on its day."""
    from_ladder: bool = False
    stood_on: int = 0
    """Rung on which the owner stood before the ladder issued the order."""

    def lasts_to(self, day: int | None) -> bool:
        """Whether it is in force on a day of after its own, as far as it names its end; today when absent."""
        return day is None or self.until is None or day < self.until

    @property
    def part_of(self) -> tuple[str, ...]:
        """Words before the target in a sentence: 'uploads on'; none where all of it is meant."""
        return (f"{self.part} on",) if self.part else ()


def highest_rung(orders: Sequence[Order]) -> int:
    """Highest rung on which some of these orders stand; 0 without one."""
    return max((RUNG_OF.get(order.kind, 0) for order in orders), default=0)


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
        """Take an order in: obeyed with probability c_j, in effect floor(Exp(D_j)) days after it is told (eq. 20)."""
        if not self.addressed(order):
            return
        self.insist(order.target)
        days = self._days_to_obey(order)
        if days is None:
            self._ignored.append(order)
            odds = {"odds": ""} if self.spec.compliance == 0.0 else choice(1.0 - self.spec.compliance)
            ground = UNAWARE if self.spec.compliance == 0.0 else SMALL
            self.log("ignore an order", order.target, (order.act,), ground=ground, **odds)
        else:
            after = max(days - order.ahead, 0)
            self._due[order] = (self.model.day + after, None)
            known = order.ahead + after
            self._odds[order] = timing(1.0 - self.outlasts(known + 1), self.outlasts(known) if after else 1.0)

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
        """Learn that an order is over; access returns after a lag as well, unless the day was known beforehand.

        An order that would have lapsed by then ends on its own day: to be lifted prolongs none.
        """
        if order in self._ignored:
            self._ignored.remove(order)
        if order not in self.executed:
            self._due.pop(order, None)
            return
        entity = chance.entity(self.name, order.kind, order.target, "lifted")
        day = self.model.day + (0 if at_once else math.floor(self._delay(entity, self._lag_days)))
        day = day if order.until is None else min(day, max(order.until, self.model.day))
        before, lifting = self._due.get(order, (day, None))
        if lifting is None or day < before:  # who hears of it twice does not begin anew
            self._due[order] = (day, act)

    def may_execute(self, order: Order) -> bool:
        """Whether an order that is announced, or issued and under way, is going to be carried out here."""
        if order.issued > self.model.day:
            return self.addressed(order) and self.spec.compliance > 0.0
        return order in self._due and order not in self.executed

    @property
    def leak(self) -> float:
        """Share of traffic that its blocks let through."""
        return self._leak

    def loss_of(self, order: Order) -> float:
        """Share of a platform's use that an order, not carried out yet, is going to take from its users."""
        if order.platform is None or not self.may_execute(order):
            return 0.0
        return max(float(self.access[order.platform]) - order.access - self._leak * (1.0 - order.access), 0.0)

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

    def step(self) -> None:
        """An ISP's day: carry out what is due."""
        today = self.model.day
        due = [(order, act) for order, (day, act) in self._due.items() if day <= today]
        if not due:
            return
        for order, lifting in due:
            del self._due[order]
            self._carry_out(order, lifting)
        self._measure_access()
        self.model.access_stale = True

    def _carry_out(self, order: Order, lifting: int | None) -> None:
        if lifting is not None:
            self.executed.remove(order)
            self.log("restore access", order.target, (lifting,))
            return
        if order in self.executed:
            return
        self.executed.append(order)
        technique = "protocol" if order.target == VPNS else str(self.spec.technique).upper()
        days, odds = self.model.day - order.issued, self._odds.pop(order, "")
        done = {"did": " ".join((DID[order.kind], *order.part_of)), "technique": technique}
        delay = DELAYS.get(days, f"{days} days")
        self.log("execute an order", order.target, (order.act,), **done, delay=delay, odds=odds)

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


class Orders:
    """The book of orders: issued by the calendar or by the ladder, and in force until they lapse or are lifted."""

    def __init__(self, world: World, isps: dict[str, Isp], press: Press) -> None:
        self._world, self._isps, self._press = world, list(isps.values()), press
        self.book: list[Order] = []
        self._standing: list[Order] = []
        self._ahead: dict[str, Order] = {}
        """Orders that are announced and not issued yet, by the id of the act that will issue them."""
        self._withdrawn: set[str] = set()

    def issue(self, order: Order) -> None:
        """Put an order in the book, and serve ISPs with it unless it goes to stores."""
        self._enter(order)
        if order.kind != "store ban":
            for isp in self._isps:
                isp.receive(order)
        if order.kind == "block":
            self._press.cover_block()

    def stand(self, order: Order) -> None:
        """Enter an order of before the run: in effect already wherever it is obeyed, and no news."""
        self._enter(order)
        if order.kind != "store ban":
            for isp in self._isps:
                isp.stand_under(order)

    def _enter(self, order: Order) -> None:
        self.book.append(order)
        self._standing.append(order)
        self._world.access_stale = True

    def insist(self, platform: str) -> None:
        """Escalate against a platform: ISPs that have not obeyed an order against it are asked again."""
        for isp in self._isps:
            isp.insist(platform)

    def lift(self, orders: Iterable[Order], act: int, *, at_once: bool = False) -> None:
        """Withdraw orders; ISPs restore access with a lag, or at once where they knew the day; stores at once."""
        for order in orders:
            self._standing.remove(order)
            self._world.access_stale = True
            if order.kind != "store ban":
                for isp in self._isps:
                    isp.release(order, act, at_once=at_once)

    def end(self, orders: Iterable[Order], act: int) -> None:
        """Lift orders by an act of the calendar; one of the same day is cut short, and lapses at the end of the day."""
        earlier = []
        for order in orders:
            if order.issued == self._world.day:
                order.until = order.issued + 1
            else:
                earlier.append(order)
        self.lift(earlier, act)

    def lapse(self) -> None:
        """End the orders whose last day was yesterday; the order named it, so that ISPs need no time to restore."""
        world = self._world
        for order in [order for order in self._standing if order.until is not None and world.day >= order.until]:
            act = world.log("government", "lapse", order.target, (order.act,))
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
            for isp in self._isps:
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

    def banned(self, platform: int, day: int | None = None) -> bool:
        """Whether stores must not offer the platform, today or, as far as orders name their end, on another day."""
        return any(order.kind == "store ban" and order.lasts_to(day) for order in self.against(platform))

    def stands_on(self, platform: int, day: int) -> bool:
        """Whether an order in force against a platform is still in force on another day, as far as it names its end."""
        return any(order.lasts_to(day) for order in self.against(platform))

    def hampered(self, platform: int) -> bool:
        """Whether an ISP has carried out what hampers a platform."""
        return any(isp.access[platform] < 1.0 for isp in self._isps)

    def loss_by(self, platform: int, day: int) -> float:
        """Share of a platform's use that orders which are announced, or under way, are going to take by a day."""
        known = (order for order in (*self._ahead.values(), *self._standing) if order.platform == platform)
        coming = [order for order in known if order.issued <= day and order.lasts_to(day)]
        return sum(isp.spec.share * max(map(isp.loss_of, coming)) for isp in self._isps) if coming else 0.0

    def days_ahead(self, platform: int) -> list[int]:
        """Days of the orders that are announced against a platform."""
        return [order.issued for order in self._ahead.values() if order.platform == platform]

    def ends(self, platform: int) -> list[int]:
        """Days on which orders against a platform, in force or announced, lapse by themselves."""
        known = (*self._ahead.values(), *self._standing)
        return [order.until for order in known if order.platform == platform and order.until is not None]

    def reach(self) -> float:
        """Share of the traffic of ISPs that obey that a block takes."""
        return sum(isp.spec.share * (1.0 - isp.leak) for isp in self._isps if isp.spec.compliance > 0.0)
