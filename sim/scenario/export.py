"""A scenario as a TOML file of its own: every value written out, nothing left to defaults or to another file."""

from typing import Any

import tomli_w

from sim.scenario.schema import Scenario


def to_toml(scenario: Scenario, baseline: str | None = None) -> str:
    """The text of a file that loads to an equal scenario, with the same digest.

    It names no other file than ``baseline``, which is to lie beside it.
    """
    table = scenario.model_dump() | {"baseline": baseline}
    return tomli_w.dumps(_without_none(table), multiline_strings=False)


def _without_none(value: Any) -> Any:
    """TOML has no null: a key that is absent says the same."""
    if isinstance(value, dict):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, tuple | list):
        return [_without_none(item) for item in value]
    return value
