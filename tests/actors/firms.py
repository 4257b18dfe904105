"""One company whose every draw a test chooses, and the formulas of its decisions, written out from docs/odd.md."""

from __future__ import annotations

import math
from typing import Any

from sim.actors.company import Company
from sim.model import Model
from tests.actors.draws import fated
from tests.actors.worlds import CALM, act, asked, world

FIRM: dict[str, Any] = {"requests": asked(), "listens_to": {}, "platforms": ["Chat"]}
PRIOR = 0.3
DECISION = {"prior": PRIOR, "noise": 0.5, "meeting_rate": 0.25, "occasion_days": 4.0}
SANCTIONS = [0.0, 0.0, 0.05, 0.2, 0.8, 1.5, 2.0]
COMMITTEE: dict[str, dict[str, Any]] = {"Board": {"role": "committee", "ladder_rate": 0.0, "rung_sanctions": SANCTIONS}}
ALIKE = {
    "company_days": 19.9,
    "state_days": 10.0,
    "stakes_spread": 0.0,
    "unyielding": 0.0,
    "decision_days": 5.0,
    "foresight_days": 10.0,
    "standing": 0.0,
    "principle": 1.0,
}
"""Sides that bear the same in all disputes, in numbers to reckon with."""
SOON = {"bargaining": ALIKE | {"company_days": 1e-6}}
"""A company that has had enough of any loss."""
NEVER = {"bargaining": ALIKE | {"unyielding": 1.0}}
"""One that gives in to no loss."""
NO_LAW = {"in_force": False, "court_order_required": False}


def log_odds(p: float) -> float:
    """The inverse of the logistic function."""
    return math.log(p / (1.0 - p))


def logistic(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x))


def within_day(rate: float) -> float:
    """Chance that what happens at a rate per day happens within a day."""
    return 1.0 - math.exp(-rate)


def cutoff(
    sanction: float = 0.0, declared: float = 0.4, fear: float = 1.0, market: float = 1.0, weight: float = 1.0
) -> float:
    """Eq. 11 for cooperation worth 1 and friction of 0.1."""
    harm = weight * (1.1 / declared - 1.0)
    return market * (1.1 + sanction) / (market + fear * harm)


def firm(acts=(), tables=None, spec=None, **draws: float) -> tuple[Model, Company]:
    """A model with one company and the draws given."""
    tables = {"decision": DECISION, "regulators": COMMITTEE, "press": CALM, "bargaining": ALIKE} | (tables or {})
    model = fated(world({"Firm": FIRM | (spec or {})}, acts, **tables), **draws)
    return model, model.companies["Firm"]


def forced(stance: str, day: int = 0, *, lasting: bool = False) -> dict[str, Any]:
    """An act by which the company takes a stance."""
    return act("force-stance", day, company="Firm", stance=stance, lasting=lasting)
