"""What all institutions share: they are Mesa agents with a name, in a world that they can read."""

import mesa  # type: ignore[import-untyped]

from sim.actors.world import World


class Institution(mesa.Agent):  # type: ignore[misc]
    """A Mesa agent with a name."""

    model: World

    def __init__(self, model: World, name: str) -> None:
        super().__init__(model)
        self.name = name
