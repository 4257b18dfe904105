"""The JSON schema of scenario files, for editors: keys complete, and explain themselves with unit, status and source.

``python -m sim.scenario.json_schema`` writes it beside the shipped scenarios. A file that extends another may leave out
what the other says, so nothing but the name of an act is required there.
"""

import json
from pathlib import Path
from typing import Any

from sim.scenario.files import folder
from sim.scenario.schema import Scenario

FILE_KEYS = {
    "extends": {"type": "string", "description": "File beside this one, or shipped scenario, that this one changes."},
    "without": {
        "type": "array",
        "items": {"type": "string"},
        "description": "Dotted keys to drop from what this file extends; acts go by id: acts.enact.",
    },
}


def editor_schema() -> dict[str, Any]:
    """The schema of a file: the scenario's, with the keys that only files have."""
    schema: dict[str, Any] = _relaxed(Scenario.model_json_schema())
    required = Scenario.model_json_schema()["required"]
    schema["properties"] = FILE_KEYS | schema["properties"]
    schema |= {"if": {"not": {"required": ["extends"]}}, "then": {"required": required}}
    return {"$schema": "http://json-schema.org/draft-07/schema#", **schema}


def text() -> str:
    """The schema as the text of its file."""
    return json.dumps(editor_schema(), indent=1, ensure_ascii=False) + "\n"


def path() -> Path:
    """Where the schema lies: beside the shipped scenarios, whose first line points at it."""
    return folder() / "schema.json"


def _relaxed(node: Any) -> Any:
    """Drop what an extending file may leave out, and add units and sources to what the reader sees."""
    if isinstance(node, list):
        return [_relaxed(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {key: _relaxed(item) for key, item in node.items() if key not in ("required", "discriminator")}
    if isinstance(kept.get("title"), str):
        del kept["title"]  # pydantic's, which says the key again
    if "oneOf" in kept:
        kept["anyOf"] = kept.pop("oneOf")  # an act that changes another need not say its kind
    if isinstance(kept.get("description"), str) and "status" in kept:
        kept["description"] = _explained(kept)
    return kept


def _explained(node: dict[str, Any]) -> str:
    notes = [
        f"unit {node['unit']}" if node["unit"] != "1" else "",
        "" if node["status"] == "setting" else f"default {node['status']}",
        node.get("source", ""),
    ]
    said = "; ".join(note for note in notes if note)
    return f"{node['description']} ({said})" if said else str(node["description"])


if __name__ == "__main__":
    path().write_text(text(), encoding="utf-8")
