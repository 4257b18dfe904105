"""Cases of a toy model with known constants: quantities are sums and products of four constants, plus chance."""

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtri

from sim.calibration.bank import Quantity
from sim.calibration.priors import Forms
from sim.chance import u

KEYS = ("pull", "push", "drag", "idle")
"""``idle`` has no effect."""
SPREAD = 0.3
CHANCE = 0.05
TRUTH_STREAM, ERROR_STREAM, MODEL_STREAM, RUN_STREAM = 911, 912, 913, 914


def normal(seed: int, stream: int, entity: int, day: int) -> float:
    return float(ndtri(max(u(seed, stream, entity, day), 1e-12)))


@functools.cache
def slopes(case: int, check: int) -> list[float]:
    return [normal(1, MODEL_STREAM, 100 * case + check, axis) for axis in range(4)]


@dataclass(frozen=True)
class ToyCase:
    """A case whose observed values come from constants at ``truth``, with errors of the stated spread."""

    name: str
    number: int
    truth: tuple[float, ...]
    world: int = 1
    checks: int = 3
    fails: bool = False
    error: float = 1.0
    """True standard error of the observed values, in spreads."""

    def expected(self, constants: dict[str, Any], check: int) -> Any:
        """What the toy gives, for numbers or for arrays of them."""
        slope = slopes(self.number, check)
        pull, push, drag, _ = (constants[key] for key in KEYS)
        return slope[0] * pull + slope[1] * push + slope[2] * drag * pull + slope[3] * push**2

    def quantities(self) -> tuple[Quantity, ...]:
        constants = dict(zip(KEYS, self.truth, strict=True))
        return tuple(
            Quantity(self.name, f"check-{check}", "units",
                     self.expected(constants, check)
                     + self.error * SPREAD * normal(self.world, ERROR_STREAM, 100 * self.number + check, 0),
                     log=False, spread=SPREAD)
            for check in range(self.checks)
        )  # fmt: skip

    def digest(self) -> str:
        return f"toy {self.number} {self.checks}"

    def read(self, seed: int, overrides: tuple[str, ...]) -> dict[str, float]:
        constants = {key: float(value) for key, _, value in (text.partition("=") for text in overrides)}
        constants = dict.fromkeys(KEYS, 0.5) | constants
        if self.fails or constants["drag"] > 0.97:
            raise ArithmeticError("the toy broke")
        return {
            f"check-{check}": self.expected(constants, check) + CHANCE * normal(seed, RUN_STREAM, self.number, check)
            for check in range(self.checks)
        }


def toy_forms(**changes: object) -> Forms:
    """The form that makes the cases, and one that lacks ``push``."""
    text = {
        "title": "Toy", "users": 100,
        "constants": {key: {"low": 0.0, "high": 1.0, "reason": "a toy"} for key in KEYS},
        "forms": {"whole": {}, "no push": {"overrides": ("push=0.0",)}},
    }  # fmt: skip
    return Forms.model_validate({**text, **changes})


def toy_cases(world: int = 1, count: int = 8, **changes: object) -> list[ToyCase]:
    truth = tuple(float(u(world, TRUTH_STREAM, axis, 0)) for axis in range(len(KEYS)))
    return [ToyCase(f"case-{n}", n, truth, world, **changes) for n in range(count)]  # type: ignore[arg-type]


def square(points: int, axes: int, seed: int) -> np.ndarray:
    return np.array([[u(seed, 915, axis, point) for axis in range(axes)] for point in range(points)])
