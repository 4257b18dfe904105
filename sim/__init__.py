"""lawshock: an agent-based laboratory for the interplay of platforms and governments.

The public names are imported when they are first used, so that importing ``sim`` costs nothing.
"""

import importlib
from typing import Any

_HOMES = {
    "load": "sim.scenario.files",
    "Scenario": "sim.scenario.schema",
    "Model": "sim.model",
    "Company": "sim.actors.company",
    "Measure": "sim.measures",
    "Study": "sim.study.study",
    "Run": "sim.tables",
    **dict.fromkeys(("ask", "compare", "plausible", "run"), "sim.public"),
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'sim' has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
