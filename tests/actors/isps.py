"""Worlds in which orders go to ISPs that act at once, lived without their people."""

from typing import Any

from sim.model import Model
from tests.actors.worlds import CALM, live, world

NOW: dict[str, Any] = {"compliance": 1.0, "lag_days": 0.01}
"""An ISP that acts within the quarter of an hour, whatever its luck."""
NET = {"Net": {"share": 1.0, **NOW}}
DAY = 3


def run(*acts: dict[str, Any], isps: dict[str, Any] = NET, days: int = DAY + 1, rng: int = 1, **tables: Any) -> Model:
    """A model after ``days`` days; by default on the evening of ``DAY``."""
    model = Model(world({}, acts, isps=isps, press=CALM, **tables), rng=rng)
    live(model, days)
    return model


def access(model: Model, platform: int = 0) -> list[float]:
    """Usability of a platform on each ISP."""
    return [float(isp.access[platform]) for isp in model.isps.values()]


def told(model: Model, verb: str) -> list[str]:
    """Sentences of the acts of one kind, in their order."""
    return [logged.sentence for logged in model.chronicle.acts if logged.verb == verb]
