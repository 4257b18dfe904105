"""Controls made from the schema: each parameter of a scenario with its range, unit, origin and present value."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sim.scenario.differences import day_or_condition
from sim.scenario.files import shape
from sim.scenario.leaves import leaves
from sim.scenario.schema import Scenario
from sim.scenario.shape import Node, Path, at
from sim.scenario.sources import origins
from sim.scenario.words import short_day

GROUPS = {
    "law": "The law",
    "regulators": "The regulators",
    "companies": "The companies",
    "isps": "The ISPs",
    "people": "The people",
    "calendar": "The calendar",
}
"""Groups as a researcher thinks of the world, by name."""

_HOMES = {
    "law": "law", "regulators": "regulators", "decision": "companies", "bargaining": "companies",
    "companies": "companies", "network": "isps", "isps": "isps",
    "population": "people", "platforms": "people", "press": "people", "society": "people",
    "acts": "calendar", "start": "calendar", "end": "calendar", "focus": "calendar", "steps_per_day": "calendar",
}  # fmt: skip
_SECTIONS = {
    "law": "At the start",
    "decision": "All companies",
    "bargaining": "Disputes",
    "network": "All ISPs",
    "press": "Press",
    "society": "Civil society",
}
_PERIOD = "Period"
_PEOPLE = {
    "Who they are": (
        "users",
        "represents",
        "degree",
        "group_size",
        "homophily",
        "concern",
        "offline",
        "holdings",
        "sessions",
    ),
    "How they choose apps": (
        "reach",
        "gamma",
        "redundancy",
        "outside",
        "inertia",
        "substitution",
        "revision",
        "attention",
        "peer_memory",
        "trial",
        "acquaintances",
        "awareness",
    ),
    "When an app goes dark": ("loss", "expected_movement", "anticipation", "patience"),
    "How choices spread": ("contagion", "threshold", "group_move", "group_quorum"),
    "Blocks and VPN": ("block", "interoperability", "vpn"),
    "Speech": ("speak", "self_censorship", "arrest", "deletion"),
}
"""Sections of the long table ``population``, by how its keys begin."""
_OTHERS = "More about people"
_NOT_MOVED = {"id", "kind", "role", "note", "name", "group", "title", "question", "site"}
"""Last steps of keys that name or tell something; they are shown by the story and are not controls."""
_WIDE = 20
"""Where a bound is this many times the value, the slider ends nearer, and the number field takes the rest."""


@dataclass(frozen=True)
class Control:
    """One parameter on the page. Numbers, dates and choices are given as the page needs them."""

    key: str
    label: str
    section: str
    meaning: str
    kind: str
    """number, whole, switch, choice, date or list"""
    unit: str
    status: str
    source: str
    symbol: str
    given: Any
    """Value of the scenario."""
    low: float | None
    high: float | None
    slider: tuple[float, float, float] | None
    """Ends and step of the slider."""
    choices: tuple[str, ...]
    range: str

    def on_page(self, value: Any, *, changed: bool) -> dict[str, Any]:
        """What the page is told: the declaration, the present value, and whether it differs from the scenario's."""
        told = {name: getattr(self, name) for name in _TOLD}
        if self.slider and isinstance(value, int | float):
            lowest, highest, step = self.slider
            told |= {"from": min(lowest, value), "to": max(highest, value), "step": step}
        else:
            told |= {"from": None, "to": None, "step": None}
        status = "changed here" if changed else self.status
        return told | {"value": shown(value), "given": shown(self.given), "changed": changed, "status": status}


_TOLD = (
    "key", "label", "section", "meaning", "kind", "unit", "source", "symbol", "low", "high", "choices", "range"
)  # fmt: skip


