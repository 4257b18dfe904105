"""Platforms that pass from one company to another, with the orders and sanctions that stand against them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.actors import ladder
from sim.actors.orders import highest_rung

if TYPE_CHECKING:
    from sim.actors.company import Company
    from sim.actors.world import World


def hand_over(world: World, by: str, platform: str, to: Company, act: int) -> None:
    """Let a platform follow another company's stance from now on.

    Orders stay in force. Those that a rung had brought about burden the new owner, who stands on their rung; the old
    one leaves the rungs that nothing else upholds.
    """
    k = world.platform_index(platform)
    owner = world.owners[k]
    if owner is to:
        return
    burden = [order for order in world.orders.against(k) if order.from_ladder]
    on_the_eve = None if owner is None else owner.lose_platform(platform, k)
    to.gain_platform(platform, k, on_the_eve)
    world.owners[k] = to
    world.access_changed()
    if highest_rung(burden) > to.rung:
        to.stand_on(highest_rung(burden), act)
    if owner is not None and burden:
        ladder.relieve(world, by, owner, burden, act)
