"""Luck that a test chooses: every draw of the institutions is a number that the test has written down."""

from __future__ import annotations

from sim.chance import Stream
from sim.model import Model
from sim.scenario.schema import Scenario

UNLIKELY = 1.0 - 2.0**-53
"""The largest draw there is: nothing that is less than certain happens."""
HAIR = 1e-12
"""How far from the edge of a probability a draw is put: at ``edge - HAIR`` a thing happens, at ``edge + HAIR`` not."""


def fated(scenario: Scenario, **draws: float) -> Model:
    """A model whose institutions draw what is given by the stream's name, and ``UNLIKELY`` in every other stream;
    what is at stake is the median where nothing else is given.

    The returned model's ``fate`` holds the draws; a test may change them from day to day.
    """
    model = Model(scenario)
    fate = {"STAKES": 0.5} | draws
    model.fate = fate
    model.draw = lambda stream, *_: fate.get(Stream(stream).name, UNLIKELY)
    model.draws = lambda stream, entities: [model.draw(stream, entity) for entity in entities.tolist()]
    return model


def told(model: Model, actor: str = "") -> list[tuple[int, str]]:
    """Day and verb of each act in the log, of one actor or of all, but for reviews of the law, which change nothing."""
    acts = (act for act in model.chronicle.acts if act.verb != "review the law")
    return [(act.day, act.verb) for act in acts if actor in ("", act.actor)]


def sentences(model: Model, verb: str, actor: str = "Firm") -> list[str]:
    """Sentences of the acts of one actor with a verb."""
    return [logged.sentence for logged in model.chronicle.acts if (logged.actor, logged.verb) == (actor, verb)]


def verbs_behind(model: Model, verb: str, actor: str = "Firm") -> list[str]:
    """Verbs of the acts that the last act of a verb names as its causes."""
    acts = model.chronicle.acts
    last = [logged for logged in acts if (logged.actor, logged.verb) == (actor, verb)][-1]
    return [acts[cause].verb for cause in last.because]
