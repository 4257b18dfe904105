"""What the page needs to ask: forms of acts and conditions, the calendar, and the assumptions with their ranges.

All of it is read from the declarations of the schema; the page knows no field by name.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sim.results.posterior import load_posterior
from sim.scenario.acts import KINDS
from sim.scenario.differences import act_sentence, spread_evenly
from sim.scenario.errors import Node, at
from sim.scenario.fields import leaves
from sim.scenario.files import folder, shape
from sim.scenario.schema import Origin, Scenario, origins
from sim.view.laboratory.asking import fields_of

Form = dict[str, Any]

COMMON = ("id", "kind", "by", "note")
"""Fields of an act for which the page has no form: it names acts itself, and says by whom."""
TYPES = {"number": "number", "integer": "integer", "boolean": "bool", "array": "list", "string": "text"}
ENDS = {
    "low": ("minimum", "exclusiveMinimum"), "high": ("maximum", "exclusiveMaximum"),
}  # fmt: skip
STATUSES = ("assumed", "calibrated", "borrowed")
MOVES = {
    "bargaining": "how long a company holds out against a demand",
    "companies": "what the company does with demands",
    "decision": "what companies decide about demands",
    "isps": "how fast and how far ISPs carry orders out",
    "law": "how companies read the law",
    "platforms": "who takes and leaves the app",
    "population": "which apps people take and leave",
    "press": "how soon the public learns what happens",
    "regulators": "what authorities demand and threaten",
    "society": "how much pressure there is on companies",
}
"""What a number moves where no claim is known to hang on it, by the table in which it stands."""


def schema(base: Scenario, name: str, *, live: bool) -> dict[str, Any]:
    """Calendar and assumptions of a world, and forms of acts and conditions where there is a server that takes them."""
    told: dict[str, Any] = {"calendar": calendar(base), "assumptions": assumptions(base, name)}
    return forms(base) | told if live else told


def calendar(world: Scenario) -> list[dict[str, Any]]:
    """Acts by their dates, those that wait for something last; ``fields`` are the values that fill a form."""
    order = sorted(world.acts, key=lambda act: (act.date is None, act.date))
    told = []
    for act in order:
        first, last = act.span(world)
        until = getattr(act, "until", None)
        one: dict[str, Any] = {
            "id": act.id, "kind": getattr(act, "kind"), "date": act.date and act.date.isoformat(),  # noqa: B009
            "short": act.in_short(), "words": act_sentence(act) + spread_evenly(world, act), "fields": fields_of(act),
        }  # fmt: skip
        if act.date is None or until is not None:
            one["span"] = [first.isoformat(), (until or last).isoformat()]
        told.append(one)
    return told


def forms(base: Scenario) -> dict[str, list[Form]]:
    """A form for each kind of act, and for each condition that an act can wait for."""
    acts = [
        {"kind": kind, "words": (act.__doc__ or "").partition("\n")[0],
         "fields": list(_fields(at(shape(), ("acts", "x"), {}).chosen({"kind": kind}), base, kind))}
        for kind, act in KINDS.items()
    ]  # fmt: skip
    when = at(shape(), ("acts", "x", "when"), {"acts": {"x": {"kind": "report"}}})
    conditions = [
        {"kind": kind, "words": str(one.body.get("description", "")).partition("\n")[0],
         "fields": list(_fields(one, base, kind))}
        for kind in when.tags()
        for one in [when.chosen({"kind": kind})]
    ]  # fmt: skip
    return {"acts": acts, "conditions": conditions}


def _fields(node: Node, base: Scenario, kind: str) -> Iterator[Form]:
    """The fields of an act or a condition, those that must be given first."""
    required = node.body.get("required", ())
    names = [name for name in node.names() if name not in COMMON and name != "when"]
    for name in sorted(names, key=lambda name: name not in required and name != "date"):
        child = node.child(name)
        assert child is not None, f"{kind}.{name}"
        yield _field(name, child, base) | {"required": name in required}


def _field(name: str, node: Node, base: Scenario) -> Form:
    body = node.body
    choices = node.choices() or _names(name, base)
    kind = TYPES.get(str(body.get("type")), "text")
    if body.get("format") == "date":
        kind = "date"
    elif choices and kind == "text":
        kind = "choice"
    told: Form = {"name": name, "type": kind, "meaning": body.get("description", "")}
    if choices:
        told["choices"] = list(choices)
    if body.get("unit", "1") != "1":
        told["unit"] = body["unit"]
    for end, keys in ENDS.items():
        if (key := next((key for key in keys if key in body), None)) is not None:
            told[end] = body[key]
    if body.get("default") not in (None, [], ""):
        told["default"] = body["default"]
    return told


def _names(field: str, base: Scenario) -> tuple[str, ...]:
    """Names of the world that a field may hold."""
    known: dict[str, Iterable[str]] = {
        "platform": base.platforms, "names": base.platforms, "company": base.companies, "companies": base.companies,
        "isps": base.isps, "act": [act.id for act in base.acts],
    }  # fmt: skip
    return tuple(known.get(field, ()))


def assumptions(base: Scenario, name: str) -> list[dict[str, Any]]:
    """Numbers that nobody measured and how far they may be off, most influential first.

    First come those on which claims of the documents hang, by the number of claims; then what is assumed, calibrated
    and borrowed, each in the order of the schema.
    """
    about = {origin.key: origin for origin in origins(base)}
    why = {leaf.key: leaf.plausible.why for leaf in leaves(base) if leaf.plausible}
    hanging = claims(name)
    ranges = {key: (one.values[0], one.values[-1]) for one in load_posterior().ranges(base) for key in one.keys}
    found = [about[key] for key in about if key in ranges and about[key].value is not None]
    order = sorted(found, key=lambda one: (-len(hanging.get(one.key, ())), STATUSES.index(one.status)))
    return [_assumption(one, ranges[one.key], why.get(one.key, ""), hanging) for one in order]


def _assumption(one: Origin, ends: tuple[float, float], why: str, claims: Mapping[str, list[str]]) -> dict[str, Any]:
    table, *inner = one.key.split(".")
    of = f"{inner[0]}: " if len(inner) > 1 and table in ("companies", "platforms", "isps", "regulators") else ""
    moves = MOVES.get(table, "what follows from it")
    if hang := claims.get(one.key):
        moves += f"; {len(hang)} {'claim' if len(hang) == 1 else 'claims'} of the documents: {' '.join(hang)}"
    return {
        "path": one.key, "words": of + one.meaning, "symbol": one.symbol, "unit": "" if one.unit == "1" else one.unit,
        "value": one.value, "low": float(f"{ends[0]:.4g}"), "high": float(f"{ends[1]:.4g}"), "status": one.status,
        "reason": one.source or why, "moves": moves, "claims": len(claims.get(one.key, ())),
    }  # fmt: skip


def claims(name: str) -> dict[str, list[str]]:
    """Sentences of the documents that hang on a number, by its key: results of ``lawshock claims``.

    A claim hangs on a number if it turns at a value of it in runs, or if the draws show that the number moves it.
    """
    installed = folder() / "claims" / f"{name}.csv"
    made: Path = installed if installed.is_file() else folder().parent / "results" / "claims" / "claims.csv"
    found: dict[str, list[str]] = {}
    if made.is_file():
        with made.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if name in (row["scenario"], row["baseline"]) and (row["flip"] or float(row["explained"] or 0) > 0):
                    found.setdefault(row["hangs_on"], []).append(row["sentence"])
    return found
