"""A past that worlds share: a run goes on from a day of another world's, where both had all days before it in common.

A draw depends on seed, stream, entity and day alone, so worlds that differ in dated acts are one world until the first
of these. What is kept is a pickle: it is for a folder that nobody else writes in, and for the code that wrote it.
"""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.runs.files import write_whole
from sim.scenario.calendar import by_day
from sim.scenario.schema import ABOUT, Scenario

if TYPE_CHECKING:
    from sim.model import Model

EVERY = 30
"""Days from one saved state to the next: of a run of two years, two in a hundred days are made again."""


def alike_days(one: Scenario, two: Scenario) -> int:
    """How many days, from the first, are the same for certain in two worlds with equal seeds.

    These are the days before the first act with a date, or its announcement, that only one of them has. There are none
    where anything else differs: a value, or an act that waits for a condition.
    """
    if _lasting(one) != _lasting(two):
        return 0
    mine, theirs = (by_day(world.acts, world.day) for world in (one, two))
    differ = [day for day in mine.keys() | theirs.keys() if mine.get(day) != theirs.get(day)]
    return max(min([*differ, one.days]), 0)


def _lasting(world: Scenario) -> Scenario:
    """What may matter on any day: all but words about the scenario, and acts with a date."""
    about = {name: type(world).model_fields[name].get_default() for name in ABOUT - {"title"}}
    waiting = tuple(act for act in world.acts if act.date is None)
    return world.model_copy(update=about | {"title": "", "acts": waiting})


def keep(run: Path, model: Model, watcher: Any) -> None:
    """Save the state after a day beside a run's own file, where it is due."""
    if model.day % EVERY == 0:
        write_whole(_state(run, model.day), pickle.dumps((model, watcher), pickle.HIGHEST_PROTOCOL))


def latest(run: Path, days: int, scenario: Scenario) -> tuple[Model, Any] | None:
    """The last state saved of a run within its first days, as one of a world that has these days in common with it.

    Args:
        run: The run's own file.
        days: How many of its days may be in common.
        scenario: The world, with all that is drawn in it.

    Returns:
        The model, which goes on in that world, and the watcher; nothing where no state serves.
    """
    for day in range(days // EVERY * EVERY, 0, -EVERY):
        try:
            data = _state(run, day).read_bytes()
        except FileNotFoundError:  # not saved, or forgotten meanwhile
            continue
        model, watcher = pickle.loads(data)
        if alike_days(model.scenario, scenario) < day:
            return None
        model.turn_to(scenario)
        return model, watcher
    return None


def forget(run: Path) -> None:
    """Remove the states that are saved of a run."""
    for state in run.parent.glob(f"{run.stem}.*.state"):
        state.unlink(missing_ok=True)


def _state(run: Path, day: int) -> Path:
    return run.with_suffix(f".{day}.state")
