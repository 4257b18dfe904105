"""What all institutions share: they are Mesa agents with a name, in a world that they can read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from sim.actors.world import World


class Institution(mesa.Agent):  # type: ignore[misc]
    """A Mesa agent with a name."""

    model: World

    def __init__(self, model: World, name: str) -> None:
        super().__init__(model)
        self.name = name
