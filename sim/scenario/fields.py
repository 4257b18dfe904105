"""How a parameter declares itself: meaning, unit, bounds, default and where the default comes from."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Status = Literal["measured", "borrowed", "calibrated", "assumed", "setting"]
"""Origin of a number. ``setting`` marks choices of the experimenter (size, dates), which claim nothing of the world."""


class Table(BaseModel):
    """A table of a scenario file: frozen, closed to unknown keys, and strict, so that ``users = "100"`` is an error."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)


def parameter(
    default: Any,
    meaning: str,
    *,
    unit: str = "1",
    status: Status = "assumed",
    source: str = "",
    symbol: str = "",
    **bounds: Any,
) -> Any:
    """Declare one parameter; the declaration serves the check, the schema, sliders, samplers, priors and the documents.

    Args:
        default: Value when the scenario file is silent; ``...`` when the file must say.
        meaning: One sentence in the words of the field.
        unit: Unit, ``1`` for a pure number.
        status: Origin of the default.
        source: Where the default comes from; empty only for assumptions and settings.
        symbol: The symbol of the equations in docs/odd.md.
        bounds: ``ge``, ``gt``, ``le``, ``lt``, ``min_length``, ``max_length`` as in pydantic.
    """
    extra = {"unit": unit, "status": status, "source": source, "symbol": symbol}
    return Field(default, description=meaning, json_schema_extra={k: v for k, v in extra.items() if v}, **bounds)


def several(default: Any, meaning: str, **kwargs: Any) -> Any:
    """A parameter that is a list, which TOML and Python alike may write as one; its items stay strict."""
    return parameter(default, meaning, strict=False, **kwargs)


def fraction(default: Any, meaning: str, **kwargs: Any) -> Any:
    """A parameter that is a share or a probability."""
    return parameter(default, meaning, ge=0.0, le=1.0, **kwargs)