def shown(value: Any) -> Any:
    """A value as the page shows it: numbers and switches as they are, a list with commas, nothing as empty text."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ", ".join(item if isinstance(item, str) else f"{item:g}" for item in value)
    return value.isoformat() if isinstance(value, dt.date) else value


def toml_text(control: Control, typed: Any) -> str:
    """What the person chose, as the TOML text that an override takes. The schema judges it afterwards."""
    if control.kind == "switch":
        return "true" if typed is True else "false"
    if control.kind == "whole" and isinstance(typed, int | float):
        return str(round(typed))
    if control.kind == "number" and isinstance(typed, int | float):
        return repr(float(typed))
    if control.kind == "list":
        return f"[{_items(control, str(typed))}]"
    if control.kind == "choice":
        return json.dumps(str(typed))
    return str(typed)


def _items(control: Control, typed: str) -> str:
    items = [item.strip() for item in typed.split(",") if item.strip()]
    words = not control.given or isinstance(control.given[0], str)
    return ", ".join(json.dumps(item) if words else item for item in items)


@lru_cache(maxsize=32)
def controls(base: Scenario) -> dict[str, dict[str, Control]]:
    """Controls of a scenario, by group and key, in the order of the schema."""
    said = {origin.key: origin for origin in origins(base)}
    table = base.model_dump()
    table["acts"] = {act["id"]: act for act in table["acts"]}
    found: dict[str, dict[str, Control]] = {group: {} for group in GROUPS}
    for leaf in leaves(base):
        path = tuple(leaf.key.split("."))
        home = _HOMES.get(path[0])
        node = at(shape(), path, table)
        kind = _kind(node)
        waits = path[0] == "acts" and path[-1] == "date" and leaf.value is None
        if home is None or kind is None or path[-1] in _NOT_MOVED or waits:
            continue
        origin = said[leaf.key]
        low, high = _bound(node, "minimum", "exclusiveMinimum"), _bound(node, "maximum", "exclusiveMaximum")
        found[home][leaf.key] = Control(
            leaf.key, _label(path), _section(path, base), leaf.meaning, kind, "" if leaf.unit == "1" else leaf.unit,
            origin.status, origin.source, leaf.symbol, leaf.value, low, high, _slider(kind, leaf.value, low, high),
            node.choices(), node.expectation(),
        )  # fmt: skip
    return found


def find(base: Scenario, key: str) -> Control | None:
    """The control of a key, if the scenario has it."""
    return next((group[key] for group in controls(base).values() if key in group), None)


def _kind(node: Node) -> str | None:
    """How a parameter is set; nothing for free text and for tables that are empty."""
    body = node.body
    if node.choices():
        return "choice" if len(node.choices()) > 1 else None
    if body.get("format") == "date":
        return "date"
    kinds = {"number": "number", "integer": "whole", "boolean": "switch", "array": "list"}
    return kinds.get(str(body.get("type")))


def _bound(node: Node, *names: str) -> float | None:
    return next((float(node.body[name]) for name in names if name in node.body), None)


def _slider(kind: str, value: Any, low: float | None, high: float | None) -> tuple[float, float, float] | None:
    """Ends and step: the bounds of the schema, or a nearer end where the bound is far beyond the value."""
    if kind not in ("number", "whole") or low is None or not isinstance(value, int | float):
        return None
    end = high if high is not None else max(4.0 * abs(value), 10.0)
    if 0 < value < end / _WIDE:
        end = 4.0 * value
    step = 10.0 ** max(-4, _digits(end - low) - 2)
    if kind == "whole":
        return low, float(round(end)), max(1.0, step)
    return low, round(end / step) * step if end != high else end, step


def _digits(span: float) -> int:
    """Power of ten of a span: 0 for 1 to 9, 1 for 10 to 99, -1 for 0.1 to 0.9."""
    power = 0
    while span >= 10:
        span, power = span / 10, power + 1
    while 0 < span < 1:
        span, power = span * 10, power - 1
    return power


def _label(path: Path) -> str:
    """The parameter's own name in words, with what it stands under inside its section."""
    inner = path[2:] if path[0] in ("companies", "regulators", "isps", "platforms", "acts") else path[1:] or path
    return ": ".join(step.replace("_", " ").replace("requests", "request type") for step in inner)


def _section(path: Path, base: Scenario) -> str:
    if path[0] in _SECTIONS:
        return _SECTIONS[path[0]]
    if path[0] == "population":
        return next((name for name, starts in _PEOPLE.items() if path[1].startswith(starts)), _OTHERS)
    if path[0] == "acts":
        act = next(act for act in base.acts if act.id == path[1])
        return f"{day_or_condition(act, day=short_day)}: {act.in_short()} ({act.id})"
    return path[1] if len(path) > 1 else _PERIOD


def present(scenario: Scenario, key: str) -> Any:
    """The value at a dotted key of a scenario; nothing where a change took it away, as a date does a condition."""
    value: Any = scenario
    for step in key.split("."):
        if isinstance(value, dict):
            value = value[step]
        elif isinstance(value, tuple):
            value = next(act for act in value if act.id == step)
        else:
            value = getattr(value, step, None)
    return value
