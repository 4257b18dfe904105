"""The escalation ladder: what standing on a rung means (responsive regulation, Ayres & Braithwaite 1992)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sim.actors.chronicle import STEPS_UP, stepping_down
from sim.actors.orders import RUNG_OF, Order, highest_rung
from sim.scenario.acts import OrderKind
from sim.scenario.institutions import RUNGS

if TYPE_CHECKING:
    from sim.actors.company import Company
    from sim.actors.world import World

FIRST_TECHNICAL_RUNG = 4
"""Rungs from here on (throttle, block, store ban) reach people, not only the company."""

NOTICE = 2


def step_up(world: World, by: str, company: Company, rung: int, because: Sequence[int], **said: Any) -> None:
    """Take a company to a higher rung and issue the orders that the rung provides for; ``said`` tells why."""
    verb, before = "put on notice" if rung == NOTICE else "step up", company.rung
    told = {"did": STEPS_UP[rung].format(target=company.name), "why": ""} | said
    told |= {"before": before, "rung": rung, "name": RUNGS[rung]}
    act = world.chronicle.add(world.day, by, verb, company.name, because, **told)
    company.stand_on(rung, act)
    for platform in company.platforms:
        for kind in RUNG_OF:
            if FIRST_TECHNICAL_RUNG <= RUNG_OF[kind] <= rung:
                _order(world, by, platform, kind, act, before)
        if rung >= FIRST_TECHNICAL_RUNG:
            world.orders.insist(platform)


def step_down(world: World, by: str, company: Company, rung: int, because: Sequence[int], **said: Any) -> None:
    """Take a company back to a lower rung and lift the orders of the rungs above it; ``said`` tells why."""
    told = {"did": stepping_down(company.name, company.rung, rung), "why": ""} | said
    told |= {"before": company.rung, "rung": rung, "name": RUNGS[rung]}
    act = world.chronicle.add(world.day, by, "step down", company.name, because, **told)
    company.stand_on(rung, act)
    orders = [order for order in ladder_orders(world, company) if RUNG_OF[order.kind] > rung]
    world.orders.lift(orders, act)


def relieve(world: World, by: str, company: Company, lifted: Sequence[Order], act: int) -> None:
    """Orders against a platform of a company were lifted: it no longer stands on a rung that only they upheld.

    It stands on the highest rung of the ladder's orders that are left, against its other platforms, and without any on
    the rung from which the first of those lifted had taken it.
    """
    left = ladder_orders(world, company)
    before = [order.stood_on for order in lifted if order.from_ladder]
    rung = highest_rung(left) if left else min(before, default=company.rung)
    if company.rung >= FIRST_TECHNICAL_RUNG and rung < company.rung:
        step_down(world, by, company, rung, (act,))


def ladder_orders(world: World, company: Company) -> list[Order]:
    """Orders in force against the platforms of a company that its rung has brought about."""
    return [order for k in company.platform_numbers for order in world.orders.against(k) if order.from_ladder]


def clear(world: World, by: str, company: Company, because: tuple[int, ...]) -> None:
    """End all pressure on a company: back to rung 0, and no order left or announced against its platforms."""
    if company.rung > 0:
        step_down(world, by, company, 0, because)
    for platform, k in zip(company.platforms, company.platform_numbers, strict=True):
        orders, ahead = world.orders.against(k), world.orders.ahead(platform)
        if orders or ahead:
            verb = "lift orders" if orders else "withdraw an order"
            act = world.chronicle.add(world.day, by, verb, platform, because)
            world.orders.lift(orders, act)
            world.orders.withdraw(platform)


def _order(world: World, by: str, platform: str, kind: OrderKind, because: int, stood_on: int) -> None:
    k = world.platform_index(platform)
    if any(order.kind == kind and order.from_ladder for order in world.orders.against(k)):
        return
    access = {"throttle": world.ladder.throttle_access, "block": 0.0}.get(kind, 1.0)
    verb, do = f"order a {kind}", {"throttle": "slow", "block": "block"}.get(kind, "remove")
    act = world.chronicle.add(world.day, by, verb, platform, (because,), whom="ISPs", do=do, until="")
    world.orders.issue(Order(kind, platform, k, access, world.day, act, from_ladder=True, stood_on=stood_on))
