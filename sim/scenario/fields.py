"""How a parameter declares itself: meaning, unit, bounds, default and where the default comes from."""

import math
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

Status = Literal["measured", "borrowed", "calibrated", "assumed", "setting"]
"""Origin of a number. ``setting`` marks choices of the experimenter (size, dates), which claim nothing of the world."""


class Plausible(NamedTuple):
    """How far a number of a scenario may be off, as an expert would put it who had no more to go on; see ``around``."""

    how: Literal["times", "odds", "plus", "within"]
    low: float
    high: float
    why: str

    def around(self, value: float, place: float) -> float:
        """A value at a place in [0, 1] of the range around the scenario's own.

        *times* multiplies by a factor, even in its logarithm; *odds* and *plus* add to its log odds, or to itself;
        *within* is even between two ends, whatever the scenario has. A share of 0 or 1, and a factor of 0, stay.
        """
        at = self.low + (self.high - self.low) * place
        if self.how == "times":
            return value * math.exp(at)
        if self.how == "odds":
            return value if value in (0.0, 1.0) else 1.0 / (1.0 + (1.0 - value) / value * math.exp(-at))
        return value + at if self.how == "plus" else at


def times(factor: float, why: str) -> Plausible:
    """Right up to a factor either way."""
    return Plausible("times", -math.log(factor), math.log(factor), why)


def odds(logits: float, why: str) -> Plausible:
    """Right up to so many log odds either way: 0.7 doubles or halves the odds."""
    return Plausible("odds", -logits, logits, why)


def plus(width: float, why: str) -> Plausible:
    """Right up to so much either way."""
    return Plausible("plus", -width, width, why)


def within(low: float, high: float, why: str) -> Plausible:
    """Anywhere between two ends."""
    return Plausible("within", low, high, why)


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
    plausible: Plausible | None = None,
    **bounds: Any,
) -> Any:
    """Declare one parameter; the declaration serves the check, the schema, forms, samplers, priors and the documents.

    Args:
        default: Value when the scenario file is silent; ``...`` when the file must say.
        meaning: One sentence in the words of the field.
        unit: Unit, ``1`` for a pure number.
        status: Origin of the default.
        source: Where the default comes from; empty only for assumptions and settings.
        symbol: The symbol of the equations in docs/odd.md.
        plausible: How far a value that is not measured may be off, with the reason; None where nothing is drawn.
        bounds: ``ge``, ``gt``, ``le``, ``lt``, ``min_length``, ``max_length`` as in pydantic.
    """
    doubt = plausible._asdict() if plausible else {}
    extra: dict[str, Any] = {"unit": unit, "status": status, "source": source, "symbol": symbol, "plausible": doubt}
    return Field(default, description=meaning, json_schema_extra={k: v for k, v in extra.items() if v}, **bounds)


def several(default: Any, meaning: str, **kwargs: Any) -> Any:
    """A parameter that is a list, which TOML and Python alike may write as one; its items stay strict."""
    return parameter(default, meaning, strict=False, **kwargs)


def fraction(default: Any, meaning: str, **kwargs: Any) -> Any:
    """A parameter that is a share or a probability."""
    return parameter(default, meaning, ge=0.0, le=1.0, **kwargs)
