"""What is predicted: cases, their quantities, and the scale on which a reading is compared with what was observed."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from sim.evidence.scores import distance


@dataclass(frozen=True)
class Quantity:
    """A quantity of a case with its observed value, and the stated standard error of both observation and model.

    Attributes:
        case: Name of the case.
        check: Identifier of the check within it.
        unit: Unit of ``observed``.
        observed: What was observed.
        log: Whether the error is that of a factor, so that ``spread`` is in logarithms.
        spread: One standard error on that scale.
        fitted: Whether constants may be fitted on it; what may not is predicted only.
        facts: Keys of the facts that it rests on. When its case is left out, so is what rests on the same facts.
    """

    case: str
    check: str
    unit: str
    observed: float
    log: bool
    spread: float
    fitted: bool = True
    facts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not (math.isfinite(self.observed) and self.spread > 0 and (self.observed > 0 or not self.log)):
            raise ValueError(
                f"{self.case}: check {self.check}: expected an observed value (above 0 on a logarithmic scale) and a "
                f"spread above 0, found {self.observed:g} and {self.spread:g}"
            )

    def distance(self, value: float) -> float:
        """Distance of a reading from what was observed, in spreads; not-a-number for one that does not exist."""
        return distance(value, self.observed, self.spread, log=self.log)

    def value(self, distance: float) -> float:
        """The reading at a distance: the inverse of ``distance`` where that is not cut off."""
        gap = distance * self.spread
        return self.observed * math.exp(gap) if self.log else self.observed + gap


class Subject(Protocol):
    """A case that can be run. It goes to worker processes, so it must pickle."""

    @property
    def name(self) -> str:
        """Name of the case."""
        ...

    def quantities(self) -> tuple[Quantity, ...]:
        """What is predicted of it."""
        ...

    def digest(self) -> str:
        """Digest of all that its readings depend on, beside the overrides and the seed."""
        ...

    def read(self, seed: int, overrides: tuple[str, ...]) -> Mapping[str, float]:
        """Run it once; give the readings of its quantities by their check."""
        ...
