"""The escalation ladder: what standing on a rung means (responsive regulation, Ayres & Braithwaite 1992)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.actors.orders import RUNG_OF, Order, OrderKind
from sim.scenario.institutions import RUNGS

if TYPE_CHECKING:
    from sim.actors.company import Company
    from sim.actors.world import World

FIRST_TECHNICAL_RUNG = 4
"""Rungs from here on (throttle, block, store ban) reach people, not only the company."""

NOTICE = 2


def step_up(world: World, by: str, company: Company, rung: int, because: tuple[int, ...]) -> None:
    """Take a company to a higher rung and issue the orders that the rung provides for."""
    verb = "put on notice" if rung == NOTICE else "step up"
    act = world.chronicle.add(
        world.day, by, verb, company.name, because, before=company.rung, rung=rung, name=RUNGS[rung]
    )
    company.stand_on(rung, act)
    for platform in company.platforms:
        for kind in RUNG_OF:
            if FIRST_TECHNICAL_RUNG <= RUNG_OF[kind] <= rung:
                _order(world, by, platform, kind, act)


def step_down(world: World, by: str, company: Company, rung: int, because: tuple[int, ...]) -> None:
    """Take a company back to a lower rung and lift the orders of the rungs above it."""
    act = world.chronicle.add(
        world.day, by, "step down", company.name, because, before=company.rung, rung=rung, name=RUNGS[rung]
    )
    company.stand_on(rung, act)
    for k in company.platform_numbers:
        orders = world.orders.against(k)
        world.orders.lift([order for order in orders if order.from_ladder and RUNG_OF[order.kind] > rung], act)


def clear(world: World, by: str, company: Company, because: tuple[int, ...]) -> None:
    """End all pressure on a company: back to rung 0, and no order left against its platforms."""
    if company.rung > 0:
        step_down(world, by, company, 0, because)
    for platform, k in zip(company.platforms, company.platform_numbers, strict=True):
        orders = world.orders.against(k)
        if orders:
            act = world.chronicle.add(world.day, by, "lift orders", platform, because)
            world.orders.lift(orders, act)


def _order(world: World, by: str, platform: str, kind: OrderKind, because: int) -> None:
    k = world.platform_index(platform)
    if any(order.kind == kind and order.from_ladder for order in world.orders.against(k)):
        return
    access = {"throttle": world.ladder.throttle_access, "block": 0.0}.get(kind, 1.0)
    act = world.chronicle.add(world.day, by, f"order a {kind}", platform, (because,), until="")
    world.orders.issue(Order(kind, platform, k, access, world.day, act, from_ladder=True))
