"""Small worlds, built without files, in which one mechanism at a time can be watched."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from sim.actors.company import Company
from sim.model import Model
from sim.scenario.schema import Scenario

START = dt.date(2020, 1, 1)
CALM = {"salience_per_pause": 0.0, "salience_per_block": 0.0}
"""A press under which institutions do not move people."""


def on(day: int) -> dt.date:
    """Date of a day number."""
    return START + dt.timedelta(days=day)


def asked(rate: float = 0.0, produced: float = 0.5, **stream: Any) -> dict[str, Any]:
    """Requests of one type."""
    return {"ordinary": {"rate": rate, "produced": produced, **stream}}


def act(kind: str, day: int, number: int = 0, **fields: Any) -> dict[str, Any]:
    """An act of the calendar; ``number`` tells acts of one kind and day apart."""
    return {"id": f"{kind}-{day}-{number}", "kind": kind, "date": on(day), **fields}


def world(
    companies: dict[str, dict[str, Any]],
    acts: Iterable[dict[str, Any]] = (),
    days: int = 400,
    **tables: Any,
) -> Scenario:
    """A scenario of sixty people and one ISP, whose law is in force and needs no court; ``tables`` replace tables."""
    owned = [platform for company in companies.values() for platform in company.get("platforms", ())]
    whole: dict[str, Any] = {
        "title": "test",
        "start": START,
        "end": on(days),
        "population": {"users": 60, "represents": 60, "degree": 8},
        "platforms": {name: {"share": 0.5} for name in owned or ["Chat"]},
        "law": {"in_force": True, "court_order_required": False, "vagueness": 0.0},
        "companies": companies,
        "isps": {"Net": {"share": 1.0}},
        "acts": list(acts),
    }
    return Scenario.model_validate(whole | tables)


def alike(number: int, **company: Any) -> dict[str, dict[str, Any]]:
    """Many equal companies that do not listen to one another."""
    return {f"company {i}": {"listens_to": {}, "requests": asked(), **company} for i in range(number)}


def live(model: Model, days: int) -> list[Company]:
    """Live the institutions' part of some days, without the people, and return the companies."""
    for _ in range(days):
        model._calendar()
        model._regulators()
        model._companies()
        model._isps()
        model.day += 1
    return list(model.companies.values())
